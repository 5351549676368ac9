"""Scans that run while people look: progress, ends, cancelling."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from endings import ended
from figecho.errors import OptionError, StoreError
from figecho.review.jobs import MOST_WAITING, Jobs
from figecho.scan.progress import Progress


@pytest.fixture
def jobs():
    jobs = Jobs()
    yield jobs
    jobs.close()


def test_a_job_tells_how_far_it_is_and_which_run_it_made(jobs: Jobs) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def scan(progress: Progress) -> str:
        progress.start("reading", 10)
        progress.advance(4)
        reached.set()
        go_on.wait(5)
        return "the run"

    job = jobs.add("paper.pdf", scan)
    reached.wait(5)
    status = job.status
    assert (status.state, status.stage, status.done, status.total) == ("running", "reading", 4, 10)
    go_on.set()
    assert (ended(job).state, ended(job).run) == ("done", "the run")


def test_a_cancelled_job_stops_with_its_next_step(jobs: Jobs) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def scan(progress: Progress) -> str:
        reached.set()
        go_on.wait(5)
        progress.advance()
        raise AssertionError("it went on")

    job = jobs.add("paper.pdf", scan)
    reached.wait(5)
    job.cancel()
    go_on.set()
    assert ended(job).state == "cancelled"


def test_one_waits_for_the_other_and_can_be_cancelled_before_it_begins(jobs: Jobs) -> None:
    go_on = threading.Event()
    first = jobs.add("first", lambda progress: go_on.wait(5) and "run")
    second = jobs.add("second", lambda progress: "must not run")
    assert second.status.state == "waiting"
    second.cancel()
    go_on.set()
    assert ended(first).state == "done"
    assert (ended(second).state, second.status.run) == ("cancelled", None)


@pytest.mark.parametrize("error", [StoreError("the disk is full; make room"), OSError("the disk is full; make room")])
def test_a_failed_job_says_why(jobs: Jobs, error: Exception) -> None:
    def scan(progress: Progress) -> str:
        raise error

    status = ended(jobs.add("paper.pdf", scan))
    assert (status.state, status.error) == ("failed", "the disk is full; make room")


def test_what_a_job_holds_is_let_go_however_it_ends(jobs: Jobs) -> None:
    go_on, let_go = threading.Event(), []

    @contextmanager
    def held(name: str):
        yield
        let_go.append(name)

    first = jobs.add("first", lambda progress: go_on.wait(5) and "run", held("done"))
    jobs.add("second", lambda progress: "must not run", held("cancelled")).cancel()
    last = jobs.add("third", lambda progress: "run", held("last"))
    go_on.set()
    assert (ended(first).state, ended(last).state) == ("done", "done")
    jobs.close()
    assert let_go == ["done", "cancelled", "last"]


def test_too_many_waiting_jobs_are_refused(jobs: Jobs) -> None:
    go_on = threading.Event()
    for number in range(MOST_WAITING):
        jobs.add(str(number), lambda progress: go_on.wait(5) and "run")
    with pytest.raises(OptionError, match="waiting already"):
        jobs.add("one more", lambda progress: "run")
    go_on.set()
