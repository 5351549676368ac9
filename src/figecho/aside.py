"""Documents read aside, in a process of their own: how the command line reads what it does not scan."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from figecho.errors import TaskError
from figecho.options import Limits
from figecho.scan.cost import WORKING_COPIES, refusal, seconds_to_read
from figecho.sources.open import Pictures, read
from figecho.types import Picture
from figecho.work.stream import stream

#: Elsewhere the system's own threads may be at work in a process that has not started any.
_FORKS = sys.platform == "linux"


def read_aside(path: str, *, page: int | None = None, limits: Limits = Limits()) -> Pictures:  # noqa: B008
    """As `figecho.sources.open.read`, in a process with limits; tried once more where that process dies or hangs.

    Not for a process with several threads, which must not fork: see `figecho.work.stream`.

    Raises
    ------
    InputError : the document cannot be read, or reading it crashed, took too long or needed too much memory.
    """
    given = 0
    for attempt in range(2):
        try:
            for number, picture in enumerate(_pictures(path, page, limits)):
                if number >= given:
                    given += 1
                    yield picture
            return
        except TaskError as error:
            if attempt or error.code == "memory":
                raise refusal(path, error) from error


def _pictures(path: str, page: int | None, limits: Limits) -> Iterator[Picture]:
    seconds, memory = seconds_to_read(path, _size(path), limits), WORKING_COPIES * limits.memory_bytes
    if _FORKS:
        yield from stream(partial(read, path, page=page, limits=limits), seconds=seconds, memory_bytes=memory)
        return
    from figecho.work.isolate import Workers

    with Workers(1, memory_bytes=memory, preload=("figecho.aside",)) as workers:
        task = partial(_read_all, page=page, limits=limits)
        (outcome,) = workers.run(task, [path], timeout=lambda _: seconds, retries=0)
    yield from outcome.value


def _read_all(path: str, page: int | None, limits: Limits) -> list[Picture]:
    return list(read(path, page=page, limits=limits))


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except (OSError, ValueError):  # reading it will say so
        return 0
