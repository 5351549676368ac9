"""CPU time and memory of a command and everything that it starts, from /proc: workers are no children of its own."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
SECONDS = 0.2


@dataclass
class Usage:
    """Cumulated CPU seconds at points in time, and the largest sum of unshared memory."""

    samples: list[tuple[float, float]] = field(default_factory=list)
    peak_bytes: int = 0
    output: str = ""

    @property
    def wall(self) -> float:
        return self.samples[-1][0] - self.samples[0][0]

    @property
    def cpu(self) -> float:
        return self.samples[-1][1]

    def cpu_between(self, begin: float, end: float) -> float:
        """CPU seconds spent between two points in time, to the nearest sample."""
        return self._at(end) - self._at(begin)

    def _at(self, moment: float) -> float:
        return min(self.samples, key=lambda sample: abs(sample[0] - moment))[1]


def measure(command: list[str], cwd: Path, environment: dict[str, str]) -> Usage:
    """Run a command in a session of its own and watch the session; raises CalledProcessError where it fails."""
    process = subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    usage, done, spent = Usage([(time.time(), 0.0)]), threading.Event(), {}
    watcher = threading.Thread(target=_watch, args=(process.pid, usage, spent, done))
    watcher.start()
    usage.output, _ = process.communicate()
    done.set()
    watcher.join()
    if process.returncode not in (0, 1):
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage


def _watch(session: int, usage: Usage, spent: dict[str, float], done: threading.Event) -> None:
    while not done.wait(SECONDS):
        memory = 0
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) != session:
                    continue
                spent[folder.name] = (int(fields[11]) + int(fields[12])) / TICKS
                rollup = (folder / "smaps_rollup").read_text()
            except (OSError, ValueError, IndexError):  # it has just ended
                continue
            memory += sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
        usage.peak_bytes = max(usage.peak_bytes, memory)
        usage.samples.append((time.time(), sum(spent.values())))
