"""Loggers that a run writes to besides its own log: ``@logger``, and the ready-made ones for the console."""

from __future__ import annotations

import inspect
import json
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from watchbell.declare.config.config_schema import Field, Permissive, Shape, field_of
from watchbell.declare.config.config_type import ABSENT
from watchbell.declare.config.configured import configured_field
from watchbell.declare.config.env_var import environment
from watchbell.declare.names import check_mapping
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvalidInvocationError, ParameterCheckError
from watchbell.ground.value import dataclass

LoggerFunction = Callable[[Any], logging.Logger]
META = "dagster_meta"
"""The attribute of a record that tells which run and step it is of."""


@dataclass(frozen=True)
class InitLoggerContext:
    """What the function of a logger is given.

    Args:
        logger_config: its config, validated.
        logger_def: the logger.
        job_def: the job of the run; None outside one.
        run_id: the run; None outside one.

    Example:
        >>> @logger({"level": str})
        ... def to_file(init_context: InitLoggerContext) -> logging.Logger:
        ...     return logging.Logger("to_file", init_context.logger_config["level"])
    """

    logger_config: Any
    logger_def: Any = None
    job_def: Any = None
    run_id: str | None = None


class LoggerDefinition:
    """A logger that a run may write to; mostly made by :func:`logger`.

    Args:
        logger_fn: takes an InitLoggerContext and returns a ``logging.Logger``.
        config_schema: config it takes under ``loggers: <key>: config:``; None: any.
        description: free text.

    Raises:
        ParameterCheckError: an argument of the wrong type.
    """

    def __init__(self, logger_fn: LoggerFunction, config_schema: Any = None, description: str | None = None) -> None:
        if not callable(logger_fn):
            raise ParameterCheckError(f"logger_fn is a function, not {logger_fn!r}", parameter="logger_fn")
        self.logger_fn = logger_fn
        self.config_field: Field = (
            Field(Permissive(), default_value={}) if config_schema is None else field_of(config_schema)
        )
        self.description = description

    @property
    def config_schema(self) -> Field:
        """The config it takes."""
        return self.config_field

    def configured(
        self,
        config_or_config_fn: Any,
        name: str | None = None,
        config_schema: Any = None,
        description: str | None = None,
    ) -> LoggerDefinition:
        """The same logger with its config given, or mapped from another.

        Raises:
            DagsterInvalidConfigError: the config does not fit.
        """
        entry = configured_field(self.config_field, config_or_config_fn, config_schema, f"logger {name or ''}".strip())
        return LoggerDefinition(self.logger_fn, entry, description or self.description)

    def make(self, context: InitLoggerContext, what: str) -> logging.Logger:
        """The logger for a run.

        Raises:
            DagsterInvalidDefinitionError: the function returned no logger.
        """
        made = self.logger_fn(context)
        if not isinstance(made, logging.Logger):
            raise DagsterInvalidDefinitionError(f"the function of {what} returned {made!r}, which is no logging.Logger")
        return made

    def __call__(self, *args: Any, **kwargs: Any) -> logging.Logger:
        """Calls its function, for a test, with the context that :func:`build_init_logger_context` made.

        Raises:
            DagsterInvalidInvocationError: not exactly one context.
            DagsterInvalidConfigError: the context's config does not fit.
        """
        given = [*args, *kwargs.values()]
        if len(given) != 1:
            raise DagsterInvalidInvocationError(f"a logger is called with one context, not {len(given)} arguments")
        context = given[0] if isinstance(given[0], InitLoggerContext) else InitLoggerContext(None)
        raw = ABSENT if context.logger_config is None else context.logger_config
        config = self.config_field.resolve(raw, "the logger", environment)
        return self.make(InitLoggerContext(config, self, context.job_def, context.run_id), "the logger")


