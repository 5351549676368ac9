"""Fit the verdict model on the measurements of the training split and write it where figecho reads it.

    python -m benchmarks.reuse --split train
    python -m benchmarks.reuse.fit benchmarks/out/reuse-train-balanced.jsonl

Gradient-boosted trees with monotone constraints on every measurement, cross-fitted by source group; the out-of-fold
sums give the calibration (isotonic, on log-odds) and the thresholds of the verdicts.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import GroupKFold

from benchmarks.reuse.measure import rows
from figecho.match.verdict import annotation_only

TARGET = Path(__file__).parents[2] / "src" / "figecho" / "match" / "verdict_model.json"
#: What the model reads; more of any of these never speaks against reuse.
FEATURES = (
    "texture", "texture_share", "agree_area", "agree_share", "ncc", "ncc_local", "grain1", "grain2", "grain3",
    "core2", "core3", "detail", "peak", "margin", "entropy", "levels", "inliers", "nfa", "repeated",
)  # fmt: skip
#: Shares of unrelated training pairs that may reach a verdict.
FALSE_ALARMS = {"weak": 1e-3, "moderate": 2e-4}
#: Strong lies this far, in log-odds, above every unrelated pair seen.
STRONG_MARGIN = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measurements", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    arguments = parser.parse_args()
    measured = [row for path in arguments.measurements for row in rows(path) if row["copy"] is not None]
    # Pairs that share annotation only never reach the model, so it must not spend itself on them.
    measured = [row for row in measured if not annotation_only(row["measurements"])]
    aligned = [row for row in measured if row["transform"] is not None]
    values = np.array([[row["measurements"].get(name, 0.0) for name in FEATURES] for row in aligned])
    truth = np.array([bool(row["copy"]) for row in aligned])
    groups = np.array([row["groups"][0] for row in aligned])
    raw = cross_fitted(values, truth, groups)
    negatives = sum(not row["copy"] for row in measured)
    model = fit(values, truth)
    calibration = calibrate(raw, truth)
    thresholds = choose_thresholds(raw[~truth], negatives, calibration)
    for name, threshold in thresholds.items():
        odds = np.interp(raw, *calibration.values())
        found = 1 / (1 + np.exp(-odds)) >= threshold
        print(
            f"{name}: p >= {threshold:.6f}, out of fold {found[truth].sum()} of {truth.sum()} aligned reuses, "
            f"{found[~truth].sum()} of {negatives} unrelated pairs"
        )
    for index in sorted(np.flatnonzero(~truth), key=lambda index: -raw[index])[:12]:
        row = aligned[index]
        print(f"  worst unrelated {raw[index]:6.2f}  {row['key']}")
    data = exported(model) | {
        "calibration": {key: [round(float(x), 4) for x in column] for key, column in calibration.items()},
        "thresholds": thresholds,
        "recipe": f"benchmarks/reuse/fit.py on {len(measured)} pairs ({negatives} unrelated), "
        f"{len(set(groups.tolist()))} source groups",
    }
    arguments.output.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"wrote {arguments.output} ({arguments.output.stat().st_size // 1024} KB)")


def fit(values: np.ndarray, truth: np.ndarray) -> HistGradientBoostingClassifier:
    model = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.08, max_leaf_nodes=6, min_samples_leaf=20, l2_regularization=2.0,
        monotonic_cst=[1] * values.shape[1], random_state=0,
    )  # fmt: skip
    # Unrelated pairs outnumber reuses less here than in life, and their last thousandth matters most.
    weight = np.where(truth, 1.0, 3.0)
    return model.fit(values, truth, sample_weight=weight)


def cross_fitted(values: np.ndarray, truth: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Out-of-fold log-odds, folds split by source group."""
    raw = np.zeros(len(truth))
    for train, held_out in GroupKFold(n_splits=6).split(values, truth, groups):
        raw[held_out] = fit(values[train], truth[train]).decision_function(values[held_out])
    return raw


def calibrate(raw: np.ndarray, truth: np.ndarray) -> dict[str, np.ndarray]:
    """Strictly increasing map from the model's sum to calibrated log-odds, as the corners of a polyline."""
    probability = IsotonicRegression(y_min=0.5 / (~truth).sum(), y_max=1 - 0.5 / truth.sum()).fit(raw, truth)
    corners = np.quantile(raw, np.linspace(0, 1, 41))
    corners = np.unique(np.round(np.r_[corners, np.linspace(raw.min(), raw.max(), 20)], 3))
    smoothed = probability.predict(corners)
    odds = np.log(smoothed / (1 - smoothed))
    # A slight slope keeps order inside the steps, so that better evidence always scores a little higher.
    odds = 0.9 * odds + 0.1 * corners
    return {"raw": corners, "log_odds": np.maximum.accumulate(odds)}


def choose_thresholds(raw: np.ndarray, negatives: int, calibration: dict[str, np.ndarray]) -> dict[str, float]:
    """Probability from which each verdict holds, by the stated share of unrelated pairs above it."""
    ordered = np.sort(raw)[::-1]
    limits = {name: ordered[min(len(ordered) - 1, int(share * negatives))] for name, share in FALSE_ALARMS.items()}
    limits["strong"] = ordered[0] + STRONG_MARGIN
    odds = {name: float(np.interp(limit, *calibration.values())) for name, limit in limits.items()}
    return {name: round(1 / (1 + float(np.exp(-odds[name]))) + 1e-6, 6) for name in ("strong", "moderate", "weak")}


def exported(model: HistGradientBoostingClassifier) -> dict[str, Any]:
    """The fitted trees as plain lists."""
    trees = []
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        trees.append({
            "feature": nodes["feature_idx"].tolist(),
            "threshold": [round(float(x), 6) for x in np.where(leaf, 0.0, nodes["num_threshold"])],
            "left": np.where(leaf, -1, nodes["left"].astype(int)).tolist(),
            "right": np.where(leaf, -1, nodes["right"].astype(int)).tolist(),
            "value": [round(float(x), 6) for x in nodes["value"]],
        })  # fmt: skip
    return {
        "schema": "figecho.verdict-model/1",
        "version": "1",
        "features": list(FEATURES),
        "baseline": round(float(np.ravel(model._baseline_prediction)[0]), 6),
        "trees": trees,
    }


if __name__ == "__main__":
    main()
