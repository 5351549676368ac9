"""Which pairs of contents are worth examining, in blocks that share their panels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

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
    """Every content with every other: nothing is missed, at a cost that grows with the square."""

    contents: Sequence[str]

    def count(self) -> int:
        return math.comb(len(self.contents), 2)

    def blocks(self, side: int) -> Iterator[Block]:
        """Square tiles of the upper triangle; in every pair, the content that occurs first is first."""
        for row in range(0, len(self.contents), side):
            rows = self.contents[row : row + side]
            for column in range(row, len(self.contents), side):
                columns = self.contents[column : column + side]
                block = tuple((a, b) for i, a in enumerate(rows, row) for j, b in enumerate(columns, column) if i < j)
                if block:
                    yield block


def block_side(pairs: int, jobs: int) -> int:
    """Panels on a side of a block: large blocks read less, small ones keep all workers busy to the end."""
    return min(LARGEST_SIDE, max(1, math.isqrt(pairs // (jobs * BLOCKS_PER_WORKER))))
