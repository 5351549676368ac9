"""The blots that pieces are cut from, real and drawn, each wholly on the training or wholly on the test side.

Real ones are read from the folder of shared images (``FIGECHO_DATA`` or ``../shared/data``) and left out where it is
absent. Strips of one photograph share a membrane: a pair of them is no pair of different blots.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.blots.drawn import Strip, draw_strip
from figecho.features.sift import informative_channel
from figecho.sources.open import read

DATA = Path(os.environ.get("FIGECHO_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")) / "folder" / "blots"
#: Drawn blots per side of the split, two of each style.
DRAWN = 60


@dataclass(frozen=True)
class Source:
    """A blot: strips with the same ``membrane`` were photographed together."""

    name: str
    membrane: str
    real: bool
    load: Callable[[], Strip]


@dataclass(frozen=True)
class _Real:
    """Where a strip lies in a photograph: its box (x, y, width, height) and the lanes' borders within it."""

    side: str
    file: str
    box: tuple[int, int, int, int]
    edges: tuple[int, ...]


def _even(first: int, last: int, lanes: int) -> tuple[int, ...]:
    return tuple(int(edge) for edge in np.linspace(first, last, lanes + 1).round())


#: The two western blots and the two stained gels of one photograph, upper and lower half.
REAL = {
    "western-1": _Real("train", "blot_1.png", (0, 0, 1090, 76), _even(15, 1088, 12)),
    "western-2": _Real("test", "blot_2.png", (0, 0, 1186, 146), _even(4, 1174, 13)),
    "gel-upper": _Real("train", "gel-example.png", (22, 376, 552, 76), _even(5, 545, 15)),
    "gel-upper-faint": _Real("train", "gel-example.png", (60, 248, 500, 60), _even(8, 494, 14)),
    "gel-lower": _Real("test", "gel-example.png", (26, 860, 546, 76), _even(8, 542, 15)),
    "gel-lower-faint": _Real("test", "gel-example.png", (70, 732, 490, 60), _even(8, 486, 14)),
}


def sources(side: str) -> dict[str, Source]:
    """All blots of one side of the split, ``train`` or ``test``, by name."""
    found = {}
    for name, real in REAL.items():
        if real.side == side and (DATA / real.file).exists():
            membrane = f"{real.file} {name.split('-')[1]}"
            found[name] = Source(name, membrane, True, lambda real=real: _cut(real))
    for index in range(DRAWN):
        name, style = f"drawn-{side}-{index}", f"style-{side}-{index // 2}"
        found[name] = Source(name, name, False, lambda name=name, style=style: draw_strip(_rng(style), _rng(name)))
    return found


def sibling(name: str) -> str | None:
    """The other drawn blot in the same style; a real blot has none."""
    head, _, index = name.rpartition("-")
    return f"{head}-{int(index) ^ 1}" if head.startswith("drawn") else None


def _rng(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


@lru_cache(maxsize=8)
def _photograph(file: str) -> np.ndarray:
    (picture,) = read(str(DATA / file))
    return informative_channel(picture.pixels)


def _cut(real: _Real) -> Strip:
    x, y, width, height = real.box
    return Strip(np.ascontiguousarray(_photograph(real.file)[y : y + height, x : x + width]), real.edges)
