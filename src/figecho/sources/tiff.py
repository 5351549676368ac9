"""TIFF of every usual kind → pictures, at the full depth of its values.

tifffile and imagecodecs decode: Pillow would clip 16-bit colour and print libtiff's complaints. Pillow steps in for
the one kind that they leave out: chroma-subsampled YCbCr without JPEG, which is 8-bit.
"""

from __future__ import annotations

import logging
import os
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import tifffile
from PIL import Image

from figecho.errors import FigechoError, InputError
from figecho.sources import display
from figecho.sources.display import Pixels
from figecho.sources.image import picture, pillow_pixels
from figecho.sources.mend import leave_out, pad_tiff
from figecho.sources.request import Request
from figecho.sources.samples import rasters_of
from figecho.types import Picture

_CAMERA_RAW = (32803, 34892)  # values of the PhotometricInterpretation tag, from DNG
_JPEG = (6, 7)  # values of the Compression tag: old and new style
_REDUCED, _IS_MASK = 1, 4  # bits of the NewSubfileType tag
#: Bytes of one value, by the type of a tag.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_ORIENTATION, _DNG_VERSION = 274, 50706


def read_tiff(request: Request) -> Iterator[Picture]:
    """The pages of a TIFF, each as one picture; channels that are no colours become pictures of their own.

    Reduced copies of a page (thumbnails, pyramid levels) and masks are left out, with a note, unless asked for by
    page. All pages' data are checked to lie in the file before the first page is decoded.

    Raises
    ------
    InputError : a truncated, damaged, oversized or unsupported file, or a page that is not there.
    """
    with _quiet():
        request, directories = _count_directories(request)
        tif = _parsed(request, request.path)
    with tif:
        pages = _pages(request, tif, directories)
        cut = [_beyond_the_end(page, tif.filehandle.size) for page in pages]
        if any(cut):
            request = request.salvaged(_stops_early(request, pages, cut))
            with _parsed(request, pad_tiff(request, pages, cut)) as padded:
                yield from _pictures(request, padded, _pages(request, padded, directories), cut)
        else:
            yield from _pictures(request, tif, pages, cut)


def _parsed(request: Request, source: str | BinaryIO) -> tifffile.TiffFile:
    try:
        return tifffile.TiffFile(source, is_ome=False)
    except Exception as error:  # a parser may raise anything on hostile bytes
        raise request.damaged(_text(error)) from error


def _pages(request: Request, tif: tifffile.TiffFile, directories: int) -> list[Any]:
    """All pages, each checked but for where its data lie."""
    with _quiet():
        try:
            pages = [tif.pages[number] for number in range(directories)]
            for page in pages:
                _check(request, page)
        except FigechoError:
            raise
        except Exception as error:  # as in _parsed
            raise request.damaged(_text(error)) from error
    return pages


