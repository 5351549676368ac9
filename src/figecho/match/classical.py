"""The founding document's comparisons, exactly as plain OpenCV does them: a count and lines, never a verdict.

SIFT and RootSIFT: two nearest neighbours and Lowe's ratio test. AKAZE and ORB: Hamming distance with cross-check.
Either way the matches are sorted by distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.features.sift import rootsift
from figecho.options import ClassicalMethod, ClassicalOptions


@dataclass(frozen=True, eq=False)
class ClassicalFeatures:
    """Keypoints ``(n, 2)`` float32 (x right, y down, panel pixels) and their descriptors, float32 or packed bits."""

    points: NDArray[np.float32]
    descriptors: NDArray[Any]

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True, eq=False)
class ClassicalMatches:
    """Accepted matches, nearest first: ``points_a``, ``points_b`` (k, 2) float32 and ``distances`` (k,)."""

    points_a: NDArray[np.float32]
    points_b: NDArray[np.float32]
    distances: NDArray[np.float32]

    @property
    def count(self) -> int:
        return len(self.distances)


def describe(pixels: NDArray[np.uint8], method: ClassicalMethod) -> ClassicalFeatures:
    """Detect and describe with OpenCV's defaults on the gray picture.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) uint8 RGB.
    method : ``sift``, ``rootsift``, ``akaze`` or ``orb``.
    """
    gray = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    detector: Any
    if method == "akaze":
        detector = cv2.AKAZE.create()
    elif method == "orb":
        detector = cv2.ORB.create()
    else:
        detector = cv2.SIFT.create()
    keypoints, descriptors = detector.detectAndCompute(gray, None)
    points = np.array([keypoint.pt for keypoint in keypoints], np.float32).reshape(-1, 2)
    if descriptors is None:
        descriptors = np.zeros((0, 128), np.float32)
    return ClassicalFeatures(points, rootsift(descriptors) if method == "rootsift" else descriptors)


def match_classical(a: ClassicalFeatures, b: ClassicalFeatures, options: ClassicalOptions) -> ClassicalMatches:
    """Match two panels' features as the founding document does; nothing to match gives a count of 0."""
    if not len(a) or not len(b):
        empty = np.zeros((0, 2), np.float32)
        return ClassicalMatches(empty, empty, np.zeros(0, np.float32))
    if options.method in ("akaze", "orb"):
        ia, ib, distance = _cross_check(a.descriptors, b.descriptors)
    else:
        ia, ib, distance = _lowe(a.descriptors, b.descriptors, options.ratio)
    order = np.argsort(distance, kind="stable")
    return ClassicalMatches(a.points[ia[order]], b.points[ib[order]], distance[order])


def _cross_check(a: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Mutual nearest neighbours in Hamming distance."""
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(a, b)
    table = np.array([(match.queryIdx, match.trainIdx, match.distance) for match in matches], np.float64).reshape(-1, 3)
    return table[:, 0].astype(np.intp), table[:, 1].astype(np.intp), table[:, 2].astype(np.float32)


#: Rows of the distance matrix that are held at once, bounding memory for very large pictures.
BLOCK = 2048


def _lowe(
    a: NDArray[np.float32], b: NDArray[np.float32], ratio: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Nearest neighbours that pass Lowe's ratio test; a single candidate has no second neighbour and is dropped.

    A matrix product instead of a brute-force matcher: several times faster. SIFT's values are whole numbers up to
    255, so their products are exact in float32 and the decisions are those of OpenCV's matcher.
    """
    if len(b) < 2:
        return np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0, np.float32)
    norm_b = np.einsum("ij,ij->i", b, b)
    nearest, best, second = [], [], []
    for start in range(0, len(a), BLOCK):
        rows = a[start : start + BLOCK]
        square = np.einsum("ij,ij->i", rows, rows)[:, None] + norm_b - 2 * (rows @ b.T)
        first = square.argmin(axis=1)
        index = np.arange(len(rows))
        nearest.append(first)
        best.append(square[index, first].copy())
        square[index, first] = np.inf
        second.append(square.min(axis=1))
    ib = np.concatenate(nearest)
    one = np.sqrt(np.maximum(np.concatenate(best), 0)).astype(np.float32)
    two = np.sqrt(np.maximum(np.concatenate(second), 0)).astype(np.float32)
    ia = np.flatnonzero(one < np.float32(ratio) * two)
    return ia, ib[ia], one[ia]
