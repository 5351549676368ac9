"""A figure with its panels drawn over it, to see what was taken apart and how it is called."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from figecho.report.align import rgb
from figecho.types import Panel, Picture

#: One colour per kind of panel, from Okabe and Ito's palette for all kinds of colour vision.
COLOURS = {
    "image": (213, 94, 0),
    "blot": (204, 121, 167),
    "chart": (0, 114, 178),
    "drawing": (0, 158, 115),
    "text": (110, 110, 110),
}
#: Longest side of the drawing, pixels.
LONGEST = 2000


def draw_panels(picture: Picture, panels: Sequence[Panel], *, kinds: bool = True) -> Image.Image:
    """The picture with a box round every panel, in the colour of its kind, and its name in a tag at its corner.

    Without ``kinds`` the tags leave out what kind of panel it is.
    """
    image = Image.fromarray(rgb(picture.pixels))
    zoom = min(1.0, LONGEST / max(image.size))
    if zoom < 1:
        image = image.resize((round(image.width * zoom), round(image.height * zoom)), Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(max(12, round(max(image.size) / 60)))
    line = max(2, round(max(image.size) / 500))
    for panel in panels:
        x, y, width, height = (value * zoom for value in panel.occurrence.bbox)
        colour = COLOURS[panel.kind]
        pen.rectangle((x, y, x + width - 1, y + height - 1), outline=colour, width=line)
        name = panel.occurrence.panel or "whole"
        tag = f" {name} · {panel.kind} " if kinds else f" {name} "
        left, top, right, bottom = pen.textbbox((x + line, y + line), tag, font)
        pen.rectangle((left, top - 2, right, bottom + 2), fill=colour)
        pen.text((x + line, y + line), tag, fill="white", font=font)
    return image
