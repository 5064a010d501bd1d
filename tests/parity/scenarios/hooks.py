"""Hooks: when they are called, in which order, and what their context knows."""

import dagster as dg
from tests.parity.facts import kinds, stream
from tests.parity.scenario import Say, scenario


@dg.op
def fine() -> int:
    return 1


@dg.op
def broken() -> int:
    raise ValueError("no")


def two_hooks(say: Say):
    @dg.success_hook
    def on_success(context: dg.HookContext):
        say("success of", context.op.name)

    @dg.failure_hook
    def on_failure(context: dg.HookContext):
        say("failure of", context.op.name)

    return on_success, on_failure


@scenario()
def hooks_of_a_job(say: Say) -> None:
    on_success, on_failure = two_hooks(say)

    @dg.job(hooks={on_success, on_failure})
    def both():
        fine()
        broken()

    result = both.execute_in_process(raise_on_error=False)
    say("events", sorted(kinds(result.all_events, "HOOK_COMPLETED", "HOOK_SKIPPED")))
    say("steps", kinds(result.all_events, "STEP_SUCCESS", "STEP_FAILURE"))


@scenario()
def hooks_of_a_node(say: Say) -> None:
    on_success, on_failure = two_hooks(say)

    @dg.job
    def both():
        fine.with_hooks({on_success})()
        fine.alias("without")()

    result = both.execute_in_process()
    say("events", kinds(result.all_events, "HOOK_COMPLETED"))
    del on_failure


@scenario()
def hooks_of_job_and_node_at_once(say: Say) -> None:
    called = []
    first = dg.success_hook(name="first")(lambda context: called.append(f"first {context.op.name}"))
    second = dg.success_hook(name="second")(lambda context: called.append(f"second {context.op.name}"))

    @dg.job(hooks={first})
    def both():
        fine.with_hooks({first})()
        fine.alias("other").with_hooks({second})()

    both.execute_in_process()
    say("called", sorted(called))


@scenario()
def hooks_given_to_a_job_later(say: Say) -> None:
    on_success, _ = two_hooks(say)

    @dg.job
    def plain():
        fine()

    hooked = plain.with_hooks({on_success})
    say("hooked", kinds(hooked.execute_in_process().all_events, "HOOK_COMPLETED"))
    say("plain", kinds(plain.execute_in_process().all_events, "HOOK_COMPLETED"))


@scenario()
def hooks_of_a_graph(say: Say) -> None:
    on_success, _ = two_hooks(say)

    @dg.graph
    def inner():
        fine()
        fine.alias("more")()

    @dg.job
    def outer():
        inner.with_hooks({on_success})()
        fine.alias("outside")()

    say("events", sorted(kinds(outer.execute_in_process().all_events, "HOOK_COMPLETED")))


@scenario()
def the_context_of_a_hook(say: Say) -> None:
    @dg.failure_hook(required_resource_keys={"slack"})
    def tell(context: dg.HookContext):
        say("names", context.hook_def.name, context.job_name, context.step_key, context.op.name)
        say("run", len(context.run_id) > 10, context.op_config, sorted(context.required_resource_keys))
        say("error", type(context.op_exception).__name__, str(context.op_exception))
        say("resource", context.resources.slack)
        say("outputs", context.op_output_values, hasattr(context.log, "info"))

    @dg.op(config_schema={"n": int})
    def fails(context):
        raise KeyError("x")

    @dg.job(hooks={tell}, resource_defs={"slack": dg.ResourceDefinition.hardcoded_resource("s")})
    def telling():
        fails()

    telling.execute_in_process(run_config={"ops": {"fails": {"config": {"n": 1}}}}, raise_on_error=False)


@scenario()
def outputs_a_hook_sees(say: Say) -> None:
    @dg.success_hook
    def look(context: dg.HookContext):
        say("outputs", context.op_output_values)
        say("metadata", {name: sorted(each) for name, each in (context.op_output_metadata or {}).items()})
        say("no error", context.op_exception)

    @dg.op(out={"a": dg.Out(), "b": dg.Out()})
    def gives():
        yield dg.Output(1, "a", metadata={"m": 1})
        yield dg.Output("x", "b")

    @dg.job(hooks={look})
    def looking():
        gives()

    looking.execute_in_process()


@scenario()
def a_hook_that_fails(say: Say) -> None:
    @dg.success_hook
    def clumsy(_):
        raise ValueError("dropped it")

    @dg.job(hooks={clumsy})
    def hooked():
        fine()

    result = hooked.execute_in_process(raise_on_error=False)
    say("success", result.success)
    say("events", stream(result.all_events))


@scenario()
def hooks_of_assets(say: Say) -> None:
    on_success, on_failure = two_hooks(say)

    @dg.asset
    def good():
        return 1

    @dg.asset(hooks={on_failure})
    def bad(good):
        raise ValueError("no")

    defs = dg.Definitions(assets=[good, bad], jobs=[dg.define_asset_job("both", hooks={on_success})])
    result = defs.resolve_job_def("both").execute_in_process(raise_on_error=False)
    say("events", kinds(result.all_events, "HOOK_COMPLETED"))


@scenario()
def a_failure_hook_after_retries(say: Say) -> None:
    _, on_failure = two_hooks(say)

    @dg.op(retry_policy=dg.RetryPolicy(max_retries=1))
    def fails():
        raise ValueError("no")

    @dg.job(hooks={on_failure})
    def failing():
        fails()

    result = failing.execute_in_process(raise_on_error=False)
    say("events", stream(result.all_events))


@scenario()
def hooks_called_directly(say: Say) -> None:
    @dg.success_hook(required_resource_keys={"r"})
    def look(context):
        say("called", context.resources.r, context.op.name, context.run_id)

    @dg.failure_hook
    def fails(context):
        say("error", str(context.op_exception))

    look(dg.build_hook_context(resources={"r": 5}, op=fine, run_id="run"))
    fails(dg.build_hook_context(op_exception=ValueError("v")))
    say("name", look.name, sorted(look.required_resource_keys))
    say.refusal("missing resource", lambda: look(dg.build_hook_context()), "r")


@scenario()
def names_and_decorated_functions(say: Say) -> None:
    @dg.success_hook(name="named")
    def first(_):
        """Not shown."""

    say("name", first.name)
    say("function", first.decorated_fn.__name__)


@scenario()
def a_hook_without_its_resource(say: Say) -> None:
    @dg.success_hook(required_resource_keys={"absent"})
    def look(_):
        pass

    def run():
        @dg.job(hooks={look})
        def hooked():
            fine()

        return hooked.execute_in_process().success

    say.refusal("defining", run, "absent", "look")
