"""Opening a PDF with both libraries; each can mend for the other what it alone understands."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
from pikepdf import settings

from figecho.errors import InputError
from figecho.sources.request import Request

# qpdf's remarks on each broken object would reach standard error; what matters of them becomes an InputError.
logging.getLogger("pikepdf").addHandler(logging.NullHandler())

#: The end mark may have so many bytes behind it; mail and web servers append some.
TAIL = 1 << 16


@dataclass(frozen=True, eq=False)
class OpenPdf:
    """One document, open in both libraries with the same pages: streams from qpdf, text and looks from pdfium."""

    qpdf: pikepdf.Pdf
    pdfium: pypdfium2.PdfDocument

    def __len__(self) -> int:
        return len(self.pdfium)

    def is_repaired(self) -> bool:
        """Whether something in the file was broken and had to be guessed, as far as it was read until now."""
        return bool(self.qpdf.get_warnings())


@contextmanager
def open_pdf(request: Request) -> Iterator[OpenPdf]:
    """Open a document, repairing what can be repaired.

    Raises
    ------
    InputError : ``encrypted`` (a password is needed, or the one given is wrong), ``damaged``, ``truncated``.
    """
    _check_end(request)
    limit = min(request.limits.max_unpacked_bytes, 2**31 - 1)
    before: Any = settings.set_qpdf_limits(flate_max_memory=limit, run_length_max_memory=limit, doc_max_warnings=5000)
    try:
        qpdf = _qpdf(request)
        pdfium = _pdfium(request, qpdf)
        try:
            yield OpenPdf(qpdf, pdfium)
        finally:
            pdfium.close()
            qpdf.close()
    finally:
        settings.set_qpdf_limits(**before)


def _check_end(request: Request) -> None:
    """Refuse a file that stops before its end mark: readers would show what is left of it as if it were all."""
    with Path(request.path).open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - TAIL))
        if b"%%EOF" not in file.read():
            raise request.truncated("a PDF without its end mark")


def _qpdf(request: Request) -> pikepdf.Pdf:
    try:
        return pikepdf.open(request.path, password=request.limits.password or "")
    except pikepdf.PasswordError as error:
        raise _locked(request) from error
    except pikepdf.PdfError as error:
        broken = error
    try:
        with pypdfium2.PdfDocument(Path(request.path), password=request.limits.password) as mended:
            copy = io.BytesIO()
            mended.save(copy)
        return pikepdf.open(copy)
    except (pypdfium2.PdfiumError, pikepdf.PdfError):
        raise request.damaged(f"as a PDF: {_words(broken, request)}") from broken


def _pdfium(request: Request, qpdf: pikepdf.Pdf) -> pypdfium2.PdfDocument:
    """The same pages in pdfium: from the file, or from qpdf's copy of it where pdfium sees other pages or none."""
    try:
        pages = len(qpdf.pages)
        document = pypdfium2.PdfDocument(Path(request.path), password=request.limits.password)
        if len(document) == pages > 0:
            return document
        document.close()
    except pypdfium2.PdfiumError:
        pass  # the copy below is the remedy
    except pikepdf.PdfError as error:
        raise request.damaged(f"as a PDF: {_words(error, request)}") from error
    if pages == 0:
        raise request.damaged("as a PDF: it has no pages")
    copy = io.BytesIO()
    try:
        qpdf.save(copy)
        return pypdfium2.PdfDocument(copy, autoclose=True)
    except (pypdfium2.PdfiumError, pikepdf.PdfError, RuntimeError) as error:
        raise request.damaged(f"as a PDF: {_words(error, request)}") from error


def _locked(request: Request) -> InputError:
    given = request.limits.password is not None
    return InputError(
        request.path,
        "encrypted",
        "the password is wrong" if given else "the document is encrypted",
        "give its password with --password",
    )


def _words(error: Exception, request: Request) -> str:
    """A library's message in one line, without the path that the message of figecho has already."""
    text = " ".join(str(error).replace(request.path, "").split()).strip(" :().")
    return text[:100] or type(error).__name__
