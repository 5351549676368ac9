"""Small files that cost much when they are read without care."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import tifffile
from PIL import Image

from benchmarks.hostile.valid import docx, write_word


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(name)))


def pixel_bomb() -> bytes:
    """A PNG of 60,000 × 60,000 black pixels in a few kilobytes."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    squeeze = zlib.compressobj(9)
    rows = b"".join(squeeze.compress(bytes(7501) * 100) for _ in range(600)) + squeeze.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def many_passes() -> bytes:
    """A progressive JPEG whose last pass is there 3,000 times."""
    buffer = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 255, (512, 512, 3), np.uint8)
    Image.fromarray(pixels).save(buffer, "JPEG", progressive=True, quality=30)
    data = buffer.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * 3_000 + data[-2:]


def many_pages() -> bytes:
    """A TIFF of 200,000 pages that share one strip."""
    entry, count = 2 + 12 * 9 + 4, 200_000
    first = 8 + 64
    parts = [b"II*\0" + struct.pack("<I", first), bytes(64)]
    for page in range(count):
        tags = [(256, 8), (257, 8), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 8), (279, 64)]
        follow = first + (page + 1) * entry if page + 1 < count else 0
        body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        parts.append(struct.pack("<H", len(tags)) + body + struct.pack("<I", follow))
    return b"".join(parts)


def endless_tiff() -> bytes:
    """A TIFF whose second page says that the first follows it."""
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for _ in range(2):
            writer.write(np.zeros((16, 16), np.uint8), contiguous=False)
    data = bytearray(buffer.getvalue())
    with tifffile.TiffFile(io.BytesIO(bytes(data))) as stack:
        first, second = (page.offset for page in stack.pages)
        tags = struct.unpack_from("<H", data, second)[0]
    struct.pack_into("<I", data, second + 2 + 12 * tags, first)
    return bytes(data)


def strips_outside() -> bytes:
    """A TIFF whose strip lies beyond the end of the file."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.full((64, 64), 9, np.uint8))
    return buffer.getvalue()[:-2000]


def zip_bomb() -> bytes:
    """A DOCX with a picture that unpacks to a gigabyte, of which it claims but one pixel."""
    header = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return docx({"image1.png": header + bytes(1 << 30)})


def write_huge_picture(path: Path) -> None:
    """A DOCX with an uncompressed picture of three gigabytes, honest in all it says."""
    side, step = 32_000, 1 << 20
    size = 3 * side * side
    header = struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 54 + size, 0, 0, 54, *(40, side, side, 1, 24), *[0] * 6)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        write_word(archive, "image1.bmp")
        with archive.open("word/media/image1.bmp", "w", force_zip64=True) as part:
            part.write(header)
            for start in range(0, size, step):
                part.write(bytes(min(step, size - start)))


def many_parts() -> bytes:
    """A DOCX of 20,000 parts."""
    return docx({f"image{number}.png": b"" for number in range(20_000)})


def overlapping_parts() -> bytes:
    """A DOCX whose parts all point at the same bytes."""
    data = bytearray(docx({f"image{number}.bin": np.random.default_rng(number).bytes(999) for number in range(50)}))
    at, offsets = data.find(b"PK\1\2"), []
    while at >= 0:
        offsets.append(at)
        at = data.find(b"PK\1\2", at + 4)
    kernel = struct.unpack_from("<I", data, offsets[2] + 42)[0]
    for offset in offsets[3:]:
        struct.pack_into("<I", data, offset + 42, kernel)
    return bytes(data)


def archive_in_archive() -> bytes:
    """A DOCX whose picture is a DOCX whose picture is a zip bomb."""
    return docx({"image1.png": docx({"image1.png": zip_bomb()})})


def _pdf(content: bytes, size: tuple[int, int] = (595, 842), **objects: pikepdf.Object) -> bytes:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=size)
    page.obj.Resources = pikepdf.Dictionary(
        XObject=pikepdf.Dictionary({f"/{name}": pdf.make_indirect(value) for name, value in objects.items()})
    )
    page.obj.Contents = pdf.make_stream(content)
    buffer = io.BytesIO()
    pdf.save(buffer)
    return buffer.getvalue()


def double_deflate() -> bytes:
    """A PDF with a picture of zeros that was compressed twice: four gigabytes in some kilobytes."""
    pdf = pikepdf.new()
    squeeze = zlib.compressobj(9)
    once = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(4096)) + squeeze.flush()
    image = pikepdf.Stream(
        pdf,
        zlib.compress(once, 9),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=65_536,
        Height=65_536,
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceGray,
        Filter=pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode]),
    )
    page = pdf.add_blank_page(page_size=(595, 842))
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=pdf.make_indirect(image)))
    page.obj.Contents = pdf.make_stream(b"q 400 0 0 400 90 300 cm /Im Do Q")
    buffer = io.BytesIO()
    pdf.save(buffer)
    return buffer.getvalue()


def nested_forms() -> bytes:
    """A PDF of forms, each of which draws the next one ten times: 10^12 drawings."""
    pdf = pikepdf.new()
    inner = pdf.make_stream(b"0 0 9 9 re f", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 99, 99])
    for _ in range(12):
        inner = pdf.make_stream(
            b"/F Do " * 10,
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Form,
            BBox=[0, 0, 99, 99],
            Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner)),
        )
    page = pdf.add_blank_page(page_size=(595, 842))
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
    page.obj.Contents = pdf.make_stream(b"/F Do")
    buffer = io.BytesIO()
    pdf.save(buffer)
    return buffer.getvalue()


def huge_page() -> bytes:
    """A PDF page of 14,400 points a side full of lines: five metres."""
    lines = b"".join(b"%d 0 m %d 14400 l S\n" % (x, 14_400 - x) for x in range(0, 14_400, 8))
    return _pdf(lines, (14_400, 14_400))


def many_pdf_pages() -> bytes:
    """A PDF of 5,000 pages."""
    pdf = pikepdf.new()
    for _ in range(5_000):
        pdf.add_blank_page(page_size=(595, 842))
    buffer = io.BytesIO()
    pdf.save(buffer)
    return buffer.getvalue()


BOMBS: dict[str, Callable[[], bytes]] = {
    "pixels.png": pixel_bomb,
    "passes.jpg": many_passes,
    "pages.tif": many_pages,
    "endless.tif": endless_tiff,
    "outside.tif": strips_outside,
    "bomb.docx": zip_bomb,
    "parts.docx": many_parts,
    "overlap.docx": overlapping_parts,
    "nested.docx": archive_in_archive,
    "deflate.pdf": double_deflate,
    "forms.pdf": nested_forms,
    "huge.pdf": huge_page,
    "pages.pdf": many_pdf_pages,
}
WRITTEN: dict[str, Callable[[Path], None]] = {"huge.docx": write_huge_picture}


def write_bomb(path: Path) -> str:
    """Write the bomb of that name there."""
    if path.name in WRITTEN:
        WRITTEN[path.name](path)
    else:
        path.write_bytes(BOMBS[path.name]())
    return str(path)
