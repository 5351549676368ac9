"""What the workers do with a file. They import it by name, so it does not stand in the benchmark's main module."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from figecho.options import Limits
from figecho.sources.open import read

LIMITS = Limits()


@dataclass(frozen=True)
class Read:
    """A document that was read: its pictures and the seconds that it took."""

    pictures: int
    seconds: float


def read_document(path: str) -> Read:
    begin = time.perf_counter()
    return Read(sum(1 for _ in read(path, limits=LIMITS)), time.perf_counter() - begin)


def read_or_die(path: str) -> Read:
    """As `read_document`, but one file in a hundred kills, stops or blocks its worker first."""
    fate = hash_of(path) % 300
    if fate == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    if fate == 1:
        os.kill(os.getpid(), signal.SIGSTOP)
    if fate == 2:
        time.sleep(600)
    return read_document(path)


def hash_of(path: str) -> int:
    return int.from_bytes(Path(path).name.encode()[-8:], "big")
