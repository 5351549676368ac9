"""DOCX and PPTX documents → their pictures in document order, with the figures' names and captions beside them."""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from figecho.errors import InputError
from figecho.sources import display
from figecho.sources.captions import CaptionStart, caption_start
from figecho.sources.office_parts import Paragraph, Shown, Slide, read_slides, read_word
from figecho.sources.office_zip import Container, open_container
from figecho.sources.open import HEAD, Reader, sniff
from figecho.sources.request import Request
from figecho.types import Picture, Text

#: What picture files may be; drawings in Windows' own formats, and whatever else Office embeds, are left out.
PICTURE_KINDS = frozenset(["png", "jpeg", "tiff", "gif", "webp", "bmp", "jpeg2000", "avif", "heif"])
#: Paragraphs between a picture and its caption may be so long: panel letters, not text.
BETWEEN = 40
#: A text box with no more letters than this, over or beside a picture on a slide, labels it.
LABEL = 6
#: How far from a picture, in points, such a label may stand.
REACH = 20.0
MAX_CAPTION = 4000


@dataclass(frozen=True)
class _Placed:
    """A picture to be read: where it is, what figure it is, and the labels on it as ``(text, box in shares)``."""

    shown: Shown
    page: int | None = None
    figure: str | None = None
    caption: str | None = None
    labels: tuple[tuple[str, tuple[float, float, float, float]], ...] = ()


def read_office(request: Request) -> Iterator[Picture]:
    """The pictures of a Word document or a presentation; ``page`` is the slide.

    Raises
    ------
    InputError : a broken or hostile archive, a picture in it that cannot be read, or no picture at all.
    """
    with open_container(request) as container, tempfile.TemporaryDirectory(prefix="figecho-") as folder:
        placed, pages = _placed(request, container)
        wanted = request.pages(pages) if request.page is not None else range(1, pages + 1)
        readers = {each.shown.part: _reader(container, each.shown.part) for each in placed}
        left_out = Counter(_kind(container, each.shown.part) for each in placed if readers[each.shown.part] is None)
        notes = _in_words(left_out)
        index = yielded = 0
        for each in placed:
            reader = readers[each.shown.part]
            if reader is None:
                continue
            for found in _pictures(request, container, each, reader, Path(folder) / "picture"):
                index += 1
                if each.page is None or each.page in wanted:
                    yielded += 1
                    yield replace(found, index=index, notes=(*found.notes, *(notes if yielded == 1 else ())))
        if not yielded:
            raise _nothing(request, notes)


def _placed(request: Request, container: Container) -> tuple[list[_Placed], int]:
    """Every picture of the document, and how many pages it can be asked for."""
    try:
        if "word/document.xml" in container:
            return list(name_pictures(list(read_word(container)))), 1
        if "ppt/presentation.xml" in container:
            slides = list(read_slides(container))
            return [each for slide in slides for each in _on_slide(slide)], len(slides)
    except (ValueError, OverflowError, RecursionError) as error:
        raise request.damaged("a number in it is none") from error
    raise request.unsupported("only DOCX and PPTX are read of the Office formats", "save it as DOCX, PPTX or PDF")


def _reader(container: Container, part: str) -> Reader | None:
    """Who reads a part that is a picture file; None for drawings and whatever else Office embeds."""
    found = sniff(container.head(part)[:HEAD]) if part in container else None
    return found[1] if found is not None and found[0] in PICTURE_KINDS else None


def _kind(container: Container, part: str) -> str:
    if part not in container:
        return "whose file is missing"
    return Path(part).suffix.lstrip(".").upper()[:8] or "unknown"


