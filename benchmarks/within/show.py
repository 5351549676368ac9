"""Pictures of what goes wrong: `python -m benchmarks.within.show ROWS --split report …` with the arguments of the run.

Draws the authentic pictures with the highest scores, both places of the region side by side, and the forged pictures
whose copy scored lowest or was not located, source and target side by side. They show other people's images: look at
them, do not publish them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.within.__main__ import add_arguments, all_cases
from benchmarks.within.evaluate import scored
from benchmarks.within.measure import Case

Row = dict[str, Any]
Box = list[int]
#: Side of a crop as it is drawn, height of its caption, and what is shown around a box, pixels.
SIDE, CAPTION, AROUND = 150, 18, 12
COLUMNS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path)
    parser.add_argument("--most", type=int, default=9, help="pictures of each kind")
    parser.add_argument("--into", type=Path, default=Path("benchmarks/out"))
    add_arguments(parser)
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.rows.read_text(encoding="utf-8").splitlines()]
    scored(rows)
    authentic = sorted((row for row in rows if row["size"] == 0 and row["candidates"]), key=_score, reverse=True)
    missed = sorted((row for row in rows if row["size"] >= 64), key=_score)
    for name, chosen in (("worst_authentic", authentic[: options.most]), ("worst_missed", missed[: options.most])):
        cv2.imwrite(
            str(options.into / f"{name}.jpg"), _sheet(chosen, all_cases(options)), [cv2.IMWRITE_JPEG_QUALITY, 85]
        )


def _score(row: Row) -> float:
    """The highest score of an authentic picture; of a forged one that of its copy, below zero where not located."""
    return max((c["score"] for c in row["candidates"] if c["true"] or row["size"] == 0), default=-1.0)


def _sheet(rows: list[Row], cases: Iterable[Case]) -> np.ndarray:
    wanted = {(row["source"], row["kind"], row["size"]): row for row in rows}
    tiles = {}
    for case in cases:
        key = (case.source, case.kind, case.size)
        if key in wanted and key not in tiles:
            tiles[key] = _tile(case, wanted[key])
        if len(tiles) == len(wanted):
            break
    drawn = [tiles[key] for key in wanted]
    drawn += [np.full_like(drawn[0], 255)] * (-len(drawn) % COLUMNS)
    return np.vstack([np.hstack(drawn[start : start + COLUMNS]) for start in range(0, len(drawn), COLUMNS)])


def _tile(case: Case, row: Row) -> np.ndarray:
    """Both places of a row's region, or of its truth, in one scale, with what it is and its score."""
    best = max(row["candidates"], key=lambda candidate: candidate["score"], default=None)
    boxes = row["truth"] or best["boxes"]
    tile = np.full((SIDE + CAPTION + 4, 2 * SIDE + 8, 3), 255, np.uint8)
    colour = case.pixels if case.pixels.ndim == 3 else cv2.cvtColor(case.pixels, cv2.COLOR_GRAY2RGB)
    zoom = SIDE / (max(max(box[2:]) for box in boxes) + 2 * AROUND)
    for place, (x, y, width, height) in enumerate(boxes):
        top, left = max(0, y - AROUND), max(0, x - AROUND)
        crop = colour[top : y + height + AROUND, left : x + width + AROUND, ::-1]
        crop = cv2.resize(crop, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)[:SIDE, :SIDE]
        tile[CAPTION : CAPTION + crop.shape[0], place * (SIDE + 4) :][:, : crop.shape[1]] = crop
    size = f"{row['size']} px " if row["size"] else ""
    score = f"{_score(row):.2f}" if _score(row) >= 0 else "not located"
    text = f"{size}{row['kind']}, {score}"
    cv2.putText(tile, text, (3, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
    return tile


if __name__ == "__main__":
    main()
