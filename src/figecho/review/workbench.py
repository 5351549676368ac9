"""What is done on whole pictures: correct their panels, scan again, compare two places by hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figecho.errors import OptionError
from figecho.figures import Corrected
from figecho.options import reuse_options
from figecho.report.views import encode, thumbnail
from figecho.review.corrections import CorrectionsFile
from figecho.review.desk import Desk, Opened
from figecho.review.gallery import BOARD_SIDE, LEAST_BOARD_SIDE, Plate, plates, tile
from figecho.review.jobs import Job
from figecho.review.problems import ProblemError
from figecho.review.uploads import unfoldered
from figecho.scan.by_hand import Drawn, compare_by_hand
from figecho.scan.group import make_groups
from figecho.sources.open import parse_address
from figecho.store.catalogue import Catalogue, append_finding
from figecho.store.codec import pixels_to_png, png_to_pixels
from figecho.store.runs import cached_png
from figecho.types import Box, Finding, Occurrence, Review

#: Runs whose lists of pictures are kept in memory.
MOST_LISTED = 4
MOST_PANELS = 500


@dataclass(frozen=True)
class Boxed:
    """A box on one of a run's pictures, in pixels of it."""

    number: int
    box: Box


class Workbench:
    """The pictures of a desk's runs; safe to use from several threads."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.corrections = CorrectionsFile(desk.root)
        self._adding = threading.Lock()
        self._listed = lru_cache(MOST_LISTED)(self._read)

    def plates(self, run: str) -> tuple[Plate, ...]:
        """All pictures of a run."""
        self._desk.file(run)
        return self._listed(run)

    def _read(self, run: str) -> tuple[Plate, ...]:
        with Catalogue(self._desk.file(run)) as catalogue:
            return plates(unfoldered(place) for place in catalogue.occurrences())

    def plate(self, run: str, number: int) -> Plate:
        """One picture of a run.

        Raises
        ------
        ProblemError : there is none with this number.
        """
        listed = self.plates(run)
        if not 1 <= number <= len(listed):
            raise ProblemError(HTTPStatus.NOT_FOUND, f"run {run} has no picture {number}")
        return listed[number - 1]

    def pixels(self, opened: Opened, plate: Plate) -> NDArray[np.uint8]:
        """A picture's pixels: the run keeps those with findings, the cache of scans has the others.

        Raises
        ------
        ProblemError : neither has them any more.
        """
        if (kept := opened.run.pixels.get(plate.content)) is not None:
            return kept
        png = cached_png(self._desk.root, plate.content)
        if png is None:
            detail = f"the pixels of {plate.name} are not kept any more; scan it again"
            raise ProblemError(HTTPStatus.GONE, detail)
        return png_to_pixels(png)

    def shown(self, opened: Opened, plate: Plate) -> tuple[str, bytes]:
        """A picture to draw boxes on, as ``(kind, bytes)``."""
        return encode(thumbnail(self.pixels(opened, plate), BOARD_SIDE, least=LEAST_BOARD_SIDE))

    def tile(self, opened: Opened, plate: Plate) -> tuple[str, bytes]:
        """A picture, small, with its panels as they stand now."""
        return encode(tile(plate, self.pixels(opened, plate), self.panels(plate)))

    # ---- panels ---------------------------------------------------------------------------------------------

    def panels(self, plate: Plate) -> tuple[Corrected, ...]:
        """A picture's panels as they stand now: corrected, or as this run took it apart."""
        return self.corrections.load().at(plate.place.document, plate.place.picture) or _as_scanned(plate)

    def changed(self, run: str) -> tuple[Plate, ...]:
        """The pictures whose panels are not those that this run compared."""
        corrections = self.corrections.load()
        return tuple(
            plate
            for plate in self.plates(run)
            if _boxes(corrections.at(plate.place.document, plate.place.picture)) not in ((), _boxes(_as_scanned(plate)))
        )

    def correct(self, opened: Opened, plate: Plate, panels: Sequence[Corrected]) -> None:
        """Keep corrected panels of a picture; none leaves it as figecho finds it.

        Raises
        ------
        OptionError : a panel leaves its picture, or there are too many.
        """
        if len(panels) > MOST_PANELS:
            raise OptionError(f"a picture may have up to {MOST_PANELS} panels")
        picture = plate.picture(self.pixels(opened, plate))
        for panel in panels:
            x, y, width, height = panel.box
            if min(x, y) < 0 or min(width, height) < 1 or x + width > picture.width or y + height > picture.height:
                size = f"{picture.width} × {picture.height}"
                raise OptionError(f"panel {panel.panel or ''} at {x}, {y} leaves its picture, which is {size} pixels")
        self.corrections.set(picture, panels)

    def scan_again(self, run: str) -> Job:
        """Queue a scan of a run's files with the panels as they are corrected now; what did not change is not redone.

        What was added by hand to the run is in the new one as well.

        Raises
        ------
        ProblemError : the files are not where they were.
        """
        with Catalogue(self._desk.file(run)) as catalogue:
            documents, settings = list(catalogue.documents().values()), catalogue.meta()["settings"]
        paths = [document.path for document in documents if document.status != "skipped"]
        gone = [path for path in paths if not Path(parse_address(path).path).exists()]
        if gone or not paths:
            which = Path(gone[0]).name if gone else "nothing"
            detail = f"{which} is not where it was when it was scanned; scan it from where it is now"
            raise ProblemError(HTTPStatus.CONFLICT, detail)
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        return self._desk.scan(
            paths,
            f"{Path(paths[0]).name}{more}, panels corrected",
            after=lambda made: self._carry_over(run, made),
            profile=settings["profile"],
            look_within=settings["within"] is not None,
            against=settings.get("against"),
            only_against=settings.get("only_against", False),
            panels=self.corrections.path if self.corrections.path.exists() else None,
        )

    # ---- comparing by hand ----------------------------------------------------------------------------------

    def compare(self, opened: Opened, first: Boxed, second: Boxed) -> Finding:
        """Compare two boxes and add what comes of it to the run; the finding that it has already, if it has it.

        Raises
        ------
        OptionError : boxes that cannot be compared.
        """
        run = opened.run.id
        a, b = (self._drawn(opened, each) for each in (first, second))
        with self._adding:
            findings = self._desk.open(run).findings
            id = f"M{1 + sum(finding.added is not None for finding in findings)}"
            options = reuse_options(opened.run.settings["profile"])
            finding = compare_by_hand(a, b, options, id=id, reviewer=self._desk.reviewer)
            if known := next((each for each in findings if each.fingerprint == finding.fingerprint), None):
                return known
            groups = make_groups([*findings, finding])
            append_finding(self._desk.file(run), finding, groups, [*_shown(finding.a, a), *_shown(finding.b, b)])
        return finding

    def _carry_over(self, old: str, new: str) -> None:
        """What people added by hand to a run stays when its files are scanned again."""
        before = self._desk.whole_run(old)
        for finding in before.findings:
            findings = self._desk.open(new).findings
            if finding.added is None or any(finding.fingerprint == each.fingerprint for each in findings):
                continue
            keys = {key for place in (finding.a, finding.b) for key in (place.content, place.source) if key}
            pixels = [(key, pixels_to_png(before.pixels[key])) for key in keys]
            kept = replace(finding, review=Review())
            append_finding(self._desk.file(new), kept, make_groups([*findings, kept]), pixels)

    def _drawn(self, opened: Opened, boxed: Boxed) -> Drawn:
        plate = self.plate(opened.run.id, boxed.number)
        return Drawn(plate.picture(self.pixels(opened, plate)), boxed.box, plate.panel_at(boxed.box))


def _as_scanned(plate: Plate) -> tuple[Corrected, ...]:
    return tuple(Corrected(place.bbox, place.panel, "image") for place in plate.panels)


def _boxes(panels: Sequence[Corrected]) -> tuple[tuple[Box, str | None], ...]:
    return tuple((panel.box, panel.panel) for panel in panels)


def _shown(place: Occurrence, drawn: Drawn) -> Iterator[tuple[str, bytes]]:
    """What a run has to keep of one side of a finding: the box, and the picture around it."""
    x, y, width, height = place.bbox
    yield place.content, pixels_to_png(drawn.picture.pixels[y : y + height, x : x + width])
    if place.source is not None:
        yield place.source, pixels_to_png(drawn.picture.pixels)
