"""Tasks on a Dask cluster: the same `Runner`, with workers that may stand on other machines.

Dask only carries the tasks. On every Dask worker a task runs in an isolated process of its own, as on this machine
(`figecho.work.isolate`), so decoding is limited there too and a crash is an outcome, not a dead worker. What a task
reads and writes must lie under the same path on all machines, or at an address (`figecho.work.remote`); only the
coordinator writes results.
"""

from __future__ import annotations

import logging
import os
import pickle
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from figecho._version import __version__
from figecho.errors import OptionError, TaskError, UnavailableError
from figecho.work.isolate import Outcome, Workers
from figecho.work.remote import Need, Remote

Item = TypeVar("Item")
Value = TypeVar("Value")

#: Tasks sent ahead for every thread of the cluster, so that none waits for the next.
AHEAD = 2
#: Seconds to wait for the scheduler and its first worker, and for another worker where none is left.
PATIENCE, PATIENCE_ALONE = 30, 300
#: Seconds between looks at whether a task is done, and at who is still there.
LOOK, COUNT = 0.01, 5.0
#: What must agree between the coordinator and all workers for results to be the same.
COMPARED = ("opencv-python-headless", "numpy")
LOST = "the cluster's scheduler was lost; repeat the same command to go on"
ALONE = "the cluster has no workers any more; start some and repeat the same command to go on"
_LOCAL = re.compile(r"local:([1-9]\d{0,2})")
_HERE = threading.local()


@dataclass(frozen=True)
class Limits:
    """What every worker's isolated processes are started with."""

    memory_bytes: int | None
    preload: tuple[str, ...]


class Cluster:
    """A `Runner` over a Dask cluster; use it in a ``with`` block.

    Parameters
    ----------
    address : ``tcp://host:8786`` of a running scheduler, or ``local:N`` for N workers on this machine.
    shared : folders that every worker must see under the same path; checked at the start.
    memory_bytes, preload : as for `figecho.work.isolate.Workers`, on every worker.

    Raises
    ------
    UnavailableError : dask.distributed is not installed, or no cluster answers.
    OptionError : an address of neither form, workers with other versions, or without the shared folder.

    `run` raises UnavailableError too, where the scheduler or all workers are lost.
    """

    def __init__(
        self,
        address: str,
        *,
        shared: Sequence[Path] = (),
        memory_bytes: int | None = None,
        preload: tuple[str, ...] = (),
    ) -> None:
        self._limits = Limits(memory_bytes, preload)
        self._own: Any = None
        self._client = self._connect(address)
        try:
            check_workers(self._client, address, shared)
        except BaseException:
            self.stop()
            raise

    @property
    def jobs(self) -> int:
        return max(1, int(sum(self._client.nthreads().values())))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Leave the cluster; end it where it was started here."""
        self._client.close()
        if self._own is not None:
            self._own.close()

    def run(
        self,
        task: Callable[[Item], Value],
        items: Iterable[Item],
        *,
        timeout: Callable[[Item], float],
        retries: int = 1,
    ) -> Iterator[Outcome[Item, Value]]:
        """As `figecho.work.isolate.Workers.run`. A task whose Dask worker dies is sent to another one.

        Raises
        ------
        UnavailableError : the scheduler was lost, or all workers were and none came back; what was done is done.
        """
        coming = iter(items)
        waiting: dict[Any, Item] = {}
        done = _distributed().as_completed()
        crew = _Crew(self._client)

        def send(count: int) -> None:
            for item in islice(coming, max(0, count)):
                packed = Packed(pickle.dumps((task, item)), isinstance(item, Remote) and bool(item.needs()))
                future = self._client.submit(
                    _isolated, packed, timeout(item), retries, self._limits, pure=False, retries=retries
                )
                waiting[future] = item
                done.add(future)

        try:
            send(AHEAD * crew.threads)
            while waiting:
                while not done.has_ready():
                    crew.look()
                    time.sleep(LOOK)
                future = next(done)
                item = waiting.pop(future)
                outcome = self._fetched(future, item)
                future.release()
                send(AHEAD * crew.threads - len(waiting))
                yield outcome
        finally:
            if self._client.status == "running":
                self._client.cancel(list(waiting))

    def _fetched(self, future: Any, item: Item) -> Outcome[Item, Any]:
        """The outcome of a task; a lost scheduler is none, since the next scan can still run the task."""
        try:
            outcome = _outcome(future, item)
        except OSError as error:
            raise UnavailableError(LOST) from error
        if outcome.error is not None and self._client.status != "running":
            raise UnavailableError(LOST)
        return outcome

    def _connect(self, address: str) -> Any:
        distributed = _distributed()
        if local := _LOCAL.fullmatch(address):
            # Nobody looks at what a worker's threads are doing, which is sampled a hundred times a second.
            import_module("dask").config.set({"distributed.worker.profile.enabled": False})
            self._own = distributed.LocalCluster(
                # Nothing of it, its status page included, may be reached from other machines.
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                n_workers=int(local[1]),
                threads_per_worker=1,
                silence_logs="ERROR",
            )
            return distributed.Client(self._own)
        if not re.match(r"(tcp|tls|ucx)://", address):
            raise OptionError(f"--cluster {address!r} is neither tcp://HOST:PORT nor local:N")
        try:
            client = distributed.Client(address, timeout=PATIENCE)
            client.wait_for_workers(1, timeout=PATIENCE)
        except (OSError, TimeoutError) as error:
            raise UnavailableError(
                f"no cluster with workers answers at {address}; start `dask scheduler` and `dask worker {address}`"
            ) from error
        return client


class _Crew:
    """The threads of all workers, counted anew every few seconds: workers come and go."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._counted = self._seen = time.monotonic()
        self.threads = max(1, self._count())

    def look(self) -> None:
        """Count again where it is time.

        Raises
        ------
        UnavailableError : nobody has been there for `PATIENCE_ALONE` seconds, or the scheduler is gone.
        """
        now = time.monotonic()
        if now - self._counted < COUNT:
            return
        self._counted = now
        if threads := self._count():
            self.threads, self._seen = threads, now
        elif now - self._seen > PATIENCE_ALONE:
            raise UnavailableError(
                "the cluster has no workers any more; start some and repeat the same command to go on"
            )

    def _count(self) -> int:
        try:
            return int(sum(self._client.nthreads().values()))
        except OSError as error:
            raise UnavailableError(LOST) from error


