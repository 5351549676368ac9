"""Results in the format that was asked for, to a file or to standard output."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def write(done: Any, format: str, out: Path | None) -> None:
    raise NotImplementedError
