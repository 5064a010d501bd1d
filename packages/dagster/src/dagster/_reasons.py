"""Why watchbell does not have a public name of Dagster: it comes later, or it has no place here. Loaded when asked."""

LATER: dict[str, tuple[str, ...]] = {}

ABSENT: dict[str, tuple[str, ...]] = {
    "components, which build definitions from YAML files, are not taken over": (
        "AssetAttributesModel", "Component", "ComponentFormConfig", "ComponentLoadContext", "ComponentTree",
        "ComponentTypeSpec", "DefinitionsComponent", "DefsFolderComponent", "FunctionComponent", "Injected", "Model",
        "PythonScriptComponent", "Resolvable", "ResolutionContext", "ResolvedAssetCheckSpec", "ResolvedAssetKey",
        "ResolvedAssetSpec", "Resolver", "ScaffoldRequest", "Scaffolder", "SqlComponent", "StateBackedComponent",
        "TemplatedSqlComponent", "UPathDefsStateStorage", "UvRunComponent", "build_component_defs",
        "build_defs_for_component", "component_defs", "component_instance", "get_all_components_defs_within_project",
        "get_component_defs_within_project", "load_defs", "load_from_defs_folder", "scaffold_component",
        "scaffold_with", "template_var",
    ),
    "a step is asked to stop while its function runs, so nothing has to be wrapped": ("raise_execution_interrupts",),
    "Python's own typing has it": (
        "Callable", "Final", "Mapping", "Sequence", "TYPE_CHECKING", "TypingAny", "TypingTuple",
    ),
    "runs are launched and queued by the service itself, which has no plugs for it": (
        "DefaultRunLauncher", "QueuedRunCoordinator", "SubmitRunContext",
    ),
    "steps run in forked processes, which have the job already": (
        "StepLauncher", "StepRunRef", "external_instance_from_step_run_ref", "run_step_from_ref",
        "step_context_to_step_run_ref", "step_run_ref_to_step_context",
    ),
    "it migrates or selects inside Dagster's own services": (
        "AssetOrCheckKey", "DagsterEventLogInvalidForRun",
        "DagsterLibraryRegistry", "IAttachDifferentObjectToOpContext", "MigrateIOStorageResult",
        "RunShardedEventsCursor", "SensorReturnTypesUnion", "migrate_io_storage",
    ),
    "Dagster has it for code of its first versions only": (
        "ConfigurableLegacyIOManagerAdapter", "resources",
    ),
}  # fmt: skip

# Names of earlier versions, which Dagster itself removed -> what stands in their place.
GONE: dict[str, str] = {
    "AssetGroup": "Definitions",
    "DagsterExecutionInterruptError": "DagsterExecutionInterruptedError",
    "DynamicOutputDefinition": "DynamicOut",
    "EventMetadataEntry": "MetadataValue",
    "ExperimentalWarning": "BetaWarning",
    "FreshnessPolicySensorContext": "build_sensor_for_freshness_checks",
    "FreshnessPolicySensorDefinition": "build_sensor_for_freshness_checks",
    "InputDefinition": "In",
    "LogicalVersion": "DataVersion",
    "MemoizableIOManager": "IOManager",
    "ModeDefinition": "Definitions",
    "OutputDefinition": "Out",
    "PartitionSetDefinition": "PartitionsDefinition",
    "PipelineDefinition": "JobDefinition",
    "PipelineFailureSensorContext": "RunFailureSensorContext",
    "PipelineRun": "DagsterRun",
    "PipelineRunStatus": "DagsterRunStatus",
    "SolidExecutionContext": "OpExecutionContext",
    "build_freshness_policy_sensor_context": "build_sensor_for_freshness_checks",
    "composite_solid": "graph",
    "daily_schedule": "schedule",
    "execute_pipeline": "job.execute_in_process()",
    "execute_solid": "a direct call of the op",
    "freshness_policy_sensor": "build_sensor_for_freshness_checks",
    "fs_asset_io_manager": "fs_io_manager",
    "hourly_schedule": "build_schedule_from_partitioned_job",
    "monthly_schedule": "build_schedule_from_partitioned_job",
    "pipeline": "job",
    "pipeline_failure_sensor": "run_failure_sensor",
    "solid": "op",
    "weekly_schedule": "build_schedule_from_partitioned_job",
}


