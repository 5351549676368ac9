"""`figecho scan --method sift`: counts and pictures of every pair, for real, on small planted pictures."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from planted import scene

pytest.importorskip("figecho.scan.classical")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Test").mkdir()
    for number in (1, 2, 3):
        Image.fromarray(scene(number, 200, 160)).save(tmp_path / "Test" / f"s{number}.png")
    return tmp_path


def test_a_single_picture_has_no_pair(figecho, folder) -> None:
    done = figecho("scan", "Test/s1.png", "--method", "orb")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "1 document: 1 read, 0 refused, 0 skipped; 0 pairs" in done.stderr


def test_every_pair_is_counted_and_drawn_and_nothing_accused(figecho, folder) -> None:
    done = figecho("scan", "Test", "--method", "orb", "--draw", "Result")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 3
    assert all(line.startswith("orb  Test/s") and " keypoints" in line for line in done.stdout.splitlines())
    assert sorted(file.name for file in (folder / "Result").iterdir()) == ["s1_s2.png", "s1_s3.png", "s2_s3.png"]


def test_a_refused_file_makes_the_answer_incomplete(figecho, folder) -> None:
    (folder / "Test" / "bad.png").write_text("no picture")
    done = figecho("scan", "Test", "--method", "orb")
    assert done.exit_code == 3
    assert "refused  Test/bad.png: " in done.stderr


def test_the_formats_hold_the_same_pairs(figecho, folder) -> None:
    def printed(format: str) -> str:
        return figecho("scan", "Test", "--method", "orb", "--format", format).stdout

    rows = list(csv.DictReader(io.StringIO(printed("csv"))))
    lines = [json.loads(line) for line in printed("jsonl").splitlines()]
    assert [row["matches"] for row in rows] == [str(line["matches"]) for line in lines]
    assert len(rows) == 3
    assert isinstance(json.loads(printed("json")), dict)
