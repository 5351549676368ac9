"""The demo's paper: six figures of lettered panels, with reuse planted in them, and look-alikes that are none.

`draw_paper` writes the figures as PNG and the whole as a manuscript, and `PLANTED` says what a scan must find.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from figecho.demo import specimens
from figecho.demo.specimens import Draw, Pixels

#: Panels are drawn at this size, pixels; a blot's strip is as wide as two of them.
PANEL = (420, 310)
STRIP = (2 * PANEL[0] + 22, 104)
GAP, MARGIN, HEADING = 22, 14, 34
JPEG_QUALITY = 88


@dataclass(frozen=True)
class Planted:
    """One reuse that the paper holds: the two panels, and what was done to the first to make the second."""

    a: str
    b: str
    done: str


PLANTED = (
    Planted("Fig 3D", "Fig 5E", "rotated by 180°, enlarged, the overlap is partial"),
    Planted("Fig 1A", "Fig 4B", "mirrored, brightened"),
    Planted("Fig 1D", "Fig 4A", "cropped, rotated by 90°"),
    Planted("Fig 2A", "Fig 6A", "the right half, mirrored, with more contrast"),
    Planted("Fig 2B", "Fig 6B", "the same strip"),
    Planted("Fig 5A", "Fig 5B", "one channel, and the merged picture of the same field"),
)


@dataclass(frozen=True)
class Lettered:
    """A panel in its figure: its letter, its pixels, and its top left corner in the figure, pixels."""

    letter: str
    pixels: Pixels
    x: int
    y: int


@dataclass(frozen=True)
class Figure:
    """A figure of the paper: number, caption, size in pixels, panels."""

    number: int
    caption: str
    size: tuple[int, int]
    panels: tuple[Lettered, ...]


def draw_paper(folder: Path) -> Path:
    """Write ``figures/fig1.png`` … and ``paper.pdf`` into ``folder``; returns the manuscript's path."""
    from figecho.demo.manuscript import write_manuscript

    figures = tuple(draw_figures())
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for figure in figures:
        compose(figure).save(folder / "figures" / f"fig{figure.number}.png")
    return write_manuscript(figures, folder / "paper.pdf")


def compose(figure: Figure) -> Image.Image:
    """The figure as one picture: panels on white, each under its letter."""
    canvas = Image.new("RGB", figure.size, (255, 255, 255))
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(26)
    for panel in figure.panels:
        canvas.paste(Image.fromarray(panel.pixels), (panel.x, panel.y))
        pen.text((panel.x, panel.y - HEADING + 2), panel.letter, fill=(0, 0, 0), font=font)
    return canvas


