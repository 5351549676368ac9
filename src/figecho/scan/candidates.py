"""Which pairs of contents are worth examining, in blocks that share their panels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from figecho.scan.corpus import Corpus
from figecho.scan.progress import Progress
from figecho.work.isolate import Runner

Pair = tuple[str, str]
Block = tuple[Pair, ...]
#: Panels on a side of the largest block: a worker reads 2 × 8 panels' features for 64 pairs.
LARGEST_SIDE = 8
#: Blocks per worker, so that none is left with a long last one.
BLOCKS_PER_WORKER = 8


class Candidates(Protocol):
    """Chooses the pairs to be examined: all of them, or those that an index proposes."""

    def count(self) -> int:
        """How many pairs there are."""

    def blocks(self, side: int) -> Iterator[Block]:
        """Every pair once, in blocks of at most ``side`` × ``side`` pairs over at most 2 × ``side`` contents."""


@dataclass(frozen=True)
class AllPairs:
    """Every content with every other, and with every known one: nothing is missed, at a cost that grows as the square.

    ``among`` says whether the contents are compared with each other, ``known`` with which others they are.
    """

    contents: Sequence[str]
    known: Sequence[str] = ()
    among: bool = True

    def count(self) -> int:
        among = math.comb(len(self.contents), 2) if self.among else 0
        return among + len(self.contents) * len(self.known)

    def blocks(self, side: int) -> Iterator[Block]:
        """Square tiles of the upper triangle; in every pair, the content that occurs first is first."""
        others = [*(self.contents if self.among else ()), *self.known]
        for row in range(0, len(self.contents), side):
            rows = self.contents[row : row + side]
            for column in range(row if self.among else 0, len(others), side):
                columns = others[column : column + side]
                block = tuple(
                    (a, b)
                    for i, a in enumerate(rows, row)
                    for j, b in enumerate(columns, column)
                    if i < j or not self.among
                )
                if block:
                    yield block


def block_side(pairs: int, jobs: int) -> int:
    """Panels on a side of a block: large blocks read less, small ones keep all workers busy to the end."""
    return min(LARGEST_SIDE, max(1, math.isqrt(pairs // (jobs * BLOCKS_PER_WORKER))))


def choose_candidates(corpus: Corpus, runner: Runner, spool: Path, progress: Progress) -> Candidates:
    """The pairs worth examining among those that a scan is about."""
    return AllPairs(corpus.new, corpus.known, corpus.among_new)
