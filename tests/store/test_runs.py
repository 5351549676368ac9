"""Runs on disk: they round-trip, are private, go on where they stopped, and are refused with a sentence."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from fakes import document, finding, occurrence, run_of
from figecho.errors import StoreError
from figecho.store.catalogue import Catalogue
from figecho.store.decisions import Decisions
from figecho.store.runs import begin, load_run, open_cache, save_run
from figecho.types import Document, Evidence, Occurrence, Run

ABOUT = {"version": "0.1.0", "settings": {}}
END = {"groups": [], "pairs": 0, "verified": 0, "failed": []}


def plain(run: Run) -> Run:
    """The same values as a `Run` and nothing more."""
    return Run(**{field.name: getattr(run, field.name) for field in dataclasses.fields(Run)})


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_an_empty_run_round_trips(tmp_path: Path) -> None:
    run = plain(run_of())
    save_run(run, tmp_path)
    assert load_run(run.id, tmp_path) == run


def test_a_run_opens_without_details_and_each_finding_with_them(tmp_path: Path) -> None:
    measured = Evidence(9, 9, 5, ((1.0, 2.0),), ((3.0, 4.0),), ncc=0.5, measurements={"ncc_fine": 0.25})
    first, second = (dataclasses.replace(finding(number=number), evidence=measured) for number in (1, 2))
    folder = save_run(plain(run_of((first, second))), tmp_path)
    light = load_run(folder, details=False).findings[1]
    assert light == dataclasses.replace(
        second, evidence=dataclasses.replace(measured, inliers_a=(), inliers_b=(), measurements={})
    )
    with Catalogue(folder / "run.db") as catalogue:
        assert catalogue.finding(1) == second
        with pytest.raises(IndexError):
            catalogue.finding(2)


def test_a_full_run_round_trips_with_its_pixels(tmp_path: Path) -> None:
    run = run_of((finding(), finding("weak", "ü.png", number=2)), (document("a\udcff.png"), document("b", "refused")))
    run = dataclasses.replace(plain(run), groups=(("F1", "F2"),), pairs=3, verified=2, failed=("a ~ b: died",))
    folder = save_run(run, tmp_path)
    for name in (run.id, folder, folder / "run.db"):
        loaded = load_run(name, tmp_path)
        assert loaded == run
        assert set(loaded.pixels) == set(run.pixels)
        for key in run.pixels:
            np.testing.assert_array_equal(loaded.pixels[key], run.pixels[key])
    assert len(loaded.pixels) == len(run.pixels)
    with pytest.raises(KeyError):
        loaded.pixels["nothing"]


def test_a_stored_run_is_one_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        folder = save_run(run_of(), tmp_path / ".figecho")
        with begin(tmp_path / ".figecho", "key", ABOUT) as catalogue:
            catalogue.set_meta(more=1)
            writing = catalogue.path.parent
            companions = [file for file in writing.iterdir() if file.name.startswith("run.db")]
            assert len(companions) == 3
            assert {file.stat().st_mode & 0o777 for file in companions} == {0o600}
            catalogue.finish([], **END)
    finally:
        os.umask(old)
    assert names(folder) == names(writing) == ["run.db"]
    for private in (folder, writing, folder.parent, folder.parent.parent):
        assert private.stat().st_mode & 0o777 == 0o700


def test_a_run_that_is_not_there_or_not_a_run(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere: there is no such run under .*; `figecho scan` makes one"):
        load_run("nowhere", tmp_path)
    with pytest.raises(StoreError, match="no such run"):
        load_run("", tmp_path)
    (tmp_path / "text").write_text("not a database, but long enough to look at its first bytes " * 20)
    with pytest.raises(StoreError, match="no figecho run"):
        load_run(tmp_path / "text", tmp_path)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE bookmarks (url)")
    other.close()
    with pytest.raises(StoreError, match="not made by figecho"):
        load_run(tmp_path / "other.db", tmp_path)


def test_saving_twice_is_refused(tmp_path: Path) -> None:
    save_run(run_of(), tmp_path)
    with pytest.raises(StoreError, match="such a run already"):
        save_run(run_of(), tmp_path)


def interrupted(root: Path, key: str) -> str:
    with pytest.raises(KeyboardInterrupt), begin(root, key, ABOUT) as catalogue:
        catalogue.add_document(0, Document("d", "a.png", "read"), [occurrence("a.png")])
        raise KeyboardInterrupt
    return catalogue.path.parent.name


def test_an_interrupted_run_goes_on_and_a_finished_one_does_not(tmp_path: Path) -> None:
    id = interrupted(tmp_path, "key")
    with pytest.raises(StoreError, match="not finished; repeat"):
        load_run(id, tmp_path)
    with begin(tmp_path, "key", ABOUT) as catalogue:
        assert catalogue.meta()["id"] == id
        assert list(catalogue.documents()) == [0]
        catalogue.finish([], **END)
    assert load_run(id, tmp_path).id == id
    with begin(tmp_path, "key", ABOUT) as catalogue:
        assert catalogue.meta()["id"] != id
        assert catalogue.documents() == {}


def test_another_key_is_another_run(tmp_path: Path) -> None:
    id = interrupted(tmp_path, "key")
    with begin(tmp_path, "other key", ABOUT) as catalogue:
        assert catalogue.meta()["id"] != id
        catalogue.finish([], **END)


def test_two_scans_at_once_do_not_share_a_run(tmp_path: Path) -> None:
    id = interrupted(tmp_path, "key")
    with begin(tmp_path, "key", ABOUT) as one, begin(tmp_path, "key", ABOUT) as two:
        assert one.meta()["id"] == id
        assert two.meta()["id"] != id
        one.finish([], **END)
        two.finish([], **END)


def test_a_run_killed_just_after_its_last_transaction_is_finished(tmp_path: Path) -> None:
    id = interrupted(tmp_path, "key")
    with Catalogue(tmp_path / "runs" / id / "run.db", writable=True) as catalogue:
        catalogue.finish([], **END)
    with begin(tmp_path, "key", ABOUT) as catalogue:
        assert catalogue.meta()["id"] != id
        catalogue.finish([], **END)
    assert load_run(id, tmp_path).documents[0].path == "a.png"


def test_what_a_killed_scan_left_in_the_spool_is_removed(tmp_path: Path) -> None:
    id = interrupted(tmp_path, "key")
    left = tmp_path / "runs" / id / "spool" / "left"
    left.touch()
    with begin(tmp_path, "key", ABOUT):
        assert not left.exists()


def test_a_document_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    def places():
        yield occurrence("a.png")
        raise OSError("the spool is gone")

    with begin(tmp_path, "key", ABOUT) as catalogue:
        with pytest.raises(OSError, match="spool"):
            catalogue.add_document(0, Document("d", "a.png", "read"), places())
        assert catalogue.documents() == {}
        assert catalogue.contents() == []


def test_places_are_kept_all_and_contents_told_once_in_reading_order(tmp_path: Path) -> None:
    def place(content: str) -> Occurrence:
        return dataclasses.replace(occurrence("a.png"), content=content)

    with begin(tmp_path, "key", ABOUT) as catalogue:
        catalogue.add_document(1, Document("d", "b.png", "read"), [place("c2"), place("c1")])
        catalogue.add_document(0, Document("d", "a.png", "read"), [place("c1"), place("c1")])
        assert catalogue.contents() == ["c1", "c2"]
        assert [place.content for place in catalogue.occurrences()] == ["c1", "c1", "c2", "c1"]


def test_pixels_that_changed_on_the_disk_are_not_shown(tmp_path: Path) -> None:
    run = load_run(save_run(plain(run_of((finding(),))), tmp_path))
    (path,) = (tmp_path / "runs").glob("*/run.db")
    flip_a_bit_of(path, "pixels", "png")
    with pytest.raises(StoreError, match="changed on the disk"):
        [run.pixels[key] for key in run.pixels]


def test_decisions_show_in_every_run_that_has_the_finding(tmp_path: Path) -> None:
    run = plain(run_of((finding(), finding(number=2))))
    save_run(run, tmp_path)
    Decisions(tmp_path).record(run.findings[1].fingerprint, "dismissed", "same control")
    assert [found.review.state for found in load_run(run.id, tmp_path).findings] == ["open", "dismissed"]
    assert load_run(tmp_path / "runs" / run.id).findings[1].review.reason == "same control"


def test_a_cache_that_no_scan_used_for_long_is_removed(tmp_path: Path) -> None:
    for key in ("old", "recent"):
        with open_cache(tmp_path, key):
            pass
    os.utime(tmp_path / "cache" / "old", (0, 0))
    with open_cache(tmp_path, "new"):
        pass
    assert names(tmp_path / "cache") == ["new", "recent"]


def flip_a_bit_of(path: Path, table: str, column: str) -> None:
    with sqlite3.connect(path) as connection:
        (data,) = connection.execute(f"SELECT {column} FROM {table}").fetchone()
        changed = data[:20] + bytes([data[20] ^ 4]) + data[21:]
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (changed, data))
    connection.close()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be stored here"), begin(tmp_path / "file", "key", ABOUT):
        pass
