"""The dense check: are the aligned pictures the same, pixel by pixel, where there is something to see?

Keypoint geometry proves "not chance", which shared letters and scale bars also reach. What tells a copy is that
texture agrees over an area, down to the grain. So the finer panel is warped onto the coarser one, the alignment is
refined on blocks, ink on a flat background is set aside, and what remains is correlated locally and band by band.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from figecho.features.texture import ACTIVE, WINDOW, blur, contrast_levels, ink_mask, local_variance, tone_entropy
from figecho.match.geometry import apply, compose, invert

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Area of the comparison frame in pixels; larger overlaps are compared at a reduced size.
MAX_AREA = 360_000
#: Shorter side below which an overlap is too small to compare.
MIN_SIDE = 24
#: Area at which alignments are compared with each other before one is measured in full.
QUICK_AREA = 100_000
#: Local correlation (15 px windows, METHOD 6) that counts as agreement.
AGREEMENT = 0.6
#: Local correlation below which texture speaks against a common origin.
CONTRADICTION = 0.3
#: Standard deviations of the difference-of-Gaussians bands (METHOD 7).
BANDS = ((0.6, 1.2), (1.2, 2.4), (2.4, 4.8))
#: Noise floor of the local normalisation, gray levels: what is flatter than this carries no evidence.
FLOOR = 1.0
#: Share of the agreeing pixels whose detail counts as strongest.
STRONGEST = 0.02
#: A pattern that fits itself this well elsewhere in the second band is looked at in the finest, where noise differs.
LOOKS_SYMMETRIC = 0.85
#: A sparse specimen: this share of what is active looks like ink, this share of it agrees, in so many contrasts.
MOSTLY_INK = 0.4
ALL_AGREES = 0.93
MANY_CONTRASTS = 5


@dataclass(frozen=True, eq=False)
class Confirmation:
    """What the dense check measured.

    Attributes
    ----------
    matrix : (2, 3), the refined alignment, A's working pixels to B's.
    region : mask of the common region, in the comparison frame: the texture that agrees, with the even ground round
        it that says nothing against.
    frame_to_a, frame_to_b : (2, 3) maps from the comparison frame to working pixels.
    values : the measurements, by name (see `measure`).
    """

    matrix: NDArray[np.float64]
    region: Mask
    frame_to_a: NDArray[np.float64]
    frame_to_b: NDArray[np.float64]
    values: dict[str, float]


@dataclass(frozen=True, eq=False)
class Frame:
    """Both panels in one common frame, at the coarser one's resolution, with the area where both exist."""

    a: Plane
    b: Plane
    valid: Mask
    to_a: NDArray[np.float64]
    to_b: NDArray[np.float64]


def confirm(
    a: NDArray[np.uint8], b: NDArray[np.uint8], matrix: NDArray[np.float64], *, inverted: bool
) -> Confirmation | None:
    """Align ``a`` with ``b`` by ``matrix``, refine, and measure how far they are the same picture.

    Parameters
    ----------
    a, b : (h, w) uint8, luminance at working size.
    matrix : (2, 3), A's working pixels to B's.
    inverted : whether B shows A with its contrast inverted.

    Returns
    -------
    None where the overlap is too small to compare.
    """
    frame = common_frame(a, b, matrix, inverted=inverted)
    for _ in range(2):
        if frame is None:
            return None
        update, moved = refine(frame)
        if moved < 0.05:
            break
        matrix = compose(frame.to_b, compose(update, invert(frame.to_a)))
        frame = common_frame(a, b, matrix, inverted=inverted)
    if frame is None:
        return None
    values, region = measure(frame)
    return Confirmation(matrix, region, frame.to_a, frame.to_b, values)


