"""SIFT features of one panel, read top to bottom: shrink, choose a channel, detect, spread.

Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 2004. RootSIFT: Arandjelović and
Zisserman, "Three things everyone should know to improve object retrieval", CVPR 2012.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.features.channels import informative_channel, merged_channels
from figecho.features.texture import texture_area
from figecho.options import ReuseOptions
from figecho.types import Features

#: Contrast threshold that good keypoints pass, and the one that is used where it finds fewer than enough.
STRONG_CONTRAST = 0.02
FAINT_CONTRAST = 0.004
ENOUGH = 400
#: Blobs of the panel at half its size from which strong keypoints will be enough: told rightly of 147 in 158 pictures.
MANY_BLOBS = 575
#: SIFT's layers per octave; OpenCV compares response × layers with the contrast threshold.
LAYERS = 3
#: Keypoints are spread over a grid of about this many cells along the longer side.
GRID = 12
#: Of the keypoints found, this many times those kept are described before they are spread: describing costs most. With
#: twice as many, 94 % of those kept are the same.
DESCRIBED = 1.25


def extract(pixels: NDArray[np.uint8], options: ReuseOptions) -> Features:
    """Detect and describe the keypoints of a panel once, for every later comparison.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) uint8, gray or RGB.
    options : ``working_side`` and ``max_keypoints`` are used.

    Returns
    -------
    Features in working pixels; none at all is a valid answer for a flat panel.
    """
    height, width = pixels.shape[:2]
    zoom = min(1.0, options.working_side / max(height, width))
    if zoom < 1:
        working = (max(1, round(width * zoom)), max(1, round(height * zoom)))
        pixels = np.asarray(cv2.resize(pixels, working, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    luma = informative_channel(pixels)
    channels = tuple(merged_channels(pixels))
    # In a merge each stain has its own keypoints; in luminance they would disturb each other.
    parts = [_detect(plane, options.max_keypoints // max(1, len(channels))) for plane in channels or (luma,)]
    points, sizes, angles, descriptors = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Features(luma, points, sizes, angles, descriptors, zoom, (width, height), texture_area(luma), channels)


def shrunk(features: Features, zoom: float, options: ReuseOptions) -> Features:
    """The same panel's features at ``zoom`` (< 1) times its working size, found anew in the stored luminance.

    A panel shown several times smaller elsewhere keeps few of the keypoints that its large version is known by.
    """
    height, width = features.luma.shape
    working = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    luma = np.asarray(cv2.resize(features.luma, working, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    found = _detect(luma, options.max_keypoints)
    return Features(luma, *found, features.zoom * zoom, features.size, features.texture)


def _detect(
    luma: NDArray[np.uint8], limit: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8]]:
    """Points, sizes, angles and descriptors of the keypoints kept; faint ones only where strong ones are few."""
    # Where strong keypoints will hardly be enough, faint ones are asked for at once: a wrong guess costs only time.
    contrast = STRONG_CONTRAST if _has_many_blobs(luma) else FAINT_CONTRAST
    table, descriptors = _described(luma, limit, contrast)
    strong = table[:, 4] * LAYERS >= STRONG_CONTRAST
    if strong.sum() >= ENOUGH:
        table, descriptors = table[strong], descriptors[strong]
    elif contrast == STRONG_CONTRAST:
        table, descriptors = _described(luma, limit, FAINT_CONTRAST)
    kept = spread(table[:, :2], table[:, 4], luma.shape, limit)
    table = table[kept]
    return table[:, :2], table[:, 2], table[:, 3], descriptors[kept]


def _described(luma: NDArray[np.uint8], limit: int, contrast: float) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Keypoints of at least a contrast, x, y, size, angle and response each (n, 5), and their descriptors (n, 128)."""
    # Precise upscaling: without it keypoints are a quarter pixel off, in opposite ways in a mirrored copy.
    sift = cv2.SIFT.create(round(DESCRIBED * limit), LAYERS, contrast, 10, 1.6, cv2.CV_8U, True)
    keypoints, found = sift.detectAndCompute(luma, None)
    columns = [(*keypoint.pt, keypoint.size, keypoint.angle, keypoint.response) for keypoint in keypoints]
    descriptors = np.zeros((0, 128), np.uint8) if found is None else np.asarray(found, dtype=np.uint8)
    table = np.array(columns, np.float32).reshape(-1, 5)
    # In one order, however many were found: of two orientations at one place, equally strong, the same one is kept.
    order = np.lexsort(table.T[3::-1])
    return table[order], descriptors[order]


def _has_many_blobs(luma: NDArray[np.uint8]) -> bool:
    """Whether a glance at half the size promises many strong keypoints: extrema of one difference of Gaussians."""
    height, width = luma.shape
    half = cv2.resize(luma, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA).astype(np.float32)
    detail = cv2.GaussianBlur(half, (0, 0), 1.0) - cv2.GaussianBlur(half, (0, 0), 1.41)
    least = 255 * STRONG_CONTRAST / LAYERS
    around = np.ones((3, 3), np.uint8)
    bright = (detail == cv2.dilate(detail, around)) & (detail > least)
    dark = (detail == cv2.erode(detail, around)) & (detail < -least)
    return int(np.count_nonzero(bright | dark)) >= MANY_BLOBS


def spread(
    points: NDArray[np.float32], responses: NDArray[np.float32], shape: tuple[int, ...], limit: int
) -> NDArray[np.intp]:
    """Indices of at most ``limit`` keypoints, the strongest of every grid cell before any second-strongest."""
    if len(points) <= limit:
        return np.arange(len(points))
    cell = max(shape[0], shape[1]) / GRID
    columns = (points[:, 0] // cell).astype(int)
    rows = (points[:, 1] // cell).astype(int)
    cells = rows * (GRID + 1) + columns
    order = np.lexsort((-responses, cells))
    starts = np.flatnonzero(np.r_[True, np.diff(cells[order]) != 0])
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    return np.sort(order[np.lexsort((-responses[order], rank))[:limit]])


def rootsift(descriptors: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float32]:
    """RootSIFT: L1-normalise, then square root, so that a dot product is the Hellinger kernel.

    Parameters
    ----------
    descriptors : (n, 128), SIFT.

    Returns
    -------
    (n, 128) float32 of unit Euclidean length (zero rows stay zero).
    """
    values = descriptors.astype(np.float32)
    total = values.sum(axis=1, keepdims=True)
    return np.asarray(np.sqrt(values / np.maximum(total, 1e-7)), dtype=np.float32)
