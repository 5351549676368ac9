"""What the workers do with a file. They import it by name, so it does not stand in the benchmark's main module."""

from __future__ import annotations

import os
import signal
import time
import zlib
from pathlib import Path

from figecho.options import Limits
from figecho.sources.open import read

LIMITS = Limits()


def read_document(path: str) -> int:
    """How many pictures a document holds."""
    return sum(1 for _ in read(path, limits=LIMITS))


def read_or_die(path: str) -> int:
    """As `read_document`, but one file in a hundred kills, stops or blocks its worker first, whenever it is tried."""
    match fate(path):
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stopped":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "hung":
            time.sleep(600)
    return read_document(path)


def fate(path: str) -> str | None:
    """What happens to the worker that gets this file; drawn by its name."""
    return {0: "killed", 1: "stopped", 2: "hung"}.get(zlib.crc32(Path(path).name.encode()) % 300)
