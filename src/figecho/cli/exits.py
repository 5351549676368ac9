"""What the exit status means, in one place.

0 no finding; 1 at least one strong or moderate finding; 2 bad usage, or an input of `compare` that cannot be read;
3 no finding, but some inputs were refused; 130 interrupted. Classical methods count and never accuse: 0 or 3.
"""

from __future__ import annotations

from collections.abc import Iterable

from figecho.types import ACCUSING, Document

NOTHING, FINDING, USAGE, REFUSED, INTERRUPTED = 0, 1, 2, 3, 130


def exit_status(verdicts: Iterable[str | None], documents: Iterable[Document] = (), *, exit_zero: bool = False) -> int:
    """The exit status of a comparison or a scan with these verdicts and this ledger."""
    if any(verdict in ACCUSING for verdict in verdicts):
        return NOTHING if exit_zero else FINDING
    return REFUSED if any(document.status == "refused" for document in documents) else NOTHING
