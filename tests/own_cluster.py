"""A Dask scheduler and a worker in processes of their own, to be killed at will."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class OwnCluster:
    """A running cluster: its address, and the processes of its scheduler and of its worker's nanny."""

    address: str
    scheduler: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]


@contextmanager
def own_cluster(folder: Path) -> Iterator[OwnCluster]:
    """A cluster for the time of a ``with`` block; ``folder`` takes what it writes."""
    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)
    dask = [sys.executable, "-m", "dask"]
    here = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    commands = (
        ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)],
        ["worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard", "--death-timeout", "30"],
    )
    processes = [
        subprocess.Popen([*dask, *command], stderr=subprocess.DEVNULL, env=here, cwd=folder) for command in commands
    ]
    try:
        end = time.monotonic() + 60
        while not file.exists():
            assert time.monotonic() < end, "the scheduler did not start"
            time.sleep(0.1)
        yield OwnCluster(json.loads(file.read_text())["address"], *processes)
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()
