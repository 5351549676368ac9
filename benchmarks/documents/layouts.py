"""Whether figures find their names: generated manuscripts of many layouts, with known places and captions.

Every document has its own style: one or two columns, captions below, above, beside, on the next page or in a list,
spellings of "Figure", sizes and gaps, running headers, tables, and sentences about figures at the beginnings of lines.
A figure is right when exactly one figure of its name is found on its page and its box agrees (IoU ≥ 0.85).

    PYTHONPATH=tests python -m benchmarks.documents.layouts --documents 100
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from figecho.sources.pdf import _layout
from figecho.sources.pdf_figures import find_figures
from figecho.sources.pdf_geometry import Rect, union
from figecho.sources.pdf_open import open_pdf
from figecho.sources.request import Request
from pdf_files import Paper, chart, draw, text
from planted import scene

WIDTH, HEIGHT = 595.0, 842.0
PROSE = """cells were grown in the dark and counted every day of growth as described before by others while their nuclei
were stained with the dye that binds to them and imaged under the same exposure for all of the conditions shown"""
WORDS = tuple(PROSE.split())
SPELLINGS = ("Figure {}.", "Fig. {}.", "FIG. {}:", "Figure {} |", "Fig. {}", "Figure {}:", "Figure S{}.")
PLACES = ("below", "below", "below", "below", "above", "beside", "next page", "list")


@dataclass
class Truth:
    """A figure that was drawn: its name, page, and box in display points."""

    name: str
    page: int
    box: Rect


@dataclass
class Style:
    """What the pages of one document have in common."""

    rng: np.random.Generator
    columns: int
    place: str
    spelling: str
    size: float
    gap: float
    header: bool
    mentions: bool

    @classmethod
    def random(cls, rng: np.random.Generator) -> Style:
        place = str(rng.choice(PLACES))
        return cls(
            rng,
            1 if place == "beside" else int(rng.integers(1, 3)),
            place,
            str(rng.choice(SPELLINGS)),
            float(rng.uniform(7.5, 10.5)),
            float(rng.uniform(6, 22)),
            bool(rng.random() < 0.6),
            bool(rng.random() < 0.6),
        )


@dataclass
class Column:
    """A column being filled from the top; ``y`` is how far down it is full, in display points."""

    left: float
    width: float
    y: float = 70.0
    operators: list[str] = field(default_factory=list)

    def write(self, lines: list[str], size: float) -> Rect:
        top = self.y
        for line in lines:
            self.y += 1.2 * size
            self.operators.append(text(line, self.left, HEIGHT - self.y, size))
        return Rect(self.left, top, self.left + self.width, self.y)


def wrapped(rng: np.random.Generator, first: str, letters: int, lines: int) -> list[str]:
    """Lines of a paragraph that begins with given words; the last one is shorter."""
    found = []
    line = first
    while len(found) < lines:
        word = str(rng.choice(WORDS))
        if len(line) + len(word) + 1 > letters:
            found.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    found[-1] = found[-1][: max(len(first), letters // 2)]
    return found


def graphics(style: Style, paper: Paper, left: float, top: float, width: float) -> tuple[list[str], Rect]:
    """Pictures, charts and letters; gives the operators and the box of all that is painted but the letters."""
    rng = style.rng
    columns, rows = int(rng.integers(1, 4)), int(rng.integers(1, 3))
    space = float(rng.uniform(3, 22))
    side = (width - space * (columns - 1) - 8) / columns
    tall = min(side * float(rng.uniform(0.6, 0.9)), (HEIGHT - 210 - top - space * (rows - 1)) / rows)
    operators, boxes = [], []
    for row in range(rows):
        for column in range(columns):
            x, y = left + column * (side + space), top + row * (tall + space)
            low = HEIGHT - y - tall
            if rng.random() < 0.7:
                name = paper.flate(f"P{rng.integers(1 << 40)}", scene(int(rng.integers(1 << 20)), 150, 110))
                operators.append(draw(name, x, low, side, tall))
                boxes.append(Rect(x, y, x + side, y + tall))
            else:
                operators.append(chart(x + 4, low + 2, side - 6, tall - 4, int(rng.integers(1 << 20))))
                boxes.append(Rect(x, y, x + side, y + tall))
            operators.append(text("ABCDEFGHI"[row * columns + column], x + 3, HEIGHT - y - 12, 11))
    return operators, union(boxes)


def document(rng: np.random.Generator, path: Path) -> tuple[Style, list[Truth]]:
    """Write a manuscript of a random style; gives its figures."""
    style, paper, truth = Style.random(rng), Paper(), list[Truth]()
    count, page = int(rng.integers(3, 7)), 0
    later: list[str] = []
    if style.place == "list":
        column = Column(60, 475)
        for number in range(1, count + 1):
            column.write(
                wrapped(rng, f"{style.spelling.format(number)} Growth of", int(475 / style.size * 2), 3), style.size
            )
            column.y += style.gap
        paper.page(*column.operators)
        page = 1
    for number in range(1, count + 1):
        page += 1
        columns = _columns(style)
        wide = style.columns == 1 or rng.random() < 0.4
        target = columns[0] if wide else columns[int(rng.integers(2))]
        width = WIDTH - 110 if wide else target.width
        if style.place == "beside":
            width *= 0.55
        letters = int(target.width / style.size * 2)
        operators: list[str] = []
        if style.place != "list":
            for column in columns:
                if later:
                    column.write(later, style.size)
                    column.y += style.gap
                    later = []
                column.write(
                    wrapped(rng, "The", int(column.width / style.size * 2), int(rng.integers(4, 10))),
                    style.size,
                )
                column.y += style.gap
            if wide:
                target.y = max(column.y for column in columns)
        named = wrapped(
            rng, f"{style.spelling.format(number)} Growth of", int(width / style.size * 2), int(rng.integers(1, 5))
        )
        if style.place == "above":
            target.write(named, style.size - 0.5)
            target.y += style.gap / 2
        drawn, box = graphics(style, paper, target.left, target.y, width)
        operators += drawn
        start, target.y = target.y, box.bottom
        if style.place == "beside":
            side = Column(target.left + width + 14, WIDTH - 70 - width - target.left, start)
            side.write(
                wrapped(rng, f"{style.spelling.format(number)} Growth of", int(side.width / style.size * 2), 5),
                style.size - 0.5,
            )
            operators += side.operators
        elif style.place == "below":
            target.y += style.gap / 2
            target.write(named, style.size - 0.5)
        elif style.place == "next page":
            later = named
        truth.append(Truth(_name(style, number), page, box))
        target.y += style.gap
        if wide:
            for column in columns:
                column.y = target.y
        if style.place not in ("list", "next page"):
            _fill(style, columns, letters)
        paper.page(*operators, *[line for column in columns for line in column.operators], *_header(style, page))
    if later:
        column = Column(60, 475)
        column.write(later, style.size)
        paper.page(*column.operators)
    path.write_bytes(paper.bytes())
    return style, truth


def _columns(style: Style) -> list[Column]:
    if style.columns == 1:
        return [Column(55, WIDTH - 110)]
    return [Column(55, 235), Column(305, 235)]


def _fill(style: Style, columns: list[Column], letters: int) -> None:
    """Text to the end of the page; some lines begin with a sentence about a figure."""
    for column in columns:
        while column.y < HEIGHT - 150:
            first = "Figure 2 shows that" if style.mentions and style.rng.random() < 0.3 else "In"
            lines = wrapped(style.rng, first, int(column.width / style.size * 2), int(style.rng.integers(3, 9)))
            room = int((HEIGHT - 90 - column.y) / (1.2 * style.size))
            column.write(lines[:room], style.size)
            column.y += style.gap if style.rng.random() < 0.5 else 0


def _header(style: Style, page: int) -> list[str]:
    if not style.header:
        return []
    return [
        text("Journal of Generated Results", 55, HEIGHT - 40, 8),
        f"55 {HEIGHT - 46} m {WIDTH - 55} {HEIGHT - 46} l S",
        text(str(page), WIDTH / 2, 30, 8),
    ]


def _name(style: Style, number: int) -> str:
    return f"Fig S{number}" if "S{}" in style.spelling else f"Fig {number}"


def right(truth: Truth, found: list[tuple[str | None, int, Rect]]) -> str:
    """``right``, or what is wrong."""
    same = [box for name, page, box in found if (name, page) == (truth.name, truth.page)]
    if len(same) != 1:
        return "not named" if not same else "found twice"
    common, joined = (same[0] & truth.box).area, (same[0] | truth.box).area
    return "right" if common / joined >= 0.85 else "another box"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--keep", type=Path, help="folder for the documents that were not all right")
    options = parser.parse_args()
    results: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.documents):
            path = Path(folder) / "paper.pdf"
            style, truth = document(np.random.default_rng(seed), path)
            request = Request(str(path), "")
            with open_pdf(request) as pdf:
                figures = find_figures([_layout(request, pdf, number) for number in range(1, len(pdf) + 1)]).found
            found = [(figure.name, figure.page, figure.box) for figure in figures]
            key = f"{style.columns} column{'s' * (style.columns > 1)}, {style.place}"
            outcomes = [right(each, found) for each in truth]
            outcomes += ["not there"] * max(0, len([name for name, _, _ in found if name]) - len(truth))
            results.setdefault(key, Counter()).update(outcomes)
            if options.keep is not None and set(outcomes) != {"right"}:
                options.keep.mkdir(exist_ok=True)
                (options.keep / f"{seed}.pdf").write_bytes(path.read_bytes())
                print(seed, key, style.spelling, outcomes, [(t.name, t.page) for t in truth], [f[:2] for f in found])
    print("| layout | figures | right | wrong |\n|---|---|---|---|")
    for key, counts in sorted(results.items()):
        total = sum(counts.values())
        wrong = ", ".join(f"{count} {what}" for what, count in counts.items() if what != "right")
        print(f"| captions {key} | {total} | {counts['right']} | {wrong or '–'} |")


if __name__ == "__main__":
    main()