def draw_figures() -> Iterator[Figure]:
    """The six figures, the same every time."""
    nuclei, filaments, tissue = _field("nuclei", 1), _field("filaments", 2, zoom=1.4), _field("tissue", 3)
    strip, control = _strip(4), _strip(5)
    channel, other = _field("filaments", 6), _field("nuclei", 7)
    half = strip[:, strip.shape[1] // 2 :]
    yield _figure(
        1,
        "Localisation of the marker. (A) Nuclei. (B) Fibres. (C) Growth. (D) Section, haematoxylin and eosin.",
        [_barred(nuclei), _barred(_field("filaments", 8)), _plot("lines", 9), _barred(tissue)],
    )
    yield _figure(
        2,
        "Expression after treatment. (A) Target protein. (B) Loading control. (C) Quantification. (D) Nuclei.",
        [strip, control, _plot("bars", 10), _barred(_field("nuclei", 11))],
    )
    yield _figure(
        3,
        "Response to the inhibitor. (A) Phase contrast. (B) Nuclei. (C) Growth. (D) Fibres, untreated.",
        [
            _barred(_field("phase", 12)),
            _barred(_field("nuclei", 13)),
            _plot("lines", 14),
            _barred(filaments[:310, :420]),
        ],
    )
    yield _figure(
        4,
        "Second cell line. (A) Section. (B) Nuclei. (C) Section of a control animal. (D) Control without antibody.",
        [
            _cropped(np.rot90(tissue[20:290, 30:330])),
            _barred(_brightened(nuclei[:, ::-1])),
            _barred(_field("tissue", 15)),
            _blank(16),
        ],
    )
    yield _figure(
        5,
        "Rescue. (A) Fibres. (B) Merged with nuclei. (C) Phase contrast. (D) Control. (E) Fibres, rescued.",
        [
            _barred(specimens.coloured(channel, (0.1, 1.0, 0.2))),
            _barred(specimens.merged(other, channel)),
            _barred(_field("phase", 17)),
            _blank(18),
            _barred(_enlarged(filaments, 1.08)),
        ],
    )
    yield _figure(
        6,
        "Expression in the second line. (A) Target protein. (B) Loading control. (C) Other protein. (D) Quantified.",
        [_contrasted(_jpeg(half[:, ::-1])), control, _strip(19), _plot("bars", 20)],
    )


def _figure(number: int, caption: str, pictures: list[Pixels]) -> Figure:
    """Panels in reading order, two in a row where two fit."""
    placed: list[Lettered] = []
    x, y, row = MARGIN, MARGIN + HEADING, 0
    for letter, pixels in zip("ABCDEF", pictures, strict=False):
        height, width = pixels.shape[:2]
        if x > MARGIN and x + width > MARGIN + STRIP[0]:
            x, y, row = MARGIN, y + row + HEADING, 0
        placed.append(Lettered(letter, np.ascontiguousarray(pixels), x, y))
        x, row = x + width + GAP, max(row, height)
    return Figure(number, caption, (STRIP[0] + 2 * MARGIN, y + row + MARGIN), tuple(placed))


# ---- panels -----------------------------------------------------------------------------------------------------


def _field(name: str, seed: int, zoom: float = 1.0) -> Pixels:
    """A field of the panel's size, or larger by ``zoom`` to cut panels from."""
    draw: Draw = getattr(specimens, name)
    return draw(np.random.default_rng(seed), (round(PANEL[0] * zoom), round(PANEL[1] * zoom)))


def _strip(seed: int) -> Pixels:
    return specimens.blot(np.random.default_rng(seed), STRIP)


def _plot(name: str, seed: int) -> Pixels:
    return _field(name, seed)


def _blank(seed: int) -> Pixels:
    return _barred(_field("blank", seed))


def _barred(pixels: Pixels) -> Pixels:
    """With a scale bar in the lower right corner, all of one style, and then saved as a JPEG as authors do."""
    pixels = np.ascontiguousarray(pixels).copy()
    height, width = pixels.shape[:2]
    dark = pixels[-40:, -110:].mean() < 110
    colour = 255 if dark else 0
    cv2.rectangle(pixels, (width - 92, height - 20), (width - 16, height - 16), (colour,) * 3, -1)
    return _jpeg(pixels)


def _jpeg(pixels: Pixels) -> Pixels:
    shown = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., ::-1])
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(shown), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    back = np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), dtype=np.uint8)
    return back if back.ndim == 2 else np.ascontiguousarray(back[..., ::-1])


def _cropped(pixels: Pixels) -> Pixels:
    """A cut piece brought to the panel's height."""
    zoom = PANEL[1] / pixels.shape[0]
    size = (round(pixels.shape[1] * zoom), PANEL[1])
    return _barred(np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_CUBIC), np.uint8))


def _enlarged(field: Pixels, factor: float) -> Pixels:
    """A piece of the field that shares part of its area with the upper left one: turned upside down and enlarged."""
    bigger = cv2.resize(field, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    y, x = round(45 * factor), round(75 * factor)
    piece = bigger[y : y + PANEL[1], x : x + PANEL[0]]
    return np.ascontiguousarray(np.rot90(piece, 2))


def _brightened(pixels: Pixels) -> Pixels:
    return np.asarray(np.rint(255 * (np.ascontiguousarray(pixels) / 255) ** 0.75), dtype=np.uint8)


def _contrasted(pixels: Pixels) -> Pixels:
    stretched = (pixels.astype(np.float32) - 128) * 1.2 + 124
    return np.asarray(np.clip(np.rint(stretched), 0, 255), dtype=np.uint8)
