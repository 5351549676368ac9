"""All pairs, each once, in blocks."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from figecho.scan.candidates import LARGEST_SIDE, AllPairs, block_side


@pytest.mark.parametrize("count", [0, 1, 2, 5, 8, 9, 20])
@pytest.mark.parametrize("side", [1, 3, 8])
def test_every_pair_once_in_small_blocks(count: int, side: int) -> None:
    contents = [f"c{number:02}" for number in range(count)]
    blocks = list(AllPairs(contents).blocks(side))
    assert sorted(chain.from_iterable(blocks)) == list(combinations(contents, 2))
    assert sum(map(len, blocks)) == AllPairs(contents).count()
    assert all(len({key for pair in block for key in pair}) <= 2 * side for block in blocks)


@pytest.mark.parametrize(("pairs", "jobs"), [(0, 1), (1, 8), (1770, 2), (10**9, 64)])
def test_blocks_are_neither_empty_nor_too_large(pairs: int, jobs: int) -> None:
    assert 1 <= block_side(pairs, jobs) <= LARGEST_SIDE
