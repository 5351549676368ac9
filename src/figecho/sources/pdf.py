"""PDF documents → their figures: embedded pictures without loss where a figure is one, else rendered from the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pikepdf
import pypdfium2

from figecho.errors import InputError
from figecho.sources.image import picture
from figecho.sources.pdf_content import ImageMark, read_content
from figecho.sources.pdf_figures import Figure, Figures, find_figures
from figecho.sources.pdf_geometry import Rect, bounds, display_matrix, inverse, union
from figecho.sources.pdf_images import decode
from figecho.sources.pdf_layout import PageLayout, is_small, lay_out
from figecho.sources.pdf_open import OpenPdf, open_pdf
from figecho.sources.pdf_raster import Raster, placed, stitched
from figecho.sources.pdf_render import density, fitting, render, resolution
from figecho.sources.pdf_text import read_words
from figecho.sources.request import Request
from figecho.types import Picture, Text

#: Labels up to so many points outside a picture are reported with it: panel letters in its margin.
MARGIN = 14.0
#: Panel letters have at most so many signs: "A", "(a)", "A'", "iv)".
LETTER = 4
#: A drawn line this near to a picture's edges, in points, is its frame.
FRAME = 3.0
#: Strips and tiles of one picture; more pieces than this are rendered.
MAX_TILES = 4096


def read_pdf(request: Request) -> Iterator[Picture]:
    """The figures of a PDF, page by page, with their names, captions and the text that lies on them.

    Raises
    ------
    InputError : encrypted, damaged or oversized documents, a page that is not there, or no picture at all.
    """
    try:
        yield from _figures(request)
    except (pikepdf.PdfError, pypdfium2.PdfiumError) as error:
        raise request.damaged("as a PDF: what it draws cannot be read") from error


def _figures(request: Request) -> Iterator[Picture]:
    with open_pdf(request) as pdf:
        layouts = [_layout(request, pdf, number) for number in _pages_to_lay_out(request, len(pdf))]
        figures = find_figures(layouts)
        by_number = {layout.number: layout for layout in layouts}
        repaired = pdf.is_repaired()
        for index, figure in enumerate(figures.found, 1):
            if request.page in (None, figure.page):
                found = _picture(request, pdf, by_number[figure.page], figure, index)
                yield _with_notes(found, figures, repaired=repaired) if index == 1 else found
        if not any(request.page in (None, figure.page) for figure in figures.found):
            raise _nothing(request, figures, repaired=repaired)


def _pages_to_lay_out(request: Request, count: int) -> Sequence[int]:
    """All pages, since any may hold a figure's caption; of a document beyond the limit only those around the one."""
    most = request.limits.max_pdf_pages
    if request.page is None and count > most:
        cause = f"{count} pages are more than the limit of {most}"
        raise InputError(request.path, "oversized", cause, "name the pages you mean, as in paper.pdf#page=4")
    if request.page is not None:
        request.pages(count)
        if count > most:
            return range(max(1, request.page - 1), min(count, request.page + 1) + 1)
    return range(1, count + 1)


def _layout(request: Request, pdf: OpenPdf, number: int) -> PageLayout:
    """Graphics first: a page that asks for endless work is refused before pdfium, which has no limits, loads it."""
    try:
        described = pdf.qpdf.pages[number - 1]
        visible = _visible(described)
        to_display = display_matrix(visible, described.rotation)
        canvas = bounds(to_display, visible)
        content = read_content(request, pdf.qpdf, described, to_display, canvas)
        page = pdf.pdfium[number - 1]
    except (pikepdf.PdfError, pypdfium2.PdfiumError, TypeError, ValueError) as error:
        raise request.damaged(f"page {number} cannot be read") from error
    try:
        return lay_out(number, canvas, content, read_words(page, to_display, canvas))
    finally:
        page.close()


def _visible(page: pikepdf.Page) -> Rect:
    """The part of a page that viewers show, in user space; US Letter where the file does not say."""
    media, crop = (
        Rect(min(a, c), min(b, d), max(a, c), max(b, d))
        for a, b, c, d in ([float(edge) for edge in box] for box in (page.mediabox, page.cropbox))
    )
    for box in (media & crop, media):
        if box.area > 0:
            return box
    return Rect(0.0, 0.0, 612.0, 792.0)


def _nothing(request: Request, figures: Figures, *, repaired: bool) -> InputError:
    if repaired:  # there may have been some
        return request.damaged("what is left of it holds no picture")
    where = "in it" if request.page is None else f"on page {request.page}"
    small = sum(count for page, count in figures.left_out.items() if request.page in (None, page))
    cause = f"there are no pictures {where}" + (f" but {small} smaller than a centimetre" if small else "")
    return InputError(request.path, "no-pictures", cause, "give the document that holds the figures")


def _with_notes(found: Picture, figures: Figures, *, repaired: bool) -> Picture:
    """The first picture says what was left out of the document, and that it was mended, so that nothing is silent."""
    notes = []
    if small := sum(figures.left_out.values()):
        notes.append(f"{small} pictures smaller than a centimetre or 64 pixels left out of the document")
    if repaired:
        notes.append("the document is damaged, and was repaired as far as that could be done")
    return replace(found, notes=(*found.notes, *notes))


