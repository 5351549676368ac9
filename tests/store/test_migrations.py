"""The format of a run's file: made from nothing, left alone when newest, refused when newer or not ours."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from figecho.errors import StoreError
from figecho.store import codec
from figecho.store.catalogue import Catalogue
from figecho.store.migrations import DECISIONS, RUN, check, migrate
from report_runs import make_run


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


def tables(database: sqlite3.Connection) -> set[str]:
    return {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def test_an_empty_file_becomes_the_newest_format(database) -> None:
    assert check(database, "run.db", RUN) == 0
    migrate(database, "run.db", RUN)
    assert check(database, "run.db", RUN) == RUN.newest
    assert {"document", "occurrence", "finding", "meta"} <= tables(database)


def test_the_newest_format_stays_as_it_is(database) -> None:
    migrate(database, "run.db", RUN)
    database.execute("INSERT INTO meta VALUES ('kept', '1')")
    migrate(database, "run.db", RUN)
    assert database.execute("SELECT value FROM meta").fetchone() == ("1",)


def test_a_newer_format_is_refused_with_what_to_do(database) -> None:
    migrate(database, "run.db", RUN)
    database.execute(f"PRAGMA user_version = {RUN.newest + 1}")
    with pytest.raises(StoreError, match=r"run\.db: written by a newer figecho .* update figecho"):
        migrate(database, "run.db", RUN)


def test_somebody_elses_database_is_not_touched(database) -> None:
    database.execute("CREATE TABLE bookmarks (url)")
    with pytest.raises(StoreError, match="not made by figecho"):
        migrate(database, "places.sqlite", RUN)
    assert tables(database) == {"bookmarks"}


def test_a_file_of_another_kind_is_refused(database) -> None:
    migrate(database, "decisions.db", DECISIONS)
    with pytest.raises(StoreError, match="as a run; name a run's id"):
        check(database, "decisions.db", RUN)


def test_a_run_of_the_first_format_keeps_all_that_was_measured(tmp_path) -> None:
    run = make_run()
    path = tmp_path / "run.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        migrate(database, "run.db", replace(RUN, steps=RUN.steps[:1]))
        for finding in run.findings:
            said, details = (json.loads(part) for part in codec.finding_to_json(finding))
            whole = json.dumps({**said, "evidence": {**said["evidence"], **details}})
            database.execute("INSERT INTO finding (value) VALUES (?)", (whole,))
    with Catalogue(path) as catalogue:
        assert tuple(catalogue.finding(number) for number in range(len(run.findings))) == run.findings
        assert catalogue.documents() == {}
