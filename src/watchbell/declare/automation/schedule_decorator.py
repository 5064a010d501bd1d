"""``@schedule``: a function becomes a schedule."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from watchbell.declare.automation.automation_target import ExecutableDefinition
from watchbell.declare.automation.policy_arguments import Length
from watchbell.declare.automation.schedule import DefaultScheduleStatus, ScheduleDefinition, evaluated
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvalidInvocationError
from watchbell.record.automation_policy import Catchup, Overlap
from watchbell.record.metadata import RawMetadataMapping


def schedule(
    cron_schedule: str | Sequence[str],
    *,
    job_name: str | None = None,
    name: str | None = None,
    tags: Mapping[str, str] | None = None,
    tags_fn: Callable[..., Mapping[str, str] | Awaitable[Mapping[str, str] | None] | None] | None = None,
    metadata: RawMetadataMapping | None = None,
    should_execute: Callable[..., bool | Awaitable[bool]] | None = None,
    environment_vars: Mapping[str, str] | None = None,
    execution_timezone: str | None = None,
    description: str | None = None,
    job: ExecutableDefinition | None = None,
    default_status: DefaultScheduleStatus = DefaultScheduleStatus.STOPPED,
    required_resource_keys: set[str] | None = None,
    target: Any = None,
    owners: Sequence[str] | None = None,
    catchup: Catchup | str = "default",
    catchup_window: Length | None = None,
    overlap: Overlap | str = "allow",
    jitter: Length | None = None,
    timeout_seconds: float | None = None,
    run_key_ttl: Length | None = None,
) -> Callable[[Callable[..., Any]], ScheduleDefinition]:
    """Turns a function into a schedule.

    The function takes a :class:`ScheduleEvaluationContext` (or nothing) and resources, and returns what to run: a run
    config (dict), a RunRequest, several of them (list or generator), a SkipReason, or None for nothing.

    Args:
        cron_schedule: a cron string, or several.
        name: the schedule's name; left out: the function's.
        description: free text; left out: the function's docstring.
        job: the job it starts; without one each RunRequest names its job.

    All other arguments, and what is raised, are those of :class:`ScheduleDefinition`.

    Example:
        >>> @schedule(job_name="etl", cron_schedule="0 6 * * *")
        ... def daily():
        ...     return {"ops": {"load": {"config": {"limit": 3}}}}
        >>> daily.evaluate_tick(build_schedule_context()).run_requests[0].run_config
        {'ops': {'load': {'config': {'limit': 3}}}}
    """
    arguments = {key: value for key, value in locals().items() if key not in {"name", "tags_fn"}}
    if callable(cron_schedule):
        raise DagsterInvalidInvocationError('write @schedule(cron_schedule="0 6 * * *", job=...) with parentheses')
    if tags and tags_fn:
        raise DagsterInvalidDefinitionError("a schedule has both tags= and tags_fn=; give one of them")

    def decorate(fn: Callable[..., Any]) -> ScheduleDefinition:
        given_name = name if name is not None else getattr(fn, "__name__", type(fn).__name__)
        made = ScheduleDefinition(given_name, execution_fn=fn, **arguments)
        if tags_fn is not None:
            made._tags_fn = evaluated(tags_fn, given_name)
        return made

    return decorate
