"""Authentic pictures that repeat by design: charts, labelled figures, pages of text, well plates, look-alike cells.

Nothing is copied in them: what is alike was drawn anew, with noise of its own where a camera would add it.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
FONT = cv2.FONT_HERSHEY_SIMPLEX
INKS = ((255, 255, 255), (0, 0, 0), (255, 255, 0), (255, 0, 0), (0, 255, 0), (0, 255, 255))
WORDS = ("control", "treated", "vehicle", "p53", "actin", "merge", "DAPI", "GFP", "ns", "10", "20", "***", "fold")


def chart(rng: np.random.Generator) -> Pixels:
    """Bars with error bars, ticks, labels and a legend."""
    canvas = np.full((int(rng.integers(300, 700)), int(rng.integers(400, 900)), 3), 255, np.uint8)
    height, width = canvas.shape[:2]
    left, bottom = 70, height - 60
    cv2.line(canvas, (left, 30), (left, bottom), (0, 0, 0), 2)
    cv2.line(canvas, (left, bottom), (width - 20, bottom), (0, 0, 0), 2)
    for y in range(40, bottom, 40):
        cv2.line(canvas, (left - 6, y), (left, y), (0, 0, 0), 1)
        _write(canvas, str(bottom - y), (left - 45, y + 5), 0.4)
    colours = [tuple(int(value) for value in rng.integers(40, 220, 3)) for _ in range(3)]
    for number, x in enumerate(range(left + 20, width - 60, 45)):
        top = int(rng.integers(60, bottom - 20))
        cv2.rectangle(canvas, (x, top), (x + 28, bottom), colours[number % 3], -1)
        cv2.rectangle(canvas, (x, top), (x + 28, bottom), (0, 0, 0), 1)
        cv2.line(canvas, (x + 14, top - 15), (x + 14, top + 15), (0, 0, 0), 1)
        cv2.line(canvas, (x + 8, top - 15), (x + 20, top - 15), (0, 0, 0), 1)
        _write(canvas, str(rng.choice(WORDS)), (x - 4, bottom + 20), 0.35)
    return canvas


def scatter(rng: np.random.Generator) -> Pixels:
    """Many identical markers and a fitted line."""
    canvas = np.full((500, 600, 3), 255, np.uint8)
    cv2.rectangle(canvas, (60, 20), (580, 440), (0, 0, 0), 1)
    for x, y in rng.normal((320, 230), (100, 80), (int(rng.integers(60, 400)), 2)).round().astype(int).tolist():
        cv2.circle(canvas, (x, y), 4, (30, 80, 200), -1, cv2.LINE_AA)
        cv2.circle(canvas, (x, y), 4, (0, 0, 0), 1, cv2.LINE_AA)
    cv2.line(canvas, (60, int(rng.integers(100, 400))), (580, int(rng.integers(100, 400))), (200, 0, 0), 2, cv2.LINE_AA)
    for x in range(60, 580, 65):
        _write(canvas, str(x - 60), (x - 10, 465), 0.45)
    return canvas


def page(rng: np.random.Generator) -> Pixels:
    """A page of text, where words and letters repeat."""
    canvas = np.full((900, 700), int(rng.integers(235, 256)), np.uint8)
    for y in range(50, 880, 26):
        _write(canvas, " ".join(rng.choice(WORDS, 9)), (40, y), 0.55)
    if rng.random() < 0.5:
        canvas = np.clip(canvas + rng.normal(0, 3, canvas.shape), 0, 255).astype(np.uint8)
    return canvas


def plate(rng: np.random.Generator) -> Pixels:
    """A well plate, photographed, or drawn by a program with all its wells alike."""
    photographed = rng.random() < 0.6
    canvas = np.full((420, 600), 205.0, np.float32)
    for row in range(8):
        for column in range(12):
            x, y = 40 + 47 * column, 40 + 47 * row
            shade = float(rng.uniform(60, 190)) if photographed else 120.0
            cv2.circle(canvas, (x, y), 18, shade, -1, cv2.LINE_AA)
            cv2.circle(canvas, (x, y), 18, 90.0, 2, cv2.LINE_AA)
            cv2.ellipse(canvas, (x - 5, y - 6), (6, 3), 30, 0, 360, min(255.0, shade + 45), -1, cv2.LINE_AA)
    if photographed:
        canvas = cv2.GaussianBlur(canvas, (0, 0), 1.2) * np.linspace(0.85, 1.1, 600, dtype=np.float32)
        canvas += rng.normal(0, 3, canvas.shape).astype(np.float32)
    return np.clip(canvas, 0, 255).astype(np.uint8)


def cells(rng: np.random.Generator) -> Pixels:
    """A field of similar cells through a microscope: each with its own outline and inside, shot noise, uneven light."""
    height, width = 480, 640
    light = np.full((height, width), 60.0, np.float32)
    for _ in range(int(rng.integers(40, 110))):
        x, y = rng.uniform(0, (width, height))
        outline = _wobbly(rng, x, y, rng.uniform(20, 26), rng.uniform(16, 22), rng.uniform(0, np.pi), 0.04)
        shade = float(rng.uniform(95, 125))
        cv2.fillPoly(light, [outline], shade, cv2.LINE_AA)
        cv2.polylines(light, [outline], True, shade * 1.45, 2, cv2.LINE_AA)
        nucleus = _wobbly(rng, x + rng.uniform(-3, 3), y + rng.uniform(-3, 3), 8, 8, 0.0, 0.05)
        cv2.fillPoly(light, [nucleus], float(rng.uniform(170, 210)), cv2.LINE_AA)
        for _ in range(2):
            at = (int(x + rng.integers(-6, 7)), int(y + rng.integers(-6, 7)))
            cv2.circle(light, at, 2, float(rng.uniform(210, 245)), -1, cv2.LINE_AA)
    # Cytoplasm is not even, the lens blurs, the lamp is brighter on one side, and the camera counts photons.
    light *= 1 + 0.05 * cv2.GaussianBlur(rng.normal(0, 1, light.shape).astype(np.float32), (0, 0), 3) / 0.1
    light = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.8, 2.0)))
    light *= np.linspace(rng.uniform(0.9, 1), rng.uniform(1, 1.1), width, dtype=np.float32)
    photons = float(rng.uniform(2, 30))
    counted = rng.poisson(np.clip(light, 0, None) * photons) / photons + rng.normal(0, 0.8, light.shape)
    return np.clip(np.round(counted), 0, 255).astype(np.uint8)


def _wobbly(
    rng: np.random.Generator, x: float, y: float, a: float, b: float, angle: float, wobble: float
) -> NDArray[np.int32]:
    """Corners (k, 1, 2) of an ellipse whose radius varies by ``wobble``."""
    theta = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radius = 1 + sum(wobble * rng.normal() / order * np.cos(order * theta + rng.uniform(0, 6.3)) for order in (2, 3, 4))
    u, v = a * radius * np.cos(theta), b * radius * np.sin(theta)
    corners = np.stack([x + u * np.cos(angle) - v * np.sin(angle), y + u * np.sin(angle) + v * np.cos(angle)], axis=1)
    return np.round(corners).astype(np.int32)[:, None]


def labelled(base: Pixels, rng: np.random.Generator) -> Pixels:
    """A picture with letters, arrows, a scale bar, repeated labels and perhaps boxes on it, in one colour."""
    canvas = base.copy() if base.ndim == 3 else cv2.cvtColor(base, cv2.COLOR_GRAY2RGB)
    height, width = canvas.shape[:2]
    colour = INKS[int(rng.choice(len(INKS), p=[0.4, 0.2, 0.1, 0.1, 0.1, 0.1]))]
    _write(canvas, "A", (10, 34), 1.1, colour, 2)
    cv2.rectangle(canvas, (width - 90, height - 22), (width - 20, height - 16), colour, -1)
    _write(canvas, "20 um", (width - 85, height - 28), 0.5, colour)
    word = str(rng.choice(WORDS))
    for _ in range(int(rng.integers(3, 9))):
        x, y = int(rng.integers(20, max(21, width - 60))), int(rng.integers(40, max(41, height - 20)))
        cv2.arrowedLine(canvas, (x + 24, y + 16), (x, y), colour, 2, cv2.LINE_AA, tipLength=0.4)
        _write(canvas, word, (x + 26, y + 22), 0.5, colour)
    if rng.random() < 0.3:
        for _ in range(3):
            x, y = int(rng.integers(0, max(1, width - 70))), int(rng.integers(0, max(1, height - 60)))
            cv2.rectangle(canvas, (x, y), (x + 60, y + 45), colour, 2)
    return canvas


DRAWN: dict[str, Callable[[np.random.Generator], Pixels]] = {
    "chart": chart,
    "scatter": scatter,
    "page": page,
    "plate": plate,
    "cells": cells,
}


def _write(
    canvas: Pixels,
    text: str,
    at: tuple[int, int],
    size: float,
    colour: tuple[int, int, int] = (0, 0, 0),
    thickness: int = 1,
) -> None:
    cv2.putText(canvas, text, at, FONT, size, colour if canvas.ndim == 3 else colour[0], thickness, cv2.LINE_AA)
