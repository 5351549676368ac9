"""Grow a proposed copy to the region that really agrees, and refine its map to the simplest one that fits.

Everything happens in a crop of the target's frame: the source is warped onto it, correlated locally, and the
connected piece of agreement that holds the seeds is the region. Where it reaches the crop's border, the crop grows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.features.texture import blur, local_variance
from figecho.match.geometry import apply, compose, invert
from figecho.match.proposals import Proposal

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Band in which regions are grown: without the shading, whose correlation says little.
BAND = (0.8, 6.0)
#: Window of the local correlation, pixels, its noise floor (gray levels²), and what counts as agreement. In a window
#: across a region's edge half the pixels agree, so this threshold puts the edge where it is.
WINDOW = 11
FLOOR = 1.0
AGREEMENT = 0.55
#: How much farther from full agreement than its seeds the firm part of a region may be.
FIRMER = 2.0
#: Pixels added around the seeds at first, and on every side where the region reaches the crop's border.
MARGIN = 40
#: Smallest region worth refining, pixels.
LEAST_AREA = 150
#: Gray levels by which places agree that were copied with a region: at least so many, and at most so many times its
#: own median; over a window of so many pixels. They are looked for so far around it, unless most of its surroundings
#: agrees, as an even ground does anywhere: then in its convex hull.
LEAST_APART, APART_RATIO, SMOOTHING, SURROUNDINGS, MOST_ALIKE = 2.5, 2.5, 5, 24, 0.3
#: Pieces of agreement are bridged over so many pixels on either side; the largest gain between the places of a copy.
BRIDGE, MOST_GAIN = 8, 1.5
#: Mean local correlation below which a region is given up before it grows.
LEAST_LOCAL = 0.65
#: Area above which a map is known well enough, pixels.
MOST_REFINED = 40_000
#: How often a crop may grow.
GROWTHS = 6
#: A simpler map is taken when its correlation is within this of the best.
SIMPLER = 0.015
#: A map is a pure shift or a turn by quarters when its linear part is this close to one.
SNAP = 0.08
#: Largest stretch of an affine refinement.
MAX_STRETCH = 1.25


@dataclass(frozen=True, eq=False)
class Region:
    """A copy at the pixel: the crop of the target's frame it was measured in, and what agrees there.

    ``matrix`` : (2, 3), source to target, panel pixels; ``origin`` : (x, y) of the crop; ``agreeing`` : (h, w) bool
    over the crop; ``local`` : (h, w) local correlation; ``warped``, ``target`` : (h, w) float32 luminance of the
    source, warped, and of the target; ``valid`` : (h, w) bool, where both may testify; ``seeds`` : (k, 2), source.
    """

    matrix: NDArray[np.float64]
    origin: tuple[int, int]
    agreeing: Mask
    local: Plane
    warped: Plane
    target: Plane
    valid: Mask
    votes: float
    seeds: NDArray[np.float64]

    @property
    def area(self) -> int:
        return int(self.agreeing.sum())


def grow(plane: Plane, usable: Mask, proposal: Proposal) -> Region | None:
    """The region of a proposal; None where nothing of any size agrees.

    Parameters
    ----------
    plane : (h, w) float32 luminance, 0–255.
    usable : (h, w) bool, where texture may testify.
    proposal : source to target. Where it enlarges, the region's map is the inverse: the finer is warped.
    """
    matrix, seeds = proposal.matrix, apply(proposal.matrix, proposal.seeds)
    if abs(np.linalg.det(matrix[:, :2])) > 1.02:
        matrix, seeds = invert(matrix), proposal.seeds
        proposal = replace(proposal, matrix=matrix, seeds=apply(proposal.matrix, proposal.seeds))
    low, high = seeds.min(axis=0) - MARGIN, seeds.max(axis=0) + MARGIN
    start = _cropped(plane, usable, matrix, low, high, proposal)
    region = _connected(start, seeds) if start is not None else None
    if region is None or region.area < LEAST_AREA:
        return None
    region = _refined(plane, usable, region, seeds, proposal)
    if float(region.local[region.agreeing].mean()) < LEAST_LOCAL:
        return None
    refined_at = region.area
    for _ in range(GROWTHS):
        low, high, grew = _wider(region, plane.shape)
        if not grew:
            break
        crop = _cropped(plane, usable, region.matrix, low, high, proposal)
        wider = _connected(crop, seeds) if crop is not None else None
        if wider is None or wider.area <= region.area:
            break
        region = wider
        # A map is not refined on less than twice the area: that would cost much and change little.
        if 2 * refined_at < region.area < MOST_REFINED:
            region = _refined(plane, usable, region, seeds, proposal)
            refined_at = region.area
    return region


def firmer(region: Region) -> Region | None:
    """The part of a region that agrees about as well as the places that proposed it; None where it is too small.

    In a periodic ground everything agrees somewhat under a shift by its period, but only a copy agrees fully.
    """
    height, width = region.local.shape
    seeds = apply(region.matrix, region.seeds)
    x, y = np.clip(np.round(seeds - region.origin).astype(int), 0, [width - 1, height - 1]).T
    level = 1 - FIRMER * (1 - float(np.median(region.local[y, x])))
    if level < AGREEMENT:
        return None
    part = _connected(replace(region, valid=region.valid & (region.local > level)), seeds)
    return replace(part, valid=region.valid) if part is not None and part.area >= LEAST_AREA else None


def _cropped(
    plane: Plane,
    usable: Mask,
    matrix: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    proposal: Proposal,
) -> Region | None:
    """Source and target in the crop between two corners, and their local correlation; None where it is too small."""
    height, width = plane.shape
    x0, y0 = np.maximum(0, np.floor(low)).astype(int)
    x1, y1 = np.minimum([width, height], np.ceil(high) + 1).astype(int)
    if min(x1 - x0, y1 - y0) < 2 * WINDOW:
        return None
    target = plane[y0:y1, x0:x1]
    to_crop = compose(np.array([[1.0, 0.0, -x0], [0.0, 1.0, -y0]]), matrix)
    size = (int(x1 - x0), int(y1 - y0))
    warped = np.asarray(
        cv2.warpAffine(plane, to_crop, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
    seen = cv2.warpAffine(usable.astype(np.uint8), to_crop, size, flags=cv2.INTER_NEAREST, borderValue=0) > 0
    valid = seen & usable[y0:y1, x0:x1]
    local = local_correlation(warped, target)
    at = (int(x0), int(y0))
    return Region(matrix, at, valid, local, warped, target, valid, proposal.votes, proposal.seeds)


def local_correlation(a: Plane, b: Plane) -> Plane:
    """Zero-mean normalised correlation in square windows of two band-passed planes, in [-1, 1]."""
    x, y = (blur(plane, BAND[0]) - blur(plane, BAND[1]) for plane in (a, b))
    window = (WINDOW, WINDOW)
    covariance = cv2.boxFilter(x * y, -1, window) - cv2.boxFilter(x, -1, window) * cv2.boxFilter(y, -1, window)
    energy = (local_variance(x, WINDOW) + FLOOR) * (local_variance(y, WINDOW) + FLOOR)
    return np.asarray(covariance / np.sqrt(energy), dtype=np.float32)


def _connected(region: Region, seeds: NDArray[np.float64]) -> Region | None:
    """The agreement that holds most seeds: without specks and thin bridges, small holes filled.

    Pieces of agreement are one region where even parts between them agree in their gray levels: such parts cannot
    correlate, but a copy has them too.
    """
    agree = ((region.local > AGREEMENT) & region.valid).astype(np.uint8)
    opened = cv2.morphologyEx(agree, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    if not opened.any():
        return None
    closed = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    near = cv2.dilate(closed, np.ones((2 * BRIDGE + 1,) * 2, np.uint8)) > 0
    joined = (closed > 0) | (_alike(region, opened > 0) & near)
    count, labels = cv2.connectedComponents(joined.astype(np.uint8), connectivity=4)
    height, width = labels.shape
    x, y = np.clip(np.round(seeds - region.origin).astype(int), 0, [width - 1, height - 1]).T
    held = labels[y, x]
    votes = np.bincount(held, minlength=count) if len(held) else np.zeros(count)
    areas = np.bincount(labels[closed > 0], minlength=count)
    votes[areas == 0] = 0
    best = int(votes.argmax()) if votes.any() else int(areas.argmax())
    return replace(region, agreeing=_filled((labels == best) & (closed > 0)))


def _alike(region: Region, where: Mask) -> Mask:
    """Where the gray levels agree about as well as they do ``where``, one gain and offset apart, (h, w) bool."""
    apart = cv2.blur(np.abs(residual(region, where)), (SMOOTHING, SMOOTHING))
    level = max(LEAST_APART, APART_RATIO * float(np.median(apart[where])))
    return np.asarray(apart < level)


def residual(region: Region, where: Mask) -> Plane:
    """Target less source, gray levels, after the gain and offset that fit best ``where``, (h, w) float32."""
    source, target = (plane[where].astype(np.float64) for plane in (region.warped, region.target))
    (variance, shared), _ = np.cov(source, target)
    gain = float(np.clip(shared / max(variance, 1e-9), 1 / MOST_GAIN, MOST_GAIN))
    offset = float(target.mean() - gain * source.mean())
    return np.asarray(region.target - gain * region.warped - offset, dtype=np.float32)


def extent(region: Region) -> Mask:
    """The region with what it lies in: even and masked parts around it whose gray levels agree as well, (h, w) bool.

    They prove nothing, so they are not measured, but they were copied with the rest. Where much of the surroundings
    agrees, it is an even ground, and only what lies between the region's parts belongs to it.
    """
    mask = region.agreeing.astype(np.uint8)
    near = _dilated(mask, SURROUNDINGS) & ~region.agreeing
    alike = _alike(region, region.agreeing) & near
    if alike.sum() > MOST_ALIKE * near.sum():
        alike &= _hull(mask)
    both = (alike | region.agreeing).astype(np.uint8)
    opened = cv2.morphologyEx(both, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    count, labels = cv2.connectedComponents(np.maximum(opened, mask), connectivity=4)
    held = np.bincount(labels[region.agreeing], minlength=count)
    held[0] = 0
    return _filled(labels == int(held.argmax()))


def _dilated(mask: NDArray[np.uint8], by: int) -> Mask:
    return np.asarray(cv2.dilate(mask, np.ones((2 * by + 1,) * 2, np.uint8)) > 0)


def _hull(mask: NDArray[np.uint8]) -> Mask:
    """The convex hull of a mask."""
    hull = cv2.convexHull(np.ascontiguousarray(np.argwhere(mask)[:, ::-1].astype(np.int32)))
    return np.asarray(cv2.fillConvexPoly(np.zeros(mask.shape, np.uint8), hull, 1) > 0)


def _filled(mask: Mask) -> Mask:
    """A mask without holes."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.zeros(mask.shape, np.uint8), contours, -1, 1, cv2.FILLED) > 0)


