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
#: Strokes that fill more than this of the windows around them, pixels, are texture: stripes, grass, grains.
CROWD, MOST_CROWDED = 41, 0.25
#: Difference of the largest and the smallest channel that makes a colour vivid, and the share of vivid pixels above
#: which the picture itself is coloured.
VIVID, MOST_VIVID = 90, 0.3
#: Window whose median is the ground, pixels, and the gray level from which a ground is paper.
GROUND, PAPER = 31, 200
#: Margin around what is masked: the soft edge of a stroke, pixels.
SOFT_EDGE = 2
#: Levels at the ends of the range that count as saturated.
DARKEST, BRIGHTEST = 1, 254


def usable_mask(luma: NDArray[np.uint8], pixels: NDArray[np.uint8] | None = None) -> Mask:
    """(h, w) bool: texture that is neither ink on paper, nor drawn on a picture, nor saturated, nor of one exact level.

    Parameters
    ----------
    luma : (h, w) uint8.
    pixels : (h, w, 3) uint8 RGB, where coloured lines and letters are looked for as well.
    """
    plane = luma.astype(np.float32)
    usable = local_variance(blur(plane, 0.8), WINDOW) > LEAST_VARIANCE
    usable &= ~(ink_mask(plane) & paper(luma)) & ~drawn(luma) & ~annotation(luma)
    return usable & ~coloured_annotation(pixels) if pixels is not None and pixels.ndim == 3 else usable


def paper(luma: NDArray[np.uint8]) -> Mask:
    """Where the ground is light, as that of charts and pages is; small bright things on a dark one may be nuclei."""
    return np.asarray(cv2.medianBlur(luma, GROUND) >= PAPER)


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
    found = np.zeros(luma.shape, bool)
    for operation, tone in ((cv2.MORPH_TOPHAT, luma), (cv2.MORPH_BLACKHAT, 255 - luma)):
        contrast = _thin(luma, operation)
        clear, pure = (contrast > INK_CONTRAST) & (tone >= INK_TONE), (contrast > PURE_CONTRAST) & (tone >= PURE_TONE)
        found |= _strokes(clear | pure, on_paper=paper(luma))
    return _with_halo(found)


def coloured_annotation(pixels: NDArray[np.uint8]) -> Mask:
    """Vividly coloured lines and letters on a picture that is not vivid itself, (h, w) bool; ``pixels`` RGB."""
    vivid = np.asarray(pixels.max(axis=2) - pixels.min(axis=2), dtype=np.uint8)
    if (vivid > VIVID).mean() > MOST_VIVID:
        return np.zeros(vivid.shape, bool)
    lightest = np.asarray(pixels.min(axis=2), dtype=np.uint8)
    return _with_halo(_strokes(_thin(vivid, cv2.MORPH_TOPHAT) > VIVID, on_paper=paper(lightest)))


def _thin(plane: NDArray[np.uint8], operation: int) -> NDArray[np.uint8]:
    """How far thin structure stands out from what is around it, gray levels."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (STROKE, STROKE))
    return np.asarray(cv2.morphologyEx(plane, operation, kernel), dtype=np.uint8)


def _strokes(thin: Mask, on_paper: Mask) -> Mask:
    """The connected parts that are large enough for a stroke and not crowded like texture; print may be crowded."""
    plane = thin.astype(np.uint8)
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(plane, connectivity=8)
    area = statistics[:, cv2.CC_STAT_AREA]
    crowd = np.where(on_paper, 0, cv2.blur(plane.astype(np.float32), (CROWD, CROWD)))
    crowded = np.bincount(labels.reshape(-1), weights=crowd.reshape(-1), minlength=count) > MOST_CROWDED * area
    strokes = (area >= LEAST_STROKE) & ~crowded
    strokes[0] = False
    return np.asarray(strokes[labels])


def _with_halo(strokes: Mask) -> Mask:
    side = 2 * INK_HALO + 1
    return np.asarray(cv2.dilate(strokes.astype(np.uint8), np.ones((side, side), np.uint8)) > 0)


def grain_share(luma: NDArray[np.uint8], usable: Mask) -> float:
    """Share of the usable pixels that carry fine grain, in [0, 1]: what smoothing and strong compression take away."""
    plane = luma.astype(np.float32)
    fine = blur(plane, 0.6) - blur(plane, 1.2)
    grainy = local_variance(fine, WINDOW) > LEAST_GRAIN
    return float((grainy & usable).sum() / max(1, int(usable.sum())))
