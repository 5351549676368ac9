"""Matches of a picture with itself → the few maps that many neighbouring matches agree on.

Each match is a full similarity, so each is a hypothesis; its votes are the matches beside it that it predicts. Only
neighbours vote: a pasted piece is small, and a voter far away could only be there by chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.spatial import cKDTree

from figecho.match.anchors import APART, SelfMatches
from figecho.match.geometry import apply

#: Matches may vote for each other when this near, pixels: both ends count, the targets' distance halved.
REACH = 72.0
#: A prediction may miss by this many pixels plus this share of the distance: a match's own map is coarse.
TOLERANCE = 2.5
DRIFT = 0.12
#: Largest difference of two matches' linear maps (Frobenius norm).
LINEAR = 0.55
#: Matches whose source and target both lie in one cell of this side are one vote, pixels.
CELL = 4.0
#: Fewest votes, the match's own included, and the fewest in sum of weights.
FEWEST = 3
LEAST_WEIGHT = 0.5
#: Plausible scales of a paste.
SCALES = (0.5, 2.0)


@dataclass(frozen=True, eq=False)
class Proposal:
    """A map that neighbouring matches agree on: ``matrix`` (2, 3), ``seeds`` (k, 2) their places in the source."""

    matrix: NDArray[np.float64]
    seeds: NDArray[np.float64]
    votes: float


def propose(matches: SelfMatches, keep: int) -> list[Proposal]:
    """The best maps, strongest first; each part of the picture proposes a map and its inverse only once.

    Parameters
    ----------
    matches : what `anchors.self_matches` found.
    keep : how many maps to return at most.
    """
    matches = _both_ways(matches)
    if len(matches) < FEWEST:
        return []
    agree = _agreement(matches)
    weights = agree @ matches.weight
    counts = np.asarray(agree.sum(axis=1)).reshape(-1)
    found: list[Proposal] = []
    free = np.ones(len(matches), bool)
    for seed in np.argsort(-weights, kind="stable"):
        if len(found) >= keep or weights[seed] < LEAST_WEIGHT:
            break
        if counts[seed] < FEWEST or not free[seed]:
            continue
        row = agree.indices[agree.indptr[seed] : agree.indptr[seed + 1]]
        voters = row[free[row]]
        if len(voters) < FEWEST or matches.weight[voters].sum() < LEAST_WEIGHT:
            continue
        free[row] = False
        proposal = _fitted(matches, voters)
        if proposal is not None and not any(_same(proposal, other) for other in found):
            found.append(proposal)
    return found


def _both_ways(matches: SelfMatches) -> SelfMatches:
    """Every match in both directions, each pair of places once, and only at plausible scales."""
    scale = np.sqrt(np.abs(np.linalg.det(matches.linear)))
    kept = np.flatnonzero((scale > SCALES[0]) & (scale < SCALES[1]))
    source, target = matches.source[kept], matches.target[kept]
    linear = matches.linear[kept]
    both = SelfMatches(
        np.concatenate([source, target]),
        np.concatenate([target, source]),
        np.concatenate([linear, np.linalg.inv(linear)]),
        np.tile(matches.weight[kept], 2),
    )
    cells = np.round(np.concatenate([both.source, both.target, 4 * both.linear.reshape(-1, 4)], axis=1) / CELL)
    order = np.argsort(-both.weight, kind="stable")
    first = order[np.unique(cells[order], axis=0, return_index=True)[1]]
    return SelfMatches(*(getattr(both, name)[first] for name in SelfMatches.__dataclass_fields__))


def _agreement(matches: SelfMatches) -> coo_array:
    """Sparse (n, n): which neighbouring matches (columns) each match (row) predicts, itself included."""
    # Neighbours at both ends: most matches beside one in the source lead elsewhere and need not be asked.
    ends = np.concatenate([matches.source, matches.target / SCALES[1]], axis=1)
    pairs = cKDTree(ends).query_pairs(REACH, output_type="ndarray")
    i, j = np.concatenate([pairs, pairs[:, ::-1]]).T
    alike = np.square(matches.linear[i] - matches.linear[j]).sum(axis=(1, 2)) < LINEAR**2
    i, j = i[alike], j[alike]
    step = matches.source[j] - matches.source[i]
    miss = np.einsum("kab,kb->ka", matches.linear[i], step) + matches.target[i] - matches.target[j]
    near = np.linalg.norm(miss, axis=1) < TOLERANCE + DRIFT * np.linalg.norm(step, axis=1)
    own = np.arange(len(matches))
    i, j = np.concatenate([i[near], own]), np.concatenate([j[near], own])
    return coo_array((np.ones(len(i)), (i, j)), shape=(len(own), len(own))).tocsr()


def _fitted(matches: SelfMatches, voters: NDArray[np.intp]) -> Proposal | None:
    """The similarity that the voters agree on, fitted robustly."""
    source, target = matches.source[voters], matches.target[voters]
    mirrored = bool(np.linalg.det(matches.linear[voters[0]]) < 0)
    weights = matches.weight[voters].copy()
    prior = np.median(matches.linear[voters], axis=0)
    for _ in range(3):
        matrix = similarity(source, target, weights, mirrored=mirrored, prior=prior)
        error = np.linalg.norm(apply(matrix, source) - target, axis=1)
        weights = matches.weight[voters] / (1 + np.square(error / 2.0))
    good = error < 4.0
    if good.sum() < FEWEST:
        return None
    votes = float(matches.weight[voters][good].sum())
    return Proposal(matrix, source[good], votes)


def similarity(
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    mirrored: bool,
    prior: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Weighted least-squares similarity (2, 3) (Umeyama 1991), drawn towards a ``prior`` linear map (2, 2).

    The prior counts as one point at 6 px from the centre, so that two or three points in a row cannot turn the map.
    """
    w = weights / weights.sum()
    mean_a, mean_b = w @ source, w @ target
    flip = np.array([1.0, -1.0]) if mirrored else np.ones(2)
    arms = np.array([[6.0, 0.0], [0.0, 6.0]])
    spread_a = np.concatenate([source - mean_a, arms]) * flip
    spread_b = np.concatenate([target - mean_b, arms @ prior.T])
    w = np.concatenate([weights, np.full(2, 0.5 * weights.mean())])
    (x, y), (u, v) = spread_a.T, spread_b.T
    norm = max(float(w @ (x * x + y * y)), 1e-9)
    cos, sin = float(w @ (x * u + y * v)) / norm, float(w @ (x * v - y * u)) / norm
    linear = np.array([[cos, -sin], [sin, cos]]) * flip
    return np.column_stack([linear, mean_b - linear @ mean_a])


def _same(one: Proposal, other: Proposal) -> bool:
    """Whether two proposals, or one and the other's inverse, map the same place to the same place."""
    centre = one.seeds.mean(axis=0)
    there = apply(one.matrix, centre[None])[0]
    nearest = float(np.linalg.norm(other.seeds - centre, axis=1).min())
    forward = np.linalg.norm(apply(other.matrix, centre[None])[0] - there) < 6.0 and nearest < APART
    targets = apply(other.matrix, other.seeds)
    nearest = float(np.linalg.norm(targets - centre, axis=1).min())
    backward = np.linalg.norm(apply(other.matrix, there[None])[0] - centre) < 6.0 and nearest < APART
    return bool(forward or backward)
