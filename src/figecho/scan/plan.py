"""Paths → what is to be read, what is not and why, and the key under which an interrupted scan is found again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from figecho.errors import InputError, UnavailableError
from figecho.options import Limits
from figecho.scan.cost import seconds_to_read
from figecho.sources.folder import by_name_or_content, find, left_behind
from figecho.sources.open import parse_address
from figecho.types import Document
from figecho.work.remote import find_remote, is_remote


@dataclass(frozen=True)
class Entry:
    """One row of the ledger to be: its path, and its row where that is settled without reading the file.

    ``size`` and ``changed`` (nanoseconds) are the file's, to notice when it is another one; -1 where unknown. Of a
    document at an address, ``version`` is what its storage says for that.
    """

    position: int
    path: str
    settled: Document | None = None
    size: int = -1
    changed: int = -1
    version: str = ""


def make_plan(paths: Sequence[str]) -> tuple[Entry, ...]:
    """Every file and folder entry that the paths lead to, in the order of the ledger: addresses come last."""
    here = find([path for path in paths if not is_remote(path)])
    plan = [_entry(position, found) for position, found in enumerate(here)]
    for address in dict.fromkeys(filter(is_remote, paths)):
        plan += [replace(entry, position=len(plan) + number) for number, entry in enumerate(_at(address))]
    return tuple(plan)


def _at(address: str) -> Iterator[Entry]:
    """Entries for the documents at an address, by the rules for those of a folder."""
    try:
        parsed = parse_address(address)
        fragment = address[len(parsed.path) :]
        for listed in find_remote(parsed.path):
            why = next(filter(None, map(left_behind, listed.below.split("/"))), None)
            settled: Document | str = listed.address  # given by name, reading will say what is wrong with it
            if why is not None:
                settled = Document(None, listed.address, "skipped", why, "hidden")
            elif listed.below:
                settled = by_name_or_content(listed.address, listed.beginning)
            if isinstance(settled, Document):
                yield Entry(0, settled.path, settled)
            else:
                yield Entry(0, listed.address + fragment, None, listed.size, version=listed.version)
    except (InputError, UnavailableError) as error:
        code, reason = (error.code, error.reason) if isinstance(error, InputError) else ("unavailable", str(error))
        yield Entry(0, address, Document(None, address, "refused", reason, code))


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
    rows = [
        [entry.path, entry.size, entry.changed, entry.version, entry.settled and entry.settled.to_dict()]
        for entry in plan
    ]
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
