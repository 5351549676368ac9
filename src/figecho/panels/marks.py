"""Where a letter may stand in a figure without a text layer: compact marks at the top left corners of its panels.

They are cut out and handed to a reader (`LetterReader`); what is no letter reads as none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from figecho.panels.boxes import distance, union
from figecho.panels.ground import Mask, Pixels
from figecho.types import Box, Text

#: Heights of panel letters, pixels, and the longest label ("(iv)") in its heights.
HEIGHTS = (8, 64)
LONGEST = 3.4
#: Letters outside are looked for this far before a corner, and this far behind it, pixels.
BEFORE = 90
BEHIND = 60
#: A panel's soft edge reaches this far onto the ground, pixels: a letter that it touches would be one with it.
EDGE = 2
#: Ink of a letter outside differs from its ground by this much; letters inside are nearly white or nearly black.
CONTRAST = 70
WHITE = 215
BLACK = 50
#: A letter covers less than this share of its box (a bold B 0.74), unless it is a single stroke.
SOLID = 0.76
#: Pieces of one label are closer than this share of its height.
SPACING = 0.4
#: Ground left round a crop, as a share of its height.
PADDING = 0.3


class LetterReader(Protocol):
    """Reads short labels from pictures of them."""

    def __call__(self, crops: Sequence[Pixels]) -> Sequence[str]:
        """The text on each crop, ``(h, w, 3)`` uint8 RGB; an empty one for none."""
        ...


@dataclass(frozen=True, eq=False)
class Mark:
    """Something letter-like: its box in the picture, and a picture of it."""

    box: Box
    crop: Pixels


def read_corners(pixels: Pixels, parts: Sequence[Box], read: LetterReader) -> list[list[Text]]:
    """What is read at the top left corner of each panel of an RGB figure: on the ground beside it, and inside it.

    A mark that nothing is read on is kept, with an empty text: a letter may stand there all the same.
    """
    marks = [[*_outside(pixels, part, parts), *_inside(pixels, part)] for part in parts]
    distinct = {mark.box: mark for at_panel in marks for mark in at_panel}
    texts = dict(zip(distinct, read([mark.crop for mark in distinct.values()]), strict=True)) if distinct else {}
    return [[Text(texts[mark.box].strip(), mark.box) for mark in at_panel] for at_panel in marks]


def read_again(
    pixels: Pixels, parts: Sequence[Box], known: Sequence[Box], first: list[list[Text]], read: LetterReader
) -> list[list[Text]]:
    """What is read at the corners (``first``), and what is read where the letters at other corners (``known``) stand.

    Letters of a figure stand alike in all its panels; one on a texture of its own tone is found by that alone.
    """
    offsets = [_offset(letter, parts) for letter in known]
    offsets = [offset for offset, letter in zip(offsets, known, strict=True) if max(map(abs, offset)) <= 3 * letter[3]]
    if not offsets:
        return first
    dx, dy = (int(value) for value in np.median(offsets, axis=0))
    width, height = max(letter[2] for letter in known), int(np.median([letter[3] for letter in known]))
    places = [(max(0, x + dx), max(0, y + dy), max(width, height), height) for x, y, _, _ in parts]
    crops = [crop for place in places for crop in _renderings(_crop(pixels, place))]
    texts = [text.strip() for text in read(crops)]
    agreed = [_agreed(texts[start : start + 3]) for start in range(0, len(texts), 3)]
    return [
        [*earlier, *([Text(text, place)] if text else [])]
        for earlier, text, place in zip(first, agreed, places, strict=True)
    ]


def _agreed(texts: Sequence[str]) -> str:
    """What at least two renderings of one place read as: at a place without a letter they differ."""
    return next((text for text in texts if text and texts.count(text) > 1), "")


def _offset(letter: Box, parts: Sequence[Box]) -> tuple[int, int]:
    """From the corner of the nearest panel to a letter."""
    nearest = min(parts, key=lambda part: _to_corner(letter, part))
    return letter[0] - nearest[0], letter[1] - nearest[1]


def _renderings(crop: Pixels) -> list[Pixels]:
    """A crop as it is, and with only its nearly white or its nearly black strokes, black on white."""
    strokes = (crop.min(axis=2) >= WHITE, crop.max(axis=2) <= BLACK)
    drawn = (np.where(mask, 0, 255).astype(np.uint8) for mask in strokes)
    return [crop, *(np.repeat(mask[..., None], 3, axis=2) for mask in drawn)]


def _outside(pixels: Pixels, part: Box, parts: Sequence[Box]) -> list[Mark]:
    """The letter-like mark on the ground nearest to a panel's corner."""
    left, top = max(0, part[0] - BEFORE), max(0, part[1] - BEFORE)
    window = pixels[top : part[1] + BEHIND, left : part[0] + BEHIND]
    on_ground = np.ones(window.shape[:2], np.bool_)
    for x, y, width, height in parts:
        x, y, right, bottom = x - left - EDGE, y - top - EDGE, x - left + width + EDGE, y - top + height + EDGE
        on_ground[max(0, y) : max(0, bottom), max(0, x) : max(0, right)] = False
    if np.count_nonzero(on_ground) < HEIGHTS[0] ** 2:
        return []
    ground = np.median(window[on_ground], axis=0)
    ink = (np.abs(window.astype(np.int16) - ground.astype(np.int16)).max(axis=2) > CONTRAST) & on_ground
    boxes = [(x + left, y + top, width, height) for x, y, width, height in _labels(ink.astype(np.uint8))]
    nearest = sorted(boxes, key=lambda box: _to_corner(box, part))[:1]
    return [Mark(box, _crop(pixels, box)) for box in nearest]