def common_frame(
    a: NDArray[np.uint8],
    b: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    *,
    inverted: bool,
    area: int = MAX_AREA,
    least: int = MIN_SIDE,
) -> Frame | None:
    """Both panels over their overlap, at the resolution of the coarser; None where a side is shorter than ``least``."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    # The frame is B's grid when B is the coarser one, A's grid otherwise.
    a_to_grid = matrix if scale < 1 else np.eye(2, 3)
    b_to_grid = np.eye(2, 3) if scale < 1 else invert(matrix)
    corners = overlap_polygon(a.shape, b.shape, a_to_grid, b_to_grid)
    if corners is None:
        return None
    low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    extent = high - low + 1
    if extent.min() < least:
        return None
    zoom = min(1.0, float(np.sqrt(area / extent.prod())))
    size = np.maximum(1, np.round(extent * zoom)).astype(int)
    grid_to_frame = np.array([[zoom, 0.0, -low[0] * zoom], [0.0, zoom, -low[1] * zoom]])
    to_frame_a, to_frame_b = compose(grid_to_frame, a_to_grid), compose(grid_to_frame, b_to_grid)
    plane_a, valid_a = _warp(255 - a if inverted else a, to_frame_a, size)
    plane_b, valid_b = _warp(b, to_frame_b, size)
    valid = valid_a & valid_b
    if valid.sum() < least**2:
        return None
    return Frame(plane_a, plane_b, valid, invert(to_frame_a), invert(to_frame_b))


def overlap_polygon(
    shape_a: tuple[int, ...],
    shape_b: tuple[int, ...],
    a_to_grid: NDArray[np.float64],
    b_to_grid: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    """Corners (k, 2) of the intersection of the two panels' rectangles on a common grid, or None."""
    corners_a = apply(a_to_grid, _corners(shape_a)).astype(np.float32)
    corners_b = apply(b_to_grid, _corners(shape_b)).astype(np.float32)
    area, polygon = cv2.intersectConvexConvex(corners_a, corners_b)
    return None if area < 1 or polygon is None else np.asarray(polygon.reshape(-1, 2), dtype=np.float64)


def _corners(shape: tuple[int, ...]) -> NDArray[np.float64]:
    height, width = shape[:2]
    return np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], dtype=np.float64)


