"""How far two aligned panels are the same picture: local correlation, grain, detail, symmetry, and what is mere ink."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from figecho.features.texture import (
    ACTIVE,
    WINDOW,
    blur,
    contrast_levels,
    ink_mask,
    local_variance,
    median,
    modelling,
    tone_entropy,
    two_tone_share,
)
from figecho.match.frame import MIN_SIDE, Frame, Mask, Plane

#: Pixels by their flat indices: taking these is twice as fast as taking those of a mask.
Places = NDArray[np.intp]

#: Local correlation in 15 px windows that counts as agreement.
AGREEMENT = 0.6
#: Local correlation below which texture speaks against a common origin.
CONTRADICTION = 0.3
#: Standard deviations of the difference-of-Gaussians bands, fine to coarse.
BANDS = ((0.6, 1.2), (1.2, 2.4), (2.4, 4.8))
#: Noise floor of the local normalisation, gray levels: what is flatter than this carries no evidence.
FLOOR = 1.0
#: Standard deviation, gray levels, by which a tone curve is smoothed, and pixels that a level needs to have its say.
TONE_STEP = 2.0
LEAST_COUNT = 1.0
#: Share of the agreeing pixels whose detail counts as strongest.
STRONGEST = 0.02
#: A pattern that fits itself this well elsewhere in the second band is looked at in the finest, where noise differs.
LOOKS_SYMMETRIC = 0.85
#: A sparse specimen: this share of what is active looks like ink, this share of it agrees, in so many contrasts.
MOSTLY_INK = 0.4
ALL_AGREES = 0.93
MANY_CONTRASTS = 5


def measure(frame: Frame) -> tuple[dict[str, float], Mask]:
    """All measurements of an aligned pair, and the mask of texture that agrees.

    The measurements, each over the texture of either panel inside the overlap unless said otherwise:

    ``texture``, ``texture_share`` : log10 of its area in pixels, and its share of the overlap.
    ``agree_area`` : log10 of the area of the largest connected piece that agrees.
    ``agree_share`` : agreeing share of the texture.
    ``ncc``, ``ncc_local`` : correlation of the smoothed luminance, and the mean local correlation.
    ``grain1``-``grain3`` : correlation of the locally normalised bands, fine to coarse; ``core1``-``core3`` : the
    same over the agreeing texture alone.
    ``detail`` : correlation of the finest band as it is, so that its strongest details decide, once A's tones are
    B's (see `tone_matched`; so for all that is said of details); ``detail_ratio`` : its
    strength in the weaker panel over that in the stronger; ``detail2`` : correlation of the second band as it is,
    over what agrees.
    ``strongest`` : correlation over the strongest 2 % of what agrees, in the finest or the second band, whichever is
    more (repeated exposures of one scene agree in everything but this); ``structure`` : kurtosis of the finest band in
    the panel with less, 3 for mere noise.
    ``peak`` : log10 of the energy of the correlation peak at the alignment over the mean elsewhere
    (peak-to-correlation energy); ``margin`` : height of that peak less the highest elsewhere; ``symmetry`` : height of
    the highest other one as a share of it, near 1 where the pattern fits itself at other places as well.
    ``entropy``, ``levels``, ``two_tone`` : bits of gray-level entropy, number of different contrasts of isolated
    objects, and share of the variance that two gray levels explain, around the texture that agrees, in the panel with
    less: for letters and scale bars the first two are low and the third is high.
    ``modelling`` : how much round objects vary inside there (see `features.texture.modelling`), in the panel with
    less; measured where there are few contrasts.
    ``ink_share``, ``ink_area``, ``ink_agree`` : share of the overlap that is ink on a flat background, log10 of the
    area of its strokes, and the correlation inside it.
    """
    ink = ink_mask(frame.a)
    if ink.any():
        ink &= ink_mask(frame.b)
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
    count = max(1, _area(texture))
    values = {
        "texture": float(np.log10(count)),
        "texture_share": count / max(1, _area(inner)),
        "agree_area": float(np.log10(max(1, _area(largest)))),
        "agree_share": _area(agreeing & texture) / count,
        "ncc": _correlation(blur(frame.a, 1.0), blur(frame.b, 1.0), np.flatnonzero(texture)),
        "ncc_local": float(local[texture].mean()) if texture.any() else 0.0,
        "entropy": min(tone_entropy(plane, around) for plane in planes),
        "two_tone": min(two_tone_share(plane, around) for plane in planes),
        "levels": float(min(contrast_levels(_blanked(plane, around, outside)) for plane in planes)),
        "ink_share": _area(ink & inner) / max(1, _area(inner)),
        "ink_area": float(np.log10(max(1, _area(ink & active)))),
        "ink_agree": _correlation(frame.a, frame.b, np.flatnonzero(ink & inner)),
    }
    if 0 < values["levels"] < MANY_CONTRASTS:
        values["modelling"] = min(modelling(plane, around) for plane in planes)
    where = texture if count >= MIN_SIDE**2 else inner & ~ink
    core = agreeing & texture
    core = core if _area(core) >= MIN_SIDE**2 else where
    values |= _grain(planes, where, core, active & (local > AGREEMENT))
    return values, _common_region(frame.valid, active & (local < CONTRADICTION), largest)


def _grain(planes: tuple[Plane, Plane], where: Mask, core: Mask, alike: Mask) -> dict[str, float]:
    """What the bands say, fine to coarse, over three masks: all texture, its agreeing core, and all that is alike."""
    values: dict[str, float] = {}
    at_texture, at_core, at_alike = (np.flatnonzero(mask) for mask in (where, core, alike))
    sigmas = sorted({sigma for band in BANDS for sigma in band})
    blurred_a, blurred_b = ({sigma: blur(plane, sigma) for sigma in sigmas} for plane in planes)
    toned = tone_matched(*planes, alike)
    toned_a = {sigma: blur(toned, sigma) for sigma in {*BANDS[0], *BANDS[1]}}
    for number, (narrow, wide) in enumerate(BANDS, start=1):
        plain_a, plain_b = (smooth[narrow] - smooth[wide] for smooth in (blurred_a, blurred_b))
        band_a, band_b = (normalised(plain, int(4 * wide) | 1) for plain in (plain_a, plain_b))
        values[f"grain{number}"] = _correlation(band_a, band_b, at_texture)
        values[f"core{number}"] = _correlation(band_a, band_b, at_core)
        if number == 1:
            fine_a, fine_b = band_a, band_b
            values |= _detail(toned_a[narrow] - toned_a[wide], plain_b, at_texture, at_alike)
        if number == 2:
            # JPEG and noise take the finest details first, so the next band may speak for the copy.
            detail_a = toned_a[narrow] - toned_a[wide]
            values["detail2"] = _correlation(detail_a, plain_b, at_alike)
            values["strongest"] = max(values["strongest"], _strongest(detail_a, plain_b, at_alike)[0])
            values |= _peak_energy(band_a * where, band_b * where)
    if values["symmetry"] > LOOKS_SYMMETRIC:
        values["symmetry"] = min(values["symmetry"], _peak_energy(fine_a * where, fine_b * where)["symmetry"])
    return values


def tone_matched(a: Plane, b: Plane, where: Mask) -> Plane:
    """``a`` in the tones of ``b``: every gray level becomes the mean level of ``b`` at its pixels inside ``where``.

    A copy whose tones were bent, by gamma or a colour map, has the same details at other strengths; a second exposure
    has other details, and no curve makes them the same.
    """
    levels = np.clip(np.rint(a), 0, 255).astype(np.uint8)
    inside = levels[where]
    count = np.bincount(inside, minlength=256).astype(np.float32)
    total = np.bincount(inside, b[where], 256).astype(np.float32)
    count, total = (cv2.GaussianBlur(row[None], (0, 0), TONE_STEP)[0] for row in (count, total))
    known = np.flatnonzero(count > LEAST_COUNT)
    if not len(known):
        return a
    curve = np.interp(np.arange(256), known, total[known] / count[known])
    # Linear between whole levels, by tables: `np.interp` would search for the place of every pixel.
    curve, slope = curve.astype(np.float32), np.diff(curve, append=curve[-1]).astype(np.float32)
    clipped = np.clip(a, 0, 255)
    level = clipped.astype(np.uint8)
    return np.asarray(cv2.LUT(level, curve) + cv2.LUT(level, slope) * (clipped - level), dtype=np.float32)


def _detail(a: Plane, b: Plane, at_texture: Places, at_alike: Places) -> dict[str, float]:
    """What the finest band says as it is, so that its strongest details decide."""
    strongest, structure = _strongest(a, b, at_alike)
    strengths = sorted(float(plane.take(at_texture).std()) for plane in (a, b)) if len(at_texture) else [0.0, 0.0]
    return {
        "detail": _correlation(a, b, at_texture),
        "strongest": strongest,
        "structure": structure,
        "detail_ratio": strengths[0] / max(strengths[1], 1e-6),
    }


def _blanked(plane: Plane, inside: Mask, outside: Mask) -> Plane:
    """The plane with everything but a region set to its background."""
    background = median(plane[outside] if outside.any() else plane)
    return np.asarray(np.where(inside, plane, np.float32(background)), dtype=np.float32)


def _sparse_specimen(frame: Frame, local: Plane, active: Mask, ink: Mask) -> bool:
    """Whether what looks like ink in both panels is a specimen: objects of many contrasts on an even ground.

    Only where all of it agrees: plots on the same axes show some different data, and panels with the same letter and
    scale bar show few contrasts.
    """
    inked = active & ink
    if inked.sum() < MOSTLY_INK * max(1, int(active.sum())) or (local[inked] > AGREEMENT).mean() < ALL_AGREES:
        return False
    levels = (contrast_levels(np.where(frame.valid, plane, np.float32(median(plane)))) for plane in (frame.a, frame.b))
    return min(levels) >= MANY_CONTRASTS


def local_correlation(a: Plane, b: Plane, inside: Mask) -> tuple[Plane, Mask]:
    """Zero-mean normalised correlation in 15 px windows, in [-1, 1], and where either panel shows anything."""
    window = (WINDOW, WINDOW)
    x, y = (plane - np.float32(plane.mean()) for plane in (blur(a, 0.8), blur(b, 0.8)))
    var_x, var_y = local_variance(x, WINDOW), local_variance(y, WINDOW)
    active = np.maximum(var_x, var_y) > ACTIVE
    local = np.asarray(cv2.boxFilter(x * y, -1, window), dtype=np.float32)
    local -= np.multiply(cv2.boxFilter(x, -1, window), cv2.boxFilter(y, -1, window))
    var_x += FLOOR
    var_y += FLOOR
    var_x *= var_y
    local /= np.sqrt(var_x, out=var_x)
    return local, np.asarray(active & inside)


def normalised(band: Plane, window: int = 17) -> Plane:
    """Divide a band-passed plane by its local strength, so that one bright edge does not outvote the grain."""
    energy = np.asarray(cv2.boxFilter(band * band, -1, (window, window)), dtype=np.float32)
    np.maximum(energy, 0, out=energy)
    energy += 0.1 * FLOOR
    return np.divide(band, np.sqrt(energy, out=energy), out=energy)


def _correlation(a: Plane, b: Plane, at: Places) -> float:
    """Pearson correlation over some pixels; 0 where there is nothing to correlate."""
    if len(at) < 16:
        return 0.0
    x, y = a.take(at), b.take(at)
    x -= x.mean()
    y -= y.mean()
    # Sums, not BLAS products: its threads wait for each other longer than these take.
    energy = float(np.sqrt(np.square(x).sum(dtype=np.float64) * np.square(y).sum(dtype=np.float64)))
    return float((x * y).sum(dtype=np.float64)) / energy if energy > 1e-9 else 0.0


def _strongest(a: Plane, b: Plane, at: Places) -> tuple[float, float]:
    """Correlation of the strongest details, and the smaller kurtosis of the two panels' details."""
    x, y = a.take(at), b.take(at)
    if x.size < MIN_SIDE**2:
        return 0.0, 0.0
    strength = np.maximum(np.abs(x), np.abs(y))
    place = int((1 - STRONGEST) * x.size)
    top = np.flatnonzero(strength >= np.partition(strength, place)[place])
    squares = [np.square(z) for z in (x, y)]
    kurtosis = min(float(np.square(z).mean()) / max(float(z.mean()), 1e-9) ** 2 for z in squares)
    return _correlation(x, y, top), kurtosis


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
    plane = np.roll(plane, (6, 6), axis=(0, 1))
    plane /= energy
    near = plane[:13, :13].copy()
    peak = float(near[4:9, 4:9].max())
    plane[:13, :13] = 0
    elsewhere = float(np.mean(np.square(plane)))
    ratio = float(np.log10(max(peak, 0.0) ** 2 / max(elsewhere, 1e-12) + 1.0))
    left = [1 - np.abs((np.arange(side) - 6 + side // 2) % side - side // 2) / side for side in plane.shape]
    overlap = np.outer(*left).astype(np.float32)
    rival = float(np.divide(plane, overlap).max(initial=0.0, where=overlap > 0.5))
    symmetry = min(1.0, rival / peak) if peak > 1e-6 else 0.0
    return {"peak": ratio, "margin": peak - float(plane.max()), "symmetry": symmetry}


def _area(mask: Mask) -> int:
    return int(np.count_nonzero(mask))


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
