"""Windows that are left out: those that begin at given moments, or when other cron strings fire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from watchbell.ground.cron_count import CronCount, cron_count
from watchbell.ground.zones import second_of
from watchbell.record.ordinal_set import OrdinalSet


class Exclusions:
    """The numbers of windows that are left out.

    Args:
        exclusions: moments and cron strings, in the zone of the windows.
        windows: the windows, counted.
        zone: IANA name.
    """

    __slots__ = ("_counts", "_known", "_numbers", "_windows")

    def __init__(self, exclusions: tuple[datetime | str, ...], windows: CronCount, zone: str) -> None:
        self._windows = windows
        self._counts = [cron_count(each, zone) for each in exclusions if isinstance(each, str)]
        moments = [each for each in exclusions if isinstance(each, datetime) and not each.microsecond]
        self._numbers = frozenset(
            number for number in (_window_at(windows, second_of(each)) for each in moments) if number is not None
        )
        self._known = (0, 0, OrdinalSet())  # numbers from, to, and which of them; see `among`

    def __bool__(self) -> bool:
        return bool(self._numbers or self._counts)

    def holds(self, number: int) -> bool:
        """Whether the window with a number is left out."""
        if number in self._numbers:
            return True
        if not self._counts:
            return False
        second = self._windows.second_of(number)
        return any(_window_at(each, second) is not None for each in self._counts)

    def among(self, start: int, stop: int, base: int) -> OrdinalSet:
        """The ordinals left out of the windows with numbers from ``start`` to ``stop``, that one excluded.

        Args:
            start, stop: numbers.
            base: the ordinal of number 0.
        """
        low, high, known = self._known
        if low == high:
            low = high = start
        if start < low or stop > high:
            more = [(start, low), (high, stop)]
            found = [number for first, last in more if first < last for number in self._fired_in(first, last)]
            listed = [number for number in self._numbers if min(start, low) <= number < max(stop, high)]
            known = known | OrdinalSet(base + number for number in (*found, *listed))
            self._known = (min(start, low), max(stop, high), known)
        return known

    def _fired_in(self, start: int, stop: int) -> Iterator[int]:
        first, last = self._windows.second_of(start), self._windows.second_of(stop - 1)
        for count in self._counts:
            for offset, pieces in count.stretches(count.before(first), count.before(last + 1)):
                for piece in pieces:
                    number = _window_at(self._windows, piece if offset is None else piece * 60 - offset)
                    if number is not None:
                        yield number


def _window_at(count: CronCount, second: int) -> int | None:
    """The number of the firing at just that instant, None if there is none."""
    number = count.before(second)
    return number if count.before(second + 1) > number else None