def _warp(plane: NDArray[np.uint8], to_frame: NDArray[np.float64], size: NDArray[np.int_]) -> tuple[Plane, Mask]:
    """Resample a panel into the frame, averaging first where that shrinks it; and where it covers the frame."""
    scale = float(np.sqrt(abs(np.linalg.det(to_frame[:, :2]))))
    if scale < 0.75:
        height, width = plane.shape
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        plane = np.asarray(cv2.resize(plane, small, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        zoom = np.array(small) / (width, height)
        shrink = np.column_stack([np.diag(zoom), (zoom - 1) / 2])
        to_frame = compose(to_frame, invert(shrink))
    width, height = int(size[0]), int(size[1])
    warped = cv2.warpAffine(
        plane.astype(np.float32), to_frame, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    cover = cv2.warpAffine(
        np.full(plane.shape, 255, np.uint8), to_frame, (width, height), flags=cv2.INTER_NEAREST, borderValue=0
    )
    return np.asarray(warped, dtype=np.float32), np.asarray(cover > 0)


def block_support(a: NDArray[np.uint8], b: NDArray[np.uint8], matrix: NDArray[np.float64], *, inverted: bool) -> float:
    """Quick support for an alignment: the area of blocks whose texture correlates where it should, in A's pixels."""
    frame = common_frame(a, b, matrix, inverted=inverted, area=QUICK_AREA)
    if frame is None:
        return 0.0
    _, shifts, heights = _block_shifts(frame)
    if not len(heights):
        return 0.0
    near = np.linalg.norm(shifts, axis=1) < 4
    scale = abs(float(np.linalg.det(frame.to_a[:, :2])))
    return float((np.square(heights) * near).mean()) * float(frame.valid.sum()) * scale


def refine(frame: Frame) -> tuple[NDArray[np.float64], float]:
    """Correct the alignment by the shifts of blocks, found to a fraction of a pixel by correlation.

    Returns
    -------
    update : (2, 3) map within the frame that moves A's content onto B's.
    moved : mean length of the correction in frame pixels; 0 where nothing could be measured.
    """
    update = np.eye(2, 3)
    centres, shifts, heights = _block_shifts(frame)
    trusted = heights > 0.35
    if trusted.sum() < 3:
        return update, 0.0
    centres, shifts, heights = centres[trusted], shifts[trusted], heights[trusted]
    for _ in range(4):
        residual = np.linalg.norm(centres + shifts - apply(update, centres), axis=1)
        weights = heights / (1 + np.square(residual / max(0.5, 1.5 * float(np.median(residual)))))
        update = _fit_update(centres, shifts, weights)
    moved = float(np.linalg.norm(apply(update, centres) - centres, axis=1).mean())
    return update, moved


def _block_shifts(frame: Frame) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Centres (k, 2) of blocks of the overlap, their shifts (k, 2) from A to B and the correlation there (k,)."""
    height, width = frame.valid.shape
    block = int(np.clip(min(height, width) // 3, 24, 64))
    rows = np.linspace(0, height - block, max(2, min(10, height // block + 1))).astype(int)
    columns = np.linspace(0, width - block, max(2, min(10, width // block + 1))).astype(int)
    origins = [(y, x) for y in rows for x in columns if frame.valid[y : y + block, x : x + block].mean() > 0.8]
    if not origins:
        return np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0)
    whitened_a, whitened_b = (_normalised(blur(plane, 1.0) - blur(plane, 4.0)) for plane in (frame.a, frame.b))
    taper = np.outer(np.hanning(block + 2)[1:-1], np.hanning(block + 2)[1:-1]).astype(np.float32)
    stack_a = np.stack([whitened_a[y : y + block, x : x + block] for y, x in origins]) * taper
    stack_b = np.stack([whitened_b[y : y + block, x : x + block] for y, x in origins]) * taper
    shifts, heights = _peaks(stack_a, stack_b, reach=min(10, block // 4))
    return np.array([(x, y) for y, x in origins], np.float64) + (block - 1) / 2, shifts, heights


def _fit_update(
    centres: NDArray[np.float64], shifts: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weighted affine field of shifts, drawn towards a pure shift where the blocks are few."""
    centre = np.average(centres, axis=0, weights=weights)
    offset = centres - centre
    design = np.column_stack([offset, np.ones(len(offset))])
    # The prior is worth two blocks at the typical distance: three blocks in a row cannot invent a shear.
    prior = 2 * float(np.average(weights)) * float(np.mean(np.square(offset)))
    normal = design.T @ (design * weights[:, None]) + np.diag([prior, prior, 0])
    solution = np.linalg.solve(normal, design.T @ (shifts * weights[:, None]))
    linear = np.eye(2) + solution[:2].T
    return np.column_stack([linear, centre + solution[2] - linear @ centre])


def _peaks(a: Plane, b: Plane, reach: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shift (x, y) of each block of ``b`` against ``a`` and the normalised correlation there, by FFT."""
    size = a.shape[1]
    spectrum = np.conj(fft.rfft2(a, axes=(1, 2))) * fft.rfft2(b, axes=(1, 2))
    correlation = fft.irfft2(spectrum, s=(size, size), axes=(1, 2))
    energy = np.sqrt(np.square(a).sum(axis=(1, 2)) * np.square(b).sum(axis=(1, 2))) + 1e-6
    correlation = np.roll(correlation, (reach, reach), axis=(1, 2))[:, : 2 * reach + 1, : 2 * reach + 1]
    correlation = correlation / energy[:, None, None]
    inner = correlation[:, 1:-1, 1:-1].reshape(len(a), -1)
    flat = inner.argmax(axis=1)
    y, x = np.divmod(flat, 2 * reach - 1)
    y, x = y + 1, x + 1
    index = np.arange(len(a))
    peak = correlation[index, y, x]
    dx = _vertex(correlation[index, y, x - 1], peak, correlation[index, y, x + 1])
    dy = _vertex(correlation[index, y - 1, x], peak, correlation[index, y + 1, x])
    shifts = np.stack([x - reach + dx, y - reach + dy], axis=1)
    return shifts.astype(np.float64), peak.astype(np.float64)


def _vertex(left: NDArray[Any], middle: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """Position of the vertex of a parabola through three equidistant values, in [-0.5, 0.5]."""
    curve = left - 2 * middle + right
    return np.clip(np.where(curve < 0, 0.5 * (left - right) / np.minimum(curve, -1e-9), 0.0), -0.5, 0.5)


def measure(frame: Frame) -> tuple[dict[str, float], Mask]:
    """All measurements of an aligned pair, and the mask of texture that agrees.

    The measurements, each over the texture of either panel inside the overlap unless said otherwise:

    ``texture``, ``texture_share`` : log10 of its area in pixels, and its share of the overlap.
    ``agree_area`` : log10 of the area of the largest connected piece that agrees.
    ``agree_share`` : agreeing share of the texture.
    ``ncc``, ``ncc_local`` : correlation of the smoothed luminance, and the mean local correlation.
    ``grain1``-``grain3`` : correlation of the locally normalised bands, fine to coarse; ``core1``-``core3`` : the
    same over the agreeing texture alone.
    ``detail`` : correlation of the finest band as it is, so that its strongest details decide; ``detail_ratio`` : its
    strength in the weaker panel over that in the stronger; ``detail2`` : correlation of the second band as it is,
    over what agrees.
    ``strongest`` : correlation over the strongest 2 % of what agrees, in the finest or the second band, whichever is
    more (repeated exposures of one scene agree in everything but this); ``structure`` : kurtosis of the finest band in
    the panel with less, 3 for mere noise.
    ``peak`` : log10 of the energy of the correlation peak at the alignment over the mean elsewhere
    (peak-to-correlation energy); ``margin`` : height of that peak less the highest elsewhere; ``symmetry`` : height of
    the highest other one as a share of it, near 1 where the pattern fits itself at other places as well.
    ``entropy``, ``levels`` : bits of gray-level entropy, and number of different contrasts of isolated objects,
    around the texture that agrees, in the panel with less: both are low for letters and scale bars.
    ``ink_share``, ``ink_area``, ``ink_agree`` : share of the overlap that is ink on a flat background, log10 of the
    area of its strokes, and the correlation inside it.
    """
    ink = ink_mask(frame.a) & ink_mask(frame.b)
    inner = np.asarray(cv2.erode(frame.valid.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
    local, active = local_correlation(frame.a, frame.b, inner)
    if _sparse_specimen(frame, local, active, ink):
        ink = np.zeros_like(ink)
    texture = active & ~ink
    agreeing = _solid(texture & (local > AGREEMENT))
    largest = _largest(agreeing)
    around = np.asarray(cv2.dilate(agreeing.astype(np.uint8), np.ones((WINDOW, WINDOW), np.uint8)) > 0)
    outside = frame.valid & ~around
    planes = (frame.a, frame.b)
    count = max(1, int(texture.sum()))
    values = {
        "texture": float(np.log10(count)),
        "texture_share": count / max(1, int(inner.sum())),
        "agree_area": float(np.log10(max(1, int(largest.sum())))),
        "agree_share": float((agreeing & texture).sum() / count),
        "ncc": _correlation(blur(frame.a, 1.0), blur(frame.b, 1.0), texture),
        "ncc_local": float(local[texture].mean()) if texture.any() else 0.0,
        "entropy": min(tone_entropy(plane, around) for plane in planes),
        "levels": float(min(contrast_levels(_blanked(plane, around, outside)) for plane in planes)),
        "ink_share": float((ink & inner).sum() / max(1, int(inner.sum()))),
        "ink_area": float(np.log10(max(1, int((ink & active).sum())))),
        "ink_agree": _correlation(frame.a, frame.b, ink & inner),
    }
    where = texture if texture.sum() >= MIN_SIDE**2 else inner & ~ink
    alike = active & (local > AGREEMENT)
    core = agreeing & texture if (agreeing & texture).sum() >= MIN_SIDE**2 else where
    blurred = [
        {sigma: blur(plane, sigma) for sigma in sorted({s for band in BANDS for s in band})}
        for plane in (frame.a, frame.b)
    ]
    for number, (narrow, wide) in enumerate(BANDS, start=1):
        plain_a, plain_b = (smooth[narrow] - smooth[wide] for smooth in blurred)
        band_a, band_b = (_normalised(plain, int(4 * wide) | 1) for plain in (plain_a, plain_b))
        values[f"grain{number}"] = _correlation(band_a, band_b, where)
        values[f"core{number}"] = _correlation(band_a, band_b, core)
        if number == 1:
            fine = (band_a * where, band_b * where)
            values |= _detail(plain_a, plain_b, where, alike)
        if number == 2:
            # JPEG and noise take the finest details first, so the next band may speak for the copy.
            values["detail2"] = _correlation(plain_a, plain_b, alike)
            values["strongest"] = max(values["strongest"], _strongest(plain_a, plain_b, alike)[0])
            values |= _peak_energy(band_a * where, band_b * where)
    if values["symmetry"] > LOOKS_SYMMETRIC:
        values["symmetry"] = min(values["symmetry"], _peak_energy(*fine)["symmetry"])
    return values, _common_region(frame.valid, active & (local < CONTRADICTION), largest)


def _detail(a: Plane, b: Plane, where: Mask, alike: Mask) -> dict[str, float]:
    """What the finest band says as it is, so that its strongest details decide."""
    strongest, structure = _strongest(a, b, alike)
    strengths = sorted(float(plane[where].std()) for plane in (a, b)) if where.any() else [0.0, 0.0]
    return {
        "detail": _correlation(a, b, where),
        "strongest": strongest,
        "structure": structure,
        "detail_ratio": strengths[0] / max(strengths[1], 1e-6),
    }


def _blanked(plane: Plane, inside: Mask, outside: Mask) -> Plane:
    """The plane with everything but a region set to its background."""
    background = np.median(plane[outside]) if outside.any() else np.median(plane)
    return np.asarray(np.where(inside, plane, background), dtype=np.float32)


def _sparse_specimen(frame: Frame, local: Plane, active: Mask, ink: Mask) -> bool:
    """Whether what looks like ink in both panels is a specimen: objects of many contrasts on an even ground.

    Only where all of it agrees: plots on the same axes show some different data, and panels with the same letter and
    scale bar show few contrasts.
    """
    inked = active & ink
    if inked.sum() < MOSTLY_INK * max(1, int(active.sum())) or (local[inked] > AGREEMENT).mean() < ALL_AGREES:
        return False
    levels = (contrast_levels(np.where(frame.valid, plane, np.median(plane))) for plane in (frame.a, frame.b))
    return min(levels) >= MANY_CONTRASTS


def local_correlation(a: Plane, b: Plane, inside: Mask) -> tuple[Plane, Mask]:
    """Zero-mean normalised correlation in 15 px windows, in [-1, 1], and where either panel shows anything."""
    x, y = blur(a, 0.8), blur(b, 0.8)
    x, y = x - np.float32(x.mean()), y - np.float32(y.mean())
    window = (WINDOW, WINDOW)
    mean_x, mean_y = cv2.boxFilter(x, -1, window), cv2.boxFilter(y, -1, window)
    var_x, var_y = local_variance(x, WINDOW), local_variance(y, WINDOW)
    local = (cv2.boxFilter(x * y, -1, window) - mean_x * mean_y) / np.sqrt((var_x + FLOOR) * (var_y + FLOOR))
    active = np.maximum(var_x, var_y) > ACTIVE
    return np.asarray(local, dtype=np.float32), np.asarray(active & inside)


def _normalised(band: Plane, window: int = 17) -> Plane:
    """Divide a band-passed plane by its local strength, so that one bright edge does not outvote the grain."""
    energy = cv2.boxFilter(band * band, -1, (window, window))
    return np.asarray(band / np.sqrt(np.maximum(energy, 0) + 0.1 * FLOOR), dtype=np.float32)


def _correlation(a: NDArray[Any], b: NDArray[Any], where: Mask) -> float:
    """Pearson correlation over a mask; 0 where there is nothing to correlate."""
    if where.sum() < 16:
        return 0.0
    x, y = a[where], b[where]
    x, y = x - x.mean(), y - y.mean()
    # Sums, not BLAS products: its threads wait for each other longer than these take.
    energy = float(np.sqrt(np.square(x).sum(dtype=np.float64) * np.square(y).sum(dtype=np.float64)))
    return float((x * y).sum(dtype=np.float64)) / energy if energy > 1e-9 else 0.0


def _strongest(a: Plane, b: Plane, where: Mask) -> tuple[float, float]:
    """Correlation of the strongest details, and the smaller kurtosis of the two panels' details."""
    x, y = a[where], b[where]
    if x.size < MIN_SIDE**2:
        return 0.0, 0.0
    strength = np.maximum(np.abs(x), np.abs(y))
    place = int((1 - STRONGEST) * x.size)
    top = strength >= np.partition(strength, place)[place]
    squares = [np.square(z) for z in (x, y)]
    kurtosis = min(float(np.square(z).mean()) / max(float(z.mean()), 1e-9) ** 2 for z in squares)
    return _correlation(x[top], y[top], np.ones(int(top.sum()), dtype=bool)), kurtosis


def _peak_energy(a: Plane, b: Plane) -> dict[str, float]:
    """How far the correlation at the alignment stands out of that at all other shifts of the same two pictures.

    Peak-to-correlation energy as in sensor forensics (Goljan, Fridrich, Filler, "Large scale test of sensor
    fingerprint camera identification", SPIE 2009), log10; the peak less the highest other one, normalised; and the
    highest other one as a share of the peak, each per pixel of its overlap, among shifts that keep half of the area.
    """
    shape = [fft.next_fast_len(side, real=True) for side in a.shape]
    spectrum = np.conj(fft.rfft2(a, s=shape)) * fft.rfft2(b, s=shape)
    plane = fft.irfft2(spectrum, s=shape)
    energy = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    if energy < 1e-9:
        return {"peak": 0.0, "margin": 0.0, "symmetry": 0.0}
    plane = np.roll(plane, (6, 6), axis=(0, 1)) / energy
    near = plane[:13, :13].copy()
    peak = float(near[4:9, 4:9].max())
    plane[:13, :13] = 0
    elsewhere = float(np.mean(np.square(plane)))
    ratio = float(np.log10(max(peak, 0.0) ** 2 / max(elsewhere, 1e-12) + 1.0))
    left = [1 - np.abs((np.arange(side) - 6 + side // 2) % side - side // 2) / side for side in plane.shape]
    overlap = np.outer(*left)
    rival = float((plane / np.maximum(overlap, 0.5)).max(initial=0.0, where=overlap > 0.5))
    symmetry = min(1.0, rival / peak) if peak > 1e-6 else 0.0
    return {"peak": ratio, "margin": peak - float(plane.max()), "symmetry": symmetry}


def _solid(mask: Mask) -> Mask:
    """The mask without specks and thin lines."""
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)) > 0)


def _common_region(valid: Mask, contrary: Mask, agreeing: Mask) -> Mask:
    """The connected part of the overlap that holds the agreeing texture and no solid piece that contradicts it."""
    # Narrow bridges between marks that contradict do not join two regions.
    bridge = np.ones((WINDOW, WINDOW), np.uint8)
    free = cv2.morphologyEx((valid & ~_solid(contrary)).astype(np.uint8), cv2.MORPH_OPEN, bridge)
    _, labels = cv2.connectedComponents(free, connectivity=4)
    inside = labels[agreeing & (free > 0)]
    if not inside.size:
        return agreeing
    return np.asarray((labels == np.bincount(inside).argmax()) | agreeing)


def _largest(mask: Mask) -> Mask:
    """The largest connected component after bridging small gaps."""
    bridged = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((WINDOW, WINDOW), np.uint8))
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(bridged, connectivity=8)
    if count < 2:
        return np.zeros_like(mask)
    return np.asarray((labels == 1 + int(statistics[1:, cv2.CC_STAT_AREA].argmax())) & (mask | (bridged > 0)))
