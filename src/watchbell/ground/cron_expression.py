"""A cron string as sets, and the wall times it names; zones come in `ground/cron.py`.

Wall times are whole minutes since 1970-01-01T00:00 on the wall. The next or the last one is found field by
field: the months of the expression, then the days of such a month (at most 28 kinds of month exist: seven
first weekdays, four lengths; each kind's days are a bitmask, computed once), then hour and minute.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import field
from datetime import date
from functools import lru_cache

from watchbell.ground.cron_field import FIELDS, LAST, CronWarning, FieldSet, parse_field
from watchbell.ground.errors import CronError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.ground.zones import EPOCH_DAY

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
DAY_MINUTES = 1440
_YEAR_FIRST, _YEAR_LAST = 1, 9999
_LENGTHS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ALL_MINUTES, _ALL_HOURS, _ALL_DAYS, _ALL_MONTHS, _ALL_WEEKDAYS = (each.full for each in FIELDS)
_WEEKLY = 1 << 1 | 1 << 8 | 1 << 15 | 1 << 22 | 1 << 29  # days 1, 8, 15, 22 and 29


@dataclass(frozen=True, slots=True)
class CronExpression:
    """A cron string without a zone: which wall times it names.

    Two expressions are equal when their texts are. Made by `parse_cron`.

    Args:
        text: as it was written.
        minutes, hours, days, months, weekdays: bitmasks, bit ``n`` for value ``n``; Sunday is 0.
        any_day, any_weekday: whether the field says ``*`` or ``?`` and so leaves the choice to the other one.
        last_day: whether the last day of the month is among the days.
        ordinals: (weekday, n) pairs of ``MON#2`` (n = 2) and ``L5`` (n = 6).
    """

    text: str
    minutes: int = field(compare=False)
    hours: int = field(compare=False)
    days: int = field(compare=False)
    months: int = field(compare=False)
    weekdays: int = field(compare=False)
    any_day: bool = field(default=True, compare=False)
    any_weekday: bool = field(default=True, compare=False)
    last_day: bool = field(default=False, compare=False)
    ordinals: frozenset[tuple[int, int]] = field(default=frozenset(), compare=False)
    _kinds: dict[int, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def follows_clock(self) -> bool:
        """Whether every hour of the day is named, so that the rule says "each hour" and not "at that hour"."""
        return self.hours == _ALL_HOURS

    @property
    def is_sub_hourly(self) -> bool:
        """Whether it fires more than once within an hour."""
        return self.minutes.bit_count() > 1

    @property
    def is_plain(self) -> bool:
        """Whether it is one time of day on every day, on given weekdays or on one day up to the 28th of every month."""
        if self.minutes.bit_count() > 1 or self.hours.bit_count() > 1 or self.months != _ALL_MONTHS:
            return False
        if self.ordinals or self.last_day:
            return False
        if self.any_day:
            return True
        return self.any_weekday and self.days.bit_count() == 1 and self.days < 1 << 29

    def wall_from(self, minute: int) -> int:
        """The first named wall time at or after one (minutes since 1970-01-01T00:00 on the wall).

        Raises:
            OverflowError: there is none up to the year 9999.
        """
        day, of_day = divmod(minute, DAY_MINUTES)
        when = date.fromordinal(day + EPOCH_DAY)
        year, month, day_of_month = when.year, when.month, when.day
        if self.days_of(year, month) >> day_of_month & 1:
            later = self._time_from(of_day)
            if later >= 0:
                return day * DAY_MINUTES + later
        at_least = day_of_month + 1
        while True:
            left = self.days_of(year, month) >> at_least if at_least < 32 else 0
            if left:
                found = at_least + (left & -left).bit_length() - 1
                return (date(year, month, found).toordinal() - EPOCH_DAY) * DAY_MINUTES + self._time_from(0)
            ahead = self.months >> (month + 1)
            if ahead:
                month += (ahead & -ahead).bit_length()
            else:
                year, month = year + 1, (self.months & -self.months).bit_length() - 1
                if year > _YEAR_LAST:
                    raise OverflowError(f"cron {self.text!r} does not fire again before the year 10000")
            at_least = 1

    def walls(self, minute: int, stop: int) -> Iterator[int]:
        """The named wall times from one to another, that one excluded (minutes as in :meth:`wall_from`)."""
        times = [hour * 60 + each for hour in _bits(self.hours) for each in _bits(self.minutes)]
        when = date.fromordinal(minute // DAY_MINUTES + EPOCH_DAY)
        year, month, first_day = when.year, when.month, when.day
        while year <= _YEAR_LAST:
            month_start = (date(year, month, 1).toordinal() - EPOCH_DAY) * DAY_MINUTES
            if month_start >= stop:
                return
            days = self.days_of(year, month)
            for day in _bits(days >> first_day << first_day):
                day_start = month_start + (day - 1) * DAY_MINUTES
                for time in times:
                    if day_start + time >= stop:
                        return
                    if day_start + time >= minute:
                        yield day_start + time
            year, month, first_day = (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)

    def wall_until(self, minute: int) -> int:
        """The last named wall time at or before one (minutes since 1970-01-01T00:00 on the wall).

        Raises:
            OverflowError: there is none back to the year 1.
        """
        day, of_day = divmod(minute, DAY_MINUTES)
        when = date.fromordinal(day + EPOCH_DAY)
        year, month, day_of_month = when.year, when.month, when.day
        if self.days_of(year, month) >> day_of_month & 1:
            earlier = self._time_until(of_day)
            if earlier >= 0:
                return day * DAY_MINUTES + earlier
        below = day_of_month
        while True:
            left = self.days_of(year, month) & ((1 << below) - 1)
            if left:
                found = left.bit_length() - 1
                found_day = date(year, month, found).toordinal() - EPOCH_DAY
                return found_day * DAY_MINUTES + self._time_until(DAY_MINUTES - 1)
            before = self.months & ((1 << month) - 1)
            if before:
                month = before.bit_length() - 1
            else:
                year, month = year - 1, self.months.bit_length() - 1
                if year < _YEAR_FIRST:
                    raise OverflowError(f"cron {self.text!r} does not fire before that")
            below = 32

    def _time_from(self, of_day: int) -> int:
        """The first time of day at or after one, in minutes; -1 if there is none."""
        hour, minute = divmod(of_day, 60)
        if self.hours >> hour & 1:
            left = self.minutes >> minute
            if left:
                return of_day + (left & -left).bit_length() - 1
        ahead = self.hours >> (hour + 1)
        if not ahead:
            return -1
        return (hour + (ahead & -ahead).bit_length()) * 60 + (self.minutes & -self.minutes).bit_length() - 1

    def _time_until(self, of_day: int) -> int:
        """The last time of day at or before one, in minutes; -1 if there is none."""
        hour, minute = divmod(of_day, 60)
        if self.hours >> hour & 1:
            left = self.minutes & ((2 << minute) - 1)
            if left:
                return hour * 60 + left.bit_length() - 1
        before = self.hours & ((1 << hour) - 1)
        if not before:
            return -1
        return (before.bit_length() - 1) * 60 + self.minutes.bit_length() - 1

    def days_of(self, year: int, month: int) -> int:
        """The days of that month as a bitmask, empty if the month is not named."""
        if not self.months >> month & 1:
            return 0
        length = _LENGTHS[month]
        if month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
            length = 29
        first_weekday = date(year, month, 1).isoweekday() % 7
        kind = first_weekday << 5 | length
        days = self._kinds.get(kind)
        if days is None:
            days = self._kinds[kind] = self._days_of_kind(first_weekday, length)
        return days

    def _days_of_kind(self, first_weekday: int, length: int) -> int:
        all_days = (2 << length) - 2
        by_day = self._listed_days(length)
        if self.ordinals:
            counted = self._ordinal_days(first_weekday, length)
            return counted & by_day if self.any_weekday else counted
        by_weekday = 0
        for weekday in range(7):
            if self.weekdays >> weekday & 1:
                by_weekday |= _WEEKLY << (weekday - first_weekday) % 7
        if self.any_day:
            return by_weekday & all_days
        return by_day if self.any_weekday else (by_day | by_weekday) & all_days

    def _listed_days(self, length: int) -> int:
        return (self.days | (1 << length if self.last_day else 0)) & ((2 << length) - 2)

    def _ordinal_days(self, first_weekday: int, length: int) -> int:
        days = 0
        for weekday, number in self.ordinals:
            of_weekday = (_WEEKLY << (weekday - first_weekday) % 7) & ((2 << length) - 2)
            if number == LAST:
                days |= 1 << (of_weekday.bit_length() - 1)
            else:
                days |= of_weekday & (0x7F << (7 * number - 6))
        return days

    def _occurs(self, *, listed_only: bool) -> bool:
        """Whether a day comes at all; ``listed_only``: a day that the day-of-month field itself names."""
        for month in range(1, 13):
            if not self.months >> month & 1:
                continue
            lengths = (28, 29) if month == 2 else (_LENGTHS[month],)
            for length in lengths:
                listed = self._listed_days(length) if listed_only else (2 << length) - 2
                if not self.ordinals and listed:
                    return True
                if any(self._ordinal_days(first, length) & listed for first in range(7)):
                    return True
        return False


def parse_cron(text: str) -> CronExpression:
    """The expression that a cron string stands for.

    Args:
        text: five fields (minute, hour, day of month, month, day of week), or a nickname such as ``@daily``.

    Raises:
        CronError: it means nothing, or names a date that never comes; ``field`` says where, the message what is
            accepted there.

    Warns:
        CronWarning: it is accepted, but hardly says what its writer meant (``R``, ``5-5``).

    Example:
        >>> parse_cron("*/15 9-17 * * MON-FRI").text
        '*/15 9-17 * * MON-FRI'
    """
    if not isinstance(text, str):
        raise CronError(f"a cron schedule is a text such as '0 2 * * *', got {text!r}", expression=repr(text))
    expression, notes = _parse(text)
    for note in notes:
        warnings.warn(f"cron {text!r}: {note}", CronWarning, stacklevel=2)
    return expression


def is_valid_cron_string(text: str) -> bool:
    """Whether `parse_cron` accepts a text.

    Example:
        >>> is_valid_cron_string("0 0 31 2 *")
        False
    """
    if not isinstance(text, str):
        return False
    try:
        _parse(text)
    except CronError:
        return False
    return True


@lru_cache(maxsize=4096)
def _parse(text: str) -> tuple[CronExpression, tuple[str, ...]]:
    parts = _fields_of(text)
    minute, hour, day, month, weekday = (
        parse_field(rule, part, text) for rule, part in zip(FIELDS, parts, strict=True)
    )
    # A day field that lists all its values counts as "any" if a star stands somewhere in the other one.
    any_day = day.is_any or (day.listed_count == 31 and "*" in parts[4])
    any_weekday = weekday.is_any or (weekday.listed_count == 7 and "*" in parts[2])
    expression = CronExpression(
        text=text,
        minutes=_ALL_MINUTES if minute.is_any else minute.values,
        hours=_ALL_HOURS if hour.is_any else hour.values,
        days=_ALL_DAYS if any_day else day.values,
        months=_ALL_MONTHS if month.is_any else month.values,
        weekdays=_ALL_WEEKDAYS if any_weekday else weekday.values,
        any_day=any_day,
        any_weekday=any_weekday,
        last_day=day.is_last,
        ordinals=weekday.ordinals,
    )
    _check_occurs(expression, parts, weekday)
    notes = [note for each in (minute, hour, day, month, weekday) for note in each.warnings]
    if expression.ordinals and not expression.any_day and not expression.any_weekday:
        notes.append(
            f"beside {parts[4]!r} the day of month {parts[2]!r} has no effect, as in Dagster; "
            f"write '*' there, or give two cron strings"
        )
    return expression, tuple(notes)


def _fields_of(text: str) -> list[str]:
    parts = text.split()
    if len(parts) == 5:
        return parts
    if text.lower() in NICKNAMES:
        return NICKNAMES[text.lower()].split()
    if not parts:
        raise CronError(
            f"cron {text!r} is empty; write five fields, e.g. '0 2 * * *' for 02:00 every day", expression=text
        )
    if text.strip().startswith("@"):
        hint = did_you_mean(text.strip(), NICKNAMES)
        if text.strip().lower() in NICKNAMES:
            hint = "; a nickname has no blanks around it"
        raise CronError(f"cron {text!r} is no nickname{hint}", expression=text)
    names = ", ".join(rule.name for rule in FIELDS)
    extra = "; seconds and years are not supported" if len(parts) in {6, 7} else ""
    raise CronError(
        f"cron {text!r} has {len(parts)} field{'s'[: len(parts) > 1]} instead of five ({names}){extra}", expression=text
    )


def _check_occurs(expression: CronExpression, parts: list[str], weekday: FieldSet) -> None:
    if expression.any_day or (expression.days & 0x0FFFFFFE and not weekday.ordinals):
        # A day up to the 27th comes in every month; every weekday has a fifth in some year, in February too.
        return
    if not expression._occurs(listed_only=True):
        what = f"day of month {parts[2]!r} never comes in month {parts[3]!r}; 'L' is the last day of any month"
        if weekday.ordinals:
            what = f"day of month {parts[2]!r} never falls on {parts[4]!r}; write '*' there, or give two cron strings"
        elif not expression.any_weekday:
            what += "; for the weekdays alone write '*' in the day of month"
        raise CronError(f"cron {expression.text!r}: {what}", expression=expression.text, field="day of month")


def _bits(mask: int) -> Iterator[int]:
    """The places of the bits that are set, lowest first."""
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1
