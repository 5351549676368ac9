"""Fit the model of `figecho.match.within_verdict` on rows of the tuning split and write it as plain data.

    python -m benchmarks.within --split tune --out tune.jsonl
    python -m benchmarks.within.fit tune.jsonl

Logistic regression with a little ridge, no coefficient negative, on candidate regions: those of authentic pictures
against the true ones of forged pictures. Thresholds come from scores out of fold, folds by source.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

import figecho.match
from benchmarks.within.evaluate import table
from figecho.match.within_verdict import WithinModel

#: The measurements that the model reads: each speaks for a copy the more, the higher it is.
NAMES = ("votes", "margin1", "margin2", "faint1", "faint2", "even1", "even2", "close", "ends")
RIDGE = 0.02
FOLDS = 5
#: Pastes smaller than this are left out: nothing can be promised for them.
SMALLEST = 48
MODEL = Path(figecho.match.__file__).parent / "within_model.json"
Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path, nargs="+")
    parser.add_argument("--thresholds", type=float, nargs=3, metavar=("STRONG", "MODERATE", "WEAK"))
    parser.add_argument("--dry", action="store_true", help="print, but do not write the model")
    options = parser.parse_args()
    rows = [json.loads(line) for file in options.rows for line in file.read_text(encoding="utf-8").splitlines()]
    thresholds = dict(zip(("strong", "moderate", "weak"), options.thresholds or (0.95, 0.8, 0.65), strict=True))
    folds = np.array([_fold(row["source"]) for row in rows])
    for row in rows:
        # A region beside the truth in a forged picture may be half a copy: it teaches nothing.
        row["candidates"] = [
            c for c in row["candidates"] if row["size"] == 0 or (c["true"] and row["size"] >= SMALLEST)
        ]
    held: list[Row] = []
    for fold in range(FOLDS):
        train = [row for row, each in zip(rows, folds, strict=True) if each != fold]
        model = WithinModel.from_dict(fitted(train, thresholds))
        held += [
            {**row, "candidates": [_judged(c, model) for c in row["candidates"]]}
            for row, each in zip(rows, folds, strict=True)
            if each == fold
        ]
    print("out of fold\n" + table(held, _Scored(thresholds)))  # type: ignore[arg-type]
    whole = fitted(rows, thresholds)
    for feature in whole["features"]:
        print(f"{feature['name']:>9} {feature['coefficient']:8.3f}  {feature['low']:.2f} to {feature['high']:.2f}")
    if not options.dry:
        MODEL.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


class _Scored:
    """Stands in for a model where every candidate has its score already."""

    def __init__(self, thresholds: dict[str, float]) -> None:
        self.thresholds = thresholds

    def probability(self, values: dict[str, float]) -> float:
        return values["score"]


def _judged(candidate: Row, model: WithinModel) -> Row:
    return {**candidate, "values": {**candidate["values"], "score": model.probability(candidate["values"])}}


def fitted(rows: Sequence[Row], thresholds: dict[str, float]) -> dict[str, Any]:
    """The model's JSON object."""
    table, truth, weight = _design(rows)
    low, high = np.quantile(table, 0.01, axis=0), np.quantile(table, 0.99, axis=0)
    span = np.maximum(high - low, 1e-6)
    x = (np.clip(table, low, high) - low) / span

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = x @ parameters[1:] + parameters[0]
        chance = 1 / (1 + np.exp(-odds))
        value = (
            weight @ (np.logaddexp(0, odds) - truth * odds) / len(x)
            + RIDGE / 2 * float(parameters[1:] @ parameters[1:]) / len(x) * 10
        )
        slope = weight * (chance - truth) / len(x)
        gradient = np.concatenate([[slope.sum()], x.T @ slope + RIDGE * 10 / len(x) * parameters[1:]])
        return value, gradient

    bounds = [(None, None)] + [(0.0, None)] * x.shape[1]
    best = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, bounds=bounds, method="L-BFGS-B")
    coefficients = best.x[1:] / span
    used = coefficients > 1e-9
    intercept = float(best.x[0] - coefficients @ low)
    return {
        "schema": "figecho.within-model/1",
        "recipe": "benchmarks/within/fit.py",
        "fitted_on": {
            "sources": len({row["source"] for row in rows}),
            "pictures": len(rows),
            "copies": int(truth.sum()),
            "others": int((1 - truth).sum()),
        },
        "features": [
            {"name": name, "low": round(a, 5), "high": round(b, 5), "coefficient": round(c, 5)}
            for name, a, b, c, kept in zip(NAMES, low.tolist(), high.tolist(), coefficients.tolist(), used, strict=True)
            if kept
        ],
        "intercept": round(intercept, 5),
        "thresholds": thresholds,
    }


def _design(rows: Sequence[Row]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Measurements (n, k), truth (n,) and weights (n,)."""
    values, truth, weight = [], [], []
    for row in rows:
        for candidate in row["candidates"]:
            values.append([candidate["values"][name] for name in NAMES])
            truth.append(float(candidate["true"]))
            weight.append(1.0)
    return np.array(values), np.array(truth), np.array(weight)


def _fold(source: str) -> int:
    return hashlib.sha1(source.encode()).digest()[1] % FOLDS


if __name__ == "__main__":
    main()
