"""A library's folder: ``LIBRARY/panels.db``, its descriptor ``segments/``, and a lock that adders take in turn."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

from figecho.errors import StoreError
from figecho.store.panels import FILE, PanelStore

SEGMENTS, SPOOL, LOCK = "segments", "spool", "lock"
REMEDY = "`figecho library verify` names what rotted; remove those documents and add them again"


def make(folder: Path) -> None:
    """An empty library for nobody else to read; the folder must be new or empty.

    Raises
    ------
    StoreError : there is something already, or it cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise StoreError(f"{folder}: there is something here already; choose another name for the library")
        for part in (folder, folder / SEGMENTS):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        PanelStore(folder / FILE, writable=True, durable=True).close()
    except (OSError, sqlite3.Error) as error:
        raise _cannot(folder, "made", error) from error


def exists(folder: Path) -> bool:
    """Whether there is a library."""
    return (folder / FILE).is_file()


@contextmanager
def reading(folder: Path) -> Iterator[PanelStore]:
    """The library's panels, to read.

    Raises
    ------
    StoreError : there is no library, or it is damaged or from a newer figecho.
    """
    if not exists(folder):
        raise StoreError(f"{folder}: there is no library here; `figecho library create {folder}` makes one")
    try:
        with PanelStore(folder / FILE) as store:
            yield store
    except sqlite3.Error as error:
        raise _cannot(folder, "read", error) from error


@contextmanager
def writing(folder: Path) -> Iterator[PanelStore]:
    """The library's panels, to change, and an empty spool; whoever changes it meanwhile is waited for.

    Raises
    ------
    StoreError : as for `reading`, or the library cannot be written.
    """
    with reading(folder):
        pass
    try:
        with os.fdopen(os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # What a killed process left there is taken up by nobody.
            shutil.rmtree(folder / SPOOL, ignore_errors=True)
            (folder / SPOOL).mkdir(mode=0o700)
            with PanelStore(folder / FILE, writable=True, durable=True) as store:
                yield store
            shutil.rmtree(folder / SPOOL, ignore_errors=True)
    except (OSError, sqlite3.Error) as error:
        raise _cannot(folder, "changed", error) from error


def sweep(folder: Path, listed: Container[str]) -> None:
    """Remove the folders of segments that are not listed: merged ones, and what a killed process left."""
    for path in (folder / SEGMENTS).iterdir():
        if path.name not in listed:
            shutil.rmtree(path)


def bytes_of(folder: Path) -> int:
    """What the library takes on the disk."""
    return sum(Path(place, name).stat().st_size for place, _, names in os.walk(folder) for name in names)


def _cannot(folder: Path, done: str, error: Exception) -> StoreError:
    cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return StoreError(
        f"{folder}: the library cannot be {done} ({cause}); make room, check that you may write here,"
        " and repeat the command"
    )
