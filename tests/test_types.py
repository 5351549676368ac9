"""What is said of A and B can be said of B and A."""

from __future__ import annotations

import numpy as np
import pytest

from figecho.types import Evidence, Overlap, Transform

QUARTER_TURN_TWICE_AS_LARGE = Transform(((0.0, -2.0, 300.0), (2.0, 0.0, 10.0)))


def test_the_map_back_undoes_the_map() -> None:
    there, back = (np.vstack([transform.matrix, [0, 0, 1]]) for transform in both_ways(QUARTER_TURN_TWICE_AS_LARGE))
    np.testing.assert_allclose(back @ there, np.eye(3), atol=1e-12)
    assert QUARTER_TURN_TWICE_AS_LARGE.text == "rotated 90°, 2.00×"
    assert QUARTER_TURN_TWICE_AS_LARGE.backward.text == "rotated −90°, 0.50×"


@pytest.mark.parametrize("inverted", [False, True])
def test_a_mirrored_or_inverted_copy_is_one_from_either_side(inverted: bool) -> None:
    mirrored = Transform(((-1.0, 0.0, 99.0), (0.0, 1.0, 0.0)), inverted=inverted)
    assert mirrored.backward == mirrored


def test_evidence_is_exchanged_whole_and_comes_back_as_it_was() -> None:
    evidence = Evidence(
        3, 5, 2, ((0.0, 1.0),), ((2.0, 3.0),), QUARTER_TURN_TWICE_AS_LARGE, ((0.0, 0.0),), ((1.0, 1.0),),
        Overlap(0.25, 1.0), -9.0, 0.9, 0.8, {"texture_a": 10.0, "texture_b": 20.0, "levels": 7.0},
    )  # fmt: skip
    other = evidence.backward
    assert (other.keypoints_a, other.keypoints_b, other.overlap) == (5, 3, Overlap(1.0, 0.25))
    assert (other.inliers_a, other.inliers_b) == (evidence.inliers_b, evidence.inliers_a)
    assert other.measurements == {"texture_a": 20.0, "texture_b": 10.0, "levels": 7.0}
    assert other.backward == evidence
    assert Evidence(1, 2).backward == Evidence(2, 1)


def both_ways(transform: Transform) -> tuple[Transform, Transform]:
    return transform, transform.backward
