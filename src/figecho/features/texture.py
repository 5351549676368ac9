"""Where a panel shows anything that could be recognised: texture, as opposed to ink on a flat ground.

Letters, axes and scale bars are shared by panels that share nothing else, so they must never decide.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

#: Strokes of letters, axes and scale bars are narrower than this, pixels.
STROKE = 11
#: Neighbourhood in which a background is called flat, pixels, and how flat it must be, gray levels.
NEIGHBOURHOOD = 31
FLAT = 2.5
#: An isolated object has at least this contrast, gray levels, and area, pixels; contrasts within this ratio are one.
LEAST_CONTRAST = 12.0
LEAST_OBJECT = 9
LEVEL_STEP = 1.1
#: A round object reaches this far in, pixels, and covers no more than so many circles of that radius.
LEAST_DEPTH = 2.5
MOST_DRAWN_OUT = 4.0
#: Pixels that an entropy is computed from at most.
SAMPLED = 40_000
#: Window in which activity is measured, pixels, and the variance above which a panel is active, gray levels².
WINDOW = 15
ACTIVE = 2.0


def ink_mask(plane: Plane | NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where there is nothing but thin strokes on a flat background: letters, axes, scale bars, or a blank area.

    Strokes are taken away by opening and closing; what is left must be flat, and most of the neighbourhood must
    show nothing beyond it (a fine texture on an even background is not ink).

    Parameters
    ----------
    plane : (h, w) float32 or uint8, gray levels 0–255; whole numbers take half the time as uint8.

    Returns
    -------
    (h, w) bool.
    """
    kernel = np.ones((STROKE, STROKE), np.uint8)
    # Dark strokes must be closed before anything is opened, and bright ones the other way round: the wrong order
    # first fills the inside of a letter.
    orders = ((cv2.MORPH_CLOSE, cv2.MORPH_OPEN), (cv2.MORPH_OPEN, cv2.MORPH_CLOSE))
    without = [cv2.morphologyEx(cv2.morphologyEx(plane, first, kernel), then, kernel) for first, then in orders]
    return _strokes_only(plane, without[0]) | _strokes_only(plane, without[1])


def _strokes_only(plane: Plane | NDArray[np.uint8], background: NDArray[Any]) -> NDArray[np.bool_]:
    """Where ``background`` is even and most of the neighbourhood shows nothing beyond it."""
    around = (NEIGHBOURHOOD, NEIGHBOURHOOD)
    even = local_variance(np.asarray(background, dtype=np.float32), NEIGHBOURHOOD) < FLAT**2
    if not even.any():  # as in most micrographs and photographs
        return even
    stroke = cv2.absdiff(plane, background)
    reach = np.asarray(cv2.dilate(stroke, np.ones(around, np.uint8)), dtype=np.float32)
    quiet = cv2.compare(np.asarray(stroke, dtype=np.float32), np.maximum(2.0, 0.05 * reach), cv2.CMP_LE)
    # Half of 255, rounded down: more than half of the window is quiet.
    return np.asarray(even & (cv2.boxFilter(quiet, -1, around) > 127))


