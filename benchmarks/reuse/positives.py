"""Planted reuse: every kind of copy that is measured, made from a base image.

A kind maps `(rng, pixels, others) → (a, b)`; ``others`` are unrelated pictures that fill up figures. Both sides are
JPEG-compressed afterwards, each by a quality of its own, as two figures of two papers are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from benchmarks.reuse.templates import annotated, figure
from benchmarks.reuse.textures import Pixels

Pair = tuple[Pixels, Pixels]
Kind = Callable[[np.random.Generator, Pixels, Sequence[Pixels]], Pair]
Change = Callable[[np.random.Generator, Pixels], Pixels]

#: Kinds that need other pictures, and how many.
OTHERS = {"channel-merge": 1, "in-figure": 3, "figure-figure": 6}


def kinds() -> dict[str, Kind]:
    """All kinds by name, in the order of the report."""
    return {
        "jpeg": _against(lambda rng, x: jpeg(x, int(rng.choice([30, 50, 70])))),
        "gray": _against(lambda rng, x: gray(x)),
        "false-colour": _against(_one_channel),
        "jet": _against(lambda rng, x: coloured(x, cv2.COLORMAP_JET)),
        "viridis": _against(lambda rng, x: coloured(x, cv2.COLORMAP_VIRIDIS)),
        "inverted": _against(lambda rng, x: 255 - x),
        "gamma": _against(lambda rng, x: (255 * (x / 255) ** rng.choice([0.6, 1.6])).astype(np.uint8)),
        "blur": _against(lambda rng, x: cv2.GaussianBlur(x, (0, 0), rng.uniform(1, 2))),
        "noise": _against(_noisy),
        "scale": _against(lambda rng, x: scaled(x, rng.choice([0.5, 0.65, 1.4, 2]))),
        "quarter-turn": _against(lambda rng, x: np.rot90(x, int(rng.integers(1, 4)))),
        "mirrored": _against(lambda rng, x: x[:, ::-1] if rng.integers(2) else x[::-1]),
        "free-rotation": _against(lambda rng, x: rotated(x, rng.uniform(-40, 40))),
        "stretched": _against(_stretched),
        "crop-70": _against(lambda rng, x: cropped(rng, x, 0.7)),
        "crop-50": _against(lambda rng, x: cropped(rng, x, 0.5)),
        "crop-30": _against(lambda rng, x: cropped(rng, x, 0.3)),
        "crop-15": _against(lambda rng, x: cropped(rng, x, 0.15)),
        "crop-10": _against(lambda rng, x: cropped(rng, x, 0.1)),
        "overlap-50": lambda rng, x, others: overlapping(x, 0.5),
        "overlap-30": lambda rng, x, others: overlapping(x, 0.3),
        "overlap-20": lambda rng, x, others: overlapping(x, 0.2),
        "overlap-10": lambda rng, x, others: overlapping(x, 0.1),
        "relabelled": _relabelled,
        "small-100": _against(lambda rng, x: scaled(x, 100 / max(x.shape[:2]))),
        "scale-4": lambda rng, x, others: (scaled(x, 1.3), scaled(x, 1.3 / 4)),
        "hard": _against(_hard),
        "channel-merge": _channel_and_merge,
        "in-figure": lambda rng, x, others: (x, figure([others[0], x, *others[1:3]])),
        "figure-figure": lambda rng, x, others: (
            figure([others[0], x, *others[1:3]]),
            figure([x, *others[3:6]]),
        ),
    }


def recompressed(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    """A picture after the JPEG compression of a journal, quality 80 to 95."""
    return jpeg(np.ascontiguousarray(pixels), int(rng.integers(80, 96)))


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    """A JPEG round trip; RGB stays RGB."""
    flipped = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., ::-1])
    _, data = cv2.imencode(".jpg", flipped, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    return decoded if decoded.ndim == 2 else np.ascontiguousarray(decoded[..., ::-1])


def gray(pixels: Pixels) -> Pixels:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.ndim == 3 else pixels


def scaled(pixels: Pixels, scale: float) -> Pixels:
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=way)


def coloured(pixels: Pixels, colormap: int) -> Pixels:
    """The luminance in a false-colour map, RGB."""
    return np.ascontiguousarray(cv2.applyColorMap(gray(pixels), colormap)[..., ::-1])


def rotated(pixels: Pixels, degrees: float) -> Pixels:
    """Turned about the centre within the same frame, white outside."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))


def cropped(rng: np.random.Generator, pixels: Pixels, share: float) -> Pixels:
    """A part with this share of the area, anywhere, of a somewhat different shape."""
    height, width = pixels.shape[:2]
    aspect = float(np.clip(rng.uniform(0.8, 1.25), share, 1 / share))
    rows, columns = int(height * min(1, (share * aspect) ** 0.5)), int(width * min(1, (share / aspect) ** 0.5))
    y, x = int(rng.integers(0, height - rows + 1)), int(rng.integers(0, width - columns + 1))
    return pixels[y : y + rows, x : x + columns]


def overlapping(pixels: Pixels, share: float) -> Pair:
    """Two parts along the longer side that have this share of each in common."""
    height, width = pixels.shape[:2]
    if width >= height:
        part = int(width / (2 - share))
        return pixels[:, :part], pixels[:, width - part :]
    part = int(height / (2 - share))
    return pixels[:part], pixels[height - part :]


def _against(change: Change) -> Kind:
    """The base image against a changed copy of it."""
    return lambda rng, pixels, others: (pixels, change(rng, pixels))


def _one_channel(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    """The luminance as pure red, green or blue."""
    shown = np.zeros((*pixels.shape[:2], 3), np.uint8)
    shown[..., int(rng.integers(3))] = gray(pixels)
    return shown


def _noisy(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    return np.clip(pixels + rng.normal(0, rng.uniform(5, 14), pixels.shape), 0, 255).astype(np.uint8)


def _stretched(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    return cv2.resize(pixels, None, fx=rng.uniform(0.82, 0.95), fy=rng.uniform(1, 1.15))


def _relabelled(rng: np.random.Generator, pixels: Pixels, others: Sequence[Pixels]) -> Pair:
    """Another letter at another place, and three arrows on top."""
    return annotated(rng, pixels, "A"), annotated(rng, pixels, "D", right=True, arrows=3, size=rng.uniform(0.8, 1.5))


def _hard(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    """Half of it, mirrored, turned by 90°, shrunk, with a letter, a scale bar and an arrow."""
    part = np.rot90(cropped(rng, pixels, 0.5)[:, ::-1])
    return annotated(rng, scaled(part, rng.uniform(0.6, 0.85)), "B", arrows=1, size=rng.uniform(0.8, 1.5))


def _channel_and_merge(rng: np.random.Generator, pixels: Pixels, others: Sequence[Pixels]) -> Pair:
    """One channel, in its colour or gray, and the merged picture in which another stain has a second colour."""
    own, other = (int(channel) for channel in rng.permutation(3)[:2])
    single = np.zeros((*pixels.shape[:2], 3), np.uint8)
    single[..., own] = gray(pixels)
    merged = single.copy()
    merged[..., other] = cv2.resize(gray(others[0]), pixels.shape[1::-1], interpolation=cv2.INTER_AREA)
    return single if rng.integers(2) else gray(pixels), merged
