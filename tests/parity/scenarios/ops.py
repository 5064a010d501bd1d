"""Ops and jobs: outputs, inputs, fan-in, aliases, tags, parts of a job."""

import dagster as dg
from tests.parity.facts import stream
from tests.parity.scenario import Say, scenario


@dg.op
def one() -> int:
    return 1


@dg.op
def add_one(number: int) -> int:
    return number + 1


@dg.op
def total(numbers: list[int]) -> int:
    return sum(numbers)


@scenario()
def a_chain_of_ops(say: Say) -> None:
    @dg.job
    def chain():
        add_one(add_one(one()))

    result = chain.execute_in_process()
    say("success", result.success)
    say("last", result.output_for_node("add_one_2"))
    say("events", stream(result.all_events))


@scenario()
def named_outputs_of_one_op(say: Say) -> None:
    @dg.op(out={"left": dg.Out(int), "right": dg.Out(str, description="the right one")})
    def split():
        return 1, "r"

    @dg.job
    def both():
        left, right = split()
        add_one(left)
        dg.op(name="shout")(lambda text: text.upper())(right)

    result = both.execute_in_process()
    say("left", result.output_for_node("split", "left"))
    say("shout", result.output_for_node("shout"))
    say("events", stream(result.all_events))


@scenario()
def a_tuple_annotation_does_not_make_outputs(say: Say) -> None:
    @dg.op
    def pair() -> tuple[int, str]:
        return 1, "a"

    @dg.job
    def only():
        pair()

    say("outputs", [each.name for each in pair.output_defs])
    say("value", only.execute_in_process().output_for_node("pair"))


@scenario()
def outputs_yielded_by_a_generator(say: Say) -> None:
    @dg.op(out={"a": dg.Out(), "b": dg.Out()})
    def gives():
        yield dg.Output(2, "b", metadata={"size": 3})
        yield dg.AssetMaterialization("seen")
        yield dg.Output(1, "a")

    @dg.job
    def gives_job():
        gives()

    result = gives_job.execute_in_process()
    say("events", stream(result.all_events))
    say("values", result.output_for_node("gives", "a"), result.output_for_node("gives", "b"))


@scenario()
def an_optional_output_that_is_not_given_skips_what_needs_it(say: Say) -> None:
    @dg.op(out={"taken": dg.Out(is_required=False), "left": dg.Out(is_required=False)})
    def choose():
        yield dg.Output(1, "taken")

    @dg.op
    def after(number):
        return number

    @dg.job
    def choice():
        taken, left = choose()
        after.alias("for_taken")(taken)
        after.alias("after_left")(after.alias("for_left")(left))

    result = choice.execute_in_process()
    say("success", result.success)
    say("events", stream(result.all_events))


@scenario()
def a_required_output_that_is_not_given_fails_the_step(say: Say) -> None:
    @dg.op(out={"a": dg.Out(), "b": dg.Out()})
    def half():
        yield dg.Output(1, "a")

    @dg.job
    def half_job():
        half()

    result = half_job.execute_in_process(raise_on_error=False)
    say("events", stream(result.all_events))
    say.refusal("raised", half_job.execute_in_process, "b")


@scenario()
def an_output_nobody_declared_fails_the_step(say: Say) -> None:
    @dg.op
    def stray():
        yield dg.Output(1, "elsewhere")

    @dg.job
    def stray_job():
        stray()

    say.refusal("raised", stray_job.execute_in_process, "elsewhere")


@scenario()
def the_same_output_twice_fails_the_step(say: Say) -> None:
    @dg.op
    def twice():
        yield dg.Output(1)
        yield dg.Output(2)

    @dg.job
    def twice_job():
        twice()

    say.refusal("raised", twice_job.execute_in_process, "result")


@scenario()
def nothing_orders_without_a_value(say: Say) -> None:
    seen: list[str] = []

    @dg.op(out=dg.Out(dg.Nothing))
    def first():
        seen.append("first")

    @dg.op(ins={"start": dg.In(dg.Nothing)})
    def second() -> int:
        seen.append("second")
        return 2

    @dg.job
    def ordered():
        second(first())

    result = ordered.execute_in_process()
    say("seen", seen)
    say("second", result.output_for_node("second"))
    say("events", stream(result.all_events))


@scenario()
def several_nothings_into_one_input(say: Say) -> None:
    @dg.op(out=dg.Out(dg.Nothing))
    def start():
        pass

    @dg.op(ins={"after": dg.In(dg.Nothing)})
    def done() -> str:
        return "done"

    @dg.job
    def many():
        done([start.alias("a")(), start.alias("b")()])

    say("done", many.execute_in_process().output_for_node("done"))


@scenario()
def fan_in_keeps_the_order_of_the_list(say: Say) -> None:
    @dg.op
    def number(context) -> int:
        return int(context.op_handle.name[1:])

    @dg.op
    def listed(numbers: list[int]) -> list[int]:
        return numbers

    @dg.job
    def gather():
        listed([number.alias(f"n{each}")() for each in (3, 1, 2)])

    say("listed", gather.execute_in_process().output_for_node("listed"))


@scenario()
def fan_in_leaves_out_what_was_skipped(say: Say) -> None:
    @dg.op(out=dg.Out(is_required=False))
    def maybe(context):
        if context.op_handle.name == "yes":
            yield dg.Output(1)

    @dg.op
    def count(values: list) -> int:
        return len(values)

    @dg.job
    def gather():
        count([maybe.alias("yes")(), maybe.alias("no")()])

    result = gather.execute_in_process()
    say("count", result.output_for_node("count"))
    say("events", stream(result.all_events))


