"""PNG with 16 bits in each of several channels, which Pillow would cut to 8."""

from __future__ import annotations

import struct
import zlib

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from figecho.sources.complete import ADAM7, PNG_MAGIC

#: Channels of PNG's colour types with 16-bit samples, alpha included.
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def decode(data: bytes) -> NDArray[np.uint16]:
    """Pixels ``(H, W, 2|3|4)`` uint16 of a PNG that `figecho.sources.complete.check_png` has found whole.

    An interlaced file is taken apart into its seven passes, each of which is a small plain picture: the decoder
    would complain of interlacing on standard error.
    """
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    if not interlaced:
        return np.asarray(imagecodecs.png_decode(data))
    lines, transparent = _inflated(data)
    pixels: NDArray[np.uint16] | None = None
    start = 0
    for x, y, step_x, step_y in ADAM7:
        columns, rows = -(-(width - x) // step_x), -(-(height - y) // step_y)
        if columns < 1 or rows < 1:
            continue
        length = rows * (1 + columns * _CHANNELS[colour] * 2)
        header = struct.pack(">IIBBBBB", columns, rows, depth, colour, 0, 0, 0)
        body = zlib.compress(lines[start : start + length], 1)
        small = PNG_MAGIC + _chunk(b"IHDR", header) + transparent + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
        part = np.asarray(imagecodecs.png_decode(small))
        if pixels is None:
            pixels = np.zeros((height, width, part.shape[2]), np.uint16)
        pixels[y::step_y, x::step_x] = part.reshape(rows, columns, -1)
        start += length
    assert pixels is not None  # the first pass is never empty
    return pixels


def _inflated(data: bytes) -> tuple[bytes, bytes]:
    """The filtered scan lines, and the transparency chunk if there is one."""
    position, packed, transparent = len(PNG_MAGIC), [], b""
    while position < len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if name == b"IDAT":
            packed.append(data[position + 8 : end - 4])
        elif name == b"tRNS":
            transparent = data[position:end]
        elif name == b"IEND":
            break
        position = end
    return zlib.decompressobj().decompress(b"".join(packed)), transparent


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content), name) + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(name)))
