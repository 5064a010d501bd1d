"""What few projects use: members, forms of calls, and texts that stand for something."""

import dagster as dg
from tests.parity.scenario import Say, scenario


@dg.op
def one():
    return 1


@scenario()
def text_that_stands_for_a_key(say: Say) -> None:
    @dg.asset(key=["p", "b"])
    def b():
        return 1

    say("selection", [key.path for key in dg.AssetSelection.assets("p/b").resolve([b])])
    for text in ("p.b-c/d", "a b", "s3://bucket/k", "a_b", "/a/"):
        say(text, dg.AssetMaterialization(text).asset_key.path, dg.AssetObservation(text).asset_key.path)
    say("list", dg.AssetMaterialization(["a", "b/c"]).asset_key.path)


@scenario()
def none_as_a_context(say: Say) -> None:
    @dg.op
    def logging(context):
        context.log.info("here")
        return type(context).__name__

    @dg.resource(config_schema={"a": dg.Field(int, default_value=1)})
    def sized(context):
        return context.resource_config["a"]

    @dg.sensor(job_name="x")
    def watching(context):
        return dg.SkipReason(f"cursor {context.cursor}")

    @dg.schedule(cron_schedule="@daily", job_name="x")
    def daily(context):
        return dg.SkipReason(type(context).__name__)

    say("op", logging(None), logging(context=None))
    say("resource", sized(None))
    say("sensor", watching(None).skip_message)
    say("schedule", daily(None).skip_message)
    say.refusal("op without", logging)
    say.refusal("sensor without", watching)


@scenario()
def results_of_direct_calls(say: Say) -> None:
    @dg.asset
    def a():
        return dg.MaterializeResult(asset_key="b")

    @dg.multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec("b")])
    def m():
        yield dg.MaterializeResult()

    say.refusal("of another asset", a)
    say.refusal("of none of several", lambda: list(m()))


@scenario()
def configured_with_config(say: Say) -> None:
    @dg.op(config_schema={"v": int})
    def give(context):
        return context.op_config["v"]

    nine = dg.configured(give, name="nine")({"v": 9})

    @dg.job
    def giving():
        nine()

    say("value", giving.execute_in_process().output_for_node("nine"))


@scenario()
def a_mapping_that_configures_managers(say: Say) -> None:
    seen = []

    class Telling(dg.IOManager):
        def handle_output(self, context, obj):
            seen.append(context.config)

        def load_input(self, context):
            return None

    @dg.io_manager(output_config_schema={"t": str})
    def telling(_):
        return Telling()

    @dg.input_manager(input_config_schema={"n": int})
    def number(context):
        return context.config["n"]

    @dg.op(ins={"x": dg.In(input_manager_key="number")}, out=dg.Out(io_manager_key="telling"))
    def through(x):
        seen.append(x)
        return x

    @dg.config_mapping(config_schema={"q": int})
    def both(config):
        return {"through": {"inputs": {"x": {"n": config["q"]}}, "outputs": {"result": {"t": str(config["q"])}}}}

    @dg.graph(config=both)
    def mapped():
        return through()

    @dg.job(resource_defs={"telling": telling, "number": number})
    def j():
        mapped()

    j.execute_in_process(run_config={"ops": {"mapped": {"config": {"q": 4}}}})
    say("seen", seen)


@scenario()
def several_results_and_a_check(say: Say) -> None:
    @dg.multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec("b")], check_specs=[dg.AssetCheckSpec("c", asset="a")])
    def m():
        return (
            dg.MaterializeResult(asset_key="a", check_results=[dg.AssetCheckResult(check_name="c", passed=True)]),
            dg.MaterializeResult(asset_key="b"),
        )

    result = dg.materialize([m])
    say("made", [event.asset_key for event in result.get_asset_materialization_events()])
    say("checked", [(each.check_name, each.passed) for each in result.get_asset_check_evaluations()])


@scenario()
def an_asset_beside_its_own_source(say: Say) -> None:
    @dg.asset
    def a():
        return 1

    say("makes", dg.materialize([a, a.to_source_asset()]).success)


@scenario()
def copies_of_a_job(say: Say) -> None:
    @dg.op(required_resource_keys={"size"})
    def sized(context):
        return context.resources.size

    @dg.job(resource_defs={"size": dg.ResourceDefinition.hardcoded_resource(1)}, metadata={"a": 1})
    def j():
        sized()

    other = j.with_top_level_resources({"size": dg.ResourceDefinition.hardcoded_resource(2)})
    say("resources", other.execute_in_process().output_for_node("sized"))
    say("metadata", j.with_metadata({"b": 2}).metadata["b"].value, "a" in j.with_metadata({"b": 2}).metadata)
    say("executor", j.with_executor_def(dg.in_process_executor).executor_def.name)
    tinted = j.with_logger_defs({"x": dg.colored_console_logger})
    say("loggers", sorted(tinted.loggers), tinted.has_specified_loggers, j.has_specified_loggers)


@scenario()
def what_events_are(say: Say) -> None:
    names = "step_event step_start step_success step_failure step_up_for_retry step_restarted hook_event job_event"
    names += " job_success job_failure run_failure failure engine_event handled_output loaded_input"
    names += " step_materialization asset_observation expectation_result successful_output"

    @dg.op(retry_policy=dg.RetryPolicy(max_retries=1))
    def bad(x):
        raise ValueError("no")

    @dg.success_hook
    def cheer(context):
        pass

    @dg.job(hooks={cheer})
    def j():
        bad(one())

    seen = {}
    for event in j.execute_in_process(raise_on_error=False).all_events:
        if event.event_type_value not in seen and event.event_type_value != "LOGS_CAPTURED":
            what = [name for name in names.split() if getattr(event, f"is_{name}")]
            seen[event.event_type_value] = (what, event.node_name if event.is_step_event else None)
    for kind in sorted(seen):
        say(kind, *seen[kind])