def _in_words(left_out: Counter[str]) -> tuple[str, ...]:
    """A note on the pictures that are not read, by kind."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(left_out.items()))
    return (f"pictures left out of the document: {kinds}",) if kinds else ()


def _nothing(request: Request, notes: tuple[str, ...]) -> InputError:
    where = "in it" if request.page is None else f"on page {request.page}"
    cause = f"there are no pictures {where}" + "".join(f" ({note})" for note in notes)
    return InputError(request.path, "no-pictures", cause, "give the document that holds the figures")


# ---- captions ----------------------------------------------------------------------------------------------------


def name_pictures(paragraphs: Sequence[Paragraph]) -> Iterator[_Placed]:
    """Give the pictures of a Word document the captions that stand below them, or above where that is its habit.

    Captions listed elsewhere, as many as there are unnamed groups of pictures, are given in order.
    """
    starts = {place: start for place, each in enumerate(paragraphs) if (start := _starts(each)) is not None}
    pictured = [place for place, each in enumerate(paragraphs) if each.pictures]
    below = {place: _next(paragraphs, starts, place, +1) for place in pictured}
    above = {place: _next(paragraphs, starts, place, -1) for place in pictured}
    mostly_above = len(set(above.values()) - {None}) > len(set(below.values()) - {None})
    first, second = (above, below) if mostly_above else (below, above)
    named = {place: first[place] for place in pictured if first[place] is not None}
    taken = set(named.values())
    for place in pictured:
        if place not in named and second[place] is not None and second[place] not in taken:
            named[place] = second[place]
    named |= _from_list(paragraphs, starts, pictured, named)
    legends = _legends(paragraphs, starts)
    for place in pictured:
        caption = named.get(place)
        for shown in paragraphs[place].pictures:
            if caption is None:
                yield _Placed(shown)
            else:
                start, text = starts[caption], paragraphs[caption].text
                yield _Placed(shown, None, start.name, legends.get(start.name, text) if start.bare else text)


def _starts(paragraph: Paragraph) -> CaptionStart | None:
    return caption_start(paragraph.text[:MAX_CAPTION])


def _next(paragraphs: Sequence[Paragraph], starts: dict[int, CaptionStart], place: int, step: int) -> int | None:
    """The caption that follows (or precedes) a picture, with nothing but pictures and labels between."""
    if place in starts:
        return place
    at = place + step
    while 0 <= at < len(paragraphs):
        if at in starts:
            return at
        if len(paragraphs[at].text) > BETWEEN:
            return None
        at += step
    return None


def _from_list(
    paragraphs: Sequence[Paragraph], starts: dict[int, CaptionStart], pictured: list[int], named: dict[int, int | None]
) -> dict[int, int | None]:
    """Captions that are listed away from the pictures: as many as there are unnamed pictures, in order."""
    names = {starts[caption].name for caption in named.values() if caption is not None}
    free = [place for place, start in starts.items() if start.name not in names and not start.bare]
    open_places = [place for place in pictured if place not in named]
    return dict(zip(open_places, free, strict=True)) if len(free) == len(open_places) else {}


def _legends(paragraphs: Sequence[Paragraph], starts: dict[int, CaptionStart]) -> dict[str, str]:
    """The longest caption of each figure, for places that give nothing but its name."""
    legends: dict[str, str] = {}
    for place, start in starts.items():
        if len(paragraphs[place].text) > len(legends.get(start.name, "")):
            legends[start.name] = paragraphs[place].text[:MAX_CAPTION]
    return legends


def _on_slide(slide: Slide) -> Iterator[_Placed]:
    """The pictures of a slide with the caption nearest to each, and the letters that lie on them."""
    captions = [(start, text) for text in slide.texts if (start := _starts(text)) is not None]
    for shown in slide.pictures:
        start, text = min(captions, key=lambda pair: _distance(pair[1], shown), default=(None, None))
        labels = tuple(_label(text, shown) for text in slide.texts if _labels(text, shown))
        name = start.name if start is not None else None
        yield _Placed(shown, slide.number, name, text.text[:MAX_CAPTION] if text is not None else None, labels)


def _distance(text: Paragraph, shown: Shown) -> float:
    if text.box is None or shown.box is None:
        return 0.0
    across = max(0.0, text.box.left - shown.box.right, shown.box.left - text.box.right)
    down = max(0.0, text.box.top - shown.box.bottom, shown.box.top - text.box.bottom)
    return math.hypot(across, down)


def _labels(text: Paragraph, shown: Shown) -> bool:
    near = text.box is not None and shown.box is not None
    return near and len(text.text) <= LABEL and _distance(text, shown) <= REACH


def _label(text: Paragraph, shown: Shown) -> tuple[str, tuple[float, float, float, float]]:
    """A label with its place in shares of the picture's width and height."""
    assert text.box is not None and shown.box is not None
    width, height = max(shown.box.width, 1e-6), max(shown.box.height, 1e-6)
    left, top = (text.box.left - shown.box.left) / width, (text.box.top - shown.box.top) / height
    return text.text, (left, top, text.box.width / width, text.box.height / height)


# ---- pictures ----------------------------------------------------------------------------------------------------


def _pictures(request: Request, container: Container, placed: _Placed, reader: Reader, file: Path) -> Iterator[Picture]:
    """The pictures that one part holds, as the document shows them; ``file`` is where its bytes may lie meanwhile."""
    with file.open("wb") as spooled:
        container.copy(placed.shown.part, spooled)
    try:
        for picture in reader(Request(str(file), request.document, None, request.limits)):
            yield _as_shown(replace(picture, path=request.path, page=placed.page), placed)
    except InputError as error:
        cause = f"{error.cause}, in its part {placed.shown.part}"
        raise InputError(request.path, error.code, cause, error.remedy) from error
    finally:
        file.unlink()


def _as_shown(picture: Picture, placed: _Placed) -> Picture:
    """Crop, mirror and turn as the document does, with figure, caption and labels."""
    shown, pixels, notes = placed.shown, picture.pixels, list(picture.notes)
    height, width = pixels.shape[:2]
    left, top, right, bottom = shown.crop
    columns = slice(round(left * width), max(round(left * width) + 1, width - round(right * width)))
    rows = slice(round(top * height), max(round(top * height) + 1, height - round(bottom * height)))
    if (columns.stop - columns.start, rows.stop - rows.start) != (width, height):
        pixels = pixels[rows, columns]
        notes.append("cropped as in the document")
    if shown.mirrored:
        pixels = pixels[:, ::-1]
        notes.append("mirrored as in the document")
    if quarters := round(shown.turned / 90) % 4:
        pixels = np.rot90(pixels, -quarters)
        notes.append(f"turned by {90 * quarters}° as in the document")
    if pixels is not picture.pixels:
        pixels = display.canonical(pixels)
        picture = replace(picture, pixels=pixels, content=display.content_hash(pixels))
    texts = tuple(_on_pixels(label, pixels.shape[1], pixels.shape[0]) for label in placed.labels)
    return replace(picture, notes=tuple(notes), figure=placed.figure, caption=placed.caption, texts=texts)


def _on_pixels(label: tuple[str, tuple[float, float, float, float]], width: int, height: int) -> Text:
    text, (left, top, across, down) = label
    return Text(text, (left * width, top * height, across * width, down * height))
