"""Which panels of a segment may share content with one panel: descriptors vote, and votes that agree in scale and turn
count together.

A neighbour's vote is how much nearer it is than the last neighbour that was asked for (McCann and Lowe, "Local naive
Bayes nearest neighbor", CVPR 2012): descriptors that occur everywhere, such as letters and ticks, have no say. Votes
are gathered by scale and rotation (Jégou, Douze and Schmid, "Hamming embedding and weak geometric consistency",
ECCV 2008).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figecho.features.sift import rootsift
from figecho.features.signatures import Signature
from figecho.match.nearest import VARIANTS, permutation
from figecho.scan.segments import Segment

#: Neighbours per descriptor; the last one is the background that the others are measured against.
NEIGHBOURS = 12
#: Bins of the turn (30°) and of the scale (half an octave) between two panels; votes go to overlapping ones.
TURNS, SCALES = 12, 13
#: The largest Hamming distance at which two whole panels are proposed by their hashes, of 256 bits. Hashes of unrelated
#: panels lie at 128 ± 8 bits, were they independent.
NEAR_HASH = 70


@dataclass(frozen=True)
class Vote:
    """A panel that may share content: its index in the segment, its votes and the variant that they agree on."""

    panel: int
    score: float
    variant: int


def votes(signature: Signature, segment: Segment, skip: int | None) -> list[Vote]:
    """The panels of a segment that have votes, best first; ``skip`` is the panel itself where it is in there."""
    if not len(signature) or not len(segment.owner):
        return []
    roots = rootsift(signature.descriptors)
    turned = np.concatenate([roots[:, permutation(variant)] for variant in VARIANTS])
    found, distances = segment.search(turned, min(NEIGHBOURS, len(segment.owner)))
    # A query's own panel holds the exact descriptor: its neighbours must not be measured against it.
    weights = np.where(found >= 0, distances[:, -1:] - distances, 0)
    rows, columns = np.nonzero(weights > 0)
    hits = found[rows, columns]
    panels = np.asarray(segment.owner[hits], np.int64)
    kept = panels != skip if skip is not None else np.ones(len(panels), bool)
    rows, columns, hits, panels = rows[kept], columns[kept], hits[kept], panels[kept]
    if not len(hits):
        return []
    variants, queries = np.divmod(rows, len(signature))
    cells = _cells(signature, segment, hits, queries, variants)
    weight = weights[rows, columns]
    scores = [_summed(panels, variants, cell, weight) for cell in cells]
    labels = np.concatenate([label for label, _ in scores])
    values = np.concatenate([value for _, value in scores])
    order = np.argsort(-values, kind="stable")
    voted, variant = np.divmod(labels[order] // (TURNS * SCALES), len(VARIANTS))
    _, best = np.unique(voted, return_index=True)
    return [Vote(int(voted[place]), float(values[order[place]]), int(variant[place])) for place in np.sort(best)]


def _cells(
    signature: Signature,
    segment: Segment,
    hits: NDArray[np.int64],
    queries: NDArray[np.int64],
    variants: NDArray[np.int64],
) -> list[NDArray[np.int64]]:
    """Bin of turn and scale of every hit, in two grids that overlap by half a bin of turn."""
    geometry = np.asarray(segment.geometry[hits])
    mirrored = np.array([variant.mirrored for variant in VARIANTS])[variants]
    inverted = np.array([variant.inverted for variant in VARIANTS])[variants]
    angles = signature.angles[queries]
    turn = geometry[:, 1] + np.where(mirrored, angles, -angles) + 180.0 * inverted
    octaves = np.log2(geometry[:, 0] / signature.sizes[queries])
    scale = np.clip(np.rint(2 * octaves) + SCALES // 2, 0, SCALES - 1).astype(np.int64)
    width = 360.0 / TURNS
    return [(((turn + shift) % 360.0) // width).astype(np.int64) % TURNS * SCALES + scale for shift in (0.0, width / 2)]


def _summed(
    panels: NDArray[np.int64], variants: NDArray[np.int64], cells: NDArray[np.int64], weights: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Votes per panel, variant and cell, as (label, sum)."""
    labels, place = np.unique((panels * len(VARIANTS) + variants) * (TURNS * SCALES) + cells, return_inverse=True)
    return labels.astype(np.int64), np.bincount(place, weights).astype(np.float64)


def look_alikes(signature: Signature, segment: Segment, most: int, skip: int | None) -> list[int]:
    """Panels whose whole looks like this one, in any of eight orientations, inverted or not; the most alike first."""
    turned = signature.hashes.view(np.uint64)
    distances = np.bitwise_count(turned[:, None, :] ^ segment.hashes[None, :, :]).sum(axis=2, dtype=np.int64)
    # All bits but the first, which is always 0, turn over in a negative.
    nearest = np.minimum(distances, 255 - distances).min(axis=0)
    if skip is not None:
        nearest[skip] = 256
    order = np.argsort(nearest, kind="stable")[:most]
    return [int(panel) for panel in order if nearest[panel] <= NEAR_HASH]
