"""Evidence → verdict: a calibrated, monotone model stored as plain data, and the words that explain it.

The log-odds are a weighted sum of measurements with no negative weight, so better evidence never lowers the score.
`benchmarks/reuse/fit.py` fits the weights and writes the JSON file beside this module, with the recipe. Before the
model is asked, what cannot count is set aside; after it, what agrees for another reason than reuse.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from figecho.match.blot_verdict import PROVEN, STANDS_OUT, judge_blots
from figecho.types import ACCUSING, OFFERED, Evidence, Judgement, Verdict

#: Texture of a panel, in working pixels, below which there is too little to judge.
LITTLE_TEXTURE = 24 * 24
#: log10 NFA below which an alignment is surely not chance.
NOT_CHANCE = -6.0
#: Agreement of ink that makes it the same ink.
SAME_INK = 0.5
#: Agreement of the fine details of one exposure, in place and resampled, and the ratio of strengths in two exposures.
SAME_DETAIL = 0.9
SAME_DETAIL_RESAMPLED = 0.85
LIKE_STRENGTH = 0.3
#: log10 of the area, pixels (63 squared), below which texture settles nothing where keypoints do not prove the
#: alignment (log10 NFA), unless its grain is that of no band: any two soft spots can be laid on each other, and six
#: keypoints on their rims agree once in a while.
SETTLING_AREA = 3.6
SETTLING_NFA = -10.0
SMALL_AREA = "a small area that hardly any keypoint supports: look at the originals"
#: log10 of the area of agreeing texture, pixels, that a reuse shows at least: 24 px squared, as much as can be aligned.
LEAST_AGREEING = 2.76
#: Share of the variance that two gray levels explain, from which there is nothing but ink on a ground; and how many
#: contrasts of isolated objects it shows at most.
TWO_TONE = 0.925
FEW_CONTRASTS = 3
#: The same share from which strokes of few contrasts are ink: letters, scale bars and plots have 0.84 and more.
INKED = 0.82
#: How much round objects vary inside (see `features.texture.modelling`), and log10 of the area that must show it,
#: pixels, for them to be specimens: print has 0.001 at most, nuclei 0.017 and more.
MODELLED = 0.015
MODELLED_AREA = 3.0
#: log10 of the area of agreeing texture, pixels, that no single band fills: 100 px squared, where those of 96 copies of
#: one band or lane reach 10^3.84; and a smaller one, with so many different contrasts of objects, that one or two bands
#: cannot show.
BEYOND_BANDS = 4.0
SEVERAL_BANDS = (3.6, 5)
#: Agreement of the grain, and margin of its correlation peak, that no two bands reach: look-alike ones show 0.88 and
#: 0.27 at most, copies of one band 0.97 and 0.78.
NO_BAND_GRAIN, NO_BAND_MARGIN = 0.98, 0.75
#: Height of the best other alignment of the same two pictures, as a share of the best one's, from which the pattern
#: fits itself: plates, grids, gratings and repeated motifs reach 0.97 and more.
FITS_ITSELF = 0.93
STRUCTURAL_SYMMETRY = "structural symmetry: the pattern fits itself at other positions as well"
NEIGHBOURS = "neighbouring frame or time point? same position, alike in shape, but not the same fine detail"
ANOTHER_VIEW = "one scene photographed twice? alike in shape, but not the same fine detail"
OTHER_CHANNEL = "same field, other channel: usually legitimate"


@dataclass(frozen=True)
class VerdictModel:
    """The fitted model: a weight for each measurement that it reads, the constant, and the verdicts' thresholds."""

    weights: Mapping[str, float]
    constant: float
    thresholds: Mapping[str, float]
    version: str

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VerdictModel:
        if data.get("schema") != "figecho.verdict-model/2":
            raise ValueError(f"not a verdict model: schema {data.get('schema')!r}")
        return cls(dict(data["weights"]), float(data["constant"]), dict(data["thresholds"]), str(data["version"]))

    def probability(self, measurements: Mapping[str, float]) -> float:
        """Calibrated probability of reuse, in [0, 1]; a measurement that was not taken counts as 0."""
        odds = sum(weight * measurements.get(name, 0.0) for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-(self.constant + odds)))


@lru_cache(maxsize=1)
def default_model() -> VerdictModel:
    """The model that ships with figecho."""
    text = resources.files("figecho.match").joinpath("verdict_model.json").read_text(encoding="utf-8")
    return VerdictModel.from_dict(json.loads(text))


