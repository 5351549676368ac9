"""One document → its panels' features and pixels, in a worker.

What is large goes to the disk, panel by panel, and the coordinator stores it from there: neither side ever holds a
whole document.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from figecho.errors import InputError, StoreError, TaskError
from figecho.features import serialize, signatures
from figecho.features.sift import extract
from figecho.figures import AS_FOUND, Corrections, take_apart
from figecho.options import Limits, ReuseOptions
from figecho.scan.cost import refusal
from figecho.sources.open import parse_address, read
from figecho.store.codec import pixels_to_png
from figecho.store.panels import StoredPanel, StoredPicture
from figecho.types import Document, Occurrence, Panel, Picture, Status
from figecho.work.measure import Cost
from figecho.work.remote import Need, is_remote

DAMAGED = "read as far as it goes, and not judged: get a complete copy"
PLEASE_REPORT = "please report it, with the file if you can"


class HasDamage(Protocol):
    """A place or a picture of a document, and what is missing of it."""

    @property
    def damage(self) -> str | None: ...


@dataclass(frozen=True)
class PrepareTask:
    """A document to be read, how, and an empty folder of its own for what is large.

    ``file`` has the bytes of a document whose path is an address (`figecho.work.remote`).
    """

    path: str
    spool: Path
    options: ReuseOptions
    limits: Limits
    corrections: Corrections = AS_FOUND
    file: Path | None = None

    def needs(self) -> tuple[Need, ...]:
        address = parse_address(self.path).path
        return (Need(address),) if is_remote(address) else ()

    def having(self, copies: tuple[Path, ...]) -> PrepareTask:
        return replace(self, file=copies[0])


@dataclass(frozen=True)
class PreparedPanel:
    """A panel whose features, signature and pixels lie in the spool."""

    occurrence: Occurrence
    keypoints: int
    plain: bool


@dataclass(frozen=True)
class Prepared:
    """What a document holds; ``sources`` are the keys of its pictures with several panels, also in the spool."""

    id: str
    pictures: int
    panels: tuple[PreparedPanel, ...]
    sources: tuple[str, ...]


def prepare(task: PrepareTask) -> Prepared:
    """Read one document, split its pictures into panels and describe each content once.

    Raises
    ------
    InputError : the document cannot be used.
    StoreError : the spool cannot be written.
    """
    shutil.rmtree(task.spool, ignore_errors=True)  # an earlier attempt died over it
    _make(task.spool)
    address = parse_address(task.path)
    described: dict[str, PreparedPanel] = {}
    panels: list[PreparedPanel] = []
    sources: list[str] = []
    id, pictures = "", 0
    for picture in read(str(task.file or address.path), page=address.page, limits=task.limits):
        id, pictures = picture.document, pictures + 1
        wanted = [panel for panel in _panels(picture, task.corrections) if _is(panel, address.panel)]
        panels.extend(_described(panel, described, task) for panel in wanted)
        if any(panel.occurrence.source for panel in wanted) and picture.content not in sources:
            _write(task.spool / f"{len(sources)}.picture", pixels_to_png(picture.pixels))
            sources.append(picture.content)
    if address.panel is not None and not panels:
        raise InputError(task.path, "no-such-panel", f"no panel {address.panel} was found", "name the whole picture")
    return Prepared(id, pictures, tuple(panels), tuple(sources))


def _panels(picture: Picture, corrections: Corrections) -> list[Panel]:
    """The picture's panels; those that are a part of it name it as their source."""
    whole = (0, 0, picture.width, picture.height)
    return [
        panel
        if panel.occurrence.bbox == whole
        else replace(panel, occurrence=replace(panel.occurrence, source=picture.content))
        for panel in take_apart(picture, corrections)
    ]


def _is(panel: Panel, label: str | None) -> bool:
    """Whether this is the panel that the address names, if it names one."""
    return label is None or (panel.occurrence.panel or "").casefold() == label.casefold()


def _described(panel: Panel, described: dict[str, PreparedPanel], task: PrepareTask) -> PreparedPanel:
    key = panel.occurrence.content
    if key not in described:
        features = extract(panel.pixels, task.options)
        plain = bool((panel.pixels == panel.pixels[0, 0]).all())
        number = len(described)
        _write(task.spool / f"{number}.features", serialize.dumps(features))
        _write(task.spool / f"{number}.signature", signatures.dumps(signatures.sign(features)))
        if panel.occurrence.source is None:
            _write(task.spool / f"{number}.pixels", pixels_to_png(panel.pixels))
        described[key] = PreparedPanel(panel.occurrence, len(features), plain)
    first = described[key]
    return PreparedPanel(panel.occurrence, first.keypoints, first.plain)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise _no_room(folder, error) from error


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise _no_room(file.parent, error) from error


def _no_room(folder: Path, error: OSError) -> StoreError:
    return StoreError(f"{folder}: cannot be written ({error.strerror}); make room and repeat the command")


def stored_panels(prepared: Prepared, spool: Path) -> Iterator[StoredPanel]:
    """The panels of a prepared document with what the spool holds of them, one at a time."""
    numbers: dict[str, int] = {}
    for panel in prepared.panels:
        key = panel.occurrence.content
        if key in numbers:  # its content is stored already, with an earlier panel
            yield StoredPanel(panel.occurrence, panel.keypoints, panel.plain)
            continue
        numbers[key] = number = len(numbers)
        files = [spool / f"{number}.{kind}" for kind in ("features", "signature", "pixels")]
        blobs = [file.read_bytes() if file.exists() else b"" for file in files]
        yield StoredPanel(panel.occurrence, panel.keypoints, panel.plain, *blobs)


def stored_pictures(prepared: Prepared, spool: Path) -> Iterator[StoredPicture]:
    """The pictures that several panels were cut from, one at a time."""
    for number, key in enumerate(prepared.sources):
        yield StoredPicture(key, (spool / f"{number}.picture").read_bytes())


def with_cost(row: Document, cost: Cost) -> Document:
    """The ledger's row with what reading the document took."""
    return replace(row, seconds=round(cost.seconds, 3), memory_bytes=cost.memory_bytes)


def read_row(path: str, id: str, pictures: int, panels: int, places: Iterable[HasDamage]) -> Document:
    """The ledger's row of a document that was read; one of which data are missing says so."""
    damage = next((place.damage for place in places if place.damage is not None), None)
    reason, code = (None, None) if damage is None else (f"{damage}; {DAMAGED}", "damaged")
    return Document(id, path, "read", reason, code, pictures, panels)


def refused_row(path: str, error: Exception) -> Document:
    """The ledger's row of a document that could not be read, with the reason and what to do."""
    if isinstance(error, TaskError):
        error = refusal(path, error)
    if isinstance(error, InputError):
        status: Status = "skipped" if error.code == "no-pictures" else "refused"  # a letter is not a broken figure
        return Document(None, path, status, error.reason, error.code)
    what = f"reading it failed: {type(error).__name__}: {' '.join(str(error).split())}"
    return Document(None, path, "refused", f"{what}; {PLEASE_REPORT}", "crashed")
