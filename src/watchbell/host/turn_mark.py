"""Whose turn it is in a process that evaluates many async functions at once: eight bytes that the host can read.

The process writes the number of an evaluation before each step of one of its tasks, and 0 after it. So the host knows
who was at work when the process crashed, or when it does not answer because a C function keeps the interpreter.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile

_NUMBER = struct.Struct("=Q")


class TurnMark:
    """The eight bytes, seen from one of the two processes.

    Args:
        fd: a file that both have open; it may be closed then, the bytes stay.
    """

    def __init__(self, fd: int) -> None:
        self._bytes = mmap.mmap(fd, _NUMBER.size)

    def write(self, number: int) -> None:
        """It is the turn of evaluation ``number``; 0: of none."""
        _NUMBER.pack_into(self._bytes, 0, number)

    def read(self) -> int:
        """Whose turn it is; 0: nobody's."""
        number: int = _NUMBER.unpack_from(self._bytes)[0]
        return number

    def close(self) -> None:
        """Gives the memory back; may be called twice."""
        self._bytes.close()


def new_mark_fd() -> int:
    """A file for a mark, without a name: it is gone with the last process that has it open."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("watchbell-turn", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    os.ftruncate(fd, _NUMBER.size)
    return fd
