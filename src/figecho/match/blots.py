"""Is this piece of a blot a piece of that one? Alignment by bands, and what tells a copy from a look-alike.

Two different bands reach 0.9 in plain correlation, so correlation does not decide. Of a copy, one tone curve explains
what is seen in all lanes and at all scales, the ground between the bands agrees as well, and no other alignment of the
same two blots comes near. These are the measurements; `measure_blots` names them. They are read by a small model of
their own, which `benchmarks/blots/fit.py` fits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from figecho.features.texture import blur, tone_entropy
from figecho.match.bands import Blot, above_ground, is_blot, on_panels, proposals, read_blot
from figecho.match.ecc import refined
from figecho.match.frame import Frame, common_frame
from figecho.match.geometry import apply, compose, invert
from figecho.match.overprint import without_print

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
Matrix = NDArray[np.float64]

#: Proposals of the bands that are refined, and the sizes (square roots of areas, pixels) of first and last refinement.
TRIED = 8
FIRST_SIDES = (90,)
LAST_SIDES = (160, 260)
#: Differences of Gaussians in which an alignment is judged, standard deviations in pixels.
SCALES = ((0.7, 1.4), (1.4, 2.8), (2.8, 5.6), (5.6, 11.2))
#: Bins of the tone curve, equally filled.
TONES = 24
#: Share of the strongest signal from which a pixel belongs to a band, and a column to a lane.
BAND_LEVEL = 0.12
LANE_LEVEL = 0.1
#: Two peaks of signal are two lanes where it falls between them to this share of the lower one.
VALLEY = 0.6
#: Columns that a lane has at least, and the share of the widest lane's that one at the border has at least.
THINNEST_LANE = 5
CUT_OFF = 0.5
#: Explained share of a lane's signal from which the lane agrees.
LANE_AGREES = 0.8
#: Likeness to a blot from which a panel may be one whose bands letters or arrows hide.
LIKE_BENEATH_PRINT = 0.3
#: Likeness to a blot that no other kind of panel reaches without keypoints to align it by.
CLEARLY_BLOT = 0.6
#: Bits of gray-level entropy of bands: letters, scale bars and plots have 1-3.0, blots 3.8-4.7.
LEAST_TONES = 3.4
#: More lanes than this, or lanes of signal so many times higher than wide, are no blot but a grating.
MOST_LANES = 20
TALLEST = 8.0
#: Shortest side of an overlap that is measured, pixels: one band with its surroundings.
LEAST_SIDE = 12
#: Area at which rival alignments are compared, pixels.
QUICK_AREA = 12_000
#: What is measured where a blot has no alignment with the other panel that bands support.
NO_LANES = {"blot_lanes": 0.0, "blot_agreeing": 0.0}


@dataclass(frozen=True, eq=False)
class BlotAlignment:
    """Two panels read as blots and laid on each other.

    Attributes
    ----------
    matrix : (2, 3), A's panel pixels to B's.
    inverted : whether one shows bright bands and the other dark ones.
    region_a, region_b : (4, 2), outline of the lanes that agree, panel pixels; (0, 2) where none does.
    values : what was measured, by name: see `measure_blots`.
    """

    matrix: Matrix
    inverted: bool
    region_a: NDArray[np.float64]
    region_b: NDArray[np.float64]
    values: dict[str, float]


def align_blots(a: NDArray[np.uint8], b: NDArray[np.uint8], known: Matrix | None = None) -> BlotAlignment | None:
    """The best alignment of two blots, with all that was measured; None where they are no blots or nothing aligns.

    One of the two must look like a blot by itself; the other one too, unless it is too small to show more than a band.
    Where letters or arrows are printed over a blot, it is read without them as well, and the better reading counts.

    Parameters
    ----------
    a, b : (h, w) uint8, luminance.
    known : (2, 3), a map of A's pixels to B's that was found in another way, tried beside those of the bands.
    """
    as_it_is = _read_and_aligned(a, b, known)
    if max(read_blot(a).likeness, read_blot(b).likeness) < LIKE_BENEATH_PRINT:
        return as_it_is
    bare_a, bare_b = without_print(a), without_print(b)
    if bare_a is None and bare_b is None:
        return as_it_is
    bare = _read_and_aligned(a if bare_a is None else bare_a, b if bare_b is None else bare_b, known)
    return max((each for each in (bare, as_it_is) if each), key=_agreement, default=None)


def _agreement(found: BlotAlignment) -> tuple[float, float]:
    """Order between two readings of the same pair: lanes that agree, and how far the alignment stands out."""
    return found.values["blot_agreeing"], found.values["blot_margin"]


def _read_and_aligned(a: NDArray[np.uint8], b: NDArray[np.uint8], known: Matrix | None) -> BlotAlignment | None:
    smaller_first = sorted((a, b), key=lambda luma: luma.size)
    small = read_blot(smaller_first[0])
    if not len(small.bands):
        return None
    large = read_blot(smaller_first[1])
    if not is_blot(large):
        return None
    blot_a, blot_b = (small, large) if smaller_first[0] is a else (large, small)
    plain_a, plain_b = _plain(a, blot_a), _plain(b, blot_b)
    proposed = proposals(blot_a, blot_b, TRIED)
    if known is not None:
        proposed.append(compose(blot_b.turn, compose(known, invert(blot_a.turn))))
    # Rivals lie at least half a band apart.
    half_a_band = max(6.0, 1.7 * float(np.median(blot_b.bands[:, 2])))
    rivals = _tried(plain_a, plain_b, proposed, half_a_band)
    if not rivals:
        return None
    better = refined(plain_a, plain_b, rivals[0][1], LAST_SIDES)
    matrix = rivals[0][1] if better is None else better
    frame = common_frame(plain_a, plain_b, matrix, inverted=False, least=LEAST_SIDE, thinnest=LEAST_SIDE)
    if frame is None or _drawn(frame):
        return None
    values, agreeing = measure_blots(frame)
    if values["blot_lanes"] > MOST_LANES or values["blot_height"] > TALLEST * values["blot_width"]:
        return None
    values["blot_margin"] = rivals[0][0] - (rivals[1][0] if len(rivals) > 1 else 0.0)
    region_a = _on_panel(agreeing, frame.to_a, blot_a, a.shape)
    region_b = _on_panel(agreeing, frame.to_b, blot_b, b.shape)
    inverted = blot_a.inverted != blot_b.inverted
    return BlotAlignment(on_panels(matrix, blot_a, blot_b), inverted, region_a, region_b, values)


def shows_bands(luma: NDArray[np.uint8]) -> bool:
    """Whether a panel, ``(h, w)`` uint8, is clearly a blot."""
    return read_blot(luma).likeness >= CLEARLY_BLOT


def _drawn(frame: Frame) -> bool:
    """Whether what looks like bands is ink: letters and scale bars have few tones, bands fade out on all sides."""
    x, y = _signals(frame)
    where = _bands(x, y) & frame.valid
    return min(tone_entropy(plane, where) for plane in (frame.a, frame.b)) < LEAST_TONES


def _signals(frame: Frame) -> tuple[Plane, Plane]:
    """Both panels' gray levels above their ground."""
    reach = max(12.0, 0.3 * min(frame.valid.shape))
    return above_ground(frame.a, reach), above_ground(frame.b, reach)


