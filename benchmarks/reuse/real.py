"""What figecho says of the real images: copies with known changes, scenes seen twice, fields of one experiment.

    python -m benchmarks.reuse.real [--blood 200]

None of these pairs is planted by us. Fields of one experiment are unrelated unless the table says otherwise
(pixel-identical groups, processed variants, augmented copies).
"""

from __future__ import annotations

import argparse
import csv
import itertools
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from benchmarks.reuse.sources import generator, real_folder
from figecho.compare import examine
from figecho.features.sift import extract
from figecho.options import reuse_options
from figecho.sources.open import read
from figecho.types import ACCUSING, Features, Judgement

OPTIONS = reuse_options()
#: Experiments whose files are no distinct fields: copies and variants of each other by their own account.
VARIANTS = ("neubias_variants", "isbi_em_aug")

#: One of these shows the lanes of the other, enlarged: a reuse.
CUT_FROM = {"blot_1.png", "lanes.png"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--blood", type=int, default=200, help="pairs of blood fields, of 1,035")
    arguments = parser.parse_args()
    data = real_folder()
    if data is None:
        raise SystemExit("the real images are not here; set FIGECHO_DATA to their folder")
    for label, pairs in labelled_pairs(data).items():
        show(label, data, pairs)
    for experiment, pairs in distinct_fields(data, arguments.blood):
        show(f"distinct fields of {experiment}", data, pairs)


def labelled_pairs(data: Path) -> dict[str, list[tuple[str, str]]]:
    """The pairs of pairs.csv by their label."""
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    with (data / "pairs.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["label"]].append((row["a"], row["b"]))
    return dict(found)


def distinct_fields(data: Path, blood: int) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Pairs of one experiment that are not pixel-identical."""
    experiments: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    with (data / "folder.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            experiments[row["experiment"]].append(row)
    for experiment, files in experiments.items():
        if experiment in VARIANTS:
            continue
        pairs = [
            (a["file"], b["file"])
            for a, b in itertools.combinations(files, 2)
            if not a["pixel_identical_group"] or a["pixel_identical_group"] != b["pixel_identical_group"]
            if {Path(a["file"]).name, Path(b["file"]).name} != CUT_FROM
        ]
        order = generator(experiment).permutation(len(pairs))
        yield experiment, [pairs[index] for index in sorted(order[:blood])]


def show(title: str, data: Path, pairs: list[tuple[str, str]]) -> None:
    """How many of the pairs are accused, and every pair that is not as most of the others."""
    judged = [(a, b, judged_pair(data / a, data / b)) for a, b in pairs]
    accused = [pair for pair in judged if pair[2].verdict in ACCUSING]
    print(f"\n{title}: {len(accused)} of {len(judged)} strong or moderate")
    minority = accused if len(accused) <= len(judged) / 2 else [pair for pair in judged if pair not in accused]
    weak = [pair for pair in judged if pair[2].verdict == "weak" and pair not in minority]
    for a, b, judgement in minority + weak:
        print(f"  {judgement.verdict} {judgement.score:.3f}  {a} ~ {b}: {judgement.reasons[0]}")


def judged_pair(a: Path, b: Path) -> Judgement:
    return examine(_features(a), _features(b), OPTIONS)[1]


@cache
def _features(path: Path) -> Features:
    return extract(next(iter(read(path))).pixels, OPTIONS)


if __name__ == "__main__":
    main()
