"""The format of a run's file: made from nothing, left alone when newest, refused when newer or not ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from figecho.errors import StoreError
from figecho.store.migrations import NEWEST, check, migrate


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


def tables(database: sqlite3.Connection) -> set[str]:
    return {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def test_an_empty_file_becomes_the_newest_format(database) -> None:
    assert check(database, "run.db") == 0
    migrate(database, "run.db")
    assert check(database, "run.db") == NEWEST
    assert {"document", "occurrence", "content", "pair", "finding", "meta"} <= tables(database)


def test_the_newest_format_stays_as_it_is(database) -> None:
    migrate(database, "run.db")
    database.execute("INSERT INTO meta VALUES ('kept', '1')")
    migrate(database, "run.db")
    assert database.execute("SELECT value FROM meta").fetchone() == ("1",)


def test_a_newer_format_is_refused_with_what_to_do(database) -> None:
    migrate(database, "run.db")
    database.execute(f"PRAGMA user_version = {NEWEST + 1}")
    with pytest.raises(StoreError, match=r"run\.db: written by a newer figecho .* update figecho"):
        migrate(database, "run.db")


def test_somebody_elses_database_is_not_touched(database) -> None:
    database.execute("CREATE TABLE bookmarks (url)")
    with pytest.raises(StoreError, match="not made by figecho"):
        migrate(database, "places.sqlite")
    assert tables(database) == {"bookmarks"}
