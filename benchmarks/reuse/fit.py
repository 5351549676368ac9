"""Fit the verdict model on the measurements of the training split and write it where figecho reads it.

    python -m benchmarks.reuse --split train
    python -m benchmarks.reuse.fit benchmarks/out/reuse-train-balanced.jsonl

Logistic regression whose weights are never negative, so that more evidence never lowers the score. Scores of held-out
source groups give the calibration (Platt, 1999: a slope and a shift) and the verdicts' thresholds. Unrelated pairs
are too few to count one in 100,000, so the tail of their scores is continued by an exponential distribution, the limit
that excesses over a high threshold follow (Pickands, 1975).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.reuse.evaluate import FIGURES
from benchmarks.reuse.measure import Row, evidence_of, rows
from figecho.match.verdict import FITS_ITSELF, nothing_counts

TARGET = Path(__file__).parents[2] / "src" / "figecho" / "match" / "verdict_model.json"
#: What the model reads; more of any of these never speaks against reuse. Chosen on the training split: with fewer
#: measurements recall at no false pair falls, with more it does not rise.
FEATURES = ("agree_area", "agree_share", "grain2", "grain3", "core2", "strongest", "peak", "margin", "inliers")
#: Strength of the prior on standardised weights: inverse variance.
PRIOR = 3.0
FOLDS = 6
#: Shares of unrelated pairs that may reach a verdict.
FALSE_ALARMS = {"strong": 1e-5, "moderate": 1e-4, "weak": 1e-3}
#: Unrelated pairs, by score from the top, that the tail is fitted to.
TAIL = 30

Values = NDArray[np.float64]
Truth = NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("measurements", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    arguments = parser.parse_args()
    measured = [row for path in arguments.measurements for row in rows(path)]
    measured = [row for row in measured if row["copy"] is not None and row["kind"] not in FIGURES]
    judged = [row for row in measured if reaches_the_model(row)]
    values = np.array([[row["measurements"][name] for name in FEATURES] for row in judged])
    truth = np.array([bool(row["copy"]) for row in judged])
    groups = sorted({row["groups"][0] for row in judged})
    folds = np.array([groups.index(row["groups"][0]) % FOLDS for row in judged])
    held_out = cross_fitted(values, truth, folds)
    slope, shift = platt(held_out, truth)
    odds = slope * held_out + shift
    unrelated = sum(not row["copy"] for row in measured)
    limits = {name: tail_limit(odds[~truth], unrelated, share) for name, share in FALSE_ALARMS.items()}
    for name, limit in limits.items():
        found, false = int((odds[truth] >= limit).sum()), int((odds[~truth] >= limit).sum())
        print(f"{name}: log-odds >= {limit:.2f}, held out {found} of {len(measured) - unrelated} copies, "
              f"{false} of {unrelated} unrelated pairs")  # fmt: skip
    weights, constant = fit(values, truth)
    model = {
        "schema": "figecho.verdict-model/2",
        "version": "2",
        "weights": {name: round(float(slope * weight), 6) for name, weight in zip(FEATURES, weights, strict=True)},
        "constant": round(float(slope * constant + shift), 6),
        "thresholds": {name: round(float(1 / (1 + np.exp(-limit))), 8) for name, limit in limits.items()},
        "recipe": f"benchmarks/reuse/fit.py on {len(measured)} pairs ({unrelated} unrelated) of "
        f"{len({row['groups'][0] for row in measured})} groups of sources",
    }
    arguments.output.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(model["weights"]), "constant", model["constant"])


def reaches_the_model(row: Row) -> bool:
    """Whether no rule decides first: annotation, nothing that agrees, a pattern that fits itself."""
    if row["transform"] is None or "agree_area" not in row["measurements"]:
        return False
    return nothing_counts(evidence_of(row)) is None and row["measurements"]["symmetry"] <= FITS_ITSELF


def fit(values: Values, truth: Truth) -> tuple[Values, float]:
    """Weights (n,) ≥ 0 and constant of the log-odds, for measurements as they are."""
    centre, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
    standard = (values - centre) / spread
    sign = np.where(truth, 1.0, -1.0)

    def loss(parameters: Values) -> tuple[float, Values]:
        margin = sign * (standard @ parameters[1:] + parameters[0])
        penalty = 0.5 * PRIOR * float(np.square(parameters[1:]).sum())
        pull = -sign / (1 + np.exp(margin))
        gradient = np.r_[pull.sum(), standard.T @ pull + PRIOR * parameters[1:]]
        return float(np.logaddexp(0, -margin).sum()) + penalty, gradient

    start = np.zeros(values.shape[1] + 1)
    bounds = [(None, None)] + [(0, None)] * values.shape[1]
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    weights = best[1:] / spread
    return weights, float(best[0] - weights @ centre)


def cross_fitted(values: Values, truth: Truth, folds: NDArray[np.int_]) -> Values:
    """Log-odds of every pair by a model that has seen no pair of its group of sources."""
    odds = np.zeros(len(truth))
    for fold in range(FOLDS):
        weights, constant = fit(values[folds != fold], truth[folds != fold])
        odds[folds == fold] = values[folds == fold] @ weights + constant
    return odds


def platt(odds: Values, truth: Truth) -> tuple[float, float]:
    """Slope and shift that make held-out log-odds calibrated."""
    sign = np.where(truth, 1.0, -1.0)
    found = minimize(lambda line: float(np.logaddexp(0, -sign * (line[0] * odds + line[1])).sum()), [1.0, 0.0])
    return float(found.x[0]), float(found.x[1])


def tail_limit(odds: Values, unrelated: int, share: float) -> float:
    """Log-odds that this share of all unrelated pairs exceeds, by the exponential tail over the highest of them."""
    top = np.sort(odds)[::-1][: TAIL + 1]
    excess = float((top[:TAIL] - top[TAIL]).mean())
    return float(top[TAIL] + excess * np.log(TAIL / (unrelated * share)))


if __name__ == "__main__":
    main()
