"""The same scan by one process, the local pool, a Dask cluster here, and one of three hosts; also with workers killed.

    python -m benchmarks.cluster [--panels 1000] [--ways serial pool dask hosts] [--overhead] [--kills 10]
                                 [--cut] [--out DIR]

For every way: wall and CPU time of the whole command, of its stages, and per task; whether the run's logical dump (its
documents, findings, groups, counts and failures, without times) is the same. The pictures are small (320 × 240), so
that what a task costs beside its work weighs as much as it ever will; twenty of them are copies of others. The hosts
are network namespaces with addresses of their own (`benchmarks.cluster.hosts`).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.cluster.hosts import Hosts, hosts, why_not
from benchmarks.scale.usage import Usage, measure

SIDE = (240, 320)
COPIES = 20
#: Panels of the scans that are disturbed.
FEW = 100
SCAN = """
import hashlib, json, sys, time
from figecho.scan.scan import scan

class Clock:
    stages = []
    def start(self, stage, total): self.stages.append([stage, time.time(), None])
    def advance(self, count=1): pass
    def finish(self): self.stages[-1][2] = time.time()

if __name__ == "__main__":
    how = json.loads(sys.argv[1])
    run = scan(["figs"], root=sys.argv[2], progress=Clock(), look_within=False, **how)
    told = run.to_dict()
    for name in ("id", "created", "settings"):
        told.pop(name, None)
    for document in told["documents"]:
        document.pop("seconds", None)
        document.pop("memory_bytes", None)
    dump = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
    print(json.dumps({"stages": Clock.stages, "dump": dump, "findings": len(run.findings), "counts": run.counts}))
"""
#: Tasks that do nothing, for what a task costs beside its work.
TASKS = """
import json, operator, sys
from figecho.options import Limits
from figecho.scan.running import open_runner

if __name__ == "__main__":
    how, count = json.loads(sys.argv[1]), int(sys.argv[2])
    with open_runner(how.get("cluster"), how.get("jobs"), Limits(), []) as runner:
        outcomes = list(runner.run(operator.neg, range(count), timeout=lambda _: 60.0))
    assert sorted(outcome.value for outcome in outcomes) == sorted(-number for number in range(count))
