"""Embedded pictures as they stand on the page: turned upright, cut to what clipping shows, and put together again.

All of it moves samples without changing any.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from figecho.sources.display import Pixels
from figecho.sources.pdf_content import ImageMark
from figecho.sources.pdf_geometry import Affine, Rect, bounds, inverse, then, union

#: Sides of tiles may miss each other by this many of their pixels; producers round coordinates.
TOLERANCE = 0.3
#: Clipping that takes less than this share of a side, or a pixel, is rounding.
SLIVER = 0.01


@dataclass(frozen=True, eq=False)
class Raster:
    """Pixels and the map from their edges (x right, y down, the first pixel's corner at 0, 0) to display points."""

    pixels: Pixels
    matrix: Affine
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def box(self) -> Rect:
        return bounds(self.matrix, Rect(0, 0, self.width, self.height))

    @property
    def level(self) -> bool:
        """Whether its rows run along the page's: neither turned nor sheared, beyond what rounding explains."""
        a, b, c, d, _, _ = self.matrix
        return abs(b) * self.width < abs(a) and abs(c) * self.height < abs(d)


def placed(mark: ImageMark, pixels: Pixels) -> Raster:
    """Decoded pixels where their mark puts them, upright as the page shows them."""
    height, width = pixels.shape[:2]
    to_unit = (1 / width, 0.0, 0.0, -1 / height, 0.0, 1.0)
    return _cut(_upright(Raster(pixels, then(to_unit, mark.matrix))), mark.visible)


def _upright(raster: Raster) -> Raster:
    """Turn and mirror by quarter turns so that rows run to the right and columns down, as nearly as they can."""
    a, b, c, d, _, _ = raster.matrix
    pixels, matrix, said = raster.pixels, raster.matrix, []
    if abs(a) * abs(d) < abs(b) * abs(c):
        pixels, matrix = pixels.swapaxes(0, 1), then((0.0, 1.0, 1.0, 0.0, 0.0, 0.0), matrix)
        said.append("turned")
    height, width = pixels.shape[:2]
    flipped = (matrix[0] < 0, matrix[3] < 0)
    if flipped[0]:
        pixels, matrix = pixels[:, ::-1], then((-1.0, 0.0, 0.0, 1.0, float(width), 0.0), matrix)
    if flipped[1]:
        pixels, matrix = pixels[::-1], then((1.0, 0.0, 0.0, -1.0, 0.0, float(height)), matrix)
    if any(flipped) and not said:
        said.append("turned" if all(flipped) else "mirrored")
    notes = tuple(f"{word} as on the page" for word in said)
    return Raster(np.ascontiguousarray(pixels), matrix, (*raster.notes, *notes))


def _cut(raster: Raster, visible: Rect) -> Raster:
    """Leave out the pixels that clipping hides altogether."""
    back = inverse(raster.matrix)
    if back is None or not raster.level:
        return raster
    wanted = bounds(back, visible) & Rect(0, 0, raster.width, raster.height)
    left, top = math.floor(wanted.left + TOLERANCE), math.floor(wanted.top + TOLERANCE)
    right, bottom = math.ceil(wanted.right - TOLERANCE), math.ceil(wanted.bottom - TOLERANCE)
    lost = max((raster.width - (right - left)) / raster.width, (raster.height - (bottom - top)) / raster.height)
    if lost < SLIVER or right <= left or bottom <= top:
        return raster
    pixels = np.ascontiguousarray(raster.pixels[top:bottom, left:right])
    matrix = then((1.0, 0.0, 0.0, 1.0, float(left), float(top)), raster.matrix)
    return Raster(pixels, matrix, (*raster.notes, "cut to what the page shows"))


def stitched(tiles: Sequence[Raster]) -> Raster | None:
    """Strips or tiles of one scale that fill a rectangle without gap or overlap, as the one picture that they were.

    None where they are anything else, such as the panels of a figure.
    """
    if len(tiles) == 1:
        return tiles[0]
    first = tiles[0]
    scale_x, scale_y = first.matrix[0], first.matrix[3]
    corner = union(tile.box for tile in tiles)
    places = []
    for tile in tiles:
        a, _, _, d, e, f = tile.matrix
        alike = tile.pixels.ndim == first.pixels.ndim and tile.pixels.dtype == first.pixels.dtype
        drift = max(abs(a / scale_x - 1) * tile.width, abs(d / scale_y - 1) * tile.height)
        if not (tile.level and alike and drift < 2 * TOLERANCE):
            return None
        places.append(((e - corner.left) / scale_x, (f - corner.top) / scale_y))
    exact = [(round(x), round(y)) for x, y in places]
    if any(
        abs(x - p) > 2 * TOLERANCE or abs(y - q) > 2 * TOLERANCE for (x, y), (p, q) in zip(places, exact, strict=True)
    ):
        return None
    width = max(x + tile.width for (x, _), tile in zip(exact, tiles, strict=True))
    height = max(y + tile.height for (_, y), tile in zip(exact, tiles, strict=True))
    if width * height != sum(tile.width * tile.height for tile in tiles):
        return None
    whole = np.zeros((height, width, *first.pixels.shape[2:]), first.pixels.dtype)
    filled = np.zeros((height, width), bool)
    for (x, y), tile in zip(exact, tiles, strict=True):
        whole[y : y + tile.height, x : x + tile.width] = tile.pixels
        filled[y : y + tile.height, x : x + tile.width] = True
    if not filled.all():
        return None
    note = f"put together from {len(tiles)} pieces"
    return replace(first, pixels=whole, matrix=(scale_x, 0.0, 0.0, scale_y, corner.left, corner.top), notes=(note,))
