"""What the demo's panels show: drawn specimens that look like microscopy, blots and plots, different for every seed.

Every function takes its own random generator and a size ``(width, height)`` and gives uint8 pixels, ``(H, W)`` gray or
``(H, W, 3)`` RGB.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
Size = tuple[int, int]
Draw = Callable[[np.random.Generator, Size], Pixels]

INK = (25, 25, 25)
LEGEND = ("WT", "KO", "rescue")
SERIES = ((192, 57, 43), (41, 98, 160), (39, 121, 70))


def _noise(rng: np.random.Generator, size: Size, sigma: float) -> NDArray[np.float32]:
    """Smooth noise of unit variance."""
    plane = rng.standard_normal((size[1], size[0])).astype(np.float32)
    plane = np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), dtype=np.float32)
    return plane / np.float32(plane.std())


def _exposed(rng: np.random.Generator, plane: NDArray[Any], grain: float) -> Pixels:
    """Photons and electronics: every exposure has its own grain."""
    noisy = plane + rng.normal(0, grain, plane.shape) * np.sqrt(np.maximum(plane, 8) / 90)
    return np.asarray(np.clip(np.rint(noisy), 0, 255), dtype=np.uint8)


def nuclei(rng: np.random.Generator, size: Size) -> Pixels:
    """Stained nuclei on a dark ground, each with its own brightness and chromatin."""
    width, height = size
    plane = np.full((height, width), 14, np.float32) + 3 * _noise(rng, size, 30)
    chromatin = _noise(rng, size, 1.6)
    for _ in range(width * height // 1500):
        centre = (float(rng.uniform(0, width)), float(rng.uniform(0, height)))
        axes = (float(rng.uniform(7, 15)), float(rng.uniform(6, 11)))
        mask = np.zeros((height, width), np.float32)
        box = (centre, (2 * axes[0], 2 * axes[1]), float(rng.uniform(0, 180)))
        cv2.ellipse(mask, box, 1.0, -1, cv2.LINE_AA)
        brightness = float(rng.uniform(60, 190))
        plane = np.maximum(plane, cv2.GaussianBlur(mask, (0, 0), 1.2) * brightness * (1 + 0.13 * chromatin))
    return _exposed(rng, plane, 5)


def filaments(rng: np.random.Generator, size: Size) -> Pixels:
    """A network of bright fibres."""
    width, height = size
    plane = np.full((height, width), 12, np.float32)
    for _ in range(70):
        x, y, heading = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0, 2 * np.pi)
        points = [(x, y)]
        for _ in range(60):
            heading += rng.normal(0, 0.12)
            x, y = x + 4 * np.cos(heading), y + 4 * np.sin(heading)
            points.append((x, y))
        stroke = np.zeros((height, width), np.float32)
        line = np.round(np.array(points) * 16).astype(np.int32)
        cv2.polylines(stroke, [line], False, float(rng.uniform(40, 150)), 1, cv2.LINE_AA, 4)
        plane += stroke
    plane = np.asarray(cv2.GaussianBlur(plane, (0, 0), 0.9), dtype=np.float32)
    return _exposed(rng, np.minimum(plane, 235), 5)


def tissue(rng: np.random.Generator, size: Size) -> Pixels:
    """A stained section: pink ground, dark nuclei, white gaps."""
    width, height = size
    ground = np.stack(
        [226 + 9 * _noise(rng, size, 6), 168 + 14 * _noise(rng, size, 5), 196 + 10 * _noise(rng, size, 5)], -1
    )
    ground += 5 * _noise(rng, size, 1.3)[..., None]
    stain = np.zeros((height, width), np.float32)
    for _ in range(width * height // 420):
        box = (
            (float(rng.uniform(0, width)), float(rng.uniform(0, height))),
            (float(rng.uniform(6, 12)), float(rng.uniform(5, 8))),
            float(rng.uniform(0, 180)),
        )
        cv2.ellipse(stain, box, float(rng.uniform(0.5, 1.0)), -1, cv2.LINE_AA)
    stain = np.asarray(cv2.GaussianBlur(stain, (0, 0), 0.8), dtype=np.float32)[..., None]
    plane = ground * (1 - stain) + np.array([98, 62, 148], np.float32) * stain
    gaps = (_noise(rng, size, 22) > 1.5)[..., None]
    return _exposed(rng, np.where(gaps, np.float32(244), plane), 4)


def phase(rng: np.random.Generator, size: Size) -> Pixels:
    """Cells in phase contrast: bright halos round gray bodies."""
    width, height = size
    plane = 128 + 6 * _noise(rng, size, 24) + 4 * _noise(rng, size, 2)
    for _ in range(width * height // 2600):
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        long, turn = float(rng.uniform(9, 26)), float(rng.uniform(0, 180))
        short = long * float(rng.uniform(0.5, 1))
        cv2.ellipse(plane, (centre, (2 * long, 2 * short), turn), 192, 3, cv2.LINE_AA)
        cv2.ellipse(plane, (centre, (2 * long - 5, 2 * short - 5), turn), 92, 2, cv2.LINE_AA)
        cv2.circle(plane, centre, max(2, int(short / 3)), float(rng.uniform(96, 160)), -1, cv2.LINE_AA)
    return _exposed(rng, np.asarray(cv2.GaussianBlur(plane, (0, 0), 0.9)), 5)


def blot(rng: np.random.Generator, size: Size) -> Pixels:
    """A strip of a western blot: one band a lane, each with its own shape, on an uneven membrane."""
    width, height = size
    lanes = max(4, width // 52)
    plane = 212 + 7 * _noise(rng, size, 25) + 3 * _noise(rng, size, 1.5)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    for lane in range(lanes):
        centre = (lane + 0.5) * width / lanes + float(rng.normal(0, 2))
        half = width / lanes * float(rng.uniform(0.3, 0.43))
        thick = float(rng.uniform(4, 8))
        u = (x - centre) / half
        v = (y - height * 0.52 - float(rng.normal(0, 1.5)) - float(rng.normal(0, 2)) * u * u) / thick
        depth = float(rng.uniform(50, 185)) * (1 + 0.15 * _noise(rng, size, 4))
        plane -= (
            depth
            * np.exp(-(np.abs(u) ** float(rng.uniform(3, 6))))
            * np.exp(-(np.abs(v) ** float(rng.uniform(1.7, 2.4))))
        )
    return _exposed(rng, np.asarray(cv2.GaussianBlur(plane, (0, 0), 0.9)), 3)


def blank(rng: np.random.Generator, size: Size) -> Pixels:
    """A control without signal: nothing but faint noise."""
    return _exposed(rng, np.full((size[1], size[0]), 18, np.float32), 4)


def coloured(pixels: Pixels, colour: tuple[float, float, float]) -> Pixels:
    """A gray channel shown in a colour, RGB factors 0–1."""
    return np.clip(pixels[..., None] * np.array(colour, np.float32), 0, 255).astype(np.uint8)


def merged(red: Pixels, green: Pixels) -> Pixels:
    """Two gray channels of one field in one picture."""
    return np.stack([red, green, np.zeros_like(red)], axis=-1)


# ---- plots ------------------------------------------------------------------------------------------------------


def lines(rng: np.random.Generator, size: Size) -> Pixels:
    """Three time courses; all calls share axes, ticks and legend, none the data."""
    image, pen, box = _axes(size, "Time (h)", "Relative growth")
    left, top, right, bottom = box
    for number, colour in enumerate(SERIES):
        heights = np.clip(0.15 + np.cumsum(rng.uniform(0.0, 0.16, 7)) + rng.normal(0, 0.03, 7), 0.05, 0.95)
        points = [(left + (right - left) * i / 6, bottom - (bottom - top) * h) for i, h in enumerate(heights)]
        pen.line(points, fill=colour, width=2)
        for x, y in points:
            pen.ellipse((x - 3, y - 3, x + 3, y + 3), fill=colour)
        pen.line((left + 10, top + 10 + 14 * number, left + 30, top + 10 + 14 * number), fill=colour, width=2)
        pen.text(
            (left + 36, top + 3 + 14 * number),
            LEGEND[number],
            fill=INK,
            font=ImageFont.load_default(11),
        )
    return np.asarray(image)


def bars(rng: np.random.Generator, size: Size) -> Pixels:
    """Six bars with error bars."""
    image, pen, box = _axes(size, "Condition", "Signal (a.u.)")
    left, top, right, bottom = box
    for number in range(6):
        x = left + 12 + (right - left - 24) * number / 6
        y = bottom - (bottom - top) * float(rng.uniform(0.15, 0.85))
        error = float(rng.uniform(5, 14))
        pen.rectangle((x, y, x + (right - left) / 9, bottom), fill=((150, 150, 150), (60, 60, 120))[number % 2])
        middle = x + (right - left) / 18
        pen.line((middle, y - error, middle, y + error), fill=INK, width=1)
    return np.asarray(image)


def _axes(size: Size, x_label: str, y_label: str) -> tuple[Image.Image, ImageDraw.ImageDraw, tuple[int, int, int, int]]:
    image = Image.new("RGB", size, (255, 255, 255))
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(11)
    left, top, right, bottom = 46, 12, size[0] - 12, size[1] - 40
    pen.line((left, top, left, bottom, right, bottom), fill=INK, width=2)
    for tick in range(6):
        y = bottom - (bottom - top) * tick / 5
        pen.line((left - 5, y, left, y), fill=INK, width=1)
        pen.text((left - 26, y - 7), f"{tick / 5:.1f}", fill=INK, font=font)
        x = left + (right - left) * tick / 5
        pen.line((x, bottom, x, bottom + 5), fill=INK, width=1)
        pen.text((x - 6, bottom + 7), str(12 * tick), fill=INK, font=font)
    pen.text(((left + right) / 2 - 24, size[1] - 17), x_label, fill=INK, font=font)
    side = Image.new("L", (90, 14), 0)
    ImageDraw.Draw(side).text((0, 0), y_label, fill=255, font=font)
    turned = side.rotate(90, expand=True)
    image.paste(INK, (2, (top + bottom) // 2 - 45), turned)
    return image, pen, (left, top, right, bottom)
