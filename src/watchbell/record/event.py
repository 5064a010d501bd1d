"""Events: what happened, one after the other, in runs and to assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import TypeVar

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.asset_check import AssetCheckEvaluation, AssetCheckEvaluationPlanned
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event_data import (
    AssetMaterializationPlannedData,
    AssetObservationData,
    ComputeLogsCaptureData,
    EngineEventData,
    EventData,
    HandledOutputData,
    HookErroredData,
    JobFailureData,
    LoadedInputData,
    StepExpectationResultData,
    StepFailureData,
    StepInputData,
    StepMaterializationData,
    StepOutputData,
    StepRetryData,
    StepSuccessData,
    TypeCheckData,
    UserFailureData,
)
from watchbell.record.event_members import EventMembers
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.run import DagsterRunStatus

__all__ = [
    "AssetCheckEvaluation",
    "AssetCheckEvaluationPlanned",
    "AssetMaterializationPlannedData",
    "AssetObservationData",
    "ComputeLogsCaptureData",
    "DagsterEvent",
    "DagsterEventType",
    "EngineEventData",
    "EventData",
    "EventLogEntry",
    "EventLogRecord",
    "EventRecordsResult",
    "HandledOutputData",
    "HookErroredData",
    "JobFailureData",
    "LoadedInputData",
    "StepExpectationResultData",
    "StepFailureData",
    "StepInputData",
    "StepMaterializationData",
    "StepOutputData",
    "StepRetryData",
    "StepSuccessData",
    "TypeCheckData",
    "UserFailureData",
    "at_of",
]

D = TypeVar("D")


@wired("event_type")
class DagsterEventType(Enum):
    """The kinds of event."""

    STEP_OUTPUT = "STEP_OUTPUT"
    STEP_INPUT = "STEP_INPUT"
    STEP_FAILURE = "STEP_FAILURE"
    STEP_START = "STEP_START"
    STEP_SUCCESS = "STEP_SUCCESS"
    STEP_SKIPPED = "STEP_SKIPPED"
    STEP_WORKER_STARTING = "STEP_WORKER_STARTING"
    STEP_WORKER_STARTED = "STEP_WORKER_STARTED"
    STEP_UP_FOR_RETRY = "STEP_UP_FOR_RETRY"
    STEP_RESTARTED = "STEP_RESTARTED"
    ASSET_MATERIALIZATION = "ASSET_MATERIALIZATION"
    ASSET_MATERIALIZATION_PLANNED = "ASSET_MATERIALIZATION_PLANNED"
    ASSET_OBSERVATION = "ASSET_OBSERVATION"
    STEP_EXPECTATION_RESULT = "STEP_EXPECTATION_RESULT"
    ASSET_CHECK_EVALUATION_PLANNED = "ASSET_CHECK_EVALUATION_PLANNED"
    ASSET_CHECK_EVALUATION = "ASSET_CHECK_EVALUATION"
    RUN_ENQUEUED = "PIPELINE_ENQUEUED"
    RUN_DEQUEUED = "PIPELINE_DEQUEUED"
    RUN_STARTING = "PIPELINE_STARTING"
    RUN_START = "PIPELINE_START"
    RUN_SUCCESS = "PIPELINE_SUCCESS"
    RUN_FAILURE = "PIPELINE_FAILURE"
    RUN_CANCELING = "PIPELINE_CANCELING"
    RUN_CANCELED = "PIPELINE_CANCELED"
    OBJECT_STORE_OPERATION = "OBJECT_STORE_OPERATION"
    ASSET_STORE_OPERATION = "ASSET_STORE_OPERATION"
    LOADED_INPUT = "LOADED_INPUT"
    HANDLED_OUTPUT = "HANDLED_OUTPUT"
    ENGINE_EVENT = "ENGINE_EVENT"
    HOOK_COMPLETED = "HOOK_COMPLETED"
    HOOK_ERRORED = "HOOK_ERRORED"
    HOOK_SKIPPED = "HOOK_SKIPPED"
    RESOURCE_INIT_STARTED = "RESOURCE_INIT_STARTED"
    RESOURCE_INIT_SUCCESS = "RESOURCE_INIT_SUCCESS"
    RESOURCE_INIT_FAILURE = "RESOURCE_INIT_FAILURE"
    LOGS_CAPTURED = "LOGS_CAPTURED"

    PIPELINE_ENQUEUED = RUN_ENQUEUED
    PIPELINE_STARTING = RUN_STARTING
    PIPELINE_START = RUN_START
    PIPELINE_SUCCESS = RUN_SUCCESS
    PIPELINE_FAILURE = RUN_FAILURE
    PIPELINE_CANCELING = RUN_CANCELING
    PIPELINE_CANCELED = RUN_CANCELED


EVENT_TYPE_OF_STATUS = {
    DagsterRunStatus.QUEUED: DagsterEventType.RUN_ENQUEUED,
    DagsterRunStatus.STARTING: DagsterEventType.RUN_STARTING,
    DagsterRunStatus.STARTED: DagsterEventType.RUN_START,
    DagsterRunStatus.SUCCESS: DagsterEventType.RUN_SUCCESS,
    DagsterRunStatus.FAILURE: DagsterEventType.RUN_FAILURE,
    DagsterRunStatus.CANCELING: DagsterEventType.RUN_CANCELING,
    DagsterRunStatus.CANCELED: DagsterEventType.RUN_CANCELED,
}
"""By the state that a run comes to, the event that says so; of the others no event tells."""


@wired("dagster_event")
@dataclass(frozen=True)
class DagsterEvent(EventMembers):
    """Something that happened in a run, or to an asset without one.

    Args:
        event_type: its kind.
        job_name: the job of the run.
        step_key: the step, if it happened in one.
        message: a sentence for people.
        event_specific_data: what this kind carries.
        timestamp: seconds since the epoch; set on events read from a store.
    """

    event_type: DagsterEventType
    job_name: str = ""
    step_key: str | None = None
    message: str | None = None
    event_specific_data: EventData | None = None
    timestamp: float | None = field(default=None, compare=False, metadata={"unwired": True})

    @property
    def event_type_value(self) -> str:
        """The kind as text."""
        return self.event_type.value

    @property
    def dagster_event(self) -> DagsterEvent:
        """The event itself: code that expects a log entry reads it by this name."""
        return self

    @property
    def asset_key(self) -> AssetKey | None:
        """The asset it is about, if it is about one."""
        match self.event_specific_data:
            case StepMaterializationData(materialization):
                return materialization.asset_key
            case AssetObservationData(observation):
                return observation.asset_key
            case AssetMaterializationPlannedData(asset_key):
                return asset_key
            case AssetCheckEvaluation() | AssetCheckEvaluationPlanned():
                return self.event_specific_data.asset_key
        return None

    @property
    def partition(self) -> str | None:
        """The partition it is about, if any."""
        match self.event_specific_data:
            case StepMaterializationData(materialization):
                return materialization.partition
            case AssetObservationData(observation):
                return observation.partition
            case AssetMaterializationPlannedData(_, partition):
                return partition
        return None

    @property
    def step_materialization_data(self) -> StepMaterializationData:
        """What a materialization carries.

        Raises:
            DagsterInvariantViolationError: it is an event of another kind.
        """
        return self._data(StepMaterializationData)

    @property
    def materialization(self) -> AssetMaterialization:
        """The materialization it tells of; raises as ``step_materialization_data``."""
        return self.step_materialization_data.materialization

    @property
    def asset_observation_data(self) -> AssetObservationData:
        """What an observation carries; raises as ``step_materialization_data``."""
        return self._data(AssetObservationData)

    @property
    def asset_check_evaluation_data(self) -> AssetCheckEvaluation:
        """What the evaluation of a check carries; raises as ``step_materialization_data``."""
        return self._data(AssetCheckEvaluation)

    @property
    def asset_check_planned_data(self) -> AssetCheckEvaluationPlanned:
        """What the plan of a check carries; raises as ``step_materialization_data``."""
        return self._data(AssetCheckEvaluationPlanned)

    @property
    def step_failure_data(self) -> StepFailureData:
        """What a step's failure carries; raises as ``step_materialization_data``."""
        return self._data(StepFailureData)

    @property
    def step_output_data(self) -> StepOutputData:
        """What an output carries; raises as ``step_materialization_data``."""
        return self._data(StepOutputData)

    @property
    def step_expectation_result_data(self) -> StepExpectationResultData:
        """What an expectation's result carries; raises as ``step_materialization_data``."""
        return self._data(StepExpectationResultData)

    @property
    def job_failure_data(self) -> JobFailureData:
        """What a run's failure carries; raises as ``step_materialization_data``."""
        return self._data(JobFailureData)

    @property
    def engine_event_data(self) -> EngineEventData:
        """What an engine event carries; on a failure, its root cause as ``error``."""
        match self.event_specific_data:
            case EngineEventData():
                return self.event_specific_data
            case JobFailureData(error) | StepFailureData(error):
                return EngineEventData(error=None if error is None else error.root)
        return EngineEventData()

    def _data(self, kind: type[D]) -> D:
        if not isinstance(self.event_specific_data, kind):
            raise DagsterInvariantViolationError(f"a {self.event_type.name} event has no {kind.__name__}")
        return self.event_specific_data


