"""A panel's signature: the little that an index needs to propose it as a partner, or to leave it alone.

At most `MOST` keypoints with their SIFT descriptors, spread over the panel, and a perceptual hash in eight
orientations: discrete cosine transform of the shrunken panel, one bit per low coefficient for its sign against the
median (Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.features.sift import spread
from figecho.types import Features

#: Part of every cache key: changes whenever signatures are made in another way.
VERSION = 1
#: Keypoints kept per panel (METHOD 10: the true partner is among the first 20 for 99 % with 250).
MOST = 250
#: Side of the shrunken panel and of its low frequencies: 16 × 16 bits.
HASH_SIDE, HASH_BITS_SIDE = 64, 16
#: How a serialised signature begins: its mark, version and number of keypoints.
MAGIC, HEADER = b"fsig", struct.Struct("<4sII")


@dataclass(frozen=True, eq=False)
class Signature:
    """What an index knows of a panel; everything in working pixels.

    Attributes
    ----------
    points : (n, 2) float32, x right, y down; n ≤ `MOST`.
    sizes, angles : (n,) float32, diameter in pixels and clockwise degrees, as in `Features`.
    descriptors : (n, 128) uint8, SIFT.
    hashes : (8, 32) uint8, 256 bits each: the panel in four turns, then mirrored in four turns.
    """

    points: NDArray[np.float32]
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    hashes: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.points)

    def __bool__(self) -> bool:
        raise TypeError("a signature has no truth value; ask for len(signature)")


def sign(features: Features) -> Signature:
    """The signature of a panel's features."""
    chosen = spread(features.points, features.sizes, features.luma.shape, MOST)
    return Signature(
        features.points[chosen],
        features.sizes[chosen],
        features.angles[chosen],
        features.descriptors[chosen],
        perceptual_hashes(features.luma),
    )


def perceptual_hashes(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Hashes (8, 32) uint8 of ``luma`` (h, w) as it is, turned by 90°, 180° and 270°, and mirrored in the same turns.

    Mirroring a picture flips the sign of its odd frequencies along that axis, and transposing it transposes them, so
    one transform serves all eight.
    """
    small = cv2.resize(luma, (HASH_SIDE, HASH_SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:HASH_BITS_SIDE, :HASH_BITS_SIDE]
    odd = np.where(np.arange(HASH_BITS_SIDE) % 2, -1.0, 1.0).astype(np.float32)
    hashes = []
    for start in (low, low * odd[None, :]):
        for turned in (start, start.T * odd[None, :], start * odd[None, :] * odd[:, None], start.T * odd[:, None]):
            # The mean brightness says nothing of the picture: its bit is that of an ordinary coefficient.
            bits = turned > np.median(turned.reshape(-1)[1:])
            bits[0, 0] = False
            hashes.append(np.packbits(bits))
    return np.stack(hashes)


def dumps(signature: Signature) -> bytes:
    """Serialise a signature: a header, then its arrays one after the other; `loads` gives them back bit for bit.

    Thousands of these are read per second, for which an ``.npz`` archive is too slow.
    """
    parts = (signature.points, signature.sizes, signature.angles, signature.descriptors, signature.hashes)
    return HEADER.pack(MAGIC, VERSION, len(signature)) + b"".join(part.tobytes() for part in parts)


def loads(data: bytes) -> Signature:
    """Read what `dumps` wrote.

    Raises
    ------
    ValueError : another version, or bytes that are no signature.
    """
    if len(data) < HEADER.size or data[: len(MAGIC)] != MAGIC:
        raise ValueError("these bytes are no signature")
    _, version, count = HEADER.unpack_from(data)
    if version != VERSION:
        raise ValueError(f"signature of version {version}, expected {VERSION}")
    place = HEADER.size

    def take(shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
        nonlocal place
        array = np.frombuffer(data, dtype, math.prod(shape), place).reshape(shape)
        place += array.nbytes
        return array

    return Signature(
        take((count, 2), "<f4"), take((count,), "<f4"), take((count,), "<f4"), take((count, 128), "u1"),
        take((8, HASH_BITS_SIDE**2 // 8), "u1"),
    )  # fmt: skip
