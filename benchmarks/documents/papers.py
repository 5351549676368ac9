"""Whole papers with known reuse: figures of lettered panels, in which some panels are used again in another figure.

A paper's figures are embedded in one of three ways: each figure one JPEG with its letters in the pixels; each panel a
picture of its own, wrapped in a form, under letters of the text layer; or panels with arrows of vectors over
them, so that the figure has to be rendered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.charts.draw import KINDS, PALETTES, Look, Random, draw, look
from benchmarks.documents import contents
from figecho.demo import specimens
from figecho.demo.specimens import Pixels
from pdf_files import Paper, caption, prose, text
from pdf_files import draw as drawn

WAYS = ("raster", "pieces", "rendered")
FIGURES = (6, 8)
#: Pixels of a panel; all panels of a figure are one size. Figures are printed at this many dots per inch, or sharper.
WIDTHS, HEIGHTS, DPI = (230, 290), (170, 220), 150
PLANTED_PAIRS = 3
LEFT, TOP, GAP, HEADING = 80.0, 700.0, 22, 30
#: How much of the specimen a panel's window may be moved for its second use, as a share of its sides.
MOVED = 0.2
MICROGRAPHS: dict[str, Callable[[Random, tuple[int, int]], Pixels]] = {
    "nuclei": specimens.nuclei,
    "filaments": specimens.filaments,
    "tissue": specimens.tissue,
    "phase": specimens.phase,
    **{
        name: lambda rng, size, name=name: contents.MICROGRAPHS[name](rng, size[1], size[0])  # type: ignore[misc]
        for name in ("histology", "electron", "fluorescence")
    },
}
CHANGES = ("as it is", "mirrored", "rotated 180°", "rotated 90°", "enlarged", "brightened", "inverted")
PLOTS = ("scatter", "flow", "noisy lines")


@dataclass(frozen=True)
class Reused:
    """The labels of two panels of which the second was made from the first, and how."""

    a: str
    b: str
    done: str


@dataclass(frozen=True, eq=False)
class Written:
    """A paper as a PDF file, how its figures are embedded, and what is used twice in it."""

    pdf: bytes
    way: str
    reused: tuple[Reused, ...]
    panels: int


@dataclass(frozen=True, eq=False)
class _Figure:
    """Panels by letter, all of one size, two in a row."""

    number: int
    size: tuple[int, int]
    panels: dict[str, Pixels]

    def place(self, index: int) -> tuple[int, int]:
        """Top left corner of a panel, pixels."""
        width, height = self.size
        return index % 2 * (width + GAP), HEADING + index // 2 * (height + HEADING)

    @property
    def extent(self) -> tuple[int, int]:
        _, y = self.place(len(self.panels) - 1)
        return 2 * self.size[0] + GAP, y + self.size[1]


def write(seed: int, *, count: int | None = None, zoom: float = 1.0, prose_pages: int = 0) -> Written:
    """The paper of a seed, with ``count`` figures, panels ``zoom`` times as large, and so many pages of text alone."""
    rng = np.random.default_rng((seed, 5))
    way = WAYS[seed % len(WAYS)]
    figures = [
        _Figure(number, (round(zoom * rng.integers(*WIDTHS)), round(zoom * rng.integers(*HEIGHTS))), {})
        for number in range(1, (count or int(rng.integers(*FIGURES))) + 1)
    ]
    places = [(figure, letter) for figure in figures for letter in "ABCD"[: int(rng.integers(2, 5))]]
    template = look(rng, "scatter")
    reused = _plant(rng, places, template)
    for figure, letter in places:
        if letter not in figure.panels:
            figure.panels[letter] = _finished(rng, _unique(rng, figure.size, template))
    sheets = [replace(figure, panels=dict(sorted(figure.panels.items()))) for figure in figures]
    return Written(_embedded(sheets, way, rng, round(DPI * zoom), prose_pages), way, reused, len(places))


# ---- panels ------------------------------------------------------------------------------------------------------


def _unique(rng: Random, size: tuple[int, int], template: Look) -> Pixels:
    if rng.random() < 0.2:
        return _plot(rng, size, template, int(rng.integers(2**31)))
    name = str(rng.choice(list(MICROGRAPHS)))
    return _rgb(MICROGRAPHS[name](rng, size))


def _plot(rng: Random, size: tuple[int, int], template: Look, data: int) -> Pixels:
    """A plot of the paper's own style: all of its plots share axes, words and legend."""
    kind = str(rng.choice(PLOTS))
    how = replace(template, width=size[0], height=size[1], text=0.35, dot=1.0 if kind == "flow" else 2.5)
    return draw(KINDS[kind](np.random.default_rng(3), np.random.default_rng(data)), how)


def _plant(rng: Random, places: list[tuple[_Figure, str]], template: Look) -> tuple[Reused, ...]:
    """Fill pairs of places in different figures with the same content."""
    reused: list[Reused] = []
    free = list(places)
    while len(reused) < PLANTED_PAIRS:
        (one, first), (two, second) = (free[int(index)] for index in rng.choice(len(free), 2, replace=False))
        if one.number == two.number:
            continue
        free = [place for place in free if place not in ((one, first), (two, second))]
        if (two.number, second) < (one.number, first):
            (one, first), (two, second) = (two, second), (one, first)
        a, b, done = _used_twice(rng, one.size, two.size, template)
        one.panels[first], two.panels[second] = _finished(rng, a), _finished(rng, b)
        reused.append(Reused(f"Fig {one.number}{first}", f"Fig {two.number}{second}", done))
    return tuple(reused)


