"""How a worker process is born: forked from a clean server process that has imported what the workers need.

A plain fork would copy locks that other threads hold. The standard library's fork server is clean, but makes every
child import the user's main script again, so that three lines of Python that call `figecho.scan` would start
themselves over and over. This one never touches the main script.
"""

from __future__ import annotations

import io
import os
import sys
from functools import cache
from multiprocessing import context, forkserver, popen_forkserver, process, reduction, util
from pathlib import Path
from typing import Any


@cache
def _server(preload: tuple[str, ...]) -> forkserver.ForkServer:
    """The server of this process that has these modules loaded; it ends with the process."""
    server = forkserver.ForkServer()
    server.set_forkserver_preload(["figecho.work.single_thread", "figecho.work.offline", *preload])
    return server


def network_namespace() -> str | None:
    """A name of this process's network namespace, the same for two processes that share it; None where unknown."""
    try:
        return str(Path("/proc/self/ns/net").readlink())
    except OSError:
        return None


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


class _Popen(popen_forkserver.Popen):
    """As the standard one, but with our own server and without the main script."""

    def _launch(self, process_obj: Any) -> None:
        preparation = {
            "name": process_obj.name,
            "authkey": process.current_process().authkey,
            "sys_path": [entry or str(Path.cwd()) for entry in sys.path],
            "dir": str(Path.cwd()),
        }
        message = io.BytesIO()
        context.set_spawning_popen(self)
        try:
            reduction.dump(preparation, message)
            reduction.dump(process_obj, message)
        finally:
            context.set_spawning_popen(None)
        self.sentinel, writer = _server(process_obj.preload).connect_to_new_process(self._fds)  # type: ignore[attr-defined]
        # While this copy of the pipe's end is open, the child knows that its parent lives.
        alive = os.dup(writer)
        self.finalizer = util.Finalize(self, _close, (alive, self.sentinel))
        with open(writer, "wb") as pipe:  # noqa: PTH123 - a descriptor, not a path
            pipe.write(message.getbuffer())
        self.pid = forkserver.read_signed(self.sentinel)


class _WorkerProcess(context.ForkServerProcess):
    preload: tuple[str, ...] = ()

    @staticmethod
    def _Popen(process_obj: Any) -> _Popen:  # noqa: N802 - multiprocessing's name
        return _Popen(process_obj)


class WorkerContext(context.ForkServerContext):
    """A multiprocessing context whose processes come from a server that has the ``preload`` modules imported."""

    def __init__(self, preload: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._preload = preload

    def Process(self, *args: Any, **options: Any) -> _WorkerProcess:  # type: ignore[override]  # noqa: N802
        worker = _WorkerProcess(*args, **options)
        worker.preload = self._preload
        return worker
