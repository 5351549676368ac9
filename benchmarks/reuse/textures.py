"""Procedural pictures in the manner of scientific panels: base images that can be drawn in any number.

Every family draws `(rng, (width, height)) → uint8 pixels`, gray `(height, width)` or RGB `(height, width, 3)`.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Size = tuple[int, int]
Draw = Callable[[np.random.Generator, Size], Pixels]


def textures() -> dict[str, Draw]:
    """The families by name."""
    return {
        "nuclei": nuclei, "filaments": filaments, "tissue": tissue, "membranes": membranes, "rods": rods,
        "cells": cells, "clouds": clouds, "leaves": leaves, "smooth": smooth, "blot": blot, "gel": gel,
    }  # fmt: skip


def noise(rng: np.random.Generator, size: Size, sigma: float) -> NDArray[np.float32]:
    """Gaussian noise smoothed to structures of ``sigma`` pixels, unit standard deviation, (height, width)."""
    plane = cv2.GaussianBlur(rng.standard_normal((size[1], size[0])).astype(np.float32), (0, 0), sigma)
    return np.asarray(plane / plane.std(), dtype=np.float32)


def exposed(rng: np.random.Generator, plane: NDArray, blur: float | None = None, grain: float | None = None) -> Pixels:
    """A drawn plane as a camera would record it: optics blur it, the sensor adds noise."""
    blur = rng.uniform(0.5, 1.2) if blur is None else blur
    grain = rng.uniform(1, 5) if grain is None else grain
    plane = cv2.GaussianBlur(plane.astype(np.float32), (0, 0), blur)
    return np.clip(plane + rng.normal(0, grain, plane.shape), 0, 255).astype(np.uint8)


def nuclei(rng: np.random.Generator, size: Size) -> Pixels:
    """Stained nuclei on a dark ground."""
    plane = np.full((size[1], size[0]), rng.uniform(3, 25), np.float32)
    mottle = 1 + 0.25 * noise(rng, size, 2.5)
    for _ in range(int(rng.integers(15, 120))):
        radius = rng.uniform(5, 20)
        nucleus = np.zeros_like(plane)
        axes = (int(radius), int(radius * rng.uniform(0.6, 1)))
        cv2.ellipse(nucleus, _place(rng, size), axes, rng.uniform(0, 180), 0, 360, rng.uniform(40, 200), -1)
        plane += nucleus * mottle
    return exposed(rng, plane, rng.uniform(0.8, 2))


def filaments(rng: np.random.Generator, size: Size) -> Pixels:
    """Wavy fibres on a dark ground."""
    plane = np.full((size[1], size[0]), 15, np.float32)
    for _ in range(int(rng.integers(60, 200))):
        headings = rng.uniform(0, np.pi) + np.cumsum(rng.normal(0, 0.12, 30))
        steps = 8 * np.stack([np.cos(headings), np.sin(headings)], axis=1)
        path = np.array(_place(rng, size)) + np.cumsum(steps, axis=0)
        cv2.polylines(plane, [path.astype(np.int32)], False, rng.uniform(40, 220), int(rng.integers(1, 3)), cv2.LINE_AA)
    return exposed(rng, plane, rng.uniform(0.8, 1.6))


def tissue(rng: np.random.Generator, size: Size) -> Pixels:
    """A pink section with violet nuclei."""
    fine, coarse = noise(rng, size, rng.uniform(3, 6)), noise(rng, size, rng.uniform(12, 30))
    stain = np.zeros((size[1], size[0]), np.float32)
    for _ in range(int(rng.integers(100, 350))):
        axes = (int(rng.integers(3, 8)), int(rng.integers(2, 6)))
        cv2.ellipse(stain, _place(rng, size), axes, rng.uniform(0, 180), 0, 360, rng.uniform(0.4, 1), -1)
    stain = cv2.GaussianBlur(stain, (0, 0), 1)[..., None]
    pink = np.stack([225 - 10 * fine - 12 * coarse, 150 - 22 * fine - 25 * coarse, 190 - 14 * fine - 14 * coarse], -1)
    return exposed(rng, pink * (1 - stain) + np.array([90, 60, 140]) * stain, 0.7)


def membranes(rng: np.random.Generator, size: Size) -> Pixels:
    """Electron micrograph: dark membranes between granular cells."""
    walls, threads = noise(rng, size, rng.uniform(5, 10)), noise(rng, size, rng.uniform(4, 9))
    plane = 170 - 120 * np.exp(-((walls / 0.18) ** 2)) - 60 * np.exp(-((threads / 0.1) ** 2))
    return exposed(rng, plane + 12 * noise(rng, size, 1.5), 0.8, rng.uniform(4, 10))


def rods(rng: np.random.Generator, size: Size) -> Pixels:
    """Bacteria in phase contrast: dark rods with bright halos."""
    plane = 150 + 8 * noise(rng, size, 40)
    for _ in range(int(rng.integers(40, 160))):
        x, y = _place(rng, size)
        heading, length = rng.uniform(0, np.pi), rng.uniform(8, 25)
        end = (int(x + length * np.cos(heading)), int(y + length * np.sin(heading)))
        cv2.line(plane, (x, y), end, 215, 9, cv2.LINE_AA)
        cv2.line(plane, (x, y), end, rng.uniform(60, 110), 5, cv2.LINE_AA)
    return exposed(rng, plane)


def cells(rng: np.random.Generator, size: Size) -> Pixels:
    """Adherent cells in bright field, each with a rim and a nucleus."""
    plane = 128 + 6 * noise(rng, size, 30) + 4 * noise(rng, size, 2)
    for _ in range(int(rng.integers(12, 50))):
        x, y = _place(rng, size)
        radius, turn = int(rng.integers(10, 32)), rng.uniform(0, 180)
        axes = (radius, int(radius * rng.uniform(0.6, 1)))
        cv2.ellipse(plane, (x, y), axes, turn, 0, 360, 190, 3, cv2.LINE_AA)
        cv2.ellipse(plane, (x, y), (axes[0] - 3, axes[1] - 3), turn, 0, 360, 85, 2, cv2.LINE_AA)
        nucleus = (x + int(rng.integers(-4, 5)), y + int(rng.integers(-4, 5)))
        cv2.circle(plane, nucleus, radius // 3, rng.uniform(90, 160), -1, cv2.LINE_AA)
    return exposed(rng, plane, 1)


def clouds(rng: np.random.Generator, size: Size) -> Pixels:
    """Shapeless texture on many scales."""
    layers = ((6, 2), (10, 5), (18, 14), (25, 40))
    return exposed(rng, 120 + sum(weight * noise(rng, size, sigma) for weight, sigma in layers))


def leaves(rng: np.random.Generator, size: Size) -> Pixels:
    """Dead leaves, whose statistics are those of photographs (Lee, Mumford, Huang, IJCV 2001)."""
    plane = np.full((size[1], size[0], 3), 120, np.float32)
    for _ in range(600):
        radius = min(80, 4 / max(0.03, rng.uniform(0, 1)))
        axes = (int(radius) + 2, int(radius * rng.uniform(0.4, 1)) + 2)
        colour = rng.uniform(20, 235, 3).tolist()
        cv2.ellipse(plane, _place(rng, size), axes, rng.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA)
    return exposed(rng, plane + 6 * noise(rng, size, 1.2)[..., None], 0.8)


def smooth(rng: np.random.Generator, size: Size) -> Pixels:
    """Out of focus: broad blobs and sensor noise."""
    plane = 100 + 25 * noise(rng, size, rng.uniform(14, 25)) + 20 * noise(rng, size, rng.uniform(30, 50))
    return exposed(rng, plane, 3, rng.uniform(1.5, 4))


def blot(rng: np.random.Generator, size: Size) -> Pixels:
    """A western blot: one or two rows of bands on an uneven membrane."""
    width, height = size
    lanes = max(4, width // int(rng.integers(50, 80)))
    slope = rng.uniform(-15, 15) * np.linspace(-1, 1, width)
    plane = (215 + 8 * noise(rng, size, 25) + slope[None]).astype(np.float32)
    mottle = 1 + 0.12 * noise(rng, size, 4)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    for row in range(int(rng.integers(1, 3))):
        tilt = rng.uniform(-0.04, 0.04)
        for lane in range(lanes):
            if rng.uniform() < 0.08:
                continue
            centre = (lane + 0.5) * width / lanes + rng.normal(0, 2)
            middle = height * (0.5, 0.8)[row] + tilt * (centre - width / 2) + rng.normal(0, 1.5)
            across = (x - centre) / (width / lanes * rng.uniform(0.28, 0.44))
            along = (y - middle - rng.normal(0, 2) * across**2) / rng.uniform(3, 8)
            band = np.exp(-(np.abs(across) ** rng.uniform(3, 6))) * np.exp(-(np.abs(along) ** rng.uniform(1.6, 2.4)))
            plane -= rng.uniform(40, 190) * band * mottle
    return exposed(rng, plane, rng.uniform(0.8, 1.5), rng.uniform(1, 3.5))


def gel(rng: np.random.Generator, size: Size) -> Pixels:
    """A DNA gel: ladders of bright bands on a dark ground."""
    width, height = size
    plane = rng.uniform(8, 30) + 3 * noise(rng, size, 30)
    lanes = int(rng.integers(4, 9))
    for lane in range(lanes):
        left, right = int((lane + 0.2) * width / lanes), int((lane + 0.8) * width / lanes)
        for y in np.cumsum(rng.uniform(8, 45, 14)).astype(int):
            if y < height - 10:
                thick = int(rng.integers(2, 6))
                cv2.rectangle(plane, (left, int(y)), (right, int(y) + thick), rng.uniform(50, 230), -1)
    return exposed(rng, plane, 1.4, rng.uniform(1.5, 4))


def _place(rng: np.random.Generator, size: Size) -> tuple[int, int]:
    return int(rng.integers(0, size[0])), int(rng.integers(0, size[1]))
