"""What a cron string means, in words for people."""

from __future__ import annotations

from collections.abc import Sequence

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAY_NAMES = {name[:3].lower(): number for number, name in enumerate(DAYS)}
_MONTH_NAMES = {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)}
TIMES_MAX = 6
"""Times of a day that are named one by one (count)."""


def cron_words(text: str) -> str:
    """What a cron string of five fields means.

    Args:
        text: a cron string that can be read (``ground/cron_expression.py``).

    Example:
        >>> cron_words("0 2 * * 1-5"), cron_words("*/15 * * * *")
        ('at 02:00, Monday to Friday', 'every 15 minutes')
    """
    fields = NICKNAMES.get(text.strip().lower(), text).split()
    if len(fields) != 5:
        return text
    minute, hour, day, month, weekday = fields
    parts = [_time(minute, hour), *_days(day, weekday)]
    if not _is_any(month):
        parts.append(f"in {_listed(month, _MONTH_NAMES, _month)}")
    return ", ".join(parts)


def _is_any(field: str) -> bool:
    return field in {"*", "?", "*/1"}


def _time(minute: str, hour: str) -> str:
    if _is_any(minute):
        return "every minute" if _is_any(hour) else f"every minute {_in_hours(hour)}"
    step = _step(minute)
    if step is not None:
        return f"every {step} minutes" + ("" if _is_any(hour) else f" {_in_hours(hour)}")
    minutes = _numbers(minute)
    if minutes is None:
        return f"at minutes {minute}" + ("" if _is_any(hour) else f" {_in_hours(hour)}")
    past = f"at minute{'' if len(minutes) == 1 else 's'} {_joined([str(each) for each in minutes])}"
    if _is_any(hour):
        return "every hour" if minutes == [0] else f"every hour, {past}"
    every = _step(hour)
    if every is not None:
        return f"every {every} hours" + ("" if minutes == [0] else f", {past}")
    hours = _numbers(hour)
    if hours is None or len(hours) * len(minutes) > TIMES_MAX:
        return f"{past} {_in_hours(hour)}"
    return f"at {_joined([f'{each:02}:{past_hour:02}' for each in hours for past_hour in minutes])}"


def _in_hours(hour: str) -> str:
    step = _step(hour)
    if step is not None:
        return f"in every {step}. hour"
    first, dash, last = hour.partition("-")
    if dash and first.isdecimal() and last.isdecimal():
        return f"from {int(first):02}:00 to {int(last):02}:59"
    return f"in the hours {hour}"


def _days(day: str, weekday: str) -> Sequence[str]:
    of_week = "" if _is_any(weekday) else _listed(weekday, _DAY_NAMES, _day)
    of_month = "" if _is_any(day) else _of_month(day)
    if of_week and of_month:
        return [f"{of_month} and every {of_week}"]  # as cron has it: one of the two is enough
    return [each for each in (of_week, of_month) if each]


def _of_month(day: str) -> str:
    if day.lower() == "l":
        return "on the last day of the month"
    step = _step(day)
    if step is not None:
        return f"on every {step}. day of the month"
    return f"on day{'s' if ',' in day or '-' in day else ''} {day.replace('-', ' to ').replace(',', ', ')} of the month"


def _listed(field: str, names: dict[str, int], name_of: object) -> str:
    assert callable(name_of)
    parts = []
    for part in field.split(","):
        first, dash, last = part.partition("-")
        start, end = _number(first, names), _number(last, names)
        if start is None or (dash and end is None):
            return field
        parts.append(f"{name_of(start)} to {name_of(end)}" if dash and end is not None else str(name_of(start)))
    return _joined(parts)


def _number(text: str, names: dict[str, int]) -> int | None:
    if text.isdecimal():
        return int(text)
    return names.get(text.lower()[:3]) if text.isalpha() else None


def _day(number: int) -> str:
    return DAYS[number % 7]


def _month(number: int) -> str:
    return MONTHS[(number - 1) % 12]


def _step(field: str) -> int | None:
    start, slash, step = field.partition("/")
    return int(step) if slash and start in {"*", "0"} and step.isdecimal() and int(step) > 1 else None


def _numbers(field: str) -> list[int] | None:
    parts = field.split(",")
    return sorted({int(part) for part in parts}) if all(part.isdecimal() for part in parts) else None


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
