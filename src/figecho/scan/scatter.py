"""Who searches which segments for which panels: one task for everything, or a task per group of segments.

Many panels are work enough for all workers, a batch each. Few panels with a large library are not: then its segments
are shared out, every task searches some of them for a batch of panels, and what was found is merged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from figecho.scan.progress import Progress, stage
from figecho.scan.propose import Collection, SearchTask, search_some
from figecho.scan.segments import Place
from figecho.work.isolate import Runner

#: Tasks per worker that keep all of them busy to the end.
TASKS_PER_WORKER = 2
#: Seconds that searching one segment for one panel may take, and those that a task may take anyway.
SECONDS, SECONDS_ANYWAY = 2.0, 20.0
Keys = tuple[str, ...]


def scatter(
    batches: Sequence[Keys],
    collections: tuple[Collection, ...],
    stores: tuple[Path, ...],
    folder: Path,
    runner: Runner,
    progress: Progress,
) -> list[tuple[Collection, ...]]:
    """For every batch of panels the collections, with what was found in those that were shared out.

    A collection of which a search failed has none: whoever asks for it searches all of it. What is found is written to
    ``folder``, and is the same however the segments are shared out.
    """
    groups = -(-runner.jobs * TASKS_PER_WORKER // max(1, len(batches)))
    found: dict[tuple[int, int], list[Path]] = {}
    failed: set[tuple[int, int]] = set()
    tasks: dict[SearchTask, tuple[int, int]] = {}
    for row, keys in enumerate(batches):
        for column, collection in enumerate(collections):
            parts = list(shares(collection.segments, groups))
            if len(parts) > 1:
                files = [folder / f"found-{row}-{column}-{number}.npz" for number in range(len(parts))]
                found[row, column] = files
                tasks |= {
                    SearchTask(keys, part, stores, file): (row, column) for part, file in zip(parts, files, strict=True)
                }
    if tasks:
        folder.mkdir(mode=0o700, exist_ok=True)
        with stage(progress, "searching", len(tasks)):
            for outcome in runner.run(search_some, tasks, timeout=seconds_for):
                if outcome.error is not None:
                    failed.add(tasks[outcome.item])
                progress.advance()
    return [
        tuple(
            replace(collection, found=() if (row, column) in failed else tuple(found.get((row, column), ())))
            for column, collection in enumerate(collections)
        )
        for row in range(len(batches))
    ]


def shares(segments: Sequence[Place], most: int) -> Iterator[tuple[tuple[int, Place], ...]]:
    """Segments with their places, in at most so many runs of about the same length.

    Those that have to be fetched make a task each: no task needs more than one of them on its machine.
    """
    most = len(segments) if any(place.address for place in segments) else min(most, len(segments))
    parts = groupby(enumerate(segments), key=lambda each: each[0] * most // len(segments))
    return (tuple(part) for _, part in parts)


def seconds_for(task: SearchTask) -> float:
    """How long a search may take."""
    return SECONDS_ANYWAY + SECONDS * len(task.keys) * len(task.segments)
