"""Alignments without chance: every match proposes one, all are scored, the best few are refined.

A SIFT match is a full similarity (position, scale, angle), so one match is a hypothesis. Scoring all of them is
one matrix per variant: deterministic, no sampling. Refinement is affine, on matches found again with the
geometry as the guide. The number of false alarms follows Moisan and Stival, "A probabilistic criterion to detect
rigid point matches", IJCV 2004.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.stats import binom

from figecho.features.sift import rootsift
from figecho.match.nearest import Matches, Variant, permutation
from figecho.types import Features

#: Tentative matches that may propose an alignment, best ratio first: bounds the cost of a variant.
PROPOSALS = 500
#: A proposal's error grows with the distance from its seed: this many pixels, plus this share of the distance.
SEED_TOLERANCE = 4.0
DRIFT = 0.08
#: Agreement in scale (octaves) and angle (degrees) that an inlier must show beside its position.
SCALE_TOLERANCE = 0.6
ANGLE_TOLERANCE = 25.0
#: Radius of the guided search, and of an inlier of the refined transform, in pixels of B.
GUIDED_RADIUS = 6.0
INLIER_RADIUS = 3.0
#: RootSIFT similarity that a guided match must reach.
GUIDED_SIMILARITY = 0.80
#: An alignment is kept when its linear part stays within these singular values and this stretch.
SCALES = (0.08, 12.0)
MAX_STRETCH = 1.7
FEWEST_INLIERS = 4
#: Share of unrelated keypoint pairs that agree in descriptor and scale as a guided match must.
LOOK_ALIKE = 0.1


@dataclass(frozen=True, eq=False)
class Alignment:
    """A refined hypothesis in working pixels.

    ``matrix`` : (2, 3) float64, A to B; ``a``, ``b`` : (k,) indices of the inliers; ``log10_nfa`` : see module;
    ``repeated`` : share of A's keypoints inside the overlap that B has too, in [0, 1].
    """

    matrix: NDArray[np.float64]
    variant: Variant
    a: NDArray[np.intp]
    b: NDArray[np.intp]
    log10_nfa: float
    repeated: float


def apply(matrix: NDArray[np.float64], points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Move ``points`` (n, 2) by an affine ``matrix`` (2, 3)."""
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], dtype=np.float64)


