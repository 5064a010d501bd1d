"""A sensor as the loop keeps it, and the bare changes of its state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from watchbell.automate.adopt import adopt_sensor, disowned, sensor_spec
from watchbell.automate.commit import Evaluated
from watchbell.automate.due import is_on
from watchbell.ground.value import dataclass
from watchbell.record.asset_cursor import is_number, read_number
from watchbell.record.evaluation import Answer, Outcome
from watchbell.record.snapshot import SensorSnapshot
from watchbell.record.tick import AutomationState, TickCommit
from watchbell.services.run_events import event_cursor


@dataclass(eq=False)
class SensorEntry:
    """A sensor as the loop keeps it.

    Args:
        snapshot: its definition in the code in use.
        state: as stored last.
        due_at: when it stands in the heap; None: it does not.
        began_at: when its last evaluation (of a run status sensor: its last burst) began.
        is_spread: whether it was due in a crowd and stands at its place since; it is not put off again.
        is_evaluating: whether a question about it is on its way, or its answer is not stored yet.
        burst_end: the last event of the burst that is going on; 0: none is.
        asked_ids: the events it was asked about last, if it is a run status sensor.
        alone_to: events up to this one are asked about one at a time, because of several together nothing came.
        asked_cursor: its cursor when it was asked last, if it is a sensor of runs or assets.
        asked_event: the newest materialization then.
        raised_in_row: evaluations of a sensor of every materialization that raised for the first of them, one after
            the other; of a condition sensor, those that failed.
        recovers: whether the last evaluation of a condition sensor succeeded and the one before did not.
        is_gone: the code in use has it no more; forgotten when nothing of it is on its way any longer.
    """

    snapshot: SensorSnapshot
    state: AutomationState
    due_at: datetime | None = None
    began_at: datetime | None = None
    is_spread: bool = False
    is_evaluating: bool = False
    burst_end: int = 0
    asked_ids: tuple[int, ...] = ()
    alone_to: int = 0
    asked_cursor: str | None = None
    asked_event: int = 0
    raised_in_row: int = 0
    recovers: bool = False
    is_gone: bool = False

    @property
    def is_on(self) -> bool:
        """Whether it is to be evaluated at all."""
        return not self.is_gone and is_on(self.state, self.snapshot.running_by_default)

    @property
    def needs_adoption(self) -> bool:
        """Whether it is to handle every event and has no place to read from: new, or its cursor was taken away; or
        watches other assets than those it settled."""
        spec = sensor_spec(self.snapshot)
        if spec is not None:
            return self.is_on and self.state.spec != spec
        if self.snapshot.run_statuses:
            return self.is_on and not is_number(self.state.cursor)
        return self.is_on and self.snapshot.every_event and self.state.cursor is None

    @property
    def watches_runs(self) -> bool:
        """Whether it is woken by what happens to runs."""
        return bool(self.snapshot.run_statuses)

    @property
    def watches_assets(self) -> bool:
        """Whether it is woken by materializations."""
        return self.snapshot.asset_keys is not None

    @property
    def is_periodic(self) -> bool:
        """Whether nothing wakes it but its interval."""
        return not (self.watches_runs or self.watches_assets or self.watches_conditions)

    @property
    def watches_conditions(self) -> bool:
        """Whether it evaluates conditions, which says itself when to ask it again."""
        return self.snapshot.sensor_type == "AUTOMATION"

    @property
    def goes_on(self) -> bool:
        """Whether it is on its way through a burst of materializations, and its last evaluation came further."""
        if not self.snapshot.every_event or self.state.cursor == self.asked_cursor:
            return False
        return read_number(self.state.cursor) < self.burst_end


def is_still_valid(entry: SensorEntry, done: Evaluated) -> bool:
    """An answer counts if it was given for the cursor that is stored, and is not stored itself already.

    Of a question about several events only an answer with parts counts: otherwise one of them ended the process.
    """
    asked = done.evaluation
    if len(asked.event_ids) > 1 and not done.answer.parts:
        return False
    had_trouble = entry.recovers or entry.state.failures_in_row
    if entry.watches_conditions and not had_trouble and changes_nothing(done.answer):
        return False
    return entry.state.cursor == asked.cursor and entry.state.last_tick_at == asked.last_tick_at


def changes_nothing(answer: Answer) -> bool:
    """Whether an answer about conditions leaves nothing to store."""
    conditions = answer.conditions
    return (
        answer.outcome is Outcome.ANSWERED
        and not answer.run_requests
        and answer.cursor is None
        and not answer.log
        and (conditions is None or not (conditions.states or conditions.evaluations))
    )


def adoption(entry: SensorEntry, last_event_id: int, now: datetime) -> Callable[[], TickCommit | None]:
    """The change that makes a sensor of events begin to read after ``last_event_id``."""

    def make() -> TickCommit | None:
        after = adopt_sensor(entry.snapshot, entry.state, last_event_id, now)
        return None if after is entry.state else TickCommit(entry.state, after, ())

    return make


def disowning(entry: SensorEntry) -> Callable[[], TickCommit | None]:
    """The change of a sensor that the code in use has no more."""

    def make() -> TickCommit | None:
        after = disowned(entry.state)
        return TickCommit(entry.state, after, ()) if entry.is_gone and after is not entry.state else None

    return make


def moved_to(entry: SensorEntry, cursor: int) -> Callable[[], TickCommit | None]:
    """The change that brings the cursor behind events that do not concern the sensor."""

    def make() -> TickCommit | None:
        if event_cursor(entry.state) >= cursor:
            return None
        return TickCommit(entry.state, replace(entry.state, cursor=str(cursor)), ())

    return make
