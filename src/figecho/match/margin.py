"""The measure against the picture itself: does the region fit its copy better than any other place?

A repetitive texture raises its own bar: the aligned fine grain is compared with the grain at every other position of
the same picture, found by one masked correlation per band (Lewis, "Fast normalized cross-correlation", 1995).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from figecho.features.texture import blur
from figecho.match.geometry import apply, invert
from figecho.match.region import Region

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Fine bands, standard deviations of the difference of Gaussians (METHOD 7).
BANDS = ((0.6, 1.2), (1.2, 2.4))
#: Window of the local normalisation, pixels, and its floor: band energy, gray levels², that carries no evidence.
NORMALISING = 17
FLOOR = 0.15
#: Energy of a place, per pixel of the region, below which it is taken to be this: nothing fits an even area.
LEAST_OVERLAP = 0.1
#: Around a peak this much belongs to it, pixels.
PEAK = 8
#: Other places that may be copies as well: the bar is the next best after so many.
OTHER_COPIES = 2


@dataclass(frozen=True, eq=False)
class Bands:
    """Locally normalised fine bands of a whole picture, with the transforms that correlation needs."""

    planes: tuple[Plane, ...]
    spectra: tuple[NDArray[np.complex64], ...]
    energies: tuple[NDArray[np.complex64], ...]
    shape: tuple[int, int]


def bands_of(plane: Plane) -> Bands:
    """The bands of a picture, ``(h, w)`` float32 luminance, once for all its regions."""
    shape = (fft.next_fast_len(plane.shape[0], real=True), fft.next_fast_len(plane.shape[1], real=True))
    planes = tuple(normalised_band(plane, band) for band in BANDS)
    spectra = tuple(fft.rfft2(band, s=shape) for band in planes)
    energies = tuple(fft.rfft2(band * band, s=shape) for band in planes)
    return Bands(planes, spectra, energies, shape)


def normalised_band(plane: Plane, band: tuple[float, float]) -> Plane:
    """Difference of Gaussians divided by its local strength, so that an edge does not outvote the grain."""
    detail = blur(plane, band[0]) - blur(plane, band[1])
    energy = cv2.boxFilter(detail * detail, -1, (NORMALISING, NORMALISING))
    return np.asarray(detail / np.sqrt(energy + FLOOR), dtype=np.float32)


def best_elsewhere(bands: Bands, region: Region, where: Mask, least: float) -> list[tuple[float, float]] | None:
    """For each band, the correlation at the best place that is no copy, and the spread over all places.

    The warped source is laid on every position of the picture; its own place, that of its copy and up to
    `OTHER_COPIES` further places are left out. None where the coarsest band's correlation over ``where`` is not at
    least ``least`` above that.
    """
    found: list[tuple[float, float]] = []
    for number in reversed(range(len(BANDS))):
        template = normalised_band(region.warped, BANDS[number])
        fit = correlation(template[where], normalised_band(region.target, BANDS[number])[where])
        other, spread = _elsewhere(bands, number, region, template, where)
        if not found and fit - other < least:
            return None
        found.append((other, spread))
    return found[::-1]


def correlation(x: Plane, y: Plane) -> float:
    """Correlation of two planes that have no mean, over all their values; 0 where there is nothing."""
    energy = float(np.sqrt(np.square(x, dtype=np.float64).sum() * np.square(y, dtype=np.float64).sum()))
    return float(np.multiply(x, y, dtype=np.float64).sum()) / energy if energy > 1e-9 else 0.0


def _elsewhere(bands: Bands, number: int, region: Region, template: Plane, where: Mask) -> tuple[float, float]:
    """Highest correlation of a masked template elsewhere in the picture, and its standard deviation over all places."""
    rows, columns = np.nonzero(where)
    cut = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
    mask = where[cut].astype(np.float32)
    height, width = bands.planes[0].shape
    x, y = region.origin
    corner = np.array([[x + columns.min(), y + rows.min()]], dtype=np.float64)
    piece = template[cut] * mask
    overlap = fft.irfft2(np.conj(fft.rfft2(piece, s=bands.shape)) * bands.spectra[number], s=bands.shape)
    weight = fft.irfft2(np.conj(fft.rfft2(mask, s=bands.shape)) * bands.energies[number], s=bands.shape)
    energy = np.maximum(weight, LEAST_OVERLAP * float(mask.sum())) * float(np.square(piece).sum())
    plane = (overlap / np.sqrt(energy + 1e-9))[: height - mask.shape[0] + 1, : width - mask.shape[1] + 1]
    return _highest_other(plane, corner, region), float(plane.std())


def _highest_other(plane: NDArray[np.float32], corner: NDArray[np.float64], region: Region) -> float:
    plane = plane.copy()
    _blank(plane, corner[0])
    _blank(plane, apply(invert(region.matrix), corner)[0])
    for _ in range(OTHER_COPIES):
        y, x = np.unravel_index(int(plane.argmax()), plane.shape)
        _blank(plane, np.array([x, y]))
    return float(plane.max())


def _blank(plane: NDArray[np.float32], at: NDArray[np.float64]) -> None:
    x, y = np.round(at).astype(int)
    plane[max(0, y - PEAK) : max(0, y + PEAK + 1), max(0, x - PEAK) : max(0, x + PEAK + 1)] = -1.0
