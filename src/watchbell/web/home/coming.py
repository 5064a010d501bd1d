"""The times to come of a timeline: when the schedules that are on tick next, as far as they can be told apart."""

from __future__ import annotations

import heapq
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from watchbell.automate.due import jitter_offset, next_due
from watchbell.ground.cron import Cron
from watchbell.ground.value import dataclass
from watchbell.record.snapshot import LocationSnapshot, ScheduleSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind
from watchbell.web.view import View

STEPS_MAX = 1_000
"""Times that are looked for, for one answer (count); many more would not be looked at."""


@dataclass(frozen=True, eq=False)
class Beat:
    """Schedules that ring at the same times.

    Args:
        cron: the times.
        offset: how much later they tick.
        schedules: with their keys.
    """

    cron: Cron
    offset: timedelta
    schedules: list[tuple[AutomationKey, ScheduleSnapshot]]


@dataclass(frozen=True, eq=False)
class Coming:
    """Times to come.

    Args:
        times: each with the schedules that tick then, the next first.
        has_more: whether there are more that were not looked for.
    """

    times: tuple[tuple[datetime, tuple[tuple[AutomationKey, ScheduleSnapshot], ...]], ...]
    has_more: bool


class _Kept:
    """What was found last, kept until definitions, switches or the stretch are others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locations: tuple[LocationSnapshot, ...] = ()
        self._switched: dict[AutomationKey, bool] = {}
        self._beats: list[Beat] = []
        self._found: dict[tuple[float, int, int], Coming] = {}

    def beats(self, locations: Sequence[LocationSnapshot], switched: dict[AutomationKey, bool]) -> list[Beat]:
        """The schedules that are on, by their times: thousands share few."""
        with self._lock:
            return self._beats_of(locations, switched)

    def _beats_of(self, locations: Sequence[LocationSnapshot], switched: dict[AutomationKey, bool]) -> list[Beat]:
        given = tuple(locations)
        same = len(given) == len(self._locations)
        is_same = same and all(one is other for one, other in zip(given, self._locations, strict=True))
        if not is_same or self._switched != switched:
            self._beats = list(_beats(given, switched))
            self._locations, self._switched = given, switched
            self._found.clear()
        return self._beats

    def coming(
        self,
        locations: Sequence[LocationSnapshot],
        switched: dict[AutomationKey, bool],
        stretch: tuple[float, int, int],
        find: Callable[[Sequence[Beat]], Coming],
    ) -> Coming:
        """What is to come in a stretch, found anew only where it has to be."""
        with self._lock:
            beats = self._beats_of(locations, switched)
            if stretch not in self._found:
                if len(self._found) > 20:
                    self._found.clear()
                self._found[stretch] = find(beats)
            return self._found[stretch]


_kept = _Kept()


def coming_between(view: View, first: int, last: int, bin_seconds: float) -> Coming:
    """The times to come in these stretches; of each schedule the first in every one of them. One query.

    Args:
        view: what is looked at.
        first: the first stretch, in which the present lies or after it.
        last: the last one, included.
        bin_seconds: length of each.
    """
    switched = view.store.switched_automations()
    now = view.now()

    def find(beats: Sequence[Beat]) -> Coming:
        def later(at: datetime) -> datetime:
            return _instant((math.floor(at.timestamp() / bin_seconds) + 1) * bin_seconds)

        return _times(beats, max(now, _instant(first * bin_seconds)), _instant((last + 1) * bin_seconds), later)

    found = _kept.coming(view.locations(), switched, (bin_seconds, first, last), find)
    return Coming(tuple(each for each in found.times if each[0] > now), found.has_more)


def all_between(
    view: View, start: datetime, end: datetime, most: int
) -> list[tuple[datetime, AutomationKey, ScheduleSnapshot]]:
    """Every time to come in a stretch, with its schedule, the next first, up to a number; one query."""
    beats = _kept.beats(view.locations(), view.store.switched_automations())
    found: list[tuple[datetime, AutomationKey, ScheduleSnapshot]] = []
    moment = timedelta(microseconds=1)
    for at, schedules in _times(beats, max(start, view.now()), end, lambda at: at + moment, most).times:
        found += [(at, key, schedule) for key, schedule in schedules]
    return found[:most]


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _times(
    beats: Sequence[Beat],
    start: datetime,
    end: datetime,
    later: Callable[[datetime], datetime],
    most: int = STEPS_MAX,
) -> Coming:
    """Times of these beats in order; of each beat the next one not before ``later`` of the one before."""
    moment = timedelta(microseconds=1)
    heap: list[tuple[datetime, int]] = []
    for place, beat in enumerate(beats[:STEPS_MAX]):
        at = next_due(beat.cron, start - beat.offset - moment, beat.offset)
        if at is not None and at < end:
            heap.append((at, place))
    heapq.heapify(heap)
    found: list[tuple[datetime, tuple[tuple[AutomationKey, ScheduleSnapshot], ...]]] = []
    while heap:
        if len(found) == most:
            return Coming(tuple(found), True)
        at, place = heapq.heappop(heap)
        beat = beats[place]
        found.append((at, tuple(beat.schedules)))
        following = next_due(beat.cron, later(at) - beat.offset - moment, beat.offset)
        if following is not None and following < end:
            heapq.heappush(heap, (following, place))
    return Coming(tuple(found), len(beats) > STEPS_MAX)


def _beats(locations: Sequence[LocationSnapshot], switched: dict[AutomationKey, bool]) -> Iterator[Beat]:
    found: dict[tuple[tuple[str, ...], str, timedelta], Beat] = {}
    for location in locations:
        for each in location.schedules:
            key = AutomationKey(location.name, AutomationKind.SCHEDULE, each.name)
            if not switched.get(key, each.running_by_default):
                continue
            offset = jitter_offset(key, each.policy)
            mark = (each.cron, each.timezone, offset)
            if mark not in found:
                found[mark] = Beat(Cron.of(list(each.cron), each.timezone), offset, [])
            found[mark].schedules.append((key, each))
    yield from found.values()
