"""Cases → rows: every forged and authentic picture looked into, all candidate regions with their measurements.

The verdict needs nothing but these rows, so the model can be fitted and evaluated without looking again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.within.drawn import DRAWN, labelled
from benchmarks.within.plant import KINDS, Paste, paste, resaved
from benchmarks.within.sources import Source
from figecho.features.channels import informative_channel
from figecho.match.geometry import apply, invert
from figecho.match.masks import usable_mask
from figecho.match.selfmatch import Copy, copies_in

SIZES = (24, 32, 48, 64, 96, 150)
#: Authentic pictures and those that a piece is pasted into are cut to so many pixels: panels of figures are no larger.
WHOLE, PART = 600_000, 300_000
#: How far the map found may send the middle of the region from where it belongs, pixels.
MISSES_BY = 4.0


@dataclass(frozen=True, eq=False)
class Case:
    """One picture to look into; ``truth`` is the paste in it, None for an authentic picture."""

    source: str
    kind: str
    size: int
    pixels: NDArray[np.uint8]
    truth: Paste | None = None


def cases(source: Source, sizes: Iterable[int] = SIZES) -> Iterator[Case]:
    """An authentic picture as it is saved, the same with labels, and with a paste of every size."""
    seed = int(hashlib.sha1(source.name.encode()).hexdigest()[:8], 16)
    rng = np.random.default_rng(seed)
    yield Case(source.name, "authentic", 0, resaved(_cut(source.pixels, WHOLE, rng), rng))
    yield Case(source.name, "labelled", 0, resaved(labelled(_cut(source.pixels, WHOLE, rng), rng), rng))
    for number, size in enumerate(sizes):
        kind = KINDS[(seed + 2 * number + number // 3) % len(KINDS)]
        forged = paste(_cut(source.pixels, PART, rng), size, rng, kind)
        if forged is not None:
            yield Case(source.name, kind, size, forged.pixels, forged)


def _cut(pixels: NDArray[np.uint8], area: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A piece of a picture of at most about ``area`` pixels, of the picture's proportions, from anywhere in it."""
    height, width = pixels.shape[:2]
    share = min(1.0, (area / (height * width)) ** 0.5)
    rows, columns = int(height * share), int(width * share)
    y, x = int(rng.integers(0, height - rows + 1)), int(rng.integers(0, width - columns + 1))
    return np.ascontiguousarray(pixels[y : y + rows, x : x + columns])


def drawn_cases(each: int, seed: int) -> Iterator[Case]:
    """Authentic pictures that repeat by design."""
    for number in range(each):
        for name, draw in DRAWN.items():
            rng = np.random.default_rng([seed, number, len(name)])
            yield Case(f"{name}-{seed}-{number}", name, 0, resaved(draw(rng), rng))


def look(case: Case) -> dict[str, Any]:
    """One case's row: what it is, what it cost, and every candidate with its measurements and the truth."""
    start = time.process_time()
    luma = informative_channel(case.pixels)
    found = copies_in(luma, usable_mask(luma, case.pixels))
    seconds = time.process_time() - start
    return {
        "source": case.source,
        "kind": case.kind,
        "size": case.size,
        "pixels": int(luma.size),
        "seconds": round(seconds, 3),
        "truth": [_box(case.truth.source), _box(case.truth.target)] if case.truth else [],
        "candidates": [_row(copy, case.truth) for copy in found],
    }


def _row(copy: Copy, truth: Paste | None) -> dict[str, Any]:
    values = {name: round(value, 5) for name, value in copy.values.items()}
    row = {"values": values, "boxes": [_box(copy.source), _box(copy.target)], "true": False, "f1": 0.0}
    if truth is None:
        return row
    return row | {"true": is_true(copy, truth), "f1": round(f1(copy.source | copy.target, truth), 4)}


def is_true(copy: Copy, truth: Paste) -> bool:
    """Whether a region joins the two places that were joined, in either direction, by their map."""
    for source, target, matrix in (
        (truth.source, truth.target, truth.matrix),
        (truth.target, truth.source, invert(truth.matrix)),
    ):
        common = copy.target & target
        inside = common.sum() > 0.5 * copy.target.sum() and (copy.source & source).sum() > 0.5 * copy.source.sum()
        if inside:
            middle = np.argwhere(common).mean(axis=0)[None, ::-1]
            miss = apply(matrix, apply(invert(copy.matrix), middle)) - middle
            if np.linalg.norm(miss) < MISSES_BY:
                return True
    return False


def f1(found: NDArray[np.bool_], truth: Paste) -> float:
    """Pixel F1 of a mask against source and target."""
    there = truth.source | truth.target
    return float(2 * (found & there).sum() / max(1, int(found.sum()) + int(there.sum())))


def _box(mask: NDArray[np.bool_]) -> list[int]:
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if not len(rows):
        return [0, 0, 0, 0]
    return [int(columns[0]), int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1]
