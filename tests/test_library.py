"""A library remembers figures: what is in it is found again, without the files, and nothing in it is lost or kept."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import figecho
from figecho.errors import OptionError, StoreError
from figecho.scan import candidates
from planted import jpeg, scene


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh current folder with six scenes in `old`, and in `new` one of them mirrored, one exact, one other."""
    monkeypatch.chdir(tmp_path)
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
    for number in range(6):
        save(f"old/s{number}.png", scene(number, 240, 200))
    save("new/mirrored.png", jpeg(scene(2, 240, 200)[:, ::-1].copy(), 90))
    save("new/exact.bmp", scene(4, 240, 200))
    save("new/other.png", scene(77, 240, 200))
    save("new/other again.png", jpeg(scene(77, 240, 200), 95))
    return tmp_path


def save(path: str, pixels: np.ndarray) -> None:
    Image.fromarray(pixels).save(path)


def hits(run: figecho.types.Run) -> list[tuple[str, str, str]]:
    return sorted((f.kind, Path(f.a.path).name, f.b.path) for f in run.findings)


FOUND = [("between-panels", "mirrored.png", "old/s2.png"), ("exact-copy", "exact.bmp", "old/s4.png")]


def test_an_empty_library_has_nothing_to_say(here: Path) -> None:
    library = figecho.Library("lab.figecho").create()
    assert library.list() == ()
    assert library.verify() == ()
    assert (library.stats().documents, library.stats().panels) == (0, 0)
    assert library.query("new").findings == ()
    with pytest.raises(StoreError, match="something here already"):
        figecho.Library("lab.figecho").create()


def test_what_is_in_it_is_found_again_without_its_files(here: Path) -> None:
    library = figecho.Library("lab.figecho")
    assert library.add(["old"]).new == 6
    for file in Path("old").iterdir():
        file.unlink()
    run = library.query(["new"])
    assert hits(run) == FOUND
    assert run.counts["pairs"] == 3 * 6 + 5  # three contents with all six, the exact copy with the five it is not
    for finding in run.findings:
        assert run.pixels[finding.b.content].shape == (200, 240)
    assert {f.transform.text for f in run.findings} == {"mirrored", "same position and size"}


def test_a_scan_against_it_also_compares_the_new_ones_with_each_other(here: Path) -> None:
    figecho.Library("lab.figecho").add("old")
    both = hits(figecho.scan("new", against="lab.figecho"))
    assert [hit for hit in both if hit not in FOUND] == [("between-panels", "other again.png", "new/other.png")] or [
        hit for hit in both if hit not in FOUND
    ] == [("between-panels", "other.png", "new/other again.png")]
    assert hits(figecho.scan("new", against="lab.figecho", only_against=True)) == FOUND
    with pytest.raises(OptionError, match="--only-against needs --against"):
        figecho.scan("new", only_against=True)


def test_the_index_finds_what_comparing_all_finds(here: Path, monkeypatch) -> None:
    library = figecho.Library("lab.figecho")
    library.add("old")
    monkeypatch.setattr(candidates, "EXHAUSTIVE", 0)
    run = library.query("new", root="indexed")
    assert hits(run) == FOUND
    assert run.counts["verified"] < run.counts["pairs"]


def test_adding_again_changes_nothing_and_more_only_adds(here: Path) -> None:
    library = figecho.Library("lab.figecho")
    library.add("old")
    before = library.list(), library.stats().contents
    added = library.add(["old"])
    assert (added.new, [row.status for row in added.documents]) == (0, ["read"] * 6)
    assert (library.list(), library.stats().contents) == before
    assert library.add(["new/other.png", "new/missing.png"]).new == 1
    assert library.stats().documents == 7
    assert hits(library.query("new/other again.png")) == [("between-panels", "other again.png", "new/other.png")]


def test_what_is_both_new_and_held_is_also_compared_with_what_is_new(here: Path) -> None:
    library = figecho.Library("lab.figecho")
    library.add("old")
    run = library.query(["old/s2.png", "new/mirrored.png"])
    assert hits(run) == [FOUND[0], ("exact-copy", "s2.png", "old/s2.png")]


def test_the_very_same_file_is_said_to_be_held(here: Path) -> None:
    library = figecho.Library("lab.figecho")
    library.add("old")
    (finding,) = library.query("old/s3.png").findings
    assert finding.kind == "exact-copy"
    assert "the library holds this very file" in finding.reasons


def test_what_is_removed_is_gone_and_purging_leaves_no_byte(here: Path) -> None:
    library = figecho.Library("lab.figecho")
    library.add("old")
    kept = tuple(document for document in library.list() if document.path not in ("old/s0.png", "old/s1.png"))
    assert library.remove("old/s0.png") == 1
    id = next(document.id for document in library.list() if document.path == "old/s1.png")
    content = next(iter(contents_of(library, id)))
    assert content.encode() in all_bytes(library.path)
    assert library.remove(id[:8], purge=True) == 1
    assert library.list() == kept
    assert content.encode() not in all_bytes(library.path)
    assert id.encode() not in all_bytes(library.path)
    assert library.query(["old/s0.png", "old/s1.png"]).findings == ()
    with pytest.raises(StoreError, match="holds no such document"):
        library.remove("old/s0.png")


