"""What a task costs: how long it takes, and how much memory its process holds meanwhile."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

from figecho.errors import FigechoError

Item = TypeVar("Item")
Value = TypeVar("Value")

_SELF = Path("/proc/self")
#: Written to ``clear_refs``, makes Linux count a process's peak memory anew (proc(5), since Linux 4.0).
_FORGET_PEAK = "5"


@dataclass(frozen=True)
class Cost:
    """Seconds that a task took, and bytes that it held at most beyond an idle worker; None where nobody can tell.

    What the worker kept of earlier tasks for this one (`settle.keep_memory`) counts as held.
    """

    seconds: float = 0.0
    memory_bytes: int | None = None


@dataclass(frozen=True)
class Measured(Generic[Value]):
    """A task's value, or the error that it raised, and what it cost."""

    value: Value | None
    error: Exception | None
    cost: Cost


def measured(task: Callable[[Item], Value], item: Item) -> Measured[Value]:
    """Run a task in this process; what it raises comes back as well, for it has cost something too."""
    idle, begin = _idle_bytes() if _forget_peak() else None, time.perf_counter()
    value, error = None, None
    try:
        value = task(item)
    except Exception as raised:  # noqa: BLE001 - the caller gets it, whatever it is
        error = raised
        if not isinstance(error, (FigechoError, MemoryError)):  # a bug; its traceback would be lost on the way
            error.add_note("".join(traceback.format_exception(error)))
    seconds, peak = time.perf_counter() - begin, _bytes_of("VmHWM")
    return Measured(value, error, Cost(seconds, None if peak is None or idle is None else max(0, peak - idle)))


@cache
def _idle_bytes() -> int | None:
    """What this process held before its first task."""
    return _bytes_of("VmRSS")


def _forget_peak() -> bool:
    """Whether the peak is counted from now on: elsewhere it would be that of an earlier task."""
    if sys.platform != "linux":
        return False
    try:
        (_SELF / "clear_refs").write_text(_FORGET_PEAK, encoding="ascii")
    except OSError:  # a container that may not
        return False
    return True


def _bytes_of(field: str) -> int | None:
    """A size that Linux states of this process; None on other systems."""
    if sys.platform != "linux":
        return None
    lines = (_SELF / "status").read_text(encoding="ascii", errors="replace").splitlines()
    kilobytes = next((line.split()[1] for line in lines if line.startswith(f"{field}:")), None)
    return None if kilobytes is None else int(kilobytes) * 1024
