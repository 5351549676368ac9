"""What a scan's cache says of candidates: whether partners are among the first, what a panel takes, what is lost."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np

from benchmarks.scale.folder import Planted
from figecho.features.signatures import Signature
from figecho.options import ReuseOptions
from figecho.scan import shelving
from figecho.scan.corpus import read_signatures
from figecho.scan.propose import Collection, ProposeTask, propose
from figecho.scan.search import search
from figecho.scan.segments import open_segment, segment_keys
from figecho.scan.verify import VerifyTask, in_order, verify
from figecho.scan.votes import votes
from figecho.store import shelf
from figecho.store.panels import FILE, PanelStore
from figecho.types import OFFERED
from figecho.work.serial import Serial

RANKS = (10, 20, 50)
#: Queries that the time of one is taken from.
QUERIES = 30


def candidate_recall(library: Path, planted: list[Planted]) -> dict[str, float]:
    """Share of the planted pairs whose partner is among the best-voted 10, 20 and 50 (better of both directions)."""
    segment = open_segment(_segment(library))
    number = {key: place for place, key in enumerate(segment_keys(_segment(library)))}
    with shelf.reading(library) as store:
        documents = _documents(store)
        ranks = []
        for pair in planted:
            places = [documents[path] for path in (pair.a, pair.b)]
            both = [
                _rank(signature, segment, number[one], {number[other] for other in others})
                for ones, others in (places, places[::-1])
                for one, signature in zip(ones, read_signatures([store], ones), strict=True)
            ]
            ranks.append(min(both))
    return {str(rank): round(float(np.mean([found < rank for found in ranks])), 4) for rank in RANKS}


def _rank(signature: Signature, segment, skip: int, partners: set[int]) -> int:
    order = [vote.panel for vote in votes(signature, search(signature, segment, skip=skip))]
    return min((order.index(partner) for partner in partners if partner in order), default=10**6)


def query_seconds(library: Path) -> dict[str, float]:
    """Median CPU seconds of comparing one panel with all, its features given: finding partners, and examining them."""
    stores, segments = (library / FILE,), shelving.reference(library, None, only=True)[1].segments
    keys = segment_keys(_segment(library))
    found, compared = [], []
    for key in np.random.default_rng(0).choice(keys, min(QUERIES, len(keys)), replace=False):
        begin = time.process_time()
        pairs = propose(ProposeTask((str(key),), (Collection(segments),), stores, one_way=True))
        found.append(time.process_time() - begin)
        verify(VerifyTask(stores, tuple(map(in_order, pairs)), ReuseOptions()))
        compared.append(time.process_time() - begin)
    return {"partners_s": round(float(np.median(found)), 4), "all_s": round(float(np.median(compared)), 4)}


def make_library(folder: Path, path: Path) -> None:
    """A new library that holds what a scan's cache holds."""
    shutil.rmtree(folder, ignore_errors=True)
    shelving.create(folder, "balanced")
    with PanelStore(folder / FILE) as empty:
        meta = empty.meta()
    shutil.copyfile(path, folder / FILE)
    with shelf.writing(folder) as store:
        store.set_meta(**meta)
        shelving.refresh(folder, store, Serial())


def examined_directly(path: Path, planted: list[Planted]) -> set[Planted]:
    """The planted pairs that are offered when every panel of one file is examined with every one of the other.

    What the scan has examined is taken from its cache: it would be the same.
    """
    found = set()
    with PanelStore(path) as store:
        documents = _documents(store)
        for pair in planted:
            wanted = [in_order((one, other)) for one in documents[pair.a] for other in documents[pair.b]]
            verdicts = store.verdicts(wanted)
            missing = tuple(each for each in wanted if each not in verdicts)
            judged = [each.judgement for each in verify(VerifyTask((path,), missing, ReuseOptions()))]
            told = [*verdicts.values(), *(judgement.verdict for judgement in judged if judgement)]
            if any(verdict in OFFERED for verdict in told) or any(one == other for one, other in wanted):
                found.add(pair)
    return found


def _segment(library: Path) -> Path:
    """The segment that holds all panels but those added last."""
    _, reference = shelving.reference(library, None, only=True)
    return max((place.folder for place in reference.segments), key=lambda folder: len(segment_keys(folder)))


def _documents(store: PanelStore) -> dict[str, list[str]]:
    """The contents of every file."""
    return {
        document.path: list(dict.fromkeys(place.content for place in store.occurrences(document.key)))
        for document in store.documents()
    }
