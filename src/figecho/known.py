"""Content that is known to be legitimate wherever it occurs: a logo, a shared control, a lab's standard schematic.

It is listed once; findings that show it, in earlier and later runs, are then marked as known with the reason given.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from figecho.options import Limits, reuse_options
from figecho.scan.cost import WORKING_COPIES
from figecho.scan.plan import as_paths, make_plan
from figecho.scan.progress import Silent
from figecho.scan.reading import Reader
from figecho.scan.scan import Paths
from figecho.scan.settings import cache_key
from figecho.store.decisions import Decisions
from figecho.store.runs import DEFAULT_ROOT, open_cache
from figecho.types import Document
from figecho.work.isolate import Workers


@dataclass(frozen=True)
class Contents:
    """The contents of some documents: keys of their panels, and the ledger."""

    keys: tuple[str, ...]
    documents: tuple[Document, ...]


def add(
    paths: Paths, reason: str, *, reviewer: str | None = None, root: str | os.PathLike[str] = DEFAULT_ROOT
) -> Contents:
    """List all panels of these documents as legitimate.

    Raises
    ------
    StoreError : the list cannot be written. Documents that cannot be read raise nothing: the ledger has them.
    """
    found = _contents(paths, root)
    Decisions(root).add_known(found.keys, reason, reviewer)
    return found


def remove(paths: Paths, *, root: str | os.PathLike[str] = DEFAULT_ROOT) -> Contents:
    """Take all panels of these documents off the list."""
    found = _contents(paths, root)
    Decisions(root).remove_known(found.keys)
    return found


def listed(*, root: str | os.PathLike[str] = DEFAULT_ROOT) -> Mapping[str, str]:
    """Why each listed content is legitimate, by content key."""
    return Decisions(root).known()


def _contents(paths: Paths, root: str | os.PathLike[str]) -> Contents:
    """Read documents as a scan does, isolated and through its cache."""
    options, limits = reuse_options(), Limits()
    plan = make_plan(as_paths(paths))
    memory = WORKING_COPIES * limits.memory_bytes
    with (
        open_cache(root, cache_key(options, limits)) as cache,
        tempfile.TemporaryDirectory(dir=cache.path.parent) as spool,
        Workers(1, memory_bytes=memory, preload=("figecho.scan.prepare",)) as workers,
    ):
        reader = Reader(cache, workers, options, limits, Path(spool), Silent())
        settled = sorted(reader.read(plan), key=lambda each: each.entry.position)
    keys = dict.fromkeys(place.content for each in settled for place in each.places)
    return Contents(tuple(keys), tuple(each.row for each in settled))
