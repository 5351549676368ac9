"""The verdict model is monotone, its JSON is what the code reads, and every sentence can be checked."""

import dataclasses

import numpy as np
import pytest

from figecho.match.verdict import VerdictModel, default_model, judge
from figecho.types import Evidence, Transform

COPY = {
    "texture_a": 9e4, "texture_b": 9e4, "texture": 4.9, "texture_share": 1.0, "agree_area": 4.9, "agree_share": 0.99,
    "ncc": 0.99, "ncc_local": 0.97, "grain1": 0.9, "grain2": 0.97, "grain3": 0.99, "core1": 0.9, "core2": 0.97,
    "core3": 0.99, "detail": 0.95, "detail2": 0.98, "detail_ratio": 0.95, "strongest": 0.97, "structure": 12.0,
    "peak": 4.0, "margin": 0.9, "symmetry": 0.1, "entropy": 4.5, "levels": 12.0, "two_tone": 0.6,
    "ink_share": 0.0, "ink_area": 0.0, "ink_agree": 0.0, "inliers": 2.3, "nfa": 250.0, "repeated": 0.6,
    "overlap": 0.9, "channel": 0.0,
}  # fmt: skip
MOVED = Transform(((-1.0, 0.0, 300.0), (0.0, 1.0, 0.0)))
IN_PLACE = Transform(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))


def evidence(transform=MOVED, **changes):
    points = tuple((float(i), float(i)) for i in range(200))
    return Evidence(
        500, 500, 300, points, points, transform, log10_nfa=-250.0, grain=0.97, measurements={**COPY, **changes}
    )


def test_no_measurement_gives_the_lowest_score():
    model = default_model()
    assert model.probability({}) <= min(model.probability(COPY), 0.01)


def test_a_clear_copy_is_strong_and_says_why():
    judgement = judge(evidence())
    assert judgement.verdict == "strong"
    assert "200 keypoints agree" in judgement.reasons[0]
    assert "mirrored" in judgement.reasons[0]
    assert len(judgement.reasons) == 3


@pytest.mark.parametrize("name", sorted(default_model().weights))
def test_more_evidence_never_lowers_the_score(name):
    model = default_model()
    rng = np.random.default_rng(0)
    highest = {"nfa": 300.0, "peak": 5.0, "inliers": 3.0}.get(name, 6.0 if "area" in name or name == "texture" else 1.0)
    for _ in range(50):
        row = {key: float(rng.uniform(0, 1)) * value for key, value in COPY.items()}
        scores = [model.probability({**row, name: value}) for value in np.linspace(0, highest, 25)]
        assert np.all(np.diff(scores) >= -1e-12)


def test_a_small_area_without_keypoints_is_only_offered():
    without = dataclasses.replace(evidence(agree_area=3.0), inliers_a=(), inliers_b=(), log10_nfa=0.0)
    assert judge(without).verdict == "weak"
    assert "small area that hardly any keypoint" in judge(without).reasons[0]
    assert judge(evidence(agree_area=3.0)).verdict in ("strong", "moderate"), "keypoints settle it"


def test_repeated_exposures_in_place_are_not_accused():
    judgement = judge(evidence(IN_PLACE, strongest=0.45, detail2=0.6, grain1=0.4, grain2=0.8))
    assert judgement.verdict == "weak"
    assert "neighbouring frame or time point?" in judgement.reasons[0]


def test_one_scene_photographed_from_two_places_is_not_accused():
    nearer = Transform(((0.94, 0.0, 35.0), (0.0, 0.94, 22.0)))
    judgement = judge(evidence(nearer, strongest=0.75, detail2=0.7))
    assert judgement.verdict == "weak"
    assert "photographed twice?" in judgement.reasons[0]


def test_the_same_detail_mirrored_is_no_neighbour():
    assert judge(evidence(MOVED, strongest=0.55, detail2=0.6)).verdict in ("strong", "moderate")


def test_a_pattern_that_fits_itself_elsewhere_is_structural_symmetry():
    judgement = judge(evidence(symmetry=0.99))
    assert judgement.verdict == "none"
    assert "structural symmetry" in judgement.reasons[0]


def test_agreeing_ink_without_agreeing_texture_is_annotation():
    judgement = judge(evidence(agree_area=0.0, ink_area=4.0, ink_agree=0.95))
    assert (judgement.verdict, judgement.score) == ("none", 0.0)
    assert judgement.reasons[0] == "same annotation only"


def test_ink_of_one_tone_on_one_ground_is_annotation_however_well_it_agrees():
    judgement = judge(evidence(levels=2.0, two_tone=0.96))
    assert (judgement.verdict, judgement.reasons[0]) == ("none", "same annotation only")


def test_one_channel_of_a_merge_is_found_and_called_legitimate():
    judgement = judge(evidence(IN_PLACE, channel=1.0))
    assert judgement.verdict == "strong"
    assert judgement.reasons[0] == "same field, other channel: usually legitimate"


def test_another_schema_is_refused():
    with pytest.raises(ValueError, match="schema"):
        VerdictModel.from_dict({"schema": "something/2"})


def test_the_judgement_depends_on_the_measurements_alone():
    one = evidence()
    assert judge(one) == judge(dataclasses.replace(one))