# Inner modules of Dagster that have no counterpart here: by path, and all that lies below it.
INNER: dict[str, tuple[str, ...]] = {
    "components, which build definitions from YAML files, are not taken over": ("dagster.components",),
    "code is loaded and run by watchbell's own processes, without gRPC": (
        "dagster._cli", "dagster._core.remote_origin", "dagster._core.remote_representation",
        "dagster._core.types.loadable_target_origin", "dagster._core.workspace", "dagster._grpc",
        "dagster._core.code_pointer", "dagster._core.host_representation",
    ),
    "runs are launched and queued by the service itself, which has no plugs for it": (
        "dagster._core.launcher", "dagster._core.run_coordinator", "dagster._daemon", "dagster._scheduler",
        "dagster._core.scheduler",
    ),
    "steps run in forked processes, which have the job already": (
        "dagster._core.executor.step_delegating", "dagster._core.executor.child_process_executor",
        "dagster._core.execution.step_dependency_config",
    ),
    "it is for Dagster's own tests; dagster._core.test_utils has what projects use": ("dagster._utils.test",),
    "the plan of a run is watchbell's own": (
        "dagster._core.execution.plan", "dagster._core.execution.context_creation_job", "dagster._core.snap",
    ),
    "what is remembered lies in one database of watchbell's own, reached through DagsterInstance": (
        "dagster._core.storage.compute_log_manager", "dagster._core.storage.config",
        "dagster._core.storage.event_log.base", "dagster._core.storage.legacy_storage",
        "dagster._core.storage.local_compute_log_manager", "dagster._core.storage.cloud_storage_compute_log_manager",
        "dagster._core.storage.root", "dagster._core.storage.runs", "dagster._core.storage.schedules",
        "dagster._core.storage.sql", "dagster._core.storage.sqlite", "dagster._core.storage.base_storage",
    ),
    "Dagster itself removed it; use Config, ConfigurableResource and ConfigurableIOManager of dagster": (
        "dagster._config.structured_config",
    ),
}  # fmt: skip
# Names at paths that are there, which have no counterpart.
INNER_NAMES: dict[str, tuple[str, ...]] = {
    "parts of an instance are no plugs here, so nothing is made by class and config": (
        "ConfigurableClass", "ConfigurableClassData",
    ),
    "what is stored and sent are watchbell's own classes; use a dataclass and JSON for yours": (
        "NamedTupleSerializer", "pack_value", "unpack_value", "whitelist_for_serdes",
    ),
    "the plan of a run is watchbell's own; execute_job() and job.execute_in_process() run a job": (
        "ExecutionPlan", "create_execution_plan", "execute_plan", "execute_run",
        "execute_run_iterator",
    ),
    "it comes from a time when contexts had one more class": ("AbstractComputeExecutionContext",),
    "what is remembered lies in one database of watchbell's own, reached through DagsterInstance": (
        "EventLogStorage", "SqlEventLogStorage", "SqliteEventLogStorage",
    ),
}  # fmt: skip


def reason_of_path(path: str) -> str | None:
    """Why there is no such module, in a few words; None: nothing is known of it."""
    for words, prefixes in INNER.items():
        if any(path == prefix or path.startswith(f"{prefix}.") for prefix in prefixes):
            return words
    return None


def reason(name: str) -> str | None:
    """Why there is no such name, in a few words; None: nothing is known of it."""
    for words, names in (*LATER.items(), *ABSENT.items(), *INNER_NAMES.items()):
        if name in names:
            return words
    if name in GONE:
        return f"Dagster itself removed it; use {GONE[name]}"
    return None
