"""How often a cron string fired up to an instant, and its n-th firing, without counting firings one by one.

Named wall times are counted by the calendar, which repeats itself every 400 years: a table says how many days are named
before each year of the cycle, and each named day has the same times. Where a zone's clocks change, what really
fires is taken from `ground/cron.py`, patch by patch (two a year at most in today's zones), and kept as a correction.

Firings are numbered: 0 is the first at or after 1970-01-01T00:00 on the wall, those before are negative. Seconds are
whole ones since 1970 UTC, minutes those of the wall since 1970-01-01T00:00, as in `ground/zones.py`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from threading import Lock

from watchbell.ground.cron import fires_in
from watchbell.ground.cron_expression import DAY_MINUTES, CronExpression, parse_cron
from watchbell.ground.value import dataclass
from watchbell.ground.zones import DAY_SECONDS, EPOCH_DAY, YEAR_MAX, YEAR_MIN, Patch, ZoneTimeline, timeline_of

_EPOCH_YEAR = 1970
_CYCLE_YEARS = 400
_CYCLE_DAYS = 146_097
_YEARS = range(1, 10_000)


class NamedTimes:
    """The wall times an expression names, counted; without a zone.

    Args:
        expression: the parsed cron string.
    """

    __slots__ = ("_cycle", "_is_daily", "_of_kind", "_total", "expression", "times")

    def __init__(self, expression: CronExpression) -> None:
        self.expression = expression
        hours = [hour for hour in range(24) if expression.hours >> hour & 1]
        minutes = [minute for minute in range(60) if expression.minutes >> minute & 1]
        self.times = [hour * 60 + minute for hour in hours for minute in minutes]  # of a named day, since midnight
        self._of_kind: dict[int, tuple[int, ...]] = {}
        cycle = [0]
        for year in range(_EPOCH_YEAR, _EPOCH_YEAR + _CYCLE_YEARS):
            cycle.append(cycle[-1] + self._months(year)[12])
        self._total = cycle.pop()
        self._is_daily = self._total == _CYCLE_DAYS
        self._cycle = cycle  # days named from 1970 to the beginning of each year

    def before(self, minute: int) -> int:
        """How many are named from 1970 up to a wall time, that one excluded; negative before 1970."""
        day, of_day = divmod(minute, DAY_MINUTES)
        if self._is_daily:
            return day * len(self.times) + bisect_left(self.times, of_day)
        when = date.fromordinal(day + EPOCH_DAY)
        year, month, day_of_month = when.year, when.month, when.day
        mask = self.expression.days_of(year, month)
        days = self._before_year(year) + self._months(year)[month - 1]
        found = (days + (mask & ((1 << day_of_month) - 1)).bit_count()) * len(self.times)
        return found + bisect_left(self.times, of_day) if mask >> day_of_month & 1 else found

    def at(self, number: int) -> int:
        """The wall time (minutes) that so many named ones precede: the reverse of `before`.

        Raises:
            OverflowError: it lies outside the years 1 to 9999.
        """
        days, index = divmod(number, len(self.times))
        return self._day_at(days) * DAY_MINUTES + self.times[index]

    def span(self, start: int, stop: int) -> Iterator[int]:
        """The wall times (minutes) with the numbers from ``start`` to ``stop``, that one excluded, in order."""
        size = len(self.times)
        number = start
        while number < stop:
            days, index = divmod(number, size)
            midnight = self._day_at(days) * DAY_MINUTES
            until = min(size, index + stop - number)
            for time in self.times[index:until]:
                yield midnight + time
            number += until - index

    def _day_at(self, days: int) -> int:
        """The day (since 1970) that so many named ones precede."""
        if self._is_daily and _is_in_calendar(days):
            return days
        cycles, left = divmod(days, self._total)
        place = bisect_right(self._cycle, left) - 1
        year = _EPOCH_YEAR + cycles * _CYCLE_YEARS + place
        if year not in _YEARS:
            raise OverflowError(f"cron {self.expression.text!r} has no such time in the years 1 to 9999")
        left -= self._cycle[place]
        counts = self._months(year)
        month = bisect_right(counts, left, 0, 13)
        mask = self.expression.days_of(year, month)
        for _ in range(left - counts[month - 1]):
            mask &= mask - 1
        return date(year, month, (mask & -mask).bit_length() - 1).toordinal() - EPOCH_DAY

    def _before_year(self, year: int) -> int:
        cycles, place = divmod(year - _EPOCH_YEAR, _CYCLE_YEARS)
        return cycles * self._total + self._cycle[place]

    def _months(self, year: int) -> tuple[int, ...]:
        """How many days of a year are named before each month, and in all."""
        is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        kind = date(year % _CYCLE_YEARS + _CYCLE_YEARS, 1, 1).weekday() << 1 | is_leap
        counts = self._of_kind.get(kind)
        if counts is None:
            made = [0]
            for month in range(1, 13):
                made.append(made[-1] + self.expression.days_of(year, month).bit_count())
            counts = self._of_kind[kind] = tuple(made)
        return counts


@dataclass(frozen=True, slots=True, eq=False)
class _Corrections:
    """The patches of a zone over some years, and what they do to the count. Never changed: a longer one replaces it.

    Args:
        first_year, last_year: patches that begin in these years.
        patches: in order.
        starts: the instant at which each begins (seconds).
        counts: the number of the first firing at or after the begin of each.
        sums: what is to be added to the number of named times: before the first patch, and after each.
    """

    first_year: int
    last_year: int
    patches: tuple[Patch, ...]
    starts: tuple[int, ...]
    counts: tuple[int, ...]
    sums: tuple[int, ...]


_NOTHING = _Corrections(_EPOCH_YEAR, _EPOCH_YEAR - 1, (), (), (), (0,))


class CronCount:
    """The firings of one cron string in one zone, numbered. Made by `cron_count`.

    Args:
        expression: the parsed cron string.
        timeline: the zone.
    """

    __slots__ = ("_corrections", "_lock", "expression", "named", "timeline")

    def __init__(self, expression: CronExpression, timeline: ZoneTimeline) -> None:
        self.expression = expression
        self.timeline = timeline
        self.named = named_times(expression)
        self._corrections = _NOTHING
        self._lock = Lock()

    def __reduce__(self) -> tuple[Callable[[str, str], CronCount], tuple[str, str]]:
        return cron_count, (self.expression.text, self.timeline.zone.key)

    def before(self, second: int) -> int:
        """The number of the first firing at or after an instant."""
        if self.timeline.is_fixed:
            return self.named.before(-(-second // 60))
        known = self._around(_year_of(second))
        index = bisect_right(known.starts, second)
        if index and second < known.patches[index - 1].end:
            return known.counts[index - 1] + bisect_left(fires_in(self.expression, known.patches[index - 1]), second)
        offset = self._offset_after(known, index, second)
        return self.named.before(-(-(second + offset) // 60)) + known.sums[index]

    def second_of(self, number: int) -> int:
        """The instant of the firing with a number: the reverse of `before`.

        Raises:
            OverflowError: it lies outside the years 1 to 9999.
        """
        wall = self.named.at(number) * 60
        if self.timeline.is_fixed:
            return wall
        # The corrections of all times amount to days, so the year is right or the next one.
        known = self._around(_year_of(wall), margin=1)
        index = bisect_right(known.counts, number)
        if index:
            instants = fires_in(self.expression, known.patches[index - 1])
            if number - known.counts[index - 1] < len(instants):
                return instants[number - known.counts[index - 1]]
        if known.sums[index]:
            wall = self.named.at(number - known.sums[index]) * 60
        return wall - self._offset_after(known, index, wall)

    def before_each(self, seconds: Sequence[int]) -> list[int]:
        """As `before`, of many instants.

        Args:
            seconds: in order.
        """
        if self.timeline.is_fixed or not seconds:
            return [self.named.before(-(-each // 60)) for each in seconds]
        self._around(_year_of(seconds[0]))
        known = self._around(_year_of(seconds[-1]))
        found: list[int] = []
        while len(found) < len(seconds):
            second = seconds[len(found)]
            index = bisect_right(known.starts, second)
            if index and second < known.patches[index - 1].end:
                found.append(self.before(second))
                continue
            until = bisect_left(seconds, known.starts[index]) if index < len(known.starts) else len(seconds)
            offset, added = self._offset_after(known, index, second), known.sums[index]
            found += [self.named.before(-(-(each + offset) // 60)) + added for each in seconds[len(found) : until]]
        return found

    def seconds_of(self, start: int, stop: int) -> list[int]:
        """The instants of the firings with the numbers from ``start`` to ``stop``, that one excluded.

        Raises:
            OverflowError: they lie outside the years 1 to 9999.
        """
        found: list[int] = []
        for offset, pieces in self.stretches(start, stop):
            found += pieces if offset is None else [each * 60 - offset for each in pieces]
        return found

    def stretches(self, start: int, stop: int) -> Iterator[tuple[int | None, Iterator[int]]]:
        """The firings with the numbers from ``start`` to ``stop``, that one excluded, in order and in pieces.

        Yields:
            Where each wall time is shown once: the offset (seconds) and the wall times (minutes). Around a change of
            the clocks: None and the instants (seconds).
        """
        if start >= stop:
            return
        if self.timeline.is_fixed:
            yield 0, self.named.span(start, stop)
            return
        known = self._around(_year_of(self.named.at(start) * 60), margin=1)
        known = self._around(_year_of(self.named.at(stop) * 60), margin=1)
        index = bisect_right(known.counts, start)
        while start < stop:
            if index:
                instants = fires_in(self.expression, known.patches[index - 1])
                first = known.counts[index - 1]
                here = instants[start - first : stop - first]
                if here:
                    yield None, iter(here)
                    start += len(here)
            until = min(known.counts[index], stop) if index < len(known.counts) else stop
            if start < until:
                added = known.sums[index]
                offset = self._offset_after(known, index, self.named.at(start - added) * 60)
                yield offset, self.named.span(start - added, until - added)
                start = until
            index += 1

    def _offset_after(self, known: _Corrections, index: int, second: int) -> int:
        """The offset (seconds) in the calm stretch after so many patches; ``second`` lies in it or near."""
        if index:
            return known.patches[index - 1].changes[-1].after
        return known.patches[0].changes[0].before if known.patches else self.timeline.offset_at(second)

    def _around(self, year: int, margin: int = 0) -> _Corrections:
        """The corrections of all years up to one (of years before 1970: from one on), and of the year before it."""
        known = self._corrections
        first, last = max(year - 1 - margin, YEAR_MIN), min(year + margin, YEAR_MAX)
        if known.first_year <= first and last <= known.last_year:
            return known
        with self._lock:
            known = self._corrections
            for each in range(known.last_year + 1, last + 1):
                known = self._with_year_after(known, each)
            for each in range(known.first_year - 1, min(first, _EPOCH_YEAR - 1) - 1, -1):
                known = self._with_year_before(known, each)
            self._corrections = known
        return known

    def _with_year_after(self, known: _Corrections, year: int) -> _Corrections:
        patches = self._patches(year)
        counts: list[int] = []
        sums = [known.sums[-1]]
        for patch in patches:
            counts.append(self._named_before(patch) + sums[-1])
            sums.append(sums[-1] + self._surplus(patch))
        return _Corrections(
            known.first_year,
            year,
            known.patches + patches,
            known.starts + tuple(each.start for each in patches),
            known.counts + tuple(counts),
            known.sums + tuple(sums[1:]),
        )

    def _with_year_before(self, known: _Corrections, year: int) -> _Corrections:
        patches = self._patches(year)
        counts: list[int] = []
        sums = [known.sums[0]]
        for patch in reversed(patches):
            sums.insert(0, sums[0] - self._surplus(patch))
            counts.insert(0, self._named_before(patch) + sums[0])
        return _Corrections(
            year,
            known.last_year,
            patches + known.patches,
            tuple(each.start for each in patches) + known.starts,
            tuple(counts) + known.counts,
            tuple(sums[:-1]) + known.sums,
        )

    def _patches(self, year: int) -> tuple[Patch, ...]:
        return tuple(
            each for each in self.timeline.year(year).patches if each is not None and _year_of(each.start) == year
        )

    def _named_before(self, patch: Patch) -> int:
        return self.named.before(-(-patch.wall_start // 60))

    def _surplus(self, patch: Patch) -> int:
        """How many more firings a patch has than wall times are named in it."""
        named = self.named.before(-(-patch.wall_end // 60)) - self._named_before(patch)
        return len(fires_in(self.expression, patch)) - named


@lru_cache(maxsize=1024)
def named_times(expression: CronExpression) -> NamedTimes:
    """The shared counter of an expression's wall times."""
    return NamedTimes(expression)


@lru_cache(maxsize=1024)
def cron_count(cron: str, zone: str | None = None) -> CronCount:
    """The shared counter of a cron string in a zone.

    Args:
        cron: five fields or a nickname.
        zone: IANA name, None for UTC.

    Raises:
        CronError: the text means nothing.
        UnknownTimezoneError: there is no such zone.

    Example:
        >>> days = cron_count("0 0 * * *")
        >>> days.before(86_400 * 3), days.second_of(3)
        (3, 259200)
    """
    return CronCount(parse_cron(cron), timeline_of(zone))


def _is_in_calendar(day: int) -> bool:
    """Whether a day (since 1970) lies in the years 1 to 9999."""
    return 0 < day + EPOCH_DAY <= date.max.toordinal()


def _year_of(second: int) -> int:
    return date.fromordinal(second // DAY_SECONDS + EPOCH_DAY).year
