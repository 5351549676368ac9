"""Pieces of blots as they are reused: cut out, turned, mirrored, stretched, rescaled, toned, saved as JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.blots.drawn import Strip

Pixels = NDArray[np.uint8]

PIECES = ("whole", "half", "three lanes", "one lane", "one band")
GEOMETRY = ("in place", "mirrored", "upside down", "turned 90°", "turned 180°", "small angle", "stretched")
TONE = ("same tone", "gamma", "contrast", "inverted", "noise", "blur", "JPEG 50")
#: A lane shows a band when it spans this share of the strip's median contrast.
LEAST_CONTRAST = 0.3


def cut(rng: np.random.Generator, strip: Strip, piece: str, first_half: bool | None = None) -> Pixels:
    """A piece of a strip: so many neighbouring lanes that show a band, or one band with little around it.

    ``first_half`` keeps to the lanes of that half of the strip.
    """
    half = strip.lanes // 2
    low, high = (0, strip.lanes) if first_half is None else (0, half) if first_half else (half, strip.lanes)
    count = {"whole": high - low, "half": half, "three lanes": 3}.get(piece, 1)
    start = _visible_start(rng, strip, low, high, min(count, high - low))
    left, right = strip.edges[start], strip.edges[min(high, start + count)]
    pixels = strip.pixels[:, max(0, left) : right]
    if piece == "one band":
        pixels = _around_the_band(pixels)
    top, bottom = (round(float(rng.uniform(0, 0.08)) * pixels.shape[0]) for _ in range(2))
    return np.ascontiguousarray(pixels[top : pixels.shape[0] - bottom])


def _visible_start(rng: np.random.Generator, strip: Strip, low: int, high: int, count: int) -> int:
    """First lane of a random run of ``count`` lanes that show a band, as far as there is such a run."""
    smooth = cv2.GaussianBlur(strip.pixels, (0, 0), 1.5)
    contrast = np.array([np.ptp(smooth[:, strip.edges[i] : strip.edges[i + 1]]) for i in range(strip.lanes)])
    visible = contrast > LEAST_CONTRAST * np.median(contrast)
    runs = [start for start in range(low, high - count + 1) if visible[start : start + count].all()]
    return int(rng.choice(runs or list(range(low, high - count + 1))))


def _around_the_band(pixels: Pixels) -> Pixels:
    """The rows around the strongest band of a lane: its own height above and below it."""
    rows = cv2.GaussianBlur(pixels, (0, 0), 1.5).astype(np.float32).mean(axis=1)
    signal = np.abs(rows - np.median(rows))
    peak = int(signal.argmax())
    high = int(np.clip((signal > 0.3 * signal[peak]).sum(), 6, 24))
    return pixels[max(0, peak - 2 * high) : peak + 2 * high]


def changed(rng: np.random.Generator, pixels: Pixels, geometry: str, tone: str) -> Pixels:
    """A reused piece: one change of geometry, one of tone, and in half of them another size."""
    pixels = toned(rng, moved(rng, pixels, geometry), tone)
    if rng.random() < 0.5:
        pixels = resized(pixels, *[float(rng.uniform(0.6, 1.6))] * 2)
    return jpeg(pixels, 50 if tone == "JPEG 50" else int(rng.integers(75, 96)))


def moved(rng: np.random.Generator, pixels: Pixels, geometry: str) -> Pixels:
    if geometry == "small angle":
        return _tilted(pixels, float(rng.choice([-1, 1]) * rng.uniform(1, 5)))
    if geometry == "stretched":
        stretch = float(rng.uniform(0.8, 1.25))
        return resized(pixels, stretch, 1.0) if rng.random() < 0.5 else resized(pixels, 1.0, stretch)
    if geometry.startswith("turned"):
        quarters = 2 if geometry.endswith("180°") else int(rng.choice([1, 3]))
        return np.ascontiguousarray(np.rot90(pixels, quarters))
    return {"mirrored": pixels[:, ::-1], "upside down": pixels[::-1]}.get(geometry, pixels)


def _tilted(pixels: Pixels, degrees: float) -> Pixels:
    """Turned about its centre, on a canvas that holds all of it, filled with the background."""
    height, width = pixels.shape
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    reach = np.abs(turn[:, :2]) @ (width, height)
    turn[:, 2] += (reach - (width, height)) / 2
    size = (int(reach[0]), int(reach[1]))
    return cv2.warpAffine(pixels, turn, size, flags=cv2.INTER_CUBIC, borderValue=float(np.median(pixels)))


def toned(rng: np.random.Generator, pixels: Pixels, tone: str) -> Pixels:
    plane = pixels.astype(np.float32)
    if tone == "gamma":
        plane = 255 * (plane / 255) ** float(rng.choice([rng.uniform(0.5, 0.75), rng.uniform(1.35, 2.0)]))
    elif tone == "contrast":
        plane = 128 + float(rng.uniform(0.5, 1.5)) * (plane - 128) + float(rng.uniform(-20, 20))
    elif tone == "inverted":
        plane = 255 - plane
    elif tone == "noise":
        plane = plane + rng.normal(0, rng.uniform(2, 8), plane.shape)
    elif tone == "blur":
        plane = cv2.GaussianBlur(plane, (0, 0), float(rng.uniform(0.7, 1.4)))
    return np.clip(plane, 0, 255).astype(np.uint8)


def resized(pixels: Pixels, horizontally: float, vertically: float) -> Pixels:
    shrinks = horizontally * vertically < 1
    size = (max(1, round(pixels.shape[1] * horizontally)), max(1, round(pixels.shape[0] * vertically)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC))


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), dtype=np.uint8)
