"""Decorators that make partitioned config of a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from watchbell.declare.names import check_instance
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.named_windows import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from watchbell.declare.partitions.partitioned_config import ConfigOfKey, PartitionedConfig, TagsOfKey
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition
from watchbell.ground.errors import CheckError, ParameterCheckError

ConfigOfWindow = Callable[[datetime, datetime], Any]
TagsOfWindow = Callable[[datetime, datetime], Mapping[str, str]]
Decorator = Callable[[ConfigOfKey], PartitionedConfig]
WindowDecorator = Callable[[ConfigOfWindow], PartitionedConfig]


def partitioned_config(
    partitions_def: PartitionsDefinition, tags_for_partition_key_fn: TagsOfKey | None = None
) -> Decorator:
    """Makes partitioned config of a function that is given the key of a partition.

    Args:
        partitions_def: the partitions.
        tags_for_partition_key_fn: makes tags of the run, given the key.

    Example:
        >>> @partitioned_config(StaticPartitionsDefinition(["a", "b"]))
        ... def by_letter(key: str):
        ...     return {"ops": {"load": {"config": {"letter": key}}}}
        >>> by_letter("a")
        {'ops': {'load': {'config': {'letter': 'a'}}}}
    """
    check_instance(partitions_def, PartitionsDefinition, "partitions_def of @partitioned_config")  # type: ignore[type-abstract]

    def decorate(fn: ConfigOfKey) -> PartitionedConfig:
        return PartitionedConfig(
            partitions_def,
            decorated_fn=_function(fn, "partitioned_config"),
            run_config_for_partition_key_fn=fn,
            tags_for_partition_key_fn=tags_for_partition_key_fn,
        )

    return decorate


def static_partitioned_config(
    partition_keys: Sequence[str],
    tags_for_partition_fn: TagsOfKey | None = None,
    tags_for_partition_key_fn: TagsOfKey | None = None,
) -> Decorator:
    """Makes partitioned config of a function that is given one of some keys.

    Args:
        partition_keys: the keys, in order.
        tags_for_partition_fn: the older name of ``tags_for_partition_key_fn``.
        tags_for_partition_key_fn: makes tags of the run, given the key.

    Example:
        >>> @static_partitioned_config(["north", "south"])
        ... def by_region(region: str):
        ...     return {"ops": {"load": {"config": {"region": region}}}}
        >>> by_region.get_partition_keys()
        ['north', 'south']
    """
    tags = _one_tags_function(tags_for_partition_fn, tags_for_partition_key_fn, "static_partitioned_config")
    return partitioned_config(StaticPartitionsDefinition(partition_keys), tags)


def dynamic_partitioned_config(
    partition_fn: Callable[[datetime | None], Sequence[str]],
    tags_for_partition_fn: TagsOfKey | None = None,
    tags_for_partition_key_fn: TagsOfKey | None = None,
) -> Decorator:
    """Makes partitioned config of a function that is given one of the keys another function lists.

    Args:
        partition_fn: lists the keys, given the current time or None.
        tags_for_partition_fn: the older name of ``tags_for_partition_key_fn``.
        tags_for_partition_key_fn: makes tags of the run, given the key.

    Example:
        >>> @dynamic_partitioned_config(lambda at=None: ["a", "b"])
        ... def by_file(name: str):
        ...     return {"ops": {"load": {"config": {"file": name}}}}
        >>> by_file.get_partition_keys()
        ['a', 'b']
    """
    tags = _one_tags_function(tags_for_partition_fn, tags_for_partition_key_fn, "dynamic_partitioned_config")
    return partitioned_config(DynamicPartitionsDefinition(partition_fn), tags)


def hourly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: TagsOfWindow | None = None,
    exclusions: Sequence[Any] | None = None,
) -> WindowDecorator:
    """Makes partitioned config of a function that is given an hour: its start and its end.

    Args:
        start_date: of the first window; text in ``fmt``, or a datetime.
        minute_offset: minutes past the hour at which windows begin.
        timezone: IANA zone; None: UTC.
        fmt: how keys are written; None: ``%Y-%m-%d-%H:%M``.
        end_offset: how many windows more than are over.
        tags_for_partition_fn: makes tags of the run, given start and end.
        exclusions: windows that are left out, as cron strings or moments.

    Example:
        >>> @hourly_partitioned_config("2024-01-01-00:00")
        ... def by_hour(start: datetime, end: datetime):
        ...     return {"ops": {"load": {"config": {"hour": start.hour}}}}
        >>> by_hour.get_run_config_for_partition_key("2024-05-01-06:00")
        {'ops': {'load': {'config': {'hour': 6}}}}
    """
    definition = HourlyPartitionsDefinition(
        start_date, None, minute_offset, timezone, fmt, end_offset, exclusions=exclusions
    )
    return _of_windows(definition, tags_for_partition_fn, "hourly_partitioned_config")


def daily_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: TagsOfWindow | None = None,
    exclusions: Sequence[Any] | None = None,
) -> WindowDecorator:
    """Makes partitioned config of a function that is given a day: its start and its end.

    Args:
        start_date: of the first window; text in ``fmt``, or a datetime.
        minute_offset: minutes past the hour at which windows begin.
        hour_offset: the hour at which windows begin.
        timezone: IANA zone; None: UTC.
        fmt: how keys are written; None: ``%Y-%m-%d``.
        end_offset: how many windows more than are over.
        tags_for_partition_fn: makes tags of the run, given start and end.
        exclusions: windows that are left out, as cron strings or moments.

    Example:
        >>> @daily_partitioned_config("2024-01-01")
        ... def by_day(start: datetime, end: datetime):
        ...     return {"ops": {"load": {"config": {"day": f"{start:%Y-%m-%d}"}}}}
        >>> by_day(datetime(2024, 5, 1), datetime(2024, 5, 2))
        {'ops': {'load': {'config': {'day': '2024-05-01'}}}}
    """
    definition = DailyPartitionsDefinition(
        start_date, None, minute_offset, hour_offset, timezone, fmt, end_offset, exclusions=exclusions
    )
    return _of_windows(definition, tags_for_partition_fn, "daily_partitioned_config")


def weekly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    day_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: TagsOfWindow | None = None,
    exclusions: Sequence[Any] | None = None,
) -> WindowDecorator:
    """Makes partitioned config of a function that is given a week: its start and its end.

    Args:
        start_date: of the first window; text in ``fmt``, or a datetime.
        minute_offset: minutes past the hour at which windows begin.
        hour_offset: the hour at which windows begin.
        day_offset: the day of the week on which they begin; 0 is Sunday.
        timezone: IANA zone; None: UTC.
        fmt: how keys are written; None: ``%Y-%m-%d``.
        end_offset: how many windows more than are over.
        tags_for_partition_fn: makes tags of the run, given start and end.
        exclusions: windows that are left out, as cron strings or moments.

    Example:
        >>> @weekly_partitioned_config("2024-01-01", day_offset=1)
        ... def by_week(start: datetime, end: datetime):
        ...     return {"ops": {"load": {"config": {"monday": f"{start:%m-%d}"}}}}
        >>> by_week.get_run_config_for_partition_key("2024-05-06")
        {'ops': {'load': {'config': {'monday': '05-06'}}}}
    """
    definition = WeeklyPartitionsDefinition(
        start_date, None, minute_offset, hour_offset, day_offset, timezone, fmt, end_offset, exclusions=exclusions
    )
    return _of_windows(definition, tags_for_partition_fn, "weekly_partitioned_config")


def monthly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    day_offset: int = 1,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: TagsOfWindow | None = None,
    exclusions: Sequence[Any] | None = None,
) -> WindowDecorator:
    """Makes partitioned config of a function that is given a month: its start and its end.

    Args:
        start_date: of the first window; text in ``fmt``, or a datetime.
        minute_offset: minutes past the hour at which windows begin.
        hour_offset: the hour at which windows begin.
        day_offset: the day of the month on which they begin (1 to 31).
        timezone: IANA zone; None: UTC.
        fmt: how keys are written; None: ``%Y-%m-%d``.
        end_offset: how many windows more than are over.
        tags_for_partition_fn: makes tags of the run, given start and end.
        exclusions: windows that are left out, as cron strings or moments.

    Example:
        >>> @monthly_partitioned_config("2024-01-01")
        ... def by_month(start: datetime, end: datetime):
        ...     return {"ops": {"load": {"config": {"days": (end - start).days}}}}
        >>> by_month.get_run_config_for_partition_key("2024-02-01")
        {'ops': {'load': {'config': {'days': 29}}}}
    """
    definition = MonthlyPartitionsDefinition(
        start_date, None, minute_offset, hour_offset, day_offset, timezone, fmt, end_offset, exclusions=exclusions
    )
    return _of_windows(definition, tags_for_partition_fn, "monthly_partitioned_config")


def _of_windows(definition: TimeWindowPartitionsDefinition, tags: TagsOfWindow | None, caller: str) -> WindowDecorator:
    def decorate(fn: ConfigOfWindow) -> PartitionedConfig:
        function = _function(fn, caller)

        def config_of(key: str) -> Any:
            return function(*definition.time_window_for_partition_key(key))

        def tags_of(key: str) -> Mapping[str, str]:
            return {} if tags is None else tags(*definition.time_window_for_partition_key(key))

        return PartitionedConfig(
            definition,
            decorated_fn=function,
            run_config_for_partition_key_fn=config_of,
            tags_for_partition_key_fn=None if tags is None else tags_of,
        )

    return decorate


def _function(fn: Any, caller: str) -> Callable[..., Any]:
    if not callable(fn):
        raise ParameterCheckError(f"@{caller} is put on a function, not on {fn!r}", parameter="fn", value=fn)
    return fn  # type: ignore[no-any-return]


def _one_tags_function(older: TagsOfKey | None, newer: TagsOfKey | None, caller: str) -> TagsOfKey | None:
    if older is not None and newer is not None:
        raise CheckError(
            f"@{caller} has tags_for_partition_fn and tags_for_partition_key_fn, which are the same; give the second"
        )
    return newer if newer is not None else older
