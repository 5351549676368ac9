"""Fit the blot model on the training blots and write it where figecho reads it.

    python -m benchmarks.blots.fit [MEASUREMENTS.jsonl]

A logistic regression on the curves of `figecho.match.blot_verdict` whose weights cannot be negative. Without an
argument the training side is measured first.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.model_selection import GroupKFold

from benchmarks.blots.measure import measure
from figecho.match.blot_verdict import curve

OUTPUT = Path(__file__).parents[1] / "out" / "blots-train.jsonl"
TARGET = Path(__file__).parents[2] / "src" / "figecho" / "match" / "blot_model.json"
#: What the model reads; more of any of these never speaks against reuse.
NAMES = (
    "blot_agreeing", "blot_worst", "blot_typical", "blot_margin",
    "blot_fit1", "blot_fit2", "blot_fit3", "blot_fit4",
    "blot_ground1", "blot_ground2", "blot_ground3", "blot_ground4",
)  # fmt: skip
#: Strength of the ridge on weights of standardised curves.
RIDGE = 3.0
#: Share of different blots, of pieces that may be accused, above which nothing may be offered.
OFFERED_FALSELY = 1e-2
#: The same for one or two lanes, which unrelated blots show most often.
FEW_OFFERED_FALSELY = 2e-3
#: Moderate lies at the highest different blot seen, strong so far above it, in log-odds.
MARGINS = {"moderate": 0.7, "strong": 2.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("measurements", type=Path, nargs="?")
    arguments = parser.parse_args()
    if arguments.measurements:
        rows = [json.loads(line) for line in arguments.measurements.read_text(encoding="utf-8").splitlines()]
    else:
        rows = measure("train", OUTPUT)
    rows = [row for row in rows if row["truth"] != "other lanes" and "blot_lanes" in row["measurements"]]
    values = np.array([[curve(name, row["measurements"].get(name, 0.0)) for name in NAMES] for row in rows])
    truth = np.array([row["truth"] == "reused" for row in rows])
    groups = np.array([style_of(row["a"]) for row in rows])
    odds = np.zeros(len(rows))
    for train, held_out in GroupKFold(n_splits=6).split(values, truth, groups):
        weights, constant = fit(values[train], truth[train])
        odds[held_out] = values[held_out] @ weights + constant
    weights, constant = fit(values, truth)
    thresholds = choose_thresholds(odds, rows)
    for name, threshold in thresholds.items():
        found = 1 / (1 + np.exp(-odds)) >= threshold
        print(
            f"{name}: p >= {threshold}, out of fold {found[truth].sum()} of {truth.sum()} reused pieces, "
            f"{found[~truth].sum()} of {(~truth).sum()} of different blots"
        )
    data = {
        "schema": "figecho.blot-model/1",
        "weights": {name: round(float(weight), 5) for name, weight in zip(NAMES, weights, strict=True) if weight > 0},
        "constant": round(constant, 5),
        "thresholds": thresholds,
        "recipe": f"benchmarks/blots/fit.py on {len(rows)} pairs ({int((~truth).sum())} of different blots), "
        f"{len(set(groups.tolist()))} groups of sources",
    }
    TARGET.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {TARGET}")


def style_of(name: str) -> str:
    """What may not be split between folds: the two drawn blots of one style; a real photograph."""
    head, _, index = name.rpartition("-")
    return f"{head}-{int(index) // 2}" if head.startswith("drawn") else name.split("-")[0] + name.split("-")[1]


def fit(values: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights (k,), none negative, and the constant of a logistic regression with a ridge on standardised columns."""
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
    columns, sign = (values - mean) / spread, np.where(truth, 1.0, -1.0)

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        agreement = sign * (columns @ parameters[:-1] + parameters[-1])
        slope = -sign / (1 + np.exp(agreement))
        value = float(np.logaddexp(0, -agreement).sum() + 0.5 * RIDGE * parameters[:-1] @ parameters[:-1])
        return value, np.append(columns.T @ slope + RIDGE * parameters[:-1], slope.sum())

    bounds: list[tuple[float | None, float | None]] = [(0.0, None)] * values.shape[1] + [(None, None)]
    found = minimize(loss, np.zeros(values.shape[1] + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = found[:-1] / spread
    return weights, float(found[-1] - weights @ mean)


def choose_thresholds(odds: np.ndarray, rows: list[dict[str, Any]]) -> dict[str, float]:
    """Probability from which each verdict holds, and from which pieces of one or two lanes are offered at all.

    Only pieces of three lanes can be more than weak.
    """
    several = np.array([row["measurements"]["blot_agreeing"] >= 3 for row in rows])
    different = np.array([row["truth"] == "different blot" for row in rows])
    highest = float(odds[different & several].max(initial=-1.0))
    limits = {name: highest + margin for name, margin in MARGINS.items()}
    few = odds[different & ~several]
    limits["few lanes"] = float(np.quantile(few, 1 - FEW_OFFERED_FALSELY))
    limits["weak"] = min(float(np.quantile(odds[different], 1 - OFFERED_FALSELY)), limits["moderate"])
    return {
        name: round(float(1 / (1 + np.exp(-limits[name]))), 6) for name in ("strong", "moderate", "weak", "few lanes")
    }


if __name__ == "__main__":
    main()
