"""Pieces of blots as they are reused: cut out, turned, mirrored, stretched, rescaled, toned, saved as JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.blots.drawn import Strip
from benchmarks.reuse.templates import annotated
from figecho.match.geometry import compose

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]

PIECES = ("whole", "half", "three lanes", "one lane", "one band")
GEOMETRY = ("in place", "mirrored", "upside down", "turned 90°", "turned 180°", "small angle", "stretched")
TONE = (
    "same tone", "gamma", "contrast", "inverted", "noise", "blur", "JPEG 50", "one colour", "printed over",
)  # fmt: skip
#: A lane shows a band when it spans this share of the strip's median contrast.
LEAST_CONTRAST = 0.3


@dataclass(frozen=True, eq=False)
class Piece:
    """``pixels`` (h, w) uint8, and the map (2, 3) from the strip's pixels to them."""

    pixels: Pixels
    matrix: Matrix

    def with_map(self, pixels: Pixels, step: Matrix) -> Piece:
        """The piece after a change of geometry that is ``step``."""
        return Piece(np.ascontiguousarray(pixels), compose(step, self.matrix))

    def with_tone(self, pixels: Pixels) -> Piece:
        return Piece(pixels, self.matrix)


def cut(rng: np.random.Generator, strip: Strip, piece: str, first_half: bool | None = None) -> Piece:
    """A piece of a strip: so many neighbouring lanes that show a band, or one band with little around it.

    ``first_half`` keeps to the lanes of that half of the strip.
    """
    half = strip.lanes // 2
    low, high = (0, strip.lanes) if first_half is None else (0, half) if first_half else (half, strip.lanes)
    count = {"whole": high - low, "half": half, "three lanes": 3}.get(piece, 1)
    start = _visible_start(rng, strip, low, high, min(count, high - low))
    left, right = strip.edges[start], strip.edges[min(high, start + count)]
    rows = _rows_of_the_band(strip.pixels[:, left:right]) if piece == "one band" else (0, strip.pixels.shape[0])
    top, bottom = (round(float(rng.uniform(0, 0.08)) * (rows[1] - rows[0])) for _ in range(2))
    top, bottom = rows[0] + top, rows[1] - bottom
    shift = np.array([[1.0, 0.0, -left], [0.0, 1.0, -top]])
    return Piece(np.ascontiguousarray(strip.pixels[top:bottom, left:right]), shift)


def _visible_start(rng: np.random.Generator, strip: Strip, low: int, high: int, count: int) -> int:
    """First lane of a random run of ``count`` lanes that show a band, as far as there is such a run."""
    smooth = cv2.GaussianBlur(strip.pixels, (0, 0), 1.5)
    contrast = np.array([np.ptp(smooth[:, strip.edges[i] : strip.edges[i + 1]]) for i in range(strip.lanes)])
    visible = contrast > LEAST_CONTRAST * np.median(contrast)
    runs = [start for start in range(low, high - count + 1) if visible[start : start + count].all()]
    return int(rng.choice(runs or list(range(low, high - count + 1))))


def _rows_of_the_band(pixels: Pixels) -> tuple[int, int]:
    """First and last row around the strongest band of a lane, with its own height above and below it."""
    rows = cv2.GaussianBlur(pixels, (0, 0), 1.5).astype(np.float32).mean(axis=1)
    signal = np.abs(rows - np.median(rows))
    peak = int(signal.argmax())
    high = int(np.clip((signal > 0.3 * signal[peak]).sum(), 6, 24))
    return max(0, peak - 2 * high), min(len(rows), peak + 2 * high)


def changed(rng: np.random.Generator, piece: Piece, geometry: str, tone: str, size: float) -> Piece:
    """A reused piece: one change of geometry, one of tone, in half of them another size; printed at ``size``."""
    piece = moved(rng, piece, geometry)
    piece = piece.with_tone(toned(rng, piece.pixels, tone))
    if rng.random() < 0.5:
        size *= float(rng.uniform(0.6, 1.6))
    piece = printed(rng, piece, size, 50 if tone == "JPEG 50" else None)
    return piece.with_tone(_in_one_colour(rng, piece.pixels)) if tone == "one colour" else piece


def printed(rng: np.random.Generator, piece: Piece, size: float, quality: int | None = None) -> Piece:
    """The piece at the size it has in a figure, saved as JPEG."""
    piece = resized(piece, size, size) if size != 1 else piece
    return piece.with_tone(jpeg(piece.pixels, quality or int(rng.integers(75, 96))))


def _in_one_colour(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    """The gray levels as pure red, green or blue, (h, w, 3) RGB, saved as JPEG once more: colours lose resolution."""
    shown = np.zeros((*pixels.shape, 3), np.uint8)
    shown[..., int(rng.integers(3))] = pixels
    return np.ascontiguousarray(jpeg(shown[..., ::-1], int(rng.integers(80, 96)))[..., ::-1])


def moved(rng: np.random.Generator, piece: Piece, geometry: str) -> Piece:
    if geometry == "small angle":
        return _tilted(piece, float(rng.choice([-1, 1]) * rng.uniform(1, 5)))
    if geometry == "stretched":
        stretch = float(rng.uniform(0.8, 1.25))
        return resized(piece, stretch, 1.0) if rng.random() < 0.5 else resized(piece, 1.0, stretch)
    if geometry == "mirrored":
        return piece.with_map(piece.pixels[:, ::-1], np.array([[-1.0, 0, piece.pixels.shape[1] - 1], [0, 1, 0]]))
    if geometry == "upside down":
        return piece.with_map(piece.pixels[::-1], np.array([[1.0, 0, 0], [0, -1, piece.pixels.shape[0] - 1]]))
    if geometry.startswith("turned"):
        for _ in range(2 if geometry.endswith("180°") else int(rng.choice([1, 3]))):
            clockwise = np.array([[0.0, -1, piece.pixels.shape[0] - 1], [1, 0, 0]])
            piece = piece.with_map(np.rot90(piece.pixels, -1), clockwise)
    return piece


def _tilted(piece: Piece, degrees: float) -> Piece:
    """Turned about its centre, on a canvas that holds all of it, filled with the background."""
    height, width = piece.pixels.shape
    turn = np.asarray(cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0))
    reach = np.abs(turn[:, :2]) @ (width, height)
    turn[:, 2] += (reach - (width, height)) / 2
    size, ground = (int(reach[0]), int(reach[1])), float(np.median(piece.pixels))
    return piece.with_map(cv2.warpAffine(piece.pixels, turn, size, flags=cv2.INTER_CUBIC, borderValue=ground), turn)


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
    elif tone == "printed over":
        letter, right = str(rng.choice(list("ABCab"))), bool(rng.integers(2))
        return annotated(
            rng, pixels, letter, right=right, arrows=int(rng.integers(4)), size=float(rng.uniform(0.6, 1.3))
        )
    return np.clip(plane, 0, 255).astype(np.uint8)


def resized(piece: Piece, horizontally: float, vertically: float) -> Piece:
    shrinks = horizontally * vertically < 1
    height, width = piece.pixels.shape
    size = (max(1, round(width * horizontally)), max(1, round(height * vertically)))
    pixels = cv2.resize(piece.pixels, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    factor = np.array(size) / (width, height)
    return piece.with_map(np.asarray(pixels, dtype=np.uint8), np.column_stack([np.diag(factor), (factor - 1) / 2]))


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), dtype=np.uint8)
