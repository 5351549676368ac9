"""`--salvage`: what is left of a truncated file is compared and shown, and never judged, wherever it is told of."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from picture_files import encode
from planted import micrograph


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A picture, its mirrored copy in a file that lost its end, and another pair of which both are whole."""
    monkeypatch.chdir(tmp_path)
    figures = tmp_path / "figs"
    figures.mkdir()
    first, second = micrograph(1), micrograph(2)
    Image.fromarray(first).save(figures / "a.png")
    whole = encode(first[:, ::-1].copy(), "JPEG", quality=90)
    (figures / "cut.jpg").write_bytes(whole[: int(0.7 * len(whole))])
    Image.fromarray(second).save(figures / "b.png")
    Image.fromarray(second[:, ::-1]).save(figures / "b-mirrored.png")
    return figures


DAMAGE = "figs/cut.jpg is damaged: the file ends early (JPEG data stop at "


def test_without_it_a_truncated_file_is_refused(figecho, folder: Path) -> None:
    done = figecho("compare", "figs/a.png", "figs/cut.jpg")
    assert done.exit_code == 2
    assert "the file ends early" in done.stderr and "get a complete copy" in done.stderr


def test_a_comparison_with_it_is_undecidable_for_that_reason(figecho, folder: Path) -> None:
    done = figecho("compare", "figs/a.png", "figs/cut.jpg", "--salvage", "--draw", "drawn.png")
    assert done.exit_code == 3
    assert done.stdout.startswith("undecidable  figs/a.png ~ figs/cut.jpg  cannot be judged")
    assert DAMAGE in done.stdout
    assert Path("drawn.png").exists()
    told = json.loads(figecho("compare", "figs/a.png", "figs/cut.jpg", "--salvage", "--format", "json").stdout)
    assert (told["verdict"], told["score"], told["a"]["damage"]) == ("undecidable", 0.0, None)
    assert "JPEG data stop at" in told["b"]["damage"]
    assert told["transform"]["mirrored"], "what was measured is shown all the same"


def test_a_look_inside_it_and_a_count_say_so_too(figecho, folder: Path) -> None:
    inside = figecho("compare", "figs/cut.jpg", "--salvage")
    assert (inside.exit_code, inside.stdout.split()[0]) == (3, "undecidable")
    assert DAMAGE in inside.stdout
    count = figecho("compare", "figs/a.png", "figs/cut.jpg", "--salvage", "--method", "orb")
    assert count.exit_code == 3
    assert DAMAGE in count.stderr


def test_a_scan_offers_it_marked_and_judges_the_rest(figecho, folder: Path) -> None:
    done = figecho("scan", "figs", "--salvage", "--report", "report.html", "--format", "json", "-j", "1")
    assert done.exit_code == 1, "the whole pair is a finding"
    assert "4 read (1 damaged), 0 refused, 0 skipped" in done.stderr
    assert "damaged  figs/cut.jpg: the file ends early" in done.stderr
    run = json.loads(done.stdout)
    found = {(f["a"]["path"], f["b"]["path"]): f for f in run["findings"]}
    assert found["figs/b-mirrored.png", "figs/b.png"]["verdict"] == "strong"
    cut = found["figs/a.png", "figs/cut.jpg"]
    assert (cut["verdict"], cut["score"], len(cut["reasons"])) == ("undecidable", 0.0, 1)
    assert cut["reasons"][0].startswith(DAMAGE)
    rows = {row["path"]: row for row in run["documents"]}
    assert (rows["figs/cut.jpg"]["status"], rows["figs/cut.jpg"]["code"]) == ("read", "damaged")
    assert "JPEG data stop at" in rows["figs/cut.jpg"]["reason"]
    assert all(row["seconds"] > 0 for row in rows.values())
    page = Path("report.html").read_text(encoding="utf-8")
    assert "<td>figs/cut.jpg</td><td>damaged</td>" in page
    assert "figs/a.png and figs/cut.jpg cannot be judged" in page
    table = csv.DictReader(io.StringIO(figecho("export", run["id"], "--format", "csv").stdout))
    assert {row["verdict"] for row in table} == {"strong", "undecidable"}


def test_only_damaged_findings_are_no_clean_result_and_no_cache_forgets_the_damage(figecho, folder: Path) -> None:
    for name in ("b.png", "b-mirrored.png"):
        (folder / name).unlink()
    for _ in range(2):
        done = figecho("scan", "figs", "--salvage", "-j", "1")
        assert done.exit_code == 3
        assert done.stdout.startswith("undecidable  figs/a.png ~ figs/cut.jpg")
    refused = figecho("scan", "figs", "-j", "1")
    assert "1 read, 1 refused" in refused.stderr, "the same scan without it does not take what it left"
