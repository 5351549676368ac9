"""One run in one SQLite file: the ledger, every panel with its features and pixels, every pair examined, the findings.

One process writes; workers read through connections of their own (`read_features`). Every change is one small
transaction, so that a run that is killed at any moment can go on from its last one.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from figecho.store import codec
from figecho.store.migrations import RUN, check, migrate
from figecho.types import Document, Evidence, Finding, Judgement, Occurrence, Run

Pair = tuple[str, str]
#: SQLite takes at least 999 parameters in one statement in every version.
MANY = 900
#: Seconds to wait while another process holds the file.
PATIENCE = 60.0


@dataclass(frozen=True)
class StoredPanel:
    """A panel on its way into the store: where it occurs, and what its content is (pixels as PNG)."""

    occurrence: Occurrence
    keypoints: int
    plain: bool
    features: bytes
    pixels: bytes


@dataclass(frozen=True)
class Content:
    """A panel's content, in the order of first occurrence; ``plain`` where all its pixels are the same."""

    key: str
    keypoints: int
    plain: bool


@dataclass(frozen=True)
class Examined:
    """One pair of contents: its evidence and judgement, or the ``failure`` that prevented them."""

    a: str
    b: str
    evidence: Evidence | None = None
    judgement: Judgement | None = None
    failure: str | None = None


