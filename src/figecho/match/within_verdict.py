"""Evidence of a copy inside one panel → verdict: a logistic model stored as plain data, and the words that explain it.

No coefficient is negative, so no measurement that speaks for a copy can lower the score. `benchmarks/within/fit.py`
fits the model and writes the JSON file beside this module, with its recipe.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from figecho.types import ACCUSING, OFFERED, Evidence, Judgement, Verdict

#: Share of a panel that must be usable, and share of that which must carry grain, for a clean panel to be called so.
LEAST_USABLE = 0.02
LEAST_GRAINY = 0.05


@dataclass(frozen=True)
class WithinModel:
    """Measurements, clipped to the range they were fitted on, their coefficients (none negative), and thresholds."""

    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    thresholds: Mapping[str, float]

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> WithinModel:
        if data.get("schema") != "figecho.within-model/1":
            raise ValueError(f"not a model of copies within a panel: schema {data.get('schema')!r}")
        rows = data["features"]
        low, high, coefficients = (tuple(float(row[part]) for row in rows) for part in ("low", "high", "coefficient"))
        names = tuple(row["name"] for row in rows)
        return cls(names, low, high, coefficients, float(data["intercept"]), dict(data["thresholds"]))

    def probability(self, measurements: Mapping[str, float]) -> float:
        """Calibrated probability that the region is a copy, in [0, 1]."""
        row = np.clip([measurements[name] for name in self.names], self.low, self.high)
        return 1 / (1 + math.exp(-float(self.intercept + row @ np.array(self.coefficients))))


@lru_cache(maxsize=1)
def default_model() -> WithinModel:
    """The model that ships with figecho."""
    text = resources.files("figecho.match").joinpath("within_model.json").read_text(encoding="utf-8")
    return WithinModel.from_dict(json.loads(text))


def judge_copy(evidence: Evidence, model: WithinModel | None = None) -> Judgement:
    """The verdict on one region that may occur twice, with reasons that a person can check in the picture."""
    model = model or default_model()
    score = model.probability(evidence.measurements)
    verdict: Verdict = next((name for name in OFFERED if score >= model.thresholds[name]), "none")
    return Judgement(verdict, round(score, 6), _reasons(evidence, verdict))


def judge_panel(usable: float, grainy: float) -> Judgement:
    """The verdict on a panel in which nothing was found.

    Parameters
    ----------
    usable : share of the panel that may testify (`masks.usable_mask`).
    grainy : share of that which carries fine grain (`masks.grain_share`).
    """
    if usable < LEAST_USABLE:
        return Judgement("undecidable", 0.0, ("nothing to compare: only text, lines, flat or saturated areas",))
    if grainy < LEAST_GRAINY:
        return Judgement("undecidable", 0.0, ("no grain to compare: smoothed or heavily compressed",))
    return Judgement("none", 0.0, ("no piece of the picture occurs in it twice",))


def _reasons(evidence: Evidence, verdict: Verdict) -> tuple[str, ...]:
    values = evidence.measurements
    assert evidence.transform is not None
    corners = np.array(evidence.region_b)
    width, height = (np.ptp(corners, axis=0) + 1).tolist() if len(corners) else (0, 0)
    apart = float(np.linalg.norm(corners.mean(axis=0) - np.mean(evidence.region_a, axis=0))) if len(corners) else 0.0
    elsewhere = max(0.0, values["grain2"] - values["margin2"])
    reasons = [
        f"a piece of {width:.0f} × {height:.0f} px occurs again {apart:.0f} px away ({evidence.transform.text})",
        f"its fine grain correlates {values['grain2']:.2f}; the best other place of this picture reaches"
        f" {elsewhere:.2f}",
    ]
    if verdict not in ACCUSING:
        reasons.append("look at the original: the evidence alone does not settle it")
    return tuple(reasons)
