"""figecho against the founding document's scripts, in one run, as ratios of CPU time.

    python -m benchmarks.speed [--images 60] [--pairs 24]

One pair: both pictures read, compared, a count or a verdict given. A folder: every pair; the founding loop writes a
match picture for each and is sampled (every n-th pair) because all of them take long. Each side of a pair has a process
of its own, as it has for a user; they are asked in turn, A B A B, so that a drifting machine does not favour either.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from benchmarks.reuse.sources import textures
from benchmarks.reuse.textures import blot, gel, smooth

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}

ONE_SIDE = """
import sys, time
sys.path.insert(0, {root!r})
import cv2
cv2.setNumThreads(1)
{prepare}
for line in sys.stdin:
    a, b = line.split()
    begin = time.process_time()
    told = {call}
    print(time.process_time() - begin, told, flush=True)
"""
FOUNDING = ("from benchmarks.speed import founding", "founding.pair(a, b)")
#: As the command does: freed memory is kept.
FIGECHO = (
    "import figecho; from figecho.work.settle import keep_memory; keep_memory()",
    "figecho.compare(a, b).verdict",
)

LOOP = """
import sys
sys.path.insert(0, {root!r})
import cv2
from pathlib import Path
cv2.setNumThreads(1)
from benchmarks.speed import founding
print(founding.folder(sys.argv[3:], Path(sys.argv[1]), every=int(sys.argv[2])))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=60)
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--every", type=int, default=15, help="the founding loop does every n-th pair")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "images"
        paths = draw_folder(folder, arguments.images)
        one_pair("one pair", pairs_of(paths, arguments.pairs))
        one_pair("one low-texture pair", draw_plain(Path(scratch), arguments.pairs))
        whole_folder(folder, paths, Path(scratch), arguments.every)


def draw_folder(folder: Path, count: int) -> list[str]:
    """So many pictures of 600 to 800 px of all textured families, every fifth a mirrored copy of the one before."""
    folder.mkdir()
    families = list(textures().items())
    paths = []
    for index in range(count):
        rng = np.random.default_rng(index)
        name, draw = families[index % len(families)]
        if index % 5 == 4:
            pixels = np.ascontiguousarray(cv2.imread(paths[-1])[:, ::-1])
        else:
            pixels = draw(rng, (int(rng.integers(600, 801)), int(rng.integers(450, 601))))
            pixels = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., ::-1])
        path = folder / f"{index:03d}_{name}.png"
        cv2.imwrite(str(path), pixels)
        paths.append(str(path))
    return paths


def draw_plain(folder: Path, count: int) -> list[str]:
    """Pairs of different blots, gels and fields out of focus: alignments are sought without keypoints."""
    paths = []
    for index in range(2 * count):
        rng = np.random.default_rng(1000 + index)
        draw = (blot, gel, smooth)[index // 2 % 3]
        path = folder / f"plain_{index:03d}.png"
        cv2.imwrite(str(path), draw(rng, (int(rng.integers(600, 801)), int(rng.integers(450, 601)))))
        paths.append(str(path))
    return paths


def pairs_of(paths: list[str], count: int) -> list[str]:
    """So many pairs of a folder, half of them copies, one path after the other."""
    copies = [path for index in range(4, len(paths), 5) for path in (paths[index - 1], paths[index])]
    others = [path for index in range(0, len(paths) - 6, 5) for path in (paths[index], paths[index + 5])]
    return copies[:count] + others[:count]


def one_pair(name: str, paths: list[str]) -> None:
    """Ratio of CPU times over pairs, one path after the other; ``name`` is what they are."""
    with side(*FOUNDING) as theirs, side(*FIGECHO) as ours:
        told = [(asked(theirs, *pair), asked(ours, *pair)) for pair in zip(paths[::2], paths[1::2], strict=True)]
    rows = [(their[0], *our) for their, our in told[1:]]  # the first pair pays for the imports
    ratios = sorted(float(ours) / float(theirs) for theirs, ours, _ in rows)
    print(
        f"{name}: founding script {statistics.median(float(row[0]) for row in rows):.3f} s of CPU, "
        f"figecho {statistics.median(float(row[1]) for row in rows):.3f} s; ratio median "
        f"{statistics.median(ratios):.2f} (min {ratios[0]:.2f}, max {ratios[-1]:.2f}) over {len(rows)} pairs"
    )
    verdicts = [row[2] for row in rows]
    print(f"  verdicts: {', '.join(f'{verdicts.count(name)} {name}' for name in sorted(set(verdicts)))}")


def side(prepare: str, call: str) -> subprocess.Popen[str]:
    """A process that compares the pairs it is asked for, one at a time."""
    program = ONE_SIDE.format(root=str(Path.cwd()), prepare=prepare, call=call)
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", program], env=ENVIRONMENT, stdin=pipe, stdout=pipe, text=True)


def asked(process: subprocess.Popen[str], a: str, b: str) -> list[str]:
    """CPU seconds that a pair takes a side, and what it says of it."""
    assert process.stdin and process.stdout
    print(a, b, file=process.stdin, flush=True)
    return process.stdout.readline().split()


def whole_folder(folder: Path, paths: list[str], scratch: Path, every: int) -> None:
    """CPU and wall time of a folder, the founding loop scaled up from its sample."""
    pairs = len(paths) * (len(paths) - 1) // 2
    drawn = scratch / "drawn"
    drawn.mkdir()
    command = [sys.executable, "-c", LOOP.format(root=str(Path.cwd())), str(drawn), str(every), *paths]
    cpu, wall, out = timed(command)
    done = int(out)
    cpu, wall = cpu * pairs / done, wall * pairs / done
    print(f"folder of {len(paths)}: founding loop {cpu:.0f} s of CPU, {wall:.0f} s (from {done} of {pairs} pairs)")
    command = [sys.executable, "-m", "figecho", "scan", str(folder), "-q", "--format", "json", "--exit-zero"]
    ours, ours_wall, _ = timed(command, cwd=scratch)
    print(
        f"folder of {len(paths)}: figecho scan {ours:.0f} s of CPU, {ours_wall:.0f} s; "
        f"{cpu / ours:.1f}x less CPU, {wall / ours_wall:.1f}x less time"
    )


def timed(command: list[str], cwd: Path | None = None) -> tuple[float, float, str]:
    """CPU seconds of a command and all its descendants, wall seconds, standard output."""
    adopt_orphans()
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    out = subprocess.run(command, env=ENVIRONMENT, cwd=cwd, stdout=subprocess.PIPE, text=True, check=True).stdout
    wall = time.perf_counter() - begin
    wait_for_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, out


def adopt_orphans() -> None:
    """Make this process the parent of its descendants' orphans: figecho's fork server outlives figecho by a moment.

    Only the time of processes that were waited for is counted (Linux, prctl PR_SET_CHILD_SUBREAPER).
    """
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def wait_for_orphans() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    main()
