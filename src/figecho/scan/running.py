"""Where the tasks of a scan or a library run; results do not depend on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from figecho.options import Limits
from figecho.scan.cost import WORKING_COPIES
from figecho.work.cluster import Cluster
from figecho.work.isolate import Workers
from figecho.work.serial import Serial

#: Loaded once for all workers.
PRELOAD = tuple(f"figecho.scan.{name}" for name in ("prepare", "building", "propose", "verify", "within"))


def open_runner(
    cluster: str | None, jobs: int | None, limits: Limits, shared: Sequence[Path]
) -> Workers | Cluster | Serial:
    """A runner, to use in a ``with`` block.

    Parameters
    ----------
    cluster : address of a Dask cluster, or None for this machine.
    jobs : worker processes on this machine, one per core where None; 0 for none: everything runs in this process.
    shared : folders that all workers must be able to read and write.

    Raises
    ------
    OptionError, UnavailableError : the cluster cannot be used.
    """
    memory = WORKING_COPIES * limits.memory_bytes
    if cluster is not None:
        return Cluster(cluster, shared=shared, memory_bytes=memory, preload=PRELOAD)
    return Serial() if jobs == 0 else Workers(jobs, memory_bytes=memory, preload=PRELOAD)
