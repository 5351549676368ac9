"""The demo's paper: what it plants is there, and nothing else is the same."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from figecho.compare import examine
from figecho.demo.paper import PLANTED, draw_figures, draw_paper
from figecho.features.sift import extract
from figecho.options import ReuseOptions
from figecho.types import ACCUSING


@pytest.fixture(scope="module")
def panels() -> dict[str, np.ndarray]:
    return {f"Fig {figure.number}{panel.letter}": panel.pixels for figure in draw_figures() for panel in figure.panels}


def test_the_paper_is_the_same_every_time(panels) -> None:
    again = {f"Fig {figure.number}{panel.letter}": panel.pixels for figure in draw_figures() for panel in figure.panels}
    assert again.keys() == panels.keys()
    assert all(np.array_equal(again[name], panels[name]) for name in panels)


@pytest.fixture(scope="module")
def judged(panels):
    """The verdict on two panels of the paper; features are computed once."""
    options = ReuseOptions()
    features = cache(lambda name: extract(panels[name], options))
    return lambda a, b: examine(features(a), features(b), options)[1]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: f"{planted.a} ~ {planted.b}")
def test_what_is_planted_is_found(judged, planted) -> None:
    assert judged(planted.a, planted.b).verdict in ACCUSING


@pytest.mark.parametrize(
    ("a", "b"),
    [
        *(("Fig 1A", "Fig 2D"), ("Fig 1A", "Fig 3B"), ("Fig 3B", "Fig 4B"), ("Fig 1D", "Fig 4C"), ("Fig 3A", "Fig 5C")),
        *(("Fig 2A", "Fig 2B"), ("Fig 2A", "Fig 6C"), ("Fig 2B", "Fig 6A"), ("Fig 1B", "Fig 5A"), ("Fig 1B", "Fig 3D")),
        *(("Fig 1C", "Fig 3C"), ("Fig 2C", "Fig 6D"), ("Fig 4D", "Fig 5D")),
    ],
)
def test_look_alikes_are_not_accused(judged, a, b) -> None:
    assert judged(a, b).verdict not in ACCUSING


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
    assert b"(Figure 3. " in said and said.count(b"(D) Tj") == 6
