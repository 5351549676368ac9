"""The pairs of the benchmark: a blot and a reused piece of it, of another blot, of other lanes of its own."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.blots.drawn import Strip
from benchmarks.blots.pieces import GEOMETRY, PIECES, TONE, Matrix, Piece, Pixels, changed, cut, printed
from benchmarks.blots.sources import Source, sibling, sources
from figecho.match.geometry import compose, invert

#: Reused pieces of each kind per blot; real blots are few, so more is cut from each.
DRAWN_PIECES = {"whole": 2, "half": 3, "three lanes": 4, "one lane": 1, "one band": 1}
REAL_PIECES = {"whole": 12, "half": 16, "three lanes": 20, "one lane": 8, "one band": 8}
#: Pieces of other blots, and of other lanes of the same blot, per blot and kind of piece.
DIFFERENT = 6
DIFFERENT_REAL = 16
OTHER_LANES = 1
OTHER_LANES_REAL = 6


@dataclass(frozen=True, eq=False)
class Pair:
    """``truth`` is ``reused``, ``different blot`` or ``other lanes``; ``b`` is the piece.

    ``matrix`` (2, 3) maps A's pixels to B's where the piece is reused; otherwise it means nothing.
    """

    truth: str
    a_name: str
    b_name: str
    piece: str
    geometry: str
    tone: str
    real: bool
    a: Pixels
    b: Pixels
    matrix: Matrix


def pairs(side: str, share: float = 1.0) -> Iterator[Pair]:
    """All pairs of one side of the split, or a ``share`` of them, always the same ones."""
    blots = sources(side)
    strips = {name: blot.load() for name, blot in blots.items()}
    for name in blots:
        for truth, partner, piece, number in _wanted(blots, blots[name]):
            key = f"{name}|{truth}|{partner.name}|{piece}|{number}"
            seed = zlib.crc32(key.encode())
            if seed % 1000 < 1000 * share:
                yield _pair(np.random.default_rng(seed), truth, blots[name], partner, piece, strips)


def _wanted(blots: dict[str, Source], blot: Source) -> Iterator[tuple[str, Source, str, int]]:
    counts, different, other = (
        (REAL_PIECES, DIFFERENT_REAL, OTHER_LANES_REAL) if blot.real else (DRAWN_PIECES, DIFFERENT, OTHER_LANES)
    )
    rng = np.random.default_rng(zlib.crc32(blot.name.encode()))
    strangers = [each for each in blots.values() if each.membrane.split()[0] != blot.membrane.split()[0]]
    # A third of the strangers are real wherever there are some, a third in the blot's own style: both would hardly be
    # met by chance.
    real = [each for each in strangers if each.real] or strangers
    for piece in PIECES:
        for number in range(counts[piece]):
            yield "reused", blot, piece, number
        for number in range(different):
            partner = strangers[int(rng.integers(len(strangers)))]
            if number % 3 == 0:
                partner = real[int(rng.integers(len(real)))]
            elif number % 3 == 1 and (alike := sibling(blot.name)):
                partner = blots[alike]
            yield "different blot", partner, piece, number
        for number in range(other if piece != "whole" else 0):
            yield "other lanes", blot, piece, number


def _pair(
    rng: np.random.Generator, truth: str, blot: Source, partner: Source, piece: str, strips: dict[str, Strip]
) -> Pair:
    whole = strips[blot.name]
    size = float(rng.uniform(0.5, 1.0)) if rng.random() < 0.5 else 1.0
    geometry, tone = str(rng.choice(GEOMETRY)), str(rng.choice(TONE))
    if truth == "other lanes":
        half = bool(rng.integers(2))
        pixels, cutting = _half(whole, half), cut(rng, whole, piece, first_half=not half)
    else:
        pixels, cutting = whole.pixels, cut(rng, strips[partner.name], piece)
    a = printed(rng, Piece(pixels, np.eye(2, 3)), size)
    b = changed(rng, cutting, geometry, tone, size)
    matrix = compose(b.matrix, invert(a.matrix))
    real = blot.real and partner.real
    return Pair(truth, blot.name, partner.name, piece, geometry, tone, real, a.pixels, b.pixels, matrix)


def _half(strip: Strip, first: bool) -> Pixels:
    middle = strip.edges[strip.lanes // 2]
    return np.ascontiguousarray(strip.pixels[:, :middle] if first else strip.pixels[:, middle:])
