"""Run status sensors: called once for each run that comes to a state.

A run's change of state is an event in the log with a storage id; the sensor's cursor is the id of the last event it
was called for. The daemon names the events (``event_ids``); on its own, as in a test, an evaluation reads on from the
cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from watchbell.declare.assets.asset_job import UnresolvedAssetJobDefinition
from watchbell.declare.automation.automation_target import ExecutableDefinition
from watchbell.declare.automation.evaluation import Steps
from watchbell.declare.automation.partition_requests import with_partitions
from watchbell.declare.automation.policy_arguments import Length
from watchbell.declare.automation.run_status_context import RunStatusSensorContext
from watchbell.declare.automation.sensor import DefaultSensorStatus, SensorDefinition, SensorType
from watchbell.declare.automation.sensor_answer import EMPTY_RESULT, DagsterRunReaction, Reading, SensorExecutionData
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.job import JobDefinition
from watchbell.declare.names import check_instance
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    ParameterCheckError,
    RunStatusSensorExecutionError,
)
from watchbell.record.error_info import error_info_from_exception
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.metadata import RawMetadataMapping
from watchbell.record.query import EventQuery
from watchbell.record.request import RunRequest, SensorResult, SkipReason
from watchbell.record.run import DagsterRun, DagsterRunStatus

EVENTS_MAX = 100  # run events handled in one evaluation that reads on by itself (count)
EVENT_TYPE_OF_STATUS = {
    DagsterRunStatus.QUEUED: DagsterEventType.RUN_ENQUEUED,
    DagsterRunStatus.STARTING: DagsterEventType.RUN_STARTING,
    DagsterRunStatus.STARTED: DagsterEventType.RUN_START,
    DagsterRunStatus.SUCCESS: DagsterEventType.RUN_SUCCESS,
    DagsterRunStatus.FAILURE: DagsterEventType.RUN_FAILURE,
    DagsterRunStatus.CANCELING: DagsterEventType.RUN_CANCELING,
    DagsterRunStatus.CANCELED: DagsterEventType.RUN_CANCELED,
}


MonitoredJob = ExecutableDefinition


class RunStatusSensorDefinition(SensorDefinition):
    """A function that is called once for each run that comes to a state.

    Args:
        name: its name.
        run_status: the state.
        run_status_sensor_fn: given a RunStatusSensorContext; may return RunRequests or a SkipReason like other sensors.
        minimum_interval_seconds: least time between two evaluations; None: 30. Events wake it in between.
        description: free text; left out: the function's docstring.
        monitored_jobs: the jobs whose runs count; None: all of this location.
        monitor_all_code_locations: whether runs of all locations count.
        default_status: whether it works when nobody said otherwise.
        request_job: the job it may start.
        request_jobs: the jobs it may start.
        tags: tags of the sensor.
        metadata: labelled facts.
        required_resource_keys: resources its function uses.
        timeout_seconds: time one evaluation may take (seconds); None: as the settings say.
        run_key_ttl: after this (timedelta or seconds) a run key may be used for another run; None: never.

    Raises:
        DagsterInvalidDefinitionError: a state no run comes to, or a name that is not valid.
        ParameterCheckError: an argument has the wrong type.

    Example:
        >>> RunStatusSensorDefinition("done", DagsterRunStatus.SUCCESS, lambda context: None).run_statuses
        (<DagsterRunStatus.SUCCESS: 'SUCCESS'>,)
    """

    sensor_type = SensorType.RUN_STATUS

    def __init__(
        self,
        name: str | None,
        run_status: DagsterRunStatus,
        run_status_sensor_fn: Callable[..., Any],
        minimum_interval_seconds: float | None = None,
        description: str | None = None,
        monitored_jobs: Sequence[MonitoredJob] | None = None,
        monitor_all_code_locations: bool | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
        request_job: ExecutableDefinition | None = None,
        request_jobs: Sequence[ExecutableDefinition] | None = None,
        tags: Mapping[str, str] | None = None,
        metadata: RawMetadataMapping | None = None,
        required_resource_keys: set[str] | None = None,
        timeout_seconds: float | None = None,
        run_key_ttl: Length | None = None,
    ) -> None:
        super().__init__(
            name,
            evaluation_fn=run_status_sensor_fn,
            minimum_interval_seconds=minimum_interval_seconds,
            description=description,
            job=request_job,
            jobs=request_jobs,
            default_status=default_status,
            required_resource_keys=required_resource_keys,
            tags=tags,
            metadata=metadata,
            timeout_seconds=timeout_seconds,
            run_key_ttl=run_key_ttl,
        )
        what = f"run status sensor {self.name!r}"
        check_instance(run_status, DagsterRunStatus, f"run_status of {what}", "e.g. DagsterRunStatus.SUCCESS")
        if run_status not in EVENT_TYPE_OF_STATUS:
            known = ", ".join(status.name for status in EVENT_TYPE_OF_STATUS)
            raise DagsterInvalidDefinitionError(
                f"{what}: no event says that a run is {run_status.name}; expected {known}"
            )
        if monitored_jobs and monitor_all_code_locations:
            raise DagsterInvalidDefinitionError(
                f"{what} has monitored_jobs and monitor_all_code_locations=True; give one of them"
            )
        self._run_status = run_status
        self._monitored_jobs = None if not monitored_jobs else tuple(_job_name(each, what) for each in monitored_jobs)
        self._monitors_all_locations = bool(monitor_all_code_locations)

    @property
    def run_statuses(self) -> tuple[DagsterRunStatus, ...]:
        """The state that wakes it, as a tuple of one."""
        return (self._run_status,)

    @property
    def monitored_jobs(self) -> tuple[str, ...] | None:
        """Names of the jobs whose runs count; None: all of the location."""
        return self._monitored_jobs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the decorated function returns, for tests.

        Args:
            args: the context, from ``build_run_status_sensor_context``.
            kwargs: the context or resources by name.

        Raises:
            DagsterInvalidInvocationError: the arguments do not fit the function.
        """
        if self._is_for_failures and args and isinstance(args[0], RunStatusSensorContext):
            args = (args[0].for_run_failure(), *args[1:])
        return self._function.invoke(args, kwargs, self.required_resource_keys, RunStatusSensorContext)

    def steps(self, context: SensorEvaluationContext) -> Steps[SensorExecutionData]:
        """Calls the function for each new run event.

        What it raises for one run is kept with that run's reaction and stops no other.

        Args:
            context: with ``event_ids``, for these events; else for those after its cursor, the first time for none.
        """
        context.require(self.required_resource_keys, f"sensor {self.name!r}")
        if context.event_ids is None and context.cursor is None:
            last_id = context.instance.last_event_id()
            message = f"Initiating {self.name}. It reacts to what happens from now on (after event {last_id})."
            return SensorExecutionData(skip_message=message, cursor=str(last_id))
        entries = self._entries(context)
        found = SensorExecutionData(cursor=self._cursor_after(entries, context))
        messages: list[str | None] = []
        for entry in entries:
            messages += [(yield from self._react(entry, context, found))]
        asked = bool(found.run_requests or found.dagster_run_reactions)
        skip = None if asked else next((each for each in reversed(messages) if each is not None), EMPTY_RESULT)
        return SensorExecutionData(
            found.run_requests,
            skip,
            found.cursor,
            found.dagster_run_reactions,
            found.asset_events,
            context.log.lines,
            found.dynamic_partitions_requests,
        )

    @property
    def _is_for_failures(self) -> bool:
        return self._run_status is DagsterRunStatus.FAILURE

    def _entries(self, context: SensorEvaluationContext) -> list[EventLogEntry]:
        types = frozenset({EVENT_TYPE_OF_STATUS[self._run_status]})
        ids = context.event_ids
        if ids is None:
            query = EventQuery(types=types, after_id=_storage_id(context.cursor, self.name), limit=EVENTS_MAX)
            return list(context.instance.events(query))
        if not ids:
            return []
        query = EventQuery(types=types, after_id=min(ids) - 1, before_id=max(ids) + 1)
        wanted = frozenset(ids)
        return [entry for entry in context.instance.events(query) if entry.storage_id in wanted]

    def _cursor_after(self, entries: Sequence[EventLogEntry], context: SensorEvaluationContext) -> str | None:
        if context.event_ids:
            return str(max(context.event_ids))
        return str(entries[-1].storage_id) if entries else context.cursor

    def _react(
        self, entry: EventLogEntry, context: SensorEvaluationContext, found: SensorExecutionData
    ) -> Steps[str | None]:
        """Calls the function for one event and adds to ``found``; its reason to skip, if it gives one."""
        run = context.instance.get_run_by_id(entry.run_id)
        if run is None or entry.dagster_event is None or not self._counts(run, context):
            return None
        try:
            reading = yield from self._reading(run, entry.dagster_event, context)
            addressed = [self.addressed(each, context) for each in reading.run_requests]
            requests = with_partitions(addressed, self, context, reading.dynamic_partitions_requests)
        except Exception as error:
            wrapped = RunStatusSensorExecutionError(
                f"sensor {self.name!r} raised {type(error).__name__} for run {run.run_id} of job {run.job_name!r}: "
                f"{error}",
                user_exception=error,
            )
            info = error_info_from_exception(wrapped)
            found.dagster_run_reactions.append(DagsterRunReaction(run, self._run_status, info))
            return None
        found.run_requests.extend(requests)
        found.asset_events.extend(reading.asset_events)
        found.dynamic_partitions_requests.extend(reading.dynamic_partitions_requests)
        if not requests and not reading.is_skip:
            found.dagster_run_reactions.append(DagsterRunReaction(run, self._run_status))
        return reading.skip_message

    def _reading(self, run: DagsterRun, event: DagsterEvent, context: SensorEvaluationContext) -> Steps[Reading]:
        inner = RunStatusSensorContext(
            self.name,
            dagster_run=run,
            dagster_event=event,
            open_instance=lambda: context.instance,
            resources=context.resource_defs,
            repository_def=context.repository_def,
            log=context.log,
        )
        inner = inner.for_run_failure() if self._is_for_failures else inner
        inner.shares_resources_with(context)
        items = yield from self._function.call(inner)
        # Alerts often end in `return send(...)`: what is no request says nothing, and is no mistake.
        known = items if items is None or isinstance(items, list | tuple) or _is_answer(items) else None
        return Reading.of(self.items_of(known), f"sensor {self.name!r}")

    def _counts(self, run: DagsterRun, context: SensorEvaluationContext) -> bool:
        """Whether a run is among the monitored; one started in somebody's own process counts by its job's name."""
        if self._monitors_all_locations:
            return True
        if self._monitored_jobs is not None:
            return run.job_name in self._monitored_jobs
        repository = context.repository_def
        if repository is None or run.location_name is None or context.event_ids is not None:
            return True
        return bool(repository.has_job(run.job_name))


def _job_name(job: object, what: str) -> str:
    if isinstance(job, JobDefinition | GraphDefinition | UnresolvedAssetJobDefinition):
        return job.name
    raise ParameterCheckError(
        f"monitored_jobs of {what} takes jobs (from @job or define_asset_job), not {job!r}",
        parameter="monitored_jobs",
        value=job,
    )


def _storage_id(cursor: str | None, name: str) -> int:
    try:
        return int(cursor or 0)
    except ValueError:
        raise DagsterInvariantViolationError(
            f"the cursor of sensor {name!r} is {cursor!r}; the cursor of a run status sensor is the number of an event"
        ) from None


def _is_answer(value: object) -> bool:
    return isinstance(value, RunRequest | SkipReason | SensorResult)
