"""The report: one self-contained HTML file that an editor can forward, print and open without a network."""

from __future__ import annotations

import base64
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from PIL import Image

from figecho.report import pictures
from figecho.types import Finding, Occurrence, Run

#: Findings that are drawn; the others are listed with their numbers, and the report says so.
MOST_DRAWN = 60
#: What each verdict looks like beside its word: colour is never the only signal.
SHAPES = {"strong": "●", "moderate": "◐", "weak": "○"}
MEANING = {
    "strong": "the same content, fine grain included",
    "moderate": "very likely the same content; look at it",
    "weak": "worth a look; the evidence alone does not settle it",
}


@dataclass(frozen=True)
class Drawn:
    """A finding with its drawings as data addresses: (title, address, width, height)."""

    finding: Finding
    views: tuple[tuple[str, str, int, int], ...]


def render(run: Run, *, title: str = "Image reuse report") -> str:
    """The report as text.

    Parameters
    ----------
    run : its ``pixels`` must still hold the findings' panels.
    title : the heading.
    """
    environment = Environment(
        loader=PackageLoader("figecho.report"), autoescape=select_autoescape(default=True), trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["shown"] = printable
    verdicts = [finding.verdict for finding in run.findings]
    return environment.get_template("report.html").render(
        title=title,
        run=run,
        counts=run.counts,
        drawn=[Drawn(finding, _views(run, finding)) for finding in run.findings[:MOST_DRAWN]],
        undrawn=run.findings[MOST_DRAWN:],
        tally=[(name, SHAPES[name], MEANING[name], verdicts.count(name)) for name in SHAPES],
        shapes=SHAPES,
        unread=[document for document in run.documents if document.status != "read"],
        read=[document for document in run.documents if document.status == "read"],
        groups=[group for group in run.groups if len(group) > 1],
    )


def write(run: Run, path: str | os.PathLike[str], *, title: str = "Image reuse report") -> None:
    """Write the report to ``path``, through a temporary name so that no half report is left."""
    target = Path(path)
    partial = target.with_name(f"{target.name}.part")
    partial.write_text(render(run, title=title), encoding="utf-8", errors="backslashreplace")
    partial.replace(target)


def printable(text: object) -> str:
    """Text of a stranger (a file name) with control and direction characters made visible."""
    return "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}" for character in str(text)
    )


def _views(run: Run, finding: Finding) -> tuple[tuple[str, str, int, int], ...]:
    a, b = run.pixels[finding.a.content], run.pixels[finding.b.content]
    wanted = ["side"] if finding.kind == "exact-copy" else ["side", "overlay", "difference", "matches"]
    if finding.evidence.inliers == 0 and "matches" in wanted:
        wanted.remove("matches")
    views = []
    for view in wanted:
        image = pictures.draw(
            view, a, b, finding.evidence, name_a=_short(finding.a), name_b=_short(finding.b)
        )
        views.append((view, _address(image), image.width, image.height))
    return tuple(views)


def _short(place: Occurrence) -> str:
    return place.label or Path(place.path).name


def _address(image: Image.Image) -> str:
    """The picture as a data address, in the smaller of PNG and good JPEG."""
    encoded: list[tuple[str, bytes]] = []
    for kind, options in (("png", {"optimize": True}), ("jpeg", {"quality": 90, "subsampling": 0})):
        buffer = io.BytesIO()
        settings: dict[str, Any] = dict(options)
        image.save(buffer, kind, **settings)
        encoded.append((kind, buffer.getvalue()))
    kind, data = min(encoded, key=lambda pair: len(pair[1]))
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
