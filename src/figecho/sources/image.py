"""Image files that Pillow decodes, and arrays from Python → pictures."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from figecho.errors import FigechoError, InputError
from figecho.sources import complete, deep_png, display
from figecho.sources.display import Pixels
from figecho.sources.mend import mend_jpeg, mend_png
from figecho.sources.request import Request
from figecho.types import Picture

#: Pillow's names of the formats that each reader may open. The others stay closed: fewer decoders meet hostile files.
FORMATS = {
    "png": ("PNG",),
    "jpeg": ("JPEG", "MPO"),
    "gif": ("GIF",),
    "webp": ("WEBP",),
    "bmp": ("BMP",),
    "jpeg2000": ("JPEG2000",),
    "pnm": ("PPM",),
    "avif": ("AVIF",),
    "heif": ("HEIF",),
}
#: Formats whose frames are read as pages; an MPO's further pictures are previews or the other eye's view.
_ANIMATED = ("GIF", "WEBP", "PNG")
_ORIENTATION = 0x0112
_TRUNCATED = ("truncat", "not enough", "end of file", "buffer overrun", "unexpected end", "index out of range")


def read_image(request: Request, kind: str) -> Iterator[Picture]:
    """The pictures of an image file of one of `FORMATS`: one, or each frame of an animation.

    Raises
    ------
    InputError : a truncated, damaged, oversized or unsupported file, or a page that is not there.
    """
    if Path(request.path).stat().st_size > request.limits.memory_bytes:
        raise InputError(request.path, "oversized", "the file is larger than the memory limit", "shrink it first")
    data = Path(request.path).read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns on standard error of odd metadata, which is not read here
        request, data, sound = _whole(request, kind, data)
        image, data = _open(request, kind, data, sound)
        count = _frames(request, image)
    for page in request.pages(count):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pixels, notes = _frame(request, image, data, page)
            dots = _dpi(image)
        yield picture(request, pixels, index=page, page=page if count > 1 else None, dpi=dots, notes=notes)


def _whole(request: Request, kind: str, data: bytes) -> tuple[Request, bytes, bytes]:
    """Check that a file is whole: its data, and those to fall back on where what does not matter is broken.

    One that lost its end is completed with nothing where it is to be salvaged; the request then tells of the damage.
    """
    check, mend = _CHECKS.get(kind), _MENDERS.get(kind)
    try:
        return request, data, data if check is None else check(request, data) or data
    except InputError as error:
        if mend is None:
            raise
        request, mended = request.salvaged(error), mend(request, data)
        return request, mended, mended


_CHECKS: dict[str, Callable[[Request, bytes], bytes | None]] = {
    "png": complete.check_png,
    "jpeg": complete.check_jpeg,
    "gif": complete.check_gif,
    "webp": complete.check_webp,
}
_MENDERS: dict[str, Callable[[Request, bytes], bytes]] = {"png": mend_png, "jpeg": mend_jpeg}


def _open(request: Request, kind: str, data: bytes, sound: bytes) -> tuple[Image.Image, bytes]:
    """Open a file without decoding it; with the data that it was opened with."""
    if kind == "heif":
        _register_heif(request)
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS[kind])
        request.check_size(image.width, image.height)
        if sound is not data:  # text chunks are read only now, and may be broken
            image.load()
    except FigechoError:
        raise
    except Exception as error:  # a decoder may raise anything on hostile bytes
        if sound is data:
            raise _refusal(request, error) from error
        try:
            return Image.open(io.BytesIO(sound), formats=FORMATS[kind]), sound
        except Exception as again:  # as above
            raise _refusal(request, again) from again
    return image, data


def _register_heif(request: Request) -> None:
    try:
        import pillow_heif
    except ImportError as error:
        raise request.unsupported(
            "HEIC and HEIF pictures need an optional package", "pip install 'figecho[formats]'"
        ) from error
    pillow_heif.register_heif_opener()


def _frames(request: Request, image: Image.Image) -> int:
    if image.format not in _ANIMATED:
        return 1
    try:
        return max(1, int(getattr(image, "n_frames", 1)))
    except Exception as error:  # as in _open
        raise _refusal(request, error) from error


def _frame(request: Request, image: Image.Image, data: bytes, page: int) -> tuple[Pixels, list[str]]:
    """Decode one frame: pixels with alpha over white, upright; and notes."""
    try:
        if getattr(image, "n_frames", 1) > 1 and image.format in _ANIMATED:
            image.seek(page - 1)
        image.load()
        pixels = _deep_pixels(image, data)
        if pixels is None:
            pixels = pillow_pixels(image)
        orientation = image.getexif().get(_ORIENTATION, 1)
    except FigechoError:
        raise
    except Exception as error:  # as in _open
        raise _refusal(request, error) from error
    notes = []
    if isinstance(orientation, int) and 2 <= orientation <= 8:
        pixels = display.upright(pixels, orientation)
        notes.append(f"EXIF orientation {orientation} applied")
    return display.flatten(pixels), notes


def _deep_pixels(image: Image.Image, data: bytes) -> Pixels | None:
    """16-bit PNG and JPEG 2000 with several channels, which Pillow would cut to 8 bits; None for all others."""
    if image.format == "PNG" and data[24] == 16 and data[25] != 0 and getattr(image, "n_frames", 1) == 1:
        return deep_png.decode(data)
    if image.format == "JPEG2000" and image.mode in ("LA", "RGB", "RGBA"):
        import imagecodecs

        pixels = np.asarray(imagecodecs.jpeg2k_decode(data))
        return pixels if pixels.dtype != np.uint8 and pixels.shape[:2] == image.size[::-1] else None
    return None


def pillow_pixels(image: Image.Image) -> Pixels:
    """The pixels of a loaded Pillow image: ``(H, W)`` or ``(H, W, 2|3|4)`` with alpha last, of any real type."""
    mode = image.mode
    if mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif mode in ("1", "L", "RGB") and "transparency" in image.info:
        image = image.convert("RGBA" if mode == "RGB" else "LA")
    elif mode == "1":
        image = image.convert("L")
    elif mode == "LAB":
        image = lab_to_rgb(image)
    elif mode == "RGBa":
        image = image.convert("RGBA")
    elif mode in ("La", "PA"):
        image = image.convert("LA" if mode == "La" else "RGBA")
    elif mode in ("CMYK", "YCbCr", "HSV", "RGBX"):
        image = image.convert("RGB")
    return np.asarray(image)


def lab_to_rgb(image: Image.Image) -> Image.Image:
    """A CIELAB image (D50) in sRGB."""
    from PIL import ImageCms

    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    return image if converted is None else converted


def _dpi(image: Image.Image) -> float | None:
    dots: Any = image.info.get("dpi")
    try:
        value = float(dots[0])
    except (TypeError, ValueError, IndexError, KeyError, ZeroDivisionError, OverflowError):
        return None
    return value if 1 < value < 100_000 else None


def _refusal(request: Request, error: Exception) -> InputError:
    """What a decoder's exception means to the user."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, (Image.DecompressionBombError, MemoryError)):
        return InputError(request.path, "oversized", "it would need too much memory", "crop or shrink it first")
    if isinstance(error, UnidentifiedImageError):
        return request.damaged("its header is broken")
    if any(words in text.lower() for words in _TRUNCATED):
        return request.truncated("picture data are missing")
    if isinstance(error, NotImplementedError) or "unsupported" in text.lower():
        return request.unsupported(f"this variant of the format cannot be read ({text})")
    return request.damaged(text.removesuffix(" when reading image file")[:120])


