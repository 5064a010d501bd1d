"""Times and lengths of time as people type them in a query: ``-1d``, ``2026-05-03``, ``5m``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SECONDS_OF = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LENGTH = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(s|min|m|h|d|w)", re.IGNORECASE)
_PARTS = re.compile(rf"(?:{_LENGTH.pattern})+", re.IGNORECASE)
DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}


def seconds_of(text: str) -> float | None:
    """A length of time (``90s``, ``1.5h``, ``1h30m``) in seconds; None: it is none."""
    text = text.strip()
    if not _PARTS.fullmatch(text):
        return None
    return sum(float(number) * SECONDS_OF[unit.lower()] for number, unit in _LENGTH.findall(text))


def moment_of(text: str, now: datetime, zone: str | None = None) -> datetime | None:
    """An instant as it was typed; None: it is none.

    Args:
        text: how long ago (``-1d``, ``1d``), ``now``, ``today``, or a date with or without time and offset.
        now: the present instant, aware.
        zone: IANA zone of what is typed without one; None: UTC. Of a time that is there twice the first is meant.
    """
    text = text.strip().lower()
    here = UTC if zone is None else ZoneInfo(zone)
    if text == "now":
        return now
    if text in DAYS:
        day = now.astimezone(here).date() + timedelta(days=DAYS[text])
        return datetime(day.year, day.month, day.day, tzinfo=here).astimezone(UTC)
    sign = text[:1] if text[:1] in {"-", "+"} else "-"
    seconds = seconds_of(text.removeprefix(sign))
    try:
        if seconds is not None:
            return now + timedelta(seconds=seconds if sign == "+" else -seconds)
        found = datetime.fromisoformat(text.upper().replace(" ", "T"))
        aware = found if found.tzinfo is not None else found.replace(tzinfo=here)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
