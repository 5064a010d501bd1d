"""``@run_status_sensor`` and ``@run_failure_sensor``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

from watchbell.declare.automation.automation_target import ExecutableDefinition
from watchbell.declare.automation.monitored import MonitoredJob, monitored_arguments
from watchbell.declare.automation.policy_arguments import Length
from watchbell.declare.automation.run_status_sensor import RunStatusSensorDefinition
from watchbell.declare.automation.sensor import DefaultSensorStatus
from watchbell.ground.errors import DagsterInvalidInvocationError
from watchbell.record.metadata import RawMetadataMapping
from watchbell.record.run import DagsterRunStatus


def run_status_sensor(
    run_status: DagsterRunStatus,
    name: str | None = None,
    minimum_interval_seconds: float | None = None,
    description: str | None = None,
    monitored_jobs: Sequence[MonitoredJob] | None = None,
    job_selection: Sequence[MonitoredJob] | None = None,
    monitor_all_code_locations: bool | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    request_job: ExecutableDefinition | None = None,
    request_jobs: Sequence[ExecutableDefinition] | None = None,
    monitor_all_repositories: bool | None = None,
    tags: Mapping[str, str] | None = None,
    metadata: RawMetadataMapping | None = None,
    timeout_seconds: float | None = None,
    run_key_ttl: Length | None = None,
) -> Callable[[Callable[..., Any]], RunStatusSensorDefinition]:
    """Turns a function into a sensor that is called for each run that comes to a state.

    Args:
        run_status: the state.
        name: the sensor's name; left out: the function's.
        job_selection: older name of ``monitored_jobs``.
        monitor_all_repositories: older name of ``monitor_all_code_locations``.

    All other arguments, and what is raised, are those of :class:`RunStatusSensorDefinition`.

    Example:
        >>> @run_status_sensor(run_status=DagsterRunStatus.SUCCESS)
        ... def done(context):
        ...     print(f"{context.dagster_run.job_name} is done")
        >>> done(
        ...     build_run_status_sensor_context(
        ...         dagster_run=DagsterRun("etl", "1"), dagster_event=DagsterEvent(DagsterEventType.RUN_SUCCESS)
        ...     )
        ... )
        etl is done
    """
    if callable(run_status):
        raise DagsterInvalidInvocationError(
            "write @run_status_sensor(run_status=DagsterRunStatus.SUCCESS) with parentheses"
        )
    monitored = monitored_arguments(monitored_jobs, job_selection, monitor_all_code_locations, monitor_all_repositories)

    def decorate(fn: Callable[..., Any]) -> RunStatusSensorDefinition:
        return RunStatusSensorDefinition(
            name=name,
            run_status=run_status,
            run_status_sensor_fn=fn,
            minimum_interval_seconds=minimum_interval_seconds,
            description=description,
            **monitored,
            default_status=default_status,
            request_job=request_job,
            request_jobs=request_jobs,
            tags=tags,
            metadata=metadata,
            timeout_seconds=timeout_seconds,
            run_key_ttl=run_key_ttl,
        )

    return decorate


@overload
def run_failure_sensor(name: Callable[..., Any]) -> RunStatusSensorDefinition: ...


@overload
def run_failure_sensor(
    name: str | None = None,
    minimum_interval_seconds: float | None = None,
    description: str | None = None,
    monitored_jobs: Sequence[MonitoredJob] | None = None,
    job_selection: Sequence[MonitoredJob] | None = None,
    monitor_all_code_locations: bool | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    request_job: ExecutableDefinition | None = None,
    request_jobs: Sequence[ExecutableDefinition] | None = None,
    monitor_all_repositories: bool | None = None,
    tags: Mapping[str, str] | None = None,
    metadata: RawMetadataMapping | None = None,
    timeout_seconds: float | None = None,
    run_key_ttl: Length | None = None,
) -> Callable[[Callable[..., Any]], RunStatusSensorDefinition]: ...


def run_failure_sensor(
    name: Callable[..., Any] | str | None = None,
    minimum_interval_seconds: float | None = None,
    description: str | None = None,
    monitored_jobs: Sequence[MonitoredJob] | None = None,
    job_selection: Sequence[MonitoredJob] | None = None,
    monitor_all_code_locations: bool | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    request_job: ExecutableDefinition | None = None,
    request_jobs: Sequence[ExecutableDefinition] | None = None,
    monitor_all_repositories: bool | None = None,
    tags: Mapping[str, str] | None = None,
    metadata: RawMetadataMapping | None = None,
    timeout_seconds: float | None = None,
    run_key_ttl: Length | None = None,
) -> Any:
    """Turns a function into a sensor that is called for each run that fails.

    Args:
        name: the sensor's name; or the function, when used without parentheses.

    All other arguments, and what is raised, are those of :func:`run_status_sensor`.

    Example:
        >>> @run_failure_sensor(default_status=DefaultSensorStatus.RUNNING)
        ... def alert(context: RunFailureSensorContext):
        ...     print(f"{context.dagster_run.job_name} failed: {context.failure_event.message}")
    """
    decorate = run_status_sensor(
        run_status=DagsterRunStatus.FAILURE,
        name=None if callable(name) else name,
        minimum_interval_seconds=minimum_interval_seconds,
        description=description,
        monitored_jobs=monitored_jobs,
        job_selection=job_selection,
        monitor_all_code_locations=monitor_all_code_locations,
        default_status=default_status,
        request_job=request_job,
        request_jobs=request_jobs,
        monitor_all_repositories=monitor_all_repositories,
        tags=tags,
        metadata=metadata,
        timeout_seconds=timeout_seconds,
        run_key_ttl=run_key_ttl,
    )
    return decorate(name) if callable(name) else decorate
