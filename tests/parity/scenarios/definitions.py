"""Definitions: what is collected, resolved, merged, refused; results, direct calls, schedules and sensors."""

from datetime import datetime

import dagster as dg
from tests.parity.facts import stream
from tests.parity.scenario import Say, scenario


@dg.asset
def raw() -> int:
    return 1


@dg.asset
def below(raw: int) -> int:
    return raw + 1


@dg.op
def one() -> int:
    return 1


@dg.job
def small():
    one()


@scenario()
def resolving_jobs(say: Say) -> None:
    defs = dg.Definitions(
        assets=[raw, below], jobs=[small, dg.define_asset_job("asset_job", tags={"a": "b"}, description="d")]
    )
    say("small", defs.resolve_job_def("small").name, defs.get_job_def("small").name)
    say("asset job", defs.resolve_job_def("asset_job").description, defs.resolve_job_def("asset_job").tags.get("a"))
    say("implicit", defs.resolve_implicit_global_asset_job_def().name)
    say.refusal("unknown", lambda: defs.resolve_job_def("smal"), "smal")


@scenario()
def merging(say: Say) -> None:
    first = dg.Definitions(assets=[raw], resources={"a": 1}, jobs=[small])
    second = dg.Definitions(assets=[below], resources={"b": 2})
    merged = dg.Definitions.merge(first, second)
    say("keys", sorted(key.to_user_string() for key in merged.resolve_asset_graph().get_all_asset_keys()))
    say("resources", sorted(merged.resources), len(list(merged.jobs)))
    say("same resource", sorted(dg.Definitions.merge(first, dg.Definitions(resources={"a": 1})).resources))
    say.refusal("other resource", lambda: dg.Definitions.merge(first, dg.Definitions(resources={"a": 2})), "a")


@scenario()
def mistakes_in_definitions(say: Say) -> None:
    other = dg.GraphDefinition(name="small", node_defs=[one]).to_job()
    say.refusal("two jobs", lambda: dg.Definitions.validate_loadable(dg.Definitions(jobs=[small, other])), "small")
    loose = dg.ScheduleDefinition(name="s", cron_schedule="@daily", job_name="nowhere")
    say.refusal(
        "schedule of an unknown job",
        lambda: dg.Definitions.validate_loadable(dg.Definitions(schedules=[loose])),
        "nowhere",
    )
    say.refusal("names", lambda: dg.job(name="a b")(lambda: None), "a b")
    say.refusal("asset names", lambda: dg.asset(name="a/b")(lambda: None), "a/b")
    say.refusal("groups", lambda: dg.asset(name="x", group_name="a b")(lambda: None), "a b")
    say.refusal("not a definition", lambda: dg.Definitions(assets=[5]))
    say.refusal("tags", lambda: dg.job(name="t", tags={"": "x"})(lambda: None))


@scenario()
def asset_specs_of_definitions(say: Say) -> None:
    defs = dg.Definitions(assets=[raw, below, dg.AssetSpec("outside", group_name="g")])
    say("specs", sorted(each.key.to_user_string() for each in defs.resolve_all_asset_specs()))
    mapped = defs.map_asset_specs(func=lambda spec: spec.replace_attributes(group_name="new"))
    say("mapped", {each.key.to_user_string(): each.group_name for each in mapped.resolve_all_asset_specs()})
    say("assets def", defs.resolve_assets_def("below").key)


@scenario()
def resources_of_definitions(say: Say) -> None:
    class Client(dg.ConfigurableResource):
        url: str

    @dg.asset
    def uses(client: Client):
        return client.url

    defs = dg.Definitions(assets=[uses], resources={"client": Client(url="u")})
    say("value", defs.resolve_implicit_global_asset_job_def().execute_in_process().asset_value("uses"))
    say.refusal("missing", lambda: dg.Definitions.validate_loadable(dg.Definitions(assets=[uses])), "client")


