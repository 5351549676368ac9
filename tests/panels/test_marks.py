"""Letters without a text layer: what a reader is shown, and what becomes of its answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from figecho import ocr
from figecho.panels.split import split
from panels.figures import Pixels, grid, lettered, picture, sheet


def figure() -> Pixels:
    boxes = grid(40)
    canvas = sheet(boxes, size=(740, 420))
    lettered(canvas, [(letter, x, y - 26) for letter, (x, y, _, _) in zip("ABCDEF", boxes, strict=True)])
    return canvas


def test_the_reader_is_shown_a_mark_at_every_corner_and_its_silence_gives_positions() -> None:
    shown: list[Pixels] = []

    def read(crops: Sequence[Pixels]) -> list[str]:
        shown.extend(crops)
        return [""] * len(crops)

    first, *_ = split(picture(figure()), read)
    assert first.occurrence.panel == "row 1, column 1"
    assert len(shown) >= 6
    assert all(crop.shape[2] == 3 and crop.shape[0] >= 8 for crop in shown)


def test_a_text_layer_is_believed_without_a_reader() -> None:
    boxes = grid(40)
    canvas = sheet(boxes, size=(740, 420))
    texts = lettered(canvas, [(letter, x, y - 26) for letter, (x, y, _, _) in zip("ABCDEF", boxes, strict=True)])

    def refuse(crops: Sequence[Pixels]) -> list[str]:
        raise AssertionError("nothing is to be read")

    assert [panel.occurrence.panel for panel in split(picture(canvas, texts), refuse)] == list("ABCDEF")


def test_rapidocr_reads_the_letters_of_a_raster_figure() -> None:
    pytest.importorskip("rapidocr")
    assert [panel.occurrence.panel for panel in split(picture(figure()), ocr.read_labels)] == list("ABCDEF")


def test_a_blank_crop_reads_as_nothing() -> None:
    pytest.importorskip("rapidocr")
    assert ocr.read_labels([np.full((30, 30, 3), 255, np.uint8)]) == [""]
