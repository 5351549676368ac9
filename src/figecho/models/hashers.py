"""pHash and PDQ: 256 bits of a whole picture, in its eight orientations.

pHash: the signs of the low frequencies (16 × 16 of a 64 × 64 cosine transform) around their median, by imagehash.
PDQ: Meta's hash of the same family (https://github.com/facebook/ThreatExchange/tree/main/pdq), by pdqhash.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figecho.errors import UnavailableError
from figecho.features import hashes
from figecho.models.model import ModelCard, Pixels

BITS = 256
#: imagehash looks at a picture of this side. Shrunk once, then turned: the bits are those of eight shrunk pictures.
PHASH_SIDE = 64
#: PDQ's authors shrink larger pictures to this side first; it costs time and changes nothing that the hash looks at.
PDQ_SIDE = 512


@dataclass(frozen=True)
class HashAllWays:
    """(H, W) or (H, W, 3) uint8 → (8, 256) bool: the hash in each of the `hashes.ORIENTATIONS`."""

    method: str

    def __call__(self, pixels: Pixels) -> NDArray[np.bool_]:
        shrunk, bits = _FUNCTIONS[self.method]
        return np.stack([bits(turned) for turned in hashes.orientations(shrunk(pixels))])


@dataclass(frozen=True)
class Hasher:
    """`figecho.models.model.Model` of a hash: its rows are (8, 256) bool."""

    card: ModelCard
    preparation: HashAllWays

    def describe(self, prepared: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
        return np.stack(prepared) if prepared else np.zeros((0, len(hashes.ORIENTATIONS), BITS), bool)

    def similarity(self, a: NDArray[np.bool_], b: NDArray[np.bool_]) -> NDArray[np.float64]:
        return hashes.similarity(a, b)

    def nearest(self, queries: NDArray[np.bool_], stored: NDArray[np.bool_], most: int) -> NDArray[np.int64]:
        return hashes.nearest(queries, stored, most)


def open_hasher(method: str) -> Hasher:
    """The model of ``phash`` or ``pdq``.

    Raises
    ------
    UnavailableError : pdqhash is not installed.
    """
    card = _pdq_card() if method == "pdq" else _phash_card()
    return Hasher(card, HashAllWays(method))


def _phash_card() -> ModelCard:
    name = f"pHash, {BITS} bits, imagehash {version('imagehash')}"
    return ModelCard(name, "https://github.com/JohannesBuchner/imagehash", "BSD-2-Clause")


def _pdq_card() -> ModelCard:
    try:
        name = f"PDQ, {BITS} bits, pdqhash {version('pdqhash')}"
    except PackageNotFoundError as error:
        raise UnavailableError(
            '--method pdq needs pdqhash, which comes as source only: pip install "figecho[pdq]" builds it where there'
            " is a C++ compiler; --method phash needs nothing"
        ) from error
    return ModelCard(name, "https://github.com/facebook/ThreatExchange", "BSD-3-Clause")


def _gray_square(pixels: Pixels) -> Pixels:
    size = (PHASH_SIDE, PHASH_SIDE)
    return np.asarray(Image.fromarray(pixels).convert("L").resize(size, Image.Resampling.LANCZOS))


def _phash_bits(pixels: Pixels) -> NDArray[np.bool_]:
    import imagehash

    return np.asarray(imagehash.phash(Image.fromarray(pixels), hash_size=16).hash, dtype=bool).ravel()


def _colour_reduced(pixels: Pixels) -> Pixels:
    """RGB, by averaging whole blocks where both sides stay at least `PDQ_SIDE`."""
    factor = max(1, min(pixels.shape[:2]) // PDQ_SIDE)
    return np.asarray(Image.fromarray(pixels).convert("RGB").reduce(factor))


def _pdq_bits(pixels: Pixels) -> NDArray[np.bool_]:
    import pdqhash

    bits, _ = pdqhash.compute(pixels)
    return np.asarray(bits, dtype=bool)


_FUNCTIONS: dict[str, tuple[Callable[[Pixels], Pixels], Callable[[Pixels], NDArray[np.bool_]]]] = {
    "phash": (_gray_square, _phash_bits),
    "pdq": (_colour_reduced, _pdq_bits),
}
