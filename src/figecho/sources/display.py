"""Decoded pixels of any kind → what is compared and shown: 8-bit gray or RGB, and the hash of the content.

Three steps, all pure: `flatten` (alpha over white), `canonical` (one representation for equal pixels) and `shown`
(values that 8 bits cannot hold are scaled for display).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from figecho.content import canonical as canonical
from figecho.content import content_hash as content_hash

Pixels = NDArray[Any]

#: Share of the darkest and of the brightest values that may be isolated outliers (hot or dead sensor pixels).
#: ImageJ's "Auto" saturates 0.35 % in all; this is gentler because here nothing may be lost.
OUTLIER_PERCENT = 0.1
#: The full range is shown as it is while it is no wider than this many times the range without outliers.
#: Gaussian noise alone reaches 1.6 at a million pixels.
WIDE = 2.0
#: A picture that uses this share of its nominal range (0–65535, or 0–1 for floats) is a photograph, or was exposed
#: to fill the range: it is shown in that range, so that black stays black and contrast is unchanged.
FILLED = 0.5
#: Levels of 0–255 kept at an end for values that lie far outside the range without outliers: a quarter shows both a
#: few bright cells on a wide dark field and what lies beside one bright speck of dirt.
KNEE = 64


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Apply an EXIF or TIFF orientation (1–8; anything else counts as 1) to ``(H, W[, C])`` pixels."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def white_of(dtype: np.dtype[Any]) -> float:
    """The value of white: the largest one of an integer type, 1 for floats."""
    return float(np.iinfo(dtype).max) if dtype.kind in "iu" else 1.0


def flatten(pixels: Pixels, *, premultiplied: bool = False) -> Pixels:
    """``(H, W[, 1|2|3|4])`` → ``(H, W)`` or ``(H, W, 3)``, with the last of 2 or 4 channels as alpha over white."""
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        return pixels[:, :, 0]
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels
    colour, alpha = pixels[:, :, :-1], pixels[:, :, -1:]
    colour = colour[:, :, 0] if colour.shape[2] == 1 else colour
    alpha = alpha[:, :, 0] if colour.ndim == 2 else alpha
    white = white_of(pixels.dtype)
    if (alpha == white).all():
        return colour
    opacity = alpha.astype(np.float64) / white
    behind = white * (1 - opacity)
    mixed = colour + behind if premultiplied else colour * opacity + behind
    if pixels.dtype.kind in "iu":
        return np.clip(np.rint(mixed), 0, white).astype(pixels.dtype)
    return mixed.astype(pixels.dtype)


def shown(pixels: Pixels) -> tuple[NDArray[np.uint8], str | None]:
    """`canonical` pixels as uint8 of the same shape, and a note on the scaling (None where there was none).

    All channels are scaled together. The darkest and brightest values become 0 and 255, as ImageJ opens a file;
    where a few lie far out (a bright speck, a few cells on a wide dark field) theirs are squeezed into the 64 levels
    at that end, so that neither hides the other. Only isolated hot or dead pixels are cut off. A picture that fills
    at least half its nominal range keeps it: 0–65535, or 0–1 for floats. Values that are not finite show as black
    (NaN, −∞) or white (+∞).

    Raises
    ------
    ValueError : no value is finite.
    """
    if pixels.dtype == np.uint8:
        return pixels, None
    finite = pixels[np.isfinite(pixels)] if pixels.dtype.kind == "f" else pixels
    if finite.size == 0:
        raise ValueError("no value is finite")
    tone = _tone(pixels, finite)
    values, levels = zip(*tone, strict=True)
    note = _words(pixels.dtype, tone)
    if finite.size < pixels.size:
        note += f"; {pixels.size - finite.size} values are not finite"
    if pixels.dtype == np.uint16:
        table = np.rint(np.interp(np.arange(65536), values, levels)).astype(np.uint8)
        return table[pixels], note
    ends = {"nan": values[0], "neginf": values[0], "posinf": values[-1]}
    numbers = np.nan_to_num(pixels.astype(np.float64), copy=False, **ends)
    return np.rint(np.interp(numbers, values, levels)).astype(np.uint8), note


def _words(dtype: np.dtype[Any], tone: list[tuple[float, float]]) -> str:
    kind = "floating-point" if dtype.kind == "f" else "16-bit" if dtype == np.uint16 else "integer"
    low, high = tone[0][0], tone[-1][0]
    span = f"{low:.6g} to {high:.6g}" if low < 0 else f"{low:.6g}–{high:.6g}"
    note = f"{kind} values {span} shown as 0–255"
    parts = [f"{value:.6g} as {level:.0f}" for value, level in tone[1:-1]]
    return f"{note}, with {' and '.join(parts)}" if parts else note


def _tone(pixels: Pixels, finite: Pixels) -> list[tuple[float, float]]:
    """Knots of the tone curve, (value, level) with both ascending; see `shown`."""
    low, high = float(finite.min()), float(finite.max())
    nominal = 65535.0 if pixels.dtype == np.uint16 else 1.0 if pixels.dtype.kind == "f" else 0.0
    if low == high:
        if 0 <= low <= nominal:
            return [(0.0, 0.0), (nominal, 255.0)]
        return [(low - 1, 0.0), (low + 1, 255.0)]
    dark, bright = _percentiles(finite)
    if low >= 0 and high <= nominal and bright - dark >= FILLED * nominal:
        return [(0.0, 0.0), (nominal, 255.0)]
    if high - low <= WIDE * (bright - dark):
        return [(low, 0.0), (high, 255.0)]
    # What at least a 2 × 2 block reaches is structure; a brighter single pixel is a hot one.
    least, most = _block_extremes(pixels, low, high)
    bottom, top = min(dark, max(least, low)), max(bright, min(most, high))
    if top - bottom <= WIDE * (bright - dark) or dark == bright:
        return [(bottom, 0.0), (top, 255.0)] if bottom < top else [(low, 0.0), (high, 255.0)]
    tone = [(bottom, 0.0), (top, 255.0)]
    reach = (WIDE - 1) / 2 * (bright - dark)
    if dark - bottom > reach:
        tone.insert(1, (dark, float(KNEE)))
    if top - bright > reach:
        tone.insert(-1, (bright, 255.0 - KNEE))
    return tone


def _percentiles(finite: Pixels) -> tuple[float, float]:
    """The values below and above which only `OUTLIER_PERCENT` of all lie; from a sample where there are many."""
    sample = finite.reshape(-1)[:: max(1, finite.size // 2_000_000)]
    dark, bright = np.percentile(sample.astype(np.float64), [OUTLIER_PERCENT, 100 - OUTLIER_PERCENT])
    return float(dark), float(bright)


def _block_extremes(pixels: Pixels, low: float, high: float) -> tuple[float, float]:
    """The least maximum and the greatest minimum of any 2 × 2 block; ``low, high`` where it is one pixel thin."""
    corners = [pixels[:-1, :-1], pixels[:-1, 1:], pixels[1:, :-1], pixels[1:, 1:]]
    least, most = np.maximum.reduce(corners), np.minimum.reduce(corners)
    if pixels.dtype.kind == "f":
        least, most = least[np.isfinite(least)], most[np.isfinite(most)]
    return (float(least.min()) if least.size else low, float(most.max()) if most.size else high)
