"""The demo's figures as a manuscript: a PDF with text, and every panel an image of its own under its letter."""

from __future__ import annotations

import textwrap
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf

if TYPE_CHECKING:
    from figecho.demo.paper import Figure, Lettered

#: A4 in points; the figures are printed at this resolution.
PAGE = (595, 842)
LEFT, TOP = 86, 70
DPI = 150
#: Nothing but words, so that the pages look like pages.
BODY = (
    "This paper was drawn by figecho to show what it finds. Its figures are made of random numbers and mean nothing. "
    "Some of its panels are used twice, mirrored, turned, cropped or with other contrast; others only look alike."
)


def write_manuscript(figures: Sequence[Figure], path: Path) -> Path:
    """One page a figure: text, the figure, its caption."""
    pdf = pikepdf.new()
    fonts = pikepdf.Dictionary(
        F1=pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica),
        F2=pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name("/Helvetica-Bold")
        ),
    )
    for figure in figures:
        _add_page(pdf, fonts, figure)
    pdf.save(path, deterministic_id=True)
    return path


def _add_page(pdf: pikepdf.Pdf, fonts: pikepdf.Dictionary, figure: Figure) -> None:
    point = 72 / DPI
    images, commands = pikepdf.Dictionary(), []
    y = PAGE[1] - TOP
    commands += _paragraph(BODY, LEFT, y, 10)
    top = y - 70
    for panel in figure.panels:
        name = f"/Im{panel.letter}"
        images[name] = _image(pdf, panel)
        height, width = panel.pixels.shape[:2]
        x, bottom = LEFT + panel.x * point, top - (panel.y + height) * point
        commands.append(f"q {width * point:.3f} 0 0 {height * point:.3f} {x:.3f} {bottom:.3f} cm {name} Do Q")
        commands.append(_text(panel.letter, x, top - panel.y * point + 4, 12, bold=True))
    under = top - figure.size[1] * point - 16
    commands += _paragraph(f"Figure {figure.number}. {figure.caption}", LEFT, under, 9)
    page = pdf.add_blank_page(page_size=PAGE)
    page.obj.Resources = pikepdf.Dictionary(Font=fonts, XObject=images)
    page.obj.Contents = pdf.make_stream("\n".join(commands).encode("cp1252"))


def _image(pdf: pikepdf.Pdf, panel: Lettered) -> pikepdf.Stream:
    """The panel's pixels without loss."""
    height, width = panel.pixels.shape[:2]
    space = pikepdf.Name.DeviceGray if panel.pixels.ndim == 2 else pikepdf.Name.DeviceRGB
    return pikepdf.Stream(
        pdf,
        zlib.compress(panel.pixels.tobytes(), 9),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=width,
        Height=height,
        ColorSpace=space,
        BitsPerComponent=8,
        Filter=pikepdf.Name.FlateDecode,
    )


def _paragraph(text: str, x: float, y: float, size: float) -> list[str]:
    """Lines of text from ``y`` downwards."""
    lines = textwrap.wrap(text, 90 if size >= 10 else 98)
    return [_text(line, x, y - 1.35 * size * number, size) for number, line in enumerate(lines)]


def _text(text: str, x: float, y: float, size: float, *, bold: bool = False) -> str:
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /{'F2' if bold else 'F1'} {size} Tf {x:.3f} {y:.3f} Td ({escaped}) Tj ET"