def check_workers(client: Any, address: str, shared: Sequence[Path]) -> None:
    """Other versions would give other results, and a worker that sees other files none at all."""
    ours = _versions()
    for worker, theirs in client.run(_versions).items():
        for name, here in ours.items():
            if theirs.get(name) != here:
                raise OptionError(
                    f"the worker {worker} of {address} has {name} {theirs.get(name)}, this machine has {here}; "
                    "install the same version on both"
                )
    for folder in (path.resolve() for path in shared):
        for worker, seen in client.run(_sees, str(folder)).items():
            if not seen:
                raise OptionError(
                    f"the worker {worker} of {address} cannot write to {folder}; use folders that all machines share"
                )


def _distributed() -> Any:
    # Whatever goes wrong is said here in one sentence; Dask would say it in many, meanwhile.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        return import_module("distributed")
    except ImportError as error:
        raise UnavailableError(
            '--cluster needs dask.distributed, which is not installed: pip install "figecho[cluster]"'
        ) from error


def _versions() -> dict[str, str]:
    return {"figecho": __version__, **{name: version(name) for name in COMPARED}}


def _sees(folder: str) -> bool:
    return os.access(folder, os.R_OK | os.W_OK)


@dataclass(frozen=True)
class Packed:
    """A task and its item as bytes: a Dask worker carries them, and need not load what its isolated process works with.

    ``remote`` says that the item needs something from addresses: see `figecho.work.remote.Remote`.
    """

    data: bytes
    remote: bool

    def needs(self) -> tuple[Need, ...]:
        if not self.remote:
            return ()
        _, item = pickle.loads(self.data)
        return tuple(item.needs())

    def having(self, copies: tuple[Path, ...]) -> Packed:
        task, item = pickle.loads(self.data)
        return Packed(pickle.dumps((task, item.having(copies))), remote=False)


def _unpacked(packed: Packed) -> bytes:
    """Run a packed task; its value, packed as well."""
    task, item = pickle.loads(packed.data)
    return pickle.dumps(task(item))


def _isolated(packed: Packed, timeout: float, retries: int, limits: Limits) -> Outcome[Packed, bytes]:
    """Run one task in this thread's own isolated process, which stays for the next one."""
    if getattr(_HERE, "limits", None) != limits:
        _allow_children()
        _HERE.workers = Workers(1, memory_bytes=limits.memory_bytes, preload=limits.preload)
        _HERE.limits = limits
    (outcome,) = _HERE.workers.run(_unpacked, [packed], timeout=lambda _: timeout, retries=retries)
    return replace(outcome, item=Packed(b"", remote=False))  # who sent it knows what it was


def _allow_children() -> None:
    """Dask marks its workers as daemons, which may have no children lest those survive them; ours never do."""
    from multiprocessing import process

    process.current_process()._config["daemon"] = False  # type: ignore[attr-defined]


def _outcome(future: Any, item: Item) -> Outcome[Item, Any]:
    """What came back; a worker that died over and over, or a task that was lost, is an outcome too."""
    if future.status == "finished":
        outcome: Outcome[Packed, bytes] = future.result()
        value = None if outcome.result is None else pickle.loads(outcome.result)
        return Outcome(item, value, outcome.error, outcome.cost)
    cause = future.exception() if future.status == "error" else None
    return Outcome(item, error=TaskError(f"its worker died or was lost ({cause or future.status})", "crashed"))
