"""One document → its pictures, whatever its format: the format is told by the first bytes, never by the name."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from figecho.errors import InputError
from figecho.options import Limits
from figecho.sources.image import read_image
from figecho.sources.request import Request
from figecho.sources.tiff import read_tiff
from figecho.types import Picture

Reader = Callable[[Request], Iterator[Picture]]
Pictures = Generator[Picture, None, None]


class Read(Protocol):
    """Whatever reads documents as `read` does, wherever it does that."""

    def __call__(self, path: str, *, page: int | None = None, limits: Limits = ...) -> Pictures: ...


#: How much of a file's beginning tells its format.
HEAD = 1024


@dataclass(frozen=True)
class Address:
    """What a user points at: a file, and perhaps a page (from 1) or a panel of it."""

    path: str
    page: int | None = None
    panel: str | None = None


def parse_address(text: str) -> Address:
    """Split ``stack.tif#page=2`` or ``figure.png#panel=C``; a file whose name really ends so wins.

    Raises
    ------
    InputError : a page that is not a number from 1.
    """
    if "#" not in text or os.path.lexists(text):
        return Address(text)
    path, _, fragment = text.rpartition("#")
    name, _, value = fragment.partition("=")
    if name == "page":
        if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < 1:
            raise InputError(text, "no-such-page", f"{value!r} is no page number", "count pages from 1, as in #page=2")
        return Address(path, page=int(value))
    if name == "panel" and value:
        return Address(path, panel=value)
    return Address(text)


def _unsupported(cause: str, remedy: str) -> Reader:
    def refuse(request: Request) -> Iterator[Picture]:
        raise request.unsupported(cause, remedy)

    return refuse


def _read_pdf(request: Request) -> Iterator[Picture]:
    """Loads what PDFs need only when there is one."""
    from figecho.sources.pdf import read_pdf

    return read_pdf(request)


def _read_office(request: Request) -> Iterator[Picture]:
    from figecho.sources.office import read_office

    return read_office(request)


_FIGURES = "export its figures as PNG or TIFF and give those"
#: How old Office documents begin, and those that Office encrypts.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _starts(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magics)


def _brand(*brands: bytes) -> Callable[[bytes], bool]:
    """ISO media files name their kind after ``ftyp``, and compatible kinds in the list behind it."""
    return lambda head: head[4:8] == b"ftyp" and any(brand in head[8 : min(64, head[3])] for brand in brands)


def _is_pnm(head: bytes) -> bool:
    return bool(re.match(rb"P[1-6][\s#]", head))


def _is_bmp(head: bytes) -> bool:
    # Two letters could begin any text: the header size behind them settles it.
    return head.startswith(b"BM") and head[15:18] == b"\0\0\0" and head[14] in (12, 16, 40, 52, 56, 64, 108, 124)


def _is_tiff(head: bytes) -> bool:
    return head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))


def _is_office(head: bytes) -> bool:
    parts = (b"[Content_Types].xml", b"word/", b"ppt/", b"_rels/", b"mimetypeapplication/vnd.oasis")
    return head.startswith(b"PK\3\4") and any(part in head for part in parts)


#: What the first bytes say → who reads it. A new kind of document is one line here; the first that fits wins.
READERS: tuple[tuple[str, Callable[[bytes], bool], Reader], ...] = (
    ("png", _starts(b"\x89PNG\r\n\x1a\n"), partial(read_image, kind="png")),
    ("jpeg", _starts(b"\xff\xd8\xff"), partial(read_image, kind="jpeg")),
    ("tiff", _is_tiff, read_tiff),
    ("gif", _starts(b"GIF87a", b"GIF89a"), partial(read_image, kind="gif")),
    ("webp", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", partial(read_image, kind="webp")),
    ("bmp", _is_bmp, partial(read_image, kind="bmp")),
    ("jpeg2000", _starts(b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"), partial(read_image, kind="jpeg2000")),
    ("avif", _brand(b"avif", b"avis"), partial(read_image, kind="avif")),
    ("heif", _brand(b"heic", b"heix", b"hevc", b"mif1", b"heim"), partial(read_image, kind="heif")),
    ("pnm", _is_pnm, partial(read_image, kind="pnm")),
    ("pdf", lambda head: b"%PDF-" in head, _read_pdf),
    ("office", _is_office, _read_office),
    ("eps", _starts(b"%!PS", b"\xc5\xd0\xd3\xc6"), _unsupported("PostScript drawings are not read", _FIGURES)),
    ("psd", _starts(b"8BPS"), _unsupported("Photoshop documents are not read", "save a copy as TIFF or PNG")),
    ("svg", lambda head: b"<svg" in head, _unsupported("SVG drawings are not read", "export it as PNG")),
)
#: Extensions of the kinds that are read, and of other files that hold pictures. One of these whose content no reader
#: knows is refused; in a folder, anything else that no reader knows is skipped as no picture.
READ_EXTENSIONS = frozenset(
    {
        ".png",
        ".apng",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".tif",
        ".tiff",
        ".gif",
        ".webp",
        ".bmp",
        ".jp2",
        ".j2k",
        ".jpx",
    }
    | {".avif", ".heic", ".heif", ".ppm", ".pgm", ".pbm", ".pnm", ".pdf", ".docx", ".pptx"}
)
OTHER_PICTURE_EXTENSIONS = frozenset(
    {".dib", ".tga", ".pcx", ".sgi", ".dds", ".ico", ".psd", ".eps", ".ps", ".svg", ".ai", ".emf", ".wmf", ".jxl"}
    | {".czi", ".nd2", ".lif", ".oib", ".oif", ".lsm", ".vsi", ".svs", ".ims", ".dcm", ".mrc", ".fits", ".exr", ".hdr"}
    | {".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".doc", ".ppt", ".odt", ".odp"}
)


def sniff(head: bytes) -> tuple[str, Reader] | None:
    """The name of the format that a file begins as, and its reader."""
    for name, fits, reader in READERS:
        if fits(head):
            return name, reader
    return None


def read(
    path: str,
    *,
    page: int | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Pictures:
    """The pictures of one document, in order.

    Parameters
    ----------
    path : the file; kept as given in every picture.
    page : only this page, from 1.
    limits : what it may cost.

    Raises
    ------
    InputError : with its code, cause and remedy. It may come after some pictures where a later page is broken: the
        whole document is then refused, and what came before is to be thrown away.
    """
    head = _beginning(path)
    found = sniff(head)
    if found is None:
        raise _unknown(path, head)
    _, reader = found
    try:
        yield from reader(Request(path, document_id(path), page, limits))
    except OSError as error:
        raise InputError(path, "unreadable", _why(error), "check the disk and the file's permissions") from error
    except MemoryError as error:
        raise InputError(path, "oversized", "it needs more memory than there is", "crop or shrink it first") from error


def document_id(path: str) -> str:
    """SHA-256 of the file in hexadecimal."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(path, "unreadable", _why(error), "check the disk and the file's permissions") from error


