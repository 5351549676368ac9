"""Which panels of a segment may share content with one panel: descriptors vote, and votes that agree in turn, scale and
place count together.

A neighbour's vote is how much nearer it is than the last neighbour that was asked for (McCann and Lowe, "Local naive
Bayes nearest neighbor", CVPR 2012): descriptors that occur everywhere, such as letters and ticks, have no say. Panels
are first ranked by the votes that agree in turn (Jégou, Douze and Schmid, "Hamming embedding and weak geometric
consistency", ECCV 2008), the best of them by those that agree with the similarity which one of them implies by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figecho.features.sift import rootsift
from figecho.features.signatures import Signature
from figecho.match.gate import lands, moves_alike
from figecho.match.nearest import VARIANTS, permutation
from figecho.scan.segments import Segment

#: Neighbours per descriptor; the last one is the background that the others are measured against.
NEIGHBOURS = 12
#: Bins of the turn between two panels, 30° each; votes go to two overlapping ones.
TURNS = 12
#: Panels, each in one variant, whose votes are looked at in place, and how many votes of each, the weightiest first.
SHORTLIST, HITS = 100, 24
#: Share of the distance between two hits by which one may miss where the other's similarity sends it.
SHARE = 0.1
#: The largest Hamming distance at which two whole panels are proposed by their hashes, of 256 bits. Hashes of unrelated
#: panels lie at 128 ± 8 bits, were they independent.
NEAR_HASH = 70

MIRRORED = np.array([variant.mirrored for variant in VARIANTS])
INVERTED = np.array([variant.inverted for variant in VARIANTS])


@dataclass(frozen=True)
class Vote:
    """A panel that may share content: its index in the segment, its votes, and the variant that they agree on.

    ``agreeing`` is how many hits agree.
    """

    panel: int
    score: float
    agreeing: int
    variant: int


@dataclass(frozen=True, eq=False)
class _Hits:
    """Stored keypoints whose descriptors are near those of a panel's own, one row each.

    Attributes
    ----------
    label : panel × variants + variant.
    weight : the vote.
    own, stored : (n, 2) float32, where the two keypoints lie; ``size`` is the stored one's diameter.
    octaves, turn : change of scale, and of angle in degrees, from the own one to the stored one.
    """

    label: NDArray[np.int64]
    weight: NDArray[np.float32]
    own: NDArray[np.float32]
    stored: NDArray[np.float32]
    size: NDArray[np.float32]
    octaves: NDArray[np.float32]
    turn: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.label)


def votes(signature: Signature, segment: Segment, skip: int | None) -> list[Vote]:
    """The panels of a segment that have most votes, best first; ``skip`` is the panel itself where it is in there."""
    if not len(signature) or not len(segment.owner):
        return []
    hits = _hits(signature, segment, skip)
    if not len(hits):
        return []
    labels = _shortlist(hits)
    scores, agreeing = _in_place(hits, labels)
    order = np.argsort(-scores, kind="stable")
    panels, variants = np.divmod(labels[order], len(VARIANTS))
    _, first = np.unique(panels, return_index=True)
    return [
        Vote(int(panels[place]), float(scores[order[place]]), int(agreeing[order[place]]), int(variants[place]))
        for place in np.sort(first)
    ]


def _hits(signature: Signature, segment: Segment, skip: int | None) -> _Hits:
    """What the panel's keypoints find as they are, and the asking ones of them in each other variant.

    Most copies are neither mirrored nor inverted, and those of small parts need every keypoint.
    """
    own = [np.arange(len(signature) if variant == VARIANTS[0] else signature.asking) for variant in VARIANTS]
    roots = rootsift(signature.descriptors)
    turned = [roots[part][:, permutation(variant)] for part, variant in zip(own, VARIANTS, strict=True)]
    found, distances = segment.search(np.concatenate(turned), min(NEIGHBOURS, len(segment.owner)))
    weights = np.where(found >= 0, distances[:, -1:] - distances, 0)
    rows, columns = np.nonzero(weights > 0)
    stored = found[rows, columns]
    panels = np.asarray(segment.owner[stored], np.int64)
    others = panels != (-1 if skip is None else skip)
    rows, columns, stored, panels = rows[others], columns[others], stored[others], panels[others]
    variants = np.repeat(np.arange(len(VARIANTS)), [len(part) for part in own])[rows]
    asked = np.concatenate(own)[rows]
    geometry = np.asarray(segment.geometry[stored])
    angles = signature.angles[asked] + np.where(INVERTED, np.float32(180), np.float32(0))[variants]
    return _Hits(
        label=panels * len(VARIANTS) + variants,
        weight=weights[rows, columns],
        own=signature.points[asked],
        stored=geometry[:, :2],
        size=geometry[:, 2],
        octaves=np.log2(geometry[:, 2] / signature.sizes[asked]),
        turn=(geometry[:, 3] + np.where(MIRRORED[variants], angles, -angles)) % 360,
    )


def _shortlist(hits: _Hits) -> NDArray[np.int64]:
    """The labels with most votes that agree in turn, best first."""
    width = 360.0 / TURNS
    summed = []
    for shift in (0.0, width / 2):
        bins = ((hits.turn + shift) % 360 // width).astype(np.int64) % TURNS
        cells, place = np.unique(hits.label * TURNS + bins, return_inverse=True)
        summed.append((cells // TURNS, np.bincount(place, hits.weight)))
    labels, values = (np.concatenate(column) for column in zip(*summed, strict=True))
    labels = labels[np.argsort(-values, kind="stable")]
    _, first = np.unique(labels, return_index=True)
    return np.asarray(labels[np.sort(first)[:SHORTLIST]], dtype=np.int64)


def _in_place(hits: _Hits, labels: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """For each label, the largest sum of votes that agree on one map, and how many these are."""
    row, column, hit = _places(hits, labels)

    def table(values: NDArray[np.float32]) -> NDArray[np.float32]:
        """One row per label, one column per hit."""
        filled = np.zeros((len(labels), HITS), np.float32)
        filled[row, column] = values[hit]
        return filled

    (x, y), (to_x, to_y) = ([table(values) for values in places.T] for places in (hits.own, hits.stored))
    octaves, turns, weights = table(hits.octaves), table(np.radians(hits.turn)), table(hits.weight)
    flip = np.where(MIRRORED[labels % len(VARIANTS)], np.float32(-1), np.float32(1))[:, None]
    implied = np.exp2(octaves) * np.exp(1j * turns)
    agree = lands(x + 1j * flip * y, to_x + 1j * to_y, implied, table(hits.size), SHARE) & moves_alike(octaves, turns)
    agree &= (weights > 0)[:, None, :] & (weights > 0)[:, :, None]
    scores = (agree * weights[:, None, :]).sum(axis=2)
    best = scores.argmax(axis=1)[:, None]
    counts = np.take_along_axis(agree.sum(axis=2), best, axis=1)
    return np.take_along_axis(scores, best, axis=1)[:, 0], np.asarray(counts[:, 0], np.int64)


def _places(hits: _Hits, labels: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Row, column and hit of a table with one row per label, its weightiest hits first."""
    order = np.argsort(labels)
    place = np.minimum(np.searchsorted(labels[order], hits.label), len(labels) - 1)
    hit = np.flatnonzero(labels[order[place]] == hits.label)
    row = order[place[hit]]
    weightiest = np.lexsort((-hits.weight[hit], row))
    row, hit = row[weightiest], hit[weightiest]
    column = np.arange(len(row)) - np.searchsorted(row, np.arange(len(labels)))[row]
    kept = column < HITS
    return row[kept], column[kept], hit[kept]


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
