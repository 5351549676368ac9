"""Plots are compared by their marks: the same data are reuse, the same axes with other data are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from figecho.compare import examine
from figecho.features.sift import extract
from figecho.match.marks import AxisMap, agreement, between_frames, log10_nfa
from figecho.match.plot import read_plot
from figecho.options import ReuseOptions
from figecho.types import ACCUSING
from planted import jpeg, micrograph

OPTIONS = ReuseOptions()
RED, BLUE = (200, 30, 30), (30, 60, 190)


def axes(width: int, height: int) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """An empty plot with ticks, numbers, a title and a legend, and the frame (left, top, right, bottom) of its axes."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    left, top, right, bottom = 48, 12, width - 14, height - 44
    cv2.line(pixels, (left, top), (left, bottom), (0, 0, 0), 2)
    cv2.line(pixels, (left, bottom), (right, bottom), (0, 0, 0), 2)
    for tick in range(6):
        x, y = left + (right - left) * tick // 5, bottom - (bottom - top) * tick // 5
        cv2.line(pixels, (x, bottom), (x, bottom + 5), (0, 0, 0), 1)
        cv2.putText(pixels, str(10 * tick), (x - 8, bottom + 19), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0, 1, cv2.LINE_AA)
        cv2.putText(pixels, f"{tick / 5}", (left - 34, y + 4), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0, 1, cv2.LINE_AA)
    for row, name in enumerate(("WT", "KO")):
        cv2.line(pixels, (right - 80, top + 12 + 16 * row), (right - 58, top + 12 + 16 * row), RED, 2)
        place = (right - 50, top + 16 + 16 * row)
        cv2.putText(pixels, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0, 1, cv2.LINE_AA)
    cv2.putText(pixels, "Dose (nM)", (width // 2 - 30, height - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 0, 1, cv2.LINE_AA)
    return pixels, (left, top, right, bottom)


def placed(values: np.ndarray, frame: tuple[int, int, int, int]) -> list[tuple[int, int]]:
    left, top, right, bottom = frame
    scaled = values * (right - left, top - bottom) + (left, bottom)
    return [(round(x), round(y)) for x, y in scaled.tolist()]


def scatter(seed: int, count: int = 120, size=(420, 330), dot: int = 3, colour=RED) -> np.ndarray:
    pixels, frame = axes(*size)
    values = np.clip(np.random.default_rng(seed).normal((0.45, 0.5), (0.17, 0.16), (count, 2)), 0.04, 0.96)
    for place in placed(values, frame):
        cv2.circle(pixels, place, dot, colour, -1, cv2.LINE_AA)
    return pixels


def cloud(seed: int, size=(280, 210), colour=BLUE) -> np.ndarray:
    """Thousands of dots, so dense that they are one in the middle."""
    pixels, frame = axes(*size)
    values = np.random.default_rng(seed).normal((0.45, 0.5), (0.15, 0.08), (4000, 2))
    for place in placed(np.clip(values, 0.04, 0.96), frame):
        cv2.circle(pixels, place, 1, colour, -1, cv2.LINE_AA)
    return pixels


def sigmoid(seed: int, noise: float = 0.03, size=(420, 330), colour=RED) -> np.ndarray:
    """A rising curve: every seed the same shape, its noise its own."""
    pixels, frame = axes(*size)
    x = np.linspace(0.03, 0.97, 110)
    y = 0.1 + 0.75 / (1 + np.exp(-12 * (x - 0.5))) + np.random.default_rng(seed).normal(0, noise, len(x))
    cv2.polylines(pixels, [np.array(placed(np.stack([x, y], 1), frame))], False, colour, 2, cv2.LINE_AA)
    return pixels


def bars(seed: int, size=(420, 330)) -> np.ndarray:
    """Six bars whose heights differ by a few pixels from one seed to the next."""
    pixels, frame = axes(*size)
    heights = np.array([0.3, 0.5, 0.55, 0.7, 0.4, 0.62]) + np.random.default_rng(seed).normal(0, 0.006, 6)
    for number, height in enumerate(heights):
        x = (number + 0.5) / 6
        (x0, y0), (x1, y1) = placed(np.array([(x - 0.05, height), (x + 0.05, 0.0)]), frame)
        cv2.rectangle(pixels, (x0, y0), (x1, y1), BLUE, -1)
    return pixels


def heat_map(seed: int) -> np.ndarray:
    return cells(np.random.default_rng(seed).integers(40, 230, (9, 12)))


def cells(values: np.ndarray, size=(420, 330)) -> np.ndarray:
    pixels, (left, top, right, bottom) = axes(*size)
    shown = cv2.resize(values.astype(np.uint8), (right - left - 2, bottom - top - 2), interpolation=cv2.INTER_NEAREST)
    pixels[top + 1 : bottom - 1, left + 2 : right] = shown[..., None]
    return pixels


def judged(a: np.ndarray, b: np.ndarray):
    return examine(extract(a, OPTIONS), extract(b, OPTIONS), OPTIONS)


def test_no_pieces_are_no_evidence():
    assert log10_nfa(0, 0, 0.3) == 0
    assert log10_nfa(40, 12, 0.3) == 0
    assert log10_nfa(40, 40, 0.3) < log10_nfa(40, 30, 0.3) < 0


@pytest.mark.parametrize("value", [255, 128, 0])
def test_an_even_panel_is_no_plot_with_axes(value):
    found = read_plot(np.full((200, 260), value, np.uint8))
    assert found is None or not found.axes


def test_photographs_are_no_plots_not_even_in_a_frame():
    photograph = micrograph(5)
    photograph[[0, 1, -2, -1]] = photograph[:, [0, 1, -2, -1]] = 0
    assert read_plot(photograph) is None
    on_paper = np.full((400, 500), 255, np.uint8)
    on_paper[20:340, 50:470] = photograph
    cv2.putText(on_paper, "10 20 30", (60, 375), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 0, 1)
    assert read_plot(on_paper) is None


def test_the_frame_of_a_plot_is_the_area_that_its_axes_span():
    found = read_plot(cv2.cvtColor(scatter(1), cv2.COLOR_RGB2GRAY))
    assert found is not None and found.axes and not found.filled
    assert np.abs(np.array(found.frame) - (48, 12, 358, 274)).max() <= 3
    assert found.marks[280:].max() == 0, "ticks and numbers are no marks"
    assert read_plot(cv2.cvtColor(bars(1), cv2.COLOR_RGB2GRAY)).filled


def test_a_grid_is_no_mark_but_the_straight_edge_of_a_dense_cloud_is():
    pixels, frame = axes(420, 330)
    grid = pixels.copy()
    for place in placed(np.array([(0.0, 0.25), (1.0, 0.25), (0.5, 0.0), (0.5, 1.0)]), frame)[::2]:
        cv2.line(grid, (frame[0], place[1]), (frame[2], place[1]), (120, 120, 120), 1)
    empty, ruled = (read_plot(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY)) for each in (pixels, grid))
    np.testing.assert_array_equal(ruled.marks, empty.marks)
    for seed in range(3):
        luma = cv2.cvtColor(cloud(seed), cv2.COLOR_RGB2GRAY)
        found = read_plot(luma)
        x, y, width, height = found.frame
        inside = np.s_[y + 10 : y + height - 10, x + 10 : x + width - 10]
        assert (found.marks[inside][luma[inside] < 150] > 0).mean() > 0.93


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (scatter(1), jpeg(scatter(1), 60)),
        (scatter(1), scatter(1, colour=BLUE, dot=4)),
        (scatter(2, 60), scatter(2, 60, size=(600, 420))),
        (
            scatter(3, 3000, dot=1),
            cv2.resize(scatter(3, 3000, dot=1), None, fx=0.8, fy=0.7, interpolation=cv2.INTER_AREA),
        ),
        (cloud(1), cv2.resize(cloud(1, colour=(20, 20, 20)), (266, 178), interpolation=cv2.INTER_AREA)),
        (sigmoid(1), jpeg(sigmoid(1, colour=BLUE), 75)),
        (scatter(4), scatter(4)[:-60, 40:].copy()),
    ],
    ids=[
        "jpeg",
        "recoloured, larger dots",
        "drawn at another size",
        "flow, stretched",
        "a dense cloud, stretched",
        "curve",
        "axes cut off",
    ],
)
def test_the_same_data_are_found(a, b):
    evidence, judgement = judged(a, b)
    assert judgement.verdict in ACCUSING
    assert "pieces of the plotted marks" in judgement.reasons[0]
    assert evidence.transform is not None and evidence.overlap.of_a > 0.4


