"""Compound figures drawn with known truth: every panel's box, letter and kind, in many layouts and styles.

A figure is a column of rows of cells. A cell is one lettered part: a micrograph, a small grid of micrographs, stacked
blot strips with their names, a chart or a drawing. `draw` is deterministic in its seed.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.documents import contents
from benchmarks.documents.contents import Pixels, Random
from figecho.types import Box, Text

Colour = tuple[int, int, int]
#: Thin separating lines, tight and loose gutters, pixels.
GAPS = (2, 3, 4, 6, 10, 16, 24, 36)
LETTERINGS: dict[str, Callable[[int], str]] = {
    "A": lambda i: string.ascii_uppercase[i],
    "a": lambda i: string.ascii_lowercase[i],
    "(a)": lambda i: f"({string.ascii_lowercase[i]})",
    "(A)": lambda i: f"({string.ascii_uppercase[i]})",
    "a)": lambda i: f"{string.ascii_lowercase[i]})",
    "A.": lambda i: f"{string.ascii_uppercase[i]}.",
    "A'": lambda i: string.ascii_uppercase[i // 2] + "'" * (i % 2),
    "i": lambda i: contents.roman(i + 1),
}


@dataclass(frozen=True)
class Truth:
    """One panel: its box in the figure, the letter of its part (None in a figure without letters) and its kind."""

    box: Box
    letter: str | None
    kind: str


@dataclass(frozen=True, eq=False)
class Figure:
    """A drawn figure, ``(H, W, 3)`` uint8 RGB, its panels, and the letters as a text layer would give them."""

    pixels: Pixels
    panels: tuple[Truth, ...]
    texts: tuple[Text, ...]
    style: Style


@dataclass(frozen=True)
class Style:
    """What all parts of one figure share."""

    paper: Colour
    gap: int
    margin: int
    lettering: str | None
    place: str  # where letters stand: "outside" or "inside" the panel
    font: str
    size: int
    boxed: bool
    charts: bool
    columns_titled: bool
    quality: int | None


def style(rng: Random) -> Style:
    """A random style; dark or coloured paper carries micrographs only, tight gutters carry letters inside."""
    paper: Colour = (255, 255, 255)
    if rng.random() < 0.15:
        paper = ((0, 0, 0), (128, 128, 128), (238, 238, 238), (226, 232, 243))[int(rng.integers(4))]
    white = paper == (255, 255, 255)
    gap = int(rng.choice(GAPS))
    lettering = None if rng.random() < 0.1 else str(rng.choice(list(LETTERINGS), p=LETTERING_SHARES))
    return Style(
        paper=paper,
        gap=gap,
        margin=int(rng.choice([0, 4, 12, 30])),
        lettering=lettering,
        place="inside" if gap < 10 or rng.random() < 0.4 else "outside",
        font=str(rng.choice(["sans-bold", "sans", "serif-bold", "dejavu-bold", "narrow-bold"])),
        size=int(rng.integers(16, 34)),
        boxed=bool(rng.random() < 0.15),
        charts=white and gap >= 10 and bool(rng.random() < 0.65),
        columns_titled=white and gap >= 10 and bool(rng.random() < 0.25),
        quality=None if rng.random() < 0.5 else int(rng.integers(70, 96)),
    )


LETTERING_SHARES = (0.44, 0.2, 0.1, 0.06, 0.05, 0.05, 0.05, 0.05)


def draw(seed: int, *, panels: Sequence[Pixels] = ()) -> Figure:
    """The figure of a seed; its micrographs are cut from ``panels`` where given, else drawn."""
    rng = np.random.default_rng(seed)
    return _Sheet(rng, style(rng), panels).figure()


class _Sheet:
    """A figure while it is being drawn."""

    def __init__(self, rng: Random, chosen: Style, sources: Sequence[Pixels]) -> None:
        self.rng = rng
        self.style = chosen
        self.sources = sources
        self.panels: list[Truth] = []
        self.marks: list[tuple[str, int, int, Colour]] = []
        self.letter = 0

    def figure(self) -> Figure:
        rng, s = self.rng, self.style
        width = int(rng.integers(500, 1700))
        rows = int(rng.integers(1, 5))
        heights = [int(rng.integers(130, 420)) for _ in range(rows)]
        canvas_height = 2 * s.margin + sum(heights) + s.gap * (rows - 1)
        self.canvas = np.full((canvas_height, width, 3), s.paper, np.uint8)
        y = s.margin
        shared = self._columns(width) if rng.random() < 0.5 else None
        for height in heights:
            for x, cell_width in shared or self._columns(width):
                self._cell(x, y, cell_width, height)
            y += height + s.gap
        texts = self._letters()
        pixels = self.canvas if s.quality is None else _jpeg(self.canvas, s.quality)
        return Figure(pixels, tuple(self.panels), texts, s)

    def _columns(self, width: int) -> list[tuple[int, int]]:
        """``(x, width)`` of the cells of a row."""
        s, room = self.style, width - 2 * self.style.margin
        count = int(self.rng.integers(1, max(2, min(5, room // 170) + 1)))
        shares = np.ones(count) if self.rng.random() < 0.6 else self.rng.uniform(0.6, 1.4, count)
        widths = np.floor((room - s.gap * (count - 1)) * shares / shares.sum()).astype(int)
        starts = s.margin + np.concatenate([[0], np.cumsum(widths[:-1] + s.gap)])
        return [(int(x), int(w)) for x, w in zip(starts, widths, strict=True)]

    def _cell(self, x: int, y: int, width: int, height: int) -> None:
        """Draw one lettered part into its cell, the letter into the corner."""
        s, rng = self.style, self.rng
        letter = LETTERINGS[s.lettering](self.letter) if s.lettering else None
        if letter and s.place == "outside":
            above = rng.random() < 0.75
            room = round(1.35 * s.size) if above else round(max(1.3, 0.62 * len(letter) + 0.5) * s.size)
            self.marks.append((letter, x, y, self._ink()))
            x, y, width, height = (x, y + room, width, height - room) if above else (x + room, y, width - room, height)
        options = ["micrograph"] * 4 + ["grid"] + ["blots"] * (s.paper == (255, 255, 255) and s.gap >= 4)
        options += ["chart"] * (5 * s.charts) + ["drawing"] * s.charts
        self.letter += 1
        what = str(rng.choice(options))
        if min(width, height) < 130 and what in ("chart", "drawing", "grid"):
            what = "micrograph"
        before = len(self.panels)
        getattr(self, f"_{what}")(x, y, width, height, letter)
        if letter and s.place == "inside":
            self._mark_inside(letter, self.panels[before], x, y)

    def _ink(self) -> Colour:
        return (0, 0, 0) if sum(self.style.paper) > 300 else (255, 255, 255)

    def _mark_inside(self, letter: str, first: Truth, x: int, y: int) -> None:
        if first.kind in ("chart", "drawing"):
            self.marks.append((letter, x, y, (0, 0, 0)))
            return
        x, y = first.box[0] + 5, first.box[1] + 4
        size = self.style.size
        corner = self.canvas[y : y + size, x : x + size * len(letter) // 2 + 2]
        if self.style.boxed:
            wide = round(contents.font(self.style.font, size).getbbox(letter)[2]) + 6
            self.canvas[y - 4 : y + round(1.25 * size), x - 5 : x + wide] = 255
        self.marks.append((letter, x, y, (255, 255, 255) if corner.mean() < 120 else (0, 0, 0)))

    def _source(self, height: int, width: int) -> Pixels:
        if self.sources:
            chosen = self.sources[int(self.rng.integers(len(self.sources)))]
            return contents.resized(chosen, height, width)
        name = str(self.rng.choice(list(contents.MICROGRAPHS)))
        return contents.MICROGRAPHS[name](self.rng, height, width)

    def _micrograph(self, x: int, y: int, width: int, height: int, letter: str | None, *, plain: bool = False) -> None:
        panel = self._source(height, width)
        if not plain:
            contents.decorate(self.rng, panel)
        self.canvas[y : y + height, x : x + width] = panel
        self.panels.append(Truth((x, y, width, height), letter, "image"))

    def _grid(self, x: int, y: int, width: int, height: int, letter: str | None) -> None:
        """A small table of micrographs under one letter, with thin gaps and perhaps a title over each column."""
        gap = min(self.style.gap, int(self.rng.integers(2, 7)))
        columns = int(np.clip(width // 110, 1, 4))
        rows = int(np.clip(height // 110, 1, 3))
        if self.style.columns_titled:
            for column in range(columns):
                self._word(("DAPI", "GFP", "Merge", "Ctrl")[column], x + (column + 0.5) * width / columns, y + 8)
            y, height = y + 20, height - 20
        wide, high = (width - gap * (columns - 1)) // columns, (height - gap * (rows - 1)) // rows
        for row in range(rows):
            for column in range(columns):
                self._micrograph(x + column * (wide + gap), y + row * (high + gap), wide, high, letter, plain=True)

    def _blots(self, x: int, y: int, width: int, height: int, letter: str | None) -> None:
        """Stacked strips, each with the protein's name to its right."""
        room = min(64, width // 4)
        strips = int(np.clip(height // 75, 1, 4))
        gap = int(self.rng.integers(6, 14))
        high = (height - gap * (strips - 1)) // strips
        high = min(high, int(self.rng.integers(34, 80)))
        for strip in range(strips):
            top = y + strip * (high + gap)
            self.canvas[top : top + high, x : x + width - room] = contents.blot(self.rng, high, width - room)
            self._word(str(self.rng.choice(["p53", "actin", "GAPDH", "Erk"])), x + width - room / 2, top + high / 2)
            self.panels.append(Truth((x, top, width - room, high), letter, "blot"))

    def _word(self, word: str, x: float, y: float) -> None:
        image = Image.fromarray(self.canvas)
        pen = ImageDraw.Draw(image)
        pen.text((x, y), word, font=contents.font("sans", 13), fill=self._ink(), anchor="mm")
        self.canvas = np.array(image)

    def _chart(self, x: int, y: int, width: int, height: int, letter: str | None) -> None:
        self._on_paper(contents.chart(self.rng, height, width), x, y, letter, "chart")

    def _drawing(self, x: int, y: int, width: int, height: int, letter: str | None) -> None:
        self._on_paper(contents.drawing(self.rng, height, width), x, y, letter, "drawing")

    def _on_paper(self, panel: Pixels, x: int, y: int, letter: str | None, kind: str) -> None:
        """Charts and drawings have no edge of their own: their box is that of their ink. A letter gets its room."""
        if letter and self.style.place == "inside":
            clear = round(1.3 * self.style.size)
            panel = contents.resized(panel, *panel.shape[:2])
            shrunk = cv2.resize(panel, (panel.shape[1] - clear, panel.shape[0] - clear), interpolation=cv2.INTER_AREA)
            panel = np.full_like(panel, 255)
            panel[clear:, clear:] = shrunk
        height, width = panel.shape[:2]
        self.canvas[y : y + height, x : x + width] = panel
        left, top, wide, high = contents.ink_box(panel)
        self.panels.append(Truth((x + left, y + top, wide, high), letter, kind))

    def _letters(self) -> tuple[Text, ...]:
        image = Image.fromarray(self.canvas)
        pen = ImageDraw.Draw(image)
        chosen = contents.font(self.style.font, self.style.size)
        texts = []
        for letter, x, y, ink in self.marks:
            pen.text((x, y), letter, font=chosen, fill=ink)
            left, top, right, bottom = pen.textbbox((x, y), letter, font=chosen)
            texts.append(Text(letter, (left, top, right - left, bottom - top)))
        self.canvas = np.array(image)
        return tuple(texts)


def _jpeg(pixels: NDArray[np.uint8], quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
