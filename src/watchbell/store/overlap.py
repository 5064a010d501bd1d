"""Runs of a schedule that are not over when its next time comes: what becomes of that time, and who waits for whom.

All is decided on the rows of runs inside the transaction that acts on it, so nothing outlives a run: no lock, no count.
A run's place among those of its schedule is the time it is for. Runs of one time are one unit. A run that executes
another again has the place of that one; runs of backfills have none.

Two rules say which run may begin, of those with the tag ``watchbell/overlap``: none of an earlier time is unfinished,
and none of a later time goes on that minds overlap as well. The second concerns runs that are executed again after a
later time has begun. The earliest unfinished time may always begin once nothing goes on, so none waits for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from watchbell.ground.value import dataclass
from watchbell.record.automation_policy import Overlap
from watchbell.record.overlap import OVERLAP_TAG, WAITS_TAG, state_text
from watchbell.record.run import FINISHED_STATUSES, IN_PROGRESS_RUN_STATUSES, DagsterRun, DagsterRunStatus
from watchbell.record.tick import RunOrder, Tick, TickCommit, TickStatus
from watchbell.store import runs
from watchbell.store.session import Session
from watchbell.store.statements import Params, Pieces

NAMED_MAX = 3
"""Runs that the reason of a skipped tick names (count); of more it tells how many."""
_GOING = {status.value for status in IN_PROGRESS_RUN_STATUSES}


@dataclass(frozen=True)
class OtherTime:
    """Another time of a schedule with runs that are not over.

    Args:
        scheduled_at: the time (seconds since the epoch).
        waiting: runs of it that have not begun (count).
        going: runs of it that go on (count).
    """

    scheduled_at: float
    waiting: int = 0
    going: int = 0


@dataclass(frozen=True)
class Overlapping:
    """What a tick that asks for runs meets.

    Args:
        overlap: its schedule's rule.
        place: schedule, location and time of its runs, as parameters of queries.
        others: other times with unfinished runs, the earliest first.
        skip_reason: why the tick asks for no run after all; None: its runs are stored.
    """

    overlap: Overlap
    place: Params
    others: tuple[OtherTime, ...]
    skip_reason: str | None = None


def waiting_time(others: Sequence[OtherTime]) -> OtherTime | None:
    """The time whose runs wait for those of another one; None: none waits.

    Args:
        others: times with unfinished runs, the earliest first.
    """
    for number, each in enumerate(others):
        if each.waiting and (number > 0 or any(other.going for other in others[1:])):
            return each
    return None


def look(session: Session, overlap: Overlap, orders: Sequence[RunOrder]) -> Overlapping | None:
    """What a tick meets; nothing is changed yet. None: its runs are of no schedule.

    Args:
        session: inside the transaction of the tick's commit.
        overlap: the rule, not ALLOW.
        orders: what the tick asks for, at least one.
    """
    run = orders[0].run
    place = _place_of(run)
    if place is None:
        return None
    found: dict[float, OtherTime] = {}
    for scheduled_at, status, count in session.rows("unfinished_times", **place):
        other = found.get(scheduled_at) or OtherTime(scheduled_at)
        if status in _GOING:
            other = replace(other, going=other.going + count)
        else:
            other = replace(other, waiting=other.waiting + count)
        found[scheduled_at] = other
    others = tuple(found[scheduled_at] for scheduled_at in sorted(found))
    return Overlapping(overlap, place, others, _skip_reason(session, overlap, place, others))


def _skip_reason(session: Session, overlap: Overlap, place: Params, others: Sequence[OtherTime]) -> str | None:
    if overlap is Overlap.SKIP and others:
        return f"overlap='skip', and an earlier time is not over: {_named(session, place, others)}"
    waiting = waiting_time(others) if overlap is Overlap.BUFFER_ONE else None
    if waiting is None:
        return None
    named = _named(session, place, [waiting])
    moment = datetime.fromtimestamp(waiting.scheduled_at, UTC).isoformat()
    return f"overlap='buffer_one', and the time {moment} waits already for an earlier one: {named}"


def _named(session: Session, place: Params, others: Sequence[OtherTime]) -> str:
    """Some of the runs of these times, and how many more there are."""
    found: list[DagsterRun] = []
    for each in others:
        if len(found) < NAMED_MAX:
            of_time = {**place, "scheduled_at": each.scheduled_at}
            found += _runs(session, place, ("run_of_time", of_time), limit=NAMED_MAX - len(found))
    more = sum(each.waiting + each.going for each in others) - len(found)
    return "; ".join([*map(state_text, found), *([f"and {more:,} more"] if more > 0 else [])])


def _runs(session: Session, place: Params, condition: tuple[str, Params], limit: int) -> list[DagsterRun]:
    wanted = [("run_unfinished_of_schedule", place), condition]
    rows = session.select(Pieces("select_runs", wanted, limit=limit))
    return [runs.record_of(row).dagster_run for row in rows]


def _place_of(run: DagsterRun) -> Params | None:
    schedule, scheduled_at = runs.place_of(run.tags)
    if schedule is None:
        return None
    return {"schedule": schedule, "location_name": run.location_name, "scheduled_at": scheduled_at}


# -------------------------------------------------------------------- acting


def skipped(commit: TickCommit, ticks: Sequence[Tick], reason: str) -> tuple[TickCommit, list[Tick]]:
    """A commit that asks for nothing after all, and its ticks: those that asked for runs are skipped."""
    left = [
        replace(
            tick,
            status=TickStatus.SKIPPED,
            run_ids=(),
            run_keys=(),
            dropped_run_keys=(),
            dropped_for=(),
            skip_reason=reason,
        )
        if tick.run_ids
        else tick
        for tick in ticks
    ]
    after = replace(commit.after, last_run_key=commit.before.last_run_key)
    return replace(commit, after=after, orders=(), events=(), dynamic_partitions=()), left


def settle(session: Session, met: Overlapping, orders: Sequence[RunOrder], now: datetime) -> list[RunOrder]:
    """Cancels earlier runs if that is the rule, and marks the runs to store: what they mind, and whether they wait."""
    waits = bool(met.others)
    if waits and met.overlap is Overlap.CANCEL_RUNNING:
        waits = _cancel_others(session, met.place, now)
    tags = {OVERLAP_TAG: met.overlap.value}
    if waits:
        tags[WAITS_TAG] = met.place["schedule"]
    return [replace(order, run=order.run.with_tags({**order.run.tags, **tags})) for order in orders]


def _cancel_others(session: Session, place: Params, now: datetime) -> bool:
    """Asks all runs of other times to stop; whether any is not over yet."""
    moment = datetime.fromtimestamp(place["scheduled_at"], UTC).isoformat()
    why = f"Schedule {place['schedule']!r} asked for its runs of {moment} (overlap='cancel_running')."
    some_go_on = False
    for (run_id,) in session.rows("unfinished_of_other_times", **place):
        run = runs.request_cancel(session, run_id, now, why=why)
        some_go_on = some_go_on or (run is not None and run.status not in FINISHED_STATUSES)
    return some_go_on


# ------------------------------------------------------------------- waiting


def blocker_of(session: Session, run: DagsterRun) -> DagsterRun | None:
    """A run that this one waits for; None: none."""
    place = _place_of(run) if OVERLAP_TAG in run.tags else None
    if place is None:
        return None
    found = _runs(session, place, ("run_of_earlier_time", place), limit=1)
    found = found or _runs(session, place, ("run_going_of_later_time", place), limit=1)
    return found[0] if found else None


def waiting_rule(session: Session) -> Callable[[DagsterRun], bool]:
    """Tells of runs that are handed out in one transaction which have to wait; runs of one time are asked about once.

    That is enough: of a schedule's times one at most is free, and it stays so while its runs are handed out.
    """
    known: dict[tuple[object, ...], bool] = {}

    def has_to_wait(run: DagsterRun) -> bool:
        unit = (run.location_name, *runs.place_of(run.tags))
        if unit not in known:
            known[unit] = blocker_of(session, run) is not None
        return known[unit]

    return has_to_wait


def waits(session: Session, run_ids: Sequence[str]) -> dict[str, DagsterRun | None]:
    """For each of these runs that is QUEUED, one it waits for."""
    records = [record for run_id in run_ids if (record := runs.one(session, run_id)) is not None]
    queued = [each.dagster_run for each in records if each.dagster_run.status is DagsterRunStatus.QUEUED]
    return {run.run_id: blocker_of(session, run) for run in queued}