def logger(
    config_schema: Any = None, description: str | None = None
) -> LoggerDefinition | Callable[[LoggerFunction], LoggerDefinition]:
    """Makes a logger of a function that takes an :class:`InitLoggerContext` and returns a ``logging.Logger``.

    A run writes to those loggers that its config names under ``loggers:``; each line is written once.

    Args:
        config_schema: config it takes; left out: any. The function itself when used without parentheses.
        description: free text.

    Returns:
        The logger; with arguments, a decorator that makes it.

    Example:
        >>> @logger({"level": Field(str, default_value="INFO")})
        ... def plain(init_context):
        ...     return logging.Logger("plain", init_context.logger_config["level"])
        >>> plain(build_init_logger_context()).level == logging.INFO
        True
    """
    if inspect.isfunction(config_schema):
        return LoggerDefinition(config_schema)

    def decorate(fn: LoggerFunction) -> LoggerDefinition:
        return LoggerDefinition(fn, config_schema, description)

    return decorate


def check_loggers(given: Mapping[str, object] | None, what: str) -> dict[str, LoggerDefinition]:
    """``given`` itself, if it holds loggers by key; None is none.

    Raises:
        ParameterCheckError: something in it is no logger.
    """
    found = {}
    for key, each in check_mapping(given, f"loggers of {what}").items():
        if not isinstance(each, LoggerDefinition):
            raise ParameterCheckError(f"logger {key!r} of {what} is made by @logger; it is {each!r}", parameter=key)
        found[key] = each
    return found


# ----------------------------------------------------------------- ready-made


class JsonLogFormatter(logging.Formatter):
    """Formats a record as one line of JSON with all of its attributes; those of the run under ``dagster_meta``.

    Example:
        >>> record = logging.LogRecord("etl", 20, "etl.py", 1, "%s rows", (3,), None)
        >>> json.loads(JsonLogFormatter().format(record))["msg"]
        '3 rows'
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        facts = dict(record.__dict__)
        facts["msg"] = record.getMessage()
        facts["args"] = []
        if record.exc_info:
            facts["exc_info"] = self.formatException(record.exc_info)
        return json.dumps(facts, default=str, sort_keys=True, ensure_ascii=False)


_COLOURS = {logging.DEBUG: "32", logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "31;1"}


class ColouredFormatter(logging.Formatter):
    """Formats a record as one line; the level in colour if the stream shows colours.

    Args:
        has_colours: whether it does.
    """

    def __init__(self, has_colours: bool) -> None:
        super().__init__("%(asctime)s - %(name)s - %(levelname)s - %(message)s", "%Y-%m-%d %H:%M:%S %z")
        self._has_colours = has_colours

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        text = super().format(record)
        colour = _COLOURS.get(record.levelno) if self._has_colours else None
        return text if colour is None else f"\x1b[{colour}m{text}\x1b[0m"


_CONSOLE = Shape(
    {
        "log_level": Field(str, default_value="INFO", description="least level that is written"),
        "name": Field(str, default_value="dagster", description="name shown with each line"),
    }
)


def _console(context: InitLoggerContext, formatter: logging.Formatter) -> logging.Logger:
    level = str(context.logger_config["log_level"]).upper()
    if level not in logging.getLevelNamesMapping():
        raise DagsterInvalidDefinitionError(f"log_level {level!r} of a console logger is no level, such as INFO")
    made = logging.Logger(context.logger_config["name"], level)  # noqa: LOG001 - of this run alone, in no tree
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    made.addHandler(handler)
    return made


colored_console_logger = LoggerDefinition(
    lambda context: _console(context, ColouredFormatter(sys.stderr.isatty())),
    _CONSOLE,
    "lines for people on stderr, in colour where it is a terminal",
)
json_console_logger = LoggerDefinition(
    lambda context: _console(context, JsonLogFormatter()), _CONSOLE, "lines of JSON on stderr"
)


def default_loggers() -> dict[str, LoggerDefinition]:
    """The loggers of a job without any: ``console``.

    Example:
        >>> list(default_loggers())
        ['console']
    """
    return {"console": colored_console_logger}


def default_system_loggers(_instance: object = None) -> Sequence[tuple[LoggerDefinition, Mapping[str, Any]]]:
    """The console logger with the config that shows everything.

    Example:
        >>> [config for _, config in default_system_loggers()]
        [{'name': 'dagster', 'log_level': 'DEBUG'}]
    """
    return [(colored_console_logger, {"name": "dagster", "log_level": "DEBUG"})]
