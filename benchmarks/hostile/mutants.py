"""Valid files, spoiled: cut off, cut off and closed again, with bits flipped anywhere or in the header."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.hostile.valid import valid_files

#: What ends a file of a format, for those whose decoders are content with that.
ENDS = {".jpg": b"\xff\xd9", ".png": b"\0\0\0\0IEND\xae\x42\x60\x82", ".gif": b"\0;"}
#: Formats of which a truncated file must never be taken for a whole one.
STRICT = (".jpg", ".png", ".tif")
WAYS = ("cut", "closed", "flip", "head")


def write_mutants(wanted: tuple[Path, int]) -> list[str]:
    """Write so many files into a new folder: in turn of every valid file, then in every way."""
    return list(_mutants(*wanted))


def _mutants(folder: Path, count: int) -> Iterator[str]:
    folder.mkdir()
    originals = list(valid_files().items())
    rng = np.random.default_rng(0)
    for number in range(count):
        name, data = originals[number % len(originals)]
        way = WAYS[number // len(originals) % len(WAYS)]
        end = ENDS.get(Path(name).suffix)
        way = "cut" if way == "closed" and end is None else way
        path = folder / f"{number:05d}-{way}-{name}"
        spoiled = _cut(data, rng) if way in ("cut", "closed") else _flipped(data, rng, way)
        path.write_bytes(spoiled + end if way == "closed" and end is not None else spoiled)
        yield str(path)


def _cut(data: bytes, rng: np.random.Generator) -> bytes:
    """Without between a fiftieth and nine tenths of it, and at least the 40 bytes that some writers leave empty."""
    last = max(len(data) // 10 + 1, len(data) - max(40, len(data) // 50))
    return data[: int(rng.integers(len(data) // 10, last))]


def _flipped(data: bytes, rng: np.random.Generator, way: str) -> bytes:
    changed = bytearray(data)
    reach = len(data) if way == "flip" else min(64, len(data))
    for _ in range(int(rng.integers(1, 6))):
        changed[int(rng.integers(0, reach))] ^= 1 << int(rng.integers(0, 8))
    return bytes(changed)


def is_truncated(path: str) -> bool:
    """Whether a mutant lacks data that a strict reader must miss."""
    name = Path(path).name
    return name.split("-")[1] in ("cut", "closed") and name.endswith(STRICT)
