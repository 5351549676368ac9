"""Letters, arrows and scale bars printed over a picture, taken away so that what lies beneath can be compared."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.match.once import once

Mask = NDArray[np.bool_]

#: Print is this close to black or white and stands out so far from what surrounds it, gray levels.
TONE, CONTRAST = 48, 90
#: Least area of a stroke, pixels, and the largest share of a panel that one stroke, and all of them, may cover.
LEAST_STROKE = 10
MOST_OF_PANEL, MOST_IN_ALL = 0.04, 0.12
#: More dark parts than this are no print but a texture.
MOST_STROKES = 60
#: Ring in which a stroke's surroundings are read, pixels from its edge.
NEAR, FAR = 2, 5
#: Pixels between a stroke's tone and its surroundings' per pixel of its outline, at most: print ends within a pixel or
#: two, bands of protein fade over several.
SOFTEST = 1.3
#: How far beyond a stroke its soft edge and JPEG's ringing are replaced as well, pixels.
HALO = 2


@once
def without_print(luma: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The panel, ``(h, w)`` uint8, with print replaced by what surrounds it; None where it shows none."""
    strokes = printed(luma) | printed(255 - luma)
    if not strokes.any() or strokes.mean() > MOST_IN_ALL:
        return None
    return np.asarray(cv2.inpaint(luma, _grown(strokes, HALO).astype(np.uint8), 3, cv2.INPAINT_TELEA), dtype=np.uint8)


def printed(luma: NDArray[np.uint8]) -> Mask:
    """Where dark print lies on a panel, ``(h, w)`` bool: nearly black parts with sharp edges."""
    strokes = np.zeros(luma.shape, bool)
    dark = (luma <= TONE).astype(np.uint8)
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    areas = statistics[:, cv2.CC_STAT_AREA]
    candidates = np.flatnonzero((areas >= LEAST_STROKE) & (areas <= MOST_OF_PANEL * luma.size) & (np.arange(count) > 0))
    if len(candidates) > MOST_STROKES:
        return strokes
    for label in candidates.tolist():
        x, y, width, height, _ = (int(value) for value in statistics[label])
        window = (slice(max(0, y - FAR), y + height + FAR), slice(max(0, x - FAR), x + width + FAR))
        stroke = labels[window] == label
        if _is_print(luma[window].astype(np.float32), stroke, dark[window] > 0):
            strokes[window] |= stroke
    return strokes


def _is_print(plane: NDArray[np.float32], stroke: Mask, dark: Mask) -> bool:
    """Whether a dark part has a sharp edge towards much lighter surroundings."""
    ring = _grown(stroke, FAR) & ~_grown(dark, NEAR)
    if not ring.any():
        return False
    tone, around = float(np.median(plane[stroke])), float(np.median(plane[ring]))
    if around - tone < CONTRAST:
        return False
    low, high = tone + 0.2 * (around - tone), tone + 0.75 * (around - tone)
    between = _grown(stroke, FAR) & (plane > low) & (plane < high)
    outline = stroke & _grown(~stroke, 1)
    return float(between.sum()) < SOFTEST * float(outline.sum())


def _grown(mask: Mask, by: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0)
