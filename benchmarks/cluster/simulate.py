"""Fifty million descriptors on one machine: is a copy still found among them, and what does it take?

    python -m benchmarks.cluster.simulate --work DIR [--millions 5 15 50] [--per-segment 5] [--out DIR]

Real planted pairs (`benchmarks.scale.folder`; so the noise between copies is that of real copies) are hidden among
synthetic panels: one side of every pair lies in the first segment, the other side asks. The segments are built one
after the other by figecho's own code, searched one after the other, and removed. What a search has found so far is
merged as a scan merges it, so that one pass gives a point for every size. A pass that was interrupted goes on at its
last segment. The first point, `base`, has the real unrelated panels around the pairs and nothing synthetic.

A synthetic panel's descriptors are drawn from a mixture that is fitted to real ones: each is a real descriptor of an
unrelated panel, moved by half the difference of two others that have the same nearest centre (of `CENTRES`). They have
the neighbourhoods of real descriptors, without being copies; `likeness` tells how near to a real descriptor the nearest
of as many real and synthetic ones lie.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.cluster.real import Real, real
from figecho.features.sift import rootsift
from figecho.features.signatures import Signature
from figecho.scan.propose import LOW_TEXTURE
from figecho.scan.search import Found, merge, read_found, search, write_found
from figecho.scan.segments import build, codes, open_segment
from figecho.scan.votes import votes

#: Descriptors per synthetic panel: what the real ones have on average is told beside it.
PER_PANEL = 600
CENTRES = 256
#: Share of the difference that a descriptor is moved by: with it, `likeness` is most alike.
MOVED = 0.5
RANKS = (1, 6, 20)
#: Descriptors that the likeness is measured with.
SAMPLE = 20_000


@dataclass(frozen=True, eq=False)
class Texture:
    """Real descriptors and where each lies relative to its centre, ordered by centre."""

    descriptors: np.ndarray
    offsets: np.ndarray
    first: np.ndarray
    count: np.ndarray
    centre: np.ndarray


def texture(signatures: Sequence[Signature]) -> Texture:
    """What synthetic descriptors are drawn from."""
    descriptors = np.concatenate([signature.descriptors for signature in signatures]).astype(np.float32)
    rng = np.random.default_rng(3)
    centres = descriptors[rng.choice(len(descriptors), CENTRES, replace=False)]
    nearest = np.concatenate(
        [
            ((centres**2).sum(axis=1) - 2 * part @ centres.T).argmin(axis=1)
            for part in np.array_split(descriptors, 1 + len(descriptors) // 50_000)
        ]
    )
    order = np.argsort(nearest, kind="stable")
    count = np.bincount(nearest, minlength=CENTRES)
    return Texture(
        descriptors[order],
        (descriptors - centres[nearest])[order],
        np.concatenate([[0], np.cumsum(count)[:-1]]),
        count,
        nearest[order],
    )


def drawn(some: Texture, rng: np.random.Generator, number: int) -> np.ndarray:
    """Synthetic descriptors (number, 128) uint8."""
    chosen = rng.integers(0, len(some.descriptors), number)
    centre = some.centre[chosen]
    one, other = (some.first[centre] + rng.integers(0, some.count[centre]) for _ in range(2))
    moved = some.descriptors[chosen] + MOVED * (some.offsets[one] - some.offsets[other])
    return np.clip(moved, 0, 255).astype(np.uint8)


def synthetic(some: Texture, number: int) -> Signature:
    """A synthetic panel: the same for the same number."""
    rng = np.random.default_rng([50, number])
    return Signature(
        rng.uniform(0, 512, (PER_PANEL, 2)).astype(np.float32),
        np.exp2(rng.uniform(1.5, 5, PER_PANEL)).astype(np.float32),
        rng.uniform(0, 360, PER_PANEL).astype(np.float32),
        drawn(some, rng, PER_PANEL),
        rng.integers(0, 256, (8, 32), np.uint8),
        asking=300,
        keypoints=500,
    )


def likeness(world: Real, some: Texture) -> dict[str, list[int]]:
    """Hamming distances (quartiles) from real descriptors to their nearest among as many real and synthetic ones."""
    import faiss

    rng = np.random.default_rng(4)
    half = len(world.others) // 2
    pools = [np.concatenate([each.descriptors for each in part]) for part in (world.others[:half], world.others[half:])]
    asking, stored = (pool[rng.choice(len(pool), min(SAMPLE, len(pool)), replace=False)] for pool in pools)
    told = {}
    for name, among in (("real", stored), ("synthetic", drawn(some, rng, len(stored)))):
        index = faiss.IndexBinaryFlat(256)
        index.add(codes(rootsift(among)))
        distances, _ = index.search(codes(rootsift(asking[:2000])), 1)
        told[name] = [int(value) for value in np.percentile(distances, [5, 25, 50, 75])]
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=1000, help="real pictures; one pair in ten of them")
    parser.add_argument("--millions", type=float, nargs="+", default=[5, 15, 50])
    parser.add_argument("--per-segment", type=float, default=5, help="millions of descriptors")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/out/cluster"))
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    world = real(arguments.work.resolve(), arguments.pictures)
    some = texture(world.others)
    state = arguments.work.resolve() / "simulated"
    state.mkdir(exist_ok=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    told = {
        "pairs": len(world.pairs),
        "descriptors per real panel": round(float(np.mean([len(each) for each in world.others]))),
        "likeness": likeness(world, some),
        "points": [],
    }
    told["base"] = keep(state / "base.json", lambda: base(state, world))
    print(json.dumps(told), flush=True)
    panels = round(arguments.per_segment * 1e6 / PER_PANEL)
    for number in range(round(max(arguments.millions) / arguments.per_segment)):
        row = keep(state / f"{number}.json", lambda number=number: one_segment(state, world, some, number, panels))
        told["points"].append(row)
        if any(
            abs(row["million descriptors"] - millions) < arguments.per_segment / 2 for millions in arguments.millions
        ):
            names = [str(place) for place in range(len(world.pairs))]
            row["recall"] = recall(world, read_found(state / f"found {number}.npz", names))
        print(json.dumps(row), flush=True)
    told["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    (arguments.out / "simulation.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    print(json.dumps({name: value for name, value in told.items() if name != "points"}))


def keep(file: Path, make) -> dict:
    """What was measured before, or now."""
    if not file.exists():
        file.write_text(json.dumps(make()), encoding="utf-8")
    return json.loads(file.read_text(encoding="utf-8"))


def base(state: Path, world: Real) -> dict:
    """Recall among the real panels alone."""
    every = [*(a for _, a, _ in world.pairs), *world.others]
    keys = [f"{place:08}" for place in range(len(every))]
    folder = build(state / "base", keys, lambda wanted: (every[int(key)] for key in wanted), LOW_TEXTURE)
    segment = open_segment(folder)
    return {
        "panels": len(every),
        "million descriptors": round(len(segment.owner) / 1e6, 2),
        **recall(world, [search(asking, segment) for _, _, asking in world.pairs]),
    }


def one_segment(state: Path, world: Real, some: Texture, number: int, panels: int) -> dict:
    """Build a segment, search it for all that ask, merge what was found, remove it; what that took."""
    own = [a for _, a, _ in world.pairs] if number == 0 else []
    keys = [f"{number:04}{place:08}" for place in range(panels)]
    seconds = {"drawing": 0.0}

    def signatures(wanted: Sequence[str]) -> Iterator[Signature]:
        for key in wanted:
            begin = time.process_time()
            place = int(key[4:])
            signature = own[place] if place < len(own) else synthetic(some, number * panels + place)
            seconds["drawing"] += time.process_time() - begin
            yield signature

    begin = time.process_time()
    folder = build(state / "segments", keys, signatures, LOW_TEXTURE)
    seconds["building"] = time.process_time() - begin - seconds["drawing"]
    size = sum(file.stat().st_size for file in folder.iterdir())
    segment = open_segment(folder)
    begin, found = time.process_time(), []
    for _, _, asking in world.pairs:
        found.append(search(asking, segment, number))
    seconds["searching, per panel"] = (time.process_time() - begin) / len(found)
    begin = time.process_time()
    names = [str(place) for place in range(len(found))]
    if number:
        earlier = read_found(state / f"found {number - 1}.npz", names)
        found = [merge(parts) for parts in zip(earlier, found, strict=True)]
    seconds["merging, per panel"] = (time.process_time() - begin) / len(found)
    write_found(state / f"found {number}.npz", dict(zip(names, found, strict=True)))
    descriptors = len(segment.owner)
    del segment
    shutil.rmtree(folder)
    return {
        "segments": number + 1,
        "million descriptors": round((number + 1) * panels * PER_PANEL / 1e6, 2),
        "descriptors here": descriptors,
        "bytes per descriptor": round(size / descriptors, 1),
        "cpu_s": {name: round(value, 4) for name, value in seconds.items()},
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def recall(world: Real, found: Sequence[Found]) -> dict:
    """Share of the pairs whose hidden side, panel i of pair i, is among the best-voted of all; what is lost."""
    begin, ranks = time.process_time(), []
    for place, ((_, _, asking), some) in enumerate(zip(world.pairs, found, strict=True)):
        order = [vote.panel for vote in votes(asking, some)]
        ranks.append(order.index(place) if place in order else 10**6)
    seconds = (time.process_time() - begin) / len(ranks)
    return {
        **{f"at {rank}": round(float(np.mean([each < rank for each in ranks])), 4) for rank in RANKS},
        "lost at 20": sorted(kind for (kind, _, _), rank in zip(world.pairs, ranks, strict=True) if rank >= 20),
        "voting, s per panel": round(seconds, 4),
    }


if __name__ == "__main__":
    main()
