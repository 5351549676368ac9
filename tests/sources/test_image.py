"""Every usual kind of picture is decoded to what a person sees, and its content is known by its pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from figecho.errors import InputError
from figecho.sources.image import from_array
from figecho.sources.open import read
from figecho.types import Picture
from picture_files import encode, texture, tiff


def one(path: str) -> Picture:
    (picture,) = read(path)
    assert picture.pixels.dtype == np.uint8 and picture.pixels.flags.c_contiguous
    return picture


LOSSLESS = {
    "png": lambda pixels: encode(pixels, "PNG"),
    "bmp": lambda pixels: encode(pixels, "BMP"),
    "ppm": lambda pixels: encode(pixels, "PPM"),
    "webp": lambda pixels: encode(pixels, "WEBP", lossless=True),
    "jp2": lambda pixels: encode(pixels, "JPEG2000"),
    "tif": lambda pixels: encode(pixels, "TIFF"),
    "lzw.tif": lambda pixels: encode(pixels, "TIFF", compression="tiff_lzw"),
    "tiled.tif": lambda pixels: tiff(pixels, tile=(32, 32), compression="zlib"),
}


@pytest.mark.parametrize("colour", [True, False])
def test_same_pixels_share_their_content_whatever_the_format(save, rgb, gray, colour: bool) -> None:
    pixels = rgb if colour else gray
    pictures = [one(save(f"a.{name}", write(pixels))) for name, write in LOSSLESS.items()]
    for picture in pictures:
        assert np.array_equal(picture.pixels, pixels)
    assert len({picture.content for picture in pictures}) == 1
    assert len({picture.document for picture in pictures}) == len(pictures)
    changed = pixels.copy()
    changed[-1, -1] ^= 1
    assert one(save("b.png", encode(changed, "PNG"))).content != pictures[0].content


def test_gray_stored_as_colour_palette_or_opaque_is_the_same_gray(save, gray) -> None:
    image = Image.fromarray(gray)
    opaque = image.convert("LA")
    versions = [image, image.convert("RGB"), image.convert("P"), opaque, opaque.convert("RGBA")]
    pictures = [one(save(f"{number}.png", encode(version, "PNG"))) for number, version in enumerate(versions)]
    assert {picture.content for picture in pictures} == {from_array(gray).content}
    assert all(picture.pixels.shape == gray.shape for picture in pictures)


def test_shape_is_part_of_the_content() -> None:
    flat = np.arange(64, dtype=np.uint8)
    assert from_array(flat.reshape(8, 8)).content != from_array(flat.reshape(4, 16)).content


def test_one_bit_is_black_and_white(save, gray) -> None:
    bits = gray > 128
    for name in ("PNG", "TIFF", "BMP"):
        assert np.array_equal(one(save("a", encode(Image.fromarray(bits), name))).pixels, bits * np.uint8(255))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_alpha_is_shown_over_white(save, rgb, kind: str) -> None:
    alpha = np.full(rgb.shape[:2], 255, np.uint8)
    alpha[:40] = 0
    alpha[40:60] = 128
    how = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    picture = one(save("a", encode(np.dstack([rgb, alpha]), kind, **how)))
    assert (picture.pixels[:40] == 255).all()
    half = rgb[40:60] * (128 / 255) + 255 * (1 - 128 / 255)
    assert np.abs(picture.pixels[40:60] - half).max() <= 0.51
    assert np.array_equal(picture.pixels[60:], rgb[60:])


def test_palette_with_a_transparent_colour(save) -> None:
    image = Image.new("P", (8, 6), 1)
    image.putpalette([0, 0, 0, 200, 10, 10])
    image.paste(0, (0, 0, 4, 6))
    picture = one(save("a.png", encode(image, "PNG", transparency=0)))
    assert (picture.pixels[:, :4] == 255).all() and (picture.pixels[:, 4:] == (200, 10, 10)).all()


def test_cmyk_jpeg_is_not_inverted(save, rgb) -> None:
    picture = one(save("a.jpg", encode(Image.fromarray(rgb).convert("CMYK"), "JPEG", quality=95)))
    assert np.abs(picture.pixels.astype(int) - rgb).mean() < 4


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_orientation_is_applied_and_recorded(save, rgb, orientation: int, kind: str) -> None:
    stored = Image.fromarray(rgb)
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # Image.Transpose back to the stored pixels
    if undo is not None:
        stored = stored.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[0x0112] = orientation
    how = {"tiffinfo": {274: orientation}} if kind == "TIFF" else {"exif": exif}
    how |= {"quality": 95} if kind == "JPEG" else {}
    picture = one(save("a", encode(stored, kind, **how)))
    assert picture.pixels.shape == rgb.shape
    assert np.abs(picture.pixels.astype(int) - rgb).mean() < (5 if kind == "JPEG" else 0.001)
    assert any(f"orientation {orientation} applied" in note for note in picture.notes) == (orientation > 1)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_frames_are_pages(save, gray, kind: str) -> None:
    frames = [Image.fromarray(np.roll(gray, 20 * step, axis=1)) for step in range(3)]
    how = {"lossless": True} if kind == "WEBP" else {}
    path = save("a", encode(frames[0], kind, save_all=True, append_images=frames[1:], **how))
    pictures = list(read(path))
    assert [(picture.page, picture.index) for picture in pictures] == [(1, 1), (2, 2), (3, 3)]
    for frame, picture in zip(frames, pictures, strict=True):
        assert np.abs(picture.pixels.astype(int) - np.asarray(frame)).max() <= 1
    (last,) = read(path, page=3)
    assert last.page == 3 and last.content == pictures[2].content


def test_dots_per_inch(save, rgb) -> None:
    for kind in ("PNG", "JPEG", "TIFF"):
        dpi = one(save("a", encode(rgb, kind, dpi=(300, 300)))).dpi
        assert dpi is not None and abs(dpi - 300) < 0.1
    assert one(save("a", encode(rgb, "PNG"))).dpi is None


def test_heic(save, rgb) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    picture = one(save("a.heic", encode(rgb, "HEIF", quality=95)))
    assert np.abs(picture.pixels.astype(int) - rgb).mean() < 6


def test_heic_without_its_package_says_what_to_install(save, rgb, monkeypatch: pytest.MonkeyPatch) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    path = save("a.heic", encode(rgb, "HEIF"))
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    with pytest.raises(InputError, match=r"pip install 'figecho\[formats\]'"):
        list(read(path))


@pytest.mark.parametrize("interlaced", [False, True])
def test_16_bit_colour_png_keeps_its_depth(save, rgb, interlaced: bool) -> None:
    deep = rgb.astype(np.uint16) * 8 + 300
    picture = one(save("a.png", _deep_png(deep, interlaced)))
    assert picture.content == from_array(deep).content
    assert picture.content == one(save("a.tif", tiff(deep, photometric="rgb"))).content
    assert picture.pixels.min() == 0 and picture.pixels.max() == 255
    assert "16-bit values" in picture.notes[0]


def _deep_png(pixels: np.ndarray, interlaced: bool) -> bytes:
    """PNG has no writer here for interlaced 16-bit colour: unfiltered lines, pass by pass."""
    import struct
    import zlib

    from figecho.sources.complete import ADAM7

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", len(content), name) + content + struct.pack(">I", zlib.crc32(name + content))

    lines = b""
    for x, y, step_x, step_y in ADAM7 if interlaced else ((0, 0, 1, 1),):
        for row in pixels[y::step_y, x::step_x]:
            lines += b"\0" + row.astype(">u2").tobytes()
    height, width, _ = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, interlaced)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_broken_text_and_profile_do_not_spoil_a_png(save, rgb) -> None:
    whole = encode(rgb, "PNG")
    broken = whole[:33] + b"\0\0\0\x04cHRMabcd\0\0\0\0" + whole[33:]
    assert one(save("a.png", broken)).content == from_array(rgb).content


class TestFromArray:
    @pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0, 3)])
    def test_empty(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(InputError, match="no pixels"):
            from_array(np.zeros(shape, np.uint8))

    @pytest.mark.parametrize(
        "array", [np.zeros(5), np.zeros((2, 2, 5)), np.zeros((1, 2, 2, 3)), np.zeros((3, 3), complex), "text", None]
    )
    def test_no_picture(self, array: object) -> None:
        with pytest.raises(InputError) as caught:
            from_array(array, name="left")
        assert caught.value.code == "not-an-image" and str(caught.value).startswith("left: ")

    def test_nothing_finite(self) -> None:
        with pytest.raises(InputError, match="finite"):
            from_array(np.full((4, 4), np.nan))

    def test_float_in_unit_range_is_times_255(self, rgb) -> None:
        picture = from_array(rgb / 255.0)
        assert np.array_equal(picture.pixels, rgb)

    def test_bool_and_plain_integers(self, gray) -> None:
        assert np.array_equal(from_array(gray > 99).pixels, (gray > 99) * np.uint8(255))
        assert from_array(gray.astype(int)).content == from_array(gray).content

    def test_pil_image_and_single_channel(self, rgb, gray) -> None:
        assert from_array(Image.fromarray(rgb)).content == from_array(rgb).content
        assert from_array(gray[:, :, None]).content == from_array(gray).content

    def test_broken_pil_image(self, rgb) -> None:
        image = Image.open(io.BytesIO(encode(rgb, "JPEG")[:900]))
        with pytest.raises(InputError) as caught:
            from_array(image)
        assert caught.value.code == "truncated"

    def test_leaves_its_input_alone(self) -> None:
        array = texture() / 300.0
        array[0, 0, 0] = np.nan
        before = array.copy()
        from_array(array)
        assert np.array_equal(array, before, equal_nan=True)
