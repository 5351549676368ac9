"""Is all of a file there? What Pillow accepts in silence although data are missing is found here.

Measured by cutting valid files at every place: Pillow raises for most cuts, but accepts a PNG or GIF without its
end, a JPEG with restart markers that lacks its last bytes, and decodes a JPEG or PNG whose data stop early inside
an intact envelope, leaving the rest gray or black. A JPEG without its end marker is refused even where all rows
decode: nothing else tells a complete file from one that lost its tail. Bytes after the end are ignored.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from figecho.errors import InputError
from figecho.sources.request import Request

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
#: The passes of an interlaced PNG: first column, first row, column step, row step.
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_JPEG_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
#: libjpeg reads up to 57 bits ahead, and waits where it cannot; zeros for them let it finish the last block.
_AHEAD = bytes(8)
#: Entropy-coded data that mean nothing, to see whether a decoder still waits for some. Without 255, and with a zero
#: first, lest a byte and its neighbour make a marker.
_NONSENSE = bytes(range(255)) * 16
_STANDALONE = frozenset([0x01, 0xD8, *range(0xD0, 0xD8)])  # JPEG markers without a length
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG markers of a frame, which states the size
_LOSSLESS = frozenset([0xC3, 0xC7, 0xCB, 0xCF])  # those of frames whose passes have no coefficients
#: Ancillary PNG chunks that change what is seen; the others may be broken without harm.
_PNG_MEANINGFUL = frozenset([b"tRNS", b"eXIf", b"acTL", b"fcTL", b"fdAT"])


def png_chunks(request: Request, data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The (name, content) of every chunk up to IEND, refusing a file that stops before it or a wrong checksum."""
    position = len(PNG_MAGIC)
    while True:
        if position + 12 > len(data):
            raise request.truncated("PNG data stop before their end mark")
        length, name = struct.unpack_from(">I4s", data, position)
        if not name.isalpha():
            raise request.damaged("broken PNG structure")
        end = position + 8 + length
        if end + 4 > len(data):
            raise request.truncated(f"PNG data stop inside the chunk {name.decode('latin-1')!r}")
        content = data[position + 8 : end]
        critical = not name[0] & 0x20
        if critical and zlib.crc32(content, zlib.crc32(name)) != struct.unpack_from(">I", data, end)[0]:
            raise request.damaged(f"wrong checksum in the PNG chunk {name.decode('latin-1')!r}")
        yield name, content
        if name == b"IEND":
            return
        position = end + 4


def png_chunk(name: bytes, content: bytes) -> bytes:
    """A chunk as it stands in a file."""
    checksum = struct.pack(">I", zlib.crc32(content, zlib.crc32(name)))
    return struct.pack(">I4s", len(content), name) + content + checksum


def check_png(request: Request, data: bytes) -> bytes:
    """Refuse a PNG with missing pixel data; return it without ancillary chunks that do not matter to the pixels."""
    inflate = zlib.decompressobj()
    inflated, expected = 0, None
    kept = [PNG_MAGIC]
    for name, content in png_chunks(request, data):
        if name == b"IHDR" and expected is None:
            expected = png_bytes(request, content)
        elif expected is None:
            raise request.damaged("PNG header missing")
        elif name == b"IDAT" and inflated < expected:
            try:
                inflated += len(inflate.decompress(content, expected - inflated))
            except zlib.error as error:
                raise request.damaged("PNG data cannot be decompressed") from error
        if not name[0] & 0x20 or name in _PNG_MEANINGFUL:
            kept.append(png_chunk(name, content))
    while expected is not None and inflated < expected and inflate.unconsumed_tail:
        inflated += len(inflate.decompress(inflate.unconsumed_tail, expected - inflated))
    if not inflated or expected is None:
        raise request.damaged("the PNG holds no picture data")
    if inflated < expected:
        raise request.truncated(f"PNG data stop at {100 * inflated // expected} %")
    return b"".join(kept)


