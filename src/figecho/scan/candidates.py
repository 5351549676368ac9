"""Which pairs of contents are worth examining, in blocks that share their panels."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from figecho.scan.blocks import run_blocks
from figecho.scan.building import build_segments
from figecho.scan.corpus import Corpus
from figecho.scan.progress import Progress, stage
from figecho.scan.propose import BATCH, Collection, Pair, ProposeTask, propose
from figecho.scan.scatter import scatter
from figecho.scan.segments import Place, segment_keys
from figecho.work.isolate import Runner

Block = tuple[Pair, ...]
#: Panels on a side of the largest block: a worker reads 2 × 8 panels' features for 64 pairs.
LARGEST_SIDE = 8
#: Blocks per worker, so that none is left with a long last one.
BLOCKS_PER_WORKER = 8
#: Pairs up to which all are examined: 40 panels.
EXHAUSTIVE = 780
#: How long a worker may look for one panel's partners: anyway, and per segment that it searches for them.
SECONDS_PER_PANEL, SECONDS_PER_SEGMENT = 20.0, 2.0
#: Where the cache keeps what was proposed; the version changes with the way of proposing.
STAGE, VERSION = "candidates", 5


class Candidates(Protocol):
    """Chooses the pairs to be examined: all of them, or those that an index proposes."""

    def count(self) -> int:
        """How many pairs there are."""

    def blocks(self, side: int) -> Iterator[Block]:
        """Every pair once, in blocks of at most ``side`` × ``side`` pairs over at most 2 × ``side`` contents."""


@dataclass(frozen=True)
class AllPairs:
    """Every content with every other: nothing is missed, at a cost that grows as the square."""

    contents: Sequence[str]

    def count(self) -> int:
        return math.comb(len(self.contents), 2)

    def blocks(self, side: int) -> Iterator[Block]:
        """Square tiles of the upper triangle; in every pair, the content that occurs first is first."""
        yield from _tiles(self.contents, self.contents, side, lambda a, b: a < b)


@dataclass(frozen=True)
class Across:
    """Every content of one collection with every content of another; what is in both is not compared with itself."""

    contents: Sequence[str]
    others: Sequence[str]

    def count(self) -> int:
        both = len(set(self.contents) & set(self.others))
        return len(self.contents) * len(self.others) - both - math.comb(both, 2)

    def blocks(self, side: int) -> Iterator[Block]:
        """Square tiles; two contents that both collections have meet once."""
        places = {key: number for number, key in enumerate(self.contents)}
        held = set(self.others)

        def wanted(a: int, b: int) -> bool:
            own = places.get(self.others[b])
            return own is None or own > a or (own < a and self.contents[a] not in held)

        yield from _tiles(self.contents, self.others, side, wanted)


def _tiles(
    contents: Sequence[str], others: Sequence[str], side: int, wanted: Callable[[int, int], bool]
) -> Iterator[Block]:
    for row in range(0, len(contents), side):
        for column in range(0, len(others), side):
            block = tuple(
                (contents[i], others[j])
                for i in range(row, min(row + side, len(contents)))
                for j in range(column, min(column + side, len(others)))
                if wanted(i, j)
            )
            if block:
                yield block


@dataclass(frozen=True)
class Both:
    """The pairs of several collections of pairs, one after the other."""

    parts: tuple[Candidates, ...]

    def count(self) -> int:
        return sum(part.count() for part in self.parts)

    def blocks(self, side: int) -> Iterator[Block]:
        for part in self.parts:
            yield from part.blocks(side)


def every_pair(corpus: Corpus) -> Candidates:
    """All pairs that a scan is about."""
    across = Across(corpus.new, corpus.known)
    return Both((AllPairs(corpus.new), across)) if corpus.among_new else across


def block_side(pairs: int, jobs: int) -> int:
    """Panels on a side of a block: large blocks read less, small ones keep all workers busy to the end."""
    return min(LARGEST_SIDE, max(1, math.isqrt(pairs // (jobs * BLOCKS_PER_WORKER))))


@dataclass(frozen=True)
class Proposed:
    """The pairs that an index proposed, those of one panel next to each other."""

    pairs: Sequence[Pair]

    def count(self) -> int:
        return len(self.pairs)

    def blocks(self, side: int) -> Iterator[Block]:
        block: list[Pair] = []
        contents: set[str] = set()
        for pair in self.pairs:
            if block and (len(contents | set(pair)) > 2 * side or len(block) == side * side):
                yield tuple(block)
                block, contents = [], set()
            block.append(pair)
            contents.update(pair)
        if block:
            yield tuple(block)


def choose_candidates(corpus: Corpus, runner: Runner, spool: Path, progress: Progress) -> Candidates:
    """The pairs worth examining among those that a scan is about: all of few, those that an index proposes of many.

    What was proposed is kept in the cache for the next scan of the same panels. A panel for which no partners could
    be sought is compared with all others.
    """
    everything = every_pair(corpus)
    if everything.count() <= EXHAUSTIVE:
        return everything
    name = _name_of(corpus)
    kept = corpus.cache.result(STAGE, name)
    if kept is not None:
        return Proposed([(a, b) for a, b in json.loads(kept)])
    pairs = _in_order(_propose(corpus, runner, spool, progress), corpus)
    corpus.cache.add_results(STAGE, {name: json.dumps(pairs)})
    return Proposed(pairs)


def _name_of(corpus: Corpus) -> str:
    """A name that only the question about exactly these panels has."""
    what = json.dumps([VERSION, corpus.new, sorted(corpus.known), corpus.among_new])
    return hashlib.sha256(what.encode("ascii")).hexdigest()


def _propose(corpus: Corpus, runner: Runner, spool: Path, progress: Progress) -> Iterator[Pair]:
    batches = [corpus.new[start : start + BATCH] for start in range(0, len(corpus.new), BATCH)]
    collections = open_collections(corpus, runner, spool)
    searched = scatter(batches, collections, corpus.files, spool, runner, progress)
    tasks = [
        ProposeTask(keys, some, corpus.files, one_way=not corpus.among_new)
        for keys, some in zip(batches, searched, strict=True)
    ]
    with stage(progress, "finding partners", len(corpus.new)):
        outcomes = run_blocks(
            runner,
            propose,
            tasks,
            timeout=seconds_to_propose,
            split=lambda task: tuple(replace(task, keys=(key,)) for key in task.keys),
        )
        for outcome in outcomes:
            if outcome.error is None:
                yield from outcome.value
            else:
                yield from ((key, other) for key in outcome.item.keys for other in [*corpus.new, *corpus.known])
            progress.advance(len(outcome.item.keys))


def seconds_to_propose(task: ProposeTask) -> float:
    """How long a task may look for its panels' partners."""
    segments = sum(len(collection.segments) for collection in task.collections if not collection.found)
    return (SECONDS_PER_PANEL + SECONDS_PER_SEGMENT * segments) * (1 + len(task.keys))


