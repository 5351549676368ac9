"""Pictures embedded in a PDF come out with the very samples that were put in."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

from figecho.errors import InputError
from figecho.sources.open import read
from figecho.types import Picture
from pdf_files import Paper, draw, text
from picture_files import encode, texture
from sources.conftest import Save


def only(path: str) -> Picture:
    pictures = list(read(path))
    assert len(pictures) == 1
    return pictures[0]


def placed(paper: Paper, name: str = "Im") -> bytes:
    """A page with this one picture."""
    paper.page(draw(name, 100, 400, 256, 192))
    return paper.bytes()


def test_a_jpeg_is_decoded_as_the_file_that_it_is(save: Save, rgb: np.ndarray) -> None:
    paper = Paper()
    data = paper.jpeg("Im", rgb)
    found, alone = only(save("paper.pdf", placed(paper))), only(save("alone.jpg", data))
    assert np.array_equal(found.pixels, alone.pixels)
    assert found.content == alone.content
    assert found.page == 1 and found.dpi is None


def test_samples_of_every_depth(save: Save, rgb: np.ndarray, gray: np.ndarray) -> None:
    for pixels in (rgb, gray):
        paper = Paper()
        paper.flate("Im", pixels)
        assert np.array_equal(only(save("paper.pdf", placed(paper))).pixels, pixels)


def test_16_bit_samples_keep_their_values(save: Save) -> None:
    deep = (np.arange(96 * 128, dtype=np.uint16).reshape(96, 128) * 5 + 3).astype(np.uint16)
    paper = Paper()
    paper.flate("Im", deep)
    found, alone = only(save("paper.pdf", placed(paper))), only(save("alone.png", encode(deep, "PNG")))
    assert found.content == alone.content
    assert any("16-bit" in note for note in found.notes)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_samples_smaller_than_a_byte(save: Save, bits: int) -> None:
    top = (1 << bits) - 1
    levels = np.random.default_rng(1).integers(0, top + 1, (70, 101), dtype=np.uint8)
    planes = (levels[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1
    rows = np.packbits(planes.reshape(70, -1), axis=1)
    paper = Paper()
    entries = {"Width": 101, "Height": 70, "BitsPerComponent": bits, "ColorSpace": Name.DeviceGray}
    paper.add("Im", rows.tobytes(), **entries)
    assert np.array_equal(only(save("paper.pdf", placed(paper))).pixels, levels * (255 // top))


def test_a_palette(save: Save) -> None:
    palette = np.random.default_rng(2).integers(0, 256, (200, 3), dtype=np.uint8)
    indices = np.random.default_rng(3).integers(0, 200, (80, 90), dtype=np.uint8)
    paper = Paper()
    space = Array([Name.Indexed, Name.DeviceRGB, 199, Stream(paper.pdf, palette.tobytes())])
    paper.flate("Im", indices, ColorSpace=space)
    assert np.array_equal(only(save("paper.pdf", placed(paper))).pixels, palette[indices])


def test_an_icc_profile_changes_no_sample(save: Save, rgb: np.ndarray) -> None:
    paper = Paper()
    profile = Stream(paper.pdf, b"any profile", N=3)
    paper.flate("Im", rgb, ColorSpace=Array([Name.ICCBased, profile]))
    assert np.array_equal(only(save("paper.pdf", placed(paper))).pixels, rgb)


def test_ink_becomes_light(save: Save) -> None:
    inks = np.zeros((70, 80, 4), np.uint8)
    inks[:, :40, 0] = 255  # cyan
    inks[:, 40:, 3] = 255  # black
    paper = Paper()
    paper.flate("Im", inks)
    pixels = only(save("paper.pdf", placed(paper))).pixels
    assert pixels[0, 0].tolist() == [0, 255, 255]
    assert pixels[0, -1].tolist() == [0, 0, 0]


def test_a_cmyk_jpeg_and_its_inverted_twin_look_the_same(save: Save, rgb: np.ndarray) -> None:
    plain = Image.fromarray(rgb).convert("CMYK")
    data = encode(plain, "JPEG", quality=95)  # Pillow writes all CMYK inverted, as Photoshop does
    with Image.open(io.BytesIO(data)) as opened:
        wanted = np.asarray(opened.convert("RGB"))
    paper = Paper()
    inverted = Array([1, 0] * 4)
    size = {"Width": 128, "Height": 96, "BitsPerComponent": 8, "ColorSpace": Name.DeviceCMYK}
    paper.add("Im", data, Filter=Name.DCTDecode, Decode=inverted, **size)
    assert np.array_equal(only(save("paper.pdf", placed(paper))).pixels, wanted)


def test_a_decode_array_that_inverts(save: Save, gray: np.ndarray) -> None:
    paper = Paper()
    paper.flate("Im", gray, Decode=Array([1, 0]))
    assert np.array_equal(only(save("paper.pdf", placed(paper))).pixels, 255 - gray)


def test_a_soft_mask_lies_over_white(save: Save, rgb: np.ndarray) -> None:
    alpha = np.zeros(rgb.shape[:2], np.uint8)
    alpha[:, 64:] = 255
    paper = Paper()
    paper.flate("Mask", alpha)
    paper.flate("Im", rgb, SMask=paper.resources().XObject.Mask)
    pixels = only(save("paper.pdf", placed(paper))).pixels
    assert (pixels[:, :64] == 255).all()
    assert np.array_equal(pixels[:, 64:], rgb[:, 64:])


def test_a_stencil_mask_and_a_masked_range_hide_pixels(save: Save, gray: np.ndarray) -> None:
    hidden = np.zeros(gray.shape, np.uint8)
    hidden[:20] = 1
    paper = Paper()
    size = {"Width": gray.shape[1], "Height": gray.shape[0]}
    paper.add("Mask", np.packbits(hidden, axis=1).tobytes(), ImageMask=True, BitsPerComponent=1, **size)
    paper.flate("Im", gray, Mask=paper.resources().XObject.Mask)
    wanted = np.where(hidden == 1, 255, gray)
    assert np.array_equal(only(save("paper.pdf", placed(paper))).pixels, wanted)

    paper = Paper()
    paper.flate("Im", gray, Mask=Array([0, 100]))
    wanted = np.where(gray <= 100, 255, gray)
    assert np.array_equal(only(save("paper.pdf", placed(paper))).pixels, wanted)


def test_jpeg_2000(save: Save, rgb: np.ndarray) -> None:
    paper = Paper()
    data = encode(rgb, "JPEG2000", irreversible=False)
    paper.add("Im", data, Filter=Name.JPXDecode, Width=128, Height=96)
    assert np.array_equal(only(save("paper.pdf", placed(paper))).pixels, rgb)


def test_a_fax_picture(save: Save) -> None:
    page = np.where(texture(100, 128)[:, :, 0] > 128, 255, 0).astype(np.uint8)
    file = encode(Image.fromarray(page).convert("1"), "TIFF", compression="group4")
    with Image.open(io.BytesIO(file)) as opened:
        (offset,), (length,) = opened.tag_v2[273], opened.tag_v2[279]  # type: ignore[attr-defined]
        white_is_zero = opened.tag_v2[262] == 0  # type: ignore[attr-defined]
    paper = Paper()
    parameters = Dictionary(K=-1, Columns=128, Rows=100, BlackIs1=not white_is_zero)
    size = {"Width": 128, "Height": 100, "BitsPerComponent": 1, "ColorSpace": Name.DeviceGray}
    data = file[offset : offset + length]
    paper.add("Im", data, Filter=Name.CCITTFaxDecode, DecodeParms=parameters, **size)
    assert np.array_equal(only(save("paper.pdf", placed(paper))).pixels, page)


def test_two_filters_around_a_jpeg(save: Save, rgb: np.ndarray) -> None:
    data = encode(rgb, "JPEG", quality=90)
    paper = Paper()
    filters = Array([Name.FlateDecode, Name.DCTDecode])
    size = {"Width": 128, "Height": 96, "BitsPerComponent": 8, "ColorSpace": Name.DeviceRGB}
    paper.add("Im", zlib.compress(data), Filter=filters, **size)
    alone = only(save("alone.jpg", data))
    assert np.array_equal(only(save("paper.pdf", placed(paper))).pixels, alone.pixels)


def test_an_inline_picture(save: Save) -> None:
    levels = np.random.default_rng(4).integers(0, 256, (70, 80), dtype=np.uint8)
    data = levels.tobytes().hex()
    paper = Paper()
    paper.page(f"q 160 0 0 140 100 400 cm BI /W 80 /H 70 /BPC 8 /CS /G /F /AHx ID {data}> EI Q")
    assert np.array_equal(only(save("paper.pdf", paper.bytes())).pixels, levels)


@pytest.mark.parametrize(("rows", "columns"), [(4, 1), (1, 3), (3, 4)])
def test_strips_and_tiles_are_put_together_again(save: Save, rgb: np.ndarray, rows: int, columns: int) -> None:
    paper, operators, unit = Paper(), [], 2.0
    for r, strip in enumerate(np.array_split(rgb, rows)):
        top = 600 - unit * len(np.concatenate(np.array_split(rgb, rows)[:r], axis=0)) if r else 600
        left = 100.0
        for c, tile in enumerate(np.array_split(strip, columns, axis=1)):
            name = paper.flate(f"T{r}x{c}", tile)
            height, width = unit * tile.shape[0], unit * tile.shape[1]
            operators.append(draw(name, left, top - height, width, height))
            left += width
    paper.page(*operators)
    found = only(save("paper.pdf", paper.bytes()))
    assert np.array_equal(found.pixels, rgb)
    assert f"put together from {rows * columns} pieces" in found.notes


def test_clipping_cuts_what_the_page_does_not_show(save: Save, rgb: np.ndarray) -> None:
    paper = Paper()
    paper.flate("Im", rgb)
    paper.page("q 100 400 128 192 re W n", draw("Im", 100, 400, 256, 192), "Q")
    found = only(save("paper.pdf", paper.bytes()))
    assert np.array_equal(found.pixels, rgb[:, :64])
    assert "cut to what the page shows" in found.notes


@pytest.mark.parametrize(
    ("matrix", "turn"),
    [
        ("256 0 0 192 100 400", lambda p: p),
        ("-256 0 0 -192 356 592", lambda p: p[::-1, ::-1]),
        ("0 256 -192 0 392 400", lambda p: np.rot90(p)),  # counter-clockwise on the page
        ("0 -256 192 0 100 656", lambda p: np.rot90(p, -1)),
        ("-256 0 0 192 356 400", lambda p: p[:, ::-1]),
    ],
)
def test_a_turned_picture_comes_out_as_the_page_shows_it(
    save: Save, rgb: np.ndarray, matrix: str, turn: object
) -> None:
    paper = Paper()
    paper.flate("Im", rgb)
    paper.page(f"q {matrix} cm /Im Do Q")
    assert np.array_equal(only(save("paper.pdf", paper.bytes())).pixels, turn(rgb))  # type: ignore[operator]


def test_a_turned_page(save: Save, rgb: np.ndarray) -> None:
    paper = Paper()
    paper.flate("Im", rgb)
    paper.page(draw("Im", 100, 400, 256, 192), rotate=90)
    assert np.array_equal(only(save("paper.pdf", paper.bytes())).pixels, np.rot90(rgb, -1))


def test_letters_find_their_place_through_nested_turned_forms(save: Save, rgb: np.ndarray) -> None:
    """The picture is drawn by a form inside a turned form; a letter is drawn over it at a known pixel."""
    paper = Paper()
    paper.flate("Im", rgb)
    inner = paper.form("Inner", draw("Im", 10, 10, 256, 192), (0, 0, 300, 300), (1, 0, 0, 1, 5, 5))
    outer = paper.form("Outer", f"q 0.5 0 0 0.5 0 0 cm /{inner} Do Q", (0, 0, 200, 200))
    # Turned by 90° counter-clockwise: the form's x runs up the page, and its y to the left.
    paper.page(f"q 0 2 -2 0 400 200 cm /{outer} Do Q", text("B", 300, 300, 20))
    found = only(save("paper.pdf", paper.bytes()))
    assert np.array_equal(found.pixels, np.rot90(rgb))
    # On the page the picture covers x from 193 to 385 and y from 215 to 471, so 2 points a pixel.
    (letter,) = found.texts
    x, y, width, height = letter.bbox
    assert letter.text == "B"
    assert x == pytest.approx((300 - 193) / 2, abs=2)
    assert y + height == pytest.approx((471 - 300) / 2, abs=1)
    assert 4 < width < 9 and 5 < height < 9


def test_a_truncated_jpeg_is_refused(save: Save) -> None:
    data = encode(texture(400, 500), "JPEG", quality=90)
    paper = Paper()
    size = {"Width": 500, "Height": 400, "BitsPerComponent": 8, "ColorSpace": Name.DeviceRGB}
    paper.add("Im", data[: len(data) // 2], Filter=Name.DCTDecode, **size)
    with pytest.raises(InputError) as caught:
        list(read(save("paper.pdf", placed(paper))))
    assert caught.value.code == "truncated"


def test_samples_that_are_missing_are_refused(save: Save, gray: np.ndarray) -> None:
    paper = Paper()
    size = {"Width": 128, "Height": 96, "BitsPerComponent": 8, "ColorSpace": Name.DeviceGray}
    paper.add("Im", gray.tobytes()[:5000], **size)
    with pytest.raises(InputError) as caught:
        list(read(save("paper.pdf", placed(paper))))
    assert caught.value.code == "truncated"
