"""Tasks that do what tasks must never do. Worker processes import them by name."""

from __future__ import annotations

import os
import resource
import signal
import socket
import time
from pathlib import Path

import numpy as np


def behave(item: int) -> int:
    return item * item


def misbehave(item: int | str) -> int | str:
    """Whole numbers are squared; words are obeyed."""
    if isinstance(item, int):
        return behave(item)
    if item == "exit":
        os._exit(3)
    if item == "exit 0":
        os._exit(0)
    if item == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "abort":
        os.abort()
    if item == "sleep":
        time.sleep(600)
    if item == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    if item == "raise":
        raise ValueError("no good")
    if item == "quit":
        raise SystemExit(0)
    if item == "greedy":
        return int(np.ones(3 * 2**30, np.uint8).sum())
    if item == "unpicklable":
        return lambda: None  # type: ignore[return-value]
    return item


def hold(megabytes: int) -> int:
    """Hold so much memory for a moment; a negative amount is asked for in vain."""
    if megabytes < 0:
        raise ValueError("no good")
    return int(np.ones(megabytes * 2**20, np.uint8)[-1])


def pages_of_a_repeat(megabytes: int) -> int:
    """Hold so many blocks of a megabyte, give them back, hold them again: the pages that the second time asked for."""

    def blocks() -> int:
        return len([np.ones(2**20, np.uint8) for _ in range(megabytes)])

    blocks()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def die_once(marker: str) -> str:
    """Dies at the first attempt, succeeds at the second."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        os._exit(9)
    return "second attempt"


def count_attempts(log: str) -> None:
    """Leave a line per attempt, then die."""
    with Path(log).open("a") as file:
        file.write("attempt\n")
    os._exit(9)


def pid_then_sleep(folder: str) -> None:
    Path(folder, str(os.getpid())).touch()
    time.sleep(600)


def threads(_: int) -> tuple[int, str | None]:
    import cv2

    return cv2.getNumThreads(), os.environ.get("OPENBLAS_NUM_THREADS")


def call_home(port: int) -> str:
    """Try to reach a server that listens on this machine, as code smuggled into a decoder would."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return "connected"
    except OSError as error:
        return type(error).__name__


def write_much(file: str) -> str:
    """Try to fill the disk."""
    try:
        with Path(file).open("wb") as written:
            written.truncate(3 * 2**30)
    except OSError as error:
        return error.strerror or ""
    return "written"


def process_and_open_files(_: int) -> tuple[int, int]:
    return os.getpid(), resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def kill_the_dask_worker_once(marker: str) -> str:
    """At the first attempt, end the process that runs the isolated ones, as a machine that fails would."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        for ancestor in _ancestors(os.getpid()):
            if b"dask" in ancestor[1] or b"spawn_main" in ancestor[1]:
                os.kill(ancestor[0], signal.SIGKILL)
                break
        time.sleep(600)
    return "second attempt"


def _ancestors(pid: int) -> list[tuple[int, bytes]]:
    """Parents of a process with their command lines, nearest first."""
    found = []
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        found.append((pid, Path(f"/proc/{pid}/cmdline").read_bytes()))
    return found
