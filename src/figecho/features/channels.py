"""Which gray pictures stand for a panel: its luminance, the values behind a false-colour map, or several stains."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.features.colormap import undo_colormap

#: A colour channel replaces luminance when it shows this many times more contrast (pure blue: 1 / 0.114).
CHANNEL_ADVANTAGE = 2.0
#: Standard deviation that a stain's channel has at least, gray levels.
LEAST_STAIN = 8.0
#: Share of a channel's variance that luminance does not explain, above which the channel shows a stain of its own:
#: 0.5 and more in one of the channels of a merge, 0.4 and less in histology and photographs.
OF_ITS_OWN = 0.5
#: Steps of luminance within which a channel's variance counts as unexplained.
LUMA_STEPS = 24
#: Longest side of the small copy on which channels are judged: noise is averaged away.
JUDGED_SIDE = 96


def informative_channel(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luminance; the values behind a known colour map; or the channel with the most contrast where luminance hides it.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) uint8, gray or RGB.

    Returns
    -------
    (H, W) uint8.
    """
    if pixels.ndim == 2:
        return np.ascontiguousarray(pixels)
    values = undo_colormap(pixels)
    if values is not None:
        return values
    luma = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    contrast = _contrast(pixels)
    best = int(contrast.argmax())
    return _channel(pixels, best) if contrast[best] > CHANNEL_ADVANTAGE * _contrast(luma)[0] else luma


def merged_channels(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """The channels of a merged picture, in which two or three stains are shown in colours of their own.

    In a picture of one stain, whatever its colour map, luminance tells every channel; in a merge it does not.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) uint8, gray or RGB.

    Returns
    -------
    The channels that show a stain of their own, each (H, W) uint8; empty for all but merges.
    """
    if pixels.ndim == 2:
        return []
    zoom = JUDGED_SIDE / max(pixels.shape[:2])
    size = (max(1, round(pixels.shape[1] * zoom)), max(1, round(pixels.shape[0] * zoom)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float64)
    stained = np.flatnonzero(_contrast(small) > LEAST_STAIN).tolist()
    if len(stained) < 2:
        return []
    steps = _luma_steps(luma)
    unexplained = max(_unexplained(small[..., index].astype(np.float64), steps) for index in stained)
    merged = unexplained > OF_ITS_OWN and undo_colormap(pixels) is None
    return [_channel(pixels, index) for index in stained] if merged else []


def _channel(pixels: NDArray[np.uint8], index: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.extractChannel(pixels, index), dtype=np.uint8)


def _contrast(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Standard deviation of each channel, gray levels."""
    return np.asarray(cv2.meanStdDev(pixels)[1].reshape(-1), dtype=np.float64)


def _luma_steps(luma: NDArray[np.float64]) -> NDArray[np.intp]:
    """In which of `LUMA_STEPS` steps, equally full, the luminance of each pixel lies, (h × w,)."""
    steps = np.quantile(luma, np.linspace(0, 1, LUMA_STEPS + 1)[1:-1])
    return np.digitize(luma.reshape(-1), steps)


def _unexplained(channel: NDArray[np.float64], steps: NDArray[np.intp]) -> float:
    """Share of a channel's variance that is left when the step of luminance is known, in [0, 1]."""
    values = channel.reshape(-1)
    count = np.maximum(np.bincount(steps, minlength=LUMA_STEPS), 1)
    mean = np.bincount(steps, values, LUMA_STEPS) / count
    return float(np.square(values - mean[steps]).mean() / max(float(values.var()), 1e-9))