def _inside(pixels: Pixels, part: Box) -> list[Mark]:
    """The letter-like marks, one white and one black, in a panel's corner."""
    x, y, width, height = part
    window = pixels[y + 1 : y + min(height // 2, BEFORE), x + 1 : x + min(width // 2, BEFORE + 20)]
    if min(window.shape[:2]) < HEIGHTS[0]:
        return []
    marks = []
    for strokes in (window.min(axis=2) >= WHITE, window.max(axis=2) <= BLACK):
        mask = strokes.astype(np.uint8)
        near = [box for box in _labels(mask) if box[0] <= 1.5 * box[3] and box[1] <= 1.2 * box[3]]
        near = [box for box in near if not _is_label_ground(mask, box)]
        for left, top, wide, high in sorted(near, key=lambda box: box[0] + box[1])[:1]:
            glyph = mask[top : top + high, left : left + wide]
            padded = cv2.copyMakeBorder(255 - 255 * glyph, *(_padding(high),) * 4, cv2.BORDER_CONSTANT, value=(255,))
            crop = np.asarray(np.repeat(padded[..., None], 3, axis=2), dtype=np.uint8)
            marks.append(Mark((x + 1 + left, y + 1 + top, wide, high), crop))
    return marks


def _is_label_ground(mask: Mask, box: Box) -> bool:
    """Whether a mark is not a letter but the box that a letter stands on: broad and mostly filled."""
    x, y, width, height = box
    return width > 0.4 * height and float(mask[y : y + height, x : x + width].mean()) > SOLID


def _labels(ink: Mask) -> list[Box]:
    """Boxes of short labels in an ink mask: pieces of letter size, with what stands close beside them."""
    _, _, statistics, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    pieces: list[Box] = [tuple(row[:4]) for row in statistics[1:].tolist() if row[cv2.CC_STAT_AREA] >= 4]
    pieces = [piece for piece in pieces if piece[3] <= HEIGHTS[1] and piece[2] <= HEIGHTS[1] * LONGEST]
    words = _joined(pieces)
    return [word for word in words if word[3] >= HEIGHTS[0] and word[2] <= LONGEST * word[3]]


def _joined(pieces: list[Box]) -> list[Box]:
    """Pieces on one line, and a dot over its stroke, as one box."""
    left, words = sorted(pieces), []
    while left:
        word = left.pop(0)
        while True:
            near = [piece for piece in left if _is_beside(word, piece)]
            if not near:
                break
            word = union([word, *near])
            left = [piece for piece in left if piece not in near]
        words.append(word)
    return words


def _is_beside(word: Box, piece: Box) -> bool:
    common = min(word[1] + word[3], piece[1] + piece[3]) - max(word[1], piece[1])
    tallest = max(word[3], piece[3])
    stacked = min(word[0] + word[2], piece[0] + piece[2]) - max(word[0], piece[0])
    if common > 0:
        return distance(word, piece) <= SPACING * tallest
    return stacked > 0 and distance(word, piece) <= SPACING * tallest and min(word[3], piece[3]) <= tallest / 2


def _crop(pixels: Pixels, box: Box) -> Pixels:
    x, y, width, height = box
    by = _padding(height)
    crop = pixels[max(0, y - by) : y + height + by, max(0, x - by) : x + width + by]
    return np.ascontiguousarray(crop)


def _padding(height: int) -> int:
    return max(3, round(PADDING * height))


def _to_corner(box: Box, part: Box) -> float:
    return float(np.hypot(box[0] + box[2] / 2 - part[0], box[1] + box[3] / 2 - part[1]))
