"""Measure pairs in worker processes and keep each measurement as one line of JSON.

Features are computed once per picture and worker. A run that was stopped, by its time limit or by a person, goes on
where it was: pairs that are in the file are not measured again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.reuse import negatives, peers
from benchmarks.reuse.positives import OTHERS, kinds, recompressed
from benchmarks.reuse.sources import Source, generator, sources
from benchmarks.reuse.textures import Pixels
from figecho.compare import examine
from figecho.features import serialize
from figecho.features.sift import extract
from figecho.options import ReuseOptions, reuse_options
from figecho.types import Evidence, Features, Overlap, Transform

#: Pairs that a worker takes at a time.
CHUNK = 20
#: Pictures whose features a worker keeps in memory.
KEPT = 400
#: Features on disk; delete the folder when drawing or `features` changes without a new version.
CACHE = Path(__file__).parents[1] / "out" / "features"
#: The peers look at every so many pairs: they cost more than figecho does.
PEERS_EVERY = 80

Row = dict[str, Any]


@dataclass(frozen=True)
class Planted:
    """A copy of a kind, made of a source."""

    kind: str
    source: str


Item = Planted | negatives.Unrelated


@dataclass(frozen=True)
class Task:
    """Pairs for one worker; ``peers`` says which of them the peers see too."""

    split: str
    profile: str
    items: tuple[Item, ...]
    peers: tuple[bool, ...]


def planned(split: str, per_kind: int, unrelated: int | None) -> list[Item]:
    """All pairs of a split, copies and unrelated pairs evenly mixed; the same for the same arguments."""
    known = sources(split)
    rng = generator(split, "planted")
    planted: list[Item] = []
    for kind in kinds():
        planted += [Planted(kind, name) for name in rng.permutation(sorted(known))[:per_kind].tolist()]
    planted = [planted[index] for index in rng.permutation(len(planted))]
    others: list[Item] = list(negatives.unrelated(split, known)[:unrelated])
    place = [(index + 0.5) / len(group) for group in (planted, others) for index in range(len(group))]
    mixed = planted + others
    return [mixed[index] for index in np.argsort(place, kind="stable")]


def key(item: Item) -> str:
    """What names a pair in the file of measurements."""
    if isinstance(item, Planted):
        return f"planted {item.kind} {item.source}"
    return f"{item.kind} {item.a} {item.b}"


def measure(
    items: list[Item],
    target: Path,
    *,
    split: str,
    profile: str,
    workers: int,
    minutes: float,
    beside: bool,
    say: Callable[[str], None],
) -> None:
    """Measure what is not in ``target`` yet and append it, until done or out of time; ``beside``: with the peers."""
    target.parent.mkdir(parents=True, exist_ok=True)
    known = {row["key"] for row in rows(target)} if target.exists() else set()
    missing = [(item, beside and index % PEERS_EVERY == 0) for index, item in enumerate(items)]
    missing = [(item, seen) for item, seen in missing if key(item) not in known]
    say(f"{split}: {len(items)} pairs, {len(items) - len(missing)} measured before")
    tasks = (
        Task(split, profile, tuple(item for item, _ in part), tuple(seen for _, seen in part))
        for part in (missing[start : start + CHUNK] for start in range(0, len(missing), CHUNK))
    )
    begin, done = time.monotonic(), 0
    with target.open("a", encoding="utf-8") as file, ProcessPoolExecutor(workers) as pool:
        for found in _completed(pool, tasks, workers + 1, begin + 60 * minutes):
            file.writelines(json.dumps(row) + "\n" for row in found)
            file.flush()
            done += len(found)
            say(f"{split}: {done} of {len(missing)} in {time.monotonic() - begin:.0f} s")


def _completed(pool: ProcessPoolExecutor, tasks: Iterable[Task], ahead: int, deadline: float) -> Iterator[list[Row]]:
    """Results as they come; no task is begun after the deadline."""
    tasks = iter(tasks)
    running = {pool.submit(_work, task) for task in islice(tasks, ahead)}
    while running:
        finished, running = wait(running, return_when=FIRST_COMPLETED)
        if time.monotonic() < deadline:
            running |= {pool.submit(_work, task) for task in islice(tasks, len(finished))}
        yield from (future.result() for future in finished)


def rows(path: Path) -> list[Row]:
    """The measurements of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def evidence_of(row: Row) -> Evidence:
    """The evidence of a measurement, enough of it to be judged again; inliers have no places."""
    return Evidence(
        keypoints_a=row["keypoints"][0],
        keypoints_b=row["keypoints"][1],
        inliers_a=((0.0, 0.0),) * row["inliers"],
        inliers_b=((0.0, 0.0),) * row["inliers"],
        transform=Transform.from_dict(row["transform"]) if row["transform"] else None,
        overlap=Overlap(*row["overlap"]),
        log10_nfa=row["log10_nfa"],
        ncc=row["measurements"].get("ncc", 0.0),
        grain=row["measurements"].get("grain2", 0.0),
        measurements=row["measurements"],
    )


