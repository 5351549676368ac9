"""Features to bytes and back, without pickle: a NumPy ``.npz`` archive."""

from __future__ import annotations

import io

import numpy as np

from figecho.types import Features

#: Changes whenever the meaning or the way of computing features changes; part of every cache key.
VERSION = 5


def dumps(features: Features) -> bytes:
    """Serialise features; `loads` gives them back bit for bit."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        version=np.int64(VERSION),
        luma=features.luma,
        points=features.points,
        sizes=features.sizes,
        angles=features.angles,
        descriptors=features.descriptors,
        zoom=np.float64(features.zoom),
        size=np.array(features.size, np.int64),
        texture=np.int64(features.texture),
        channels=np.array(features.channels, np.uint8),
    )
    return buffer.getvalue()


def loads(data: bytes) -> Features:
    """Read what `dumps` wrote.

    Raises
    ------
    ValueError : another version, or bytes that are no features.
    """
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        if int(archive["version"]) != VERSION:
            raise ValueError(f"features of version {int(archive['version'])}, expected {VERSION}")
        width, height = archive["size"].tolist()
        return Features(
            archive["luma"],
            archive["points"],
            archive["sizes"],
            archive["angles"],
            archive["descriptors"],
            float(archive["zoom"]),
            (width, height),
            int(archive["texture"]),
            tuple(archive["channels"]),
        )
