"""Contexts for calling the functions of loggers directly, without a run."""

from __future__ import annotations

from typing import Any

from watchbell.declare.logger_definition import InitLoggerContext


def build_init_logger_context(logger_config: Any = None, job_def: Any = None) -> InitLoggerContext:
    """The context of a logger's function, for a test.

    Args:
        logger_config: its config, checked when the logger is called; None: its defaults.
        job_def: what ``context.job_def`` is.

    Example:
        >>> import logging
        >>> @logger({"level": str})
        ... def plain(init_context):
        ...     return logging.Logger("plain", init_context.logger_config["level"])
        >>> plain(build_init_logger_context({"level": "ERROR"})).level == logging.ERROR
        True
    """
    return InitLoggerContext(logger_config, job_def=job_def)