def _pictures(
    request: Request, tif: tifffile.TiffFile, pages: Sequence[Any], cut: Sequence[Sequence[int]]
) -> Iterator[Picture]:
    """The pictures of checked pages; ``cut`` are the numbers of each page's strips whose data are not all there."""
    with _quiet():
        try:
            planes = _planes_in_one(request, tif) if len(pages) == 1 and not any(cut) else None
        except FigechoError:
            raise
        except Exception as error:  # as in _parsed
            raise request.damaged(_text(error)) from error
        for page, lost in zip(pages, cut, strict=True):
            leave_out(page, lost)
    if planes is not None:
        for number in request.pages(len(planes)):
            yield from _page_pictures(request, pages[0], planes[number - 1], index=number, number=number)
        return
    full = [number for number, page in enumerate(pages, 1) if not _kind(page) & (_REDUCED | _IS_MASK)]
    wanted = list(request.pages(len(pages)))
    left_out = 0
    if request.page is None and full:
        left_out, wanted = len(wanted) - len(full), full
    index = 1
    for number in wanted:
        notes = [f"{left_out} reduced copies or masks in the file left out"] if left_out and index == 1 else []
        shown_number = number if len(pages) > 1 else None
        with _quiet():
            pixels = _decode(request, pages[number - 1], number)
        first = number if request.page is not None else index
        for each in _page_pictures(request, pages[number - 1], pixels, index=first, number=shown_number, notes=notes):
            yield each
            index += 1


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep tifffile's log and Python's warnings off standard error: what matters is checked here, and refused."""
    logger = logging.getLogger("tifffile")
    before = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before


def _text(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:120]


def _kind(page: Any) -> int:
    value = page.tags.valueof(254)
    return value if isinstance(value, int) else 0


def _count_directories(request: Request) -> tuple[Request, int]:
    """How many pages there are; a chain that was cut may be salvaged where there is a page before that."""
    count = 0
    with Path(request.path).open("rb") as file:
        try:
            for _ in _directories(request, file):
                count += 1
        except InputError as error:
            if not count:
                raise
            request = request.salvaged(error)
    return request, count


def _directories(request: Request, file: BinaryIO) -> Iterator[int]:
    """Where the page directories lie, refusing a chain that leaves the file; tifffile would only log that and stop."""
    size = os.fstat(file.fileno()).st_size
    header = file.read(16)
    order = "<" if header[:2] == b"II" else ">"
    big = len(header) >= 4 and 43 in (header[2], header[3])
    count_format, entry, offset_format = ("Q", 20, "Q") if big else ("H", 12, "I")
    start = 8 if big else 4
    width, count_width = struct.calcsize(offset_format), struct.calcsize("=" + count_format)
    seen: set[int] = set()
    if len(header) < start + width:
        raise request.truncated(f"only {size} bytes")
    (offset,) = struct.unpack_from(order + offset_format, header, start)
    # A chain that comes back to a page already seen has ended: every page is there once.
    while offset and offset not in seen:
        if offset + count_width > size:
            raise request.truncated(f"the directory of page {len(seen) + 1} lies beyond the end")
        file.seek(offset)
        (entries,) = struct.unpack(order + count_format, file.read(count_width))
        end = offset + count_width + entries * entry
        if end + width > size:
            raise request.truncated(f"the directory of page {len(seen) + 1} is cut off")
        _check_values(request, file.read(entries * entry), order, big, size)
        seen.add(offset)
        if len(seen) > max(request.limits.max_pages, request.page or 0) and request.page is None:
            request.pages(len(seen))
        yield offset
        file.seek(end)
        (offset,) = struct.unpack(order + offset_format, file.read(width))
    if not seen:
        raise request.damaged("it has no page")


def _check_values(request: Request, directory: bytes, order: str, big: bool, size: int) -> None:
    """Refuse a directory with a value that lies beyond the end of the file."""
    entry, inline = (20, 8) if big else (12, 4)
    for at in range(0, len(directory), entry):
        tag, kind, count = struct.unpack_from(order + ("HHQ" if big else "HHI"), directory, at)
        length = _SIZES.get(kind, 0) * count
        if length > inline:
            (offset,) = struct.unpack_from(order + ("Q" if big else "I"), directory, at + entry - inline)
            if offset + length > size:
                raise request.truncated(f"the value of TIFF tag {tag} lies beyond the end")


def _check(request: Request, page: Any) -> None:
    """Refuse a page by its size, its kind, or data that are not listed, before anything is decoded."""
    samples = max(1, int(page.samplesperpixel))
    width, height = int(page.imagewidth), int(page.imagelength)
    item = page.dtype.itemsize if page.dtype is not None else 1
    request.check_size(width, height, samples * item)
    if page.photometric in _CAMERA_RAW or _DNG_VERSION in page.tags:
        raise request.unsupported("camera raw files are not read", "develop it, and export it as TIFF or PNG")
    if page.dtype is None:
        raise request.unsupported(f"TIFF with {page.bitspersample}-bit values of this kind is not read")
    if int(page.imagedepth) > 1:
        raise request.unsupported("TIFF volumes in one page are not read", "save the slices as pages")
    offsets, counts = page.dataoffsets, page.databytecounts
    parts = int(np.prod(page.chunked))
    if len(offsets) < parts or len(counts) < parts:
        raise request.damaged(f"{min(len(offsets), len(counts))} of {parts} strips or tiles are listed")
    for number, (offset, count) in enumerate(zip(offsets[:parts], counts[:parts], strict=True), 1):
        if count == 0 or offset == 0:
            raise request.damaged(f"strip or tile {number} of {parts} is missing")


def _beyond_the_end(page: Any, size: int) -> tuple[int, ...]:
    """The numbers, from 0, of the strips or tiles whose data are not all in a file of so many bytes."""
    parts = list(zip(page.dataoffsets, page.databytecounts, strict=False))[: int(np.prod(page.chunked))]
    return tuple(number for number, (offset, count) in enumerate(parts) if offset + count > size)


def _stops_early(request: Request, pages: Sequence[Any], cut: Sequence[Sequence[int]]) -> InputError:
    page, lost = next((page, lost) for page, lost in zip(pages, cut, strict=True) if lost)
    return request.truncated(f"TIFF data stop at strip or tile {lost[0] + 1} of {int(np.prod(page.chunked))}")


def _planes_in_one(request: Request, tif: tifffile.TiffFile) -> Pixels | None:
    """The planes of a stack that has one directory for all (ImageJ's large stacks, MetaMorph); None for others."""
    page: Any = tif.pages[0]
    series = tif.series[0] if tif.series else None
    inside = series.size // page.size if series is not None and page.size else 1
    claimed = int((tif.imagej_metadata or {}).get("images", 1)) if tif.is_imagej else 1
    if max(inside, claimed) <= 1:
        return None
    if claimed > inside:
        raise request.truncated(f"{inside} of {claimed} slices are there")
    assert series is not None
    if series.dataoffset is None:
        request.check_size(page.imagewidth, page.imagelength * inside, page.dtype.itemsize * page.samplesperpixel)
        return _channels_last(series.asarray(maxworkers=1).reshape(inside, *page.shaped))
    if series.dataoffset + series.nbytes > tif.filehandle.size:
        raise request.truncated(f"the data of {inside} slices do not fit in the file")
    kind = page.dtype.newbyteorder(tif.byteorder)
    mapped = np.memmap(request.path, kind, "r", series.dataoffset, (inside, *page.shaped))
    return _channels_last(mapped)


def _channels_last(planes: Pixels) -> Pixels:
    """``(N, planar samples, 1, H, W, samples)`` → ``(N, H, W, samples)``, as a view."""
    planes = planes[:, :, 0]
    return planes[:, 0] if planes.shape[1] == 1 else np.moveaxis(planes[..., 0], 1, -1)


def _decode(request: Request, page: Any, number: int) -> Pixels:
    """One page as ``(H, W, samples)``, as stored."""
    try:
        if page.is_subsampled and page.compression not in _JPEG:
            return _pillow(request, number)
        planes: Pixels = page.asarray(maxworkers=1).reshape(1, *page.shaped)
        return np.asarray(_channels_last(planes)[0])
    except FigechoError:
        raise
    except MemoryError:
        raise
    except NotImplementedError as error:
        raise request.unsupported(f"this kind of TIFF is not read ({_text(error)})") from error
    except Exception as error:  # codecs may raise anything on hostile bytes
        if "requires the 'imagecodecs'" in str(error) or "not supported" in str(error):
            raise request.unsupported(f"this kind of TIFF is not read ({_text(error)})") from error
        raise request.damaged(f"the data of page {number} cannot be decoded") from error


def _pillow(request: Request, number: int) -> Pixels:
    with Image.open(request.path, formats=("TIFF",)) as image:
        image.seek(number - 1)
        request.check_size(image.width, image.height)
        stored = image.size
        image.load()
        pixels = pillow_pixels(image)
    if image.size != stored or 2 <= image.getexif().get(_ORIENTATION, 1) <= 8:
        raise request.unsupported("a turned TIFF of this kind is not read")
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def _page_pictures(
    request: Request,
    page: Any,
    stored: Pixels,
    *,
    index: int,
    number: int | None,
    notes: Sequence[str] = (),
) -> Iterator[Picture]:
    """Give stored samples their meaning: colour, palette, ink, alpha, or channels of their own."""
    notes = list(notes)
    orientation = page.tags.valueof(_ORIENTATION)
    if isinstance(orientation, int) and 2 <= orientation <= 8:
        stored = display.upright(stored, orientation)
        notes.append(f"orientation {orientation} applied")
    try:
        rasters = rasters_of(request, page, np.asarray(stored))
    except (ValueError, TypeError, IndexError) as error:  # tags that contradict each other
        raise request.damaged(_text(error)) from error
    for place, pixels in enumerate(rasters):
        of = [f"channel {place + 1} of {len(rasters)}"] if len(rasters) > 1 else []
        yield picture(request, pixels, index=index + place, page=number, dpi=_dpi(page), notes=[*notes, *of])


def _dpi(page: Any) -> float | None:
    try:
        with _quiet():
            value = float(page.get_resolution(2)[0])
    except (KeyError, ValueError, TypeError, ZeroDivisionError, IndexError, OverflowError):
        return None
    return value if 1 < value < 100_000 else None
