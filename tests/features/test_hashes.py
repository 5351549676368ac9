"""Hashes in eight orientations: pure bits, whatever function made them."""

from __future__ import annotations

import numpy as np
import pytest

from figecho.features.hashes import ORIENTATIONS, distances, nearest, orientations, similarity


def test_the_eight_orientations_are_the_symmetries_of_a_rectangle() -> None:
    turned = list(orientations(np.arange(6, dtype=np.uint8).reshape(2, 3)))
    assert len({picture.tobytes() + bytes(picture.shape) for picture in turned}) == len(ORIENTATIONS) == 8
    named = dict(zip(ORIENTATIONS, (picture.tolist() for picture in turned), strict=True))
    assert named["as it is"] == [[0, 1, 2], [3, 4, 5]]
    assert named["rotated 90°"] == [[3, 0], [4, 1], [5, 2]]
    assert named["mirrored"] == [[2, 1, 0], [5, 4, 3]]
    assert named["mirrored top to bottom"] == [[3, 4, 5], [0, 1, 2]]


def test_distances_count_differing_bits() -> None:
    a = np.array([[0, 0, 0, 0], [1, 1, 1, 1]], bool)
    b = np.array([[0, 0, 0, 1], [1, 1, 1, 1], [0, 1, 1, 0]], bool)
    assert distances(a, b).tolist() == [[1, 4, 2], [3, 0, 2]]


@pytest.fixture
def ways() -> np.ndarray:
    """Three pictures' hashes of 64 random bits in eight orientations."""
    return np.random.default_rng(3).random((3, 8, 64)) < 0.5


def test_a_turned_copy_is_as_similar_as_a_copy_and_does_not_depend_on_the_order(ways: np.ndarray) -> None:
    turned = ways.copy()
    turned[0, 0] = ways[0, 5]  # what is seen of it as it is, is the first picture in orientation 5
    found = similarity(ways, turned)
    assert found[0, 0] == 1
    assert (found == similarity(turned, ways).T).all()


def test_other_pictures_are_about_half_alike(ways: np.ndarray) -> None:
    assert ((similarity(ways[:1], ways[1:]) > 0.4) & (similarity(ways[:1], ways[1:]) < 0.8)).all()


def test_similarity_is_one_less_the_share_of_differing_bits(ways: np.ndarray) -> None:
    changed = ways.copy()
    changed[:, :, :16] ^= True
    assert np.diag(similarity(ways, changed)).tolist() == [0.75] * 3


def test_the_nearest_hold_the_most_similar_in_any_orientation() -> None:
    rng = np.random.default_rng(5)
    stored, queries = rng.random((150, 8, 64)) < 0.5, rng.random((4, 8, 64)) < 0.5
    queries[0, 0], queries[1, 6] = stored[70, 3], stored[9, 0]  # either side may be the turned one
    alike = similarity(queries, stored)
    for row, found in zip(alike, nearest(queries, stored, 6), strict=True):
        assert sorted(row)[-6:] == sorted(row[np.unique(found)])[-6:]
    assert {int(alike[0].argmax()), int(alike[1].argmax())} == {70, 9}
    assert nearest(queries, stored[:0], 6).shape == (4, 0)
