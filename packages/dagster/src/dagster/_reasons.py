"""Why watchbell does not have a public name of Dagster: it comes later, or it has no place here. Loaded when asked."""

LATER: dict[str, tuple[str, ...]] = {
    "partitions come later": (
        "AddDynamicPartitionsRequest", "AllPartitionMapping", "AssetPartitionStatus", "DailyPartitionsDefinition",
        "DataVersionsByPartition", "DeleteDynamicPartitionsRequest", "DimensionPartitionMapping",
        "DynamicPartitionsDefinition", "HourlyPartitionsDefinition", "IdentityPartitionMapping", "LastPartitionMapping",
        "MonthlyPartitionsDefinition", "MultiPartitionKey", "MultiPartitionMapping", "MultiPartitionsDefinition",
        "MultiToSingleDimensionPartitionMapping", "Partition", "PartitionKeyRange", "PartitionMapping",
        "PartitionedConfig", "PartitionsDefinition", "SpecificPartitionsPartitionMapping", "StaticPartitionMapping",
        "StaticPartitionsDefinition", "TimeWindow", "TimeWindowPartitionMapping", "TimeWindowPartitionsDefinition",
        "WeeklyPartitionsDefinition", "build_schedule_from_partitioned_job", "daily_partitioned_config",
        "dynamic_partitioned_config", "hourly_partitioned_config",
        "monthly_partitioned_config", "partition_loading_context", "partitioned_config", "static_partitioned_config",
        "weekly_partitioned_config",
    ),
    "backfills come later": ("BackfillPolicy",),
    "automation conditions come later": (
        "AutoMaterializeAssetPartitionsFilter", "AutoMaterializePolicy", "AutoMaterializeRule", "AutomationCondition",
        "AutomationConditionSensorDefinition", "AutomationContext", "AutomationResult",
        "EvaluateAutomationConditionsResult", "evaluate_automation_conditions",
    ),
    "sensors of assets come later": (
        "AssetSensorDefinition", "MultiAssetSensorDefinition", "MultiAssetSensorEvaluationContext", "asset_sensor",
        "build_multi_asset_sensor_context", "multi_asset_sensor",
    ),
    "e-mail and other alerts come later": ("make_email_on_run_failure_sensor",),
}  # fmt: skip

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
        "AssetJobKey", "AssetOrCheckKey", "CodeLocationSelector", "DagsterEventLogInvalidForRun",
        "DagsterLibraryRegistry", "IAttachDifferentObjectToOpContext", "JobSelector", "MigrateIOStorageResult",
        "RepositorySelector", "RunShardedEventsCursor", "SensorReturnTypesUnion", "migrate_io_storage",
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
    "InputDefinition": "In",
    "LogicalVersion": "DataVersion",
    "MemoizableIOManager": "IOManager",
    "ModeDefinition": "Definitions",
    "OutputDefinition": "Out",
    "PartitionSetDefinition": "PartitionsDefinition",
    "PipelineDefinition": "JobDefinition",
    "PipelineRun": "DagsterRun",
    "PipelineRunStatus": "DagsterRunStatus",
    "SolidExecutionContext": "OpExecutionContext",
    "composite_solid": "graph",
    "daily_schedule": "schedule",
    "execute_pipeline": "job.execute_in_process()",
    "execute_solid": "a direct call of the op",
    "fs_asset_io_manager": "fs_io_manager",
    "pipeline": "job",
    "pipeline_failure_sensor": "run_failure_sensor",
    "solid": "op",
}


def reason(name: str) -> str | None:
    """Why there is no such name, in a few words; None: nothing is known of it."""
    for words, names in (*LATER.items(), *ABSENT.items()):
        if name in names:
            return words
    if name in GONE:
        return f"Dagster itself removed it; use {GONE[name]}"
    return None
