"""Descriptor segments: what a set of panels looks like, on disk, mapped into memory when searched.

A descriptor becomes 256 bits: the signs of its projections, less the mean of all descriptors, on two random
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
from figecho.work.remote import Need, checksum_of, stands

#: Bits of a code: two orthonormal bases of the descriptor space.
BITS = 256
#: Descriptors up to which every one is looked at; beyond, cells are.
FLAT = 20_000
#: Cells per square root of the number of descriptors, and how many of them a query looks into.
CELLS = 3.0
PROBES = 10
#: The file with the panels' content keys, and the one with the SHA-256 of all the others.
KEYS, CHECKSUMS = "keys.npy", "checksums.json"
#: Codes that are sorted into cells at once.
AT_ONCE = 100_000
#: The mean RootSIFT descriptor of 120 base pictures for fitting in `benchmarks.reuse.sources`, made the same as that of
#: their mirrored and inverted forms: two rows and two columns of the 4 × 4 × 8 layout tell the rest. It is a constant,
#: so that codes of different segments are as far apart as those of one.
MEAN_QUARTER = (
    (0.063, 0.063, 0.055, 0.052, 0.055, 0.044, 0.038, 0.046),
    (0.107, 0.083, 0.058, 0.053, 0.058, 0.047, 0.048, 0.070),
    (0.084, 0.066, 0.056, 0.063, 0.073, 0.054, 0.042, 0.055),
    (0.157, 0.099, 0.064, 0.068, 0.080, 0.060, 0.054, 0.093),
)


@dataclass(frozen=True)
class Place:
    """Where a segment lies: in ``folder``; or its keys and checksums there, and all of its files at ``address``."""

    folder: Path
    address: str = ""

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.address, self.folder / CHECKSUMS),) if self.address else ()


def here(places: Sequence[Place], copies: Sequence[Path]) -> tuple[Place, ...]:
    """The same segments, those at an address in their copies, which come in the same order."""
    coming = iter(copies)
    return tuple(Place(next(coming)) if place.address else place for place in places)


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
    index: Any

    def place(self, key: str) -> int | None:
        """The number of a panel in this segment, where it is in there."""
        places = np.flatnonzero(self.keys == key.encode("ascii"))
        return int(places[0]) if len(places) else None

    def search(self, descriptors: NDArray[np.float32], neighbours: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The nearest stored descriptors of RootSIFT ``descriptors`` (m, 128).

        Returns indices (m, neighbours), -1 where there are fewer, and Hamming distances, the nearest first.
        """
        distances, found = self.index.search(codes(descriptors), neighbours)
        return found, distances


def codes(descriptors: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(n, 32) uint8, 256 bits for each RootSIFT descriptor (n, 128)."""
    return np.packbits(descriptors @ _bases() > mean_descriptor() @ _bases(), axis=1)


@cache
def mean_descriptor() -> NDArray[np.float32]:
    """The mean RootSIFT descriptor, (128,)."""
    corner = np.array(MEAN_QUARTER, np.float32).reshape(2, 2, 8)
    opposite = (-np.arange(8)) % 8  # a mirror turns orientations over
    top = np.concatenate([corner, corner[:, ::-1, opposite]], axis=1)
    return np.concatenate([top, top[::-1][:, :, opposite]]).reshape(-1)


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
    bits = _write_panels(draft, signatures(keys), low)
    faiss.write_index_binary(_indexed(bits), str(draft / "codes.faiss"))
    np.save(draft / KEYS, np.array([key.encode("ascii") for key in keys], np.bytes_))
    sums = {file.name: checksum_of(file) for file in sorted(draft.iterdir())}
    (draft / CHECKSUMS).write_text(json.dumps(sums), encoding="ascii")
    _publish(draft, target)
    return target


def _write_panels(draft: Path, signatures: Iterable[Signature], low: int) -> NDArray[np.uint8]:
    """Write all but the codes of the panels; the codes (n, 32), for which memory is free again afterwards."""
    owners, geometry, hashes, sparse = [np.zeros(0, np.int32)], [np.zeros((0, 4), np.float32)], [], []
    bits = bytearray()
    for number, signature in enumerate(signatures):
        owners.append(np.full(len(signature), number, np.int32))
        geometry.append(np.column_stack([signature.points, signature.sizes, signature.angles]))
        bits += codes(rootsift(signature.descriptors)).tobytes()
        hashes.append(signature.hashes[0].view(np.uint64))
        sparse.append(signature.keypoints < low)
    np.save(draft / "owner.npy", np.concatenate(owners))
    np.save(draft / "geometry.npy", np.concatenate(geometry))
    np.save(draft / "hashes.npy", np.array(hashes, np.uint64).reshape(-1, 4))
    np.save(draft / "low.npy", np.array(sparse, bool))
    return np.frombuffer(bits, np.uint8).reshape(-1, BITS // 8)


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
    return Segment(_keys(folder), index=index, **arrays)


def segment_keys(folder: Path, panels: Sequence[int] | None = None) -> tuple[str, ...]:
    """The content keys of some panels of a segment, or of all."""
    keys = _keys(folder)
    return tuple(key.decode("ascii") for key in (keys if panels is None else keys[list(panels)]).tolist())


def _keys(folder: Path) -> NDArray[np.bytes_]:
    return np.asarray(np.load(folder / KEYS, mmap_mode="r"))


def is_whole(place: Place, checksum: str) -> bool:
    """Whether every file of a segment is as it was written; ``checksum`` is that of its list of checksums."""
    try:
        if checksum_of(place.folder / CHECKSUMS) != checksum:
            return False
        sums = json.loads((place.folder / CHECKSUMS).read_text(encoding="ascii"))
        if place.address:
            return sums[KEYS] == checksum_of(place.folder / KEYS) and stands(place.address, sums)
        return all(checksum_of(place.folder / name) == kept for name, kept in sums.items())
    except (OSError, ValueError):
        return False
