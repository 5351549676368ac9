"""Worker processes: what a task does to itself never reaches another task."""

from __future__ import annotations

import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from figecho.errors import TaskError
from figecho.work.isolate import Outcome, Workers
from work import misbehaving

GIB = 2**30


@pytest.fixture
def workers() -> Iterator[Workers]:
    with Workers(2, memory_bytes=GIB) as workers:
        yield workers


def run(workers: Workers, items: list[int | str], seconds: float = 30, **options: int) -> dict[int | str, Outcome]:
    outcomes = list(workers.run(misbehaving.misbehave, items, timeout=lambda item: seconds, **options))
    assert len(outcomes) == len(items)
    return {outcome.item: outcome for outcome in outcomes}


def test_no_items_start_no_process(workers: Workers) -> None:
    before = threading.active_count()
    assert run(workers, []) == {}
    assert threading.active_count() == before


def test_every_item_gets_its_value(workers: Workers) -> None:
    done = run(workers, list(range(20)))
    assert {item: outcome.value for item, outcome in done.items()} == {n: n * n for n in range(20)}


@pytest.mark.parametrize("crash", ["exit", "kill", "abort", "quit"])
def test_a_crash_costs_one_task(workers: Workers, crash: str) -> None:
    done = run(workers, [1, 2, crash, 3, 4], seconds=10)
    error = done.pop(crash).error
    assert isinstance(error, TaskError) and error.code == "crashed"
    assert {item: outcome.value for item, outcome in done.items()} == {1: 1, 2: 4, 3: 9, 4: 16}


def test_many_crashes_in_a_row_lose_nothing(workers: Workers) -> None:
    items = [f"word {n}" for n in range(3)] + [1, "exit", 2, "kill", 3, "abort", 4]
    done = run(workers, items, seconds=10, retries=0)
    assert [done[n].value for n in (1, 2, 3, 4)] == [1, 4, 9, 16]
    assert all(done[word].error for word in ("exit", "kill", "abort"))


def test_a_hang_costs_one_task_and_its_time(workers: Workers) -> None:
    started = time.monotonic()
    done = run(workers, ["sleep", 1, 2, 3], seconds=1)
    assert time.monotonic() - started < 15
    error = done["sleep"].error
    assert isinstance(error, TaskError) and error.code == "timeout"
    assert "1 s" in str(error)
    assert [done[n].value for n in (1, 2, 3)] == [1, 4, 9]


def test_a_task_that_ignores_termination_is_ended_all_the_same(workers: Workers) -> None:
    done = run(workers, ["deaf", 1], seconds=1, retries=0)
    assert done["deaf"].error.code == "timeout"
    assert done[1].value == 1


def test_what_a_task_raises_comes_back_and_is_not_tried_again(workers: Workers) -> None:
    done = run(workers, ["raise", 1])
    assert isinstance(done["raise"].error, ValueError)
    with pytest.raises(ValueError, match="no good"):
        _ = done["raise"].value
    assert done[1].value == 1


def test_too_much_memory_is_refused_and_the_worker_lives_on(workers: Workers) -> None:
    done = run(workers, ["greedy", 1])
    assert isinstance(done["greedy"].error, TaskError) and done["greedy"].error.code == "memory"
    assert done[1].value == 1


def test_every_outcome_says_what_it_cost() -> None:
    with Workers(1, memory_bytes=GIB) as workers:
        held = [outcome.cost for outcome in workers.run(misbehaving.hold, [300, 1, -1], timeout=lambda _: 20.0)]
        lost = list(workers.run(misbehaving.misbehave, ["sleep"], timeout=lambda _: 1.0, retries=0))
    assert all(cost.seconds > 0 for cost in held)
    if sys.platform == "linux":
        large, small, failed = (cost.memory_bytes or 0 for cost in held)
        assert 300 * 2**20 <= large < 400 * 2**20
        assert max(small, failed) < 100 * 2**20, "an earlier task's memory is not counted again"
    assert lost[0].cost.seconds >= 1 and lost[0].cost.memory_bytes is None


def test_a_value_that_cannot_travel_is_an_error(workers: Workers) -> None:
    done = run(workers, ["unpicklable", 1], seconds=10, retries=0)
    assert done["unpicklable"].error is not None
    assert done[1].value == 1


def test_bad_luck_is_tried_once_more(workers: Workers, tmp_path: Path) -> None:
    marker = str(tmp_path / "been here")
    (outcome,) = workers.run(misbehaving.die_once, [marker], timeout=lambda item: 10)
    assert outcome.value == "second attempt"
    log = tmp_path / "log"
    (outcome,) = workers.run(misbehaving.count_attempts, [str(log)], timeout=lambda item: 10)
    assert outcome.error is not None
    assert log.read_text().splitlines() == ["attempt", "attempt"]


