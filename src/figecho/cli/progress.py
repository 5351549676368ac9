"""Progress on a terminal: one bar per stage, with counts and time left."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Bars:
    """What a scan tells its progress to, drawn on standard error and gone when the scan is over."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<12}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=Console(file=sys.stderr),
            transient=True,
        )
        self._stage: TaskID | None = None

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def start(self, stage: str, total: int | None) -> None:
        """A new stage; ``total`` is None where nobody can know it yet."""
        self._stage = self._progress.add_task(stage, total=total)

    def advance(self, count: int = 1) -> None:
        """``count`` more of the current stage are done."""
        if self._stage is not None:
            self._progress.advance(self._stage, count)

    def finish(self) -> None:
        """The current stage is over, whatever its total was."""
        if self._stage is not None:
            self._progress.stop_task(self._stage)
            self._stage = None
