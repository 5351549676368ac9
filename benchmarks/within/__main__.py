"""Measure copies inside one panel: `python -m benchmarks.within --split report`.

Looks into every authentic and forged picture of a split, writes a row each, and prints located, recall at fixed rates
of false pictures, the verdicts, and the time. ``--rows FILE`` evaluates rows that were written before.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2

from benchmarks.within.evaluate import table
from benchmarks.within.measure import Case, cases, drawn_cases, look
from benchmarks.within.sources import sources

DATA = Path(os.environ.get("FIGECHO_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after so long")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/out/within.jsonl"))
    parser.add_argument("--resume", action="store_true", help="go on with the rows that are there")
    parser.add_argument("--rows", type=Path, nargs="*", help="evaluate these rows and look into nothing")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    files = options.rows or [_look_into_all(options)]
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    print(table(rows))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What chooses the pictures."""
    parser.add_argument("--split", choices=("tune", "report"), default="report")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--more", type=Path, nargs="*", default=[], help="folders of further authentic pictures")
    parser.add_argument("--drawn", type=int, default=30, help="drawn pictures of each kind")
    parser.add_argument("--every", type=int, default=1, help="take every n-th source only")
    parser.add_argument("--forge-every", type=int, default=1, help="plant pieces in every n-th of these only")
    parser.add_argument("--sizes", type=int, nargs="*", default=[24, 48, 64, 96, 150])


def _look_into_all(options: argparse.Namespace) -> Path:
    options.out.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    done = set()
    if options.resume and options.out.is_file():
        rows = [json.loads(line) for line in options.out.read_text(encoding="utf-8").splitlines()]
        done = {(row["source"], row["kind"], row["size"]) for row in rows}
    with options.out.open("a" if options.resume else "w", encoding="utf-8") as out:
        for number, case in enumerate(all_cases(options)):
            if (case.source, case.kind, case.size) in done:
                continue
            out.write(json.dumps(look(case)) + "\n")
            if number % 10 == 0:
                out.flush()
            if time.monotonic() - start > 60 * options.minutes:
                break
    return Path(options.out)


def all_cases(options: argparse.Namespace) -> Iterator[Case]:
    """Every picture that the arguments choose, real and drawn ones mixed: a run cut short has seen all kinds."""
    report = options.split == "report"
    drawn = drawn_cases(options.drawn, seed=int(report))
    chosen = [source for source in sources(options.data, tuple(options.more)) if source.held_out == report]
    chosen.sort(key=lambda source: hashlib.sha1(source.name.encode()).digest())
    for number, source in enumerate(chosen[:: options.every]):
        yield from cases(source, options.sizes if number % options.forge_every == 0 else [])
        yield from islice(drawn, 1)
    yield from drawn


if __name__ == "__main__":
    main()
