"""Measure reuse detection on sources that no tuning has seen, beside its peers, and report it.

    python -m benchmarks.reuse [--quick]                     the report of RESULTS.md
    python -m benchmarks.reuse --split train --minutes 60    measurements for benchmarks.reuse.fit

Measurements are kept under benchmarks/out; a stopped run goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.reuse.evaluate import Measured, report
from benchmarks.reuse.measure import measure, planned, rows
from figecho.options import PROFILES

OUT = Path(__file__).parents[1] / "out"
#: Copies per kind and unrelated pairs of the quick run.
QUICK = (4, 300)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("train", "test"), default="test")
    parser.add_argument("--quick", action="store_true", help="a small part, minutes instead of hours")
    parser.add_argument("--profile", choices=PROFILES, default="balanced")
    parser.add_argument("--per-kind", type=int, default=100, help="copies of each kind")
    parser.add_argument("--unrelated", type=int, help="unrelated pairs (default: all)")
    parser.add_argument("--minutes", type=float, default=600.0, help="begin no further pair after this time")
    parser.add_argument("-j", "--workers", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="forget earlier measurements")
    parser.add_argument("-o", "--output", type=Path, help="where the measurements are kept")
    arguments = parser.parse_args()
    per_kind, unrelated = QUICK if arguments.quick else (arguments.per_kind, arguments.unrelated)
    suffix = "-quick" if arguments.quick else ""
    target = arguments.output or OUT / f"reuse-{arguments.split}-{arguments.profile}{suffix}.jsonl"
    if arguments.fresh:
        target.unlink(missing_ok=True)
    measure(
        planned(arguments.split, per_kind, unrelated),
        target,
        split=arguments.split,
        profile=arguments.profile,
        workers=arguments.workers,
        minutes=arguments.minutes,
        beside=arguments.split == "test",
        say=lambda line: print(line, file=sys.stderr),
    )
    print(report(Measured.of(rows(target))))


if __name__ == "__main__":
    main()
