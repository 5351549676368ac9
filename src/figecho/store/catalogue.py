"""One run in one SQLite file: the ledger, every place where a panel occurs, the findings and the pixels they show.

The run is readable on its own: what its panels were described and compared with lies in the cache (`store.panels`),
which may be removed at any time.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from figecho.errors import StoreError
from figecho.store import codec
from figecho.store.database import checksum, create, open_existing, original, storable, transaction
from figecho.store.migrations import RUN
from figecho.types import Document, Finding, Occurrence, Run

INSERT_FINDING = "INSERT INTO finding (value, details) VALUES (?, ?)"


class Catalogue:
    """The file of one run. Use it in a ``with`` block."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        self.path = path
        self._connection = create(path, RUN) if writable else open_existing(path, RUN)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def set_meta(self, **values: Any) -> None:
        with transaction(self._connection):
            self._set_meta(values)

    def _set_meta(self, values: Mapping[str, Any]) -> None:
        rows = [(key, json.dumps(value)) for key, value in values.items()]
        self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

    def meta(self) -> dict[str, Any]:
        return {key: json.loads(value) for key, value in self._connection.execute("SELECT key, value FROM meta")}

    def add_document(self, position: int, document: Document, places: Iterable[Occurrence] = ()) -> None:
        """A row of the ledger with all its places, or nothing of it."""
        with transaction(self._connection):
            self._connection.execute(
                "INSERT INTO document"
                " (position, path, id, status, code, reason, pictures, panels, seconds, memory_bytes)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    position,
                    storable(document.path),
                    document.id,
                    document.status,
                    document.code,
                    document.reason and storable(document.reason),
                    document.pictures,
                    document.panels,
                    document.seconds,
                    document.memory_bytes,
                ),
            )
            self._connection.executemany(
                "INSERT INTO occurrence VALUES (?, ?, ?, ?)",
                (
                    (position, number, place.content, codec.occurrence_to_json(place))
                    for number, place in enumerate(places)
                ),
            )

    def clear_documents(self) -> None:
        """An empty ledger, to be filled again."""
        with transaction(self._connection):
            self._connection.execute("DELETE FROM occurrence")
            self._connection.execute("DELETE FROM document")

    def documents(self) -> dict[int, Document]:
        """The ledger by position."""
        rows = self._connection.execute(
            "SELECT position, id, path, status, reason, code, pictures, panels, seconds, memory_bytes FROM document"
            " ORDER BY position"
        )
        return {
            position: Document(id, original(path), status, reason and original(reason), *rest)
            for position, id, path, status, reason, *rest in rows
        }

    def occurrences(self) -> Iterator[Occurrence]:
        """All places where panels occur, in the order of the documents."""
        rows = self._connection.execute("SELECT value FROM occurrence ORDER BY document_position, number")
        return (codec.occurrence_from_json(value) for (value,) in rows)

    def contents(self) -> list[str]:
        """The keys of all contents, in the order of their first occurrence."""
        rows = self._connection.execute("SELECT content FROM occurrence ORDER BY document_position, number")
        return list(dict.fromkeys(content for (content,) in rows))

    def add_pixels(self, pixels: Iterable[tuple[str, bytes]]) -> None:
        """Pixels of panels and pictures (PNG) by content key, in one transaction; read as they are needed."""
        with transaction(self._connection):
            self._connection.executemany(
                "INSERT OR IGNORE INTO pixels VALUES (?, ?, ?)", ((key, png, checksum(key, png)) for key, png in pixels)
            )

    def finish(self, findings: Iterable[Finding], **meta: Any) -> None:
        """The findings and the last that is to be said of the run; after this it is one file without companions."""
        rows = [codec.finding_to_json(finding) for finding in findings]
        with transaction(self._connection):
            self._connection.execute("DELETE FROM finding")
            self._connection.executemany(INSERT_FINDING, rows)
            self._set_meta({**meta, "finished": True})
        self._connection.execute("PRAGMA journal_mode = DELETE")

    def finding(self, number: int) -> Finding:
        """One finding by its place in the run, from 0.

        Raises
        ------
        IndexError : there are fewer.
        """
        query = "SELECT value, details FROM finding WHERE position = (SELECT min(position) FROM finding) + ?"
        row = self._connection.execute(query, (number,)).fetchone()
        if row is None:
            raise IndexError(number)
        return codec.finding_from_json(*row)

    def run(self, *, details: bool = True) -> Run:
        """The whole run as a value; its pixels are read from this file whenever they are asked for.

        Without ``details``, which make up nine tenths of it, the findings' evidence lacks inliers, outlines and
        measurements.
        """
        meta = self.meta()
        columns = "value, details" if details else "value"
        rows = self._connection.execute(f"SELECT {columns} FROM finding ORDER BY position")
        return Run(
            id=meta["id"],
            version=meta["version"],
            created=meta["created"],
            settings=meta["settings"],
            documents=tuple(self.documents().values()),
            findings=tuple(codec.finding_from_json(*row) for row in rows),
            groups=tuple(tuple(group) for group in meta["groups"]),
            pairs=meta["pairs"],
            verified=meta["verified"],
            failed=tuple(meta["failed"]),
            pixels=StoredPixels(self.path),
        )


