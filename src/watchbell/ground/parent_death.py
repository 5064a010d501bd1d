"""Dying with one's parent: a process forked for a task must not go on when nobody waits for it any more."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def _find_prctl() -> object:
    if sys.platform != "linux":
        return None
    try:
        return ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return None


_prctl = _find_prctl()  # looked up before any fork, which then has nothing left to load


def die_with_parent(parent: int) -> None:
    """Lets the kernel kill this process when its parent ends; where it cannot, the closed connection has to do.

    Args:
        parent: the parent's process id, taken before it could have ended.
    """
    if callable(_prctl):
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Has the kernel give this process the descendants whose parents end, so that none is out of sight for who ends it.

    Where it cannot, those that were cut off on purpose go their own way.
    """
    if callable(_prctl):
        _prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