# ---- one figure --------------------------------------------------------------------------------------------------


def _picture(request: Request, pdf: OpenPdf, layout: PageLayout, figure: Figure, index: int) -> Picture:
    for image in _images(figure):
        request.check_size(*image.size)
    raster, dpi = _embedded(request, layout, figure), None
    if raster is None:
        raster, dpi = _rendered(request, pdf, layout, figure)
    found = picture(request, raster.pixels, index=index, page=figure.page, dpi=dpi, notes=raster.notes)
    return replace(found, figure=figure.name, caption=figure.caption, texts=_texts(layout, raster))


def _images(figure: Figure) -> tuple[ImageMark, ...]:
    """The figure's pictures, each once although some producers draw it twice at the same place."""
    unique = {}
    for cluster in figure.clusters:
        for image in cluster.images:
            key = (image.stream.objgen, image.stream.objgen == (0, 0) and image.order, *map(round, image.visible))
            unique[key] = image
    return tuple(sorted(unique.values(), key=lambda image: image.order))


def _embedded(request: Request, layout: PageLayout, figure: Figure) -> Raster | None:
    """The figure's one embedded picture; None where it has several, or lines and shapes of its own."""
    images = _images(figure)
    if not 0 < len(images) <= MAX_TILES or _is_drawn_on(layout, figure, images):
        return None
    if sum(image.size[0] * image.size[1] for image in images) > request.limits.max_pixels:
        return None
    tiles = []
    for image in images:
        pixels = decode(request, image.stream)
        if pixels is None:
            return None
        tiles.append(placed(image, pixels))
        if len(images) > 1 and not tiles[-1].level:
            return None
    return stitched(tiles)


def _is_drawn_on(layout: PageLayout, figure: Figure, images: Sequence[ImageMark]) -> bool:
    """Whether the figure has vector graphics besides a frame or a ground of its picture."""
    around = union(image.visible for image in images)
    last = max(image.order for image in images)
    content = layout.content
    for cluster in figure.clusters:
        for row in cluster.paths:
            if row < 0:
                return True
            box = Rect(*content.paths[row])
            frame = all(abs(a - b) < FRAME for a, b in zip(box, around, strict=True))
            edge = min(box.width, box.height) < FRAME and _on_edge(box, around)
            covers = content.filled[row] and content.orders[row] > last
            if not ((frame and not covers) or edge):
                return True
    return False


def _on_edge(line: Rect, around: Rect) -> bool:
    """Whether a thin line runs along one of the sides of a rectangle."""
    inner, outer = around.grown(-FRAME), around.grown(FRAME)
    within = line.share_in(outer) > 0.99
    return within and (line & inner).area <= 0


def _rendered(request: Request, pdf: OpenPdf, layout: PageLayout, figure: Figure) -> tuple[Raster, float]:
    images, most = _images(figure), request.limits.max_render_pixels
    if len(images) == 1 and not _is_drawn_on(layout, figure, images):  # a codec that only pdfium has: its own samples
        region = images[0].visible
        dpi = fitting(density(images[0]), region, most)
    else:
        region = _with_letters(layout, figure.box).grown(2.0) & layout.canvas
        dpi = resolution([image for image in images if not is_small(image)] or images, region, most)
    anchor = max(images, key=lambda image: image.visible.area).box if images else None
    page = pdf.pdfium[figure.page - 1]
    try:
        raster = render(page, region, dpi, anchor)
    finally:
        page.close()
    drawn = sum(len(cluster.paths) for cluster in figure.clusters)
    pieces = [(len(images), "picture"), (drawn, "drawn shape")]
    words = " and ".join(f"{count} {word}{'s' * (count > 1)}" for count, word in pieces if count)
    return replace(raster, notes=(f"rendered from the page at {dpi:.0f} dpi ({words})",)), dpi


def _with_letters(layout: PageLayout, box: Rect) -> Rect:
    """A figure's box and the panel letters in its margin."""
    near = box.grown(MARGIN)
    letters = [word.box for word in layout.labels if len(word.text) <= LETTER and word.box.share_in(near) > 0.5]
    return union([box, *letters])


def _texts(layout: PageLayout, raster: Raster) -> tuple[Text, ...]:
    """The words on a picture, and the labels in its margin, in its pixels."""
    back = inverse(raster.matrix)
    if back is None:
        return ()
    near = raster.box.grown(MARGIN)
    found = []
    for word in layout.words:
        middle = Rect(*((word.box.left + word.box.right) / 2, (word.box.top + word.box.bottom) / 2) * 2)
        inside = middle.share_in(raster.box) > 0.99
        if inside or (word in layout.labels and middle.share_in(near) > 0.99):
            box = bounds(back, word.box)
            found.append(Text(word.text, (box.left, box.top, box.width, box.height)))
    return tuple(found)
