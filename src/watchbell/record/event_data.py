"""What single kinds of event carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.asset_check import AssetCheckEvaluation, AssetCheckEvaluationPlanned
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.expectation import ExpectationResult
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.metadata import MetadataValue


@wired("data.materialization")
@dataclass(frozen=True)
class StepMaterializationData:
    """What an ASSET_MATERIALIZATION carries.

    Args:
        materialization: what was made.
        numbering: of a partition: how its definition numbers its keys; None: nobody knows, or there is no partition.
        ordinal: the number of its partition in that; see ``PartitionNumber``.
    """

    materialization: AssetMaterialization
    numbering: str | None = None
    ordinal: int | None = None


@wired("data.observation")
@dataclass(frozen=True)
class AssetObservationData:
    """What an ASSET_OBSERVATION carries; ``numbering`` and ``ordinal`` as of :class:`StepMaterializationData`."""

    asset_observation: AssetObservation
    numbering: str | None = None
    ordinal: int | None = None


@wired("data.expectation")
@dataclass(frozen=True)
class StepExpectationResultData:
    """What a STEP_EXPECTATION_RESULT carries."""

    expectation_result: ExpectationResult


@wired("data.planned")
@dataclass(frozen=True)
class AssetMaterializationPlannedData:
    """What an ASSET_MATERIALIZATION_PLANNED carries.

    Args:
        asset_key: the asset.
        partition: of a run for one partition, its key.
        numbering: of a run for partitions: how their definition numbers its keys.
        partitions: which ones: the number of one, or text that ``OrdinalSet.from_text`` reads.
        keys: of a run for several partitions that are not too many, their keys in the order of their numbers.
    """

    asset_key: AssetKey
    partition: str | None = None
    numbering: str | None = None
    partitions: int | str | None = None
    keys: tuple[str, ...] | None = None


@dataclass(frozen=True)
class TypeCheckData:
    """What the check of a type said of a value.

    Args:
        success: whether the value is of the type.
        label: the input or output.
        description: why not, or what was seen.
        metadata: labelled facts about the value.
    """

    success: bool
    label: str
    description: str | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)


@wired("data.output")
@dataclass(frozen=True)
class StepOutputData:
    """What a STEP_OUTPUT carries: which output, and what is known of its value."""

    output_name: str
    mapping_key: str | None = None
    type_check_passed: bool = True
    type_check_message: str | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    type_check_metadata: Mapping[str, MetadataValue] = field(default_factory=dict)

    @property
    def type_check_data(self) -> TypeCheckData:
        """What the check of its type said."""
        return TypeCheckData(
            self.type_check_passed, self.output_name, self.type_check_message, self.type_check_metadata
        )


@wired("data.input")
@dataclass(frozen=True)
class StepInputData:
    """What a STEP_INPUT carries: which input, and whether its type check passed."""

    input_name: str
    type_check_passed: bool = True
    type_check_message: str | None = None
    type_check_metadata: Mapping[str, MetadataValue] = field(default_factory=dict)

    @property
    def type_check_data(self) -> TypeCheckData:
        """What the check of its type said."""
        return TypeCheckData(self.type_check_passed, self.input_name, self.type_check_message, self.type_check_metadata)


@wired("data.handled_output")
@dataclass(frozen=True)
class HandledOutputData:
    """What a HANDLED_OUTPUT carries: which output which IO manager stored."""

    output_name: str
    manager_key: str
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)


@wired("data.loaded_input")
@dataclass(frozen=True)
class LoadedInputData:
    """What a LOADED_INPUT carries: which input which IO manager loaded from where."""

    input_name: str
    manager_key: str
    upstream_output_name: str | None = None
    upstream_step_key: str | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)


@wired("data.success")
@dataclass(frozen=True)
class StepSuccessData:
    """What a STEP_SUCCESS carries."""

    duration_ms: float


@dataclass(frozen=True)
class UserFailureData:
    """What a ``Failure`` said that user code raised."""

    description: str | None
    metadata: Mapping[str, MetadataValue]

    @property
    def label(self) -> str:
        """The same for each of them: the code asked for this failure."""
        return "intentional-failure"


@wired("data.failure")
@dataclass(frozen=True)
class StepFailureData:
    """What a STEP_FAILURE carries."""

    error: SerializableErrorInfo | None
    user_failure_description: str | None = None
    user_failure_metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    allow_retries: bool = True

    @property
    def user_failure_data(self) -> UserFailureData | None:
        """What the ``Failure`` that user code raised said; None: it raised something else."""
        if self.user_failure_description is None and not self.user_failure_metadata:
            return None
        return UserFailureData(self.user_failure_description, self.user_failure_metadata)


@wired("data.retry")
@dataclass(frozen=True)
class StepRetryData:
    """What a STEP_UP_FOR_RETRY carries."""

    error: SerializableErrorInfo | None
    seconds_to_wait: float | None = None
    attempt: int = 1


@wired("data.job_failure")
@dataclass(frozen=True)
class JobFailureData:
    """What a RUN_FAILURE carries."""

    error: SerializableErrorInfo | None
    failure_reason: str | None = None


@wired("data.engine")
@dataclass(frozen=True)
class EngineEventData:
    """What an ENGINE_EVENT carries."""

    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    error: SerializableErrorInfo | None = None

    @staticmethod
    def engine_error(error: SerializableErrorInfo) -> EngineEventData:
        """That of an event which tells of an error."""
        return EngineEventData(error=error)


@wired("data.hook_errored")
@dataclass(frozen=True)
class HookErroredData:
    """What a HOOK_ERRORED carries."""

    error: SerializableErrorInfo


@wired("data.logs")
@dataclass(frozen=True)
class ComputeLogsCaptureData:
    """What a LOGS_CAPTURED carries: the files of a process's stdout and stderr, relative to the log folder."""

    stdout_path: str
    stderr_path: str
    step_keys: tuple[str, ...] = ()


EventData = (
    StepMaterializationData
    | AssetObservationData
    | StepExpectationResultData
    | AssetMaterializationPlannedData
    | StepOutputData
    | StepInputData
    | HandledOutputData
    | LoadedInputData
    | StepSuccessData
    | StepFailureData
    | StepRetryData
    | JobFailureData
    | EngineEventData
    | HookErroredData
    | ComputeLogsCaptureData
    | AssetCheckEvaluation
    | AssetCheckEvaluationPlanned
)
