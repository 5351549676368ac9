"""Decisions stand by fingerprint, can be undone, are never lost or overwritten, and rot is noticed."""

from __future__ import annotations

import dataclasses
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from fakes import finding
from figecho.errors import StoreError
from figecho.store.decisions import Decisions
from figecho.types import Review


def test_nothing_decided_is_open_and_makes_no_file(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path / "root")
    assert decisions.current("f") == Review()
    assert decisions.history("f") == decisions.history() == ()
    assert decisions.undo("f") == Review()
    assert not (tmp_path / "root").exists()


def test_the_latest_decision_stands_and_all_are_remembered(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path)
    decisions.record("f", "accepted", note="clear", reviewer="Ada")
    decisions.record("g", "accepted")
    decisions.record("f", "dismissed", "same control, stated in the legend", None, "Bo")
    assert Decisions(tmp_path).current("f") == Review("dismissed", "same control, stated in the legend", None)
    assert [(entry.state, entry.reviewer) for entry in decisions.history("f")] == [
        ("accepted", "Ada"),
        ("dismissed", "Bo"),
    ]
    assert all(entry.time.endswith("Z") for entry in decisions.history())
    assert set(decisions.standing()) == {"f", "g"}


def test_undo_goes_back_step_by_step_and_is_itself_in_the_log(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path)
    decisions.record("f", "accepted")
    decisions.record("f", "dismissed")
    assert decisions.undo("f").state == "accepted"
    decisions.record("f", "noted")
    assert [decisions.undo("f").state, decisions.undo("f").state, decisions.undo("f").state] == [
        *("accepted", "open", "open")
    ]
    assert [entry.state for entry in decisions.history("f")] == [
        *("accepted", "dismissed", "undone", "noted", "undone", "undone")
    ]
    assert decisions.standing() == {}


def test_findings_get_what_was_decided_and_known_content_is_said_to_be_known(tmp_path: Path) -> None:
    one, two, three = (
        dataclasses.replace(finding(number=number, a=f"a{number}", b=f"b{number}")) for number in (1, 2, 3)
    )
    decisions = Decisions(tmp_path)
    decisions.record(one.fingerprint, "accepted")
    decisions.add_known([one.a.content, two.b.content], "our logo", "Ada")
    assert [found.review for found in decisions.applied([one, two, three])] == [
        Review("accepted"),
        Review("known", "our logo"),
        Review(),
    ]
    decisions.remove_known([two.b.content])
    assert decisions.applied([two])[0].review == Review()


def test_any_text_can_be_kept(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path)
    said = decisions.record("f", "dismissed", "\udcff ü", "line\nline", "O'Neill")
    assert decisions.history() == (said,)


def test_the_file_is_private(tmp_path: Path) -> None:
    Decisions(tmp_path / "root").record("f", "accepted")
    assert (tmp_path / "root").stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in (tmp_path / "root").iterdir())


def test_a_changed_entry_is_noticed(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path)
    decisions.record("f", "accepted")
    with sqlite3.connect(decisions.path) as connection:
        connection.execute("UPDATE decision SET state = '\"dismissed\"'")
    connection.close()
    with pytest.raises(StoreError, match="changed on the disk"):
        decisions.current("f")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "decisions.db").write_text("hello " * 1000)
    with pytest.raises(StoreError, match="no figecho list of decisions"):
        Decisions(tmp_path).record("f", "accepted")


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    program = (
        "import sys; from figecho.store.decisions import Decisions\n"
        "for n in range(20): Decisions(sys.argv[1]).record(f'{sys.argv[2]}{n}', 'accepted')"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path), name]) for name in ("a", "b", "c")]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len(Decisions(tmp_path).standing()) == 60
