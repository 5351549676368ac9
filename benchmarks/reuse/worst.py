"""Sheets of the pairs that went worst, to be looked at, and the reliability diagram.

    python -m benchmarks.reuse.worst benchmarks/out/reuse-test-balanced.jsonl -o FOLDER

Writes ``unrelated.jpg`` (the highest scores of unrelated pairs), ``copies.jpg`` (the lowest scores of copies), their
list ``worst.txt``, and ``reliability.png``.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.reuse.evaluate import BINS, Measured
from benchmarks.reuse.measure import pixels_of, rows
from benchmarks.reuse.textures import Pixels

#: Pairs on a sheet, pairs in a row of it, and the size of one picture on it.
SHOWN = 50
ACROSS = 5
TILE = 150
#: Side of the reliability diagram's square and the room left for its scales.
SIDE, ROOM = 420, 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measurements", type=Path)
    parser.add_argument("--split", choices=("train", "test"), default="test")
    parser.add_argument("--per-kind", type=int, default=100, help="as it was measured")
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    measured = Measured.of(rows(arguments.measurements))
    places = np.arange(len(measured.rows))
    highest = places[measured.unrelated][np.argsort(-measured.scores[measured.unrelated], kind="stable")[:SHOWN]]
    lowest = places[measured.copies][np.argsort(measured.scores[measured.copies], kind="stable")[:SHOWN]]
    listed = []
    for name, chosen in (("unrelated", highest), ("copies", lowest)):
        pairs = [pixels_of(measured.rows[place]["key"], arguments.split, arguments.per_kind) for place in chosen]
        Image.fromarray(sheet(pairs)).save(arguments.output / f"{name}.jpg", quality=80)
        for number, place in enumerate(chosen, start=1):
            judgement = measured.judgements[place]
            key = measured.rows[place]["key"]
            listed.append(f"{name} {number}: {judgement.verdict} {judgement.score:.3f} {key}: {judgement.reasons[0]}")
    (arguments.output / "worst.txt").write_text("\n".join(listed) + "\n", encoding="utf-8")
    used = measured.copies | measured.unrelated
    diagram(measured.scores[used], measured.copies[used]).save(arguments.output / "reliability.png")


def sheet(pairs: list[tuple[Pixels, Pixels]]) -> NDArray[np.uint8]:
    """The pairs side by side, numbered, on one white picture (H, W, 3) uint8."""
    row, column = TILE + 16, 2 * TILE + 16
    canvas = np.full((row * -(-len(pairs) // ACROSS), column * ACROSS, 3), 255, np.uint8)
    for index, pair in enumerate(pairs):
        top, left = row * (index // ACROSS) + 14, column * (index % ACROSS)
        for side, pixels in enumerate(pair):
            shown = pixels if pixels.ndim == 3 else np.dstack([pixels] * 3)
            zoom = TILE / max(shown.shape[:2])
            size = (max(1, round(shown.shape[1] * zoom)), max(1, round(shown.shape[0] * zoom)))
            small = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
            x = left + side * (TILE + 2)
            canvas[top : top + small.shape[0], x : x + small.shape[1]] = small
        cv2.putText(canvas, str(index + 1), (left + 2, top - 3), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0, 1, cv2.LINE_AA)
    return canvas


def diagram(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> Image.Image:
    """Share of copies among the pairs of a score, against the mean score: on the diagonal where it is calibrated."""
    picture = Image.new("RGB", (SIDE + 2 * ROOM, SIDE + 2 * ROOM), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(13)

    def place(mean: float, share: float) -> tuple[float, float]:
        return ROOM + SIDE * mean, ROOM + SIDE * (1 - share)

    draw.rectangle([*place(0, 1), *place(1, 0)], outline="black")
    draw.line([place(0, 0), place(1, 1)], fill="#bbbbbb", width=2)
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        draw.text((place(tick, 0)[0], ROOM + SIDE + 6), f"{tick:g}", fill="black", font=font, anchor="mt")
        draw.text((ROOM - 6, place(0, tick)[1]), f"{tick:g}", fill="black", font=font, anchor="rm")
    draw.text((ROOM + SIDE / 2, ROOM + SIDE + 28), "mean score", fill="black", font=font, anchor="mt")
    draw.text((ROOM, ROOM - 12), "share of copies (pairs)", fill="black", font=font, anchor="ls")
    for low, high in itertools.pairwise(BINS):
        inside = (scores >= low) & ((scores < high) | (high == BINS[-1]))
        if inside.any():
            x, y = place(float(scores[inside].mean()), float(truth[inside].mean()))
            draw.ellipse([x - 5, y - 5, x + 5, y + 5], fill="#1f5fa8")
            if 0.05 < scores[inside].mean() < 0.95:  # the many at both ends would hide each other
                draw.text((x + 8, y), f"{inside.sum()}", fill="#1f5fa8", font=font, anchor="lm")
    return picture


if __name__ == "__main__":
    main()