@pytest.mark.parametrize(
    "draw",
    [scatter, lambda seed: scatter(seed, 3000, dot=1), cloud, sigmoid, heat_map],
    ids=["scatter", "flow", "dense clouds", "curves", "cells"],
)
def test_other_data_in_the_same_axes_are_no_reuse(draw):
    for seed in range(3):
        _, judgement = judged(draw(10 + seed), draw(20 + seed))
        assert judgement.verdict == "none"
        assert judgement.reasons[0] == "same annotation only"


def test_cells_that_differ_alike_from_their_neighbours_on_another_slope_are_other_data():
    values = np.random.default_rng(1).integers(40, 230, (15, 18))
    sloped = 0.35 * values + np.linspace(0, 165, 18)
    one, same, other = (
        read_plot(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY))
        for each in (cells(values), jpeg(cells(values), 60), cells(sloped))
    )
    assert agreement(one, same, between_frames(one, same)).log10_nfa < -4
    found = agreement(one, other, between_frames(one, other))
    assert found.agreeing > 0.7 * found.pieces
    assert found.log10_nfa == 0


def test_bars_that_are_nearly_equal_are_never_accused():
    for seed in range(3):
        assert judged(bars(10 + seed), bars(20 + seed))[1].verdict in ("none", "undecidable")


def test_smooth_curves_cannot_be_judged():
    _, judgement = judged(sigmoid(1, noise=0.0), jpeg(sigmoid(1, noise=0.0, colour=BLUE), 80))
    assert judgement.verdict == "undecidable"
    assert "too few marks" in judgement.reasons[0]


def test_the_transform_is_that_of_the_axes():
    evidence, _ = judged(scatter(5), scatter(5, size=(630, 495)))
    (p, q, r), (s, t, u) = evidence.transform.matrix
    corners = np.array([(48, 12, 1), (406, 286, 1)]) @ np.array([(p, q, r), (s, t, u)]).T
    assert np.abs(corners - [(48, 12), (616, 451)]).max() < 2.5


def test_plots_that_hardly_overlap_are_not_compared():
    plot = read_plot(cv2.cvtColor(scatter(1), cv2.COLOR_RGB2GRAY))
    assert agreement(plot, plot, between_frames(plot, plot)).log10_nfa < -10
    assert agreement(plot, plot, AxisMap((1.0, 1.0), (340.0, 0.0))) is None
