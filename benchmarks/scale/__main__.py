"""A scan of many panels against the founding loop, against reading them once, and against examining every pair.

    python -m benchmarks.scale [--panels 100 300 1000] [--out DIR]

For each number of panels: CPU and wall time per stage, peak memory (proportional set size of all processes), disk per
panel, a repeated scan, candidate recall, recall of the planted pairs beside examining them directly; the founding loop
from a sample of its pairs, and the floor, which is decoding every picture and detecting SIFT in it once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.scale.folder import Planted, draw
from benchmarks.scale.recall import candidate_recall, examined_directly, query_seconds
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

run = scan([sys.argv[1]], jobs=int(sys.argv[2]), progress=Clock(), look_within=False)
found = [[f.a.path, f.b.path, f.verdict] for f in run.findings]
print(json.dumps({"stages": Clock.stages, "counts": run.counts, "failed": len(run.failed), "found": found}))
"""
#: Pairs and pictures that the founding loop and the floor are sampled on.
SAMPLED_PAIRS, SAMPLED_PICTURES = 25, 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--panels", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/out/scale"))
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for panels in arguments.panels:
        with tempfile.TemporaryDirectory() as scratch:
            row = measured(panels, arguments.jobs, Path(scratch))
        (arguments.out / f"{panels}.json").write_text(json.dumps(row, indent=1), encoding="utf-8")
        print(json.dumps(row), flush=True)


def measured(panels: int, jobs: int, scratch: Path) -> dict[str, Any]:
    """Everything that is measured for one number of panels."""
    folder = scratch / "figs"
    planted = draw(folder, panels)
    command = [sys.executable, "-c", SCAN, str(folder), str(jobs)]
    first = measure(command, scratch, ENVIRONMENT)
    again = measure(command, scratch, ENVIRONMENT)
    told = json.loads(first.output)
    store = next(scratch.glob(".figecho/cache/*/panels.db"))
    disk = sum(file.stat().st_size for file in (scratch / ".figecho").rglob("*") if file.is_file())
    names = sorted(str(file) for file in folder.iterdir())
    pairs = panels * (panels - 1) / 2
    founding_cpu = pairs * _founding_pair(names)
    floor_cpu = len(names) * _floor_picture(names)
    return {
        "panels": panels,
        "counts": told["counts"],
        "failed": told["failed"],
        "cpu_s": round(first.cpu, 1),
        "wall_s": round(first.wall, 1),
        "stages": {name: _stage(first, begin, end) for name, begin, end in told["stages"]},
        "again_cpu_s": round(again.cpu, 1),
        "again_wall_s": round(again.wall, 1),
        "peak_mb": round(first.peak_bytes / 1e6),
        "disk_kb_per_panel": round(disk / told["counts"]["panels"] / 1e3),
        "founding_cpu_s": round(founding_cpu),
        "floor_cpu_s": round(floor_cpu, 1),
        "times_less_than_founding": round(founding_cpu / first.cpu, 1),
        "times_the_floor": round(first.cpu / floor_cpu, 2),
        "candidate_recall": candidate_recall(store, planted, scratch / "segments"),
        "query_s": query_seconds(store, scratch / "segments"),
        **_end_to_end(told["found"], store, planted),
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
        "lost": sorted(pair.kind for pair in direct - scanned),
    }


if __name__ == "__main__":
    main()
