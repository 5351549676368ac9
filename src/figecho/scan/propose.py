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
from figecho.scan.votes import look_alikes, votes
from figecho.store.panels import SIGNATURE, PanelStore, first_blob

#: Best-voted panels that are looked at per panel and segment (METHOD 10: the true partner is among 20 for 99 %).
VOTED = 20
#: Matches that must agree for a pair to be examined in full; 98 % of partners have them, 2 % of other voted panels.
AGREEING = 4
#: Panels with fewer keypoints than this are not judged by them: those voted best are examined without that gate.
LOW_TEXTURE = 100
VOTED_UNGATED = 6
#: Panels proposed because their whole looks alike.
LOOK_ALIKE = 5
#: Low-texture panels up to which each is examined with each other.
LOW_TEXTURE_ALL = 24
#: Panels per task.
BATCH = 16

Pair = tuple[str, str]


@dataclass(frozen=True)
class ProposeTask:
    """Panels to find partners for, the segments to search, and the stores with all signatures."""

    keys: tuple[str, ...]
    segments: tuple[Path, ...]
    stores: tuple[Path, ...]


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
                others = _partners(key, signature, segment, stores)
                pairs += [(key, other) for other in others]
    return tuple(dict.fromkeys(pairs))


def _partners(key: str, signature: Signature, segment: Segment, stores: Sequence[PanelStore]) -> Iterator[str]:
    skip = segment.keys.index(key) if key in segment.keys else None
    low = len(signature) < LOW_TEXTURE
    for rank, vote in enumerate(votes(signature, segment, VOTED, skip)):
        other = segment.keys[vote.panel]
        ungated = rank < VOTED_UNGATED and (low or bool(segment.low[vote.panel]))
        if ungated or _agree(signature, read_signature(stores, other), vote.variant):
            yield other
    yield from (segment.keys[panel] for panel in look_alikes(signature, segment, LOOK_ALIKE, skip))
    if low and int(segment.low.sum()) <= LOW_TEXTURE_ALL:
        yield from (segment.keys[panel] for panel in segment.low.nonzero()[0] if panel != skip)


def _agree(a: Signature, b: Signature, variant: int) -> bool:
    return agreeing_matches(a, b, VARIANTS[variant]) >= AGREEING


def read_signature(stores: Sequence[PanelStore], key: str) -> Signature:
    """A content's signature, from the first store that has it."""
    return loads(first_blob(stores, SIGNATURE, key))