def judge(evidence: Evidence, model: VerdictModel | None = None) -> Judgement:
    """The verdict on one piece of evidence, with two or three reasons that a person can check in the picture."""
    judgement = _judge(evidence, model or default_model())
    as_blots = "blot_lanes" in evidence.measurements and not (
        _two_tone(evidence.measurements) or _beyond_bands(evidence, judgement)
    )
    return judge_blots(evidence, judgement) if as_blots else judgement


def _two_tone(values: Mapping[str, float]) -> bool:
    """Whether all that agrees is one ink on one ground; bands have soft edges and many tones."""
    return 0 < values.get("levels", 0.0) <= FEW_CONTRASTS and values["two_tone"] > TWO_TONE


def _beyond_bands(evidence: Evidence, judgement: Judgement) -> bool:
    """Whether keypoints and texture prove a copy of more than a band: a small photograph may look like lanes.

    Lanes that fit each other elsewhere as well are bands, however many keypoints agree: a ladder is run many times.
    """
    if judgement.verdict != "strong":
        return False
    values = evidence.measurements
    if _grain_of_no_band(values):
        return True
    if values["blot_lanes"] and values["blot_margin"] < STANDS_OUT:
        return False
    area, levels = values["agree_area"], values["levels"]
    several = area >= SEVERAL_BANDS[0] and levels >= SEVERAL_BANDS[1]
    return area >= BEYOND_BANDS or (several and evidence.inliers >= PROVEN)


def _grain_of_no_band(values: Mapping[str, float]) -> bool:
    return values["grain2"] >= NO_BAND_GRAIN and values["margin"] >= NO_BAND_MARGIN


def _judge(evidence: Evidence, model: VerdictModel) -> Judgement:
    """The verdict on what keypoints and texture show."""
    values = dict(evidence.measurements)
    if evidence.transform is None or "agree_area" not in values:
        if lacking := _too_plain(values):
            return Judgement("undecidable", 0.0, (lacking,))
        return Judgement("none", 0.0, ("no alignment of the two pictures agrees in more than chance would",))
    if setting_aside := nothing_counts(evidence):
        return setting_aside
    score = model.probability(values)
    verdict: Verdict = next((name for name in OFFERED if score >= model.thresholds[name]), "none")
    if verdict != "none":
        return _explained_otherwise(evidence, score, model) or Judgement(
            verdict, round(score, 6), _for_reuse(evidence, verdict)
        )
    if lacking := _too_plain(values):
        return Judgement("undecidable", round(score, 6), (lacking,))
    return Judgement("none", round(score, 6), _against_reuse(evidence))


def unless_damaged(judgement: Judgement, *damages: tuple[str, str | None]) -> Judgement:
    """The judgement, if nothing is missing of any picture: each is named, with what is missing of it or None."""
    reasons = tuple(f"{name} is damaged: {damage}" for name, damage in dict(damages).items() if damage is not None)
    return Judgement("undecidable", 0.0, reasons) if reasons else judgement


def nothing_counts(evidence: Evidence) -> Judgement | None:
    """The judgement on a pair in which nothing agrees that could count, whatever the model would say of it."""
    values = evidence.measurements
    nothing_agrees = values["agree_area"] < LEAST_AGREEING
    same_ink = evidence.log10_nfa < NOT_CHANCE and values["ink_agree"] > SAME_INK
    if annotation_only(values) or (same_ink and nothing_agrees):
        return Judgement("none", 0.0, ("same annotation only", _texture_sentence(values)))
    if not nothing_agrees:
        return None
    if lacking := _too_plain(values):
        return Judgement("undecidable", 0.0, (lacking,))
    return Judgement("none", 0.0, _against_reuse(evidence))


def _explained_otherwise(evidence: Evidence, score: float, model: VerdictModel) -> Judgement | None:
    """The judgement on a pair that agrees for another reason than reuse: its own symmetry, or a second exposure."""
    values = evidence.measurements
    if values["symmetry"] > FITS_ITSELF:
        return Judgement("none", 0.0, (STRUCTURAL_SYMMETRY, _texture_sentence(values)))
    unproven = evidence.log10_nfa > SETTLING_NFA
    unsettled = unproven and values["agree_area"] < SETTLING_AREA and not _grain_of_no_band(values)
    if exposure := _second_exposure(evidence) or (SMALL_AREA if unsettled else None):
        reasons = (exposure, *_for_reuse(evidence, "weak")[:2])
        return Judgement("weak", round(min(score, model.thresholds["moderate"]), 6), reasons)
    return None


