"""What a Word document and a presentation show: pictures with their texts around them, in order.

Only the elements that place pictures and text are looked at (ECMA-376 part 1, 17 and 19–20).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from figecho.sources.office_zip import Container
from figecho.sources.pdf_geometry import Rect

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_V = "{urn:schemas-microsoft-com:vml}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
#: English Metric Units in a point.
EMU = 12_700
#: Shares of a picture's sides that are cropped off are given in thousandths of a percent.
_PERCENT_1000 = 100_000


@dataclass(frozen=True)
class Shown:
    """A picture as the document shows it.

    ``part`` holds its file; it is empty where the document does not say. ``crop`` are the shares cut off at the left,
    top, right and bottom; ``turned`` is clockwise in degrees, after mirroring left to right (``mirrored``). ``box`` is
    its place on a slide, in points.
    """

    part: str
    crop: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    turned: float = 0.0
    mirrored: bool = False
    box: Rect | None = None


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a Word document, or a text box of a slide with its place: its text and the pictures in it."""

    text: str
    pictures: tuple[Shown, ...] = ()
    box: Rect | None = None


@dataclass(frozen=True)
class Slide:
    """One slide, from 1."""

    number: int
    pictures: tuple[Shown, ...]
    texts: tuple[Paragraph, ...] = field(default=())


# ---- Word --------------------------------------------------------------------------------------------------------


def read_word(container: Container, main: str = "word/document.xml") -> Iterator[Paragraph]:
    """The paragraphs of the body in order, those in tables and text boxes included."""
    relations = container.relations(main)
    for paragraph in _outermost(container.xml(main), f"{_W}p"):
        words: list[str] = []
        pictures: list[Shown] = []
        for element in _without_fallbacks(paragraph):
            if element.tag == f"{_W}t":
                words.append(element.text or "")
            elif element.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
                words.append("-" if element.tag.endswith("Hyphen") else " ")
            elif element.tag == f"{_A}graphicData":
                pictures.extend(_pictures_in(element, relations))
            elif element.tag == f"{_V}imagedata":
                pictures.append(Shown(relations.get(element.get(f"{_R}id", ""), "")))
        yield Paragraph(" ".join("".join(words).split()), tuple(pictures))


