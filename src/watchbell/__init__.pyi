# Generated from _names.py by `make stubs`; do not edit.
from watchbell.automate.backfills.plan import BackfillPlan as BackfillPlan
from watchbell.automate.backfills.planning import BackfillWishes as BackfillWishes
from watchbell.automate.backfills.planning import plan_backfill as plan_backfill
from watchbell.automate.backfills.planning import plan_schedule_backfill as plan_schedule_backfill
from watchbell.automate.conditions.tester import EvaluateAutomationConditionsResult as EvaluateAutomationConditionsResult
from watchbell.automate.conditions.tester import evaluate_automation_conditions as evaluate_automation_conditions
from watchbell.automate.simulation.events import SimulatedEvent as SimulatedEvent
from watchbell.automate.simulation.result import Simulation as Simulation
from watchbell.automate.simulation.simulate import simulate as simulate
from watchbell.declare.assets.asset import asset as asset
from watchbell.declare.assets.asset_graph import AssetGraph as AssetGraph
from watchbell.declare.assets.asset_in import AssetIn as AssetIn
from watchbell.declare.assets.asset_job import UnresolvedAssetJobDefinition as UnresolvedAssetJobDefinition
from watchbell.declare.assets.asset_job import define_asset_job as define_asset_job
from watchbell.declare.assets.asset_out import AssetOut as AssetOut
from watchbell.declare.assets.asset_spec import AssetDep as AssetDep
from watchbell.declare.assets.asset_spec import AssetSpec as AssetSpec
from watchbell.declare.assets.assets_definition import AssetsDefinition as AssetsDefinition
from watchbell.declare.assets.code_links import AnchorBasedFilePathMapping as AnchorBasedFilePathMapping
from watchbell.declare.assets.code_links import FilePathMapping as FilePathMapping
from watchbell.declare.assets.code_links import link_code_references_to_git as link_code_references_to_git
from watchbell.declare.assets.code_links import with_source_code_references as with_source_code_references
from watchbell.declare.assets.freshness_policy import FreshnessPolicy as FreshnessPolicy
from watchbell.declare.assets.freshness_policy import LegacyFreshnessPolicy as LegacyFreshnessPolicy
from watchbell.declare.assets.freshness_spec import apply_freshness_policy as apply_freshness_policy
from watchbell.declare.assets.graph_asset import graph_asset as graph_asset
from watchbell.declare.assets.graph_asset import graph_multi_asset as graph_multi_asset
from watchbell.declare.assets.load_assets import load_assets_from_current_module as load_assets_from_current_module
from watchbell.declare.assets.load_assets import load_assets_from_modules as load_assets_from_modules
from watchbell.declare.assets.load_assets import load_assets_from_package_module as load_assets_from_package_module
from watchbell.declare.assets.load_assets import load_assets_from_package_name as load_assets_from_package_name
from watchbell.declare.assets.map_specs import map_asset_specs as map_asset_specs
from watchbell.declare.assets.multi_asset import multi_asset as multi_asset
from watchbell.declare.assets.observable import multi_observable_source_asset as multi_observable_source_asset
from watchbell.declare.assets.observable import observable_source_asset as observable_source_asset
from watchbell.declare.assets.observe_result import ObserveResult as ObserveResult
from watchbell.declare.assets.retry_mode import RetryMode as RetryMode
from watchbell.declare.assets.retry_mode import get_retries_config as get_retries_config
from watchbell.declare.assets.retry_mode import get_tag_concurrency_limits_config as get_tag_concurrency_limits_config
from watchbell.declare.assets.selection import AssetSelection as AssetSelection
from watchbell.declare.assets.source_asset import SourceAsset as SourceAsset
from watchbell.declare.automation.asset_sensor import AssetSensorDefinition as AssetSensorDefinition
from watchbell.declare.automation.asset_sensor import asset_sensor as asset_sensor
from watchbell.declare.automation.condition_sensor import AutomationConditionSensorDefinition as AutomationConditionSensorDefinition
from watchbell.declare.automation.failure_mail import make_email_on_run_failure_sensor as make_email_on_run_failure_sensor
from watchbell.declare.automation.failure_notice import make_notification_on_run_failure_sensor as make_notification_on_run_failure_sensor
from watchbell.declare.automation.failure_notice import notify as notify
from watchbell.declare.automation.multi_asset_context import MultiAssetSensorEvaluationContext as MultiAssetSensorEvaluationContext
from watchbell.declare.automation.multi_asset_sensor import MultiAssetSensorDefinition as MultiAssetSensorDefinition
from watchbell.declare.automation.multi_asset_sensor import multi_asset_sensor as multi_asset_sensor
from watchbell.declare.automation.partitioned_schedule import build_schedule_from_partitioned_job as build_schedule_from_partitioned_job
from watchbell.declare.automation.run_status_context import RunFailureSensorContext as RunFailureSensorContext
from watchbell.declare.automation.run_status_context import RunStatusSensorContext as RunStatusSensorContext
from watchbell.declare.automation.run_status_decorators import run_failure_sensor as run_failure_sensor
from watchbell.declare.automation.run_status_decorators import run_status_sensor as run_status_sensor
from watchbell.declare.automation.run_status_sensor import RunStatusSensorDefinition as RunStatusSensorDefinition
from watchbell.declare.automation.schedule import DefaultScheduleStatus as DefaultScheduleStatus
from watchbell.declare.automation.schedule import ScheduleDefinition as ScheduleDefinition
from watchbell.declare.automation.schedule import ScheduleEvaluationContext as ScheduleEvaluationContext
from watchbell.declare.automation.schedule import ScheduleExecutionData as ScheduleExecutionData
from watchbell.declare.automation.schedule_decorator import schedule as schedule
from watchbell.declare.automation.sensor import DefaultSensorStatus as DefaultSensorStatus
from watchbell.declare.automation.sensor import SensorDefinition as SensorDefinition
from watchbell.declare.automation.sensor import SensorType as SensorType
from watchbell.declare.automation.sensor import sensor as sensor
from watchbell.declare.automation.sensor_answer import DagsterRunReaction as DagsterRunReaction
from watchbell.declare.automation.sensor_answer import SensorExecutionData as SensorExecutionData
from watchbell.declare.automation.sensor_context import SensorEvaluationContext as SensorEvaluationContext
from watchbell.declare.checks.asset_check import AssetChecksDefinition as AssetChecksDefinition
from watchbell.declare.checks.asset_check import asset_check as asset_check
from watchbell.declare.checks.asset_check import multi_asset_check as multi_asset_check
from watchbell.declare.checks.asset_check_spec import AssetCheckResult as AssetCheckResult
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec as AssetCheckSpec
from watchbell.declare.checks.freshness_checks import build_last_update_freshness_checks as build_last_update_freshness_checks
from watchbell.declare.checks.freshness_checks import build_sensor_for_freshness_checks as build_sensor_for_freshness_checks
from watchbell.declare.checks.load_asset_checks import load_asset_checks_from_current_module as load_asset_checks_from_current_module
from watchbell.declare.checks.load_asset_checks import load_asset_checks_from_modules as load_asset_checks_from_modules
from watchbell.declare.checks.load_asset_checks import load_asset_checks_from_package_module as load_asset_checks_from_package_module
from watchbell.declare.checks.load_asset_checks import load_asset_checks_from_package_name as load_asset_checks_from_package_name
from watchbell.declare.checks.metadata_checks import build_column_schema_change_checks as build_column_schema_change_checks
from watchbell.declare.checks.metadata_checks import build_metadata_bounds_checks as build_metadata_bounds_checks
from watchbell.declare.checks.partition_freshness import build_time_partition_freshness_checks as build_time_partition_freshness_checks
from watchbell.declare.collect import Definitions as Definitions
from watchbell.declare.collect import repository as repository
from watchbell.declare.conditions.condition import AutomationCondition as AutomationCondition
from watchbell.declare.conditions.context import AutomationContext as AutomationContext
from watchbell.declare.conditions.context import AutomationResult as AutomationResult
from watchbell.declare.conditions.policy import AutoMaterializePolicy as AutoMaterializePolicy
from watchbell.declare.conditions.rule import AutoMaterializeAssetPartitionsFilter as AutoMaterializeAssetPartitionsFilter
from watchbell.declare.conditions.rule import AutoMaterializeRule as AutoMaterializeRule
from watchbell.declare.config.builtin_types import Any as Any
from watchbell.declare.config.builtin_types import Bool as Bool
from watchbell.declare.config.builtin_types import BoolSource as BoolSource
from watchbell.declare.config.builtin_types import Dict as Dict
from watchbell.declare.config.builtin_types import Float as Float
from watchbell.declare.config.builtin_types import FloatSource as FloatSource
from watchbell.declare.config.builtin_types import Int as Int
from watchbell.declare.config.builtin_types import IntSource as IntSource
from watchbell.declare.config.builtin_types import List as List
from watchbell.declare.config.builtin_types import Optional as Optional
from watchbell.declare.config.builtin_types import Set as Set
from watchbell.declare.config.builtin_types import String as String
from watchbell.declare.config.builtin_types import StringSource as StringSource
from watchbell.declare.config.builtin_types import Tuple as Tuple
from watchbell.declare.config.config import Config as Config
from watchbell.declare.config.config import PermissiveConfig as PermissiveConfig
from watchbell.declare.config.config_files import config_from_files as config_from_files
from watchbell.declare.config.config_files import config_from_pkg_resources as config_from_pkg_resources
from watchbell.declare.config.config_files import config_from_yaml_strings as config_from_yaml_strings
from watchbell.declare.config.config_mapping import ConfigMapping as ConfigMapping
from watchbell.declare.config.config_mapping import config_mapping as config_mapping
from watchbell.declare.config.config_schema import Array as Array
from watchbell.declare.config.config_schema import ConfigSchema as ConfigSchema
from watchbell.declare.config.config_schema import Field as Field
from watchbell.declare.config.config_schema import Map as Map
from watchbell.declare.config.config_schema import Noneable as Noneable
from watchbell.declare.config.config_schema import Permissive as Permissive
from watchbell.declare.config.config_schema import Selector as Selector
from watchbell.declare.config.config_schema import Shape as Shape
from watchbell.declare.config.config_schema import UserConfigSchema as UserConfigSchema
from watchbell.declare.config.config_type import ConfigType as ConfigType
from watchbell.declare.config.configured import configured as configured
from watchbell.declare.config.data_type import DagsterType as DagsterType
from watchbell.declare.config.data_type import DagsterTypeKind as DagsterTypeKind
from watchbell.declare.config.data_type import Nothing as Nothing
from watchbell.declare.config.data_type import TypeCheck as TypeCheck
from watchbell.declare.config.env_var import EnvVar as EnvVar
from watchbell.declare.config.env_var import IntEnvVar as IntEnvVar
from watchbell.declare.config.python_type import PythonObjectDagsterType as PythonObjectDagsterType
from watchbell.declare.config.python_type import check_dagster_type as check_dagster_type
from watchbell.declare.config.python_type import make_python_type_usable_as_dagster_type as make_python_type_usable_as_dagster_type
from watchbell.declare.config.python_type import usable_as_dagster_type as usable_as_dagster_type
from watchbell.declare.config.run_config_value import RunConfig as RunConfig
from watchbell.declare.config.scalar_config import Enum as Enum
from watchbell.declare.config.scalar_config import EnumValue as EnumValue
from watchbell.declare.config.scalar_config import ScalarUnion as ScalarUnion
from watchbell.declare.config.type_context import DagsterTypeLoaderContext as DagsterTypeLoaderContext
from watchbell.declare.config.type_context import TypeCheckContext as TypeCheckContext
from watchbell.declare.config.type_loader import DagsterTypeLoader as DagsterTypeLoader
from watchbell.declare.config.type_loader import dagster_type_loader as dagster_type_loader
from watchbell.declare.configurable_resource import ConfigurableIOManager as ConfigurableIOManager
from watchbell.declare.configurable_resource import ConfigurableIOManagerFactory as ConfigurableIOManagerFactory
from watchbell.declare.configurable_resource import ConfigurableResource as ConfigurableResource
from watchbell.declare.configurable_resource import ConfigurableResourceFactory as ConfigurableResourceFactory
from watchbell.declare.configurable_resource import PartialResource as PartialResource
from watchbell.declare.configurable_resource import ResourceDependency as ResourceDependency
from watchbell.declare.executor import Executor as Executor
from watchbell.declare.executor import ExecutorDefinition as ExecutorDefinition
from watchbell.declare.executor import ExecutorRequirement as ExecutorRequirement
from watchbell.declare.executor import InitExecutorContext as InitExecutorContext
from watchbell.declare.executor import executor as executor
from watchbell.declare.executor import in_process_executor as in_process_executor
from watchbell.declare.executor import multi_or_in_process_executor as multi_or_in_process_executor
from watchbell.declare.executor import multiple_process_executor_requirements as multiple_process_executor_requirements
from watchbell.declare.executor import multiprocess_executor as multiprocess_executor
from watchbell.declare.graphs.compose import PendingNodeInvocation as PendingNodeInvocation
from watchbell.declare.graphs.dependency import DependencyDefinition as DependencyDefinition
from watchbell.declare.graphs.dependency import GraphIn as GraphIn
from watchbell.declare.graphs.dependency import GraphOut as GraphOut
from watchbell.declare.graphs.dependency import InputMapping as InputMapping
from watchbell.declare.graphs.dependency import MultiDependencyDefinition as MultiDependencyDefinition
from watchbell.declare.graphs.dependency import NodeInvocation as NodeInvocation
from watchbell.declare.graphs.dependency import OutputMapping as OutputMapping
from watchbell.declare.graphs.dynamic_output import DynamicOut as DynamicOut
from watchbell.declare.graphs.dynamic_output import DynamicOutput as DynamicOutput
from watchbell.declare.graphs.graph import GraphDefinition as GraphDefinition
from watchbell.declare.graphs.graph_decorator import graph as graph
from watchbell.declare.graphs.op import OpDefinition as OpDefinition
from watchbell.declare.graphs.op import op as op
from watchbell.declare.graphs.output import In as In
from watchbell.declare.graphs.output import Out as Out
from watchbell.declare.graphs.output import Output as Output
from watchbell.declare.graphs.result import MaterializeResult as MaterializeResult
from watchbell.declare.hook import HookDefinition as HookDefinition
from watchbell.declare.hook import HookExecutionResult as HookExecutionResult
from watchbell.declare.hook import failure_hook as failure_hook
from watchbell.declare.hook import success_hook as success_hook
from watchbell.declare.hook_context import HookContext as HookContext
from watchbell.declare.io.custom_path_io_manager import custom_path_fs_io_manager as custom_path_fs_io_manager
from watchbell.declare.io.file_manager import FileHandle as FileHandle
from watchbell.declare.io.file_manager import LocalFileHandle as LocalFileHandle
from watchbell.declare.io.file_manager import LocalFileManager as LocalFileManager
from watchbell.declare.io.file_manager import local_file_manager as local_file_manager
from watchbell.declare.io.fs_io_manager import FilesystemIOManager as FilesystemIOManager
from watchbell.declare.io.fs_io_manager import fs_io_manager as fs_io_manager
from watchbell.declare.io.input_manager import InputManager as InputManager
from watchbell.declare.io.input_manager import InputManagerDefinition as InputManagerDefinition
from watchbell.declare.io.input_manager import input_manager as input_manager
from watchbell.declare.io.io_context import InputContext as InputContext
from watchbell.declare.io.io_context import OutputContext as OutputContext
from watchbell.declare.io.io_manager import IOManager as IOManager
from watchbell.declare.io.io_manager import IOManagerDefinition as IOManagerDefinition
from watchbell.declare.io.io_manager import io_manager as io_manager
from watchbell.declare.io.mem_io_manager import InMemoryIOManager as InMemoryIOManager
from watchbell.declare.io.mem_io_manager import mem_io_manager as mem_io_manager
from watchbell.declare.io.upath_io_manager import UPathIOManager as UPathIOManager
from watchbell.declare.job import JobDefinition as JobDefinition
from watchbell.declare.job import job as job
from watchbell.declare.lazy_definitions import definitions as definitions
from watchbell.declare.load_definitions import create_repository_using_definitions_args as create_repository_using_definitions_args
from watchbell.declare.load_definitions import load_definitions_from_current_module as load_definitions_from_current_module
from watchbell.declare.load_definitions import load_definitions_from_module as load_definitions_from_module
from watchbell.declare.load_definitions import load_definitions_from_modules as load_definitions_from_modules
from watchbell.declare.load_definitions import load_definitions_from_package_module as load_definitions_from_package_module
from watchbell.declare.load_definitions import load_definitions_from_package_name as load_definitions_from_package_name
from watchbell.declare.log_manager import DagsterLogManager as DagsterLogManager
from watchbell.declare.logger_definition import InitLoggerContext as InitLoggerContext
from watchbell.declare.logger_definition import JsonLogFormatter as JsonLogFormatter
from watchbell.declare.logger_definition import LoggerDefinition as LoggerDefinition
from watchbell.declare.logger_definition import colored_console_logger as colored_console_logger
from watchbell.declare.logger_definition import default_loggers as default_loggers
from watchbell.declare.logger_definition import default_system_loggers as default_system_loggers
from watchbell.declare.logger_definition import json_console_logger as json_console_logger
from watchbell.declare.logger_definition import logger as logger
from watchbell.declare.partitions.backfill_policy import BackfillPolicy as BackfillPolicy
from watchbell.declare.partitions.config_decorators import daily_partitioned_config as daily_partitioned_config
from watchbell.declare.partitions.config_decorators import dynamic_partitioned_config as dynamic_partitioned_config
from watchbell.declare.partitions.config_decorators import hourly_partitioned_config as hourly_partitioned_config
from watchbell.declare.partitions.config_decorators import monthly_partitioned_config as monthly_partitioned_config
from watchbell.declare.partitions.config_decorators import partitioned_config as partitioned_config
from watchbell.declare.partitions.config_decorators import static_partitioned_config as static_partitioned_config
from watchbell.declare.partitions.config_decorators import weekly_partitioned_config as weekly_partitioned_config
from watchbell.declare.partitions.definition import PartitionsDefinition as PartitionsDefinition
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition as DynamicPartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping as PartitionMapping
from watchbell.declare.partitions.multi import MultiPartitionsDefinition as MultiPartitionsDefinition
from watchbell.declare.partitions.multi_mapping import DimensionPartitionMapping as DimensionPartitionMapping
from watchbell.declare.partitions.multi_mapping import MultiPartitionMapping as MultiPartitionMapping
from watchbell.declare.partitions.multi_mapping import MultiToSingleDimensionPartitionMapping as MultiToSingleDimensionPartitionMapping
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition as DailyPartitionsDefinition
from watchbell.declare.partitions.named_windows import HourlyPartitionsDefinition as HourlyPartitionsDefinition
from watchbell.declare.partitions.named_windows import MonthlyPartitionsDefinition as MonthlyPartitionsDefinition
from watchbell.declare.partitions.named_windows import WeeklyPartitionsDefinition as WeeklyPartitionsDefinition
from watchbell.declare.partitions.partitioned_config import PartitionedConfig as PartitionedConfig
from watchbell.declare.partitions.plain_mapping import AllPartitionMapping as AllPartitionMapping
from watchbell.declare.partitions.plain_mapping import IdentityPartitionMapping as IdentityPartitionMapping
from watchbell.declare.partitions.plain_mapping import LastPartitionMapping as LastPartitionMapping
from watchbell.declare.partitions.plain_mapping import SpecificPartitionsPartitionMapping as SpecificPartitionsPartitionMapping
from watchbell.declare.partitions.static import StaticPartitionsDefinition as StaticPartitionsDefinition
from watchbell.declare.partitions.static_mapping import StaticPartitionMapping as StaticPartitionMapping
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping as TimeWindowPartitionMapping
from watchbell.declare.partitions.time_window import TimeWindowPartitionsDefinition as TimeWindowPartitionsDefinition
from watchbell.declare.partitions.view import partition_loading_context as partition_loading_context
from watchbell.declare.reconstructable import ReconstructableJob as ReconstructableJob
from watchbell.declare.reconstructable import build_reconstructable_job as build_reconstructable_job
from watchbell.declare.reconstructable import reconstructable as reconstructable
from watchbell.declare.repository import RepositoryDefinition as RepositoryDefinition
from watchbell.declare.repository_data import RepositoryData as RepositoryData
from watchbell.declare.resource import InitResourceContext as InitResourceContext
from watchbell.declare.resource import ResourceDefinition as ResourceDefinition
from watchbell.declare.resource import ResourceParam as ResourceParam
from watchbell.declare.resource import TreatAsResourceParam as TreatAsResourceParam
from watchbell.declare.resource import resource as resource
from watchbell.declare.retry import Backoff as Backoff
from watchbell.declare.retry import Failure as Failure
from watchbell.declare.retry import Jitter as Jitter
from watchbell.declare.retry import RetryPolicy as RetryPolicy
from watchbell.declare.retry import RetryRequested as RetryRequested
from watchbell.declare.run_config_check import validate_run_config as validate_run_config
from watchbell.declare.with_resources import BindResourcesToJobs as BindResourcesToJobs
from watchbell.declare.with_resources import make_values_resource as make_values_resource
from watchbell.declare.with_resources import with_resources as with_resources
from watchbell.execute.asset_value_loader import AssetValueLoader as AssetValueLoader
from watchbell.execute.check_context import AssetCheckExecutionContext as AssetCheckExecutionContext
from watchbell.execute.contexts import AssetExecutionContext as AssetExecutionContext
from watchbell.execute.contexts import OpExecutionContext as OpExecutionContext
from watchbell.execute.contexts import StepExecutionContext as StepExecutionContext
from watchbell.execute.executors import InProcessExecutor as InProcessExecutor
from watchbell.execute.executors import MultiprocessExecutor as MultiprocessExecutor
from watchbell.execute.executors import PlanOrchestrationContext as PlanOrchestrationContext
from watchbell.execute.job_execution import ReexecutionOptions as ReexecutionOptions
from watchbell.execute.job_execution import execute_job as execute_job
from watchbell.execute.logger import get_dagster_logger as get_dagster_logger
from watchbell.execute.materialize import materialize as materialize
from watchbell.execute.materialize import materialize_to_memory as materialize_to_memory
from watchbell.execute.materialize import observe as observe
from watchbell.execute.pipes.chunk_readers import PipesBlobStoreMessageReader as PipesBlobStoreMessageReader
from watchbell.execute.pipes.chunk_readers import PipesLogReader as PipesLogReader
from watchbell.execute.pipes.chunk_readers import PipesThreadedMessageReader as PipesThreadedMessageReader
from watchbell.execute.pipes.handler import PipesExecutionResult as PipesExecutionResult
from watchbell.execute.pipes.handler import PipesMessageHandler as PipesMessageHandler
from watchbell.execute.pipes.injectors import PipesContextInjector as PipesContextInjector
from watchbell.execute.pipes.injectors import PipesEnvContextInjector as PipesEnvContextInjector
from watchbell.execute.pipes.injectors import PipesFileContextInjector as PipesFileContextInjector
from watchbell.execute.pipes.injectors import PipesTempFileContextInjector as PipesTempFileContextInjector
from watchbell.execute.pipes.readers import PipesCompositeMessageReader as PipesCompositeMessageReader
from watchbell.execute.pipes.readers import PipesFileMessageReader as PipesFileMessageReader
from watchbell.execute.pipes.readers import PipesLaunchedData as PipesLaunchedData
from watchbell.execute.pipes.readers import PipesMessageReader as PipesMessageReader
from watchbell.execute.pipes.readers import PipesTempFileMessageReader as PipesTempFileMessageReader
from watchbell.execute.pipes.session import PipesClient as PipesClient
from watchbell.execute.pipes.session import PipesClientCompletedInvocation as PipesClientCompletedInvocation
from watchbell.execute.pipes.session import PipesSession as PipesSession
from watchbell.execute.pipes.session import open_pipes_session as open_pipes_session
from watchbell.execute.pipes.subprocess_client import PipesSubprocessClient as PipesSubprocessClient
from watchbell.execute.result import ExecuteInProcessResult as ExecuteInProcessResult
from watchbell.execute.result import JobExecutionResult as JobExecutionResult
from watchbell.ground.api_warnings import BetaWarning as BetaWarning
from watchbell.ground.api_warnings import ConfigArgumentWarning as ConfigArgumentWarning
from watchbell.ground.api_warnings import PreviewWarning as PreviewWarning
from watchbell.ground.api_warnings import SupersessionWarning as SupersessionWarning
from watchbell.ground.api_warnings import deprecation_warning as deprecation_warning
from watchbell.ground.errors import DagsterAssetCheckFailedError as DagsterAssetCheckFailedError
from watchbell.ground.errors import DagsterConfigMappingFunctionError as DagsterConfigMappingFunctionError
from watchbell.ground.errors import DagsterError as DagsterError
from watchbell.ground.errors import DagsterExecutionHandleOutputError as DagsterExecutionHandleOutputError
from watchbell.ground.errors import DagsterExecutionInterruptedError as DagsterExecutionInterruptedError
from watchbell.ground.errors import DagsterExecutionLoadInputError as DagsterExecutionLoadInputError
from watchbell.ground.errors import DagsterExecutionStepExecutionError as DagsterExecutionStepExecutionError
from watchbell.ground.errors import DagsterExecutionStepNotFoundError as DagsterExecutionStepNotFoundError
from watchbell.ground.errors import DagsterInvalidAssetSelectionError as DagsterInvalidAssetSelectionError
from watchbell.ground.errors import DagsterInvalidConfigDefinitionError as DagsterInvalidConfigDefinitionError
from watchbell.ground.errors import DagsterInvalidConfigError as DagsterInvalidConfigError
from watchbell.ground.errors import DagsterInvalidDefinitionError as DagsterInvalidDefinitionError
from watchbell.ground.errors import DagsterInvalidInvocationError as DagsterInvalidInvocationError
from watchbell.ground.errors import DagsterInvalidObservationError as DagsterInvalidObservationError
from watchbell.ground.errors import DagsterInvalidPropertyError as DagsterInvalidPropertyError
from watchbell.ground.errors import DagsterInvalidSubsetError as DagsterInvalidSubsetError
from watchbell.ground.errors import DagsterInvariantViolationError as DagsterInvariantViolationError
from watchbell.ground.errors import DagsterPipesExecutionError as DagsterPipesExecutionError
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
from watchbell.ground.errors import ScheduleExecutionError as ScheduleExecutionError
from watchbell.ground.file_path import file_relative_path as file_relative_path
from watchbell.home import InstanceRef as InstanceRef
from watchbell.instance import DagsterInstance as DagsterInstance
from watchbell.record.asset_check import AssetCheckEvaluation as AssetCheckEvaluation
from watchbell.record.asset_check import AssetCheckSeverity as AssetCheckSeverity
from watchbell.record.asset_check_key import AssetCheckKey as AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey as AssetJobKey
from watchbell.record.code_references import CodeReferencesMetadataSet as CodeReferencesMetadataSet
from watchbell.record.code_references import CodeReferencesMetadataValue as CodeReferencesMetadataValue
from watchbell.record.code_references import LocalFileCodeReference as LocalFileCodeReference
from watchbell.record.code_references import UrlCodeReference as UrlCodeReference
from watchbell.record.data_version import DATA_VERSION_TAG as DATA_VERSION_TAG
from watchbell.record.data_version import DataVersion as DataVersion
from watchbell.record.data_version import DataVersionsByPartition as DataVersionsByPartition
from watchbell.record.event import DagsterEvent as DagsterEvent
from watchbell.record.event import DagsterEventType as DagsterEventType
from watchbell.record.event import EventLogEntry as EventLogEntry
from watchbell.record.event import EventLogRecord as EventLogRecord
from watchbell.record.event import EventRecordsResult as EventRecordsResult
from watchbell.record.event_data import AssetMaterializationPlannedData as AssetMaterializationPlannedData
from watchbell.record.event_data import EngineEventData as EngineEventData
from watchbell.record.event_data import StepMaterializationData as StepMaterializationData
from watchbell.record.expectation import ExpectationResult as ExpectationResult
from watchbell.record.filters import AssetRecordsFilter as AssetRecordsFilter
from watchbell.record.filters import EventRecordsFilter as EventRecordsFilter
from watchbell.record.filters import RunStatusChangeRecordsFilter as RunStatusChangeRecordsFilter
from watchbell.record.keys import AssetKey as AssetKey
from watchbell.record.materialization import AssetMaterialization as AssetMaterialization
from watchbell.record.materialization import AssetObservation as AssetObservation
from watchbell.record.materialization import MetadataEntry as MetadataEntry
from watchbell.record.metadata import BoolMetadataValue as BoolMetadataValue
from watchbell.record.metadata import DagsterAssetMetadataValue as DagsterAssetMetadataValue
from watchbell.record.metadata import DagsterInvalidMetadata as DagsterInvalidMetadata
from watchbell.record.metadata import DagsterJobMetadataValue as DagsterJobMetadataValue
from watchbell.record.metadata import DagsterRunMetadataValue as DagsterRunMetadataValue
from watchbell.record.metadata import FloatMetadataValue as FloatMetadataValue
from watchbell.record.metadata import IntMetadataValue as IntMetadataValue
from watchbell.record.metadata import JsonMetadataValue as JsonMetadataValue
from watchbell.record.metadata import MarkdownMetadataValue as MarkdownMetadataValue
from watchbell.record.metadata import MetadataValue as MetadataValue
from watchbell.record.metadata import NotebookMetadataValue as NotebookMetadataValue
from watchbell.record.metadata import NullMetadataValue as NullMetadataValue
from watchbell.record.metadata import PathMetadataValue as PathMetadataValue
from watchbell.record.metadata import PoolMetadataValue as PoolMetadataValue
from watchbell.record.metadata import PythonArtifactMetadataValue as PythonArtifactMetadataValue
from watchbell.record.metadata import TableColumnLineageMetadataValue as TableColumnLineageMetadataValue
from watchbell.record.metadata import TableMetadataValue as TableMetadataValue
from watchbell.record.metadata import TableSchemaMetadataValue as TableSchemaMetadataValue
from watchbell.record.metadata import TextMetadataValue as TextMetadataValue
from watchbell.record.metadata import TimestampMetadataValue as TimestampMetadataValue
from watchbell.record.metadata import UrlMetadataValue as UrlMetadataValue
from watchbell.record.metadata import normalize_metadata as normalize_metadata
from watchbell.record.page import PaginatedResults as PaginatedResults
from watchbell.record.partition import MultiPartitionKey as MultiPartitionKey
from watchbell.record.partition import Partition as Partition
from watchbell.record.partition import PartitionKeyRange as PartitionKeyRange
from watchbell.record.partition import TimeWindow as TimeWindow
from watchbell.record.partition_state import AssetPartitionStatus as AssetPartitionStatus
from watchbell.record.provenance import DataProvenance as DataProvenance
from watchbell.record.provenance import compute_logical_data_version as compute_logical_data_version
from watchbell.record.provenance import extract_data_provenance_from_entry as extract_data_provenance_from_entry
from watchbell.record.provenance import extract_data_version_from_entry as extract_data_version_from_entry
from watchbell.record.request import AddDynamicPartitionsRequest as AddDynamicPartitionsRequest
from watchbell.record.request import DeleteDynamicPartitionsRequest as DeleteDynamicPartitionsRequest
from watchbell.record.request import RunRequest as RunRequest
from watchbell.record.request import SensorResult as SensorResult
from watchbell.record.request import SkipReason as SkipReason
from watchbell.record.run import DagsterRun as DagsterRun
from watchbell.record.run import DagsterRunStatus as DagsterRunStatus
from watchbell.record.run import MAX_RUNTIME_SECONDS_TAG as MAX_RUNTIME_SECONDS_TAG
from watchbell.record.run import RunRecord as RunRecord
from watchbell.record.run import RunsFilter as RunsFilter
from watchbell.record.selectors import CodeLocationSelector as CodeLocationSelector
from watchbell.record.selectors import JobSelector as JobSelector
from watchbell.record.selectors import RepositorySelector as RepositorySelector
from watchbell.record.serialize import deserialize_value as deserialize_value
from watchbell.record.serialize import serialize_value as serialize_value
from watchbell.record.step_stats import RunStepKeyStatsSnapshot as RunStepKeyStatsSnapshot
from watchbell.record.table import TableColumn as TableColumn
from watchbell.record.table import TableColumnConstraints as TableColumnConstraints
from watchbell.record.table import TableColumnDep as TableColumnDep
from watchbell.record.table import TableColumnLineage as TableColumnLineage
from watchbell.record.table import TableConstraints as TableConstraints
from watchbell.record.table import TableRecord as TableRecord
from watchbell.record.table import TableSchema as TableSchema
from watchbell.testing.check_contexts import build_asset_check_context as build_asset_check_context
from watchbell.testing.contexts import build_multi_asset_sensor_context as build_multi_asset_sensor_context
from watchbell.testing.contexts import build_run_status_sensor_context as build_run_status_sensor_context
from watchbell.testing.contexts import build_schedule_context as build_schedule_context
from watchbell.testing.contexts import build_sensor_context as build_sensor_context
from watchbell.testing.direct_contexts import build_asset_context as build_asset_context
from watchbell.testing.direct_contexts import build_op_context as build_op_context
from watchbell.testing.hook_contexts import UnboundHookContext as UnboundHookContext
from watchbell.testing.hook_contexts import build_hook_context as build_hook_context
from watchbell.testing.init_contexts import build_init_resource_context as build_init_resource_context
from watchbell.testing.instance import instance_for_test as instance_for_test
from watchbell.testing.io_contexts import build_input_context as build_input_context
from watchbell.testing.io_contexts import build_output_context as build_output_context
from watchbell.testing.io_contexts import build_resources as build_resources
from watchbell.testing.logger_contexts import build_init_logger_context as build_init_logger_context

