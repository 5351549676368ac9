"""Figures of a manuscript find their names and captions, wherever those stand."""

from __future__ import annotations

import numpy as np
import pytest

from figecho.sources.open import read
from figecho.types import Picture
from pdf_files import Paper, caption, chart, draw, prose, text
from planted import scene
from sources.conftest import Save


def names(pictures: list[Picture]) -> list[tuple[int | None, str | None]]:
    return [(picture.page, picture.figure) for picture in pictures]


@pytest.fixture
def paper() -> Paper:
    """With six gray pictures, ``P0`` to ``P5``."""
    made = Paper()
    for seed in range(6):
        made.flate(f"P{seed}", scene(seed, 240, 180))
    return made


def pictures_of(save: Save, paper: Paper) -> list[Picture]:
    return list(read(save("paper.pdf", paper.bytes())))


def test_a_caption_below_names_its_figure(save: Save, paper: Paper) -> None:
    paper.page(prose(60, 800, 8), draw("P0", 60, 480, 240, 180), caption("Figure 3", 60, 465), prose(60, 430, 10))
    (found,) = pictures_of(save, paper)
    assert found.figure == "Fig 3"
    assert found.caption == "Figure 3. Growth of cells in the dark. Bars show 5 micrometres."
    assert np.array_equal(found.pixels, scene(0, 240, 180))


def test_captions_above_are_the_habit_of_some_papers(save: Save, paper: Paper) -> None:
    for page, (first, second) in enumerate([(1, 2), (3, 4)]):
        paper.page(
            *(caption(f"Figure {first}", 60, 800), draw(f"P{page}", 60, 600, 240, 180)),
            *(caption(f"Figure {second}", 60, 580), draw(f"P{page + 2}", 60, 380, 240, 180), prose(60, 340, 10)),
        )
    found = pictures_of(save, paper)
    assert names(found) == [(1, "Fig 1"), (1, "Fig 2"), (2, "Fig 3"), (2, "Fig 4")]
    assert np.array_equal(found[1].pixels, scene(2, 240, 180))


def test_a_caption_beside_its_figure(save: Save, paper: Paper) -> None:
    paper.page(prose(60, 800, 8), draw("P0", 60, 480, 240, 180), caption("Fig. S4", 320, 640), prose(60, 430, 10))
    assert names(pictures_of(save, paper)) == [(1, "Fig S4")]


def test_two_columns_each_with_its_figure(save: Save, paper: Paper) -> None:
    paper.page(
        *(draw("P0", 40, 600, 240, 180), caption("Figure 1", 40, 585, 8), prose(40, 550, 20, 7.5)),
        *(prose(320, 800, 20, 7.5), draw("P1", 320, 400, 240, 180), caption("Figure 2", 320, 385, 8)),
    )
    found = pictures_of(save, paper)
    assert names(found) == [(1, "Fig 1"), (1, "Fig 2")]
    assert np.array_equal(found[1].pixels, scene(1, 240, 180))


def test_panels_and_a_chart_above_one_caption_are_one_rendered_figure(save: Save, paper: Paper) -> None:
    paper.page(
        prose(60, 800, 6),
        *(
            draw("P0", 60, 500, 200, 150),
            text("A", 62, 655, 12),
            draw("P1", 290, 500, 200, 150),
            text("B", 292, 655, 12),
        ),
        *(
            chart(80, 330, 180, 130),
            text("C", 62, 465, 12),
            caption("Extended Data Fig. 2", 60, 300),
            prose(60, 260, 9),
        ),
    )
    (found,) = pictures_of(save, paper)
    assert found.figure == "Extended Data Fig 2"
    assert found.dpi == pytest.approx(150)  # the pictures have 86 dots per inch
    assert any("rendered from the page at 150 dpi" in note for note in found.notes)
    letters = {word.text: word.bbox for word in found.texts}
    assert set(letters) == {"A", "B", "C"}
    assert letters["B"][0] - letters["A"][0] == pytest.approx(230 * 150 / 72, abs=2)
    assert letters["C"][1] - letters["A"][1] == pytest.approx(190 * 150 / 72, abs=2)
    assert letters["A"][0] >= 0 and letters["C"][1] + letters["C"][3] < found.height
    assert found.width == pytest.approx(430 * 150 / 72, abs=15)  # from the letter A to the edge of the second panel


