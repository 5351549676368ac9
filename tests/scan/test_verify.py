"""A pair that was examined in one order is told from either side."""

from __future__ import annotations

import pytest

from figecho.compare import judged
from figecho.scan.verify import in_order, seen_from
from figecho.store.panels import Examined
from figecho.types import Evidence, Overlap, Transform

POINTS = tuple((float(i), 2.0 * i) for i in range(40))
TEXTURE = {
    "texture_a": 9e4, "texture_b": 4e4, "agree_area": 4.6, "agree_share": 0.98, "grain2": 0.96, "grain3": 0.98,
    "core2": 0.96, "strongest": 0.97, "detail2": 0.97, "detail_ratio": 0.9, "structure": 9.0, "peak": 3.6,
    "margin": 0.8, "symmetry": 0.2, "inliers": 1.6, "entropy": 4.5, "levels": 12.0, "two_tone": 0.6,
    "texture_share": 0.9, "ink_agree": 0.0, "channel": 0.0,
}  # fmt: skip
PLOT = {**TEXTURE, "plot_pieces": 40.0, "plot_agreeing": 38.0, "plot_nfa": -12.0, "plot_settled": 1.0}


def examined(measurements: dict[str, float]) -> Examined:
    evidence = Evidence(
        *(400, 300, 60, POINTS, POINTS),
        Transform(((0.5, 0.0, 10.0), (0.0, 0.5, 20.0))),
        overlap=Overlap(0.3, 0.9),
        log10_nfa=-90.0,
        measurements=measurements,
    )
    return Examined("a", "b", evidence, judged(evidence))


def test_the_order_of_a_pair_does_not_depend_on_who_comes_first():
    assert in_order(("b", "a")) == in_order(("a", "b")) == ("a", "b")


def test_from_its_own_side_nothing_changes():
    pair = examined(TEXTURE)
    assert seen_from("a", pair) is pair


@pytest.mark.parametrize("measurements", [TEXTURE, PLOT], ids=["texture", "plot"])
def test_from_the_other_side_it_is_what_an_examination_would_say(measurements):
    pair = examined(measurements)
    other = seen_from("b", pair)
    assert (other.a, other.b) == ("b", "a")
    assert other.evidence.transform.scale == pytest.approx(2.0)
    assert other.evidence.overlap == Overlap(0.9, 0.3)
    assert other.judgement == judged(other.evidence)
    assert other.judgement.verdict == pair.judgement.verdict == "strong"
    assert other.evidence.backward == pair.evidence


def test_the_reasons_on_two_plots_stay_about_their_marks():
    assert "the same data" in seen_from("b", examined(PLOT)).judgement.reasons[0]
