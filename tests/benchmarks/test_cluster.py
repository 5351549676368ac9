"""What the simulation draws, and how the cost model is fitted."""

from __future__ import annotations

import numpy as np

from benchmarks.cluster.model import compared, fit
from benchmarks.cluster.simulate import CENTRES, drawn, synthetic, texture
from figecho.features.sift import extract
from figecho.features.signatures import sign
from figecho.options import ReuseOptions
from planted import scene


def test_synthetic_panels_are_like_real_ones_no_copies_of_them_and_the_same_for_the_same_number() -> None:
    real = [sign(extract(scene(number, 400, 400), ReuseOptions())) for number in range(3)]
    some = texture(real)
    assert some.count.sum() == sum(map(len, real)) and len(some.count) == CENTRES
    one, again, other = synthetic(some, 1), synthetic(some, 1), synthetic(some, 2)
    np.testing.assert_array_equal(one.descriptors, again.descriptors)
    assert (one.descriptors != other.descriptors).any()
    norms = np.linalg.norm(drawn(some, np.random.default_rng(0), 500).astype(float), axis=1)
    assert 400 < np.median(norms) < 600  # OpenCV's SIFT has 512
    originals = {row.tobytes() for each in real for row in each.descriptors}
    # Of three scenes, some centres have one descriptor alone, which stays where it is.
    assert sum(row.tobytes() in originals for row in one.descriptors) < len(one) / 4


def test_the_model_recovers_constants_and_tells_what_is_off() -> None:
    sizes = np.array([5e5, 2e6, 6e6])
    rows = [
        {"descriptors": n, "building": 2e-6 * n + 1e-9 * n**1.5, "searching": 0.02 + 3e-5 * n**0.5, "bytes": 60 * n}
        for n in sizes
    ]
    model = {name: fit(rows, name) for name in ("building", "searching")}
    np.testing.assert_allclose(model["building"], [2e-6, 1e-9], rtol=1e-6)
    np.testing.assert_allclose(model["searching"], [0.02, 3e-5], rtol=1e-6)
    told = compared(model, "twice as slow", {**rows[2], "searching": 2 * rows[2]["searching"]})
    assert told["building"]["more"] == 0 and told["searching"]["more"] == 1
    assert told["bytes per descriptor"] == 60
