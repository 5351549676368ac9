"""A scan of documents at addresses finds what it finds in the same files here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fsspec", reason="the extra [cluster] is not installed")

import fsspec

import figecho
from figecho.scan import prepare
from figecho.scan.plan import make_plan
from figecho.scan.scan import scan
from figecho.types import Run


@pytest.fixture
def bucket(figures: Path) -> Iterator[str]:
    """The figures in a storage that no path leads to, and a note among them."""
    files = fsspec.filesystem("memory")
    files.put(str(figures), "/bucket", recursive=True)
    files.pipe("/bucket/note", b"no picture, and no name that says so")
    yield "memory://bucket"
    files.rm("/bucket", recursive=True)


def told(run: Run) -> list[tuple]:
    return [
        (Path(each.a.path).name, Path(each.b.path).name, each.kind, each.score, each.fingerprint)
        for each in run.findings
    ]


def test_nothing_there_is_a_refusal(here: Path) -> None:
    run = scan(["memory://bucket-of-nobody"], jobs=1)
    assert [(row.status, row.code) for row in run.documents] == [("refused", "missing")]


def test_addresses_are_scanned_as_files_are_and_only_once(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    local, there = scan(["figs"], jobs=0, root="local"), scan([bucket], jobs=0, root="there")
    assert told(there) == told(local) and len(local.findings) == 3
    ledger = {Path(row.path).name: (row.status, row.id) for row in local.documents}
    assert {Path(row.path).name: (row.status, row.id) for row in there.documents} == {
        **ledger,
        "note": ("skipped", None),
    }
    assert all(row.path.startswith("memory:///bucket/") for row in there.documents)
    monkeypatch.setattr(prepare, "read", None)  # nothing but the broken file is read again, and that fails as before
    assert [row.id for row in scan([bucket], jobs=0, root="there").documents] == [row.id for row in there.documents]


def test_a_document_that_has_changed_is_read_anew(bucket: str, figures: Path) -> None:
    address = f"{bucket}/s1.png"
    first = scan([address], jobs=0).documents[0]
    fsspec.filesystem("memory").pipe("/bucket/s1.png", (figures / "s2.png").read_bytes())
    second = scan([address], jobs=0).documents[0]
    assert first.id != second.id == scan([str(figures / "s2.png")], jobs=0).documents[0].id


def test_files_here_come_first_and_hidden_ones_are_skipped_by_the_same_rule(bucket: str) -> None:
    fsspec.filesystem("memory").pipe("/bucket/.git/a.png", b"1")
    plan = make_plan([bucket, "figs", bucket])
    assert [entry.position for entry in plan] == list(range(len(plan)))
    assert not plan[0].path.startswith("memory:")
    rows = {entry.path: entry.settled for entry in plan if entry.settled is not None}
    assert rows["memory:///bucket/.git/a.png"].code == rows["memory:///bucket/.hidden.png"].code == "hidden"


def test_a_page_and_other_methods_take_addresses_too(bucket: str) -> None:
    run = figecho.scan([f"{bucket}/s1.png#page=1", f"{bucket}/s1.png"], method="sift", jobs=1)
    assert [row.status for row in run.documents] == ["read", "read"]
    assert len(run.rows) == 1


def test_a_library_takes_addresses(bucket: str) -> None:
    library = figecho.Library("lab")
    assert library.add(bucket, jobs=1).new == 9
    assert library.add(bucket, jobs=1).new == 0
