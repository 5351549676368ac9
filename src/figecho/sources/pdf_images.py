"""The samples of a picture embedded in a PDF → pixels, without loss.

JPEG and JPEG 2000 data are decoded as the files they are; everything else is unpacked here from the decompressed
samples (ISO 32000-1, 8.9). What only a renderer can do well (JBIG2, spot colours, CIELAB) is answered with None.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any

import imagecodecs
import numpy as np
import pikepdf
from PIL import Image

from figecho.errors import FigechoError
from figecho.sources import complete, display
from figecho.sources.display import Pixels
from figecho.sources.image import pillow_pixels
from figecho.sources.request import Request

#: The names that inline pictures may use for short.
_SHORT = {"/G": "/DeviceGray", "/RGB": "/DeviceRGB", "/CMYK": "/DeviceCMYK", "/I": "/Indexed"}
_CODECS = {"/DCTDecode": "jpeg", "/DCT": "jpeg", "/JPXDecode": "jpeg2000", "/CCITTFaxDecode": "fax", "/CCF": "fax"}
_CHANNELS = {"/DeviceGray": 1, "/CalGray": 1, "/DeviceRGB": 3, "/CalRGB": 3, "/DeviceCMYK": 4}


def decode(request: Request, stream: pikepdf.Stream) -> Pixels | None:
    """The pixels of an image XObject (or an inline picture made into one), with its masks over white.

    Returns
    -------
    ``(H, W)`` or ``(H, W, 3)``, uint8 or uint16, in the orientation in which they are stored; None for a kind that
    has to be rendered.

    Raises
    ------
    InputError : data that end early, are damaged, or claim too many pixels.
    """
    width, height = int(stream.Width), int(stream.Height)
    request.check_size(width, height)
    try:
        pixels = _colours(request, stream, width, height)
        if pixels is None:
            return None
        return _over_white(request, stream, pixels)
    except FigechoError:
        raise
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, OSError) as error:
        words = " ".join(str(error).split())[:80] or type(error).__name__
        raise request.damaged(f"an embedded picture of {width} × {height} pixels cannot be decoded: {words}") from error


def _names(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(name) for name in value] if isinstance(value, pikepdf.Array) else [str(value)]


def _codec(stream: pikepdf.Stream) -> str | None:
    """The image codec that the data are in at last; None for plain samples; ``other`` for one unknown here."""
    filters = _names(stream.get("/Filter", stream.get("/F")))
    if not filters:
        return None
    if filters[-1] == "/JBIG2Decode":
        return "other"
    return _CODECS.get(filters[-1])


def _inner_bytes(stream: pikepdf.Stream) -> bytes:
    """The data of the image codec, with the filters around it undone."""
    filters = _names(stream.get("/Filter"))
    if len(filters) == 1:
        return stream.read_raw_bytes()
    scratch = pikepdf.new()  # must outlive its stream
    rest = pikepdf.Stream(scratch, stream.read_raw_bytes())
    rest.Filter = pikepdf.Array([pikepdf.Name(name) for name in filters[:-1]])
    return rest.read_bytes()


def _colours(request: Request, stream: pikepdf.Stream, width: int, height: int) -> Pixels | None:
    codec = _codec(stream)
    space = _Space(stream.get("/ColorSpace"))
    bits = int(stream.get("/BitsPerComponent", 8))
    if codec == "other":
        return None
    if codec == "jpeg":
        samples, bits = _jpeg(request, _inner_bytes(stream)), 8
        if "/ColorSpace" not in stream:
            space = _Space(pikepdf.Name({1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}[samples.shape[2]]))
    elif codec == "jpeg2000":
        return _jpeg2000(_inner_bytes(stream), with_alpha=int(stream.get("/SMaskInData", 0)) > 0)
    elif codec == "fax":
        samples, bits = _fax(stream), 1
    else:
        if space.channels is None:
            return None
        samples = _unpacked(request, stream.read_bytes(), (height, width, space.channels), bits)
    if space.channels != samples.shape[2]:
        return None
    return space.to_pixels(_decoded(stream, samples, bits, space), bits)


# ---- samples -----------------------------------------------------------------------------------------------------


def _jpeg(request: Request, data: bytes) -> Pixels:
    """``(H, W, 1|3|4)`` uint8 samples as libjpeg gives them: gray, RGB, or CMYK as stored."""
    start = data.find(b"\xff\xd8")
    data = data[max(start, 0) :]
    if not data.rstrip(b"\0\r\n ").endswith(b"\xff\xd9"):
        data += b"\xff\xd9"  # the PDF says where the data end, and some writers leave out the mark
    complete.check_jpeg(request, data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            request.check_size(image.width, image.height)
            pixels = np.asarray(image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB"))
            if image.mode == "CMYK":
                pixels = 255 - pixels  # Pillow takes all of them for inverted; a PDF says so in its Decode array
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def _jpeg2000(data: bytes, *, with_alpha: bool) -> Pixels:
    """Flat pixels; JPEG 2000 data bring their colour space with them."""
    with Image.open(io.BytesIO(data), formats=("JPEG2000",)) as image:
        mode = image.mode
        pixels = pillow_pixels(image)
    if mode in ("LA", "RGB", "RGBA"):
        deep = np.asarray(imagecodecs.jpeg2k_decode(data))
        if deep.dtype == np.uint16 and deep.shape[:2] == pixels.shape[:2]:
            pixels = deep
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4) and not with_alpha:
        pixels = pixels[:, :, 0] if pixels.shape[2] == 2 else pixels[:, :, :3]
    return display.flatten(pixels)


def _fax(stream: pikepdf.Stream) -> Pixels:
    """``(H, W, 1)`` samples 0 and 1 of a CCITT picture, before its Decode array."""
    image = pikepdf.PdfImage(stream).as_pil_image(apply_decode_array=False).convert("L")
    return (np.asarray(image)[:, :, None] > 127).astype(np.uint8)


def _unpacked(request: Request, data: bytes, shape: tuple[int, int, int], bits: int) -> Pixels:
    """Decompressed rows, each padded to whole bytes → ``(H, W, C)`` samples, uint8 or uint16."""
    height, width, channels = shape
    row = (width * channels * bits + 7) // 8
    if len(data) < row * height:
        share = 100 * len(data) // (row * height)
        raise request.truncated(f"the data of an embedded picture of {width} × {height} pixels stop at {share} %")
    rows = np.frombuffer(data, np.uint8, row * height).reshape(height, row)
    if bits == 16:
        return rows.view(">u2").astype(np.uint16).reshape(shape)
    if bits == 8:
        return rows.reshape(shape)
    if bits not in (1, 2, 4):
        raise ValueError(f"{bits} bits per component")
    singles = np.unpackbits(rows, axis=1).reshape(height, -1, bits)
    weights = (1 << np.arange(bits - 1, -1, -1)).astype(np.uint8)
    return np.asarray((singles @ weights)[:, : width * channels].reshape(shape), np.uint8)


def _decoded(stream: pikepdf.Stream, samples: Pixels, bits: int, space: _Space) -> Pixels:
    """Samples after the picture's Decode array, in the same range; untouched where that is the default one."""
    given = stream.get("/Decode", stream.get("/D"))
    if given is None:
        return samples
    wanted = np.array([float(value) for value in given][: 2 * samples.shape[2]]).reshape(-1, 2)
    top = float((1 << bits) - 1)
    full = wanted / (top if space.indexed else 1.0)
    if np.allclose(full, [0.0, 1.0]):
        return samples
    low, high = full[:, 0] * top, full[:, 1] * top
    mapped = low + samples.astype(np.float64) * (high - low) / top
    return np.clip(np.rint(mapped), 0, top).astype(samples.dtype)


