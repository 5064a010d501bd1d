"""Run config that is to be stored: text, numbers, lists and mappings, so that a run can read it anywhere, later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from enum import Enum
from pathlib import PurePath
from typing import Any

from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.shown import shown

DEPTH_MAX = 100
"""Levels of lists and mappings within each other (count): far more than a config has, few enough for any reader."""
_PLAIN = frozenset({str, int, float, bool, type(None)})
_PLAIN_PARENTS = (str, int, float)


def check_stored_config(config: Mapping[str, Any], what: str) -> None:
    """Refuses a run config that holds what cannot be stored.

    Args:
        config: the run config.
        what: whose, for the message, e.g. ``"schedule 'daily'"``.

    Raises:
        ParameterCheckError: names the place in the config, what stands there, and what to write instead.
    """
    _check(config, (), what, frozenset())


def _check(value: Any, path: tuple[object, ...], what: str, around: frozenset[int]) -> None:
    kind = type(value)
    if kind in _PLAIN or (isinstance(value, _PLAIN_PARENTS) and not isinstance(value, Enum)):
        return
    if not isinstance(value, Mapping | list | tuple):
        raise _refused(value, path, what)
    if id(value) in around:
        raise _error(path, what, "holds itself")
    if len(path) >= DEPTH_MAX:
        raise _error(path[:5], what, f"is nested more than {DEPTH_MAX} deep")
    around = around | {id(value)}
    if isinstance(value, Mapping):
        for key, each in value.items():
            if type(key) not in _PLAIN:
                raise _error(path, what, f"has the key {shown(key)} ({type(key).__name__}); keys are text")
            _check(each, (*path, key), what, around)
    else:
        for index, each in enumerate(value):
            _check(each, (*path, index), what, around)


def _refused(value: object, path: tuple[object, ...], what: str) -> ParameterCheckError:
    kind = type(value).__name__
    return _error(
        path,
        what,
        f"is {shown(value)} ({kind}), which cannot be stored; expected text, numbers, True, False, None, lists and "
        f"mappings of these{_hint(value)}",
    )


def _hint(value: object) -> str:
    if isinstance(value, date | time):
        return ": write a time as text, as isoformat() gives it"
    if isinstance(value, Enum):
        return f": write {value.value!r}, the value of the member"
    if isinstance(value, PurePath):
        return ": write a path as str(path)"
    return ""


def _error(path: tuple[object, ...], what: str, problem: str) -> ParameterCheckError:
    place = ".".join(["run_config", *(str(part) for part in path)])
    return ParameterCheckError(f"{what}: {place} {problem}", parameter="run_config")
