"""Contexts for tests of schedules and sensors: what the daemon would pass, built by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from watchbell.declare.automation.multi_asset_context import (
    MonitoredAssets,
    MultiAssetSensorEvaluationContext,
    check_monitored,
)
from watchbell.declare.automation.run_status_context import RunStatusSensorContext
from watchbell.declare.automation.schedule import ScheduleEvaluationContext
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.declare.collect import Definitions
from watchbell.declare.names import check_instance
from watchbell.declare.repository import RepositoryDefinition
from watchbell.ground.errors import (
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEvent, EventLogEntry
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
    _refuse_reference(instance_ref)
    if scheduled_execution_time is not None:
        check_instance(scheduled_execution_time, datetime, "scheduled_execution_time")
    return ScheduleEvaluationContext(
        scheduled_execution_time=scheduled_execution_time,
        instance=instance,
        open_instance=_own_instance(),
        resources=resources,
        repository_def=repository_def,
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
        repository_name: accepted for older tests; the name of ``repository_def`` or ``definitions`` counts.
        repository_def: the definitions around the sensor.
        sensor_name: the sensor's name.
        resources: resources by key: values, or definitions to set up.
        definitions: the definitions around the sensor, instead of ``repository_def``.
        instance_ref: has no meaning here; must be None.
        last_sensor_start_time: when the sensor was turned on, in seconds since the epoch.

    Raises:
        ParameterCheckError: an argument has the wrong type.
        DagsterInvariantViolationError: both ``repository_def`` and ``definitions``.

    Example:
        >>> context = build_sensor_context(cursor="12")
        >>> context.update_cursor("15")
        >>> context.cursor
        '15'
    """
    _refuse_reference(instance_ref)
    facts = _sensor_facts(instance, cursor, repository_def, definitions, resources, last_sensor_start_time)
    return SensorEvaluationContext(sensor_name, **facts)


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
        repository_name: accepted for older tests; the name of ``repository_def`` or ``definitions`` counts.
        cursor_from_latest_materializations: whether all that was made so far is dealt with, instead of ``cursor``.
        resources: resources by key: values, or definitions to set up.
        definitions: the definitions around the sensor, instead of ``repository_def``.
        last_sensor_start_time: when the sensor was turned on, in seconds since the epoch.
        sensor_name: the sensor's name.

    Raises:
        ParameterCheckError: an argument has the wrong type.
        DagsterInvalidInvocationError: both ``cursor`` and ``cursor_from_latest_materializations``.
        DagsterInvariantViolationError: both ``repository_def`` and ``definitions``, or a selection and neither.

    Example:
        >>> context = build_multi_asset_sensor_context(monitored_assets=[AssetKey("orders")])
        >>> context.latest_materialization_records_by_key()
        {AssetKey(['orders']): None}
    """
    if cursor is not None and cursor_from_latest_materializations:
        raise DagsterInvalidInvocationError(
            "build_multi_asset_sensor_context takes cursor or cursor_from_latest_materializations, not both"
        )
    monitored = check_monitored(monitored_assets, "build_multi_asset_sensor_context")
    facts = _sensor_facts(instance, cursor, repository_def, definitions, resources, last_sensor_start_time)
    context = MultiAssetSensorEvaluationContext(sensor_name, monitored_assets=monitored, **facts)
    if not cursor_from_latest_materializations:
        return context
    context.advance_all_cursors()
    facts = {**facts, "instance": context.instance, "cursor": context.advanced_cursor}
    return MultiAssetSensorEvaluationContext(sensor_name, monitored_assets=monitored, **facts)


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
        context: a sensor context to take resources and definitions from.
        resources: resources by key: values, or definitions to set up.
        partition_key: the partition of the run.
        repository_def: the definitions around the sensor.
        instance: the same as ``dagster_instance``.

    Raises:
        ParameterCheckError: ``dagster_event`` or ``dagster_run`` is missing or of the wrong type.

    Example:
        >>> event = DagsterEvent(DagsterEventType.RUN_FAILURE, message="no rows")
        >>> context = build_run_status_sensor_context(dagster_event=event, dagster_run=DagsterRun("etl", "1"))
        >>> context.for_run_failure().failure_event.message
        'no rows'
    """
    run = check_instance(dagster_run, DagsterRun, "dagster_run of build_run_status_sensor_context")
    if isinstance(dagster_event, EventLogEntry):
        dagster_event = replace(dagster_event.get_dagster_event(), timestamp=dagster_event.timestamp)
    event = check_instance(dagster_event, DagsterEvent, "dagster_event of build_run_status_sensor_context")
    if partition_key is not None:
        run = run.with_tags({**run.tags, "dagster/partition": partition_key})
    inherited = {} if context is None else context.resource_defs
    return RunStatusSensorContext(
        sensor_name,
        dagster_run=run,
        dagster_event=event,
        instance=dagster_instance if dagster_instance is not None else instance,
        open_instance=_own_instance() if context is None else lambda: context.instance,
        resources={**inherited, **(resources or {})},
        repository_def=repository_def if repository_def is not None else context and context.repository_def,
    )


def _sensor_facts(
    instance: DagsterInstance | None,
    cursor: str | None,
    repository_def: RepositoryDefinition | None,
    definitions: Definitions | None,
    resources: Mapping[str, object] | None,
    started: float | None,
) -> dict[str, Any]:
    """What the contexts of all sensors are made of."""
    if repository_def is not None and definitions is not None:
        raise DagsterInvariantViolationError("the context of a sensor takes repository_def or definitions, not both")
    if cursor is not None:
        check_instance(cursor, str, "cursor of the context of a sensor")
    if definitions is not None:
        repository_def = check_instance(definitions, Definitions, "definitions").get_repository_def()
    return {
        "cursor": cursor,
        "started_at": None if started is None else datetime.fromtimestamp(started, UTC),
        "instance": instance,
        "open_instance": _own_instance(),
        "resources": resources,
        "repository_def": repository_def,
    }


def _own_instance() -> Callable[[], DagsterInstance]:
    """Opens an empty instance for the context that asks, not before it asks."""
    return DagsterInstance.ephemeral


def _refuse_reference(instance_ref: object) -> None:
    if instance_ref is not None:
        raise ParameterCheckError(
            "instance_ref has no meaning here; pass instance=", parameter="instance_ref", value=instance_ref
        )
