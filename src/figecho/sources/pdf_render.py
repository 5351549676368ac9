"""A region of a PDF page → pixels, by pdfium, at a stated resolution."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from figecho.sources.pdf_content import ImageMark
from figecho.sources.pdf_geometry import Rect
from figecho.sources.pdf_raster import Raster

#: Dots per inch: of drawings without pictures, and the least and most for those with pictures.
DRAWING_DPI = 300.0
LEAST_DPI, MOST_DPI = 150.0, 600.0

#: pdfium grows a picture to whole pixels outwards. Drawn so much smaller, in pixels, it lands on its own grid, and its
#: samples are copied; without this, rounding errors make it a pixel wider and blur all of it.
INSET = 0.1


def resolution(images: Sequence[ImageMark], region: Rect, max_pixels: int) -> float:
    """Dots per inch to render a region at: those of its sharpest picture within limits, and so that it fits."""
    dpi = min(max(max(map(density, images)), LEAST_DPI), MOST_DPI) if images else DRAWING_DPI
    return fitting(dpi, region, max_pixels)


def fitting(dpi: float, region: Rect, max_pixels: int) -> float:
    """``dpi``, or less where a region would have more pixels than allowed."""
    inches = max(region.area, 1.0) / 72.0**2
    return min(dpi, math.sqrt(0.98 * max_pixels / inches))


def density(image: ImageMark) -> float:
    """Samples per inch on the page, along the picture's denser side."""
    a, b, c, d, _, _ = image.matrix
    width, height = image.size
    return 72.0 * max(width / max(math.hypot(a, b), 1e-6), height / max(math.hypot(c, d), 1e-6))


def render(page: pypdfium2.PdfPage, region: Rect, dpi: float, anchor: Rect | None = None) -> Raster:
    """Draw a region of a page as a viewer shows it, text included, annotations not.

    Parameters
    ----------
    region : in display points; the result may begin up to a pixel before it.
    anchor : a picture whose edges shall fall between pixels, so that it is not blurred at its own resolution.

    Returns
    -------
    Raster : ``(H, W, 3)`` uint8 RGB.
    """
    scale = dpi / 72.0
    left, top = region.left, region.top
    if anchor is not None and anchor.area > 0:
        sides = sorted((anchor.width * scale, anchor.height * scale))
        scale *= 1 - min(INSET / sides[0], 0.8 / sides[1])
        left = anchor.left - (math.ceil((anchor.left - left) * scale) + INSET / 3) / scale
        top = anchor.top - (math.ceil((anchor.top - top) * scale) + INSET / 3) / scale
    width = max(1, math.ceil((region.right - left) * scale - 1e-6))
    height = max(1, math.ceil((region.bottom - top) * scale - 1e-6))
    pixels = _drawn(page, (width, height), scale, (left, top))
    return Raster(pixels, (1 / scale, 0.0, 0.0, 1 / scale, left, top))


def _drawn(
    page: pypdfium2.PdfPage, size: tuple[int, int], scale: float, corner: tuple[float, float]
) -> NDArray[np.uint8]:
    width, height = size
    page_width, page_height = page.get_size()
    # pdfium lays the page on a whole number of points before it applies the matrix.
    stretch_x, stretch_y = page_width / max(1, int(page_width)), page_height / max(1, int(page_height))
    matrix = pdfium.FS_MATRIX(scale * stretch_x, 0, 0, scale * stretch_y, -corner[0] * scale, -corner[1] * scale)
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_BGR)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        everything = pdfium.FS_RECTF(0, 0, width, height)
        pdfium.FPDF_RenderPageBitmapWithMatrix(
            bitmap.raw, page.raw, ctypes.byref(matrix), ctypes.byref(everything), pdfium.FPDF_LCD_TEXT * 0
        )
        return np.ascontiguousarray(bitmap.to_numpy()[:, :, ::-1])
    finally:
        bitmap.close()
