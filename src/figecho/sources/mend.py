"""A file that lost its end → a whole one, with nothing where data are missing: for pictures that are looked at only.

What is made here is never judged (`Picture.damage` goes with it), so that it need not tell what was there from what was
not; it must only show what is left.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from figecho.errors import InputError
from figecho.sources.complete import PNG_MAGIC, png_bytes, png_chunk, png_chunks
from figecho.sources.request import Request

_UNCOMPRESSED = 1  # a value of TIFF's Compression tag
_JPEG_END = b"\xff\xd9"
#: Bytes that are inflated at a time: what precedes an error in them is lost.
_STEP = 4096


def mend_jpeg(request: Request, data: bytes) -> bytes:
    """The file with an end mark, before which libjpeg fills what is missing with gray."""
    return data.rstrip(b"\xff") + _JPEG_END


def mend_png(request: Request, data: bytes) -> bytes:
    """The first picture of the file, with zeros for the scan lines that are missing.

    Raises
    ------
    InputError : not even the header is there.
    """
    kept, packed, expected, end = [PNG_MAGIC], bytearray(), 0, len(PNG_MAGIC)
    chunks = png_chunks(request, data)
    while (chunk := _next_whole(chunks)) is not None:
        name, content = chunk
        end += 12 + len(content)
        if name == b"IHDR":
            expected = png_bytes(request, content)
        if name == b"IDAT":
            packed += content
        elif name in _KEPT:
            kept.append(png_chunk(name, content))
    if not expected:
        raise request.truncated("PNG data stop before their header")
    if data[end + 4 : end + 8] == b"IDAT":
        packed += data[end + 8 :]
    rows = _inflated(bytes(packed), expected)
    lines = zlib.compress(rows + bytes(expected - len(rows)), 1)
    return b"".join([*kept, png_chunk(b"IDAT", lines), png_chunk(b"IEND", b"")])


#: The chunks beside its data that the first picture of a file needs.
_KEPT = frozenset([b"IHDR", b"PLTE", b"tRNS"])


def _next_whole(chunks: Iterator[tuple[bytes, bytes]]) -> tuple[bytes, bytes] | None:
    """The next chunk; None where the file, or its picture, ends."""
    try:
        return next(chunks, None)
    except InputError as error:
        if error.code != "truncated":
            raise
        return None


def _inflated(packed: bytes, most: int) -> bytes:
    """As many of ``most`` bytes as can be decompressed."""
    inflate, found = zlib.decompressobj(), bytearray()
    for start in range(0, len(packed), _STEP):
        left = most - len(found)
        if left <= 0 or inflate.eof:
            break
        try:
            found += inflate.decompress(inflate.unconsumed_tail + packed[start : start + _STEP], left)
        except zlib.error:
            break
    return bytes(found[:most])


def pad_tiff(request: Request, pages: Sequence[Any], cut: Sequence[Sequence[int]]) -> BinaryIO:
    """The file with zeros where uncompressed data are missing.

    Parameters
    ----------
    pages : tifffile's, in the order of ``cut``.
    cut : the numbers of each page's strips or tiles whose data are not all in the file.

    Raises
    ------
    InputError : the zeros would take more memory than a document may.
    """
    data = Path(request.path).read_bytes()
    ends = [
        page.dataoffsets[number] + page.databytecounts[number]
        for page, lost in zip(pages, cut, strict=True)
        if page.compression == _UNCOMPRESSED
        for number in lost
    ]
    missing = max([len(data), *ends]) - len(data)
    if missing > request.limits.memory_bytes:
        raise request.damaged("its data lie far beyond its end")
    return io.BytesIO(data + bytes(missing))


def leave_out(page: Any, lost: Sequence[int]) -> None:
    """Let a page be decoded without those compressed strips: a part of one cannot be unpacked."""
    if lost and page.compression != _UNCOMPRESSED:
        page.databytecounts = tuple(0 if number in lost else count for number, count in enumerate(page.databytecounts))
