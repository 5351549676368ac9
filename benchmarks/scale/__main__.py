"""A scan of many panels against the founding loop, against reading them once, and against examining every pair.

    python -m benchmarks.scale [--panels 300 1000] [--jobs N] [--work DIR] [--out DIR]

For each number of panels: CPU and wall time per stage, peak memory (proportional set size of all processes), disk per
panel, a repeated scan, candidate recall, recall of the planted pairs beside examining them directly; a query of a
library of as many panels, and ten documents added to it; the founding loop from a sample of its pairs, and the floor,
which is decoding every picture and detecting SIFT in it once.

A larger folder contains the smaller ones and is scanned in the same place, so that no picture is read and no pair is
examined twice: what reading and comparing took for the smaller ones is counted with it, finding partners is done anew.
What is measured is kept in the working folder with the pictures, so that a command that was interrupted goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.scale.folder import PANELS_PER_FOLDER, Planted, draw
from benchmarks.scale.growth import plot
from benchmarks.scale.recall import candidate_recall, examined_directly, make_library, query_seconds
from benchmarks.scale.usage import Usage, measure
from benchmarks.speed import founding

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
SCAN = """
import json, sys, time
from figecho.scan.scan import scan

class Clock:
    stages = []
    def start(self, stage, total): self.stages.append([stage, time.time(), None])
    def advance(self, count=1): pass
    def finish(self): self.stages[-1][2] = time.time()

