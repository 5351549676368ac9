"""Copies inside one panel: found where planted, with their map; nothing in what repeats by design."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.within import drawn
from figecho.options import WithinOptions
from figecho.types import ACCUSING
from figecho.within import look_within
from planted import jpeg, micrograph

Pixels = NDArray[np.uint8]


def with_paste(pixels: Pixels, turned: int = 0, size: int = 80) -> Pixels:
    """The piece at (50, 40) pasted at (300, 200), mirrored for ``turned`` -1, else turned by quarters."""
    forged = pixels.copy()
    piece = pixels[40 : 40 + size, 50 : 50 + size]
    piece = piece[:, ::-1] if turned < 0 else np.rot90(piece, turned)
    forged[200 : 200 + size, 300 : 300 + size] = piece
    return forged


def truth(pixels: Pixels, size: int = 80) -> NDArray[np.bool_]:
    mask = np.zeros(pixels.shape[:2], bool)
    mask[40 : 40 + size, 50 : 50 + size] = mask[200 : 200 + size, 300 : 300 + size] = True
    return mask


def test_an_even_panel_cannot_be_judged() -> None:
    found = look_within(np.full((200, 300), 180, np.uint8))
    assert (found.verdict, found.copies) == ("undecidable", ())
    assert not found.mask.any()
    assert "flat" in found.reasons[0]


def test_an_authentic_scene_is_clean() -> None:
    found = look_within(micrograph(3))
    assert (found.verdict, found.copies) == ("none", ())


@pytest.mark.parametrize(
    ("turned", "words"), [(0, "shifted"), (-1, "mirrored"), (1, "rotated −90°"), (2, "rotated 180°")]
)
def test_a_pasted_piece_is_found_with_its_map(turned: int, words: str) -> None:
    forged = jpeg(with_paste(micrograph(1), turned), 90)
    found = look_within(forged)
    assert found.verdict in ACCUSING
    (copy,) = found.copies
    assert copy.transform is not None
    back = copy.transform.text.replace("rotated 90°", "rotated −90°")  # either place may be called the source
    assert back == words
    there = truth(forged)
    assert 2 * (found.mask & there).sum() > 0.8 * (found.mask.sum() + there.sum())


def test_the_transform_leads_from_region_to_region() -> None:
    (copy,) = look_within(with_paste(micrograph(1), -1)).copies
    assert copy.transform is not None
    matrix = np.array(copy.transform.matrix)
    source, target = (np.array(region) for region in (copy.evidence.region_a, copy.evidence.region_b))
    moved = source.mean(axis=0) @ matrix[:, :2].T + matrix[:, 2]
    assert target.min(axis=0)[0] < moved[0] < target.max(axis=0)[0]
    assert target.min(axis=0)[1] < moved[1] < target.max(axis=0)[1]


def test_a_freely_turned_and_scaled_piece_is_found() -> None:
    pixels = micrograph(5, 640, 480)
    matrix = cv2.getRotationMatrix2D((150, 150), 33, 1.15)
    matrix[:, 2] += (300, 150)
    moved = cv2.warpAffine(pixels, matrix, (640, 480), flags=cv2.INTER_CUBIC)
    spot = np.zeros(pixels.shape, np.uint8)
    cv2.circle(spot, (450, 300), 70, 1, -1)
    found = look_within(np.where(spot > 0, moved, pixels).astype(np.uint8))
    assert found.verdict in ACCUSING
    transform = found.copies[0].transform
    assert transform is not None
    assert min(abs(transform.scale - scale) for scale in (1.15, 1 / 1.15)) < 0.02
    assert abs(abs(transform.rotation_deg) - 33) < 1.5


def test_three_places_of_one_piece_are_two_copies() -> None:
    forged = with_paste(micrograph(1))
    forged[30:110, 320:400] = forged[40:120, 50:130]
    found = look_within(forged)
    assert [copy.verdict in ACCUSING for copy in found.copies] == [True, True]


def test_a_large_panel_is_shrunk_and_answered_in_its_own_pixels() -> None:
    large = cv2.resize(with_paste(micrograph(1)), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    found = look_within(large, WithinOptions(max_pixels=420 * 320))
    assert found.mask.shape == large.shape
    (copy,) = found.copies
    assert copy.transform is not None
    (_, _, tx), (_, _, ty) = copy.transform.matrix
    assert abs(abs(tx) - 500) < 3 and abs(abs(ty) - 320) < 3


@pytest.mark.parametrize("kind", ["chart", "scatter", "page", "plate", "cells"])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_repeats_by_design_is_no_finding(kind: str, seed: int) -> None:
    found = look_within(drawn.DRAWN[kind](np.random.default_rng([seed, 77])))
    assert [copy.verdict for copy in found.copies if copy.verdict in ACCUSING] == []


@pytest.mark.parametrize("seed", [1, 2])
def test_repeated_labels_and_arrows_are_no_finding(seed: int) -> None:
    figure = drawn.labelled(micrograph(seed), np.random.default_rng(seed))
    assert [copy.verdict for copy in look_within(jpeg(figure, 85)).copies if copy.verdict in ACCUSING] == []


def test_a_chart_is_not_looked_into() -> None:
    found = look_within(with_paste(micrograph(1)), kind="chart")
    assert found.verdict == "undecidable"
    assert "chart" in found.reasons[0]


def test_without_grain_nothing_is_called_clean() -> None:
    smooth = cv2.GaussianBlur(micrograph(3), (0, 0), 6)
    found = look_within(smooth)
    assert found.verdict == "undecidable"
    assert "grain" in found.reasons[0]


def test_a_result_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="truth value"):
        bool(look_within(np.full((60, 60), 9, np.uint8)))
