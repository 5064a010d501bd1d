"""Which process a worker is, and whether that very process lives.

A process is told apart from a later one with the same number by when it started and in which boot of which machine.
Linux answers from ``/proc``; other systems through psutil.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from watchbell.record.run import RunWorker

HAS_PROC = sys.platform == "linux"
_STATE_FIELD, _STARTED_FIELD = 0, 19  # counted after the command's closing parenthesis, which may hold anything
_ENDED_STATES = frozenset("ZX")


@cache
def boot_id() -> str:
    """A text that differs between two starts of the machine."""
    if HAS_PROC:
        with suppress(OSError):
            return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    import psutil

    return str(int(psutil.boot_time()))


def identity_of(pid: int) -> RunWorker | None:
    """The process that has this number now; None if there is none or it is over and only waits to be reaped.

    Args:
        pid: its number.
    """
    started = _started(pid)
    if started is None:
        return None
    return RunWorker(pid=pid, started=started, boot_id=boot_id(), host_name=socket.gethostname())


def own_identity() -> RunWorker:
    """This process."""
    found = identity_of(os.getpid())
    assert found is not None, "a process that runs exists"
    return found


def is_alive(worker: RunWorker) -> bool | None:
    """Whether this very process still runs; None if it belongs to another machine and cannot be seen from here."""
    if worker.host_name != socket.gethostname():
        return None
    return worker.boot_id == boot_id() and _started(worker.pid) == worker.started


def _started(pid: int) -> str | None:
    if HAS_PROC:
        try:
            fields = Path(f"/proc/{pid}/stat").read_bytes().decode("utf-8", "replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[_STATE_FIELD] in _ENDED_STATES else fields[_STARTED_FIELD]
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else repr(process.create_time())
    except psutil.Error:
        return None
