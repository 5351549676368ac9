"""Comparing two uploaded files, in a process of its own: what a stranger sent must not be decoded in the server."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from figecho.compare import compare
from figecho.errors import FigechoError, InputError
from figecho.options import Limits
from figecho.review.problems import ProblemError
from figecho.work.isolate import Workers


@dataclass(frozen=True)
class Pair:
    """Two files, and how to compare them."""

    a: Path
    b: Path
    method: str


def compare_pair(pair: Pair) -> dict[str, Any]:
    """The contract's comparison object, with the files' own names as paths."""
    try:
        said = compare(pair.a, pair.b, method=pair.method).to_dict()
    except InputError as error:
        raise InputError(Path(error.path).name, error.code, error.cause, error.remedy) from error
    for side, path in (("a", pair.a), ("b", pair.b)):
        said[side]["path"] = path.name
    return said


def compared(pair: Pair, limits: Limits) -> dict[str, Any]:
    """`compare_pair` in an isolated process under limits.

    Raises
    ------
    FigechoError : a file that cannot be used, or a comparison that took too much time or memory.
    ProblemError : anything else that went wrong with these files.
    """
    seconds = limits.seconds_per_pair + 2 * limits.seconds_per_document
    with Workers(1, memory_bytes=2 * limits.memory_bytes) as workers:
        (outcome,) = workers.run(compare_pair, [pair], timeout=lambda _: seconds, retries=0)
    if isinstance(outcome.error, FigechoError):
        raise outcome.error
    if outcome.error is not None:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"these files cannot be compared: {outcome.error}")
    return outcome.value