@scenario()
def executors_and_loggers_of_definitions(say: Say) -> None:
    seen = []

    @dg.logger(config_schema={"level": dg.Field(str, default_value="INFO")})
    def own(context):
        import logging

        seen.append(context.logger_config["level"])
        return logging.getLogger("parity_own")

    defs = dg.Definitions(
        jobs=[dg.JobDefinition.with_hooks(small, set()) and small],
        executor=dg.in_process_executor,
        loggers={"own": own},
    )
    result = defs.resolve_job_def("small").execute_in_process(
        run_config={"loggers": {"own": {"config": {"level": "DEBUG"}}}}
    )
    say("success", result.success, set(seen))


@scenario()
def the_definitions_decorator(say: Say) -> None:
    @dg.definitions
    def defs():
        return dg.Definitions(assets=[raw])

    made = defs() if callable(defs) else defs
    say("keys", sorted(key.to_user_string() for key in made.resolve_asset_graph().get_all_asset_keys()))


@scenario()
def a_repository(say: Say) -> None:
    @dg.repository
    def repo():
        return [small, raw, dg.define_asset_job("all_assets")]

    say("name", repo.name)
    say("jobs", sorted(repo.job_names if hasattr(repo, "job_names") else [each.name for each in repo.get_all_jobs()]))
    say("job", repo.get_job("small").name, repo.has_job("nope"))


@scenario()
def results_of_a_run(say: Say) -> None:
    result = small.execute_in_process()
    say("parts", result.success, result.job_def.name, result.dagster_run.status, len(result.run_id))
    say("node events", stream(result.events_for_node("one")))
    say("step success", [each.step_key for each in result.get_step_success_events()])
    say.refusal("unknown node", lambda: result.output_for_node("nope"), "nope")
    say.refusal("unknown output", lambda: result.output_for_node("one", "nope"), "nope")
    say("filtered", len(result.filter_events(lambda each: each.event_type_value == "STEP_START")))
    say("materializations", result.asset_materializations_for_node("one"))


@scenario()
def results_of_assets(say: Say) -> None:
    result = dg.materialize([raw, below])
    say("value", result.asset_value("below"), result.asset_value(dg.AssetKey("raw")), result.output_for_node("raw"))
    say(
        "events",
        len(result.get_asset_materialization_events()),
        result.get_asset_observation_events(),
        result.get_asset_check_evaluations(),
    )
    say("node", [each.asset_key for each in result.asset_materializations_for_node("raw")])


@scenario()
def direct_calls_of_ops_and_assets(say: Say) -> None:
    class Client(dg.ConfigurableResource):
        url: str

    class Settings(dg.Config):
        n: int = 2

    @dg.op
    def uses(context, number: int, config: Settings, client: Client):
        return [number, config.n, client.url, context.op_config]

    context = dg.build_op_context(resources={"client": Client(url="u")}, config={"n": 5})
    say("op", uses(context, 1))
    say("asset", raw(), below(4), below(raw=5))

    @dg.asset
    def with_all(context: dg.AssetExecutionContext, config: Settings, client: Client):
        return [context.asset_key, config.n, client.url]

    say("given", with_all(dg.build_asset_context(), Settings(n=3), Client(url="v")))
    say.refusal("too few", below, "raw")
    say.refusal("no context", with_all, "context")


@scenario()
def direct_calls_that_yield(say: Say) -> None:
    @dg.op(out={"a": dg.Out(), "b": dg.Out()})
    def gives(context):
        yield dg.AssetMaterialization("x")
        yield dg.Output(1, "a")
        yield dg.Output(2, "b")

    say("kinds", [type(each).__name__ for each in gives(dg.build_op_context())])

    @dg.op
    def logs(context):
        context.log_event(dg.AssetMaterialization("y"))
        context.add_output_metadata({"n": 1})
        return 1

    context = dg.build_op_context()
    say(
        "value",
        logs(context),
        [type(each).__name__ for each in context.get_events()],
        dict(context.get_output_metadata("result")),
    )


@scenario(differs="A context built for a direct call, with a resource that has a teardown, used outside of `with`")
def contexts_as_context_managers(say: Say) -> None:
    over = False

    @dg.resource
    def opened(_):
        say("open")
        yield 1
        if not over:
            say("close")

    @dg.op(required_resource_keys={"opened"})
    def uses(context):
        return context.resources.opened

    with dg.build_op_context(resources={"opened": opened}) as context:
        say("value", uses(context))
    outside = dg.build_op_context(resources={"opened": opened})
    say.refusal("outside", lambda: uses(outside))
    over = True  # a context that is dropped later says nothing any more


