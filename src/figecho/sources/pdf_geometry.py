"""Affine maps and rectangles on a PDF page.

Everything that leaves the readers of a page is in *display points*: 1/72 inch, x right, y down, from the top left
corner of the page as a viewer shows it (crop box and rotation applied).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

#: ``(a, b, c, d, e, f)`` as PDF writes it: ``x' = a x + c y + e``, ``y' = b x + d y + f`` (ISO 32000-1, 8.3.4).
Affine = tuple[float, float, float, float, float, float]
IDENTITY: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Rect(NamedTuple):
    """Edges of an upright rectangle; empty where right ≤ left or bottom ≤ top."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return max(0.0, self.right - self.left)

    @property
    def height(self) -> float:
        return max(0.0, self.bottom - self.top)

    @property
    def area(self) -> float:
        return self.width * self.height

    def __and__(self, other: Rect) -> Rect:
        return Rect(
            *(max(self.left, other.left), max(self.top, other.top)),
            *(min(self.right, other.right), min(self.bottom, other.bottom)),
        )

    def __or__(self, other: Rect) -> Rect:
        return Rect(
            *(min(self.left, other.left), min(self.top, other.top)),
            *(max(self.right, other.right), max(self.bottom, other.bottom)),
        )

    def grown(self, by: float) -> Rect:
        return Rect(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def share_in(self, other: Rect) -> float:
        """Share of this rectangle's area that lies in another one; of its length where it is a line."""
        common = self.grown(0.01) & other
        return common.area / self.grown(0.01).area


def union(rects: Iterable[Rect]) -> Rect:
    """The smallest rectangle around them all; at least one."""
    lefts, tops, rights, bottoms = zip(*rects, strict=True)
    return Rect(min(lefts), min(tops), max(rights), max(bottoms))


def then(first: Affine, second: Affine) -> Affine:
    """The map that applies ``first`` and then ``second``; PDF's matrix product ``first × second``."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def inverse(matrix: Affine) -> Affine | None:
    """The map back, or None where the matrix is singular."""
    a, b, c, d, e, f = matrix
    determinant = a * d - b * c
    if abs(determinant) < 1e-12:
        return None
    a, b, c, d = d / determinant, -b / determinant, -c / determinant, a / determinant
    return (a, b, c, d, -(e * a + f * c), -(e * b + f * d))


def moved(matrix: Affine, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def bounds(matrix: Affine, rect: Rect) -> Rect:
    """The upright rectangle around a rectangle that was moved."""
    corners = [moved(matrix, x, y) for x in (rect.left, rect.right) for y in (rect.top, rect.bottom)]
    return union(Rect(x, y, x, y) for x, y in corners)


def display_matrix(box: Rect, rotation: int) -> Affine:
    """The map from a page's user space to display points.

    Parameters
    ----------
    box : the page's visible box in user space (y up), given as its least and greatest x and y:
        ``Rect(least x, least y, greatest x, greatest y)``.
    rotation : clockwise, a multiple of 90.
    """
    left, low, right, high = box
    return {
        0: (1.0, 0.0, 0.0, -1.0, -left, high),
        90: (0.0, 1.0, 1.0, 0.0, -low, -left),
        180: (-1.0, 0.0, 0.0, 1.0, right, -low),
        270: (0.0, -1.0, -1.0, 0.0, high, right),
    }[rotation % 360]
