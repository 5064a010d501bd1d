"""Which windows of one cron string overlap with which of another: whole sets, whatever their zones.

A set is mapped range by range. One with more ranges than there are windows on the other side is asked, window by window
of that side, whether it has something there: the work is that of the smaller of the two.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from watchbell.declare.partitions.window_spec import ORDINAL_BASE
from watchbell.ground.cron_count import CronCount
from watchbell.record.ordinal_set import OrdinalSet

_CALENDAR = (-1_030_000_000, 4_220_000_000)  # minutes on the wall: from the year 12 to the year 9993
_DENSE = 8  # boundaries are computed in a row when at least one of so many is needed


def overlapping(ordinals: OrdinalSet, windows: CronCount, others: CronCount) -> OrdinalSet:
    """The windows of ``others`` that overlap with some of a set.

    Args:
        ordinals: windows of ``windows``.
        windows, others: the starts of both, numbered.
    """
    if windows is others:
        return ordinals
    ordinals &= OrdinalSet.of_range(*(ORDINAL_BASE + windows.named.before(minute) for minute in _CALENDAR))
    first, last = ordinals.first(), ordinals.last()
    if first is None or last is None:
        return ordinals
    (start, stop), *_ = _across([(first - ORDINAL_BASE, last + 1 - ORDINAL_BASE)], windows, others)
    if stop - start >= ordinals.range_count():
        ranges = [(low - ORDINAL_BASE, high - ORDINAL_BASE) for low, high in ordinals.ranges()]
        return OrdinalSet.of_ranges(
            (low + ORDINAL_BASE, high + ORDINAL_BASE) for low, high in _across(ranges, windows, others)
        )
    return _touched(ordinals, (start, stop), windows, others)


def _across(ranges: Sequence[tuple[int, int]], windows: CronCount, others: CronCount) -> list[tuple[int, int]]:
    """For each range of numbers that of the windows it overlaps with."""
    low, high = ranges[0][0], ranges[-1][1]
    if (high - low) // len(ranges) < _DENSE:
        seconds = windows.seconds_of(low, high + 1)
        starts = [seconds[start - low] for start, _ in ranges]
        stops = [seconds[stop - low] for _, stop in ranges]
    else:
        starts = [windows.second_of(start) for start, _ in ranges]
        stops = [windows.second_of(stop) for _, stop in ranges]
    # The window in which a range begins is the last one that began by then.
    begun = others.before_each([each + 1 for each in starts])
    return [(first - 1, stop) for first, stop in zip(begun, others.before_each(stops), strict=True)]


def _touched(ordinals: OrdinalSet, among: tuple[int, int], windows: CronCount, others: CronCount) -> OrdinalSet:
    """The windows of ``others``, among some in a row, that overlap with the set: asked one by one."""
    start, stop = among
    seconds = others.seconds_of(start, stop + 1)
    lows = [ORDINAL_BASE - 1 + each for each in windows.before_each([each + 1 for each in seconds[:-1]])]
    highs = [ORDINAL_BASE + each for each in windows.before_each(seconds[1:])]
    found: list[int] = []
    index, size = 0, stop - start
    while index < size:
        member = ordinals.next_from(lows[index])
        if member is None:
            break
        if member < highs[index]:
            found.append(ORDINAL_BASE + start + index)
            index += 1
        else:
            index = max(bisect_right(lows, member, index + 1) - 1, index + 1)
    return OrdinalSet(found)
