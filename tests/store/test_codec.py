"""What is stored comes back the same, to the last bit."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import finding
from figecho.store import codec
from figecho.types import Evidence, Judgement, Occurrence, Overlap, Review, Transform


def test_evidence_without_an_alignment() -> None:
    evidence = Evidence(0, 0)
    assert codec.evidence_from_json(codec.evidence_to_json(evidence)) == evidence


FLOATS = st.floats(allow_nan=False)
POINTS = st.lists(st.tuples(FLOATS, FLOATS), max_size=3).map(tuple)
EVIDENCE = st.builds(
    Evidence,
    keypoints_a=st.integers(0, 10_000),
    keypoints_b=st.integers(0, 10_000),
    matches=st.integers(0, 10_000),
    inliers_a=POINTS,
    inliers_b=POINTS,
    transform=st.none() | st.builds(Transform, st.tuples(*[st.tuples(FLOATS, FLOATS, FLOATS)] * 2), st.booleans()),
    region_a=POINTS,
    region_b=POINTS,
    overlap=st.builds(Overlap, FLOATS, FLOATS),
    log10_nfa=FLOATS,
    ncc=FLOATS,
    grain=FLOATS,
    measurements=st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), FLOATS, max_size=3),
)


@given(EVIDENCE)
def test_evidence_is_kept_to_the_last_bit(evidence: Evidence) -> None:
    assert codec.evidence_from_json(codec.evidence_to_json(evidence)) == evidence


def test_not_a_number_stays_one() -> None:
    kept = codec.evidence_from_json(codec.evidence_to_json(Evidence(1, 1, ncc=math.nan)))
    assert math.isnan(kept.ncc)


def test_a_finding_with_everything_in_it() -> None:
    full = dataclasses.replace(
        finding(),
        a=Occurrence("d" * 64, "odd \udcff name.png", 3, 2, "Fig 3", "D", (1, 2, 30, 40), "c1"),
        judgement=Judgement("moderate", 0.87654321, ("one", "two")),
        review=Review("dismissed", "template", "seen"),
    )
    assert codec.finding_from_json(*codec.finding_to_json(full)) == full


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (7, 5), (7, 5, 3), (3, 3), (5, 3)])
def test_pixels(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    kept = codec.png_to_pixels(codec.pixels_to_png(pixels))
    assert kept.dtype == np.uint8
    np.testing.assert_array_equal(kept, pixels)


def test_red_stays_red() -> None:
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 255
    np.testing.assert_array_equal(codec.png_to_pixels(codec.pixels_to_png(red)), red)


def test_damaged_pixels_are_an_error() -> None:
    with pytest.raises(ValueError, match="damaged"):
        codec.png_to_pixels(b"no PNG")
