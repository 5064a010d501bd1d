"""Ids of runs, levels of logs, variables of the environment, as text."""

import logging
import os

from watchbell.ground.ids import new_run_id


def make_new_run_id() -> str:
    """The id of a run that is to be."""
    return new_run_id()


def parse_env_var(env_var_str: str) -> tuple[str, str]:
    """Name and value of ``NAME=value``; of ``NAME`` alone, the value that it has in the environment.

    Raises:
        ValueError: there is no such variable.
    """
    name, is_given, value = env_var_str.partition("=")
    found = value if is_given else os.environ.get(name)
    if found is None:
        raise ValueError(f"the environment has no variable {name!r}; set it, or write {name}=<value>")
    return name, found


def coerce_valid_log_level(log_level: str | int) -> int:
    """A level of Python's logging, as a number.

    Raises:
        ValueError: there is no such level.
    """
    if isinstance(log_level, int):
        return log_level
    levels = logging.getLevelNamesMapping()
    if log_level.upper() not in levels:
        raise ValueError(f"there is no log level {log_level!r}; there are {', '.join(levels)}")
    return levels[log_level.upper()]
