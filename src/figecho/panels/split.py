"""Take a figure apart into its panels. For now every picture is one panel; callers need not know."""

from __future__ import annotations

from figecho.types import Occurrence, Panel, Picture


def split(picture: Picture) -> tuple[Panel, ...]:
    """The panels of a picture, at least one; their pixels are those of the picture inside ``occurrence.bbox``."""
    return (whole(picture),)


def whole(picture: Picture) -> Panel:
    """The picture as a single panel, with the picture's own content key and no label."""
    box = (0, 0, picture.width, picture.height)
    place = Occurrence(
        *(picture.document, picture.path, picture.page, picture.index, picture.figure, None, box, picture.content),
        dpi=picture.dpi,
    )
    return Panel(picture.pixels, place)
