"""Rows → tables: located, recall at fixed shares of false pictures, verdicts on authentic pictures, time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from figecho.match.within_verdict import WithinModel, default_model

Row = dict[str, Any]
#: Shares of authentic pictures in which something may be found.
RATES = (0.01, 0.003, 0.0)


def scored(rows: Sequence[Row], model: WithinModel | None = None) -> None:
    """Give every candidate its ``score``."""
    model = model or default_model()
    for row in rows:
        for candidate in row["candidates"]:
            candidate["score"] = model.probability(candidate["values"])


def table(rows: Sequence[Row], model: WithinModel | None = None) -> str:
    """All figures of a set of rows, as Markdown."""
    model = model or default_model()
    scored(rows, model)
    authentic = [row for row in rows if row["size"] == 0]
    worst = np.array([max((c["score"] for c in row["candidates"]), default=0.0) for row in authentic])
    bars = [_bar(worst, rate) for rate in RATES]
    lines = [
        f"{len(authentic)} authentic pictures of {len({row['source'] for row in authentic})} sources; "
        f"{len(rows) - len(authentic)} forged ones",
        "",
        "| paste | n | located | recall at 1 % | at 0.3 % | at 0 false | strong + moderate | pixel F1 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    accusing = model.thresholds["moderate"]
    for name, chosen in _groups(rows):
        found = [max((c["score"] for c in row["candidates"] if c["true"]), default=-1.0) for row in chosen]
        best = np.array(found)
        overlap = [
            max((c for c in row["candidates"] if c["true"]), key=lambda c: c["score"], default={"f1": 0.0})["f1"]
            for row in chosen
        ]
        shares = [(best > bar).mean() for bar in bars]
        cells = [(best >= 0).mean(), *shares, (best >= accusing).mean(), np.mean(overlap)]
        lines.append(f"| {name} | {len(chosen)} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
    lines += ["", "| authentic | n | strong + moderate | weak or more | highest score |", "|---|---|---|---|---|"]
    kinds = defaultdict(list)
    for row, score in zip(authentic, worst.tolist(), strict=True):
        kinds[row["kind"]].append(score)
    kinds["all"] = worst.tolist()
    for name, scores in kinds.items():
        high, low = (sum(score >= model.thresholds[bar] for score in scores) for bar in ("moderate", "weak"))
        lines.append(f"| {name} | {len(scores)} | {high} | {low} | {max(scores):.3f} |")
    area = sum(row["pixels"] for row in rows) / 1e6
    lines += [
        "",
        f"{sum(row['seconds'] for row in rows) / area:.2f} CPU seconds per megapixel over {area:.0f} megapixels",
    ]
    return "\n".join(lines)


def _bar(worst: np.ndarray[Any, Any], rate: float) -> float:
    """The score that at most this share of authentic pictures exceeds."""
    return float(np.sort(worst)[::-1][min(len(worst) - 1, int(rate * len(worst)))])


def _groups(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    forged = [row for row in rows if row["size"] > 0]
    sizes = [(f"{size} px", [r for r in forged if r["size"] == size]) for size in sorted({r["size"] for r in forged})]
    large = [row for row in forged if row["size"] >= 48]
    kinds = [
        (f"{kind}, ≥ 48 px", [r for r in large if r["kind"] == kind]) for kind in sorted({r["kind"] for r in large})
    ]
    return sizes + kinds
