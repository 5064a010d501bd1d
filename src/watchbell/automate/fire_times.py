"""The next times of a schedule as people want to see them: with what summer time does to them.

The rules themselves are cron's (``ground/cron.py``); here they are only told: a time whose hour does not exist that
day, an hour that comes twice, an offset that is another than on the line before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from watchbell.ground.cron import Cron
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.ground.zones import WallKind, read_wall, transitions, zone_named

NAMED_MAX = 3
"""Times that do not exist which are named in one line (count)."""


@dataclass(frozen=True)
class FireTime:
    """One time of a schedule.

    Args:
        at: nominal, in the schedule's own zone.
        ticks_at: when it is evaluated, in the same zone: later than ``at`` by the schedule's jitter.
        marks: what is unusual about it, for people.
    """

    at: datetime
    ticks_at: datetime
    marks: tuple[str, ...] = ()


def fire_times(cron: Cron, *, after: datetime, count: int, jitter_seconds: float = 0.0) -> list[FireTime]:
    """The first ``count`` times of ``cron`` after an instant, oldest first; fewer if the calendar ends.

    Args:
        cron: the schedule's times.
        after: aware, excluded.
        count: most of them (>= 0).
        jitter_seconds: how much later than its nominal time this schedule always ticks.

    Raises:
        NaiveTimeError: ``after`` has no zone.
    """
    found: list[FireTime] = []
    before: datetime | None = None
    for at in islice(cron.fires(after=after), count):
        found.append(FireTime(at, at + timedelta(seconds=jitter_seconds), marks_of(cron, at, before)))
        before = at
    return found


def moment_in(zone: str, moment: datetime) -> datetime:
    """A time as somebody wrote it, as an instant in a zone; a naive one is a wall time there, of two the first.

    Args:
        zone: name of the zone.
        moment: aware or naive; ``fold`` chooses the second of two.

    Raises:
        ParameterCheckError: no clock of that zone ever shows it.
    """
    if moment.tzinfo is not None:
        return moment.astimezone(zone_named(zone))
    reading = read_wall(zone_named(zone), moment.replace(fold=0))
    if reading.kind is WallKind.MISSING:
        raise ParameterCheckError(
            f"{moment} does not exist in {zone}: the clocks go forward to {reading.gap_end:%H:%M} there. Give the time "
            f"with its offset, for example {reading.first.isoformat(' ')}",
            parameter="moment",
            value=moment,
        )
    return reading.second if moment.fold else reading.first


def fires_at(cron: Cron, moment: datetime) -> bool:
    """Whether an instant is one of the times of ``cron``."""
    try:
        return cron.at_or_after(moment) == moment
    except OverflowError:
        return False


def offset_text(moment: datetime) -> str:
    """The offset from UTC as people write it: ``UTC+01:00``, ``UTC``."""
    seconds = round((moment.utcoffset() or timedelta()).total_seconds())
    if not seconds:
        return "UTC"
    hours, rest = divmod(abs(seconds), 3600)
    minutes, odd = divmod(rest, 60)
    return f"UTC{'+' if seconds > 0 else '-'}{hours:02}:{minutes:02}" + (f":{odd:02}" if odd else "")


def marks_of(cron: Cron, at: datetime, before: datetime | None = None) -> tuple[str, ...]:
    """What is unusual about a time of ``cron``, for people.

    Args:
        cron: the schedule's times.
        at: one of them, in the schedule's own zone.
        before: the time on the line before, in the same zone; None: there is none.
    """
    marks = [*_moved(cron, at), *_twice(at)]
    if before is not None and before.utcoffset() != at.utcoffset():
        marks.append(f"the offset was {offset_text(before)} on the line before")
    return tuple(marks)


def _moved(cron: Cron, at: datetime) -> Iterator[str]:
    """Says which times of the schedule do not exist that day, if it is only because of them that it fires now."""
    wall = _minute_of(at.replace(tzinfo=None))
    if any(each.wall_from(wall) == wall for each in cron.expressions):
        return
    zone = zone_named(cron.zone)
    gaps = [each for each in transitions(zone, after=at - timedelta(days=1), until=at) if each.size_seconds > 0]
    if not gaps:
        return
    start = gaps[-1].second + gaps[-1].before
    names = _named_between(cron, start // 60, (start + gaps[-1].size_seconds) // 60)
    verb = "does" if len(names) == 1 else "do"
    more = " …" if len(names) > NAMED_MAX else ""
    yield f"moved: {', '.join(names[:NAMED_MAX])}{more} {verb} not exist that day"


def _named_between(cron: Cron, start: int, end: int) -> Sequence[str]:
    """The wall times in [start, end) (minutes since 1970) that the cron strings name; of more than three, some."""
    named: set[int] = set()
    for each in cron.expressions:
        minute = each.wall_from(start)
        for _ in range(NAMED_MAX + 1):
            if minute < end:
                named.add(minute)
                minute = each.wall_from(minute + 1)
    return [f"{minute // 60 % 24:02}:{minute % 60:02}" for minute in sorted(named)]


def _twice(at: datetime) -> Iterator[str]:
    zone = at.tzinfo
    if zone is None or at.replace(fold=0).utcoffset() == at.replace(fold=1).utcoffset():
        return
    reading = read_wall(zone_named(str(zone)), at.replace(tzinfo=None, fold=0))
    if reading.kind is WallKind.REPEATED:
        which = "first" if reading.first.utcoffset() == at.utcoffset() else "second"
        yield f"{at:%H:%M} comes twice that day, this is the {which}"


def _minute_of(wall: datetime) -> int:
    """Minutes from 1970-01-01T00:00 to a wall time, as cron expressions count them."""
    return (wall - datetime.fromisoformat("1970-01-01")) // timedelta(minutes=1)
