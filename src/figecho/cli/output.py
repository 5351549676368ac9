"""Results in the format that was asked for, to a file or to standard output."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from figecho.cli import render
from figecho.types import Run

if TYPE_CHECKING:
    from figecho.scan.classical import ClassicalRun


def write(done: Run | ClassicalRun, format: str, out: Path | None) -> None:
    """Write a scan's results as ``text`` or in a format of `figecho.report.formats`."""
    if format == "text":
        render.results(done, out)
    elif isinstance(done, Run):
        from figecho.report import formats

        render.data(formats.dumps(done, format), out)
    else:
        serialise: dict[str, Callable[[ClassicalRun], str]] = {"json": _json, "jsonl": _lines, "csv": _csv}
        render.data(serialise[format](done), out)


def _json(done: ClassicalRun) -> str:
    return json.dumps(done.to_dict(), indent=2, ensure_ascii=False) + "\n"


def _lines(done: ClassicalRun) -> str:
    """One pair per line."""
    return "".join(json.dumps(row.to_dict(), ensure_ascii=False) + "\n" for row in done.rows)


def _csv(done: ClassicalRun) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["method", "a", "b", "keypoints_a", "keypoints_b", "matches"])
    writer.writerows([done.method, row.a, row.b, *row.keypoints, row.matches] for row in done.rows)
    return text.getvalue()