def contents_of(library: figecho.Library, id: str) -> set[str]:
    with sqlite3.connect(library.path / "panels.db") as connection:
        rows = connection.execute(
            "SELECT content FROM occurrence JOIN document ON document = document.number WHERE id = ?", (id,)
        ).fetchall()
    connection.close()
    return {content for (content,) in rows}


def all_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_a_flipped_bit_is_named_and_not_compared_with(here: Path) -> None:
    library = figecho.Library("lab.figecho")
    library.add("old")
    assert library.verify() == ()
    with sqlite3.connect(library.path / "panels.db") as connection:
        key, data = connection.execute("SELECT key, data FROM blob WHERE kind = 'features' ORDER BY key").fetchone()
        changed = data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]
        connection.execute("UPDATE blob SET data = ? WHERE kind = 'features' AND key = ?", (changed, key))
    connection.close()
    (rotten,) = library.verify()
    assert rotten == f"blob features {key}"
    run = library.query("new")
    assert len(run.failed) >= 1
    assert all("changed on the disk; `figecho library verify` names" in line for line in run.failed)


def test_a_rotten_segment_is_named_and_built_anew(here: Path) -> None:
    library = figecho.Library("lab.figecho")
    library.add("old")
    (file,) = library.path.glob("segments/*/codes.faiss")
    data = bytearray(file.read_bytes())
    data[-3] ^= 1
    file.write_bytes(data)
    assert [line.partition(" (")[2] for line in library.verify()] == ["built anew)"]
    assert library.verify() == ()


def test_a_library_of_another_description_is_refused_with_what_to_do(here: Path) -> None:
    library = figecho.Library("lab.figecho", profile="fast")
    library.add("old")
    assert library.stats().profile == "fast"
    with pytest.raises(OptionError, match="made with --profile fast"):
        figecho.scan("new", against="lab.figecho", profile="thorough")
    with sqlite3.connect(library.path / "panels.db") as connection:
        connection.execute("UPDATE meta SET value = '{}' WHERE key = 'settings'")
    connection.close()
    with pytest.raises(StoreError, match="create a new library"):
        library.query("new")


def test_only_its_owner_can_look_into_it(here: Path) -> None:
    library = figecho.Library("lab.figecho")
    library.add("old")
    assert all(path.stat().st_mode & 0o077 == 0 for path in library.path.iterdir())
    assert library.path.stat().st_mode & 0o077 == 0


def test_no_library_is_one_sentence(here: Path) -> None:
    for ask in (figecho.Library("nowhere").list, lambda: figecho.Library("old").query("new")):
        with pytest.raises(StoreError, match="there is no library here; `figecho library create"):
            ask()


#: How many times a process is killed in a test; more for a thorough look.
KILLS = int(os.environ.get("FIGECHO_KILLS", "5"))
ADD = "import sys, figecho; figecho.Library('lab.figecho').add(sys.argv[1:], jobs=1)"


def test_two_adders_at_once_take_turns(here: Path) -> None:
    figecho.Library("lab.figecho").create()
    both = [subprocess.Popen([sys.executable, "-c", ADD, name]) for name in ("old", "new")]
    assert [process.wait(120) for process in both] == [0, 0]
    library = figecho.Library("lab.figecho")
    assert library.stats().documents == 10
    assert library.verify() == ()


def dump(library: figecho.Library) -> list[tuple]:
    """Everything that the library holds, but for when it was added and in which order."""
    with sqlite3.connect(library.path / "panels.db") as connection:
        rows = [
            row
            for query in (
                "SELECT key, id, path, pictures, panels FROM document",
                "SELECT content, value, checksum FROM occurrence",
                "SELECT key, keypoints, plain, checksum FROM content",
                "SELECT kind, key, checksum FROM blob",
            )
            for row in connection.execute(query)
        ]
    connection.close()
    return sorted(rows, key=repr)


def test_killed_at_any_moment_it_goes_on_to_the_same_library(here: Path) -> None:
    undisturbed = figecho.Library("whole.figecho")
    undisturbed.add(["old", "new"])
    figecho.Library("lab.figecho").create()
    rng = np.random.default_rng(3)
    for _ in range(KILLS):
        child = subprocess.Popen([sys.executable, "-c", ADD, "old", "new"], stderr=subprocess.DEVNULL)
        time.sleep(float(rng.uniform(0.3, 2.5)))
        child.kill()
        child.wait()
        assert figecho.Library("lab.figecho").verify() == ()
    library = figecho.Library("lab.figecho")
    library.add(["old", "new"])
    assert dump(library) == dump(undisturbed)
    assert not (library.path / "spool").exists()
