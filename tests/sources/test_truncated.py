"""A file that lost its end is refused, never half decoded, wherever it was cut."""

import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from figecho.errors import InputError
from figecho.options import Limits
from figecho.sources.open import read
from picture_files import encode, texture, tiff

GRAY = np.asarray(Image.fromarray(texture()).convert("L"))
DEEP = GRAY.astype(np.uint16) * 13 + 300


def _animated(kind: str, **how: object) -> bytes:
    frames = [Image.fromarray(np.roll(GRAY, 20 * step, 1)) for step in range(3)]
    return encode(frames[0], kind, save_all=True, append_images=frames[1:], **how)


FILES: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: encode(texture(), "JPEG"),
    "jpeg gray": lambda: encode(GRAY, "JPEG"),
    "jpeg progressive": lambda: encode(texture(), "JPEG", progressive=True),
    "jpeg with restarts": lambda: encode(texture(), "JPEG", restart_marker_rows=1),
    "jpeg cmyk": lambda: encode(Image.fromarray(texture()).convert("CMYK"), "JPEG"),
    "png": lambda: encode(texture(), "PNG"),
    "png palette": lambda: encode(Image.fromarray(texture()).quantize(60), "PNG"),
    "apng": lambda: _animated("PNG"),
    "gif": lambda: encode(GRAY, "GIF"),
    "gif animated": lambda: _animated("GIF"),
    "webp": lambda: encode(texture(), "WEBP"),
    "webp lossless": lambda: encode(texture(), "WEBP", lossless=True),
    "webp animated": lambda: _animated("WEBP"),
    "bmp": lambda: encode(texture(), "BMP"),
    "bmp palette": lambda: encode(GRAY, "BMP"),
    "ppm": lambda: encode(texture(), "PPM"),
    "jpeg 2000": lambda: encode(texture(), "JPEG2000"),
    "tiff": lambda: encode(texture(), "TIFF"),
    "tiff lzw": lambda: encode(texture(), "TIFF", compression="tiff_lzw"),
    "tiff jpeg": lambda: encode(texture(), "TIFF", compression="jpeg"),
    "tiff 16-bit": lambda: tiff(DEEP, rowsperstrip=16),
    "tiff 16-bit tiled": lambda: tiff(DEEP, tile=(32, 32), compression="zlib"),
    "tiff one directory for all": lambda: tiff(np.stack([DEEP] * 3), photometric="minisblack", truncate=True),
}


@pytest.mark.parametrize("kind", FILES)
def test_cut_anywhere_is_refused(save, kind: str) -> None:
    whole = FILES[kind]()
    assert list(read(save("whole", whole)))
    cuts = {*range(1, 20), *np.linspace(20, len(whole) - 32, 45).astype(int).tolist()}
    for cut in sorted(cuts):
        with pytest.raises(InputError) as caught:
            list(read(save("cut", whole[: len(whole) - cut])))
        assert caught.value.code in ("truncated", "damaged"), f"{cut} bytes missing: {caught.value}"


def test_stack_that_loses_pages_is_refused(save) -> None:
    whole = tiff(np.stack([DEEP, DEEP + 1, DEEP + 2]), photometric="minisblack")
    expected = [picture.content for picture in read(save("whole", whole))]
    accepted = 0
    for cut in range(1, len(whole) - 16, 997):
        try:
            found = [picture.content for picture in read(save("cut", whole[: len(whole) - cut]))]
        except InputError:
            continue
        accepted += 1  # the writer leaves reserved bytes behind the last directory
        assert found == expected
    assert accepted <= 1


