"""Errors of user code, as the API tells them: of runs, ticks, and code that cannot be loaded alike."""

from __future__ import annotations

from watchbell.web.shapes.shape import Shape


class SourceLine(Shape):
    """A line of code.

    Args:
        number: its number (from 1).
        text: the line.
        is_it: whether it is the one that was executed.
    """

    number: int
    text: str
    is_it: bool


class FrameShape(Shape):
    """A frame of a traceback.

    Args:
        file: the path.
        line: the line's number (from 1).
        function: where it is.
        source: the line, and the one before it where the file still has both.
        is_users: whether it is the user's code, and none of a library.
    """

    file: str
    line: int
    function: str
    source: list[SourceLine]
    is_users: bool


class ErrorShape(Shape):
    """What was raised.

    Args:
        kind: name of the exception's class.
        message: its text, without the class.
        frames: the traceback, the innermost frame last.
        causes: what it was raised from, or while what was handled, the nearest first.
        text: all of it as text.
    """

    kind: str
    message: str
    frames: list[FrameShape]
    causes: list[ErrorShape]
    text: str
