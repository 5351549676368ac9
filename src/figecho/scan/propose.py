"""Panels → the few others that are worth examining with each of them, in workers that search the segments.

Panels meet whole collections: a collection's segments are searched one by one, and what they found counts together.
Which segments a task searches decides who does the work, never what is proposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from figecho.features.signatures import Signature, loads
from figecho.match.gate import agreeing_matches
from figecho.match.nearest import VARIANTS
from figecho.scan.search import LOW_TEXTURE_ALL, PER_SEGMENT, Found, merge, read_found, search_all, write_found
from figecho.scan.segments import Place, here, segment_keys
from figecho.scan.votes import Vote, votes
from figecho.store.panels import SIGNATURE, PanelStore, first_blob
from figecho.work.remote import Need

#: Best-voted panels that are looked at per panel and collection, and the votes that must agree in all but the first.
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
#: Panels per task.
BATCH = 16

Pair = tuple[str, str]


@dataclass(frozen=True)
class SearchTask:
    """Panels to search some segments of a collection for, given with their places in it; the stores with the panels'
    signatures, and the file to write."""

    keys: tuple[str, ...]
    segments: tuple[tuple[int, Place], ...]
    stores: tuple[Path, ...]
    file: Path

    def needs(self) -> tuple[Need, ...]:
        return tuple(need for _, place in self.segments for need in place.needs())

    def having(self, copies: tuple[Path, ...]) -> SearchTask:
        places = here([place for _, place in self.segments], copies)
        return replace(
            self, segments=tuple((number, each) for (number, _), each in zip(self.segments, places, strict=True))
        )


@dataclass(frozen=True)
class Collection:
    """Panels to find partners among: their segments, whose order says which part of a number is whose.

    ``found`` are files with what was found in them, in that order, where they were searched by other tasks.
    """

    segments: tuple[Place, ...]
    found: tuple[Path, ...] = ()

    def needs(self) -> tuple[Need, ...]:
        """Names are told by what lies here; only a search needs the rest."""
        return () if self.found else tuple(need for place in self.segments for need in place.needs())


@dataclass(frozen=True)
class ProposeTask:
    """Panels to find partners for, the collections to find them in, and the stores with all signatures.

    ``one_way`` says that no partners are sought for the panels of the collections.
    """

    keys: tuple[str, ...]
    collections: tuple[Collection, ...]
    stores: tuple[Path, ...]
    one_way: bool = False

    def needs(self) -> tuple[Need, ...]:
        return tuple(need for collection in self.collections for need in collection.needs())

    def having(self, copies: tuple[Path, ...]) -> ProposeTask:
        coming = iter(copies)
        collections = [
            replace(each, segments=here(each.segments, list(islice(coming, len(each.needs())))))
            for each in self.collections
        ]
        return replace(self, collections=tuple(collections))


def search_some(task: SearchTask) -> None:
    """Search segments for what a later `propose` weighs.

    Raises
    ------
    StoreError : a signature is missing or has changed on the disk, or the file cannot be written.
    """
    with ExitStack() as opened:
        stores = [opened.enter_context(PanelStore(path)) for path in task.stores]
        signatures = [read_signature(stores, key) for key in task.keys]
    write_found(task.file, dict(zip(task.keys, search_all(task.keys, signatures, task.segments), strict=True)))


def propose(task: ProposeTask) -> tuple[Pair, ...]:
    """The pairs ``(key, other)`` that deserve a full examination.

    Raises
    ------
    StoreError : a signature is missing or has changed on the disk.
    """
    pairs: list[Pair] = []
    with ExitStack() as opened:
        stores = [opened.enter_context(PanelStore(path)) for path in task.stores]
        signatures = [read_signature(stores, key) for key in task.keys]
        for collection in task.collections:
            every = _found(task.keys, signatures, collection)
            for key, signature, found in zip(task.keys, signatures, every, strict=True):
                others = _partners(signature, found, collection, stores, one_way=task.one_way)
                pairs += [(key, other) for other in others if other != key]
    return tuple(dict.fromkeys(pairs))


def _found(keys: Sequence[str], signatures: Sequence[Signature], collection: Collection) -> list[Found]:
    if not collection.found:
        return search_all(keys, signatures, tuple(enumerate(collection.segments)))
    return [merge(parts) for parts in zip(*(read_found(file, keys) for file in collection.found), strict=True)]


def _partners(
    signature: Signature, found: Found, collection: Collection, stores: Sequence[PanelStore], *, one_way: bool
) -> Iterator[str]:
    voted = votes(signature, found)
    low = signature.keypoints < LOW_TEXTURE
    sparse = set(found.panels[found.low].tolist())
    alike = [vote for vote in voted if vote.panel in sparse] if low or one_way else []
    ungated = [*voted[:UNGATED], *alike[:UNGATED]] if low else alike[:UNGATED_ONE_WAY]
    yield from _names(collection, [vote.panel for vote in ungated])
    looked_at = list(dict.fromkeys([*voted[:VOTED], *(alike[:VOTED_LOW] if low else [])]))
    others = _names(collection, [vote.panel for vote in looked_at])
    for rank, (vote, other) in enumerate(zip(looked_at, others, strict=True)):
        if vote in ungated or (rank and not low and vote.agreeing < FEWEST_VOTES):
            continue
        needed = AGREEING_LOW if low else AGREEING - (rank < BEST_VOTED)
        if _agreeing(signature, stores, other, vote) >= needed:
            yield other
    yield from _names(collection, found.alike[:, 1].tolist())
    if low and len(found.sparse) <= LOW_TEXTURE_ALL:
        yield from _names(collection, found.sparse.tolist())


def _names(collection: Collection, panels: Sequence[int]) -> list[str]:
    """The content keys of some panels, given by their numbers."""
    return [
        segment_keys(collection.segments[panel // PER_SEGMENT].folder, [panel % PER_SEGMENT])[0] for panel in panels
    ]


def _agreeing(signature: Signature, stores: Sequence[PanelStore], other: str, vote: Vote) -> int:
    return agreeing_matches(signature, read_signature(stores, other), VARIANTS[vote.variant])


def read_signature(stores: Sequence[PanelStore], key: str) -> Signature:
    """A content's signature, from the first store that has it."""
    return loads(first_blob(stores, SIGNATURE, key))
