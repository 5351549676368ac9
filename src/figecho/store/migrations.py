"""The formats of figecho's files, one step per version; every file knows its own version (``PRAGMA user_version``)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from figecho.errors import StoreError


@dataclass(frozen=True)
class Format:
    """One kind of file.

    ``what`` names it in messages, ``application`` marks the file (``PRAGMA application_id``), ``steps`` lead from an
    empty file to the newest version, and ``remedy`` says what to do with a file that is none of this kind.
    """

    what: str
    application: int
    steps: tuple[str, ...]
    remedy: str

    @property
    def newest(self) -> int:
        return len(self.steps)


RUN = Format(
    "run",
    0x6665636F,  # "feco"
    (
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
        CREATE TABLE occurrence (
            document_position INTEGER NOT NULL REFERENCES document (position),
            number INTEGER NOT NULL,
            content TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (document_position, number)
        ) WITHOUT ROWID;
        CREATE INDEX occurrence_content ON occurrence (content);
        CREATE TABLE finding (position INTEGER PRIMARY KEY, value TEXT NOT NULL);
        CREATE TABLE pixels (key TEXT PRIMARY KEY, png BLOB NOT NULL, checksum BLOB NOT NULL);
        """,
        # What reading cost; and what is long about the findings' evidence apart from them.
        """
        ALTER TABLE document ADD COLUMN seconds REAL;
        ALTER TABLE document ADD COLUMN memory_bytes INTEGER;
        ALTER TABLE finding ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
        UPDATE finding SET
            details = json_object(
                'inliers_a', json_extract(value, '$.evidence.inliers_a'),
                'inliers_b', json_extract(value, '$.evidence.inliers_b'),
                'region_a', json_extract(value, '$.evidence.region_a'),
                'region_b', json_extract(value, '$.evidence.region_b'),
                'measurements', json_extract(value, '$.evidence.measurements')
            ),
            value = json_remove(
                value, '$.evidence.inliers_a', '$.evidence.inliers_b', '$.evidence.region_a', '$.evidence.region_b',
                '$.evidence.measurements'
            );
        """,
    ),
    "name a run's id or its run.db",
)

PANELS = Format(
    "panel store",
    0x66656370,  # "fecp"
    (
        """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE document (
            number INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            id TEXT NOT NULL,
            path TEXT NOT NULL,
            pictures INTEGER NOT NULL,
            panels INTEGER NOT NULL,
            added TEXT NOT NULL,
            checksum BLOB NOT NULL
        );
        CREATE TABLE occurrence (
            document INTEGER NOT NULL REFERENCES document (number) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            content TEXT NOT NULL REFERENCES content (key),
            value TEXT NOT NULL,
            checksum BLOB NOT NULL,
            PRIMARY KEY (document, number)
        ) WITHOUT ROWID;
        CREATE INDEX occurrence_content ON occurrence (content);
        CREATE TABLE content (
            number INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            keypoints INTEGER NOT NULL,
            plain INTEGER NOT NULL,
            checksum BLOB NOT NULL
        );
        CREATE TABLE blob (
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            data BLOB NOT NULL,
            checksum BLOB NOT NULL,
            PRIMARY KEY (kind, key)
        );
        CREATE TABLE picture (
            document INTEGER NOT NULL REFERENCES document (number) ON DELETE CASCADE,
            key TEXT NOT NULL,
            PRIMARY KEY (document, key)
        ) WITHOUT ROWID;
        CREATE INDEX picture_key ON picture (key);
        CREATE TABLE pair (
            a TEXT NOT NULL,
            b TEXT NOT NULL,
            verdict TEXT NOT NULL,
            value TEXT NOT NULL,
            checksum BLOB NOT NULL,
            PRIMARY KEY (a, b)
        );
        CREATE TABLE result (
            stage TEXT NOT NULL,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            checksum BLOB NOT NULL,
            PRIMARY KEY (stage, key)
        );
        """,
        # The descriptor segments that a library's panels lie in.
        """
        CREATE TABLE segment (
            name TEXT PRIMARY KEY,
            panels INTEGER NOT NULL,
            sums TEXT NOT NULL,
            address TEXT NOT NULL,
            checksum BLOB NOT NULL
        ) WITHOUT ROWID;
        """,
    ),
    "name a library, or remove the folder where it is figecho's cache",
)

DECISIONS = Format(
    "list of decisions",
    0x66656364,  # "fecd"
    (
        """
        CREATE TABLE decision (
            number INTEGER PRIMARY KEY,
            time TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT,
            note TEXT,
            reviewer TEXT,
            undoes INTEGER,
            checksum BLOB NOT NULL
        );
        CREATE INDEX decision_fingerprint ON decision (fingerprint);
        CREATE TABLE known (
            content TEXT PRIMARY KEY,
            time TEXT NOT NULL,
            reason TEXT NOT NULL,
            reviewer TEXT,
            checksum BLOB NOT NULL
        ) WITHOUT ROWID;
        """,
    ),
    "move it away",
)


def migrate(connection: sqlite3.Connection, name: str, format: Format) -> None:
    """Bring a file to the newest version of its format, step by step, each step whole or not at all.

    Raises
    ------
    StoreError : the file is none of this format, or was written by a newer figecho.
    """
    while (version := check(connection, name, format)) < format.newest:
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have made this step while this one waited for the file.
            if check(connection, name, format) == version:
                for statement in format.steps[version].split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {format.application}")
                connection.execute(f"PRAGMA user_version = {version + 1}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def check(connection: sqlite3.Connection, name: str, format: Format) -> int:
    """The version that a file has, 0 for an empty file; refuses what this figecho cannot read.

    Raises
    ------
    StoreError : as for `migrate`.
    """
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
        empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    except sqlite3.OperationalError as error:  # locked, or the disk: the file itself may be well
        raise StoreError(f"{name}: cannot be read ({error}); check the disk and repeat the command") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{name}: this is no figecho {format.what} ({error}); {format.remedy}") from error
    if not empty and owner != format.application:
        raise StoreError(f"{name}: this database was not made by figecho as a {format.what}; {format.remedy}")
    if version > format.newest:
        raise StoreError(
            f"{name}: written by a newer figecho (format {version}, this one reads up to {format.newest});"
            " update figecho"
        )
    return version