def _outermost(element: Element, tag: str) -> Iterator[Element]:
    """Every element with a tag that does not lie inside another one with it."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag != _FALLBACK:
            yield from _outermost(child, tag)


def _without_fallbacks(element: Element) -> Iterator[Element]:
    """All descendants, except the second version of a drawing for older programs."""
    for child in element:
        if child.tag != _FALLBACK:
            yield child
            yield from _without_fallbacks(child)


def _pictures_in(element: Element, relations: dict[str, str]) -> Iterator[Shown]:
    """The pictures below an element: everything with a ``blip`` that is filled into a shape."""
    for filled in element.iter():
        blip = filled.find(f"{_A}blip") if filled.tag.endswith("}blipFill") else None
        if blip is not None and (id := blip.get(f"{_R}embed")):
            yield Shown(relations.get(id, ""), _crop(filled), *_turn(_parent_of(element, filled)))


def _parent_of(root: Element, child: Element) -> Element:
    return next((parent for parent in root.iter() if child in parent), root)


def _crop(filled: Element) -> tuple[float, float, float, float]:
    source = filled.find(f"{_A}srcRect")
    if source is None:
        return (0.0, 0.0, 0.0, 0.0)
    left, top, right, bottom = (max(0.0, int(source.get(side, "0")) / _PERCENT_1000) for side in "ltrb")
    return (left, top, right, bottom) if left + right < 1 and top + bottom < 1 else (0.0, 0.0, 0.0, 0.0)


def _turn(picture: Element) -> tuple[float, bool]:
    """Degrees clockwise, and whether it is mirrored left to right before; upside down is both."""
    placed = next(picture.iter(f"{_A}xfrm"), None)
    if placed is None:
        return 0.0, False
    turned = int(placed.get("rot", "0")) / 60_000
    across, down = placed.get("flipH") in ("1", "true"), placed.get("flipV") in ("1", "true")
    return (turned + 180 if down else turned) % 360, across != down


# ---- PowerPoint --------------------------------------------------------------------------------------------------


def read_slides(container: Container) -> Iterator[Slide]:
    """The slides in the order in which they are shown; what layouts and masters add is left out."""
    main = "ppt/presentation.xml"
    relations = container.relations(main)
    listed = container.xml(main).iter(f"{_P}sldId")
    names = [relations.get(entry.get(f"{_R}id", "")) for entry in listed]
    for number, name in enumerate([name for name in names if name and name in container], 1):
        tree = next(container.xml(name).iter(f"{_P}spTree"), None)
        pictures: list[Shown] = []
        texts: list[Paragraph] = []
        if tree is not None:
            _read_shapes(tree, container.relations(name), _Frame(), pictures, texts)
        yield Slide(number, tuple(pictures), tuple(texts))


@dataclass(frozen=True)
class _Frame:
    """Where the coordinates of a group lie on its slide: scaled, then moved; in EMU."""

    scale_x: float = 1.0
    scale_y: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def place(self, x: float, y: float, width: float, height: float) -> Rect:
        left, top = self.x + self.scale_x * x, self.y + self.scale_y * y
        return Rect(left, top, left + self.scale_x * width, top + self.scale_y * height)


def _read_shapes(
    tree: Element, relations: dict[str, str], frame: _Frame, pictures: list[Shown], texts: list[Paragraph]
) -> None:
    """Collect the pictures and texts of a group of shapes, groups within it included."""
    for shape in _without_choices(tree):
        if shape.tag == f"{_P}grpSp":
            _read_shapes(shape, relations, _inner_frame(shape, frame), pictures, texts)
            continue
        box = _box(shape, frame)
        pictures.extend(replace(shown, box=box) for shown in _pictures_in(shape, relations))
        words = [" ".join(run.text or "" for run in part.iter(f"{_A}t")) for part in shape.iter(f"{_A}p")]
        text = " ".join(" ".join(words).split())
        if text:
            texts.append(Paragraph(text, (), box))


def _without_choices(tree: Element) -> Iterator[Element]:
    """A group's shapes; of those written twice, for newer and older programs, the first version."""
    for child in tree:
        if child.tag.endswith("}AlternateContent"):
            choice = next(iter(child), None)
            yield from () if choice is None else choice
        else:
            yield child


def _numbers(placed: Element, *names: str) -> Sequence[float]:
    """Pairs of coordinates of a transform's children, such as ``off`` and ``ext``."""
    found = []
    for name in names:
        child = placed.find(f"{_A}{name}")
        keys = ("cx", "cy") if name.lower().endswith("ext") else ("x", "y")
        found += [float(int(child.get(key, "0"))) if child is not None else 0.0 for key in keys]
    return found


def _box(shape: Element, frame: _Frame) -> Rect | None:
    """A shape's place on its slide in points; None where it takes it from its layout."""
    placed = next((child for child in shape.iter() if child.tag in (f"{_A}xfrm", f"{_P}xfrm")), None)
    if placed is None:
        return None
    box = frame.place(*_numbers(placed, "off", "ext"))
    return Rect(*(edge / EMU for edge in box))


def _inner_frame(group: Element, frame: _Frame) -> _Frame:
    placed = group.find(f"{_P}grpSpPr/{_A}xfrm")
    if placed is None:
        return frame
    x, y, width, height, from_x, from_y, from_width, from_height = _numbers(placed, "off", "ext", "chOff", "chExt")
    box = frame.place(x, y, width, height)
    scale_x = box.width / from_width if from_width else frame.scale_x
    scale_y = box.height / from_height if from_height else frame.scale_y
    return _Frame(scale_x, scale_y, box.left - scale_x * from_x, box.top - scale_y * from_y)
