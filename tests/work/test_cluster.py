"""A Dask cluster runs the same tasks with the same outcomes, also when its workers die."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="the extra [cluster] is not installed")

from figecho.errors import InputError, OptionError, TaskError, UnavailableError
from figecho.options import Limits, ReuseOptions
from figecho.scan.prepare import PrepareTask, prepare
from figecho.work.cluster import COUNT, PATIENCE_ALONE, Cluster, _Crew, _versions, check_workers
from figecho.work.isolate import Workers
from figecho.work.remote import Need
from own_cluster import own_cluster
from work import misbehaving


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster("local:2", memory_bytes=2**30) as cluster:
        yield cluster


def outcomes(runner, items, seconds: float = 30, **options: int) -> dict[object, object]:
    found = runner.run(misbehaving.misbehave, items, timeout=lambda _: seconds, **options)
    return {each.item: type(each.error).__name__ + str(each.error) if each.error else each.value for each in found}


def test_no_items_give_nothing(cluster: Cluster) -> None:
    assert outcomes(cluster, []) == {}
    assert cluster.jobs == 2


def test_outcomes_are_those_of_the_local_pool_crashes_included(cluster: Cluster) -> None:
    items = [*range(12), "exit", "raise", "abort", "greedy"]
    with Workers(2, memory_bytes=2**30) as workers:
        expected = outcomes(workers, items)
    assert outcomes(cluster, items) == expected


def test_what_the_isolated_processes_work_with_is_not_loaded_beside_them(cluster: Cluster, tmp_path: Path) -> None:
    task = PrepareTask(str(tmp_path / "nowhere.png"), tmp_path / "spool", ReuseOptions(), Limits())
    (outcome,) = cluster.run(prepare, [task], timeout=lambda _: 30.0)
    assert isinstance(outcome.error, InputError) and outcome.error.code == "missing"
    loaded = cluster._client.run(eval, "'figecho.scan.prepare' in __import__('sys').modules")
    assert set(loaded.values()) == {False}


def test_items_are_taken_only_as_they_are_needed(cluster: Cluster) -> None:
    taken = []

    def coming() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    running = cluster.run(misbehaving.misbehave, coming(), timeout=lambda _: 30.0)
    next(running)
    assert len(taken) < 20
    running.close()


def test_a_dask_worker_that_is_killed_costs_no_task(tmp_path: Path) -> None:
    with Cluster("local:2") as cluster:
        marker = str(tmp_path / "died")
        items = [marker, *(f"{marker}-{number}" for number in range(3))]
        found = list(cluster.run(misbehaving.kill_the_dask_worker_once, items, timeout=lambda _: 30.0))
    assert {outcome.item: outcome.value for outcome in found} == dict.fromkeys(items, "second attempt")


def test_the_network_of_isolated_tasks_is_cut_there_too(cluster: Cluster) -> None:
    (outcome,) = cluster.run(misbehaving.process_and_open_files, [1], timeout=lambda _: 30.0)
    assert outcome.value[0] != os.getpid()
    assert outcome.value[1] == 256


@pytest.mark.parametrize("address", ["", "local:0", "local:many", "host:8786", "http://host"])
def test_a_senseless_address_is_one_sentence(address: str) -> None:
    with pytest.raises(OptionError, match=r"tcp://HOST:PORT"):
        Cluster(address)


def test_nobody_answering_is_one_sentence(monkeypatch) -> None:
    monkeypatch.setattr("figecho.work.cluster.PATIENCE", 1)
    with pytest.raises(UnavailableError, match="no cluster with workers answers"):
        Cluster("tcp://127.0.0.1:9")


class FakeClient:
    """A cluster with one worker, on which every call returns the same."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def run(self, function, *arguments) -> dict[str, object]:
        return {"tcp://other": self._answer}


def test_workers_with_another_version_are_refused_by_name() -> None:
    with pytest.raises(OptionError, match=r"tcp://other .* has numpy 9\.9, this machine has "):
        check_workers(FakeClient({**_versions(), "numpy": "9.9"}), "tcp://here", [])
    check_workers(FakeClient(_versions()), "tcp://here", [])


def test_a_folder_that_workers_do_not_share_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="all machines share"):
        Cluster("local:1", shared=[tmp_path / "nowhere"])


@dataclass(frozen=True)
class Weighed:
    """A task about the length of a document, which may lie at an address."""

    address: str
    file: Path | None = None

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.address),)

    def having(self, copies: tuple[Path, ...]) -> Weighed:
        return replace(self, file=copies[0])


def weigh(task: Weighed) -> int:
    return len(task.file.read_bytes()) if task.file else -1


def test_a_document_at_an_address_is_copied_by_the_worker(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"12345")
    items = [Weighed((tmp_path / name).as_uri()) for name in ("a.bin", "gone.bin")]
    found = {each.item: each for each in cluster.run(weigh, items, timeout=lambda _: 30.0)}
    assert found[items[0]].value == 5
    assert isinstance(found[items[1]].error, InputError)


def test_lost_tasks_are_task_errors() -> None:
    from figecho.work.cluster import _outcome

    lost = type("Future", (), {"status": "cancelled"})()
    outcome = _outcome(lost, "item")
    assert isinstance(outcome.error, TaskError) and outcome.error.code == "crashed"


def test_a_lost_scheduler_is_one_sentence_and_no_outcome(tmp_path: Path) -> None:
    """Its tasks are not failures: the next scan runs them."""
    with own_cluster(tmp_path) as own, Cluster(own.address) as cluster:
        running = cluster.run(misbehaving.misbehave, [1, 2, "sleep", 3], timeout=lambda _: 100.0)
        assert next(running).value == 1
        own.scheduler.kill()
        with pytest.raises(UnavailableError, match="repeat the same command"):
            list(running)


def test_a_cluster_without_workers_is_waited_for_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[dict[str, int]] = [{"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 1}, {}, {}]
    client = type("Client", (), {"nthreads": lambda self: threads.pop(0)})()
    now = [0.0]
    monkeypatch.setattr("figecho.work.cluster.time.monotonic", lambda: now[0])
    crew = _Crew(client)
    assert crew.threads == 3
    crew.look()  # too early to ask again
    assert len(threads) == 3
    now[0] = COUNT
    crew.look()
    assert crew.threads == 4
    now[0] = PATIENCE_ALONE
    crew.look()
    assert crew.threads == 4
    now[0] += 2 * COUNT
    with pytest.raises(UnavailableError, match="no workers any more; start some and repeat"):
        crew.look()
