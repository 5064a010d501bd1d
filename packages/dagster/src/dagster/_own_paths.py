"""Small things at inner paths of Dagster that projects use: by path, the module of ``_own/`` and the names in it.

A path may stand in ``_paths.py`` as well; then it gives the names of both. The modules in ``FILES`` are files here.
"""

FILES = frozenset({"dagster._annotations", "dagster._check", "dagster._time"})

OWN_PATHS: dict[str, dict[str, tuple[str, ...]]] = {
    "dagster._core.definitions.asset_daemon_cursor": {"condition_cursor": ("AssetDaemonCursor",)},
    "dagster._core.definitions.data_version": {
        "tag_names": ("CODE_VERSION_TAG", "DATA_VERSION_IS_USER_PROVIDED_TAG"),
    },
    "dagster._core.definitions.multi_dimensional_partitions": {
        "given_names": ("MULTIPARTITION_KEY_DELIMITER",),
        "partition_kinds": ("PartitionDimensionDefinition", "PartitionDimensionKey"),
    },
    "dagster._core.definitions.partition": {
        "partition_kinds": ("DynamicPartitionsStore", "ScheduleType"),
        "partition_mappings": ("DefaultPartitionsSubset", "PartitionsSubset"),
    },
    "dagster._core.definitions.partition_mapping": {
        "partition_mappings": ("PartitionsSubset", "UpstreamPartitionsResult", "infer_partition_mapping"),
    },
    "dagster._core.definitions.partitions.context": {"partition_kinds": ("PartitionLoadingContext",)},
    "dagster._core.definitions.partitions.definition.time_window": {"partition_kinds": ("ScheduleType",)},
    "dagster._core.definitions.partitioned_schedule": {
        "partitioned_schedules": ("UnresolvedPartitionedAssetScheduleDefinition",),
    },
    "dagster._core.definitions.partitions.partitioned_schedule": {
        "partitioned_schedules": ("UnresolvedPartitionedAssetScheduleDefinition",),
    },
    "dagster._core.definitions.partitions.mapping": {"partition_mappings": ("UpstreamPartitionsResult",)},
    "dagster._core.definitions.partitions.mapping.partition_mapping": {
        "partition_mappings": ("PartitionsSubset", "UpstreamPartitionsResult"),
    },
    "dagster._core.definitions.partitions.schedule_type": {"partition_kinds": ("ScheduleType",)},
    "dagster._core.definitions.partitions.subset": {
        "partition_mappings": ("DefaultPartitionsSubset", "PartitionsSubset"),
    },
    "dagster._core.definitions.partitions.subset.default": {"partition_mappings": ("DefaultPartitionsSubset",)},
    "dagster._core.definitions.partitions.subset.partitions_subset": {"partition_mappings": ("PartitionsSubset",)},
    "dagster._core.definitions.partitions.utils": {
        "partition_mappings": ("infer_partition_mapping",),
        "given_names": ("MULTIPARTITION_KEY_DELIMITER",),
        "partition_kinds": ("PartitionDimensionDefinition", "PartitionDimensionKey"),
    },
    "dagster._core.definitions.partitions.utils.multi": {
        "given_names": ("MULTIPARTITION_KEY_DELIMITER",),
        "partition_kinds": ("PartitionDimensionDefinition", "PartitionDimensionKey"),
    },
    "dagster._core.definitions.partitions.utils.mapping": {"partition_mappings": ("infer_partition_mapping",)},
    "dagster._core.definitions.utils": {
        "given_names": ("DEFAULT_GROUP_NAME", "DEFAULT_IO_MANAGER_KEY", "DEFAULT_OUTPUT", "VALID_NAME_REGEX_STR"),
    },
    "dagster._core.execution.context.compute": {"type_questions": ("ExecutionContextTypes",)},
    "dagster._core.instance": {"partition_kinds": ("DynamicPartitionsStore",)},
    "dagster._core.instance.types": {"partition_kinds": ("DynamicPartitionsStore",)},
    "dagster._core.libraries": {"registry": ("DagsterLibraryRegistry",)},
    "dagster._core.storage.db_io_manager": {
        "db_io_manager": ("DbClient", "DbIOManager", "DbTypeHandler", "TablePartitionDimension", "TableSlice"),
    },
    "dagster._core.storage.tags": {
        "tag_names": (
            "ASSET_EVALUATION_ID_TAG", "ASSET_PARTITION_RANGE_END_TAG", "ASSET_PARTITION_RANGE_START_TAG",
            "AUTOMATION_CONDITION_TAG", "AUTO_MATERIALIZE_TAG", "AUTO_OBSERVE_TAG", "AUTO_RETRY_RUN_ID_TAG",
            "BACKFILL_ID_TAG", "CODE_LOCATION_TAG", "COMPUTE_KIND_TAG", "DOCKER_IMAGE_TAG", "GLOBAL_CONCURRENCY_TAG",
            "HIDDEN_TAG_PREFIX", "KIND_PREFIX", "LEGACY_COMPUTE_KIND_TAG", "MAX_RETRIES_TAG",
            "MULTIDIMENSIONAL_PARTITION_PREFIX", "OP_SELECTION_TAG", "PARENT_RUN_ID_TAG", "PARTITION_NAME_TAG",
            "PARTITION_SET_TAG", "PRIORITY_TAG", "REPORTING_USER_TAG", "REPOSITORY_LABEL_TAG", "RESUME_RETRY_TAG",
            "RETRY_NUMBER_TAG", "RETRY_ON_ASSET_OR_OP_FAILURE_TAG", "RETRY_STRATEGY_TAG", "ROOT_RUN_ID_TAG",
            "RUN_FAILURE_REASON_TAG", "RUN_ISOLATION_TAG", "RUN_KEY_TAG", "SCHEDULED_EXECUTION_TIME_TAG",
            "SCHEDULE_NAME_TAG", "SENSOR_NAME_TAG", "STEP_SELECTION_TAG", "SYSTEM_TAG_PREFIX", "TICK_ID_TAG",
            "USER_TAG", "WILL_RETRY_TAG",
        ),
    },
    "dagster._core.storage.upath_io_manager": {"type_questions": ("is_dict_type",)},
    "dagster._core.test_utils": {
        "files": ("environ", "new_cwd"),
        "testing": (
            "TEST_JOB_NAME", "create_run_for_test", "ignore_warning", "poll_for_finished_run", "step_did_not_run",
            "step_failed", "step_succeeded", "today_at_midnight", "wait_for_runs_to_finish",
        ),
    },
    "dagster._core.utils": {"run_texts": ("coerce_valid_log_level", "make_new_run_id", "parse_env_var")},
    "dagster._utils": {
        "files": (
            "ensure_dir", "ensure_file", "find_free_port", "mkdir_p", "pushd", "safe_tempfile_path", "touch_file",
        ),
        "merging": ("deep_merge_dicts", "merge_dicts"),
    },
    "dagster._utils.backoff": {
        "backing_off": ("BACKOFF_MAX_RETRIES", "async_backoff", "backoff", "exponential_delay_generator"),
    },
    "dagster._utils.cached_method": {"cached": ("cached_method",)},
    "dagster._utils.env": {"files": ("environ",)},
    "dagster._utils.error": {"error_info": ("SerializableErrorInfo", "serializable_error_info_from_exc_info")},
    "dagster._utils.merger": {"merging": ("deep_merge_dicts", "merge_dicts", "reverse_dict")},
    "dagster._utils.partitions": {
        "given_names": (
            "DEFAULT_DATE_FORMAT", "DEFAULT_HOURLY_FORMAT_WITHOUT_TIMEZONE", "DEFAULT_HOURLY_FORMAT_WITH_TIMEZONE",
            "DEFAULT_MONTHLY_FORMAT",
        ),
    },
    "dagster._utils.warnings": {
        "stage_warnings": (
            "beta_warning", "disable_dagster_warnings", "normalize_renamed_param", "preview_warning",
            "supersession_warning", "suppress_dagster_warnings",
        ),
    },
}  # fmt: skip
