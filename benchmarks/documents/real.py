"""How real figures are taken apart, against boxes that a person set looking at them (`real_figures.json`).

    python -m benchmarks.documents.real [--failures DIR]

Only figures of freely licensed papers; their pixels are not here. What a reader would letter is a panel: a display of
several plots that only make sense together is one, and so is a screenshot.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.documents.figures import Truth
from benchmarks.documents.panels import DATA, match
from figecho.panels.split import split
from figecho.report.panels import draw_panels
from figecho.sources.open import read
from figecho.types import Picture

TRUTH = Path(__file__).with_name("real_figures.json")


def figures() -> Iterator[tuple[Picture, dict[str, Any]]]:
    """Every figure of the list with what the list says of it."""
    rows = json.loads(TRUTH.read_text(encoding="utf-8"))
    for file, listed in groupby(rows, key=lambda row: row["file"]):
        named = {picture.figure: picture for picture in read(str(DATA / file))}
        yield from ((named[row["figure"]], row) for row in listed)


def truths(picture: Picture, row: dict[str, Any]) -> tuple[Truth, ...]:
    boxes = [(0, 0, picture.width, picture.height)] if row["panels"] == "whole" else map(tuple, row["panels"])
    return tuple(Truth(box, None, "image") for box in boxes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--failures", type=Path, help="draw the figures that came out wrong into this folder")
    wanted = parser.parse_args()
    total = found = spurious = 0
    print("| paper | figure | shows | panels | found | spurious |\n|---|---|---|---|---|---|")
    for picture, row in figures():
        panels, true = split(picture), truths(picture, row)
        right = len(match(true, panels))
        total, found, spurious = total + len(true), found + right, spurious + len(panels) - right
        paper = Path(row["file"]).stem.removesuffix("__fulltext").split("__")[-1][:12]
        print(f"| {paper} | {row['figure']} | {row['shows']} | {len(true)} | {right} | {len(panels) - right} |")
        if wanted.failures and (right < len(true) or len(panels) > right):
            wanted.failures.mkdir(parents=True, exist_ok=True)
            draw_panels(picture, panels).save(wanted.failures / f"{paper}-{row['figure'].replace(' ', '')}.png")
    print(f"\n{found} of {total} panels found ({found / total:.3f}), {spurious} spurious")


if __name__ == "__main__":
    main()