@wired("log_entry")
@dataclass(frozen=True)
class EventLogEntry:
    """One line of the log: an event, or a message that user code logged.

    Args:
        run_id: the run; empty for events reported without one.
        timestamp: seconds since the epoch.
        level: a level of Python's logging (10, 20, 30, 40, 50).
        user_message: the text.
        step_key: the step it came from.
        job_name: the job.
        dagster_event: the event, None for a logged message.
        error_info: the error that was logged with it.
        storage_id: its number in the store, None before it is stored.
    """

    run_id: str
    timestamp: float
    level: int = 20
    user_message: str = ""
    step_key: str | None = None
    job_name: str | None = None
    dagster_event: DagsterEvent | None = None
    error_info: SerializableErrorInfo | None = None
    storage_id: int | None = field(default=None, compare=False, metadata={"unwired": True})

    @property
    def message(self) -> str:
        """The text for people."""
        if self.user_message or self.dagster_event is None:
            return self.user_message
        return self.dagster_event.message or ""

    @property
    def is_dagster_event(self) -> bool:
        """Whether it is an event rather than a logged message."""
        return self.dagster_event is not None

    @property
    def dagster_event_type(self) -> DagsterEventType | None:
        """The event's kind, None for a logged message."""
        return self.dagster_event.event_type if self.dagster_event else None

    def get_dagster_event(self) -> DagsterEvent:
        """The event.

        Raises:
            DagsterInvariantViolationError: it is a logged message.
        """
        if self.dagster_event is None:
            raise DagsterInvariantViolationError("this log entry is a message, not an event")
        return self.dagster_event

    @property
    def asset_key(self) -> AssetKey | None:
        """The asset it is about, if any."""
        return self.dagster_event.asset_key if self.dagster_event else None

    @property
    def asset_materialization(self) -> AssetMaterialization | None:
        """The materialization it tells of, if it does."""
        data = self.dagster_event.event_specific_data if self.dagster_event else None
        return data.materialization if isinstance(data, StepMaterializationData) else None

    @property
    def asset_observation(self) -> AssetObservation | None:
        """The observation it tells of, if it does."""
        data = self.dagster_event.event_specific_data if self.dagster_event else None
        return data.asset_observation if isinstance(data, AssetObservationData) else None

    @property
    def asset_check_evaluation(self) -> AssetCheckEvaluation | None:
        """The evaluation of a check that it tells of, if it does."""
        data = self.dagster_event.event_specific_data if self.dagster_event else None
        return data if isinstance(data, AssetCheckEvaluation) else None

    @property
    def tags(self) -> Mapping[str, str] | None:
        """The tags of the materialization or observation it tells of; None if it has none, or tells of neither."""
        told = self.asset_materialization or self.asset_observation
        return (told.tags or None) if told is not None else None

    def stored_as(self, storage_id: int) -> EventLogEntry:
        """The same entry with its number in the store and its event's time set."""
        event = self.dagster_event and replace(self.dagster_event, timestamp=self.timestamp)
        return replace(self, storage_id=storage_id, dagster_event=event)


