"""Errors as plain values: what was raised, with the user's own traceback first."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired

PACKAGE_FOLDER = str(Path(__file__).resolve().parent.parent)
FRAMES_MAX = 100  # of a runaway recursion the first and last fifty tell the story
MESSAGE_CHARS_MAX = 20_000


@wired("error")
@dataclass(frozen=True)
class SerializableErrorInfo:
    """An exception that was raised in some process.

    Args:
        message: class and text, as Python prints them.
        stack: lines of the traceback, frames of ours left out; with no frame but ours, those, unless the error only
            wraps another one.
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
        """The first cause: for an error of user code, what the user's code raised."""
        info = self
        while info.cause is not None:
            info = info.cause
        return info

    def to_string(self) -> str:
        """The whole as text, the user's own error first."""
        parts = []
        info: SerializableErrorInfo | None = self
        while info is not None:
            parts.append(info.message.rstrip("\n") + ("\n" + "".join(info.stack) if info.stack else ""))
            info = info.cause
        return "\n\nwhich led to:\n".join(reversed(parts))


def error_info_from_exception(error: BaseException, depth_max: int = 10) -> SerializableErrorInfo:
    """``error`` as a value.

    Args:
        error: a raised exception.
        depth_max: how many causes are followed.
    """
    cause = error.__cause__
    hidden = error.__suppress_context__ or error.__context__ is None
    context = None if hidden or cause is not None else error.__context__
    message = "".join(traceback.format_exception_only(type(error), error)).removeprefix(_home_prefix(type(error)))
    if len(message) > MESSAGE_CHARS_MAX:
        message = message[:MESSAGE_CHARS_MAX] + f"… ({len(message):,} characters in all)\n"
    return SerializableErrorInfo(
        message=_storable(message),
        stack=tuple(_storable(line) for line in _frames(error.__traceback__, wraps=cause is not None)),
        cls_name=type(error).__name__,
        cause=error_info_from_exception(cause, depth_max - 1) if cause is not None and depth_max else None,
        context=error_info_from_exception(context, depth_max - 1) if context is not None and depth_max else None,
    )


def _home_prefix(kind: type[BaseException]) -> str:
    """Where a class of ours lives: users know ``Failure``, not the room it is defined in."""
    return f"{kind.__module__}." if kind.__module__.startswith("watchbell.") else ""


def _frames(trace: TracebackType | None, *, wraps: bool) -> list[str]:
    frames = traceback.extract_tb(trace)
    users = [frame for frame in frames if not frame.filename.startswith(PACKAGE_FOLDER)]
    kept = users if users or wraps else list(frames)
    if len(kept) > FRAMES_MAX:
        half = FRAMES_MAX // 2
        kept = [*kept[:half], *kept[-half:]]
    return traceback.format_list(kept)


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "\\x00")
