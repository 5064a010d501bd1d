"""The loop of the sensors: each evaluated again its interval after the last time, some only when something happened.

A run status sensor's cursor is the storage id of the last event it handled. Events are read once for all of them, when
something was committed, and handed to those they concern; each is evaluated with one event at a time and moves its
cursor in the same commit, so that an event's effects happen once, whatever crashes. Its interval lies between bursts:
what has gathered when it is due is handled without pauses.

A sensor of assets is evaluated while its cursor lies before the newest materialization of one of them, at once if its
interval is over; with nothing new it stands in no heap and costs nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count

from watchbell.automate.adopt import adopt_sensor, disowned
from watchbell.automate.commit import Evaluated
from watchbell.automate.due import is_on, sensor_due_at, sensor_first_due_at
from watchbell.ground.value import dataclass
from watchbell.record.asset_cursor import read_number
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.event import DagsterEventType
from watchbell.record.query import EventQuery
from watchbell.record.snapshot import LocationSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, TickCommit
from watchbell.services.asset_events import AssetEventFeed
from watchbell.services.loop import Hint
from watchbell.services.run_events import RunEventFeed, event_cursor
from watchbell.services.schedules import ASK_MAX, STATES_GAP_SECONDS
from watchbell.services.ticker import Desk, Ticker

log = logging.getLogger("watchbell.services")

LANE = 0
"""Evaluation ids of sensors are even."""
SAFETY_SECONDS = 10.0
"""So often the newest event's number is compared, should a hint have been lost; it costs the same whatever there is."""
CLOCK_STEP_SECONDS = 1.0
"""A clock that goes back by more than this makes every sensor's next time be reckoned anew."""


@dataclass(eq=False)
class SensorEntry:
    """A sensor as the loop keeps it.

    Args:
        snapshot: its definition in the code in use.
        state: as stored last.
        due_at: when it stands in the heap; None: it does not.
        began_at: when its last evaluation (of a run status sensor: its last burst) began.
        is_evaluating: whether a question about it is on its way, or its answer is not stored yet.
        burst_end: the last event of the burst that is going on; 0: none is.
        asked_cursor: its cursor when it was asked last, if it is a sensor of assets.
        asked_event: the newest materialization then.
        is_gone: the code in use has it no more; forgotten when nothing of it is on its way any longer.
    """

    snapshot: SensorSnapshot
    state: AutomationState
    due_at: datetime | None = None
    began_at: datetime | None = None
    is_evaluating: bool = False
    burst_end: int = 0
    asked_cursor: str | None = None
    asked_event: int = 0
    is_gone: bool = False

    @property
    def is_on(self) -> bool:
        """Whether it is to be evaluated at all."""
        return not self.is_gone and is_on(self.state, self.snapshot.running_by_default)

    @property
    def needs_cursor(self) -> bool:
        """Whether it is to handle every event and has no place to read from: new, or its cursor was taken away."""
        reads_all = bool(self.snapshot.run_statuses) or self.snapshot.every_event
        return self.is_on and reads_all and self.state.cursor is None

    @property
    def watches_assets(self) -> bool:
        """Whether it is woken by materializations."""
        return self.snapshot.asset_keys is not None

    @property
    def goes_on(self) -> bool:
        """Whether it is on its way through a burst of materializations, and its last evaluation came further."""
        if not self.snapshot.every_event or self.state.cursor == self.asked_cursor:
            return False
        return read_number(self.state.cursor) < self.burst_end


