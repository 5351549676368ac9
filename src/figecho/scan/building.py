"""Descriptor segments, built by workers: each is one task, and memory holds one of them per worker."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from figecho.errors import StoreError, TaskError
from figecho.scan.corpus import read_signatures
from figecho.scan.propose import LOW_TEXTURE
from figecho.scan.segments import build
from figecho.store.panels import PanelStore
from figecho.work.isolate import Runner

#: Panels per segment: what one segment takes in memory while it is built is bounded by it (about 1 GB).
PANELS_PER_SEGMENT = 15_000
#: Seconds that building a segment may take: anyway, and for each of its panels.
SECONDS_ANYWAY, SECONDS_PER_PANEL = 60.0, 0.1


@dataclass(frozen=True)
class BuildTask:
    """The panels of a segment, the folder that it is to lie in, and the stores with their signatures."""

    folder: Path
    keys: tuple[str, ...]
    stores: tuple[Path, ...]


def build_segment(task: BuildTask) -> Path:
    """Build one segment; where it lies.

    Raises
    ------
    StoreError : a signature is missing or has changed on the disk, or the segment cannot be written.
    """
    with ExitStack() as opened:
        stores = [opened.enter_context(PanelStore(path)) for path in task.stores]
        try:
            return build(task.folder, task.keys, lambda keys: read_signatures(stores, keys), LOW_TEXTURE)
        except OSError as error:
            raise StoreError(f"{task.folder}: cannot be written ({error.strerror}); make room") from error


def build_segments(runner: Runner, folder: Path, keys: Sequence[str], stores: tuple[Path, ...]) -> tuple[Path, ...]:
    """Segments of all these panels, in their order.

    Raises
    ------
    StoreError : as for `build_segment`, or a worker could not do it.
    """
    parts = [tuple(keys[start : start + PANELS_PER_SEGMENT]) for start in range(0, len(keys), PANELS_PER_SEGMENT)]
    tasks = [BuildTask(folder, part, stores) for part in parts]
    built: dict[BuildTask, Path] = {}
    for outcome in runner.run(build_segment, tasks, timeout=seconds_for):
        if isinstance(outcome.error, TaskError):
            what = f"a descriptor segment of {len(outcome.item.keys)} panels cannot be built"
            raise StoreError(f"{folder}: {what}: {outcome.error}; raise --limit memory-bytes") from outcome.error
        built[outcome.item] = outcome.value
    return tuple(built[task] for task in tasks)


def seconds_for(task: BuildTask) -> float:
    """How long a segment may take to be built."""
    return SECONDS_ANYWAY + SECONDS_PER_PANEL * len(task.keys)
