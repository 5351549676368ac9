"""All pairs, each once, in blocks."""

from __future__ import annotations

from itertools import chain, combinations, product

import pytest

from figecho.scan.candidates import LARGEST_SIDE, Across, AllPairs, Proposed, block_side


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


@pytest.mark.parametrize("side", [1, 3, 8])
def test_two_collections_meet_once_also_where_they_share_contents(side: int) -> None:
    one, other = ["a", "b", "c", "d"], ["x", "c", "a", "y", "z"]
    blocks = Across(one, other).blocks(side)
    met = [frozenset(pair) for pair in chain.from_iterable(blocks)]
    assert len(met) == len(set(met)) == Across(one, other).count()
    assert set(met) == {frozenset(pair) for pair in product(one, other) if len(set(pair)) == 2}


def test_proposed_pairs_keep_their_order_in_small_blocks() -> None:
    pairs = [(f"a{number // 5}", f"b{number}") for number in range(40)]
    blocks = list(Proposed(pairs).blocks(4))
    assert list(chain.from_iterable(blocks)) == pairs
    assert all(len(block) <= 16 and len({key for pair in block for key in pair}) <= 8 for block in blocks)
    assert list(Proposed([]).blocks(4)) == []
