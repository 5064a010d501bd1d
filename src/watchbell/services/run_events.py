"""Which run events concern which run status sensor: read once for all, handed out by state, location and job.

Each sensor has its own place in the log. Those that have read all there was stand at the head and share one place: a
new event costs nothing for those of them whom it does not concern. The others catch up after that, those near the
newest event together; one that is far behind, because it was off for long or cannot keep up, by itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import datetime
from itertools import islice, product
from typing import Protocol

from watchbell.ground.value import dataclass
from watchbell.record.asset_cursor import read_number
from watchbell.record.event import EVENT_TYPE_OF_STATUS, DagsterEventType, EventLogEntry
from watchbell.record.ports import Store
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, RunsFilter
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

Monitored = tuple[str | None, str | None]
"""Runs that a sensor may monitor: of a code location (None: of all) those of a job (None: of all)."""


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
        monitored: the runs it may react to.
        effective_at: of its state when it began to follow.
        read_to: the event up to which the log was looked at; None: its cursor is not stored yet. One that stands at the
            head has read further.
        handled_to: its cursor as seen last.
        pending: events it has still to handle and when they happened, oldest first.
    """

    follower: Follower
    types: frozenset[DagsterEventType]
    monitored: frozenset[Monitored]
    effective_at: datetime | None
    read_to: int | None
    handled_to: int
    pending: deque[tuple[int, float]] = field(default_factory=deque)

    def take(self, event_id: int, timestamp: float) -> None:
        """Keeps an event that concerns the follower, unless it has it already."""
        if event_id <= self.follower.state.effective_event or event_id <= (self.read_to or 0):
            return
        if not self.pending or self.pending[-1][0] < event_id:
            self.pending.append((event_id, timestamp))


