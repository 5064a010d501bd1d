"""How far run status sensors lag: how many events wait for each, and since when.

Looked up when somebody asks. Whose cursor is not before the newest event of its kind costs nothing; for the others at
most ``COUNT_MAX`` events behind the cursor are read, once for all sensors whose places are near each other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from watchbell.ground.durations import duration_text
from watchbell.ground.value import dataclass
from watchbell.record.event import EVENT_TYPE_OF_STATUS, DagsterEventType, EventLogEntry
from watchbell.record.ports import Store
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, RunsFilter
from watchbell.record.snapshot import SensorSnapshot
from watchbell.record.tick import AutomationState
from watchbell.services.run_events import event_cursor, monitored_by, sorts_of

COUNT_MAX = 1_000
"""Events read for one sensor (count); of more only that there are more is told."""


@dataclass(frozen=True)
class Lag:
    """What waits for a run status sensor.

    Args:
        waiting: events that it has still to handle (count).
        is_more: whether there may be more.
        oldest_at: when the oldest of them happened; None: none waits.
    """

    waiting: int = 0
    is_more: bool = False
    oldest_at: datetime | None = None

    @property
    def count_text(self) -> str:
        """How many wait, e.g. ``"1,000+"``; empty: none."""
        return f"{self.waiting:,}{'+' if self.is_more else ''}" if self.waiting or self.is_more else ""

    def text(self, now: datetime) -> str:
        """The same with the age of the oldest, for tables."""
        if self.oldest_at is None:
            return self.count_text
        return f"{self.count_text}, oldest {duration_text(max(0.0, (now - self.oldest_at).total_seconds()))}"

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {"waiting": self.waiting, "is_more": self.is_more, "oldest_at": self.oldest_at}


def lag_text(lag: Mapping[str, Any] | None, now: datetime) -> str:
    """The text of what :meth:`Lag.as_json` gave; None: nothing."""
    return "" if lag is None else Lag(**lag).text(now)


@dataclass(frozen=True)
class SensorOnRuns:
    """A run status sensor, for :func:`lags_of`.

    Args:
        snapshot: its definition.
        state: as stored.
    """

    snapshot: SensorSnapshot
    state: AutomationState


def lags_of(store: Store, followers: Sequence[SensorOnRuns]) -> list[Lag]:
    """The lag of each run status sensor, which is to be on.

    Args:
        store: where to look.
        followers: sensors with their definitions and states.
    """
    newest: dict[DagsterEventType, int] = {}
    pages: dict[frozenset[DagsterEventType], _Page] = {}
    found: dict[int, Lag] = {}
    places = sorted((event_cursor(each.state), number) for number, each in enumerate(followers))
    for cursor, number in places:
        each = followers[number]
        types = frozenset(EVENT_TYPE_OF_STATUS[status] for status in each.snapshot.run_statuses)
        for kind in types - newest.keys():
            newest[kind] = _newest(store, kind)
        if each.state.cursor is None or cursor >= max((newest[kind] for kind in types), default=0):
            found[number] = Lag()
            continue
        page = pages.get(types)
        if page is None or not page.serves(cursor):
            page = pages[types] = _read(store, types, cursor)
        found[number] = _lag(each, page, cursor)
    return [found[number] for number in range(len(followers))]


@dataclass(frozen=True)
class _Page:
    """Events of some types behind a cursor, their numbers, and their runs."""

    entries: Sequence[EventLogEntry]
    numbers: Sequence[int]
    runs: dict[str, DagsterRun]
    is_more: bool

    def serves(self, cursor: int) -> bool:
        """Whether it tells enough of what lies behind a later cursor: all, or half as much as one read of its own."""
        return not self.is_more or 2 * bisect_right(self.numbers, cursor) <= len(self.numbers)


def _newest(store: Store, kind: DagsterEventType) -> int:
    entries = store.events(EventQuery(types=frozenset({kind}), newest_first=True, limit=1))
    return next((entry.storage_id or 0 for entry in entries), 0)


def _read(store: Store, types: frozenset[DagsterEventType], cursor: int) -> _Page:
    entries = store.events(EventQuery(types=types, after_id=cursor, limit=COUNT_MAX + 1))
    run_ids = sorted({entry.run_id for entry in entries})
    records = store.run_records(RunsFilter(run_ids=run_ids)) if run_ids else []
    runs = {record.dagster_run.run_id: record.dagster_run for record in records}
    numbers = [entry.storage_id or 0 for entry in entries[:COUNT_MAX]]
    return _Page(entries[:COUNT_MAX], numbers, runs, len(entries) > COUNT_MAX)


def _lag(follower: SensorOnRuns, page: _Page, cursor: int) -> Lag:
    monitored = monitored_by(follower)
    first = bisect_right(page.numbers, max(cursor, follower.state.effective_event))
    times = [
        entry.timestamp
        for entry in page.entries[first:]
        if (run := page.runs.get(entry.run_id)) is not None and not monitored.isdisjoint(sorts_of(run))
    ]
    oldest_at = datetime.fromtimestamp(times[0], UTC) if times else None
    return Lag(len(times), page.is_more, oldest_at)
