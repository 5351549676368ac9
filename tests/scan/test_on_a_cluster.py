"""The same scan in one process, in workers and on a Dask cluster: one run, whoever computes it and whatever dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed", reason="the extra [cluster] is not installed")

import figecho
from figecho.errors import UnavailableError
from figecho.scan import candidates
from figecho.scan.scan import scan
from figecho.scan.segments import segment_keys
from figecho.types import Run
from own_cluster import own_cluster


def dump(run: Run) -> dict[str, Any]:
    """All that a run says, but for when it was made and what it took."""
    told = run.to_dict()
    for name in ("id", "created"):
        del told[name]
    for document in told["documents"]:
        del document["seconds"], document["memory_bytes"]
    return told


class AtFirst:
    """Does something once, as soon as the first document is read."""

    def __init__(self, deed: Callable[[], None]) -> None:
        self._deed: Callable[[], None] | None = deed

    def start(self, stage: str, total: int | None) -> None:
        pass

    def advance(self, count: int = 1) -> None:
        deed, self._deed = self._deed, None
        if deed is not None:
            deed()

    def finish(self) -> None:
        pass


def spawned() -> list[int]:
    """The Dask workers of this process: its nannies have spawned them."""
    threads = Path("/proc/self/task").iterdir()
    children = [child for thread in threads for child in (thread / "children").read_text().split()]
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_one_process_workers_and_a_cluster_give_the_same_run(figures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "EXHAUSTIVE", 0)  # segments are built and searched by tasks, too
    serial = dump(scan(["figs"], jobs=0, root="serial"))
    assert dump(scan(["figs"], jobs=2, root="pool")) == serial
    assert dump(scan(["figs"], cluster="local:2", root="cluster")) == serial
    assert len(serial["findings"]) == 3


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(figures: Path) -> None:
    expected = dump(scan(["figs"], jobs=2, root="undisturbed"))
    killed = []

    def kill_one() -> None:
        killed.extend(spawned()[:1])
        os.kill(killed[0], signal.SIGKILL)

    assert dump(scan(["figs"], cluster="local:2", root="killed", progress=AtFirst(kill_one))) == expected
    assert len(killed) == 1


def test_a_lost_scheduler_is_one_sentence_and_the_same_command_goes_on_to_the_same_run(
    figures: Path, tmp_path: Path
) -> None:
    expected = dump(scan(["figs"], jobs=1, root="undisturbed"))
    with own_cluster(tmp_path) as own, pytest.raises(UnavailableError, match="repeat the same command to go on"):
        scan(["figs"], cluster=own.address, root="lost", progress=AtFirst(own.scheduler.kill))
    (interrupted,) = Path("lost/runs").iterdir()
    with own_cluster(tmp_path) as own:
        run = scan(["figs"], cluster=own.address, root="lost")
    assert run.id == interrupted.name
    assert dump(run) == expected


def test_a_worker_that_is_slow_costs_its_task_and_no_more(figures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen worker gets its task's time; then the task is done elsewhere, or by it when it thaws."""
    expected = dump(scan(["figs"], jobs=2, root="undisturbed"))
    frozen: list[int] = []

    def freeze_one() -> None:
        frozen.extend(spawned()[:1])
        os.kill(frozen[0], signal.SIGSTOP)
        threading.Thread(target=thaw, daemon=True).start()

    def thaw() -> None:
        time.sleep(6)
        os.kill(frozen[0], signal.SIGCONT)

    assert dump(scan(["figs"], cluster="local:2", root="slow", progress=AtFirst(freeze_one))) == expected
    assert len(frozen) == 1


def test_a_library_is_filled_and_asked_on_a_cluster(figures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "EXHAUSTIVE", 0)
    here, there = figecho.Library("here"), figecho.Library("there")
    here.add("figs", jobs=1)
    there.add("figs", cluster="local:2")
    assert here.stats().contents == there.stats().contents > 0
    held = [
        {key for each in Path(f"{name}/segments").iterdir() for key in segment_keys(each)} for name in ("here", "there")
    ]
    assert held[0] == held[1] and len(held[0]) == here.stats().contents
    asked = here.query("figs/t1mirrored.png", jobs=1), there.query("figs/t1mirrored.png", cluster="local:2")
    first, second = ([(each.a.name, each.b.name, each.score) for each in run.findings] for run in asked)
    assert first == second != []
