"""Which run events concern which run status sensor: read once for all, handed out by state, job and location.

Each sensor has its own place in the log. Those near the newest event read on together; one that is far behind, because
it was off for long or cannot keep up, reads by itself, after the others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from itertools import islice
from typing import Protocol

from watchbell.ground.value import dataclass
from watchbell.record.asset_cursor import read_number
from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.ports import Store
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.snapshot import SensorSnapshot
from watchbell.record.tick import AutomationState

READ_MAX = 1_000
"""Events read at once (count)."""
PAGES_MAX = 10
"""Reads in one step (count), so that other sensors get their turn."""
PENDING_MAX = 10_000
"""Events that wait for one sensor (count) before it reads on."""
LAG_MAX = 1_000
"""How far a cursor may lie behind events that do not concern its sensor (count), before it is moved."""

EVENT_OF_STATUS = {
    DagsterRunStatus.QUEUED: DagsterEventType.RUN_ENQUEUED,
    DagsterRunStatus.STARTING: DagsterEventType.RUN_STARTING,
    DagsterRunStatus.STARTED: DagsterEventType.RUN_START,
    DagsterRunStatus.SUCCESS: DagsterEventType.RUN_SUCCESS,
    DagsterRunStatus.FAILURE: DagsterEventType.RUN_FAILURE,
    DagsterRunStatus.CANCELING: DagsterEventType.RUN_CANCELING,
    DagsterRunStatus.CANCELED: DagsterEventType.RUN_CANCELED,
}


class Follower(Protocol):
    """A run status sensor."""

    @property
    def snapshot(self) -> SensorSnapshot:
        """Its definition."""

    @property
    def state(self) -> AutomationState:
        """As stored last."""


def event_cursor(state: AutomationState) -> int:
    """The storage id that a run status sensor's cursor speaks of; 0 if somebody wrote something else there."""
    return read_number(state.cursor)


@dataclass(eq=False)
class _Follows:
    """A follower's place in the log.

    Args:
        follower: the sensor.
        types: events it may react to.
        effective_at: of its state when it began to follow.
        read_to: the event up to which the log was looked at; None: its cursor is not stored yet.
        handled_to: its cursor as seen last.
        pending: events it has still to handle and when they happened, oldest first.
    """

    follower: Follower
    types: frozenset[DagsterEventType]
    effective_at: datetime | None
    read_to: int | None
    handled_to: int
    pending: deque[tuple[int, float]] = field(default_factory=deque)


