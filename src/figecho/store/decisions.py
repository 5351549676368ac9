"""What people decided on findings, and what they know to be legitimate: ``ROOT/decisions.db``.

Decisions belong to a finding's fingerprint and not to a run, so they survive every rescan. The log is append-only:
even undoing is an entry of its own. An entry that was confirmed to the caller survives a power cut.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from figecho.errors import StoreError
from figecho.store.database import checksum, create, open_existing, original, storable, transaction
from figecho.store.migrations import DECISIONS
from figecho.types import Finding, Review

FILE = "decisions.db"
OPEN = "open"
#: The state that `Decisions.record` writes when it undoes another entry.
UNDONE = "undone"
#: The state of a finding whose content is listed as legitimate.
KNOWN = "known"


@dataclass(frozen=True)
class Decision:
    """One entry of the log; ``time`` is UTC in ISO 8601, ``undoes`` the number of the entry that it takes back."""

    number: int
    time: str
    fingerprint: str
    state: str
    reason: str | None = None
    note: str | None = None
    reviewer: str | None = None
    undoes: int | None = None

    @property
    def review(self) -> Review:
        return Review(self.state, self.reason, self.note)


class Decisions:
    """The decisions kept under a root folder (``.figecho``); it holds no connection between calls.

    Every method raises StoreError where the file cannot be written or read, or where an entry has rotted.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.path = Path(root) / FILE

    def record(
        self,
        fingerprint: str,
        state: str,
        reason: str | None = None,
        note: str | None = None,
        reviewer: str | None = None,
    ) -> Decision:
        """Append a decision (``accepted``, ``dismissed``, ``open``, …) on the finding with this fingerprint."""
        return self._append(Decision(0, "", fingerprint, state, reason, note, reviewer))

    def undo(self, fingerprint: str, reviewer: str | None = None) -> Review:
        """Take the latest decision that stands back; the state that stands then. Nothing to undo changes nothing."""
        standing = self._standing(self.history(fingerprint))
        if standing:
            self._append(Decision(0, "", fingerprint, UNDONE, reviewer=reviewer, undoes=standing[-1].number))
        return self.current(fingerprint)

    def current(self, fingerprint: str) -> Review:
        """The decision that stands; an open review where there is none."""
        standing = self._standing(self.history(fingerprint))
        return standing[-1].review if standing else Review()

    def history(self, fingerprint: str | None = None) -> tuple[Decision, ...]:
        """The log of one finding, or of all, oldest first."""
        where, values = ("WHERE fingerprint = ? ", [storable(fingerprint)]) if fingerprint is not None else ("", [])
        with self._reading() as connection:
            if connection is None:
                return ()
            return tuple(map(_decision, connection.execute(f"SELECT * FROM decision {where}ORDER BY number", values)))

    def standing(self) -> dict[str, Review]:
        """The decision that stands on each finding that has one, by fingerprint."""
        logs: dict[str, list[Decision]] = {}
        for entry in self.history():
            logs.setdefault(entry.fingerprint, []).append(entry)
        latest = ((fingerprint, self._standing(log)) for fingerprint, log in logs.items())
        return {fingerprint: standing[-1].review for fingerprint, standing in latest if standing}

    def add_known(self, contents: Iterable[str], reason: str, reviewer: str | None = None) -> None:
        """List contents as legitimate wherever they occur: a logo, a shared control, a standard schematic."""
        time = _now()
        rows = [
            (content, time, reason, reviewer, checksum(content, time, reason, reviewer)) for content in set(contents)
        ]
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?, ?)", rows)

    def remove_known(self, contents: Iterable[str]) -> None:
        """Take contents off that list."""
        with self._writing() as connection:
            connection.executemany("DELETE FROM known WHERE content = ?", [(content,) for content in contents])

    def known(self) -> Mapping[str, str]:
        """Why each listed content is legitimate, by content key."""
        with self._reading() as connection:
            rows = [] if connection is None else connection.execute("SELECT * FROM known ORDER BY content").fetchall()
        for *values, kept in rows:
            if checksum(*values) != kept:
                raise _rotted(self.path, f"the known content {values[0]}")
        return {content: reason for content, _, reason, _, _ in rows}

    def applied(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings with the decisions that stand now; without one, known content is said to be known."""
        standing, known = self.standing(), self.known()
        reviewed = ((finding, _review(finding, standing, known)) for finding in findings)
        return tuple(
            finding if review == finding.review else replace(finding, review=review) for finding, review in reviewed
        )

    def _append(self, entry: Decision) -> Decision:
        entry = replace(entry, time=_now())
        with self._writing() as connection:
            (number,) = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM decision").fetchone()
            entry = replace(entry, number=number)
            values = _row(entry)
            connection.execute("INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*values, checksum(*values)))
        return entry

    @staticmethod
    def _standing(log: Iterable[Decision]) -> list[Decision]:
        """The entries of one finding that were not taken back."""
        log = list(log)
        undone = {entry.undoes for entry in log}
        return [entry for entry in log if entry.undoes is None and entry.number not in undone]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with closing(create(self.path, DECISIONS, durable=True)) as connection, transaction(connection):
                yield connection
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{self.path}: the decision cannot be stored ({error}); make room or check the folder's permissions,"
                " and decide again"
            ) from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        if not self.path.exists():
            yield None
            return
        try:
            with closing(open_existing(self.path, DECISIONS)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: cannot be read ({error}); restore it from a backup") from error


def _review(finding: Finding, standing: Mapping[str, Review], known: Mapping[str, str]) -> Review:
    if finding.fingerprint in standing:
        return standing[finding.fingerprint]
    for content in (finding.a.content, finding.b.content):
        if content in known:
            return Review(KNOWN, known[content])
    return Review()


def _row(entry: Decision) -> tuple[int | str | None, ...]:
    texts = (entry.fingerprint, entry.state, entry.reason, entry.note, entry.reviewer)
    return (entry.number, entry.time, *(text if text is None else storable(text) for text in texts), entry.undoes)


def _decision(row: tuple[int | str | bytes | None, ...]) -> Decision:
    *values, kept = row
    if checksum(*values) != kept:
        raise StoreError(f"decision {values[0]!r} has changed on the disk; restore {FILE} from a backup")
    number, time, *texts, undoes = values
    fingerprint, state, reason, note, reviewer = (text if text is None else original(str(text)) for text in texts)
    return Decision(number, time, fingerprint, state, reason, note, reviewer, undoes)  # type: ignore[arg-type]


def _rotted(path: Path, what: str) -> StoreError:
    return StoreError(f"{path}: {what} has changed on the disk; restore the file from a backup")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
