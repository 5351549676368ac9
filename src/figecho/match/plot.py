"""A panel's gray levels → what a plot shows between its axes: its marks, without axes, ticks, grid and ground.

Two plots of one template share their axes, fonts and legend; only the marks say whether they show the same data.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.match.once import once
from figecho.types import Box

Plane = NDArray[np.float32]
Mask = NDArray[np.uint8]

#: A plot stands on a ground of one gray level, to within this many levels, that fills at least this share of its border
#: and, where it has no axes, of all of it.
GROUND_SPREAD = 3
GROUND_SHARE = 0.4
#: A ground is at least this bright: paper, or a light tint.
BRIGHT = 170
#: Contrast to the ground from which something is ink, gray levels, and at which a mark counts in full.
INK = 30.0
FULL = 70.0
#: An axis or grid line runs along at least this share of the panel or frame, is thinner than this, pixels, and may be
#: dashed with gaps up to this, pixels.
AXIS = 0.4
THIN = 7
DASH = 9
#: A grid line has ground on both sides, as wide as this, pixels, along at least this share of it: the ragged edge of a
#: dense cloud is straight and thin too.
CLEAR, ALONE = 3, 0.3
#: How far two axes may be from meeting, and ticks and outlines reach into the frame, as shares of its sides.
CORNER = 0.12
RIM = 0.025
#: An axis has at least this many labels, further apart than their letters, in a strip beside it of this width, pixels.
LABELS, APART, STRIP = 3, 7, 26
#: Share of the panel that the frame spans at least.
SPANNED = 0.4
#: Share of the frame that is even, to within so many gray levels in 3 × 3 pixels: it is drawn, not photographed. The
#: cells of a heat map are one colour each; a smooth blot is not.
EVEN_SHARE, EVEN = 0.45, 6
CELLS_SHARE, CELLS_EVEN = 0.25, 1
#: A frame with less ground than this is filled with cells.
LEAST_GROUND = 0.2
#: Bars are rectangles, filled to this share, that hold at least this share of the ink.
SOLID, IN_BARS = 0.85, 0.3
#: Shorter side of a frame below which there is no room for marks, pixels.
LEAST_SIDE = 60


@dataclass(frozen=True, eq=False)
class Plot:
    """What stands between the axes of a plot.

    ``frame`` is the area that the axes span, ``(x, y, width, height)`` in pixels of the panel as given, all of it where
    ``axes`` is False. ``marks`` is (h, w) float32 in [0, 1], as large as the panel: how much each pixel stands out from
    the ground, 0 outside the frame and on axes, ticks and grid lines. ``filled`` says that they are bars, or the cells
    of a heat map.
    """

    frame: Box
    axes: bool
    marks: Plane
    filled: bool


@once
def read_plot(luma: NDArray[np.uint8]) -> Plot | None:
    """The plot that a panel shows, (h, w) uint8; None where it is photographed, or drawn on no even bright ground.

    Axes are two long thin lines at a right angle with labels beside them; a border alone is none.
    """
    border = np.concatenate([side.reshape(-1) for side in (luma[:2], luma[-2:], luma[:, :2], luma[:, -2:])])
    level, share = _commonest(border)
    if level < BRIGHT or share < GROUND_SHARE or min(luma.shape) < LEAST_SIDE:
        return None
    contrast = np.abs(luma.astype(np.float32) - level)
    ink = (contrast > INK).astype(np.uint8)
    found = _axes_frame(ink)
    frame = found or (0, 0, luma.shape[1], luma.shape[0])
    x, y, width, height = frame
    inside = np.s_[y : y + height, x : x + width]
    ground = float((contrast[inside] <= GROUND_SPREAD).mean())
    cells = found is not None and ground < LEAST_GROUND
    least, even = (CELLS_SHARE, CELLS_EVEN) if cells else (EVEN_SHARE, EVEN)
    if _even_share(luma[inside], even) < least or (found is None and ground < GROUND_SHARE):
        return None
    marks = contrast / 255 if cells else np.clip((contrast - INK / 3) / FULL, 0, 1)
    marks[_furniture(ink, frame, grid=not cells)] = 0
    return Plot(frame, found is not None, np.asarray(marks, dtype=np.float32), cells or _has_bars(ink[inside]))


def _commonest(values: NDArray[np.uint8]) -> tuple[int, float]:
    """The commonest gray level, and the share of the values that are near it."""
    levels = np.bincount(values, minlength=256) / values.size
    near = np.convolve(levels, np.ones(2 * GROUND_SPREAD + 1), mode="same")
    level = int(near.argmax())
    return level, float(near[level])


def _even_share(luma: NDArray[np.uint8], even: int) -> float:
    """Share of the pixels whose neighbourhood varies by at most ``even`` gray levels."""
    kernel = np.ones((3, 3), np.uint8)
    return float((cv2.dilate(luma, kernel) - cv2.erode(luma, kernel) <= even).mean())


def _has_bars(ink: Mask) -> bool:
    """Whether solid rectangles hold much of the ink; a dense cloud is ragged."""
    solid = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((THIN, THIN), np.uint8))
    _, _, statistics, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    area = statistics[1:, cv2.CC_STAT_AREA]
    boxes = statistics[1:, cv2.CC_STAT_WIDTH] * statistics[1:, cv2.CC_STAT_HEIGHT]
    bars = area[(area >= SOLID * boxes) & (area >= 4 * THIN**2)].sum()
    return bool(bars >= IN_BARS * max(1, cv2.countNonZero(ink)))


def _axes_frame(ink: Mask) -> Box | None:
    """The area that a plot's axes span: labelled, and between two long thin lines or filled from side to side."""
    for box in (_filled_rectangle(ink), _between_lines(ink)):
        spans = box is not None and min(box[2:]) >= LEAST_SIDE and box[2] * box[3] >= SPANNED * ink.size
        if box and spans and _labelled(ink, box):
            return box
    return None