def tone_entropy(plane: Plane, where: NDArray[np.bool_]) -> float:
    """Entropy of the gray levels over a mask, bits: about 1 for letters on paper, 3 and more for a micrograph.

    Levels are counted in 32 steps of the range that the mask spans, so that contrast does not matter.
    """
    at = np.flatnonzero(where)
    if not at.size:
        return 0.0
    values = plane.take(at[:: 1 + at.size // SAMPLED])
    low, high = np.percentile(values, [0.5, 99.5]).tolist()
    if high - low < LEAST_CONTRAST:
        return 0.0
    share = _histogram(values, low, high, 32) / values.size
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


def two_tone_share(plane: Plane, where: NDArray[np.bool_]) -> float:
    """Share of the variance over a mask that two gray levels explain, in [0, 1]: Otsu's criterion at its best.

    Measured: 0.93 and more for letters and bars on a ground, however small the panel; 0.5-0.91 for what is photographed
    (Otsu, "A threshold selection method from gray-level histograms", IEEE TSMC 1979).
    """
    values = plane[where]
    if not values.size:
        return 0.0
    low, high = np.percentile(values[:: 1 + values.size // SAMPLED], [0.5, 99.5]).tolist()
    if high - low < LEAST_CONTRAST:
        return 0.0
    share = _histogram(values, low, high, 64) / values.size
    steps = np.arange(64)
    below, mean = np.cumsum(share)[:-1], np.cumsum(share * steps)[:-1]
    overall = float(share @ steps)
    between = np.square(overall * below - mean) / np.maximum(below * (1 - below), 1e-9)
    return float(between.max() / max(float(share @ np.square(steps - overall)), 1e-9))


def _histogram(values: Plane, low: float, high: float, bins: int) -> NDArray[np.intp]:
    """How many values lie in each of so many equal steps from ``low`` to ``high``, those beyond in the outermost."""
    steps = ((np.clip(values, low, high) - low) * (bins / (high - low))).astype(np.int32)
    return np.bincount(np.minimum(steps, bins - 1), minlength=bins)


def contrast_levels(plane: Plane) -> int:
    """How many different contrasts the isolated objects of a panel have.

    Annotation is drawn in one or two colours, so its strokes all stand out equally; nuclei, colonies or stars on an
    even ground each have their own brightness.
    """
    contrast = plane - np.float32(median(plane))
    np.abs(contrast, out=contrast)
    highest = float(contrast.max())
    if highest < LEAST_CONTRAST:
        return 0
    objects = contrast > max(LEAST_CONTRAST / 2, 0.1 * highest)
    count, labels = cv2.connectedComponents(objects.view(np.uint8), connectivity=8)
    inside = np.flatnonzero(objects)
    labels = np.asarray(labels, dtype=np.int32).take(inside)
    peaks = np.zeros(count, np.float32)
    np.maximum.at(peaks, labels, contrast.take(inside))
    peaks = peaks[np.bincount(labels, minlength=count) >= LEAST_OBJECT]
    return len(np.unique(np.round(np.log(peaks) / np.log(LEVEL_STEP)))) if len(peaks) else 0


def modelling(plane: Plane, where: NDArray[np.bool_]) -> float:
    """How much round objects vary inside, as a share of their contrast, mean over the area of all isolated objects.

    Nuclei, colonies and spots are round and have an inside, or fade. Print is of one tone up to its edge, and its
    strokes are thin: letters, arrows, bars, axes and plotted points all count as 0.

    Parameters
    ----------
    plane : (h, w) float32, gray levels 0–255.
    where : (h, w) bool, what is looked at; the median there is the ground.
    """
    if not where.any():
        return 0.0
    contrast = np.where(where, np.abs(plane - np.float32(median(plane[where]))), np.float32(0))
    highest = float(contrast.max())
    if highest < LEAST_CONTRAST:
        return 0.0
    objects = contrast > 0.1 * highest
    count, found = cv2.connectedComponents(objects.astype(np.uint8), connectivity=8)
    labels = np.asarray(found, dtype=np.int32)
    peaks = np.zeros(count, np.float32)
    np.maximum.at(peaks, labels.reshape(-1), contrast.reshape(-1))
    upper = (objects & (contrast > 0.5 * peaks[labels])).astype(np.uint8)
    at = np.flatnonzero(upper)
    label, area = labels.take(at), np.bincount(labels.take(at), minlength=count)
    depth = np.zeros(count, np.float32)
    np.maximum.at(depth, label, cv2.distanceTransform(upper, cv2.DIST_L2, 3).take(at))
    # What varies inside, less the noise that the ground shows as well.
    roughness = np.sqrt(local_variance(plane, 3))
    ground = where & ~cv2.dilate(objects.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    noise = median(roughness[ground]) if ground.any() else 0.0
    at = np.flatnonzero(cv2.erode(upper, np.ones((5, 5), np.uint8)))
    inside = np.maximum(np.bincount(labels.take(at), minlength=count), 1)
    rough = np.bincount(labels.take(at), np.maximum(roughness.take(at) - noise, 0), count) / inside
    is_round = (depth >= LEAST_DEPTH) & (area <= MOST_DRAWN_OUT * np.pi * np.square(depth))
    return float(np.where(is_round, rough / np.maximum(peaks, 1e-6), 0.0) @ area) / max(1, int(area.sum()))


def median(values: Plane) -> float:
    """The median of an array, at a fifth of the cost of sorting it: found among the values near that of a sample."""
    values = values.reshape(-1)
    low, high = np.percentile(values[:: 1 + values.size // (SAMPLED // 10)], [45, 55])
    below = np.count_nonzero(values < low)
    near = values[(values >= low) & (values <= high)]
    middle = [(values.size - 1) // 2 - below, values.size // 2 - below]
    if middle[0] < 0 or middle[1] >= near.size:  # the sample was not like the whole
        return float(np.median(values))
    return float(np.partition(near, middle)[middle].mean())


def blur(plane: Plane, sigma: float) -> Plane:
    """Gaussian blur, standard deviation in pixels."""
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), dtype=np.float32)


def local_variance(plane: Plane, window: int) -> Plane:
    """Variance in a square window, gray levels²."""
    centred = plane - np.float32(plane.mean())
    mean = cv2.boxFilter(centred, -1, (window, window))
    square = cv2.sqrBoxFilter(centred, cv2.CV_32F, (window, window))
    # In place: fresh memory costs more than the arithmetic.
    cv2.multiply(mean, mean, mean)
    cv2.subtract(square, mean, square)
    return np.maximum(square, 0, out=np.asarray(square, dtype=np.float32))


def texture_area(luma: NDArray[np.uint8]) -> int:
    """Pixels of a panel, ``(h, w)`` uint8, that show texture: neither flat nor ink on a flat background."""
    plane = luma.astype(np.float32)
    active = local_variance(blur(plane, 0.8), WINDOW) > ACTIVE
    return int(np.count_nonzero(active & ~ink_mask(luma)))
