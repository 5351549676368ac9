"""The classical methods give the very counts of plain OpenCV calls on the same pixels."""

import cv2
import numpy as np
import pytest

from figecho.match.classical import describe, match_classical
from figecho.options import ClassicalOptions
from planted import scene, warped

TURN = np.array([[0.9, -0.2, 60.0], [0.2, 0.9, -10.0]])


@pytest.fixture(scope="module")
def pair():
    one = scene(11)
    return one, warped(one, TURN, 420, 320)


def test_a_flat_picture_gives_no_matches():
    flat = describe(np.full((80, 80), 5, np.uint8), "sift")
    assert len(flat) == 0
    assert match_classical(flat, describe(scene(1), "sift"), ClassicalOptions()).count == 0


@pytest.mark.parametrize("ratio", [0.6, 0.75, 0.9])
def test_sift_counts_equal_plain_opencv(pair, ratio):
    sift = cv2.SIFT_create()
    (ka, da), (kb, db) = (sift.detectAndCompute(pixels, None) for pixels in pair)
    expected = [m for m, n in cv2.BFMatcher().knnMatch(da, db, k=2) if m.distance < ratio * n.distance]
    a, b = (describe(pixels, "sift") for pixels in pair)
    found = match_classical(a, b, ClassicalOptions("sift", ratio))
    assert (len(a), len(b)) == (len(ka), len(kb))
    assert found.count == len(expected) > 20
    nearest = min(expected, key=lambda match: match.distance)
    assert np.isclose(found.distances[0], nearest.distance, rtol=1e-5)
    assert np.all(np.diff(found.distances) >= 0)


@pytest.mark.parametrize(("method", "create"), [("akaze", cv2.AKAZE_create), ("orb", cv2.ORB_create)])
def test_binary_counts_equal_plain_opencv(pair, method, create):
    detector = create()
    (_, da), (_, db) = (detector.detectAndCompute(pixels, None) for pixels in pair)
    expected = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(da, db)
    found = match_classical(*(describe(pixels, method) for pixels in pair), ClassicalOptions(method))
    assert found.count == len(expected) > 20


def test_rootsift_counts_equal_opencv_on_rootsift(pair):
    sift = cv2.SIFT_create()
    roots = []
    for pixels in pair:
        _, descriptors = sift.detectAndCompute(pixels, None)
        roots.append(np.sqrt(descriptors / (descriptors.sum(axis=1, keepdims=True) + 1e-7)))
    expected = [m for m, n in cv2.BFMatcher().knnMatch(*roots, k=2) if m.distance < 0.75 * n.distance]
    found = match_classical(*(describe(pixels, "rootsift") for pixels in pair), ClassicalOptions("rootsift"))
    # Distances of unit vectors lose a digit in the matrix product; a tie at the threshold may fall either way.
    assert abs(found.count - len(expected)) <= 1


def test_matches_lie_where_the_transform_says(pair):
    found = match_classical(*(describe(pixels, "sift") for pixels in pair), ClassicalOptions())
    moved = found.points_a @ TURN[:, :2].T + TURN[:, 2]
    assert np.mean(np.linalg.norm(moved - found.points_b, axis=1) < 3) > 0.9


def test_colour_is_compared_in_gray():
    gray = scene(12)
    colour = np.stack([gray] * 3, axis=-1)
    assert len(describe(colour, "orb")) == len(describe(gray, "orb"))
