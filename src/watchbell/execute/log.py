"""``context.log``: what user code logs becomes part of the run's log."""

from __future__ import annotations

import logging

from watchbell.declare.log_manager import LINE_CHARS_MAX, DagsterLogManager
from watchbell.execute.journal import Journal
from watchbell.record.error_info import error_info_from_exception

# Whoever configures Python's logging sees the lines of runs in it, under this name. With nothing configured, Python
# itself prints warnings and errors to stderr.
MIRROR = logging.getLogger("watchbell.run")
OF_RUN = "_watchbell_of_run"  # marks a record that is in the run's log already


def step_logger(journal: Journal, step_key: str | None) -> DagsterLogManager:
    """The logger of one step, or of the run itself; every line is stored with the run.

    Args:
        journal: the run's journal.
        step_key: the step, None for the run itself.
    """

    def keep(record: logging.LogRecord) -> None:
        # logging has made a triple of exc_info=True and of exc_info=error before a record comes here.
        error = record.exc_info[1] if record.exc_info else None
        info = None if error is None else error_info_from_exception(error)
        journal.log(record.levelno, _text(record), step_key, info)
        # Where nobody listens Python prints warnings to stderr, for who sits before it. The reader of captured output
        # has the line in the run's log already.
        if MIRROR.isEnabledFor(record.levelno) and (journal.output is None or MIRROR.hasHandlers()):
            setattr(record, OF_RUN, True)
            MIRROR.handle(record)

    return DagsterLogManager(sink=keep)


def _text(record: logging.LogRecord) -> str:
    text = record.getMessage()
    if len(text) > LINE_CHARS_MAX:
        text = f"{text[:LINE_CHARS_MAX]}… ({len(text):,} characters in all)"
    return text.encode("utf-8", "replace").decode().replace("\x00", "\\x00")
