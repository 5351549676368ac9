"""The founding document's folder loop: every pair counted as plain OpenCV counts it, and drawn."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import pytest
from PIL import Image

from figecho.options import ClassicalOptions
from figecho.scan.classical import scan_classical
from planted import scene


def test_an_empty_folder_has_no_rows(here: Path) -> None:
    run = scan_classical(["figs"], ClassicalOptions("sift"))
    assert (run.rows, run.documents, run.failed) == ((), (), ())


def test_the_counts_are_those_of_plain_opencv(figures: Path) -> None:
    run = scan_classical(["figs/s0.png", "figs/s1.png", "figs/z.png", "figs/t0.bmp"], ClassicalOptions("sift"), jobs=2)
    assert [(Path(row.a).name, Path(row.b).name) for row in run.rows] == [
        ("s0.png", "s1.png"),
        ("s0.png", "t0.bmp"),
        ("s1.png", "t0.bmp"),
    ]
    assert [row.matches for row in run.rows] == [plain_count(row.a, row.b) for row in run.rows]
    assert [document.status for document in run.documents] == ["read", "read", "refused", "read"]
    assert run.rows[1].keypoints[0] == run.rows[1].keypoints[1] == run.rows[1].matches


def plain_count(a: str, b: str) -> int:
    sift = cv2.SIFT_create()
    (_, one), (_, two) = (sift.detectAndCompute(cv2.imread(path, cv2.IMREAD_GRAYSCALE), None) for path in (a, b))
    return sum(first.distance < 0.75 * second.distance for first, second in cv2.BFMatcher().knnMatch(one, two, k=2))


def test_a_drawing_per_pair_and_none_lost_where_names_meet(here: Path) -> None:
    pytest.importorskip("figecho.report.pictures")
    for number, name in enumerate(["a.png", "a.bmp", "b.png", "a_b.png", "A.png"]):
        Image.fromarray(scene(number, 120, 100)).save(here / "figs" / name)
    run = scan_classical(["figs"], ClassicalOptions("orb"), draw="Result", jobs=2)
    drawn = sorted(file.name for file in Path("Result").iterdir())
    assert len(drawn) == len({name.casefold() for name in drawn}) == len(run.rows) == 10
    assert {str(Path("Result") / name) for name in drawn} == {row.drawing for row in run.rows}
    assert "a_b.png" in drawn


def test_the_pages_of_a_stack_are_pictures_of_their_own(here: Path) -> None:
    pages = [Image.fromarray(scene(number, 120, 100)) for number in range(3)]
    pages[0].save(here / "figs" / "stack.tif", save_all=True, append_images=pages[1:])
    run = scan_classical(["figs"], ClassicalOptions("orb"), jobs=1)
    assert [(row.a, row.b) for row in run.rows] == [
        (f"figs/stack.tif#page={a}", f"figs/stack.tif#page={b}") for a, b in ((1, 2), (1, 3), (2, 3))
    ]


def test_nothing_is_left_behind(figures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (figures.parent / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(figures.parent / "tmp"))
    scan_classical(["figs/s0.png", "figs/s1.png"], ClassicalOptions("orb"), jobs=1)
    assert not list((figures.parent / "tmp").iterdir())


def test_pictures_on_one_page_of_a_manuscript_have_names_and_drawings_of_their_own(here: Path) -> None:
    from office_files import docx, paragraph
    from picture_files import encode

    media = {f"image{number}.png": encode(scene(number, 160, 120), "PNG") for number in range(2)}
    (here / "figs" / "paper.docx").write_bytes(docx([paragraph(0), paragraph(1)], media))
    run = scan_classical(["figs"], ClassicalOptions("orb"), draw="Result", jobs=1)
    (row,) = run.rows
    assert row.a != row.b and row.a.startswith("figs/paper.docx")
    assert [file.name for file in Path("Result").iterdir()] == ["paper_paper-2.png"]
