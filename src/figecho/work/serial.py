"""Tasks in this process, one after the other: nothing is isolated and nothing limited, for whoever trusts the tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Self, TypeVar

from figecho.work.isolate import Outcome
from figecho.work.losses import too_large
from figecho.work.measure import measured
from figecho.work.remote import stage

Item = TypeVar("Item")
Value = TypeVar("Value")


class Serial:
    """A `Runner` without workers: a debugger can step into its tasks, and a task that crashes ends this process."""

    jobs = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """There is nothing to end."""

    def run(
        self,
        task: Callable[[Item], Value],
        items: Iterable[Item],
        *,
        timeout: Callable[[Item], float],
        retries: int = 1,
    ) -> Iterator[Outcome[Item, Value]]:
        """As `figecho.work.isolate.Workers.run`, but that no task is ended for its time and none tried again."""
        for staged in map(stage, items):
            if staged.error is not None:
                yield Outcome(staged.item, error=staged.error)
                continue
            done = measured(task, staged.here)
            staged.release()
            error = too_large() if isinstance(done.error, MemoryError) else done.error
            yield Outcome(staged.item, done.value, error, done.cost)
