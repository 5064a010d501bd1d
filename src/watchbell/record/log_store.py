"""How the store sifts the log of one run: a part of the port ``Store``, and what it takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from watchbell.ground.value import dataclass

LINES = ""
"""Stands among kinds for what user code logged, which has none."""


@dataclass(frozen=True)
class LogSieve:
    """What entries of a log must have, as far as a store can tell without reading them as a whole.

    It lets through everything that is wanted, and some that is not: who asks looks again.

    Args:
        kinds: values of event types, or ``LINES``; None: all.
        noise: values of event types that are left out, unless they have a level of their own.
        steps: of these steps; None: of all.
        has_level: only those that have a level of their own, which is any but INFO.
        text: with this text, in plain small letters, somewhere in what is stored of it or in its step's key.
    """

    kinds: Sequence[str] | None = None
    noise: Sequence[str] = ()
    steps: Sequence[str] | None = None
    has_level: bool = False
    text: str = ""


class LogStore(Protocol):
    """The log of one run, as who reads it needs it."""

    def log_place(self, run_id: str, from_id: int, count: int, *, is_back: bool = False) -> tuple[int, datetime] | None:
        """Storage id and time of the entry that lies so many of a run further on; None: it has not as many.

        Args:
            run_id: the run.
            from_id: counted from the entries after this one (before it).
            count: how many.
            is_back: towards the beginning.
        """
