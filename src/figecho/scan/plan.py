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
from figecho.sources.folder import find
from figecho.sources.open import parse_address
from figecho.types import Document

#: A page of a document takes at least so many bytes of it, by and large: more pages are given more time.
BYTES_PER_PAGE = 256 * 1024
#: A manuscript's pages hold drawings and text, which take less: the scientific PDFs measured have 25 to 85 kB a page.
MANUSCRIPTS, BYTES_PER_MANUSCRIPT_PAGE = frozenset([".pdf", ".docx", ".pptx"]), 24 * 1024
#: A worker may take this many times what one document's data may: they are decoded and converted beside themselves.
WORKING_COPIES = 2


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
    """How long reading a document may take: a document of many pages is large."""
    manuscript = Path(parse_address(entry.path).path).suffix.lower() in MANUSCRIPTS
    per_page = BYTES_PER_MANUSCRIPT_PAGE if manuscript else BYTES_PER_PAGE
    pages = min(limits.max_pages, max(entry.size, 0) // per_page)
    return limits.seconds_per_document + pages * limits.seconds_per_page


def as_paths(paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[str]:
    """One path or many, as text."""
    if isinstance(paths, str | os.PathLike):
        return [os.fspath(paths)]
    return [os.fspath(path) for path in paths]
