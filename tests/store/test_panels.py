"""The store of panels: documents whole or not at all, contents once, rot named, removal complete."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fakes import occurrence
from figecho.errors import StoreError
from figecho.store import codec
from figecho.store.panels import Examined, PanelStore, StoredDocument, StoredPanel, StoredPicture, first_blob
from figecho.types import Evidence, Judgement

PICTURE = np.arange(20 * 30, dtype=np.uint8).reshape(20, 30)
PNG = codec.pixels_to_png(PICTURE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PanelStore]:
    with PanelStore(tmp_path / "panels.db", writable=True) as store:
        yield store


def panel(content: str, **place) -> StoredPanel:
    where = dataclasses.replace(occurrence("a.png"), content=content, **place)
    pixels = b"" if where.source else PNG
    return StoredPanel(where, 12, False, f"features {content}".encode(), f"signature {content}".encode(), pixels)


def document(key: str) -> StoredDocument:
    return StoredDocument(key, f"id {key}", "a\udcff.png", 1, 2)


def test_an_empty_store_holds_nothing(store: PanelStore) -> None:
    assert (list(store.documents()), list(store.contents()), store.count_contents()) == ([], [], 0)
    assert store.document("d") is store.blob("features", "c") is store.result("stage", "c") is None
    assert store.verdicts([("a", "b")]) == {}
    assert list(store.rotten()) == []
    with pytest.raises(StoreError, match="are missing"):
        first_blob([store], "features", "c")


def test_a_document_is_stored_whole_or_not_at_all(store: PanelStore) -> None:
    def panels():
        yield panel("c1")
        raise OSError("the spool is gone")

    with pytest.raises(OSError, match="spool"):
        store.add_document(document("d"), panels())
    assert store.document("d") is store.blob("features", "c1") is None
    assert store.count_contents() == 0


def test_content_is_kept_once_and_places_all(store: PanelStore) -> None:
    store.add_document(document("d1"), [panel("c1"), panel("c1", page=2)])
    store.add_document(document("d2"), [panel("c2"), panel("c1")])
    assert [content.key for content in store.contents()] == ["c1", "c2"]
    assert [place.content for place in store.occurrences()] == ["c1", "c1", "c2", "c1"]
    assert len(store.places("c1")) == 3
    assert store.document("d1").path == "a\udcff.png"
    store.add_document(document("d1"), [panel("c9")])
    assert store.count_contents() == 2


def test_a_part_of_a_picture_is_cut_from_it(store: PanelStore) -> None:
    part = panel("c", bbox=(5, 2, 10, 8), source="whole")
    store.add_document(document("d"), [part], [StoredPicture("whole", PNG)])
    np.testing.assert_array_equal(codec.png_to_pixels(store.png("c")), PICTURE[2:10, 5:15])
    np.testing.assert_array_equal(codec.png_to_pixels(store.png("whole")), PICTURE)
    assert store.png("other") is None


def test_pairs_come_back_and_failures_are_tried_again(store: PanelStore) -> None:
    good = Examined("c1", "c2", Evidence(3, 4, ncc=0.1 + 0.2), Judgement("weak", 0.3, ("so",)))
    store.add_pairs([good, Examined("c1", "c3", failure="died")])
    assert store.verdicts([("c1", "c2"), ("c2", "c1"), ("c1", "c3")]) == {("c1", "c2"): "weak"}
    assert store.examined(("c1", "c2")) == good


def test_removing_a_document_removes_what_only_it_had(store: PanelStore) -> None:
    store.add_document(document("d1"), [panel("c1"), panel("c2", source="p1")], [StoredPicture("p1", PNG)])
    store.add_document(document("d2"), [panel("c1"), panel("c3")])
    judged = (Evidence(1, 1), Judgement("none", 0.0, ()))
    store.add_pairs([Examined("c1", "c2", *judged), Examined("c1", "c3", *judged)])
    store.add_results("within", {"c2": "[]", "c3": "[]"})
    assert store.remove("id d1") == 1
    assert [content.key for content in store.contents()] == ["c1", "c3"]
    assert store.blob("features", "c2") is store.blob("pixels", "p1") is store.result("within", "c2") is None
    assert store.verdicts([("c1", "c2"), ("c1", "c3")]) == {("c1", "c3"): "none"}
    assert list(store.rotten()) == []
    assert store.remove("id d1") == 0


@pytest.mark.parametrize(
    ("table", "column", "ask"),
    [
        ("document", "pictures", lambda store: store.document("d")),
        ("occurrence", "content", lambda store: list(store.occurrences())),
        ("content", "keypoints", lambda store: list(store.contents())),
        ("blob", "data", lambda store: store.blob("features", "c1")),
        ("pair", "value", lambda store: store.examined(("c1", "c2"))),
        ("result", "value", lambda store: store.result("within", "c1")),
    ],
)
def test_whatever_changes_on_the_disk_is_noticed(store: PanelStore, table: str, column: str, ask) -> None:
    store.add_document(document("d"), [panel("c1"), panel("c2")])
    store.add_pairs([Examined("c1", "c2", Evidence(1, 1), Judgement("none", 0.0, ()))])
    store.add_results("within", {"c1": "[1]"})
    ask(store)
    with sqlite3.connect(store.path) as connection:
        change = f"{column} + 1" if column in ("pictures", "keypoints") else f"CAST({column} || 'x' AS BLOB)"
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(
            f"UPDATE {table} SET {column} = {change if column == 'data' else change.replace('BLOB', 'TEXT')}"
        )
    connection.close()
    with pytest.raises(StoreError, match="has changed on the disk"):
        ask(store)
    assert any(each.startswith(table) for each in store.rotten())
