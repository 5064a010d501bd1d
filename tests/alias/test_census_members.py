"""Members, contexts, base classes and literals that 108 real projects use of Dagster work through the alias."""

import inspect
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import dagster as dg
from tests.alias.test_census import lambda_job, of_context, some_job, upstream, words

# ------------------------------------------------------------------ members

MEMBERS = words(
    """
MetadataValue.md AssetSelection.groups MetadataValue.int MetadataValue.text MetadataValue.json
DagsterInstance.ephemeral AssetCheckSeverity.WARN AssetSelection.assets AssetSelection.all DefaultSensorStatus.RUNNING
DefaultScheduleStatus.RUNNING MetadataValue.float AssetCheckSeverity.ERROR MetadataValue.path MetadataValue.bool
DagsterEventType.ASSET_MATERIALIZATION AssetSelection.keys MetadataValue.url DagsterRunStatus.STARTED
Definitions.merge DagsterRunStatus.FAILURE DagsterRunStatus.QUEUED multiprocess_executor.configured
ResourceDefinition.hardcoded_resource Backoff.EXPONENTIAL DagsterInstance.get DagsterRunStatus.NOT_STARTED
DagsterRunStatus.STARTING DagsterRunStatus.CANCELED DagsterRunStatus.CANCELING ResourceDefinition.mock_resource
ResourceDefinition.none_resource MetadataValue.table MetadataValue.timestamp AssetSelection.checks Jitter.PLUS_MINUS
AssetSelection.from_string DagsterInstance.from_config DagsterEventType.LOGS_CAPTURED FreshnessPolicy.time_window
EnvVar.int AssetKey.from_user_string DagsterEventType.ASSET_MATERIALIZATION_PLANNED DagsterEventType.STEP_FAILURE
MetadataValue.table_schema AssetSelection.kind multiprocess_executor.__name__ in_process_executor.__name__
FreshnessPolicy.cron AssetExecutionContext.get DagsterInstance.from_ref AssetSelection.checks_for_assets
AssetSelection.key_prefixes ReexecutionOptions.from_failure AssetChecksDefinition.create AssetSelection.from_coercible
AssetSelection.tag AssetsDefinition.keys DagsterEventType.ASSET_CHECK_EVALUATION DagsterEventType.ASSET_OBSERVATION
DagsterEventType.STEP_OUTPUT DagsterEventType.STEP_SUCCESS DagsterEventType.RUN_START DagsterEventType.RUN_SUCCESS
Definitions.validate_loadable MetadataValue.asset MetadataValue.dagster_run MetadataValue.notebook MetadataValue.null
OpExecutionContext.get fs_io_manager.configured in_process_executor.config_schema multiprocess_executor.config_schema
AssetSelection.required_multi_asset_neighbors AssetSelection.upstream AssetSelection.downstream
AssetSelection.materializable ExecuteInProcessResult.success ExecuteInProcessResult.output_for_node
ExecuteInProcessResult.get_asset_check_evaluations ExecuteInProcessResult.get_asset_materialization_events
ExecuteInProcessResult.events_for_node ExecuteInProcessResult.asset_materializations_for_node
ExecuteInProcessResult.all_events ExecuteInProcessResult.get_step_success_events
ExecuteInProcessResult.all_node_events JobDefinition.execute_in_process JobDefinition.with_hooks EnvVar.get_value
AssetKey.to_user_string AssetKey.to_python_identifier AssetsDefinition.to_source_asset
AssetsDefinition.map_asset_specs AssetsDefinition.metadata_by_key AssetsDefinition.with_attributes
Definitions.get_job_def Definitions.resolve_job_def
Definitions.resolve_implicit_global_asset_job_def Definitions.get_repository_def Definitions.resolve_asset_graph
Definitions.get_assets_def Definitions.get_schedule_def Definitions.get_sensor_def Definitions.get_all_asset_specs
Definitions.map_asset_specs Definitions.map_resolved_asset_specs OpDefinition.alias OpDefinition.configured
ResourceDefinition.configured GraphDefinition.to_job AssetSpec.with_io_manager_key AssetSpec.replace_attributes
JobExecutionResult.get_step_failure_events JobExecutionResult.output_for_node PipesSubprocessClient.run
DagsterRun.remote_job_origin ConfigurableResource.process_config_and_initialize ScheduleDefinition.evaluate_tick
DagsterLogManager.info DagsterLogManager.error DagsterLogManager.warning DagsterLogManager.debug
    """
)


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_is_there(member: str) -> None:
    name, _, attribute = member.partition(".")

    assert hasattr(getattr(dg, name), attribute)


