"""A run as text for other programs, by the name of the format."""

from __future__ import annotations

import json
from collections.abc import Callable

from figecho.errors import OptionError
from figecho.report import csv, sarif, w3c
from figecho.types import Run


def dumps(run: Run, format: str) -> str:
    """The run in one of `FORMATS`.

    Raises
    ------
    OptionError : there is no such format.
    """
    if format not in FORMATS:
        raise OptionError(f"format {format!r} is unknown; choose one of {', '.join(FORMATS)}")
    return FORMATS[format](run)


def _json(run: Run) -> str:
    return json.dumps(run.to_dict(), indent=2, ensure_ascii=False) + "\n"


def _json_lines(run: Run) -> str:
    """One finding per line."""
    return "".join(json.dumps(finding.to_dict(), ensure_ascii=False) + "\n" for finding in run.findings)


#: How each format is written.
FORMATS: dict[str, Callable[[Run], str]] = {
    "json": _json,
    "jsonl": _json_lines,
    "csv": csv.dumps,
    "sarif": sarif.dumps,
    "w3c": w3c.dumps,
}
