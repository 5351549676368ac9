"""Matches of a picture with itself: small patches in eight orientations, and keypoints in any rotation and scale.

Patches stand on extrema of a band-passed picture, which a copy shares, and are described by their low cosine
coefficients. Turning a patch by a quarter or mirroring it only permutes these and changes signs, so each patch is
described once for all eight orientations. Keypoints are SIFT's, faint ones included.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.spatial import cKDTree

from figecho.features.sift import rootsift, spread
from figecho.features.texture import blur
from figecho.match.geometry import similarity_of
from figecho.match.nearest import VARIANTS, permutation

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Band in which patches are anchored, and the wider one in which they are described (METHOD, third study).
ANCHOR_BAND = (1.0, 2.0)
PATCH_BAND = (0.8, 6.0)
#: Half the side of a patch, pixels; cosine orders ``u + v`` up to this are kept.
HALF = 8
ORDERS = 7
#: Patches and keypoints kept, per megapixel and at most; a small picture is given as many as `SMALL` megapixels.
PATCHES, MOST_PATCHES = 14_000, 20_000
KEYPOINTS, MOST_KEYPOINTS = 14_000, 20_000
SMALL = 0.5
#: SIFT's contrast threshold: faint texture counts (METHOD, third study).
FAINT = 0.002
#: Matches kept per megapixel, the clearest: in a repetitive picture nearly every place has a partner.
MATCHES = 12_000
#: Places closer than this are the same place, pixels.
APART = 24.0
#: A match must beat the best at a third place by this ratio of distances.
RATIO = 0.92
#: Best columns looked at per row, and the distance within which two of them are one place, pixels.
CANDIDATES = 4
SAME_PLACE = 6.0
#: SIFT's pyramid takes 250 bytes per pixel: a larger picture is described in strips of so many pixels, which overlap by
#: so many rows.
STRIP, OVERLAP = 1_500_000, 96
#: Keypoints are compared as they are and mirrored: nobody inverts the contrast of a piece within its own picture.
SIDES = [variant for variant in VARIANTS if not variant.inverted]
#: Rows compared at a time: bounds the memory to rows × points × 8 bytes.
ROWS = 128


@dataclass(frozen=True, eq=False)
class SelfMatches:
    """Pairs of places of one picture that look alike, each with the similarity map that it implies.

    ``source``, ``target`` : (n, 2) float64, x right, y down; ``linear`` : (n, 2, 2) float64, source to target;
    ``weight`` : (n,) float64 in (0, 1], how far ahead of its rival the match is.
    """

    source: NDArray[np.float64]
    target: NDArray[np.float64]
    linear: NDArray[np.float64]
    weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.source)


def self_matches(luma: NDArray[np.uint8], usable: Mask) -> SelfMatches:
    """All matches of a picture with itself, of both kinds.

    Parameters
    ----------
    luma : (h, w) uint8.
    usable : (h, w) bool, where texture may testify.
    """
    area = max(SMALL, luma.size / 1e6)
    patches = patch_matches(luma, usable, int(min(MOST_PATCHES, PATCHES * area)))
    keypoints = keypoint_matches(luma, usable, int(min(MOST_KEYPOINTS, KEYPOINTS * area)))
    matches = _joined([patches, keypoints])
    clearest = np.argsort(-matches.weight, kind="stable")[: int(MATCHES * area)]
    return SelfMatches(*(getattr(matches, name)[clearest] for name in SelfMatches.__dataclass_fields__))


# ---- patches in eight orientations ----------------------------------------------------------------------------


def patch_matches(luma: NDArray[np.uint8], usable: Mask, limit: int) -> SelfMatches:
    """Matches between patches, each with one of the eight orientations of the square as its linear map."""
    plane = luma.astype(np.float32)
    points = _anchors(plane, usable, limit)
    if len(points) < 3:
        return _joined([])
    coefficients = _described(blur(plane, PATCH_BAND[0]) - blur(plane, PATCH_BAND[1]), points)
    plain = _whitened(coefficients)
    places = points.astype(np.float64)
    turned = _orientations()
    # A turned patch is the same patch with its coefficients permuted: compare the turned rows with the plain columns.
    a, b, number, weight = _nearest(plain, [plain[:, order] * sign for _, order, sign in turned], points)
    linear = np.array([orientation for orientation, _, _ in turned], np.float64)[number]
    # The column is the one that was turned, so the map found leads from it to the row.
    return SelfMatches(places[b], places[a], linear, weight)


def _anchors(plane: Plane, usable: Mask, limit: int) -> NDArray[np.float32]:
    """Extrema (n, 2) of the band-passed picture where it is usable, the strongest of every neighbourhood first."""
    band = blur(plane, ANCHOR_BAND[0]) - blur(plane, ANCHOR_BAND[1])
    kernel = np.ones((3, 3), np.uint8)
    extreme = (band >= cv2.dilate(band, kernel)) | (band <= cv2.erode(band, kernel))
    inside = np.zeros_like(usable)
    inside[HALF:-HALF, HALF:-HALF] = usable[HALF:-HALF, HALF:-HALF]
    y, x = np.nonzero(extreme & inside)
    points = np.stack([x, y], axis=1).astype(np.float32)
    return points[spread(points, np.abs(band[y, x]), plane.shape, limit)]


def _orders() -> NDArray[np.intp]:
    """Cosine orders (k, 2) of a patch, rows then columns, without the constant."""
    v, u = np.meshgrid(np.arange(ORDERS + 1), np.arange(ORDERS + 1), indexing="ij")
    kept = (u + v > 0) & (u + v <= ORDERS)
    return np.stack([v[kept], u[kept]], axis=1)


def _described(band: Plane, points: NDArray[np.float32]) -> Plane:
    """Low cosine coefficients (n, k) of the tapered patches around ``points``."""
    side = 2 * HALF + 1
    windows = np.lib.stride_tricks.sliding_window_view(band, (side, side))
    x, y = points.astype(int).T
    patches = windows[y - HALF, x - HALF]
    taper = np.hanning(side + 2)[1:-1] ** 0.5
    basis = fft.dct(np.eye(side), norm="ortho", axis=0) * taper
    orders = _orders()
    kernel = np.einsum("ki,kj->kij", basis[orders[:, 0]], basis[orders[:, 1]]).reshape(len(orders), -1)
    return np.asarray(patches.reshape(len(points), -1) @ kernel.T.astype(np.float32), dtype=np.float32)


def _orientations() -> list[tuple[list[list[int]], NDArray[np.intp], NDArray[np.float32]]]:
    """The eight orientations: linear map of coordinates, and what it does to the coefficients."""
    orders = _orders()
    index = {(v, u): position for position, (v, u) in enumerate(orders.tolist())}
    swapped = np.array([index[u, v] for v, u in orders.tolist()])
    same = np.arange(len(orders))
    found = []
    for swap in (False, True):
        for flip_x in (1, -1):
            for flip_y in (1, -1):
                # Coordinates are swapped first, then mirrored; odd orders change sign with their axis.
                sign = np.where(orders[:, 1] % 2, flip_x, 1) * np.where(orders[:, 0] % 2, flip_y, 1)
                linear = [[0, flip_x], [flip_y, 0]] if swap else [[flip_x, 0], [0, flip_y]]
                found.append((linear, swapped if swap else same, sign.astype(np.float32)))
    return found


def _whitened(coefficients: Plane) -> Plane:
    """Coefficients decorrelated over the picture and scaled to unit length.

    The covariance is averaged over the eight orientations, so that whitening commutes with them.
    """
    covariance = np.zeros((coefficients.shape[1],) * 2)
    plain = coefficients.T @ coefficients / len(coefficients)
    for _, order, sign in _orientations():
        covariance += plain[np.ix_(order, order)] * np.outer(sign, sign) / 8
    values, vectors = np.linalg.eigh(covariance)
    floor = 1e-3 * values[-1] + 1e-6
    whitener = vectors @ np.diag(1 / np.sqrt(values + floor)) @ vectors.T
    white = coefficients @ whitener.astype(np.float32)
    return np.asarray(white / (np.linalg.norm(white, axis=1, keepdims=True) + 1e-6), dtype=np.float32)


# ---- keypoints ------------------------------------------------------------------------------------------------


def keypoint_matches(luma: NDArray[np.uint8], usable: Mask, limit: int) -> SelfMatches:
    """Matches between SIFT keypoints, plain and mirrored, each with the similarity that it implies."""
    table, descriptors = _described_keypoints(luma, usable, limit)
    if len(table) < 3:
        return _joined([])
    points, sizes, angles = table[:, :2], table[:, 2], table[:, 3]
    plain = rootsift(descriptors)
    b, a, chosen, weight = _nearest(plain, [plain[:, permutation(variant)] for variant in SIDES], points)
    parts = []
    for number, variant in enumerate(SIDES):
        mine = chosen == number
        ia, ib = a[mine], b[mine]
        maps = similarity_of(points[ia], sizes[ia], angles[ia], points[ib], sizes[ib], angles[ib], variant)
        places = points.astype(np.float64)
        parts.append(SelfMatches(places[ia], places[ib], maps[:, :, :2], weight[mine]))
    return _joined(parts)


def _described_keypoints(
    luma: NDArray[np.uint8], usable: Mask, limit: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Evenly spread keypoints (n, 4): x, y, size, angle; and their SIFT descriptors (n, 128). Strip by strip."""
    sift = cv2.SIFT.create(0, 3, FAINT, 10, 1.6, cv2.CV_8U, True)
    height, width = luma.shape
    rows = max(2 * OVERLAP, STRIP // width)
    tables, descriptors = [np.zeros((0, 4), np.float32)], [np.zeros((0, 128), np.uint8)]
    for top in range(0, height, rows):
        bottom, start = min(height, top + rows), max(0, top - OVERLAP)
        strip = luma[start : bottom + OVERLAP]
        found = np.array(sift.detect(strip, None), dtype=object)
        points = np.array([keypoint.pt for keypoint in found], np.float32).reshape(-1, 2)
        points[:, 1] += start
        x, y = np.clip(np.round(points).astype(int), 0, [width - 1, height - 1]).T
        own = usable[y, x] & (y >= top) & (y < bottom)
        found, points = found[own], points[own]
        responses = np.array([keypoint.response for keypoint in found], np.float32)
        kept = found[spread(points, responses, luma.shape, limit * (bottom - top) // height)]
        if len(kept):
            keypoints, described = sift.compute(strip, kept.tolist())
            places = [(point.pt[0], point.pt[1] + start, point.size, point.angle) for point in keypoints]
            tables.append(np.array(places, np.float32))
            descriptors.append(np.asarray(described, dtype=np.uint8))
    return np.concatenate(tables), np.concatenate(descriptors)


# ---- the nearest neighbours of every place --------------------------------------------------------------------


def _nearest(
    rows: Plane, columns: list[Plane], points: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """For every point its best partners at two places, where those beat the best at a third place.

    Parameters
    ----------
    rows : (n, d) float32 of unit length.
    columns : the same descriptors in every variant, (n, d) each.
    points : (n, 2), where they stand.

    Returns
    -------
    Indices (k,) of the point, its partner, the variant, and the weight (k,) in (0, 1].
    """
    close = cKDTree(points).query_pairs(APART, output_type="ndarray")
    close = np.concatenate([close, close[:, ::-1], np.repeat(np.arange(len(points))[:, None], 2, axis=1)])
    close = close[np.argsort(close[:, 0], kind="stable")]
    found = []
    # Written over for every block: fresh pages would cost as much as the products.
    buffers = np.empty((2, min(ROWS, len(rows)), len(rows)), np.float32)
    for start in range(0, len(rows), ROWS):
        part = slice(start, min(start + ROWS, len(rows)))
        similarity, other = buffers[:, : part.stop - start]
        np.matmul(rows[part], columns[0].T, out=similarity)
        for variant in columns[1:]:
            np.maximum(similarity, np.matmul(rows[part], variant.T, out=other), out=similarity)
        low, high = np.searchsorted(close[:, 0], [part.start, part.stop])
        similarity[close[low:high, 0] - start, close[low:high, 1]] = -1.0
        found.append(_two_places(start, similarity, points))
    a, b, weight = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    variants = np.stack([np.einsum("kd,kd->k", rows[a], variant[b]) for variant in columns]).argmax(axis=0)
    return a, b, variants, weight


def _two_places(
    start: int, similarity: Plane, points: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """The best columns of each row at its two best places, and how far ahead of the third place they are."""
    rows = np.arange(len(similarity))
    columns, values = [], []
    for _ in range(CANDIDATES):
        best = similarity.argmax(axis=1)
        columns.append(best)
        values.append(similarity[rows, best].copy())
        similarity[rows, best] = -1.0
    column, value = np.stack(columns, axis=1), np.stack(values, axis=1)
    places = points[column]
    fresh = np.ones(value.shape, bool)
    for k in range(1, CANDIDATES):
        apart = np.linalg.norm(places[:, k, None] - places[:, :k], axis=-1)
        fresh[:, k] = ((apart > SAME_PLACE) | ~fresh[:, :k]).all(axis=1)
    order = fresh.cumsum(axis=1)
    distance = np.sqrt(np.maximum(2 - 2 * value, 1e-6))
    third = np.where(fresh & (order == 3), distance, np.inf).min(axis=1)
    third = np.where(np.isfinite(third), third, distance[:, -1])
    ahead = distance / third[:, None]
    row, rank = np.nonzero(fresh & (order <= 2) & (ahead < RATIO) & (value > -1))
    return start + row, column[row, rank], 1 - ahead[row, rank].astype(np.float64)


def _joined(parts: list[SelfMatches]) -> SelfMatches:
    if not parts:
        return SelfMatches(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros((0, 2, 2)), np.zeros(0))
    names = ("source", "target", "linear", "weight")
    return SelfMatches(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
