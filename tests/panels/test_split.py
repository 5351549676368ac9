"""A figure is taken apart into its panels; a single picture stays whole."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import planted
from figecho.content import canonical, content_hash
from figecho.panels.split import split
from panels.figures import Pixels, axes, blot_strip, boxes_of, close, grid, lettered, picture, sheet


def colonies(seed: int = 0) -> Pixels:
    """Dark round colonies on white that touch nothing."""
    rng = np.random.default_rng(seed)
    canvas = np.full((400, 500), 255, np.uint8)
    yy, xx = np.mgrid[:400, :500]
    for _ in range(14):
        x, y, radius = rng.uniform(40, 460), rng.uniform(40, 360), rng.uniform(12, 35)
        canvas[(xx - x) ** 2 + (yy - y) ** 2 < radius**2] = int(rng.integers(40, 160))
    return canvas


def cells_on_black() -> Pixels:
    return np.asarray(255 - colonies(3), dtype=np.uint8)


def page_of_text() -> Pixels:
    canvas = np.full((700, 520), 255, np.uint8)
    lettered(canvas, [("the quick brown fox jumps over it", 20, 20 + 30 * line) for line in range(20)])
    return canvas


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(np.zeros((1, 1), np.uint8), id="one pixel"),
        pytest.param(np.full((300, 300), 255, np.uint8), id="blank"),
        pytest.param(planted.scene(1), id="micrograph"),
        pytest.param(colonies(), id="colonies on white"),
        pytest.param(cells_on_black(), id="cells on black"),
        pytest.param(blot_strip(600, 80), id="blot"),
        pytest.param(page_of_text(), id="page of text"),
    ],
)
def test_a_single_picture_stays_whole(pixels: Pixels) -> None:
    (panel,) = split(picture(pixels, content="its own key"))
    assert panel.occurrence.bbox == (0, 0, pixels.shape[1], pixels.shape[0])
    assert panel.occurrence.content == "its own key"
    assert panel.occurrence.panel is None
    assert np.array_equal(panel.pixels, pixels)


@pytest.mark.parametrize("gap", [2, 4, 12, 30])
@pytest.mark.parametrize("ground", [255, 0, 128])
def test_a_grid_of_micrographs_is_taken_apart(gap: int, ground: int) -> None:
    boxes = grid(gap)
    panels = split(picture(sheet(boxes, ground=ground)))
    assert close(boxes_of(panels), boxes)


def test_panels_may_fill_the_picture_to_its_edges() -> None:
    boxes = grid(6, margin=0)
    panels = split(picture(sheet(boxes, size=(612, 306))))
    assert close(boxes_of(panels), boxes)


def test_a_jpeg_is_taken_apart_like_its_original() -> None:
    boxes = grid(10)
    panels = split(picture(planted.jpeg(sheet(boxes), 75)))
    assert close(boxes_of(panels), boxes)


def test_a_panel_is_the_same_content_as_its_pixels_in_a_file_of_their_own() -> None:
    boxes = grid(12)
    canvas = sheet(boxes)
    coloured = np.repeat(canvas[..., None], 3, axis=2)
    x, y, width, height = boxes[4]
    alone = content_hash(canonical(canvas[y : y + height, x : x + width]))
    assert alone in {panel.occurrence.content for panel in split(picture(coloured))}


def test_letters_of_the_text_layer_name_the_panels() -> None:
    boxes = [(x, y, w, h) for x, y, w, h in grid(40)]
    canvas = sheet(boxes, size=(740, 420))
    texts = lettered(canvas, [(letter, x, y - 18) for letter, (x, y, _, _) in zip("ABCDEF", boxes, strict=True)])
    named = {panel.occurrence.panel: panel.occurrence.bbox for panel in split(picture(canvas, texts))}
    assert list(named) == list("ABCDEF")
    assert close(list(named.values()), boxes)


def test_without_letters_panels_are_named_by_position() -> None:
    panels = split(picture(sheet(grid(12))))
    assert [panel.occurrence.panel for panel in panels][3:] == [f"row 2, column {column}" for column in (1, 2, 3)]


def test_a_chart_beside_micrographs_keeps_its_axes_and_numbers() -> None:
    boxes = [(20, 20, 300, 220), (20, 270, 300, 220)]
    canvas = sheet(boxes)
    chart = (380, 30, 290, 220)
    axes(canvas, chart)
    panels = {panel.kind: panel.occurrence.bbox for panel in split(picture(canvas))}
    assert set(panels) == {"image", "chart"}
    assert np.abs(np.subtract(panels["chart"], chart)).max() <= 14


def test_stacked_blot_strips_are_separate_panels_and_their_lanes_are_not() -> None:
    canvas = np.full((320, 500), 255, np.uint8)
    boxes = [(30, 30 + 90 * strip, 400, 60) for strip in range(3)]
    for seed, (x, y, width, height) in enumerate(boxes):
        canvas[y : y + height, x : x + width] = blot_strip(width, height, seed)
    panels = split(picture(canvas))
    assert close(boxes_of(panels), boxes)
    assert {panel.kind for panel in panels} == {"blot"}


def test_an_inset_stays_in_its_micrograph() -> None:
    boxes = [(20, 20, 300, 220), (340, 20, 300, 220)]
    canvas = sheet(boxes, size=(660, 260))
    canvas[150:240, 20:120] = 255
    canvas[153:240, 20:117] = planted.scene(9, 97, 87)
    assert close(boxes_of(split(picture(canvas))), boxes)


def test_every_real_single_picture_stays_whole(data: object) -> None:
    from pathlib import Path

    from figecho.sources.open import read

    folder = Path(str(data)) / "folder"
    files = [file for name in ("bccd_blood", "human_cells", "isbi_em_train") for file in (folder / name).iterdir()]
    assert files
    split_up = [file.name for file in files[::4] for shown in read(str(file)) if len(split(shown)) > 1]
    assert not split_up


def test_a_block_of_running_text_beside_micrographs_is_text() -> None:
    canvas = sheet([(20, 20, 300, 220), (340, 20, 300, 220)], size=(660, 520))
    for line in range(9):
        cv2.putText(canvas, "cells were fixed and stained", (24, 290 + 24 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1)
    kinds = {panel.occurrence.bbox[1] > 240: panel.kind for panel in split(picture(canvas))}
    assert kinds == {False: "image", True: "text"}


def test_a_chart_with_labels_is_no_text() -> None:
    canvas = sheet([(20, 20, 300, 220)], size=(660, 260))
    axes(canvas, (340, 20, 300, 220))
    assert sorted(panel.kind for panel in split(picture(canvas))) == ["chart", "image"]
