"""Documents → a small file of arrays for each of their pictures, in isolated workers.

What a method needs of a picture waits on the disk, in a temporary folder that only the owner can read, so that memory
does not grow with the number of pictures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figecho.errors import StoreError
from figecho.options import Limits
from figecho.scan.plan import Entry, seconds_for
from figecho.scan.prepare import read_row, refused_row, with_cost
from figecho.scan.progress import Progress, stage
from figecho.sources.open import parse_address, read
from figecho.types import Document, Picture
from figecho.work.isolate import Runner
from figecho.work.remote import Need, is_remote

#: What is kept of a picture, by name. It travels to the workers, so it must be picklable.
ArraysOf = Callable[[Picture], Mapping[str, NDArray[Any]]]


@dataclass(frozen=True)
class SpoolTask:
    """A document to be read, what is kept of its pictures, and the beginning of the names of the files to write.

    ``file`` has the bytes of a document whose path is an address (`figecho.work.remote`).
    """

    path: str
    stem: Path
    arrays_of: ArraysOf
    limits: Limits
    file: Path | None = None

    def needs(self) -> tuple[Need, ...]:
        address = parse_address(self.path).path
        return (Need(address),) if is_remote(address) else ()

    def having(self, copies: tuple[Path, ...]) -> SpoolTask:
        return replace(self, file=copies[0])


@dataclass(frozen=True)
class Spooled:
    """A picture whose arrays lie in a file.

    ``address`` names it among all others; ``path`` is its document's; ``length`` is that of its first array;
    ``damage`` is what is missing of it.
    """

    address: str
    path: str
    content: str
    file: Path
    length: int
    damage: str | None = None

    def load(self) -> dict[str, NDArray[Any]]:
        with np.load(self.file, allow_pickle=False) as arrays:
            return dict(arrays)


def spool_document(task: SpoolTask) -> tuple[str, tuple[Spooled, ...]]:
    """The document's id and its pictures, with what is kept of each on the disk."""
    address = parse_address(task.path)
    id, found, numbers = "", [], []
    for picture in read(str(task.file or address.path), page=address.page, limits=task.limits):
        id = picture.document
        arrays = task.arrays_of(picture)
        file = task.stem.with_name(f"{task.stem.name}-{picture.index}.npz")
        try:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        except OSError as error:
            raise StoreError(f"{file.parent}: cannot be written ({error.strerror}); make room") from error
        length = len(next(iter(arrays.values())))
        where = _place(address.path, picture)
        found.append(Spooled(where, address.path, picture.content, file, length, picture.damage))
        numbers.append(picture.index)
    if len(found) == 1:
        return id, (replace(found[0], address=task.path),)
    places = Counter(spooled.address for spooled in found)
    return id, tuple(
        replace(spooled, address=f"{spooled.address}, picture {number}") if places[spooled.address] > 1 else spooled
        for spooled, number in zip(found, numbers, strict=True)
    )


def _place(path: str, picture: Picture) -> str:
    """Where a picture of several stands, as far as its document says: page and figure."""
    page = f"{path}#page={picture.page}" if picture.page is not None else path
    return f"{page}, {picture.figure}" if picture.figure else page


def spool_all(
    plan: Sequence[Entry], spool: Path, arrays_of: ArraysOf, runner: Runner, limits: Limits, progress: Progress
) -> tuple[tuple[Document, ...], list[Spooled]]:
    """The ledger, and all pictures in its order.

    Raises
    ------
    StoreError : the spool cannot be written. Documents that cannot be read raise nothing: the ledger has them.
    """
    entries = {
        SpoolTask(entry.path, spool / str(entry.position), arrays_of, limits): entry
        for entry in plan
        if entry.settled is None
    }
    ledger = {entry.position: entry.settled for entry in plan if entry.settled is not None}
    pictures: dict[int, tuple[Spooled, ...]] = {}
    with stage(progress, "reading", len(entries)):
        outcomes = runner.run(spool_document, entries, timeout=lambda task: seconds_for(entries[task], limits))
        for outcome in outcomes:
            entry = entries[outcome.item]
            if isinstance(outcome.error, StoreError):
                raise outcome.error
            if outcome.error is not None:
                row = refused_row(entry.path, outcome.error)
            else:
                id, found = outcome.value
                pictures[entry.position] = found
                row = read_row(entry.path, id, len(found), len(found), found)
            ledger[entry.position] = with_cost(row, outcome.cost)
            progress.advance()
    in_order = chain.from_iterable(pictures[position] for position in sorted(pictures))
    return tuple(ledger[position] for position in sorted(ledger)), list(in_order)
