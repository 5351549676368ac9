"""Panels → the few others that are worth examining with each of them, in workers that search the segments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from figecho.features.signatures import Signature, loads
from figecho.match.gate import agreeing_matches
from figecho.match.nearest import VARIANTS
from figecho.scan.segments import Segment, open_segment
from figecho.scan.votes import Vote, look_alikes, votes
from figecho.store.panels import SIGNATURE, PanelStore, first_blob

#: Best-voted panels that are looked at per panel and segment, and the votes that must agree in all but the first.
VOTED, FEWEST_VOTES = 6, 3
#: Matches that must agree for a pair to be examined in full, one less among the first `BEST_VOTED`. Of 265 planted
#: pairs, 260 have 7 in one direction or the other, and two more have 6; so has one unrelated panel in nine.
AGREEING = 7
BEST_VOTED = 3
#: Panels with fewer keypoints than this are judged by them less: fewer must agree, those voted best among others of
#: their kind are looked at as well, and the very first of both go on without any gate. Where panels of the other side
#: are not searched for in turn, these go on as well. (Of 125 reuses of such panels that a full examination offers,
#: among 1,752 panels, 238 of them such, 107 are proposed; for each such panel, 2.3 unrelated pairs are examined.)
LOW_TEXTURE = 100
AGREEING_LOW, VOTED_LOW = 4, 8
UNGATED, UNGATED_ONE_WAY = 1, 2
#: Panels proposed because their whole looks alike.
LOOK_ALIKE = 5
#: Low-texture panels up to which each is examined with each other.
LOW_TEXTURE_ALL = 16
#: Panels per task.
BATCH = 16

Pair = tuple[str, str]


@dataclass(frozen=True)
class ProposeTask:
    """Panels to find partners for, the segments to search, and the stores with all signatures.

    ``one_way`` says that no partners are sought for the panels of the segments.
    """

    keys: tuple[str, ...]
    segments: tuple[Path, ...]
    stores: tuple[Path, ...]
    one_way: bool = False


def propose(task: ProposeTask) -> tuple[Pair, ...]:
    """The pairs ``(key, other)`` that deserve a full examination.

    Raises
    ------
    StoreError : a signature is missing or has changed on the disk.
    """
    pairs: list[Pair] = []
    segments = [open_segment(folder) for folder in task.segments]
    with ExitStack() as opened:
        stores = [opened.enter_context(PanelStore(path)) for path in task.stores]
        for key in task.keys:
            signature = read_signature(stores, key)
            for segment in segments:
                others = _partners(key, signature, segment, stores, one_way=task.one_way)
                pairs += [(key, other) for other in others]
    return tuple(dict.fromkeys(pairs))


def _partners(
    key: str, signature: Signature, segment: Segment, stores: Sequence[PanelStore], *, one_way: bool
) -> Iterator[str]:
    skip = segment.keys.index(key) if key in segment.keys else None
    voted = votes(signature, segment, skip)
    low = signature.keypoints < LOW_TEXTURE
    alike = [vote for vote in voted if segment.low[vote.panel]] if low or one_way else []
    ungated = [*voted[:UNGATED], *alike[:UNGATED]] if low else alike[:UNGATED_ONE_WAY]
    yield from (segment.keys[vote.panel] for vote in ungated)
    for rank, vote in enumerate(dict.fromkeys([*voted[:VOTED], *(alike[:VOTED_LOW] if low else [])])):
        if vote in ungated or (rank and not low and vote.agreeing < FEWEST_VOTES):
            continue
        other = segment.keys[vote.panel]
        needed = AGREEING_LOW if low else AGREEING - (rank < BEST_VOTED)
        if _agreeing(signature, stores, other, vote) >= needed:
            yield other
    yield from (segment.keys[panel] for panel in look_alikes(signature, segment, LOOK_ALIKE, skip))
    if low and int(segment.low.sum()) <= LOW_TEXTURE_ALL:
        yield from (segment.keys[panel] for panel in segment.low.nonzero()[0] if panel != skip)


def _agreeing(signature: Signature, stores: Sequence[PanelStore], other: str, vote: Vote) -> int:
    return agreeing_matches(signature, read_signature(stores, other), VARIANTS[vote.variant])


def read_signature(stores: Sequence[PanelStore], key: str) -> Signature:
    """A content's signature, from the first store that has it."""
    return loads(first_blob(stores, SIGNATURE, key))
