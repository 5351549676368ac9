"""How often figures are taken apart rightly: drawn ones with known truth, and real single pictures.

    python -m benchmarks.documents.panels --figures 300 [--first 50000] [--ocr] [--failures DIR]

A panel counts as found when a panel of the result has an intersection over union of at least 0.7 with it, one to one;
what is left of the result is spurious. Letters are judged on the found panels of figures that have letters.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from benchmarks.documents.figures import Figure, Truth, draw
from figecho import ocr
from figecho.errors import InputError
from figecho.panels.boxes import area, shared
from figecho.panels.split import split
from figecho.report.panels import draw_panels
from figecho.sources.open import read
from figecho.types import Box, Panel, Picture

#: Seeds from here on were never looked at while the method was made.
FIRST_SEED = 50_000
FOUND = 0.7
DATA = Path(os.environ.get("FIGECHO_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
SINGLE = ("folder", "pairs", "copymove", "homography")


@dataclass
class Score:
    """Counts over many figures."""

    panels: int = 0
    found: int = 0
    spurious: int = 0
    lettered: int = 0
    letters: int = 0
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: float = 0.0
    megapixels: float = 0.0

    def add(self, figure: Figure, panels: tuple[Panel, ...]) -> bool:
        """Count one figure; whether everything in it is right."""
        matched = match(figure.panels, panels)
        self.panels += len(figure.panels)
        self.found += len(matched)
        self.spurious += len(panels) - len(matched)
        right = 0
        for truth, panel in matched:
            self.kinds[truth.kind, panel.kind] += 1
            right += panel.occurrence.panel == plain(truth.letter)
        if figure.style.lettering and len(figure.panels) > 1:
            self.lettered += len(matched)
            self.letters += right
        return len(matched) == len(figure.panels) == len(panels)

    def lines(self) -> Iterator[str]:
        yield f"panels {self.panels}"
        yield f"found {self.found / self.panels:.4f}"
        yield f"spurious {self.spurious / self.panels:.4f}"
        yield f"letters right {self.letters / max(1, self.lettered):.4f}"
        kinds = sum(count for (truth, said), count in self.kinds.items() if truth == said)
        yield f"kinds right {kinds / max(1, self.found):.4f}"
        yield f"CPU seconds per megapixel {self.seconds / self.megapixels:.3f}"


def plain(letter: str | None) -> str | None:
    """A letter without its brackets and dot: ``(a)`` is panel a."""
    return letter.strip("().") if letter else letter


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    common = shared(one, other)
    return common / (area(one) + area(other) - common)


def match(truths: tuple[Truth, ...], panels: tuple[Panel, ...]) -> list[tuple[Truth, Panel]]:
    """Pairs of a true panel and a found one, the best overlaps first, each once."""
    pairs = [(overlap(t.box, p.occurrence.bbox), i, j) for i, t in enumerate(truths) for j, p in enumerate(panels)]
    matched: dict[int, int] = {}
    for value, i, j in sorted(pairs, reverse=True):
        if value >= FOUND and i not in matched and j not in matched.values():
            matched[i] = j
    return [(truths[i], panels[j]) for i, j in matched.items()]


def drawn_figures(first: int, count: int, *, reader: bool, failures: Path | None) -> Score:
    """Take drawn figures apart, with their text layer or with a reader of letters in its place."""
    score = Score()
    for seed in range(first, first + count):
        figure = draw(seed)
        picture = Picture(figure.pixels, "", "", f"{seed}", texts=() if reader else figure.texts)
        start = time.process_time()
        panels = split(picture, ocr.read_labels if reader else None)
        score.seconds += time.process_time() - start
        score.megapixels += picture.width * picture.height / 1e6
        if not score.add(figure, panels) and failures:
            failures.mkdir(parents=True, exist_ok=True)
            draw_panels(picture, panels).save(failures / f"{seed}.png")
    return score


def single_pictures() -> tuple[int, list[str]]:
    """How many distinct real single pictures there are, and which of them were taken apart."""
    seen: set[str] = set()
    apart = []
    for file in sorted(file for name in SINGLE for file in (DATA / name).rglob("*") if file.is_file()):
        try:
            pictures = list(read(str(file)))
        except InputError:
            continue  # a homography's matrix, a mask's side file: no picture
        for picture in pictures:
            if picture.content not in seen and len(split(picture)) > 1:
                apart.append(f"{file.relative_to(DATA)}#page={picture.index}")
            seen.add(picture.content)
    return len(seen), apart


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", type=int, default=300, help="how many figures are drawn")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="the first seed")
    parser.add_argument("--ocr", action="store_true", help="no text layer: letters are read from the pixels")
    parser.add_argument("--failures", type=Path, help="draw the figures that came out wrong into this folder")
    parser.add_argument("--single", action="store_true", help="the real single pictures instead of drawn figures")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    if wanted.single:
        count, apart = single_pictures()
        print(f"single pictures {count}, taken apart {len(apart)}", *apart, sep="\n  ")
        return
    for line in drawn_figures(wanted.first, wanted.figures, reader=wanted.ocr, failures=wanted.failures).lines():
        print(line)


if __name__ == "__main__":
    main()
