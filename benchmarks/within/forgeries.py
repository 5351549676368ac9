"""Pixel F1 on published copy-move forgeries: `python -m benchmarks.within.forgeries`.

Reads ``copymove.csv`` of the folder of real images: forged pictures with masks of source and target, and the authentic
picture where there is one. ``--draw DIR`` leaves a drawing of each.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.within.__main__ import DATA
from figecho.report.within import draw_within
from figecho.sources.open import read
from figecho.types import ACCUSING
from figecho.within import look_within


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--draw", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with (options.data / "copymove.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    scores, clean, authentic = [], 0, 0
    print("| picture | verdict | pixel F1 | CPU seconds per megapixel |\n|---|---|---|---|")
    for row in rows:
        pixels = next(iter(read(options.data / row["image"]))).pixels
        start = time.process_time()
        found = look_within(pixels)
        seconds = (time.process_time() - start) / (pixels.shape[0] * pixels.shape[1] / 1e6)
        truth = np.asarray(Image.open(options.data / row["mask"]).convert("L")) > 127
        scores.append(f1(found.mask, truth))
        print(f"| {Path(row['image']).name} | {found.verdict} | {scores[-1]:.3f} | {seconds:.2f} |", flush=True)
        if options.draw:
            options.draw.mkdir(parents=True, exist_ok=True)
            drawing = draw_within(pixels, [copy.evidence for copy in found.copies], Path(row["image"]).name)
            drawing.save(options.draw / f"{Path(row['image']).stem}.png")
        if row["authentic"]:
            authentic += 1
            clean += look_within(next(iter(read(options.data / row["authentic"]))).pixels).verdict not in ACCUSING
    print(f"\nmean pixel F1 {np.mean(scores):.3f} over {len(scores)} forgeries; {clean} of {authentic} authentic clean")


def f1(found: np.ndarray, truth: np.ndarray) -> float:
    """Pixel F1 of two masks; the truth may be a pixel larger or smaller than the picture."""
    height, width = (min(sides) for sides in zip(found.shape, truth.shape, strict=True))
    found, truth = found[:height, :width], truth[:height, :width]
    return float(2 * (found & truth).sum() / max(1, int(found.sum()) + int(truth.sum())))


if __name__ == "__main__":
    main()
