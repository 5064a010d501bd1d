"""Processes: what they hold, how they are told to stop, how they begin."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from watchbell.record.worker_identity import HAS_PROC

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


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


def is_running(pid: int) -> bool:
    """Whether a process has a processor or waits for one, and not for anything else; False where nobody can tell."""
    if not HAS_PROC:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split(None, 1)[0] == b"R"
    except (OSError, IndexError):
        return False


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
