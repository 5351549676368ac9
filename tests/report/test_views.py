"""The pictures that a page is built of: aligned crops really are aligned, figures show where their panel lies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from figecho.errors import OptionError
from figecho.report.align import align, difference, overlay
from figecho.report.pictures import OUTLINE
from figecho.report.views import FIGURE_SIDE, FRAME, VIEWS, Views, encode, thumbnail
from figecho.types import Evidence, Run, Transform
from planted import scene, warped


def views(run: Run, number: int) -> Views:
    return Views(run.findings[number], run.pixels)


def test_the_first_moved_onto_the_second_is_the_second(run: Run) -> None:
    moved, still = (np.asarray(views(run, 0).draw(name)) for name in ("moved", "still"))
    assert np.array_equal(moved, still)


def test_an_inverted_copy_is_turned_back_for_the_eye() -> None:
    a = scene(3)
    corners = ((0.0, 0.0), (419.0, 0.0), (419.0, 319.0), (0.0, 319.0))
    inverted = Evidence(
        9, 9, transform=Transform(((1, 0, 0), (0, 1, 0)), inverted=True), region_a=corners, region_b=corners
    )
    aligned = align(a, 255 - a, inverted)
    assert aligned is not None
    assert np.array_equal(aligned.moved, aligned.still)
    assert difference(aligned)[1] == 0.0


@pytest.mark.parametrize("scale", [0.3, 0.8, 1.6])
def test_a_resized_copy_lies_on_its_original_to_a_fraction_of_a_pixel(scale: float) -> None:
    a = scene(4, 600, 480)
    width, height = round(600 * scale), round(480 * scale)
    matrix = np.array([[scale, 0, 0.5 * scale - 0.5], [0, scale, 0.5 * scale - 0.5]])
    small = np.asarray(Image.fromarray(a).resize((width, height), Image.Resampling.BOX if scale < 1 else 2))
    corners = ((0.0, 0.0), (width - 1.0, 0.0), (width - 1.0, height - 1.0), (0.0, height - 1.0))
    rows = tuple(tuple(row) for row in matrix.tolist())
    aligned = align(a, small, Evidence(9, 9, transform=Transform(rows), region_b=corners, region_a=corners))
    assert aligned is not None
    moved, still = (pixels[8:-8, 8:-8, 0].astype(float) for pixels in (aligned.moved, aligned.still))
    assert np.corrcoef(moved.ravel(), still.ravel())[0, 1] > 0.97


def test_agreement_is_gray_in_the_overlay_and_disagreement_is_not() -> None:
    a = scene(5)
    corners = ((0.0, 0.0), (419.0, 0.0), (419.0, 319.0), (0.0, 319.0))
    same = Evidence(9, 9, transform=Transform(((1, 0, 0), (0, 1, 0))), region_a=corners, region_b=corners)

    def colour(b: np.ndarray) -> float:
        aligned = align(a, b, same)
        assert aligned is not None
        return float(np.ptp(overlay(aligned).astype(int), axis=2).mean())

    assert colour(a) < 1
    assert colour(warped(a, np.float64([[1, 0, 9], [0, 1, 0]]), 420, 320)) > 10


def test_the_whole_figure_frames_the_panel_where_it_lies(run: Run) -> None:
    drawn = np.asarray(views(run, 2).draw("figure-a"))
    assert drawn.shape[:2] == (400, 900)
    assert (drawn[:30, :].min(axis=2) == 255).all()
    column = drawn[200, 440:480].astype(int)
    assert (np.abs(column - FRAME).sum(axis=1) < 60).any()


def test_a_panel_that_is_the_whole_picture_has_no_figure_of_its_own(run: Run) -> None:
    assert not views(run, 0).shows_figures
    assert views(run, 2).shows_figures


def test_a_copy_inside_one_panel_is_one_picture_with_both_places(run: Run) -> None:
    left, right = (
        tuple((float(x + shift), float(y)) for x, y in ((40, 60), (120, 60), (120, 140), (40, 140)))
        for shift in (0, 200)
    )
    copy = Evidence(9, 9, transform=Transform(((1, 0, 200), (0, 1, 0))), region_a=left, region_b=right)
    within = replace(run.findings[0], kind="within-panel", b=run.findings[0].a, evidence=copy)
    shown = Views(within, run.pixels)
    assert {"side-a", "moved", "still", "overlay"} <= set(shown.names)
    assert not {"side-b", "figure-b", "matches"} & set(shown.names)
    drawn = np.asarray(shown.draw("side-a")).astype(int)
    orange = np.abs(drawn - OUTLINE).sum(axis=2) < 40
    assert orange[60:140, 38:43].any() and orange[60:140, 238:243].any()


def test_what_cannot_be_aligned_has_no_aligned_views(run: Run) -> None:
    copies = views(run, 1)
    assert {"panel-a", "panel-b", "side-a", "side-b"} <= set(copies.names)
    assert not {"moved", "overlay", "matches"} & set(copies.names)
    with pytest.raises(OptionError, match="could not be aligned"):
        copies.draw("overlay")


@pytest.mark.parametrize(("name", "look"), [("../etc", "plain"), ("moved", "sepia")])
def test_only_known_views_are_drawn(run: Run, name: str, look: str) -> None:
    with pytest.raises(OptionError):
        views(run, 0).draw(name, look=look)


@pytest.mark.parametrize("look", ["equalised", "false-colour"])
def test_looks_change_the_display_and_not_the_size(run: Run, look: str) -> None:
    plain, changed = (views(run, 0).draw("still", look=look) for look in ("plain", look))
    assert plain.size == changed.size
    assert plain.tobytes() != changed.tobytes()


def test_every_view_is_bounded(run: Run) -> None:
    run.pixels["one"] = run.pixels["turned"] = np.zeros((100, 6000), np.uint8)
    large = views(run, 0)
    for name in large.names:
        assert max(large.draw(name, side=FIGURE_SIDE).size) <= FIGURE_SIDE, name
    assert set(large.names) <= set(VIEWS)
    assert thumbnail(run.pixels["one"]).width == 220


def test_pictures_are_encoded_anew_in_the_smaller_way() -> None:
    assert encode(Image.fromarray(np.full((200, 200, 3), 7, np.uint8)))[0] == "png"
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    assert encode(Image.fromarray(noise))[0] == "jpeg"