INSTANCE = words(
    """
get_event_records get_runs get_latest_materialization_event get_run_records get_run_by_id add_run_tags get_run_stats
storage_directory all_logs run_launcher report_runless_asset_event report_run_canceled launch_run create_run_for_job
event_log_storage has_asset_key fetch_materializations report_engine_event run_coordinator add_run handle_new_event
run_storage compute_log_manager delete_run fetch_observations get_latest_materialization_code_versions
get_records_for_run get_ref get_run_record_by_id get_runs_count report_run_canceling report_run_failed wipe_assets
add_dynamic_partitions get_dynamic_partitions get_materialized_partitions get_backfill
    """
)


@pytest.mark.parametrize("member", INSTANCE)
def test_a_member_of_the_instance_is_there(member: str) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert getattr(instance, member) is not None


def test_values_that_definitions_hold_are_found_on_them() -> None:
    graph_of_it = dg.graph(lambda_job)
    spec = dg.AssetSpec("a", metadata={"b": 1})

    assert upstream.key == dg.AssetKey("upstream")
    assert upstream.keys_by_output_name == {"result": dg.AssetKey("upstream")}
    assert upstream.keys_by_input_name == {}
    assert list(upstream.specs_by_key) == [dg.AssetKey("upstream")]
    assert (spec.key, spec.metadata) == (dg.AssetKey("a"), {"b": 1})
    assert graph_of_it.to_job(name="other").graph.name == "lambda_job"
    assert dg.AssetKey(["x", "a"]).path == ["x", "a"]
    assert dg.Definitions(resources={"r": 1}).resources == {"r": 1}
    assert dg.define_asset_job("nightly").name == "nightly"
    assert dg.SensorResult(run_requests=[dg.RunRequest(tags={"a": "b"})]).run_requests[0].tags["a"] == "b"  # type: ignore[index]
    assert dg.multiprocess_executor.__name__ == "multiprocess_executor"
    assert dg.executor(of_context).__name__ == "of_context"


def test_an_engine_event_tells_of_an_error() -> None:
    from dagster._core.events import EngineEventData
    from dagster._utils.error import serializable_error_info_from_exc_info

    error = ValueError("no")
    info = serializable_error_info_from_exc_info((ValueError, error, None))

    assert EngineEventData.engine_error(info).error == info
    with dg.DagsterInstance.ephemeral() as instance:
        event = instance.report_engine_event(
            "it broke", engine_event_data=EngineEventData.engine_error(info), run_id="1"
        )
    assert event.engine_event_data.error == info


# ------------------------------------------------------------------ contexts, in runs


def asked(context: Any, names: str) -> dict[str, Any]:
    """What a context says of each name; an AttributeError names what is not there."""
    return {name: getattr(context, name) for name in names.split()}