@scenario()
def schedules_evaluated(say: Say) -> None:
    @dg.schedule(job=small, cron_schedule="0 6 * * *", execution_timezone="Europe/Berlin", tags={"s": "1"})
    def daily(context):
        when = context.scheduled_execution_time
        if when.day == 2:
            return dg.SkipReason("not today")
        if when.day == 3:
            return [dg.RunRequest(run_key="a"), dg.RunRequest(run_key="b", tags={"x": "y"})]
        return dg.RunRequest(run_key=when.strftime("%Y-%m-%d"), run_config={"ops": {}})

    say("schedule", daily.name, daily.cron_schedule, daily.execution_timezone, daily.job_name)
    for day in (1, 2, 3):
        context = dg.build_schedule_context(
            scheduled_execution_time=datetime(2024, 5, day, 6), instance=dg.DagsterInstance.get()
        )
        data = daily.evaluate_tick(context)
        say(
            str(day),
            [(each.run_key, {k: v for k, v in each.tags.items() if "/" not in k}) for each in data.run_requests or []],
            data.skip_message,
        )
    basic = dg.ScheduleDefinition(job=small, cron_schedule="@hourly")
    say("plain", basic.name, basic.cron_schedule, basic.default_status)


@scenario()
def sensors_evaluated(say: Say) -> None:
    @dg.sensor(job=small, minimum_interval_seconds=5)
    def watch(context):
        seen = int(context.cursor or 0)
        context.update_cursor(str(seen + 1))
        if seen == 0:
            return dg.SkipReason("nothing")
        return (
            dg.SensorResult(run_requests=[dg.RunRequest(run_key=str(seen))], cursor=None)
            if seen > 5
            else dg.RunRequest(run_key=str(seen))
        )

    for cursor in (None, "1"):
        context = dg.build_sensor_context(cursor=cursor, instance=dg.DagsterInstance.get())
        data = watch.evaluate_tick(context)
        say(str(cursor), [each.run_key for each in data.run_requests or []], data.skip_message, data.cursor)
    say("sensor", watch.name, watch.minimum_interval_seconds, watch.job_name)

    @dg.sensor(job=small)
    def results(context):
        return dg.SensorResult(run_requests=[dg.RunRequest("k")], cursor="new")

    data = results.evaluate_tick(dg.build_sensor_context(instance=dg.DagsterInstance.get()))
    say("result", [each.run_key for each in data.run_requests], data.cursor)


@scenario()
def own_executors(say: Say) -> None:
    @dg.executor(name="own", config_schema={"n": dg.Field(int, default_value=1)})
    def own(context):
        say("made", context.executor_config["n"], context.job.job_name if hasattr(context.job, "job_name") else "?")
        return dg.in_process_executor.executor_creation_fn(context)

    @dg.job(executor_def=own)
    def owned():
        one()

    say(
        "names",
        own.name,
        dg.in_process_executor.name,
        dg.multiprocess_executor.name,
        dg.multi_or_in_process_executor.name,
    )
    say("job", owned.executor_def.name, owned.execute_in_process().success)
    limited = dg.multiprocess_executor.configured(
        {"max_concurrent": 2, "tag_concurrency_limits": [{"key": "k", "limit": 1}]}
    )
    say("configured", limited.name)


@scenario()
def loading_assets_of_modules(say: Say) -> None:
    import sys
    import types

    module = types.ModuleType("parity_module")
    module.raw, module.below, module.small = raw, below, small
    sys.modules["parity_module"] = module
    say("assets", sorted(each.key.to_user_string() for each in dg.load_assets_from_modules([module])))
    prefixed = dg.load_assets_from_modules([module], key_prefix="p", group_name="g")
    say(
        "prefixed",
        sorted((each.key.to_user_string(), next(iter(each.group_names_by_key.values()))) for each in prefixed),
    )
    say("definitions", sorted(each.name for each in dg.load_definitions_from_module(module).jobs))
