"""A picture → its panels, as every comparison takes them: as a person corrected them, else as found.

Panel letters that no text layer has are read from the pixels where a reader is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from figecho import ocr
from figecho.errors import InputError, OptionError
from figecho.panels.split import panel_of, split
from figecho.types import Box, Panel, Picture

SCHEMA = "figecho.panels/1"
KINDS = ("image", "blot", "chart", "drawing", "text")


@dataclass(frozen=True)
class Corrected:
    """A panel as a person set it: its box in pixels of the picture, its letter or name, and its kind."""

    box: Box
    panel: str | None
    kind: str


@dataclass(frozen=True)
class Corrections:
    """Panels of pictures, each named by its document's id and its index in it; ``()`` leaves everything as found."""

    pictures: tuple[tuple[str, int, tuple[Corrected, ...]], ...] = ()

    @cached_property
    def digest(self) -> str:
        """Names these corrections; empty where there are none."""
        return _digest(self.pictures)

    def digest_of(self, document: str) -> str:
        """Names the corrections of one document: what was stored of it under others is not used."""
        return _digest(tuple(each for each in self.pictures if each[0] == document))

    def of(self, picture: Picture) -> tuple[Corrected, ...]:
        """The corrected panels of a picture; none where they are left as found."""
        return self.at(picture.document, picture.index)

    def at(self, document: str, index: int) -> tuple[Corrected, ...]:
        """The same for the picture with this index in a document."""
        return next((panels for id, at, panels in self.pictures if (id, at) == (document, index)), ())


AS_FOUND = Corrections()


def _digest(pictures: tuple[tuple[str, int, tuple[Corrected, ...]], ...]) -> str:
    return hashlib.sha256(repr(pictures).encode()).hexdigest()[:16] if pictures else ""


def take_apart(picture: Picture, corrections: Corrections = AS_FOUND) -> tuple[Panel, ...]:
    """The panels of a picture, at least one.

    Raises
    ------
    InputError : a corrected panel lies outside its picture.
    """
    corrected = corrections.of(picture)
    if not corrected:
        return split(picture, ocr.read_labels if ocr.reader_version() else None)
    return tuple(_corrected(picture, panel) for panel in corrected)


def _corrected(picture: Picture, panel: Corrected) -> Panel:
    x, y, width, height = panel.box
    if x + width > picture.width or y + height > picture.height:
        cause = f"panel {panel.panel or list(panel.box)} lies outside picture {picture.index}, which is "
        cause += f"{picture.width} × {picture.height}"
        raise InputError(picture.path, "no-such-panel", cause, "correct its bbox in the file of panels")
    return panel_of(picture, panel.box, panel.panel, panel.kind)


# ---- the file of panels ------------------------------------------------------------------------------------------


def to_dict(taken_apart: Iterable[tuple[Picture, tuple[Panel, ...]]]) -> dict[str, Any]:
    """The ``figecho.panels/1`` object, which `load_corrections` reads back after a person has edited it."""
    return {"schema": SCHEMA, "pictures": [_picture(picture, panels) for picture, panels in taken_apart]}


def _picture(picture: Picture, panels: tuple[Panel, ...]) -> dict[str, Any]:
    return {
        "document": picture.document,
        "path": picture.path,
        "page": picture.page,
        "picture": picture.index,
        "figure": picture.figure,
        "width": picture.width,
        "height": picture.height,
        "panels": [
            {
                "panel": panel.occurrence.panel,
                "label": panel.occurrence.label,
                "kind": panel.kind,
                "bbox": list(panel.occurrence.bbox),
            }
            for panel in panels
        ],
    }


def corrected_picture(picture: Picture, panels: Iterable[Corrected]) -> dict[str, Any]:
    """An entry of the file of panels: a picture, and what a person made of it."""
    said = [{"panel": each.panel, "kind": each.kind, "bbox": list(each.box)} for each in panels]
    return {**_picture(picture, ()), "panels": said}


def load_corrections(path: str | os.PathLike[str]) -> Corrections:
    """Corrected panels from a file as `figecho panels --format json` writes it.

    Raises
    ------
    OptionError : the file cannot be read or is no file of panels; the message names what is wrong.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise OptionError(f"--panels {path}: {error.strerror}; name a file that figecho panels wrote") from error
    except ValueError as error:
        raise OptionError(
            f"--panels {path}: no JSON ({error}); edit what figecho panels --format json wrote"
        ) from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise OptionError(f"--panels {path}: no {SCHEMA} file; edit what figecho panels --format json wrote")
    try:
        return Corrections(tuple(_read_picture(picture) for picture in data["pictures"]))
    except KeyError as error:
        raise OptionError(f"--panels {path}: {error} is missing; see the reference of panels") from error
    except (TypeError, ValueError) as error:
        raise OptionError(f"--panels {path}: {error}; see the reference of panels") from error


def _read_picture(data: Any) -> tuple[str, int, tuple[Corrected, ...]]:
    document, index, size = str(data["document"]), int(data["picture"]), (int(data["width"]), int(data["height"]))
    return document, index, tuple(_read_panel(panel, size) for panel in data["panels"])


def _read_panel(data: Any, size: tuple[int, int]) -> Corrected:
    x, y, width, height = (int(value) for value in data["bbox"])
    if min(x, y) < 0 or min(width, height) < 1:
        raise ValueError(f"bbox {data['bbox']} is no box [x, y, width, height] in a picture")
    if x + width > size[0] or y + height > size[1]:
        raise ValueError(f"bbox {data['bbox']} reaches beyond its picture, which is {size[0]} × {size[1]}")
    kind = data.get("kind", "image")
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is none of {', '.join(KINDS)}")
    panel = data.get("panel")
    return Corrected((x, y, width, height), None if panel is None else str(panel), kind)
