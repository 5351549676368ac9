"""Folders of panels with planted reuses: real and drawn pictures, one in five of them part of a planted pair.

A larger measurement's pictures contain a smaller one's, so that pictures are drawn once for all sizes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.reuse.positives import OTHERS, kinds, recompressed
from benchmarks.reuse.sources import Source, fitted, generator, sources
from benchmarks.reuse.textures import Pixels, textures

#: Panels per planted pair: the two that share content, and unrelated ones.
PANELS_PER_PAIR = 10
#: Panels per folder.
PANELS_PER_FOLDER = 100
#: Base pictures for them.
BASES = PANELS_PER_PAIR - 1


@dataclass(frozen=True)
class Planted:
    """Two files that share content, and the kind of change between them."""

    a: str
    b: str
    kind: str


def draw(root: Path, panels: int) -> tuple[list[Path], list[Planted]]:
    """The folders that hold so many pictures, and the pairs planted among them; what is there already stays.

    ``panels`` is a multiple of `PANELS_PER_FOLDER`. The pairs go through all kinds of change between single panels.
    """
    folders, planted = [], []
    changes = [name for name in kinds() if name not in OTHERS]
    specimens = _specimens()
    for start in range(0, panels, PANELS_PER_FOLDER):
        folder = root / f"{start:05}"
        pairs = range(start // PANELS_PER_PAIR, (start + PANELS_PER_FOLDER) // PANELS_PER_PAIR)
        named = [(number, changes[number % len(changes)]) for number in pairs]
        planted += [Planted(f"{folder}/{number:05}a.png", f"{folder}/{number:05}b.png", kind) for number, kind in named]
        folders.append(folder)
        if not folder.is_dir():
            draft = root / f".{folder.name}"
            draft.mkdir(parents=True, exist_ok=True)
            for number, kind in named:
                _draw_ten(draft, number, kind, specimens)
            draft.rename(folder)
    return folders, planted


def _draw_ten(folder: Path, number: int, kind: str, specimens: list[Source]) -> None:
    """One planted pair, and the unrelated pictures that go with it."""
    rng = generator("scale", number)
    bases = (_base(number, place, specimens) for place in itertools.count())
    for side, pixels in zip("ab", kinds()[kind](rng, next(bases), []), strict=True):
        _write(folder / f"{number:05}{side}.png", recompressed(rng, pixels))
    for place in range(2, PANELS_PER_PAIR):
        pixels = recompressed(generator("distractor", number, place), next(bases))
        _write(folder / f"{number:05}-{place}.png", pixels)


def _specimens() -> list[Source]:
    """The real pictures, one of each specimen or scene: two fields of one are neighbours, not reuses."""
    real = [source for split in ("train", "test") for source in sources(split).values() if source.real]
    return list({source.group: source for source in real}.values())


def _base(number: int, place: int, specimens: list[Source]) -> Pixels:
    """Base picture ``place`` of the nine of pair ``number``: one of them is real until all real ones are used."""
    if place == number % BASES and number < len(specimens):
        return fitted(specimens[number].draw())
    families = list(textures().values())
    index = number * BASES + place
    rng = generator("scale base", index)
    return families[index % len(families)](rng, (int(rng.integers(340, 760)), int(rng.integers(300, 620))))


def _write(path: Path, pixels: np.ndarray) -> None:
    cv2.imwrite(str(path), pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., ::-1]))
