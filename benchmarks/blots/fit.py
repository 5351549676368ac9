"""Fit the blot models on the training blots and write them where figecho reads them.

    python -m benchmarks.blots.fit [MEASUREMENTS.jsonl]

Two logistic regressions on the curves of `figecho.match.blot_verdict` whose weights cannot be negative: one on the
pairs in which several lanes agree, one on the others. Without an argument the training side is measured first.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.model_selection import GroupKFold

from benchmarks.blots.measure import measure
from figecho.match.blot_verdict import ENOUGH_LANES, curve

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
#: Log-odds from which each verdict holds, from those of different blots. Several lanes: moderate lies so far above the
#: highest, strong further; a share of them may be offered. One or two lanes are offered only, and more rarely, since
#: unrelated blots show them most often.
MARGINS = {"strong": 2.0, "moderate": 0.7}
OFFERED_FALSELY = 1e-2
FEW_OFFERED_FALSELY = 2e-3

Limits = Callable[[np.ndarray], dict[str, float]]


def limits_of_several(different: np.ndarray) -> dict[str, float]:
    limits = {name: float(different.max()) + margin for name, margin in MARGINS.items()}
    return limits | {"weak": min(float(np.quantile(different, 1 - OFFERED_FALSELY)), limits["moderate"])}


def limits_of_few(different: np.ndarray) -> dict[str, float]:
    return {"weak": float(np.quantile(different, 1 - FEW_OFFERED_FALSELY))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("measurements", type=Path, nargs="?")
    arguments = parser.parse_args()
    if arguments.measurements:
        rows = [json.loads(line) for line in arguments.measurements.read_text(encoding="utf-8").splitlines()]
    else:
        rows = measure("train", OUTPUT)
    rows = [row for row in rows if row["truth"] != "other lanes" and "blot_lanes" in row["measurements"]]
    several = [row for row in rows if row["measurements"]["blot_agreeing"] >= ENOUGH_LANES]
    few = [row for row in rows if row["measurements"]["blot_agreeing"] < ENOUGH_LANES]
    different = sum(row["truth"] != "reused" for row in rows)
    data = {
        "schema": "figecho.blot-model/2",
        "several": fitted("several lanes", several, limits_of_several),
        "few": fitted("one or two lanes", few, limits_of_few),
        "recipe": f"benchmarks/blots/fit.py on {len(rows)} pairs ({different} of different blots), "
        f"{len({style_of(row['a']) for row in rows})} groups of sources",
    }
    TARGET.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {TARGET}")


def fitted(name: str, rows: list[dict[str, Any]], limits: Limits) -> dict[str, Any]:
    """Weights, constant and thresholds for some rows; thresholds follow from odds out of fold."""
    values = np.array([[curve(each, row["measurements"].get(each, 0.0)) for each in NAMES] for row in rows])
    truth = np.array([row["truth"] == "reused" for row in rows])
    groups = np.array([style_of(row["a"]) for row in rows])
    odds = np.zeros(len(rows))
    for train, held_out in GroupKFold(n_splits=6).split(values, truth, groups):
        weights, constant = fit(values[train], truth[train])
        odds[held_out] = values[held_out] @ weights + constant
    weights, constant = fit(values, truth)
    thresholds = {verdict: round(float(1 / (1 + np.exp(-limit))), 6) for verdict, limit in limits(odds[~truth]).items()}
    for verdict, threshold in thresholds.items():
        found = 1 / (1 + np.exp(-odds)) >= threshold
        print(
            f"{name}, {verdict}: p >= {threshold}, out of fold {found[truth].sum()} of {truth.sum()} reused pieces, "
            f"{found[~truth].sum()} of {(~truth).sum()} of different blots"
        )
    return {
        "weights": {each: round(float(weight), 5) for each, weight in zip(NAMES, weights, strict=True) if weight > 0},
        "constant": round(constant, 5),
        "thresholds": thresholds,
    }


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


if __name__ == "__main__":
    main()
