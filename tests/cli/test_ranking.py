"""`--method vgg16|onnx:FILE|phash|pdq`: whole pictures ranked, for real, and never accused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from planted import scene


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two scenes and the mirror image of the first; figecho runs beside their folder and has an empty cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    figures = tmp_path / "figs"
    figures.mkdir()
    for name, pixels in (("a", scene(1)), ("mirrored", np.ascontiguousarray(scene(1)[:, ::-1])), ("other", scene(2))):
        Image.fromarray(pixels).save(figures / f"{name}.png")
    return tmp_path


PAIR = ("compare", "figs/a.png", "figs/mirrored.png")


def test_a_comparison_is_one_number_without_a_verdict(figecho, folder) -> None:
    done = figecho(*PAIR, "--method", "phash")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "phash  figs/a.png ~ figs/mirrored.png  similarity 1.0000\n"


def test_json_holds_the_contract_and_the_models_card(figecho, folder) -> None:
    printed = json.loads(figecho(*PAIR, "--method", "phash", "--format", "json").stdout)
    assert printed["schema"] == "figecho.comparison/1"
    assert (printed["method"], printed["similarity"], printed["verdict"]) == ("phash", 1.0, None)
    assert printed["a"]["path"] == "figs/a.png" and "imagehash" in printed["model"]["name"]


def test_both_pictures_are_drawn_side_by_side(figecho, folder) -> None:
    assert figecho(*PAIR, "--method", "phash", "--draw", "out.png").exit_code == 0
    with Image.open("out.png") as drawn:
        assert drawn.width > 2 * 420


def test_a_scan_lists_the_most_similar_pairs_first(figecho, folder) -> None:
    done = figecho("scan", "figs", "--method", "phash")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == "phash  1.0000  figs/a.png ~ figs/mirrored.png"
    assert len(done.stdout.splitlines()) == 3
    assert "3 documents: 3 read, 0 refused, 0 skipped; 3 pictures" in done.stderr
    assert "no evidence of reuse" in done.stderr
    assert len(figecho("scan", "figs", "--method", "phash", "--top", "1").stdout.splitlines()) == 1


def test_the_formats_hold_the_same_matrix(figecho, folder) -> None:
    def printed(format: str) -> str:
        return figecho("scan", "figs", "--method", "phash", "--format", format, "-q").stdout

    whole = json.loads(printed("json"))
    assert whole["schema"] == "figecho.similarities/1"
    head, *rows = csv.reader(io.StringIO(printed("csv")))
    assert head == ["phash", *whole["pictures"]] and [row[0] for row in rows] == whole["pictures"]
    assert [[float(cell) for cell in row[1:]] for row in rows] == whole["similarity"]
    pairs = [json.loads(line) for line in printed("jsonl").splitlines()]
    assert pairs[0] == {"a": "figs/a.png", "b": "figs/mirrored.png", "similarity": 1.0}
    assert [pair["similarity"] for pair in pairs] == sorted((pair["similarity"] for pair in pairs), reverse=True)


def test_the_matrix_is_drawn_and_reported_in_one_file(figecho, folder) -> None:
    done = figecho("scan", "figs", "--method", "phash", "--draw", "Result", "--report", "report.html", "-q")
    assert (done.exit_code, done.stderr) == (0, "")
    assert [file.name for file in (folder / "Result").iterdir()] == ["similarity.png"]
    page = (folder / "report.html").read_text()
    assert "figs/mirrored.png" in page and "no evidence of reuse" in page and "imagehash" in page
    assert "http" not in page.replace("https://github.com/JohannesBuchner/imagehash", "")


def test_a_refused_file_makes_the_answer_incomplete(figecho, folder) -> None:
    (folder / "figs" / "bad.png").write_text("no picture")
    done = figecho("scan", "figs", "--method", "phash")
    assert done.exit_code == 3
    assert "refused  figs/bad.png: " in done.stderr


def test_a_name_can_neither_act_on_a_spreadsheet_nor_on_the_page(figecho, folder) -> None:
    (folder / "figs" / "a.png").rename(folder / "=cmd() <b>.png")
    paths = ("=cmd() <b>.png", "figs/other.png")
    assert "\n'=cmd" in figecho("scan", *paths, "--method", "phash", "--format", "csv").stdout
    figecho("scan", *paths, "--method", "phash", "--report", "report.html")
    assert "<b>.png" not in (folder / "report.html").read_text()


def test_vgg16_with_weights_of_ones_own(figecho, folder) -> None:
    pytest.importorskip("onnxruntime")
    weights = pytest.importorskip("benchmarks.deep.weights")
    weights.write_official_layout(folder / "own.h5", weights.seeded())
    done = figecho(*PAIR, "--method", "vgg16", "--weights", "own.h5", "--format", "json")
    printed = json.loads(done.stdout)
    assert done.exit_code == 0 and printed["verdict"] is None
    assert 0.9 < printed["similarity"] < 1
    assert printed["model"]["name"] == "VGG16 weights from own.h5" and len(printed["model"]["sha256"]) == 64


def test_without_weights_and_connection_one_message_says_what_and_the_three_ways(figecho, folder, monkeypatch) -> None:
    pytest.importorskip("onnxruntime")
    fetch = pytest.importorskip("figecho.models.fetch")
    from dataclasses import replace

    monkeypatch.setattr(fetch, "VGG16_NOTOP", replace(fetch.VGG16_NOTOP, url="http://127.0.0.1:9/weights.h5"))
    done = figecho(*PAIR, "--method", "vgg16")
    assert (done.exit_code, done.stdout) == (2, "")
    announced, failed = done.stderr.splitlines()
    assert "58.9 MB" in announced and "CC BY 4.0" in announced and "http://127.0.0.1:9" in announced
    assert "Three ways" in failed and "--weights FILE" in failed


def test_the_doctor_says_which_models_are_here(figecho, folder) -> None:
    pytest.importorskip("onnxruntime")
    told = {line.split("  ")[0].strip(): line for line in figecho("doctor").stdout.splitlines()}
    assert "imagehash" in told["phash"] and "CPUExecutionProvider" in told["onnxruntime"]
    assert "not here yet" in told["vgg16"] and "58.9 MB" in told["vgg16"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*PAIR, "--method", "vgg17"], "choose one of reuse, sift"),
        ([*PAIR, "--method", "onnx:"], "names no file"),
        ([*PAIR, "--method", "onnx:missing.onnx"], "missing.onnx: there is no such model"),
        ([*PAIR, "--method", "phash", "--weights", "w.h5"], "--weights needs --method vgg16"),
        ([*PAIR, "--method", "phash", "--preprocess", "resize=box"], "--preprocess needs --method onnx:FILE"),
        ([*PAIR, "--weights", "w.h5"], "--weights needs --method vgg16"),
        ([*PAIR, "--method", "vgg16", "--weights", "missing.h5"], "missing.h5: the weights cannot be read"),
        ([*PAIR, "--method", "phash", "--ratio", "0.8"], "--ratio needs"),
        ([*PAIR, "--method", "phash", "--profile", "fast"], "phash only ranks pictures"),
        ([*PAIR, "--method", "phash", "--draw", "out.png", "--view", "overlay"], "only draw side by side"),
        (["scan", "figs", "--method", "phash", "--ratio", "0.8"], "--ratio needs"),
        (["scan", "figs", "--method", "phash", "--top", "0"], "--top 0 must be at least 1"),
    ],
)
def test_misuse_exits_with_2_and_says_why(figecho, folder, arguments, words) -> None:
    pytest.importorskip("onnxruntime")
    done = figecho(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr and len(done.stderr.splitlines()) == 1