def append_finding(
    path: Path, finding: Finding, groups: Iterable[Iterable[str]], pixels: Iterable[tuple[str, bytes]]
) -> None:
    """One more finding of a finished run, the pixels that it shows and the groups that there are with it.

    The run stays one file that others may be reading: it is written with a rollback journal, all of this or nothing.
    """
    rows = [(key, png, checksum(key, png)) for key, png in pixels]
    with closing(open_existing(path, RUN, writable=True)) as connection, transaction(connection):
        connection.executemany("INSERT OR IGNORE INTO pixels VALUES (?, ?, ?)", rows)
        connection.execute(INSERT_FINDING, codec.finding_to_json(finding))
        value = json.dumps([list(group) for group in groups])
        connection.execute("UPDATE meta SET value = ? WHERE key = 'groups'", (value,))


class RunReader:
    """Findings of one run, each when it is asked for, over one connection that several threads take turns with."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._catalogue: Catalogue | None = None

    def finding(self, number: int) -> Finding:
        """As `Catalogue.finding`."""
        with self._lock:
            self._catalogue = self._catalogue or Catalogue(self._path)
            return self._catalogue.finding(number)

    def close(self) -> None:
        """Let the file go; whoever asks again opens it anew."""
        with self._lock:
            if self._catalogue is not None:
                self._catalogue.close()
            self._catalogue = None


class StoredPixels(Mapping[str, NDArray[np.uint8]]):
    """Pixels of panels and pictures by content key, decoded from a run's file each time: memory holds what is drawn.

    Looking up raises KeyError for what the run does not show, and StoreError where the stored bytes have changed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __getitem__(self, key: str) -> NDArray[np.uint8]:
        with closing(open_existing(self._path, RUN)) as connection:
            row = connection.execute("SELECT png, checksum FROM pixels WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        if checksum(key, row[0]) != row[1]:
            raise StoreError(f"{self._path}: the pixels of {key} have changed on the disk; scan again")
        return codec.png_to_pixels(row[0])

    def __contains__(self, key: object) -> bool:
        """Whether the run keeps these pixels; nothing is decoded."""
        with closing(open_existing(self._path, RUN)) as connection:
            return connection.execute("SELECT 1 FROM pixels WHERE key = ?", (key,)).fetchone() is not None

    def __iter__(self) -> Iterator[str]:
        with closing(open_existing(self._path, RUN)) as connection:
            return iter([key for (key,) in connection.execute("SELECT key FROM pixels ORDER BY key").fetchall()])

    def __len__(self) -> int:
        with closing(open_existing(self._path, RUN)) as connection:
            return int(connection.execute("SELECT count(*) FROM pixels").fetchone()[0])
