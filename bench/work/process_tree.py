"""CPU and memory of a process and all it started, read from /proc (Linux), without touching what is measured.

CPU of a living process is taken from its clock, which counts nanoseconds and all its threads; a dead one's is in what
its parent has reaped. Processes whose parent died become ours (we are made a subreaper), so none escapes the count,
nor the end of the measurement.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PR_SET_CHILD_SUBREAPER = 36
CPU_CLOCK = 2  # the kernel's CPUCLOCK_SCHED, in the lowest bits of a clock id made from a pid
PARENT, CHILD_TIMES = 1, slice(13, 15)  # fields of /proc/<pid>/stat after the command's name


def adopt_orphans() -> None:
    """Makes this process the parent of descendants whose own parent ends."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this process cannot adopt orphans")


def stat_fields(pid: int) -> list[str] | None:
    """What the kernel says of a process, from its state on; None: it is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def descendants(root: int) -> list[int]:
    """Processes below ``root`` that live (or wait to be reaped), ``root`` left out."""
    children: dict[int, list[int]] = {}
    with os.scandir(PROC) as entries:
        for pid in [int(entry.name) for entry in entries if entry.name.isdecimal()]:
            if fields := stat_fields(pid):
                children.setdefault(int(fields[PARENT]), []).append(pid)

    def below(pid: int) -> Iterator[int]:
        for child in children.get(pid, ()):
            yield child
            yield from below(child)

    return list(below(root))


def reaped_seconds(pid: int) -> float:
    """CPU of the children that a process has reaped."""
    fields = stat_fields(pid)
    return sum(map(int, fields[CHILD_TIMES])) / TICKS_PER_SECOND if fields else 0.0


def own_seconds(pid: int) -> float:
    """CPU of a process itself, all threads."""
    try:
        return time.clock_gettime((~pid << 3) | CPU_CLOCK)
    except OSError:
        return 0.0


def cpu_seconds_below(root: int) -> float:
    """CPU of everything ever started below ``root``, in seconds; never shrinks but for 10 ms of rounding a process."""
    return reaped_seconds(root) + sum(own_seconds(pid) + reaped_seconds(pid) for pid in descendants(root))


def proportional_memory_mb(pid: int) -> float:
    """Memory of a process, pages it shares divided among the sharers (PSS)."""
    try:
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def is_living(pid: int) -> bool:
    """Whether a process still does something; one that only waits to be reaped does not."""
    fields = stat_fields(pid)
    return fields is not None and fields[0] != "Z"


def kill_below(root: int) -> None:
    """Kills everything below ``root`` and reaps what is ours; returns when nothing lives."""
    deadline = time.monotonic() + 10
    while living := [pid for pid in descendants(root) if is_living(pid)]:
        for pid in living:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            raise RuntimeError(f"processes {living} do not end")
        time.sleep(0.05)
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                return
        except ChildProcessError:
            return
