"""TIFF as microscopes, scanners and ImageJ write it."""

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from figecho.errors import InputError
from figecho.sources.image import from_array
from figecho.sources.open import read
from picture_files import encode, texture, tiff


def deep(gray: np.ndarray) -> np.ndarray:
    return gray.astype(np.uint16) * 13 + 300


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"compression": "lzw"},
        {"compression": "zlib", "predictor": True},
        {"compression": "zstd"},
        {"compression": "packbits"},
        {"compression": "lzma"},
        {"compression": "jpeg2000", "tile": (32, 32)},
        {"tile": (32, 48)},
        {"rowsperstrip": 7},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"imagej": True},
    ],
    ids=str,
)
def test_16_bit_of_every_kind(save, gray, how: dict) -> None:
    (picture,) = read(save("a.tif", tiff(deep(gray), **how)))
    assert picture.content == from_array(deep(gray)).content
    assert picture.pixels.min() == 0 and picture.pixels.max() == 255 and picture.page is None


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i2", "u4", "i4"])
def test_other_number_types(save, gray, dtype: str) -> None:
    values = (gray.astype(float) * 3 - (0 if dtype[0] == "u" else 200)).astype(dtype)
    (picture,) = read(save("a.tif", tiff(values)))
    assert np.corrcoef(picture.pixels.ravel(), gray.ravel())[0, 1] > 0.999
    assert picture.pixels.min() == 0 and picture.pixels.max() == 255


@pytest.mark.parametrize("bits", [2, 4])
def test_few_bits_are_stretched(save, bits: int) -> None:
    values = np.arange(1 << bits, dtype=np.uint8).repeat(4).reshape(4, -1)
    content = tiff(values, bitspersample=bits)
    (picture,) = read(save("a.tif", content))
    assert sorted(np.unique(picture.pixels)) == [255 * value // ((1 << bits) - 1) for value in range(1 << bits)]


def test_white_is_zero_is_shown_as_meant(save, gray) -> None:
    (picture,) = read(save("a.tif", tiff(255 - gray, photometric="miniswhite")))
    assert np.array_equal(picture.pixels, gray)
    (picture,) = read(save("b.tif", tiff(65535 - deep(gray), photometric="miniswhite")))
    assert picture.content == from_array(deep(gray)).content


def test_planar_colour(save, rgb) -> None:
    content = tiff(np.moveaxis(rgb, 2, 0), photometric="rgb", planarconfig="separate")
    (picture,) = read(save("a.tif", content))
    assert np.array_equal(picture.pixels, rgb)


def test_palette_cmyk_and_fax(save, rgb) -> None:
    image = Image.fromarray(rgb)
    palette = image.quantize(32)
    (picture,) = read(save("p.tif", encode(palette, "TIFF")))
    assert np.array_equal(picture.pixels, np.asarray(palette.convert("RGB")))
    (picture,) = read(save("c.tif", encode(image.convert("CMYK"), "TIFF")))
    assert np.array_equal(picture.pixels, np.asarray(image.convert("CMYK").convert("RGB")))
    fax = image.convert("1")
    (picture,) = read(save("f.tif", encode(fax, "TIFF", compression="group4")))
    assert np.array_equal(picture.pixels, np.asarray(fax.convert("L")))


def test_lab_and_ycbcr(save, rgb) -> None:
    lab = ImageCms.createProfile("LAB")
    image = Image.fromarray(rgb)
    picture_lab = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), lab, outputMode="LAB")
    assert picture_lab is not None
    (picture,) = read(save("l.tif", encode(picture_lab, "TIFF")))
    assert np.abs(picture.pixels.astype(int) - rgb).mean() < 3
    whole = tiff(np.asarray(image.convert("YCbCr")), photometric="ycbcr", compression="zlib", subsampling=(1, 1))
    (picture,) = read(save("y.tif", whole))
    assert np.abs(picture.pixels.astype(int) - rgb).max() <= 3


def test_jpeg_inside(save, rgb) -> None:
    content = tiff(rgb, compression="jpeg", compressionargs={"level": 95}, tile=(64, 64), photometric="rgb")
    (picture,) = read(save("a.tif", content))
    assert np.abs(picture.pixels.astype(int) - rgb).mean() < 5


