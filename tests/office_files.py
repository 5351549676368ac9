"""DOCX and PPTX files with known truth for the tests, as small as Office still opens them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

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
_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def archive(parts: Mapping[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in {"[Content_Types].xml": _TYPES, **parts}.items():
            written.writestr(name, content)
    return file.getvalue()


def relations(targets: Sequence[str]) -> str:
    """Relations ``rId0``, ``rId1``, ... to these targets."""
    listed = "".join(f'<Relationship Id="rId{n}" Target="{target}"/>' for n, target in enumerate(targets))
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{listed}</Relationships>'
    )


def blip(number: int, inside: str = "", transform: str = "") -> str:
    return (
        f'<pic:pic><pic:blipFill><a:blip r:embed="rId{number}"/>{inside}</pic:blipFill>'
        f"<pic:spPr><a:xfrm {transform}/></pic:spPr></pic:pic>"
    )


def paragraph(*content: str | int) -> str:
    """A paragraph of texts and pictures (their numbers, or their ``blip``)."""
    runs = []
    for each in content:
        shape = blip(each) if isinstance(each, int) else each if each.startswith("<") else None
        if shape is None:
            runs.append(f"<w:r><w:t>{each}</w:t></w:r>")
        else:
            runs.append(
                f"<w:r><w:drawing><a:graphic><a:graphicData>{shape}</a:graphicData></a:graphic></w:drawing></w:r>"
            )
    return f"<w:p>{''.join(runs)}</w:p>"


def docx(paragraphs: Sequence[str], media: Mapping[str, bytes], **parts: bytes) -> bytes:
    """A Word document; picture number n is the n-th of ``media``."""
    return archive(
        {
            "word/document.xml": f"<w:document {_NAMESPACES}><w:body>{''.join(paragraphs)}</w:body></w:document>",
            "word/_rels/document.xml.rels": relations([f"media/{name}" for name in media]),
            **{f"word/media/{name}": data for name, data in media.items()},
            **parts,
        }
    )


def picture_shape(number: int, x: float, y: float, width: float, height: float) -> str:
    """A picture on a slide; points."""
    return (
        f'<p:pic><p:blipFill><a:blip r:embed="rId{number}"/></p:blipFill><p:spPr>{_xfrm(x, y, width, height)}</p:spPr>'
        "</p:pic>"
    )


def text_shape(words: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f"<p:sp><p:spPr>{_xfrm(x, y, width, height)}</p:spPr><p:txBody><a:p><a:r><a:t>{words}</a:t></a:r></a:p>"
        "</p:txBody></p:sp>"
    )


def group(shapes: str, x: float, y: float, width: float, height: float, inner: tuple[float, float]) -> str:
    """A group at (x, y) whose own coordinates run from 0 to ``inner``."""
    child = f'<a:chOff x="0" y="0"/><a:chExt cx="{_emu(inner[0])}" cy="{_emu(inner[1])}"/>'
    frame = _xfrm(x, y, width, height).replace("</a:xfrm>", f"{child}</a:xfrm>")
    return f"<p:grpSp><p:grpSpPr>{frame}</p:grpSpPr>{shapes}</p:grpSp>"


def pptx(slides: Sequence[str], media: Mapping[str, bytes]) -> bytes:
    """A presentation. Its first slide is stored as the last part, since the order is the presentation's to tell."""
    names = [f"slides/slide{len(slides) - n}.xml" for n in range(len(slides))]
    ids = "".join(f'<p:sldId id="{256 + n}" r:id="rId{n}"/>' for n in range(len(slides)))
    parts: dict[str, bytes | str] = {
        "ppt/presentation.xml": f"<p:presentation {_NAMESPACES}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(names),
    }
    for name, shapes in zip(names, slides, strict=True):
        parts[f"ppt/{name}"] = f"<p:sld {_NAMESPACES}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
        parts[f"ppt/slides/_rels/{name.removeprefix('slides/')}.rels"] = relations(
            [f"../media/{each}" for each in media]
        )
    return archive({**parts, **{f"ppt/media/{name}": data for name, data in media.items()}})


def _emu(points: float) -> int:
    return round(points * 12_700)


def _xfrm(x: float, y: float, width: float, height: float) -> str:
    return f'<a:xfrm><a:off x="{_emu(x)}" y="{_emu(y)}"/><a:ext cx="{_emu(width)}" cy="{_emu(height)}"/></a:xfrm>'
