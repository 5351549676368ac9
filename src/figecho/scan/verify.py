"""A block of candidate pairs → evidence and verdicts, in a worker that reads the features from the stores."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from figecho.compare import examine, judged
from figecho.features.serialize import loads
from figecho.options import Limits, ReuseOptions
from figecho.scan.candidates import Block
from figecho.scan.propose import Pair
from figecho.store.panels import FEATURES, Examined, PanelStore, first_blob
from figecho.types import Features

#: What a pair beyond the first may add to a block's time, as a share of what a single pair is allowed.
SHARE_PER_PAIR = 0.1


@dataclass(frozen=True)
class VerifyTask:
    """Pairs of contents, each `in_order`, and the stores that hold their features."""

    stores: tuple[Path, ...]
    pairs: Block
    options: ReuseOptions


def in_order(pair: Pair) -> Pair:
    """The order in which two contents are examined, whichever occurs first in a scan: one result serves all scans."""
    a, b = pair
    return min(a, b), max(a, b)


def seen_from(first: str, pair: Examined) -> Examined:
    """What was found, said of the content ``first`` as A."""
    if pair.a == first or pair.evidence is None or pair.judgement is None:
        return pair
    evidence = pair.evidence.backward
    return Examined(pair.b, pair.a, evidence, replace(pair.judgement, reasons=judged(evidence).reasons))


def verify(task: VerifyTask) -> tuple[Examined, ...]:
    """Examine every pair of a block; memory holds the features of this block's panels and nothing else."""
    features = read_features(task.stores, list(dict.fromkeys(key for pair in task.pairs for key in pair)))
    return tuple(Examined(a, b, *examine(features[a], features[b], task.options)) for a, b in task.pairs)


def read_features(stores: Sequence[Path], keys: Sequence[str]) -> dict[str, Features]:
    """The features of some contents, each from the first store that has it.

    Raises
    ------
    StoreError : none has it, or what is stored has changed.
    """
    with ExitStack() as opened:
        readers = [opened.enter_context(PanelStore(path)) for path in stores]
        return {key: loads(first_blob(readers, FEATURES, key)) for key in keys}


def seconds_for(pairs: int, limits: Limits) -> float:
    """How long a block may take. Where it takes longer, its pairs are tried one by one, each with its full time."""
    return limits.seconds_per_pair * (1 + SHARE_PER_PAIR * (pairs - 1))