__version__: str

__all__ = [
    "__version__",
    "AddDynamicPartitionsRequest",
    "AllPartitionMapping",
    "AnchorBasedFilePathMapping",
    "Any",
    "Array",
    "AssetCheckEvaluation",
    "AssetCheckExecutionContext",
    "AssetCheckKey",
    "AssetCheckResult",
    "AssetCheckSeverity",
    "AssetCheckSpec",
    "AssetChecksDefinition",
    "AssetDep",
    "AssetExecutionContext",
    "AssetGraph",
    "AssetIn",
    "AssetJobKey",
    "AssetKey",
    "AssetMaterialization",
    "AssetMaterializationPlannedData",
    "AssetObservation",
    "AssetOut",
    "AssetPartitionStatus",
    "AssetRecordsFilter",
    "AssetSelection",
    "AssetSensorDefinition",
    "AssetSpec",
    "AssetValueLoader",
    "AssetsDefinition",
    "AutoMaterializeAssetPartitionsFilter",
    "AutoMaterializePolicy",
    "AutoMaterializeRule",
    "AutomationCondition",
    "AutomationConditionSensorDefinition",
    "AutomationContext",
    "AutomationResult",
    "BackfillPlan",
    "BackfillPolicy",
    "BackfillWishes",
    "Backoff",
    "BetaWarning",
    "BindResourcesToJobs",
    "Bool",
    "BoolMetadataValue",
    "BoolSource",
    "CodeLocationSelector",
    "CodeReferencesMetadataSet",
    "CodeReferencesMetadataValue",
    "Config",
    "ConfigArgumentWarning",
    "ConfigMapping",
    "ConfigSchema",
    "ConfigType",
    "ConfigurableIOManager",
    "ConfigurableIOManagerFactory",
    "ConfigurableResource",
    "ConfigurableResourceFactory",
    "DATA_VERSION_TAG",
    "DagsterAssetCheckFailedError",
    "DagsterAssetMetadataValue",
    "DagsterConfigMappingFunctionError",
    "DagsterError",
    "DagsterEvent",
    "DagsterEventType",
    "DagsterExecutionHandleOutputError",
    "DagsterExecutionInterruptedError",
    "DagsterExecutionLoadInputError",
    "DagsterExecutionStepExecutionError",
    "DagsterExecutionStepNotFoundError",
    "DagsterInstance",
    "DagsterInvalidAssetSelectionError",
    "DagsterInvalidConfigDefinitionError",
    "DagsterInvalidConfigError",
    "DagsterInvalidDefinitionError",
    "DagsterInvalidInvocationError",
    "DagsterInvalidMetadata",
    "DagsterInvalidObservationError",
    "DagsterInvalidPropertyError",
    "DagsterInvalidSubsetError",
    "DagsterInvariantViolationError",
    "DagsterJobMetadataValue",
    "DagsterLogManager",
    "DagsterPipesExecutionError",
    "DagsterResourceFunctionError",
    "DagsterRun",
    "DagsterRunMetadataValue",
    "DagsterRunNotFoundError",
    "DagsterRunReaction",
    "DagsterRunStatus",
    "DagsterStepOutputNotFoundError",
    "DagsterSubprocessError",
    "DagsterType",
    "DagsterTypeCheckDidNotPass",
    "DagsterTypeCheckError",
    "DagsterTypeKind",
    "DagsterTypeLoader",
    "DagsterTypeLoaderContext",
    "DagsterUnknownPartitionError",
    "DagsterUnknownResourceError",
    "DagsterUnmetExecutorRequirementsError",
    "DagsterUserCodeExecutionError",
    "DailyPartitionsDefinition",
    "DataProvenance",
    "DataVersion",
    "DataVersionsByPartition",
    "DefaultScheduleStatus",
    "DefaultSensorStatus",
    "Definitions",
    "DeleteDynamicPartitionsRequest",
    "DependencyDefinition",
    "Dict",
    "DimensionPartitionMapping",
    "DynamicOut",
    "DynamicOutput",
    "DynamicPartitionsDefinition",
    "EngineEventData",
    "Enum",
    "EnumValue",
    "EnvVar",
    "EvaluateAutomationConditionsResult",
    "EventLogEntry",
    "EventLogRecord",
    "EventRecordsFilter",
    "EventRecordsResult",
    "ExecuteInProcessResult",
    "Executor",
    "ExecutorDefinition",
    "ExecutorRequirement",
    "ExpectationResult",
    "Failure",
    "Field",
    "FileHandle",
    "FilePathMapping",
    "FilesystemIOManager",
    "Float",
    "FloatMetadataValue",
    "FloatSource",
    "FreshnessPolicy",
    "GraphDefinition",
    "GraphIn",
    "GraphOut",
    "HookContext",
    "HookDefinition",
    "HookExecutionResult",
    "HourlyPartitionsDefinition",
    "IOManager",
    "IOManagerDefinition",
    "IdentityPartitionMapping",
    "In",
    "InMemoryIOManager",
    "InProcessExecutor",
    "InitExecutorContext",
    "InitLoggerContext",
    "InitResourceContext",
    "InputContext",
    "InputManager",
    "InputManagerDefinition",
    "InputMapping",
    "InstanceRef",
    "Int",
    "IntEnvVar",
    "IntMetadataValue",
    "IntSource",
    "Jitter",
    "JobDefinition",
    "JobExecutionResult",
    "JobSelector",
    "JsonLogFormatter",
    "JsonMetadataValue",
    "LastPartitionMapping",
    "LegacyFreshnessPolicy",
    "List",
    "LocalFileCodeReference",
    "LocalFileHandle",
    "LocalFileManager",
    "LoggerDefinition",
    "MAX_RUNTIME_SECONDS_TAG",
    "Map",
    "MarkdownMetadataValue",
    "MaterializeResult",
    "MetadataEntry",
    "MetadataValue",
    "MonthlyPartitionsDefinition",
    "MultiAssetSensorDefinition",
    "MultiAssetSensorEvaluationContext",
    "MultiDependencyDefinition",
    "MultiPartitionKey",
    "MultiPartitionMapping",
    "MultiPartitionsDefinition",
    "MultiToSingleDimensionPartitionMapping",
    "MultiprocessExecutor",
    "NodeInvocation",
    "Noneable",
    "NotebookMetadataValue",
    "Nothing",
    "NullMetadataValue",
    "ObserveResult",
    "OpDefinition",
    "OpExecutionContext",
    "Optional",
    "Out",
    "Output",
    "OutputContext",
    "OutputMapping",
    "PaginatedResults",
    "PartialResource",
    "Partition",
    "PartitionKeyRange",
    "PartitionMapping",
    "PartitionedConfig",
    "PartitionsDefinition",
    "PathMetadataValue",
    "PendingNodeInvocation",
    "Permissive",
    "PermissiveConfig",
    "PipesBlobStoreMessageReader",
    "PipesClient",
    "PipesClientCompletedInvocation",
    "PipesCompositeMessageReader",
    "PipesContextInjector",
    "PipesEnvContextInjector",
    "PipesExecutionResult",
    "PipesFileContextInjector",
    "PipesFileMessageReader",
    "PipesLaunchedData",
    "PipesLogReader",
    "PipesMessageHandler",
    "PipesMessageReader",
    "PipesSession",
    "PipesSubprocessClient",
    "PipesTempFileContextInjector",
    "PipesTempFileMessageReader",
    "PipesThreadedMessageReader",
    "PlanOrchestrationContext",
    "PoolMetadataValue",
    "PreviewWarning",
    "PythonArtifactMetadataValue",
    "PythonObjectDagsterType",
    "ReconstructableJob",
    "ReexecutionOptions",
    "RepositoryData",
    "RepositoryDefinition",
    "RepositorySelector",
    "ResourceDefinition",
    "ResourceDependency",
    "ResourceParam",
    "RetryMode",
    "RetryPolicy",
    "RetryRequested",
    "RunConfig",
    "RunFailureSensorContext",
    "RunRecord",
    "RunRequest",
    "RunStatusChangeRecordsFilter",
    "RunStatusSensorContext",
    "RunStatusSensorDefinition",
    "RunStepKeyStatsSnapshot",
    "RunsFilter",
    "ScalarUnion",
    "ScheduleDefinition",
    "ScheduleEvaluationContext",
    "ScheduleExecutionData",
    "ScheduleExecutionError",
    "Selector",
    "SensorDefinition",
    "SensorEvaluationContext",
    "SensorExecutionData",
    "SensorResult",
    "SensorType",
    "Set",
    "Shape",
    "SimulatedEvent",
    "Simulation",
    "SkipReason",
    "SourceAsset",
    "SpecificPartitionsPartitionMapping",
    "StaticPartitionMapping",
    "StaticPartitionsDefinition",
    "StepExecutionContext",
    "StepMaterializationData",
    "String",
    "StringSource",
    "SupersessionWarning",
    "TableColumn",
    "TableColumnConstraints",
    "TableColumnDep",
    "TableColumnLineage",
    "TableColumnLineageMetadataValue",
    "TableConstraints",
    "TableMetadataValue",
    "TableRecord",
    "TableSchema",
    "TableSchemaMetadataValue",
    "TextMetadataValue",
    "TimeWindow",
    "TimeWindowPartitionMapping",
    "TimeWindowPartitionsDefinition",
    "TimestampMetadataValue",
    "TreatAsResourceParam",
    "Tuple",
    "TypeCheck",
    "TypeCheckContext",
    "UPathIOManager",
    "UnboundHookContext",
    "UnresolvedAssetJobDefinition",
    "UrlCodeReference",
    "UrlMetadataValue",
    "UserConfigSchema",
    "WeeklyPartitionsDefinition",
    "apply_freshness_policy",
    "asset",
    "asset_check",
    "asset_sensor",
    "build_asset_check_context",
    "build_asset_context",
    "build_column_schema_change_checks",
    "build_hook_context",
    "build_init_logger_context",
    "build_init_resource_context",
    "build_input_context",
    "build_last_update_freshness_checks",
    "build_metadata_bounds_checks",
    "build_multi_asset_sensor_context",
    "build_op_context",
    "build_output_context",
    "build_reconstructable_job",
    "build_resources",
    "build_run_status_sensor_context",
    "build_schedule_context",
    "build_schedule_from_partitioned_job",
    "build_sensor_context",
    "build_sensor_for_freshness_checks",
    "build_time_partition_freshness_checks",
    "check_dagster_type",
    "colored_console_logger",
    "compute_logical_data_version",
    "config_from_files",
    "config_from_pkg_resources",
    "config_from_yaml_strings",
    "config_mapping",
    "configured",
    "create_repository_using_definitions_args",
    "custom_path_fs_io_manager",
    "dagster_type_loader",
    "daily_partitioned_config",
    "default_loggers",
    "default_system_loggers",
    "define_asset_job",
    "definitions",
    "deprecation_warning",
    "deserialize_value",
    "dynamic_partitioned_config",
    "evaluate_automation_conditions",
    "execute_job",
    "executor",
    "extract_data_provenance_from_entry",
    "extract_data_version_from_entry",
    "failure_hook",
    "file_relative_path",
    "fs_io_manager",
    "get_dagster_logger",
    "get_retries_config",
    "get_tag_concurrency_limits_config",
    "graph",
    "graph_asset",
    "graph_multi_asset",
    "hourly_partitioned_config",
    "in_process_executor",
    "input_manager",
    "instance_for_test",
    "io_manager",
    "job",
    "json_console_logger",
    "link_code_references_to_git",
    "load_asset_checks_from_current_module",
    "load_asset_checks_from_modules",
    "load_asset_checks_from_package_module",
    "load_asset_checks_from_package_name",
    "load_assets_from_current_module",
    "load_assets_from_modules",
    "load_assets_from_package_module",
    "load_assets_from_package_name",
    "load_definitions_from_current_module",
    "load_definitions_from_module",
    "load_definitions_from_modules",
    "load_definitions_from_package_module",
    "load_definitions_from_package_name",
    "local_file_manager",
    "logger",
    "make_email_on_run_failure_sensor",
    "make_notification_on_run_failure_sensor",
    "make_python_type_usable_as_dagster_type",
    "make_values_resource",
    "map_asset_specs",
    "materialize",
    "materialize_to_memory",
    "mem_io_manager",
    "monthly_partitioned_config",
    "multi_asset",
    "multi_asset_check",
    "multi_asset_sensor",
    "multi_observable_source_asset",
    "multi_or_in_process_executor",
    "multiple_process_executor_requirements",
    "multiprocess_executor",
    "normalize_metadata",
    "notify",
    "observable_source_asset",
    "observe",
    "op",
    "open_pipes_session",
    "partition_loading_context",
    "partitioned_config",
    "plan_backfill",
    "plan_schedule_backfill",
    "reconstructable",
    "repository",
    "resource",
    "run_failure_sensor",
    "run_status_sensor",
    "schedule",
    "sensor",
    "serialize_value",
    "simulate",
    "static_partitioned_config",
    "success_hook",
    "usable_as_dagster_type",
    "validate_run_config",
    "weekly_partitioned_config",
    "with_resources",
    "with_source_code_references",
]
