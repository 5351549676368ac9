"""SQLite as every store here uses it: private files, one writer at a time, whole transactions, checksummed rows."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from figecho.errors import StoreError
from figecho.store.migrations import Format, check, migrate

#: Seconds to wait while another process writes.
PATIENCE = 60.0
#: SQLite takes at least 999 parameters in one statement in every version.
MANY = 900


def create(path: Path, format: Format, *, durable: bool = False) -> sqlite3.Connection:
    """The writer's connection; a new file is private from its first byte, and so are its companions.

    ``durable`` makes a committed transaction survive a power cut and not only a killed process.

    Raises
    ------
    StoreError : the file is none of this format or from a newer figecho.
    OSError, sqlite3.Error : it cannot be written.
    """
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        migrate(connection, str(path), format)
    except sqlite3.OperationalError:
        connection.close()
        raise
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(f"{path}: this is no figecho {format.what} ({error}); {format.remedy}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def open_existing(path: Path, format: Format, *, writable: bool = False) -> sqlite3.Connection:
    """A reader's connection, or a writer's to a file that is there and keeps its journal as it is.

    A file of an earlier version is brought to the newest one first.

    Raises
    ------
    StoreError : the file is none of this format or from a newer figecho.
    sqlite3.Error : it cannot be opened, or is of an earlier version and cannot be written.
    """
    connection = _connected(path, writable=writable)
    try:
        if check(connection, str(path), format) < format.newest:
            with closing(_connected(path, writable=True)) as writer:
                migrate(writer, str(path), format)
    except BaseException:
        connection.close()
        raise
    return connection


def _connected(path: Path, *, writable: bool) -> sqlite3.Connection:
    address = f"{path.resolve().as_uri()}?mode={'rw' if writable else 'ro'}"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=PATIENCE, check_same_thread=False)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of what the block writes, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # a full disk may have rolled it back already
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def purge(connection: sqlite3.Connection) -> None:
    """Overwrite what deleted rows left in the file and beside it: no bytes of theirs stay."""
    for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
        connection.execute(statement)


def checksum(*values: bytes | str | float | None) -> bytes:
    """Sixteen bytes that change with every bit of the values and with where one ends and the next begins."""
    digest = hashlib.blake2b(digest_size=16)
    for value in values:
        data = value if isinstance(value, bytes) else json.dumps(value).encode("ascii")
        digest.update(f"{type(value).__name__} {len(data)}:".encode())
        digest.update(data)
    return digest.digest()


def storable(text: str) -> str:
    """Paths may hold bytes that are no UTF-8 (as lone surrogates), which SQLite refuses: keep them escaped."""
    return json.dumps(text)


def original(stored: str) -> str:
    """What `storable` was given."""
    return str(json.loads(stored))
