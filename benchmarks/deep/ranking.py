"""How often each method ranks the true partner first: why the default method is `reuse`.

    python -m benchmarks.deep.ranking [--method phash --method onnx:FILE ...] [--per-kind 4] [--gallery 16]

A query is a copy of a source, changed as the reuse benchmark changes it. The gallery holds what it was copied from and
other sources, none of which is in the query. A partner that ties with another picture does not count as first.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.reuse.positives import OTHERS, kinds
from benchmarks.reuse.sources import Source, generator, sources
from figecho.compare import examine
from figecho.features.sift import extract
from figecho.models.open import open_model
from figecho.options import ReuseOptions, SimilarityOptions
from figecho.panels.split import split
from figecho.sources.image import from_array

Pixels = NDArray[np.uint8]
#: Scores of a query against every picture of its gallery.
Scorer = Callable[[Pixels, Sequence[Pixels]], list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--method", action="append", help="beside reuse; phash and pdq where none is named")
    parser.add_argument("--per-kind", type=int, default=4, help="queries of each kind")
    parser.add_argument("--gallery", type=int, default=16, help="pictures that a query is ranked against")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    methods = arguments.method or ["phash", "pdq"]
    scorers = {"reuse": _reuse()} | {method: _similarity(method) for method in methods}
    everything = [source for source in sources("test").values() if not source.repeats]
    print("| kind | " + " | ".join(scorers) + " |\n" + "|---" * (len(scorers) + 1) + "|")
    totals = dict.fromkeys(scorers, 0)
    for kind in kinds():
        first = dict.fromkeys(scorers, 0)
        for number in range(arguments.per_kind):
            query, gallery = _query(kind, number, everything, arguments.gallery)
            for name, scorer in scorers.items():
                partner, *others = scorer(query, gallery)
                first[name] += partner > max(others)
        for name, count in first.items():
            totals[name] += count
        print(
            f"| {kind} | " + " | ".join(f"{count / arguments.per_kind:.2f}" for count in first.values()) + " |",
            flush=True,
        )
    asked = arguments.per_kind * len(kinds())
    print("| **all kinds** | " + " | ".join(f"**{count / asked:.2f}**" for count in totals.values()) + " |")


def _query(kind: str, number: int, everything: Sequence[Source], size: int) -> tuple[Pixels, list[Pixels]]:
    """A changed copy, and the gallery with what it was copied from in front."""
    rng = generator("ranking", kind, number)
    chosen = [everything[at] for at in rng.permutation(len(everything))]
    base, others, rest = chosen[0], chosen[1 : 1 + OTHERS.get(kind, 0)], chosen[1 + OTHERS.get(kind, 0) :]
    original, copy = kinds()[kind](rng, _drawn(base), [_drawn(other) for other in others])
    used = {base.group, *(other.group for other in others)}
    distractors = [source for source in rest if source.group not in used][: size - 1]
    return _whole(copy), [_whole(original), *(_drawn(source) for source in distractors)]


@cache
def _drawn(source: Source) -> Pixels:
    return _whole(source.draw())


def _whole(pixels: NDArray[Any]) -> Pixels:
    return np.ascontiguousarray(pixels, dtype=np.uint8)


def _similarity(method: str) -> Scorer:
    model = open_model(SimilarityOptions(method))

    def score(query: Pixels, gallery: Sequence[Pixels]) -> list[float]:
        rows = model.describe([model.preparation(pixels) for pixels in (query, *gallery)])
        return list(model.similarity(rows[:1], rows[1:])[0])

    return score


def _reuse() -> Scorer:
    """The best score of any panel of the one with any panel of the other."""
    options, known = ReuseOptions(), {}

    def features(pixels: Pixels) -> list[Any]:
        key = id(pixels)
        if key not in known:
            known[key] = (pixels, [extract(panel.pixels, options) for panel in split(from_array(pixels))])
        return known[key][1]

    def score(query: Pixels, gallery: Sequence[Pixels]) -> list[float]:
        return [
            max(examine(one, other, options)[1].score for one in features(query) for other in features(picture))
            for picture in gallery
        ]

    return score


if __name__ == "__main__":
    main()
