"""Contexts for tests of schedules and sensors: what the daemon would pass, built by hand."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from watchbell.declare.automation.multi_asset_context import (
    MonitoredAssets,
    MultiAssetSensorEvaluationContext,
    check_monitored,
)
from watchbell.declare.automation.run_status_context import RunStatusSensorContext
from watchbell.declare.automation.schedule import ScheduleEvaluationContext
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.declare.collect import Definitions
from watchbell.declare.names import check_instance, check_mapping
from watchbell.declare.repository import RepositoryDefinition
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidInvocationError,
    ParameterCheckError,
)
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEvent, EventLogEntry
from watchbell.record.partition import PARTITION_TAG
from watchbell.record.run import DagsterRun
from watchbell.testing.direct_contexts import build_asset_context, build_op_context

__all__ = [
    "build_asset_context",
    "build_multi_asset_sensor_context",
    "build_op_context",
    "build_run_status_sensor_context",
    "build_schedule_context",
    "build_sensor_context",
]

T = TypeVar("T")


def build_schedule_context(
    instance: DagsterInstance | None = None,
    scheduled_execution_time: datetime | None = None,
    resources: Mapping[str, object] | None = None,
    repository_def: RepositoryDefinition | None = None,
    instance_ref: None = None,
) -> ScheduleEvaluationContext:
    """The context of a schedule's tick, for a test.

    Args:
        instance: what ``context.instance`` is; None: an empty one in memory.
        scheduled_execution_time: the time it is evaluated for; kept as given, with or without a zone.
        resources: resources by key: values, or definitions to set up.
        repository_def: the definitions around the schedule.
        instance_ref: has no meaning here; must be None.

    Raises:
        ParameterCheckError: an argument has the wrong type.

    Example:
        >>> with build_schedule_context(scheduled_execution_time=datetime(2024, 1, 1)) as context:
        ...     context.scheduled_execution_time.year
        2024
    """
    what = "build_schedule_context"
    _refuse_reference(instance_ref, what)
    return ScheduleEvaluationContext(
        scheduled_execution_time=_optional(scheduled_execution_time, datetime, "scheduled_execution_time", what),
        **_common_facts(instance, resources, repository_def, what),
    )


def build_sensor_context(
    instance: DagsterInstance | None = None,
    cursor: str | None = None,
    repository_name: str | None = None,
    repository_def: RepositoryDefinition | None = None,
    sensor_name: str | None = None,
    resources: Mapping[str, object] | None = None,
    definitions: Definitions | None = None,
    instance_ref: None = None,
    last_sensor_start_time: float | None = None,
) -> SensorEvaluationContext:
    """The context of a sensor's evaluation, for a test.

    Args:
        instance: what ``context.instance`` is; None: an empty one in memory.
        cursor: text the last evaluation left.
        repository_name: what ``context.repository_name`` is; None: the name of the definitions, if there are some.
        repository_def: the definitions around the sensor.
        sensor_name: the sensor's name.
        resources: resources by key: values, or definitions to set up.
        definitions: the definitions around the sensor, instead of ``repository_def``.
        instance_ref: has no meaning here; must be None.
        last_sensor_start_time: when the sensor was turned on, in seconds since the epoch.

    Raises:
        ParameterCheckError: an argument has the wrong type.
        CheckError: both ``repository_def`` and ``definitions``.

    Example:
        >>> context = build_sensor_context(cursor="12")
        >>> context.update_cursor("15")
        >>> context.cursor
        '15'
    """
    what = "build_sensor_context"
    _refuse_reference(instance_ref, what)
    return SensorEvaluationContext(
        _optional(sensor_name, str, "sensor_name", what),
        **_common_facts(instance, resources, _definitions(repository_def, definitions, what), what),
        **_sensor_facts(cursor, repository_name, last_sensor_start_time, what),
    )


def build_multi_asset_sensor_context(
    *,
    monitored_assets: MonitoredAssets,
    repository_def: RepositoryDefinition | None = None,
    instance: DagsterInstance | None = None,
    cursor: str | None = None,
    repository_name: str | None = None,
    cursor_from_latest_materializations: bool = False,
    resources: Mapping[str, object] | None = None,
    definitions: Definitions | None = None,
    last_sensor_start_time: float | None = None,
    sensor_name: str | None = None,
) -> MultiAssetSensorEvaluationContext:
    """The context of an evaluation of a sensor of several assets, for a test.

    Args:
        monitored_assets: the assets it watches: keys, or a selection among those of the definitions.
        repository_def: the definitions around the sensor.
        instance: what ``context.instance`` is; None: an empty one in memory.
        cursor: text the last evaluation left.
        repository_name: what ``context.repository_name`` is; None: the name of the definitions, if there are some.
        cursor_from_latest_materializations: whether all that was made so far is dealt with, instead of ``cursor``.
        resources: resources by key: values, or definitions to set up.
        definitions: the definitions around the sensor, instead of ``repository_def``.
        last_sensor_start_time: when the sensor was turned on, in seconds since the epoch.
        sensor_name: the sensor's name.

    Raises:
        ParameterCheckError: an argument has the wrong type.
        DagsterInvalidInvocationError: both ``cursor`` and ``cursor_from_latest_materializations``.
        CheckError: both ``repository_def`` and ``definitions``.
        DagsterInvariantViolationError: a selection and neither of them.

    Example:
        >>> context = build_multi_asset_sensor_context(monitored_assets=[AssetKey("orders")])
        >>> context.latest_materialization_records_by_key()
        {AssetKey(['orders']): None}
    """
    if cursor is not None and cursor_from_latest_materializations:
        raise DagsterInvalidInvocationError(
            "build_multi_asset_sensor_context takes cursor or cursor_from_latest_materializations, not both"
        )
    what = "build_multi_asset_sensor_context"
    monitored = check_monitored(monitored_assets, what)
    name = _optional(sensor_name, str, "sensor_name", what)
    facts = {
        **_common_facts(instance, resources, _definitions(repository_def, definitions, what), what),
        **_sensor_facts(cursor, repository_name, last_sensor_start_time, what),
    }
    context = MultiAssetSensorEvaluationContext(name, monitored_assets=monitored, **facts)
    if not cursor_from_latest_materializations:
        return context
    context.advance_all_cursors()
    facts = {**facts, "instance": context.instance, "cursor": context.advanced_cursor}
    return MultiAssetSensorEvaluationContext(name, monitored_assets=monitored, **facts)


def build_run_status_sensor_context(
    sensor_name: str | None = None,
    dagster_event: DagsterEvent | EventLogEntry | None = None,
    dagster_instance: DagsterInstance | None = None,
    dagster_run: DagsterRun | None = None,
    context: SensorEvaluationContext | None = None,
    resources: Mapping[str, object] | None = None,
    partition_key: str | None = None,
    *,
    repository_def: RepositoryDefinition | None = None,
    instance: DagsterInstance | None = None,
) -> RunStatusSensorContext:
    """The context of a call of a run status sensor, for a test.

    Args:
        sensor_name: the sensor's name.
        dagster_event: the event that brought the run to its state; required. A log entry stands for its event.
        dagster_instance: what ``context.instance`` is; None: an empty one in memory.
        dagster_run: the run; required.
        context: a sensor context to take instance, resources and definitions from, where none are given here.
        resources: resources by key: values, or definitions to set up.
        partition_key: the partition of the run; None: what its tags say.
        repository_def: the definitions around the sensor.
        instance: the same as ``dagster_instance``.

    Raises:
        ParameterCheckError: ``dagster_event`` or ``dagster_run`` is missing, or an argument has the wrong type.

    Example:
        >>> event = DagsterEvent(DagsterEventType.RUN_FAILURE, message="no rows")
        >>> context = build_run_status_sensor_context(dagster_event=event, dagster_run=DagsterRun("etl", "1"))
        >>> context.for_run_failure().failure_event.message
        'no rows'
    """
    what = "build_run_status_sensor_context"
    run = check_instance(dagster_run, DagsterRun, f"dagster_run of {what}")
    if isinstance(dagster_event, EventLogEntry):
        dagster_event = replace(dagster_event.get_dagster_event(), timestamp=dagster_event.timestamp)
    event = check_instance(dagster_event, DagsterEvent, f"dagster_event of {what}")
    if partition_key is not None:
        key = check_instance(partition_key, str, f"partition_key of {what}")
        run = run.with_tags({**run.tags, PARTITION_TAG: key})
    around = _optional(context, SensorEvaluationContext, "context", what)
    given = dagster_instance if dagster_instance is not None else instance
    facts = _common_facts(given, resources, repository_def, what)
    if around is not None:
        facts["open_instance"] = lambda: around.instance
        facts["resources"] = {**around.resource_defs, **facts["resources"]}
        facts["repository_def"] = facts["repository_def"] or around.repository_def
    name = _optional(sensor_name, str, "sensor_name", what)
    return RunStatusSensorContext(name, dagster_run=run, dagster_event=event, **facts)


def _common_facts(
    instance: DagsterInstance | None,
    resources: Mapping[str, object] | None,
    repository_def: RepositoryDefinition | None,
    what: str,
) -> dict[str, Any]:
    """What all of these contexts are made of; the instance is opened when it is asked for, not before."""
    hint = "Definitions have one: get_repository_def()"
    return {
        "instance": _optional(instance, DagsterInstance, "instance", what),
        "open_instance": DagsterInstance.ephemeral,
        "resources": check_mapping(resources, f"resources of {what}"),
        "repository_def": _optional(repository_def, RepositoryDefinition, "repository_def", what, hint),
    }


def _sensor_facts(cursor: str | None, repository_name: str | None, started: float | None, what: str) -> dict[str, Any]:
    """What the contexts of sensors have besides."""
    return {
        "cursor": _optional(cursor, str, "cursor", what),
        "repository_name": _optional(repository_name, str, "repository_name", what),
        "started_at": None if started is None else _moment(started, f"last_sensor_start_time of {what}"),
    }


def _definitions(
    repository_def: RepositoryDefinition | None, definitions: Definitions | None, what: str
) -> RepositoryDefinition | None:
    """The definitions around a sensor, given in one of two ways."""
    if definitions is None:
        return repository_def
    if repository_def is not None:
        raise CheckError(f"{what} takes repository_def or definitions, not both")
    return check_instance(definitions, Definitions, f"definitions of {what}").get_repository_def()


def _moment(seconds: object, what: str) -> datetime:
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        with suppress(OverflowError, ValueError, OSError):  # each of them on some system: out of range
            return datetime.fromtimestamp(seconds, UTC)
    raise ParameterCheckError(
        f"{what} is a time in seconds since the epoch, not {seconds!r} ({type(seconds).__name__})",
        parameter="last_sensor_start_time",
        value=seconds,
    )


def _optional(value: T | None, expected: type[T], argument: str, what: str, hint: str = "") -> T | None:
    return None if value is None else check_instance(value, expected, f"{argument} of {what}", hint)


def _refuse_reference(instance_ref: object, what: str) -> None:
    if instance_ref is not None:
        raise ParameterCheckError(
            f"instance_ref of {what} has no meaning here; pass instance=", parameter="instance_ref", value=instance_ref
        )
