"""Where a picture may testify of copies: not in text, lines, silhouettes, saturated or flat areas.

Letters, arrows, axes and legends are repeated by design, and so is everything that is drawn rather than photographed.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.features.texture import WINDOW, blur, ink_mask, local_variance

Mask = NDArray[np.bool_]

#: Variance in `WINDOW` above which there is something to see, gray levels².
LEAST_VARIANCE = 1.0
#: Variance of the finest band (σ 0.6 less σ 1.2) in `WINDOW` above which there is grain, gray levels².
LEAST_GRAIN = 0.1
#: Letters and lines over a picture: their width and least area, and how far their soft edge and JPEG's ringing reach,
#: pixels; how bright they are (dark ones: how far below white) and their contrast to what is around them, gray levels;
#: black and white need less contrast.
STROKE, LEAST_STROKE, INK_HALO = 13, 12, 4
INK_TONE, INK_CONTRAST = 215, 50
PURE_TONE, PURE_CONTRAST = 243, 20
#: Margin around what is masked: the soft edge of a stroke, pixels.
SOFT_EDGE = 2
#: Levels at the ends of the range that count as saturated.
DARKEST, BRIGHTEST = 1, 254


def usable_mask(luma: NDArray[np.uint8]) -> Mask:
    """(h, w) bool: texture that is neither ink on a flat ground, nor saturated, nor of one exact gray level."""
    plane = luma.astype(np.float32)
    textured = local_variance(blur(plane, 0.8), WINDOW) > LEAST_VARIANCE
    return np.asarray(textured & ~ink_mask(plane) & ~drawn(luma) & ~annotation(luma))


def drawn(luma: NDArray[np.uint8]) -> Mask:
    """Saturated pixels and areas of one exact gray level, with their soft edges: drawn, clipped or filled."""
    kernel = np.ones((3, 3), np.uint8)
    even = cv2.dilate(luma, kernel) == cv2.erode(luma, kernel)
    clipped = (luma <= DARKEST) | (luma >= BRIGHTEST)
    clipped = cv2.morphologyEx(clipped.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) > 0
    side = 2 * SOFT_EDGE + 1
    return np.asarray(cv2.dilate((even | clipped).astype(np.uint8), np.ones((side, side), np.uint8)) > 0)


def annotation(luma: NDArray[np.uint8]) -> Mask:
    """Letters, arrows and scale bars on top of a picture: thin, high in contrast, of one very dark or bright tone.

    The same letter is the same to the pixel wherever it stands, as a copy would be.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (STROKE, STROKE))
    found = np.zeros(luma.shape, bool)
    for operation, tone in ((cv2.MORPH_TOPHAT, luma), (cv2.MORPH_BLACKHAT, 255 - luma)):
        contrast = cv2.morphologyEx(luma, operation, kernel)
        clear, pure = (contrast > INK_CONTRAST) & (tone >= INK_TONE), (contrast > PURE_CONTRAST) & (tone >= PURE_TONE)
        strokes = (clear | pure).astype(np.uint8)
        _, labels, statistics, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
        large = statistics[:, cv2.CC_STAT_AREA] >= LEAST_STROKE
        large[0] = False
        found |= large[labels]
    side = 2 * INK_HALO + 1
    return np.asarray(cv2.dilate(found.astype(np.uint8), np.ones((side, side), np.uint8)) > 0)


def grain_share(luma: NDArray[np.uint8], usable: Mask) -> float:
    """Share of the usable pixels that carry fine grain, in [0, 1]: what smoothing and strong compression take away."""
    plane = luma.astype(np.float32)
    fine = blur(plane, 0.6) - blur(plane, 1.2)
    grainy = local_variance(fine, WINDOW) > LEAST_GRAIN
    return float((grainy & usable).sum() / max(1, int(usable.sum())))
