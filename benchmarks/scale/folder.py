"""A folder of panels with planted reuses: real and drawn pictures, one in five of them part of a planted pair."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.reuse.positives import OTHERS, kinds, recompressed
from benchmarks.reuse.sources import fitted, generator, sources
from benchmarks.reuse.textures import textures

#: One planted pair per so many panels.
PANELS_PER_PAIR = 10


@dataclass(frozen=True)
class Planted:
    """Two files that share content, and the kind of change between them."""

    a: str
    b: str
    kind: str


def draw(folder: Path, panels: int) -> list[Planted]:
    """Write so many pictures; the planted pairs among them, of all kinds of change between single panels."""
    folder.mkdir()
    changes = [name for name in kinds() if name not in OTHERS]
    bases = _bases(panels)
    planted = []
    for number in range(panels // PANELS_PER_PAIR):
        kind = changes[number % len(changes)]
        rng = generator("scale", number)
        pair = kinds()[kind](rng, next(bases), [])
        one, other = (
            _write(folder / f"p{number:05}{side}.png", recompressed(rng, each))
            for side, each in zip("ab", pair, strict=True)
        )
        planted.append(Planted(one, other, kind))
    for number in range(panels - 2 * len(planted)):
        _write(folder / f"d{number:05}.png", recompressed(generator("distractor", number), next(bases)))
    return planted


def _bases(panels: int):
    """Different pictures without end: every real one once, between drawn ones of all families."""
    real = [source for split in ("train", "test") for source in sources(split).values() if source.real]
    families = list(textures().items())
    # One specimen or scene once: two fields of it are neighbours, not reuses.
    groups = list({source.group: source for source in real}.values())
    every = max(2, panels // max(1, len(groups)))
    for number in range(10**9):
        if groups and number % every == every - 1:
            yield fitted(groups.pop().draw())
        rng = generator("scale base", number)
        yield families[number % len(families)][1](rng, (int(rng.integers(340, 760)), int(rng.integers(300, 620))))


def _write(path: Path, pixels: np.ndarray) -> str:
    cv2.imwrite(str(path), pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., ::-1]))
    return str(path)
