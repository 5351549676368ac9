"""How often two plots are rightly said to show the same data, and how often wrongly.

    python -m benchmarks.charts --seeds 8 [--first 2000]

Copies are the same data drawn or saved again; all other pairs are other data in the same template. The method was made
looking at seeds below 2000.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import cv2

from benchmarks.charts.pairs import Pair, copies, others
from figecho.compare import examine
from figecho.features.sift import extract
from figecho.options import ReuseOptions
from figecho.types import ACCUSING, Judgement

VERDICTS = ("strong", "moderate", "weak", "undecidable", "none")


def judged(pairs: Iterable[Pair]) -> Iterator[tuple[Pair, Judgement]]:
    options = ReuseOptions()
    for pair in pairs:
        _, judgement = examine(extract(pair.a, options), extract(pair.b, options), options)
        yield pair, judgement


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds")
    parser.add_argument("--first", type=int, default=2000, help="the first seed")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    start = time.process_time()
    counts: dict[tuple[bool, str, str], Counter[str]] = defaultdict(Counter)
    scores: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(wanted.first, wanted.first + wanted.seeds):
        for pair, judgement in judged(itertools.chain(copies(seed), others(seed))):
            for name in (pair.kind, pair.change, "all"):
                counts[pair.copy, name, "kind" if name == pair.kind else "change"][judgement.verdict] += 1
            scores[pair.copy].append(judgement.score if judgement.verdict != "undecidable" else 0.0)
    for copy in (True, False):
        print(f"\n| {'copies' if copy else 'other data'} | pairs | {' | '.join(VERDICTS)} | accused |")
        print(f"|{'---|' * (len(VERDICTS) + 3)}")
        for (is_copy, name, _), verdicts in sorted(counts.items()):
            if is_copy == copy:
                accused = sum(verdicts[verdict] for verdict in ACCUSING) / verdicts.total()
                cells = " | ".join(str(verdicts[verdict]) for verdict in VERDICTS)
                print(f"| {name} | {verdicts.total()} | {cells} | {accused:.3f} |")
    highest = max(scores[False])
    recall = sum(score > highest for score in scores[True]) / len(scores[True])
    print(f"\nrecall at zero false {recall:.3f}; the highest score of other data is {highest:.4f}")
    print(f"{(time.process_time() - start) / sum(map(len, scores.values())):.2f} s of CPU per pair, features included")


if __name__ == "__main__":
    main()