def test_the_context_of_an_asset_has_what_projects_ask() -> None:
    found: dict[str, Any] = {}

    @dg.asset(check_specs=[dg.AssetCheckSpec("few", asset="looking")], config_schema={"a": int})
    def looking(context: dg.AssetExecutionContext, upstream: int) -> Any:
        found.update(
            asked(
                context,
                "log add_output_metadata resources instance run_id asset_key run has_partition_key"
                " selected_output_names op_config assets_def selected_asset_keys op_execution_context"
                " asset_key_for_output log_event job_name"
                " output_for_asset_key asset_key_for_input get_tag has_tag run_config run_tags dagster_run job_def",
            )
        )
        context.log.info("looking at %s", upstream)
        context.add_output_metadata({"rows": 1})
        found["key"] = (context.asset_key_for_output(), context.asset_key_for_input("upstream"))
        yield dg.AssetCheckResult(passed=True)
        yield dg.Output(upstream)

    config = {"ops": {"looking": {"config": {"a": 3}}}}
    result = dg.materialize([upstream, looking], run_config=config, tags={"t": "u"})

    assert result.success
    assert found["op_config"] == {"a": 3}
    assert found["key"] == (dg.AssetKey("looking"), dg.AssetKey("upstream"))
    assert found["has_partition_key"] is False
    assert (found["run_id"], found["run"].tags["t"]) == (result.run_id, "u")
    assert [each.passed for each in result.get_asset_check_evaluations()] == [True]


def test_the_contexts_of_ops_hooks_and_resources_have_what_projects_ask() -> None:
    found: dict[str, Any] = {}

    @dg.resource(config_schema={"url": str})
    def client(context: dg.InitResourceContext) -> str:
        found["resource"] = asked(
            context, "resource_config log resources instance dagster_run all_resource_defs resource_def run run_id"
        )
        return str(context.resource_config["url"])

    @dg.success_hook(required_resource_keys={"client"})
    def told(context: dg.HookContext) -> None:
        names = "log resources run_id step_key op op_config job_name op_exception instance op_output_values"
        found["hook"] = asked(context, names)

    @dg.op(required_resource_keys={"client"}, config_schema={"a": int}, out={"x": dg.Out()})
    def looking(context: dg.OpExecutionContext) -> Any:
        found["op"] = asked(
            context,
            "log resources op_config log_event run_id instance solid_config op run job_name op_handle op_def run_tags"
            " get_step_execution_context dagster_run add_output_metadata get_mapping_key has_partition_key job_def"
            " retry_number run_config",
        )
        context.log_event(dg.AssetMaterialization("seen"))
        yield dg.Output(context.resources.client, output_name="x")

    @dg.job(resource_defs={"client": client.configured({"url": "here"})}, hooks={told})
    def looks() -> None:
        looking()

    result = looks.execute_in_process(run_config={"ops": {"looking": {"config": {"a": 3}}}})

    assert result.output_for_node("looking", "x") == "here"
    assert found["op"]["op_config"] == found["op"]["solid_config"] == found["hook"]["op_config"] == {"a": 3}
    assert (found["hook"]["step_key"], found["hook"]["op_exception"]) == ("looking", None)
    assert found["hook"]["op_output_values"] == {"x": "here"}
    assert found["resource"]["run_id"] == result.run_id
    assert [each.label for each in [dg.ExpectationResult(True, label="l")]] == ["l"]


def test_the_contexts_of_io_managers_have_what_projects_ask() -> None:
    found: dict[str, Any] = {}
    both = (
        "log asset_key dagster_type definition_metadata name metadata resource_config resources step_context op_def"
        " has_asset_key has_partition_key has_asset_partitions get_identifier get_asset_identifier"
    )

    class Held(dg.IOManager):
        """Keeps values in a dict."""

        def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
            found["output"] = asked(context, f"{both} add_output_metadata step_key run_id output_metadata")
            context.add_output_metadata({"rows": 1})
            found["value"] = obj

        def load_input(self, context: dg.InputContext) -> Any:
            found["input"] = asked(context, f"{both} upstream_output instance")
            return found["value"]

    @dg.io_manager(config_schema={"base": str})
    def held(context: dg.InitResourceContext) -> dg.IOManager:
        return Held()

    @dg.asset
    def below(upstream: int) -> int:
        return upstream + 1

    result = dg.materialize([upstream, below], resources={"io_manager": held.configured({"base": "x"})})

    assert result.success
    assert found["value"] == 2
    assert found["output"]["resource_config"] == {"base": "x"}
    assert found["input"]["asset_key"] == dg.AssetKey("upstream")
    assert found["input"]["upstream_output"].asset_key == dg.AssetKey("upstream")


