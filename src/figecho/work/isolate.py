"""Tasks in isolated worker processes: one that crashes, hangs or takes too much memory costs nothing but itself.

Every worker has a Pebble pool of its own and at most one task at a time. So when a process dies there is never any
doubt about which task killed it, and no lock that the dead process held is shared with the living.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from figecho.errors import TaskError
from figecho.work.launch import WorkerContext
from figecho.work.losses import died, too_large, too_late
from figecho.work.measure import Cost, Measured, measured
from figecho.work.remote import Staged, stage
from figecho.work.settle import settle_in

#: Tasks after which a worker is replaced by a fresh one, so that what a library leaks cannot add up.
RECYCLED_AFTER = 1000
Item = TypeVar("Item")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Outcome(Generic[Item, Value]):
    """What became of one item: its value, or the error that took its place; and what that cost.

    ``error`` is a `TaskError` where the process died, hung or had too little memory, and otherwise what the task
    raised. The cost is that of the last attempt, and without memory where the process did not live to tell.
    """

    item: Item
    result: Value | None = None
    error: Exception | None = None
    cost: Cost = field(default_factory=Cost)

    @property
    def value(self) -> Value:
        """The task's value; raises the error where there is none."""
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]


class Runner(Protocol):
    """Anything that can run tasks somewhere.

    It may be in processes (`Workers`), in this one (`figecho.work.serial.Serial`) or on other machines
    (`figecho.work.cluster.Cluster`). An item whose document lies at an address is copied to where it is worked on
    (`figecho.work.remote.Remote`).
    """

    @property
    def jobs(self) -> int:
        """How many tasks run at the same time."""

    def run(
        self,
        task: Callable[[Item], Value],
        items: Iterable[Item],
        *,
        timeout: Callable[[Item], float],
        retries: int = 1,
    ) -> Iterator[Outcome[Item, Value]]:
        """Yield one outcome per item, in the order in which they are done; take items only as they are needed."""


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """A `Runner` of isolated processes on this machine; use it in a ``with`` block.

    Parameters
    ----------
    jobs : worker processes; one per core where None.
    memory_bytes : what a task may take beyond an idle worker's memory.
    preload : modules to import once, for all workers.
    """

    def __init__(self, jobs: int | None = None, *, memory_bytes: int | None = None, preload: tuple[str, ...] = ()):
        self._lanes = [_Lane(memory_bytes, preload) for _ in range(jobs or available_cores())]

    @property
    def jobs(self) -> int:
        return len(self._lanes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End all workers, whatever they are doing."""
        _end(self._lanes)

    def run(
        self,
        task: Callable[[Item], Value],
        items: Iterable[Item],
        *,
        timeout: Callable[[Item], float],
        retries: int = 1,
    ) -> Iterator[Outcome[Item, Value]]:
        """Run ``task`` on every item, each with its own time limit in seconds.

        A task whose process died or that ran out of time is tried ``retries`` more times, since the machine may be
        to blame; one that raised is not. ``task`` must be importable by name and the items picklable.
        """
        coming = map(stage, items)
        idle = list(self._lanes)
        busy: dict[Future[Measured[Value]], _Attempt[Item]] = {}
        try:
            while True:
                while idle and (staged := next(coming, _END)) is not _END:
                    if staged.error is not None:
                        yield Outcome(staged.item, error=staged.error)
                        continue
                    attempt = _Attempt(staged, idle.pop(), retries)
                    busy[attempt.start(task, timeout)] = attempt
                if not busy:
                    return
                for future in wait(busy, return_when=FIRST_COMPLETED).done:
                    attempt = busy.pop(future)
                    outcome = attempt.outcome(future, timeout)
                    if _may_be_bad_luck(outcome.error) and attempt.left:
                        attempt = _Attempt(attempt.staged, attempt.lane, attempt.left - 1)
                        busy[attempt.start(task, timeout)] = attempt
                        continue
                    attempt.staged.release()
                    idle.append(attempt.lane)
                    yield outcome
        finally:
            # There is work under way where the caller stopped listening or was interrupted.
            _end([attempt.lane for attempt in busy.values()])
            for attempt in busy.values():
                attempt.staged.release()


_END: Any = object()


class _Lane:
    """One worker process. It is started with its first task, and again after it had to be ended."""

    def __init__(self, memory_bytes: int | None, preload: tuple[str, ...]) -> None:
        self._memory_bytes = memory_bytes
        self._preload = preload
        self._pool: ProcessPool | None = None

    def start(self, task: Callable[[Item], Value], item: Item, timeout: float) -> Future[Measured[Value]]:
        if self._pool is not None and not self._pool.active:  # its worker was killed while it waited for work
            _end([self])
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=1,
                max_tasks=RECYCLED_AFTER,
                initializer=settle_in,
                initargs=(self._memory_bytes,),
                context=WorkerContext(self._preload),
            )
        return self._pool.schedule(measured, args=(task, item), timeout=timeout)

    def stop(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]

    def join(self) -> None:
        if self._pool is not None:
            self._pool.join()
            self._pool = None


def _end(lanes: list[_Lane]) -> None:
    """Stop them all before waiting for any."""
    for lane in lanes:
        lane.stop()
    for lane in lanes:
        lane.join()


@dataclass(frozen=True)
class _Attempt(Generic[Item]):
    """An item being worked on since it was made, and how many more times it may be tried."""

    staged: Staged[Item]
    lane: _Lane
    left: int
    began: float = field(default_factory=time.monotonic)

    @property
    def item(self) -> Item:
        return self.staged.item

    def start(self, task: Callable[[Item], Value], timeout: Callable[[Item], float]) -> Future[Measured[Value]]:
        return self.lane.start(task, self.staged.here, timeout(self.item))

    def outcome(self, future: Future[Measured[Value]], timeout: Callable[[Item], float]) -> Outcome[Item, Value]:
        """What became of it, with errors in words that a ledger can show."""
        if (lost := future.exception()) is not None:
            cost = Cost(time.monotonic() - self.began)
            return Outcome(self.item, error=_lost(lost, timeout(self.item)), cost=cost)
        done = future.result()
        error = too_large() if isinstance(done.error, MemoryError) else done.error
        return Outcome(self.item, done.value, error, done.cost)


def _lost(error: BaseException, timeout: float) -> Exception:
    """Why a task gave neither a value nor an error."""
    if isinstance(error, TimeoutError):
        return too_late(timeout)
    if isinstance(error, ProcessExpired):
        return died(error.exitcode)
    if isinstance(error, BrokenExecutor):
        return TaskError("its process died", "crashed")
    if isinstance(error, MemoryError):
        return too_large()
    if not isinstance(error, Exception):  # SystemExit and the like must end a task, never the whole run
        return TaskError(f"it ended itself ({type(error).__name__})", "crashed")
    return error


def _may_be_bad_luck(error: Exception | None) -> bool:
    return isinstance(error, TaskError) and error.code in ("crashed", "timeout")
