"""Where panels stand among each other: reading order, and names such as "row 2, column 1"."""

from __future__ import annotations

from collections.abc import Sequence

from figecho.panels.layout import Part
from figecho.types import Box

#: A panel belongs to a row when its upper edge lies above this share of the row's first panel.
SAME_ROW = 0.5


def reading_order(parts: Sequence[Part]) -> list[Part]:
    """Panels row by row, from left to right."""
    rows = _rows([part.box for part in parts])
    return [parts[index] for row in rows for index in row]


def positions(boxes: Sequence[Box]) -> list[str | None]:
    """``row 2, column 1`` of each box; a lone box has no position."""
    if len(boxes) == 1:
        return [None]
    names: list[str | None] = [None] * len(boxes)
    for row, indices in enumerate(_rows(boxes), start=1):
        for column, index in enumerate(indices, start=1):
            names[index] = f"row {row}, column {column}"
    return names


def _rows(boxes: Sequence[Box]) -> list[list[int]]:
    """Indices of the boxes in rows from the top, each from left to right."""
    left = sorted(range(len(boxes)), key=lambda index: (boxes[index][1], boxes[index][0]))
    rows = []
    while left:
        _, top, _, height = boxes[left[0]]
        row = [index for index in left if boxes[index][1] <= top + SAME_ROW * height]
        rows.append(_left_to_right(row, boxes))
        left = [index for index in left if index not in row]
    return rows


def _left_to_right(row: list[int], boxes: Sequence[Box]) -> list[int]:
    """A row's boxes from left to right, those that stand over each other from the top down."""
    order: list[int] = []
    left = sorted(row, key=lambda index: boxes[index][0])
    while left:
        x, _, width, _ = boxes[left[0]]
        stack = [index for index in left if boxes[index][0] < x + SAME_ROW * width]
        order += sorted(stack, key=lambda index: boxes[index][1])
        left = [index for index in left if index not in stack]
    return order
