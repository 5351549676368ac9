"""Arithmetic of boxes ``(x, y, width, height)`` in whole pixels."""

from __future__ import annotations

from collections.abc import Iterable

from figecho.types import Box


def area(box: Box) -> int:
    """Pixels in a box."""
    return box[2] * box[3]


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box round all of them; there must be at least one."""
    given = list(boxes)
    x, y = min(box[0] for box in given), min(box[1] for box in given)
    right, bottom = max(box[0] + box[2] for box in given), max(box[1] + box[3] for box in given)
    return x, y, right - x, bottom - y


def shared(one: Box, other: Box) -> int:
    """Pixels that two boxes have in common."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0, wide) * max(0, high)


def distance(one: Box, other: Box) -> int:
    """Empty pixels between two boxes, the larger of across and down; 0 where they touch or overlap."""
    across = max(one[0], other[0]) - min(one[0] + one[2], other[0] + other[2])
    down = max(one[1], other[1]) - min(one[1] + one[3], other[1] + other[3])
    return max(0, across, down)


def grown(box: Box, by: int, width: int, height: int) -> Box:
    """A box with a margin on every side, inside a picture of the given size."""
    x, y = max(0, box[0] - by), max(0, box[1] - by)
    return x, y, min(width, box[0] + box[2] + by) - x, min(height, box[1] + box[3] + by) - y


def merged(boxes: Iterable[Box]) -> list[Box]:
    """Boxes after those that overlap have become one, until none do."""
    left = list(boxes)
    done: list[Box] = []
    while left:
        box = left.pop()
        touching = [other for other in (*left, *done) if shared(box, other)]
        if touching:
            left = [other for other in left if not shared(box, other)]
            done = [other for other in done if not shared(box, other)]
            left.append(union([box, *touching]))
        else:
            done.append(box)
    return sorted(done, key=lambda box: (box[1], box[0]))
