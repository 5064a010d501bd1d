"""What is due: which times of a schedule are to be run or to be written down as missed, and when a sensor is next.

A schedule's *watermark* is the later of its newest committed tick and the instant it took effect. Times up to
and including it are never due, whatever the clock shows, so a clock that goes back fires nothing twice and a
schedule that was started at noon owes nothing for the morning.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, islice

from watchbell.ground.cron import Cron
from watchbell.ground.value import dataclass
from watchbell.record.tick import AutomationState, AutomationStatus

MISSED_ROWS_MAX = 100
"""Missed times of one schedule that get a row of their own at once (count); older ones share one row."""
MISSED_COUNT_MAX = 1_000
"""Missed times that are counted one by one (count); beyond it the row says "more than"."""
ON_TIME_SECONDS = 60.0
"""With ``max_catchup_runs`` 0 a time still runs if it is at most this late (seconds)."""
NO_CATCH_UP = "missed, and missed times are not caught up (max_catchup_runs is 0)"
SPREAD_SECONDS_EACH = 0.005
"""First evaluations of sensors are this far apart (seconds), so that a thousand do not start at once."""


@dataclass(frozen=True)
class Missed:
    """A time of a schedule that is not taken, or several in one.

    Args:
        at: the time; of several the newest. Aware, UTC.
        reason: why, for people.
    """

    at: datetime
    reason: str


@dataclass(frozen=True)
class Due:
    """What a schedule owes at some instant.

    Args:
        run: times to evaluate, oldest first, in UTC.
        missed: times to write down as missed, oldest first; all of them older than those in ``run``.
    """

    run: tuple[datetime, ...] = ()
    missed: tuple[Missed, ...] = ()


NOTHING_DUE = Due()


def is_on(state: AutomationState, running_by_default: bool) -> bool:
    """Whether an automation is to be evaluated: turned on, or on by default, and not quarantined."""
    if state.quarantine_reason is not None:
        return False
    if state.status == AutomationStatus.DECLARED:
        return running_by_default
    return state.status == AutomationStatus.RUNNING


def watermark(state: AutomationState) -> datetime | None:
    """The instant up to which nothing is due any more; None: the schedule has not taken effect."""
    if state.effective_at is None:
        return None
    if state.last_tick_at is None or state.last_tick_at < state.effective_at:
        return state.effective_at
    return state.last_tick_at


def next_due(cron: Cron, after: datetime) -> datetime | None:
    """The first time of ``cron`` after ``after``, in UTC; None: it never fires again."""
    try:
        return cron.next_after(after).astimezone(UTC)
    except OverflowError:
        return None


def due_times(cron: Cron, *, after: datetime, until: datetime, max_catchup_runs: int) -> Due:
    """Which times of ``cron`` in (after, until] are run and which are missed.

    The newest ``max_catchup_runs`` of them run; the newest one runs in any case while it is on time.

    Args:
        cron: the schedule's times.
        after: aware, excluded; the schedule's watermark.
        until: aware, included; the loop's ``now``.
        max_catchup_runs: most times that run at once (count, >= 0).

    Returns:
        At most ``max_catchup_runs`` (or one) to run and at most 101 missed rows.
    """
    first = next_due(cron, after)
    if first is None or first > until:
        return NOTHING_DUE
    following = next_due(cron, first)
    if following is None or following > until:  # nearly always: one time, and no need to look back
        is_late = (until - first).total_seconds() > ON_TIME_SECONDS
        return Due(missed=(Missed(first, NO_CATCH_UP),)) if is_late and max_catchup_runs == 0 else Due((first,))
    backward = _backward(cron, after, until)
    newest = next(backward)
    is_on_time = (until - newest).total_seconds() <= ON_TIME_SECONDS
    limit = max(max_catchup_runs, 1 if is_on_time else 0)
    backward = chain((newest,), backward)
    run = tuple(islice(backward, limit))
    reason = NO_CATCH_UP
    if max_catchup_runs:
        reason = f"older than the newest {limit:,} missed times, which are caught up (max_catchup_runs)"
    return Due(run[::-1], _missed(cron, backward, after, reason))


def missed_times(cron: Cron, *, after: datetime, until: datetime, reason: str) -> tuple[Missed, ...]:
    """All times of ``cron`` in (after, until] as missed ones, oldest first; at most 101 rows.

    Args:
        cron: the times.
        after: aware, excluded.
        until: aware, included.
        reason: why none of them is run.
    """
    return _missed(cron, _backward(cron, after, until), after, reason)


def _backward(cron: Cron, after: datetime, until: datetime) -> Iterator[datetime]:
    if until <= after:
        return
    for moment in cron.fires_backward(until=until, after=after):
        # In UTC: two times of one zone compare by the wall clock, which shows an hour twice in autumn.
        yield moment.astimezone(UTC)


def _missed(cron: Cron, backward: Iterator[datetime], after: datetime, reason: str) -> tuple[Missed, ...]:
    rows = [Missed(moment, reason) for moment in islice(backward, MISSED_ROWS_MAX)]
    newest = next(backward, None)
    if newest is not None:
        rows.append(_summary(cron, newest, backward, after, reason))
    return tuple(reversed(rows))


def _summary(cron: Cron, newest: datetime, older: Iterator[datetime], after: datetime, reason: str) -> Missed:
    count, oldest = 1, newest
    for moment in islice(older, MISSED_COUNT_MAX - 1):
        count, oldest = count + 1, moment
    if count == 1:
        return Missed(newest, reason)
    if next(older, None) is None:
        many = f"{count:,}"
    else:
        many, oldest = f"more than {count:,}", next_due(cron, after) or oldest
    return Missed(newest, f"{many} times from {_text(oldest)} to {_text(newest)}: {reason}")


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def sensor_due_at(began_at: datetime, minimum_interval_seconds: float) -> datetime:
    """When a sensor is evaluated again: the interval after its last evaluation *began*, in UTC."""
    return began_at + timedelta(seconds=minimum_interval_seconds)


def sensor_first_due_at(now: datetime, index: int, count: int, minimum_interval_seconds: float) -> datetime:
    """When a sensor is evaluated first after the service began.

    Sensors start one after the other within a window that grows with their number, and never later than one
    interval; from then on each keeps its own phase.

    Args:
        now: aware.
        index: which one of them, from 0.
        count: how many sensors begin at ``now`` (>= 1).
        minimum_interval_seconds: of this sensor.
    """
    window_seconds = min(minimum_interval_seconds, count * SPREAD_SECONDS_EACH)
    return now + timedelta(seconds=window_seconds * index / count)
