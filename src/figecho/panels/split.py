"""Take a figure apart into its panels: the project's own method, without a learned model.

A picture is split only where its panels are plain to see; better whole than wrong.
"""

from __future__ import annotations

import numpy as np

from figecho.content import canonical, content_hash
from figecho.panels.ground import rgb
from figecho.panels.labels import assign, letters_among
from figecho.panels.layout import Part, find_parts
from figecho.panels.positions import positions, reading_order
from figecho.types import Box, Occurrence, Panel, Picture


def split(picture: Picture) -> tuple[Panel, ...]:
    """The panels of a picture in reading order, at least one.

    A panel's pixels are those of the picture inside ``occurrence.bbox``. ``occurrence.panel`` is its letter where the
    picture's text layer has a consistent set of letters, else its position; None for a whole picture. Its content key
    is that of the same pixels as a file of their own.
    """
    letters = letters_among(picture.texts)
    parts = find_parts(rgb(picture.pixels), [letter.box for letter in letters])
    if not parts:
        return (whole(picture),)
    parts = reading_order(parts)
    boxes = [part.box for part in parts]
    letters = letters_among(picture.texts, boxes)
    names = assign(boxes, letters) if letters else positions(boxes)
    return tuple(_panel(picture, part, name) for part, name in zip(parts, names, strict=True))


def whole(picture: Picture) -> Panel:
    """The picture as a single panel, with the picture's own content key and no label."""
    return Panel(picture.pixels, _place(picture, (0, 0, picture.width, picture.height), None, picture.content))


def _panel(picture: Picture, part: Part, name: str | None) -> Panel:
    x, y, width, height = part.box
    pixels = np.ascontiguousarray(picture.pixels[y : y + height, x : x + width])
    return Panel(pixels, _place(picture, part.box, name, content_hash(canonical(pixels))), part.kind)


def _place(picture: Picture, box: Box, panel: str | None, content: str) -> Occurrence:
    return Occurrence(
        document=picture.document,
        path=picture.path,
        page=picture.page,
        picture=picture.index,
        figure=picture.figure,
        panel=panel,
        bbox=box,
        content=content,
        dpi=picture.dpi,
    )