def annotation_only(values: Mapping[str, float]) -> bool:
    """Whether all that agrees is ink: strokes of one or two contrasts on an even ground, or a plot's axes.

    Ink is two-toned, which tells it from faint specimens of few contrasts. Measured: letters and scale bars have 1
    contrast and 1-2.7 bits, charts up to 5 contrasts and 2.5 bits, sparse specimens 5 contrasts and more, all else more
    than 2.9 bits. In panels of 100 px, where letters leave little of the ground, two gray levels still explain 0.93 and
    more of what letters and bars show, and 0.91 at most of specimens. A few nuclei on a dark ground have few contrasts
    as well, but each has an inside.
    """
    if values["agree_area"] <= 0:
        return False
    if values.get("modelling", 0.0) >= MODELLED and values["agree_area"] >= MODELLED_AREA:
        return False
    strokes = values["levels"] <= 2 and values["entropy"] < 2.9 and values["texture_share"] < 0.3
    strokes |= values["levels"] <= 2 and values["entropy"] < 3.4 and values["texture_share"] < 0.12
    plot = values["levels"] <= 5 and values["entropy"] < 2.5 and values["agree_share"] < 0.9
    plot &= values["texture_share"] < 0.45
    inked = values["two_tone"] > INKED and (strokes or plot)
    # A grid may have two tones as well, but then the better reason is that it fits itself.
    return inked or (_two_tone(values) and values["symmetry"] <= FITS_ITSELF)


def _second_exposure(evidence: Evidence) -> str | None:
    """The reason to say where two exposures of one scene explain the evidence better than one picture used twice.

    They agree in shape, and yet their details differ in both fine bands, though they show structure beyond noise
    (kurtosis 3) and one is not far weaker than the other, as a blurred copy's would be. Measured, the best agreement
    of details: time-lapse neighbours and fields photographed twice, which lie on each other without turn or scale,
    0.65-0.85; photographs from two places 0.75-0.77; copies 0.93-1, with JPEG quality 30, blur, noise and colour in one
    channel, and 0.85 and more where they were resampled. Of 840 planted reuses 0.5 % look like second exposures.
    """
    transform, values = evidence.transform, evidence.measurements
    if transform is None or transform.mirrored or values["channel"]:
        return None
    agreement, structure = max(values["strongest"], values["detail2"]), values["structure"]
    if values["detail_ratio"] <= LIKE_STRENGTH:
        return None
    if abs(transform.rotation_deg) < 1 and abs(transform.scale - 1) < 0.01:
        return NEIGHBOURS if structure > 6 and agreement < SAME_DETAIL else None
    return ANOTHER_VIEW if structure > 5 and agreement < SAME_DETAIL_RESAMPLED else None


def _too_plain(values: Mapping[str, float]) -> str | None:
    """Why there is too little to judge, or None where there is enough."""
    plain = [name for name in ("a", "b") if values[f"texture_{name}"] < LITTLE_TEXTURE]
    if not plain:
        return None
    who = "both pictures show" if len(plain) == 2 else f"picture {plain[0].upper()} shows"
    return f"too plain to judge: {who} almost nothing but an even area"


def _for_reuse(evidence: Evidence, verdict: Verdict) -> tuple[str, ...]:
    """Three sentences that a person can check in the pictures."""
    values = evidence.measurements
    assert evidence.transform is not None
    aligned = f"{evidence.inliers} keypoints agree on one alignment" if evidence.inliers >= 8 else "the pictures align"
    alike = "identical" if values["core2"] > 0.9 else "the same" if values["core2"] > 0.6 else "similar"
    reasons = [
        f"{aligned} ({evidence.transform.text})",
        f"fine grain {alike} over the common area (correlation {values['core2']:.2f})",
    ]
    if values["channel"]:
        return (OTHER_CHANNEL, *reasons)
    if verdict not in ACCUSING:
        return (*reasons, "look at the originals: the evidence alone does not settle it")
    share = max(evidence.overlap.of_a, evidence.overlap.of_b)
    return (*reasons, f"texture agrees over {_percent(share)} of the {_smaller(evidence)} picture")


def _against_reuse(evidence: Evidence) -> tuple[str, ...]:
    values = evidence.measurements
    if evidence.log10_nfa < NOT_CHANCE and values["agree_share"] > 0.25:
        return (
            "alike in shape, but not the same pixels: the same object, or a neighbouring field or time point?",
            _texture_sentence(values),
        )
    return ("no alignment of the two pictures shows the same texture", _texture_sentence(values))


def _texture_sentence(values: Mapping[str, float]) -> str:
    share, grain = _percent(values["agree_share"]), values["grain2"]
    return f"at the best alignment {share} of the texture agrees, fine grain correlates {grain:.2f}"


def _smaller(evidence: Evidence) -> str:
    return "first" if evidence.overlap.of_a >= evidence.overlap.of_b else "second"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
