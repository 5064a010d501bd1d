"""The arithmetic of windows of time: moments, numbers, ordinals and keys.

A window begins when the cron string fires and ends when it fires next. Windows are numbered by `ground/cron_count.py`
and have the ordinal ``ORDINAL_BASE`` + number, whatever start, end, format and exclusions are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView, partitions_view
from watchbell.declare.partitions.window_exclusions import Exclusions
from watchbell.declare.partitions.window_keys import WindowKeys
from watchbell.declare.partitions.window_spec import ORDINAL_BASE, WindowSpec
from watchbell.ground.cron_count import CronCount, cron_count
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.zones import EPOCH_AT, second_of
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import TimeWindow

_READ_COST = 20  # times that of writing a key
_LEFT_OUT_MAX = 100_000  # windows in a row that may be left out


class WindowNumbers(PartitionsDefinition):
    """Windows of time as numbers: what :class:`TimeWindowPartitionsDefinition` computes with."""

    _spec: WindowSpec
    _keys: WindowKeys
    _read: tuple[str, int] | None = None  # the key read last: a run asks about its own time and again

    # -------------------------------------------------------------- ordinals

    @cached_property
    def counter(self) -> CronCount:
        """The starts of windows, numbered."""
        return cron_count(self._spec.cron_schedule, self._spec.timezone)

    @property
    def numbering(self) -> str:
        """The cron string and the zone."""
        return self._numbering

    @cached_property
    def _numbering(self) -> str:
        return f"time:{self._spec.cron_schedule}:{self._spec.timezone}"

    def ordinal_of(self, key: str, view: PartitionsView) -> int | None:
        """The ordinal of a window that is a partition, by key."""
        number = self._number_of(key)
        if number is None or not self._first_number <= number <= self._last_number(view):
            return None
        return None if self._exclusions.holds(number) else ORDINAL_BASE + number

    def ordinals_of(self, keys: Sequence[str], view: PartitionsView) -> Sequence[int | None]:
        """The ordinals of keys, None for one that is no partition."""
        first, last = self._first_number, self._last_number(view)
        if (last + 1 - first) > len(keys) * _READ_COST:
            return [self.ordinal_of(key, view) for key in keys]
        # Writing a key takes so much less time than reading one that it pays to write them all.
        left_out = self._exclusions.among(first, last + 1, ORDINAL_BASE) if self._exclusions and first <= last else ()
        written = dict(
            zip(self._keys_between(first, last + 1), range(ORDINAL_BASE + first, ORDINAL_BASE + last + 1), strict=True)
        )
        found = map(written.get, keys)
        return list(found) if not left_out else [None if each is None or each in left_out else each for each in found]

    def key_of(self, ordinal: int, view: PartitionsView) -> str:
        """The key of a window, also of one that is no partition."""
        read, number = self._read, ordinal - ORDINAL_BASE
        return read[0] if read is not None and read[1] == number else self._key_at(number)

    def keys_of(self, ordinals: Iterable[int], view: PartitionsView) -> list[str]:
        """The keys of windows, in their order."""
        ranges = ordinals.ranges() if isinstance(ordinals, OrdinalSet) else _runs(ordinals)
        return [key for start, stop in ranges for key in self._keys_between(start - ORDINAL_BASE, stop - ORDINAL_BASE)]

    def ordinals(self, view: PartitionsView) -> OrdinalSet:
        """All windows that are partitions."""
        first, stop = self._first_number, self._last_number(view) + 1
        found = OrdinalSet.of_range(ORDINAL_BASE + first, ORDINAL_BASE + stop)
        if self._exclusions and first < stop:
            return found - self._exclusions.among(first, stop, ORDINAL_BASE)
        return found

    def window_of(self, ordinal: int) -> TimeWindow:
        """The window with an ordinal, also of one that is no partition."""
        return self._window_at(ordinal - ORDINAL_BASE)

    def ordinal_from(self, at: datetime) -> int:
        """The ordinal of the first window that begins at a moment (aware) or later; it need not be a partition."""
        return ORDINAL_BASE + self._number_from(at)

    @property
    def first_ordinal(self) -> int:
        """The ordinal of the first window that begins at the start or later; it need not be a partition."""
        return ORDINAL_BASE + self._first_number

    def without_excluded(self, ordinals: OrdinalSet) -> OrdinalSet:
        """Those of some windows that are not left out, whether they are partitions or not."""
        first, last = ordinals.first(), ordinals.last()
        if not self._exclusions or first is None or last is None:
            return ordinals
        return ordinals - self._exclusions.among(first - ORDINAL_BASE, last + 1 - ORDINAL_BASE, ORDINAL_BASE)

    # ----------------------------------------------------------- all of them

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> Sequence[str]:
        """All keys, in order.

        Args:
            current_time: the moment that decides which windows are over; without a zone: in that of the windows.
                None: now.
            dynamic_partitions_store: without effect here.
        """
        view = partitions_view(current_time, dynamic_partitions_store)
        if self._exclusions:
            return self.keys_of(self.ordinals(view), view)
        return self._keys_between(self._first_number, self._last_number(view) + 1)

    def get_first_partition_key(self) -> str | None:
        """The first key, None if there is none."""
        number = self._next_included(self._first_number)
        return self._key_at(number) if number <= self._last_number(partitions_view()) else None

    def get_last_partition_key(self) -> str | None:
        """The last key, None if there is none."""
        number = self._last_included(partitions_view())
        return None if number is None else self._key_at(number)

    def get_num_partitions(self) -> int:
        """How many there are (count)."""
        view = partitions_view()
        if self._exclusions:
            return len(self.ordinals(view))
        return max(self._last_number(view) + 1 - self._first_number, 0)

    # ---------------------------------------------------------------- inside

    @cached_property
    def _exclusions(self) -> Exclusions:
        return Exclusions(self._spec.exclusions, self.counter, self._spec.timezone)

    @cached_property
    def _first_number(self) -> int:
        """The number of the first window; it may be left out."""
        return self._number_from(self._spec.start)

    @cached_property
    def _end_number(self) -> int | None:
        """The number of the last window that ends in time."""
        return None if self._spec.end is None else self._over_at(self._spec.end)

    def _last_number(self, view: PartitionsView) -> int:
        """The number of the last window, as seen from a view; smaller than the first if there is none."""
        last = self._over_at(self._in_zone(view.now))
        offset = self._spec.end_offset
        if offset and not self._exclusions:
            last += offset
        elif offset:  # windows that are left out do not count
            last = self._previous_included(last)
            for _ in range(abs(offset)):
                last = self._next_included(last + 1) if offset > 0 else self._previous_included(last - 1)
        end = self._end_number
        return last if end is None else min(last, end)

    def _last_included(self, view: PartitionsView) -> int | None:
        number = self._previous_included(self._last_number(view))
        return number if number >= self._first_number else None

    def _over_at(self, at: datetime) -> int:
        """The number of the last window that is over at a moment."""
        return self.counter.before(second_of(at) + 1) - 2

    def _number_from(self, at: datetime) -> int:
        """The number of the first window that begins at a moment or later."""
        second = second_of(at)
        return self.counter.before(second + 1 if at.microsecond else second)

    def _number_of(self, key: str) -> int | None:
        """The number of the window with just that key, whether it is a partition or not."""
        if not isinstance(key, str):
            return None
        read = self._read
        if read is not None and read[0] == key:
            return read[1]
        try:
            for at in self._keys.moments(key):
                number = self._number_from(at)
                written = self._key_at(number)
                if written == key:
                    self._read = (written, number)
                    return number
        except (ValueError, OverflowError):  # not written in the format, or outside of the calendar
            pass
        return None

    def _next_included(self, number: int) -> int:
        """The first number from one on whose window is not left out."""
        return self._included(number, 1)

    def _previous_included(self, number: int) -> int:
        """The last number up to one whose window is not left out."""
        return self._included(number, -1)

    def _included(self, number: int, step: int) -> int:
        if not self._exclusions:
            return number
        for each in range(number, number + step * _LEFT_OUT_MAX, step):
            if not self._exclusions.holds(each):
                return each
        raise DagsterInvalidDefinitionError(
            f"the exclusions of {self!r} leave out {_LEFT_OUT_MAX:,} windows in a row; no partition remains"
        )

    def _key_at(self, number: int) -> str:
        return self._keys.text_at(self.counter.second_of(number))

    def _keys_between(self, start: int, stop: int) -> list[str]:
        keys: list[str] = []
        for offset, pieces in self.counter.stretches(start, stop):
            keys += map(self._keys.text_at, pieces) if offset is None else self._keys.texts_on_wall(list(pieces))
        return keys

    def _window_at(self, number: int) -> TimeWindow:
        return TimeWindow(self._moment_at(number), self._moment_at(number + 1))

    def _moment_at(self, number: int) -> datetime:
        return (EPOCH_AT + timedelta(seconds=self.counter.second_of(number))).astimezone(self._keys.zone)

    def _in_zone(self, at: datetime) -> datetime:
        """A moment; one without a zone is taken in that of the windows."""
        return at.replace(tzinfo=self._keys.zone) if at.tzinfo is None else at


def _runs(ordinals: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ordinals as half-open ranges of consecutive ones, in their order."""
    start = stop = None
    for each in ordinals:
        if stop == each:
            stop = each + 1
            continue
        if start is not None and stop is not None:
            yield start, stop
        start, stop = each, each + 1
    if start is not None and stop is not None:
        yield start, stop