def _on_panel(
    region: NDArray[np.float64], frame_to_turned: Matrix, blot: Blot, shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Corners in the comparison frame as corners in a panel, kept inside it."""
    corners = apply(invert(blot.turn), apply(frame_to_turned, region))
    return np.clip(corners, 0, np.array([shape[1] - 1, shape[0] - 1]))


def _plain(luma: NDArray[np.uint8], blot: Blot) -> NDArray[np.uint8]:
    """The panel turned as its blot is, its bands bright."""
    turned = np.rot90(luma, -1) if blot.turn[0, 0] == 0 else luma
    return np.ascontiguousarray(turned if blot.inverted else 255 - turned)


def _tried(
    a: NDArray[np.uint8], b: NDArray[np.uint8], proposed: list[Matrix], same: float
) -> list[tuple[float, Matrix]]:
    """The proposals after a first refinement, with their support, best first.

    Those that move the smaller panel to within ``same`` pixels of a better one's place are left out.
    """
    found: list[tuple[float, Matrix]] = []
    for proposal in proposed:
        matrix = refined(a, b, proposal, FIRST_SIDES)
        if matrix is None:
            continue
        frame = common_frame(a, b, matrix, inverted=False, area=QUICK_AREA, least=LEAST_SIDE, thinnest=LEAST_SIDE)
        if frame is not None:
            found.append((_support(frame), matrix))
    found.sort(key=lambda each: -each[0])
    apart: list[tuple[float, Matrix]] = []
    height, width = min(a, b, key=lambda luma: luma.size).shape
    grid = np.array([[x * width, y * height] for x in (0.1, 0.5, 0.9) for y in (0.1, 0.5, 0.9)])
    for support, matrix in found:
        points = grid if a.size < b.size else apply(invert(matrix), grid)
        there = apply(matrix, points)
        if not any(np.abs(apply(other, points) - there).mean() < same for _, other in apart):
            apart.append((support, matrix))
    return apart


def _support(frame: Frame) -> float:
    """Evidence for an alignment: minus the logarithm of what a tone curve leaves unexplained, per lane seen."""
    x, y = _signals(frame)
    where = _bands(x, y) & frame.valid
    if where.sum() < 50:
        return 0.0
    residual = y - _tone_curve(x, y, frame.valid)
    left = float(np.square(residual[where]).sum() / max(np.square(y[where]).sum(), 1e-6))
    return -math.log(min(left, 1.0) + 0.01) * math.sqrt(len(_lanes(np.minimum(x, y), frame.valid)))


def measure_blots(frame: Frame) -> tuple[dict[str, float], NDArray[np.float64]]:
    """What speaks for the aligned blots being one, bands bright and lying horizontally in the frame.

    Returns the measurements and the outline (4, 2) of the lanes that agree, frame pixels, (0, 2) where none does:

    ``blot_lanes`` : lanes that show a band in both; ``blot_agreeing`` : those of them that one tone curve explains.
    ``blot_fit1``-``blot_fit4`` : share of the bands' signal that the tone curve explains, fine to coarse.
    ``blot_ground1``-``blot_ground4`` : correlation of the ground between the bands in the same scales.
    ``blot_worst``, ``blot_typical`` : explained share of the worst and of the median lane.
    ``blot_margin`` (added by `align_blots`) : support of this alignment less that of its best rival.
    ``blot_width``, ``blot_height`` : size of the largest lane's signal, pixels of the coarser panel.
    """
    x, y = _signals(frame)
    where = _bands(x, y) & frame.valid
    ground = frame.valid & ~np.asarray(cv2.dilate(where.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
    toned = _tone_curve(x, y, frame.valid)
    back = _tone_curve(y, x, frame.valid)
    values: dict[str, float] = {}
    for number, (narrow, wide) in enumerate(SCALES, start=1):
        bands = [_band(plane, narrow, wide) for plane in (x, y, toned, back)]
        forth = _explained(bands[1], bands[2], where)
        values[f"blot_fit{number}"] = max(forth, _explained(bands[0], bands[3], where))
        values[f"blot_ground{number}"] = _correlation(bands[0], bands[1], ground)
    # Noise must not count against a lane.
    smooth_x, smooth_y, smooth_toned, smooth_back = (blur(plane, 1.2) for plane in (x, y, toned, back))
    shares, sizes = [], [(0.0, 0.0)]
    lanes = _lanes(np.minimum(x, y), frame.valid)
    for left, right in lanes:
        column = np.zeros_like(where)
        column[:, left:right] = where[:, left:right]
        shares.append(max(_explained(smooth_y, smooth_toned, column), _explained(smooth_x, smooth_back, column)))
        # The mask reaches two pixels beyond the band on either side.
        sizes.append((float(right - left), max(0.0, float(column.any(axis=1).sum()) - 4)))
    values["blot_lanes"] = float(len(shares))
    values["blot_width"], values["blot_height"] = max(sizes)
    values["blot_agreeing"] = float(sum(share > LANE_AGREES for share in shares))
    values["blot_worst"] = min(shares, default=0.0)
    values["blot_typical"] = float(np.median(shares)) if shares else 0.0
    agreeing = [lane for lane, share in zip(lanes, shares, strict=True) if share > LANE_AGREES]
    return values, _box(agreeing, frame.valid)


def _box(lanes: list[tuple[int, int]], valid: Mask) -> NDArray[np.float64]:
    """Corners (4, 2) of the box from the first to the last of some lanes, over all rows that both panels have."""
    if not lanes:
        return np.zeros((0, 2))
    left, right = lanes[0][0], lanes[-1][1] - 1
    rows = np.flatnonzero(valid[:, left : right + 1].any(axis=1))
    return np.array([[left, rows[0]], [right, rows[0]], [right, rows[-1]], [left, rows[-1]]], dtype=np.float64)


def _band(plane: Plane, narrow: float, wide: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), narrow) - cv2.GaussianBlur(plane, (0, 0), wide), dtype=np.float32)


def _bands(x: Plane, y: Plane) -> Mask:
    """Where either panel shows a band, and a little around it."""
    masks = []
    for plane in (x, y):
        smooth = cv2.GaussianBlur(plane, (0, 0), 1.0)
        masks.append(smooth > BAND_LEVEL * float(np.quantile(smooth, 0.998)))
    return np.asarray(cv2.dilate((masks[0] | masks[1]).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)


def _lanes(signal: Plane, valid: Mask) -> list[tuple[int, int]]:
    """Column ranges of the lanes: runs of signal, split where it falls deep enough between two peaks."""
    smooth = cv2.GaussianBlur(np.where(valid, signal, 0).astype(np.float32), (0, 0), 1.5)
    profile = smooth.max(axis=0)
    profile = np.maximum(profile - float(np.quantile(profile, 0.05)), 0.0)
    floor = LANE_LEVEL * float(profile.max(initial=0.0))
    lanes: list[tuple[int, int]] = []
    start, peak, valley, valley_at = -1, 0.0, 0.0, 0
    for column, value in enumerate([*profile.tolist(), 0.0]):
        if start < 0:
            if value > floor:
                start, peak, valley, valley_at = column, value, value, column
        elif value <= floor:
            lanes.append((start, column))
            start = -1
        elif valley < VALLEY * min(peak, value):
            lanes.append((start, valley_at))
            start, peak, valley, valley_at = valley_at, value, value, column
        elif value > peak:
            peak, valley, valley_at = value, value, column
        elif value < valley:
            valley, valley_at = value, column
    lanes = [(left, right) for left, right in lanes if right - left >= THINNEST_LANE]
    return [lane for lane in lanes if not _cut_off(lane, lanes, len(profile))]


def _cut_off(lane: tuple[int, int], lanes: list[tuple[int, int]], width: int) -> bool:
    """Whether a lane is but the edge of one that the panel's border cuts off."""
    widest = max(right - left for left, right in lanes)
    return (lane[0] == 0 or lane[1] >= width) and lane[1] - lane[0] < CUT_OFF * widest


def _tone_curve(x: Plane, y: Plane, where: Mask) -> Plane:
    """``y`` as a monotone function of ``x``: means of equally filled bins, pooled where they fall, interpolated."""
    smooth_x, smooth_y = (cv2.GaussianBlur(plane, (0, 0), 1.0) for plane in (x, y))
    # Half of the bins cover the ground, the others the bands, which are few.
    values = smooth_x[where]
    edges = np.unique(np.r_[np.quantile(values, np.linspace(0, 0.9, TONES // 2)),
                            np.linspace(np.quantile(values, 0.9), values.max(), TONES // 2)])  # fmt: skip
    if len(edges) < 3:
        return np.full_like(x, float(y[where].mean()))
    index = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    counts = np.bincount(index, minlength=len(edges) - 1)
    seen = counts > 0
    mean_x = np.bincount(index, values, len(counts))[seen] / counts[seen]
    mean_y = np.bincount(index, smooth_y[where], len(counts))[seen] / counts[seen]
    curve = isotonic_regression(mean_y, weights=counts[seen]).x
    return np.asarray(np.interp(x, mean_x, curve), dtype=np.float32)


def _explained(seen: Plane, predicted: Plane, where: Mask) -> float:
    """Share of the energy of ``seen`` that ``predicted`` explains, in [-1, 1]."""
    energy = float(np.square(seen[where]).sum())
    left = float(np.square((seen - predicted)[where]).sum())
    return max(-1.0, 1.0 - left / energy) if energy > 1e-6 else 0.0


def _correlation(x: Plane, y: Plane, where: Mask) -> float:
    if where.sum() < 100:
        return 0.0
    energy = float(np.sqrt(np.square(x[where]).sum() * np.square(y[where]).sum()))
    return float((x[where] * y[where]).sum()) / energy if energy > 1e-6 else 0.0