# ---- colour spaces -----------------------------------------------------------------------------------------------


class _Space:
    """A colour space, as far as samples in it can be shown without a colour engine.

    ``channels`` is None for the others. ICC profiles are taken for the device spaces that they stand for: pixels stay
    what they are in the file.
    """

    def __init__(self, value: Any) -> None:
        self.indexed = False
        self.ink = False
        self.channels: int | None = None
        parts = list(value) if isinstance(value, pikepdf.Array) else [value]
        name = _SHORT.get(str(parts[0]), str(parts[0]))
        if name == "/ICCBased":
            self.channels = {1: 1, 3: 3, 4: 4}.get(int(parts[1].N))
        elif name == "/Indexed":
            self._index(parts)
        elif name == "/Separation" and str(parts[1]) in ("/Black", "/All"):
            self.channels, self.ink = 1, True
        else:
            self.channels = _CHANNELS.get(name)

    def _index(self, parts: Sequence[Any]) -> None:
        base = _Space(parts[1])
        if base.channels is None or base.indexed:
            return
        table = parts[3].read_bytes() if isinstance(parts[3], pikepdf.Stream) else bytes(parts[3])
        entries = int(parts[2]) + 1
        table = table[: entries * base.channels].ljust(entries * base.channels, b"\0")
        colours = np.frombuffer(table, np.uint8).reshape(1, entries, base.channels)
        self.indexed, self.channels = True, 1
        self._palette = base.to_pixels(colours, 8)[0]

    def to_pixels(self, samples: Pixels, bits: int) -> Pixels:
        """``(H, W, channels)`` samples → ``(H, W)`` gray or ``(H, W, 3)`` RGB over the full range of their type."""
        if self.indexed:
            return np.asarray(self._palette[np.minimum(samples[:, :, 0], len(self._palette) - 1)])
        if bits < 8:
            samples = (samples * np.uint16(255) // np.uint16((1 << bits) - 1)).astype(np.uint8)
        if self.ink:
            samples = np.iinfo(samples.dtype).max - samples
        if self.channels == 4:
            inks = samples if samples.dtype == np.uint8 else (samples >> 8).astype(np.uint8)
            return np.asarray(Image.fromarray(np.ascontiguousarray(inks), "CMYK").convert("RGB"))
        return samples[:, :, 0] if self.channels == 1 else samples


# ---- masks -------------------------------------------------------------------------------------------------------


def _over_white(request: Request, stream: pikepdf.Stream, pixels: Pixels) -> Pixels:
    """Lay the picture over white through its soft mask, its stencil mask or its masked range of values."""
    soft, hard = stream.get("/SMask"), stream.get("/Mask")
    if isinstance(soft, pikepdf.Stream):
        opacity = decode(request, soft)
        return pixels if opacity is None else _flattened(pixels, opacity, soft.get("/Matte"))
    if isinstance(hard, pikepdf.Stream):
        opacity = _stencil(request, hard)
        return pixels if opacity is None else _flattened(pixels, opacity, None)
    if isinstance(hard, pikepdf.Array) and _codec(stream) is None:
        return _flattened(pixels, _outside_range(request, stream, [int(value) for value in hard]), None)
    return pixels


def _stencil(request: Request, mask: pikepdf.Stream) -> Pixels | None:
    """Opacity 0 or 255 of an explicit mask, in which 1 hides (unless its Decode array says otherwise)."""
    width, height = int(mask.Width), int(mask.Height)
    request.check_size(width, height)
    codec = _codec(mask)
    if codec not in (None, "fax"):
        return None
    samples = _fax(mask) if codec == "fax" else _unpacked(request, mask.read_bytes(), (height, width, 1), 1)
    hides = _decoded(mask, samples, 1, _Space(pikepdf.Name.DeviceGray))[:, :, 0]
    return ((1 - hides) * 255).astype(np.uint8)


def _outside_range(request: Request, stream: pikepdf.Stream, limits: Sequence[int]) -> Pixels:
    """Opacity 0 where every sample lies within its range of masked values."""
    channels = len(limits) // 2
    shape = (int(stream.Height), int(stream.Width), channels)
    samples = _unpacked(request, stream.read_bytes(), shape, int(stream.get("/BitsPerComponent", 8)))
    ranges = np.array(limits[: 2 * channels]).reshape(-1, 2)
    masked = ((samples >= ranges[:, 0]) & (samples <= ranges[:, 1])).all(axis=2)
    return np.where(masked, 0, 255).astype(np.uint8)


def _flattened(pixels: Pixels, opacity: Pixels, matte: Any) -> Pixels:
    """Pixels over white; with a matte colour m they hold ``m + α (c − m)`` instead of ``c`` (ISO 32000-1, 11.6.5.3)."""
    white = display.white_of(pixels.dtype)
    alpha = opacity.astype(np.float64) / display.white_of(opacity.dtype)
    if alpha.shape != pixels.shape[:2]:
        smaller = alpha.size > pixels.shape[0] * pixels.shape[1]
        how = Image.Resampling.BOX if smaller else Image.Resampling.BILINEAR
        mask = Image.fromarray(alpha.astype(np.float32)).resize(pixels.shape[1::-1], how)
        alpha = np.clip(np.asarray(mask, np.float64), 0, 1)
    if (alpha == 1).all():
        return pixels
    if pixels.ndim == 3:
        alpha = alpha[:, :, None]
    if matte is None:
        mixed = pixels * alpha + white * (1 - alpha)
    else:
        colour = np.array([float(value) for value in matte]) * white
        colour = colour if len(colour) == (3 if pixels.ndim == 3 else 1) else np.full(1, colour.mean())
        mixed = pixels - colour * (1 - alpha) + white * (1 - alpha)
    return np.clip(np.rint(mixed), 0, white).astype(pixels.dtype)
