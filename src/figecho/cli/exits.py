"""What the exit status means, in one place.

0 no finding; 1 at least one strong or moderate finding; 2 bad usage, or an input of `compare` that cannot be read;
3 no finding, but the answer is incomplete: some inputs were refused, or some comparisons failed; 130 interrupted.
Classical methods count and never accuse: 0 or 3.
"""

from __future__ import annotations

from collections.abc import Iterable

from figecho.types import ACCUSING

NOTHING, FINDING, USAGE, INCOMPLETE, INTERRUPTED = 0, 1, 2, 3, 130


def exit_status(verdicts: Iterable[str | None], *, incomplete: bool = False, exit_zero: bool = False) -> int:
    """The exit status of a comparison or a scan with these verdicts."""
    if any(verdict in ACCUSING for verdict in verdicts):
        return NOTHING if exit_zero else FINDING
    return INCOMPLETE if incomplete else NOTHING
