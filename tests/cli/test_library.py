"""`figecho library …`: what a person reads and how it exits, from the first picture to the last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from planted import scene


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(scene(1, 200, 160)).save("one.png")
    Image.fromarray(scene(1, 200, 160)[:, ::-1]).save("mirrored.png")
    Path("broken.png").write_text("no picture")
    return tmp_path


def test_a_library_from_its_making_to_its_end(figecho, here: Path) -> None:
    assert figecho("library", "create", "lab").exit_code == 0
    assert figecho("library", "list", "lab").stdout == ""
    again = figecho("library", "create", "lab")
    assert (again.exit_code, "something here already" in again.stderr) == (2, True)

    added = figecho("library", "add", "lab", "one.png", "broken.png")
    assert added.exit_code == 3
    assert "2 documents: 1 read, 1 refused, 0 skipped; 1 new in the library" in added.stderr
    (listed,) = figecho("library", "list", "lab").stdout.splitlines()
    assert listed.endswith("one.png")
    (document,) = json.loads(figecho("library", "list", "lab", "--format", "json").stdout)
    assert (document["path"], document["panels"]) == ("one.png", 1)
    assert listed.startswith(document["id"][:12])
    assert json.loads(figecho("library", "stats", "lab", "--format", "json").stdout)["documents"] == 1

    found = figecho("library", "query", "lab", "mirrored.png")
    assert found.exit_code == 1
    assert found.stdout.startswith("strong  mirrored.png ~ one.png  mirrored")
    assert figecho("library", "query", "lab", "mirrored.png", "--exit-zero").exit_code == 0
    told = json.loads(figecho("scan", "mirrored.png", "--against", "lab", "--only-against", "--format", "json").stdout)
    assert [finding["b"]["path"] for finding in told["findings"]] == ["one.png"]

    assert figecho("library", "verify", "lab").exit_code == 0
    assert figecho("library", "remove", "lab", "two.png").exit_code == 2
    assert "1 removed" in figecho("library", "remove", "lab", "one.png", "--purge").stderr
    assert figecho("library", "query", "lab", "mirrored.png").exit_code == 0


def test_adding_twice_as_json(figecho, here: Path) -> None:
    new = [json.loads(figecho("library", "add", "lab", "one.png", "--format", "json").stdout)["new"] for _ in range(2)]
    assert new == [1, 0]


def test_its_panels_are_ranked_by_a_similarity(figecho, here: Path) -> None:
    figecho("library", "add", "lab", "one.png")
    ask = ("library", "query", "lab", "mirrored.png", "broken.png", "--method", "phash")
    done = figecho(*ask)
    assert (done.exit_code, done.stdout) == (3, "phash  1.0000  mirrored.png ~ one.png\n")
    assert "2 documents: 1 read, 1 refused, 0 skipped; 1 panel ranked against 1" in done.stderr
    assert "no evidence of reuse" in done.stderr and "refused  broken.png" in done.stderr
    whole = json.loads(figecho(*ask, "--format", "json").stdout)
    (line,) = figecho(*ask, "--format", "jsonl", "-q").stdout.splitlines()
    assert whole["pairs"] == [json.loads(line)]
    head, row = figecho(*ask, "--format", "csv").stdout.splitlines()
    assert head.startswith("method,similarity,a_path") and row.startswith("phash,1.0,mirrored.png,")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--method", "sift"], "asked with reuse or a similarity"),
        (["--top", "3"], "--top needs --method vgg16, onnx:FILE, phash or pdq"),
        (["--method", "phash", "--top", "0"], "--top 0 must be at least 1"),
        (["--weights", "w.h5"], "--weights needs --method vgg16"),
        (["--method", "onnx:missing.onnx"], "there is no such model"),
    ],
)
def test_misuse_of_a_query_is_one_line(figecho, here: Path, given: list[str], words: str) -> None:
    figecho("library", "create", "lab")
    done = figecho("library", "query", "lab", "one.png", *given)
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["query", "add"])
def test_what_is_no_library_is_one_line(figecho, here: Path, command: str) -> None:
    done = figecho("library", command, "one.png", "mirrored.png")
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1


def test_only_against_needs_a_library(figecho, here: Path) -> None:
    done = figecho("scan", "one.png", "--only-against")
    assert (done.exit_code, "--only-against needs --against" in done.stderr) == (2, True)
