# Generated from _names.py by `make stubs`; do not edit.
from watchbell.ground.errors import DagsterConfigMappingFunctionError as DagsterConfigMappingFunctionError
from watchbell.ground.errors import DagsterError as DagsterError
from watchbell.ground.errors import DagsterExecutionInterruptedError as DagsterExecutionInterruptedError
from watchbell.ground.errors import DagsterExecutionStepExecutionError as DagsterExecutionStepExecutionError
from watchbell.ground.errors import DagsterInvalidConfigDefinitionError as DagsterInvalidConfigDefinitionError
from watchbell.ground.errors import DagsterInvalidConfigError as DagsterInvalidConfigError
from watchbell.ground.errors import DagsterInvalidDefinitionError as DagsterInvalidDefinitionError
from watchbell.ground.errors import DagsterInvalidInvocationError as DagsterInvalidInvocationError
from watchbell.ground.errors import DagsterInvalidSubsetError as DagsterInvalidSubsetError
from watchbell.ground.errors import DagsterInvariantViolationError as DagsterInvariantViolationError
from watchbell.ground.errors import DagsterResourceFunctionError as DagsterResourceFunctionError
from watchbell.ground.errors import DagsterRunNotFoundError as DagsterRunNotFoundError
from watchbell.ground.errors import DagsterStepOutputNotFoundError as DagsterStepOutputNotFoundError
from watchbell.ground.errors import DagsterSubprocessError as DagsterSubprocessError
from watchbell.ground.errors import DagsterTypeCheckDidNotPass as DagsterTypeCheckDidNotPass
from watchbell.ground.errors import DagsterTypeCheckError as DagsterTypeCheckError
from watchbell.ground.errors import DagsterUnknownPartitionError as DagsterUnknownPartitionError
from watchbell.ground.errors import DagsterUnknownResourceError as DagsterUnknownResourceError
from watchbell.ground.errors import DagsterUnmetExecutorRequirementsError as DagsterUnmetExecutorRequirementsError
from watchbell.ground.errors import DagsterUserCodeExecutionError as DagsterUserCodeExecutionError
from watchbell.instance import DagsterInstance as DagsterInstance
from watchbell.record.event import DagsterEvent as DagsterEvent
from watchbell.record.event import DagsterEventType as DagsterEventType
from watchbell.record.event import EventLogEntry as EventLogEntry
from watchbell.record.event import EventLogRecord as EventLogRecord
from watchbell.record.event import EventRecordsResult as EventRecordsResult
from watchbell.record.filters import AssetRecordsFilter as AssetRecordsFilter
from watchbell.record.filters import EventRecordsFilter as EventRecordsFilter
from watchbell.record.filters import RunStatusChangeRecordsFilter as RunStatusChangeRecordsFilter
from watchbell.record.keys import AssetKey as AssetKey
from watchbell.record.materialization import AssetMaterialization as AssetMaterialization
from watchbell.record.materialization import AssetObservation as AssetObservation
from watchbell.record.metadata import BoolMetadataValue as BoolMetadataValue
from watchbell.record.metadata import DagsterAssetMetadataValue as DagsterAssetMetadataValue
from watchbell.record.metadata import DagsterJobMetadataValue as DagsterJobMetadataValue
from watchbell.record.metadata import DagsterRunMetadataValue as DagsterRunMetadataValue
from watchbell.record.metadata import FloatMetadataValue as FloatMetadataValue
from watchbell.record.metadata import IntMetadataValue as IntMetadataValue
from watchbell.record.metadata import JsonMetadataValue as JsonMetadataValue
from watchbell.record.metadata import MarkdownMetadataValue as MarkdownMetadataValue
from watchbell.record.metadata import MetadataEntry as MetadataEntry
from watchbell.record.metadata import MetadataValue as MetadataValue
from watchbell.record.metadata import NotebookMetadataValue as NotebookMetadataValue
from watchbell.record.metadata import NullMetadataValue as NullMetadataValue
from watchbell.record.metadata import PathMetadataValue as PathMetadataValue
from watchbell.record.metadata import TextMetadataValue as TextMetadataValue
from watchbell.record.metadata import TimestampMetadataValue as TimestampMetadataValue
from watchbell.record.metadata import UrlMetadataValue as UrlMetadataValue
from watchbell.record.request import RunRequest as RunRequest
from watchbell.record.request import SensorResult as SensorResult
from watchbell.record.request import SkipReason as SkipReason
from watchbell.record.run import DagsterRun as DagsterRun
from watchbell.record.run import DagsterRunStatus as DagsterRunStatus
from watchbell.record.run import RunRecord as RunRecord
from watchbell.record.run import RunsFilter as RunsFilter

__version__: str

__all__ = [
    "__version__",
    "AssetKey",
    "AssetMaterialization",
    "AssetObservation",
    "AssetRecordsFilter",
    "BoolMetadataValue",
    "DagsterAssetMetadataValue",
    "DagsterConfigMappingFunctionError",
    "DagsterError",
    "DagsterEvent",
    "DagsterEventType",
    "DagsterExecutionInterruptedError",
    "DagsterExecutionStepExecutionError",
    "DagsterInstance",
    "DagsterInvalidConfigDefinitionError",
    "DagsterInvalidConfigError",
    "DagsterInvalidDefinitionError",
    "DagsterInvalidInvocationError",
    "DagsterInvalidSubsetError",
    "DagsterInvariantViolationError",
    "DagsterJobMetadataValue",
    "DagsterResourceFunctionError",
    "DagsterRun",
    "DagsterRunMetadataValue",
    "DagsterRunNotFoundError",
    "DagsterRunStatus",
    "DagsterStepOutputNotFoundError",
    "DagsterSubprocessError",
    "DagsterTypeCheckDidNotPass",
    "DagsterTypeCheckError",
    "DagsterUnknownPartitionError",
    "DagsterUnknownResourceError",
    "DagsterUnmetExecutorRequirementsError",
    "DagsterUserCodeExecutionError",
    "EventLogEntry",
    "EventLogRecord",
    "EventRecordsFilter",
    "EventRecordsResult",
    "FloatMetadataValue",
    "IntMetadataValue",
    "JsonMetadataValue",
    "MarkdownMetadataValue",
    "MetadataEntry",
    "MetadataValue",
    "NotebookMetadataValue",
    "NullMetadataValue",
    "PathMetadataValue",
    "RunRecord",
    "RunRequest",
    "RunStatusChangeRecordsFilter",
    "RunsFilter",
    "SensorResult",
    "SkipReason",
    "TextMetadataValue",
    "TimestampMetadataValue",
    "UrlMetadataValue",
]
