"""What figecho is measured against in the same run: counts and hashes that others decide by.

PDQ comes as source only and is left out where it is not installed.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.reuse.positives import gray
from benchmarks.reuse.textures import Pixels

#: Lowe's ratio of the founding document.
RATIO = 0.75


@dataclass(frozen=True, eq=False)
class Described:
    """One picture as the peers see it: SIFT (n, 128) float32, AKAZE (m, 61) uint8, 8 hashes (8, 63) and, where PDQ is
    installed, (8, 256) bool."""

    sift: NDArray[np.float32]
    akaze: NDArray[np.uint8]
    hashes: NDArray[np.bool_]
    pdq: NDArray[np.bool_] | None


def describe(pixels: Pixels) -> Described:
    plane = gray(pixels)
    _, sift = cv2.SIFT_create().detectAndCompute(plane, None)
    _, akaze = cv2.AKAZE_create().detectAndCompute(plane, None)
    sift = np.zeros((0, 128), np.float32) if sift is None else sift.astype(np.float32)
    akaze = np.zeros((0, 61), np.uint8) if akaze is None else akaze
    return Described(sift, akaze, np.stack([_phash(turned) for turned in _orientations(plane)]), _pdq(pixels))


def compared(a: Described, b: Described) -> dict[str, float]:
    """Matches of the founding script and of AKAZE, and the best similarity of the hashes, higher for more alike."""
    found = {
        "founding": float(_ratio_count(a.sift, b.sift)),
        "akaze": float(len(cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(a.akaze, b.akaze)))
        if len(a.akaze) and len(b.akaze)
        else 0.0,
        "phash": float(1 - (a.hashes[0] != b.hashes).mean(axis=1).min()),
    }
    if a.pdq is not None and b.pdq is not None:
        found["pdq"] = float(1 - (a.pdq[0] != b.pdq).mean(axis=1).min())
    return found


def _ratio_count(one: NDArray[np.float32], two: NDArray[np.float32]) -> int:
    """How many descriptors of ``one`` pass the ratio test in ``two``: exact, by a matrix product."""
    if not len(one) or len(two) < 2:
        return 0
    square = np.square(one).sum(1)[:, None] - 2 * one @ two.T + np.square(two).sum(1)
    nearest = np.partition(square, 1, axis=1)[:, :2]
    return int((nearest[:, 0] < RATIO**2 * nearest[:, 1]).sum())


def _orientations(plane: Pixels) -> list[Pixels]:
    turned = [np.rot90(plane, quarter) for quarter in range(4)]
    return [np.ascontiguousarray(each) for each in (*turned, *(each[:, ::-1] for each in turned))]


def _phash(plane: Pixels) -> NDArray[np.bool_]:
    """The 8 × 8 lowest DCT coefficients of a 32 × 32 copy against their median, the constant one left out."""
    small = cv2.resize(plane, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:8, :8].reshape(-1)[1:]
    return np.asarray(low > np.median(low))


def _pdq(pixels: Pixels) -> NDArray[np.bool_] | None:
    """PDQ over eight orientations; None where pdqhash is not installed."""
    if importlib.util.find_spec("pdqhash") is None:
        return None
    import pdqhash

    hashes, _ = pdqhash.compute_dihedral(np.ascontiguousarray(np.dstack([gray(pixels)] * 3)))
    return np.array(hashes, dtype=bool)
