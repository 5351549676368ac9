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
    """Write a scan's results as ``text``, ``json``, ``jsonl`` or ``csv``."""
    if format == "text":
        render.results(done, out)
    else:
        serialise: dict[str, Callable[[Run | ClassicalRun], str]] = {"json": _json, "jsonl": _lines, "csv": _csv}
        render.data(serialise[format](done), out)


def _json(done: Run | ClassicalRun) -> str:
    return json.dumps(done.to_dict(), indent=2, ensure_ascii=False) + "\n"


def _lines(done: Run | ClassicalRun) -> str:
    """One finding, or one pair of a classical scan, per line."""
    items = done.findings if isinstance(done, Run) else done.rows
    return "".join(json.dumps(item.to_dict(), ensure_ascii=False) + "\n" for item in items)


def _csv(done: Run | ClassicalRun) -> str:
    if isinstance(done, Run):
        from figecho.report import csv as findings

        return findings.dumps(done)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["method", "a", "b", "keypoints_a", "keypoints_b", "matches"])
    writer.writerows([done.method, row.a, row.b, *row.keypoints, row.matches] for row in done.rows)
    return text.getvalue()
