"""One evaluation: user code is called, and whatever comes of it becomes an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from watchbell.declare.automation.evaluation import Steps, in_one_go, own_error
from watchbell.declare.automation.run_status_sensor import RunStatusSensorDefinition
from watchbell.declare.automation.schedule import ScheduleDefinition, ScheduleEvaluationContext
from watchbell.declare.automation.sensor import SensorDefinition, SensorType
from watchbell.declare.automation.sensor_answer import SensorExecutionData
from watchbell.declare.automation.sensor_context import (
    BATCH_SECONDS,
    EVENTS_MAX,
    EventBatch,
    SensorEvaluationContext,
)
from watchbell.declare.collect import RepositoryDefinition
from watchbell.declare.log_manager import EvaluationLogger
from watchbell.ground.clock import SystemClock
from watchbell.ground.errors import DagsterError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.upward import call_upward
from watchbell.host.run_event_batch import batch_steps
from watchbell.host.unused_names import warnings_of_names
from watchbell.instance import DagsterInstance
from watchbell.record.error_info import SerializableErrorInfo, error_info_from_exception
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.event import EventLogEntry
from watchbell.record.request import RUN_REQUESTS_MAX, RunRequest
from watchbell.record.runless_event import RunlessFact, runless_event
from watchbell.record.tick import AutomationKind, TickLogLine

NOTHING_STALE = "no run: all assets asked for are up to date (stale_assets_only)"


class TooManyRunRequestsError(DagsterError):
    """An evaluation asked for more runs than one tick may."""


class Evaluator:
    """Evaluates the schedules and sensors of a repository.

    Args:
        repository: the loaded code.
        home: folder of the instance; it is opened once, when user code first asks for it.
        location_name: the code location that the code is; None in a test.
        instance: the instance, if it is open already.
        resource_config: config of resources, by key, instead of what they have; for tests of people.
    """

    def __init__(
        self,
        repository: RepositoryDefinition,
        home: str,
        location_name: str | None = None,
        instance: DagsterInstance | None = None,
        resource_config: Mapping[str, Any] | None = None,
    ) -> None:
        self._repository = repository
        self._location_name = location_name
        self._home = home
        self._instance = instance
        self._resource_config = resource_config

    def evaluate(self, evaluation: Evaluation) -> Answer:
        """The answer to an evaluation. Never raises: what user code raises is part of the answer."""
        return in_one_go(self.steps(evaluation, EvaluationLogger(evaluation.name)))

    def steps(self, evaluation: Evaluation, log: EvaluationLogger) -> Steps[Answer]:
        """:meth:`evaluate`, for who waits for ``async`` functions in a way of its own."""
        called_for: list[int] = []
        try:
            return (yield from self.raising_steps(evaluation, log, called_for))
        except BaseException as error:  # also sys.exit() in a sensor
            return replace(raised(evaluation.id, error, log.lines), event_ids=tuple(called_for))

    def raising_steps(
        self, evaluation: Evaluation, log: EvaluationLogger, called_for: list[int] | None = None
    ) -> Steps[Answer]:
        """:meth:`steps`, but what the function of a schedule or sensor raises is raised, for who debugs it.

        Args:
            evaluation: the question.
            log: takes what is logged.
            called_for: takes the storage ids of the materializations that a sensor of one asset is called for.
        """
        if evaluation.kind is AutomationKind.SCHEDULE:
            return (yield from self._schedule(evaluation, log))
        return (yield from self._sensor(evaluation, log, called_for))

    def _schedule(self, evaluation: Evaluation, log: EvaluationLogger) -> Steps[Answer]:
        definition = self._repository.schedules.get(evaluation.name)
        if definition is None:
            return unknown(evaluation, self._repository.schedules)
        context = ScheduleEvaluationContext(
            evaluation.name,
            scheduled_execution_time=in_zone_of(definition, evaluation.scheduled_at),
            open_instance=self._open_instance,
            repository_def=self._repository,
            log=log,
            location_name=self._location_name,
            resource_config=self._resource_config,
        )
        with context:
            data = yield from definition.steps(context)
        requests = self._resolved(definition, data.run_requests)
        return Answer(
            id=evaluation.id,
            outcome=Outcome.ANSWERED,
            run_requests=requests,
            skip_message=NOTHING_STALE if data.run_requests and not requests else data.skip_message,
            log=data.log,
        )

    def _sensor(
        self, evaluation: Evaluation, log: EvaluationLogger, called_for: list[int] | None = None
    ) -> Steps[Answer]:
        definition = self._repository.sensors.get(evaluation.name)
        if definition is None:
            return unknown(evaluation, self._repository.sensors)
        context = SensorEvaluationContext(
            evaluation.name,
            cursor=evaluation.cursor,
            last_tick_at=evaluation.last_tick_at,
            last_run_key=evaluation.last_run_key,
            event_ids=evaluation.event_ids or None,
            batch=EventBatch(
                1 if evaluation.is_alone else EVENTS_MAX, min(BATCH_SECONDS, evaluation.timeout_seconds / 4)
            ),
            called_for=called_for,
            open_instance=self._open_instance,
            repository_def=self._repository,
            log=log,
            location_name=self._location_name,
            resource_config=self._resource_config,
        )

        def to_answer(data: SensorExecutionData) -> Answer:
            return self._sensor_answer(evaluation, definition, data, context)

        with context:
            if isinstance(definition, RunStatusSensorDefinition) and len(evaluation.event_ids) > 1:
                return (yield from batch_steps(evaluation, definition, context, to_answer))
            return to_answer((yield from definition.steps(context)))

    def _sensor_answer(
        self,
        evaluation: Evaluation,
        definition: SensorDefinition,
        data: SensorExecutionData,
        context: SensorEvaluationContext,
    ) -> Answer:
        requests = self._resolved(definition, data.run_requests)
        changes = data.dynamic_partitions_requests
        warnings = warnings_of_names(self._repository, changes, definition.name) if changes else ()
        skip_message = NOTHING_STALE if data.run_requests and not requests else data.skip_message
        if skip_message is None and not (requests or data.dagster_run_reactions):
            skip_message = ""  # a reason to skip without text is one all the same
        return Answer(
            id=evaluation.id,
            outcome=Outcome.ANSWERED if data.error is None else Outcome.RAISED,
            run_requests=requests,
            skip_message=skip_message,
            cursor=None if data.cursor == evaluation.cursor else data.cursor,
            error=data.error,
            log=(*data.log, *warnings) if warnings else data.log,
            asset_events=as_entries(data.asset_events, SystemClock().now()),
            dynamic_partitions_requests=tuple(data.dynamic_partitions_requests),
            seen_to=data.seen_to,
            event_ids=tuple(context.called_for),
        )

    def _resolved(
        self, definition: ScheduleDefinition | SensorDefinition, requests: list[RunRequest]
    ) -> tuple[RunRequest, ...]:
        if len(requests) > RUN_REQUESTS_MAX:
            raise TooManyRunRequestsError(
                f"{definition.name!r} asked for {len(requests):,} runs at once; at most {RUN_REQUESTS_MAX:,} are "
                "taken. Return the first of them, keep in the cursor how far you came, and go on at the next tick"
            )
        if isinstance(definition, SensorDefinition) and definition.sensor_type is SensorType.AUTOMATION:
            return tuple(requests)  # they say everything; what is made together need not be selected
        resolved: list[RunRequest] = []
        for request in requests:
            known = self._repository.resolve_request(definition, request)
            if known.stale_assets_only:
                known = call_upward("only_stale", self._repository, self._open_instance(), known)
            if known is not None:
                resolved.append(known)
        return tuple(resolved)

    def _open_instance(self) -> DagsterInstance:
        if self._instance is None:
            self._instance = DagsterInstance.from_home(self._home)
        return self._instance


def in_zone_of(definition: ScheduleDefinition, moment: datetime | None) -> datetime | None:
    """The time of a tick in the schedule's own zone, where its user thinks."""
    if moment is None:
        return None
    return moment.astimezone(ZoneInfo(definition.execution_timezone or "UTC"))


def as_entries(events: Iterable[RunlessFact], at: datetime) -> tuple[EventLogEntry, ...]:
    """Asset events of a sensor as log entries without a run.

    Args:
        events: what the sensor reported.
        at: when.
    """
    timestamp = at.timestamp()
    return tuple(EventLogEntry(run_id="", timestamp=timestamp, dagster_event=runless_event(each)) for each in events)


def raised(evaluation_id: int, error: BaseException, log: tuple[TickLogLine, ...]) -> Answer:
    """The answer for an evaluation that raised."""
    info = error_info_from_exception(own_error(error))
    return Answer(id=evaluation_id, outcome=Outcome.RAISED, error=info, log=log)


def unknown(evaluation: Evaluation, names: Iterable[str]) -> Answer:
    """The answer for an automation that the code does not define."""
    kind = evaluation.kind.value.lower()
    message = f"there is no {kind} {evaluation.name!r} in the code any more{did_you_mean(evaluation.name, names)}"
    return Answer(id=evaluation.id, outcome=Outcome.UNKNOWN, error=SerializableErrorInfo(message))
