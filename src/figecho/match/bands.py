"""The bands of a blot or gel, and the alignments of two blots that their bands propose.

Bands are candidates for each other: a pair of neighbouring bands of one blot laid on a pair of the other fixes an
alignment (position, stretch along and across the lanes, small turn); all of them are scored by how many bands fall on
bands, in all four flips, without chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.match.geometry import apply, compose, invert
from figecho.match.once import once

Plane = NDArray[np.float32]
Matrix = NDArray[np.float64]

#: Shares of a blot's strongest signal at which bands are cut out as components.
LEVELS = (0.08, 0.15, 0.27, 0.45, 0.7)
#: Gray levels above the median that still belong to the ground.
GROUND_NOISE = 4.0
#: Components, cut at this share of the strongest signal, are like bands when they are so much wider than high, higher
#: than this (axes and rules are thinner), and cover no more than this share of the panel.
LIKENESS_LEVEL = 0.3
LEAST_ASPECT = 1.6
THINNEST = 3
MOST_COVERED = 0.4
#: A panel that is less like a blot than this is not searched for bands; one of so few pixels, which a single band may
#: fill, always is.
LEAST_LIKE = 0.5
SMALL_AREA = 40_000
#: A panel of more pixels is first read at half its size, and no further where that is less like a blot than this.
LARGE_AREA = 200_000
GLANCE_LIKE = 0.3
#: Standard deviation, pixels, at which wide blurs are made.
WIDE_SIGMA = 5.0
#: Difference of the two likenesses, lying and upright, from which no more is asked.
CLEARLY = 0.1
#: Bands kept per blot, largest signal first.
MOST_BANDS = 36
#: Smallest half width and half height (standard deviations) and area of a band, pixels.
LEAST_HALF = (1.5, 0.45)
LEAST_AREA = 10
#: Bands are paired with so many of the next ones along the blot.
NEIGHBOURS = 3
#: B's size over A's that is believed, the ratio of the two axes, and the turn (radians) after quarter turns.
SIZES = (0.35, 2.9)
STRETCH = 1.45
TURN = 0.16
#: Standard deviation of the log size ratio of a band and its copy, as found.
SIZE_DEVIATION = 0.25
#: What a band of A that falls on no band of B costs, as a share of what it would have been worth.
UNMATCHED = 0.3
#: Proposals that are scored, of each flip, those whose bands are most alike in size.
PROPOSALS = 500


@dataclass(frozen=True, eq=False)
class Blot:
    """A panel read as a blot: turned by a quarter where needed, so that its bands lie horizontally.

    Attributes
    ----------
    shape : (h, w) after that turn.
    bands : (n, 5) float64, each band's centre x, y, half width, half height (standard deviations, pixels) and height
        of its signal, gray levels; several rows may describe one band at different levels.
    turn : (2, 3), the panel's pixels to the turned ones.
    inverted : whether bands are brighter than the background in the panel.
    likeness : share of the signal that lies in bands, in [0, 1].
    """

    shape: tuple[int, int]
    bands: NDArray[np.float64]
    turn: Matrix
    inverted: bool
    likeness: float


@once
def read_blot(luma: NDArray[np.uint8]) -> Blot:
    """Find the bands of a panel, ``(h, w)`` uint8; none where it is unlike a blot."""
    height, width = luma.shape
    if luma.size > LARGE_AREA:
        glance = read_blot(np.asarray(cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA)))
        if glance.likeness < GLANCE_LIKE:
            return Blot((height, width), np.zeros((0, 5)), np.eye(2, 3), glance.inverted, glance.likeness)
    plane = luma.astype(np.float32)
    reach = max(10.0, 0.25 * min(height, width))
    ground = wide_blur(plane, reach)
    # Bands stand out further from the ground than anything on its other side does.
    offset = cv2.GaussianBlur(plane, (0, 0), 2.0) - ground
    bright = float(np.quantile(offset[::2, ::2], [0.01, 0.99]).sum()) > 0
    smooth = np.asarray(cv2.GaussianBlur(plane, (0, 0), 1.0), dtype=np.float32)
    lying, upright = _likeness(above_ground(smooth if bright else 255 - smooth, reach))
    if max(lying, upright) < LEAST_LIKE and luma.size > SMALL_AREA:
        return Blot((height, width), np.zeros((0, 5)), np.eye(2, 3), bright, max(lying, upright))
    # Taking away the bands' own blur as well keeps neighbours apart.
    bands = _components(np.asarray(smooth - ground if bright else ground - smooth, dtype=np.float32))
    if upright > lying + CLEARLY or (abs(upright - lying) <= CLEARLY and _upright(bands)):
        quarter = np.array([[0.0, -1.0, height - 1.0], [1.0, 0.0, 0.0]])
        bands = np.column_stack([apply(quarter, bands[:, :2]), bands[:, [3, 2, 4]]])
        return Blot((width, height), bands, quarter, bright, upright)
    return Blot((height, width), bands, np.eye(2, 3), bright, lying)


def above_ground(plane: Plane, reach: float) -> Plane:
    """Gray levels above the ground, which is a wide blur, standard deviation ``reach``, of the lower half of values."""
    low = np.minimum(plane, np.float32(np.median(plane[::2, ::2])) + GROUND_NOISE)
    return np.asarray(plane - wide_blur(low, reach), dtype=np.float32)


def wide_blur(plane: Plane, sigma: float) -> Plane:
    """Gaussian blur made at a reduced size, where a standard deviation of many pixels costs little."""
    height, width = plane.shape
    step = max(1, int(sigma / WIDE_SIGMA))
    size = (max(1, width // step), max(1, height // step))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA) if step > 1 else plane
    smooth = cv2.GaussianBlur(small, (0, 0), sigma / step)
    return np.asarray(cv2.resize(smooth, (width, height)) if step > 1 else smooth, dtype=np.float32)


def _likeness(signal: Plane) -> tuple[float, float]:
    """Share of the signal's energy in elongated components, lying and upright: near 0.9 for blots, 0.3 for cells."""
    mask = (signal > LIKENESS_LEVEL * float(np.quantile(signal[::2, ::2], 0.998))).astype(np.uint8)
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    energy = np.bincount(labels.reshape(-1), np.square(signal).reshape(-1), len(statistics))
    width, height = statistics[:, cv2.CC_STAT_WIDTH], statistics[:, cv2.CC_STAT_HEIGHT]
    band = statistics[:, cv2.CC_STAT_AREA] < MOST_COVERED * signal.size
    band &= np.minimum(width, height) > THINNEST
    band[0] = False
    total = max(float(energy.sum()), 1e-6)
    lying, upright = band & (width > LEAST_ASPECT * height), band & (height > LEAST_ASPECT * width)
    return float(energy[lying].sum()) / total, float(energy[upright].sum()) / total


