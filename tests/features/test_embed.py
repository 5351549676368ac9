"""What a network is fed, and the cosine of two vectors."""

from __future__ import annotations

import numpy as np
import pytest

from figecho.features.embed import IMAGENET_MEAN, IMAGENET_STD, VGG16_RECIPE, Recipe, cosine, nearest, tensor


def test_no_pictures_are_no_rows() -> None:
    assert tensor(np.zeros((0, 4, 5, 3), np.uint8), Recipe(4, 5)).shape == (0, 3, 4, 5)
    assert cosine(np.zeros((0, 3)), np.ones((2, 3))).shape == (0, 2)


def test_vgg16_is_fed_blue_green_red_less_the_mean() -> None:
    fed = tensor(np.full((1, 2, 2, 3), (10, 20, 30), np.uint8), VGG16_RECIPE)
    assert fed.dtype == np.float32 and fed.flags.c_contiguous
    assert fed[0, :, 1, 1] == pytest.approx([30 - 103.939, 20 - 116.779, 10 - 123.68])


def test_the_usual_network_is_fed_standardised_red_green_blue() -> None:
    fed = tensor(np.full((1, 2, 2, 3), (255, 0, 51), np.uint8), Recipe(2, 2))
    expected = (np.array([1, 0, 0.2]) - IMAGENET_MEAN) / IMAGENET_STD
    assert fed[0, :, 0, 0] == pytest.approx(expected, abs=1e-5)


def test_a_range_from_minus_one_to_one() -> None:
    recipe = Recipe(1, 1, low=-1, high=1, mean=(0, 0, 0), std=(1, 1, 1))
    assert tensor(np.array([[[[0, 255, 51]]]], np.uint8), recipe).ravel() == pytest.approx([-1, 1, -0.6], abs=1e-6)


def test_cosines_of_known_angles() -> None:
    rows = np.array([[1.0, 0], [1, 1], [-2, 0], [0, 0]])
    expected = [[1, 0.5**0.5, -1, 0], [0.5**0.5, 1, -(0.5**0.5), 0], [-1, -(0.5**0.5), 1, 0], [0, 0, 0, 0]]
    assert cosine(rows, rows) == pytest.approx(np.array(expected))


def test_a_cosine_never_leaves_its_range_by_rounding() -> None:
    rows = np.random.default_rng(1).random((40, 7)).astype(np.float32)
    assert np.abs(cosine(rows, rows)).max() <= 1


def test_the_nearest_rows_are_those_of_the_greatest_cosine() -> None:
    rng = np.random.default_rng(2)
    stored, queries = rng.standard_normal((200, 16)) * rng.uniform(0.01, 100, (200, 1)), rng.standard_normal((5, 16))
    found = nearest(queries, stored, 7)
    assert found.tolist() == np.argsort(-cosine(queries, stored), axis=1)[:, :7].tolist()
    assert nearest(queries, stored[:3], 7).shape == (5, 3)
    assert nearest(queries, stored[:0], 7).shape == (5, 0) and nearest(queries[:0], stored, 7).shape[0] == 0