def open_collections(corpus: Corpus, runner: Runner, spool: Path) -> tuple[Collection, ...]:
    """The panels to compare with, in segments: the library's own where they are there, the rest built in the spool.

    New panels find partners among each other and in the library, each for itself: a library of many look-alikes hides
    no pair of new ones.
    """
    ready = corpus.reference.segments if corpus.reference else ()
    covered = {key for place in ready for key in segment_keys(place.folder)}
    missing = [key for key in corpus.known if key not in covered]
    new = build_segments(runner, spool, corpus.new, corpus.files) if corpus.among_new else ()
    known = (*ready, *map(Place, build_segments(runner, spool, missing, corpus.files)))
    return tuple(Collection(segments) for segments in (tuple(map(Place, new)), known) if segments)


def _in_order(proposed: Iterable[Pair], corpus: Corpus) -> list[Pair]:
    """Each pair once, the content that occurs first first; the answer does not depend on which worker was faster."""
    new = {key: number for number, key in enumerate(corpus.new)}
    known = {key: len(new) + number for number, key in enumerate(corpus.known)}
    second = {**known, **new} if corpus.among_new else known
    numbers: set[tuple[int, int]] = set()
    for pair in proposed:
        ways = [(new[a], second[b], a, b) for a, b in (pair, pair[::-1]) if a != b and a in new and b in second]
        if ways:
            first, last, _, _ = min(ways)
            numbers.add((first, last))
    keys = [*corpus.new, *corpus.known]
    return [(keys[a], keys[b]) for a, b in sorted(numbers)]