class RunEventFeed:
    """The events that run status sensors have still to handle.

    Args:
        store: where to read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._follows: dict[int, _Follows] = {}
        # Who monitors what, so that an event costs nothing for those whom it does not concern.
        self._by_kind: dict[tuple[DagsterEventType, Monitored], dict[int, _Follows]] = {}
        self._waiting: dict[int, _Follows] = {}  # those with pending events
        self._head = 0  # those that do not catch up have read up to here
        self._catching_up: dict[int, _Follows] = {}
        self._done_to: int | None = None  # the newest event when all was read; None: a follower is new since then
        self._lags_seen_to: int | None = None  # who lags was looked up when the newest event was this one

    @property
    def is_needed(self) -> bool:
        """Whether any sensor follows."""
        return bool(self._follows)

    def follow(self, follower: Follower) -> None:
        """Begins with the events after the follower's cursor; called again, with its changed definition or cursor."""
        types = frozenset(EVENT_TYPE_OF_STATUS[each] for each in follower.snapshot.run_statuses)
        state, cursor = follower.state, event_cursor(follower.state)
        read_to = None if state.cursor is None else cursor
        self.forget(follower)
        follows = _Follows(follower, types, monitored_by(follower), state.effective_at, read_to, cursor)
        self._follows[id(follower)] = self._catching_up[id(follower)] = follows
        self._done_to = self._lags_seen_to = None
        for kind in product(types, follows.monitored):
            self._by_kind.setdefault(kind, {})[id(follower)] = follows

    def forget(self, follower: Follower) -> None:
        """Ends it; nothing happens if it did not follow."""
        follows = self._follows.pop(id(follower), None)
        if follows is None:
            return
        self._waiting.pop(id(follower), None)
        self._catching_up.pop(id(follower), None)
        for kind in product(follows.types, follows.monitored):
            others = self._by_kind[kind]
            del others[id(follower)]
            if not others:
                del self._by_kind[kind]

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
        if not follows.pending:
            self._waiting.pop(id(follower), None)

    def read(self) -> tuple[list[Follower], bool]:
        """Reads on.

        Returns:
            The followers with something to handle, and whether there is nothing more to read for now.
        """
        newest, is_done = self._store.last_event_id(), False
        for _ in range(PAGES_MAX):
            is_done = not self._read_page(newest)
            if is_done:
                self._done_to = newest
                break
        return [each.follower for each in self._waiting.values()], is_done

    def _read_page(self, newest: int) -> bool:
        """Reads on: those at the head first, then those furthest on among the others; False: all have read all."""
        if len(self._catching_up) == len(self._follows):
            self._head = newest  # nobody stands there
        if self._head < newest:
            self._read_head(newest)
            return True
        behind = [
            (each.read_to, each)
            for each in self._catching_up.values()
            if each.read_to is not None and len(each.pending) < PENDING_MAX
        ]
        if not behind:
            return False
        near = max(place for place, _ in behind) - 2 * LAG_MAX  # cursors are kept that close to the newest event
        start = min(place for place, _ in behind if place >= near)
        readers = [each for place, each in behind if place >= near]
        last = self._read_from(start, newest, frozenset().union(*(each.types for each in readers)), readers)
        for each in readers:
            each.read_to = max(each.read_to or 0, last)
            if last >= newest and len(each.pending) < PENDING_MAX:
                del self._catching_up[id(each.follower)]
        return True

    def _read_head(self, newest: int) -> None:
        types = frozenset(kind for kind, _ in self._by_kind)
        self._head = self._read_from(self._head, newest, types, None)
        full = [each for each in self._waiting.values() if len(each.pending) >= PENDING_MAX]
        for each in full:
            if id(each.follower) not in self._catching_up:
                each.read_to = max(each.read_to or 0, self._head)
                self._catching_up[id(each.follower)] = each

    def _read_from(
        self, start: int, newest: int, types: frozenset[DagsterEventType], readers: Sequence[_Follows] | None
    ) -> int:
        """Gives a page of entries to the readers whom they concern (None: to those at the head); where it ends."""
        query = EventQuery(types=types, after_id=start, before_id=newest + 1, limit=READ_MAX)
        entries = self._store.events(query) if types and start < newest else []
        runs = self._runs_of(entries)
        among = None if readers is None else {id(each) for each in readers}
        for entry in entries:
            event_id, run, kind = entry.storage_id, runs.get(entry.run_id), entry.dagster_event_type
            if event_id is None or run is None or kind is None:  # the run was deleted
                continue
            for monitored in sorts_of(run):
                for number, follows in self._by_kind.get((kind, monitored), {}).items():
                    if (id(follows) in among) if among is not None else (number not in self._catching_up):
                        follows.take(event_id, entry.timestamp)
                        if follows.pending:
                            self._waiting[number] = follows
        last = entries[-1].storage_id if len(entries) == READ_MAX else newest
        return newest if last is None else last

    def _runs_of(self, entries: Iterable[EventLogEntry]) -> dict[str, DagsterRun]:
        run_ids = sorted({entry.run_id for entry in entries})
        if not run_ids:
            return {}
        records = self._store.run_records(RunsFilter(run_ids=run_ids))
        return {record.dagster_run.run_id: record.dagster_run for record in records}

    def lagging(self) -> list[tuple[Follower, int]]:
        """Followers whose cursor lies far behind, with nothing for them in between, and where it can be moved to.

        All are looked at when enough has happened since the last time.
        """
        if self._done_to is None:
            return []
        if self._lags_seen_to is not None and self._done_to - self._lags_seen_to < LAG_MAX // 2:
            return []
        self._lags_seen_to = self._done_to
        places = [
            (each, each.read_to if number in self._catching_up else max(each.read_to or 0, self._head))
            for number, each in self._follows.items()
            if not each.pending
        ]
        return [
            (each.follower, place) for each, place in places if place is not None and place - each.handled_to > LAG_MAX
        ]


def sorts_of(run: DagsterRun) -> tuple[Monitored, Monitored, Monitored]:
    """What a sensor may monitor to which the run belongs."""
    return (None, None), (run.location_name, None), (run.location_name, run.job_name)


def monitored_by(follower: Follower) -> frozenset[Monitored]:
    """The runs that a sensor monitors."""
    snapshot, location = follower.snapshot, follower.state.key.location_name
    if snapshot.monitors_all_locations:
        return frozenset({(None, None)})
    jobs = (None,) if snapshot.monitored_jobs is None else snapshot.monitored_jobs
    elsewhere = {(each.location_name, each.job_name) for each in snapshot.monitored_runs}
    return frozenset({*((location, job) for job in jobs), *elsewhere})
