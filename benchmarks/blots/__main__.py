"""Recall on pieces of the test blots, and what is said of different blots.

    python -m benchmarks.blots [--share 1.0] [--measured FILE]

Score thresholds are those that 1 % of the pairs of different blots reach, over all kinds of pieces, and none.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.blots.measure import measure
from benchmarks.blots.pieces import GEOMETRY, PIECES, TONE

OUTPUT = Path(__file__).parents[1] / "out" / "blots-test.jsonl"
VERDICTS = ("strong", "moderate", "weak", "none", "undecidable")
Rows = list[dict[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--share", type=float, default=1.0, help="share of the pairs, always the same ones")
    parser.add_argument("--measured", type=Path, help="report on these measurements instead of measuring")
    arguments = parser.parse_args()
    if arguments.measured:
        rows = [json.loads(line) for line in arguments.measured.read_text(encoding="utf-8").splitlines()]
    else:
        rows = measure("test", OUTPUT, arguments.share)
    sys.stdout.write("\n".join(report(rows)) + "\n")


def report(rows: Rows) -> Iterator[str]:
    """The tables of `benchmarks/RESULTS.md`, line by line."""
    by_truth = {truth: [row for row in rows if row["truth"] == truth] for truth in {row["truth"] for row in rows}}
    reused, different = by_truth["reused"], by_truth["different blot"]
    scores = np.sort([row["score"] for row in different])[::-1]
    at_one_percent, at_none = float(scores[len(scores) // 100]), float(scores[0])
    yield f"{len(reused)} reused pieces, {len(different)} pieces of different blots"
    yield ""
    yield "| piece | pieces | aligned rightly | recall at 1 % | at 0 false | strong or moderate | weak |"
    yield "|---|---|---|---|---|---|---|"
    groups: list[tuple[str, Rows]] = []
    for piece in PIECES:
        some = [row for row in reused if row["piece"] == piece]
        groups += [(piece, some), (f"{piece}, real blots", [row for row in some if row["real"]])]
    for key, kinds in (("geometry", GEOMETRY), ("tone", TONE)):
        several = [row for row in reused if not row["piece"].startswith("one")]
        groups += [(f"{kind} (three lanes and more)", [row for row in several if row[key] == kind]) for kind in kinds]
    for name, some in groups:
        cells = (
            _share([row["right"] for row in some]), _interval([row["score"] > at_one_percent for row in some]),
            _share([row["score"] > at_none for row in some]),
            _share([row["verdict"] in ("strong", "moderate") for row in some]),
            _share([row["verdict"] == "weak" for row in some]),
        )  # fmt: skip
        yield f"| {name} | {len(some)} | {' | '.join(cells)} |"
    yield ""
    yield f"| pairs | {' | '.join(VERDICTS)} |"
    yield "|---|---|---|---|---|---|"
    for truth in ("different blot", "other lanes"):
        for piece in PIECES:
            some = [row for row in by_truth[truth] if row["piece"] == piece]
            counts = Counter(row["verdict"] for row in some)
            if some:
                yield f"| {truth}, {piece} | {' | '.join(str(counts[verdict]) for verdict in VERDICTS)} |"
    yield ""
    seconds = np.array([[row["features_s"], row["examine_s"]] for row in rows]).sum(axis=1)
    yield f"one pair: median {np.median(seconds):.3f} s of CPU, 90 % within {np.quantile(seconds, 0.9):.3f} s"


def _share(true: list[bool]) -> str:
    return f"{np.mean(true):.2f}" if true else "–"


def _interval(true: list[bool]) -> str:
    """A share and its 95 % interval (Wilson, "Probable inference", JASA 1927)."""
    if not true:
        return "–"
    count, share, z = len(true), float(np.mean(true)), 1.96
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return f"{share:.2f} ({max(0.0, centre - half):.2f}–{min(1.0, centre + half):.2f})"


if __name__ == "__main__":
    main()
