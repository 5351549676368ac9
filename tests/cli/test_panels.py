"""`figecho panels` shows how a figure is taken apart; what it writes corrects a scan."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import Result

from figecho.figures import load_corrections, take_apart
from figecho.sources.open import read
from panels.figures import grid, sheet

Figecho = Callable[..., Result]


@pytest.fixture(autouse=True)
def figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(sheet(grid(12))).save("figure.png")


def test_a_line_per_panel_with_its_place(figecho: Figecho) -> None:
    done = figecho("panels", "figure.png")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "figure.png  picture 1  6 panels"
    assert lines[1] == "  row 1, column 1  image  200 × 150 at 20, 20"
    assert len(lines) == 7


def test_the_drawing_shows_the_figure(figecho: Figecho) -> None:
    figecho("panels", "figure.png", "--draw", "drawn")
    (drawn,) = Path("drawn").iterdir()
    with Image.open(drawn) as picture:
        assert picture.size == (700, 520)


def test_corrected_panels_are_taken_as_they_are(figecho: Figecho) -> None:
    figecho("panels", "figure.png", "--format", "json", "-o", "panels.json")
    written = json.loads(Path("panels.json").read_text())
    written["pictures"][0]["panels"] = [{"panel": "A", "kind": "image", "bbox": [20, 20, 412, 150]}]
    Path("panels.json").write_text(json.dumps(written))
    (panel,) = take_apart(next(iter(read("figure.png"))), load_corrections("panels.json"))
    assert panel.occurrence.panel == "A"
    assert panel.pixels.shape[:2] == (150, 412)


def test_what_is_written_and_read_back_unchanged_changes_nothing(figecho: Figecho) -> None:
    figecho("panels", "figure.png", "--format", "json", "-o", "panels.json")
    again = figecho("panels", "figure.png", "--format", "json", "--panels", "panels.json")
    assert again.stdout == Path("panels.json").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "no JSON"),
        ('{"schema": "other"}', "no figecho.panels/1"),
        ('{"schema": "figecho.panels/1", "pictures": [{}]}', "document"),
        (
            '{"schema": "figecho.panels/1", "pictures": [{"document": "x", "picture": 1, "width": 9, "height": 9, '
            '"panels": [{"bbox": [0, 0, -1, 4]}]}]}',
            "no box",
        ),
    ],
)
def test_a_file_that_is_none_of_panels_is_refused_in_one_line(figecho: Figecho, text: str, said: str) -> None:
    Path("panels.json").write_text(text)
    done = figecho("scan", "figure.png", "--panels", "panels.json")
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_corrected_panel_outside_its_picture_is_refused(figecho: Figecho) -> None:
    figecho("panels", "figure.png", "--format", "json", "-o", "panels.json")
    written = json.loads(Path("panels.json").read_text())
    written["pictures"][0]["panels"][0]["bbox"] = [600, 0, 200, 100]
    Path("panels.json").write_text(json.dumps(written))
    for command in ("panels", "scan"):
        done = figecho(command, "figure.png", "--panels", "panels.json")
        assert done.exit_code == 2
        assert "[600, 0, 200, 100] reaches beyond its picture" in done.stderr


def test_a_scan_with_corrected_panels_compares_those(figecho: Figecho) -> None:
    figecho("panels", "figure.png", "--format", "json", "-o", "panels.json")
    written = json.loads(Path("panels.json").read_text())
    del written["pictures"][0]["panels"][2:]
    Path("panels.json").write_text(json.dumps(written))
    done = figecho("scan", "figure.png", "--panels", "panels.json", "--no-within", "--format", "json", "-q")
    assert json.loads(done.stdout)["counts"]["panels"] == 2
