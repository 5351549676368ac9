"""Panels reused inside figures, compared as a user compares them: `figecho.compare` takes figures apart first.

    python -m benchmarks.documents.in_figures [--count 100] [--split test] [--minutes 30]

The sources and figures are those of `benchmarks.reuse` (its kinds ``in-figure`` and ``figure-figure``): four panels on
white, each shrunk to 300 x 240 pixels. A copy counts as found where the verdict is strong or moderate and stands on
the two planted panels. The unrelated pairs are pictures and figures of other groups of sources.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.reuse.evaluate import interval
from benchmarks.reuse.positives import recompressed
from benchmarks.reuse.sources import Source, generator, sources
from benchmarks.reuse.templates import figure
from benchmarks.reuse.textures import Pixels
from figecho.compare import Comparison, compare
from figecho.panels.split import split
from figecho.sources.image import from_array
from figecho.types import ACCUSING, Box

#: Where a panel stands in a figure: the second in the first figure, the first in the second (see `figure`).
SECOND, FIRST = (326, 26, 300, 240), (12, 26, 300, 240)
#: Panels of a figure.
PANELS = 4


@dataclass(frozen=True, eq=False)
class Case:
    """Two pictures, and where in them the planted panel stands: in a box, or anywhere (None)."""

    kind: str
    source: Source
    a: Pixels
    b: Pixels
    planted: tuple[Box | None, Box | None] | None

    def is_found(self, result: Comparison) -> bool:
        """Whether the comparison is about the planted panels."""
        assert self.planted is not None
        places = (result.place_a, result.place_b)
        return all(box is None or _holds(box, place.bbox) for box, place in zip(self.planted, places, strict=True))

    def are_split(self) -> bool:
        """Whether the pictures were taken apart into the panels that they have, and single ones left whole."""
        boxes = self.planted or ((None if self.kind.startswith("picture") else FIRST), FIRST)
        counts = [len(split(from_array(pixels, name="figure"))) for pixels in (self.a, self.b)]
        return counts == [PANELS if box else 1 for box in boxes]


def _holds(cell: Box, box: Box) -> bool:
    """Whether the middle of a box lies in a cell of a figure."""
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    return cell[0] <= x < cell[0] + cell[2] and cell[1] <= y < cell[1] + cell[3]


def cases(side: str, count: int) -> Iterator[Case]:
    """So many of each kind, kinds in turn; the same for the same arguments."""
    known = sources(side)
    order = generator(side, "in figures").permutation(sorted(known)).tolist()
    for number in range(count):
        source = known[order[number % len(order)]]
        rng = generator(side, "in figures", number)
        drawn = source.draw()
        others = [other.draw() for other in _of_other_groups(rng, source, known, 2 * PANELS)]
        first = figure([others[0], drawn, *others[1:3]])
        for kind, a, b, planted in (
            ("panel in a figure", drawn, first, (None, SECOND)),
            ("figure and figure", first, figure([drawn, *others[3:6]]), (SECOND, FIRST)),
            ("picture and unrelated figure", drawn, figure(others[3:7]), None),
            ("unrelated figures", first, figure(others[3:7]), None),
        ):
            yield Case(kind, source, recompressed(rng, a), recompressed(rng, b), planted)


def _of_other_groups(rng: np.random.Generator, source: Source, known: dict[str, Source], count: int) -> list[Source]:
    """Sources of as many different groups, none that of ``source``; none of them shows copies within itself."""
    chosen: dict[str, Source] = {source.group: source}
    for name in rng.permutation(sorted(known)).tolist():
        if len(chosen) <= count and not known[name].repeats:
            chosen.setdefault(known[name].group, known[name])
    return [other for group, other in chosen.items() if group != source.group]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100, help="how many of each kind")
    parser.add_argument("--split", choices=("train", "test"), default="test", help="which sources")
    parser.add_argument("--minutes", type=float, default=60, help="begin no more pairs after this long")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    start = time.monotonic()
    for case in cases(wanted.split, wanted.count):
        if time.monotonic() - start > 60 * wanted.minutes:
            break
        result = compare(case.a, case.b)
        assert isinstance(result, Comparison)
        accused = result.verdict in ACCUSING
        found = accused and (case.planted is None or case.is_found(result))
        said, apart = counts[case.kind], case.are_split()
        said += Counter({"pairs": 1, result.verdict: 1, "apart": apart, "found": found, "both": apart and found})
        if found != (case.planted is not None) or not apart:
            where = f"{result.place_a.bbox} {result.place_b.bbox}"
            print(
                f"{case.kind}: {case.source.name} {result.verdict} {where} apart {apart} {result.reasons}", flush=True
            )
    print("\n| pairs | count | taken apart rightly | strong or moderate | of those taken apart | strong | weak |")
    print("|---|---|---|---|---|---|---|")
    for kind, said in counts.items():
        low, high = interval(said["found"], said["pairs"])
        share = f"{said['found'] / said['pairs']:.3f} ({low:.3f}–{high:.3f})"
        split_share = f"{said['both'] / max(1, said['apart']):.3f}"
        cells = (kind, said["pairs"], said["apart"], share, split_share, said["strong"], said["weak"])
        print(f"| {' | '.join(map(str, cells))} |")


if __name__ == "__main__":
    main()