def _wider(region: Region, shape: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    """Corners of a wider crop, and whether the region asks for it and the picture allows it."""
    height, width = region.agreeing.shape
    x0, y0 = region.origin
    rows, columns = np.nonzero(region.agreeing.any(axis=1))[0], np.nonzero(region.agreeing.any(axis=0))[0]
    edge = WINDOW
    reach = np.array([columns[0] < edge, rows[0] < edge, columns[-1] >= width - edge, rows[-1] >= height - edge])
    room = np.array([x0 > 0, y0 > 0, x0 + width < shape[1], y0 + height < shape[0]])
    step = np.where(reach & room, max(MARGIN, max(height, width) // 2), 0)
    low = np.array([x0, y0], float) - step[:2]
    high = np.array([x0 + width - 1, y0 + height - 1], float) + step[2:]
    return low, high, bool((reach & room).any())


# ---- refinement -----------------------------------------------------------------------------------------------


def _refined(plane: Plane, usable: Mask, region: Region, seeds: NDArray[np.float64], proposal: Proposal) -> Region:
    """The region under the simplest map that fits about as well as the best: shift or quarter turn, else affine."""
    height, width = region.target.shape
    low = np.array(region.origin, float)
    high = low + np.array([width - 1, height - 1])
    best = region
    scores = [_score(region)]
    candidates = [region]
    for matrix in _better_maps(region):
        tried = _cropped(plane, usable, matrix, low, high, proposal)
        tried = _connected(tried, seeds) if tried is not None else None
        if tried is not None and tried.area >= LEAST_AREA:
            candidates.append(tried)
            scores.append(_score(tried))
    # The candidates come from the freest to the simplest.
    top = max(scores)
    for candidate, score in zip(candidates, scores, strict=True):
        if score >= top * (1 - SIMPLER):
            best = candidate
    return best


def _score(region: Region) -> float:
    """Agreement summed over the region: a better map makes it both larger and higher."""
    return float(np.maximum(region.local[region.agreeing], 0).sum())


def _better_maps(region: Region) -> list[NDArray[np.float64]]:
    """Maps near the region's, freest first: refined affine, its similarity, and the nearest exact orientation."""
    maps = []
    affine = _ecc(region)
    matrix = region.matrix
    if affine is not None:
        maps.append(affine)
        matrix = affine
    centre = _centre(region)
    there = apply(invert(matrix), centre[None])[0]
    linear = _nearest_similarity(matrix[:, :2])
    maps.append(np.column_stack([linear, centre - linear @ there]))
    snapped = np.round(linear)
    if np.abs(linear - snapped).max() < SNAP and abs(abs(np.linalg.det(snapped)) - 1) < 1e-9:
        shift = centre - snapped @ there
        maps += [np.column_stack([snapped, shift]), np.column_stack([snapped, np.round(shift)])]
    return maps


def _centre(region: Region) -> NDArray[np.float64]:
    rows, columns = np.nonzero(region.agreeing)
    return np.array([columns.mean(), rows.mean()]) + region.origin


def _nearest_similarity(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """The similarity, mirrored or not, nearest to a linear map (2, 2)."""
    u, singular, v = np.linalg.svd(linear)
    return np.asarray(singular.mean() * (u @ v), dtype=np.float64)


def _ecc(region: Region) -> NDArray[np.float64] | None:
    """An affine correction that maximises the correlation (Evangelidis and Psarakis, PAMI 2008), or None."""
    template, moving = (blur(plane, 1.0) - blur(plane, BAND[1]) for plane in (region.target, region.warped))
    mask = cv2.dilate(region.agreeing.astype(np.uint8), np.ones((5, 5), np.uint8))
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 15, 1e-3)
    try:
        _, back = cv2.findTransformECC(
            template, moving, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, criteria, mask, 1
        )
    except cv2.error:  # it did not converge: the map stays as it is
        return None
    # ECC maps the target's crop to the warped source's; the map wanted leads the other way.
    move = invert(back.astype(np.float64))
    big, small = np.linalg.svd(move[:, :2], compute_uv=False)
    if not np.isfinite(move).all() or big > MAX_STRETCH or small < 1 / MAX_STRETCH:
        return None
    shift = np.array([[1.0, 0.0, region.origin[0]], [0.0, 1.0, region.origin[1]]])
    return compose(compose(shift, compose(move, invert(shift))), region.matrix)
