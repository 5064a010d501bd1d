"""Time zones: look-up by IANA name, their changes of offset, and what a wall clock shows.

A zone's timeline is cut into *spans*. In a **calm** span the offset is constant and every wall time is
shown once. Around a change of offset lies a **patch**:

    clocks go forward by g at T:   [T, T + g)        the missing wall times, and the g that follow them
    clocks go back by g at T:      [T - g, T + g)    the two passes through the repeated wall times

Patches that touch are one patch. So spans tile both axes, the instants and the wall times, without
overlap and in the same order, and either axis can be searched by bisection. All that is difficult happens
inside patches; whoever computes with wall times (cron) may jump freely outside of them.

The changes themselves are found by asking ``zoneinfo`` for the offset every few days and bisecting where it
differs, once per zone and year, and kept. Whatever database ``zoneinfo`` reads, this agrees with it. No zone
has changed its offset twice within a week since 1970; a test checks that none is overlooked.

Numbers are whole seconds: since 1970-01-01T00:00 UTC for instants, since 1970-01-01T00:00 on the wall for
wall times.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from watchbell.ground.errors import NaiveTimeError, UnknownTimezoneError
from watchbell.ground.suggest import nearest
from watchbell.ground.value import dataclass

EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = EPOCH_AT.toordinal()
DAY_SECONDS = 86_400
PROBE_SECONDS = 3 * DAY_SECONDS
"""Offsets are compared this far apart; the shortest stay at one offset since 1970 is seven days."""
YEAR_MARGIN_SECONDS = 4 * DAY_SECONDS
"""A year's spans reach so far beyond it: further than any offset and any patch."""
YEAR_MIN, YEAR_MAX = 2, 9998
_SECOND = timedelta(seconds=1)
_FIXED_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/GMT", "GMT", "Zulu", "Etc/UCT", "UCT", "Etc/Zulu", "Universal"})


