"""What is late, and what holds it up: schedules and sensors past their time, a queue without a free place."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from watchbell.automate.due import ON_TIME_SECONDS, jitter_offset, next_due
from watchbell.ground.cron import Cron
from watchbell.ground.durations import duration_text
from watchbell.ground.value import dataclass
from watchbell.record.attention_store import TROUBLES_MAX, LastTick, Troubles
from watchbell.record.log_text import target_of
from watchbell.record.run import IN_PROGRESS_RUN_STATUSES, DagsterRun, RunsFilter
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind
from watchbell.web.shapes.home import AttentionKind, AttentionRow
from watchbell.web.view import View

LATE_SHOWN_MAX = 20
"""More schedules and sensors than these are late for one reason, and are one row (count)."""
FULL_SECONDS = 60.0
"""A queue is full when somebody has waited for so long, and no place is free (seconds)."""
HOLDERS_NAMED = 3
Defined = ScheduleSnapshot | SensorSnapshot


@dataclass(frozen=True)
class Late:
    """A schedule or sensor that should have ticked.

    Args:
        key: which.
        due_at: when.
    """

    key: AutomationKey
    due_at: datetime


class _Dues:
    """When each schedule is due next after its last tick: asked for again and again, found once for each tick."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locations: tuple[LocationSnapshot, ...] = ()
        self._defined: dict[tuple[str, str, str], Defined] = {}
        self._due: dict[tuple[str, str, str], tuple[float, float | None]] = {}

    def late(self, locations: Sequence[LocationSnapshot], ticks: Sequence[LastTick], now_at: float) -> Iterator[Late]:
        """What should have ticked more than a grace ago."""
        with self._lock:
            self._learn(tuple(locations))
            found = [(each, self._due_at(each)) for each in ticks]
        for each, due_at in found:
            if due_at is not None and now_at - due_at > ON_TIME_SECONDS:
                key = AutomationKey(each.location_name, AutomationKind(each.kind), each.name)
                yield Late(key, datetime.fromtimestamp(due_at, UTC))

    def _learn(self, locations: tuple[LocationSnapshot, ...]) -> None:
        same = len(locations) == len(self._locations)
        if same and all(one is other for one, other in zip(locations, self._locations, strict=True)):
            return
        self._locations, self._defined, self._due = locations, {}, {}
        for location in locations:
            for schedule in location.schedules:
                self._defined[location.name, AutomationKind.SCHEDULE.value, schedule.name] = schedule
            for sensor in location.sensors:
                self._defined[location.name, AutomationKind.SENSOR.value, sensor.name] = sensor

    def _due_at(self, tick: LastTick) -> float | None:
        """When it is due after its last tick (seconds since 1970); None: never, or nobody knows."""
        place = (tick.location_name, tick.kind, tick.name)
        defined = self._defined.get(place)
        if defined is None or not (defined.running_by_default if tick.is_on is None else tick.is_on):
            return None
        known = self._due.get(place)
        if known is None or known[0] != tick.at:
            known = self._due[place] = (tick.at, _due_after(defined, tick))
        return known[1]


_dues = _Dues()


def _due_after(defined: Defined, tick: LastTick) -> float | None:
    if isinstance(defined, SensorSnapshot):
        if defined.sensor_type != "STANDARD" or not tick.has_ticked:
            return None
        return tick.at + defined.minimum_interval_seconds + (defined.policy.timeout_seconds or ON_TIME_SECONDS)
    key = AutomationKey(tick.location_name, AutomationKind.SCHEDULE, tick.name)
    cron = Cron.of(list(defined.cron), defined.timezone)
    due_at = next_due(cron, datetime.fromtimestamp(tick.at, UTC), jitter_offset(key, defined.policy))
    return None if due_at is None else due_at.timestamp()


def of_late(view: View, now: datetime) -> Iterator[AttentionRow]:
    """Schedules and sensors whose next tick lies in the past, beyond a grace; one query."""
    found = sorted(_dues.late(view.locations(), view.store.last_ticks(), now.timestamp()), key=lambda each: each.due_at)
    if len(found) > LATE_SHOWN_MAX:
        first = found[0]
        text = f"have not ticked at their times; {first.key.name} has waited longest"
        name = f"{len(found):,} schedules and sensors"
        yield AttentionRow(
            key="late", kind=AttentionKind.LATE, name=name, text=text, since=first.due_at, at=found[-1].due_at
        )
        return
    for each in found:
        automation = each.key.kind.value.lower()
        age_text = duration_text((now - each.due_at).total_seconds())
        yield AttentionRow(
            key=f"late:{automation}:{each.key.location_name}:{each.key.name}",
            kind=AttentionKind.LATE,
            name=each.key.name,
            location=each.key.location_name,
            text=f"should have ticked {age_text} ago, and has not",
            since=each.due_at,
            at=each.due_at,
            automation=automation,
        )


def of_queue(view: View, troubles: Troubles, now: datetime) -> Iterator[AttentionRow]:
    """A queue in which somebody waits and no place is free, with who holds the places; at most two queries."""
    served = {each.name for each in view.locations()}
    waiting = [each for each in troubles.queued if each.location_name is None or each.location_name in served]
    limit = view.instance.settings.max_concurrent_runs
    going = troubles.unfinished
    if not waiting or len(going) < min(limit, TROUBLES_MAX):
        return
    since = waiting[0].created_at or now
    if (now - since).total_seconds() < FULL_SECONDS:
        return
    if len(going) < limit and view.store.count_runs(RunsFilter(statuses=list(IN_PROGRESS_RUN_STATUSES))) < limit:
        return
    queued = len(waiting)
    more = "or more " if len(troubles.queued) >= TROUBLES_MAX else ""
    yield AttentionRow(
        key="queue",
        kind=AttentionKind.QUEUE,
        name="the queue",
        text=f"{queued:,} {more}{'run waits' if queued == 1 else 'runs wait'}; {_held(going, limit, now)}",
        since=since,
        at=since,
    )


def _held(going: Sequence[DagsterRun], limit: int, now: datetime) -> str:
    """Who holds the places, the longest first, and for how long."""
    oldest = sorted(going, key=lambda each: each.started_at or each.created_at or now)
    named = [
        f"{target_of(each)} for {duration_text((now - (each.started_at or each.created_at or now)).total_seconds())}"
        for each in oldest[:HOLDERS_NAMED]
    ]
    rest = max(limit, len(going)) - len(named)
    places = "the only place is held" if limit == 1 else f"all {limit:,} places are held"
    return f"{places}: {', '.join(named)}" + (f" and {rest:,} more" if rest > 0 else "")
