"""`figecho.compare` on figures: it takes them apart, and answers in pixels of the pictures that were given."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import figecho
from figecho.demo.paper import Figure, compose, draw_figures
from figecho.errors import InputError, OptionError
from figecho.types import ACCUSING


@pytest.fixture(scope="module")
def figures() -> dict[int, Figure]:
    return {figure.number: figure for figure in draw_figures()}


def panel_of(figure: Figure, letter: str):
    return next(panel for panel in figure.panels if panel.letter == letter)


def test_a_panel_is_found_inside_a_figure(figures) -> None:
    original = panel_of(figures[3], "D")
    copy = panel_of(figures[5], "E")
    found = figecho.compare(original.pixels, np.asarray(compose(figures[5])))
    assert found.verdict in ACCUSING
    x, y, width, height = found.place_b.bbox
    assert abs(x - copy.x) <= 3 and abs(y - copy.y) <= 3
    assert abs(width - copy.pixels.shape[1]) <= 6 and abs(height - copy.pixels.shape[0]) <= 6
    assert found.transform.text == "rotated 180°, 1.08×"
    matrix = np.array(found.transform.matrix)
    inliers_a, inliers_b = np.array(found.evidence.inliers_a), np.array(found.evidence.inliers_b)
    assert np.median(np.linalg.norm(inliers_a @ matrix[:, :2].T + matrix[:, 2] - inliers_b, axis=1)) < 1.5
    assert inliers_b[:, 0].min() >= copy.x - 1 and inliers_b[:, 1].min() >= copy.y - 1
    assert found.overlap.of_b < found.overlap.of_a, "shares are of the pictures that were given"


def test_of_several_pairs_the_plainest_is_told_and_the_others_are_counted(figures) -> None:
    found = figecho.compare(np.asarray(compose(figures[1])), np.asarray(compose(figures[4])))
    assert found.verdict in ACCUSING
    assert "2 pairs of panels share content" in found.reasons[-1]
    assert found.panel_overlap.of_b > 0.9 > found.overlap.of_b


def test_two_figures_without_anything_in_common_are_none(figures) -> None:
    found = figecho.compare(np.asarray(compose(figures[1])), np.asarray(compose(figures[2])))
    assert found.verdict == "none"
    assert found.to_dict()["verdict"] == "none"


def test_a_panel_can_be_named(figures, tmp_path: Path) -> None:
    file = tmp_path / "fig5.png"
    compose(figures[5]).save(file)
    Image.fromarray(panel_of(figures[3], "D").pixels).save(tmp_path / "3d.png")
    whole = figecho.compare(tmp_path / "3d.png", file)
    named = figecho.compare(tmp_path / "3d.png", f"{file}#panel={whole.place_b.panel}")
    assert named.to_dict()["transform"] == whole.to_dict()["transform"]
    with pytest.raises(InputError, match="there is no panel Z; it has "):
        figecho.compare(tmp_path / "3d.png", f"{file}#panel=Z")


def test_too_many_panels_for_one_comparison_are_a_scans_work(figures, monkeypatch) -> None:
    monkeypatch.setattr(sys.modules["figecho.compare"], "MOST_PAIRS", 3)
    figure = np.asarray(compose(figures[1]))
    with pytest.raises(OptionError, match="use `figecho scan`"):
        figecho.compare(figure, figure)


def test_a_comparison_has_no_truth_value(figures) -> None:
    pixels = panel_of(figures[1], "A").pixels
    with pytest.raises(TypeError, match="verdict"):
        bool(figecho.compare(pixels, pixels))
