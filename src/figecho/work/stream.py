"""What one process finds, streamed to its parent: for a command that reads one or two documents.

A pool of workers would have to load all libraries a second time, which takes about as long as comparing two pictures.
A fork takes some milliseconds. It copies whatever locks other threads hold, so that only a process whose Python has one
thread may use it: the command line, but not the review server and not whoever imports figecho. Nor may the child use
OpenCV, which would wait for threads that only the parent has; reading documents does not (a test holds it).
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from typing import Any, Literal, TypeVar

from figecho.work.losses import died, too_large, too_late
from figecho.work.settle import bound

Value = TypeVar("Value")
_Message = tuple[Literal["value", "error", "end"], Any]


def stream(produce: Callable[[], Iterable[Value]], *, seconds: float, memory_bytes: int | None) -> Iterator[Value]:
    """Yield what ``produce`` yields in a forked process, which ends as soon as nobody listens any more.

    Parameters
    ----------
    produce : its values must be picklable.
    seconds : how long this may wait for values, all of them together.
    memory_bytes : what producing them may take beyond the memory of this process.

    Raises
    ------
    TaskError : the process died, took too long or needs too much memory. What ``produce`` raises comes through.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_send_all, args=(sender, produce, memory_bytes), daemon=True)
    child.start()
    sender.close()
    try:
        while True:
            begin = time.monotonic()
            kind, value = _receive(receiver, child, seconds)
            seconds -= time.monotonic() - begin
            if kind == "end":
                return
            if kind == "error":
                raise too_large() if isinstance(value, MemoryError) else value
            yield value
    finally:
        child.kill()
        child.join()
        receiver.close()


def _receive(receiver: Connection, child: ForkProcess, seconds: float) -> _Message:
    """The child's next message; the child does not live longer than it may take."""
    watch, begin = threading.Timer(seconds, child.kill), time.monotonic()
    watch.start()
    try:
        message: _Message = receiver.recv()
    except EOFError as error:
        child.join()
        late = time.monotonic() - begin >= seconds
        raise (too_late(seconds) if late else died(child.exitcode)) from error
    finally:
        watch.cancel()
        watch.join()
    return message


def _send_all(sender: Connection, produce: Callable[[], Iterable[Any]], memory_bytes: int | None) -> None:
    """The child's whole life."""
    import figecho.work.offline  # noqa: F401 - leaves the network, where the kernel allows it

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted as well, and ends this process
    bound(memory_bytes)
    try:
        for value in produce():
            sender.send(("value", value))
    except Exception as error:  # noqa: BLE001 - the parent gets it, whatever it is
        sender.send(("error", error))
    else:
        sender.send(("end", None))
