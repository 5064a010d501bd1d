"""The torturer's hand on the database: nobody else writes for a while, or some of what a tick writes is refused.

Both are done from outside, with a connection of its own. Under a *hold* the service waits with what it wants to store:
whoever kills it then kills it between an answer and its transaction. Under a *refusal* such a transaction is undone, as
it would be by a kill in the middle of it; and if the service lives on, the answer is lost to the store while the
process that gave it goes on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

REFUSAL = "the torturer refuses it"
"""Stands in the ticks that failed because of one."""
REFUSED: Mapping[str, Sequence[str]] = {
    "states": ("BEFORE INSERT ON condition_states", "BEFORE UPDATE ON condition_states"),
    "evaluations": ("BEFORE INSERT ON condition_evaluations",),
    "runs": ("BEFORE INSERT ON runs",),
    "cursor": ("BEFORE UPDATE OF cursor ON automations WHEN NEW.cursor IS NOT OLD.cursor",),
    "ticks": ("BEFORE INSERT ON ticks",),
}
"""What can be refused."""
LOST = ("states", "evaluations", "runs", "cursor")
"""Of these the service can store a tick that says so, and the answer is lost; else it tries again until it can."""
BUSY_SECONDS = 30.0


class Grip:
    """See the module.

    Args:
        database: the file; it is there.
    """

    def __init__(self, database: Path) -> None:
        self._connection = sqlite3.connect(database, timeout=BUSY_SECONDS, isolation_level=None)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """A block in which nobody else writes, nor is in the middle of it."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    @contextmanager
    def refuse(self, what: str) -> Iterator[None]:
        """A block in which no transaction succeeds that writes something.

        Args:
            what: of ``REFUSED``.
        """
        names = [f"torture_{number}" for number, _ in enumerate(REFUSED[what])]
        for name, when in zip(names, REFUSED[what], strict=True):
            self._connection.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END")
        try:
            yield
        finally:
            for name in names:
                self._connection.execute(f"DROP TRIGGER {name}")

    def close(self) -> None:
        """Lets go."""
        self._connection.close()
