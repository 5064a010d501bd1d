"""The lines of what a run printed, both ways from any place, never more of a file in memory than a block.

A line belongs to the chunk in which it ends, and its address is that chunk's number and the place after it. A line that
has not ended yet is shown once it has, or once the run is over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from watchbell.ground.masking import masked_text
from watchbell.ground.value import dataclass
from watchbell.web.runs.printed import Chunk, Chunks

BLOCK_BYTES = 256 * 1024
LINE_BYTES_MAX = 20_000
"""Of a longer line the end is shown."""
READ_BYTES_MAX = 4 * 1024 * 1024
"""So much is looked through for one answer; a filter that finds less in it goes on from there."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was printed.

    Args:
        chunk: number of the chunk in which it ends.
        end: the place after it in its file.
        at: when it was there (seconds since the epoch).
        step: whose it is; empty: of no one step.
        stream: ``"stdout"`` or ``"stderr"``.
        text: the line, secrets masked.
    """

    chunk: int
    end: int
    at: float
    step: str
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines.

    Args:
        streams: of these.
        steps: of these; empty: of all, and of none.
        text: with this text, in small letters.
    """

    streams: frozenset[str]
    steps: frozenset[str] = frozenset()
    text: str = ""

    def has(self, chunk: Chunk) -> bool:
        """Whether lines of a chunk can be among them."""
        return chunk.stream in self.streams and (not self.steps or chunk.step in self.steps)


@dataclass(frozen=True)
class LinesRead:
    """Lines in the order of reading.

    Args:
        lines: what was found.
        place: number of the chunk and place in its file where reading stopped: what ends up to there lies before it.
        has_more: whether there may be more that way.
        looked_to_at: where there is more, the time it is of, at the earliest (backwards: at the latest).
    """

    lines: list[Line]
    place: tuple[int, int]
    has_more: bool
    looked_to_at: float | None = None


NO_LINES = LinesRead([], (0, 0), False)


def lines_after(chunks: Chunks, place: tuple[int, int], wanted: Wanted, limit: int) -> LinesRead:
    """The lines after a place, in order."""
    found: list[Line] = []
    left = READ_BYTES_MAX
    first, from_end = place
    for number in range(first, len(chunks)):
        chunk = chunks[number]
        if not wanted.has(chunk):
            continue
        begin = max(chunk.begin, from_end if number == first else 0)
        for end, raw, read in _forward(chunk, begin):
            left -= read
            if raw is not None:
                line = _line(chunk, end, raw, wanted.text)
                if line is not None:
                    if len(found) == limit:
                        last = found[-1]
                        return LinesRead(found, (last.chunk, last.end), True, chunk.at)
                    found.append(line)
            if left <= 0:
                return LinesRead(found, (number, end), True, chunk.at)
    return LinesRead(found, max(place, (len(chunks), 0)), False)


def lines_before(chunks: Chunks, place: tuple[int, int], wanted: Wanted, limit: int) -> LinesRead:
    """The lines up to a place, the last one first."""
    found: list[Line] = []
    left = READ_BYTES_MAX
    first, up_to = place
    for number in range(min(first, len(chunks) - 1), -1, -1):
        chunk = chunks[number]
        if not wanted.has(chunk):
            continue
        for end, raw, read in _backward(chunk, up_to if number == first else chunk.end + 1):
            left -= read
            if raw is not None:
                line = _line(chunk, end, raw, wanted.text)
                if line is not None:
                    if len(found) == limit:
                        last = found[-1]
                        return LinesRead(found, (last.chunk, last.end - 1), True, chunk.at)
                    found.append(line)
            if left <= 0:
                before = end - 1 if raw is not None else end
                return LinesRead(found, (number, before), True, chunk.at)
    return LinesRead(found, (0, 0), False)


def _line(chunk: Chunk, end: int, raw: bytes, text: str) -> Line | None:
    """A line as it is shown; None: it is not wanted."""
    is_cut = len(raw) > LINE_BYTES_MAX
    # What a terminal would show of a line that was written over: its last state.
    shown = raw[-LINE_BYTES_MAX:].rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace")
    if text and text not in shown.lower():
        return None
    shown = masked_text(shown)
    if text and text not in shown.lower():
        return None  # what is masked is not found out by searching for it
    return Line(chunk.number, end, chunk.at, chunk.step, chunk.stream, f"…{shown}" if is_cut else shown)


_Found = tuple[int, bytes | None, int]
"""Place after a line, the line, bytes that were read for it; without a line: how far was read."""


def _forward(chunk: Chunk, begin: int) -> Iterator[_Found]:
    """The lines that end after ``begin`` in a chunk."""
    with _opened(chunk.file) as file:
        carry, at = file.line_before(begin), begin
        while at < chunk.end:
            block = file.read(at, min(BLOCK_BYTES, chunk.end - at))
            if not block:
                return  # cut off by somebody
            read, from_ = len(block), 0
            while (newline := block.find(b"\n", from_)) >= 0:
                yield at + newline + 1, carry + block[from_:newline], read
                carry, from_, read = b"", newline + 1, 0
            carry = (carry + block[from_:])[-LINE_BYTES_MAX - 1 :]
            at += len(block)
            yield at, None, read
        if chunk.is_last and carry and begin <= chunk.end:
            yield chunk.end + 1, carry, 0  # a last line without an end: no other has this address


def _backward(chunk: Chunk, up_to: int) -> Iterator[_Found]:
    """The lines that end up to a place in a chunk, the last one first."""
    with _opened(chunk.file) as file:
        at = min(up_to, chunk.end)
        if chunk.is_last and up_to > chunk.end:
            text = file.line_before(chunk.end)
            if text:
                yield chunk.end + 1, text, 0
        while at > chunk.begin:
            low = max(chunk.begin, at - BLOCK_BYTES)
            block = file.read(low, at - low)
            read, stop = len(block), block.rfind(b"\n")
            while stop >= 0:
                before = block.rfind(b"\n", 0, stop)
                text = block[before + 1 : stop] if before >= 0 else file.line_before(low) + block[:stop]
                yield low + stop + 1, text, read
                stop, read = before, 0
            at = low
            yield at, None, read


class _File:
    """A file of output, read by place.

    Args:
        fd: its descriptor; None: it is not there any more.
    """

    def __init__(self, fd: int | None) -> None:
        self._fd = fd

    def read(self, place: int, count: int) -> bytes:
        """Bytes from a place on."""
        return b"" if self._fd is None else os.pread(self._fd, count, place)

    def line_before(self, place: int) -> bytes:
        """What stands between a place and the end of the line before it; of very much the end."""
        if place <= 0 or self.read(place - 1, 1) == b"\n":
            return b""
        low = max(0, place - LINE_BYTES_MAX - 1)
        return self.read(low, place - low).rpartition(b"\n")[2]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._fd is not None:
            os.close(self._fd)


def _opened(path: Path) -> _File:
    try:
        return _File(os.open(path, os.O_RDONLY | os.O_NOFOLLOW))
    except OSError:
        return _File(None)
