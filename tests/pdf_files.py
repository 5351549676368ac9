"""PDF files with known truth for the tests, drawn operator by operator."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence

import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, Stream

from picture_files import encode

A4 = (595.0, 842.0)
#: The prose that fills pages: 60 letters a line, as a column has.
PROSE = "Cells were grown as described before and counted on every day"


class Paper:
    """A PDF under construction. Positions are PDF's own: points, y up, from the lower left corner."""

    def __init__(self) -> None:
        self.pdf = pikepdf.new()
        self._font = self.pdf.make_indirect(
            Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
        )
        self._objects: dict[str, pikepdf.Object] = {}

    def page(self, *operators: str, size: tuple[float, float] = A4, rotate: int = 0) -> None:
        """Add a page that draws these operators; every object made so far can be named in them."""
        page = self.pdf.add_blank_page(page_size=size)
        page.obj.Resources = self.resources()
        page.obj.Contents = Stream(self.pdf, "\n".join(operators).encode("cp1252"))
        if rotate:
            page.obj.Rotate = rotate

    def resources(self) -> Dictionary:
        return Dictionary(
            Font=Dictionary(F=self._font),
            XObject=Dictionary({f"/{name}": value for name, value in self._objects.items()}),
        )

    def add(self, name: str, data: bytes, **entries: object) -> str:
        """An image XObject from raw data; gives its name."""
        stream = Stream(self.pdf, data, Type=Name.XObject, Subtype=Name.Image, **entries)
        self._objects[name] = self.pdf.make_indirect(stream)
        return name

    def flate(self, name: str, pixels: NDArray[np.generic], **entries: object) -> str:
        """An image XObject of gray, RGB or CMYK samples, 8 or 16 bits each."""
        channels = pixels.shape[2] if pixels.ndim == 3 else 1
        bits = 8 * pixels.dtype.itemsize
        space = {1: Name.DeviceGray, 3: Name.DeviceRGB, 4: Name.DeviceCMYK}[channels]
        data = pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()
        defaults: dict[str, object] = {"ColorSpace": space, "BitsPerComponent": bits}
        size = {"Width": pixels.shape[1], "Height": pixels.shape[0]}
        return self.add(name, zlib.compress(data), Filter=Name.FlateDecode, **size, **{**defaults, **entries})

    def jpeg(self, name: str, pixels: NDArray[np.uint8], quality: int = 90, **entries: object) -> bytes:
        """An image XObject that holds a JPEG file; gives the file."""
        data = encode(pixels, "JPEG", quality=quality)
        space = Name.DeviceGray if pixels.ndim == 2 else Name.DeviceRGB
        size = {"Width": pixels.shape[1], "Height": pixels.shape[0], "BitsPerComponent": 8}
        self.add(name, data, Filter=Name.DCTDecode, **size, **{"ColorSpace": space, **entries})
        return data

    def form(
        self, name: str, operators: str, box: Sequence[float], matrix: Sequence[float] = (1, 0, 0, 1, 0, 0)
    ) -> str:
        """A form XObject that draws operators with all objects made so far."""
        stream = Stream(
            self.pdf,
            operators.encode("ascii"),
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array(list(box)),
            Matrix=Array(list(matrix)),
            Resources=self.resources(),
        )
        self._objects[name] = self.pdf.make_indirect(stream)
        return name

    def bytes(self, **how: object) -> bytes:
        file = io.BytesIO()
        self.pdf.save(file, **how)
        return file.getvalue()


def draw(name: str, x: float, y: float, width: float, height: float) -> str:
    """Draw an object with its lower left corner at (x, y)."""
    return f"q {width} 0 0 {height} {x} {y} cm /{name} Do Q"


def text(words: str, x: float, y: float, size: float = 10) -> str:
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F {size} Tf {x} {y} Td ({escaped}) Tj ET"


def prose(x: float, y: float, lines: int, size: float = 10) -> str:
    """A paragraph whose first baseline is at y."""
    return "\n".join(text(PROSE, x, y - 1.2 * size * line, size) for line in range(lines))


def caption(name: str, x: float, y: float, size: float = 9) -> str:
    """Two lines of a caption, the first of which begins with the figure's name."""
    return (
        text(f"{name}. Growth of cells in the dark.", x, y, size)
        + "\n"
        + text("Bars show 5 micrometres.", x, y - 11, size)
    )


def chart(x: float, y: float, width: float, height: float, seed: int = 0) -> str:
    """Axes and a curve."""
    rng = np.random.default_rng(seed)
    points = [(x + width * i / 20, y + height * value) for i, value in enumerate(rng.uniform(0.1, 0.9, 21))]
    path = " ".join(f"{px:.2f} {py:.2f} {'l' if i else 'm'}" for i, (px, py) in enumerate(points))
    ticks = " ".join(f"{x - 3} {y + height * i / 4} m {x} {y + height * i / 4} l S" for i in range(5))
    return f"{x} {y} m {x} {y + height} l S {x} {y} m {x + width} {y} l S {ticks} {path} S"
