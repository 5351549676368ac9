"""What one panel finds in descriptor segments, each searched for itself: the nearest descriptors of all of them.

A collection may have any number of segments, searched in any grouping, by anyone: `merge` gives what one search of all
would have given. A descriptor's nearest neighbours among all are among the nearest of each segment, and nothing that is
as far away as the last neighbour has a vote (`figecho.scan.votes`), so that ties do not matter either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figecho.errors import StoreError
from figecho.features.sift import rootsift
from figecho.features.signatures import Signature
from figecho.match.nearest import VARIANTS, permutation
from figecho.scan.segments import BITS, Place, Segment, open_segment

#: Neighbours per descriptor; the last one is the background that the others are measured against.
NEIGHBOURS = 12
#: Stands for the Hamming distance of a neighbour that is missing, where a search met fewer.
MISSING = BITS
#: Panels kept because their whole looks alike, and the largest Hamming distance at which it does, of 256 bits. Hashes
#: of unrelated panels lie at 128 ± 8 bits, were they independent.
LOOK_ALIKE, NEAR_HASH = 5, 70
#: Panels with few keypoints that are named, where there are no more than these.
LOW_TEXTURE_ALL = 16
#: A panel's number is its segment's place in the collection times this, plus its place in the segment.
PER_SEGMENT = 2**32


@dataclass(frozen=True, eq=False)
class Found:
    """What one panel's descriptors and hashes found in some segments of a collection.

    Attributes
    ----------
    distances : (m, `NEIGHBOURS`) int16, Hamming distances of each asking descriptor's neighbours, the nearest first.
    panels : (m, `NEIGHBOURS`) int64, numbers of the panels whose they are; -1 for the panel itself, for what is
        missing, and for what has no vote.
    geometry : (m, `NEIGHBOURS`, 4) float32, the neighbour's keypoint, as in `Segment`.
    low : (m, `NEIGHBOURS`) bool, whether it belongs to a panel with few keypoints.
    alike : (n, 2) int64, n ≤ `LOOK_ALIKE`: Hamming distance and number of panels whose whole looks alike, in any of
        eight orientations, inverted or not; the most alike first.
    sparse : (n,) int64, n ≤ `LOW_TEXTURE_ALL` + 1: numbers of panels with few keypoints, all of them unless n is larger
        than `LOW_TEXTURE_ALL`.
    """

    distances: NDArray[np.int16]
    panels: NDArray[np.int64]
    geometry: NDArray[np.float32]
    low: NDArray[np.bool_]
    alike: NDArray[np.int64]
    sparse: NDArray[np.int64]


def asked(signature: Signature) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The keypoint and the variant that each asking descriptor of a panel comes from, (m,) each.

    All keypoints ask as they are, and some in each other variant: most copies are neither mirrored nor inverted, and
    those of small parts need every keypoint.
    """
    counts = [len(signature) if variant == VARIANTS[0] else signature.asking for variant in VARIANTS]
    return np.concatenate([np.arange(count) for count in counts]), np.repeat(np.arange(len(VARIANTS)), counts)


def search(signature: Signature, segment: Segment, place: int = 0, skip: int | None = None) -> Found:
    """What a panel finds in one segment.

    Parameters
    ----------
    place : the segment's place in its collection.
    skip : the panel's own place in the segment, where it is in there.
    """
    first = place * PER_SEGMENT
    distances, panels, geometry, low = _neighbours(signature, segment, skip)
    few = np.flatnonzero(segment.low)
    return Found(
        distances,
        np.where(panels < 0, panels, panels + first),
        geometry,
        low,
        _look_alikes(signature, segment, skip) + np.array([0, first]),
        few[: LOW_TEXTURE_ALL + 1] + first,
    )


