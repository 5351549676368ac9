"""What a scan tells whoever watches it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Told of every stage: its start with its total (None where nobody can know), every step, and its end."""

    def start(self, stage: str, total: int | None) -> None: ...

    def advance(self, count: int = 1) -> None: ...

    def finish(self) -> None: ...


class Silent:
    """Nobody watches."""

    def start(self, stage: str, total: int | None) -> None:
        pass

    def advance(self, count: int = 1) -> None:
        pass

    def finish(self) -> None:
        pass


@contextmanager
def stage(progress: Progress, name: str, total: int | None) -> Iterator[None]:
    """One stage, which is told to be over however it ends."""
    progress.start(name, total)
    try:
        yield
    finally:
        progress.finish()
