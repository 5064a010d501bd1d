"""Loggers that a run writes to besides its own log, and Python's loggers that are captured into it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from watchbell.declare.logger_definition import META, InitLoggerContext, LoggerDefinition
from watchbell.execute.contexts import running_context
from watchbell.execute.log import OF_RUN
from watchbell.record.event import EventLogEntry
from watchbell.record.run import DagsterRun
from watchbell.record.settings import Settings

HANDLERS = "watchbell.handlers"
Write = Callable[[EventLogEntry], None]
log = logging.getLogger("watchbell.execute")


def make_loggers(
    definitions: Mapping[str, LoggerDefinition], configs: Mapping[str, Any], job: Any, run_id: str
) -> list[logging.Logger]:
    """The loggers that a run's config names.

    Raises:
        DagsterInvalidDefinitionError: the function of one returned no logger.
        Exception: what such a function raised.
    """
    return [
        definitions[key].make(InitLoggerContext(config, definitions[key], job, run_id), f"logger {key!r}")
        for key, config in configs.items()
    ]


def also_to(loggers: Sequence[logging.Logger], write: Write, run: DagsterRun) -> Write:
    """``write``, which then hands each entry to loggers as well.

    What a handler raises ends no run; it is told once.
    """
    if not loggers:
        return write
    failed: set[int] = set()

    def write_both(entry: EventLogEntry) -> None:
        write(entry)
        for each in loggers:
            if not each.isEnabledFor(entry.level):
                continue
            try:
                each.handle(_record(each.name, entry, run))
            except Exception:
                if id(each) not in failed:
                    failed.add(id(each))
                    log.exception("logger %r of run %s failed; the run's own log has every line", each.name, run.run_id)

    return write_both


def _record(name: str, entry: EventLogEntry, run: DagsterRun) -> logging.LogRecord:
    event = entry.dagster_event
    parts = [run.job_name, run.run_id, entry.step_key, None if event is None else event.event_type.name, entry.message]
    text = " - ".join(part for part in parts if part)
    record = logging.LogRecord(name, entry.level, "", 0, text, None, None)
    record.created = entry.timestamp
    meta = {
        "run_id": run.run_id,
        "job_name": run.job_name,
        "job_tags": dict(run.tags),
        "step_key": entry.step_key,
        "op_name": entry.step_key and entry.step_key.partition("[")[0].rpartition(".")[2],
        "dagster_event": None if event is None else event.event_type_value,
        "orig_message": entry.message,
        "log_timestamp": entry.timestamp,
    }
    setattr(record, META, meta)
    return record


def handlers_of(settings: Settings) -> list[logging.Logger]:
    """The logger that has the handlers of the settings (``python_logs: dagster_handler_config``); none without any."""
    given = settings.python_log_handlers
    if not given:
        return []
    # Few homes have such a setting, and the module takes longer to load than all the rest of this file.
    import logging.config

    handlers = given.get("handlers") or {}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": given.get("formatters") or {},
            "handlers": handlers,
            "loggers": {HANDLERS: {"level": "DEBUG", "handlers": list(handlers), "propagate": False}},
        }
    )
    return [logging.getLogger(HANDLERS)]


class _Capture(logging.Handler):
    """Hands records of Python's loggers to the step that is running."""

    def __init__(self) -> None:
        super().__init__()
        self._inside = threading.local()

    def handle(self, record: logging.LogRecord) -> bool:
        context = running_context()
        # What the run logs itself may come by here again, on its way up Python's tree of loggers.
        if context is None or getattr(self._inside, "busy", False) or not hasattr(record, "levelno"):
            return False
        self._inside.busy = True
        try:
            if not getattr(record, OF_RUN, False):
                context.log.handle(record)
        finally:
            self._inside.busy = False
        return True


@contextmanager
def captured_loggers(settings: Settings) -> Iterator[None]:
    """While entered, what steps log through the loggers of the settings (``python_logs``) is stored with the run."""
    names = settings.managed_python_loggers
    if not names:
        yield
        return
    handler = _Capture()
    found = [logging.getLogger(None if name == "root" else name) for name in names]
    levels = [each.level for each in found]
    for each in found:
        each.addHandler(handler)
        each.setLevel(settings.python_log_level.upper())
    try:
        yield
    finally:
        for each, level in zip(found, levels, strict=True):
            each.removeHandler(handler)
            each.setLevel(level)
