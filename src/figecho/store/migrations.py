"""The format of a run's file, one step per version; the file knows its own version (``PRAGMA user_version``)."""

from __future__ import annotations

import sqlite3

from figecho.errors import StoreError

#: Marks the file as figecho's (``PRAGMA application_id``): the letters "feco".
APPLICATION = 0x6665636F

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE document (
        position INTEGER PRIMARY KEY,
        path TEXT NOT NULL,
        id TEXT,
        status TEXT NOT NULL,
        code TEXT,
        reason TEXT,
        pictures INTEGER NOT NULL,
        panels INTEGER NOT NULL
    );
    CREATE TABLE content (
        key TEXT PRIMARY KEY,
        keypoints INTEGER NOT NULL,
        plain INTEGER NOT NULL,
        features BLOB NOT NULL,
        pixels BLOB NOT NULL
    );
    CREATE TABLE occurrence (
        document_position INTEGER NOT NULL REFERENCES document (position),
        number INTEGER NOT NULL,
        content TEXT NOT NULL REFERENCES content (key),
        value TEXT NOT NULL,
        PRIMARY KEY (document_position, number)
    ) WITHOUT ROWID;
    CREATE INDEX occurrence_content ON occurrence (content);
    CREATE TABLE pair (
        a TEXT NOT NULL,
        b TEXT NOT NULL,
        verdict TEXT,
        judgement TEXT,
        evidence TEXT,
        failure TEXT,
        PRIMARY KEY (a, b)
    );
    CREATE INDEX pair_verdict ON pair (verdict);
    CREATE TABLE finding (position INTEGER PRIMARY KEY, value TEXT NOT NULL);
    """,
)
NEWEST = len(STEPS)


def migrate(connection: sqlite3.Connection, name: str) -> None:
    """Bring a file to the newest format, step by step, each step whole or not at all.

    Raises
    ------
    StoreError : the file is none of figecho's, or was written by a newer figecho.
    """
    version = check(connection, name)
    if version == 0:
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
    for number, step in enumerate(STEPS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;")


def check(connection: sqlite3.Connection, name: str) -> int:
    """The format that a file has, 0 for an empty file; refuses what this figecho cannot read.

    Raises
    ------
    StoreError : as for `migrate`.
    """
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
        empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{name}: this is no figecho run ({error}); name a run's id or its run.db") from error
    if not empty and owner != APPLICATION:
        raise StoreError(f"{name}: this database was not made by figecho; name a run's id or its run.db")
    if version > NEWEST:
        raise StoreError(
            f"{name}: written by a newer figecho (format {version}, this one reads up to {NEWEST}); update figecho"
        )
    return version
