"""What the processes of a run printed, in the order of time: chunks of their files, told apart by the file of times.

The file of times (``execute/output_times.py``) says how long the files of output were at which moments. What a file
grew by between two of them is a *chunk*. Chunks are numbered in the order of the file of times, which only grows: so
number and place in the file name a line for ever. Once the run is over, what nobody noted (its process was killed)
follows as chunks of its own. A run without a file of times has none: its output has no times.
"""

from __future__ import annotations

import os
import threading
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from watchbell.execute.output_times import FILE_NAME
from watchbell.ground.value import dataclass

STREAMS = ("stdout", "stderr")
ENDINGS = (".out", ".err")
KEPT_RUNS = 16
"""Runs whose chunks are kept in memory (count): what grew is read, and nothing twice."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a file grew by between two looks.

    Args:
        number: its place in the order of time.
        at: when it was there (seconds since the epoch).
        file: of the output.
        step: whose output it is; empty: of no one step.
        stream: ``"stdout"`` or ``"stderr"``.
        begin: its first byte.
        end: the place after its last one.
        is_last: whether nothing more comes in this file, so that its last line may lack an end.
    """

    number: int
    at: float
    file: Path
    step: str
    stream: str
    begin: int
    end: int
    is_last: bool = False


class TimesRead:
    """A file of times, as far as it was read.

    Args:
        folder: of the run's output.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._read_to = 0
        self._at, self._begin, self._end = array("d"), array("Q"), array("Q")
        self._owner = array("L")  # place in _owners, twice, and one more for standard error
        self._owners: list[tuple[str, str]] = []
        self._known: dict[tuple[str, str], int] = {}
        self._ends: dict[str, list[int]] = {}
        self._newest_at = 0.0
        self._rest: tuple[tuple[int, int], list[tuple[str, int, int, int, float]]] = ((0, 0), [])

    def read_on(self, *, is_over: bool) -> Chunks:
        """What there is now; nothing of the file is read twice."""
        with self._lock:
            try:
                with (self.folder / FILE_NAME).open("rb") as file:
                    size = file.seek(0, os.SEEK_END)
                    if size < self._read_to:
                        self._forget()  # another file of that name
                    file.seek(self._read_to)
                    self._take(file.read(size - self._read_to))
            except OSError:
                pass  # deleted meanwhile
            return Chunks(self, len(self._at), self._left_over() if is_over else ())

    def _take(self, text: bytes) -> None:
        whole, _, _ = text.rpartition(b"\n")
        if not whole:
            return
        self._read_to += len(whole) + 1
        for line in whole.split(b"\n"):
            try:
                at, out, err, rest = line.decode().split(" ", 3)
                stem, _, step = rest.partition("\t")
                self._note(float(at), (int(out), int(err)), stem, step)
            except ValueError:
                continue  # a line that a full disk cut off

    def _note(self, at: float, sizes: tuple[int, int], stem: str, step: str) -> None:
        self._newest_at = at = max(at, self._newest_at)
        ends = self._ends.setdefault(stem, [0, 0])
        for stream, size in enumerate(sizes):
            if size <= ends[stream]:
                continue
            owner = self._known.setdefault((stem, step), len(self._owners))
            if owner == len(self._owners):
                self._owners.append((stem, step))
            self._at.append(at)
            self._owner.append(2 * owner + stream)
            self._begin.append(ends[stream])
            self._end.append(size)
            ends[stream] = size

    def _left_over(self) -> list[tuple[str, int, int, int, float]]:
        """Of files, stem, stream, place from which nothing was noted, size and time of their last change."""
        found = []
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    stem, ending = entry.name[:-4], entry.name[-4:]
                    if ending in ENDINGS and entry.is_file(follow_symlinks=False):
                        stat = entry.stat()
                        found.append((stem, ENDINGS.index(ending), stat.st_size, stat.st_mtime))
        except OSError:
            return []
        mark = (len(self._at), sum(each[2] for each in found))
        if self._rest[0] != mark:
            left = []
            for stem, stream, size, changed_at in sorted(found):
                noted = self._ends.get(stem, [0, 0])[stream]
                if size > noted or (size and not self._ends_with_line(stem, stream, size)):
                    left.append((stem, stream, min(noted, size), size, changed_at))
            self._rest = (mark, left)
        return self._rest[1]

    def _ends_with_line(self, stem: str, stream: int, size: int) -> bool:
        try:
            with (self.folder / f"{stem}{ENDINGS[stream]}").open("rb") as file:
                file.seek(size - 1)
                return file.read(1) == b"\n"
        except OSError:
            return True

    def noted(self, number: int) -> Chunk:
        """The chunk with a number, of those that were noted."""
        owner, stream = divmod(self._owner[number], 2)
        stem, step = self._owners[owner]
        file = self.folder / f"{stem}{ENDINGS[stream]}"
        return Chunk(number, self._at[number], file, step, STREAMS[stream], self._begin[number], self._end[number])

    def left_over(self, number: int, left: tuple[str, int, int, int, float]) -> Chunk:
        """What nobody noted of a file, as a chunk."""
        stem, stream, begin, size, changed_at = left
        step = next((step for known, step in self._owners if known == stem and step), "" if stem == "run" else stem)
        file = self.folder / f"{stem}{ENDINGS[stream]}"
        at = max(self._newest_at, changed_at if size > begin else 0.0)
        return Chunk(number, at, file, step, STREAMS[stream], begin, size, is_last=True)

    def first_after(self, at: float, count: int) -> int:
        """Number of the first of so many chunks that was there later than ``at``."""
        return bisect_right(self._at, at, 0, count)


class Chunks:
    """The chunks of a run at a moment.

    Args:
        times: the file of times.
        count: so many of them were noted.
        rest: what nobody noted, once the run is over.
    """

    def __init__(self, times: TimesRead, count: int, rest: Sequence[tuple[str, int, int, int, float]]) -> None:
        self._times, self._count, self._rest = times, count, rest

    def __len__(self) -> int:
        return self._count + len(self._rest)

    def __getitem__(self, number: int) -> Chunk:
        if number < self._count:
            return self._times.noted(number)
        return self._times.left_over(number, self._rest[number - self._count])

    def first_after(self, at: float) -> int:
        """Number of the first chunk that was there later than ``at``."""
        number = self._times.first_after(at, self._count)
        while self._count <= number < len(self) and self[number].at <= at:
            number += 1
        return number


_kept: OrderedDict[Path, TimesRead] = OrderedDict()
_lock = threading.Lock()


def chunks_of(folder: Path | None, *, is_over: bool) -> Chunks | None:
    """The chunks of a run; None: there are no times of its output.

    Args:
        folder: of its output.
        is_over: whether the run is, so that what nobody noted belongs to it too.
    """
    if folder is None or not (folder / FILE_NAME).is_file():
        return None
    with _lock:
        times = _kept.pop(folder, None) or TimesRead(folder)
        _kept[folder] = times
        while len(_kept) > KEPT_RUNS:
            _kept.popitem(last=False)
    return times.read_on(is_over=is_over)
