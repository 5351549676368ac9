"""Documents at addresses: listed, copied to where they are worked on, gone afterwards; refusals are one line."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

pytest.importorskip("fsspec", reason="the extra [cluster] is not installed")

import fsspec

from figecho.errors import InputError, StoreError, UnavailableError
from figecho.work import remote
from figecho.work.isolate import Workers
from figecho.work.remote import Need, cached, find_remote, is_remote, publish, stage, stands, withdraw
from figecho.work.serial import Serial


@dataclass(frozen=True)
class Counting:
    """A task about the length of a document."""

    address: str
    file: Path | None = None

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.address),) if is_remote(self.address) else ()

    def having(self, copies: tuple[Path, ...]) -> Counting:
        return replace(self, file=copies[0])


def count(task: Counting) -> tuple[int, str]:
    assert task.file is not None
    return len(task.file.read_bytes()), task.file.suffix


@pytest.fixture
def bucket() -> Iterator[str]:
    """Storage that no path leads to."""
    files = fsspec.filesystem("memory")
    files.pipe({"/bucket/a.png": b"12345", "/bucket/deep/b.TIF": b"123"})
    yield "memory://bucket"
    files.rm("/bucket", recursive=True)


@pytest.mark.parametrize(
    ("path", "remote"),
    [
        *(("", False), ("a.png", False), ("/a/b:c.png", False), ("C:\\figs\\a.png", False)),
        *(("s3://bucket/a.png", True), ("file:///a", True), ("zip://a.png::s3://bucket/b.zip", True)),
    ],
)
def test_addresses_are_told_from_paths(path: str, remote: bool) -> None:
    assert is_remote(path) == remote


def test_everything_below_an_address_is_listed_with_its_version(bucket: str) -> None:
    first, second = find_remote(bucket)
    assert [(each.address, each.below, each.size) for each in (first, second)] == [
        ("memory:///bucket/a.png", "a.png", 5),
        ("memory:///bucket/deep/b.TIF", "deep/b.TIF", 3),
    ]
    assert first.beginning(2) == b"12"
    assert first.version
    (alone,) = find_remote(f"{bucket}/a.png")
    assert (alone.address, alone.below, alone.version) == ("memory://bucket/a.png", "", first.version)
    fsspec.filesystem("memory").pipe("/bucket/a.png", b"54321")
    assert find_remote(bucket)[0].version != first.version


@pytest.mark.parametrize(
    ("address", "error", "words"),
    [
        ("memory://nowhere", InputError, "there is no such file or folder"),
        ("file:///nowhere/a.png", InputError, "there is no such file or folder"),
        ("nosuch://a", InputError, "cannot be fetched"),
        ("hdfs://a/b", UnavailableError, "need a package that is not installed"),
        ("http://127.0.0.1:9/a.png", (InputError, UnavailableError), r"http://127.0.0.1:9/a.png: "),
    ],
)
def test_what_cannot_be_listed_is_one_line(address: str, error, words: str) -> None:
    with pytest.raises(error, match=words) as raised:
        find_remote(address)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("runner", [Serial, lambda: Workers(1)])
def test_a_copy_lies_here_while_its_task_runs_and_no_longer(
    bucket: str, runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    items = [Counting(f"{bucket}/a.png"), Counting(f"{bucket}/gone.png"), Counting(f"{bucket}/deep/b.TIF")]
    with runner() as running:
        outcomes = {each.item: each for each in running.run(count, items, timeout=lambda _: 30.0)}
    assert outcomes[items[0]].value == (5, ".png")
    assert outcomes[items[2]].value == (3, ".TIF")
    assert isinstance(outcomes[items[1]].error, InputError)
    assert outcomes[items[1]].error.code == "missing"
    assert not list(tmp_path.glob("figecho-*"))


def test_what_is_too_large_is_refused_and_leaves_nothing(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(remote, "MOST_BYTES", 4)
    staged = stage(Counting(f"{bucket}/a.png"))
    assert isinstance(staged.error, InputError) and staged.error.code == "oversized"
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_fails_once_is_asked_again(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    copy, attempts = remote._copy, []

    def fails_once(address: str, file: Path) -> None:
        attempts.append(address)
        if len(attempts) == 1:
            raise InputError(address, "unreadable", "it cannot be fetched", "check the address")
        copy(address, file)

    monkeypatch.setattr(remote, "_copy", fails_once)
    staged = stage(Counting(f"{bucket}/a.png"))
    assert staged.error is None and count(staged.here) == (5, ".png")
    staged.release()


def test_items_of_this_machine_are_left_alone(tmp_path: Path) -> None:
    for item in (3, Counting(str(tmp_path / "a.png"))):
        staged = stage(item)
        assert staged.here is item and staged.folder is None
        staged.release()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that never change, and the list of their checksums, itself not in it."""
    (tmp_path / "whole").mkdir()
    for name in ("one.bin", "two.bin"):
        (tmp_path / "whole" / name).write_bytes(name.encode() * 1000)
    sums = {name: remote.checksum_of(tmp_path / "whole" / name) for name in ("one.bin", "two.bin")}
    (tmp_path / "sums.json").write_text(json.dumps(sums))
    return tmp_path / "whole"


def test_a_folder_is_fetched_once_and_checked(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    address, manifest = (tmp_path / "storage" / "whole").as_uri(), tmp_path / "sums.json"
    publish(folder, address)
    assert stands(address, json.loads(manifest.read_text()))
    copy = cached(address, manifest)
    assert {file.name: file.read_bytes() for file in copy.iterdir()} == {
        file.name: file.read_bytes() for file in folder.iterdir()
    }
    assert copy.stat().st_mode & 0o077 == 0
    withdraw(address)
    withdraw(address)
    assert not (tmp_path / "storage" / "whole").exists()
    assert cached(address, manifest) == copy  # nobody asks the storage again
    shutil.rmtree(copy)
    with pytest.raises(InputError, match="no such file"):
        cached(address, manifest)
    assert list(copy.parent.iterdir()) == []


def test_a_folder_with_a_changed_bit_is_not_used(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (folder / "two.bin").write_bytes(b"changed")
    with pytest.raises(StoreError, match="not what was stored there"):
        cached(folder.as_uri(), tmp_path / "sums.json")
    assert not stands(folder.as_uri(), json.loads((tmp_path / "sums.json").read_text()))


def test_the_cache_gives_up_what_was_used_longest_ago(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for age, name in ((9000, "old"), (5000, "newer"), (0, "now")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data").write_bytes(b"x" * 100)
        os.utime(tmp_path / name, (time.time() - age, time.time() - age))
    monkeypatch.setattr(remote, "CACHE_BYTES", 250)
    remote._make_room(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["newer", "now"]
    monkeypatch.setattr(remote, "CACHE_BYTES", 0)
    remote._make_room(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["now"]  # a task may be about to open it
