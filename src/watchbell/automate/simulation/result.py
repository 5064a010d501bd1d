"""What a simulation found: runs, ticks, the queue, and what was left out of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, overload
from zoneinfo import ZoneInfo

from watchbell.automate.fire_times import marks_of
from watchbell.automate.simulation.columns import (
    BROKEN,
    ENDED_EARLY,
    FAILED,
    GOING,
    NEVER,
    REQUESTED,
    SKIPPED,
    SUCCEEDED,
    WAITING,
    Origin,
    RunColumns,
    TickColumns,
    instant_at,
    run_id_of,
)
from watchbell.ground.value import dataclass
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRunStatus
from watchbell.record.tick import TickStatus

T = TypeVar("T")
_RUN_STATUS = {
    WAITING: DagsterRunStatus.QUEUED,
    GOING: DagsterRunStatus.STARTED,
    SUCCEEDED: DagsterRunStatus.SUCCESS,
    BROKEN: DagsterRunStatus.FAILURE,
    ENDED_EARLY: DagsterRunStatus.CANCELED,
}
_TICK_STATUS = {REQUESTED: TickStatus.SUCCESS, SKIPPED: TickStatus.SKIPPED, FAILED: TickStatus.FAILURE}


@dataclass(frozen=True)
class SimulatedRun:
    """A run that would be.

    Args:
        run_id: the id it has in the simulation.
        job_name: its job.
        partition: its partition; of a range ``first...last``; None: it has none.
        asset_keys: the assets it makes, upstream first.
        check_keys: the checks it executes.
        run_key: its run key.
        tags: its tags.
        kind: what asked for it: ``"schedule"``, ``"sensor"`` or ``"condition"``.
        name: the schedule, the sensor, or the sensor that evaluates the conditions.
        location_name: the code location of the job.
        why: what made it be asked for, for people.
        scheduled_at: the nominal time of the schedule; None: no schedule asked for it.
        asked_at: when it was asked for.
        begun_at: when it began; None: it waits at the end of the simulation.
        ended_at: when it was over; None: it was not at the end of the simulation.
        status: where it is at the end of the simulation.
    """

    run_id: str
    job_name: str
    partition: str | None
    asset_keys: tuple[AssetKey, ...]
    check_keys: tuple[AssetCheckKey, ...]
    run_key: str | None
    tags: Mapping[str, str]
    kind: str
    name: str
    location_name: str
    why: str
    scheduled_at: datetime | None
    asked_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    status: DagsterRunStatus

    @property
    def waited(self) -> timedelta | None:
        """How long it was in the queue; None: it still is."""
        return None if self.begun_at is None else self.begun_at - self.asked_at


@dataclass(frozen=True)
class SimulatedTick:
    """An evaluation that would be.

    Args:
        kind: ``"schedule"``, ``"sensor"`` or ``"condition"``.
        name: which one.
        location_name: its code location.
        at: its time: of a schedule the nominal one, in its zone; else in UTC.
        status: ``SUCCESS`` (runs were asked for), ``SKIPPED`` or ``FAILURE``.
        reason: why it asked for nothing, or what user code raised.
        run_count: runs that it asked for.
        marks: what is unusual about the time: an hour that is missing, or comes twice.
    """

    kind: str
    name: str
    location_name: str
    at: datetime
    status: TickStatus
    reason: str | None
    run_count: int
    marks: tuple[str, ...]


@dataclass(frozen=True)
class LeftOut:
    """Something that was not simulated.

    Args:
        kind: what it is: ``"sensor"``, ``"schedule"``, ``"condition"``.
        name: its name.
        reason: why, and what to do if it shall be.
    """

    kind: str
    name: str
    reason: str


@dataclass(frozen=True)
class Counts:
    """What one schedule, sensor or set of conditions did in all.

    Args:
        kind: ``"schedule"``, ``"sensor"`` or ``"condition"``.
        name: which one.
        ticks: evaluations.
        skips: those that asked for nothing.
        failures: those in which user code raised.
        runs: runs that were asked for.
    """

    kind: str
    name: str
    ticks: int
    skips: int
    failures: int
    runs: int


class Numbered(Sequence[T], Generic[T]):
    """Values that are made when they are asked for.

    Args:
        numbers: which of them.
        make: makes the one of a number.
    """

    def __init__(self, numbers: Sequence[int], make: Callable[[int], T]) -> None:
        self._numbers = numbers
        self._make = make

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return Numbered(self._numbers[index], self._make)
        return self._make(self._numbers[index])

    def __iter__(self) -> Iterator[T]:
        return map(self._make, self._numbers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as lists

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self[:3]))}{', …' if len(self) > 3 else ''}] ({len(self):,})"


class Simulation:
    """What would run between two instants; made by :func:`simulate`.

    Args:
        start: from then on, included.
        end: up to then, not included; earlier than asked for if the simulation was cut short.
        ticks, runs: the columns.
        depths: (time in seconds, runs that wait) whenever that changed.
        left_out: what was not simulated.
        cut_short: why it ended early; None: it did not.

    Example:
        >>> @op
        ... def load(): ...
        >>> @job
        ... def nightly():
        ...     load()
        >>> at_two = ScheduleDefinition(
        ...     job=nightly, cron_schedule="30 2 * * *", execution_timezone="Europe/Berlin"
        ... )
        >>> found = simulate(Definitions(schedules=[at_two]), "2026-10-24", "2026-10-26")
        >>> [run.asked_at.isoformat() for run in found.runs]
        ['2026-10-24T00:30:00+00:00', '2026-10-25T01:30:00+00:00']
    """

    def __init__(
        self,
        start: datetime,
        end: datetime,
        ticks: TickColumns,
        runs: RunColumns,
        depths: Sequence[tuple[float, int]] = (),
        left_out: Sequence[LeftOut] = (),
        cut_short: str | None = None,
    ) -> None:
        self.start = start
        self.end = end
        self.left_out = tuple(left_out)
        self.cut_short = cut_short
        self._ticks = ticks
        self._runs = runs
        self._depths = depths

    def __repr__(self) -> str:
        return (
            f"<Simulation {self.start.isoformat()} to {self.end.isoformat()}: {len(self._ticks):,} ticks, "
            f"{len(self._runs):,} runs>"
        )

    @property
    def runs(self) -> Sequence[SimulatedRun]:
        """The runs that would be, in the order in which they were asked for."""
        return Numbered(range(len(self._runs)), self._run)

    @property
    def ticks(self) -> Sequence[SimulatedTick]:
        """The evaluations that would be, in their order; of conditions only those that asked for runs or raised."""
        return Numbered(range(len(self._ticks)), self._tick)

    @property
    def skips(self) -> Sequence[SimulatedTick]:
        """The evaluations that asked for nothing."""
        return Numbered(self._ticks_that(SKIPPED), self._tick)

    @property
    def errors(self) -> Sequence[SimulatedTick]:
        """The evaluations in which user code raised; their ``reason`` is what it raised."""
        return Numbered(self._ticks_that(FAILED), self._tick)

    @property
    def queue_depth(self) -> Sequence[tuple[datetime, int]]:
        """How many runs wait, from each of these times on."""
        return [(instant_at(at), depth) for at, depth in self._depths]

    @property
    def queue_depth_max(self) -> int:
        """Most runs that waited at a time."""
        return max((depth for _, depth in self._depths), default=0)

    def queue_depth_at(self, at: datetime) -> int:
        """How many runs wait at an instant, all that happens at it included."""
        place = bisect_right(self._depths, (at.timestamp(), 1 << 62))
        return self._depths[place - 1][1] if place else 0

    def runs_of(self, tick: int) -> Sequence[SimulatedRun]:
        """The runs that the tick of this number asked for."""
        place = bisect_right(self._runs.tick, tick)
        return Numbered(range(place - self._ticks.run_count[tick], place), self._run)

    def counts(self) -> list[Counts]:
        """What each schedule, sensor and set of conditions did in all, in the order of kinds and names."""
        found: dict[Origin, list[int]] = {}
        for origin, outcome, count in zip(self._ticks.origin, self._ticks.outcome, self._ticks.run_count, strict=True):
            each = found.get(origin)
            if each is None:
                each = found[origin] = [0, 0, 0, 0]
            each[0] += 1
            each[3] += count
            if outcome:
                each[outcome] += 1  # SKIPPED, FAILED
        rows = [Counts(each.kind, each.name, *numbers) for each, numbers in found.items()]
        return sorted(rows, key=lambda each: (each.kind, each.name))

    @property
    def row_count(self) -> int:
        """How many :meth:`rows` there are."""
        return sum(max(1, count) for count in self._ticks.run_count)

    def rows(self, limit: int | None = None) -> list[dict[str, Any]]:
        """A row for each run, and for each tick without one, in the order of time.

        Args:
            limit: most rows; None: all.
        """
        found: list[dict[str, Any]] = []
        for number in range(len(self._ticks)):
            if limit is not None and len(found) >= limit:
                break
            tick = self._tick(number)
            runs = self.runs_of(number)
            found += [_run_row(tick, run) for run in runs] or [_tick_row(tick)]
        return found if limit is None else found[:limit]

    def to_table(self, limit: int | None = None) -> str:
        """The rows as text in columns, with a line below for what was left out.

        Args:
            limit: most rows; None: all.
        """
        rows = [{name: _cell(value) for name, value in row.items()} for row in self.rows(limit)]
        lines = _lines(rows) if rows else ["nothing would run"]
        more = self.row_count - len(rows)
        if more > 0:
            lines.append(f"… {more:,} more")
        lines += [f"not simulated: {each.kind} {each.name}: {each.reason}" for each in self.left_out]
        return "\n".join([*lines, *([self.cut_short] if self.cut_short else [])])

    # --- from columns to values

    def _ticks_that(self, outcome: int) -> list[int]:
        return [number for number, each in enumerate(self._ticks.outcome) if each == outcome]

    def _tick(self, number: int) -> SimulatedTick:
        ticks, origin = self._ticks, self._ticks.origin[number]
        at = tick_time(origin, ticks.at[number])
        return SimulatedTick(
            kind=origin.kind,
            name=origin.name,
            location_name=origin.location_name,
            at=at,
            status=_TICK_STATUS[ticks.outcome[number]],
            reason=ticks.texts.get(number),
            run_count=ticks.run_count[number],
            marks=() if origin.cron is None else marks_of(origin.cron, at),
        )

    def _run(self, number: int) -> SimulatedRun:
        runs, order, tick = self._runs, self._runs.order[number], self._runs.tick[number]
        origin = self._ticks.origin[tick]
        begun, ended = runs.begun[number], runs.ended[number]
        return SimulatedRun(
            run_id=run_id_of(number),
            job_name=order.job_name,
            partition=order.partition_text,
            asset_keys=tuple(order.asset_keys),
            check_keys=tuple(order.check_keys),
            run_key=order.run_key,
            tags=order.tags,
            kind=origin.kind,
            name=origin.name,
            location_name=order.location_name,
            why=order.why or str(origin),
            scheduled_at=tick_time(origin, self._ticks.at[tick]) if origin.cron is not None else None,
            asked_at=instant_at(runs.asked[number]),
            begun_at=None if begun == NEVER else instant_at(begun),
            ended_at=None if ended == NEVER else instant_at(ended),
            status=_RUN_STATUS[runs.state[number]],
        )


def tick_time(origin: Origin, seconds: float) -> datetime:
    """The time of a tick: of a schedule in its zone, else in UTC."""
    at = instant_at(seconds)
    return at if origin.cron is None else at.astimezone(ZoneInfo(origin.cron.zone))


def _tick_row(tick: SimulatedTick) -> dict[str, Any]:
    skipped = tick.status is TickStatus.SKIPPED
    what = f"{'skipped' if skipped else 'raised'}: {tick.reason or 'no reason given'}"
    return _row(tick, what=what)


def _run_row(tick: SimulatedTick, run: SimulatedRun) -> dict[str, Any]:
    makes = ", ".join(each.to_user_string() for each in run.asset_keys)
    checks = "" if makes else ", ".join(each.to_user_string() for each in run.check_keys)
    is_made = run.job_name.startswith("__")  # a job that nobody wrote
    what = makes or checks or run.job_name
    return _row(
        tick,
        what=what if is_made or what == run.job_name else f"{run.job_name}: {what}",
        partition=run.partition,
        asked=run.asked_at,
        begins=run.begun_at,
        ends=run.ended_at,
        status=run.status.value,
    )


def _row(
    tick: SimulatedTick,
    *,
    what: str,
    partition: str | None = None,
    asked: datetime | None = None,
    begins: datetime | None = None,
    ends: datetime | None = None,
    status: str = "",
) -> dict[str, Any]:
    return {
        "at": tick.at,
        "by": f"{tick.kind} {tick.name}",
        "what": what,
        "partition": partition,
        "asked": asked,
        "begins": begins,
        "ends": ends,
        "status": status or tick.status.value,
        "marks": "; ".join(tick.marks),
    }


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return "" if value is None else str(value).partition("\n")[0]


def _lines(rows: Sequence[Mapping[str, str]]) -> list[str]:
    names = [name for name in rows[0] if name != "asked" and any(row[name] for row in rows)]
    width = {name: max(len(name), *(len(row[name]) for row in rows)) for name in names}
    table = [{name: name for name in names}, *rows]
    return ["   ".join(row[name].ljust(width[name]) for name in names).rstrip() for row in table]