def _used_twice(
    rng: Random, size_a: tuple[int, int], size_b: tuple[int, int], template: Look
) -> tuple[Pixels, Pixels, str]:
    """Two panels of one specimen, or of one table of data, and what was done to the second."""
    if rng.random() < 0.2:
        state, data = rng.bit_generator.state, int(rng.integers(2**31))
        a = _plot(rng, size_a, template, data)
        rng.bit_generator.state = state
        rng.integers(2**31)
        b = _plot(rng, size_a, replace(template, palette=(template.palette + 1) % len(PALETTES)), data)
        return a, np.asarray(cv2.resize(b, size_b, interpolation=cv2.INTER_AREA), np.uint8), "in other colours"
    name = str(rng.choice(list(MICROGRAPHS)))
    room = (round(1.5 * max(size_a[0], size_b[1])), round(1.5 * max(size_a[1], size_b[0])))
    field = _rgb(MICROGRAPHS[name](rng, room))
    done = str(rng.choice(CHANGES))
    left, top = (int(rng.uniform(0, 0.1) * side) for side in size_a)
    moved = [int(rng.uniform(0, MOVED) * side) for side in size_b]
    a = field[top : top + size_a[1], left : left + size_a[0]]
    zoom = 1.25 if done == "enlarged" else 1.0
    cut = size_b[::-1] if done == "rotated 90°" else size_b
    cut = (round(cut[0] / zoom), round(cut[1] / zoom))
    x, y = left + moved[0], top + moved[1]
    b = np.ascontiguousarray(field[y : y + cut[1], x : x + cut[0]])
    if done == "mirrored":
        b = b[:, ::-1]
    elif done == "rotated 180°":
        b = np.rot90(b, 2)
    elif done == "rotated 90°":
        b = np.rot90(b)
    elif done == "brightened":
        b = np.rint(255 * (b / 255) ** 0.75).astype(np.uint8)
    elif done == "inverted":
        b = 255 - b
    return a, np.asarray(cv2.resize(np.ascontiguousarray(b), size_b, interpolation=cv2.INTER_CUBIC), np.uint8), done


def _rgb(pixels: Pixels) -> Pixels:
    return np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else pixels


def _finished(rng: Random, panel: Pixels) -> Pixels:
    """Saved as authors do, micrographs with a scale bar."""
    panel = np.ascontiguousarray(panel).copy()
    height, width = panel.shape[:2]
    if rng.random() < 0.5 and (panel > 250).mean() < 0.3:
        ink = (255, 255, 255) if panel[-30:].mean() < 128 else (0, 0, 0)
        cv2.rectangle(panel, (width - 60, height - 14), (width - 12, height - 11), ink, -1)
    _, data = cv2.imencode(".jpg", panel[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(82, 97))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1], dtype=np.uint8)


# ---- pages -------------------------------------------------------------------------------------------------------


def _embedded(figures: list[_Figure], way: str, rng: Random, dpi: int, prose_pages: int) -> bytes:
    paper = Paper()
    for _ in range(prose_pages):
        paper.page(prose(LEFT, TOP + 70, 55))
    for figure in figures:
        operators = {"raster": _raster, "pieces": _pieces, "rendered": _rendered}[way](paper, figure, rng, 72 / dpi)
        below = TOP - figure.extent[1] * 72 / dpi - 18
        named = caption(f"Figure {figure.number}", LEFT, below)
        paper.page(prose(LEFT, TOP + 70, 3), *operators, named, prose(LEFT, below - 40, 4))
    return paper.bytes(deterministic_id=True)


def _raster(paper: Paper, figure: _Figure, rng: Random, point: float) -> list[str]:
    """The figure as one JPEG, its letters in the pixels."""
    sheet = Image.new("RGB", figure.extent, (255, 255, 255))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(24)
    for index, (letter, panel) in enumerate(figure.panels.items()):
        x, y = figure.place(index)
        sheet.paste(Image.fromarray(panel), (x, y))
        pen.text((x, y - HEADING + 1), letter, fill=(0, 0, 0), font=font)
    name = f"F{figure.number}"
    paper.jpeg(name, np.asarray(sheet), quality=int(rng.integers(88, 96)))
    width, height = (side * point for side in figure.extent)
    return [drawn(name, LEFT, TOP - height, width, height)]


def _pieces(paper: Paper, figure: _Figure, rng: Random, point: float) -> list[str]:
    """Each panel a picture inside a form that a producer wrapped around it, under a letter of the text layer."""
    operators = []
    for index, (letter, panel) in enumerate(figure.panels.items()):
        name = f"P{figure.number}{letter}"
        paper.flate(name, panel)
        x, y, width, height = _on_page(figure, index, point)
        form = paper.form(f"W{name}", drawn(name, 0, 0, 1, 1), (0, 0, 1, 1), (width, 0, 0, height, 0, 0))
        operators += [f"q 1 0 0 1 {x} {y} cm /{form} Do Q", text(letter, x, y + height + 4, 12)]
    return operators


def _rendered(paper: Paper, figure: _Figure, rng: Random, point: float) -> list[str]:
    """The pieces with arrows drawn over them: only a rendering shows both."""
    operators = _pieces(paper, figure, rng, point)
    for index in range(len(figure.panels)):
        x, y, width, height = _on_page(figure, index, point)
        ax, ay = x + rng.uniform(0.3, 0.7) * width, y + rng.uniform(0.3, 0.7) * height
        operators.append(f"1 0.8 0 RG 1.2 w {ax} {ay} m {ax + 14} {ay - 9} l S 0 G 1 w")
    return operators


def _on_page(figure: _Figure, index: int, point: float) -> tuple[float, float, float, float]:
    """A panel's lower left corner, width and height, points; a pixel is ``point`` points."""
    x, y = figure.place(index)
    width, height = figure.size
    return LEFT + x * point, TOP - (y + height) * point, width * point, height * point
