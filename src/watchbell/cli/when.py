"""Times as people type them: ``2026-03-29 02:30``, with or without a zone, or a length of time ago, ``2h``."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import click

from watchbell.automate.fire_times import moment_in
from watchbell.ground.errors import ParameterCheckError

SECONDS_OF = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)(?:\s*ago)?", re.IGNORECASE)
EXAMPLES = "write for example 2026-03-29T02:30, 2026-03-29T02:30+02:00 or 2026-03-29"


class TimeText(click.ParamType):  # type: ignore[type-arg]  # not generic in older clicks
    """A point in time, aware or naive as it was typed.

    Args:
        or_length: whether a length of time ago (``2h``) is taken as well, as a timedelta.
    """

    name = "time"

    def __init__(self, *, or_length: bool = False) -> None:
        self._or_length = or_length

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime | timedelta:
        """Reads what was typed, or says what is accepted."""
        if isinstance(value, datetime | timedelta):
            return value
        text = str(value).strip()
        if self._or_length and (length := _LENGTH.fullmatch(text)):
            try:
                return timedelta(seconds=float(length[1]) * SECONDS_OF[length[2].lower()])
            except OverflowError:
                self.fail(f"{text!r} is longer than there is time", param, ctx)
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            more = ", or how long ago: 90s, 15min, 2h, 3d" if self._or_length else ""
            self.fail(f"{text!r} is no time; {EXAMPLES}{more}", param, ctx)

    def get_metavar(self, param: click.Parameter, *args: Any, **kwargs: Any) -> str:
        """What the help shows in the place of the value; newer clicks also give their context, by name."""
        return "TIME"


def length_of(text: str) -> float | None:
    """A length of time as typed (``5m``, ``1.5h``), in seconds; None: it is none."""
    found = _LENGTH.fullmatch(text.strip())
    return None if found is None else float(found[1]) * SECONDS_OF[found[2].lower()]


def in_zone(moment: datetime, zone: str, option: str) -> datetime:
    """A time as typed, as an instant in a zone; a naive one is a wall time there, of two the first.

    Args:
        moment: aware or naive.
        zone: name of the zone.
        option: the option it was given with, for messages.

    Raises:
        click.BadParameter: no clock of that zone ever shows it.
    """
    try:
        return moment_in(zone, moment)
    except ParameterCheckError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


def instant_of(given: datetime | timedelta | None, now: datetime, option: str) -> datetime | None:
    """A time or a length of time ago as an instant; a naive time is UTC, like all times that logs show."""
    if given is None:
        return None
    if isinstance(given, timedelta):
        try:
            return now - given
        except OverflowError:
            return datetime.min.replace(tzinfo=now.tzinfo)
    return in_zone(given, "UTC", option)
