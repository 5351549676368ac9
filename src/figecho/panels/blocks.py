"""Rectangles filled with image content on an even ground: micrographs, photographs, blot strips.

What tells a panel from an object on the same ground (a cell, a band, a mouse cut out of its photograph) is that all
four of its sides are straight.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.panels.boxes import area, shared
from figecho.panels.ground import Mask, Pixels, median_colour
from figecho.types import Box

#: Strokes up to this width do not join two panels: arrows, brackets, letters.
STROKE = 5
#: The least panel, pixels: shorter and longer side.
LEAST_SIDES = (14, 36)
#: Stray ink round a panel reaches this far, pixels (a letter that touches it), and covers
#: less than this share of a line.
HALO = 48
STRAY = 0.35
#: Share of a side that must differ from the ground, and of the area inside.
STRAIGHT = 0.65
FILLED = 0.5
#: A box of one colour with a word in it has this share of its pixels within `EVEN` levels of that colour.
PLAIN_SHARE = 0.7
EVEN = 5
#: A box is dark up to this level; smaller dark boxes, pixels, are glyphs and keys of legends.
DARK = 40
LEAST_DARK = 3000


def find_blocks(ink: Mask) -> list[Box]:
    """The straight-sided, filled rectangles of an ink mask, ``(H, W)`` uint8 of 0 and 1."""
    kernel = np.ones((STROKE, STROKE), np.uint8)
    thick = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel), dtype=np.uint8)
    _, _, statistics, _ = cv2.connectedComponentsWithStats(thick, connectivity=8)
    boxes: list[Box] = [tuple(row[:4]) for row in statistics[1:].tolist()]
    outermost = sorted((box for box in boxes if is_large(box)), key=area, reverse=True)
    blocks: list[Box] = []
    for box in outermost:
        if any(shared(block, box) > area(box) / 2 for block in blocks):
            continue  # an inset, or a piece that a scale bar cut off
        squared = _squared(thick, box)
        if is_large(squared) and is_straight(ink, squared) and is_filled(ink, squared):
            blocks.append(squared)
    return blocks


def is_large(box: Box) -> bool:
    """Whether a box can be a panel at all."""
    shorter, longer = sorted(box[2:])
    return shorter >= LEAST_SIDES[0] and longer >= LEAST_SIDES[1]


def is_straight(ink: Mask, box: Box) -> bool:
    """Whether ink runs along all four sides of a box."""
    x, y, width, height = box
    part = ink[y : y + height, x : x + width]
    sides = (part[:2].max(axis=0), part[-2:].max(axis=0), part[:, :2].max(axis=1), part[:, -2:].max(axis=1))
    return all(float(side.mean()) >= STRAIGHT for side in sides)


def _squared(ink: Mask, box: Box) -> Box:
    """A box without the few rows and columns at its sides that stray ink adds: a halo of JPEG, a letter's foot."""
    x, y, width, height = box
    part = ink[y : y + height, x : x + width]
    left, right = _body(part.mean(axis=0))
    top, bottom = _body(part[:, left:right].mean(axis=1))
    return x + left, y + top, right - left, bottom - top


def _body(profile: NDArray[np.float64]) -> tuple[int, int]:
    """First and last (exclusive) entry beyond stray ink, which reaches no further than `HALO` from the ends."""
    solid = np.flatnonzero(profile >= STRAY)
    if not len(solid):
        return 0, len(profile)
    first, last = int(solid[0]), int(solid[-1]) + 1
    return (first if first <= HALO else 0), (last if len(profile) - last <= HALO else len(profile))


def is_filled(ink: Mask, box: Box) -> bool:
    """Whether a box holds more ink than ground: not a frame round a chart."""
    x, y, width, height = box
    return float(ink[y : y + height, x : x + width].mean()) >= FILLED


def is_plain(pixels: Pixels, box: Box) -> bool:
    """Whether a box of an RGB picture is little more than one colour: a bar of a chart, a box with a word in it.

    A large dark box is not called plain unless nothing at all is in it: cells on black are mostly black.
    """
    x, y, width, height = box
    part = pixels[y + 2 : y + height - 2, x + 2 : x + width - 2]
    if not part.size:
        return True
    step = max(1, int(np.sqrt(area(box) / 20_000)))
    sample = np.ascontiguousarray(part[::step, ::step]).reshape(1, -1, 3)
    middle = median_colour(sample[0])
    even = cv2.countNonZero(cv2.inRange(sample, np.ceil(middle - EVEN), np.floor(middle + EVEN))) / sample.shape[1]
    dark = middle.max() <= DARK and area(box) >= LEAST_DARK
    return even >= (0.999 if dark else PLAIN_SHARE)
