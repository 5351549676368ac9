"""Undo a false-colour map: a micrograph shown in jet or rainbow colours is brought back to the values it shows.

Luminance rises and falls along such a map, so keypoints of a gray picture and of its false-colour copy do not match;
along the map itself the values are monotone.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

#: Maps that are undone.
MAPS = (cv2.COLORMAP_JET, cv2.COLORMAP_TURBO, cv2.COLORMAP_RAINBOW, cv2.COLORMAP_HSV)
#: Maps that rise steadily in luminance and need no undoing; a part of one may lie near a part of those above.
STEADY = (
    cv2.COLORMAP_VIRIDIS, cv2.COLORMAP_PLASMA, cv2.COLORMAP_INFERNO, cv2.COLORMAP_MAGMA, cv2.COLORMAP_CIVIDIS,
    cv2.COLORMAP_PARULA, cv2.COLORMAP_HOT,
)  # fmt: skip
#: Colours are looked up on a grid of this many steps per channel.
STEPS = 32
#: Distance in RGB within which a colour lies on a map (JPEG's colour subsampling moves it), and the share of the
#: saturated pixels that must.
NEAR = 45.0
ON_MAP = 0.75
#: Saturation (largest less smallest channel) above which a pixel is coloured, and the share of coloured pixels
#: below which a picture is not in false colour.
COLOURED = 40
MOSTLY = 0.5
#: Steps of hue that must occur: a picture in one tint lies on many maps by chance.
LEAST_HUES = 2


def undo_colormap(pixels: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The values that a false-colour picture shows.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 RGB.

    Returns
    -------
    (H, W) uint8, or None where the picture is in no known colour map.
    """
    sample = pixels[:: max(1, pixels.shape[0] // 96), :: max(1, pixels.shape[1] // 96)]
    coloured = np.ptp(sample, axis=2) > COLOURED
    if coloured.mean() < MOSTLY:
        return None
    hue = cv2.cvtColor(np.ascontiguousarray(sample), cv2.COLOR_RGB2HSV)[..., 0][coloured]
    if (np.bincount(hue // 15, minlength=12) > 0.004 * hue.size).sum() < LEAST_HUES:
        return None
    distances = {each: _lookup(each)[1][_cells(sample)][coloured] for each in (*MAPS, *STEADY)}
    best = min(distances, key=lambda each: float(np.median(distances[each])))
    if best in STEADY or (distances[best] < NEAR).mean() <= ON_MAP:
        return None
    values, _ = _lookup(best)
    return np.asarray(values[_cells(pixels)], dtype=np.uint8)


def _cells(pixels: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Index of each pixel's colour in a lookup table of ``STEPS`` cubed."""
    steps = (pixels // (256 // STEPS)).astype(np.intp)
    return np.asarray((steps[..., 0] * STEPS + steps[..., 1]) * STEPS + steps[..., 2])


@lru_cache(maxsize=len(MAPS) + len(STEADY))
def _lookup(colormap: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """For every colour cell: the nearest value of a colour map, and the distance to it in RGB."""
    ramp = np.arange(256, dtype=np.uint8)[:, None]
    curve = cv2.applyColorMap(ramp, colormap)[:, 0, ::-1].astype(np.float32)
    axis = (np.arange(STEPS, dtype=np.float32) + 0.5) * (256 / STEPS)
    cells = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    square = (cells**2).sum(1)[:, None] - 2 * cells @ curve.T + (curve**2).sum(1)
    nearest = square.argmin(axis=1)
    distance = np.sqrt(np.maximum(square[np.arange(len(cells)), nearest], 0))
    return nearest.astype(np.uint8), distance.astype(np.float32)
