"""What lists of schedules and sensors show: their definitions and states brought together, a fixed number of reads.

The definitions of all locations are in memory; states and newest ticks are one read each, whatever their number. What
is told of the rows of one page alone (strips, reasons, runs caused, lags) is read for these alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice

from watchbell.automate.due import ON_TIME_SECONDS, is_on, jitter_offset, next_due, next_tick_at, watermark
from watchbell.ground.cron import Cron
from watchbell.ground.durations import duration_text
from watchbell.ground.masking import masked_text
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey
from watchbell.record.log_text import UNNAMED_JOB, names_text
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot, SensorSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, AutomationStatus, Tick, TickStatus
from watchbell.record.tick_store import TickMark
from watchbell.services.asset_lag import made_lags
from watchbell.services.run_lag import Lag, SensorOnRuns, lags_of
from watchbell.services.switching import misses_times
from watchbell.web.errors import error_line
from watchbell.web.shapes.automations import AutomationRow, Kind, LagShape, SensorType, StateName, TickMarkShape
from watchbell.web.view import View

STRIP_TICKS = 30
LAGS_MAX = 20
"""Sensors of events on a page whose lag is looked up (count): each may cost a read of its own."""
TARGETS_TOLD = 3
TEXT_CHARS_MAX = 300
TYPES: dict[str, SensorType] = {
    "STANDARD": "sensor",
    "RUN_STATUS": "run_status",
    "ASSET": "asset",
    "MULTI_ASSET": "multi_asset",
    "AUTOMATION": "condition",
}
RANKS: dict[StateName, int] = {"quarantined": 0, "failing": 1, "late": 2, "paused": 3, "on": 4, "off": 5}


@dataclass(frozen=True)
class Known:
    """One schedule or sensor: its definition, its state, its newest tick.

    Args:
        key: which one.
        snapshot: its definition.
        state: as stored, or as declared.
        newest: its newest tick.
        late_seconds: since when it should have ticked; 0: it is on time.
    """

    key: AutomationKey
    snapshot: ScheduleSnapshot | SensorSnapshot
    state: AutomationState
    newest: TickMark | None
    late_seconds: float = 0.0

    @property
    def is_turned_on(self) -> bool:
        """Whether it is on, be it paused or in quarantine."""
        if self.state.status is AutomationStatus.DECLARED:
            return self.snapshot.running_by_default
        return self.state.status is AutomationStatus.RUNNING

    @property
    def state_name(self) -> StateName:
        """How it is, in a word."""
        if not self.is_turned_on:
            return "off"
        if self.state.quarantine_reason is not None:
            return "quarantined"
        if self.state.paused_until is not None:
            return "paused"
        if self.newest is not None and self.newest.status is TickStatus.FAILURE:
            return "failing"
        return "late" if self.late_seconds else "on"

    @property
    def type_name(self) -> SensorType:
        """What sort it is."""
        return "schedule" if isinstance(self.snapshot, ScheduleSnapshot) else TYPES[self.snapshot.sensor_type]

    @property
    def kind(self) -> Kind:
        """The kind in its address."""
        return "schedule" if self.key.kind is AutomationKind.SCHEDULE else "sensor"

    @property
    def jobs(self) -> list[str]:
        """The jobs it may start; those without a name that somebody chose stand for ``makes``."""
        if isinstance(self.snapshot, ScheduleSnapshot):
            names: tuple[str, ...] = () if self.snapshot.job_name is None else (self.snapshot.job_name,)
        else:
            names = self.snapshot.job_names
        return [each for each in names if not each.startswith(UNNAMED_JOB)]

    @property
    def targets(self) -> list[str]:
        """Jobs and assets it starts or looks after."""
        if isinstance(self.snapshot, SensorSnapshot) and self.snapshot.looks_after:
            return list(self.snapshot.looks_after)
        return [*self.jobs, *self.snapshot.makes]

    def next_at(self, now: datetime) -> datetime | None:
        """When a schedule ticks next; a paused one not before the end of its pause."""
        if not isinstance(self.snapshot, ScheduleSnapshot) or not self.is_turned_on:
            return None
        if self.state.quarantine_reason is not None:
            return None
        begin = max(now, self.state.paused_until or now)
        return next_tick_at(cron_of(self.snapshot), begin, jitter_offset(self.key, self.snapshot.policy))


@lru_cache(maxsize=20_000)
def _cron(texts: tuple[str, ...], zone: str) -> Cron:
    return Cron.of(texts, zone)


def cron_of(snapshot: ScheduleSnapshot) -> Cron:
    """The times of a schedule."""
    return _cron(snapshot.cron, snapshot.timezone)


def all_known(view: View) -> list[Known]:
    """Every schedule and sensor of the locations in use, in two reads."""
    states = {state.key: state for state in view.store.automation_states()}
    newest = view.store.newest_ticks()
    now = view.now()
    return [
        _known(key, snapshot, states.get(key), newest.get(key.id), now)
        for location in view.locations()
        for key, snapshot in _defined(location)
    ]


def one_known(view: View, key: AutomationKey, snapshot: ScheduleSnapshot | SensorSnapshot) -> Known:
    """One schedule or sensor."""
    [strip] = view.store.tick_strips([key], count=1).values()
    state = view.store.automation_state(key)
    return _known(key, snapshot, state, strip[0] if strip else None, view.now())


def _defined(location: LocationSnapshot) -> Iterator[tuple[AutomationKey, ScheduleSnapshot | SensorSnapshot]]:
    for schedule in location.schedules:
        yield AutomationKey(location.name, AutomationKind.SCHEDULE, schedule.name), schedule
    for sensor in location.sensors:
        yield AutomationKey(location.name, AutomationKind.SENSOR, sensor.name), sensor


def _known(
    key: AutomationKey,
    snapshot: ScheduleSnapshot | SensorSnapshot,
    state: AutomationState | None,
    newest: TickMark | None,
    now: datetime,
) -> Known:
    stored = state or AutomationState(key)
    return Known(key, snapshot, stored, newest, _late_seconds(snapshot, stored, now))


def _late_seconds(snapshot: ScheduleSnapshot | SensorSnapshot, state: AutomationState, now: datetime) -> float:
    """How long ago it should have ticked; 0: it is on time, or has no times of its own."""
    if not is_on(state, snapshot.running_by_default):
        return 0.0
    due_at: datetime | None = None
    if isinstance(snapshot, ScheduleSnapshot):
        after = watermark(state)
        if after is not None and (now - after).total_seconds() > ON_TIME_SECONDS:
            due_at = next_due(cron_of(snapshot), after, jitter_offset(state.key, snapshot.policy))
    elif snapshot.sensor_type == "STANDARD" and state.last_tick_at is not None:
        allowed_seconds = snapshot.minimum_interval_seconds + (snapshot.policy.timeout_seconds or ON_TIME_SECONDS)
        due_at = state.last_tick_at + timedelta(seconds=min(allowed_seconds, 1e9))
    late = 0.0 if due_at is None else (now - due_at).total_seconds()
    return late if late > ON_TIME_SECONDS else 0.0


# ------------------------------------------------------------------------ rows


def rows_of(view: View, found: Sequence[Known]) -> list[AutomationRow]:
    """Rows of these, in their order; a fixed number of reads for all of them together."""
    now, keys = view.now(), [each.key for each in found]
    if not found:
        return []
    strips = view.store.tick_strips(keys, count=STRIP_TICKS)
    caused = view.store.runs_caused(keys, now - timedelta(days=1))
    newest = view.store.ticks_numbered([marks[-1].tick_id for marks in strips.values() if marks])
    lags = _lags(view, found)
    rows = []
    for each in found:
        marks = strips[each.key]
        tick = newest.get(marks[-1].tick_id) if marks else None
        rows.append(_row(each, marks, tick, caused.get(each.key, 0), lags.get(each.key), now))
    return rows


def _row(
    known: Known, marks: Sequence[TickMark], tick: Tick | None, caused: int, lag: Lag | None, now: datetime
) -> AutomationRow:
    snapshot, state = known.snapshot, known.state
    offset = jitter_offset(known.key, snapshot.policy)
    return AutomationRow(
        kind=known.kind,
        type=known.type_name,
        location=known.key.location_name,
        name=known.key.name,
        state=known.state_name,
        is_on=known.is_turned_on,
        is_by_code=state.status is AutomationStatus.DECLARED,
        target=target_text(known),
        jobs=known.jobs,
        when=when_text(snapshot),
        timezone=snapshot.timezone if isinstance(snapshot, ScheduleSnapshot) else None,
        jitter_seconds=offset.total_seconds() if isinstance(snapshot, ScheduleSnapshot) else 0.0,
        last_tick=_mark(marks[-1], _why(tick)) if marks else None,
        next_at=known.next_at(now),
        lag=_lag_shape(lag, known.late_seconds),
        strip=[_mark(each) for each in marks],
        runs_24h=caused,
        description=snapshot.description,
        owners=list(snapshot.owners),
        tags=dict(snapshot.tags),
        quarantine=state.quarantine_reason,
        paused_until=state.paused_until,
        pause_reason=state.pause_reason,
        has_missed=isinstance(snapshot, ScheduleSnapshot) and misses_times(snapshot, state, cron_of(snapshot), now),
    )


def _mark(mark: TickMark, text: str | None = None) -> TickMarkShape:
    return TickMarkShape(
        tick_id=mark.tick_id, status=mark.status, at=mark.ended_at, run_count=mark.run_count, text=text
    )


def _why(tick: Tick | None) -> str | None:
    if tick is None:
        return None
    if tick.error is not None:
        return error_line(tick.error)[:TEXT_CHARS_MAX]
    return None if tick.skip_reason is None else masked_text(tick.skip_reason[:TEXT_CHARS_MAX])


def _lag_shape(lag: Lag | None, late_seconds: float) -> LagShape | None:
    if lag is not None and (lag.waiting or lag.is_more):
        return LagShape(waiting=lag.waiting, is_more=lag.is_more, oldest_at=lag.oldest_at, late_seconds=None)
    if not late_seconds:
        return None
    return LagShape(waiting=None, is_more=False, oldest_at=None, late_seconds=late_seconds)


def _lags(view: View, found: Sequence[Known]) -> dict[AutomationKey, Lag]:
    """What waits for the sensors of events among them; of the first twenty, as each may be a read."""
    on_runs: dict[AutomationKey, SensorOnRuns] = {}
    on_assets: dict[AutomationKey, tuple[AssetKey, str | None]] = {}
    for each in islice((each for each in found if _may_lag(each)), LAGS_MAX):
        assert isinstance(each.snapshot, SensorSnapshot)  # `_may_lag` saw to it
        if each.snapshot.run_statuses:
            on_runs[each.key] = SensorOnRuns(each.snapshot, each.state)
        elif each.snapshot.asset_keys:
            on_assets[each.key] = (each.snapshot.asset_keys[0], each.state.cursor)
    lags = [*lags_of(view.store, list(on_runs.values())), *made_lags(view.store, list(on_assets.values()))]
    return dict(zip((*on_runs, *on_assets), lags, strict=True))


def _may_lag(known: Known) -> bool:
    snapshot = known.snapshot
    if not isinstance(snapshot, SensorSnapshot) or not is_on(known.state, snapshot.running_by_default):
        return False
    return bool(known.state.version) and bool(snapshot.run_statuses or (snapshot.every_event and snapshot.asset_keys))


def target_text(known: Known) -> str:
    """What it starts or looks after, in few words."""
    snapshot = known.snapshot
    if isinstance(snapshot, SensorSnapshot) and snapshot.looks_after_count:
        return names_text(snapshot.looks_after, snapshot.looks_after_count)
    if snapshot.makes_count:
        return names_text(snapshot.makes, snapshot.makes_count)
    return _listed(known.jobs, max(0, len(known.jobs) - TARGETS_TOLD))


def _listed(names: Sequence[str], rest: int) -> str:
    return ", ".join(names[:TARGETS_TOLD]) + (f" and {rest:,} more" if rest else "")


def when_text(snapshot: ScheduleSnapshot | SensorSnapshot) -> str:
    """Its cron strings, its interval, or what wakes it, in few words."""
    if isinstance(snapshot, ScheduleSnapshot):
        return ", ".join(snapshot.cron)
    seconds = snapshot.minimum_interval_seconds
    if snapshot.sensor_type == "STANDARD":
        return f"every {_length(seconds)}" if seconds else "at once, again and again"
    often = f", every {_length(seconds)} at most" if seconds else ""
    if snapshot.run_statuses:
        return f"runs wake it{often}"
    return f"{'changes' if snapshot.sensor_type == 'AUTOMATION' else 'materializations'} wake it{often}"


def _length(seconds: float) -> str:
    """A length of time, whole minutes and hours without the rest that they do not have."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return duration_text(seconds)


# ----------------------------------------------------------------------- order


def sort_key(known: Known, sort: str, now: datetime) -> list[float | str]:
    """What a list is ordered by, as JSON has it; ends with what tells each from all others."""
    own: list[float | str] = [known.key.name.lower(), known.key.name, known.key.location_name, known.key.kind.value]
    match sort.removeprefix("-"):
        case "state":
            return [RANKS[known.state_name], *own]
        case "last":
            return [known.newest.ended_at.timestamp() if known.newest else 0.0, *own]
        case "next":
            at = known.next_at(now)
            return [at.astimezone(UTC).timestamp() if at is not None else 1e12, *own]
        case "location":
            return [known.key.location_name, *own]
        case "kind":
            return [known.type_name, *own]
    return own