def _work(task: Task) -> list[Row]:
    import cv2

    cv2.setNumThreads(1)
    options = reuse_options(task.profile)
    return [
        _measured(item, task.split, options, with_peers)
        for item, with_peers in zip(task.items, task.peers, strict=True)
    ]


def _measured(item: Item, split: str, options: ReuseOptions, with_peers: bool) -> Row:
    known = _sources(split)
    if isinstance(item, Planted):
        source = known[item.source]
        pixels = _planted(item, split)
        features = [extract(each, options) for each in pixels]
        described = [peers.describe(each) for each in pixels] if with_peers else []
        about = {
            "kind": item.kind,
            "copy": True,
            "groups": [source.group],
            "family": source.family,
            "real": source.real,
        }
    else:
        features = [_features(recipe, split, options) for recipe in (item.a, item.b)]
        described = [_described(recipe, split) for recipe in (item.a, item.b)] if with_peers else []
        about = {"kind": item.kind, "copy": None if item.neighbours else False, "groups": [item.group]}
    begin = time.process_time()
    evidence, _ = examine(*features, options)
    seconds = time.process_time() - begin
    return {
        "key": key(item),
        **about,
        "keypoints": [evidence.keypoints_a, evidence.keypoints_b],
        "inliers": evidence.inliers,
        "transform": evidence.transform.to_dict() if evidence.transform else None,
        "overlap": [round(evidence.overlap.of_a, 4), round(evidence.overlap.of_b, 4)],
        "log10_nfa": round(evidence.log10_nfa, 3),
        "measurements": {name: round(float(value), 5) for name, value in evidence.measurements.items()},
        "seconds": round(seconds, 4),
        **({"peers": peers.compared(*described)} if described else {}),
    }


def _planted(item: Planted, split: str) -> tuple[Pixels, Pixels]:
    """Both pictures of a planted copy, each JPEG-compressed."""
    rng = generator(split, item)
    known = _sources(split)
    names = [name for name in sorted(known) if known[name].group != known[item.source].group]
    others = [known[name].draw() for name in rng.permutation(names)[: OTHERS.get(item.kind, 0)].tolist()]
    a, b = kinds()[item.kind](rng, known[item.source].draw(), others)
    return recompressed(rng, a), recompressed(rng, b)


@cache
def _sources(split: str) -> dict[str, Source]:
    return sources(split)


@lru_cache(KEPT)
def _features(recipe: negatives.Recipe, split: str, options: ReuseOptions) -> Features:
    """Features of a picture, kept on disk for the other workers and the next run."""
    name = hashlib.sha256(repr((recipe, split, options, serialize.VERSION)).encode()).hexdigest()[:24]
    path = CACHE / f"{name}.npz"
    if path.exists():
        return serialize.loads(path.read_bytes())
    features = extract(negatives.draw(recipe, split, _sources(split)), options)
    CACHE.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(f".{os.getpid()}")
    written.write_bytes(serialize.dumps(features))
    written.replace(path)
    return features


@lru_cache(KEPT)
def _described(recipe: negatives.Recipe, split: str) -> peers.Described:
    return peers.describe(negatives.draw(recipe, split, _sources(split)))


def pixels_of(key_of_pair: str, split: str, per_kind: int) -> tuple[Pixels, Pixels]:
    """Both pictures of a measured pair, to be looked at."""
    item = next(item for item in planned(split, per_kind, None) if key(item) == key_of_pair)
    if isinstance(item, Planted):
        return _planted(item, split)
    known = _sources(split)
    return negatives.draw(item.a, split, known), negatives.draw(item.b, split, known)
