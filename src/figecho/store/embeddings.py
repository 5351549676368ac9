"""Vectors of pictures that were described before, by content and model: described once, kept beside the runs, and in a
library's folder for its panels.

A cache: whoever deletes ``embeddings.db`` loses time and nothing else, and what has rotted in it counts as missing.
"""

from __future__ import annotations

import io
import os
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from figecho.errors import StoreError
from figecho.store.database import MANY, checksum
from figecho.store.database import purge as purge_database

FILE = "embeddings.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vector (
    model TEXT NOT NULL,     -- the key of the model's card: its file's hash and all its settings
    content TEXT NOT NULL,   -- the content key of the picture
    row BLOB NOT NULL,       -- the vector, or the bits of a hash, as a NumPy file
    checksum BLOB NOT NULL,  -- of all of the above
    PRIMARY KEY (model, content)
) WITHOUT ROWID
"""


class Embeddings:
    """The vectors of one model; use it in a ``with`` block.

    Parameters
    ----------
    root : folder that keeps the runs, or a library's; it is made, for nobody else to read, where there is none.
    model : names the model and its settings; other keys' vectors are never returned.

    Raises
    ------
    StoreError : the file cannot be opened, read or written.
    """

    def __init__(self, root: str | os.PathLike[str], model: str) -> None:
        self._file = Path(root) / FILE
        self._model = model
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600))
            self._database = sqlite3.connect(self._file, timeout=30)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise self._sentence(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._database.close()

    def known(self, contents: Iterable[str]) -> dict[str, NDArray[Any]]:
        """The vectors that are there and whole, by content."""
        wanted = list(dict.fromkeys(contents))
        found: dict[str, NDArray[Any]] = {}
        try:
            for start in range(0, len(wanted), MANY):
                part = wanted[start : start + MANY]
                marks = ",".join("?" * len(part))
                query = f"SELECT content, row, checksum FROM vector WHERE model = ? AND content IN ({marks})"
                for content, data, kept in self._database.execute(query, [self._model, *part]):
                    if checksum(self._model, content, data) == kept:
                        found[content] = _loads(data)
        except sqlite3.Error as error:
            raise self._sentence(error) from error
        return found

    def add(self, rows: Mapping[str, NDArray[Any]]) -> None:
        """Keep vectors by content, all or none."""
        keyed = [(self._model, content, _dumps(row)) for content, row in rows.items()]
        values = [(*each, checksum(*each)) for each in keyed]
        try:
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?, ?, ?)", values)
        except sqlite3.Error as error:
            raise self._sentence(error) from error

    def forget_all_but(self, contents: Collection[str], *, purge: bool) -> None:
        """See the function of this name."""
        try:
            with self._database:
                there = self._database.execute("SELECT DISTINCT content FROM vector").fetchall()
                gone = [(content,) for (content,) in there if content not in contents]
                self._database.executemany("DELETE FROM vector WHERE content = ?", gone)
            if purge:
                purge_database(self._database)
        except sqlite3.Error as error:
            raise self._sentence(error) from error

    def _sentence(self, error: Exception) -> StoreError:
        return StoreError(
            f"{self._file}: vectors cannot be kept here ({error}); make room, check that you may write here, or delete"
            " this file"
        )


def forget_all_but(root: str | os.PathLike[str], contents: Collection[str], *, purge: bool) -> None:
    """Remove the vectors of all other contents, whatever the model, where any are kept.

    With ``purge`` no byte of theirs stays in the file.

    Raises
    ------
    StoreError : the file cannot be written.
    """
    if not (Path(root) / FILE).is_file():
        return
    with Embeddings(root, "") as embeddings:
        embeddings.forget_all_but(contents, purge=purge)


def _dumps(row: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, row, allow_pickle=False)
    return file.getvalue()


def _loads(data: bytes) -> NDArray[Any]:
    return np.asarray(np.load(io.BytesIO(data), allow_pickle=False))
