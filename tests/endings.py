"""Waiting for work that runs in another thread."""

from __future__ import annotations

import time

from figecho.review.jobs import Job, Status


def ended(job: Job, seconds: float = 60) -> Status:
    """The job's status once it is over."""
    end = time.monotonic() + seconds
    while not job.status.over:
        assert time.monotonic() < end, job.status
        time.sleep(0.01)
    return job.status
