"""The reuse benchmark is fair: its splits share no specimen, and its rates are what they say."""

import numpy as np
import pytest

from benchmarks.reuse.evaluate import calibration_error, interval, limit_at, recall_at
from benchmarks.reuse.fit import fit, tail_limit
from benchmarks.reuse.measure import key, planned
from benchmarks.reuse.peers import compared, describe
from benchmarks.reuse.positives import kinds
from benchmarks.reuse.sources import generator, sources
from benchmarks.reuse.textures import textures
from planted import scene


def test_no_specimen_is_on_both_sides_of_the_split():
    groups = [{source.group for source in sources(split).values()} for split in ("train", "test")]
    assert groups[0]
    assert groups[0].isdisjoint(groups[1])


def test_a_smaller_plan_is_a_part_of_a_larger_one():
    small, large = ({key(item) for item in planned("train", *size)} for size in ((2, 50), (3, 80)))
    assert len(small) == 2 * len(kinds()) + 50
    assert small < large


def test_unrelated_pairs_never_share_a_group():
    known = sources("train")
    for item in planned("train", 0, None):
        if item.kind == "unrelated":
            assert known[item.a.source].group != known[item.b.source].group


@pytest.mark.parametrize("family", sorted(textures()))
def test_a_drawn_picture_has_its_size_and_depends_on_its_generator_alone(family):
    draw = textures()[family]
    one, two = (draw(generator("same"), (180, 120)) for _ in range(2))
    assert one.shape[:2] == (120, 180)
    assert one.dtype == np.uint8
    assert np.array_equal(one, two)


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_kind_makes_two_pictures(kind):
    others = [scene(seed, 120, 100) for seed in range(6)]
    for picture in kinds()[kind](np.random.default_rng(1), scene(9, 240, 180), others):
        assert picture.dtype == np.uint8
        assert min(picture.shape[:2]) > 20


def test_recall_is_read_above_the_false_pairs_that_a_rate_allows():
    scores = np.array([0.9, 0.8, 0.4, 0.85, 0.3, 0.2, 0.1])
    copies = np.array([True, True, True, False, False, False, False])
    assert recall_at(scores, copies, ~copies, 0.0) == pytest.approx(1 / 3)
    assert recall_at(scores, copies, ~copies, 0.25) == 1.0
    assert limit_at(scores[~copies], 0.5) == 0.2


def test_the_interval_of_nothing_found_is_three_over_n():
    low, high = interval(0, 1000)
    assert low == 0
    assert high == pytest.approx(3.7e-3, rel=0.02)


def test_scores_that_mean_what_they_say_have_no_calibration_error():
    rng = np.random.default_rng(0)
    scores = rng.uniform(0, 1, 40_000)
    truth = rng.uniform(0, 1, scores.size) < scores
    assert calibration_error(scores, truth) < 0.01
    assert calibration_error(np.full(100, 0.9), np.zeros(100, bool)) == pytest.approx(0.9)


def test_the_fit_gives_no_negative_weight_even_to_a_measurement_that_misleads():
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 1, 400) < 0.5
    values = np.column_stack([truth + rng.normal(0, 0.5, 400), -1.0 * truth + rng.normal(0, 0.5, 400)])
    weights, _ = fit(values, truth)
    assert weights[0] > 0
    assert weights[1] == 0


def test_the_tail_of_exponential_scores_is_continued_rightly():
    odds = np.random.default_rng(0).exponential(1.0, 5000)
    assert tail_limit(odds, 5000, 1e-4) == pytest.approx(np.log(1e4), abs=1.5)


def test_the_peers_find_a_turned_copy_by_its_hash_and_its_keypoints():
    a = scene(5)
    turned = compared(describe(a), describe(np.ascontiguousarray(np.rot90(a))))
    other = compared(describe(a), describe(scene(6)))
    assert turned["phash"] > 0.9 > other["phash"]
    assert turned["founding"] > 10 * max(1, other["founding"])
