"""What is due: which times of a schedule are to be run or to be written down as missed, and when a sensor is next.

A schedule's *watermark* is the later of its newest committed tick and the instant it took effect. Times up to
and including it are never due, whatever the clock shows, so a clock that goes back fires nothing twice and a
schedule that was started at noon owes nothing for the morning.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from watchbell.ground.cron import Cron
from watchbell.ground.durations import duration_text
from watchbell.ground.value import dataclass
from watchbell.record.automation_policy import PLAIN_POLICY, AutomationPolicy, Catchup
from watchbell.record.tick import AutomationKey, AutomationState, AutomationStatus

MISSED_ROWS_MAX = 100
"""Missed times of one schedule that get a row of their own at once (count); older ones share one row."""
MISSED_COUNT_MAX = 1_000
"""Missed times that are counted one by one (count); beyond it the row says "more than"."""
ON_TIME_SECONDS = 60.0
"""A time that is at most this late runs, whatever is caught up (seconds)."""
HELD_UP_SECONDS_MAX = 600.0
"""Longest pause of a sensor that is held up by a materialization (seconds), unless its interval is longer."""
HELD_UP_DOUBLINGS_MAX = 20
INTERVAL_SECONDS_MAX = 100 * 365 * 86_400.0
RUN_TIMES_MAX = 100
"""Times to run that are told at once (count); the later ones are told when these are over."""
NO_CATCH_UP = "missed, and missed times are not caught up (max_catchup_runs is 0)"
CATCHUP_NONE = "missed, and missed times are not caught up (catchup is 'none')"
CATCHUP_LATEST = "older than the newest time, which alone is caught up (catchup is 'latest')"
NO_OFFSET = timedelta(0)
_MOMENT = timedelta(microseconds=1)


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
        run: times to evaluate, oldest first, in UTC; the first `RUN_TIMES_MAX` of them.
        missed: times to write down as missed, oldest first; all of them older than those in ``run``.
    """

    run: tuple[datetime, ...] = ()
    missed: tuple[Missed, ...] = ()


NOTHING_DUE = Due()


def is_on(state: AutomationState, running_by_default: bool) -> bool:
    """Whether an automation is to be evaluated: turned on, or on by default, and neither paused nor quarantined."""
    if state.is_held:
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


def next_due(cron: Cron, after: datetime, offset: timedelta = NO_OFFSET) -> datetime | None:
    """The first time of ``cron`` after ``after``, and ``offset`` later, in UTC; None: it never fires again."""
    try:
        moment = cron.next_after(after).astimezone(UTC)
        return moment + offset if offset else moment
    except OverflowError:
        return None


def jitter_offset(key: AutomationKey, policy: AutomationPolicy) -> timedelta:
    """How much later than its nominal times a schedule ticks: always the same, in [0, jitter).

    It is found from the id of the automation alone, so it is the same in every process and on every machine.
    """
    if not policy.jitter_seconds:
        return NO_OFFSET
    jitter_microseconds = round(policy.jitter_seconds * 1_000_000)
    return timedelta(microseconds=int(key.id[:16], 16) * jitter_microseconds >> 64)


def next_tick_at(cron: Cron, now: datetime, offset: timedelta = NO_OFFSET) -> datetime | None:
    """When a schedule ticks next by the clock, its jitter included, in its zone; None: never again.

    Args:
        cron: the schedule's times.
        now: aware; it ticks after that.
        offset: see `jitter_offset`. The nominal time of the tick is so much earlier.
    """
    moment = next_due(cron, now - offset, offset)
    return None if moment is None else moment.astimezone(ZoneInfo(cron.zone))