def test_items_are_taken_only_as_they_are_needed(workers: Workers) -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    outcomes = workers.run(misbehaving.behave, items(), timeout=lambda item: 10)
    for _ in range(5):
        next(outcomes)
    assert len(taken) <= 5 + 2 * workers.jobs
    outcomes.close()


def test_a_worker_killed_while_idle_is_replaced(workers: Workers) -> None:
    run(workers, [1, 2])
    for lane in workers._lanes:
        for pid in list(lane._pool._pool_manager.worker_manager.workers):
            os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
    assert run(workers, [3, 4])[4].value == 16


def test_workers_use_one_thread_each(workers: Workers) -> None:
    (outcome,) = workers.run(misbehaving.threads, [0], timeout=lambda item: 10)
    assert outcome.value == (1, "1")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked to keep freed memory")
def test_a_worker_uses_the_memory_of_one_panel_for_the_next(workers: Workers) -> None:
    (outcome,) = workers.run(misbehaving.pages_of_a_repeat, [20], timeout=lambda item: 10)
    assert outcome.value is not None and outcome.value < 20 * 2**20 / resource.getpagesize() / 10


def test_stopping_early_ends_the_workers(tmp_path: Path) -> None:
    with Workers(2) as workers:
        outcomes = workers.run(misbehaving.pid_then_sleep, [str(tmp_path)] * 2, timeout=lambda item: 1, retries=0)
        next(outcomes)
        outcomes.close()
    assert_gone(tmp_path)


def test_workers_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    program = (
        "from figecho.work.isolate import Workers\nfrom work import misbehaving\n"
        f"with Workers(2) as w: list(w.run(misbehaving.pid_then_sleep, [{str(tmp_path)!r}] * 2, timeout=lambda i: 99))"
    )
    child = start_python(program)
    wait_for(lambda: len(list(tmp_path.iterdir())) == 2)
    child.kill()
    child.wait()
    assert_gone(tmp_path)


def test_an_interrupt_ends_the_workers_and_reaches_the_caller(tmp_path: Path) -> None:
    program = (
        "from figecho.work.isolate import Workers\nfrom work import misbehaving\n"
        "try:\n"
        f"  with Workers(2) as w:\n"
        f"    list(w.run(misbehaving.pid_then_sleep, [{str(tmp_path)!r}] * 2, timeout=lambda i: 99))\n"
        "except KeyboardInterrupt: raise SystemExit(130)"
    )
    child = start_python(program)
    wait_for(lambda: len(list(tmp_path.iterdir())) == 2)
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=20) == 130
    assert_gone(tmp_path)


def test_a_plain_script_without_a_main_guard_runs_once(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from figecho.work.isolate import Workers\nfrom work import misbehaving\nprint('started')\n"
        "with Workers(2) as w: print([o.value for o in w.run(misbehaving.behave, [3], timeout=lambda i: 30)])\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, env=environment(), check=False
    )
    assert (done.stdout, done.stderr) == ("started\n[9]\n", "")


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}


def start_python(program: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program], env=environment(), stderr=subprocess.DEVNULL)


def wait_for(condition: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def assert_gone(folder: Path) -> None:
    """The processes that left their numbers in the folder have ended."""
    pids = [int(file.name) for file in folder.iterdir()]
    assert pids
    wait_for(lambda: not any(lives(pid) for pid in pids))


def lives(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def test_a_worker_cannot_reach_the_network(workers: Workers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert misbehaving.call_home(port) == "connected", "the test itself can"
        (outcome,) = workers.run(misbehaving.call_home, [port], timeout=lambda _: 20.0)
        if outcome.value == "connected":
            pytest.skip("this kernel lets no process leave the network")


def test_a_worker_cannot_fill_the_disk(workers: Workers, tmp_path: Path) -> None:
    (outcome,) = workers.run(misbehaving.write_much, [str(tmp_path / "much")], timeout=lambda _: 20.0)
    assert outcome.value == "File too large"


def test_a_worker_is_replaced_after_so_many_tasks_and_may_open_few_files(monkeypatch) -> None:
    monkeypatch.setattr("figecho.work.isolate.RECYCLED_AFTER", 3)
    with Workers(1) as workers:
        done = list(workers.run(misbehaving.process_and_open_files, range(7), timeout=lambda _: 20.0))
    assert len({outcome.value[0] for outcome in done}) == 3
    assert {outcome.value[1] for outcome in done} == {256}
