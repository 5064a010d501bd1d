"""The loop of the schedules: a heap of due times, and nothing to do between them.

States are read once and then kept: this service alone writes ticks (its lease sees to it), and people's changes come
with a hint. A schedule stands in the heap once, with its next time, and not at all while it is off or being evaluated;
so a quiet second costs the same with one schedule as with ten thousand.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count

from watchbell.automate.adopt import CHANGED_REASON, adopt_schedule, disowned, spec_changed
from watchbell.automate.commit import Evaluated, missed_commit
from watchbell.automate.due import (
    NO_OFFSET,
    ON_TIME_SECONDS,
    Missed,
    due_times,
    is_on,
    jitter_offset,
    missed_times,
    next_due,
    watermark,
)
from watchbell.ground.cron import Cron
from watchbell.ground.errors import DagsterError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import loads
from watchbell.record.automation_policy import Catchup
from watchbell.record.evaluation import Answer, Evaluation
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, TickCommit
from watchbell.services.catch_up import HOLD_SECONDS, CatchUpPace
from watchbell.services.loop import Hint
from watchbell.services.ticker import Desk, Ticker

log = logging.getLogger("watchbell.services")

LANE = 1
"""Evaluation ids of schedules are odd."""
ASK_MAX = 500
"""Evaluations asked for in one go (count); in between, answers that came are stored."""
STATES_GAP_SECONDS = 0.2
"""States are read again at most this often, however many hints come."""
AHEAD_SECONDS = 300.0
"""A schedule that ticked so far in the future is told of: the clock was set back."""
CLOCK_STEP_SECONDS = 1.0
"""A clock that goes back by more than this lets no schedule wait for an instant by the old clock."""


@lru_cache(maxsize=4096)
def _cron_of(texts: tuple[str, ...], zone: str) -> Cron:
    return Cron.of(texts, zone)


@dataclass(eq=False)
class ScheduleEntry:
    """A schedule as the loop keeps it.

    Args:
        snapshot: its definition in the code in use.
        state: as stored last.
        cron: its times, by the terms it has effect by.
        offset: how much later than its times it ticks.
        slack: by so much less are its times late that passed before ``slack_until``: its offset was that much longer.
        slack_until: when its offset became shorter.
        due_at: when it stands in the heap; None: it does not.
        is_evaluating: whether a question about it is on its way, or its answer is not stored yet.
        changed_at: when its definition changed while it was evaluating; the change is adopted afterwards.
        is_gone: the code in use has it no more; forgotten when nothing of it is on its way any longer.
    """

    snapshot: ScheduleSnapshot
    state: AutomationState
    cron: Cron
    offset: timedelta = NO_OFFSET
    slack: timedelta = NO_OFFSET
    slack_until: datetime | None = None
    due_at: datetime | None = None
    is_evaluating: bool = False
    changed_at: datetime | None = None
    is_gone: bool = False


class SchedulesLoop:
    """Asks for evaluations when they are due and stores what comes of them.

    Args:
        desk: what to work with.
        snapshot: the definitions to begin with.
        runs_queued: told when a commit queued runs.
    """

    name = "schedules"

    def __init__(self, desk: Desk, snapshot: LocationSnapshot, runs_queued: Callable[[], None]) -> None:
        self._desk = desk
        self._snapshot = snapshot
        self._runs_queued = runs_queued
        self._defined: dict[str, ScheduleSnapshot] = {}
        self._entries: dict[str, ScheduleEntry] = {}
        self._heap: list[tuple[datetime, int, ScheduleEntry]] = []
        self._order = count()
        self._ticker: Ticker[ScheduleEntry] = Ticker(desk, LANE, _is_still_valid)
        self._pace = CatchUpPace(desk.store)
        self._behind: set[str] = set()  # those that catch up everything: they stand behind who is on time
        self._changed_at: datetime | None = None
        self._has_new_snapshot = True
        self._has_new_states = False
        self._states_read_at: datetime | None = None
        self._stepped_at: datetime | None = None

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
        self._ask_due(now)
        return self._next_at(now)

    def _take(self, message: object, now: datetime) -> None:
        match message:
            case Answer():
                self._ticker.answered(message, now)
            case LocationSnapshot():
                self._snapshot = message
                self._has_new_snapshot = True
                self._changed_at = now
            case Hint("states"):
                self._has_new_states = True

    def _mind_the_clock(self, now: datetime) -> None:
        """Nothing fires twice after the clock was set back; so people have to know why nothing fires."""
        before, self._stepped_at = self._stepped_at, now
        if before is None or before <= now:
            return
        back_seconds = (before - now).total_seconds()
        if back_seconds > CLOCK_STEP_SECONDS:
            for name in sorted(self._behind):
                if name in self._entries and not self._entries[name].is_evaluating:
                    self._plan(self._entries[name], now)
        if back_seconds > AHEAD_SECONDS:
            for entry in self._entries.values():
                if is_on(entry.state, entry.snapshot.running_by_default):
                    _warn_of_future(entry.state, now)

    # ------------------------------------------------------------- due times

    def _ask_due(self, now: datetime) -> None:
        for _ in range(ASK_MAX):
            if not self._heap or self._heap[0][0] > now:
                return
            due_at, _, entry = heappop(self._heap)
            if entry.due_at == due_at and not entry.is_evaluating:
                entry.due_at = None
                self._ask(entry, now)

    def _ask(self, entry: ScheduleEntry, now: datetime) -> None:
        after = watermark(entry.state)
        if after is None or not is_on(entry.state, entry.snapshot.running_by_default):
            return
        if entry.slack_until is not None:
            _mind_slack(entry, after)
        until = now - entry.offset if entry.offset else now
        due = due_times(
            entry.cron,
            after=after,
            until=until,
            max_catchup_runs=self._desk.settings.max_catchup_runs,
            policy=entry.snapshot.policy,
            slack=entry.slack,
        )
        if due.run and entry.snapshot.name in self._behind and not self._may_catch_up(entry, due.run[0], until):
            entry.due_at = now + timedelta(seconds=HOLD_SECONDS)
            heappush(self._heap, (entry.due_at, next(self._order), entry))
        elif due.run:
            entry.is_evaluating = True
            evaluation = Evaluation(0, AutomationKind.SCHEDULE, entry.snapshot.name, scheduled_at=due.run[0])
            self._ticker.ask(entry, now, evaluation, due.missed)
        elif due.missed:
            entry.is_evaluating = True
            self._ticker.change(entry, lambda: _missed_only(entry, due.missed, now))
        else:
            self._plan(entry, now)

    def _may_catch_up(self, entry: ScheduleEntry, moment: datetime, until: datetime) -> bool:
        if (until - entry.slack - moment).total_seconds() <= ON_TIME_SECONDS:
            return True
        return self._pace.may_go_on(entry.state.key)

    def _plan(self, entry: ScheduleEntry, now: datetime) -> None:
        """Puts a schedule into the heap with its next time."""
        after = watermark(entry.state)
        entry.due_at = None
        if self._behind:
            self._behind.discard(entry.snapshot.name)
        if entry.is_gone or after is None or not is_on(entry.state, entry.snapshot.running_by_default):
            return
        due_at = next_due(entry.cron, after, entry.offset)
        if due_at is None:
            return
        if due_at < now and entry.snapshot.policy.catchup is Catchup.ALL:
            self._behind.add(entry.snapshot.name)
            due_at = now  # with a time long ago it would go before all that is due now, again and again
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
            elif entry.changed_at is not None:
                self._adopt_one(self._defined[entry.snapshot.name], entry.state, entry.changed_at, now)
            else:
                self._plan(entry, now)

    def _next_at(self, now: datetime) -> datetime | None:
        while self._heap and self._heap[0][2].due_at != self._heap[0][0]:
            heappop(self._heap)  # it was planned anew, or is off
        if self._ticker.has_work:
            return now
        times = [self._heap[0][0]] if self._heap else []
        if self._has_new_states or self._has_new_snapshot:
            times.append((self._states_read_at or now) + timedelta(seconds=STATES_GAP_SECONDS))
        return min(times, default=None)

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
            if state.key.kind is AutomationKind.SCHEDULE
        }
        self._states_read_at = now
        changed_at = self._changed_at or now
        defined = self._defined = {snapshot.name: snapshot for snapshot in self._snapshot.schedules}
        for name, snapshot in defined.items():
            key = AutomationKey(location, AutomationKind.SCHEDULE, name)
            self._adopt_one(snapshot, states.get(name) or AutomationState(key), changed_at, now)
        for name, state in states.items():
            if name not in defined and name not in self._entries:
                # Known from an earlier service only; its times do not matter any more.
                snapshot = ScheduleSnapshot(name, ())
                self._entries[name] = ScheduleEntry(snapshot, state, _cron_of(("@yearly",), "UTC"))
        for entry in [entry for name, entry in self._entries.items() if name not in defined]:
            self._let_go(entry)
        self._has_new_snapshot = self._has_new_states = False
        self._changed_at = None

    def _adopt_one(
        self, snapshot: ScheduleSnapshot, stored: AutomationState, changed_at: datetime, now: datetime
    ) -> None:
        entry = self._entries.get(snapshot.name)
        try:
            cron = _cron_of(snapshot.cron, snapshot.timezone)
        except DagsterError as error:  # never by way of our own definitions, which refuse it
            log.error("schedule %r is left as it was: %s", snapshot.name, error)
            return
        if entry is None:
            entry = self._entries[snapshot.name] = ScheduleEntry(snapshot, stored, cron)
            _warn_of_future(stored, now)
        elif (
            entry.snapshot == snapshot
            and entry.state.version == stored.version
            and entry.changed_at is None
            and not entry.is_gone
        ):
            return
        entry.state, entry.is_gone = stored, False
        if entry.is_evaluating:  # what is on its way belongs to the old terms; the change comes after it
            entry.changed_at = entry.changed_at or changed_at
            return
        effective_at, entry.changed_at = entry.changed_at or changed_at, None
        _adopt_terms(entry, snapshot, cron, effective_at)
        if adopt_schedule(snapshot, stored, effective_at) is stored:
            self._plan(entry, now)
            return
        entry.is_evaluating = True
        self._ticker.change(entry, lambda: _adoption(entry, effective_at))

    def _let_go(self, entry: ScheduleEntry) -> None:
        """Forgets a schedule that the code in use has no more, after what is on its way is stored."""
        entry.is_gone = True
        entry.due_at = entry.changed_at = None
        if entry.is_evaluating:
            return
        if disowned(entry.state) is entry.state:
            del self._entries[entry.snapshot.name]
            return
        entry.is_evaluating = True
        self._ticker.change(entry, lambda: _disowning(entry))


def _adopt_terms(entry: ScheduleEntry, snapshot: ScheduleSnapshot, cron: Cron, changed_at: datetime) -> None:
    """Takes over a definition. What a shorter jitter makes due at once is not late by that."""
    offset = jitter_offset(entry.state.key, snapshot.policy)
    if offset < entry.offset:
        entry.slack, entry.slack_until = max(entry.slack, entry.offset - offset), changed_at
    entry.snapshot, entry.cron, entry.offset = snapshot, cron, offset


def _mind_slack(entry: ScheduleEntry, after: datetime) -> None:
    """Ends the slack when no time is left that the longer jitter held back."""
    first = next_due(entry.cron, after)
    if first is None or entry.slack_until is None or first > entry.slack_until:
        entry.slack, entry.slack_until = NO_OFFSET, None


def _is_still_valid(entry: ScheduleEntry, done: Evaluated) -> bool:
    """Whatever people changed meanwhile: a time that was due is taken, unless it was taken already."""
    scheduled_at = done.evaluation.scheduled_at
    last = entry.state.last_tick_at
    return scheduled_at is not None and (last is None or last < scheduled_at)


def _missed_only(entry: ScheduleEntry, missed: tuple[Missed, ...], now: datetime) -> TickCommit | None:
    last = entry.state.last_tick_at
    left = tuple(each for each in missed if last is None or each.at > last)
    return missed_commit(entry.state, entry.state, left, now) if left else None


def _adoption(entry: ScheduleEntry, now: datetime) -> TickCommit | None:
    before = entry.state
    after = adopt_schedule(entry.snapshot, before, now)
    if after is before:
        return None
    return missed_commit(before, after, _owed_by_old_terms(before, after, now), now)


def _owed_by_old_terms(before: AutomationState, after: AutomationState, now: datetime) -> tuple[Missed, ...]:
    mark = watermark(before)
    if mark is None or before.spec is None or not spec_changed(before, after):
        return ()
    texts, zone = loads(before.spec)
    try:
        cron = _cron_of(tuple(texts), zone)
    except DagsterError:  # written by a version that accepted more
        return ()
    return missed_times(cron, after=mark, until=now, reason=CHANGED_REASON)


def _disowning(entry: ScheduleEntry) -> TickCommit | None:
    after = disowned(entry.state)
    return None if after is entry.state else TickCommit(entry.state, after, ())


def _warn_of_future(state: AutomationState, now: datetime) -> None:
    mark = watermark(state)
    if mark is not None and (mark - now).total_seconds() > AHEAD_SECONDS:
        log.warning(
            "%s ticked for %s already, later than now: the clock was set back. It waits until then, or until somebody "
            "starts it again",
            state.key,
            mark.isoformat(),
        )