def _beginning(path: str) -> bytes:
    """The first bytes of a regular file that can be read and is not empty."""
    try:
        if not path:  # which pathlib would take for the current folder
            raise FileNotFoundError
        mode = Path(path).stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        broken = bool(path) and not isinstance(error, ValueError) and Path(path).is_symlink()
        cause = "the file that this link points to is missing" if broken else "there is no such file"
        raise InputError(path, "missing", cause, "check the path") from error
    except OSError as error:
        raise InputError(path, "unreadable", _why(error), "check the path and its permissions") from error
    if stat.S_ISDIR(mode):
        raise InputError(
            path,
            "directory",
            "this is a folder, not a file",
            "name a file in it, or use `figecho scan` for the whole folder",
        )
    if not stat.S_ISREG(mode):
        raise InputError(path, "not-a-file", "this is a device or pipe, not a file", "save the data to a file first")
    try:
        with Path(path).open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise InputError(path, "unreadable", _why(error), "check the file's permissions") from error
    if not head:
        raise InputError(path, "empty", "the file is empty", "get a complete copy")
    return head


def _why(error: OSError) -> str:
    return f"the file cannot be read ({(error.strerror or str(error) or type(error).__name__).lower()})"


def _unknown(path: str, head: bytes) -> InputError:
    extension = Path(path).suffix.lower()
    known = "PDF, DOCX, PPTX, PNG, JPEG, TIFF, GIF, WebP, BMP, JPEG 2000, AVIF or HEIC"
    if extension in READ_EXTENSIONS and len(head) < 16:
        return InputError(path, "truncated", f"the file ends early (after {len(head)} bytes)", "get a complete copy")
    if not head.strip(b"\0"):
        return InputError(path, "damaged", "the file begins with nothing but zeros", "get an intact copy")
    if extension in (".docx", ".pptx") and head.startswith(_OLE):
        remedy = "save it as DOCX or PPTX without a password"
        return InputError(path, "encrypted", "old or encrypted Office documents are not read", remedy)
    if extension in READ_EXTENSIONS:
        cause = f"its content is not what the name {extension} says"
        return InputError(path, "not-an-image", cause, f"give a real {known} file")
    if extension in OTHER_PICTURE_EXTENSIONS:
        return InputError(path, "unsupported", f"{extension} files are not read", "export the picture as PNG or TIFF")
    return InputError(path, "not-an-image", "this is not a picture", f"give a {known} file")
