"""Run blocks of pairs so that one bad pair costs that pair, not its block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from figecho.work.isolate import Outcome, Runner

Task = TypeVar("Task")
Value = TypeVar("Value")


def run_blocks(
    runner: Runner,
    work: Callable[[Task], Value],
    tasks: Iterable[Task],
    *,
    timeout: Callable[[Task], float],
    split: Callable[[Task], tuple[Task, ...]],
) -> Iterator[Outcome[Task, Value]]:
    """Yield an outcome for every task; one that fails is split into its pairs, and each of them is tried alone.

    Only an outcome whose task cannot be split any further carries an error.
    """
    suspects: list[Task] = []
    for outcome in runner.run(work, tasks, timeout=timeout, retries=0):
        if outcome.error is None:
            yield outcome
        else:
            suspects.extend(split(outcome.item))
    yield from runner.run(work, suspects, timeout=timeout, retries=1)
