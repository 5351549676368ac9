"""Perceptual hashes of whole pictures, compared over the eight orientations that a flatbed or an editor may give them.

A hash is found whole pictures by; of a crop or of one panel in a figure it knows nothing. Which function makes the bits
is `figecho.models`' business.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

import numpy as np
from numpy.typing import NDArray

#: The eight ways to lay a rectangle on another: four turns, each plain and mirrored.
ORIENTATIONS = (
    "as it is",
    "rotated 90°",
    "rotated 180°",
    "rotated −90°",
    "mirrored",
    "mirrored, rotated 90°",
    "mirrored top to bottom",
    "mirrored, rotated −90°",
)


def orientations(pixels: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """``pixels`` (H, W[, 3]) in each of the `ORIENTATIONS`: mirrored left to right first, then turned clockwise."""
    for start in (pixels, pixels[:, ::-1]):
        for quarter_turns in range(4):
            yield np.ascontiguousarray(np.rot90(start, -quarter_turns))


def distances(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Hamming distances of every hash of ``a`` (n, bits) to every one of ``b`` (m, bits): (n, m)."""
    signs_a, signs_b = (np.where(bits, np.float32(1), np.float32(-1)) for bits in (a, b))
    return np.asarray(np.rint((a.shape[1] - signs_a @ signs_b.T) / 2), dtype=np.int64)


def similarity(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> NDArray[np.float64]:
    """``1 − distance / bits`` in the best orientation: ``a`` (n, 8, bits) and ``b`` (m, 8, bits) → (n, m) in [0, 1].

    Either picture is turned against the other as it is, so that the answer does not depend on which one is called A.
    """
    best = _nearest(a, b)
    return np.asarray(1 - np.minimum(best, _nearest(b, a).T) / a.shape[2])


def nearest(queries: NDArray[np.bool_], stored: NDArray[np.bool_], most: int) -> NDArray[np.int64]:
    """The rows of ``stored`` (m, 8, bits) that are most similar to each of ``queries`` (n, 8, bits): indices (n, k).

    They are the ``most`` nearest ones in every orientation, found by faiss, so that the same row may be there several
    times and some are less similar than the ``most`` best; `similarity` tells.
    """
    count = min(most, len(stored))
    if not count or not len(queries):
        return np.zeros((len(queries), 0), np.int64)
    import faiss

    a, b = (np.packbits(bits, axis=2) for bits in (queries, stored))
    turned = [(a[:, way], b[:, 0]) for way in range(len(ORIENTATIONS))]
    turned += [(a[:, 0], b[:, way]) for way in range(1, len(ORIENTATIONS))]
    found = [faiss.knn_hamming(np.ascontiguousarray(x), np.ascontiguousarray(y), count)[1] for x, y in turned]
    return np.concatenate(found, axis=1).astype(np.int64)


def _nearest(turned: NDArray[np.bool_], still: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The least distance over the orientations of the first, (n, m)."""
    each = (distances(turned[:, way], still[:, 0]) for way in range(len(ORIENTATIONS)))
    return reduce(np.minimum, each)
