"""Processes: who they are, whether they live, what they hold.

A process is told apart from a later one with the same number by when it started and in which boot of which machine.
Linux answers from ``/proc``; other systems through psutil.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from watchbell.record.run import RunWorker

HAS_PROC = sys.platform == "linux"
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
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


def resident_bytes(pid: int) -> int:
    """The memory a process holds, pages shared with its parent included; 0 if it is over."""
    if HAS_PROC:
        try:
            return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * PAGE_BYTES
        except (OSError, IndexError):
            return 0
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def signal_name(number: int) -> str:
    """``"SIGKILL"`` for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def send_signal(pid: int, number: int, *, group: bool = False) -> bool:
    """Sends a signal to a process or to its whole group; False if it is gone.

    Args:
        pid: the process, which leads its group if ``group`` is given.
        number: the signal.
        group: also to the processes it started.
    """
    try:
        if group:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of a group whose last process is over
        return False
    return True


def choose_start(process_start: str, threads: int) -> str:
    """``"fork"`` or ``"spawn"``: how processes with user code begin.

    Fork is milliseconds instead of a new load of the code, but a fork copies one thread only: locks that others
    held stay locked for ever in the child. macOS' own libraries start threads unseen.

    Args:
        process_start: the setting.
        threads: threads in this process (count).
    """
    if process_start != "auto":
        return process_start if hasattr(os, "fork") else "spawn"
    safe = hasattr(os, "fork") and sys.platform != "darwin" and threads == 1
    return "fork" if safe else "spawn"
