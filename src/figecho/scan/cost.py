"""What reading a document may cost, and how it is said that it cost more."""

from __future__ import annotations

from pathlib import Path

from figecho.errors import InputError, TaskError
from figecho.options import Limits

#: A page of a document takes at least so many bytes of it, by and large: more pages are given more time.
BYTES_PER_PAGE = 256 * 1024
#: A manuscript's pages hold drawings and text, which take less: the scientific PDFs measured have 25 to 85 kB a page.
MANUSCRIPTS, BYTES_PER_MANUSCRIPT_PAGE = frozenset([".pdf", ".docx", ".pptx"]), 24 * 1024
#: A worker may take this many times what one document's data may: they are decoded and converted beside themselves.
WORKING_COPIES = 2
_REFUSALS = {
    "timeout": ("timeout", "export its pictures as PNG and give those"),
    "memory": ("oversized", "crop or shrink it first"),
}


def seconds_to_read(path: str, size: int, limits: Limits) -> float:
    """How long reading a document of so many bytes may take: one of many pages is large."""
    per_page = BYTES_PER_MANUSCRIPT_PAGE if Path(path).suffix.lower() in MANUSCRIPTS else BYTES_PER_PAGE
    pages = min(limits.max_pages, max(size, 0) // per_page)
    return limits.seconds_per_document + pages * limits.seconds_per_page


def refusal(path: str, error: TaskError) -> InputError:
    """What the end of the process that read a document means to the user."""
    code, remedy = _REFUSALS.get(error.code, ("crashed", "export its pictures as PNG, or get an intact copy"))
    return InputError(path, code, f"reading it failed: {error}", remedy)