def invert(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The affine map (2, 3) that undoes ``matrix``."""
    linear = np.linalg.inv(matrix[:, :2])
    return np.column_stack([linear, -linear @ matrix[:, 2]])


def compose(second: NDArray[np.float64], first: NDArray[np.float64]) -> NDArray[np.float64]:
    """The affine map (2, 3) that applies ``first``, then ``second``."""
    return np.column_stack([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2] + second[:, 2]])


def alignments(a: Features, b: Features, tentative: list[Matches], keep: int) -> list[Alignment]:
    """The best distinct alignments of A with B over all variants, most significant first.

    Parameters
    ----------
    a, b : features of the panels.
    tentative : what `nearest.tentative_matches` found.
    keep : how many distinct alignments to return at most.
    """
    proposed: list[tuple[int, Variant, NDArray[np.intp], NDArray[np.intp]]] = []
    for matches in tentative:
        proposed += [
            (len(seeds), matches.variant, matches.a[seeds], matches.b[seeds]) for seeds in _propose(a, b, matches, keep)
        ]
    proposed.sort(key=lambda proposal: -proposal[0])
    trees = cKDTree(b.points) if len(b) else None
    roots: dict[Variant, NDArray[np.float32]] = {}
    plain, target = rootsift(a.descriptors), rootsift(b.descriptors)
    found: list[Alignment] = []
    for _, variant, ia, ib in proposed[: 2 * keep]:
        if variant not in roots:
            roots[variant] = plain[:, permutation(variant)]
        alignment = _refine(a, b, variant, ia, ib, roots[variant], target, trees)
        if alignment and not any(_same(alignment, other, a) for other in found):
            found.append(alignment)
    found.sort(key=lambda alignment: alignment.log10_nfa)
    return found[:keep]


def similarity_of(
    points_a: NDArray[np.floating],
    sizes_a: NDArray[np.floating],
    angles_a: NDArray[np.floating],
    points_b: NDArray[np.floating],
    sizes_b: NDArray[np.floating],
    angles_b: NDArray[np.floating],
    variant: Variant,
) -> NDArray[np.float64]:
    """The similarity that each match implies: (k, 2, 3) float64, A to B.

    With keypoint frames R(θ) of A and R(φ) of B, the linear part is ``(size_b / size_a) R(φ) D R(-θ)``; D mirrors
    across the keypoint's axis, and inversion turns A's orientation by 180°.
    """
    theta = np.deg2rad(angles_a.astype(np.float64)) + (np.pi if variant.inverted else 0.0)
    phi = np.deg2rad(angles_b.astype(np.float64))
    flip = -1.0 if variant.mirrored else 1.0
    scale = sizes_b.astype(np.float64) / sizes_a
    turn = phi - flip * theta
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    linear = np.stack([np.stack([cos, -flip * sin], -1), np.stack([sin, flip * cos], -1)], -2)
    shift = points_b - np.einsum("kij,kj->ki", linear, points_a.astype(np.float64))
    return np.concatenate([linear, shift[:, :, None]], axis=2)


def _propose(a: Features, b: Features, matches: Matches, keep: int) -> list[NDArray[np.intp]]:
    """Inliers (indices into ``matches``) of the best distinct one-match similarities."""
    count = min(len(matches), PROPOSALS)
    if count < FEWEST_INLIERS:
        return []
    ia, ib = matches.a[:count], matches.b[:count]
    source, target = a.points[ia].astype(np.float64), b.points[ib].astype(np.float64)
    models = similarity_of(source, a.sizes[ia], a.angles[ia], target, b.sizes[ib], b.angles[ib], matches.variant)
    scale = np.sqrt(np.abs(np.linalg.det(models[:, :, :2])))
    heading = np.arctan2(models[:, 1, 0], models[:, 0, 0])
    agree = _agreement(models.astype(np.float32), scale, heading, source.astype(np.float32), target.astype(np.float32))
    agree &= ((scale > SCALES[0]) & (scale < SCALES[1]))[:, None]
    found = []
    free = np.ones(count, dtype=bool)
    # Several keypoints at one place (one per orientation) must not vote more than once.
    place = _places(source, target)
    for _ in range(keep):
        votes = agree & free[None]
        shortlist = np.argsort(-votes.sum(axis=1), kind="stable")[:20]
        distinct = [len(np.unique(place[votes[row]])) for row in shortlist]
        best = shortlist[int(np.argmax(distinct))]
        if max(distinct) < FEWEST_INLIERS:
            break
        inliers = np.flatnonzero(votes[best])
        found.append(inliers)
        free[inliers] = False
    return found


def _agreement(
    models: NDArray[np.float32],
    scale: NDArray[np.float64],
    heading: NDArray[np.float64],
    source: NDArray[np.float32],
    target: NDArray[np.float32],
) -> NDArray[np.bool_]:
    """Which matches (columns) agree with which one-match similarities (rows) in position, scale and angle."""
    (sx, sy), (tx, ty) = source.T, target.T
    off_x = models[:, 0, :1] * sx + models[:, 0, 1:2] * sy + (models[:, 0, 2:] - tx)
    off_y = models[:, 1, :1] * sx + models[:, 1, 1:2] * sy + (models[:, 1, 2:] - ty)
    reach = np.sqrt(np.square(tx[:, None] - tx) + np.square(ty[:, None] - ty))
    tolerance = SEED_TOLERANCE * np.maximum(1, scale).astype(np.float32)[:, None] + DRIFT * reach
    agree: NDArray[np.bool_] = np.square(off_x) + np.square(off_y) < np.square(tolerance)
    octave = np.log2(scale).astype(np.float32)
    agree &= np.abs(octave[:, None] - octave) < SCALE_TOLERANCE
    turn = np.abs((heading[:, None] - heading).astype(np.float32))
    agree &= np.minimum(turn, np.float32(2 * np.pi) - turn) < np.float32(np.deg2rad(ANGLE_TOLERANCE))
    return agree


def _places(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.intp]:
    """A number for each match that matches of the same two places share (to 2 px)."""
    keys = np.round(np.concatenate([source, target], axis=1) / 2)
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)


def _refine(
    a: Features,
    b: Features,
    variant: Variant,
    ia: NDArray[np.intp],
    ib: NDArray[np.intp],
    roots_a: NDArray[np.float32],
    roots_b: NDArray[np.float32],
    tree: cKDTree,
) -> Alignment | None:
    """Fit, search again along the fit, fit again; None where what remains is no plausible alignment."""
    matrix = _fit(a.points[ia], b.points[ib])
    radius = 2 * GUIDED_RADIUS
    for _ in range(3):
        if matrix is None:
            return None
        ia, ib = _guided(matrix, a, b, variant, roots_a, roots_b, tree, radius)
        if len(ia) < FEWEST_INLIERS:
            return None
        radius = GUIDED_RADIUS
        matrix = _fit(a.points[ia], b.points[ib])
    if matrix is None:
        return None
    error = np.linalg.norm(apply(matrix, a.points[ia]) - b.points[ib], axis=1)
    good = error < INLIER_RADIUS * max(1.0, float(np.sqrt(abs(np.linalg.det(matrix[:, :2])))))
    ia, ib = ia[good], ib[good]
    if len(ia) < FEWEST_INLIERS:
        return None
    inside = _inside(apply(matrix, a.points), b.luma.shape)
    back = _inside(apply(invert(matrix), b.points), a.luma.shape)
    visible = max(1, min(int(inside.sum()), int(back.sum())))
    repeated = min(1.0, len(ia) / visible)
    return Alignment(matrix, variant, ia, ib, _log10_nfa(len(ia), visible, len(a), b, INLIER_RADIUS), repeated)


def _fit(source: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64] | None:
    """Robust least-squares map, (2, 3): affine where the points span enough of the plane, else a similarity."""
    weights = np.ones(len(source))
    matrix: NDArray[np.float64] | None = None
    for _ in range(4):
        matrix = _affine(source, target, weights) if len(source) >= 8 else None
        if matrix is None or not _plausible(matrix):
            matrix = _similarity(source, target, weights, mirrored=matrix is not None and _turns(matrix))
            if len(source) < 8:
                other = _similarity(source, target, weights, mirrored=True)
                if _misfit(other, source, target) < _misfit(matrix, source, target):
                    matrix = other
        error = np.linalg.norm(apply(matrix, source) - target, axis=1)
        spread = max(1.0, 1.4826 * float(np.median(error)))
        weights = 1 / (1 + np.square(error / (2 * spread)))
    return matrix if matrix is not None and _plausible(matrix) else None


def _turns(matrix: NDArray[np.float64]) -> bool:
    return bool(np.linalg.det(matrix[:, :2]) < 0)


def _misfit(matrix: NDArray[np.float64], source: NDArray[np.floating], target: NDArray[np.floating]) -> float:
    return float(np.median(np.linalg.norm(apply(matrix, source) - target, axis=1)))


def _affine(
    source: NDArray[np.floating], target: NDArray[np.floating], weights: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Weighted least-squares affine map, or None where the points lie on a line."""
    centre = source.mean(axis=0)
    design = np.column_stack([source - centre, np.ones(len(source))])
    weighted = design * weights[:, None]
    # Normal equations: the points are centred, so these are as good as a decomposition of the design, and much faster.
    normal = design.T @ weighted
    least, *_, most = np.linalg.eigvalsh(normal).tolist()
    if least < (1e-3) ** 2 * most:
        return None
    solution = np.linalg.solve(normal, weighted.T @ target)
    linear = solution[:2].T
    return np.column_stack([linear, solution[2] - linear @ centre])


def _similarity(
    source: NDArray[np.floating], target: NDArray[np.floating], weights: NDArray[np.float64], *, mirrored: bool
) -> NDArray[np.float64]:
    """Weighted least-squares similarity (Umeyama 1991), mirrored or not."""
    w = weights / weights.sum()
    mean_a, mean_b = w @ source, w @ target
    centred_a, centred_b = source - mean_a, target - mean_b
    flip = np.array([1.0, -1.0]) if mirrored else np.ones(2)
    x, y = (centred_a * flip).T
    u, v = centred_b.T
    norm = max(float(w @ (x * x + y * y)), 1e-9)
    cos, sin = float(w @ (x * u + y * v)) / norm, float(w @ (x * v - y * u)) / norm
    linear = np.array([[cos, -sin], [sin, cos]]) * flip
    return np.column_stack([linear, mean_b - linear @ mean_a])


def _plausible(matrix: NDArray[np.float64]) -> bool:
    """Whether a copy could have been made this way: a moderate scale, little stretch."""
    if not np.isfinite(matrix).all():
        return False
    big, small = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return bool(small > SCALES[0] and big < SCALES[1] and big < MAX_STRETCH * small)


def _guided(
    matrix: NDArray[np.float64],
    a: Features,
    b: Features,
    variant: Variant,
    roots_a: NDArray[np.float32],
    roots_b: NDArray[np.float32],
    tree: cKDTree,
    radius: float,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Matches near where ``matrix`` sends A's keypoints, alike in descriptor and scale; each keypoint at most once."""
    moved = apply(matrix, a.points)
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    near = cKDTree(moved).sparse_distance_matrix(tree, radius * max(1.0, scale), output_type="ndarray")
    ia, ib = near["i"], near["j"]
    octaves = np.abs(np.log2(b.sizes[ib] / (a.sizes[ia] * scale)))
    kept = octaves < SCALE_TOLERANCE
    ia, ib = ia[kept], ib[kept]
    alike = np.einsum("kd,kd->k", roots_a[ia], roots_b[ib])
    kept = alike > GUIDED_SIMILARITY
    ia, ib, alike = ia[kept], ib[kept], alike[kept]
    order = np.argsort(-alike, kind="stable")
    ia, ib = ia[order], ib[order]
    first_a = np.zeros(len(ia), bool)
    first_a[np.unique(ia, return_index=True)[1]] = True
    first_b = np.zeros(len(ib), bool)
    first_b[np.unique(ib, return_index=True)[1]] = True
    both = first_a & first_b
    return ia[both], ib[both]


def _inside(points: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    height, width = shape[:2]
    x, y = points[:, 0], points[:, 1]
    return np.asarray((x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1))


def _log10_nfa(inliers: int, visible: int, tests: int, b: Features, radius: float) -> float:
    """log10 of the expected number of alignments this good between unrelated panels of the same keypoint counts.

    ``tests × P(at least this many of the visible keypoints fall near a like keypoint of B by chance)``.
    """
    area = max(1.0, float(b.luma.shape[0] * b.luma.shape[1]))
    chance = min(0.5, LOOK_ALIKE * len(b) * np.pi * radius**2 / area)
    tail = float(binom.logsf(inliers - 1, max(visible, inliers), max(chance, 1e-5)))
    # Beyond -300 nothing more is said: the logarithm itself underflows.
    return max(-300.0, float((np.log(max(tests, 1)) + tail) / np.log(10)))


def _same(one: Alignment, other: Alignment, a: Features) -> bool:
    """Whether two alignments put A's inliers within a few pixels of each other."""
    if one.variant != other.variant:
        return False
    points = a.points[one.a]
    apart = np.linalg.norm(apply(one.matrix, points) - apply(other.matrix, points), axis=1)
    return bool(np.median(apart) < 2 * GUIDED_RADIUS)
