"""What 108 real projects use of Dagster works through the alias, with the arguments they pass.

Everything is asked of the name ``dagster``. What is left out stands in ``LATER`` (a part that is not built yet) or in
``REFUSED`` (Dagster refuses it itself today).
"""

import types
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import dagster as dg


def words(text: str) -> list[str]:
    """The words of a table."""
    return text.split()


# The 200 names that most projects use, most used first.
NAMES = words(
    """
Definitions asset define_asset_job AssetExecutionContext MetadataValue ConfigurableResource Output AssetKey op
ScheduleDefinition RunRequest Config AssetSelection AssetIn job sensor load_assets_from_modules OutputContext resource
EnvVar SkipReason InputContext DailyPartitionsDefinition get_dagster_logger SensorEvaluationContext OpExecutionContext
AssetCheckResult materialize schedule MaterializeResult AssetsDefinition ConfigurableIOManager Field asset_check Out
DagsterInstance repository StaticPartitionsDefinition AssetMaterialization RetryPolicy In DefaultSensorStatus
DefaultScheduleStatus IOManager AutomationCondition AssetSpec InitResourceContext DynamicPartitionsDefinition
multi_asset RunConfig AssetCheckSeverity build_asset_context file_relative_path graph AssetOut ResourceDefinition
DynamicOut Nothing load_assets_from_package_module DynamicOutput SourceAsset DagsterRunStatus JobDefinition
build_op_context ScheduleEvaluationContext String Failure Int MonthlyPartitionsDefinition FreshnessPolicy
BackfillPolicy io_manager graph_asset SensorResult StringSource DagsterEventType SensorDefinition RunsFilter
MultiPartitionsDefinition HookContext fs_io_manager AutoMaterializePolicy EventRecordsFilter success_hook
build_schedule_from_partitioned_job build_output_context TimeWindowPartitionsDefinition in_process_executor
PartitionsDefinition AssetCheckExecutionContext ResourceDependency failure_hook multiprocess_executor DagsterRun
AssetCheckSpec Noneable build_init_resource_context TableSchema AssetChecksDefinition WeeklyPartitionsDefinition
Backoff AssetObservation build_sensor_context Bool DagsterLogManager ExecuteInProcessResult TableColumn Permissive
RunFailureSensorContext FilesystemIOManager MultiPartitionKey PipesSubprocessClient DataVersion definitions
materialize_to_memory DagsterInvariantViolationError Any Jitter load_from_defs_folder TimeWindowPartitionMapping
run_status_sensor build_sensor_for_freshness_checks build_resources List instance_for_test build_input_context
IdentityPartitionMapping TextMetadataValue with_source_code_references OpDefinition build_schedule_context AssetDep
RunStatusSensorContext DagsterType asset_sensor build_last_update_freshness_checks run_failure_sensor
AllPartitionMapping ComponentLoadContext UPathIOManager evaluate_automation_conditions config_from_files execute_job
EventLogEntry TableMetadataValue TimeWindow AutoMaterializeRule usable_as_dagster_type Array MarkdownMetadataValue
AutomationConditionSensorDefinition EventLogRecord ResourceParam HourlyPartitionsDefinition Model
PipesEnvContextInjector Optional Resolvable TableRecord MultiPartitionMapping executor HookDefinition
daily_partitioned_config observable_source_asset Component PythonObjectDagsterType RetryRequested
load_asset_checks_from_modules DagsterError reconstructable DagsterEvent AssetCheckEvaluation ExpectationResult
AnchorBasedFilePathMapping ExecutorDefinition DimensionPartitionMapping MAX_RUNTIME_SECONDS_TAG AssetCheckKey
TypeCheck load_assets_from_current_module open_pipes_session AddDynamicPartitionsRequest JsonMetadataValue
PartitionMapping PipesMessageReader TableColumnConstraints Dict IntSource MultiToSingleDimensionPartitionMapping
PipesClient TableConstraints Float GraphOut IOManagerDefinition StaticPartitionMapping multi_asset_sensor
AssetRecordsFilter BetaWarning ConfigurableIOManagerFactory FloatMetadataValue
    """
)

