"""Cut a filled rectangle along straight, even lines that run right across it: panels that nearly touch.

A recursive XY-cut (Nagy and Seth, "Hierarchical representation of optically scanned documents", 1984) whose gaps
must be sharp on both sides: the dark space between cells or lanes is even too, but nothing ends at it in a straight
line.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.panels.blocks import LEAST_SIDES
from figecho.panels.ground import Pixels
from figecho.types import Box

#: A line across is even when the standard deviation along it is at most this, gray levels: a hairline after JPEG.
EVENNESS = 14.0
#: Share of the pixels next to the line that must differ from its colour, on the average of both sides and on either
#: side (a micrograph may be saturated); and the least difference beyond three standard deviations along the line.
SHARP = 0.6
SHARP_ENOUGH = 0.35
LEAST_STEP = 4.0
#: Where JPEG blurs an edge, the pixels next to a line are looked for this far away.
BLURRED = 2
#: The colour of a line is taken this far inside its edge, and may change by this much across it.
INSIDE = 3
DRIFT = 8.0
#: Panels on either side are at least this large, pixels.
LEAST_PART = 20
#: Pixels of a line that are looked at, evenly spread.
SAMPLES = 400
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Gap:
    """Rows (or columns) ``start`` to ``end`` (exclusive) of a rectangle that part it."""

    start: int
    end: int


class Cutter:
    """Cuts rectangles of one RGB picture; sums over any row of any rectangle are read from integral images."""

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels
        red, green, blue = cv2.split(pixels)
        # The brightest channel: blue cells on black hardly show in a luminance.
        self._sums, self._squares = cv2.integral2(cv2.max(cv2.max(red, green), blue))

    def cut(self, box: Box) -> list[Box]:
        """The parts of a rectangle; the rectangle itself where nothing parts it."""
        x, y, width, height = box
        rows, columns = self._gaps(box), self._gaps(box, across=True)
        if not rows and not columns:
            return [box]
        if _widest(rows) >= _widest(columns):
            pieces = [(x, y + start, width, end - start) for start, end in _between(rows, height)]
        else:
            pieces = [(x + start, y, end - start, height) for start, end in _between(columns, width)]
        return [leaf for piece in pieces for leaf in self.cut(piece)]

    def _gaps(self, box: Box, *, across: bool = False) -> list[Gap]:
        """The even bands of rows (columns where ``across``) that run right through a box, sharp on both sides.

        A margin is such a band too, with one side.
        """
        x, y, width, height = box
        length, breadth = (width, height) if across else (height, width)
        if min(length, breadth) < LEAST_PART:
            return []
        means, deviations = self._lines(box, across=across)
        lines = self._pixels[y : y + height, x : x + width]
        lines = lines.swapaxes(0, 1) if across else lines
        bands = (band for run in _runs(deviations <= EVENNESS) for band in _of_one_tone(means, *run))
        return [
            Gap(start, end) for start, end in bands if _leaves_room(start, end, length) and _is_sharp(lines, start, end)
        ]

    def _lines(self, box: Box, *, across: bool) -> tuple[Values, Values]:
        """Mean and standard deviation of every row (column) of a box, gray levels."""
        x, y, width, height = box
        totals = []
        for integral in (self._sums, self._squares):
            if across:
                edge = integral[y + height, x : x + width + 1] - integral[y, x : x + width + 1]
            else:
                edge = integral[y : y + height + 1, x + width] - integral[y : y + height + 1, x]
            totals.append(np.diff(edge.astype(np.float64)) / (height if across else width))
        means, squares = totals
        return means, np.sqrt(np.maximum(0, squares - means**2))


def _leaves_room(start: int, end: int, length: int) -> bool:
    """Whether a band is a margin, or has room for a panel on either side; it is not all there is."""
    before, behind = start, length - end
    return all(room == 0 or room >= LEAST_PART for room in (before, behind)) and before + behind > 0


def _widest(gaps: list[Gap]) -> int:
    return max((gap.end - gap.start for gap in gaps), default=0)


def _between(gaps: list[Gap], length: int) -> list[tuple[int, int]]:
    """What is left between the gaps, without pieces too small to be a panel."""
    edges = [0, *(edge for gap in gaps for edge in (gap.start, gap.end)), length]
    pieces = zip(edges[::2], edges[1::2], strict=True)
    return [(start, end) for start, end in pieces if end - start >= LEAST_SIDES[0]]


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _of_one_tone(means: Values, start: int, end: int) -> list[tuple[int, int]]:
    """An even run, parted where its tone jumps (a black frame beside a white gutter), without what drifts."""
    jumps = np.abs(np.diff(means[start:end])) > DRIFT
    edges = [start, *(start + 1 + np.flatnonzero(jumps)).tolist(), end]
    return [(first, last) for first, last in pairwise(edges) if np.ptp(means[first:last]) <= DRIFT]


def _is_sharp(lines: Pixels, start: int, end: int) -> bool:
    """Whether what stands before and behind a band of lines ends there in a straight line."""
    step = max(1, lines.shape[1] // SAMPLES)
    shares: list[float] = []
    for edge, way in ((start - 1, -1), (end, 1)):
        first, last = sorted((edge, edge + way * BLURRED))
        outside = lines[max(first, 0) : max(last + 1, 0), ::step]
        if not len(outside):
            continue  # the picture's own edge
        inside = np.ascontiguousarray(lines[min(max(edge - way * INSIDE, start), end - 1), ::step])
        tolerance = LEAST_STEP + 3 * float(cv2.meanStdDev(inside[None])[1].max())
        middle = _median(inside)
        alike = cv2.inRange(outside, np.ceil(middle - tolerance), np.floor(middle + tolerance))
        shares.append(np.count_nonzero(alike.min(axis=0) == 0) / outside.shape[1])
        if shares[-1] < SHARP_ENOUGH:
            return False
    return sum(shares) >= SHARP * len(shares)


def _median(colours: Pixels) -> Values:
    """The median (3,) of the few colours (n, 3) of a line."""
    middle = [(len(colours) - 1) // 2, len(colours) // 2]
    return np.asarray(np.partition(colours.T, middle, axis=1)[:, middle].sum(axis=1, dtype=np.int64) / 2)