@lru_cache(maxsize=1024)
def zone_named(name: str | None) -> ZoneInfo:
    """The time zone of that IANA name.

    Args:
        name: such as ``"Europe/Berlin"``; None or empty means UTC.

    Raises:
        UnknownTimezoneError: there is none; the message says which name comes nearest.

    Example:
        >>> zone_named("Asia/Kolkata").key
        'Asia/Kolkata'
    """
    if not name or name in {"utc", "UTC"}:
        return ZoneInfo("UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError, AttributeError) as error:
        raise UnknownTimezoneError(_unknown(name), zone=str(name)) from error


def _unknown(name: object) -> str:
    if not isinstance(name, str):
        return f"a time zone is an IANA name such as 'Europe/Berlin', got {name!r}"
    close = nearest(name, sorted(available_timezones()))
    hint = f"did you mean {close!r}?" if close else "use an IANA name such as 'UTC' or 'Europe/Berlin'"
    if name[:1] in "+-" or name.upper().startswith(("GMT", "UTC")):
        hint = "fixed offsets are named 'Etc/GMT-5' (five hours EAST of Greenwich) in the IANA database"
    return f"unknown time zone {name!r}; {hint}"


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of a zone's offset from UTC.

    Args:
        second: the first instant at the new offset (seconds since 1970 UTC).
        before: offset before it (seconds east of Greenwich).
        after: offset from it on (seconds).
    """

    second: int
    before: int
    after: int

    @property
    def at(self) -> datetime:
        """The first instant at the new offset, in UTC."""
        return instant_of(self.second)

    @property
    def size_seconds(self) -> int:
        """How far the clocks are set forward (positive) or back (negative)."""
        return self.after - self.before


class WallKind(Enum):
    """How often a wall clock shows one time."""

    SINGLE = "single"
    MISSING = "missing"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class WallReading:
    """The instants a wall time stands for.

    Args:
        kind: single, missing or repeated.
        first: the instant; of a repeated time the first pass; of a missing one what a clock that nobody
            had set forward would show.
        second: of a repeated time the second pass, otherwise as ``first``.
        gap_end: of a missing time the instant at which the clocks go forward, otherwise None.
    """

    kind: WallKind
    first: datetime
    second: datetime
    gap_end: datetime | None = None


def instant_of(second: int) -> datetime:
    """The instant so many seconds after 1970-01-01T00:00 UTC, in UTC."""
    return EPOCH_AT + timedelta(seconds=second)


def second_of(instant: datetime) -> int:
    """Whole seconds from 1970-01-01T00:00 UTC to an instant, rounded down.

    Raises:
        NaiveTimeError: the datetime has no zone.
    """
    if instant.tzinfo is None:
        raise NaiveTimeError(f"{instant!r} has no time zone; give an aware datetime, e.g. with tzinfo=timezone.utc")
    gap = instant - EPOCH_AT
    return gap.days * DAY_SECONDS + gap.seconds


def read_wall(zone: ZoneInfo, wall: datetime) -> WallReading:
    """What a wall time in a zone stands for: one instant, two, or none.

    Args:
        zone: from `zone_named`.
        wall: naive; a zone on it is an error.

    Raises:
        ValueError: ``wall`` has a zone already.
    """
    if wall.tzinfo is not None:
        raise ValueError(f"{wall!r} has a time zone already; a wall time is naive")
    early, late = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    first, second = early.astimezone(UTC).astimezone(zone), late.astimezone(UTC).astimezone(zone)
    before, after = early.utcoffset(), late.utcoffset()
    assert before is not None
    assert after is not None
    if before == after:
        return WallReading(WallKind.SINGLE, first, first)
    if before > after:
        return WallReading(WallKind.REPEATED, first, second)
    # `second` reads a missing time with the later offset and so lies before the change; `first` lies behind it.
    changes = [each for each in transitions(zone, after=second, until=first) if each.size_seconds > 0]
    return WallReading(WallKind.MISSING, first, first, changes[0].at.astimezone(zone))


def transitions(zone: ZoneInfo, *, after: datetime, until: datetime) -> Iterator[Transition]:
    """The changes of a zone's offset in (after, until], oldest first.

    Changes of the name alone ("EST" to "EWT") are none.

    Raises:
        NaiveTimeError: a bound has no zone.
    """
    start, end = second_of(after), second_of(until)
    if end <= start:
        return
    timeline = timeline_of(zone.key)
    for year in range(max(YEAR_MIN, _year_of(start)), min(YEAR_MAX, _year_of(end)) + 1):
        for change in timeline.year(year).transitions:
            if start < change.second <= end and _year_of(change.second) == year:
                yield change


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """The surroundings of one or more changes of offset; see the top of this file.

    Args:
        start, end: instants (seconds), end excluded.
        wall_start, wall_end: the wall times (seconds) that are decided inside this patch, end excluded.
        changes: the changes of offset in it, in order.
    """

    start: int
    end: int
    wall_start: int
    wall_end: int
    changes: tuple[Transition, ...]

    def instants(self, wall: int) -> list[int]:
        """The instants at which the wall clock shows ``wall``: none, one or two, in order."""
        found: list[int] = []
        begin, offset = None, self.changes[0].before
        for change in (*self.changes, None):
            instant = wall - offset
            if (begin is None or instant >= begin) and (change is None or instant < change.second):
                found.append(instant)
            if change is not None:
                begin, offset = change.second, change.after
        return found

    def skipped_by(self, wall: int) -> Transition:
        """The change that left out a missing wall time."""
        return next(each for each in self.changes if each.second + each.before <= wall < each.second + each.after)


@dataclass(frozen=True, slots=True, eq=False)
class YearSpans:
    """The spans of one zone around one year, as parallel lists in order.

    Args:
        starts: first instant of each span (seconds).
        wall_starts: first wall time of each span (seconds).
        offsets: the offset of a calm span (seconds), None for a patch.
        patches: the patch of each span, None for a calm one.
        transitions: the changes of offset in the same stretch.
    """

    starts: list[int]
    wall_starts: list[int]
    offsets: list[int | None]
    patches: list[Patch | None]
    transitions: tuple[Transition, ...]

    def index_at(self, second: int) -> int:
        """Which span an instant lies in."""
        return max(bisect_right(self.starts, second) - 1, 0)

    def index_of_wall(self, wall: int) -> int:
        """Which span decides about a wall time."""
        return max(bisect_right(self.wall_starts, wall) - 1, 0)


class ZoneTimeline:
    """A zone as spans, computed year by year when asked for.

    Args:
        zone: the zone.
    """

    __slots__ = ("_years", "is_fixed", "zone")

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.is_fixed = zone.key in _FIXED_NAMES  # always UTC; spares the commonest zone every search
        self._years: dict[int, YearSpans] = {}

    def year(self, year: int) -> YearSpans:
        """The spans around a calendar year (2 to 9998; years beyond are taken as those)."""
        year = min(max(year, YEAR_MIN), YEAR_MAX)
        spans = self._years.get(year)
        if spans is None:
            spans = self._years[year] = self._survey(year)
        return spans

    def offset_at(self, second: int) -> int:
        """The offset (seconds east of Greenwich) that ``zoneinfo`` gives for an instant."""
        offset = instant_of(second).astimezone(self.zone).utcoffset()
        assert offset is not None
        return offset // _SECOND

    def _survey(self, year: int) -> YearSpans:
        start = (date(year, 1, 1).toordinal() - EPOCH_DAY) * DAY_SECONDS - YEAR_MARGIN_SECONDS
        end = (date(year + 1, 1, 1).toordinal() - EPOCH_DAY) * DAY_SECONDS + YEAR_MARGIN_SECONDS
        offset = first_offset = self.offset_at(start)
        changes: list[Transition] = []
        for probe in range(start + PROBE_SECONDS, end + PROBE_SECONDS, PROBE_SECONDS):
            found = self.offset_at(probe)
            if found != offset:
                changes.append(self._change_between(probe - PROBE_SECONDS, probe, offset, found))
                offset = found
        return _spans(start, first_offset, tuple(changes))

    def _change_between(self, low: int, high: int, before: int, after: int) -> Transition:
        while high - low > 1:
            middle = (low + high) // 2
            if self.offset_at(middle) == before:
                low = middle
            else:
                high = middle
        return Transition(high, before, after)


def _spans(start: int, first_offset: int, changes: tuple[Transition, ...]) -> YearSpans:
    starts, wall_starts = [start], [start + first_offset]
    offsets: list[int | None] = [first_offset]
    patches: list[Patch | None] = [None]
    for patch in _patches(changes):
        starts += [patch.start, patch.end]
        wall_starts += [patch.wall_start, patch.wall_end]
        offsets += [None, patch.changes[-1].after]
        patches += [patch, None]
    return YearSpans(starts, wall_starts, offsets, patches, changes)


def _patches(changes: tuple[Transition, ...]) -> list[Patch]:
    patches: list[Patch] = []
    for change in changes:
        size = abs(change.size_seconds)
        begin, end = change.second - (size if change.size_seconds < 0 else 0), change.second + size
        together: tuple[Transition, ...] = (change,)
        if patches and begin < patches[-1].end:
            merged = patches.pop()
            begin, end, together = min(begin, merged.start), max(end, merged.end), (*merged.changes, change)
        wall_start, wall_end = begin + together[0].before, end + together[-1].after
        patches.append(Patch(begin, end, wall_start, wall_end, together))
    return patches


@lru_cache(maxsize=1024)
def timeline_of(name: str | None) -> ZoneTimeline:
    """The shared timeline of a zone, by name (None: UTC).

    Raises:
        UnknownTimezoneError: there is no such zone.
    """
    return ZoneTimeline(zone_named(name))


def _year_of(second: int) -> int:
    return date.fromordinal(second // DAY_SECONDS + EPOCH_DAY).year