@pytest.mark.parametrize("kind", ["jpeg", "jpeg gray", "jpeg with restarts", "jpeg cmyk"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
def test_jpeg_that_was_cut_and_given_an_end_is_refused(save, kind: str, share: float) -> None:
    whole = FILES[kind]()
    with pytest.raises(InputError, match=r"JPEG data stop at \d+ %"):
        list(read(save("a.jpg", whole[: int(share * len(whole))] + b"\xff\xd9")))


@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8, 0.95])
def test_jpeg_of_several_passes_that_was_cut_and_given_an_end_is_refused(save, gray: bool, share: float) -> None:
    whole = encode(GRAY if gray else texture(), "JPEG", progressive=True)
    assert list(read(save("whole.jpg", whole)))
    with pytest.raises(InputError, match=r"JPEG data stop within a pass|passes of the JPEG data are missing"):
        list(read(save("a.jpg", whole[: int(share * len(whole))] + b"\xff\xd9")))


@pytest.mark.parametrize("kind", ["jpeg", "jpeg gray", "jpeg progressive", "jpeg with restarts", "jpeg cmyk"])
def test_jpeg_with_bytes_behind_its_end_is_whole(save, kind: str) -> None:
    whole = FILES[kind]()
    (plain,) = read(save("a.jpg", whole))
    (trailing,) = read(save("b.jpg", whole + b"appended by a camera \xff\xd8\xff\xe1"))
    assert plain.content == trailing.content


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (16, 16), (17, 33), (64, 200)])
def test_small_and_odd_jpegs_are_whole(save, subsampling: int, size: tuple[int, int]) -> None:
    for quality in (10, 75, 100):
        for black in (False, True):
            pixels = texture(*size) * (not black)
            content = encode(pixels.astype(np.uint8), "JPEG", quality=quality, subsampling=subsampling)
            (picture,) = read(save("a.jpg", content))
            assert picture.pixels.shape[:2] == size


def test_jpeg_with_black_below_is_whole(save) -> None:
    pixels = texture()
    pixels[40:] = 0
    assert list(read(save("a.jpg", encode(pixels, "JPEG"))))


def test_png_with_too_few_rows_in_sound_chunks_is_refused(save) -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", len(content), name) + content + struct.pack(">I", zlib.crc32(name + content))

    def png(rows: int) -> bytes:
        header = struct.pack(">IIBBBBB", 60, 50, 8, 0, 0, 0, 0)
        lines = b"".join(b"\0" + bytes(range(60)) for _ in range(rows))
        body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + body

    assert list(read(save("a.png", png(50))))
    with pytest.raises(InputError, match="PNG data stop at 40 %"):
        list(read(save("b.png", png(20))))


def test_changed_byte_in_png_data_is_refused(save) -> None:
    content = bytearray(encode(texture(), "PNG"))
    content[len(content) // 2] ^= 1
    with pytest.raises(InputError, match="wrong checksum"):
        list(read(save("a.png", bytes(content))))


@pytest.mark.parametrize("kind", FILES)
def test_no_other_exception_escapes_from_spoiled_bytes(save, kind: str) -> None:
    whole = FILES[kind]()
    rng = np.random.default_rng(11)
    for _ in range(60):
        content = bytearray(whole)
        for at in rng.integers(0, min(len(whole), int(rng.choice([60, 400, len(whole)]))), 4):
            content[at] = rng.integers(256)
        try:
            for picture in read(save("spoiled", bytes(content))):
                assert picture.pixels.dtype == np.uint8 and picture.pixels.size
        except InputError as error:
            assert error.cause and error.remedy


def test_a_jpeg_with_too_many_passes_is_refused_before_it_is_decoded(tmp_path) -> None:
    """Each pass costs a whole picture's decoding: thousands keep a decoder busy for hours."""
    data = FILES["jpeg progressive"]()
    first = data.index(b"\xff\xda")
    second = data.index(b"\xff\xc4", first)
    file = tmp_path / "passes.jpg"
    file.write_bytes(data[:first] + data[first:second] * 150 + data[second:])
    with pytest.raises(InputError, match=r"15\d passes are more than the limit of 100") as refused:
        list(read(str(file)))
    assert refused.value.code == "oversized"
    list(read(str(file), limits=Limits(max_jpeg_scans=1000)))
