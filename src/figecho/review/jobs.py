"""Scans that run while people look: one at a time, with progress, cancellable."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Literal

from figecho.errors import FigechoError, OptionError
from figecho.scan.progress import Progress

#: Told how to report its progress, it returns its run's id or its result.
Work = Callable[[Progress], str | dict[str, Any]]
#: What a job holds until it is over, such as uploaded files.
Holding = AbstractContextManager[Any]
State = Literal["waiting", "running", "done", "failed", "cancelled"]
#: Scans that may wait; more are refused.
MOST_WAITING = 16
#: Finished jobs that are remembered.
MOST_REMEMBERED = 200


class JobCancelledError(Exception):
    """Raised inside a scan whose job was cancelled."""


@dataclass(frozen=True)
class Status:
    """How far a job is; ``total`` is None where nobody can know it yet.

    Once it is done, ``run`` is the id of the run that it made, or ``result`` what else came out of it.
    """

    id: str
    title: str
    state: State = "waiting"
    stage: str = ""
    done: int = 0
    total: int | None = None
    run: str | None = None
    result: dict[str, Any] | None = None
    error: str | None = None

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    def to_dict(self) -> dict[str, Any]:
        return dict(vars(self))


class Job:
    """One piece of work and its progress, which the work itself reports (`figecho.scan.progress.Progress`).

    ``status`` is how far it is now.
    """

    def __init__(self, title: str) -> None:
        self.status = Status(secrets.token_urlsafe(9), title)
        self._cancelled = threading.Event()
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        return self.status.id

    def start(self, stage: str, total: int | None) -> None:
        self._tell(stage=stage, done=0, total=total)

    def advance(self, count: int = 1) -> None:
        self._tell(done=self.status.done + count)

    def finish(self) -> None:
        """The stage is over; the next one says its own name."""

    def cancel(self) -> None:
        """Ask the job to stop; it does with its next step."""
        self._cancelled.set()
        with self._lock:
            if self.status.state == "waiting":
                self.status = replace(self.status, state="cancelled")

    def execute(self, work: Work, holding: Holding) -> None:
        """Do the work, unless it was cancelled already; every end it may have becomes a state."""
        with holding:
            if not self._cancelled.is_set():
                self._execute(work)

    def _execute(self, work: Work) -> None:
        self._set(state="running")
        try:
            made = work(self)
            self._set(state="done", **({"run": made} if isinstance(made, str) else {"result": made}))
        except JobCancelledError:
            self._set(state="cancelled")
        except (FigechoError, OSError) as error:
            self._set(state="failed", error=str(error))
        except BaseException as error:
            self._set(state="failed", error=f"internal error, please report it: {type(error).__name__}: {error}")
            raise

    def _tell(self, **changes: Any) -> None:
        if self._cancelled.is_set():
            raise JobCancelledError
        self._set(**changes)

    def _set(self, **changes: Any) -> None:
        with self._lock:
            self.status = replace(self.status, **changes)


class Jobs:
    """All jobs since the server started; one runs, the others wait."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="scan")
        self._futures: list[Future[None]] = []

    def add(self, title: str, work: Work, holding: Holding | None = None) -> Job:
        """Queue some work; ``holding`` is left when the work is over, or will never be done.

        Raises
        ------
        OptionError : too many are waiting already.
        """
        holding = holding or nullcontext()
        if sum(not job.status.over for job in self._jobs.values()) >= MOST_WAITING:
            with holding:
                raise OptionError(f"{MOST_WAITING} scans are waiting already; try again when one is done")
        job = Job(title)
        self._jobs[job.id] = job
        for old in [each for each in self._jobs.values() if each.status.over][:-MOST_REMEMBERED]:
            del self._jobs[old.id]
        self._futures = [future for future in self._futures if not future.done()]
        self._futures.append(self._pool.submit(job.execute, work, holding))
        return job

    def get(self, id: str) -> Job | None:
        return self._jobs.get(id)

    def all(self) -> Sequence[Job]:
        """The newest first."""
        return list(reversed(self._jobs.values()))

    def close(self) -> None:
        """Cancel what runs and wait for it to stop."""
        for job in self._jobs.values():
            job.cancel()
        self._pool.shutdown(wait=True)