def test_the_contexts_of_schedules_and_sensors_have_what_projects_ask() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        sensor_names = (
            "cursor log update_cursor instance resources last_completion_time code_location_origin sensor_name"
            " _code_location_origin"
        )
        seen = asked(dg.build_sensor_context(instance=instance, cursor="3", sensor_name="s"), sensor_names)
        at = datetime(2024, 1, 1, tzinfo=UTC)
        schedule_names = "scheduled_execution_time log instance _schedule_name"
        due = asked(dg.build_schedule_context(instance=instance, scheduled_execution_time=at), schedule_names)

    assert (seen["cursor"], seen["sensor_name"], seen["code_location_origin"]) == ("3", "s", None)
    assert due["scheduled_execution_time"] == at


def test_the_contexts_of_run_status_sensors_have_what_projects_ask() -> None:
    found: dict[str, Any] = {}

    @dg.op
    def breaks() -> None:
        raise dg.Failure("no")

    @dg.job
    def broken() -> None:
        breaks()

    @dg.run_failure_sensor
    def on_failure(context: dg.RunFailureSensorContext) -> None:
        names = "log dagster_run failure_event instance get_step_failure_events partition_key resource_defs sensor_name"
        found.update(asked(context, names))
        found["failed"] = [each.step_key for each in context.get_step_failure_events()]

    with dg.DagsterInstance.ephemeral() as instance:
        result = broken.execute_in_process(instance=instance, raise_on_error=False)
        context = dg.build_run_status_sensor_context(
            sensor_name="on_failure",
            dagster_event=result.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=result.dagster_run,
        ).for_run_failure()
        on_failure(context)

    assert found["failed"] == ["breaks"]
    assert found["dagster_run"].run_id == result.run_id
    assert found["dagster_run"].remote_job_origin is None


def test_a_run_of_a_code_location_tells_where_its_job_lies() -> None:
    run = dg.DagsterRun(job_name="nightly", run_id="1", location_name="shop")

    origin = run.remote_job_origin

    assert origin is not None
    assert (origin.location_name, origin.job_name) == ("shop", "nightly")
    assert origin.repository_origin.repository_name == "__repository__"
    assert origin.repository_origin.code_location_origin.location_name == "shop"


# ------------------------------------------------------------------ base classes


def test_base_classes_are_subclassed_as_projects_do(tmp_path: Path) -> None:
    class Settings(dg.Config):
        rows: int = 3

    class Loose(dg.PermissiveConfig):
        rows: int = 3

    class Client(dg.ConfigurableResource[Any]):
        url: str

        def get(self) -> str:
            return f"{self.url}!"

    class Nested(dg.ConfigurableResource[Any]):
        client: dg.ResourceDependency[Client]

        def setup_for_execution(self, context: dg.InitResourceContext) -> None:
            context.log.debug("ready")

    class Texts(dg.ConfigurableIOManager):
        folder: str

        def handle_output(self, context: dg.OutputContext, obj: str) -> None:
            Path(self.folder, context.asset_key.path[-1]).write_text(obj)

        def load_input(self, context: dg.InputContext) -> str:
            return Path(self.folder, context.asset_key.path[-1]).read_text()

    class MadeTexts(dg.ConfigurableIOManagerFactory[Any]):
        folder: str

        def create_io_manager(self, context: dg.InitResourceContext) -> Any:
            return Texts(folder=self.folder)

    class TooFew(dg.Failure):
        """Says how many."""

        def __init__(self, count: int) -> None:
            super().__init__(description=f"only {count}")

    class OwnType(dg.PythonObjectDagsterType):
        """A type of one's own."""

        def __init__(self) -> None:
            super().__init__(dict, name="OwnType")

    class OwnError(dg.DagsterError):
        """An error of one's own."""

    class OwnDefinition(dg.Output[int]):
        """An output of one's own."""

    @dg.asset
    def text(nested: Nested, config: Settings) -> str:
        return nested.client.get() * config.rows

    @dg.asset
    def length(text: str) -> int:
        if len(text) < 3:
            raise TooFew(len(text))
        return len(text)

    resources = {"nested": Nested(client=Client(url="a")), "io_manager": MadeTexts(folder=str(tmp_path))}
    found = dg.materialize([text], resources=resources)

    assert found.success
    assert (tmp_path / "text").read_text() == "a!a!a!"
    assert Loose(rows=1, other=2).rows == 1  # type: ignore[call-arg]
    assert str(TooFew(2).description) == "only 2"
    assert OwnType().unique_name == "OwnType"
    assert isinstance(OwnError("x"), Exception)
    assert OwnDefinition(3).value == 3