def picture(
    request: Request,
    pixels: Pixels,
    *,
    index: int = 1,
    page: int | None = None,
    dpi: float | None = None,
    notes: list[str] | tuple[str, ...] = (),
) -> Picture:
    """A picture from decoded, flat, upright pixels ``(H, W)`` or ``(H, W, 3)``: hash, then scale for display."""
    pixels = display.canonical(pixels)
    try:
        visible, note = display.shown(pixels)
    except ValueError as error:
        raise request.damaged("no pixel has a finite value") from error
    return Picture(
        pixels=visible,
        content=display.content_hash(pixels),
        document=request.document,
        path=request.path,
        index=index,
        page=page,
        dpi=dpi,
        notes=(*notes, note) if note else tuple(notes),
        damage=request.damage,
    )


def from_array(array: Any, *, name: str = "array") -> Picture:
    """A picture from a NumPy array or a PIL image, for the Python API.

    Parameters
    ----------
    array : ``(H, W)`` or ``(H, W, 1|2|3|4)``, bool, integer or float; 2 and 4 channels end in alpha, shown over
        white. uint8, bool and signed or wide integers within 0–255 are taken as they are; floats that use at least
        half of 0–1 are multiplied by 255; everything else is scaled as described in `figecho.sources.display.shown`.
        Or a PIL image of any mode.
    name : stands in for a path, in messages and results.

    Raises
    ------
    InputError : a wrong shape or type, no pixels, or no finite value.
    """
    request = Request(path=name, document="")
    notes: list[str] = []
    if isinstance(array, Image.Image):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                array.load()
                pixels = pillow_pixels(array)
                orientation = array.getexif().get(_ORIENTATION, 1)
            except Exception as error:  # a lazily opened file may be broken
                raise _refusal(request, error) from error
        if isinstance(orientation, int) and 2 <= orientation <= 8:
            pixels = display.upright(pixels, orientation)
            notes.append(f"EXIF orientation {orientation} applied")
    else:
        pixels = np.asarray(array)
    remedy = "give an array of shape (H, W), (H, W, 3) or (H, W, 4)"
    if pixels.dtype.kind not in "buif":
        raise InputError(name, "not-an-image", f"an array of type {pixels.dtype} is no picture", remedy)
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (1, 2, 3, 4)):
        raise InputError(name, "not-an-image", f"an array of shape {pixels.shape} is no picture", remedy)
    if pixels.size == 0:
        raise InputError(name, "empty", f"an array of shape {pixels.shape} has no pixels", remedy)
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).any():
        raise InputError(name, "not-an-image", "no value of the array is finite", "give an array with finite values")
    if pixels.dtype.kind in "iu" and pixels.dtype not in (np.uint8, np.uint16) and _fits_byte(pixels):
        pixels = pixels.astype(np.uint8)  # Python's and NumPy's own integers, not a camera's
    elif pixels.dtype.kind == "b":
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    drawn = picture(request, display.flatten(pixels), notes=notes)
    return Picture(pixels=drawn.pixels, content=drawn.content, document=drawn.content, path=name, notes=drawn.notes)


def _fits_byte(pixels: Pixels) -> bool:
    return bool(pixels.min() >= 0 and pixels.max() <= 255)