def test_alpha_over_white_and_premultiplied(save, rgb) -> None:
    alpha = np.full((*rgb.shape[:2], 1), 255, np.uint8)
    alpha[:50] = 51
    over = rgb[:50] * 0.2 + 255 * 0.8
    for kind, colour in (("unassalpha", rgb), ("assocalpha", np.rint(rgb * (alpha / 255.0)).astype(np.uint8))):
        content = tiff(np.concatenate([colour, alpha], 2), photometric="rgb", extrasamples=[kind])
        (picture,) = read(save("a.tif", content))
        assert np.abs(picture.pixels[:50] - over).max() <= 1.1
        assert np.array_equal(picture.pixels[50:], rgb[50:])


def test_channels_that_are_no_colours_are_pictures_of_their_own(save, gray) -> None:
    channels = np.stack([np.roll(gray, 9 * step, 0) for step in range(4)], axis=2)
    content = tiff(channels, photometric="minisblack", planarconfig="contig", extrasamples=[0, 0, 0])
    pictures = list(read(save("a.tif", content)))
    assert [picture.index for picture in pictures] == [1, 2, 3, 4]
    assert all(np.array_equal(p.pixels, channels[:, :, at]) for at, p in enumerate(pictures))
    assert "channel 3 of 4" in pictures[2].notes


@pytest.mark.parametrize(
    "how", [{}, {"imagej": True}, {"truncate": True}, {"compression": "zlib"}, {"bigtiff": True}], ids=str
)
def test_every_page_of_a_stack(save, gray, how: dict) -> None:
    stack = np.stack([np.roll(deep(gray), 7 * step, 1) for step in range(5)])
    path = save("a.tif", tiff(stack, photometric="minisblack", **how))
    pictures = list(read(path))
    assert [picture.page for picture in pictures] == [1, 2, 3, 4, 5]
    assert [picture.content for picture in pictures] == [from_array(plane).content for plane in stack]
    (fourth,) = read(path, page=4)
    assert fourth.content == pictures[3].content and fourth.index == 4


def test_thumbnails_are_left_out_and_said(save, gray) -> None:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(gray)
        writer.write(gray[::2, ::2], subfiletype=1)
    path = save("a.tif", buffer.getvalue())
    (picture,) = read(path)
    assert picture.page == 1 and "1 reduced copies or masks in the file left out" in picture.notes
    (thumbnail,) = read(path, page=2)
    assert thumbnail.pixels.shape == gray[::2, ::2].shape


def test_pages_that_loop_are_read_once(save, gray) -> None:
    content = bytearray(tiff(gray))
    (first,) = np.frombuffer(content[4:8], "<u4")
    entries = int(np.frombuffer(content[first : first + 2], "<u2")[0])
    end = first + 2 + 12 * entries
    content[end : end + 4] = content[4:8]
    assert len(list(read(save("a.tif", bytes(content))))) == 1


def test_camera_raw_is_refused(save, gray) -> None:
    content = tiff(deep(gray), photometric="cfa", extratags=[(50706, 1, 4, b"\1\4\0\0", True)])
    with pytest.raises(InputError, match="camera raw"):
        list(read(save("a.dng", content)))


def test_nothing_is_logged_or_printed(
    save, gray, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    content = bytearray(tiff(gray, resolution=(300, 300)))
    unit = content.index(struct.pack("<HHI", 296, 3, 1)) + 8
    content[unit] = 77  # no unit of length that exists
    assert len(list(read(save("a.tif", bytes(content))))) == 1
    compressed = encode(texture(), "TIFF", compression="tiff_lzw")
    for cut in range(0, len(compressed), len(compressed) // 40):
        try:
            list(read(save("a.tif", compressed[: len(compressed) - cut])))
        except InputError:
            continue
    captured = capfd.readouterr()
    assert captured.out == captured.err == "" and caplog.records == []


def test_refusal_says_where_the_data_stop(save, gray) -> None:
    content = tiff(deep(gray), rowsperstrip=16)
    with pytest.raises(InputError, match="TIFF data stop at strip or tile 4 of 6"):
        list(read(save("a.tif", content[: len(content) - 11_000])))
