"""The first thing that a worker process does: one thread, bounds, and no life after its parent's death."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import threading
from multiprocessing import connection, parent_process

#: Files that a task may have open at once: the document, the run's store and what it spools, with room to spare.
OPEN_FILES = 256
#: Freed memory that a worker keeps for its next task, bytes: as much as the keypoints of one panel take.
KEPT_BYTES = 128 * 1024**2
#: Blocks up to this size come from what was kept, bytes: the largest that glibc allows.
REUSED_BYTES = 32 * 1024**2
# From <malloc.h>.
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3


def settle_in(memory_bytes: int | None) -> None:
    """Prepare this process for tasks, each of which may take ``memory_bytes`` beyond what it has now."""
    import figecho.work.single_thread  # noqa: F401, I001 - before OpenCV, where the fork server could not import it
    import cv2

    cv2.setNumThreads(1)
    keep_memory()
    bound(memory_bytes)


def keep_memory() -> bool:
    """Have this process keep freed memory for later, and whether that was possible: it is with glibc.

    A panel's pyramids are allocated and freed again and again. Given back to the kernel each time and asked for anew,
    page by page, they took a third of the time of reading a panel.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(mallopt and mallopt(M_TRIM_THRESHOLD, KEPT_BYTES) and mallopt(M_MMAP_THRESHOLD, REUSED_BYTES))


def bound(memory_bytes: int | None) -> None:
    """Limit what this process may take, and end it with its parent."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()
    # A core dump would leave pixels of confidential figures on the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    if memory_bytes is not None:
        _lower(resource.RLIMIT_FSIZE, memory_bytes)  # no file that a task writes may be larger than the task
    if memory_bytes is not None and sys.platform == "linux":
        # Libraries reserve address space that they never use: the limit counts from what an idle worker has.
        _lower(resource.RLIMIT_AS, _address_space() + memory_bytes)


def _lower(what: int, limit: int) -> None:
    """Set a limit of this process, or leave it at what the system allows at most."""
    _, most = resource.getrlimit(what)
    resource.setrlimit(what, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def _address_space() -> int:
    """Bytes of address space that this process has reserved."""
    with open("/proc/self/statm") as file:  # noqa: PTH123 - not a file of the user's
        return int(file.read().split()[0]) * resource.getpagesize()


def _follow(parent: int) -> None:
    """End this process when its parent has ended, however busy it is: nobody is left to take its result."""
    connection.wait([parent])
    os._exit(1)