@scenario()
def aliases_and_tags_of_nodes(say: Say) -> None:
    @dg.op(tags={"kind": "op", "shared": "op"})
    def tagged(context) -> dict:
        return dict(context.op_def.tags)

    @dg.job(tags={"team": "a"})
    def two():
        tagged.alias("first")()
        tagged.tag({"shared": "node", "more": "yes"}).alias("second")()

    result = two.execute_in_process(tags={"extra": "1"})
    say("run tags", {name: value for name, value in sorted(result.dagster_run.tags.items()) if "/" not in name})
    say("node tags", {node.name: node.tags.get("more") for node in two.nodes})
    say("op sees", result.output_for_node("second"))


@scenario()
def the_same_op_twice_gets_numbered_names(say: Say) -> None:
    @dg.job
    def twice():
        one()
        one()
        one()

    say("nodes", sorted(node.name for node in twice.nodes))


@scenario()
def an_alias_used_twice_is_refused(say: Say) -> None:
    def define():
        @dg.job
        def twice():
            one.alias("same")()
            one.alias("same")()

    say.refusal("defining", define, "same")


@scenario()
def op_selection_forms(say: Say) -> None:
    @dg.job
    def diamond():
        start = one()
        total([add_one.alias("left")(start), add_one.alias("right")(start)])

    for selection in (["one"], ["*left"], ["left*"], ["+total"], ["one+"], ["++total"], ["*"], ["left", "right"]):
        try:
            result = diamond.execute_in_process(op_selection=selection, run_config={}, raise_on_error=False)
            ran = [each.step_key for each in result.all_events if each.event_type_value == "STEP_START"]
            say(str(selection), sorted(ran))
        except dg.DagsterError as error:
            say(str(selection), type(error))


@scenario()
def op_selection_that_matches_nothing(say: Say) -> None:
    @dg.job
    def small():
        add_one(one())

    say.refusal("unknown", lambda: small.execute_in_process(op_selection=["missing"]), "missing")


@scenario()
def inputs_given_in_run_config(say: Say) -> None:
    @dg.job
    def needs():
        add_one()

    config = {"ops": {"add_one": {"inputs": {"number": {"value": 4}}}}}
    say("value", needs.execute_in_process(run_config=config).output_for_node("add_one"))
    say("short", needs.execute_in_process(run_config={"ops": {"add_one": {"inputs": {"number": 7}}}}).success)
    say.refusal("none", needs.execute_in_process, "number", "add_one")


@scenario()
def input_values_of_a_job(say: Say) -> None:
    @dg.graph
    def takes(number):
        return add_one(number)

    job = takes.to_job(input_values={"number": 10})
    say("default", job.execute_in_process().output_value())
    say("given", takes.to_job().execute_in_process(input_values={"number": 20}).output_value())
    say("over the default", job.execute_in_process(input_values={"number": 30}).output_value())


@scenario()
def default_values_of_inputs(say: Say) -> None:
    @dg.op(ins={"b": dg.In(int, default_value=5)})
    def add(a: int = 2, b: int = 3) -> int:
        return a + b

    @dg.job
    def defaults():
        add()

    say("value", defaults.execute_in_process().output_for_node("add"))
    say("inputs", {each.name: each.has_default_value for each in add.input_defs})


@scenario()
def an_op_as_it_describes_itself(say: Say) -> None:
    @dg.op(
        name="described",
        description="An op.",
        ins={"a": dg.In(int, description="a number")},
        out={"x": dg.Out(str, description="text", metadata={"k": "v"}, code_version="3")},
        required_resource_keys={"db"},
        config_schema={"limit": int},
        tags={"t": "1"},
        code_version="7",
    )
    def anything(context, a):
        """Not used."""

    say("name", anything.name, anything.description, anything.version)
    say("inputs", [(each.name, each.dagster_type.display_name, each.description) for each in anything.input_defs])
    say("outputs", [(each.name, each.dagster_type.display_name, each.description) for each in anything.output_defs])
    say("output metadata", dict(anything.output_def_named("x").metadata), anything.output_def_named("x").code_version)
    say("resources", anything.required_resource_keys)
    say("tags", anything.tags)


@scenario()
def docstrings_describe(say: Say) -> None:
    @dg.op
    def documented(number):
        """Adds one.

        More about it.
        """
        return number

    @dg.job
    def documented_job():
        """A job."""
        documented()

    say("op", documented.description)
    say("job", documented_job.description)


@scenario()
def an_async_op(say: Say) -> None:
    @dg.op
    async def later() -> int:
        return 5

    @dg.op(out={"a": dg.Out(), "b": dg.Out()})
    async def parts():
        yield dg.Output(1, "a")
        yield dg.Output(2, "b")

    @dg.job
    def waits():
        later()
        parts()

    result = waits.execute_in_process()
    say("values", result.output_for_node("later"), result.output_for_node("parts", "b"))


@scenario()
def a_job_without_ops(say: Say) -> None:
    @dg.job
    def empty():
        pass

    result = empty.execute_in_process()
    say("events", stream(result.all_events))


@scenario()
def returning_too_few_values(say: Say) -> None:
    @dg.op(out={"a": dg.Out(), "b": dg.Out()})
    def short():
        return (1,)

    @dg.job
    def short_job():
        short()

    say.refusal("raised", short_job.execute_in_process)


@scenario()
def returned_outputs_with_metadata(say: Say) -> None:
    @dg.op(out={"a": dg.Out(), "b": dg.Out()})
    def both():
        return dg.Output(1, "a", metadata={"n": 1}), dg.Output(2, "b")

    @dg.job
    def both_job():
        both()

    result = both_job.execute_in_process()
    outputs = [each for each in result.all_events if each.event_type_value == "STEP_OUTPUT"]
    say(
        "outputs",
        [(each.event_specific_data.output_name, sorted(each.event_specific_data.metadata)) for each in outputs],
    )