def png_bytes(request: Request, header: bytes) -> int:
    """Bytes of the filtered scan lines that a header announces, each with its filter byte; Adam7 has seven passes."""
    if len(header) != 13:
        raise request.damaged("wrong PNG header")
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    request.check_size(width, height)
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 0)
    if bits == 0:
        raise request.damaged("unknown PNG colour type")
    passes: Sequence[tuple[int, int, int, int]] = [(0, 0, 1, 1)]
    if interlaced:
        passes = ADAM7
    total = 0
    for x, y, step_x, step_y in passes:
        columns, rows = -(-(width - x) // step_x), -(-(height - y) // step_y)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


@dataclass(frozen=True)
class _JpegEnvelope:
    end: int | None  # where the end marker begins; None where there is none
    scans: int
    sequential: bool  # one pass, Huffman-coded: its rows can be decoded as they come
    size: tuple[int, int] | None  # width and height as its header claims them
    lacking: bool  # whether its passes leave coefficients out, or leave them coarse


def _jpeg_envelope(data: bytes) -> _JpegEnvelope:
    """Walk the markers of the first image in a JPEG file."""
    position, scans, sequential = 2, 0, False
    size, end, coefficients = None, None, 0
    exact: set[tuple[int, int]] = set()
    while end is None and (found := _JPEG_MARKER.search(data, position)) is not None:
        marker, position = data[found.end() - 1], found.end()
        if marker == 0xD9:
            end = position - 2
        elif marker not in _STANDALONE:
            segment = data[position : position + max(2, int.from_bytes(data[position : position + 2], "big"))]
            if len(segment) < 2:
                break
            scans += marker == 0xDA
            sequential |= marker in (0xC0, 0xC1)
            if marker in _FRAMES and len(segment) > 7:
                height, width = struct.unpack_from(">HH", segment, 3)
                size, coefficients = (width, height), 64 * segment[7] * (marker not in _LOSSLESS)
            elif marker == 0xDA:
                exact |= _made_exact(segment)
            position += len(segment)
    return _JpegEnvelope(end, scans, sequential, size, len(exact) < coefficients)


def _made_exact(scan: bytes) -> set[tuple[int, int]]:
    """The (component, coefficient) that a pass brings to full precision (ITU T.81, B.2.3 and G.1.1)."""
    components = scan[3 : 3 + 2 * scan[2] : 2] if len(scan) > 2 else b""
    if not components or len(scan) < 6 + 2 * len(components):
        return set()
    first, last, approximation = scan[-3:]
    if approximation & 15:
        return set()
    return {(component, k) for component in components for k in range(first, min(last, 63) + 1)}


def check_jpeg(request: Request, data: bytes) -> None:
    """Refuse a JPEG without its end marker, or whose rows are not all there before it.

    libjpeg fills missing rows with gray when it meets the end marker too early, and says so only in a warning that
    is lost. Without the marker it waits for more data instead, so that rows that never came stay zero. Only
    sequential files with one scan can be asked this way; their entropy decoding is repeated, at 1/8 size. The others
    are decoded twice, as they are and with nonsense before the end marker: a decoder that has all it needs skips that,
    one that does not takes it for pixels. The last handful of blocks escapes both checks.
    """
    envelope = _jpeg_envelope(data)
    most = request.limits.max_jpeg_scans
    if envelope.scans > most:
        cause = f"{envelope.scans} passes are more than the limit of {most}"
        raise InputError(request.path, "oversized", cause, "export the picture again, or raise the limit jpeg-scans")
    if envelope.size is not None:
        request.check_size(*envelope.size)
    one_pass = envelope.sequential and envelope.scans == 1
    if envelope.end is None:
        share = _jpeg_rows(data) if one_pass else None
        where = "stop before their end mark" if share is None or share > 0.99 else f"stop at {100 * share:.0f} %"
        raise request.truncated(f"JPEG data {where}")
    if one_pass:
        share = _jpeg_rows(data[: envelope.end] + _AHEAD)
        if share is not None and share < 1 and not _black_below(data, share):
            raise request.truncated(f"JPEG data stop at {100 * share:.0f} %")
    elif envelope.lacking:
        raise request.truncated("the last passes of the JPEG data are missing")
    elif _wants_more(data, envelope.end):
        raise request.truncated("JPEG data stop within a pass")


def _wants_more(data: bytes, end: int) -> bool:
    """Whether a JPEG's last pass is incomplete: what is put behind it then changes the picture."""
    try:
        as_it_is, with_more = (_decoded(data[:end] + more + data[end:]) for more in (b"", _NONSENSE))
    except Exception:  # noqa: BLE001 - the real decoding will say why
        return False
    return not np.array_equal(as_it_is, with_more)


def _decoded(data: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as picture:
        return np.asarray(picture)


def _reduced(data: bytes) -> ImageFile.ImageFile:
    picture = Image.open(io.BytesIO(data), formats=("JPEG",))
    assert isinstance(picture, ImageFile.ImageFile)
    picture.draft(None, (max(1, picture.width // 8), max(1, picture.height // 8)))
    return picture


def _jpeg_rows(data: bytes) -> float | None:
    """Share of the rows that decode from data without an end marker; None where that cannot be told."""
    try:
        picture = _reduced(data)
    except Exception:  # noqa: BLE001 - a header that Pillow rejects, in whatever way; the real decoding will say why
        return None
    try:
        picture.load()
    except Exception:  # noqa: BLE001 - expected: the end marker is missing; what was decoded until then stays
        picture.tile = []
    try:
        rows = np.asarray(picture)
    except Exception:  # noqa: BLE001 - nothing at all was decoded
        return None
    filled = np.flatnonzero(rows.reshape(len(rows), -1).any(axis=1))
    return (int(filled[-1]) + 1) / len(rows) if filled.size else 0.0


def _black_below(data: bytes, share: float) -> bool:
    """Whether a whole JPEG is black below a share of its height, as rows that never came would be."""
    try:
        rows = np.asarray(_reduced(data))
    except Exception:  # noqa: BLE001 - the real decoding will say why
        return True
    return not rows[round(share * len(rows)) :].any()


def check_gif(request: Request, data: bytes) -> None:
    """Refuse a GIF whose blocks do not lead to its trailer."""

    def colours(flags: int) -> int:
        return 3 << ((flags & 7) + 1) if flags & 0x80 else 0

    try:
        position = 13 + colours(data[10])
        while data[position] != 0x3B:
            if data[position] == 0x2C:
                position += 11 + colours(data[position + 9])
            elif data[position] == 0x21:
                position += 2
            else:
                raise request.damaged("unknown GIF block")
            while data[position]:
                position += data[position] + 1
            position += 1
    except IndexError as error:
        raise request.truncated("GIF data stop before their end mark") from error


def check_webp(request: Request, data: bytes) -> None:
    """Refuse a WebP shorter than its header says."""
    length = struct.unpack_from("<I", data, 4)[0] + 8
    if length > len(data) + 1:  # some writers count the padding byte that they do not write
        raise request.truncated(f"{len(data)} of {length} bytes of WebP data")
