"""Loggers that user code finds as ``context.log``.

They are ``logging.Logger`` objects outside the tree of named loggers: what is logged goes to whoever made the
logger, at once and in order, and to no handler that somebody configured elsewhere.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.tick import TickLogLine

RecordSink = Callable[[logging.LogRecord], None]
LINES_MAX = 10_000  # of one evaluation; a loop that logs for ever must not fill the store
LINE_CHARS_MAX = 20_000
_formatter = logging.Formatter("%(message)s")


class DagsterLogManager(logging.Logger):
    """A logger that hands each record to one receiver.

    Args:
        name: shown with each record.
        sink: takes the records; handlers added by the user get them as well.
        level: least level that is taken.

    Example:
        >>> @asset
        ... def orders(context: AssetExecutionContext) -> None:
        ...     context.log.info("reading %s rows", 12)
    """

    def __init__(self, name: str = "dagster", sink: RecordSink | None = None, level: int = logging.DEBUG) -> None:
        super().__init__(name, level)
        self._sink = sink

    def log(self, level: int | str, msg: object, *args: Any, **kwargs: Any) -> None:
        """Logs a line.

        Args:
            level: a number, or the name of one: ``"INFO"``, ``"warning"``.
            msg: the text, with the places of ``args`` as in ``"%s rows"``.
            args: what fills them.
            kwargs: as those of ``logging.Logger.log``.

        Raises:
            ParameterCheckError: there is no such level.
        """
        kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1  # the record names the caller's line, not this one
        super().log(_level_number(level), msg, *args, **kwargs)

    def handle(self, record: logging.LogRecord) -> None:
        """Passes a record on to the receiver, then to handlers added to this logger."""
        if self.disabled or not self.filter(record):
            return
        if self._sink is not None:
            self._sink(record)
        for handler in self.handlers:
            if record.levelno >= handler.level:
                handler.handle(record)


class EvaluationLogger(DagsterLogManager):
    """The logger of one evaluation; keeps what is logged as lines of the tick.

    Args:
        name: the schedule or sensor.
    """

    def __init__(self, name: str = "dagster") -> None:
        super().__init__(name, self._keep)
        self._lines: list[TickLogLine] = []
        self._dropped_count = 0

    @property
    def lines(self) -> tuple[TickLogLine, ...]:
        """What was logged so far, oldest first; at most 10,000 lines, then one that counts the rest."""
        if not self._dropped_count:
            return tuple(self._lines)
        last = self._lines[-1]
        note = f"{self._dropped_count:,} more lines were logged and not kept"
        return (*self._lines, TickLogLine(last.timestamp, logging.WARNING, note))

    def _keep(self, record: logging.LogRecord) -> None:
        if len(self._lines) >= LINES_MAX:
            self._dropped_count += 1
            return
        self._lines.append(TickLogLine(record.created, record.levelno, record_text(record)))


def _level_number(level: object) -> int:
    if isinstance(level, int):
        return level
    levels = logging.getLevelNamesMapping()
    if isinstance(level, str) and level.upper() in levels:
        return levels[level.upper()]
    near = did_you_mean(level.upper(), levels) if isinstance(level, str) else ""
    raise ParameterCheckError(
        f"there is no log level {level!r}{near}; use a number, or one of {', '.join(levels)}", parameter="level"
    )


def record_text(record: logging.LogRecord) -> str:
    """The text of a log record with its traceback, cut at 20,000 characters, free of what cannot be stored."""
    try:
        text = _formatter.format(record)
    except Exception as error:  # as everywhere in logging: a line that cannot be written fails nothing
        said = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        text = f"{said} (not written out: {type(error).__name__}: {error}; {record.pathname}, line {record.lineno})"
    if len(text) > LINE_CHARS_MAX:
        text = f"{text[:LINE_CHARS_MAX]}… ({len(text):,} characters in all)"
    return text.encode("utf-8", "replace").decode().replace("\x00", "\\x00")
