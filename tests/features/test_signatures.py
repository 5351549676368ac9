"""A signature keeps little of a panel, spread over it, and comes back from its bytes as it was."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from figecho.features.sift import extract
from figecho.features.signatures import MOST, dumps, loads, sign
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
        assert one.dtype == other.dtype


def test_keypoints_are_few_and_from_everywhere() -> None:
    signature = sign(extract(scene(2, 800, 600), ReuseOptions()))
    assert len(signature) == MOST
    quarters = 2 * (signature.points[:, 0] > 400) + (signature.points[:, 1] > 300)
    assert np.bincount(quarters.astype(int)).min() > MOST / 8


@pytest.mark.parametrize("data", [b"", b"fsi", b"nonsense that is long enough", b"fsig" + b"\x63\0\0\0" + b"\0\0\0\0"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="signature"):
        loads(data)