def test_files_are_kept_by_a_subclass_of_the_path_manager(tmp_path: Path) -> None:
    upath = pytest.importorskip("upath")

    class TextFiles(dg.UPathIOManager):
        extension = ".txt"

        def dump_to_path(self, context: dg.OutputContext, obj: Any, path: Any) -> None:
            path.write_text(obj)

        def load_from_path(self, context: dg.InputContext, path: Any) -> Any:
            return path.read_text()

    @dg.asset
    def text() -> str:
        return "kept"

    manager = TextFiles(base_path=upath.UPath(tmp_path))
    dg.materialize([text], resources={"io_manager": dg.IOManagerDefinition.hardcoded_io_manager(manager)})

    assert [path.read_text() for path in tmp_path.rglob("*.txt")] == ["kept"]


def test_the_outside_is_subclassed_as_projects_do() -> None:
    class Reader(dg.PipesMessageReader):
        def read_messages(self, handler: Any) -> Any:
            raise NotImplementedError

        def no_messages_debug_text(self) -> str:
            return "none"

    class Client(dg.PipesClient):
        def run(self, *, context: Any, extras: Any = None, **other: Any) -> Any:
            raise NotImplementedError

    class Subprocess(dg.PipesSubprocessClient):
        """With other defaults."""

    class OwnExecutor(dg.Executor):
        @property
        def retries(self) -> Any:
            return None

        def execute(self, plan_context: Any, execution_plan: Any) -> Any:
            return iter(())

    assert Reader().no_messages_debug_text() == "none"
    assert inspect.isfunction(Client.run)
    assert callable(Subprocess().run)
    assert OwnExecutor().retries is None


# ------------------------------------------------------------------ literals

CRONS = [
    "*/5 * * * *", "0 0 * * *", "@daily", "@hourly", "@monthly",
    "0 1,13 * * *", "0 9-17 * * 1-5", "0 9-17/2 * * 1,3",
]  # fmt: skip
ZONES = words(
    """
UTC US/Pacific America/New_York US/Eastern Etc/UTC Europe/London America/Los_Angeles Asia/Bangkok Asia/Manila CET
Europe/Stockholm US/Central Europe/Amsterdam
    """
)


@pytest.mark.parametrize("cron", [*CRONS, CRONS[:3]], ids=str)
def test_a_cron_schedule_is_taken(cron: str | list[str]) -> None:
    assert dg.ScheduleDefinition(job=some_job, cron_schedule=cron).cron_schedule == cron


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_is_taken(zone: str) -> None:
    definition = dg.ScheduleDefinition(job=some_job, cron_schedule="@daily", execution_timezone=zone)

    assert definition.execution_timezone == zone


@pytest.mark.parametrize("selection", ["upstream", "*", "upstream*", "+below", ["upstream"], [upstream]], ids=str)
def test_a_selection_is_taken(selection: Any) -> None:
    @dg.asset
    def below(upstream: int) -> int:
        return upstream

    nightly = dg.define_asset_job("nightly", selection=selection)
    definitions = dg.Definitions(assets=[upstream, below], jobs=[nightly])

    made_by_it = definitions.resolve_job_def("nightly").execute_in_process().get_asset_materialization_events()
    assert dg.AssetKey("upstream") in [each.asset_key for each in made_by_it]


def test_a_logger_of_a_project_writes() -> None:
    logger = dg.get_dagster_logger("project")

    assert isinstance(logger, logging.Logger)
    assert logger.name.endswith("project")
