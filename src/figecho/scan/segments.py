"""Descriptor segments: what a set of panels looks like, on disk, mapped into memory when searched.

A descriptor becomes 256 bits: the signs of its projections, less the segment's mean descriptor, on two random
orthonormal bases (Charikar, "Similarity estimation techniques from rounding algorithms", 2002). An inverted file of
such codes (Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", 2011, section IV) has a random
sample of them as its cells. A segment holds nothing that the panels' signatures do not: it may be removed and rebuilt.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figecho.features.sift import rootsift
from figecho.features.signatures import Signature

#: Bits of a code: two orthonormal bases of the descriptor space.
BITS = 256
#: Descriptors up to which every one is looked at; beyond, cells are.
FLAT = 20_000
#: Cells per square root of the number of descriptors, and how many of them a query looks into.
CELLS = 3.0
PROBES = 10
#: The file with the panels' content keys.
KEYS = "keys.npy"
#: Panels that the mean is taken over, at most, and codes that are sorted into cells at once.
SAMPLE, AT_ONCE = 200, 100_000


@dataclass(frozen=True, eq=False)
class Segment:
    """An open segment.

    Attributes
    ----------
    keys : (k,) bytes, the panels' content keys.
    owner : (n,) int32, index into ``keys`` of each descriptor.
    geometry : (n, 4) float32, keypoint x, y and diameter in working pixels, angle in degrees.
    hashes : (len(keys), 4) uint64, the perceptual hash of each panel as it is.
    low : (len(keys),) bool, panels with too few keypoints to be found by them.
    """

    keys: NDArray[np.bytes_]
    owner: NDArray[np.int32]
    geometry: NDArray[np.float32]
    hashes: NDArray[np.uint64]
    low: NDArray[np.bool_]
    mean: NDArray[np.float32]
    index: Any

    def place(self, key: str) -> int | None:
        """The number of a panel in this segment, where it is in there."""
        places = np.flatnonzero(self.keys == key.encode("ascii"))
        return int(places[0]) if len(places) else None

    def search(self, descriptors: NDArray[np.float32], neighbours: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The nearest stored descriptors of RootSIFT ``descriptors`` (m, 128).

        Returns indices (m, neighbours), -1 where there are fewer, and Hamming distances, the nearest first.
        """
        distances, found = self.index.search(codes(descriptors, self.mean), neighbours)
        return found, distances