def due_times(
    cron: Cron,
    *,
    after: datetime,
    until: datetime,
    max_catchup_runs: int,
    policy: AutomationPolicy = PLAIN_POLICY,
    slack: timedelta = NO_OFFSET,
) -> Due:
    """Which times of ``cron`` in (after, until] are run and which are missed.

    What is on time runs. Of what is late, the policy says: the newest ``max_catchup_runs`` of all that is due, the
    newest alone, all, or none; and nothing that is older than its window.

    Args:
        cron: the schedule's times.
        after: aware, excluded; the schedule's watermark.
        until: aware, included; the loop's ``now`` less the schedule's offset.
        max_catchup_runs: most times that run at once by the default policy (count, >= 0).
        policy: what is caught up, and how old it may be.
        slack: by so much less is everything late.

    Returns:
        At most 100 times to run and at most 102 missed rows.
    """
    first = next_due(cron, after)
    if first is None or first > until:
        return NOTHING_DUE
    following = next_due(cron, first)
    judged_at = until - slack if slack else until
    if following is None or following > until:  # nearly always: one time, and no need to look back
        is_late = (judged_at - first).total_seconds() > ON_TIME_SECONDS
        if not is_late or (policy is PLAIN_POLICY and max_catchup_runs):
            return Due((first,))
    in_window_after = max(after, _window_end(policy, judged_at, after))
    run_after = in_window_after
    reason = ""
    if policy.catchup is not Catchup.ALL:
        limit, reason = _limit(policy, max_catchup_runs)
        newest = tuple(islice(_backward(cron, in_window_after, until), limit))
        if len(newest) == limit:
            run_after = newest[-1] - _MOMENT if newest else until
        on_time_after = judged_at - timedelta(seconds=ON_TIME_SECONDS) - _MOMENT
        run_after = max(in_window_after, min(run_after, on_time_after))
    missed = _missed(cron, _backward(cron, in_window_after, run_after), in_window_after, reason)
    if in_window_after > after:
        rows_max = max(0, MISSED_ROWS_MAX - len(missed))
        too_old = _backward(cron, after, in_window_after)
        missed = _missed(cron, too_old, after, _window_reason(policy), rows_max) + missed
    run = islice(cron.fires(after=run_after, until=until), RUN_TIMES_MAX)
    return Due(tuple(moment.astimezone(UTC) for moment in run), missed)


def _limit(policy: AutomationPolicy, max_catchup_runs: int) -> tuple[int, str]:
    """How many of the newest times run although they are late, and why older ones do not."""
    match policy.catchup:
        case Catchup.NONE:
            return 0, CATCHUP_NONE
        case Catchup.LATEST:
            return 1, CATCHUP_LATEST
        case _ if max_catchup_runs == 0:
            return 0, NO_CATCH_UP
    text = f"older than the newest {max_catchup_runs:,} missed times, which are caught up (max_catchup_runs)"
    return max_catchup_runs, text


def _window_end(policy: AutomationPolicy, judged_at: datetime, after: datetime) -> datetime:
    """Times after this are young enough to be caught up."""
    if policy.catchup_window_seconds is None:
        return after
    try:
        return judged_at - timedelta(seconds=max(policy.catchup_window_seconds, ON_TIME_SECONDS)) - _MOMENT
    except OverflowError:  # longer than the calendar: everything is young enough
        return after


def _window_reason(policy: AutomationPolicy) -> str:
    assert policy.catchup_window_seconds is not None
    window = duration_text(policy.catchup_window_seconds)
    return f"missed, and older than what is caught up (catchup_window is {window})"


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


def _missed(
    cron: Cron, backward: Iterator[datetime], after: datetime, reason: str, rows_max: int = MISSED_ROWS_MAX
) -> tuple[Missed, ...]:
    rows = [Missed(moment, reason) for moment in islice(backward, rows_max)]
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
    """When a sensor is evaluated again: the interval after its last evaluation *began*, in UTC.

    A hundred years later at most, as instants have an end.
    """
    return began_at + timedelta(seconds=min(minimum_interval_seconds, INTERVAL_SECONDS_MAX))


def held_up_seconds(minimum_interval_seconds: float, raised_in_row: int) -> float:
    """How long after the beginning of its last evaluation a sensor of every materialization is asked again about one
    for which its function raises: its interval, twice that, and so on, up to ten minutes.

    Args:
        minimum_interval_seconds: its interval; less than a second counts as one.
        raised_in_row: evaluations that raised, one after the other (count, >= 1).
    """
    grown = max(minimum_interval_seconds, 1.0) * 2.0 ** min(raised_in_row - 1, HELD_UP_DOUBLINGS_MAX)
    return max(minimum_interval_seconds, min(HELD_UP_SECONDS_MAX, grown))
