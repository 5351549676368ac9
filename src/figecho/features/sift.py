"""SIFT features of one panel, read top to bottom: shrink, choose a channel, detect, spread.

Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 2004. RootSIFT: Arandjelović and
Zisserman, "Three things everyone should know to improve object retrieval", CVPR 2012.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.features.colormap import undo_colormap
from figecho.features.texture import texture_area
from figecho.options import ReuseOptions
from figecho.types import Features

#: Contrast threshold that good keypoints pass, and the one that is used where it finds too few (METHOD 2).
STRONG_CONTRAST = 0.02
FAINT_CONTRAST = 0.004
ENOUGH = 400
#: SIFT's layers per octave; OpenCV compares response × layers with the contrast threshold.
LAYERS = 3
#: Keypoints are spread over a grid of about this many cells along the longer side.
GRID = 12
#: A colour channel replaces luminance when it shows this many times more contrast (pure blue: 1 / 0.114).
CHANNEL_ADVANTAGE = 2.0


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
    points, sizes, angles, descriptors = _detect(luma, options.max_keypoints)
    return Features(luma, points, sizes, angles, descriptors, zoom, (width, height), texture_area(luma))


def informative_channel(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luminance; the values behind a known colour map; or the channel with the most contrast where luminance hides it.

    Returns ``(H, W)`` uint8.
    """
    if pixels.ndim == 2:
        return np.ascontiguousarray(pixels)
    values = undo_colormap(pixels)
    if values is not None:
        return values
    luma = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    channels = [np.ascontiguousarray(pixels[..., i]) for i in range(3)]
    best = max(channels, key=lambda channel: float(channel.std()))
    return best if best.std() > CHANNEL_ADVANTAGE * luma.std() else luma


def _detect(
    luma: NDArray[np.uint8], limit: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8]]:
    """Points, sizes, angles and descriptors of the keypoints kept: found once, described only if kept."""
    # Precise upscaling: without it keypoints are a quarter pixel off, in opposite ways in a mirrored copy.
    sift = cv2.SIFT.create(0, LAYERS, FAINT_CONTRAST, 10, 1.6, cv2.CV_8U, True)
    found = np.array(sift.detect(luma, None), dtype=object)
    responses = np.array([keypoint.response for keypoint in found], np.float32)
    strong = responses * LAYERS >= STRONG_CONTRAST
    if strong.sum() >= ENOUGH:
        found, responses = found[strong], responses[strong]
    points = np.array([keypoint.pt for keypoint in found], np.float32).reshape(-1, 2)
    kept = found[spread(points, responses, luma.shape, limit)]
    if not len(kept):
        empty = np.zeros(0, np.float32)
        return np.zeros((0, 2), np.float32), empty, empty, np.zeros((0, 128), np.uint8)
    keypoints, descriptors = sift.compute(luma, kept.tolist())
    table = np.array([(*keypoint.pt, keypoint.size, keypoint.angle) for keypoint in keypoints], np.float32)
    table = table.reshape(-1, 4)
    return table[:, :2], table[:, 2], table[:, 3], np.asarray(descriptors, dtype=np.uint8)


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
