"""Cron strings in a time zone: when they fire next, when they fired last.

The rule
--------
A cron string names wall times. Each named wall time is turned into instants by what the zone's clocks show:

1.  Shown once: that instant.

2.  Left out, because the clocks went forward:
    - a rule for *every hour* (the hour field holds all 24) follows the clock: nothing;
    - from 01:00 to 03:59 on the wall: the instant at which the clocks went forward;
    - at any other time, or if a whole day or more was left out: what a clock that nobody had set forward would
      show, as long after the change as the missing time was after the start of the gap.

3.  Shown twice, because the clocks went back:
    - a rule for every hour, and a rule with two or more minutes in the hour, follow the clock: both passes;
    - a *plain* rule (one time of day, on every day, on given weekdays, or on one day up to the 28th of every
      month) outside 01:00 to 03:59: the first pass;
    - any other rule: the second pass.

What a cron string fires at is the union of all this, each instant once, in order; of a list of cron strings the
union of theirs. The oracle is Dagster 1.13, observed from outside: its treatment of the hours from one to three is
odd but is what schedules in the field do. Where we differ on purpose is listed in docs/differences.md.

The algorithm
-------------
Never step minutes. `CronExpression` jumps from one named wall time to the next, whatever the distance.
`ZoneTimeline` says whether that wall time lies in a calm stretch of the zone, where the answer is one
subtraction, or in the patch around a change of the clocks. All instants of a patch are computed at once, sorted and
kept (a patch is two hours, so at most some hundred). Rules 2 and 3 never move an instant out of its patch; therefore
the order of patches and calm stretches is the order of instants.

Inside, instants are whole seconds since 1970 UTC; a zone with an offset of odd seconds (Liberia until 1972) fires
between minutes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import date, datetime, timedelta
from functools import lru_cache

from watchbell.ground.cron_expression import CronExpression, is_valid_cron_string, parse_cron
from watchbell.ground.cron_field import CronWarning
from watchbell.ground.errors import CronError
from watchbell.ground.value import dataclass
from watchbell.ground.zones import (
    DAY_SECONDS,
    EPOCH_AT,
    EPOCH_DAY,
    Patch,
    YearSpans,
    ZoneTimeline,
    second_of,
    timeline_of,
)

__all__ = ["Cron", "CronExpression", "CronWarning", "is_valid_cron_string", "parse_cron"]

_SMALL_HOURS = range(1, 4)
# Two days inside the calendar that Python knows, so that no offset leads out of it.
_SECOND_MIN = (date.min.toordinal() + 2 - EPOCH_DAY) * DAY_SECONDS
_SECOND_MAX = (date.max.toordinal() - 2 - EPOCH_DAY) * DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Cron:
    """One or more cron strings read in one time zone.

    Made by `Cron.of`; equal and hashable by texts and zone.

    Args:
        expressions: the parsed strings; together they fire at the union of their times.
        zone: IANA name.
    """

    expressions: tuple[CronExpression, ...]
    zone: str
    _timeline: ZoneTimeline = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_timeline", timeline_of(self.zone))

    def __reduce__(self) -> tuple[type[Cron], tuple[tuple[CronExpression, ...], str]]:
        return (Cron, (self.expressions, self.zone))

    @classmethod
    def of(cls, cron: str | Sequence[str], zone: str | None = None) -> Cron:
        """The value for a cron string, or for several at once, in a zone.

        Args:
            cron: five fields or a nickname; or a sequence of such texts, not empty.
            zone: IANA name, None for UTC.

        Raises:
            CronError: a text means nothing, or the sequence is empty.
            UnknownTimezoneError: there is no such zone.

        Example:
            >>> nightly = Cron.of("30 2 * * *", "Europe/Berlin")
            >>> nightly.next_after(datetime.fromisoformat("2026-01-01T00:00Z")).isoformat()
            '2026-01-01T02:30:00+01:00'
        """
        texts = (cron,) if isinstance(cron, str) else tuple(cron)
        if not texts:
            raise CronError("a schedule needs at least one cron string, got an empty list", expression="")
        expressions = tuple(dict.fromkeys(parse_cron(text) for text in texts))
        return cls(expressions, timeline_of(zone).zone.key)

    @property
    def texts(self) -> tuple[str, ...]:
        """The cron strings as written, without repetitions."""
        return tuple(each.text for each in self.expressions)

    def next_after(self, instant: datetime) -> datetime:
        """The first time it fires strictly after an instant.

        Args:
            instant: aware, in any zone.

        Returns:
            Aware, in the cron's own zone.

        Raises:
            NaiveTimeError: the instant has no zone.
            OverflowError: it does not fire again before the year 9999.
        """
        return self._at(self._next(second_of(instant)))

    def at_or_after(self, instant: datetime) -> datetime:
        """The first time it fires at an instant or after it; otherwise as `next_after`."""
        return self._at(self._next(_ceiling_of(instant) - 1))

    def previous_before(self, instant: datetime) -> datetime:
        """The last time it fired strictly before an instant.

        Args:
            instant: aware, in any zone.

        Returns:
            Aware, in the cron's own zone.

        Raises:
            NaiveTimeError: the instant has no zone.
            OverflowError: it did not fire before that since the year 1.
        """
        return self._at(self._last(_ceiling_of(instant) - 1))

    def fires(self, *, after: datetime, until: datetime | None = None) -> Iterator[datetime]:
        """The times it fires in (after, until], oldest first.

        Args:
            after: aware, excluded.
            until: aware, included; None: without end (to the year 9999).

        Raises:
            NaiveTimeError: a bound has no zone.
        """
        return self._fires(second_of(after), None if until is None else second_of(until))

    def seconds(self, *, after: datetime, until: datetime) -> Iterator[int]:
        """:meth:`fires` as whole seconds since the epoch, for who counts many of them."""
        second, end = second_of(after), second_of(until)
        is_single = len(self.expressions) == 1
        while True:
            try:
                second = self._next(second)
            except OverflowError:
                return
            if second > end:
                return
            yield second
            if is_single:
                for later in _calm_after(self.expressions[0], self._timeline, second, end):
                    yield later
                    second = later

    def fires_backward(self, *, until: datetime, after: datetime | None = None) -> Iterator[datetime]:
        """The times it fires in (after, until], newest first.

        Args:
            until: aware, included.
            after: aware, excluded; None: without end (to the year 1).

        Raises:
            NaiveTimeError: a bound has no zone.
        """
        return self._fires_backward(second_of(until), None if after is None else second_of(after))

    def _fires(self, second: int, until: int | None) -> Iterator[datetime]:
        while True:
            try:
                second = self._next(second)
            except OverflowError:
                return
            if until is not None and second > until:
                return
            yield self._at(second)

    def _fires_backward(self, second: int, after: int | None) -> Iterator[datetime]:
        while True:
            try:
                second = self._last(second)
            except OverflowError:
                return
            if after is not None and second <= after:
                return
            yield self._at(second)
            second -= 1

    def _at(self, second: int) -> datetime:
        return (EPOCH_AT + timedelta(seconds=second)).astimezone(self._timeline.zone)

    def _next(self, second: int) -> int:
        """The first firing after ``second``."""
        if not _SECOND_MIN <= second <= _SECOND_MAX:
            raise OverflowError(f"cron {self.texts} has no next time: the calendar ends")
        if len(self.expressions) == 1:
            return _next_of(self.expressions[0], self._timeline, second)
        return min(_next_of(each, self._timeline, second) for each in self.expressions)

    def _last(self, second: int) -> int:
        """The last firing at ``second`` or before."""
        if not _SECOND_MIN <= second <= _SECOND_MAX:
            raise OverflowError(f"cron {self.texts} has no previous time: the calendar begins")
        if len(self.expressions) == 1:
            return _last_of(self.expressions[0], self._timeline, second)
        return max(_last_of(each, self._timeline, second) for each in self.expressions)


def _ceiling_of(instant: datetime) -> int:
    return second_of(instant) + (1 if instant.microsecond else 0)


def _spans_at(timeline: ZoneTimeline, second: int) -> YearSpans:
    return timeline.year(date.fromordinal(second // DAY_SECONDS + EPOCH_DAY).year)


def _next_of(expression: CronExpression, timeline: ZoneTimeline, second: int) -> int:
    if timeline.is_fixed:
        return expression.wall_from(second // 60 + 1) * 60
    while True:
        spans = _spans_at(timeline, second)
        index = spans.index_at(second)
        offset, patch = spans.offsets[index], spans.patches[index]
        if patch is not None:
            instants = fires_in(expression, patch)
            place = bisect_right(instants, second)
            if place < len(instants):
                return instants[place]
            second, offset = patch.end - 1, patch.changes[-1].after
        assert offset is not None
        wall = expression.wall_from((second + offset) // 60 + 1) * 60
        if patch is not None or index + 1 == len(spans.starts) or wall >= spans.wall_starts[index + 1]:
            spans = _spans_at(timeline, wall)
            index = spans.index_of_wall(wall)
            offset, patch = spans.offsets[index], spans.patches[index]
            if patch is not None:
                instants = fires_in(expression, patch)
                if instants:
                    return instants[0]
                second = patch.end - 1
                continue
            assert offset is not None
        return wall - offset


def _calm_after(expression: CronExpression, timeline: ZoneTimeline, second: int, end: int) -> Iterator[int]:
    """The firings in (second, end] up to where the clocks are next changed; none, if that is going on."""
    offset, wall_end = 0, end + 1
    if not timeline.is_fixed:
        spans = _spans_at(timeline, second)
        index = spans.index_at(second)
        if spans.patches[index] is not None or index + 1 == len(spans.starts):
            return
        calm = spans.offsets[index]
        assert calm is not None
        offset, wall_end = calm, min(end + calm + 1, spans.wall_starts[index + 1])
    for minute in expression.walls((second + offset) // 60 + 1, -(-wall_end // 60)):
        yield minute * 60 - offset


def _last_of(expression: CronExpression, timeline: ZoneTimeline, second: int) -> int:
    if timeline.is_fixed:
        return expression.wall_until(second // 60) * 60
    while True:
        spans = _spans_at(timeline, second)
        index = spans.index_at(second)
        offset, patch = spans.offsets[index], spans.patches[index]
        if patch is not None:
            instants = fires_in(expression, patch)
            place = bisect_right(instants, second)
            if place:
                return instants[place - 1]
            second, offset = patch.start - 1, patch.changes[0].before
        assert offset is not None
        wall = expression.wall_until((second + offset) // 60) * 60
        if patch is not None or index == 0 or wall < spans.wall_starts[index]:
            spans = _spans_at(timeline, wall)
            index = spans.index_of_wall(wall)
            offset, patch = spans.offsets[index], spans.patches[index]
            if patch is not None:
                instants = fires_in(expression, patch)
                if instants:
                    return instants[-1]
                second = patch.start - 1
                continue
            assert offset is not None
        return wall - offset


@lru_cache(maxsize=512)
def fires_in(expression: CronExpression, patch: Patch) -> tuple[int, ...]:
    """All instants (seconds) at which an expression fires inside a patch, in order."""
    instants: set[int] = set()
    minute, end = -(-patch.wall_start // 60), -(-patch.wall_end // 60)
    while True:
        minute = expression.wall_from(minute)
        if minute >= end:
            return tuple(sorted(instants))
        instants.update(_resolve(expression, patch, minute * 60))
        minute += 1


def _resolve(expression: CronExpression, patch: Patch, wall: int) -> list[int]:
    """The instants that one named wall time of a patch stands for; the rule at the top of this file."""
    shown = patch.instants(wall)
    in_small_hours = wall % DAY_SECONDS // 3600 in _SMALL_HOURS
    if len(shown) == 1:
        return shown
    if not shown:
        if expression.follows_clock:
            return []
        change = patch.skipped_by(wall)
        if in_small_hours and change.size_seconds < DAY_SECONDS:
            return [change.second]
        return [wall - change.before]
    if expression.follows_clock or expression.is_sub_hourly:
        return shown
    return shown[:1] if expression.is_plain and not in_small_hours else shown[-1:]