# Components, which are not taken over.
LATER = set(
    words(
        """
load_from_defs_folder ComponentLoadContext Model Resolvable Component
        """
    )
)


def test_each_name_is_there_or_says_why_not() -> None:
    assert [name for name in NAMES if name in dg.__all__ and getattr(dg, name) is None] == []
    for name in LATER:
        with pytest.raises(ImportError, match=f"does not have '{name}' yet: .*(later|not taken over)"):
            exec(f"from dagster import {name}", {})


def test_what_is_left_out_is_just_what_is_not_there() -> None:
    assert set(NAMES) - set(dg.__all__) == LATER


def test_all_names_are_named() -> None:
    assert len(set(NAMES)) == 200


# ------------------------------------------------------------------ arguments, really passed


@dg.op
def one() -> int:
    return 1


@dg.op
def some_op() -> None:
    """For jobs."""


@dg.job
def some_job() -> None:
    some_op()


@dg.asset
def upstream() -> int:
    return 1


@dg.resource
def some_resource() -> int:
    return 1


@dg.success_hook(name="told", required_resource_keys=set())
def some_hook(context: dg.HookContext) -> None:
    """For ops, jobs and assets."""


POLICY = dg.RetryPolicy(max_retries=2, delay=0.1, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
CHECKED = dg.AssetCheckSpec("few", asset="made")


def made() -> int:
    """What decorated functions are made of."""
    return 1


def made_two() -> Any:
    """Two assets."""
    yield dg.Output(1, output_name="a")
    yield dg.Output(2, output_name="b")


def of_context(context: Any) -> Any:
    """Schedules, sensors, resources."""
    return dg.SkipReason("nothing")


def two_assets(**arguments: Any) -> Any:
    outs = {"a": dg.AssetOut(is_required=False), "b": dg.AssetOut(is_required=False)}
    return dg.multi_asset(**{"outs": outs, "can_subset": True, **arguments})(made_two)


def check_of(**arguments: Any) -> Any:
    def few() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    return dg.asset_check(asset=upstream, **arguments)(few)


def is_status(**arguments: Any) -> Any:
    return dg.run_status_sensor(run_status=dg.DagsterRunStatus.SUCCESS, **arguments)(of_context)


NO_ASSETS = types.ModuleType("no_assets")
DAYS = dg.DailyPartitionsDefinition("2024-01-01")
PARTITION_KEYWORDS = {"partitions_def": DAYS, "automation_condition": None, "auto_materialize_policy": None}
DAY = timedelta(days=1)

# What is called -> each argument that projects pass, with a value; each is passed alone.
CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "asset": (
        lambda **arguments: dg.asset(**arguments)(made),
        {
            "group_name": "raw", "deps": ["upstream"], "description": "d", "io_manager_key": "io_manager", "ins": {},
            "name": "other", "compute_kind": "python", "metadata": {"a": 1}, "required_resource_keys": {"r"},
            "key_prefix": ["x"], "tags": {"a": "b"}, "key": dg.AssetKey(["x", "y"]), "kinds": {"csv"},
            "retry_policy": POLICY, "op_tags": {"a": "b"}, "check_specs": [CHECKED], "code_version": "1",
            "freshness_policy": dg.FreshnessPolicy.time_window(fail_window=DAY), "io_manager_def": dg.mem_io_manager,
            "config_schema": {"a": int}, "owners": ["ada@example.com"], "dagster_type": dg.Int, "pool": "p",
            "output_required": False, "hooks": {some_hook}, "backfill_policy": None, **PARTITION_KEYWORDS,
        },
    ),
    "multi_asset": (
        two_assets,
        {
            "group_name": "raw", "name": "both", "required_resource_keys": {"r"}, "ins": {}, "compute_kind": "python",
            "op_tags": {"a": "b"}, "description": "d", "can_subset": True, "deps": ["upstream"], "code_version": None,
            "internal_asset_deps": {"a": set(), "b": {dg.AssetKey("a")}}, "retry_policy": POLICY,
            "check_specs": [dg.AssetCheckSpec("few", asset="a")], "partitions_def": DAYS,
            "backfill_policy": dg.BackfillPolicy.single_run(),
        },
    ),
    "multi_asset of specs": (
        lambda **arguments: dg.multi_asset(**arguments)(made_two),
        {"specs": [dg.AssetSpec("a"), dg.AssetSpec("b", deps=["a"])]},
    ),
    "graph_asset": (
        lambda **arguments: dg.graph_asset(**arguments)(lambda_graph),
        {
            "group_name": "raw", "key_prefix": "x", "name": "other", "resource_defs": {"r": some_resource}, "ins": {},
            "kinds": {"csv"}, "automation_condition": None,
        },
    ),
    "op": (
        lambda **arguments: dg.op(**arguments)(made),
        {
            "out": dg.Out(int), "required_resource_keys": {"r"}, "ins": {}, "config_schema": {"a": int},
            "tags": {"a": "b"}, "name": "other", "description": "d", "retry_policy": POLICY, "pool": "p",
        },
    ),
    "job": (
        lambda **arguments: dg.job(**arguments)(lambda_job),
        {
            "resource_defs": {"r": some_resource}, "description": "d", "config": {"loggers": {}}, "name": "other",
            "tags": {"a": "b"}, "executor_def": dg.in_process_executor, "hooks": {some_hook},
            "op_retry_policy": POLICY, "partitions_def": DAYS,
        },
    ),
    "graph": (
        lambda **arguments: dg.graph(**arguments)(lambda_job),
        {"description": "d", "name": "other", "tags": {"a": "b"}, "config": {}},
    ),
    "schedule": (
        lambda **arguments: dg.schedule(**{"cron_schedule": "@daily", "job_name": "some_job", **arguments})(of_context),
        {
            "cron_schedule": ["0 1 * * *", "0 2 * * *"], "execution_timezone": "US/Pacific", "name": "other",
            "default_status": dg.DefaultScheduleStatus.RUNNING, "job_name": "some_job", "description": "d",
            "should_execute": lambda context: True, "required_resource_keys": {"r"},
        },
    ),
    "schedule of a job": (
        lambda **arguments: dg.schedule(cron_schedule="@daily", **arguments)(of_context),
        {"job": some_job, "target": some_job},
    ),
    "ScheduleDefinition": (
        lambda **arguments: dg.ScheduleDefinition(**{"job_name": "some_job", "cron_schedule": "@daily", **arguments}),
        {
            "cron_schedule": "0 */2 * * 1-5", "name": "other", "default_status": dg.DefaultScheduleStatus.STOPPED,
            "execution_timezone": "Europe/London", "description": "d", "tags": {"a": "b"},
            "execution_fn": of_context, "run_config": {},
        },
    ),
    "ScheduleDefinition of a job": (
        lambda **arguments: dg.ScheduleDefinition(cron_schedule="@daily", name="other", **arguments),
        {"job": some_job, "target": "*"},
    ),
    "sensor": (
        lambda **arguments: dg.sensor(**{"job_name": "some_job", **arguments})(of_context),
        {
            "minimum_interval_seconds": 9, "name": "other", "description": "d", "job_name": "some_job",
            "default_status": dg.DefaultSensorStatus.RUNNING, "required_resource_keys": {"r"},
        },
    ),
    "sensor of something": (
        lambda **arguments: dg.sensor(name="other", **arguments)(of_context),
        {"job": some_job, "jobs": [some_job], "target": [upstream], "asset_selection": dg.AssetSelection.all()},
    ),
    "SensorDefinition": (
        lambda **arguments: dg.SensorDefinition(**{"name": "s", "evaluation_fn": of_context, **arguments}),
        {
            "name": "other", "minimum_interval_seconds": 60, "description": "d", "job_name": "some_job",
            "required_resource_keys": {"r"}, "job": some_job, "asset_selection": ["upstream"],
            "default_status": dg.DefaultSensorStatus.STOPPED,
        },
    ),
    "run_status_sensor": (
        is_status,
        {
            "name": "other", "description": "d", "minimum_interval_seconds": 5, "monitored_jobs": [some_job],
            "default_status": dg.DefaultSensorStatus.RUNNING, "request_job": some_job,
        },
    ),
    "run_failure_sensor": (
        lambda **arguments: dg.run_failure_sensor(**arguments)(of_context),
        {
            "name": "other", "description": "d", "monitored_jobs": [some_job], "monitor_all_code_locations": True,
            "default_status": dg.DefaultSensorStatus.RUNNING,
        },
    ),
    "define_asset_job": (
        lambda **arguments: dg.define_asset_job(**{"name": "j", **arguments}),
        {
            "selection": dg.AssetSelection.groups("raw") | dg.AssetSelection.keys("upstream"), "name": "other",
            "description": "d", "tags": {"a": "b"}, "config": {"ops": {}}, "executor_def": dg.in_process_executor,
            "op_retry_policy": POLICY, "hooks": {some_hook}, "partitions_def": DAYS,
        },
    ),
    "RunRequest": (
        dg.RunRequest,
        {
            "run_key": "k", "run_config": dg.RunConfig(), "tags": {"a": "b"}, "job_name": "some_job",
            "asset_selection": [dg.AssetKey("upstream")], "partition_key": None,
        },
    ),
    "SkipReason": (dg.SkipReason, {"skip_message": "nothing"}),
    "SensorResult": (
        dg.SensorResult,
        {
            "run_requests": [dg.RunRequest()], "cursor": "1", "skip_reason": dg.SkipReason("nothing"),
            "asset_events": [dg.AssetMaterialization("a")],
        },
    ),
    "Definitions": (
        dg.Definitions,
        {
            "assets": [upstream], "resources": {"r": some_resource}, "jobs": [some_job], "metadata": {"a": "b"},
            "schedules": [dg.ScheduleDefinition(job=some_job, cron_schedule="@daily")],
            "sensors": [dg.SensorDefinition(name="s", evaluation_fn=of_context)], "asset_checks": [check_of()],
            "executor": dg.multiprocess_executor, "loggers": {"console": dg.colored_console_logger},
        },
    ),
    "AssetSpec": (
        lambda **arguments: dg.AssetSpec(**{"key": "a", **arguments}),
        {
            "key": ["x", "a"], "group_name": "raw", "metadata": {"a": 1}, "deps": ["upstream"], "description": "d",
            "kinds": {"csv"}, "tags": {"a": "b"},
            "legacy_freshness_policy": dg.LegacyFreshnessPolicy(maximum_lag_minutes=3),
        },
    ),
    "AssetOut": (
        dg.AssetOut,
        {
            "io_manager_key": "io", "is_required": False, "key": ["x", "a"], "description": "d", "group_name": "raw",
            "key_prefix": "x", "metadata": {"a": 1}, "dagster_type": dg.Int, "kinds": {"csv"}, "tags": {"a": "b"},
            "code_version": "1", "owners": ["team:data"], "automation_condition": None,
            "auto_materialize_policy": None, "freshness_policy": dg.FreshnessPolicy.cron(
                deadline_cron="0 8 * * *", lower_bound_delta=timedelta(hours=1), timezone="UTC"),
        },
    ),
    "AssetIn": (
        dg.AssetIn,
        {
            "key": ["x", "a"], "partition_mapping": None, "metadata": {"a": 1}, "key_prefix": "x",
            "dagster_type": dg.Nothing, "input_manager_key": "io",
        },
    ),
    "Out": (
        dg.Out,
        {
            "description": "d", "dagster_type": dg.String, "is_required": False, "io_manager_key": "io",
            "metadata": {"a": 1},
        },
    ),
    "In": (
        dg.In,
        {
            "description": "d", "dagster_type": dg.Nothing, "asset_key": dg.AssetKey("a"), "default_value": 3,
            "input_manager_key": "io", "metadata": {"a": 1},
        },
    ),
    "Output": (
        lambda **arguments: dg.Output(**{"value": 1, **arguments}),
        {
            "metadata": {"a": dg.MetadataValue.md("b")}, "value": 2, "output_name": "a", "tags": {"a": "b"},
            "data_version": dg.DataVersion("1"),
        },
    ),
    "DynamicOut": (dg.DynamicOut, {"is_required": False, "description": "d", "io_manager_key": "io"}),
    "DynamicOutput": (
        lambda **arguments: dg.DynamicOutput(**{"value": 1, "mapping_key": "k", **arguments}),
        {"mapping_key": "other", "value": 2, "output_name": "a", "metadata": {"a": 1}},
    ),
    "MaterializeResult": (
        dg.MaterializeResult,
        {
            "metadata": {"a": 1}, "asset_key": "a", "value": 3, "tags": {"a": "b"},
            "check_results": [dg.AssetCheckResult(passed=True)], "data_version": dg.DataVersion("1"),
        },
    ),
    "ObserveResult": (dg.ObserveResult, {"asset_key": "a", "metadata": {"a": 1}}),
    "AssetMaterialization": (
        lambda **arguments: dg.AssetMaterialization(**{"asset_key": "a", **arguments}),
        {"asset_key": ["x", "a"], "metadata": {"a": 1}, "description": "d", "partition": "p", "tags": {"a": "b"}},
    ),
    "AssetObservation": (
        lambda **arguments: dg.AssetObservation(**{"asset_key": "a", **arguments}),
        {"asset_key": dg.AssetKey("a"), "metadata": {"a": 1}, "tags": {"a": "b"}, "partition": "p"},
    ),
    "AssetCheckSpec": (
        lambda **arguments: dg.AssetCheckSpec(**{"name": "few", "asset": upstream, **arguments}),
        {"asset": "a", "name": "many", "blocking": True, "description": "d", "partitions_def": None},
    ),
    "AssetCheckResult": (
        lambda **arguments: dg.AssetCheckResult(**{"passed": True, **arguments}),
        {
            "passed": False, "metadata": {"a": 1}, "severity": dg.AssetCheckSeverity.WARN, "description": "d",
            "check_name": "few", "asset_key": "a",
        },
    ),
    "asset_check": (
        check_of,
        {
            "blocking": True, "description": "d", "name": "many", "required_resource_keys": {"r"},
            "additional_ins": {}, "automation_condition": None, "compute_kind": "sql", "metadata": {"a": 1},
        },
    ),
    "observable_source_asset": (
        lambda **arguments: dg.observable_source_asset(**arguments)(lambda_observe),
        {
            "key": "a", "description": "d", "group_name": "raw", "io_manager_key": "io", "name": "other",
            "required_resource_keys": {"r"}, "partitions_def": None,
        },
    ),
    "SourceAsset": (
        lambda **arguments: dg.SourceAsset(**{"key": "a", **arguments}),
        {"io_manager_key": "io", "description": "d", "group_name": "raw", "partitions_def": None},
    ),
    "AssetKey": (dg.AssetKey, {"path": ["x", "a"]}),
    "Field": (
        lambda **arguments: dg.Field(**{"config": dg.String, **arguments}),
        {"is_required": False, "default_value": "a", "description": "d", "config": {"a": int}},
    ),
    "resource": (
        lambda **arguments: dg.resource(**arguments)(of_context),
        {"config_schema": {"a": str}, "description": "d", "required_resource_keys": {"r"}},
    ),
    "io_manager": (
        lambda **arguments: dg.io_manager(**arguments)(of_context),
        {"config_schema": {"a": str}, "required_resource_keys": {"r"}, "version": "1"},
    ),
    "RetryPolicy": (
        lambda **arguments: dg.RetryPolicy(**{"delay": 1, **arguments}),
        {"max_retries": 3, "delay": 1.5, "backoff": dg.Backoff.LINEAR, "jitter": dg.Jitter.FULL},
    ),
    "LegacyFreshnessPolicy": (
        lambda **arguments: dg.LegacyFreshnessPolicy(**{"maximum_lag_minutes": 3, **arguments}),
        {"maximum_lag_minutes": 5, "cron_schedule": "0 8 * * *"},
    ),
    "FreshnessPolicy": (
        lambda **arguments: dg.FreshnessPolicy(**{"maximum_lag_minutes": 3, **arguments}),
        {"maximum_lag_minutes": 5, "cron_schedule": "0 8 * * *"},
    ),
    "FreshnessPolicy.time_window": (
        lambda **arguments: dg.FreshnessPolicy.time_window(**{"fail_window": DAY, **arguments}),
        {"fail_window": DAY, "warn_window": timedelta(hours=1)},
    ),
    "build_sensor_context": (
        dg.build_sensor_context,
        {
            "instance": None, "cursor": "1", "sensor_name": "s", "repository_name": "r", "resources": {"r": 1},
        },
    ),
    "build_schedule_context": (
        dg.build_schedule_context,
        {
            "scheduled_execution_time": datetime(2024, 1, 1, tzinfo=UTC), "instance": None, "resources": {"r": 1},
            "repository_def": dg.Definitions().get_repository_def(),
        },
    ),
    "build_asset_context": (
        dg.build_asset_context,
        {"resources": {"r": 1}, "asset_config": {"a": 1}, "instance": None, "run_tags": {"a": "b"}},
    ),
    "build_op_context": (dg.build_op_context, {"resources": {"r": 1}, "op_config": {"a": 1}, "config": {"a": 1}}),
    "materialize": (
        lambda **arguments: dg.materialize(**{"assets": [upstream], **arguments}),
        {
            "assets": [upstream], "resources": {"r": some_resource}, "raise_on_error": False, "run_config": {},
            "selection": "upstream", "tags": {"a": "b"}, "partition_key": None,
        },
    ),
    "materialize_to_memory": (
        lambda **arguments: dg.materialize_to_memory(**{"assets": [upstream], **arguments}),
        {"resources": {"r": some_resource}},
    ),
    "RunConfig": (
        dg.RunConfig,
        {"ops": {"a": {"config": {"b": 1}}}, "resources": {"r": {"config": 1}}, "execution": {"config": {}}},
    ),
    "RunsFilter": (
        dg.RunsFilter,
        {
            "statuses": [dg.DagsterRunStatus.SUCCESS], "tags": {"a": "b"}, "job_name": "some_job", "run_ids": ["1"],
            "created_before": datetime(2024, 1, 1, tzinfo=UTC), "updated_after": datetime(2024, 1, 1, tzinfo=UTC),
        },
    ),
    "EventRecordsFilter": (
        lambda **arguments: dg.EventRecordsFilter(
            **{"event_type": dg.DagsterEventType.ASSET_MATERIALIZATION, **arguments}
        ),
        {"asset_key": dg.AssetKey("a"), "asset_partitions": ["p"], "after_cursor": 3},
    ),
    "load_assets_from_modules": (
        lambda **arguments: dg.load_assets_from_modules(**{"modules": [NO_ASSETS], **arguments}),
        {"group_name": "raw", "key_prefix": "x", "auto_materialize_policy": None},
    ),
    "build_last_update_freshness_checks": (
        lambda **arguments: dg.build_last_update_freshness_checks(
            **{"assets": [upstream], "lower_bound_delta": DAY, **arguments}
        ),
        {"severity": dg.AssetCheckSeverity.ERROR},
    ),
    "build_sensor_for_freshness_checks": (
        lambda **arguments: dg.build_sensor_for_freshness_checks(
            freshness_checks=dg.build_last_update_freshness_checks(assets=[upstream], lower_bound_delta=DAY),
            **arguments,
        ),
        {"name": "s", "default_status": dg.DefaultSensorStatus.RUNNING, "minimum_interval_seconds": 60},
    ),
    "TableColumn": (
        lambda **arguments: dg.TableColumn(**{"name": "a", **arguments}),
        {
            "type": "int", "description": "d", "tags": {"a": "b"},
            "constraints": dg.TableColumnConstraints(nullable=False, unique=True),
        },
    ),
    "TableSchema": (
        lambda **arguments: dg.TableSchema(**{"columns": [dg.TableColumn("a", "int")], **arguments}),
        {"constraints": dg.TableConstraints(other=["many"])},
    ),
    "Failure": (dg.Failure, {"description": "d", "metadata": {"a": 1}, "allow_retries": False}),
    "RetryRequested": (dg.RetryRequested, {"max_retries": 2, "seconds_to_wait": 1}),
    "success_hook": (
        lambda **arguments: dg.success_hook(**arguments)(of_context),
        {"required_resource_keys": {"r"}, "name": "other"},
    ),
    "failure_hook": (
        lambda **arguments: dg.failure_hook(**arguments)(of_context),
        {"required_resource_keys": {"r"}, "name": "other"},
    ),
}  # fmt: skip
PASSED = [(what, name) for what, (_, arguments) in CALLS.items() for name in arguments]


