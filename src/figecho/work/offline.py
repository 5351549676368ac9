"""Import this in the fork server: all worker processes are then born without a network, where the kernel allows it.

A decoder that a hostile file has taken over cannot send a confidential figure anywhere. Linux gives a process an empty
network namespace to root, and to anyone in a user namespace of their own; elsewhere nothing changes, and
`figecho doctor` says so.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

# From <linux/sched.h>; the os module knows them only from Python 3.12 on.
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


def leave_network() -> bool:
    """Move this process, which must have a single thread, into an empty network namespace; whether that worked."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        unshare = libc.unshare
    except (OSError, AttributeError):
        return False
    user, group = os.geteuid(), os.getegid()
    if unshare(CLONE_NEWNET) == 0:
        return True
    if unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return False
    _keep_identity(user, group)
    return True


def _keep_identity(user: int, group: int) -> None:
    """In the new user namespace, be who one was: otherwise files that are written belong to nobody in it."""
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny")
    (own / "gid_map").write_text(f"{group} {group} 1")
    (own / "uid_map").write_text(f"{user} {user} 1")


leave_network()
