"""Errors as plain values: what was raised, with the user's own traceback first."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from watchbell.ground.errors import DagsterError, DagsterUserCodeExecutionError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired

PACKAGE_FOLDER = str(Path(__file__).resolve().parent.parent)
PYTHON_FOLDER = str(Path(contextlib.__file__).parent)
LIBRARY_FOLDERS = ("site-packages", "dist-packages")
FRAMES_MAX = 100  # of a runaway recursion the first and last fifty tell the story
MESSAGE_CHARS_MAX = 20_000


@wired("error")
@dataclass(frozen=True)
class SerializableErrorInfo:
    """An exception that was raised in some process.

    Args:
        message: class and text, as Python prints them.
        stack: lines of the traceback from the first frame of user code on, frames of ours left out; with no frame but
            ours, those, unless the error is one of ours, whose message says it all, or only wraps another one.
        cls_name: name of the exception's class.
        cause: what it was raised from.
        context: what was being handled when it was raised.
    """

    message: str
    stack: tuple[str, ...] = ()
    cls_name: str | None = None
    cause: SerializableErrorInfo | None = None
    context: SerializableErrorInfo | None = None

    @property
    def root(self) -> SerializableErrorInfo:
        """The first cause, but no further than to one of our own errors that says what is wrong.

        For an error of user code that is what the user's code raised.
        """
        info = self
        while info.cause is not None and info.cls_name not in _SAY_IT_ALL:
            info = info.cause
        return info

    @property
    def place(self) -> str | None:
        """Where it was raised, ``File "orders.py", line 3, in load``; None where that says nothing."""
        return self.stack[-1].strip().partition("\n")[0] if self.stack else None

    def to_string(self) -> str:
        """The whole as text, the user's own error first."""
        parts = []
        info: SerializableErrorInfo | None = self
        while info is not None:
            parts.append(info.message.rstrip("\n") + ("\n" + "".join(info.stack) if info.stack else ""))
            info = info.cause
        return "\n\nwhich led to:\n".join(reversed(parts))


def error_info_from_exception(
    error: BaseException, depth_max: int = 10, *, is_explained: bool = False
) -> SerializableErrorInfo:
    """``error`` as a value.

    Args:
        error: a raised exception.
        depth_max: how many causes are followed.
        is_explained: whether an error of ours that it led to says what is wrong, so that our frames say nothing more.
    """
    explains = type(error).__name__ in _SAY_IT_ALL
    cause = error.__cause__
    hidden = error.__suppress_context__ or error.__context__ is None
    context = None if hidden or cause is not None else error.__context__
    message = "".join(traceback.format_exception_only(type(error), error)).removeprefix(_home_prefix(type(error)))
    if len(message) > MESSAGE_CHARS_MAX:
        message = message[:MESSAGE_CHARS_MAX] + f"… ({len(message):,} characters in all)\n"
    return SerializableErrorInfo(
        message=_storable(message),
        stack=tuple(
            _storable(line) for line in _frames(error.__traceback__, says_all=is_explained or _says_all(error))
        ),
        cls_name=type(error).__name__,
        cause=(
            error_info_from_exception(cause, depth_max - 1, is_explained=explains)
            if cause is not None and depth_max
            else None
        ),
        context=error_info_from_exception(context, depth_max - 1) if context is not None and depth_max else None,
    )


def _home_prefix(kind: type[BaseException]) -> str:
    """Where a class of ours lives: users know ``Failure``, not the room it is defined in."""
    return f"{kind.__module__}." if kind.__module__.startswith("watchbell.") else ""


def _says_all(error: BaseException) -> bool:
    return isinstance(error, DagsterError) or error.__cause__ is not None


def _frames(trace: TracebackType | None, *, says_all: bool) -> list[str]:
    frames = traceback.extract_tb(trace)
    users = from_users_on([frame for frame in frames if not frame.filename.startswith(PACKAGE_FOLDER)])
    kept = users if users or says_all else list(frames)
    if len(kept) > FRAMES_MAX:
        half = FRAMES_MAX // 2
        kept = [*kept[:half], *kept[-half:]]
    return traceback.format_list(kept)


def from_users_on(frames: Sequence[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """The frames without those of Python's own library at their beginning: by these we called the user's code."""
    first = next((at for at, frame in enumerate(frames) if not _is_pythons_own(frame.filename)), len(frames))
    return list(frames[first:])


def _is_pythons_own(file: str) -> bool:
    return file.startswith((PYTHON_FOLDER, "<frozen ")) and not any(part in file for part in LIBRARY_FOLDERS)


def _names_below(kind: type[BaseException]) -> set[str]:
    return {kind.__name__}.union(*(_names_below(each) for each in kind.__subclasses__()))


# Those that wrap what user code raised only say where that was. A Failure is raised in words, from whatever it was.
# What a step ran into matters more than that it asked for one attempt too many.
_ONLY_WRAP = {"DagsterError", "DagsterMaxRetriesExceededError"} | _names_below(DagsterUserCodeExecutionError)
_SAY_IT_ALL = {"Failure"} | _names_below(DagsterError) - _ONLY_WRAP


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "\\x00")