run = scan(sys.argv[2:], jobs=int(sys.argv[1]), progress=Clock(), look_within=False)
found = [[f.a.path, f.b.path, f.verdict] for f in run.findings]
print(json.dumps({"stages": Clock.stages, "counts": run.counts, "failed": len(run.failed), "found": found}))
"""
ADD = "import sys, figecho; figecho.Library(sys.argv[2]).add(sys.argv[3:], jobs=int(sys.argv[1]))"
#: Stages whose results a larger scan finds in the cache.
KEPT = ("reading", "comparing")
#: Pairs and pictures that the founding loop and the floor are sampled on, and documents that are added to a library.
SAMPLED_PAIRS, SAMPLED_PICTURES, ADDED = 25, 60, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--panels", type=int, nargs="+", default=[100, 300, 1000], help="multiples of 100")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "figecho-scale")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/out/scale"))
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    earlier = dict.fromkeys(KEPT, 0.0)
    for panels in sorted(arguments.panels):
        row = measured(panels, arguments.jobs, arguments.work.resolve(), earlier)
        earlier = {name: row["stages"][name]["cpu_s"] for name in KEPT}
        (arguments.out / f"{panels}.json").write_text(json.dumps(row, indent=1), encoding="utf-8")
        print(json.dumps(row), flush=True)
    plot(arguments.out)


def measured(panels: int, jobs: int, work: Path, earlier: dict[str, float]) -> dict[str, Any]:
    """Everything that is measured for one number of panels; ``earlier`` is what smaller scans have spent for it."""
    folders, planted = draw(work / "figs", panels)
    *_, unseen = draw(work / "figs", panels + PANELS_PER_FOLDER)[0]
    new = [str(file) for file in sorted(unseen.glob("*-*.png"))[:ADDED]]
    names = sorted(str(file) for folder in folders for file in folder.iterdir())
    kept = work / f"measured {panels}"
    kept.mkdir(exist_ok=True)
    command = [sys.executable, "-c", SCAN, str(jobs), *map(str, folders)]

    def keep(name: str, make: Callable[[], Any]) -> Any:
        """What was measured before, or now."""
        file = kept / f"{name}.json"
        if not file.exists():
            file.write_text(json.dumps(make()), encoding="utf-8")
        return json.loads(file.read_text(encoding="utf-8"))

    first = keep("first", lambda: _scanned(measure(command, work, ENVIRONMENT)))
    again = keep("again", lambda: _scanned(measure(command, work, ENVIRONMENT)))
    for name, seconds in earlier.items():
        first["stages"][name]["cpu_s"] = round(first["stages"][name]["cpu_s"] + seconds, 1)
    cpu = first["cpu_s"] + sum(earlier.values())
    (store,) = work.glob(".figecho/cache/*/panels.db")
    library = kept / "lab.figecho"

    def add() -> dict[str, float]:
        make_library(library, store)
        usage = measure([sys.executable, "-c", ADD, str(jobs), str(library), *new], work, ENVIRONMENT)
        return {"cpu_s": round(usage.cpu, 2), "wall_s": round(usage.wall, 2)}

    founding_cpu = panels * (panels - 1) / 2 * keep("founding", lambda: _founding_pair(names))
    floor_cpu = len(names) * keep("floor", lambda: _floor_picture(names))
    return {
        "panels": panels,
        **{name: value for name, value in first.items() if name != "found"},
        "cpu_s": round(cpu, 1),
        "again_cpu_s": again["cpu_s"],
        "again_wall_s": again["wall_s"],
        "disk_kb_per_panel": round(store.stat().st_size / first["counts"]["panels"] / 1e3),
        "founding_cpu_s": round(founding_cpu),
        "floor_cpu_s": round(floor_cpu, 1),
        "times_less_than_founding": round(founding_cpu / cpu, 1),
        "times_the_floor": round(cpu / floor_cpu, 2),
        "add_ten": keep("add", add),
        "candidate_recall": keep("recall", lambda: candidate_recall(library, planted)),
        "query": keep("query", lambda: query_seconds(library)),
        **keep("end to end", lambda: _end_to_end(first["found"], store, planted)),
    }


def _scanned(usage: Usage) -> dict[str, Any]:
    """What a scan took and what it told."""
    told = json.loads(usage.output)
    return {
        "counts": told["counts"],
        "failed": told["failed"],
        "cpu_s": round(usage.cpu, 1),
        "wall_s": round(usage.wall, 1),
        "stages": {name: _stage(usage, begin, end) for name, begin, end in told["stages"]},
        "peak_mb": round(usage.peak_bytes / 1e6),
        "found": told["found"],
    }


def _stage(usage: Usage, begin: float, end: float) -> dict[str, float]:
    return {"wall_s": round(end - begin, 1), "cpu_s": round(usage.cpu_between(begin, end), 1)}


def _founding_pair(names: list[str]) -> float:
    """CPU seconds of one pair of the founding loop, its match picture included."""
    rng = np.random.default_rng(1)
    pairs = [rng.choice(names, 2, replace=False).tolist() for _ in range(SAMPLED_PAIRS)]
    with tempfile.TemporaryDirectory() as drawn:
        begin = time.process_time()
        for pair in pairs:
            founding.folder(pair, Path(drawn))
        return (time.process_time() - begin) / len(pairs)


def _floor_picture(names: list[str]) -> float:
    """CPU seconds of decoding one picture and detecting and describing its SIFT keypoints with plain OpenCV."""
    sift = cv2.SIFT_create()
    chosen = np.random.default_rng(2).choice(names, min(len(names), SAMPLED_PICTURES), replace=False)
    begin = time.process_time()
    for name in chosen:
        sift.detectAndCompute(cv2.imread(str(name), cv2.IMREAD_GRAYSCALE), None)
    return (time.process_time() - begin) / len(chosen)


def _end_to_end(found: list[list[str]], store: Path, planted: list[Planted]) -> dict[str, Any]:
    """Planted pairs that the scan offers, beside those that examining each of them directly offers."""
    offered = {frozenset(Path(path).name for path in (a, b)) for a, b, _ in found}
    scanned = {pair for pair in planted if frozenset(Path(path).name for path in (pair.a, pair.b)) in offered}
    direct = examined_directly(store, planted)
    return {
        "planted": len(planted),
        "found_by_scan": len(scanned),
        "found_directly": len(direct),
        "found_by_both": len(direct & scanned),
        "lost": sorted(pair.kind for pair in direct - scanned),
    }


if __name__ == "__main__":
    main()
