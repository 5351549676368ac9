"""A small valid file of every format that figecho reads, to be spoiled."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from importlib.util import find_spec

import numpy as np
import pikepdf
import tifffile
from numpy.typing import NDArray
from PIL import Image

_NAMESPACES = " ".join(
    f'xmlns:{prefix}="http://schemas.openxmlformats.org/{name}"'
    for prefix, name in {
        "w": "wordprocessingml/2006/main",
        "a": "drawingml/2006/main",
        "p": "presentationml/2006/main",
        "pic": "drawingml/2006/picture",
        "r": "officeDocument/2006/relationships",
    }.items()
)
_RELATION = '<Relationship Id="rId0" Target="{target}"/>'
_SHAPE = '<{kind}:pic><{kind}:blipFill><a:blip r:embed="rId0"/></{kind}:blipFill><{kind}:spPr/></{kind}:pic>'


def picture(height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """Clouds of several sizes with grain, of which no two parts are alike."""
    rng = np.random.default_rng(1)
    layers = [rng.normal(0, 6, (height, width))]
    for size in (4, 8, 16, 32):
        coarse = rng.normal(128, 40, (height // size + 2, width // size + 2)).astype(np.float32)
        layers.append(np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)))
    gray = np.clip(layers[0] + np.mean(layers[1:], axis=0), 0, 255)
    return np.stack([gray, 0.8 * gray, 255 - gray], axis=2).astype(np.uint8)


def encoded(pixels: NDArray[np.uint8], kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def valid_files() -> dict[str, bytes]:
    """The files by name; the extension is the format's."""
    pixels = picture()
    png = encoded(pixels, "PNG")
    files = {
        "plain.png": png,
        "gray.png": encoded(pixels[:, :, 0], "PNG"),
        "plain.jpg": encoded(pixels, "JPEG", quality=85),
        "progressive.jpg": encoded(pixels, "JPEG", quality=85, progressive=True),
        "restarts.jpg": encoded(pixels, "JPEG", quality=85, restart_marker_rows=1),
        "raw.tif": tiff(pixels, photometric="rgb"),
        "deflate.tif": tiff(pixels, photometric="rgb", compression="zlib", rowsperstrip=8),
        "deep.tif": tiff(pixels[:, :, 0].astype(np.uint16) * 200, rowsperstrip=8),
        "stack.tif": tiff(np.stack([pixels, pixels[::-1]]), photometric="rgb"),
        "plain.gif": encoded(pixels, "GIF"),
        "plain.bmp": encoded(pixels, "BMP"),
        "plain.webp": encoded(pixels, "WEBP", quality=90),
        "plain.jp2": encoded(pixels, "JPEG2000"),
        "plain.avif": encoded(pixels, "AVIF"),
        "plain.ppm": encoded(pixels, "PPM"),
        "plain.pdf": pdf(pixels),
        "plain.docx": docx({"image1.png": png}),
        "plain.pptx": pptx({"image1.png": png}),
    }
    if find_spec("pillow_heif") is not None:
        import pillow_heif

        pillow_heif.register_heif_opener()
        files["plain.heic"] = encoded(pixels, "HEIF")
    return files


def tiff(pixels: NDArray[np.generic], **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, **options)
    return buffer.getvalue()


def pdf(pixels: NDArray[np.uint8]) -> bytes:
    document = pikepdf.new()
    height, width = pixels.shape[:2]
    image = pikepdf.Stream(
        document,
        pixels.tobytes(),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=width,
        Height=height,
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceRGB,
    )
    page = document.add_blank_page(page_size=(300, 200))
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=document.make_indirect(image)))
    page.obj.Contents = document.make_stream(b"q 192 0 0 144 40 30 cm /Im Do Q")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def docx(media: Mapping[str, bytes]) -> bytes:
    """A Word document that shows the first of its media."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        write_word(archive, next(iter(media)))
        for name, content in media.items():
            archive.writestr(f"word/media/{name}", content)
    return buffer.getvalue()


def write_word(archive: zipfile.ZipFile, shown: str) -> None:
    """All parts of a Word document that shows a picture, but for the picture's own."""
    body = f"<w:p><w:r><w:drawing><a:graphicData>{_SHAPE.format(kind='pic')}</a:graphicData></w:drawing></w:r></w:p>"
    _write_types(archive)
    archive.writestr("word/document.xml", f"<w:document {_NAMESPACES}><w:body>{body}</w:body></w:document>")
    archive.writestr("word/_rels/document.xml.rels", _relations(f"media/{shown}"))


def pptx(media: Mapping[str, bytes]) -> bytes:
    """A presentation of one slide that shows the first of its media."""
    slides = f'<p:presentation {_NAMESPACES}><p:sldIdLst><p:sldId r:id="rId0"/></p:sldIdLst></p:presentation>'
    tree = f"<p:sld {_NAMESPACES}><p:cSld><p:spTree>{_SHAPE.format(kind='p')}</p:spTree></p:cSld></p:sld>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        _write_types(archive)
        archive.writestr("ppt/presentation.xml", slides)
        archive.writestr("ppt/_rels/presentation.xml.rels", _relations("slides/slide1.xml"))
        archive.writestr("ppt/slides/slide1.xml", tree)
        archive.writestr("ppt/slides/_rels/slide1.xml.rels", _relations(f"../media/{next(iter(media))}"))
        for name, content in media.items():
            archive.writestr(f"ppt/media/{name}", content)
    return buffer.getvalue()


def _write_types(archive: zipfile.ZipFile) -> None:
    types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    archive.writestr("[Content_Types].xml", types)


def _relations(target: str) -> str:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{_RELATION.format(target=target)}</Relationships>'
