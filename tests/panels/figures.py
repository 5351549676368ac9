"""Small figures with known panels for the tests of `figecho.panels`."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

import planted
from figecho.types import Box, Picture, Text

Pixels = NDArray[np.uint8]


def picture(pixels: Pixels, texts: tuple[Text, ...] = (), content: str = "whole") -> Picture:
    return Picture(pixels, content, "document", "figure.png", texts=texts)


def micrograph(seed: int, width: int, height: int) -> Pixels:
    """A textured panel without saturated black or white."""
    return (50 + 0.6 * planted.scene(seed, width, height)).astype(np.uint8)


def sheet(boxes: list[Box], *, size: tuple[int, int] = (700, 520), ground: int = 255) -> Pixels:
    """A gray figure with a different textured panel in every box."""
    width, height = size
    canvas = np.full((height, width), ground, np.uint8)
    for seed, (x, y, wide, high) in enumerate(boxes):
        canvas[y : y + high, x : x + wide] = micrograph(seed, wide, high)
    return canvas


def grid(gap: int, *, margin: int = 20, size: tuple[int, int] = (200, 150)) -> list[Box]:
    """The boxes of two rows of three panels."""
    wide, high = size
    return [(margin + c * (wide + gap), margin + r * (high + gap), wide, high) for r in range(2) for c in range(3)]


def lettered(canvas: Pixels, places: list[tuple[str, int, int]]) -> tuple[Text, ...]:
    """Draw letters with their top left corners at the given places, and return them as a text layer has them."""
    texts = []
    for letter, x, y in places:
        (wide, high), _ = cv2.getTextSize(letter, cv2.FONT_HERSHEY_SIMPLEX, 0.7, 2)
        cv2.putText(canvas, letter, (x, y + high), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 2, cv2.LINE_AA)
        texts.append(Text(letter, (x, y, wide, high)))
    return tuple(texts)


def axes(canvas: Pixels, box: Box, seed: int = 0) -> None:
    """A line chart with axes, ticks and numbers that fills a box."""
    x, y, wide, high = box
    left, bottom = x + 40, y + high - 40
    cv2.line(canvas, (left, y), (left, bottom), 0, 2)
    cv2.line(canvas, (left, bottom), (x + wide - 1, bottom), 0, 2)
    for step in range(1, 5):
        tick = bottom - step * (bottom - y) // 5
        cv2.putText(canvas, f"{step}0", (x + 8, tick + 5), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0, 1, cv2.LINE_AA)
        across = left + step * (x + wide - left) // 5
        cv2.putText(canvas, str(step), (across - 4, bottom + 16), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0, 1, cv2.LINE_AA)
    middle = (left + x + wide) // 2 - 40
    cv2.putText(canvas, "Time (h)", (middle, y + high - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 0, 1, cv2.LINE_AA)
    heights = np.random.default_rng(seed).uniform(0.1, 0.9, 12)
    xs = np.linspace(left + 5, x + wide - 5, 12)
    points = np.stack([xs, bottom - heights * (bottom - y)], axis=1).round().astype(np.int32)
    cv2.polylines(canvas, [points], False, 60, 2, cv2.LINE_AA)


def blot_strip(width: int, height: int, seed: int = 0) -> Pixels:
    """A light strip with six dark bands that lie apart."""
    rng = np.random.default_rng(seed)
    strip = np.full((height, width), 225.0)
    yy, xx = np.mgrid[:height, :width]
    for lane in range(6):
        centre = ((lane + 0.5) * width / 6, height * rng.uniform(0.4, 0.6))
        band = np.exp(-(((xx - centre[0]) / (0.05 * width)) ** 4) - ((yy - centre[1]) / (0.12 * height)) ** 2)
        strip -= 170 * band
    return np.clip(strip + rng.normal(0, 1.5, strip.shape), 0, 255).astype(np.uint8)


def boxes_of(panels: object) -> list[Box]:
    return sorted(panel.occurrence.bbox for panel in panels)  # type: ignore[attr-defined]


def close(one: list[Box], other: list[Box], by: int = 4) -> bool:
    """Whether two lists of boxes agree to within a few pixels on every side."""
    pairs = zip(sorted(one), sorted(other), strict=False)
    return len(one) == len(other) and all(np.abs(np.subtract(a, b)).max() <= by for a, b in pairs)
