"""What panels, segments and questions cost, as formulas: fitted to small segments, checked on larger ones.

    python -m benchmarks.cluster.model --work DIR [--panels 1000 3000 10000] [--check 15000] [--out DIR]

A segment of n descriptors has 3·√n cells, and a query looks at all cells and into ten of them: so building takes a·n +
b·n·√n, and searching for one panel c + d·√n. The constants are fitted (relative least squares) to segments of synthetic
panels (`benchmarks.cluster.simulate`) of the sizes ``--panels``; ``--check`` and the points of a simulation that lies
in ``--out`` are compared with what the formulas say.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.cluster.real import Real, real
from benchmarks.cluster.simulate import Texture, keep, synthetic, texture
from figecho.features.signatures import Signature
from figecho.scan.candidates import _in_order, _name_of, every_pair
from figecho.scan.corpus import Corpus, Reference
from figecho.scan.propose import LOW_TEXTURE
from figecho.scan.search import search
from figecho.scan.segments import build, open_segment
from figecho.store.panels import FILE, PanelStore

#: Questions that the time of one is the mean of.
ASKING = 40
#: Panels of the library that the coordinator's memory is measured with.
PANELS = 200_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--panels", type=int, nargs="+", default=[1000, 3000, 10_000])
    parser.add_argument("--check", type=int, nargs="*", default=[15_000])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/out/cluster"))
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    world = real(arguments.work.resolve(), arguments.pictures)
    some = texture(world.others)
    state = arguments.work.resolve() / "modelled"
    state.mkdir(exist_ok=True)
    measured = {
        panels: keep(state / f"{panels}.json", lambda panels=panels: measure(state, world, some, panels))
        for panels in [*arguments.panels, *arguments.check]
    }
    fitted = [measured[panels] for panels in arguments.panels]
    model = {
        "building": fit(fitted, "building"),
        "searching": fit(fitted, "searching"),
        "bytes": float(np.mean([row["bytes"] / row["descriptors"] for row in fitted])),
    }
    told = {"model": model, "points": [compared(model, f"{panels} panels", row) for panels, row in measured.items()]}
    told["coordinator, bytes per library panel"] = keep(state / "coordinator.json", coordinator_bytes)
    simulation = arguments.out / "simulation.json"
    if simulation.exists():
        told["points"] += [
            compared(model, f"segment {point['segments']} of a simulation", as_row(point))
            for point in json.loads(simulation.read_text(encoding="utf-8"))["points"]
        ]
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "model.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    print(json.dumps({name: value for name, value in told.items() if name != "points"}))
    for point in told["points"]:
        print(json.dumps(point))


def measure(state: Path, world: Real, some: Texture, panels: int) -> dict[str, float]:
    """Build and search a segment of so many synthetic panels; CPU seconds, and bytes."""
    drawing = 0.0

    def signatures(wanted: Sequence[str]) -> Iterator[Signature]:
        nonlocal drawing
        for key in wanted:
            begin = time.process_time()
            signature = synthetic(some, int(key))
            drawing += time.process_time() - begin
            yield signature

    begin = time.process_time()
    folder = build(state / "segments", [f"{place:08}" for place in range(panels)], signatures, LOW_TEXTURE)
    building = time.process_time() - begin - drawing
    segment = open_segment(folder)
    asking = [signature for _, _, signature in world.pairs][:ASKING]
    search(asking[0], segment)  # reads the pages that all questions read
    begin = time.process_time()
    for signature in asking:
        search(signature, segment)
    searching = (time.process_time() - begin) / len(asking)
    size = sum(file.stat().st_size for file in folder.iterdir())
    descriptors = len(segment.owner)
    del segment
    shutil.rmtree(folder)
    return {"descriptors": descriptors, "building": building, "searching": searching, "bytes": size}


def coordinator_bytes() -> int:
    """Memory that a scan's coordinator takes for each panel of a library, at most: lists and sets of their keys."""
    import tracemalloc

    tracemalloc.start()
    with tempfile.TemporaryDirectory() as scratch, PanelStore(Path(scratch) / FILE, writable=True) as cache:
        corpus = Corpus(["0" * 64], cache, Reference(Path(scratch) / FILE))
        corpus.known = tuple(f"{number:064x}" for number in range(1, PANELS + 1))
        every_pair(corpus).count()
        _name_of(corpus)
        _in_order([("0" * 64, corpus.known[0])], corpus)
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return round(peak / PANELS)


def as_row(point: dict) -> dict[str, float]:
    return {
        "descriptors": point["descriptors here"],
        "building": point["cpu_s"]["building"],
        "searching": point["cpu_s"]["searching, per panel"],
        "bytes": point["bytes per descriptor"] * point["descriptors here"],
    }


def terms(name: str, n: np.ndarray) -> np.ndarray:
    """What a cost is a sum of, one column each: of `building` n and n·√n, of `searching` 1 and √n."""
    return np.stack([n, n**1.5] if name == "building" else [np.ones_like(n), np.sqrt(n)], axis=-1)


def fit(rows: Sequence[dict[str, float]], name: str) -> list[float]:
    """The constants of a cost, by non-negative relative least squares."""
    from scipy.optimize import nnls

    n = np.array([row["descriptors"] for row in rows], float)
    seconds = np.array([row[name] for row in rows])
    return [float(value) for value in nnls(terms(name, n) / seconds[:, None], np.ones(len(n)))[0]]


def compared(model: dict, name: str, row: dict[str, float]) -> dict:
    """What was measured, and by which share it is more than the formulas say."""
    n = np.array(row["descriptors"], float)
    told: dict = {"what": name, "million descriptors": round(float(n) / 1e6, 2)}
    for cost in ("building", "searching"):
        said = float(terms(cost, n) @ model[cost])
        told[cost] = {"s": round(row[cost], 4), "model s": round(said, 4), "more": round(row[cost] / said - 1, 3)}
    told["bytes per descriptor"] = round(row["bytes"] / float(n), 1)
    return told


if __name__ == "__main__":
    main()
