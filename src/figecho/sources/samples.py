"""What the samples of a TIFF page mean: gray, colour, palette, ink, alpha, or channels of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from figecho.sources import display
from figecho.sources.display import Pixels
from figecho.sources.image import lab_to_rgb
from figecho.sources.request import Request

# Values of the PhotometricInterpretation tag (TIFF 6.0).
_WHITE_IS_ZERO, _GRAY, _RGB, _PALETTE, _CMYK, _YCBCR, _LAB = 0, 1, 2, 3, 5, 6, 8
_COLOURS = {_WHITE_IS_ZERO: 1, _GRAY: 1, _RGB: 3, _PALETTE: 1, _CMYK: 4, _YCBCR: 3, _LAB: 3}
_PREMULTIPLIED, _ALPHA = 1, 2  # values of the ExtraSamples tag


def rasters_of(request: Request, page: Any, stored: Pixels) -> list[Pixels]:
    """``(H, W, samples)`` as stored in a TIFF page → flat gray ``(H, W)`` or RGB ``(H, W, 3)`` rasters.

    One raster for gray, colour, palette and ink; one for each channel where the samples are none of these.

    Raises
    ------
    InputError : too few samples for the colour that the page claims.
    """
    photometric = int(page.photometric)
    samples = stored.shape[2]
    if photometric == _YCBCR and samples >= 3:
        return [_from_ycbcr(page, stored[:, :, :3])]
    if photometric == _LAB and samples >= 3:
        return [_from_lab(request, stored[:, :, :3])]
    if photometric == _PALETTE and page.colormap is not None:
        return [_through_palette(stored[:, :, 0], page.colormap)]
    base = _COLOURS.get(photometric, 1)
    if samples < base:
        raise request.damaged(f"{samples} samples a pixel cannot be colour")
    stored = _full_range(stored, page.bitspersample)
    if photometric == _CMYK:
        return [_from_cmyk(stored[:, :, :4])]
    if photometric == _WHITE_IS_ZERO:
        stored = _inverted(stored, page.bitspersample)
    extra = tuple(int(value) for value in page.extrasamples or ())
    if samples > base and extra[:1] in ((_PREMULTIPLIED,), (_ALPHA,)):
        with_alpha = stored[:, :, : base + 1]
        if photometric == _WHITE_IS_ZERO:
            with_alpha = np.dstack([with_alpha[:, :, 0], _inverted(with_alpha, page.bitspersample)[:, :, 1]])
        return [display.flatten(with_alpha, premultiplied=extra[0] == _PREMULTIPLIED)]
    if base == 3:
        return [stored[:, :, :3]]
    return [stored[:, :, channel] for channel in range(samples)]


def _bits(bits: Any) -> int:
    return int(bits[0]) if isinstance(bits, tuple) else int(bits)


def _full_range(stored: Pixels, bits: Any) -> Pixels:
    """Stretch 1- to 7-bit values to 0–255; wider values stay as they are."""
    if stored.dtype == np.bool_:
        return stored.astype(np.uint8) * np.uint8(255)
    if stored.dtype == np.uint8 and 1 <= _bits(bits) < 8:
        top = (1 << _bits(bits)) - 1
        table = np.minimum(np.arange(256) * 255 // top, 255).astype(np.uint8)
        return table[stored]
    return stored


def _inverted(stored: Pixels, bits: Any) -> Pixels:
    """Negative of white-is-zero values: the darkest and lightest value of the type change places."""
    if stored.dtype.kind == "f":
        finite = stored[np.isfinite(stored)]
        return stored if finite.size == 0 else finite.max() + finite.min() - stored
    if stored.dtype.kind == "i":
        return np.asarray(-1 - stored)  # −1 − x reverses the whole range of a two's complement type
    top = (1 << _bits(bits)) - 1 if _bits(bits) > 8 else 255
    return np.asarray(stored.dtype.type(top) - np.minimum(stored, stored.dtype.type(top)))


def _through_palette(indices: Pixels, colormap: Any) -> Pixels:
    """Look up ``(3, 2^bits)`` 16-bit colours; some writers wrongly store 8-bit ones."""
    table = np.asarray(colormap).T
    table = table if table.max() < 256 else table >> 8
    return np.asarray(table.astype(np.uint8)[np.minimum(indices, len(table) - 1)])


def _from_cmyk(inks: Pixels) -> Pixels:
    if inks.dtype != np.uint8:
        inks = (inks >> 8).astype(np.uint8)
    return np.asarray(Image.fromarray(np.ascontiguousarray(inks), "CMYK").convert("RGB"))


def _from_ycbcr(page: Any, stored: Pixels) -> Pixels:
    """RGB; the JPEG decoder has converted its own, and so has Pillow what was chroma-subsampled."""
    if page.compression in (6, 7) or page.is_subsampled or stored.dtype != np.uint8:
        return stored
    return np.asarray(Image.frombytes("YCbCr", stored.shape[1::-1], stored.tobytes()).convert("RGB"))


def _from_lab(request: Request, stored: Pixels) -> Pixels:
    """RGB of 8-bit CIELAB, whose a and b are signed."""
    if stored.dtype.itemsize != 1:
        raise request.unsupported(f"{8 * stored.dtype.itemsize}-bit CIELAB is not read")
    return np.asarray(lab_to_rgb(Image.frombytes("LAB", stored.shape[1::-1], stored.tobytes())))
