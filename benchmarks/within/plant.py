"""Paste a piece of a picture elsewhere in it, as someone who covers or multiplies something would, and keep the truth.

The piece is an ellipse, a rectangle or an irregular blob; it may be mirrored, turned by quarters or freely, scaled,
brightened a little, with a hard or a feathered edge; the result is kept as it is or saved as JPEG.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

#: The kinds of paste and how often each is made.
KINDS = ("shifted", "mirrored", "quarter", "turned", "scaled", "all")
#: Standard deviation of the source's gray levels below which a piece shows nothing worth pasting.
LEAST_CONTRAST = 4.0
#: Attempts to find a place before a picture is given up.
TRIES = 60


@dataclass(frozen=True, eq=False)
class Paste:
    """A forged picture: ``source`` and ``target`` are (H, W) bool, ``matrix`` (2, 3) maps source to target."""

    pixels: Pixels
    source: NDArray[np.bool_]
    target: NDArray[np.bool_]
    matrix: NDArray[np.float64]
    kind: str
    size: int


def paste(pixels: Pixels, size: int, rng: np.random.Generator, kind: str) -> Paste | None:
    """Paste a piece about ``size`` px wide; None where the picture has no room or no such piece."""
    linear = _linear(kind, rng)
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.ndim == 3 else pixels
    height, width = gray.shape
    reach = int(np.ceil(0.75 * size * 1.3))
    if min(height, width) < 2 * reach + 8 or max(height, width) < 3.2 * reach:
        return None
    outline = _outline(size, rng)
    for _ in range(TRIES):
        source = np.array([rng.integers(reach, width - reach), rng.integers(reach, height - reach)], float)
        target = np.array([rng.integers(reach, width - reach), rng.integers(reach, height - reach)], float)
        if kind == "scaled" or kind == "turned" or kind == "all":
            target += rng.uniform(-0.5, 0.5, 2)
        if np.linalg.norm(target - source) < 1.5 * size:
            continue
        mask_source = _filled(outline + source, gray.shape)
        mask_target = _filled(outline @ linear.T + target, gray.shape)
        if (mask_source & mask_target).any() or gray[mask_source].std() < LEAST_CONTRAST:
            continue
        matrix = np.column_stack([linear, target - linear @ source])
        moved = _moved(pixels, matrix, rng.uniform(0.92, 1.08) if rng.random() < 0.3 else 1.0)
        forged = _blended(pixels, moved, mask_target, feather=float(rng.choice([0, 0, 1, 2, 3])))
        return Paste(_saved(forged, rng), mask_source, mask_target, matrix, kind, size)
    return None


def resaved(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """An authentic picture, saved as the forged ones are."""
    return _saved(pixels, rng)


def _linear(kind: str, rng: np.random.Generator) -> NDArray[np.float64]:
    mirror = np.diag([-1.0, 1.0]) if kind == "mirrored" or (kind == "all" and rng.random() < 0.5) else np.eye(2)
    quarters = int(rng.integers(1, 4)) if kind == "quarter" else 0
    if kind == "mirrored":
        quarters = int(rng.integers(0, 4))
    angle = np.pi / 2 * quarters
    scale = 1.0
    if kind in ("turned", "all"):
        angle = np.deg2rad(rng.uniform(-180, 180))
    if kind in ("scaled", "all"):
        scale = float(rng.choice([rng.uniform(0.75, 0.93), rng.uniform(1.07, 1.3)]))
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]])
    linear = scale * turn @ mirror
    return np.round(linear) if kind in ("mirrored", "quarter") else linear


def _outline(size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Corners (k, 2) of the piece around (0, 0): about ``size`` px wide."""
    shape = rng.choice(["ellipse", "rectangle", "blob"])
    if shape == "rectangle":
        a, b = size / 2, size / 2 * rng.uniform(0.7, 1.0)
        return np.array([[-a, -b], [a, -b], [a, b], [-a, b]])
    theta = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.full(48, size / 2)
    if shape == "blob":
        for order in (2, 3, 5):
            radius *= 1 + 0.08 * np.cos(order * theta + rng.uniform(0, 2 * np.pi))
    squeeze = rng.uniform(0.75, 1.0)
    return np.stack([radius * np.cos(theta), squeeze * radius * np.sin(theta)], axis=1)


def _filled(corners: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
    return mask > 0


def _moved(pixels: Pixels, matrix: NDArray[np.float64], gain: float) -> NDArray[np.float32]:
    height, width = pixels.shape[:2]
    return gain * cv2.warpAffine(pixels.astype(np.float32), matrix, (width, height), flags=cv2.INTER_CUBIC)


def _blended(pixels: Pixels, moved: NDArray[np.float32], mask: NDArray[np.bool_], feather: float) -> Pixels:
    weight = mask.astype(np.float32)
    if feather:
        weight = cv2.GaussianBlur(weight, (0, 0), feather)
    weight = weight if pixels.ndim == 2 else weight[..., None]
    return np.clip(np.round(pixels * (1 - weight) + moved * weight), 0, 255).astype(np.uint8)


def _saved(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """As PNG one time in four, else as JPEG of quality 60 to 95."""
    if rng.random() < 0.25:
        return pixels
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 96))])
    back = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    return np.asarray(cv2.cvtColor(back, cv2.COLOR_BGR2RGB) if pixels.ndim == 3 else back, dtype=np.uint8)
