"""Vectors of pictures that were described before, by content and model: described once, kept beside the runs.

A cache: whoever deletes ``.figecho/embeddings.db`` loses time and nothing else.
"""

from __future__ import annotations

import io
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from figecho.errors import StoreError

FILE = "embeddings.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS embedding (
    model TEXT NOT NULL,    -- the key of the model's card: its file's hash and all its settings
    content TEXT NOT NULL,  -- the content key of the picture
    row BLOB NOT NULL,      -- the vector, or the bits of a hash, as a NumPy file
    PRIMARY KEY (model, content)
) WITHOUT ROWID
"""
#: SQLite takes so many parameters in any version.
MOST_PARAMETERS = 900


class Embeddings:
    """The vectors of one model; use it in a ``with`` block.

    Parameters
    ----------
    root : folder that keeps the runs; it is made, for nobody else to read, where there is none.
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
        """The vectors that are there, by content."""
        wanted = list(dict.fromkeys(contents))
        found: dict[str, NDArray[Any]] = {}
        try:
            for start in range(0, len(wanted), MOST_PARAMETERS):
                part = wanted[start : start + MOST_PARAMETERS]
                marks = ",".join("?" * len(part))
                query = f"SELECT content, row FROM embedding WHERE model = ? AND content IN ({marks})"
                found.update((key, _loads(data)) for key, data in self._database.execute(query, [self._model, *part]))
        except (sqlite3.Error, ValueError) as error:
            raise self._sentence(error) from error
        return found

    def add(self, rows: Mapping[str, NDArray[Any]]) -> None:
        """Keep vectors by content, all or none."""
        values = [(self._model, content, _dumps(row)) for content, row in rows.items()]
        try:
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?, ?)", values)
        except sqlite3.Error as error:
            raise self._sentence(error) from error

    def _sentence(self, error: Exception) -> StoreError:
        return StoreError(f"{self._file}: vectors cannot be kept here ({error}); make room, or delete this file")


def _dumps(row: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, row, allow_pickle=False)
    return file.getvalue()


def _loads(data: bytes) -> NDArray[Any]:
    return np.asarray(np.load(io.BytesIO(data), allow_pickle=False))
