"""A scan that is killed, finds the disk full or meets another scan ends, sooner or later, with the same result."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from figecho.errors import StoreError
from figecho.figures import Corrected, Corrections
from figecho.scan.prepare import PrepareTask
from figecho.scan.scan import scan
from figecho.scan.verify import VerifyTask
from figecho.types import Run
from figecho.work.isolate import Workers

#: How many times a process is killed in a test; more for a thorough look.
KILLS = int(os.environ.get("FIGECHO_KILLS", "5"))
PROGRAM = "from figecho.scan.scan import scan; scan(['figs'], jobs=1, look_within=False)"


def values(run: Run) -> tuple:
    return run.documents, run.findings, run.groups, run.counts, run.failed


def quick(**options) -> Run:
    return scan(["figs"], jobs=1, look_within=False, **options)


def test_killed_at_random_moments_it_goes_on_to_the_same_run(figures: Path) -> None:
    expected = values(quick(root="undisturbed"))
    rng = np.random.default_rng(50)
    for _ in range(KILLS):
        child = subprocess.Popen([sys.executable, "-c", PROGRAM], stderr=subprocess.DEVNULL)
        time.sleep(float(rng.uniform(0.2, 3.0)))
        child.kill()
        child.wait()
    assert values(quick()) == expected


def test_a_full_disk_is_one_sentence_and_the_next_scan_goes_on(figures: Path) -> None:
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000)); {PROGRAM}"
    child = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, timeout=120, check=False)
    assert child.returncode != 0
    assert "figecho.errors.StoreError" in child.stderr.splitlines()[-1]
    assert "make room" in child.stderr.splitlines()[-1]
    assert len(quick().findings) == 3


def test_two_scans_at_once_both_end_with_the_whole_result(figures: Path) -> None:
    children = [subprocess.Popen([sys.executable, "-c", PROGRAM]) for _ in range(2)]
    assert [child.wait(120) for child in children] == [0, 0]
    from figecho.store.runs import load_run

    runs = [load_run(folder) for folder in Path(".figecho/runs").iterdir()]
    assert len(runs) == 2
    assert values(runs[0]) == values(runs[1])
    assert len(runs[0].findings) == 3


def test_a_flipped_bit_in_the_cache_is_a_failed_comparison_and_never_another_answer(figures: Path) -> None:
    quick(root="here")
    (path,) = Path("here/cache").glob("*/panels.db")
    with sqlite3.connect(path) as connection:
        key, data = connection.execute("SELECT key, data FROM blob WHERE kind = 'features' ORDER BY key").fetchone()
        changed = data[:9000] + bytes([data[9000] ^ 16]) + data[9001:]
        connection.execute("UPDATE blob SET data = ? WHERE kind = 'features' AND key = ?", (changed, key))
        connection.execute("DELETE FROM pair")
    connection.close()
    run = quick(root="here")
    assert len(run.failed) == 5
    assert all("changed on the disk; it is only a cache" in line for line in run.failed)


def test_a_cache_that_was_overwritten_is_one_sentence(figures: Path) -> None:
    quick(root="here")
    (path,) = Path("here/cache").glob("*/panels.db")
    path.write_bytes(b"no database " * 2000)
    with pytest.raises(StoreError, match="panel store"):
        quick(root="here")


def test_a_second_scan_neither_decodes_nor_detects_nor_compares(figures: Path, monkeypatch) -> None:
    (figures / "z.png").unlink()  # what cannot be read is tried again
    first = quick()

    def must_not_run(*arguments, **options):
        raise AssertionError("a worker was asked for")

    monkeypatch.setattr("figecho.work.isolate._Lane.start", must_not_run)
    (figures / "s1.png").rename(figures / "s1 renamed.png")
    again = quick()
    assert [f.fingerprint for f in again.findings] == [f.fingerprint for f in first.findings]
    assert {Path(f.a.path).name for f in again.findings} == {"s0.png", "s1 renamed.png"}


def test_correcting_the_panels_of_one_document_reads_it_alone_and_compares_only_what_changed(
    figures: Path, monkeypatch
) -> None:
    (figures / "z.png").unlink()
    first = quick()
    (id,) = [document.id for document in first.documents if Path(document.path).name == "s2.png"]
    corrections = Corrections(((str(id), 1, (Corrected((0, 0, 120, 200), "A", "image"),)),))
    asked: list[object] = []
    run = Workers.run

    def watched(self, task, items, **options):
        def told():
            for item in items:
                asked.append(item)
                yield item

        return run(self, task, told(), **options)

    monkeypatch.setattr(Workers, "run", watched)
    again = quick(corrections=corrections)
    assert [Path(item.path).name for item in asked if isinstance(item, PrepareTask)] == ["s2.png"]
    pairs = [pair for item in asked if isinstance(item, VerifyTask) for pair in item.pairs]
    assert len(pairs) == len({key for pair in pairs for key in pair}) - 1  # the new panel with each of the others
    assert [finding.fingerprint for finding in again.findings] == [finding.fingerprint for finding in first.findings]
    assert again.settings["panels"] == corrections.digest


def test_a_pair_is_examined_once_whichever_of_its_panels_comes_first(figures: Path, monkeypatch) -> None:
    (figures / "z.png").unlink()
    (one,) = (finding for finding in quick().findings if finding.kind == "between-panels")
    assert (Path(one.a.path).name, Path(one.b.path).name) == ("s1.png", "t1mirrored.png")

    def must_not_run(*arguments, **options):
        raise AssertionError("a worker was asked for")

    monkeypatch.setattr("figecho.work.isolate._Lane.start", must_not_run)
    (figures / "s1.png").rename(figures / "u1.png")
    (other,) = (finding for finding in quick().findings if finding.kind == "between-panels")
    assert (Path(other.a.path).name, Path(other.b.path).name) == ("t1mirrored.png", "u1.png")
    assert (other.fingerprint, other.verdict, other.score) == (one.fingerprint, one.verdict, one.score)
    assert (other.evidence.inliers_a, other.evidence.region_b) == (one.evidence.inliers_b, one.evidence.region_a)
    np.testing.assert_allclose(other.evidence.transform.backward.matrix, one.evidence.transform.matrix, atol=1e-9)
    assert other.transform.text in other.reasons[0]