def test_a_sharp_picture_is_rendered_at_its_own_resolution(save: Save) -> None:
    """A figure with a scale bar drawn over its picture: the rendering keeps the picture's samples."""
    pixels = scene(7, 600, 450)
    paper = Paper()
    paper.flate("P", pixels)
    paper.page(
        draw("P", 61.3, 480.7, 144, 108), "0 g 80 500 30 3 re f", caption("Figure 1", 60, 465), prose(60, 430, 9)
    )
    (found,) = pictures_of(save, paper)
    assert found.dpi == pytest.approx(300)
    gray = found.pixels if found.pixels.ndim == 2 else found.pixels[:, :, 0]
    shift = [(y, x) for y in range(14) for x in range(14)]
    part = pixels[:300].astype(int)  # the scale bar lies below
    errors = [np.abs(gray[y : y + 300, x : x + 600].astype(int) - part).mean() for y, x in shift]
    assert min(errors) == 0


def test_a_frame_around_a_picture_leaves_it_whole(save: Save, paper: Paper) -> None:
    paper.page(draw("P0", 60, 480, 240, 180), "60 480 240 180 re S", caption("Figure 1", 60, 460), prose(60, 430, 9))
    (found,) = pictures_of(save, paper)
    assert np.array_equal(found.pixels, scene(0, 240, 180))


def test_white_paint_over_a_picture_is_seen(save: Save, paper: Paper) -> None:
    paper.page(draw("P0", 60, 480, 240, 180), "1 g 60 480 240 90 re f", caption("Figure 1", 60, 460), prose(60, 430, 9))
    (found,) = pictures_of(save, paper)
    lower = found.pixels[int(found.height * 0.55) : int(found.height * 0.95)]
    assert (lower[:, 10:-10] == 255).all()


def test_a_chart_without_any_picture_is_rendered(save: Save, paper: Paper) -> None:
    paper.page(prose(60, 800, 6), chart(80, 500, 300, 200), caption("Figure 2", 60, 470), prose(60, 430, 9))
    (found,) = pictures_of(save, paper)
    assert found.figure == "Fig 2" and found.dpi == 300


def test_lonely_points_belong_to_the_plot_around_them(save: Save, paper: Paper) -> None:
    points = [f"{x} {y} 2 2 re f" for x, y in ((150, 560), (300, 640), (240, 600), (350, 540))]
    paper.page(chart(80, 500, 300, 200), "80 500 300 200 re S", *points)
    (found,) = pictures_of(save, paper)
    assert found.width == pytest.approx(303 * 300 / 72, abs=30)


