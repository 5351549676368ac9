"""A block of candidate pairs → evidence and verdicts, in a worker that reads the features from the run's file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from figecho.compare import examine
from figecho.features.serialize import loads
from figecho.options import Limits, ReuseOptions
from figecho.scan.candidates import Block
from figecho.store.catalogue import Examined, read_features

#: What a pair beyond the first may add to a block's time, as a share of what a single pair is allowed.
SHARE_PER_PAIR = 0.1


@dataclass(frozen=True)
class VerifyTask:
    """Pairs of contents, and the run whose file holds their features."""

    run: Path
    pairs: Block
    options: ReuseOptions


def verify(task: VerifyTask) -> tuple[Examined, ...]:
    """Examine every pair of a block; memory holds the features of this block's panels and nothing else."""
    keys = list(dict.fromkeys(key for pair in task.pairs for key in pair))
    features = {key: loads(data) for key, data in read_features(task.run, keys).items()}
    return tuple(Examined(a, b, *examine(features[a], features[b], task.options)) for a, b in task.pairs)


def seconds_for(pairs: int, limits: Limits) -> float:
    """How long a block may take. Where it takes longer, its pairs are tried one by one, each with its full time."""
    return limits.seconds_per_pair * (1 + SHARE_PER_PAIR * (pairs - 1))
