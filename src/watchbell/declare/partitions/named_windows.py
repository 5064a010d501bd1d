"""Windows of time of the usual lengths: hours, days, weeks, months."""

from __future__ import annotations

from collections.abc import Sequence

from watchbell.declare.partitions.schedule_type import ScheduleType
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.declare.partitions.window_keys import DAY_FORMAT, MINUTE_FORMAT
from watchbell.declare.partitions.window_spec import Moment


class HourlyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """Partitions that are hours. Where clocks go back, the repeated hour is a partition of its own.

    Args:
        start_date: no window begins before; a datetime (what its clock shows counts) or text in the format.
        end_date: no window ends after; None: time decides alone.
        minute_offset: minutes past the hour at which windows begin.
        timezone: IANA name; None: UTC.
        fmt: how keys are written; None: ``"%Y-%m-%d-%H:%M"``.
        end_offset: how many windows more than are over (count); negative: fewer.
        exclusions: cron strings and datetimes; a window that begins at such a time is no partition.

    Example:
        >>> HourlyPartitionsDefinition("2026-01-01-00:00", end_date="2026-01-01-02:00").get_partition_keys()
        ['2026-01-01-00:00', '2026-01-01-01:00']
    """

    def __init__(
        self,
        start_date: Moment,
        end_date: Moment | None = None,
        minute_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[Moment] | None = None,
    ) -> None:
        super().__init__(
            start_date,
            fmt or MINUTE_FORMAT,
            end_date,
            ScheduleType.HOURLY,
            timezone,
            end_offset,
            minute_offset,
            exclusions=exclusions,
        )


class DailyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """Partitions that are days.

    Args:
        start_date: no window begins before; a datetime (what its clock shows counts) or text in the format.
        end_date: no window ends after; None: time decides alone.
        minute_offset: minutes past the hour at which windows begin.
        hour_offset: hours past midnight at which windows begin.
        timezone: IANA name; None: UTC.
        fmt: how keys are written; None: ``"%Y-%m-%d"``.
        end_offset: how many windows more than are over (count); negative: fewer.
        exclusions: cron strings and datetimes; a window that begins at such a time is no partition.

    Example:
        >>> days = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-03")
        >>> days.get_partition_keys()
        ['2026-01-01', '2026-01-02']
    """

    def __init__(
        self,
        start_date: Moment,
        end_date: Moment | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[Moment] | None = None,
    ) -> None:
        super().__init__(
            start_date,
            fmt or DAY_FORMAT,
            end_date,
            ScheduleType.DAILY,
            timezone,
            end_offset,
            minute_offset,
            hour_offset,
            exclusions=exclusions,
        )


class WeeklyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """Partitions that are weeks.

    Args:
        start_date: no window begins before; a datetime (what its clock shows counts) or text in the format.
        end_date: no window ends after; None: time decides alone.
        minute_offset: minutes past the hour at which windows begin.
        hour_offset: hours past midnight at which windows begin.
        day_offset: the day of the week on which windows begin (0: Sunday).
        timezone: IANA name; None: UTC.
        fmt: how keys are written; None: ``"%Y-%m-%d"``.
        end_offset: how many windows more than are over (count); negative: fewer.
        exclusions: cron strings and datetimes; a window that begins at such a time is no partition.

    Example:
        >>> weeks = WeeklyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-31", day_offset=1)
        >>> weeks.get_partition_keys()
        ['2026-01-05', '2026-01-12', '2026-01-19']
    """

    def __init__(
        self,
        start_date: Moment,
        end_date: Moment | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        day_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[Moment] | None = None,
    ) -> None:
        super().__init__(
            start_date,
            fmt or DAY_FORMAT,
            end_date,
            ScheduleType.WEEKLY,
            timezone,
            end_offset,
            minute_offset,
            hour_offset,
            day_offset,
            exclusions=exclusions,
        )


class MonthlyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """Partitions that are months.

    Args:
        start_date: no window begins before; a datetime (what its clock shows counts) or text in the format.
        end_date: no window ends after; None: time decides alone.
        minute_offset: minutes past the hour at which windows begin.
        hour_offset: hours past midnight at which windows begin.
        day_offset: the day of the month on which windows begin; a window lasts until the next month that has it.
        timezone: IANA name; None: UTC.
        fmt: how keys are written; None: ``"%Y-%m-%d"``.
        end_offset: how many windows more than are over (count); negative: fewer.
        exclusions: cron strings and datetimes; a window that begins at such a time is no partition.

    Example:
        >>> months = MonthlyPartitionsDefinition(start_date="2026-01-01", end_date="2026-04-01")
        >>> months.get_partition_keys()
        ['2026-01-01', '2026-02-01', '2026-03-01']
    """

    def __init__(
        self,
        start_date: Moment,
        end_date: Moment | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        day_offset: int = 1,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[Moment] | None = None,
    ) -> None:
        super().__init__(
            start_date,
            fmt or DAY_FORMAT,
            end_date,
            ScheduleType.MONTHLY,
            timezone,
            end_offset,
            minute_offset,
            hour_offset,
            day_offset,
            exclusions=exclusions,
        )