class RunEventFeed:
    """The events that run status sensors have still to handle.

    Args:
        store: where to read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._follows: dict[int, _Follows] = {}

    @property
    def is_needed(self) -> bool:
        """Whether any sensor follows."""
        return bool(self._follows)

    def follow(self, follower: Follower) -> None:
        """Begins with the events after the follower's cursor; called again, with its changed definition or cursor."""
        types = frozenset(EVENT_OF_STATUS[each] for each in follower.snapshot.run_statuses if each in EVENT_OF_STATUS)
        state, cursor = follower.state, event_cursor(follower.state)
        read_to = None if state.cursor is None else cursor
        self._follows[id(follower)] = _Follows(follower, types, state.effective_at, read_to, cursor)

    def forget(self, follower: Follower) -> None:
        """Ends it; nothing happens if it did not follow."""
        self._follows.pop(id(follower), None)

    def first_for(self, follower: Follower) -> int | None:
        """The oldest event that the follower has still to handle."""
        follows = self._follows.get(id(follower))
        return follows.pending[0][0] if follows is not None and follows.pending else None

    def next_for(self, follower: Follower, limit: int) -> tuple[int, ...]:
        """The oldest events that the follower has still to handle, at most ``limit`` of them."""
        follows = self._follows.get(id(follower))
        return () if follows is None else tuple(event_id for event_id, _ in islice(follows.pending, limit))

    def waiting_for(self, follower: Follower) -> tuple[int, float]:
        """How many events wait for the follower (those that are read), and when the oldest happened (0: none waits)."""
        follows = self._follows.get(id(follower))
        if follows is None or not follows.pending:
            return 0, 0.0
        return len(follows.pending), follows.pending[0][1]

    def last_for(self, follower: Follower) -> int:
        """The newest event that waits for the follower; 0 if none does."""
        follows = self._follows.get(id(follower))
        return follows.pending[-1][0] if follows is not None and follows.pending else 0

    def handled(self, follower: Follower) -> None:
        """Drops what lies behind the follower's cursor; begins again if somebody moved it back or turned it on anew."""
        follows = self._follows.get(id(follower))
        if follows is None:
            return
        cursor = event_cursor(follower.state)
        is_as_before = follows.read_to is not None and follows.effective_at == follower.state.effective_at
        if not is_as_before or cursor < follows.handled_to:
            self.follow(follower)
            return
        follows.handled_to = cursor
        follows.read_to = max(follows.read_to or 0, cursor)
        while follows.pending and follows.pending[0][0] <= cursor:
            follows.pending.popleft()

    def read(self) -> tuple[list[Follower], bool]:
        """Reads on.

        Returns:
            The followers with something to handle, and whether there is nothing more to read for now.
        """
        newest, is_done = self._store.last_event_id(), False
        for _ in range(PAGES_MAX):
            is_done = not self._read_page(newest)
            if is_done:
                break
        return [each.follower for each in self._follows.values() if each.pending], is_done

    def _read_page(self, newest: int) -> bool:
        """Reads on for those furthest on among the followers that are behind; False: nobody is."""
        behind = [
            (each.read_to, each)
            for each in self._follows.values()
            if each.read_to is not None and each.read_to < newest and len(each.pending) < PENDING_MAX
        ]
        if not behind:
            return False
        near = max(place for place, _ in behind) - 2 * LAG_MAX  # cursors are kept that close to the newest event
        start = min(place for place, _ in behind if place >= near)
        readers = [each for place, each in behind if place >= near]
        types = frozenset[DagsterEventType]().union(*(each.types for each in readers))
        query = EventQuery(types=types, after_id=start, before_id=newest + 1, limit=READ_MAX)
        entries = self._store.events(query) if types else []
        runs = self._runs_of(entries)
        last = entries[-1].storage_id if len(entries) == READ_MAX else newest
        for each in readers:
            _take_in(each, entries, runs, newest if last is None else last)
        return True

    def _runs_of(self, entries: Iterable[EventLogEntry]) -> dict[str, DagsterRun]:
        run_ids = sorted({entry.run_id for entry in entries})
        if not run_ids:
            return {}
        records = self._store.run_records(RunsFilter(run_ids=run_ids))
        return {record.dagster_run.run_id: record.dagster_run for record in records}

    def lagging(self) -> list[tuple[Follower, int]]:
        """Followers whose cursor lies far behind, with nothing for them in between, and where it can be moved to."""
        return [
            (each.follower, each.read_to)
            for each in self._follows.values()
            if each.read_to is not None and not each.pending and each.read_to - each.handled_to > LAG_MAX
        ]


def _take_in(follows: _Follows, entries: Sequence[EventLogEntry], runs: Mapping[str, DagsterRun], read_to: int) -> None:
    """Keeps those of ``entries`` that concern the follower; the log was read up to ``read_to``."""
    before = follows.read_to or 0
    for entry in entries:
        event_id, run = entry.storage_id, runs.get(entry.run_id)
        if event_id is None or event_id <= before or run is None:  # known already, or the run was deleted
            continue
        if entry.dagster_event_type in follows.types and concerns(follows.follower, run, event_id):
            follows.pending.append((event_id, entry.timestamp))
    follows.read_to = max(before, read_to)


def concerns(follower: Follower, run: DagsterRun, event_id: int) -> bool:
    """Whether an event of the run (by its storage id) is the follower's business."""
    state, snapshot = follower.state, follower.snapshot
    if event_id <= state.effective_event:
        return False
    if snapshot.monitors_all_locations or any(each.contains(run) for each in snapshot.monitored_runs):
        return True
    if run.location_name != state.key.location_name:
        return False
    return snapshot.monitored_jobs is None or run.job_name in snapshot.monitored_jobs