"""
FEWEST_TASKS, MANY_TASKS = 2, 2002
WAYS: dict[str, dict[str, Any]] = {"serial": {"jobs": 0}, "pool": {"jobs": 2}, "dask": {"cluster": "local:2"}}
ENVIRONMENT = {
    **os.environ,
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--panels", type=int, default=1000)
    parser.add_argument("--ways", nargs="*", choices=[*WAYS, "hosts"], default=[*WAYS, "hosts"])
    parser.add_argument("--overhead", action="store_true", help="CPU of starting, and of a task that does nothing")
    parser.add_argument("--kills", type=int, default=0, help=f"scans of {FEW} panels, one Dask worker killed in each")
    parser.add_argument("--cut", action="store_true", help=f"a scan of {FEW} panels, a host cut off in the middle")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/out/cluster"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        told: dict[str, Any] = {}
        _write(work / "many" / "figs", arguments.panels)
        _write(work / "few" / "figs", min(FEW, arguments.panels))
        for way in arguments.ways:
            told[way] = _hosts(work / "many") if way == "hosts" else _scanned(work / "many", WAYS[way], way)
            print(json.dumps({way: told[way]}), flush=True)
        if arguments.overhead:
            told["overhead"] = {way: _overhead(work, WAYS[way]) for way in ("pool", "dask")}
            print(json.dumps({"overhead": told["overhead"]}), flush=True)
        if arguments.kills or arguments.cut:
            told["few, pool"] = _scanned(work / "few", WAYS["pool"], "pool")
            print(json.dumps({"few, pool": told["few, pool"]}), flush=True)
        for number in range(arguments.kills):
            seconds = random.Random(number).uniform(1, told["few, pool"]["wall_s"])
            told[f"killed {number}"] = _scanned(
                work / "few", WAYS["dask"], f"killed{number}", lambda seconds=seconds: _kill_one(seconds)
            )
            print(json.dumps({f"killed {number}": told[f"killed {number}"]}), flush=True)
        if arguments.cut:
            told["host cut off"] = _hosts(work / "few", cut=True)
            print(json.dumps({"host cut off": told["host cut off"]}), flush=True)
    (arguments.out / "cluster.json").write_text(json.dumps(told, indent=1), encoding="utf-8")


def _write(folder: Path, count: int) -> None:
    """Unrelated pictures, the last `COPIES` of which are mirrored JPEGs of the first."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(count):
        if number >= count - COPIES:
            first = Image.open(folder / f"{number - count + COPIES:05d}.png")
            first.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / f"{number:05d}.jpg", quality=85)
            continue
        coarse = rng.integers(0, 255, (SIDE[0] // 8, SIDE[1] // 8), np.uint8)
        Image.fromarray(coarse).resize(SIDE[::-1], Image.Resampling.BICUBIC).save(folder / f"{number:05d}.png")


def _overhead(work: Path, how: dict[str, Any]) -> dict[str, float]:
    """CPU seconds of starting workers and ending them, and of each task beside its work."""
    commands = [[sys.executable, "-c", TASKS, json.dumps(how), str(count)] for count in (FEWEST_TASKS, MANY_TASKS)]
    few, many = (measure(command, work, ENVIRONMENT).cpu for command in commands)
    return {"starting": round(few, 2), "per task": round((many - few) / (MANY_TASKS - FEWEST_TASKS), 5)}


def _scanned(
    work: Path, how: dict[str, Any], name: str, beside: Callable[[], str] | None = None, inside: Any = None
) -> dict[str, Any]:
    """Scan with nothing known before; ``beside`` is done meanwhile, and says what it did."""
    command = [sys.executable, "-c", SCAN, json.dumps(how), str(work / name)]
    did: list[str] = []
    meanwhile = threading.Thread(target=lambda: did.append(beside())) if beside else None
    if meanwhile:
        meanwhile.start()
    usage = measure(inside(command) if inside else command, work, ENVIRONMENT)
    if meanwhile:
        meanwhile.join()
    return {**_told(usage), **({"meanwhile": did[0]} if did else {})}


def _told(usage: Usage) -> dict[str, Any]:
    said = json.loads(usage.output)
    return {
        "dump": said["dump"],
        "findings": said["findings"],
        "verified": said["counts"]["verified"],
        "wall_s": round(usage.wall, 1),
        "cpu_s": round(usage.cpu, 1),
        "stages_wall_s": {name: round(end - begin, 1) for name, begin, end in said["stages"]},
        "peak_mb": round(usage.peak_bytes / 1e6),
    }


def _hosts(work: Path, *, cut: bool = False) -> dict[str, Any]:
    if (why := why_not()) is not None:
        return {"not measured": f"no network namespaces here: {why}"}
    with hosts(work) as some:
        beside = (lambda: _cut(some)) if cut else None
        return _scanned(
            work, {"cluster": some.address}, "cut" if cut else "hosts", beside, lambda command: some.inside(0, command)
        )


def _cut(some: Hosts) -> str:
    time.sleep(10)
    some.unplug(2)
    return "host 2 unplugged after 10 s, for good"


def _kill_one(seconds: float) -> str:
    """Kill one of the Dask workers that this process's scan has started, so many seconds after they are there."""
    while not _workers():
        time.sleep(0.5)
    time.sleep(seconds)
    found = _workers()
    if not found:
        return f"the scan was done {seconds:.1f} s after its workers had started"
    victim = random.Random(seconds).choice(found)
    subprocess.run(["kill", "-9", str(victim)], check=True)
    return f"killed one of {len(found)} workers {seconds:.1f} s after they had started"


def _workers() -> list[int]:
    """The processes of Dask workers below this one: children of their nannies, which are spawned by the scan."""
    return [
        process
        for process in _below(os.getpid())
        if b"spawn_main" in _words(process) and b"multiprocessing.spawn" in _words(process)
    ]


def _below(process: int) -> list[int]:
    try:
        threads = Path(f"/proc/{process}/task").iterdir()
        children = [int(each) for thread in threads for each in (thread / "children").read_text().split()]
    except OSError:  # it has just ended
        return []
    return [each for child in children for each in (child, *_below(child))]


def _words(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    main()
