"""The part of the store that sifts the log of one run; fulfils ``record.log_store.LogStore``."""

from __future__ import annotations

from datetime import UTC, datetime

from watchbell.record.log_store import LogSieve
from watchbell.record.ports import Notifier
from watchbell.store.session import Database
from watchbell.store.statements import Params

LEVEL_MARK = '%"l":%'
"""In the body of what has a level other than INFO."""


class LogTables:
    """The log of one run.

    Args:
        database: an open one, with the current schema.
        notifier: told of each commit, afterwards.
    """

    def __init__(self, database: Database, notifier: Notifier) -> None:
        self._database = database
        self._notifier = notifier

    def log_place(self, run_id: str, from_id: int, count: int, *, is_back: bool = False) -> tuple[int, datetime] | None:
        """Storage id and time of the entry that lies so many of a run further on; None: it has not as many."""
        name = "log_place_before" if is_back else "log_place_after"
        with self._database.read() as session:
            row = session.row(name, run=run_id, from_id=from_id, count=count - 1, most=1)
        return None if row is None else (int(row[0]), datetime.fromtimestamp(row[1], UTC))


def sieve_conditions(sieve: LogSieve) -> list[tuple[str, Params]]:
    """A sieve as conditions on events."""
    found: list[tuple[str, Params]] = []
    if sieve.kinds is not None:
        found.append(("log_kind_among", {"kinds": list(sieve.kinds)}))
    if sieve.noise:
        found.append(("log_no_noise", {"noise": list(sieve.noise), "level_mark": LEVEL_MARK}))
    if sieve.steps is not None:
        found.append(("log_step_among", {"steps": list(sieve.steps)}))
    if sieve.has_level:
        found.append(("log_has_level", {"level_mark": LEVEL_MARK}))
    if sieve.text:
        escaped = sieve.text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        found.append(("log_has_text", {"pattern": f"%{escaped}%"}))
    return found
