"""The report: one self-contained HTML file that an editor can forward, print and open without a network."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, PackageLoader, select_autoescape
from PIL import Image

from figecho.report import words
from figecho.report.redact import redact as redacted
from figecho.report.views import VIEWS, Views, encode
from figecho.types import Finding, Run

TITLE = "Image reuse report"
#: A report with its pictures inside is kept below this, so that it can be mailed; 1 MB is left for its text.
MOST_BYTES = 25_000_000
#: The longest side of a drawing in the report, in pixels.
SIDE = 900
#: The views of a finding that a report shows, where the finding has them.
SHOWN = ("figure-a", "figure-b", "side-a", "side-b", "moved", "still", "overlay", "difference", "matches")


@dataclass(frozen=True)
class Shown:
    """A picture of the report: what an ``img`` needs."""

    address: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class Drawn:
    """A finding with its pictures by view."""

    finding: Finding
    views: dict[str, Shown]


class Album(Protocol):
    """Where the pictures of a report go."""

    def keep(self, name: str, image: Image.Image) -> str:
        """Keep a picture; returns its address in the report."""

    @property
    def full(self) -> bool:
        """Whether no more findings should be drawn."""


class Inside:
    """Pictures inside the report, as data addresses, up to a number of bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES - 1_000_000) -> None:
        self._left = most_bytes

    @property
    def full(self) -> bool:
        return self._left <= 0

    def keep(self, name: str, image: Image.Image) -> str:
        kind, data = encode(image)
        address = f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
        self._left -= len(address)
        return address


class Beside:
    """Pictures as files in a folder, addressed relative to the report."""

    full = False

    def __init__(self, folder: Path, report: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._prefix = Path(os.path.relpath(folder, report.parent)).as_posix()

    def keep(self, name: str, image: Image.Image) -> str:
        kind, data = encode(image)
        (self._folder / f"{name}.{kind}").write_bytes(data)
        return f"{self._prefix}/{name}.{kind}"


def write(
    run: Run,
    path: str | os.PathLike[str],
    *,
    title: str = TITLE,
    assets: str | os.PathLike[str] | None = None,
    redact: bool = False,
) -> None:
    """Write the report to ``path``, through a temporary name so that no half report is left.

    Parameters
    ----------
    run : its ``pixels`` must still hold the findings' panels.
    path : the HTML file.
    title : the heading.
    assets : folder for the pictures, made if need be; they go into the file itself where None, and then only the
        first findings are drawn where the file would grow beyond `MOST_BYTES`.
    redact : leave out names and paths of files.
    """
    target = Path(path)
    album = Inside() if assets is None else Beside(Path(assets), target)
    partial = target.with_name(f"{target.name}.part")
    text = render(redacted(run) if redact else run, album, title=title)
    partial.write_text(text, encoding="utf-8", errors="backslashreplace")
    partial.replace(target)


def render(run: Run, album: Album | None = None, *, title: str = TITLE) -> str:
    """The report as text; its pictures go to the ``album``, and into the text itself where there is none."""
    drawn = _drawn(run, album or Inside())
    tally = words.tally(run.findings)
    environment = Environment(
        loader=PackageLoader("figecho.report"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = words.printable
    environment.globals.update(digest=_digest, words=words)
    return environment.get_template("report.html").render(
        title=title,
        run=run,
        counts=run.counts,
        drawn=drawn,
        undrawn=run.findings[len(drawn) :],
        tally=[(name, words.SHAPES[name], words.MEANINGS[name], number) for name, number in tally.items()],
        by_chance=words.expected_false_findings(run.counts["pairs"]),
        unread=[document for document in run.documents if document.standing != "read"],
        read=[document for document in run.documents if document.status == "read"],
        groups=[group for group in run.groups if len(group) > 1],
    )


def _drawn(run: Run, album: Album) -> list[Drawn]:
    drawn = []
    for finding in run.findings:
        if album.full:
            break
        drawn.append(Drawn(finding, _views(Views(finding, run.pixels), album)))
    return drawn


def _views(views: Views, album: Album) -> dict[str, Shown]:
    """The pictures of a finding; identical ones are not overlaid, and a whole picture is not shown twice."""
    skipped = set() if views.shows_figures else {"figure-a", "figure-b"}
    if views.finding.kind == "exact-copy":
        skipped |= {"moved", "still", "overlay", "difference", "matches"}
    shown = {}
    for name in SHOWN:
        if name in views.names and name not in skipped:
            image = views.draw(name, side=SIDE)
            address = album.keep(f"{views.finding.id}-{name}", image)
            alt = f"{words.sentence(views.finding)} Shown: {VIEWS[name]}."
            shown[name] = Shown(address, image.width, image.height, alt)
    return shown


def _digest(text: str) -> str:
    """A style or script's name in the content policy, which allows it and nothing else."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
