"""When what a run printed was there: lines in the file ``times`` beside the files that hold it.

Output goes straight to its files, past Python too (commands, libraries in C), so nobody sees each line of it pass by.
But how long a file is can be asked at any time, and is: before each event of the process, so that whatever was printed
between two events stands between them; after what Python itself prints, though not more often than every 50 ms; and
about once a second from a loop or thread that a run has anyway. A line of ``times`` is

    <seconds since the epoch> <bytes of .out> <bytes of .err> <name of the files>⇥<step>

The numbers only grow, so several processes may write about the same files: who reads takes the largest so far.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchbell.ground.clock import Clock

FILE_NAME = "times"
GAP_SECONDS = 0.05
"""What Python prints is noted at most so often."""
GAPS = 10_000
"""In a process that prints for very long less often: the file grows by some dozens of kB an hour at most."""
LOOK_SECONDS = 1.0
"""So often is looked for what a process prints past Python, while it says nothing else."""


class TimesFile:
    """The file of times of one run; made when there is something to note.

    Args:
        folder: of the run's output.
        clock: gives the times.
    """

    __slots__ = ("_fd", "_path", "clock")

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._path = folder / FILE_NAME
        self._fd: int | None = None
        self.clock = clock

    def append(self, out: int, err: int, stem: str, step: str) -> None:
        """Adds a line. A disk that is full takes nothing from the run but the times of its output."""
        line = f"{self.clock.now().timestamp():.6f} {out} {err} {stem}\t{step}\n"
        try:
            if self._fd is None:
                self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(self._fd, line.encode())
        except OSError:
            return

    def close(self) -> None:
        """Gives up the file."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


class OutputTimes:
    """Notes how long two files of output are.

    Args:
        file: takes what is noted.
        folder: where the files of output lie.
        stem: their name without ``.out`` and ``.err``.
        step: the step whose output it is; empty: of no one step.
    """

    __slots__ = ("_begun", "_err", "_file", "_noted", "_out", "_sizes", "_stem", "step")

    def __init__(self, file: TimesFile, folder: Path, stem: str, step: str = "") -> None:
        self._file, self._stem, self.step = file, stem, step
        self._out, self._err = f"{folder}/{stem}.out", f"{folder}/{stem}.err"
        self._begun = self._noted = file.clock.monotonic()
        self._sizes = (_size(self._out), _size(self._err))

    def note(self) -> None:
        """Notes what is there, if it has grown."""
        sizes = (_size(self._out), _size(self._err))
        if sizes != self._sizes:
            self._sizes = sizes
            self._file.append(*sizes, self._stem, self.step)

    def before_event(self, step_key: str | None) -> None:
        """An event of a step is about to be written: what is there until now was printed by the step before it."""
        self.note()
        self.step = step_key or ""

    def printed(self) -> None:
        """Something was printed just now."""
        now = self._file.clock.monotonic()
        if now - self._noted >= GAP_SECONDS and now - self._noted >= (now - self._begun) / GAPS:
            self._noted = now
            self.note()

    def end(self) -> None:
        """Notes what is there for the last time, and gives up the file of times."""
        self.note()
        self._file.close()


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - asked twice for each event; a Path costs as much again
    except OSError:  # not made yet, or taken away by somebody
        return 0


class ToldFile(io.FileIO):
    """A file that tells when Python has written to it.

    Args:
        number: its descriptor, which stays open when this object is closed.
        told: called after each write.
    """

    def __init__(self, number: int, told: Callable[[], None]) -> None:
        super().__init__(number, "w", closefd=False)
        self._told = told

    def write(self, data: Any, /) -> int:
        """Writes, and tells; returns the number of bytes."""
        written = super().write(data)
        self._told()
        return written
