"""Take a figure apart into its panels: the project's own method, without a learned model.

A picture is split only where its panels are plain to see; better whole than wrong.
"""

from __future__ import annotations

import numpy as np

from figecho.content import canonical, content_hash
from figecho.panels.ground import Pixels, rgb
from figecho.panels.labels import Letter, assign, letters_among
from figecho.panels.layout import find_parts
from figecho.panels.marks import LetterReader, read_again, read_corners
from figecho.panels.positions import positions, reading_order
from figecho.panels.sequence import ENOUGH, lettering
from figecho.types import Box, Occurrence, Panel, Picture, Text


def split(picture: Picture, read: LetterReader | None = None) -> tuple[Panel, ...]:
    """The panels of a picture in reading order, at least one.

    A panel's pixels are those of the picture inside ``occurrence.bbox``. ``occurrence.panel`` is its letter where the
    picture's text layer, or what ``read`` recognises at the panels' corners, has a consistent set of letters, else its
    position; None for a whole picture. Its content key is that of the same pixels as a file of their own.
    """
    pixels = rgb(picture.pixels)
    parts = find_parts(pixels, [letter.box for letter in letters_among(picture.texts)])
    if not parts:
        return (whole(picture),)
    parts = reading_order(parts)
    boxes = [part.box for part in parts]
    letters = _letters(pixels, boxes, picture.texts, read)
    names = assign(boxes, letters) if letters else positions(boxes)
    return tuple(panel_of(picture, part.box, name, part.kind) for part, name in zip(parts, names, strict=True))


def _letters(
    pixels: Pixels, boxes: list[Box], texts: tuple[Text, ...], read: LetterReader | None
) -> tuple[Letter, ...]:
    """The panels' letters, from the text layer where it has them, else as recognised beside or in the panels."""
    letters = letters_among(texts, boxes)
    if letters or read is None:
        return letters
    first = read_corners(pixels, boxes, read)
    sure = lettering(first, ENOUGH)
    if not sure or len(sure) == len(boxes):
        return lettering(first)
    return lettering(read_again(pixels, boxes, [letter.box for letter in sure], first, read))


def whole(picture: Picture) -> Panel:
    """The picture as a single panel, with the picture's own content key and no label."""
    return panel_of(picture, (0, 0, picture.width, picture.height), None, "image")


def panel_of(picture: Picture, box: Box, name: str | None, kind: str) -> Panel:
    """The panel at a box of a picture; all of the picture keeps its pixels and content key as they are."""
    x, y, width, height = box
    if box == (0, 0, picture.width, picture.height):
        pixels, content = picture.pixels, picture.content
    else:
        pixels = np.ascontiguousarray(picture.pixels[y : y + height, x : x + width])
        content = content_hash(canonical(pixels))
    place = Occurrence(
        document=picture.document,
        path=picture.path,
        page=picture.page,
        picture=picture.index,
        figure=picture.figure,
        panel=name,
        bbox=box,
        content=content,
        dpi=picture.dpi,
        damage=picture.damage,
    )
    return Panel(pixels, place, kind)
