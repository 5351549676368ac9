"""Charts and drawings: thin ink on an even ground, with their numbers, titles and legends.

Ink is gathered into groups by distance, measured in the height of the text. A group large enough to be a chart or a
drawing is a core; small groups near a core (axis titles, tick labels) join it; the rest is annotation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.panels.boxes import area, distance, merged, shared, union
from figecho.panels.ground import Mask
from figecho.types import Box

#: Height of text, pixels: the bounds of what is taken for text, and what is assumed where there is none.
TEXT_HEIGHTS = (5, 40)
USUAL_TEXT = 12
#: Text of more than this height, pixels, is that of a figure drawn or enlarged beyond need: lines are thick there, too.
LARGE_TEXT, LARGEST_TEXT = 28, 90
#: Ink closer than this, in text heights, is one group.
TOGETHER = 0.7
#: A small group joins a core within this distance, in text heights; two cores without axes are one drawing.
ATTACHED = 1.8
ONE_DRAWING = 2.5
#: A core's sides, in text heights and in pixels, are at least this long.
CORE_HEIGHTS = 4.0
CORE_PIXELS = 48
#: A group without axes that covers less than this share of the largest chart or micrograph is annotation: a legend, a
#: title in large print.
SLIGHT = 0.05
#: An axis runs along at least this share of its chart's side.
AXIS = 0.5
#: Ink this thick, pixels, is no line: a bar, a band of a blot. An axis is thin along this share of its chart's side.
THICK = 7
THIN = 0.15
#: Running text is at least this many pieces of a letter's height, and no wider than three such, which hold this share
#: of the ink, in at least so many lines, which are this close, in text heights.
LEAST_LETTERS, IN_LETTERS, LEAST_LINES, LEADING = 40, 0.9, 3, 2.0
#: More groups than this are not a figure but a page of text or a photograph of dots.
MOST_GROUPS = 1500


@dataclass(frozen=True)
class Drawing:
    """A chart or drawing with all its text, or a block of running ``text``; ``axes`` says whether it has two axes at a
    right angle."""

    box: Box
    axes: bool
    text: bool = False


def find_drawings(ink: Mask, blocks: list[Box], letters: list[Box]) -> list[Drawing]:
    """Charts and drawings in an ink mask, ``(H, W)`` uint8 of 0 and 1, beside its ``blocks`` and panel ``letters``."""
    rest = ink.copy()
    for x, y, width, height in (*blocks, *letters):
        rest[max(0, y - 2) : y + height + 2, max(0, x - 2) : x + width + 2] = 0
    if not rest.any():
        return []
    sizes = _piece_sizes(rest)
    if _text_height(sizes, LARGEST_TEXT) > LARGE_TEXT:
        half = np.asarray(cv2.dilate(ink, np.ones((2, 2), np.uint8))[1::2, 1::2], dtype=np.uint8)
        found = find_drawings(half, _halved(blocks), _halved(letters))
        return [replace(drawing, box=_doubled(drawing.box, ink)) for drawing in found]
    text = _text_height(sizes, TEXT_HEIGHTS[1])
    groups = _groups(rest, TOGETHER * text)
    if len(groups) > MOST_GROUPS:
        return []
    least = max(CORE_PIXELS, CORE_HEIGHTS * text)
    cores = [Drawing(box, has_axes(rest, box)) for box in groups if min(box[2:]) >= least]
    cores = _joined(cores, ONE_DRAWING * text, blocks)
    small = [box for box in groups if min(box[2:]) < least]
    usual = [area(box) for box in (*blocks, *(core.box for core in cores if core.axes))]
    slight = [core for core in cores if not core.axes and area(core.box) < SLIGHT * max(usual, default=0)]
    cores = [core for core in cores if core not in slight]
    drawings, left = _with_annotation(cores, small + [core.box for core in slight], blocks, ATTACHED * text)
    return drawings + _text_blocks(rest, left, text)


def _halved(boxes: list[Box]) -> list[Box]:
    return [(x // 2, y // 2, (width + 1) // 2, (height + 1) // 2) for x, y, width, height in boxes]


def _doubled(box: Box, ink: Mask) -> Box:
    """A box found at half the size, within the full one."""
    x, y, width, height = (2 * value for value in box)
    return x, y, min(width, ink.shape[1] - x), min(height, ink.shape[0] - y)


def _piece_sizes(ink: Mask) -> NDArray[np.int32]:
    """Width and height, pixels, of every connected piece of an ink mask: (2, n)."""
    _, _, statistics, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    return np.asarray(statistics[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].T, dtype=np.int32)


def _text_height(sizes: NDArray[np.int32], most: int) -> float:
    """The usual height of letters and digits among pieces of ink, pixels, up to ``most``."""
    wide, high = sizes
    letters = (high >= TEXT_HEIGHTS[0]) & (high <= most) & (wide >= high / 4) & (wide <= 1.5 * high)
    return float(np.median(high[letters])) if letters.sum() >= 5 else USUAL_TEXT


def _text_blocks(ink: Mask, lines: list[Box], text: float) -> list[Drawing]:
    """Blocks of running text among the groups that belong to no drawing."""
    if not lines:
        return []
    left = np.zeros_like(ink)
    for x, y, width, height in lines:
        left[y : y + height, x : x + width] = 1
    return [Drawing(box, axes=False, text=True) for box in _groups(left, LEADING * text) if _is_text(ink, box)]


def _is_text(ink: Mask, box: Box) -> bool:
    """Whether a box holds nothing but lines of many small pieces."""
    x, y, width, height = box
    part = ink[y : y + height, x : x + width]
    _, _, statistics, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    wide, high, size = (statistics[1:, column] for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    small = (high <= TEXT_HEIGHTS[1]) & (wide <= 3 * TEXT_HEIGHTS[1])
    letters = small & (high >= TEXT_HEIGHTS[0])
    written = part.max(axis=1) > 0
    count = int((written[1:] & ~written[:-1]).sum()) + int(written[0])
    return bool(
        count >= LEAST_LINES and letters.sum() >= LEAST_LETTERS and size[small].sum() >= IN_LETTERS * size.sum()
    )


def has_axes(ink: Mask, box: Box) -> bool:
    """Whether a long thin horizontal line runs below the middle of a box, and a long thin vertical one left of it."""
    x, y, width, height = box
    part = ink[y : y + height, x : x + width]
    # Opening takes what lies beyond an edge for ink: an axis along the edge of its box would look thick.
    framed = cv2.copyMakeBorder(part, THICK, THICK, THICK, THICK, cv2.BORDER_CONSTANT, value=0)
    thick = cv2.morphologyEx(framed, cv2.MORPH_OPEN, np.ones((THICK, THICK), np.uint8))[THICK:-THICK, THICK:-THICK]
    lines = []
    for length, shape in ((width, (1, 0)), (height, (0, 1))):
        run = max(3, int(AXIS * length))
        along = cv2.morphologyEx(part, cv2.MORPH_OPEN, np.ones((run, 1) if shape[1] else (1, run), np.uint8))
        # Bars stand on their axis and hide that it is thin, but not all along it.
        lines.append(np.where(thick > 0, 0, along).sum(axis=shape[0]) >= THIN * length)
    across, down = lines
    return bool(across[height // 2 :].any() and down[: max(1, width // 2)].any())


def _groups(ink: Mask, reach: float) -> list[Box]:
    """Boxes of ink that is closer together than ``reach`` pixels."""
    side = 2 * (int(reach) // 2) + 1
    near = cv2.dilate(ink, np.ones((side, side), np.uint8))
    count, labels = cv2.connectedComponents(near, connectivity=8)
    if count - 1 > MOST_GROUPS:
        return [(0, 0, 0, 0)] * count
    rows, columns = np.nonzero(ink > 0)
    of = np.asarray(labels[rows, columns], dtype=np.int64)
    edges = np.empty((4, count), np.int64)
    edges[:2], edges[2:] = max(ink.shape), -1
    np.minimum.at(edges[0], of, columns)
    np.minimum.at(edges[1], of, rows)
    np.maximum.at(edges[2], of, columns)
    np.maximum.at(edges[3], of, rows)
    boxes = [(int(x), int(y), int(r - x + 1), int(b - y + 1)) for x, y, r, b in edges.T[1:] if r >= 0]
    return merged(boxes)


def _joined(cores: list[Drawing], reach: float, blocks: list[Box]) -> list[Drawing]:
    """Parts without axes that are near each other are one drawing; charts stay apart."""
    left, done = list(cores), []
    while left:
        core = left.pop()
        partner = next((other for other in left if _one_drawing(core, other, reach, blocks)), None)
        if partner is None:
            done.append(core)
        else:
            left.remove(partner)
            left.append(Drawing(union([core.box, partner.box]), core.axes or partner.axes))
    return done


def _one_drawing(core: Drawing, other: Drawing, reach: float, blocks: list[Box]) -> bool:
    if shared(core.box, other.box):
        return True
    if core.axes or other.axes or distance(core.box, other.box) > reach:
        return False
    both = union([core.box, other.box])
    return not any(shared(both, block) for block in blocks)


def _with_annotation(
    cores: list[Drawing], small: list[Box], blocks: list[Box], reach: float
) -> tuple[list[Drawing], list[Box]]:
    """Cores grown by the small groups that are nearest to them, and near; and the groups that have no core near."""
    left: list[Box] = []
    boxes = [core.box for core in cores]
    for group in sorted(small, key=lambda box: min((distance(box, core) for core in boxes), default=0)):
        near = min(range(len(boxes)), key=lambda i: distance(group, boxes[i]), default=None)
        if near is None or distance(group, boxes[near]) > reach:
            left.append(group)
            continue
        grown = union([boxes[near], group])
        others = [*blocks, *(box for i, box in enumerate(boxes) if i != near)]
        if not any(shared(grown, other) or distance(group, other) < distance(group, boxes[near]) for other in others):
            boxes[near] = grown
    return [Drawing(box, core.axes) for box, core in zip(boxes, cores, strict=True) if area(box)], left
