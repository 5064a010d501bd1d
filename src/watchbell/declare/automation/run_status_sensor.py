"""Run status sensors: called once for each run that comes to a state.

A run's change of state is an event in the log with a storage id; the sensor's cursor is the id of the last event it
was called for. The daemon names the events (``event_ids``); on its own, as in a test, an evaluation reads on from the
cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from watchbell.declare.automation.automation_target import ExecutableDefinition
from watchbell.declare.automation.evaluation import Steps, own_error
from watchbell.declare.automation.monitored import Monitored, MonitoredJob
from watchbell.declare.automation.partition_requests import with_partitions
from watchbell.declare.automation.policy_arguments import Length
from watchbell.declare.automation.run_status_context import RunStatusSensorContext
from watchbell.declare.automation.sensor import DefaultSensorStatus, SensorDefinition, SensorType
from watchbell.declare.automation.sensor_answer import EMPTY_RESULT, DagsterRunReaction, Reading, SensorExecutionData
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.declare.log_manager import EvaluationLogger
from watchbell.declare.names import check_instance
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    RunStatusSensorExecutionError,
)
from watchbell.ground.shown import shown_error
from watchbell.record.asset_cursor import is_number, read_number
from watchbell.record.error_info import error_info_from_exception
from watchbell.record.event import EVENT_TYPE_OF_STATUS, DagsterEvent, EventLogEntry
from watchbell.record.metadata import RawMetadataMapping
from watchbell.record.query import EventQuery
from watchbell.record.request import RunRequest, SensorResult, SkipReason
from watchbell.record.run import DagsterRun, DagsterRunStatus

EVENTS_MAX = 100  # run events handled in one evaluation that reads on by itself (count)


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
        self._run_status = run_status
        # An alert is called at once. What starts runs is slowed down: they may be what it watches.
        self._is_quick = minimum_interval_seconds is None and not self.targets
        self._monitored = Monitored.read(monitored_jobs, monitor_all_code_locations, what)

    @property
    def run_statuses(self) -> tuple[DagsterRunStatus, ...]:
        """The state that wakes it, as a tuple of one."""
        return (self._run_status,)

    @property
    def pause_seconds(self) -> float:
        """Least time between two bursts of events: ``minimum_interval_seconds``, where it was given or the sensor has
        jobs; else none."""
        return 0 if self._is_quick else self.minimum_interval_seconds

    @property
    def monitored(self) -> Monitored:
        """Which runs count."""
        return self._monitored

    @property
    def monitored_jobs(self) -> tuple[str, ...] | None:
        """Names of the jobs of its location whose runs count; None: all of them."""
        return self._monitored.job_names

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
        after_id = None if context.event_ids is not None else _storage_id(context.cursor)
        if context.event_ids is None and after_id is None:
            last_id = context.instance.last_event_id()
            unread = "" if context.cursor is None else f" Its cursor was {context.cursor[:100]!r}, which is no event."
            message = f"Initiating {self.name}. It reacts to what happens from now on (after event {last_id}).{unread}"
            return SensorExecutionData(skip_message=message, cursor=str(last_id), log=context.log.lines)
        entries = self._entries(context, after_id)
        found = SensorExecutionData(cursor=_cursor_after(entries, context))
        skip_message: str | None = EMPTY_RESULT
        for entry in entries:
            if context.event_ids is None and not self._counts(entry, context):
                continue
            data = yield from self.reaction(entry, context, context.log)
            found.run_requests.extend(data.run_requests)
            found.asset_events.extend(data.asset_events)
            found.dynamic_partitions_requests.extend(data.dynamic_partitions_requests)
            found.dagster_run_reactions.extend(data.dagster_run_reactions)
            if not data.dagster_run_reactions:
                skip_message = data.skip_message  # also an empty one, or none: it was its reason
        asked = bool(found.run_requests or found.dagster_run_reactions)
        return replace(found, skip_message=None if asked else skip_message, log=context.log.lines)

    def entries_of(self, context: SensorEvaluationContext) -> dict[int, EventLogEntry]:
        """The events that ``event_ids`` of the context name, by storage id; those that are not there any more are left
        out."""
        return {entry.storage_id: entry for entry in self._entries(context, None) if entry.storage_id is not None}

    def reaction(
        self, entry: EventLogEntry, context: SensorEvaluationContext, log: EvaluationLogger
    ) -> Steps[SensorExecutionData]:
        """Calls the function for one event. What it raises is part of the result.

        Args:
            entry: the event.
            context: the evaluation.
            log: takes what is logged for this event.
        """
        run = context.instance.get_run_by_id(entry.run_id)
        event = entry.dagster_event
        if run is None or event is None:
            return SensorExecutionData(skip_message=f"the run of event {entry.storage_id} was deleted: {entry.run_id}")
        try:
            reading = yield from self._reading(run, event, context, log)
            addressed = [self.addressed(each, context) for each in reading.run_requests]
            requests = with_partitions(addressed, self, context, reading.dynamic_partitions_requests)
        except Exception as error:
            said = own_error(error)
            kind = type(said).__name__
            wrapped = RunStatusSensorExecutionError(
                f"sensor {self.name!r} raised {kind} for run {run.run_id} of job {run.job_name!r}: "
                f"{shown_error(said).removeprefix(f'{kind}: ')}",
                user_exception=said,
            )
            reaction = DagsterRunReaction(run, self._run_status, error_info_from_exception(wrapped))
            return SensorExecutionData(dagster_run_reactions=[reaction], log=log.lines)
        is_silent = not requests and not reading.is_skip and not reading.has_result
        empty = None if requests or is_silent or reading.is_skip else EMPTY_RESULT
        return SensorExecutionData(
            run_requests=requests,
            skip_message=reading.skip_message if reading.is_skip else empty,
            dagster_run_reactions=[DagsterRunReaction(run, self._run_status)] if is_silent else [],
            asset_events=reading.asset_events,
            log=log.lines,
            dynamic_partitions_requests=reading.dynamic_partitions_requests,
        )

    @property
    def _is_for_failures(self) -> bool:
        return self._run_status is DagsterRunStatus.FAILURE

    def _entries(self, context: SensorEvaluationContext, after_id: int | None) -> list[EventLogEntry]:
        types = frozenset({EVENT_TYPE_OF_STATUS[self._run_status]})
        if context.event_ids is None:
            query = EventQuery(types=types, after_id=after_id, limit=EVENTS_MAX)
        else:
            query = EventQuery(types=types, storage_ids=list(context.event_ids))
        return list(context.instance.events(query))

    def _counts(self, entry: EventLogEntry, context: SensorEvaluationContext) -> bool:
        run = context.instance.get_run_by_id(entry.run_id)
        return run is not None and self._monitored.counts(run, context.repository_def)

    def _reading(
        self, run: DagsterRun, event: DagsterEvent, context: SensorEvaluationContext, log: EvaluationLogger
    ) -> Steps[Reading]:
        inner = RunStatusSensorContext(
            self.name,
            dagster_run=run,
            dagster_event=event,
            open_instance=lambda: context.instance,
            resources=context.resource_defs,
            repository_def=context.repository_def,
            log=log,
        )
        inner = inner.for_run_failure() if self._is_for_failures else inner
        inner.shares_resources_with(context)
        items = yield from self._function.call(inner)
        # Alerts often end in `return send(...)`: what is no request says nothing, and is no mistake.
        known = items if items is None or isinstance(items, list | tuple) or _is_answer(items) else None
        reading = Reading.of(self.items_of(known), f"sensor {self.name!r}")
        if reading.cursor is not None:
            raise DagsterInvariantViolationError(
                f"sensor {self.name!r} returned a SensorResult with a cursor; the cursor of a run status sensor is the "
                "event it has come to, and moves by itself: leave it out"
            )
        return reading


def _cursor_after(entries: Sequence[EventLogEntry], context: SensorEvaluationContext) -> str | None:
    if context.event_ids:
        return str(max(context.event_ids))
    return str(entries[-1].storage_id) if entries else context.cursor


def _storage_id(cursor: str | None) -> int | None:
    """The event that a cursor names; None if there is none, or it is something else."""
    return read_number(cursor) if is_number(cursor) else None


def _is_answer(value: object) -> bool:
    return isinstance(value, RunRequest | SkipReason | SensorResult)
