"""Which panels may share content with one panel: what its descriptors found votes, and votes that agree in turn, scale
and place count together.

A neighbour's vote is how much nearer it is than the last neighbour that was asked for (McCann and Lowe, "Local naive
Bayes nearest neighbor", CVPR 2012): descriptors that occur everywhere, such as letters and ticks, have no say. Panels
are first ranked by the votes that agree in turn (Jégou, Douze and Schmid, "Hamming embedding and weak geometric
consistency", ECCV 2008), the best of them by those that agree with the similarity which one of them implies by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figecho.features.signatures import Signature
from figecho.match.gate import lands, moves_alike
from figecho.match.nearest import VARIANTS
from figecho.scan.search import Found, asked
from figecho.scan.segments import BITS

#: Bins of the turn between two panels, 30° each; votes go to two overlapping ones.
TURNS = 12
#: Panels, each in one variant, whose votes are looked at in place, and how many votes of each, the weightiest first.
SHORTLIST, HITS = 100, 24
#: Share of the distance between two hits by which one may miss where the other's similarity sends it.
SHARE = 0.1

#: The Hamming distance of unrelated codes: the background where a search met no twelve neighbours.
UNRELATED = BITS // 2

MIRRORED = np.array([variant.mirrored for variant in VARIANTS])
INVERTED = np.array([variant.inverted for variant in VARIANTS])


@dataclass(frozen=True)
class Vote:
    """A panel that may share content: its number, as in `Found`, its votes, and the variant that they agree on.

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


def votes(signature: Signature, found: Found) -> list[Vote]:
    """The panels that have most of the votes of what ``signature`` found, best first."""
    hits = _hits(signature, found)
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


def _hits(signature: Signature, found: Found) -> _Hits:
    """The neighbours that have a vote: those nearer than the last one, but for the panel's own descriptors."""
    background = np.minimum(found.distances[:, -1:], UNRELATED).astype(np.float32)
    weights = background - found.distances
    rows, columns = np.nonzero((weights > 0) & (found.panels >= 0))
    keypoints, variants = (each[rows] for each in asked(signature))
    geometry = found.geometry[rows, columns]
    angles = signature.angles[keypoints] + np.where(INVERTED, np.float32(180), np.float32(0))[variants]
    return _Hits(
        label=found.panels[rows, columns] * len(VARIANTS) + variants,
        weight=weights[rows, columns],
        own=signature.points[keypoints],
        stored=geometry[:, :2],
        size=geometry[:, 2],
        octaves=np.log2(geometry[:, 2] / signature.sizes[keypoints]),
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