def _neighbours(
    signature: Signature, segment: Segment, skip: int | None
) -> tuple[NDArray[np.int16], NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]:
    keypoints, _ = asked(signature)
    shape = len(keypoints), NEIGHBOURS
    distances = np.full(shape, MISSING, np.int16)
    panels = np.full(shape, -1, np.int64)
    geometry = np.zeros((*shape, 4), np.float32)
    low = np.zeros(shape, bool)
    wanted = min(NEIGHBOURS, len(segment.owner))
    if wanted and len(signature):
        roots = rootsift(signature.descriptors)
        turned = [roots[: len(roots) if variant == VARIANTS[0] else signature.asking] for variant in VARIANTS]
        asking = [part[:, permutation(variant)] for part, variant in zip(turned, VARIANTS, strict=True)]
        found, measured = segment.search(np.concatenate(asking), wanted)
        distances[:, :wanted] = np.where(found >= 0, measured, MISSING)
        rows, columns = np.nonzero((found >= 0) & (distances[:, :wanted] < distances[:, -1:]))
        stored = found[rows, columns]
        owners = segment.owner[stored]
        panels[rows, columns] = np.where(owners == (-1 if skip is None else skip), -1, owners)
        geometry[rows, columns] = segment.geometry[stored]
        low[rows, columns] = segment.low[owners]
    return distances, panels, geometry, low


def _look_alikes(signature: Signature, segment: Segment, skip: int | None) -> NDArray[np.int64]:
    turned = signature.hashes.view(np.uint64)
    distances = np.bitwise_count(turned[:, None, :] ^ segment.hashes[None, :, :]).sum(axis=2, dtype=np.int64)
    # All bits but the first, which is always 0, turn over in a negative.
    nearest = np.minimum(distances, 255 - distances).min(axis=0)
    if skip is not None:
        nearest[skip] = BITS
    order = np.argsort(nearest, kind="stable")[:LOOK_ALIKE]
    near = np.column_stack([nearest[order], order])[nearest[order] <= NEAR_HASH]
    return np.asarray(near, dtype=np.int64)


def merge(parts: Sequence[Found]) -> Found:
    """What one panel found in all of the segments that the parts are about, which come in the collection's order."""
    if len(parts) == 1:
        return parts[0]
    distances = np.concatenate([part.distances for part in parts], axis=1)
    order = np.argsort(distances, axis=1, kind="stable")[:, :NEIGHBOURS]
    rows = np.arange(len(order))[:, None]
    alike = np.concatenate([part.alike for part in parts])
    return Found(
        distances[rows, order],
        np.concatenate([part.panels for part in parts], axis=1)[rows, order],
        np.concatenate([part.geometry for part in parts], axis=1)[rows, order],
        np.concatenate([part.low for part in parts], axis=1)[rows, order],
        alike[np.argsort(alike[:, 0], kind="stable")[:LOOK_ALIKE]],
        np.concatenate([part.sparse for part in parts])[: LOW_TEXTURE_ALL + 1],
    )


def search_all(
    keys: Sequence[str], signatures: Sequence[Signature], segments: Sequence[tuple[int, Place]]
) -> list[Found]:
    """What each of some panels finds in some segments of a collection, given with their places in it.

    One segment is open at a time, so that neither memory nor address space grow with their number.
    """
    found: list[Found] = []
    for place, lies in segments:
        segment = open_segment(lies.folder)
        new = [
            search(signature, segment, place, segment.place(key))
            for key, signature in zip(keys, signatures, strict=True)
        ]
        found = [merge(parts) for parts in zip(found, new, strict=True)] if found else new
    return found


def write_found(file: Path, found: Mapping[str, Found]) -> None:
    """Write what some panels, named by their content keys, found.

    Raises
    ------
    StoreError : the file cannot be written.
    """
    arrays = {f"{key}.{each.name}": getattr(some, each.name) for key, some in found.items() for each in fields(Found)}
    try:
        np.savez(file, **arrays)
    except OSError as error:
        raise StoreError(f"{file.parent}: cannot be written ({error.strerror}); make room") from error


def read_found(file: Path, keys: Sequence[str]) -> list[Found]:
    """What `write_found` wrote of some panels."""
    with np.load(file, allow_pickle=False) as arrays:
        return [Found(**{each.name: arrays[f"{key}.{each.name}"] for each in fields(Found)}) for key in keys]