def _components(signal: Plane) -> NDArray[np.float64]:
    """Bands as connected components at several levels; the same component is kept once."""
    highest = float(np.quantile(signal[::2, ::2], 0.998))
    found: list[tuple[float, ...]] = []
    if highest < 3:
        return np.zeros((0, 5))
    for level in LEVELS:
        mask = (signal > level * highest).astype(np.uint8)
        _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        order = np.argsort(-statistics[1:, cv2.CC_STAT_AREA], kind="stable")[:MOST_BANDS] + 1
        for label in order:
            x, y, width, height, area = (int(value) for value in statistics[label])
            if area < LEAST_AREA or width * height > 0.5 * signal.size:
                continue
            inside = labels[y : y + height, x : x + width] == label
            weight = np.where(inside, signal[y : y + height, x : x + width], 0.0)
            band = (*_moments(weight, x, y), float(weight.max()))
            if min(band[2] - LEAST_HALF[0], band[3] - LEAST_HALF[1]) > 0 and not _known(band, found):
                found.append(band)
    bands = np.array(found).reshape(-1, 5)
    order = np.argsort(-bands[:, 2] * bands[:, 3] * bands[:, 4], kind="stable")[:MOST_BANDS]
    return np.asarray(bands[order])


def _moments(weight: NDArray[np.floating], x: int, y: int) -> tuple[float, float, float, float]:
    """Centre and standard deviations along both axes of a weighted patch that begins at (x, y)."""
    total = float(weight.sum())
    columns, rows = weight.sum(axis=0), weight.sum(axis=1)
    along, across = np.arange(len(columns)), np.arange(len(rows))
    cx, cy = float(columns @ along) / total, float(rows @ across) / total
    sx = float(np.sqrt(columns @ np.square(along - cx) / total))
    sy = float(np.sqrt(rows @ np.square(across - cy) / total))
    return x + cx, y + cy, sx, sy


