"""Pictures with known truth for the tests: a textured scene, and copies of it made by a known map."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def scene(seed: int, width: int = 420, height: int = 320) -> NDArray[np.uint8]:
    """A gray picture with blobs on several scales and sensor noise, different for every seed."""
    rng = np.random.default_rng(seed)
    plane = np.zeros((height, width), np.float32)
    for sigma, weight in ((1.5, 1.0), (4, 1.5), (12, 2.0), (30, 1.5)):
        noise = cv2.GaussianBlur(rng.standard_normal((height, width)).astype(np.float32), (0, 0), sigma)
        plane += weight * noise / noise.std()
    plane = 120 + 28 * plane + rng.normal(0, 2, plane.shape)
    return np.clip(plane, 0, 255).astype(np.uint8)


def blank(text: str = "A", seed: int = 0, width: int = 420, height: int = 320) -> NDArray[np.uint8]:
    """An even, faintly noisy panel with a letter and a scale bar."""
    rng = np.random.default_rng(seed)
    panel = np.clip(rng.normal(225, 1.2, (height, width)), 0, 255).astype(np.uint8)
    cv2.putText(panel, text, (14, 44), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 0, 3, cv2.LINE_AA)
    cv2.rectangle(panel, (width - 110, height - 24), (width - 20, height - 18), 0, -1)
    return panel


def warped(pixels: NDArray[np.uint8], matrix: NDArray[np.float64], width: int, height: int) -> NDArray[np.uint8]:
    """``pixels`` moved by ``matrix`` (2, 3) into a picture of the given size."""
    moved = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, dtype=np.uint8)


def jpeg(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """``pixels`` after a JPEG round trip."""
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), dtype=np.uint8)


def micrograph(seed: int, width: int = 420, height: int = 320) -> NDArray[np.uint8]:
    """A gray picture as a camera exposes it: texture on several scales and sensor noise, nothing saturated."""
    rng = np.random.default_rng(seed)
    plane = np.zeros((height, width), np.float32)
    for sigma, weight in ((1.5, 1.0), (4, 1.5), (12, 2.0)):
        noise = cv2.GaussianBlur(rng.standard_normal((height, width)).astype(np.float32), (0, 0), sigma)
        plane += weight * noise / noise.std()
    plane = 128 + 40 * np.tanh(plane / 3) + rng.normal(0, 2, plane.shape)
    return np.clip(plane, 0, 255).astype(np.uint8)
