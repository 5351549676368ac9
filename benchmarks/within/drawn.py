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
    """A field of similar cells with membrane, nucleus and nucleoli; no two are the same."""
    height, width = 480, 640
    canvas = np.full((height, width), 60.0, np.float32)
    for _ in range(int(rng.integers(40, 110))):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        a, b, angle = int(rng.integers(20, 26)), int(rng.integers(16, 22)), int(rng.integers(0, 180))
        cv2.ellipse(canvas, (x, y), (a, b), angle, 0, 360, 110.0, -1, cv2.LINE_AA)
        cv2.ellipse(canvas, (x, y), (a, b), angle, 0, 360, 160.0, 2, cv2.LINE_AA)
        cv2.circle(canvas, (x + int(rng.integers(-3, 4)), y + int(rng.integers(-3, 4))), 8, 190.0, -1, cv2.LINE_AA)
        for _ in range(2):
            cv2.circle(canvas, (x + int(rng.integers(-6, 7)), y + int(rng.integers(-6, 7))), 2, 230.0, -1, cv2.LINE_AA)
    canvas = cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.8, 2.0)))
    return np.clip(canvas + rng.normal(0, rng.uniform(1, 6), canvas.shape), 0, 255).astype(np.uint8)


def labelled(base: Pixels, rng: np.random.Generator) -> Pixels:
    """A picture with letters, arrows, a scale bar and repeated labels on it."""
    canvas = base.copy() if base.ndim == 3 else cv2.cvtColor(base, cv2.COLOR_GRAY2RGB)
    height, width = canvas.shape[:2]
    colour = (255, 255, 255) if rng.random() < 0.6 else (0, 0, 0) if rng.random() < 0.5 else (255, 255, 0)
    _write(canvas, "A", (10, 34), 1.1, colour, 2)
    cv2.rectangle(canvas, (width - 90, height - 22), (width - 20, height - 16), colour, -1)
    _write(canvas, "20 um", (width - 85, height - 28), 0.5, colour)
    word = str(rng.choice(WORDS))
    for _ in range(int(rng.integers(3, 9))):
        x, y = int(rng.integers(20, max(21, width - 60))), int(rng.integers(40, max(41, height - 20)))
        cv2.arrowedLine(canvas, (x + 24, y + 16), (x, y), colour, 2, cv2.LINE_AA, tipLength=0.4)
        _write(canvas, word, (x + 26, y + 22), 0.5, colour)
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