def test_a_table_is_no_figure(save: Save, paper: Paper) -> None:
    rules = [f"60 {y} m 500 {y} l S" for y in (700, 680, 660, 640, 620)]
    columns = [f"{x} 620 m {x} 700 l S" for x in (60, 200, 350, 500)]
    cells = [text(f"{n}.5 mg", 70 + 140 * (n % 3), 685 - 20 * (n // 3), 9) for n in range(12)]
    paper.page(
        *(text("Table 1. Doses of everything that was given to the cells.", 60, 710, 9), *rules, *columns, *cells),
        *(draw("P0", 60, 380, 240, 180), caption("Figure 1", 60, 365), prose(60, 330, 9)),
    )
    assert names(pictures_of(save, paper)) == [(1, "Fig 1")]


def test_a_caption_on_the_next_page(save: Save, paper: Paper) -> None:
    paper.page(prose(60, 800, 12), draw("P0", 60, 80, 240, 180))
    paper.page(caption("Figure 7", 60, 800), prose(60, 760, 20))
    paper.page(prose(60, 800, 8), draw("P1", 60, 480, 240, 180), caption("Figure 8", 60, 465), prose(60, 430, 9))
    assert names(pictures_of(save, paper)) == [(1, "Fig 7"), (3, "Fig 8")]


def test_each_page_begins_with_the_caption_of_the_figure_before(save: Save, paper: Paper) -> None:
    for n in range(3):
        before = [caption(f"Figure {n}", 60, 800)] if n else []
        paper.page(*before, prose(60, 750, 12), draw(f"P{n}", 60, 80, 240, 180))
    paper.page(caption("Figure 3", 60, 800), prose(60, 750, 12))
    assert names(pictures_of(save, paper)) == [(1, "Fig 1"), (2, "Fig 2"), (3, "Fig 3")]


def test_panels_that_the_caption_does_not_reach_belong_to_the_figure(save: Save, paper: Paper) -> None:
    panels = [draw(f"P{n}", 60 + 160 * n, 560, 140, 105) for n in range(3)]
    paper.page(prose(60, 800, 8), *panels, text("Figure 1. Growth.", 60, 545, 9), prose(60, 500, 9))
    (found,) = pictures_of(save, paper)
    assert found.figure == "Fig 1"
    assert found.width == pytest.approx(460 * 150 / 72, abs=15)


def test_a_sentence_about_a_figure_at_the_beginning_of_a_line_is_no_caption(save: Save, paper: Paper) -> None:
    sentence = [text("Figure 2 shows that cells grow in the dark, and Figure 3 that they do not.", 60, 772, 10)]
    paper.page(prose(60, 796, 2), *sentence, prose(60, 760, 6), draw("P0", 60, 400, 240, 180), prose(60, 350, 9))
    assert names(pictures_of(save, paper)) == [(1, None)]


def test_a_list_of_legends_without_stops_after_their_names(save: Save, paper: Paper) -> None:
    legends = [
        text(f"Fig. {n} Growth of cells in the dark, counted on every day of it", 60, 720 - 50 * n, 9) for n in (1, 2)
    ]
    more = [text("and then on every other day, as described elsewhere before", 60, 709 - 50 * n, 9) for n in (1, 2)]
    paper.page(*[line for pair in zip(legends, more, strict=True) for line in pair])
    for n in range(2):
        paper.page(draw(f"P{n}", 60, 400, 400, 300))
    assert names(pictures_of(save, paper)) == [(2, "Fig 1"), (3, "Fig 2")]


def test_rules_and_bars_of_the_layout_do_not_join_a_figure(save: Save, paper: Paper) -> None:
    bar, rule = "0.5 g 0 790 595 30 re f", "[1 2] 0 d 60 440 m 500 440 l S"
    paper.page(bar, draw("P0", 60, 580, 260, 195), caption("Figure 1", 60, 560), rule, prose(60, 430, 9))
    (found,) = pictures_of(save, paper)
    assert np.array_equal(found.pixels, scene(0, 240, 180))


def test_legends_listed_before_the_figures(save: Save, paper: Paper) -> None:
    legends = [caption(f"Figure {n}", 60, 700 - 60 * n) for n in (1, 2, 3)]
    paper.page(prose(60, 800, 8), *legends)
    for n in range(3):
        paper.page(draw(f"P{n}", 60, 400, 400, 300))
    found = pictures_of(save, paper)
    assert names(found) == [(2, "Fig 1"), (3, "Fig 2"), (4, "Fig 3")]
    assert found[1].caption is not None and found[1].caption.startswith("Figure 2. Growth")


def test_a_page_that_says_only_the_name_takes_its_legend_from_elsewhere(save: Save, paper: Paper) -> None:
    legends = [caption(f"Figure {n}", 60, 700 - 60 * n) for n in (1, 2)]
    paper.page(prose(60, 800, 8), *legends)
    paper.page(text("Figure 2", 60, 800, 12), draw("P1", 60, 400, 400, 300))
    paper.page(text("Figure 1", 60, 800, 12), draw("P0", 60, 400, 400, 300))
    found = pictures_of(save, paper)
    assert names(found) == [(2, "Fig 2"), (3, "Fig 1")]
    assert found[1].caption is not None and found[1].caption.startswith("Figure 1. Growth")


def test_pictures_without_a_caption_are_kept_apart(save: Save, paper: Paper) -> None:
    paper.page(draw("P0", 60, 600, 200, 150), draw("P1", 300, 600, 200, 150), draw("P2", 60, 400, 200, 150))
    found = pictures_of(save, paper)
    assert names(found) == [(1, None)] * 3
    assert [picture.index for picture in found] == [1, 2, 3]
    assert all(np.array_equal(picture.pixels, scene(n, 240, 180)) for n, picture in enumerate(found))


def test_logos_and_what_every_page_repeats_are_left_out_and_counted(save: Save, paper: Paper) -> None:
    paper.flate("Logo", scene(9, 20, 20))
    header = draw("P5", 400, 780, 100, 50)
    paper.page(header, draw("Logo", 60, 800, 20, 20), prose(60, 700, 9), draw("P0", 60, 300, 240, 180))
    for _ in range(3):
        paper.page(header, prose(60, 700, 9))
    (found,) = pictures_of(save, paper)
    assert np.array_equal(found.pixels, scene(0, 240, 180))
    assert any("left out" in note for note in found.notes)


def test_a_scanned_page_is_a_picture(save: Save) -> None:
    """Its invisible text, from an optical reader, separates nothing."""
    scan = scene(3, 600, 850)
    paper = Paper()
    paper.flate("Scan", scan)
    paper.page(draw("Scan", 0, 0, 595, 842), "3 Tr", prose(60, 800, 20), caption("Figure 4", 60, 300))
    (found,) = pictures_of(save, paper)
    assert np.array_equal(found.pixels, scan)
    assert found.figure == "Fig 4"
    assert len(found.texts) > 100


def test_one_page_can_be_asked_for(save: Save, paper: Paper) -> None:
    for n in range(3):
        paper.page(draw(f"P{n}", 60, 480, 240, 180), caption(f"Figure {n + 1}", 60, 465), prose(60, 430, 9))
    path = save("paper.pdf", paper.bytes())
    (found,) = read(path, page=2)
    assert (found.page, found.index, found.figure) == (2, 2, "Fig 2")