@dataclass(frozen=True)
class EventLogRecord:
    """A stored log entry.

    Args:
        storage_id: its number in the store; grows with time.
        event_log_entry: the entry.
    """

    storage_id: int
    event_log_entry: EventLogEntry

    @property
    def timestamp(self) -> float:
        """Seconds since the epoch."""
        return self.event_log_entry.timestamp

    @property
    def run_id(self) -> str:
        """The run it belongs to."""
        return self.event_log_entry.run_id

    @property
    def asset_key(self) -> AssetKey | None:
        """The asset it is about, if any."""
        return self.event_log_entry.asset_key

    @property
    def asset_materialization(self) -> AssetMaterialization | None:
        """The materialization it tells of, if it does."""
        return self.event_log_entry.asset_materialization

    @property
    def asset_observation(self) -> AssetObservation | None:
        """The observation it tells of, if it does."""
        return self.event_log_entry.asset_observation

    @property
    def event_type(self) -> DagsterEventType | None:
        """The kind of its event; None for a line of a log."""
        return self.event_log_entry.dagster_event_type

    @property
    def partition_key(self) -> str | None:
        """The partition it is about, if any."""
        event = self.event_log_entry.dagster_event
        return event.partition if event else None


@dataclass(frozen=True)
class EventRecordsResult:
    """One page of records.

    Args:
        records: the page.
        cursor: pass it back for the next one.
        has_more: whether there is a next one.
    """

    records: Sequence[EventLogRecord]
    cursor: str
    has_more: bool


def at_of(timestamp: float) -> datetime:
    """The aware UTC datetime of seconds since the epoch."""
    return datetime.fromtimestamp(timestamp, UTC)
