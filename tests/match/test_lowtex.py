"""Panels with hardly a keypoint are still aligned: bands of a blot, in any orientation."""

import cv2
import numpy as np
import pytest

from figecho.match.lowtex import coarse_alignments


def blot(seed: int, lanes: int = 8) -> np.ndarray:
    """A strip of soft dark bands, each a little different, on a light noisy ground."""
    rng = np.random.default_rng(seed)
    strip = np.full((90, 70 * lanes), 215, np.float32)
    for lane in range(lanes):
        centre = (35 + 70 * lane + int(rng.integers(-5, 6)), 45 + int(rng.integers(-12, 13)))
        axes = (int(rng.integers(16, 27)), int(rng.integers(4, 9)))
        cv2.ellipse(strip, centre, axes, float(rng.uniform(-6, 6)), 0, 360, float(rng.uniform(20, 120)), -1)
    strip = cv2.GaussianBlur(strip, (0, 0), 3) + rng.normal(0, 2, strip.shape)
    return np.clip(strip, 0, 255).astype(np.uint8)


def error(matrix, expected, points):
    return np.linalg.norm(points @ (matrix - expected)[:, :2].T + (matrix - expected)[:, 2], axis=1).max()


def test_two_flat_panels_have_no_alignment():
    flat = np.full((80, 300), 128, np.uint8)
    assert coarse_alignments(flat, flat, 3) == []


@pytest.mark.parametrize("part", [slice(0, 280), slice(140, 420)])
def test_part_of_a_strip_is_found_in_the_whole(part):
    whole = blot(1)
    expected = np.array([[1.0, 0, -part.start], [0, 1.0, 0]])
    found = coarse_alignments(whole, np.ascontiguousarray(whole[:, part]), 3)
    points = np.array([[part.start + 20.0, 20], [part.stop - 20.0, 20], [part.stop - 20.0, 70]])
    assert min(error(matrix, expected, points) for matrix in found) < 1.5


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
def test_every_orientation_is_tried(quarters, mirrored):
    whole = blot(2, lanes=5)
    copy = np.rot90(whole[:, ::-1] if mirrored else whole, -quarters)
    found = coarse_alignments(whole, np.ascontiguousarray(copy), 3)
    assert found
    linear = found[0][:, :2]
    assert (np.linalg.det(linear) < 0) == mirrored
    turn = np.linalg.matrix_power(np.array([[0.0, -1.0], [1.0, 0.0]]), quarters)
    assert np.allclose(linear, turn @ np.diag([-1.0 if mirrored else 1.0, 1.0]), atol=0.03)


def test_a_stretched_strip_is_aligned():
    whole = blot(3)
    copy = cv2.resize(whole, None, fx=0.83, fy=1.1, interpolation=cv2.INTER_AREA)
    found = coarse_alignments(whole, copy, 3)
    assert np.allclose(found[0][:, :2], np.diag([0.83, 1.1]), atol=0.03)
