"""Where runs lie: ``ROOT/runs/ID/run.db``, and beside it, until the run is finished, the file ``unfinished``.

What the runs of one version and one set of options share lies in ``ROOT/cache/KEY``, and may be removed at any time.

The file ``unfinished`` holds the key of what is being scanned, so that the same scan finds it again, and the scan that
works on it holds a lock on it, so that no second one does. The system drops the lock of a process that dies, however
it dies.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from figecho.errors import StoreError
from figecho.store.catalogue import Catalogue
from figecho.store.codec import pixels_to_png
from figecho.store.decisions import Decisions
from figecho.store.panels import FILE as PANELS_FILE
from figecho.store.panels import PanelStore
from figecho.types import Run

FILE = "run.db"
UNFINISHED = "unfinished"
SPOOL = "spool"
DEFAULT_ROOT = ".figecho"
#: Days after which an unused cache is removed.
CACHE_DAYS = 30


@contextmanager
def open_cache(root: str | os.PathLike[str], key: str) -> Iterator[PanelStore]:
    """The panels that earlier scans of this ``key`` (version and options) described and compared.

    Caches of other keys that no scan has used for `CACHE_DAYS` are removed.

    Raises
    ------
    StoreError : the folder cannot be written, or the cache is damaged.
    """
    folder = Path(root) / "cache" / key
    try:
        for part in (Path(root), folder.parent, folder):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.utime(folder)
        _remove_old(folder.parent)
        store = PanelStore(folder / PANELS_FILE, writable=True)
    except (OSError, sqlite3.Error) as error:
        raise _cannot_store(folder, error) from error
    with store:
        yield store


def cached_png(root: str | os.PathLike[str], key: str) -> bytes | None:
    """Pixels of a panel or picture (PNG) by its content key, from whichever cache still has them.

    A run keeps what its findings show; the caches have the rest, for as long as they are used.
    """
    for file in sorted((Path(root) / "cache").glob(f"*/{PANELS_FILE}")):
        with PanelStore(file) as store:
            if (png := store.png(key)) is not None:
                return png
    return None


def _remove_old(caches: Path) -> None:
    """A cache is of no more use once figecho was updated: its time stamp says when a scan last opened it."""
    for folder in caches.iterdir():
        if time.time() - folder.stat().st_mtime > CACHE_DAYS * 24 * 3600:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def begin(root: str | os.PathLike[str], key: str, about: Mapping[str, Any]) -> Iterator[Catalogue]:
    """Go on with the unfinished run that has this ``key``, or begin a new one; yields its catalogue.

    The run counts as finished once `Catalogue.finish` was called and the block is left without an error.

    Parameters
    ----------
    root : folder that keeps the runs; it is made, for nobody else to read, where there is none.
    key : names the inputs, settings and version; two scans with the same key would store the same.
    about : what to store of a new run (``version``, ``settings``); ``id`` and ``created`` are added.

    Raises
    ------
    StoreError : the folder cannot be written, or the disk is full.
    """
    runs = Path(root) / "runs"
    with ExitStack() as opened:
        try:
            _make_private(runs)
            folder = _resumed(runs, key, opened) or _new(runs, key, opened)
            # What a killed scan left there is taken up by nobody.
            shutil.rmtree(folder / SPOOL, ignore_errors=True)
            (folder / SPOOL).mkdir(mode=0o700)
            catalogue = opened.enter_context(Catalogue(folder / FILE, writable=True))
            if "id" not in catalogue.meta():
                created = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
                catalogue.set_meta(**{"id": folder.name, "created": created, "key": key, **about})
        except (OSError, sqlite3.Error) as error:
            raise _cannot_store(runs, error) from error
        try:
            yield catalogue
            shutil.rmtree(folder / SPOOL, ignore_errors=True)
            (folder / UNFINISHED).unlink()
        except sqlite3.Error as error:
            raise _cannot_store(folder, error) from error


def _make_private(runs: Path) -> None:
    """The root and its runs, for the owner alone; a root that is there already keeps its permissions."""
    runs.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    runs.mkdir(mode=0o700, exist_ok=True)


def _cannot_store(folder: Path, error: Exception) -> StoreError:
    cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return StoreError(
        f"{folder}: the run cannot be stored here ({cause}); make room or work in a folder that you may write,"
        " and repeat the command"
    )


def _resumed(runs: Path, key: str, opened: ExitStack) -> Path | None:
    """The newest unfinished run with this key that no living scan works on, locked."""
    for mark in sorted(runs.glob(f"*/{UNFINISHED}"), reverse=True):
        folder = mark.parent
        if mark.read_text(encoding="ascii", errors="replace") != key or not _lock(mark, opened):
            continue
        if not mark.exists():  # finished by another scan between the look and the lock
            continue
        with Catalogue(folder / FILE, writable=True) as catalogue:
            finished = catalogue.meta().get("finished", False)
        if not finished:
            return folder
        mark.unlink()  # killed between its last transaction and this
    return None


def _new(runs: Path, key: str, opened: ExitStack) -> Path:
    while True:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        folder = runs / f"{stamp}-{secrets.token_hex(2)}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        # Written under another name first: a half-written key would be locked by nobody and found by everybody.
        draft = folder / f".{UNFINISHED}"
        draft.write_text(key, encoding="ascii")
        _lock(draft, opened)
        draft.rename(folder / UNFINISHED)
        return folder


def _lock(path: Path, opened: ExitStack) -> bool:
    """Try to take the file's lock, kept until ``opened`` is closed."""
    file = path.open()
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    opened.enter_context(file)
    return True


