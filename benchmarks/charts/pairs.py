"""Pairs of plots: the same data drawn or saved again, and other data in the same template."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from benchmarks.charts.draw import KINDS, PALETTES, Look, Pixels, Random, draw, look

#: Kinds of plot whose data can be told from other data by their marks; the others show too few.
TELLING = ("scatter", "flow", "noisy lines", "lines with markers", "survival")


@dataclass(frozen=True)
class Pair:
    """Two plots; ``change`` is what was done to the second, or ``other data``."""

    kind: str
    change: str
    copy: bool
    a: Pixels
    b: Pixels


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1], dtype=np.uint8)


def _resized(pixels: Pixels, x: float, y: float) -> Pixels:
    way = cv2.INTER_AREA if min(x, y) < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, None, fx=x, fy=y, interpolation=way), dtype=np.uint8)


def _recoloured(how: Look, rng: Random) -> Look:
    return replace(how, palette=(how.palette + int(rng.integers(1, len(PALETTES)))) % len(PALETTES))


def _larger(how: Look, rng: Random) -> Look:
    zoom, aspect = rng.uniform(0.7, 1.5), rng.uniform(0.85, 1.2)
    return replace(how, width=round(how.width * zoom), height=round(how.height * zoom * aspect))


def _cropped(pixels: Pixels, rng: Random) -> Pixels:
    """Without its left axis or without its lower one, and then a part of the rest."""
    height, width = pixels.shape[:2]
    left, below = (0.18, 0.0) if rng.random() < 0.5 else (0.0, 0.2)
    x0, x1 = round(width * (left + rng.uniform(0, 0.04))), round(width * rng.uniform(0.9, 1.0))
    y0, y1 = round(height * rng.uniform(0, 0.08)), round(height * (1 - below - rng.uniform(0, 0.02)))
    return np.ascontiguousarray(pixels[y0:y1, x0:x1])


#: What is done to the second plot: to its look before it is drawn, or to its pixels.
RESTYLED: dict[str, Callable[[Look, Random], Look]] = {
    "recoloured": _recoloured,
    "drawn at another size": _larger,
    "other markers": lambda how, rng: replace(how, dot=how.dot * rng.uniform(1.3, 1.7), line=3 - how.line),
    "other frame and legend": lambda how, rng: replace(
        how, boxed=not how.boxed, legend=not how.legend, grid=not how.grid
    ),
}
REWORKED: dict[str, Callable[[Pixels, Random], Pixels]] = {
    "jpeg": lambda pixels, rng: jpeg(pixels, int(rng.integers(40, 80))),
    "resized": lambda pixels, rng: _resized(pixels, *[float(rng.uniform(0.6, 1.5))] * 2),
    "stretched": lambda pixels, rng: _resized(pixels, float(rng.uniform(0.75, 1.3)), 1.0),
    "cropped": _cropped,
}


def copies(seed: int, kinds: tuple[str, ...] = TELLING) -> Iterator[Pair]:
    """Every kind of plot with every change."""
    for number, kind in enumerate(kinds):
        for change in (*RESTYLED, *REWORKED):
            rng = np.random.default_rng((seed, number, len(change)))
            how, template, data = look(rng, kind), int(rng.integers(2**31)), int(rng.integers(2**31))
            shown = KINDS[kind](np.random.default_rng(template), np.random.default_rng(data))
            a = draw(shown, how)
            b = draw(shown, RESTYLED[change](how, rng)) if change in RESTYLED else REWORKED[change](a, rng)
            yield Pair(kind, change, True, *(jpeg(each, int(rng.integers(75, 96))) for each in (a, b)))


def others(seed: int, kinds: tuple[str, ...] = tuple(KINDS)) -> Iterator[Pair]:
    """Other data of one template and distribution, drawn alike or with a change."""
    for number, kind in enumerate(kinds):
        for change in ("none", *RESTYLED, "resized", "cropped"):
            rng = np.random.default_rng((seed, 7, number, len(change)))
            how, template = look(rng, kind), int(rng.integers(2**31))
            one, two = (
                KINDS[kind](np.random.default_rng(template), np.random.default_rng(int(rng.integers(2**31))))
                for _ in range(2)
            )
            a, b = draw(one, how), draw(two, RESTYLED[change](how, rng) if change in RESTYLED else how)
            b = REWORKED[change](b, rng) if change in REWORKED else b
            yield Pair(kind, "other data", False, *(jpeg(each, int(rng.integers(75, 96))) for each in (a, b)))
