"""Tentative matches between two panels, in four ways at the cost of one description.

A mirrored patch's SIFT descriptor is an exact permutation of the original's, and so is a contrast-inverted one's,
so the four variants (plain, mirrored, inverted, both) need no second detection.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.features.sift import rootsift
from figecho.types import Features

#: A second neighbour nearer than this to the first, in pixels, is the same structure and no rival.
SAME_STRUCTURE = 6.0
#: How often a too-near second neighbour is replaced by the next one.
RIVALS = 4


@dataclass(frozen=True)
class Variant:
    """One way in which B may show A: mirrored or not, contrast inverted or not."""

    mirrored: bool
    inverted: bool


VARIANTS = (Variant(False, False), Variant(True, False), Variant(False, True), Variant(True, True))


@dataclass(frozen=True, eq=False)
class Matches:
    """Tentative matches of one variant: indices into A's and B's keypoints, best ratio first.

    ``a``, ``b`` : (k,) intp; ``ratio`` : (k,) float32, distance to the first over distance to the second.
    """

    variant: Variant
    a: NDArray[np.intp]
    b: NDArray[np.intp]
    ratio: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.a)


def permutation(variant: Variant) -> NDArray[np.intp]:
    """Column order that turns a SIFT descriptor into that of the mirrored or inverted patch.

    OpenCV's layout is 4 rows × 4 columns × 8 orientations. A mirror about the keypoint's own axis reverses the
    rows and negates orientations; inversion turns the keypoint by 180°, which reverses rows and columns.
    """
    layout = np.arange(128).reshape(4, 4, 8)
    if variant.mirrored:
        layout = layout[::-1][:, :, (-np.arange(8)) % 8]
    if variant.inverted:
        layout = layout[::-1, ::-1]
    return layout.reshape(-1)


def tentative_matches(a: Features, b: Features, ratio: float) -> list[Matches]:
    """Matches of every variant that pass Lowe's ratio test from A to B or from B to A.

    Parameters
    ----------
    a, b : features of the two panels.
    ratio : Lowe's ratio; the second neighbour is the nearest that lies at least 6 px from the first.

    Returns
    -------
    One `Matches` per variant, in the order of `VARIANTS`; empty ones where a panel has no keypoints.
    """
    if len(a) < 2 or len(b) < 2:
        nothing = np.zeros(0, np.intp)
        return [Matches(variant, nothing, nothing, np.zeros(0, np.float32)) for variant in VARIANTS]
    roots_a, roots_b = rootsift(a.descriptors), rootsift(b.descriptors)
    found = []
    similarity = np.empty((len(a), len(b)), np.float32)
    transposed = np.empty((len(b), len(a)), np.float32)
    for variant in VARIANTS:
        np.matmul(roots_a[:, permutation(variant)], roots_b.T, out=similarity)
        cv2.transpose(similarity, transposed)
        backward = _ratio_test(transposed, a.points, ratio)
        forward = _ratio_test(similarity, b.points, ratio)
        found.append(_union(variant, forward, backward))
    return found


def _ratio_test(
    similarity: NDArray[np.float32], points: NDArray[np.float32], ratio: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Rows and columns that pass, with their ratio; ``similarity`` (n, m) is overwritten, ``points`` are columns'."""
    rows = np.arange(len(similarity))
    first = similarity.argmax(axis=1)
    best = similarity[rows, first]
    similarity[rows, first] = -1
    second = similarity.argmax(axis=1)
    rival = similarity[rows, second]
    for _ in range(RIVALS):
        near = np.flatnonzero(np.square(points[second] - points[first]).sum(axis=1) < SAME_STRUCTURE**2)
        if not len(near):
            break
        similarity[near, second[near]] = -1
        block = similarity[near]
        second[near] = block.argmax(axis=1)
        rival[near] = block[np.arange(len(near)), second[near]]
    value = np.sqrt(np.maximum(1 - best, 0) / np.maximum(1 - rival, 1e-9))
    kept = np.flatnonzero(value < ratio)
    return kept, first[kept], value[kept].astype(np.float32)


def _union(
    variant: Variant,
    forward: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]],
    backward: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]],
) -> Matches:
    """Both directions together, each pair once with its better ratio, best first."""
    a = np.concatenate([forward[0], backward[1]])
    b = np.concatenate([forward[1], backward[0]])
    ratio = np.concatenate([forward[2], backward[2]])
    order = np.argsort(ratio, kind="stable")
    a, b, ratio = a[order], b[order], ratio[order]
    _, once = np.unique(np.stack([a, b]), axis=1, return_index=True)
    once = np.sort(once)
    return Matches(variant, a[once], b[once], ratio[once])
