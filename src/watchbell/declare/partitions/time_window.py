"""Windows of time that a cron string divides: what users say and ask. The arithmetic is in `window_numbers.py`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from hashlib import sha1

from watchbell.declare.partitions.schedule_type import ScheduleType, kind_of, moved_cron, offset_in
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView, partitions_view
from watchbell.declare.partitions.window_numbers import WindowNumbers
from watchbell.declare.partitions.window_spec import ORDINAL_BASE, Moment, window_spec, windows_cron
from watchbell.ground.errors import DagsterInvalidInvocationError, UnreadablePartitionKeyError
from watchbell.ground.suggest import nearest
from watchbell.ground.zones import second_of
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PartitionKeyRange, TimeWindow

__all__ = ["ORDINAL_BASE", "TimeWindowPartitionsDefinition"]


class TimeWindowPartitionsDefinition(WindowNumbers):
    """Partitions that are windows of time; a cron string says when one ends and the next begins.

    A window is a partition once it is over (see ``end_offset``). Simple windows have definitions of their own:
    :class:`DailyPartitionsDefinition`, :class:`HourlyPartitionsDefinition` and their sisters.

    Args:
        start: no window begins before; a datetime (what its clock shows counts) or text in the format ``fmt``.
        fmt: how keys are written, a format of ``strftime``, e.g. ``"%Y-%m-%d"``.
        end: no window ends after; None: time decides alone.
        schedule_type: how long windows are, instead of a cron string.
        timezone: IANA name; None: UTC.
        end_offset: how many windows more than are over (count); negative: fewer.
        minute_offset, hour_offset, day_offset: where windows begin, with a ``schedule_type``.
        cron_schedule: when windows begin.
        exclusions: cron strings and datetimes; a window that begins at such a time is no partition.

    Raises:
        CheckError: not just one of ``cron_schedule`` and ``schedule_type`` is given, or an argument has the wrong type.
        DagsterInvalidDefinitionError: a cron string, format or zone that is none.

    Example:
        >>> weekdays = TimeWindowPartitionsDefinition(
        ...     start="2026-01-01", end="2026-01-07", fmt="%Y-%m-%d", cron_schedule="0 0 * * MON-FRI"
        ... )
        >>> weekdays.get_partition_keys()
        ['2026-01-01', '2026-01-02', '2026-01-05', '2026-01-06']
    """

    def __init__(
        self,
        start: Moment,
        fmt: str,
        end: Moment | None = None,
        schedule_type: ScheduleType | None = None,
        timezone: str | None = None,
        end_offset: int = 0,
        minute_offset: int | None = None,
        hour_offset: int | None = None,
        day_offset: int | None = None,
        cron_schedule: str | None = None,
        exclusions: Sequence[Moment] | None = None,
    ) -> None:
        cron = windows_cron(schedule_type, cron_schedule, (minute_offset, hour_offset, day_offset))
        self._spec, self._keys = window_spec(start, end, timezone, fmt, end_offset, cron, exclusions)

    # ------------------------------------------------------------ what it is

    @property
    def start(self) -> datetime:
        """No window begins before; in the zone."""
        return self._spec.start

    @property
    def end(self) -> datetime | None:
        """No window ends after; in the zone. None: time decides alone."""
        return self._spec.end

    @property
    def start_timestamp(self) -> float:
        """``start`` in seconds since 1970 UTC."""
        return self._spec.start.timestamp()

    @property
    def end_timestamp(self) -> float | None:
        """``end`` in seconds since 1970 UTC."""
        return None if self._spec.end is None else self._spec.end.timestamp()

    @property
    def timezone(self) -> str:
        """IANA name."""
        return self._spec.timezone

    @property
    def fmt(self) -> str:
        """How keys are written."""
        return self._spec.fmt

    @property
    def end_offset(self) -> int:
        """How many windows more than are over (count)."""
        return self._spec.end_offset

    @property
    def cron_schedule(self) -> str:
        """When windows begin."""
        return self._spec.cron_schedule

    @property
    def exclusions(self) -> Sequence[datetime | str] | None:
        """Cron strings and moments; a window that begins at such a time is no partition. None: there are none."""
        return list(self._spec.exclusions) or None

    @property
    def schedule_type(self) -> ScheduleType | None:
        """How long windows are; None: they follow a cron string of their own."""
        return kind_of(self._spec.cron_schedule)

    @property
    def minute_offset(self) -> int:
        """Minutes past the hour at which windows begin.

        Raises:
            CheckError: they begin at several.
        """
        return offset_in(self._spec.cron_schedule, "minute")

    @property
    def hour_offset(self) -> int:
        """Hours past midnight at which windows begin.

        Raises:
            CheckError: they begin at several.
        """
        return offset_in(self._spec.cron_schedule, "hour")

    @property
    def day_offset(self) -> int:
        """The day of the week (0: Sunday) or of the month on which windows begin.

        Raises:
            CheckError: they begin on several.
        """
        return offset_in(self._spec.cron_schedule, "day")

    @property
    def is_basic_daily(self) -> bool:
        """Whether windows are all days, from midnight."""
        return self._spec.cron_schedule == "0 0 * * *" and not self._spec.exclusions

    @property
    def is_basic_hourly(self) -> bool:
        """Whether windows are all hours, from the full hour."""
        return self._spec.cron_schedule == "0 * * * *" and not self._spec.exclusions

    def get_cron_schedule(
        self,
        minute_of_hour: int | None = None,
        hour_of_day: int | None = None,
        day_of_week: int | None = None,
        day_of_month: int | None = None,
    ) -> str:
        """A cron string that runs once a window, at its end or later.

        Args:
            minute_of_hour, hour_of_day, day_of_week, day_of_month: when, instead of at the end of the window.

        Raises:
            CheckError: windows of this length take no such argument.
        """
        return moved_cron(self._spec.cron_schedule, minute_of_hour, hour_of_day, day_of_week, day_of_month)

    # ------------------------------------------------------------- one window

    def time_window_for_partition_key(self, partition_key: str) -> TimeWindow:
        """The window of a key.

        Args:
            partition_key: text in the format; whether the window is a partition is not asked.

        Raises:
            UnreadablePartitionKeyError: the key is not written in the format.
        """
        return self._window_at(self._number_read(partition_key))

    def time_windows_for_partition_keys(
        self, partition_keys: Iterable[str], validate: bool = True
    ) -> Sequence[TimeWindow]:
        """The windows of keys, in order of time.

        Args:
            partition_keys: the keys.
            validate: whether keys that are no partitions are refused.

        Raises:
            DagsterUnknownPartitionError: there is no such partition.
        """
        if validate:
            view = partitions_view()
            return [self.window_of(each) for each in sorted(self.require_ordinal(key, view) for key in partition_keys)]
        return [self._window_at(each) for each in sorted(map(self._number_read, partition_keys))]

    def start_time_for_partition_key(self, partition_key: str) -> datetime:
        """When the window of a key begins: see :meth:`time_window_for_partition_key`."""
        return self._moment_at(self._number_read(partition_key))

    def end_time_for_partition_key(self, partition_key: str) -> datetime:
        """When the window of a key ends: see :meth:`time_window_for_partition_key`."""
        return self._moment_at(self._number_read(partition_key) + 1)

    def get_partition_key(self, key: str | date | datetime) -> str:
        """The key that text, a day or a moment stands for.

        Args:
            key: a key, or a date or datetime (what its clock shows counts) that is written in the format.

        Raises:
            UnreadablePartitionKeyError: there is no such partition.
        """
        found = key if isinstance(key, str) else key.strftime(self.fmt)
        if not self.has_partition_key(found):
            raise UnreadablePartitionKeyError(f"no partition {found!r} in {self}")
        return found

    def get_partition_key_for_timestamp(self, timestamp: float, end_closed: bool = False) -> str:
        """The key of the window in which a moment lies.

        Args:
            timestamp: seconds since 1970 UTC. Whether the window is a partition is not asked.
            end_closed: whether a moment between two windows belongs to the earlier one.
        """
        second, rest = divmod(timestamp, 1)
        begun = self.counter.before(int(second) + (0 if end_closed and not rest else 1))
        return self._key_at(self._previous_included(begun - 1))

    def get_next_partition_key(self, partition_key: str) -> str | None:
        """The key after a key, None after the last one.

        Raises:
            UnreadablePartitionKeyError: the key is not written in the format.
        """
        number = self._next_included(max(self._number_read(partition_key) + 1, self._first_number))
        return self._key_at(number) if number <= self._last_number(partitions_view()) else None

    def less_than(self, partition_key1: str, partition_key2: str) -> bool:
        """Whether the window of one key begins before that of another."""
        return self._number_read(partition_key1) < self._number_read(partition_key2)

    def is_window_start_excluded(self, window_start: datetime) -> bool:
        """Whether the window that begins at a moment is left out."""
        at = self._in_zone(window_start)
        number = self._number_from(at)
        return self.counter.second_of(number) == at.timestamp() and self._exclusions.holds(number)

    # ------------------------------------------------------------ neighbours

    def get_first_partition_window(self) -> TimeWindow | None:
        """The first window, None if there is none."""
        number = self._next_included(self._first_number)
        return self._window_at(number) if number <= self._last_number(partitions_view()) else None

    def get_last_partition_window(self) -> TimeWindow | None:
        """The last window, None if there is none."""
        number = self._last_included(partitions_view())
        return None if number is None else self._window_at(number)

    def get_last_partition_window_ignoring_exclusions(self) -> TimeWindow | None:
        """The last window, also if it is left out; None if there is none."""
        number = self._last_number(partitions_view())
        return self._window_at(number) if number >= self._first_number else None

    def get_next_partition_window(self, end_dt: datetime, respect_bounds: bool = True) -> TimeWindow | None:
        """The first window that begins at a moment or later.

        Args:
            end_dt: the moment; without a zone: in that of the windows.
            respect_bounds: whether it must be a partition; None if there is none.
        """
        number = self._number_from(self._in_zone(end_dt))
        if respect_bounds:
            number = self._next_included(max(number, self._first_number))
            return self._window_at(number) if number <= self._last_number(partitions_view()) else None
        return self._window_at(self._next_included(number))

    def get_prev_partition_window(self, start_dt: datetime, respect_bounds: bool = True) -> TimeWindow | None:
        """The last window that ends at a moment or before.

        Args:
            start_dt: the moment; without a zone: in that of the windows.
            respect_bounds: whether it must be a partition; None if there is none.
        """
        number = self._over_at(self._in_zone(start_dt))
        if respect_bounds:
            number = self._previous_included(min(number, self._last_number(partitions_view())))
            return self._window_at(number) if number >= self._first_number else None
        return self._window_at(self._previous_included(number))

    # --------------------------------------------------------------- several

    def get_partition_keys_in_time_window(self, time_window: TimeWindow) -> Sequence[str]:
        """The keys of the windows that begin in a stretch of time; whether they are partitions is not asked.

        Args:
            time_window: the stretch, its end excluded.
        """
        start, stop = self._numbers_in(time_window)
        return self.keys_of(self._included_in(start, stop), partitions_view())

    def get_partition_key_range_for_time_window(
        self, time_window: TimeWindow, respect_bounds: bool = True
    ) -> PartitionKeyRange:
        """From the key of the window in which a stretch of time begins to that of the last one that ends in it.

        Args:
            time_window: the stretch.
            respect_bounds: whether the last one must be a partition.

        Raises:
            DagsterInvalidInvocationError: there is no last one.
        """
        last = self.get_prev_partition_window(time_window.end, respect_bounds)
        if last is None:
            raise DagsterInvalidInvocationError(f"no partition of {self} ends before {time_window.end}")
        start = self._in_zone(time_window.start).timestamp()
        return PartitionKeyRange(
            self.get_partition_key_for_timestamp(start), self.get_partition_key_for_timestamp(last.start.timestamp())
        )

    def get_num_partitions_in_window(self, time_window: TimeWindow) -> int:
        """How many windows begin in a stretch of time (count)."""
        start, stop = self._numbers_in(time_window)
        return len(self._included_in(start, stop))

    def has_any_partitions_in_window(self, time_window: TimeWindow) -> bool:
        """Whether a window begins in a stretch of time."""
        start, stop = self._numbers_in(time_window)
        return start < stop and self._next_included(start) < stop

    def get_partition_keys_between_indexes(self, start_idx: int, end_idx: int) -> list[str]:
        """The keys at some places among all keys.

        Args:
            start_idx: the first place (0: the first key).
            end_idx: the place after the last one.
        """
        view = partitions_view()
        return self.keys_of(self.ordinals(view).page(max(start_idx, 0), end_idx - max(start_idx, 0)), view)

    def _numbers_in(self, time_window: TimeWindow) -> tuple[int, int]:
        return tuple(self._number_from(self._in_zone(each)) for each in time_window)  # type: ignore[return-value]

    def _included_in(self, start: int, stop: int) -> OrdinalSet:
        found = OrdinalSet.of_range(ORDINAL_BASE + start, ORDINAL_BASE + stop)
        return found - self._exclusions.among(start, stop, ORDINAL_BASE) if self._exclusions and start < stop else found

    def _number_read(self, key: str) -> int:
        """The number of the window a key stands for: that with the key, or else the next one.

        Raises:
            UnreadablePartitionKeyError: the key is not written in the format.
        """
        number = self._number_of(key)
        if number is not None and not self._exclusions.holds(number):
            return number
        try:
            return self._next_included(self._number_from(self._keys.moments(key)[0]))
        except (ValueError, OverflowError, TypeError) as error:
            example = self._keys.text_at(second_of(self.start))
            raise UnreadablePartitionKeyError(
                f"no partition {key!r} in {self} Keys look like {example!r}: {error}"
            ) from None

    def unknown_key_text(self, key: str, view: PartitionsView) -> str:
        """The end of a sentence about a key that does not exist: from where to where they go, and what it may be."""
        kind, there, number = self.schedule_type, self.ordinals(view), self._number_of(key)
        cadence = f"partitions by {self.cron_schedule!r}" if kind is None else f"{kind.value.lower()} partitions"
        first, last = there.first(), there.last()
        ends = (
            ", of which there are none yet"
            if first is None or last is None
            else f" from {self.key_of(first, view)!r} to {self.key_of(last, view)!r}"
        )
        return f"{cadence} ({self.timezone}){ends}{self._why_none(key, number, view)}"

    def _why_none(self, key: str, number: int | None, view: PartitionsView) -> str:
        if number is None:
            close = nearest(key, self.some_keys(view))
            return "" if close is None else f"; did you mean {close!r}?"
        if self._exclusions.holds(number):
            return "; its window is left out by the exclusions"
        over_at = self._moment_at(number + 1)
        is_to_come = self._first_number <= number and not self.end_offset and (self.end is None or over_at <= self.end)
        return f"; its window is over at {over_at}, and a partition from then on" if is_to_come else ""

    # ---------------------------------------------------------------- itself

    def get_serializable_unique_identifier(self, dynamic_partitions_store: DynamicPartitionsStore | None = None) -> str:
        """Text that is the same for definitions with the same arguments."""
        return sha1(repr(self).encode(), usedforsecurity=False).hexdigest()

    def equal_except_for_start_or_end(self, other: TimeWindowPartitionsDefinition) -> bool:
        """Whether another definition differs in nothing but where it starts and ends."""
        ours, theirs = (
            (each.timezone, each.fmt, each.cron_schedule, each.end_offset, frozenset(each.exclusions))
            for each in (self._spec, other._spec)
        )
        return ours == theirs

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TimeWindowPartitionsDefinition):
            return NotImplemented
        ends = (self.start_timestamp, self.end_timestamp) == (other.start_timestamp, other.end_timestamp)
        return ends and self.equal_except_for_start_or_end(other)

    def __hash__(self) -> int:
        return hash((self.start_timestamp, self.end_timestamp, self._spec.timezone, self._spec.cron_schedule))

    def __str__(self) -> str:
        kind = self.schedule_type
        cadence = self._spec.cron_schedule if kind is None else kind.value.capitalize()
        text = f"{cadence}, starting {self._spec.start.strftime(self._spec.fmt)} {self._spec.timezone}."
        offset = self._spec.end_offset
        if offset:
            text += f" End offsetted by {offset} partition{'' if offset == 1 else 's'}."
        return text

    def __repr__(self) -> str:
        spec = self._spec
        end = "" if spec.end is None else f", end={spec.end.isoformat()!r}"
        exclusions = f", exclusions={[str(each) for each in spec.exclusions]}" if spec.exclusions else ""
        return (
            f"TimeWindowPartitionsDefinition(start={spec.start.isoformat()!r}{end}, timezone={spec.timezone!r}, "
            f"fmt={spec.fmt!r}, end_offset={spec.end_offset}, cron_schedule={spec.cron_schedule!r}{exclusions})"
        )
