"""What a scan's cache says of candidates: whether partners are among the first, what a panel takes, what is lost."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from benchmarks.scale.folder import Planted
from figecho.compare import examine
from figecho.features.serialize import loads as load_features
from figecho.features.signatures import Signature, loads
from figecho.options import ReuseOptions
from figecho.scan.propose import LOW_TEXTURE, ProposeTask, propose
from figecho.scan.segments import build, open_segment
from figecho.scan.votes import votes
from figecho.store.panels import FEATURES, SIGNATURE, PanelStore, first_blob
from figecho.types import OFFERED

RANKS = (10, 20, 50)
#: Queries that the time of one is taken from.
QUERIES = 30


def candidate_recall(path: Path, planted: list[Planted], folder: Path) -> dict[str, float]:
    """Share of the planted pairs whose partner is among the best-voted 10, 20 and 50 (better of both directions)."""
    with PanelStore(path) as store:
        keys, signatures = _signatures(store)
        segment = open_segment(build(folder, keys, iter(signatures), LOW_TEXTURE))
        ranks = []
        for pair in planted:
            places = [_contents(store, path) for path in (pair.a, pair.b)]
            both = [
                _rank(signatures[keys.index(one)], segment, keys.index(one), {keys.index(other) for other in others})
                for ones, others in (places, places[::-1])
                for one in ones
            ]
            ranks.append(min(both))
    return {str(rank): round(float(np.mean([found < rank for found in ranks])), 4) for rank in RANKS}


def _rank(signature: Signature, segment, skip: int, partners: set[int]) -> int:
    order = [vote.panel for vote in votes(signature, segment, skip)]
    return min((order.index(partner) for partner in partners if partner in order), default=10**6)


def query_seconds(path: Path, folder: Path) -> float:
    """Median CPU time of finding one panel's candidates, votes and gate, its signature given."""
    with PanelStore(path) as store:
        keys, signatures = _signatures(store)
        segment = build(folder, keys, iter(signatures), LOW_TEXTURE)
    spent = []
    for key in np.random.default_rng(0).choice(keys, min(QUERIES, len(keys)), replace=False):
        begin = time.process_time()
        propose(ProposeTask((str(key),), (segment,), (path,)))
        spent.append(time.process_time() - begin)
    return round(float(np.median(spent)), 4)


def examined_directly(path: Path, planted: list[Planted]) -> set[Planted]:
    """The planted pairs that are offered when every panel of one file is examined with every one of the other."""
    found = set()
    with PanelStore(path) as store:
        for pair in planted:
            ones, others = (_contents(store, name) for name in (pair.a, pair.b))
            for one in ones:
                for other in others:
                    a, b = (load_features(first_blob([store], FEATURES, key)) for key in (one, other))
                    if one == other or examine(a, b, ReuseOptions())[1].verdict in OFFERED:
                        found.add(pair)
    return found


def _signatures(store: PanelStore) -> tuple[list[str], list[Signature]]:
    keys = [content.key for content in store.contents()]
    return keys, [loads(first_blob([store], SIGNATURE, key)) for key in keys]


def _contents(store: PanelStore, path: str) -> list[str]:
    """The contents of one file."""
    (document,) = (document for document in store.documents() if document.path == path)
    return list(dict.fromkeys(place.content for place in store.occurrences(document.key)))