def save_run(run: Run, root: str | os.PathLike[str] = DEFAULT_ROOT) -> Path:
    """Store a run that is already whole, pixels included; returns its folder.

    Raises
    ------
    StoreError : there is such a run already, or it cannot be written.
    """
    folder = Path(root) / "runs" / run.id
    try:
        _make_private(folder.parent)
        folder.mkdir(mode=0o700)
    except FileExistsError as error:
        raise StoreError(f"{folder}: there is such a run already; remove it first") from error
    except OSError as error:
        raise _cannot_store(folder, error) from error
    try:
        with Catalogue(folder / FILE, writable=True) as catalogue:
            for position, document in enumerate(run.documents):
                catalogue.add_document(position, document)
            catalogue.add_pixels((key, pixels_to_png(run.pixels[key])) for key in run.pixels)
            catalogue.finish(
                run.findings,
                id=run.id,
                version=run.version,
                created=run.created,
                settings=dict(run.settings),
                groups=run.groups,
                pairs=run.pairs,
                verified=run.verified,
                failed=run.failed,
            )
    except sqlite3.Error as error:
        raise _cannot_store(folder, error) from error
    return folder


def load_run(
    id_or_path: str | os.PathLike[str], root: str | os.PathLike[str] = DEFAULT_ROOT, *, details: bool = True
) -> Run:
    """A stored run by its id, its folder or its file; ``details`` as for `Catalogue.run`.

    Raises
    ------
    StoreError : there is no such run, it is unfinished, damaged, or written by a newer figecho.
    """
    name = os.fspath(id_or_path)
    file = _file_of(name, Path(root) / "runs")
    if file is None:
        raise StoreError(f"{name}: there is no such run under {Path(root) / 'runs'}; `figecho scan` makes one")
    try:
        with Catalogue(file) as catalogue:
            if not catalogue.meta().get("finished"):
                raise StoreError(f"{name}: this scan was not finished; repeat the same command and it goes on")
            run = catalogue.run(details=details)
        return replace(run, findings=Decisions(_root_of(file)).applied(run.findings))
    except (sqlite3.Error, KeyError, ValueError, TypeError) as error:
        raise StoreError(f"{name}: the run is damaged ({error}); scan again") from error


def _root_of(file: Path) -> Path:
    """The root that a run's file lies under; a file that was moved away has its decisions beside it, if any."""
    runs = file.parent.parent
    return runs.parent if runs.name == "runs" else file.parent


def _file_of(name: str, runs: Path) -> Path | None:
    for candidate in (runs / name / FILE, Path(name) / FILE, Path(name)):
        if name and candidate.is_file():
            return candidate
    return None
