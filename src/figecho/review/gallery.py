"""The pictures of a run, findings in them or not: each with the panels that were compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figecho.figures import Corrected
from figecho.report.panels import draw_panels
from figecho.report.views import thumbnail
from figecho.types import Box, Occurrence, Panel, Picture

#: Longest side of a picture in the list, and of one that boxes are drawn on.
TILE_SIDE, BOARD_SIDE = 520, 1800
#: What is shorter is enlarged before boxes are drawn on it.
LEAST_BOARD_SIDE = 700


@dataclass(frozen=True)
class Plate:
    """One picture of a run; ``number`` counts from 1 through the run, ``panels`` are the places in it, in order."""

    number: int
    panels: tuple[Occurrence, ...]

    @property
    def place(self) -> Occurrence:
        return self.panels[0]

    @property
    def content(self) -> str:
        """The content key of the picture as a whole."""
        return self.place.source or self.place.content

    @property
    def name(self) -> str:
        """What a person calls it: ``paper.pdf page 4, Fig 3``."""
        place = self.place
        parts = (place.path, place.page and f"page {place.page}", place.figure)
        several = "" if place.picture == 1 or place.page or place.figure else f", picture {place.picture}"
        return " ".join(str(part) for part in parts if part) + several

    def picture(self, pixels: NDArray[np.uint8]) -> Picture:
        """The picture as a value, with its pixels."""
        place = self.place
        return Picture(
            *(pixels, self.content, place.document, place.path, place.picture, place.page, place.dpi),
            figure=place.figure,
            damage=place.damage,
        )

    def panel_at(self, box: Box) -> str | None:
        """What the panel is called that holds the middle of a box; None where no panel with a name does."""
        x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
        inside = (p.panel for p in self.panels if _holds(p.bbox, x, y))
        return next(inside, None)


def plates(places: Iterable[Occurrence]) -> tuple[Plate, ...]:
    """The pictures that these places are in, numbered in the order of the places."""
    places = list(places)
    several = len({place.document for place in places}) > 1
    found: dict[tuple[str, str, int], list[Occurrence]] = {}
    for place in places:
        key = (place.document, place.path, place.picture)
        found.setdefault(key, []).append(replace(place, among_several=several))
    return tuple(Plate(number, tuple(panels)) for number, panels in enumerate(found.values(), 1))


def tile(plate: Plate, pixels: NDArray[np.uint8], panels: Sequence[Corrected]) -> Image.Image:
    """The picture, small, with its panels drawn over it."""
    small = np.asarray(thumbnail(pixels, TILE_SIDE))
    zoom = small.shape[1] / pixels.shape[1]
    drawn = [_drawable(plate.place, panel, zoom, small) for panel in panels]
    return draw_panels(plate.picture(small), drawn, kinds=False)


def _drawable(place: Occurrence, panel: Corrected, zoom: float, pixels: NDArray[np.uint8]) -> Panel:
    x, y, width, height = (round(value * zoom) for value in panel.box)
    box = (x, y, max(1, width), max(1, height))
    return Panel(pixels, replace(place, panel=panel.panel, bbox=box), panel.kind)


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x < box[0] + box[2] and box[1] <= y < box[1] + box[3]
