"""The verdict on two blots: small calibrated models on the blot measurements, and how many lanes may decide.

Log-odds are a sum of measurements, each through a fixed monotone curve and with a weight that is never negative, so
better evidence never lowers the score. There are two such models: where several lanes agree, all that is measured
speaks; where one or two do, little but the grain of the membrane does, since two bands are often alike.
`benchmarks/blots/fit.py` fits the weights and writes the JSON file beside this module.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from figecho.types import ACCUSING, OFFERED, Evidence, Judgement, Verdict

#: Lanes that must agree before a blot is accused, and what is said of fewer.
ENOUGH_LANES = 3
ONE_BAND = "one band: look at the originals"
TWO_BANDS = "two bands: look at the originals"
TOO_SMALL = "one band, too small to judge"
NO_LANE = "no lane agrees as a whole, though texture does: look at the originals"
#: A single band is offered only from this size, pixels: below it no measurement separates copies from look-alikes.
LEAST_WIDTH, LEAST_HEIGHT = 40, 10
#: What is said of pairs that share annotation alone; it stands where no lane was found.
ANNOTATION = "same annotation only"
#: Support of an alignment over its best rival's from which it stands out: of 680 rightly aligned pieces of three lanes
#: and more 1 % have less, gratings have less.
STANDS_OUT = 0.8
FITS_ELSEWHERE = "the bands fit each other as well at another position"
#: Keypoints on one alignment from which they, and not the bands, decide.
PROVEN = 12


@dataclass(frozen=True)
class BlotModel:
    """Weights by measurement, the constant term, and the probability from which each verdict holds."""

    weights: Mapping[str, float]
    constant: float
    thresholds: Mapping[str, float]

    def probability(self, measurements: Mapping[str, float]) -> float:
        """Calibrated probability of reuse, in [0, 1]; a measurement that was not taken counts as 0."""
        odds = self.constant + sum(
            weight * curve(name, measurements.get(name, 0.0)) for name, weight in self.weights.items()
        )
        return 1 / (1 + math.exp(-odds))


@dataclass(frozen=True)
class BlotModels:
    """The model for pairs in which enough lanes agree to be accused, and the one for those with fewer."""

    several: BlotModel
    few: BlotModel

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> BlotModels:
        if data.get("schema") != "figecho.blot-model/2":
            raise ValueError(f"not a blot model: schema {data.get('schema')!r}")
        read = {
            name: BlotModel(dict(part["weights"]), float(part["constant"]), dict(part["thresholds"]))
            for name, part in ((name, data[name]) for name in ("several", "few"))
        }
        return cls(**read)

    def of(self, measurements: Mapping[str, float]) -> BlotModel:
        """The model for a pair with these measurements."""
        return self.several if measurements["blot_agreeing"] >= ENOUGH_LANES else self.few


@lru_cache(maxsize=1)
def default_blot_models() -> BlotModels:
    """The models that ship with figecho."""
    text = resources.files("figecho.match").joinpath("blot_model.json").read_text(encoding="utf-8")
    return BlotModels.from_dict(json.loads(text))


def curve(name: str, value: float) -> float:
    """A measurement as it enters the log-odds: unexplained shares by their logarithm, counts and margins damped."""
    if name.startswith("blot_fit") or name in ("blot_worst", "blot_typical"):
        return -math.log(1.01 - min(max(value, -0.5), 1.0))
    if name.startswith("blot_ground"):
        return -math.log(1.02 - min(max(value, -0.2), 1.0))
    if name == "blot_margin":
        return math.sqrt(max(value, 0.0))
    if name == "blot_agreeing":
        return math.log1p(max(value, 0.0))
    return value


def judge_blots(evidence: Evidence, otherwise: Judgement, models: BlotModels | None = None) -> Judgement:
    """The judgement on two panels that were read as blots.

    Parameters
    ----------
    evidence : with the blot measurements.
    otherwise : the judgement without them; it stands where keypoints prove the alignment and it says more.
    """
    values = evidence.measurements
    lanes = int(values["blot_agreeing"])
    models = models or default_blot_models()
    model = models.of(values)
    score = round(model.probability(values), 6)
    verdict: Verdict = next((name for name in OFFERED if score >= model.thresholds.get(name, 2.0)), "none")
    if lanes >= ENOUGH_LANES:
        return _several(evidence, otherwise, verdict, score, model.thresholds["moderate"])
    # What is only offered must not rank above what is accused, nor what is set aside above what is offered.
    offered = max(model.thresholds["weak"], min(score, models.several.thresholds["moderate"]))
    if not values["blot_lanes"] and otherwise.reasons[0] == ANNOTATION:
        return otherwise
    if verdict == "none" and otherwise.verdict == "undecidable":
        return otherwise
    if verdict == "none" and otherwise.verdict not in ACCUSING:
        return Judgement("none", score, _reasons(evidence, "none"))
    if not lanes and otherwise.verdict in ACCUSING:
        return Judgement("weak", offered, (NO_LANE, *otherwise.reasons[:2]))
    proven = evidence.inliers >= PROVEN and otherwise.verdict in ACCUSING
    tiny = min(values.get("blot_width", 0) - LEAST_WIDTH, values.get("blot_height", 0) - LEAST_HEIGHT) < 0
    if lanes < 2 and tiny and not proven:
        too_small = (TOO_SMALL,) if lanes else ()
        return Judgement("none", min(score, model.thresholds["weak"]), (*too_small, *_reasons(evidence, "none")))
    return Judgement("weak", offered, (ONE_BAND if lanes < 2 else TWO_BANDS, *_reasons(evidence, "weak")))


def _several(evidence: Evidence, otherwise: Judgement, verdict: Verdict, score: float, limit: float) -> Judgement:
    """The judgement where enough lanes agree; ``limit`` is the highest score of what is only offered."""
    if evidence.inliers >= PROVEN and otherwise.verdict in ACCUSING and otherwise.score > score:
        return otherwise
    if verdict in ACCUSING and evidence.measurements["blot_margin"] < STANDS_OUT:
        return Judgement("weak", min(score, limit), (FITS_ELSEWHERE, *_reasons(evidence, "weak")))
    return Judgement(verdict, score, _reasons(evidence, verdict))


def _reasons(evidence: Evidence, verdict: Verdict) -> tuple[str, ...]:
    """Sentences that a person can check on the blots."""
    values = evidence.measurements
    lanes, agreeing = int(values["blot_lanes"]), int(values["blot_agreeing"])
    explained = f"{100 * max(values.get('blot_typical', 0.0), 0.0):.0f} %"
    if verdict == "none" or evidence.transform is None:
        return (
            "no alignment of the two blots shows the same bands",
            f"at the best one, one tone curve explains {explained} of what a lane shows",
        )
    return (
        f"{agreeing} of {lanes} lanes show the same bands when {evidence.transform.text}",
        f"one tone curve explains {explained} of what a lane shows",
    )