class Catalogue:
    """The file of one run. Use it in a ``with`` block."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        self.path = path
        self._connection = _create(path) if writable else _open(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    # ---- what is known of the whole run ---------------------------------------------------------------------

    def set_meta(self, **values: Any) -> None:
        with self._transaction():
            self._set_meta(values)

    def _set_meta(self, values: Mapping[str, Any]) -> None:
        rows = [(key, json.dumps(value)) for key, value in values.items()]
        self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

    def meta(self) -> dict[str, Any]:
        return {key: json.loads(value) for key, value in self._connection.execute("SELECT key, value FROM meta")}

    # ---- documents and panels -------------------------------------------------------------------------------

    def add_document(self, position: int, document: Document, panels: Iterable[StoredPanel] = ()) -> None:
        """A row of the ledger with all its panels, or nothing of it; ``panels`` may be read as they are needed."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO document (position, path, id, status, code, reason, pictures, panels)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    position,
                    _storable(document.path),
                    document.id,
                    document.status,
                    document.code,
                    document.reason and _storable(document.reason),
                    document.pictures,
                    document.panels,
                ),
            )
            for number, panel in enumerate(panels):
                self._add_content(panel.occurrence.content, panel.keypoints, panel.plain, panel.features, panel.pixels)
                self._connection.execute(
                    "INSERT INTO occurrence VALUES (?, ?, ?, ?)",
                    (position, number, panel.occurrence.content, codec.occurrence_to_json(panel.occurrence)),
                )

    def add_content(self, key: str, pixels: bytes) -> None:
        """Pixels (PNG) alone, for a run that was not made from documents here."""
        with self._transaction():
            self._add_content(key, 0, False, b"", pixels)

    def _add_content(self, key: str, keypoints: int, plain: bool, features: bytes, pixels: bytes) -> None:
        self._connection.execute(
            "INSERT OR IGNORE INTO content VALUES (?, ?, ?, ?, ?)", (key, keypoints, int(plain), features, pixels)
        )

    def documents(self) -> dict[int, Document]:
        """The ledger by position."""
        rows = self._connection.execute(
            "SELECT position, id, path, status, reason, code, pictures, panels FROM document ORDER BY position"
        )
        return {
            position: Document(id, _original(path), status, reason and _original(reason), *rest)
            for position, id, path, status, reason, *rest in rows
        }

    def occurrences(self) -> Iterator[Occurrence]:
        """All places where panels occur, in the order of the documents."""
        rows = self._connection.execute("SELECT value FROM occurrence ORDER BY document_position, number")
        return (codec.occurrence_from_json(value) for (value,) in rows)

    def contents(self) -> list[Content]:
        """All contents, in the order of their first occurrence."""
        rows = self._connection.execute(
            "SELECT key, keypoints, plain FROM occurrence JOIN content ON key = content"
            " ORDER BY document_position, number"
        )
        return list(dict.fromkeys(Content(key, keypoints, bool(plain)) for key, keypoints, plain in rows))

    # ---- pairs ----------------------------------------------------------------------------------------------

    def add_pairs(self, examined: Iterable[Examined]) -> None:
        """The results for some pairs, in one transaction. A failed pair may be replaced by a later success."""
        rows = [
            (
                pair.a,
                pair.b,
                pair.judgement and pair.judgement.verdict,
                pair.judgement and codec.judgement_to_json(pair.judgement),
                pair.evidence and codec.evidence_to_json(pair.evidence),
                pair.failure,
            )
            for pair in examined
        ]
        with self._transaction():
            self._connection.executemany("INSERT OR REPLACE INTO pair VALUES (?, ?, ?, ?, ?, ?)", rows)

    def examined(self, pairs: Sequence[Pair]) -> set[Pair]:
        """Those of ``pairs`` that are done and did not fail."""
        done: set[Pair] = set()
        for start in range(0, len(pairs), MANY // 2):
            some = pairs[start : start + MANY // 2]
            marks = ", ".join(["(?, ?)"] * len(some))
            done.update(
                self._connection.execute(
                    f"SELECT a, b FROM pair WHERE failure IS NULL AND (a, b) IN (VALUES {marks})",
                    [key for pair in some for key in pair],
                )
            )
        return done

    def judged(self, verdicts: Sequence[str]) -> Iterator[Examined]:
        """The pairs with one of these verdicts."""
        marks = ", ".join("?" * len(verdicts))
        rows = self._connection.execute(
            f"SELECT a, b, evidence, judgement FROM pair WHERE verdict IN ({marks}) ORDER BY a, b", list(verdicts)
        )
        for a, b, evidence, judgement in rows:
            yield Examined(a, b, codec.evidence_from_json(evidence), codec.judgement_from_json(judgement))

    def failures(self) -> list[Examined]:
        rows = self._connection.execute("SELECT a, b, failure FROM pair WHERE failure IS NOT NULL ORDER BY a, b")
        return [Examined(a, b, failure=failure) for a, b, failure in rows]

    def count_examined(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM pair WHERE failure IS NULL").fetchone()[0])

    # ---- findings -------------------------------------------------------------------------------------------

    def finish(self, findings: Iterable[Finding], **meta: Any) -> None:
        """The findings and the last that is to be said of the run; after this it is one file without companions."""
        rows = [(codec.finding_to_json(finding),) for finding in findings]
        with self._transaction():
            self._connection.execute("DELETE FROM finding")
            self._connection.executemany("INSERT INTO finding (value) VALUES (?)", rows)
            self._set_meta({**meta, "finished": True})
        self._connection.execute("PRAGMA journal_mode = DELETE")

    def run(self) -> Run:
        """The whole run as a value; its pixels are read from this file whenever they are asked for."""
        meta = self.meta()
        rows = self._connection.execute("SELECT value FROM finding ORDER BY position")
        return Run(
            id=meta["id"],
            version=meta["version"],
            created=meta["created"],
            settings=meta["settings"],
            documents=tuple(self.documents().values()),
            findings=tuple(codec.finding_from_json(value) for (value,) in rows),
            groups=tuple(tuple(group) for group in meta["groups"]),
            pairs=meta["pairs"],
            verified=meta["verified"],
            failed=tuple(meta["failed"]),
            pixels=StoredPixels(self.path),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


class StoredPixels(Mapping[str, NDArray[np.uint8]]):
    """Panel pixels by content key, decoded from a run's file each time: memory holds what is being drawn."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __getitem__(self, key: str) -> NDArray[np.uint8]:
        with closing(_open(self._path)) as connection:
            row = connection.execute("SELECT pixels FROM content WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return codec.png_to_pixels(row[0])

    def __iter__(self) -> Iterator[str]:
        with closing(_open(self._path)) as connection:
            return iter([key for (key,) in connection.execute("SELECT key FROM content ORDER BY key").fetchall()])

    def __len__(self) -> int:
        with closing(_open(self._path)) as connection:
            return int(connection.execute("SELECT count(*) FROM content").fetchone()[0])


def read_features(path: Path, keys: Sequence[str]) -> dict[str, bytes]:
    """The stored features of some contents, read by a worker."""
    with closing(_open(path)) as connection:
        query = "SELECT features FROM content WHERE key = ?"
        return {key: connection.execute(query, (key,)).fetchone()[0] for key in keys}


def _create(path: Path) -> sqlite3.Connection:
    """The writer's connection; a new file is private from its first byte, and so are its companions."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)
    try:
        migrate(connection, str(path), RUN)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _open(path: Path) -> sqlite3.Connection:
    """A reader's connection."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=PATIENCE)
    try:
        check(connection, str(path), RUN)
    except BaseException:
        connection.close()
        raise
    return connection


def _storable(text: str) -> str:
    """Paths may hold bytes that are no UTF-8 (as lone surrogates), which SQLite refuses: keep them escaped."""
    return json.dumps(text)


def _original(stored: str) -> str:
    return str(json.loads(stored))