def _known(band: tuple[float, ...], found: list[tuple[float, ...]]) -> bool:
    """Whether the same component was found at another level, to a tenth of its size."""
    return any(
        abs(band[0] - other[0]) < 0.15 * other[2] + 0.5
        and abs(band[1] - other[1]) < 0.15 * other[3] + 0.5
        and abs(band[2] / other[2] - 1) < 0.12
        and abs(band[3] / other[3] - 1) < 0.12
        for other in found
    )


def _upright(bands: NDArray[np.float64]) -> bool:
    """Whether bands are higher than wide, weighted by their signal."""
    if not len(bands):
        return False
    weight = bands[:, 2] * bands[:, 3] * bands[:, 4]
    return bool(np.average(np.log(bands[:, 2] / bands[:, 3]), weights=weight) < 0)


def proposals(a: Blot, b: Blot, keep: int) -> list[Matrix]:
    """The best distinct maps (2, 3) of A onto B, both turned, by how well bands fall on bands, best first."""
    if not len(a.bands) or not len(b.bands):
        return []
    found = np.concatenate([_from_pairs(a.bands, b.bands), _from_singles(a.bands, b.bands)])
    score, moved, inside = _support(found, a, b)
    order = np.argsort(-score, kind="stable")[: 40 * keep]
    found, moved, inside = found[order], moved[order], inside[order]
    # Two maps are one where they put every band that B shows at nearly the same place.
    tolerance = np.median(b.bands[:, 2:4], axis=0) * (0.7, 1.0) + 1
    kept: list[Matrix] = []
    free = np.ones(len(found), dtype=bool)
    while free.any() and len(kept) < keep:
        best = int(free.argmax())
        kept.append(found[best])
        near = (np.abs(moved[:, inside[best]] - moved[best, inside[best]]) < tolerance).all(axis=(1, 2))
        free &= ~near
        free[best] = False
    return kept


