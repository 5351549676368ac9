"""The words for what ends a task before it is done, wherever it runs."""

from __future__ import annotations

import signal

from figecho.errors import TaskError


def too_large() -> TaskError:
    return TaskError("it needs more memory than a task may take", "memory")


def too_late(seconds: float) -> TaskError:
    return TaskError(f"it took longer than {seconds:.0f} s", "timeout")


def died(exitcode: int | None) -> TaskError:
    return TaskError(f"its process died ({_exit_in_words(exitcode)})", "crashed")


def _exit_in_words(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"exit status {exitcode}"
    try:
        return signal.Signals(-exitcode).name
    except ValueError:
        return f"signal {-exitcode}"
