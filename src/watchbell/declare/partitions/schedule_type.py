"""How often windows of time follow each other, for those that follow a simple rule."""

from __future__ import annotations

from enum import Enum
from functools import total_ordering

from watchbell.ground.errors import CheckError


@total_ordering
class ScheduleType(Enum):
    """How long a window is, from the shortest to the longest: they can be compared."""

    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"

    @property
    def ordinal(self) -> int:
        """Its place among them: 1 is the shortest."""
        return list(ScheduleType).index(self) + 1

    def __gt__(self, other: object) -> bool:
        if not isinstance(other, ScheduleType):
            return NotImplemented
        return self.ordinal > other.ordinal


def cron_of(kind: ScheduleType, minute_offset: int, hour_offset: int, day_offset: int) -> str:
    """The cron string of windows of that length.

    Args:
        kind: how long they are.
        minute_offset: minutes past the hour.
        hour_offset: hours past midnight; without effect on hourly ones.
        day_offset: the day of the week (0: Sunday) or of the month; without effect on the others.
    """
    if kind is ScheduleType.HOURLY:
        return f"{minute_offset} * * * *"
    if kind is ScheduleType.DAILY:
        return f"{minute_offset} {hour_offset} * * *"
    if kind is ScheduleType.WEEKLY:
        return f"{minute_offset} {hour_offset} * * {day_offset}"
    return f"{minute_offset} {hour_offset} {day_offset or 1} * *"


def kind_of(cron: str) -> ScheduleType | None:
    """Which of the simple rules a cron string is, None if it is none of them."""
    minute, hour, day, month, weekday = (*cron.split(), "", "", "", "", "")[:5]
    if not minute.isdigit() or month != "*":
        return None
    if hour == "*":
        return ScheduleType.HOURLY if (day, weekday) == ("*", "*") else None
    if not hour.isdigit():
        return None
    if day == "*":
        return ScheduleType.DAILY if weekday == "*" else ScheduleType.WEEKLY if weekday.isdigit() else None
    return ScheduleType.MONTHLY if day.isdigit() and weekday == "*" else None


def offset_in(cron: str, field: str) -> int:
    """The number in one field of a simple cron string.

    Args:
        cron: five fields.
        field: ``"minute"``, ``"hour"`` or ``"day"`` (of the month or of the week).

    Raises:
        CheckError: that field holds no number.
    """
    minute, hour, day, _, weekday = cron.split() if len(cron.split()) == 5 else ("",) * 5
    text = {"minute": minute, "hour": hour, "day": day if day.isdigit() else weekday}[field]
    if not text.isdigit():
        raise CheckError(f"windows of cron {cron!r} have no {field} offset")
    return int(text)


def moved_cron(
    cron: str, minute: int | None, hour: int | None, day_of_week: int | None, day_of_month: int | None
) -> str:
    """A cron string that runs once a window, at another time than the window's end.

    Args:
        cron: that of the windows.
        minute, hour, day_of_week, day_of_month: what to change; None: as it is.

    Raises:
        CheckError: the windows are none of the simple kinds, or shorter than what is to be changed.
    """
    if minute is None and hour is None and day_of_week is None and day_of_month is None:
        return cron
    kind = kind_of(cron)
    if kind is None:
        raise CheckError(
            f"windows of cron {cron!r} take no minute_of_hour, hour_of_day, day_of_week or day_of_month: only hourly, "
            "daily, weekly and monthly ones do. Give the schedule a cron string instead"
        )
    if kind is ScheduleType.HOURLY and hour is not None:
        raise CheckError("hourly partitions take no hour_of_day: their schedule runs every hour")
    if kind is ScheduleType.DAILY and (day_of_week is not None or day_of_month is not None):
        name = "day_of_week" if day_of_week is not None else "day_of_month"
        raise CheckError(f"daily partitions take no {name}: their schedule runs every day")
    fields = cron.split()
    if minute is not None:
        fields[0] = str(minute)
    if hour is not None:
        fields[1] = str(hour)
    if kind is ScheduleType.WEEKLY and day_of_week is not None:
        fields[4] = str(day_of_week)
    if kind is ScheduleType.MONTHLY and day_of_month is not None:
        fields[2] = str(day_of_month)
    return " ".join(fields)
