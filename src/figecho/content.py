"""When two arrays of pixels are the same content: one representation for equal pixels, and its hash.

A panel cut out of a figure and the same panel as a file of its own share a key.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]


def canonical(pixels: Pixels) -> Pixels:
    """One representation for equal pixels: same values and bit depth give equal arrays, whatever file they came from.

    ``(H, W)`` where all three channels agree; uint8, uint16, int64, float32 or float64, native byte order. Booleans
    become 0 and 255. 16-bit values that are 8-bit ones stretched (each a multiple of 257) become 8-bit again.
    """
    if pixels.ndim == 3 and _is_gray(pixels):
        pixels = pixels[:, :, 0]
    kind, size = pixels.dtype.kind, pixels.dtype.itemsize
    if kind == "b":
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    elif kind == "f":
        single = pixels.astype(np.float32)
        exact = size <= 4 or np.array_equal(single, pixels, equal_nan=True)
        pixels = (single if exact else pixels.astype(np.float64)) + 0.0  # -0.0 becomes 0.0
    elif pixels.dtype != np.uint8:
        if pixels.dtype == np.uint16 or (pixels.min() >= 0 and pixels.max() <= 65535):
            pixels = pixels.astype(np.uint16)
            if pixels.max() >= 257 and not (pixels % np.uint16(257)).any():
                pixels = (pixels // np.uint16(257)).astype(np.uint8)
        else:
            pixels = pixels.astype(np.int64)
    return np.ascontiguousarray(pixels)


def _is_gray(pixels: Pixels) -> bool:
    red = pixels[:, :, 0]
    middle = pixels[len(pixels) // 2]  # one row settles nearly every colour picture
    if not (middle[:, :1] == middle).all():
        return False
    return bool(np.array_equal(red, pixels[:, :, 1]) and np.array_equal(red, pixels[:, :, 2]))


def content_hash(pixels: Pixels) -> str:
    """SHA-256 of the shape, the type and the values of `canonical` pixels, in hexadecimal."""
    digest = hashlib.sha256(f"{pixels.shape} {pixels.dtype.newbyteorder('<').str}\n".encode())
    little = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False)
    digest.update(little.data if little.flags.c_contiguous else little.tobytes())
    return digest.hexdigest()