def codes(descriptors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(n, 32) uint8, 256 bits for each RootSIFT descriptor (n, 128)."""
    return np.packbits((descriptors - mean) @ _bases() > 0, axis=1)


@cache
def _bases() -> NDArray[np.float32]:
    rng = np.random.default_rng(2002)
    bases = [np.linalg.qr(rng.standard_normal((128, 128)))[0] for _ in range(BITS // 128)]
    return np.concatenate(bases, axis=1).astype(np.float32)


def name_of(keys: Iterable[str]) -> str:
    """A name that only these panels have."""
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]


def build(
    folder: Path, keys: Sequence[str], signatures: Callable[[Sequence[str]], Iterable[Signature]], low: int
) -> Path:
    """Write the segment of these panels below ``folder``; it is there whole or not at all.

    Parameters
    ----------
    signatures : gives the signatures of some of the ``keys``, in their order; memory holds one at a time.
    low : number of keypoints below which a panel counts as hard to find by them.
    """
    import faiss

    target = folder / name_of(keys)
    if target.is_dir():
        return target
    draft = folder / f".{target.name}-{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    mean = _mean(signatures(keys[:: max(1, len(keys) // SAMPLE)]))
    np.save(draft / "mean.npy", mean)
    bits = _write_panels(draft, signatures(keys), mean, low)
    faiss.write_index_binary(_indexed(bits), str(draft / "codes.faiss"))
    np.save(draft / KEYS, np.array([key.encode("ascii") for key in keys], np.bytes_))
    sums = {file.name: _checksum(file) for file in sorted(draft.iterdir())}
    (draft / "checksums.json").write_text(json.dumps(sums), encoding="ascii")
    _publish(draft, target)
    return target


def _write_panels(
    draft: Path, signatures: Iterable[Signature], mean: NDArray[np.float32], low: int
) -> NDArray[np.uint8]:
    """Write all but the codes of the panels; the codes (n, 32), for which memory is free again afterwards."""
    owners, geometry, hashes, sparse = [np.zeros(0, np.int32)], [np.zeros((0, 4), np.float32)], [], []
    bits = bytearray()
    for number, signature in enumerate(signatures):
        owners.append(np.full(len(signature), number, np.int32))
        geometry.append(np.column_stack([signature.points, signature.sizes, signature.angles]))
        bits += codes(rootsift(signature.descriptors), mean).tobytes()
        hashes.append(signature.hashes[0].view(np.uint64))
        sparse.append(signature.keypoints < low)
    np.save(draft / "owner.npy", np.concatenate(owners))
    np.save(draft / "geometry.npy", np.concatenate(geometry))
    np.save(draft / "hashes.npy", np.array(hashes, np.uint64).reshape(-1, 4))
    np.save(draft / "low.npy", np.array(sparse, bool))
    return np.frombuffer(bits, np.uint8).reshape(-1, BITS // 8)


def _mean(signatures: Iterable[Signature]) -> NDArray[np.float32]:
    """The mean RootSIFT descriptor, (128,)."""
    total, count = np.zeros(128), 0
    for signature in signatures:
        total += rootsift(signature.descriptors).sum(axis=0)
        count += len(signature)
    return np.asarray(total / max(1, count), dtype=np.float32)


def _indexed(bits: NDArray[np.uint8]) -> Any:
    """A flat index of few codes, an inverted file of many."""
    import faiss

    flat = faiss.IndexBinaryFlat(BITS)
    if len(bits) <= FLAT:
        flat.add(bits)
        return flat
    cells = int(CELLS * math.sqrt(len(bits)))
    # A sample as cells loses little against k-means and costs nothing; a fixed seed makes equal segments equal.
    chosen = np.random.default_rng(0).choice(len(bits), cells, replace=False)
    flat.add(bits[np.sort(chosen)])
    index = faiss.IndexBinaryIVF(flat, BITS, cells)
    index.is_trained = True
    index.nprobe = PROBES
    for start in range(0, len(bits), AT_ONCE):
        index.add(bits[start : start + AT_ONCE])
    return index  # its Python object keeps the cells alive


def _publish(draft: Path, target: Path) -> None:
    """Everything is on the disk before the name is."""
    for file in draft.iterdir():
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    try:
        draft.rename(target)
    except OSError:
        if not target.is_dir():  # else another process has built the same
            raise
        shutil.rmtree(draft, ignore_errors=True)


def open_segment(folder: Path) -> Segment:
    """Open a segment; its files are mapped into memory and read as they are needed.

    Raises
    ------
    OSError, ValueError, RuntimeError : it is not whole; build it again.
    """
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.read_index_binary(str(folder / "codes.faiss"), faiss.IO_FLAG_MMAP_IFC)
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("owner", "geometry", "hashes", "low")}
    return Segment(_keys(folder), mean=np.load(folder / "mean.npy"), index=index, **arrays)


def segment_keys(folder: Path, panels: Sequence[int] | None = None) -> tuple[str, ...]:
    """The content keys of some panels of a segment, or of all."""
    keys = _keys(folder)
    return tuple(key.decode("ascii") for key in (keys if panels is None else keys[list(panels)]).tolist())


def _keys(folder: Path) -> NDArray[np.bytes_]:
    return np.asarray(np.load(folder / KEYS, mmap_mode="r"))


def is_whole(folder: Path) -> bool:
    """Whether every file of a segment is as it was written."""
    try:
        sums = json.loads((folder / "checksums.json").read_text(encoding="ascii"))
        return all(_checksum(folder / name) == kept for name, kept in sums.items())
    except (OSError, ValueError):
        return False


def _checksum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
