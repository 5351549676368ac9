"""The heat map shows what is alike beside each other, at a bounded size whatever the folder."""

from __future__ import annotations

import numpy as np
import pytest

from figecho.report.heatmap import MOST_PICTURES, heat_map, order


def two_groups(count: int) -> np.ndarray:
    """Even and odd pictures are alike among themselves, the more the nearer."""
    at = np.arange(count)
    same = at[:, None] % 2 == at % 2
    return np.where(same, 1 - 0.001 * np.abs(at[:, None] - at), 0.2)


def drawn(count: int, matrix: np.ndarray | None = None) -> np.ndarray:
    thumbnails = [np.full((60 + number % 30, 96, 3), number % 256, np.uint8) for number in range(count)]
    names = [f"folder/figure {number}\x1b[31m.png" for number in range(count)]
    return np.asarray(heat_map(names, two_groups(count) if matrix is None else matrix, thumbnails, "title"))


def test_no_pictures_and_one_picture_are_drawn_too() -> None:
    assert drawn(0).ndim == 3 and drawn(1).ndim == 3


def test_alike_pictures_stand_beside_each_other() -> None:
    at = order(two_groups(9))
    assert sorted(at) == list(range(9))
    parity = (at % 2).tolist()
    assert parity in (sorted(parity), sorted(parity, reverse=True))


def test_the_matrix_is_brightest_on_its_diagonal() -> None:
    picture = drawn(4, np.where(np.eye(4, dtype=bool), 1.0, 0.1)).astype(int)
    bright = (picture[..., 0] > 240) & (picture[..., 2] < 60)  # viridis ends in yellow
    share = bright.sum() / (4 * 84) ** 2
    assert 0.2 < share < 0.3


@pytest.mark.parametrize("count", [2, 30, 200, 400, MOST_PICTURES])
def test_its_size_is_bounded(count: int) -> None:
    height, width, _ = drawn(count).shape
    assert 200 < height < 3000 and 400 < width < 3300


def test_equal_pictures_have_no_scale_to_fall_off() -> None:
    assert drawn(3, np.ones((3, 3))).ndim == 3
