"""The demo's paper: what it plants is there, and nothing else is the same."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from figecho.compare import examine
from figecho.demo.paper import PLANTED, draw_figures, draw_paper
from figecho.features.sift import extract
from figecho.options import ReuseOptions


@pytest.fixture(scope="module")
def panels() -> dict[str, np.ndarray]:
    return {f"Fig {figure.number}{panel.letter}": panel.pixels for figure in draw_figures() for panel in figure.panels}


def test_the_paper_is_the_same_every_time(panels) -> None:
    again = {f"Fig {figure.number}{panel.letter}": panel.pixels for figure in draw_figures() for panel in figure.panels}
    assert again.keys() == panels.keys()
    assert all(np.array_equal(again[name], panels[name]) for name in panels)


def test_what_is_planted_is_found_and_nothing_else(panels) -> None:
    options = ReuseOptions()
    features = {name: extract(pixels, options) for name, pixels in panels.items()}
    verdicts = {
        pair: examine(features[pair[0]], features[pair[1]], options)[1].verdict
        for pair in itertools.combinations(features, 2)
    }
    found = {pair for pair, verdict in verdicts.items() if verdict in ("strong", "moderate")}
    assert found == {(planted.a, planted.b) for planted in PLANTED}


def test_panels_do_not_overlap_and_lie_inside_their_figure() -> None:
    for figure in draw_figures():
        taken = np.zeros(figure.size[::-1], int)
        for panel in figure.panels:
            height, width = panel.pixels.shape[:2]
            taken[panel.y : panel.y + height, panel.x : panel.x + width] += 1
            assert panel.x + width <= figure.size[0] and panel.y + height <= figure.size[1]
        assert taken.max() == 1


def test_the_manuscript_holds_every_panel_without_loss_and_its_letter(tmp_path: Path, panels) -> None:
    import pikepdf

    manuscript = draw_paper(tmp_path)
    with Image.open(tmp_path / "figures" / "fig1.png") as first:
        assert first.size[0] > 600
    held: list[Image.Image] = []
    said = b""
    with pikepdf.open(manuscript) as pdf:
        for page in pdf.pages:
            held += [pikepdf.PdfImage(image).as_pil_image() for image in page.get_images().values()]
            said += page.Contents.read_bytes()
    assert sorted(np.asarray(image).tobytes() for image in held) == sorted(p.tobytes() for p in panels.values())
    assert b"(Figure 3. " in said and said.count(b"(D) Tj") == 5