def lambda_graph() -> Any:
    return one()


def lambda_job() -> None:
    some_op()


def lambda_observe() -> dg.DataVersion:
    return dg.DataVersion("1")


@pytest.mark.parametrize(("what", "name"), PASSED, ids=[f"{what}-{name}" for what, name in PASSED])
def test_an_argument_can_be_passed(what: str, name: str) -> None:
    call, arguments = CALLS[what]

    made_of_it = call(**{name: arguments[name]})

    assert made_of_it is not None


# What Dagster refuses itself today: spellings of its first versions.
REFUSED: dict[str, Callable[[], Any]] = {
    "asset-partition": lambda: dg.asset(partition="p")(made),  # type: ignore[call-overload]
    "sensor-pipeline_name": lambda: dg.sensor(pipeline_name="p")(of_context),  # type: ignore[call-arg]
    "run_status_sensor-pipeline_run_status": lambda: is_status(pipeline_run_status=1),
    "Definitions-ops": lambda: dg.Definitions(ops=[some_op]),  # type: ignore[call-arg]
    "MaterializeResult-output": lambda: dg.MaterializeResult(output=1),  # type: ignore[call-arg]
    "AssetMaterialization-metadata_entries": lambda: dg.AssetMaterialization("a", metadata_entries=[]),  # type: ignore[call-arg]
    "RunConfig-tags": lambda: dg.RunConfig(tags={}),  # type: ignore[call-arg]
    "Failure-metadata_entries": lambda: dg.Failure("d", metadata_entries=[]),  # type: ignore[call-arg]
    "success_hook-tags": lambda: dg.success_hook(tags={})(of_context),  # type: ignore[call-overload]
    "failure_hook-tags": lambda: dg.failure_hook(tags={})(of_context),  # type: ignore[call-overload]
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_argument_that_dagster_refuses_is_refused(what: str) -> None:
    with pytest.raises(TypeError, match=what.partition("-")[2]):
        REFUSED[what]()


def test_the_earlier_name_of_deps_is_taken_and_told() -> None:
    with pytest.warns(DeprecationWarning, match="non_argument_deps= of @asset is deprecated"):
        definition: Any = dg.asset(non_argument_deps={"x", "upstream"})(made)

    assert sorted(dep.asset_key.to_user_string() for spec in definition.specs for dep in spec.deps) == ["upstream", "x"]


CONDITION_ARGUMENTS: dict[str, Callable[[], Any]] = {
    "AssetSpec": lambda: dg.AssetSpec("a", automation_condition=1),  # type: ignore[arg-type]
    "asset": lambda: dg.asset(automation_condition=1)(made),
    "AssetOut": lambda: dg.AssetOut(automation_condition=1),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("what", CONDITION_ARGUMENTS)
def test_what_is_no_condition_is_refused_by_name(what: str) -> None:
    with pytest.raises(dg.DagsterError, match="automation_condition= is an AutomationCondition"):
        CONDITION_ARGUMENTS[what]()