def _filled_rectangle(ink: Mask) -> Box | None:
    """The largest piece of ink, if it is a rectangle: the cells of a heat map."""
    _, _, statistics, _ = cv2.connectedComponentsWithStats(ink, connectivity=4)
    x, y, width, height, area = max(statistics[1:].tolist(), key=lambda row: int(row[4]), default=(0, 0, 1, 1, 0))
    return (x, y, width, height) if area >= SOLID * width * height else None


def _between_lines(ink: Mask) -> Box | None:
    """The area that the lowest horizontal and the leftmost vertical long thin line span, if these meet."""
    height, width = ink.shape
    across = _lines(ink, round(AXIS * width), vertical=False)
    down = _lines(ink, round(AXIS * height), vertical=True)
    if not across or not down:
        return None
    bottom = _same_line(across, max(line[1] for line in across), axis=1)
    left = _same_line(down, min(line[0] for line in down), axis=0)
    x, y = left[0] + left[2] // 2, left[1]
    right, base = bottom[0] + bottom[2], bottom[1] + bottom[3] // 2
    box = (x, y, right - x, base - y)
    meet = abs(bottom[0] - x) <= CORNER * width and abs(left[1] + left[3] - base) <= CORNER * height
    return box if meet else None


def _labelled(ink: Mask, box: Box) -> bool:
    """Whether labels stand in a row below a frame, or in a column left of it."""
    x, y, width, height = box
    below = np.flatnonzero(ink[y + height + THIN : y + height + THIN + STRIP, x : x + width].sum(axis=0))
    beside = np.flatnonzero(ink[y : y + height, max(0, x - THIN - STRIP) : max(0, x - THIN)].sum(axis=1))
    return max(_runs(below), _runs(beside)) >= LABELS


def _runs(places: NDArray[np.intp]) -> int:
    """How many runs the places of ink on a line form, those close to each other taken as one."""
    return 1 + int((np.diff(places) > APART).sum()) if len(places) else 0


def _same_line(lines: list[Box], place: int, axis: int) -> Box:
    """The box of the lines at one height (``axis`` 1) or one distance from the left (0): pieces of one axis."""
    pieces = [line for line in lines if abs(line[axis] - place) <= THIN // 2]
    x, y = min(line[0] for line in pieces), min(line[1] for line in pieces)
    return x, y, max(line[0] + line[2] for line in pieces) - x, max(line[1] + line[3] for line in pieces) - y


def _lines(ink: Mask, length: int, *, vertical: bool) -> list[Box]:
    """Boxes of straight thin lines of at least ``length`` pixels."""
    _, _, statistics, _ = cv2.connectedComponentsWithStats(_straight(ink, length, vertical=vertical), connectivity=8)
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h, _ in statistics[1:]]


def _straight(ink: Mask, length: int, *, vertical: bool) -> Mask:
    """Ink that belongs to straight lines of at least ``length`` pixels, thin ones: bars may stand on them."""
    size = (max(3, length), 1) if vertical else (1, max(3, length))
    found = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(size, np.uint8))
    thick = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((THIN, THIN), np.uint8))
    return np.asarray((found > 0) & (thick == 0), dtype=np.uint8)


def _furniture(ink: Mask, frame: Box, *, grid: bool) -> NDArray[np.bool_]:
    """Where there are no marks: outside the frame, along its rim, and on ``grid`` lines, drawn through or dashed."""
    x, y, width, height = frame
    rim_x, rim_y = max(3, round(RIM * width)), max(3, round(RIM * height))
    outside = np.ones(ink.shape, np.uint8)
    outside[y + rim_y : y + height - rim_y, x + rim_x : x + width - rim_x] = 0
    inside = np.where(outside > 0, 0, ink).astype(np.uint8)
    for vertical, side in ((False, width), (True, height)) if grid else ():
        gap = np.ones((DASH, 1) if vertical else (1, DASH), np.uint8)
        closed = np.asarray(cv2.morphologyEx(inside, cv2.MORPH_CLOSE, gap), dtype=np.uint8)
        for line in _lines(closed, round(AXIS * side), vertical=vertical):
            if _stands_alone(inside, line, vertical=vertical):
                left, top, wide, high = line
                outside[max(0, top - 1) : top + high + 1, max(0, left - 1) : left + wide + 1] = 1
    return np.asarray(outside > 0)


def _stands_alone(ink: Mask, line: Box, *, vertical: bool) -> bool:
    """Whether much of a line has ground on both sides; the pixel next to it may be its own soft edge."""
    if vertical:
        ink, line = ink.T, (line[1], line[0], line[3], line[2])
    x, y, width, height = line
    above = ink[max(0, y - 1 - CLEAR) : max(0, y - 1), x : x + width].any(axis=0)
    below = ink[y + height + 1 : y + height + 1 + CLEAR, x : x + width].any(axis=0)
    return float((~(above | below)).mean()) >= ALONE
