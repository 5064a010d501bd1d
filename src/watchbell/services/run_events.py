"""Which run events concern which run status sensor: read once for all, handed out by state, job and location."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import field
from typing import Protocol

from watchbell.ground.value import dataclass
from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.ports import Store
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.snapshot import SensorSnapshot
from watchbell.record.tick import AutomationState

READ_MAX = 1_000
"""Events read at once (count)."""
PENDING_MAX = 10_000
"""Events that wait for one sensor (count) before reading pauses."""
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

    snapshot: SensorSnapshot
    state: AutomationState


@dataclass(eq=False)
class _Follows:
    follower: Follower
    types: frozenset[DagsterEventType]
    pending: deque[int] = field(default_factory=deque)
    seen: int = 0

    @property
    def cursor(self) -> int:
        text = self.follower.state.cursor or "0"
        return int(text) if text.isdigit() else 0


class RunEventFeed:
    """The events that run status sensors have still to handle.

    Args:
        store: where to read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._follows: dict[int, _Follows] = {}
        self._read_to: int | None = None

    @property
    def is_needed(self) -> bool:
        """Whether any sensor follows."""
        return bool(self._follows)

    def follow(self, follower: Follower) -> None:
        """Begins with the events after the follower's cursor; called again, with its changed definition or cursor."""
        types = frozenset(EVENT_OF_STATUS[each] for each in follower.snapshot.run_statuses if each in EVENT_OF_STATUS)
        follows = self._follows[id(follower)] = _Follows(follower, types)
        if follower.state.cursor is not None:
            follows.seen = follows.cursor
            self._read_to = follows.cursor if self._read_to is None else min(self._read_to, follows.cursor)

    def forget(self, follower: Follower) -> None:
        """Ends it; nothing happens if it did not follow."""
        self._follows.pop(id(follower), None)

    def first_for(self, follower: Follower) -> int | None:
        """The oldest event that the follower has still to handle."""
        follows = self._follows.get(id(follower))
        return follows.pending[0] if follows is not None and follows.pending else None

    def last_for(self, follower: Follower) -> int:
        """The newest event that waits for the follower; 0 if none does."""
        follows = self._follows.get(id(follower))
        return follows.pending[-1] if follows is not None and follows.pending else 0

    def handled(self, follower: Follower) -> None:
        """Drops what lies behind the follower's cursor."""
        follows = self._follows.get(id(follower))
        if follows is None:
            return
        if follows.seen == 0:
            self.follow(follower)  # its cursor was stored just now
            return
        while follows.pending and follows.pending[0] <= follows.cursor:
            follows.pending.popleft()

    def read(self) -> tuple[list[Follower], bool]:
        """Reads on.

        Returns:
            The followers with something to handle, and whether all there is was read (no: too much waits already).
        """
        if self._read_to is None:
            return [], True
        newest = self._store.last_event_id()
        types = frozenset[DagsterEventType]().union(*(each.types for each in self._follows.values()))
        while newest > self._read_to:
            if any(len(each.pending) >= PENDING_MAX for each in self._follows.values()):
                return self._with_work(), False
            query = EventQuery(types=types, after_id=self._read_to, before_id=newest + 1, limit=READ_MAX)
            entries = self._store.events(query) if types else []
            runs = self._runs_of(entries)
            for entry in entries:
                self._hand_out(entry, runs.get(entry.run_id))
            last = entries[-1].storage_id if len(entries) == READ_MAX else newest
            self._read_to = newest if last is None else last
        return self._with_work(), True

    def _with_work(self) -> list[Follower]:
        return [each.follower for each in self._follows.values() if each.pending]

    def _runs_of(self, entries: Iterable[EventLogEntry]) -> dict[str, DagsterRun]:
        run_ids = sorted({entry.run_id for entry in entries})
        if not run_ids:
            return {}
        records = self._store.run_records(RunsFilter(run_ids=run_ids))
        return {record.dagster_run.run_id: record.dagster_run for record in records}

    def _hand_out(self, entry: EventLogEntry, run: DagsterRun | None) -> None:
        event_id = entry.storage_id
        if run is None or event_id is None:
            return  # the run was deleted
        for follows in self._follows.values():
            if event_id <= follows.seen or entry.dagster_event_type not in follows.types:
                continue
            follows.seen = event_id
            if _concerns(follows.follower, run, entry.timestamp):
                follows.pending.append(event_id)

    def lagging(self) -> list[tuple[Follower, int]]:
        """Followers whose cursor lies far behind, with nothing for them in between, and where it can be moved to."""
        read_to = self._read_to
        if read_to is None:
            return []
        return [
            (each.follower, read_to)
            for each in self._follows.values()
            if not each.pending and each.follower.state.cursor is not None and read_to - each.cursor > LAG_MAX
        ]


def _concerns(follower: Follower, run: DagsterRun, timestamp: float) -> bool:
    state, snapshot = follower.state, follower.snapshot
    if run.location_name != state.key.location_name:
        return False
    if state.effective_at is not None and timestamp < state.effective_at.timestamp():
        return False
    return snapshot.monitored_jobs is None or run.job_name in snapshot.monitored_jobs
