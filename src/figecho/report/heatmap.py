"""How alike pictures are, as a heat map: similar ones beside each other, thumbnails along its edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from figecho.report.words import printable

Pixels = NDArray[np.uint8]

#: Side of the matrix that is aimed at, and least and greatest side of a cell in pixels.
AIM, LEAST, GREATEST = 1500, 2, 84
#: Cells as large as this have their number in them, and as large as that a thumbnail and a name at their row.
WITH_NUMBER, WITH_THUMBNAIL = 38, 14
#: Up to so many pictures the map grows beyond `AIM`, so that each one is still recognised.
MOST_WITH_THUMBNAIL = 200
#: A map of more pictures than these shows nothing: their cells are single pixels.
MOST_PICTURES = 1000
#: Beyond so many pictures the order along the clusters is no longer the best of all; it costs the cube of the number.
MOST_IN_BEST_ORDER = 300
NAMES, MARGIN, TITLE, BAR = 330, 16, 40, 62
INK, MUTED = (20, 20, 20), (110, 110, 110)


def order(similarity: NDArray[np.floating[Any]]) -> NDArray[np.intp]:
    """An order in which similar pictures stand beside each other: the leaves of average-linkage clustering.

    ``similarity`` : (n, n), symmetric. Returns (n,), the index of the picture at each place.
    """
    count = len(similarity)
    if count < 3:
        return np.arange(count)
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering

    apart = np.clip(1 - similarity[np.triu_indices(count, k=1)], 0, None)
    tree = linkage(apart, "average")
    if count <= MOST_IN_BEST_ORDER:
        tree = optimal_leaf_ordering(tree, apart)
    return np.asarray(leaves_list(tree), dtype=np.intp)


def heat_map(
    names: Sequence[str], similarity: NDArray[np.floating[Any]], thumbnails: Sequence[Pixels], title: str
) -> Image.Image:
    """The matrix in the order of `order`, with a scale from the least similar pair to 1.

    Parameters
    ----------
    names : n names, at most `MOST_PICTURES`, shown by their ends where there is no room.
    similarity : (n, n), symmetric.
    thumbnails : n pictures (h, w, 3) uint8.
    title : the line above.
    """
    count = len(names)
    at = order(similarity)
    values = similarity[np.ix_(at, at)]
    others = values[~np.eye(count, dtype=bool)]
    low = float(others.min()) if others.size else 0.0
    least = WITH_THUMBNAIL if count <= MOST_WITH_THUMBNAIL else LEAST
    cell = int(np.clip(AIM // max(1, count), least, GREATEST))
    edge = cell if cell >= WITH_THUMBNAIL else 0
    side = count * cell
    width = max(MARGIN + edge + side + (NAMES if edge else MARGIN), 560)
    canvas = Image.new("RGB", (width, TITLE + edge + side + BAR), "white")
    pen = ImageDraw.Draw(canvas)
    pen.text((MARGIN, 10), _fitting(pen, printable(title), width - 2 * MARGIN, 17), fill=INK, font=_font(17))
    left, top = MARGIN + edge, TITLE + edge
    coloured = _colours(values, low)
    canvas.paste(Image.fromarray(np.repeat(np.repeat(coloured, cell, axis=0), cell, axis=1)), (left, top))
    for place, index in enumerate(at if edge else ()):
        small = _fitted(thumbnails[index], cell - 2)
        dx, dy = (cell - small.width) // 2, (cell - small.height) // 2
        canvas.paste(small, (MARGIN + dx, top + place * cell + dy))
        canvas.paste(small, (left + place * cell + dx, TITLE + dy))
        size = min(15, max(9, cell - 4))
        name = _fitting(pen, printable(names[index]), NAMES - 2 * MARGIN, size)
        pen.text((left + side + 8, top + (place + 0.5) * cell), name, fill=INK, font=_font(size), anchor="lm")
    if cell >= WITH_NUMBER:
        _numbers(pen, values, coloured, left, top, cell)
    _scale(canvas, pen, low, top + side + 18)
    return canvas


def _numbers(pen: ImageDraw.ImageDraw, values: NDArray[Any], colours: Pixels, left: int, top: int, cell: int) -> None:
    font = _font(min(15, cell // 3))
    for row, column in np.ndindex(values.shape):
        ink = (0, 0, 0) if colours[row, column].mean() > 115 else (255, 255, 255)
        middle = (left + (column + 0.5) * cell, top + (row + 0.5) * cell)
        pen.text(middle, f"{values[row, column]:.2f}", fill=ink, font=font, anchor="mm")


def _scale(canvas: Image.Image, pen: ImageDraw.ImageDraw, low: float, top: int) -> None:
    """The colours from the least similar pair to 1."""
    ramp = np.repeat(_colours(np.linspace(low, 1, 256)[None], low), 12, axis=0)
    pen.text((MARGIN, top + 6), f"{low:.2f}", fill=MUTED, font=_font(14), anchor="lm")
    canvas.paste(Image.fromarray(ramp), (MARGIN + 48, top))
    pen.text((MARGIN + 48 + 264, top + 6), "1 = the same to this method", fill=MUTED, font=_font(14), anchor="lm")


def _colours(values: NDArray[Any], low: float) -> Pixels:
    """(n, m) → (n, m, 3): viridis, dark for ``low`` and bright for 1."""
    levels = np.clip((values - low) / max(1e-9, 1 - low), 0, 1) * 255
    palette = cv2.applyColorMap(np.arange(256, dtype=np.uint8), cv2.COLORMAP_VIRIDIS)[:, 0, ::-1]
    return np.asarray(palette[np.rint(levels).astype(np.uint8)], dtype=np.uint8)


def _fitted(thumbnail: Pixels, side: int) -> Image.Image:
    picture = Image.fromarray(thumbnail)
    picture.thumbnail((side, side))
    return picture


def _fitting(pen: ImageDraw.ImageDraw, text: str, room: int, size: int) -> str:
    """Text that fits its room: its beginning is cut, since the end of a path tells more."""
    font = _font(size)
    cut = text
    while cut and pen.textlength(cut if cut == text else f"…{cut}", font) > room:
        cut = cut[1:]
    return text if cut == text else f"…{cut}"


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
