"""A figure's pixels → the boxes of its panels, without their letters."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from figecho.panels.blocks import find_blocks, is_large, is_plain, is_straight
from figecho.panels.boxes import area, shared
from figecho.panels.cuts import Cutter
from figecho.panels.ground import Ground, Mask, Pixels, candidates, ink
from figecho.panels.kinds import block_kind, drawing_kind
from figecho.panels.labels import REACH, corner_distance
from figecho.panels.line_art import Drawing, find_drawings
from figecho.types import Box

#: Rectangles of one colour count as panels beside a textured one of the same width or height, to within this share.
SAME_SIZE = 0.03
#: A line is ground, with a letter on it perhaps, when at most this share of it is ink.
GUTTER = 0.2
#: A filled rectangle smaller than this share of the largest panel is none: a symbol in a scheme.
SPECK = 0.01
#: A detail of a drawing covers less than this share of it.
DETAIL = 0.3
#: A filled rectangle takes up at least this share of lines drawn round it.
FRAMED = 0.8
#: A less likely colour is the ground where this many times as many panels stand on it.
MANY_MORE = 1.25
#: Panels cover at least this share of all ink, else the picture is something else.
EXPLAINED = 0.6


@dataclass(frozen=True)
class Part:
    """A panel's box in the picture, and what it is: ``image``, ``blot``, ``chart``, ``drawing`` or ``text``."""

    box: Box
    kind: str = "image"


def find_parts(pixels: Pixels, letters: list[Box]) -> list[Part]:
    """The panels of an RGB picture, ``(H, W, 3)`` uint8; none where it is to be left whole.

    ``letters`` are boxes of panel letters that are known already. Of the colours that may be the ground, the
    most likely one is it, unless many more panels stand on another. A picture without any ground is cut where panels
    nearly touch.
    """
    height, width = pixels.shape[:2]
    cutter = Cutter(pixels)
    leaves = cutter.cut((0, 0, width, height))
    best: list[Part] = []
    for ground in candidates(pixels, _outside(pixels, leaves)):
        parts = _on(pixels, ground, letters, leaves, cutter)
        if not best or _clear_parts(parts) > MANY_MORE * _clear_parts(best):
            best = parts
    if best:
        return best
    leaves = _textured(pixels, leaves)
    filled = sum(map(area, leaves)) >= EXPLAINED * width * height
    return [Part(box, block_kind(pixels, box)) for box in leaves] if len(leaves) > 1 and filled else []


def _outside(pixels: Pixels, leaves: list[Box]) -> Mask:
    """1 where an RGB picture lies outside all leaves of the cut."""
    outside = np.ones(pixels.shape[:2], np.uint8)
    for x, y, width, height in leaves:
        outside[y : y + height, x : x + width] = 0
    return outside


def _clear_parts(parts: list[Part]) -> int:
    return sum(part.kind != "drawing" for part in parts)


def _on(pixels: Pixels, ground: Ground, letters: list[Box], leaves: list[Box], cutter: Cutter) -> list[Part]:
    """The panels that stand on one ground; none where they do not convince."""
    mask = ink(pixels, ground)
    found = [leaf for block in find_blocks(mask) for leaf in cutter.cut(block) if is_large(leaf)]
    blocks = _textured(pixels, _completed(mask, found, leaves))
    # A letter in large print, or a symbol, is a detail of a drawing.
    least = SPECK * max(map(area, blocks), default=0)
    blocks = [block for block in blocks if area(block) >= least]
    drawings = find_drawings(mask, blocks, letters) if min(ground.colour) >= 200 else []
    drawings = [drawing for drawing in drawings if not _frames(drawing, blocks)]
    largest = max((area(box) for box in (*blocks, *(drawing.box for drawing in drawings))), default=0)
    blocks = [
        block
        for block in _apart(blocks)
        if area(block) >= SPECK * largest and not any(_belongs(block, drawing) for drawing in drawings)
    ]
    if not _convincing(mask, blocks, drawings, letters):
        return []
    images = [Part(box, block_kind(pixels, box)) for box in blocks]
    return images + [Part(drawing.box, drawing_kind(pixels, drawing)) for drawing in drawings]


def _belongs(block: Box, drawing: Drawing) -> bool:
    """Whether a filled rectangle is a detail of a chart or drawing: a legend's key, a cloud of points."""
    return shared(block, drawing.box) > 0.9 * area(block) and area(block) < DETAIL * area(drawing.box)


def _frames(drawing: Drawing, blocks: list[Box]) -> bool:
    """Whether a drawing is nothing but lines around a filled rectangle."""
    return any(shared(drawing.box, block) > FRAMED * area(drawing.box) for block in blocks)


def _completed(mask: Mask, blocks: list[Box], leaves: list[Box]) -> list[Box]:
    """Blocks, with the leaves of the cut in place of mere pieces of them.

    A saturated micrograph has the colour of its ground in places and falls apart; the lines round it still bound it.
    A leaf through which ground runs is none.
    """
    if len(leaves) < 2:
        return blocks
    for leaf in leaves:
        if is_large(leaf) and is_straight(mask, leaf) and not _has_gutter(mask, leaf):
            inside = [block for block in blocks if shared(block, leaf) > area(block) / 2]
            blocks = [block for block in blocks if block not in inside] + [leaf]
    return blocks


def _has_gutter(mask: Mask, box: Box) -> bool:
    """Whether a line of ground, perhaps with a letter on it, runs right through a box."""
    x, y, width, height = box
    part = mask[y : y + height, x : x + width]
    return bool(part.mean(axis=0).min() <= GUTTER or part.mean(axis=1).min() <= GUTTER)


def _textured(pixels: Pixels, boxes: list[Box]) -> list[Box]:
    """Boxes with content, and plain ones that stand beside one with content as its equal."""
    content = [box for box in boxes if not is_plain(pixels, box)]
    plain = [box for box in boxes if box not in content]
    return content + [box for box in plain if any(_equals(box, other) for other in content)]


def _apart(blocks: list[Box]) -> list[Box]:
    """Blocks without those that lie over a larger one."""
    kept: list[Box] = []
    for block in sorted(blocks, key=area, reverse=True):
        if not any(shared(block, other) for other in kept):
            kept.append(block)
    return kept


def _equals(one: Box, other: Box) -> bool:
    """Whether two boxes share a row or a column of a grid and are of one size in it."""
    for axis in (0, 1):
        near = SAME_SIZE * other[axis + 2] + 2
        if abs(one[axis] - other[axis]) <= near and abs(one[axis + 2] - other[axis + 2]) <= near:
            return min(one[3 - axis], other[3 - axis]) >= 0.5 * max(one[3 - axis], other[3 - axis])
    return False


def _convincing(mask: Mask, blocks: list[Box], drawings: list[Drawing], letters: list[Box]) -> bool:
    """Whether a picture is a figure of panels: two rectangles, charts or lettered parts, and little besides."""
    charts = sum(drawing.axes for drawing in drawings)
    boxes = [*blocks, *(drawing.box for drawing in drawings)]
    lettered = sum(any(_stands_at(letter, box) for letter in letters) for box in boxes)
    if len(boxes) < 2 or (not blocks and max(charts, lettered) < 2):
        return False
    covered = np.zeros_like(mask)
    for x, y, width, height in boxes:
        covered[y : y + height, x : x + width] = 1
    total = int(cv2.countNonZero(mask))
    return cv2.countNonZero(mask & covered) >= EXPLAINED * total


def _stands_at(letter: Box, part: Box) -> bool:
    return corner_distance(letter, part) <= REACH * letter[3]
