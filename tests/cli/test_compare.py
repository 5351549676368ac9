"""`figecho compare`, for real, on small pictures with a planted answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from planted import scene


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a scene, its mirror image and another scene; figecho runs in it."""
    original = scene(1)
    Image.fromarray(original).save(tmp_path / "original.png")
    Image.fromarray(np.ascontiguousarray(original[:, ::-1])).save(tmp_path / "mirrored.png")
    Image.fromarray(scene(2)).save(tmp_path / "other.png")
    Image.fromarray(np.full_like(original, 255)).save(tmp_path / "blank.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_blank_pictures_cannot_be_judged(figecho, pictures) -> None:
    done = figecho("compare", "blank.png", "blank.png")
    assert done.stdout.startswith("undecidable  blank.png ~ blank.png")
    assert done.exit_code == 0


def test_a_planted_copy_is_found_and_said_in_words(figecho, pictures) -> None:
    done = figecho("compare", "original.png", "mirrored.png")
    first, *reasons = done.stdout.splitlines()
    assert first.startswith("strong  original.png ~ mirrored.png  mirrored, overlap ")
    assert reasons and all(line.startswith("        ") for line in reasons)
    assert (done.exit_code, done.stderr) == (1, "")


def test_exit_zero_only_changes_the_status(figecho, pictures) -> None:
    plain = figecho("compare", "original.png", "mirrored.png")
    zero = figecho("compare", "original.png", "mirrored.png", "--exit-zero")
    assert (zero.exit_code, zero.stdout) == (0, plain.stdout)


def test_another_scene_is_none(figecho, pictures) -> None:
    done = figecho("compare", "original.png", "other.png")
    assert done.stdout.startswith("none  original.png ~ other.png")
    assert done.exit_code == 0


def test_json_is_the_comparison(figecho, pictures) -> None:
    done = figecho("compare", "original.png", "mirrored.png", "--format", "json")
    printed = json.loads(done.stdout)
    assert printed["schema"] == "figecho.comparison/1"
    assert printed["transform"]["mirrored"] is True
    assert printed["a"]["path"] == "original.png"
    assert done.exit_code == 1


@pytest.mark.parametrize("method", ["sift", "rootsift", "akaze", "orb"])
def test_a_classical_method_counts_and_never_accuses(figecho, pictures, method) -> None:
    done = figecho("compare", "original.png", "original.png", "--method", method)
    assert done.stdout.startswith(f"{method}  original.png ~ original.png  ")
    assert "matches of" in done.stdout
    assert done.exit_code == 0


def test_a_stricter_ratio_counts_fewer(figecho, pictures) -> None:
    def matches(ratio: str) -> int:
        done = figecho("compare", "original.png", "other.png", "--method", "sift", "--format", "json", "--ratio", ratio)
        return json.loads(done.stdout)["matches"]

    assert matches("0.5") < matches("0.95")


@pytest.mark.parametrize("view", [None, "side", "matches", "overlay", "difference"])
def test_the_evidence_is_drawn(figecho, pictures, view) -> None:
    pytest.importorskip("figecho.report.pictures")
    chosen = ["--view", view] if view else []
    done = figecho("compare", "original.png", "mirrored.png", "--draw", "out.png", *chosen)
    assert "out.png" in done.stderr
    with Image.open(pictures / "out.png") as drawn:
        assert min(drawn.size) > 50


def test_a_classical_picture_is_drawn_and_quiet_says_nothing_of_it(figecho, pictures) -> None:
    pytest.importorskip("figecho.report.pictures")
    done = figecho("compare", "original.png", "other.png", "--method", "orb", "--draw", "out.png", "-q")
    assert (pictures / "out.png").is_file()
    assert done.stderr == ""


def test_bad_input_is_one_line_with_path_cause_and_remedy(figecho, pictures) -> None:
    (pictures / "empty.png").touch()
    (pictures / "notes.png").write_text("these are only words")
    (pictures / "cut.png").write_bytes((pictures / "original.png").read_bytes()[:2000])
    for bad in ("missing.png", "empty.png", "notes.png", "cut.png", "."):
        for order in ((bad, "original.png"), ("original.png", bad)):
            done = figecho("compare", *order)
            assert (done.exit_code, done.stdout) == (2, ""), bad
            assert done.stderr.startswith(f"figecho: {bad}: ") and "; " in done.stderr
            assert len(done.stderr.splitlines()) == 1


def test_a_hostile_name_cannot_act_on_the_terminal(figecho, pictures) -> None:
    done = figecho("compare", "original.png", "a\x1b]0;owned\x07.png")
    assert "\x1b" not in done.stderr
    assert "a\\x1b]0;owned\\x07.png" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["original.png", "other.png", "mirrored.png"],
        ["original.png", "other.png", "--view", "side"],
        ["original.png", "other.png", "--top", "3"],
        ["original.png", "other.png", "--method", "sift", "--profile", "fast"],
        ["original.png", "other.png", "--method", "sift", "--draw", "out.png", "--view", "overlay"],
        ["original.png", "other.png", "--draw", "out.xyz"],
        ["original.png", "other.png", "--draw", "no/such/folder/out.png"],
        ["original.png", "other.png", "--ratio", "0"],
        ["original.png", "other.png", "--method", "sift", "--top", "0"],
        ["original.png", "other.png", "--method", "vgg17"],
        ["original.png", "other.png", "--format", "csv"],
    ],
)
def test_misuse_exits_with_2_and_leaves_nothing_behind(figecho, pictures, arguments) -> None:
    before = sorted(pictures.iterdir())
    done = figecho("compare", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr and "Traceback" not in done.stderr
    assert sorted(pictures.iterdir()) == before