class SensorsLoop:
    """Asks for evaluations when they are due and stores what comes of them.

    Args:
        desk: what to work with.
        snapshot: the definitions to begin with.
        runs_queued: told when a commit queued runs.
    """

    name = "sensors"

    def __init__(self, desk: Desk, snapshot: LocationSnapshot, runs_queued: Callable[[], None]) -> None:
        self._desk = desk
        self._snapshot = snapshot
        self._runs_queued = runs_queued
        self._entries: dict[str, SensorEntry] = {}
        self._heap: list[tuple[datetime, int, SensorEntry]] = []
        self._order = count()
        self._ticker: Ticker[SensorEntry] = Ticker(desk, LANE, _is_still_valid)
        self._feed = RunEventFeed(desk.store)
        self._assets = AssetEventFeed(desk.store)
        self._has_new_snapshot = True
        self._has_new_states = False
        self._has_new_events = True
        self._states_read_at: datetime | None = None
        self._stepped_at: datetime | None = None
        self._looked_at: datetime | None = None

    def step(self, now: datetime, messages: Sequence[object]) -> datetime | None:
        """See `Loop.step`."""
        for message in messages:
            self._take(message, now)
        self._mind_the_clock(now)
        if not self._has_new_snapshot:
            self._adopt(now)  # a stop by hand counts at once; new code only after what was due under the old
        self._ask_due(now)
        self._commit(now)
        self._adopt(now)
        self._commit(now)
        self._read_events(now)
        self._read_assets(now)
        self._ask_due(now)
        return self._next_at(now)

    def _take(self, message: object, now: datetime) -> None:
        match message:
            case Answer():
                self._take_answer(message, now)
            case LocationSnapshot():
                self._snapshot = message
                self._has_new_snapshot = True
            case Hint("states"):
                self._has_new_states = True
            case Hint("run_status" | "runs"):
                self._has_new_events = True
            case Hint("assets"):
                self._assets.hint()

    def _take_answer(self, answer: Answer, now: datetime) -> None:
        entry = self._ticker.answered(answer, now)
        if entry is None or not entry.watches_assets or answer.outcome is not Outcome.ANSWERED:
            return
        # It acted and stays where it is, or found nothing: it is not asked about the same again before it is due to
        # something new. One of several assets that skipped may be waiting for time to pass.
        acted = answer.run_requests or entry.snapshot.sensor_type != "MULTI_ASSET"
        if acted and answer.cursor is None and entry.state.cursor == entry.asked_cursor:
            self._assets.settle(entry, entry.asked_event)

    def _mind_the_clock(self, now: datetime) -> None:
        """After the clock was set back no sensor waits longer than one interval."""
        before, self._stepped_at = self._stepped_at, now
        if before is None or (before - now).total_seconds() <= CLOCK_STEP_SECONDS:
            return
        self._looked_at = self._states_read_at = None
        self._assets.look_anew()
        for entry in self._entries.values():
            entry.began_at = None if entry.began_at is None else min(entry.began_at, now)
            if entry.due_at is not None:
                entry.due_at = min(entry.due_at, sensor_due_at(now, entry.snapshot.minimum_interval_seconds))
        standing = [entry for entry in self._entries.values() if entry.due_at is not None]
        self._heap = [(entry.due_at, next(self._order), entry) for entry in standing if entry.due_at is not None]
        heapify(self._heap)

    # ------------------------------------------------------------- due times

    def _ask_due(self, now: datetime) -> None:
        for _ in range(ASK_MAX):
            if not self._heap or self._heap[0][0] > now:
                return
            due_at, _, entry = heappop(self._heap)
            if entry.due_at == due_at and not entry.is_evaluating:
                entry.due_at = None
                if entry.is_on:
                    self._ask(entry, now)

    def _ask(self, entry: SensorEntry, now: datetime) -> None:
        event_ids: tuple[int, ...] = ()
        if entry.snapshot.run_statuses:
            event_id = self._feed.first_for(entry)
            if event_id is None:
                return
            event_ids = (event_id,)
            if event_id > entry.burst_end:
                entry.burst_end = self._feed.last_for(entry)
                entry.began_at = now
        elif entry.watches_assets:
            newest = self._assets.newest_for(entry)
            if not newest:
                return
            if not entry.goes_on:
                entry.burst_end = newest
            entry.asked_cursor, entry.asked_event, entry.began_at = entry.state.cursor, newest, now
        else:
            entry.began_at = now
        entry.is_evaluating = True
        evaluation = Evaluation(
            0, AutomationKind.SENSOR, entry.snapshot.name, cursor=entry.state.cursor, event_ids=event_ids
        )
        self._ticker.ask(entry, now, evaluation)

    def _plan(self, entry: SensorEntry, now: datetime) -> None:
        """Puts a sensor into the heap with its next time."""
        entry.due_at = None
        if entry.is_evaluating or not entry.is_on:
            return
        due_at = now
        if entry.began_at is not None:
            due_at = max(now, sensor_due_at(entry.began_at, entry.snapshot.minimum_interval_seconds))
        if entry.snapshot.run_statuses:
            event_id = self._feed.first_for(entry)
            if event_id is None:
                return
            if event_id <= entry.burst_end:
                due_at = now
        if entry.watches_assets:
            if not self._assets.newest_for(entry):
                return
            if entry.goes_on:
                due_at = now
        self._stand(entry, due_at)

    def _stand(self, entry: SensorEntry, due_at: datetime) -> None:
        entry.due_at = due_at
        heappush(self._heap, (due_at, next(self._order), entry))

    def _commit(self, now: datetime) -> None:
        if not self._ticker.has_work:
            return
        settled, has_runs = self._ticker.commit(now)
        if has_runs:
            self._runs_queued()
        for entry in settled:
            entry.is_evaluating = False
            if entry.is_gone:
                self._let_go(entry)
                continue
            self._has_new_states = self._has_new_states or entry.needs_cursor
            if entry.snapshot.run_statuses:
                self._has_new_events = True
                if entry.is_on:
                    self._feed.handled(entry)
                else:
                    self._feed.forget(entry)
            self._plan(entry, now)

    def _next_at(self, now: datetime) -> datetime | None:
        while self._heap and self._heap[0][2].due_at != self._heap[0][0]:
            heappop(self._heap)
        if self._ticker.has_work:
            return now
        times = [self._heap[0][0]] if self._heap else []
        if self._has_new_states or self._has_new_snapshot:
            times.append((self._states_read_at or now) + timedelta(seconds=STATES_GAP_SECONDS))
        if self._feed.is_needed:
            if self._has_new_events:
                return now
            times.append((self._looked_at or now) + timedelta(seconds=SAFETY_SECONDS))
        next_look = self._assets.next_at(now)
        return min(times if next_look is None else [*times, next_look], default=None)

    # ---------------------------------------------------------------- events

    def _read_events(self, now: datetime) -> None:
        """Takes in what happened to runs, and makes the run status sensors it concerns due."""
        if not self._feed.is_needed:
            return
        if self._looked_at is None or (now - self._looked_at).total_seconds() >= SAFETY_SECONDS:
            self._has_new_events = True
        if not self._has_new_events:
            return
        woken, is_done = self._feed.read()
        self._looked_at = now
        self._has_new_events = not is_done
        for entry in woken:
            if isinstance(entry, SensorEntry) and entry.due_at is None:
                self._plan(entry, now)
        for entry, cursor in self._feed.lagging():
            if isinstance(entry, SensorEntry) and not entry.is_evaluating:
                entry.is_evaluating = True
                self._ticker.change(entry, _moved_to(entry, cursor))

    def _read_assets(self, now: datetime) -> None:
        """Takes in what was made, and makes the sensors that watch it due."""
        for entry in self._assets.read(now):
            if isinstance(entry, SensorEntry) and entry.due_at is None:
                self._plan(entry, now)

    # ------------------------------------------------- definitions and states

    def _adopt(self, now: datetime) -> None:
        """Brings entries in line with the definitions in use and the states that people changed."""
        if not (self._has_new_snapshot or self._has_new_states):
            return
        if self._states_read_at is not None and not self._has_new_snapshot:
            gap_seconds = (now - self._states_read_at).total_seconds()
            if 0 <= gap_seconds < STATES_GAP_SECONDS:
                return
        location = self._snapshot.name
        states = {
            state.key.name: state
            for state in self._desk.store.automation_states(location)
            if state.key.kind is AutomationKind.SENSOR
        }
        # Read before anything is changed here: should the store be locked, all of it is done again.
        last_event_id = self._desk.store.last_event_id()
        defined = {snapshot.name: snapshot for snapshot in self._snapshot.sensors}
        starts = {name: self._start_of(snapshot, states.get(name), last_event_id) for name, snapshot in defined.items()}
        self._states_read_at = now
        for name, state in states.items():
            if name not in defined and name not in self._entries:
                self._entries[name] = SensorEntry(SensorSnapshot(name), state)  # known from an earlier service only
        for entry in [entry for name, entry in self._entries.items() if name not in defined]:
            self._let_go(entry)
        fresh: list[SensorEntry] = []
        for name, snapshot in defined.items():
            key = AutomationKey(location, AutomationKind.SENSOR, name)
            self._adopt_one(snapshot, states.get(name) or AutomationState(key), starts[name], fresh, now)
        for index, entry in enumerate(fresh):
            self._begin(entry, index, len(fresh), now)
        self._has_new_snapshot = self._has_new_states = False

    def _start_of(self, snapshot: SensorSnapshot, state: AutomationState | None, last_event_id: int) -> int:
        """The last event before a sensor took effect: somebody may have turned it on a while ago."""
        if not (snapshot.every_event and snapshot.asset_keys) or state is None or state.cursor is not None:
            return last_event_id
        if state.effective_at is None:
            return last_event_id
        query = EventQuery(
            types=frozenset({DagsterEventType.ASSET_MATERIALIZATION}),
            asset_key=snapshot.asset_keys[0],
            before_at=state.effective_at,
            newest_first=True,
            limit=1,
        )
        return next((entry.storage_id or 0 for entry in self._desk.store.events(query)), 0)

    def _let_go(self, entry: SensorEntry) -> None:
        """Forgets a sensor that the code in use has no more, after what is on its way is stored."""
        entry.is_gone = True
        entry.due_at = None
        self._feed.forget(entry)
        self._assets.forget(entry)
        if entry.is_evaluating:
            return
        if disowned(entry.state) is entry.state:
            del self._entries[entry.snapshot.name]
            return
        entry.is_evaluating = True
        self._ticker.change(entry, _disowning(entry))

    def _adopt_one(
        self,
        snapshot: SensorSnapshot,
        stored: AutomationState,
        last_event_id: int,
        fresh: list[SensorEntry],
        now: datetime,
    ) -> None:
        entry = self._entries.get(snapshot.name)
        if entry is None:
            entry = self._entries[snapshot.name] = SensorEntry(snapshot, stored)
            if entry.watches_assets and stored.last_tick_at is not None and stored.last_tick_at <= now:
                entry.began_at = stored.last_tick_at
            fresh.append(entry)
            self._adopt_cursor(entry, last_event_id, now)
            return
        is_as_before = entry.snapshot == snapshot and entry.state.version == stored.version
        if is_as_before and not entry.is_gone and not entry.needs_cursor:
            return
        was_on = entry.is_on
        entry.snapshot, entry.state, entry.is_gone = snapshot, stored, False
        self._adopt_cursor(entry, last_event_id, now)
        if not was_on:
            entry.began_at = None  # turned on just now: at once
        self._plan(entry, now)

    def _adopt_cursor(self, entry: SensorEntry, last_event_id: int, now: datetime) -> None:
        """Where a sensor of events begins to read."""
        snapshot, state = entry.snapshot, entry.state
        if entry.watches_assets and entry.is_on:
            self._assets.follow(entry)
        else:
            self._assets.forget(entry)
        if adopt_sensor(snapshot, state, last_event_id, now) is not state and not entry.is_evaluating:
            entry.is_evaluating = True
            self._ticker.change(entry, _adoption(entry, last_event_id, now))
        if entry.is_on and snapshot.run_statuses:
            self._feed.follow(entry)
            self._has_new_events = True
        else:
            self._feed.forget(entry)

    def _begin(self, entry: SensorEntry, index: int, number: int, now: datetime) -> None:
        """The first time of a sensor after the service began or its definition appeared."""
        if not entry.is_on or entry.is_evaluating or entry.snapshot.run_statuses or entry.watches_assets:
            return
        interval_seconds = entry.snapshot.minimum_interval_seconds
        due_at = sensor_first_due_at(now, index, number, interval_seconds)
        last = entry.state.last_tick_at
        if last is not None and last <= now:
            due_at = max(due_at, sensor_due_at(last, interval_seconds))
        self._stand(entry, due_at)


def _is_still_valid(entry: SensorEntry, done: Evaluated) -> bool:
    """An answer counts if it was given for the cursor that is stored, and is not stored itself already."""
    asked = done.evaluation
    return entry.state.cursor == asked.cursor and entry.state.last_tick_at == asked.last_tick_at


def _adoption(entry: SensorEntry, last_event_id: int, now: datetime) -> Callable[[], TickCommit | None]:
    def make() -> TickCommit | None:
        after = adopt_sensor(entry.snapshot, entry.state, last_event_id, now)
        return None if after is entry.state else TickCommit(entry.state, after, ())

    return make


def _disowning(entry: SensorEntry) -> Callable[[], TickCommit | None]:
    def make() -> TickCommit | None:
        after = disowned(entry.state)
        return TickCommit(entry.state, after, ()) if entry.is_gone and after is not entry.state else None

    return make


def _moved_to(entry: SensorEntry, cursor: int) -> Callable[[], TickCommit | None]:
    def make() -> TickCommit | None:
        if event_cursor(entry.state) >= cursor:
            return None
        return TickCommit(entry.state, replace(entry.state, cursor=str(cursor)), ())

    return make
