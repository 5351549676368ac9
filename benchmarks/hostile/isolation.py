"""What isolation costs: a scan of small good pictures by isolated workers, and in one process.

    python -m benchmarks.hostile.isolation [--pictures 1000] [--repeats 2] [--reading]

All CPU time counts: of this process, of the workers, and of starting them. Both ways use one thread, and memory in the
same way. The pictures are small, so that what a task costs beside its work weighs as much as it ever will; with
``--reading`` they are only read and described. Both ways run in turn, in processes of their own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from figecho.options import Limits, ReuseOptions
from figecho.scan.prepare import PrepareTask, prepare
from figecho.scan.running import PRELOAD
from figecho.scan.scan import scan
from figecho.work.isolate import Workers
from figecho.work.launch import _server
from figecho.work.settle import keep_memory

SIDE = (240, 320)
_TICKS = 100  # per second, in /proc: sysconf(_SC_CLK_TCK) of every Linux


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--reading", action="store_true", help="read and describe only")
    parser.add_argument("--way", choices=["here", "isolated"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        files = sorted(arguments.folder.glob("*.png"))
        print(cpu_of_reading(arguments.way, files) if arguments.reading else cpu_of_scan(arguments.way, files))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_pictures(folder, arguments.pictures)
        seconds: dict[str, list[float]] = {"here": [], "isolated": []}
        for way in ["here", "isolated"] * arguments.repeats:
            command = [sys.executable, "-m", __spec__.name, "--way", way, "--folder", scratch]
            command += ["--reading"] if arguments.reading else []
            seconds[way].append(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    here, isolated = (min(times) for times in seconds.values())
    print(f"{arguments.pictures} pictures of {SIDE[1]} × {SIDE[0]}: {seconds} s of CPU")
    of_what = "reading and describing" if arguments.reading else "a scan"
    print(f"isolation costs {100 * (isolated / here - 1):.1f} % of {of_what}")


def write_pictures(folder: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    for number in range(count):
        coarse = rng.integers(0, 255, (SIDE[0] // 8, SIDE[1] // 8), np.uint8)
        pixels = np.asarray(Image.fromarray(coarse).resize(SIDE[::-1], Image.Resampling.BICUBIC))
        Image.fromarray(pixels).save(folder / f"{number:05d}.png")


def cpu_of_scan(way: str, files: list[Path]) -> float:
    """Seconds of CPU of a whole scan, of this process and all that it started, imports included."""
    with tempfile.TemporaryDirectory() as root:
        paths = [str(file) for file in files]
        if way == "isolated":
            scan(paths, root=root, jobs=1)
            return time.process_time() + sum(_server_seconds())
        _settle()
        scan(paths, root=root, jobs=0)
        return time.process_time()


def cpu_of_reading(way: str, files: list[Path]) -> float:
    """The same of reading and describing alone."""
    with tempfile.TemporaryDirectory() as scratch:
        tasks = [PrepareTask(str(file), Path(scratch) / file.stem, ReuseOptions(), Limits()) for file in files]
        if way == "here":
            _settle()
            for task in tasks:
                prepare(task)
            return time.process_time()
        with Workers(1, memory_bytes=2 * Limits().memory_bytes, preload=PRELOAD) as workers:
            for outcome in workers.run(prepare, tasks, timeout=lambda _: 60.0):
                _ = outcome.value
        return time.process_time() + sum(_server_seconds())


def _settle() -> None:
    """One thread, and memory as a worker uses it."""
    import cv2

    cv2.setNumThreads(1)
    keep_memory()


def _server_seconds() -> Iterator[float]:
    """What the server of the workers took, and those of them that have ended: all of them, now."""
    stat = Path(f"/proc/{_server(PRELOAD)._forkserver_pid}/stat").read_text(encoding="ascii")  # type: ignore[attr-defined]
    yield from (int(ticks) / _TICKS for ticks in stat.rpartition(")")[2].split()[11:15])


if __name__ == "__main__":
    main()
