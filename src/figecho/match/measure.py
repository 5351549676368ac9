"""What is measured of a region that may occur twice: everything that the verdict reads."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.features.texture import blur
from figecho.match.margin import BANDS, Bands, best_elsewhere, correlation, normalised_band
from figecho.match.region import WINDOW, Region, extent, residual

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Pixels of a region below which its rim is measured as well.
LEAST_CORE = 125
#: Pixels of a region's inside below which the rim belongs to it.
LEAST_INSIDE = 150
#: Side of the blocks that must agree one by one, pixels, the share of a block that must lie in the region, and the
#: correlation that counts as agreement.
BLOCK = 8
COVERED = 0.7
AGREES = 0.5
#: Energy per pixel, gray levels², that a block's grain must have to be asked at all: quantisation has as much.
LEAST_ENERGY = 0.08
#: Margin, in the second band, below which a region is given up.
LEAST_MARGIN = 0.05
#: Gaps of a region up to this are asked whether they agree as well; ring around it in which a copy must end, pixels.
GAPS = 21
RING = (4, 10)
#: Window, pixels, over which the difference of two places is taken before their ring is asked.
DIFFERENCE = 3
#: Shifts, pixels, at which a region's grain must no longer agree with itself: along an edge it still does.
SHIFTS = (3, 5, 7)


def measure(region: Region, bands: Bands) -> dict[str, float] | None:
    """The measurements of a region, by name; None where another place of the picture fits about as well.

    ``area`` : log10 of its pixels; ``votes`` : log of what the matches that proposed it weigh.
    ``exact`` : 1 where the map is one of the eight orientations without scaling, else 0.
    ``local`` : mean local correlation inside; ``rim`` : how far it falls outside the region's edge.
    ``solid`` : area over that of its convex hull.
    ``close`` : minus log10 of the root mean square difference of the two places, gray levels plus one, gaps included.
    ``ends`` : log10 of how much larger the least difference around the region is than the largest in it.

    And for the fine bands, 1 and 2:

    ``grain`` : correlation inside the region.
    ``margin`` : the same less the best at any place of the picture that is no copy.
    ``stand`` : how many standard deviations of all other places it stands out.
    ``sharp`` : the same less the best at shifts of a few pixels, which stays high along edges.
    ``faint`` : correlation over the half of the region with the weaker grain: look-alikes agree in edges only.
    ``even`` : share of small blocks that agree one by one; ``blocks`` : log of how many do.
    """
    where = _core(region)
    elsewhere = best_elsewhere(bands, region, where, LEAST_MARGIN)
    if elsewhere is None:
        return None
    values = {
        "area": float(np.log10(region.area)),
        "votes": float(np.log1p(region.votes)),
        "exact": float(is_exact(region.matrix)),
        "local": float(region.local[where].mean()),
        "rim": float(region.local[where].mean()) - _around(region),
        "solid": _solidity(region.agreeing),
        **_differences(region),
    }
    for number, (band, (other, spread)) in enumerate(zip(BANDS, elsewhere, strict=True), 1):
        x, y = normalised_band(region.warped, band), normalised_band(region.target, band)
        fit = correlation(x[where], y[where])
        values[f"grain{number}"] = fit
        values[f"margin{number}"] = fit - other
        values[f"stand{number}"] = fit / max(spread, 1e-3)
        values[f"sharp{number}"] = fit - _shifted(x, y, where)
        values[f"faint{number}"] = _faint(region, band, x, y)
        even, blocks = _blocks(region, band, where)
        values[f"even{number}"] = even
        values[f"blocks{number}"] = float(np.log1p(blocks))
    return values


def grain(region: Region) -> float:
    """Correlation of source and target over the region in the better of the two fine bands, in [-1, 1]."""
    where = _core(region)
    return max(
        correlation(normalised_band(region.warped, band)[where], normalised_band(region.target, band)[where])
        for band in BANDS
    )


def is_exact(matrix: NDArray[np.float64]) -> bool:
    """Whether a map (2, 3) is one of the eight orientations of the square, without scaling."""
    return bool(np.abs(np.abs(matrix[:, :2]) - np.round(np.abs(matrix[:, :2]))).max() < 1e-6)


def _core(region: Region) -> Mask:
    """The region without its rim and what is masked in it."""
    inside = region.agreeing & region.valid
    core = inside & (cv2.erode(region.agreeing.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    return np.asarray(core if core.sum() >= LEAST_CORE else region.agreeing)


def _differences(region: Region) -> dict[str, float]:
    """How near the gray levels of the two places are in the whole region, and how clearly that ends around it.

    A copy differs from its source by noise, everywhere in it and whatever its contrast, and ends at a line. What only
    looks alike differs in proportion to its contrast.
    """
    difference = residual(region, region.agreeing)
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (GAPS, GAPS))
    # The border is put off: closing at the crop's edge would fill up to it.
    padded = cv2.copyMakeBorder(region.agreeing.astype(np.uint8), GAPS, GAPS, GAPS, GAPS, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, ellipse)[GAPS:-GAPS, GAPS:-GAPS] > 0
    whole = extent(region)
    rms = float(np.sqrt(np.square(difference[(closed | whole) & region.valid]).mean()))
    near, wide = (cv2.dilate(whole.astype(np.uint8), np.ones((2 * step - 1,) * 2, np.uint8)) > 0 for step in RING)
    size = np.abs(cv2.blur(difference, (DIFFERENCE, DIFFERENCE)))
    inside, ring = size[whole], size[wide & ~near]
    ends = float(np.log10((np.quantile(ring, 0.25) + 1) / (np.quantile(inside, 0.75) + 1))) if len(ring) else 0.0
    return {"close": -float(np.log10(rms + 1)), "ends": ends}


def _around(region: Region) -> float:
    """Mean local correlation in a ring around the region; 1 where there is none to be seen."""
    mask = region.agreeing.astype(np.uint8)
    near, wide = (cv2.dilate(mask, np.ones((side, side), np.uint8)) > 0 for side in (WINDOW, 2 * WINDOW + 1))
    ring = wide & ~near & region.valid
    return float(region.local[ring].mean()) if ring.any() else 1.0


def _shifted(x: Plane, y: Plane, where: Mask) -> float:
    """The best correlation with the target a few pixels aside, in eight directions."""
    best = -1.0
    for step in SHIFTS:
        for dx, dy in ((1, 0), (0, 1), (1, 1), (1, -1), (-1, 0), (0, -1), (-1, -1), (-1, 1)):
            moved = np.roll(y, (dy * step, dx * step), axis=(0, 1))
            best = max(best, correlation(x[where], moved[where]))
    return best


def _faint(region: Region, band: tuple[float, float], x: Plane, y: Plane) -> float:
    """Correlation over the half of the region's inside whose grain is weaker, quantisation noise left out.

    The window of the local correlation reaches over the end of a copy where that is a strong edge, so its rim is none
    of its inside.
    """
    details = [blur(plane, band[0]) - blur(plane, band[1]) for plane in (region.warped, region.target)]
    energy = np.maximum(*(cv2.boxFilter(detail * detail, -1, (WINDOW, WINDOW)) for detail in details))
    trusted = region.agreeing & region.valid
    inner = trusted & (cv2.erode(region.agreeing.astype(np.uint8), np.ones((WINDOW - 2, WINDOW - 2), np.uint8)) > 0)
    inside = inner if inner.sum() >= LEAST_INSIDE else trusted
    weak = inside & (energy <= np.median(energy[inside])) & (energy > LEAST_ENERGY)
    return correlation(x[weak], y[weak])


def _blocks(region: Region, band: tuple[float, float], where: Mask) -> tuple[float, int]:
    """Share of the region's blocks that agree, and how many do, of those whose grain is worth asking."""
    a, b = (blur(plane, band[0]) - blur(plane, band[1]) for plane in (region.warped, region.target))
    rows, columns = (side // BLOCK * BLOCK for side in where.shape)

    def summed(values: NDArray[np.floating]) -> NDArray[np.float64]:
        cut = values[:rows, :columns].astype(np.float64)
        return np.asarray(cut.reshape(rows // BLOCK, BLOCK, columns // BLOCK, BLOCK).sum(axis=(1, 3)))

    count = summed(where.astype(np.float64))
    mean_a, mean_b = summed(a * where) / np.maximum(count, 1), summed(b * where) / np.maximum(count, 1)
    var_a = summed(a * a * where) - count * mean_a**2
    var_b = summed(b * b * where) - count * mean_b**2
    covariance = summed(a * b * where) - count * mean_a * mean_b
    asked = (count >= COVERED * BLOCK**2) & (np.maximum(var_a, var_b) > LEAST_ENERGY * count)
    agree = asked & (covariance > AGREES * np.sqrt(np.maximum(var_a * var_b, 1e-9)))
    return float(agree.sum() / max(1, int(asked.sum()))), int(agree.sum())


def _solidity(mask: Mask) -> float:
    """Area of a mask over that of its convex hull, in (0, 1]."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = float(cv2.contourArea(cv2.convexHull(max(contours, key=cv2.contourArea))))
    return min(1.0, float(mask.sum()) / max(hull, 1.0))
