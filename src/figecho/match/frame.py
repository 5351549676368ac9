"""Two panels over their overlap, on one grid: at the resolution of the coarser, the finer averaged down to it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.match.geometry import apply, compose, invert

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Area of the comparison frame in pixels; larger overlaps are compared at a reduced size.
MAX_AREA = 360_000
#: An overlap of less than the square of this many pixels is too small to compare, and so is one that is thinner.
MIN_SIDE = 24
THINNEST = 14


@dataclass(frozen=True, eq=False)
class Frame:
    """Both panels in one common frame, at the coarser one's resolution, with the area where both exist."""

    a: Plane
    b: Plane
    valid: Mask
    to_a: NDArray[np.float64]
    to_b: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Grid:
    """Where a common frame lies: maps (2, 3) from A's and B's working pixels to it, and its width and height."""

    from_a: NDArray[np.float64]
    from_b: NDArray[np.float64]
    size: NDArray[np.int_]


def common_frame(
    a: NDArray[np.uint8],
    b: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    *,
    inverted: bool,
    area: int = MAX_AREA,
    least: int = MIN_SIDE,
    thinnest: int = THINNEST,
) -> Frame | None:
    """Both panels over their overlap, at the resolution of the coarser.

    None where the overlap is thinner than ``thinnest`` or has fewer than ``least`` squared pixels.
    """
    grid = common_grid(a.shape, b.shape, matrix, area=area, thinnest=thinnest)
    if grid is None:
        return None
    plane_a, valid_a = warped(255 - a if inverted else a, grid.from_a, grid.size)
    plane_b, valid_b = warped(b, grid.from_b, grid.size)
    valid = valid_a & valid_b
    if valid.sum() < least**2:
        return None
    return Frame(plane_a, plane_b, valid, invert(grid.from_a), invert(grid.from_b))


def common_grid(
    shape_a: tuple[int, ...],
    shape_b: tuple[int, ...],
    matrix: NDArray[np.float64],
    *,
    area: int = MAX_AREA,
    thinnest: int = THINNEST,
) -> Grid | None:
    """The grid of a common frame of at most ``area`` pixels; None where the overlap is thinner than ``thinnest``."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    # The frame is B's grid when B is the coarser one, A's grid otherwise.
    a_to_grid = matrix if scale < 1 else np.eye(2, 3)
    b_to_grid = np.eye(2, 3) if scale < 1 else invert(matrix)
    corners = overlap_polygon(shape_a, shape_b, a_to_grid, b_to_grid)
    if corners is None:
        return None
    low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    extent = high - low + 1
    if extent.min() < thinnest:
        return None
    zoom = min(1.0, float(np.sqrt(area / extent.prod())))
    size = np.maximum(1, np.round(extent * zoom)).astype(int)
    grid_to_frame = np.array([[zoom, 0.0, -low[0] * zoom], [0.0, zoom, -low[1] * zoom]])
    return Grid(compose(grid_to_frame, a_to_grid), compose(grid_to_frame, b_to_grid), size)


def overlap_polygon(
    shape_a: tuple[int, ...],
    shape_b: tuple[int, ...],
    a_to_grid: NDArray[np.float64],
    b_to_grid: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    """Corners (k, 2) of the intersection of the two panels' rectangles on a common grid, or None."""
    corners_a = apply(a_to_grid, _corners(shape_a)).astype(np.float32)
    corners_b = apply(b_to_grid, _corners(shape_b)).astype(np.float32)
    area, polygon = cv2.intersectConvexConvex(corners_a, corners_b)
    return None if area < 1 or polygon is None else np.asarray(polygon.reshape(-1, 2), dtype=np.float64)


def _corners(shape: tuple[int, ...]) -> NDArray[np.float64]:
    height, width = shape[:2]
    return np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], dtype=np.float64)


def _piece(plane: NDArray[np.uint8], to_frame: NDArray[np.float64], size: NDArray[np.int_]) -> Plane | None:
    """The part of a panel that the frame is, where the frame lies in the panel's own grid: nothing is resampled."""
    origin = -to_frame[:, 2]
    if not np.array_equal(to_frame[:, :2], np.eye(2)) or origin.min() < 0 or (origin % 1).any():
        return None
    (x, y), (width, height) = origin.astype(int).tolist(), size.tolist()
    piece = plane[y : y + height, x : x + width]
    return piece.astype(np.float32) if piece.shape == (height, width) else None


def warped(plane: NDArray[np.uint8], to_frame: NDArray[np.float64], size: NDArray[np.int_]) -> tuple[Plane, Mask]:
    """Resample a panel into the frame, averaging first where that shrinks it; and where it covers the frame."""
    piece = _piece(plane, to_frame, size)
    if piece is not None:
        return piece, np.ones(piece.shape, dtype=bool)
    scale = float(np.sqrt(abs(np.linalg.det(to_frame[:, :2]))))
    if scale < 0.75:
        height, width = plane.shape
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        plane = np.asarray(cv2.resize(plane, small, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        zoom = np.array(small) / (width, height)
        shrink = np.column_stack([np.diag(zoom), (zoom - 1) / 2])
        to_frame = compose(to_frame, invert(shrink))
    width, height = int(size[0]), int(size[1])
    moved = cv2.warpAffine(
        plane.astype(np.float32), to_frame, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    cover = cv2.warpAffine(
        np.full(plane.shape, 255, np.uint8), to_frame, (width, height), flags=cv2.INTER_NEAREST, borderValue=0
    )
    return np.asarray(moved, dtype=np.float32), np.asarray(cover > 0)
