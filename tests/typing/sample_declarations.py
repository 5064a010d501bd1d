"""What type checkers shall know of declarations; never run, checked by mypy and pyright in test_checkers.py."""

from collections.abc import Mapping
from typing import assert_type

import dagster as dg


class Settings(dg.Config):
    limit: int
    name: str = "x"


class Client(dg.ConfigurableResource):
    url: str
    retries: int = 3

    def fetch(self) -> bytes:
        return self.url.encode()


# --- ops ------------------------------------------------------------------------------------------


@dg.op
def bare_op() -> int:
    return 1


@dg.op(tags={"a": "b"}, retry_policy=dg.RetryPolicy(max_retries=1))
def op_with_options(context: dg.OpExecutionContext, number: int, config: Settings) -> dg.Output[int]:
    assert_type(config.limit, int)
    assert_type(context.run_id, str)
    assert_type(context.retry_number, int)
    context.log.info("text")
    return dg.Output(number, metadata={"n": number})


assert_type(bare_op, dg.OpDefinition)
assert_type(op_with_options, dg.OpDefinition)
assert_type(dg.Output(5), dg.Output[int])
assert_type(dg.Output("x").value, str)

# --- graphs and jobs ------------------------------------------------------------------------------


@dg.graph
def bare_graph() -> None:
    bare_op()


@dg.graph(name="other")
def graph_with_options() -> None:
    bare_op()


@dg.job
def bare_job() -> None:
    bare_op()


@dg.job(tags={"a": "b"})
def job_with_options() -> None:
    bare_op()


assert_type(bare_graph, dg.GraphDefinition)
assert_type(graph_with_options, dg.GraphDefinition)
assert_type(bare_job, dg.JobDefinition)
assert_type(job_with_options, dg.JobDefinition)
job_of_graph: dg.JobDefinition = bare_graph.to_job()

result: dg.ExecuteInProcessResult = bare_job.execute_in_process(run_config={"ops": {}})
assert_type(result.success, bool)
assert_type(result.run_id, str)
assert_type(result.dagster_run, dg.DagsterRun)

# --- assets ---------------------------------------------------------------------------------------


@dg.asset
def bare_asset() -> int:
    return 1


@dg.asset(deps=[bare_asset], group_name="g", kinds={"python"})
def asset_with_options(context: dg.AssetExecutionContext, client: Client) -> dg.MaterializeResult[None]:
    assert_type(client.retries, int)
    assert_type(client.fetch(), bytes)
    assert_type(context.run_id, str)
    return dg.MaterializeResult(metadata={"rows": 1})


@dg.multi_asset(outs={"a": dg.AssetOut(), "b": dg.AssetOut()})
def several() -> tuple[int, int]:
    return 1, 2


@dg.graph_asset
def from_graph() -> object:
    return bare_op()


@dg.observable_source_asset
def observed() -> dg.DataVersion:
    return dg.DataVersion("1")


assert_type(bare_asset, dg.AssetsDefinition)
assert_type(asset_with_options, dg.AssetsDefinition)
assert_type(several, dg.AssetsDefinition)
assert_type(from_graph, dg.AssetsDefinition)
assert_type(bare_asset.key, dg.AssetKey)
assert_type(dg.materialize([bare_asset]), dg.ExecuteInProcessResult)
assert_type(dg.AssetSelection.all() - dg.AssetSelection.groups("g"), dg.AssetSelection)
assert_type(dg.AssetSpec("a").key, dg.AssetKey)
assert_type(dg.AssetKey("a").to_user_string(), str)

# --- checks ---------------------------------------------------------------------------------------


@dg.asset_check(asset=bare_asset, blocking=True)
def checked() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True, severity=dg.AssetCheckSeverity.WARN)


assert_type(checked, dg.AssetChecksDefinition)
assert_type(dg.AssetCheckResult(passed=True).passed, bool)

# --- resources and config -------------------------------------------------------------------------


@dg.resource
def bare_resource(context: dg.InitResourceContext) -> int:
    return 1


@dg.resource(config_schema={"a": int})
def resource_with_options(context: dg.InitResourceContext) -> int:
    return 1


@dg.io_manager
def manager(context: dg.InitResourceContext) -> dg.IOManager:
    return dg.InMemoryIOManager()


assert_type(bare_resource, dg.ResourceDefinition)
assert_type(resource_with_options, dg.ResourceDefinition)
assert_type(manager, dg.IOManagerDefinition)
assert_type(Client(url="u").url, str)
assert_type(Settings(limit=1).name, str)

# --- automation -----------------------------------------------------------------------------------


@dg.schedule(job=bare_job, cron_schedule="@daily")
def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    return dg.RunRequest(run_key="k", tags={"a": "b"})


@dg.sensor(job=bare_job, minimum_interval_seconds=5)
def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    assert_type(context.cursor, str | None)
    return dg.SensorResult(run_requests=[dg.RunRequest()], cursor="1")


@dg.run_failure_sensor
def on_failure(context: dg.RunFailureSensorContext) -> None:
    assert_type(context.dagster_run, dg.DagsterRun)


assert_type(daily, dg.ScheduleDefinition)
assert_type(watch, dg.SensorDefinition)

# --- hooks, definitions, instance -----------------------------------------------------------------


@dg.success_hook
def on_success(context: dg.HookContext) -> None:
    assert_type(context.run_id, str)


@dg.failure_hook(required_resource_keys={"slack"})
def on_op_failure(context: dg.HookContext) -> None:
    context.log.error("text")


assert_type(on_success, dg.HookDefinition)
assert_type(on_op_failure, dg.HookDefinition)

defs = dg.Definitions(
    assets=[bare_asset, asset_with_options, several],
    asset_checks=[checked],
    jobs=[bare_job],
    schedules=[daily],
    sensors=[watch],
    resources={"client": Client(url="u")},
)
assert_type(defs.resolve_job_def("bare_job"), dg.JobDefinition)
assert_type(dg.Definitions.merge(defs), dg.Definitions)

with dg.DagsterInstance.ephemeral() as instance:
    assert_type(instance, dg.DagsterInstance)
    assert_type(instance.get_run_by_id("x"), dg.DagsterRun | None)
    assert_type(instance.get_runs()[0], dg.DagsterRun)
    assert_type(instance.get_latest_materialization_event(dg.AssetKey("a")), dg.EventLogEntry | None)

tags: Mapping[str, str] = result.dagster_run.tags
