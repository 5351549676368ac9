"""A signature keeps little of a panel, spread over it, and comes back from its bytes as it was."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from figecho.features.sift import extract
from figecho.features.signatures import ASKING, MOST, THUMBNAIL_MOST, dumps, loads, sign
from figecho.match.gate import agreeing_matches
from figecho.match.nearest import VARIANTS
from figecho.options import ReuseOptions
from planted import scene


def test_a_flat_panel_has_a_signature_without_keypoints() -> None:
    signature = sign(extract(np.full((80, 90), 100, np.uint8), ReuseOptions()))
    assert len(signature) == 0
    assert len(loads(dumps(signature))) == 0


def test_it_comes_back_bit_for_bit() -> None:
    signature = sign(extract(scene(1), ReuseOptions()))
    again = loads(dumps(signature))
    for field in dataclasses.fields(signature):
        one, other = getattr(signature, field.name), getattr(again, field.name)
        np.testing.assert_array_equal(one, other)
        assert type(one) is type(other)
        assert np.asarray(one).dtype == np.asarray(other).dtype


def test_keypoints_are_few_and_from_everywhere_and_so_are_those_that_ask() -> None:
    signature = sign(extract(scene(2, 800, 600), ReuseOptions()))
    assert signature.keypoints == MOST
    assert MOST < len(signature) <= MOST + THUMBNAIL_MOST
    for points in (signature.points, signature.points[: signature.asking]):
        quarters = 2 * (points[:, 0] > 400) + (points[:, 1] > 300)
        assert np.bincount(quarters.astype(int)).min() > len(points) / 8
    assert ASKING < signature.asking < len(signature)


def test_a_copy_four_times_smaller_shares_keypoints_with_the_thumbnail() -> None:
    large = scene(5, 800, 600)
    small = cv2.resize(large, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    one, other = (sign(extract(pixels, ReuseOptions())) for pixels in (small, large))
    assert agreeing_matches(one, other, VARIANTS[0]) >= 15
    assert agreeing_matches(other, one, VARIANTS[0]) >= 15


@pytest.mark.parametrize("data", [b"", b"fsi", b"nonsense that is long enough", b"fsig" + b"\x63\0\0\0" + b"\0\0\0\0"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="signature"):
        loads(data)
