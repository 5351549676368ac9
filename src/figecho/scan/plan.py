"""Paths → what is to be read, what is not and why, and the key under which an interrupted scan is found again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figecho.options import Limits
from figecho.scan.cost import seconds_to_read
from figecho.sources.folder import find
from figecho.sources.open import parse_address
from figecho.types import Document


@dataclass(frozen=True)
class Entry:
    """One row of the ledger to be: its path, and its row where that is settled without reading the file.

    ``size`` and ``changed`` (nanoseconds) are the file's, to notice when it is another one; -1 where unknown.
    """

    position: int
    path: str
    settled: Document | None = None
    size: int = -1
    changed: int = -1


def make_plan(paths: Sequence[str]) -> tuple[Entry, ...]:
    """Every file and folder entry that the paths lead to, in the order of the ledger."""
    return tuple(_entry(position, found) for position, found in enumerate(find(paths)))


def _entry(position: int, found: Document | str) -> Entry:
    if isinstance(found, Document):
        return Entry(position, found.path, found)
    try:
        status = Path(parse_address(found).path).stat()
    except (OSError, ValueError):  # it has gone since: reading it will say so
        return Entry(position, found)
    return Entry(position, found, None, status.st_size, status.st_mtime_ns)


def plan_key(plan: Sequence[Entry], settings: Mapping[str, Any]) -> str:
    """A hash of what will be scanned and how: equal keys lead to equal runs."""
    rows = [[entry.path, entry.size, entry.changed, entry.settled and entry.settled.to_dict()] for entry in plan]
    what = json.dumps([str(Path.cwd()), rows, dict(settings)], sort_keys=True)
    return hashlib.sha256(what.encode("ascii")).hexdigest()


def seconds_for(entry: Entry, limits: Limits) -> float:
    """How long reading an entry of the plan may take."""
    return seconds_to_read(parse_address(entry.path).path, entry.size, limits)


def as_paths(paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[str]:
    """One path or many, as text."""
    if isinstance(paths, str | os.PathLike):
        return [os.fspath(paths)]
    return [os.fspath(path) for path in paths]
