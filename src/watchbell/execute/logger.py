"""``get_dagster_logger``: a logger for code that is not handed a context."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from watchbell.execute.contexts import running_context

ROOT_NAME = "dagster.builtin"


class _StepAwareLogger(logging.Logger):
    """Logs to the step that is running; where none is, to the logger of the same name in Python's tree."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.parent = logging.getLogger(name)

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - logging calls it so
        if self.disabled or self.manager.disable >= level:
            return False
        if running_context() is not None:
            # As with context.log every line is taken, unless somebody set a level for this logger.
            return level >= (self.level or getattr(self.parent, "level", 0))
        return level >= self.getEffectiveLevel()

    def handle(self, record: logging.LogRecord) -> None:
        context = running_context()
        if context is None:
            super().handle(record)
        elif not self.disabled and self.filter(record):
            context.log.handle(record)
            for handler in self.handlers:
                if record.levelno >= handler.level:
                    handler.handle(record)

    def getChild(self, suffix: str) -> Any:  # noqa: N802 - likewise
        return _logger(f"{self.name}.{suffix}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _logger, (self.name,)


def get_dagster_logger(name: str | None = None) -> logging.Logger:
    """A logger whose lines are stored with the run, for code that is not handed a context; may be made at import.

    What is logged while a step runs goes where ``context.log`` goes, under the step. Anywhere else it is a plain logger
    of Python's, called ``dagster.builtin``.

    Args:
        name: for another one, called ``dagster.builtin.<name>``.

    Returns:
        The logger; the same one for the same name.

    Example:
        >>> log = get_dagster_logger()
        >>> def clean(rows: list[str]) -> list[str]:
        ...     log.info("cleaning %s rows", len(rows))
        ...     return [row.strip() for row in rows]
    """
    return _logger(f"{ROOT_NAME}.{name}" if name else ROOT_NAME)


@cache
def _logger(name: str) -> _StepAwareLogger:
    return _StepAwareLogger(name)
