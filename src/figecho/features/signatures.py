"""A panel's signature: the little that an index needs to propose it as a partner, or to leave it alone.

Keypoints with their SIFT descriptors, spread over the panel, some of them found anew in the panel at thumbnail size (a
copy that is several times smaller has few of the others); and a perceptual hash in eight orientations: discrete cosine
transform of the shrunken panel, one bit per low coefficient for its sign against the median (Zauner, "Implementation
and benchmarking of perceptual image hash functions", 2010).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from figecho.features.sift import shrunk, spread
from figecho.options import ReuseOptions
from figecho.types import Features

#: Part of every cache key: changes whenever signatures are made in another way.
VERSION = 2
#: Keypoints kept per panel, and those of them that look for mirrored and inverted copies. Of 285 planted pairs among
#: 1,416 panels, most of them crops to a tenth, overlaps of a tenth and copies four times smaller, the partner is among
#: the first 20 for 98.9 % with 500 and the thumbnail's, for 97.9 % without these, for 95.7 % with 250.
MOST, ASKING = 500, 250
#: The same of the panel at thumbnail size, and its longest side then: they recover copies that are 4 times smaller.
THUMBNAIL_MOST, THUMBNAIL_ASKING, THUMBNAIL_SIDE = 100, 50, 150
#: Zoom above which a thumbnail would show nothing that the panel does not.
SAME_SIZE = 0.75
#: Side of the shrunken panel and of its low frequencies: 16 × 16 bits.
HASH_SIDE, HASH_BITS_SIDE = 64, 16
#: How a serialised signature begins: its mark, version, number of keypoints, of those asking, and of the panel's.
MAGIC, HEADER = b"fsig", struct.Struct("<4sIIII")


@dataclass(frozen=True, eq=False)
class Signature:
    """What an index knows of a panel; everything in working pixels.

    Attributes
    ----------
    points : (n, 2) float32, x right, y down; n ≤ `MOST` + `THUMBNAIL_MOST`.
    sizes, angles : (n,) float32, diameter in pixels and clockwise degrees, as in `Features`.
    descriptors : (n, 128) uint8, SIFT.
    hashes : (8, 32) uint8, 256 bits each: the panel in four turns, then mirrored in four turns.
    asking : how many of the keypoints, from the first on, look for mirrored and inverted copies as well; they are
        spread over the panel.
    keypoints : how many keypoints the panel has at working size, up to `MOST`.
    """

    points: NDArray[np.float32]
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    hashes: NDArray[np.uint8]
    asking: int
    keypoints: int

    def __len__(self) -> int:
        return len(self.points)

    def __bool__(self) -> bool:
        raise TypeError("a signature has no truth value; ask for len(signature)")


def sign(features: Features) -> Signature:
    """The signature of a panel's features."""
    parts = [(features, *_chosen(features, ASKING, MOST))]
    zoom = THUMBNAIL_SIDE / max(features.luma.shape)
    if zoom < SAME_SIZE:
        thumbnail = shrunk(features, zoom, ReuseOptions(max_keypoints=THUMBNAIL_MOST))
        parts.append((thumbnail, *_chosen(thumbnail, THUMBNAIL_ASKING, THUMBNAIL_MOST)))
    picked = [(found, asking) for found, asking, _ in parts] + [(found, others) for found, _, others in parts]
    return Signature(
        np.concatenate([_on_the_panel(found, features.zoom)[chosen] for found, chosen in picked]),
        np.concatenate([found.sizes[chosen] * (features.zoom / found.zoom) for found, chosen in picked]),
        np.concatenate([found.angles[chosen] for found, chosen in picked]),
        np.concatenate([found.descriptors[chosen] for found, chosen in picked]),
        perceptual_hashes(features.luma),
        asking=sum(len(asking) for _, asking, _ in parts),
        keypoints=min(len(features), MOST),
    )


def _chosen(found: Features, few: int, many: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The ``few`` largest keypoints, spread over the panel, and the others of the ``many``."""
    first = spread(found.points, found.sizes, found.luma.shape, few)
    return first, np.setdiff1d(spread(found.points, found.sizes, found.luma.shape, many), first)


def _on_the_panel(found: Features, zoom: float) -> NDArray[np.float32]:
    """Where keypoints of the panel at another size lie at ``zoom``."""
    return np.asarray((found.points + 0.5) * (zoom / found.zoom) - 0.5, dtype=np.float32)


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
    header = HEADER.pack(MAGIC, VERSION, len(signature), signature.asking, signature.keypoints)
    return header + b"".join(part.tobytes() for part in parts)


def loads(data: bytes) -> Signature:
    """Read what `dumps` wrote.

    Raises
    ------
    ValueError : another version, or bytes that are no signature.
    """
    if len(data) < HEADER.size or data[: len(MAGIC)] != MAGIC:
        raise ValueError("these bytes are no signature")
    _, version, count, asking, keypoints = HEADER.unpack_from(data)
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
        take((8, HASH_BITS_SIDE**2 // 8), "u1"), asking, keypoints,
    )  # fmt: skip
