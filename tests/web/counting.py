"""Counts what is said to the database while something is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

FRAMES = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")
"""Statements that ask nothing."""


@dataclass
class Count:
    """What was said: the statements, in order."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)

    @property
    def count(self) -> int:
        """How many."""
        return len(self.statements)

    def add(self, statement: str) -> None:
        """Counts one, unless it only frames others."""
        if not statement.startswith(FRAMES):
            self.statements.append(statement)


@contextmanager
def traced_statements(store: Any) -> Iterator[Count]:
    """While entered, counts the statements that reach the engine of one open store, as the engine itself tells.

    Example: ``with traced_statements(site.instance.store) as count: client.get("/api/runs")``; then ``len(count)``.

    Raises:
        AssertionError: there were none: what was asked is answered by another store, or not at all.
    """
    count, database = Count(), store._database
    with database.read():
        connection = database._connection
    connection.set_trace_callback(count.add)
    try:
        yield count
    finally:
        connection.set_trace_callback(None)
    assert count.statements, "nothing was asked of this store"
