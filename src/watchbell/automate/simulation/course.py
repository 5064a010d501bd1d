"""The course of a simulation: a virtual clock that jumps from one due time to the next.

Of what happens at one instant, events from outside come first, then ends of runs, schedules, sensors, and at last
conditions, which see all of it; and so again, until nothing of that instant is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from heapq import heappop, heappush
from typing import Any

from watchbell.automate.simulation.calls import Caller, SensorAsked
from watchbell.automate.simulation.columns import (
    BROKEN,
    FAILED,
    GOING,
    NEVER,
    REQUESTED,
    SKIPPED,
    SUCCEEDED,
    Order,
    Origin,
    RunColumns,
    TickColumns,
    instant_at,
)
from watchbell.automate.simulation.conditions import AllConditions
from watchbell.automate.simulation.events import SimulatedEvent
from watchbell.automate.simulation.line import Line
from watchbell.automate.simulation.memory import NO_RUN, KeyChange, Memory, SimulatedKeys
from watchbell.automate.simulation.outcomes import Fact, Outcomes, fact_of
from watchbell.automate.simulation.place import Asked
from watchbell.automate.simulation.result import LeftOut, Simulation
from watchbell.automate.simulation.sources import ScheduleSource, SensorSource
from watchbell.automate.simulation.terms import SimulationTerms
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.request import AddDynamicPartitionsRequest
from watchbell.record.run import DagsterRunStatus

EVENT, END, SCHEDULE, SENSOR, CONDITIONS = range(5)
EMPTY_REASON = "it asked for no run and gave no reason"
PROGRESS_EVERY = 4_096  # instants


class Course:
    """A simulation that goes on.

    Args:
        terms: what is taken for granted.
        schedules: the schedules that take part.
        sensors: the sensors that take part.
        outcomes: what runs make.
        conditions: the conditions that take part; None: there are none.
        memory: the past that user code may ask for.
        keys: the dynamic partitions.
    """

    def __init__(
        self,
        terms: SimulationTerms,
        schedules: Sequence[ScheduleSource],
        sensors: Sequence[SensorSource],
        outcomes: Outcomes,
        conditions: AllConditions | None,
        past: tuple[Memory, SimulatedKeys, RunColumns],
    ) -> None:
        self._terms = terms
        self._end = terms.end.timestamp()
        self._outcomes = outcomes
        self._conditions = conditions
        self._memory, self._keys, self._runs = past
        self._caller = Caller(self._memory, self._keys)
        self._ticks = TickColumns()
        self._line = Line(self._ticks, self._runs, terms.going_max)
        self._of_runs = [each for each in sensors if each.run_statuses]
        self._is_quiet = terms.going_max is None and not self._of_runs and not outcomes.has_failures
        self._heap: list[tuple[float, int, int, Any]] = []
        self._pushed_count = 0
        self._now = terms.start.timestamp()
        self._depths: list[tuple[float, int]] = []
        self._run_keys: dict[tuple[Origin, str], float] = {}
        self._conditions_at = NEVER
        self._errors_of: dict[tuple[str, str], tuple[str, int]] = {}
        self._stuck: str | None = None
        self._watchers: dict[AssetKey, list[SensorSource]] = {}
        for source in schedules:
            self._push_next(source)
        for sensor in sensors:
            for key in sensor.watched_keys:
                self._watchers.setdefault(key, []).append(sensor)
            if sensor.is_polled:
                self._push(self._now, SENSOR, sensor)

    def run(
        self,
        events: Iterable[SimulatedEvent],
        left_out: Sequence[LeftOut],
        progress: Callable[[datetime], None] | None = None,
    ) -> Simulation:
        """Goes to the end.

        Args:
            events: what happens from outside.
            left_out: what does not take part, for the result.
            progress: is told now and then how far it has come.
        """
        for event in events:
            if self._now <= event.at.timestamp() < self._end:
                self._push(event.at.timestamp(), EVENT, event)
        self._plan_conditions()
        cut_short, instants = None, 0
        while self._heap and (at := self._heap[0][0]) < self._end:
            self._instant(at)
            instants += 1
            if progress is not None and not instants % PROGRESS_EVERY:
                progress(instant_at(at))
            if len(self._runs) >= self._terms.runs_max:
                cut_short = (
                    f"it ended at {instant_at(at).isoformat(' ')}, after {len(self._runs):,} runs: something asks for "
                    "runs without end; look at who asks for most"
                )
                break
            if self._stuck is not None:
                ended = instant_at(at).isoformat(" ")
                cut_short = f"it ended at {ended}: {self._stuck}; mend that, then simulate again"
                break
        end = self._terms.end if cut_short is None else instant_at(self._now)
        return Simulation(self._terms.start, end, self._ticks, self._runs, self._depths, left_out, cut_short)

    def _instant(self, at: float) -> None:
        heap = self._heap
        self._now = at
        while heap and heap[0][0] == at:
            _, kind, _, what = heappop(heap)
            if kind == SCHEDULE:
                self._schedule(what)
            elif kind == END:
                self._run_over(what)
            elif kind == CONDITIONS:
                self._evaluate_conditions()
            elif kind == SENSOR:
                self._sensor(what)
            else:
                self._event(what)
            if heap and heap[0][0] == at:
                continue
            self._plan_conditions()
        waiting = self._line.waiting_count
        if waiting != (self._depths[-1][1] if self._depths else 0):
            self._depths.append((at, waiting))

    def _push(self, at: float, kind: int, what: Any) -> None:
        self._pushed_count += 1
        heappush(self._heap, (at, kind, self._pushed_count, what))

    # ------------------------------------------------------------ who asks for runs

    def _push_next(self, source: ScheduleSource) -> None:
        at = source.advance()
        if at is not None:
            self._push(at, SCHEDULE, source)

    def _schedule(self, source: ScheduleSource) -> None:
        asked = source.constant
        nominal = source.nominal
        if asked is None:
            asked = self._caller.schedule(source.place, source.definition, source.nominal_at, self._now)
            if source.definition.is_constant:
                source.constant = asked
        self._push_next(source)
        if self._is_quiet and asked.is_plain:
            self._take_plain(source.origin, nominal, asked)
        else:
            self._take(source.origin, nominal, asked)

    def _sensor(self, source: SensorSource) -> None:
        source.is_awaited = False
        if source.is_polled:
            self._push(self._now + source.interval_seconds, SENSOR, source)
        answer = self._caller.sensor(source.place, source.definition, source.state, self._now)
        self._take(source.origin, self._now, answer.asked)
        self._apply(answer)
        if source.has_more():
            self._wake(source)

    def _apply(self, answer: SensorAsked) -> None:
        for event in answer.asset_events:
            self._happened(NO_RUN, event)
        for each in answer.changes:
            is_added = isinstance(each, AddDynamicPartitionsRequest)
            self._change_keys(KeyChange(each.partitions_def_name, tuple(each.partition_keys), is_added))

    def _wake(self, source: SensorSource) -> None:
        if not source.is_awaited and not source.is_polled:
            source.is_awaited = True
            self._push(self._now, SENSOR, source)

    def _evaluate_conditions(self) -> None:
        if self._conditions is None or self._conditions_at > self._now:
            return
        self._conditions_at = NEVER
        for origin, asked in self._conditions.tick(self._now):
            self._take(origin, self._now, asked)

    def _plan_conditions(self) -> None:
        """Sees to it that the conditions are evaluated when something changed for them."""
        if self._conditions is None:
            return
        at = max(self._conditions.wakes_at, self._now)
        if at < self._conditions_at:
            self._conditions_at = at
            if at < self._end:
                self._push(at, CONDITIONS, None)

    def _count_error(self, origin: Origin, reason: str) -> None:
        name = (origin.location_name, origin.name)
        before, count = self._errors_of.get(name, ("", 0))
        count = count + 1 if before == reason else 1
        self._errors_of[name] = (reason, count)
        if self._terms.same_errors_max is not None and count >= self._terms.same_errors_max:
            self._stuck = f"{origin.kind} {origin.name} failed {count} times in a row in the same way"

    def _take(self, origin: Origin, at: float, asked: Asked) -> None:
        """Stores a tick and what it asks for."""
        if asked.is_failure:
            self._ticks.add(origin, at, FAILED, asked.reason)
            self._count_error(origin, asked.reason or "")
            return
        self._errors_of.pop((origin.location_name, origin.name), None)
        orders = asked.orders
        reason = asked.reason
        if orders and any(each.run_key is not None for each in orders):
            orders, reason = self._with_new_keys(origin, orders)
        if orders and (refusal := self._line.refusal(origin, orders[0].overlap)) is not None:
            orders, reason = (), refusal
        if not orders:
            self._ticks.add(origin, at, SKIPPED, reason or EMPTY_REASON)
            return
        for number in self._line.give_way(origin, orders[0].overlap, self._now):
            self._canceled(number)
        tick = self._ticks.add(origin, at, REQUESTED)
        self._ticks.run_count[tick] = len(orders)
        for order in orders:
            number = self._runs.add(order, tick, self._now)
            self._line.add(number)
            if self._conditions is not None:
                self._conditions.asked(self._now, number, order)
        self._begin()

    def _take_plain(self, origin: Origin, at: float, asked: Asked) -> None:
        """:meth:`_take` for runs that begin at once, and from whose ends nothing follows."""
        tick = self._ticks.add(origin, at, REQUESTED)
        self._ticks.run_count[tick] = len(asked.orders)
        now, end = self._now, self._end
        for order in asked.orders:
            ends_at = now + order.duration_seconds
            if ends_at < end:
                number = self._runs.add_begun(order, tick, now, ends_at, SUCCEEDED)
            else:
                number = self._runs.add_begun(order, tick, now, NEVER, GOING)
            self._memory.note_run(number)

    def _with_new_keys(self, origin: Origin, orders: Sequence[Order]) -> tuple[tuple[Order, ...], str | None]:
        """Those whose run key was not used before, and why none is left."""
        new = []
        for order in orders:
            if order.run_key is not None:
                used_at = self._run_keys.get((origin, order.run_key))
                if used_at is not None and self._now - used_at < origin.key_seconds:
                    continue
                self._run_keys[origin, order.run_key] = self._now
            new.append(order)
        reason = None if new else f"no new run: run key {orders[0].run_key!r} was used before"
        return tuple(new), reason

    # -------------------------------------------------------------------------- runs

    def _begin(self) -> None:
        while (number := self._line.next()) is not None:
            order = self._runs.order[number]
            self._runs.begun[number] = self._now
            self._outcomes.begin(number, order, self._now)
            self._told(number, DagsterRunStatus.STARTED)
            self._push(self._now + order.duration_seconds, END, number)

    def _run_over(self, number: int) -> None:
        if self._runs.state[number] != GOING:
            return  # canceled meanwhile
        order = self._runs.order[number]
        facts, is_success = self._outcomes.end(number, order, self._now)
        self._runs.ended[number] = self._now
        self._runs.state[number] = SUCCEEDED if is_success else BROKEN
        for fact in facts:
            self._happened(number, fact)
        if self._conditions is not None:
            self._conditions.over(self._now, number, is_failure=not is_success)
        self._told(number, DagsterRunStatus.SUCCESS if is_success else DagsterRunStatus.FAILURE)
        self._line.over(number)
        self._begin()

    def _canceled(self, number: int) -> None:
        if self._conditions is not None:
            self._conditions.over(self._now, number, is_failure=False)
        self._told(number, DagsterRunStatus.CANCELED)

    def _told(self, number: int, status: DagsterRunStatus) -> None:
        self._memory.note(self._now, number, status)
        for sensor in self._of_runs:
            if status in sensor.run_statuses:
                self._wake(sensor)

    # ------------------------------------------------------------------------- facts

    def _event(self, event: SimulatedEvent) -> None:
        change = fact_of(event)
        if isinstance(change, KeyChange):
            self._change_keys(change)
        else:
            self._happened(NO_RUN, change)

    def _happened(self, run: int, fact: Fact) -> None:
        self._memory.note(self._now, run, fact)
        if self._conditions is not None:
            self._conditions.happened(self._now, run, fact)
        if isinstance(fact, AssetMaterialization):
            for sensor in self._watchers.get(fact.asset_key, ()):
                sensor.made_count += 1
                self._wake(sensor)

    def _change_keys(self, change: KeyChange) -> None:
        self._keys.change(change)
        self._memory.note(self._now, NO_RUN, change)
        if self._conditions is not None:
            self._conditions.keys_changed(self._now)
