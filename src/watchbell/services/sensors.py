"""The loop of the sensors: each evaluated again its interval after the last time, some only when something happened.

Those that watch runs (``run_sensors.py``) or assets (``asset_sensors.py``), and those that evaluate conditions
(``condition_sensors.py``), have their own part, which says when they are due and what they are asked about.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count
from operator import itemgetter

from watchbell.automate.adopt import adopt_sensor, disowned
from watchbell.automate.due import sensor_due_at
from watchbell.automate.phases import is_crowd, place_of, rate_of, spread_to
from watchbell.record.evaluation import Answer, Evaluation
from watchbell.record.event import DagsterEventType
from watchbell.record.query import EventQuery
from watchbell.record.snapshot import LocationSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState
from watchbell.services.asset_sensors import AssetSensors
from watchbell.services.condition_sensors import HINTS as CONDITION_HINTS
from watchbell.services.condition_sensors import ConditionSensors
from watchbell.services.loop import Hint
from watchbell.services.run_sensors import RunSensors
from watchbell.services.schedules import ASK_MAX, STATES_GAP_SECONDS
from watchbell.services.sensor_entry import SensorEntry, adoption, disowning, is_still_valid, moved_to
from watchbell.services.ticker import Desk, Ticker

log = logging.getLogger("watchbell.services")

LANE = 0
"""Evaluation ids of sensors are even."""
CLOCK_STEP_SECONDS = 1.0
"""A clock that goes back by more than this makes every sensor's next time be reckoned anew."""


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
        self._ticker: Ticker[SensorEntry] = Ticker(desk, LANE, is_still_valid)
        self._runs = RunSensors(desk.store)
        self._assets = AssetSensors(desk.store)
        self._conditions = ConditionSensors()
        self._has_new_snapshot = True
        self._has_new_states = False
        self._states_read_at: datetime | None = None
        self._stepped_at: datetime | None = None
        self._rate = 0.0  # of all sensors that go by the clock, a second

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
        self._wake_conditions(now)
        self._ask_due(now)
        return self._next_at(now)

    def _take(self, message: object, now: datetime) -> None:
        if isinstance(message, Hint) and message.topic in CONDITION_HINTS:
            self._conditions.hint()
        match message:
            case Answer():
                self._take_answer(message, now)
            case LocationSnapshot():
                self._snapshot = message
                self._has_new_snapshot = True
            case Hint("states"):
                self._has_new_states = True
            case Hint("run_status" | "runs"):
                self._runs.hint()
            case Hint("assets"):
                self._assets.hint()

    def _take_answer(self, answer: Answer, now: datetime) -> None:
        entry = self._ticker.answered(answer, now)
        if entry is not None and entry.watches_assets:
            self._assets.answered(entry, answer)
        elif entry is not None and entry.watches_conditions:
            self._conditions.answered(entry, answer)

    def _mind_the_clock(self, now: datetime) -> None:
        """After the clock was set back every sensor waits as long as it would have, and keeps its phase."""
        before, self._stepped_at = self._stepped_at, now
        if before is None or (before - now).total_seconds() <= CLOCK_STEP_SECONDS:
            return
        back = before - now
        self._states_read_at = None
        self._runs.look_anew()
        self._assets.look_anew()
        self._conditions.look_anew()
        for entry in self._entries.values():
            entry.began_at = None if entry.began_at is None else entry.began_at - back
            if entry.due_at is not None:
                latest = sensor_due_at(now, entry.snapshot.minimum_interval_seconds)
                entry.due_at = min(entry.due_at - back, latest)
        standing = [entry for entry in self._entries.values() if entry.due_at is not None]
        self._heap = [(entry.due_at, next(self._order), entry) for entry in standing if entry.due_at is not None]
        heapify(self._heap)

    # ------------------------------------------------------------- due times

    def _ask_due(self, now: datetime) -> None:
        due = self._take_due(now)
        crowd = [entry for entry in due if entry.is_periodic and not entry.is_spread] if due else []
        if is_crowd(len(crowd), self._rate):
            places = sorted(((place_of(entry.state.key), entry) for entry in crowd), key=itemgetter(0))
            for rank, (place, entry) in enumerate(places):
                interval_seconds = entry.snapshot.minimum_interval_seconds
                entry.is_spread = True
                self._stand(entry, spread_to(now, place, rank, len(crowd), self._rate, interval_seconds))
            due = [entry for entry in due if entry.due_at is not None and entry.due_at <= now]
        for entry in due[:ASK_MAX]:
            entry.due_at = None
            if entry.is_on:
                self._ask(entry, now)
        for entry in due[ASK_MAX:]:
            self._stand(entry, now)

    def _take_due(self, now: datetime) -> list[SensorEntry]:
        """Takes what is due out of the heap: all that goes by the clock, some of what something woke."""
        due: dict[SensorEntry, None] = {}
        woken_count = 0
        while self._heap and self._heap[0][0] <= now and woken_count < ASK_MAX:
            due_at, _, entry = heappop(self._heap)
            if entry.due_at == due_at and not entry.is_evaluating:
                due[entry] = None
                woken_count += not entry.is_periodic
        return list(due)

    def _ask(self, entry: SensorEntry, now: datetime) -> None:
        event_ids: tuple[int, ...] = ()
        asked_to = 0
        if entry.watches_runs:
            event_ids = self._runs.ask(entry, now)
            if not event_ids:
                return
        elif entry.watches_assets:
            asked_to = self._assets.ask(entry, now)
            if not asked_to:
                return
        elif entry.watches_conditions:
            if not self._conditions.ask(entry, now):
                return
        else:
            entry.began_at, entry.is_spread = now, False
        entry.is_evaluating = True
        evaluation = Evaluation(
            0,
            AutomationKind.SENSOR,
            entry.snapshot.name,
            cursor=entry.state.cursor,
            event_ids=event_ids,
            asked_to=asked_to,
            is_alone=bool(asked_to) and self._assets.is_alone(entry),
        )
        self._ticker.ask(entry, now, evaluation)

    def _plan(self, entry: SensorEntry, now: datetime) -> None:
        """Puts a sensor into the heap with its next time."""
        entry.due_at = None
        if entry.is_evaluating or not entry.is_on:
            return
        after_interval = now
        if entry.began_at is not None:
            after_interval = max(now, sensor_due_at(entry.began_at, entry.snapshot.minimum_interval_seconds))
        due_at: datetime | None = after_interval
        if entry.watches_runs:
            due_at = self._runs.due_at(entry, after_interval, now)
        elif entry.watches_assets:
            due_at = self._assets.due_at(entry, after_interval, now)
        elif entry.watches_conditions:
            due_at = self._conditions.due_at(entry, after_interval, now)
        if due_at is not None:
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
            entry.is_evaluating = entry.recovers = False
            if entry.is_gone:
                self._let_go(entry)
                continue
            self._has_new_states = self._has_new_states or entry.needs_adoption
            if entry.watches_runs:
                self._runs.settled(entry)
            self._plan(entry, now)

    def _next_at(self, now: datetime) -> datetime | None:
        while self._heap and self._heap[0][2].due_at != self._heap[0][0]:
            heappop(self._heap)
        if self._ticker.has_work:
            return now
        times = [self._heap[0][0]] if self._heap else []
        if self._has_new_states or self._has_new_snapshot:
            times.append((self._states_read_at or now) + timedelta(seconds=STATES_GAP_SECONDS))
        looks = (self._runs.next_at(now), self._assets.next_at(now))
        return min([*times, *(each for each in looks if each is not None)], default=None)

    # ---------------------------------------------------------------- events

    def _read_events(self, now: datetime) -> None:
        """Takes in what happened to runs, and makes the run status sensors it concerns due."""
        for entry in self._runs.read(now):
            if entry.due_at is None:
                self._plan(entry, now)
        for entry, cursor in self._runs.lagging():
            if not entry.is_evaluating:
                entry.is_evaluating = True
                self._ticker.change(entry, moved_to(entry, cursor))

    def _read_assets(self, now: datetime) -> None:
        """Takes in what was made, and makes the sensors that watch it due."""
        for entry in self._assets.read(now):
            if entry.due_at is None:
                self._plan(entry, now)

    def _wake_conditions(self, now: datetime) -> None:
        """Makes condition sensors due when something happened."""
        for entry in self._conditions.read():
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
        for name, snapshot in defined.items():
            key = AutomationKey(location, AutomationKind.SENSOR, name)
            self._adopt_one(snapshot, states.get(name) or AutomationState(key), starts[name], now)
        periodic = [entry for entry in self._entries.values() if entry.is_on and entry.is_periodic]
        self._rate = rate_of(entry.snapshot.minimum_interval_seconds for entry in periodic)
        if self._has_new_snapshot:
            self._conditions.hint()  # a sensor that is the same may have other conditions to evaluate
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
        self._runs.forget(entry)
        self._assets.forget(entry)
        self._conditions.forget(entry)
        if entry.is_evaluating:
            return
        if disowned(entry.state) is entry.state:
            del self._entries[entry.snapshot.name]
            return
        entry.is_evaluating = True
        self._ticker.change(entry, disowning(entry))

    def _adopt_one(self, snapshot: SensorSnapshot, stored: AutomationState, last_event_id: int, now: datetime) -> None:
        entry = self._entries.get(snapshot.name)
        if entry is None:
            entry = self._entries[snapshot.name] = SensorEntry(snapshot, stored)
            if not entry.watches_runs and stored.last_tick_at is not None and stored.last_tick_at <= now:
                entry.began_at = stored.last_tick_at
            self._adopt_cursor(entry, last_event_id, now)
            if entry.is_periodic or entry.watches_conditions:
                self._plan(entry, now)
            return
        is_as_before = entry.snapshot == snapshot and entry.state.version == stored.version
        if entry.raised_in_row and (self._has_new_snapshot or not is_as_before):
            entry.raised_in_row, is_as_before = 0, False  # new code, or somebody's hand: no pause any more
        if is_as_before and not entry.is_gone and not entry.needs_adoption:
            return
        was_on = entry.is_on
        entry.snapshot, entry.state, entry.is_gone = snapshot, stored, False
        self._adopt_cursor(entry, last_event_id, now)
        if not was_on:
            entry.began_at, entry.is_spread = None, False  # turned on just now: at once
        if entry.is_spread and entry.due_at is not None and entry.is_on and entry.is_periodic:
            self._stand(entry, min(entry.due_at, sensor_due_at(now, snapshot.minimum_interval_seconds)))
        else:
            self._plan(entry, now)

    def _adopt_cursor(self, entry: SensorEntry, last_event_id: int, now: datetime) -> None:
        """Where a sensor of events begins to read."""
        snapshot, state = entry.snapshot, entry.state
        if entry.watches_assets and entry.is_on:
            self._assets.follow(entry)
        else:
            self._assets.forget(entry)
        if entry.watches_conditions and entry.is_on:
            self._conditions.follow(entry)
        else:
            self._conditions.forget(entry)
        if adopt_sensor(snapshot, state, last_event_id, now) is not state and not entry.is_evaluating:
            entry.is_evaluating = True
            self._ticker.change(entry, adoption(entry, last_event_id, now))
        if entry.is_on and entry.watches_runs:
            self._runs.follow(entry)
        else:
            self._runs.forget(entry)
