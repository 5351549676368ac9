"""Alignments where keypoints fail: blots, gels, smooth or blurred cells.

Small copies of both panels are correlated over all shifts, eight orientations and a few scales, counting only where
both exist (Padfield, "Masked object registration in the Fourier domain", IEEE TIP 2012). The best few are refined
with the enhanced correlation coefficient (Evangelidis and Psarakis, PAMI 2008). The dense check then decides, as it
does for alignments that keypoints propose.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from figecho.match.ecc import refined, shrunk
from figecho.match.geometry import compose, invert

Plane = NDArray[np.float32]

#: The small copies are about this many pixels squared in area, and no longer than so many pixels.
SMALL_SIDE = 112
LONGEST = 320
#: B's size over A's that are tried; refinement covers what lies between.
SCALES = (0.5, 0.63, 0.8, 1.0, 1.25, 1.6, 2.0)
#: Smallest overlap, as a share of the smaller of the two small copies.
LEAST_OVERLAP = 0.25
#: Standard deviation of the background that is taken away before correlating, small pixels.
BACKGROUND = 10.0
#: Correlation below which a peak is not worth refining.
LEAST_CORRELATION = 0.45
#: Square root of the area at which a peak is refined, pixels.
REFINED_SIDE = 240
#: A peak this near to a better one of the same orientation, in small pixels, is the same alignment.
APART = 6.0
#: Quarter turns, and whether mirrored: the four orientations that keep a plane's sides, and the four that swap them.
ORIENTATIONS = tuple(
    tuple((quarter, mirrored) for quarter in quarters for mirrored in (False, True)) for quarters in ((0, 2), (1, 3))
)


@dataclass(frozen=True)
class _Peak:
    correlation: float
    matrix: NDArray[np.float64]


def coarse_alignments(a: NDArray[np.uint8], b: NDArray[np.uint8], keep: int) -> list[NDArray[np.float64]]:
    """Maps of A onto B (2, 3), working pixels, that make the small copies correlate, best first.

    Parameters
    ----------
    a, b : (h, w) uint8.
    keep : how many to return at most.
    """
    zoom = min(_zoom(a.shape, SMALL_SIDE), _zoom(b.shape, SMALL_SIDE))
    small_b, to_small_b = shrunk(b, zoom)
    high_b = _high_pass(small_b)
    peaks: list[_Peak] = []
    for scale in SCALES:
        small_a, to_small_a = shrunk(a, zoom * scale)
        if min(small_a.shape) < 8 or max(small_a.shape) > 2 * LONGEST:
            continue
        high_a = _high_pass(small_a)
        for of_one_shape in ORIENTATIONS:
            fixed: _Fixed | None = None
            for quarter, mirrored in of_one_shape:
                turned, turn = _turned(high_a, quarter, mirrored)
                fixed = fixed or _Fixed.of(high_b, turned.shape)
                correlation, (dx, dy) = fixed.best_shift(turned)
                shift = np.array([[1.0, 0.0, dx], [0.0, 1.0, dy]])
                matrix = compose(invert(to_small_b), compose(shift, compose(turn, to_small_a)))
                peaks.append(_Peak(correlation, matrix))
    peaks.sort(key=lambda peak: -peak.correlation)
    kept: list[NDArray[np.float64]] = []
    for peak in peaks[: 3 * keep]:
        if peak.correlation < LEAST_CORRELATION or len(kept) == keep:
            break
        better = refined(a, b, peak.matrix, (SMALL_SIDE, REFINED_SIDE), LONGEST)
        if better is not None and not any(np.abs(better - other).max() < APART / zoom for other in kept):
            kept.append(better)
    return kept


def _high_pass(plane: Plane) -> Plane:
    """Without the background, so that illumination does not correlate; values are zero-mean."""
    high = plane - cv2.GaussianBlur(plane, (0, 0), BACKGROUND)
    return np.asarray(high - high.mean(), dtype=np.float32)


def _turned(plane: Plane, quarter: int, mirrored: bool) -> tuple[Plane, NDArray[np.float64]]:
    """``plane`` mirrored left to right and then turned by quarters clockwise, and the map that does it."""
    matrix = np.eye(2, 3)
    if mirrored:
        plane = plane[:, ::-1]
        matrix = np.array([[-1.0, 0.0, plane.shape[1] - 1.0], [0.0, 1.0, 0.0]])
    for _ in range(quarter):
        matrix = compose(np.array([[0.0, -1.0, plane.shape[0] - 1.0], [1.0, 0.0, 0.0]]), matrix)
        plane = np.rot90(plane, -1)
    return np.ascontiguousarray(plane), matrix


def _zoom(shape: tuple[int, ...], side: int) -> float:
    """Zoom that gives a panel an area of ``side`` squared, but no side beyond `LONGEST`."""
    return min(side / float(np.sqrt(shape[0] * shape[1])), LONGEST / max(shape))


def _padded(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, int]:
    """FFT size in which two planes can be shifted past each other without wrapping."""
    rows, columns = (int(fft.next_fast_len(one[axis] + other[axis], real=True)) for axis in (0, 1))
    return rows, columns


@dataclass(frozen=True, eq=False)
class _Fixed:
    """A plane ready to be correlated with others of one shape over all shifts; those below zero stand at the end.

    ``spectrum`` is that of the plane, ``overlap`` how many pixels both share at each shift, ``weight`` what the
    correlation there is multiplied with, but for the other plane's energy; ``rows`` and ``columns``, (2, n), are where
    the other plane is covered, first and last (exclusive).
    """

    shape: tuple[int, ...]
    size: tuple[int, int]
    spectrum: NDArray[np.complex64]
    overlap: Plane
    weight: Plane
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]

    @classmethod
    def of(cls, plane: Plane, other: tuple[int, ...]) -> _Fixed:
        """Overlaps too small to say anything weigh nothing; a small one, which correlates by chance, weighs less."""
        size = _padded(plane.shape, other)
        (rows, other_rows), (columns, other_columns) = (
            _covered(plane.shape[axis], other[axis], size[axis]) for axis in (0, 1)
        )
        shared = np.multiply.outer(rows[1] - rows[0], columns[1] - columns[0]).astype(np.float32)
        least = LEAST_OVERLAP * min(plane.size, other[0] * other[1])
        overlap = np.maximum(shared, 1.0)
        weight = np.sqrt(np.minimum(1.0, shared / np.float32(2 * least))) * (shared > least)
        weight /= np.sqrt(_energy(plane, rows, columns) + overlap)
        return cls(plane.shape, size, fft.rfft2(plane, s=size), overlap, weight, other_rows, other_columns)

    def best_shift(self, other: Plane) -> tuple[float, tuple[int, int]]:
        """Highest normalised correlation over shifts of ``other`` with enough overlap, and that shift (x, y)."""
        moving = fft.rfft2(other, s=self.size)
        correlation = fft.irfft2(np.conj(moving) * self.spectrum, s=self.size)
        # One gray level of noise per pixel keeps flat overlaps from correlating.
        correlation *= self.weight
        correlation /= np.sqrt(_energy(other, self.rows, self.columns) + self.overlap)
        y, x = divmod(int(correlation.argmax()), self.size[1])
        shift = (x if x < self.shape[1] else x - self.size[1], y if y < self.shape[0] else y - self.size[0])
        return float(correlation[y, x]), shift


def _covered(length: int, other: int, size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """What two lines cover of each other, (2, size) each, when the second is laid on the first at each shift."""
    shift = np.arange(size)
    shift[shift >= length] -= size
    first = np.clip([shift, shift + other], 0, length)
    return first, np.clip(first - shift, 0, other)


def _energy(plane: Plane, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Plane:
    """Sum of a plane's squares over every pair of a range of rows and one of columns."""
    total = cv2.integral(np.square(plane), sdepth=cv2.CV_64F)
    within_rows = total[rows[1]] - total[rows[0]]
    return np.asarray(within_rows[:, columns[1]] - within_rows[:, columns[0]], dtype=np.float32)
