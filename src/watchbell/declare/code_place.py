"""Where in the user's code a definition stands: its function's file and line, or those of the call that made it.

Read from what the interpreter keeps of a function anyhow, so that a declaration costs next to nothing: no source is
opened, and nothing is parsed.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchbell.record.error_info import PACKAGE_FOLDER

_NOT_USERS = (f"{PACKAGE_FOLDER}{os.sep}", "<")
LAYERS_MAX = 50
"""Wrappers that are looked through to the function inside (count)."""


def begins_at(function: Callable[..., Any] | None) -> tuple[str, int] | None:
    """The file and line where a function begins; None: it is none, or not written in Python.

    Args:
        function: a function, perhaps wrapped by a decorator, a partial of one, or an object that can be called.
    """
    found: Any = function
    for _ in range(LAYERS_MAX):
        inner = found.func if isinstance(found, functools.partial) else getattr(found, "__wrapped__", None)
        if inner is None:
            break
        found = inner
    if found is None:
        return None
    code = getattr(found, "__code__", None) or getattr(type(found).__call__, "__code__", None)
    return None if code is None else (code.co_filename, code.co_firstlineno)


def place_of(function: Callable[..., Any] | None) -> str | None:
    """Where a function of the user's begins, as ``file:line``; None: it is none, or one of ours."""
    found = begins_at(function)
    return None if found is None else _told(*found)


def place_here() -> str | None:
    """Where the user's code is that called us, as ``file:line``; None: nobody's code did."""
    frame = sys._getframe(1)
    while frame is not None:
        if _is_users(frame.f_code.co_filename):
            return _told(frame.f_code.co_filename, frame.f_lineno)
        if frame.f_back is None:
            return None
        frame = frame.f_back
    return None


def _told(file: str, line: int) -> str | None:
    if not _is_users(file):
        return None
    return f"{file if file.startswith(os.sep) else Path(file).absolute()}:{line}"


def _is_users(file: str) -> bool:
    """Whether a file is neither ours nor made up, as ``<string>`` and the frozen parts of the import system are."""
    return not file.startswith(_NOT_USERS)