def _from_singles(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Maps that lay one band on one band, in four flips, without a turn."""
    one, other = (index.reshape(-1) for index in np.meshgrid(np.arange(len(a)), np.arange(len(b)), indexing="ij"))
    ratio = b[other, 2:4] / a[one, 2:4]
    fits = _believable(ratio[:, 0], ratio[:, 1])
    one, other, ratio = one[fits], other[fits], ratio[fits]
    return np.concatenate([_laid(a[one, :2], b[other, :2], ratio * flip, np.zeros(len(one))) for flip in _FLIPS])


_FLIPS = tuple(np.array([x, y]) for x in (1.0, -1.0) for y in (1.0, -1.0))


def _from_pairs(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Maps that lay two bands on two bands, in four flips, with a small turn."""
    first_a, second_a = _neighbours(a)
    first_b, second_b = _neighbours(b)
    i, j = (index.reshape(-1) for index in np.meshgrid(np.arange(len(first_a)), np.arange(len(first_b)), indexing="ij"))
    found = [np.zeros((0, 2, 3))]
    for flip in _FLIPS:
        start_b, end_b = (first_b[j], second_b[j]) if flip[0] > 0 else (second_b[j], first_b[j])
        ends = (a[first_a[i]], a[second_a[i]], b[start_b], b[end_b])
        found += [_laid_pairs(*ends, flip, isotropic=isotropic) for isotropic in (True, False)]
    return np.concatenate(found)


def _neighbours(bands: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of bands, left and right, that stand beside each other and not too far apart."""
    order = np.argsort(bands[:, 0], kind="stable")
    left, right = [], []
    for position, index in enumerate(order):
        partners = 0
        for other in order[position + 1 :]:
            if bands[other, 0] - bands[index, 0] > 1.2 * (bands[index, 2] + bands[other, 2]):
                left.append(index)
                right.append(other)
                partners += 1
                if partners == NEIGHBOURS:
                    break
    return np.array(left, dtype=np.intp), np.array(right, dtype=np.intp)


def _laid_pairs(
    a1: NDArray[np.float64],
    a2: NDArray[np.float64],
    b1: NDArray[np.float64],
    b2: NDArray[np.float64],
    flip: NDArray[np.float64],
    *,
    isotropic: bool,
) -> NDArray[np.float64]:
    """Maps of pairs onto pairs; across the lanes the scale is that along them, or the ratio of the bands' heights."""
    step_a, step_b = a2[:, :2] - a1[:, :2], b2[:, :2] - b1[:, :2]
    length_b = np.hypot(step_b[:, 0], step_b[:, 1])
    if isotropic:
        across = length_b / np.hypot(step_a[:, 0], step_a[:, 1])
    else:
        across = np.sqrt(b1[:, 3] * b2[:, 3] / (a1[:, 3] * a2[:, 3]))
    along = np.sqrt(np.maximum(np.square(length_b) - np.square(across * step_a[:, 1]), 1e-9)) / step_a[:, 0]
    scale = np.column_stack([along, across]) * flip
    turned = scale * step_a
    turn = np.arctan2(step_b[:, 1], step_b[:, 0]) - np.arctan2(turned[:, 1], turned[:, 0])
    turn = (turn + np.pi) % (2 * np.pi) - np.pi
    fits = np.flatnonzero(_believable(along, across) & (np.abs(turn) < TURN))
    misfit = np.zeros(len(fits))
    for one, other in ((a1, b1), (a2, b2)):
        misfit += np.square(np.log(other[fits, 2] / one[fits, 2] / along[fits]))
        misfit += np.square(np.log(other[fits, 3] / one[fits, 3] / across[fits]))
    # Their contrasts need not be equal, but the two of a pair must keep their order of strength, roughly.
    misfit += 0.3 * np.square(np.log(b2[fits, 4] * a1[fits, 4] / (b1[fits, 4] * a2[fits, 4])))
    fits = fits[np.argsort(misfit, kind="stable")[:PROPOSALS]]
    middle_a, middle_b = 0.5 * (a1 + a2)[fits, :2], 0.5 * (b1 + b2)[fits, :2]
    return _laid(middle_a, middle_b, scale[fits], turn[fits])


def _believable(along: NDArray[np.float64], across: NDArray[np.float64]) -> NDArray[np.bool_]:
    low, high = SIZES
    inside = (np.minimum(along, across) > low) & (np.maximum(along, across) < high)
    return np.asarray(inside & (np.abs(np.log(along / across)) < np.log(STRETCH)))


def _laid(
    points_a: NDArray[np.float64], points_b: NDArray[np.float64], scale: NDArray[np.float64], turn: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Maps (k, 2, 3) that scale both axes, then turn, and lay ``points_a`` on ``points_b``."""
    cos, sin = np.cos(turn), np.sin(turn)
    linear = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2) * scale[:, None, :]
    shift = points_b - np.einsum("kij,kj->ki", linear, points_a)
    return np.concatenate([linear, shift[:, :, None]], axis=2)


def _support(
    found: NDArray[np.float64], a: Blot, b: Blot
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """How much signal of A's bands falls on bands of B of the right size, less what falls on none.

    Returns the score (k,), where A's bands come to lie (k, n, 2) and which of them B shows (k, n).
    """
    bands_a, bands_b = a.bands.astype(np.float32), b.bands.astype(np.float32)
    height, width = b.shape
    mass_a, mass_b = (np.sqrt(bands[:, 4] / bands[:, 4].max()) for bands in (bands_a, bands_b))
    shared = np.minimum(mass_a[:, None], mass_b)
    moved = np.einsum("kij,nj->kni", found[:, :, :2], a.bands[:, :2]) + found[:, None, :, 2]
    inside = (moved > 0).all(axis=2) & (moved < (width, height)).all(axis=2)
    scale = np.log(np.abs(found[:, [0, 1], [0, 1]])).astype(np.float32)
    ratio = np.log(bands_a[:, None, 2:4] / bands_b[None, :, 2:4]) / SIZE_DEVIATION
    reach = 0.5 * bands_b[:, 2:4] + 1
    score = np.zeros(len(found))
    for start in range(0, len(found), 256):
        part = slice(start, start + 256)
        cost = np.zeros((len(found[part]), len(bands_a), len(bands_b)), np.float32)
        for axis in (0, 1):
            off = (moved[part, :, axis].astype(np.float32)[:, :, None] - bands_b[:, axis]) / reach[:, axis]
            cost += np.square(off)
            cost += np.square(scale[part, axis, None, None] / SIZE_DEVIATION + ratio[..., axis])
        best = (np.exp(-0.5 * cost) * shared).max(axis=2)
        score[part] = (inside[part] * (best - UNMATCHED * mass_a)).sum(axis=1)
    return score, moved, inside


def is_blot(blot: Blot) -> bool:
    """Whether most of what a panel shows are bands."""
    return blot.likeness >= LEAST_LIKE and len(blot.bands) > 0


def on_panels(matrix: Matrix, a: Blot, b: Blot) -> Matrix:
    """A map between turned panels as the map (2, 3) between the panels themselves."""
    return compose(invert(b.turn), compose(matrix, a.turn))
