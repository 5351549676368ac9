"""Small pictures with known pixels, and their bytes in any format."""

import io
from typing import Any

import numpy as np
import tifffile
from PIL import Image


def texture(height: int = 96, width: int = 128) -> np.ndarray:
    """(H, W, 3) uint8, different everywhere, no two channels equal, no black rows."""
    y, x = np.mgrid[:height, :width]
    red = 128 + 110 * np.sin(x / 9.0) * np.cos(y / 7.0)
    green = 128 + 110 * np.sin((x + 2 * y) / 11.0)
    blue = 20 + 220 * x / width
    grain = np.random.default_rng(5).normal(0, 4, (height, width, 3))
    return (np.dstack([red, green, blue]) + grain).clip(0, 255).astype(np.uint8)


def encode(pixels: np.ndarray | Image.Image, kind: str, **how: Any) -> bytes:
    """The bytes that Pillow writes."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


def tiff(pixels: np.ndarray, **how: Any) -> bytes:
    """The bytes that tifffile writes."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, **how)
    return buffer.getvalue()
