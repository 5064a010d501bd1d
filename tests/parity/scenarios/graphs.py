"""Graphs: nesting, inputs and outputs of graphs, dependency dictionaries, jobs made of graphs."""

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
def add(a: int, b: int) -> int:
    return a + b


@scenario()
def a_graph_in_a_job(say: Say) -> None:
    @dg.graph
    def twice(number):
        return add_one(add_one(number))

    @dg.job
    def outer():
        add_one(twice(one()))

    result = outer.execute_in_process()
    say("graph", result.output_for_node("twice"))
    say("inside", result.output_for_node("twice.add_one_2"))
    say("after", result.output_for_node("add_one"))
    say("events", stream(result.all_events))


@scenario()
def graphs_three_deep(say: Say) -> None:
    @dg.graph
    def inner(number):
        return add_one(number)

    @dg.graph
    def middle(number):
        return inner.alias("second")(inner.alias("first")(number))

    @dg.job
    def outer():
        middle.alias("m")(one())

    result = outer.execute_in_process()
    say("steps", [each.step_key for each in result.all_events if each.event_type_value == "STEP_START"])
    say("value", result.output_for_node("m"), result.output_for_node("m.first.add_one"))


@scenario()
def named_outputs_of_a_graph(say: Say) -> None:
    @dg.graph(out={"low": dg.GraphOut(description="the low"), "high": dg.GraphOut()})
    def both():
        start = one()
        return {"low": start, "high": add_one(start)}

    @dg.job
    def outer():
        low, high = both()
        add(low, high)

    result = outer.execute_in_process()
    say("add", result.output_for_node("add"))
    say("outputs", sorted(each.name for each in both.output_defs))
    say("job of it", both.to_job().execute_in_process().output_value("high"))


@scenario()
def a_tuple_of_graph_outputs(say: Say) -> None:
    @dg.graph(out={"x": dg.GraphOut(), "y": dg.GraphOut()})
    def pair():
        return one.alias("a")(), add_one(one.alias("b")())

    result = pair.execute_in_process()
    say("values", result.output_value("x"), result.output_value("y"))


@scenario()
def graph_inputs_described(say: Say) -> None:
    @dg.graph(ins={"a": dg.GraphIn(description="the first"), "b": dg.GraphIn()})
    def sums(a, b):
        return add(a, b)

    say("inputs", [(each.name, each.description) for each in sums.input_defs])
    say("value", sums.execute_in_process(input_values={"a": 1, "b": 2}).output_value())


@scenario()
def a_graph_input_used_twice(say: Say) -> None:
    @dg.graph
    def double(number):
        return add(number, number)

    @dg.job
    def outer():
        double(one())

    say("value", outer.execute_in_process().output_for_node("double"))


@scenario()
def a_graph_input_that_nothing_takes(say: Say) -> None:
    def define():
        @dg.graph
        def idle(number):
            one()

        return idle.name

    say.refusal("defining", define, "number")


@scenario()
def dependency_dictionaries(say: Say) -> None:
    graph = dg.GraphDefinition(
        name="by_hand",
        node_defs=[one, add_one, add],
        dependencies={
            "add_one": {"number": dg.DependencyDefinition("one")},
            "add": {"a": dg.DependencyDefinition("one"), "b": dg.DependencyDefinition("add_one", "result")},
        },
    )
    result = graph.to_job().execute_in_process()
    say("value", result.output_for_node("add"))
    say("steps", [each.step_key for each in result.all_events if each.event_type_value == "STEP_START"])


@scenario()
def dependencies_on_aliases(say: Say) -> None:
    graph = dg.GraphDefinition(
        name="aliased",
        node_defs=[one, add_one],
        dependencies={
            dg.NodeInvocation("add_one", alias="first"): {"number": dg.DependencyDefinition("one")},
            dg.NodeInvocation("add_one", alias="second"): {"number": dg.DependencyDefinition("first")},
        },
    )
    say("value", graph.to_job().execute_in_process().output_for_node("second"))


@scenario()
def fan_in_by_dictionary(say: Say) -> None:
    @dg.op
    def total(numbers: list[int]) -> int:
        return sum(numbers)

    graph = dg.GraphDefinition(
        name="fan",
        node_defs=[one, add_one, total],
        dependencies={
            "add_one": {"number": dg.DependencyDefinition("one")},
            "total": {
                "numbers": dg.MultiDependencyDefinition(
                    [dg.DependencyDefinition("one"), dg.DependencyDefinition("add_one")]
                )
            },
        },
    )
    say("value", graph.execute_in_process().output_for_node("total"))


@scenario()
def mappings_by_hand(say: Say) -> None:
    graph = dg.GraphDefinition(
        name="mapped",
        node_defs=[add_one],
        input_mappings=[
            dg.InputMapping(graph_input_name="start", mapped_node_name="add_one", mapped_node_input_name="number")
        ],
        output_mappings=[
            dg.OutputMapping(graph_output_name="end", mapped_node_name="add_one", mapped_node_output_name="result")
        ],
    )
    result = graph.to_job().execute_in_process(input_values={"start": 4})
    say("value", result.output_value("end"))


@scenario()
def a_dependency_on_a_node_that_is_not_there(say: Say) -> None:
    def define():
        return dg.GraphDefinition(
            name="wrong", node_defs=[add_one], dependencies={"add_one": {"number": dg.DependencyDefinition("onne")}}
        )

    say.refusal("unknown node", define, "onne", "add_one")


@scenario()
def a_dependency_of_an_input_that_is_not_there(say: Say) -> None:
    def define():
        return dg.GraphDefinition(
            name="wrong", node_defs=[one, add_one], dependencies={"add_one": {"num": dg.DependencyDefinition("one")}}
        )

    say.refusal("unknown input", define, "num", "add_one")


@scenario()
def a_circle_in_the_dictionary(say: Say) -> None:
    def define():
        graph = dg.GraphDefinition(
            name="circle",
            node_defs=[add_one],
            dependencies={
                dg.NodeInvocation("add_one", "a"): {"number": dg.DependencyDefinition("b")},
                dg.NodeInvocation("add_one", "b"): {"number": dg.DependencyDefinition("a")},
            },
        )
        return graph.name

    say.refusal("circle", define)


@scenario()
def one_graph_two_jobs_with_their_resources(say: Say) -> None:
    @dg.op(required_resource_keys={"where"})
    def tell(context) -> str:
        return context.resources.where

    @dg.graph
    def telling():
        tell()

    for name in ("dev", "prod"):
        resource = dg.ResourceDefinition.hardcoded_resource(name)
        job = telling.to_job(name=f"telling_{name}", resource_defs={"where": resource}, tags={"env": name})
        result = job.execute_in_process()
        say(job.name, result.output_for_node("tell"), result.dagster_run.tags.get("env"))


@scenario()
def config_of_ops_inside_graphs(say: Say) -> None:
    @dg.op(config_schema={"by": int})
    def scale(context, number):
        return number * context.op_config["by"]

    @dg.graph
    def inner(number):
        return scale(number)

    @dg.job
    def outer():
        inner(one())

    config = {"ops": {"inner": {"ops": {"scale": {"config": {"by": 3}}}}}}
    say("value", outer.execute_in_process(run_config=config).output_for_node("inner"))
    say.refusal(
        "at the wrong place",
        lambda: outer.execute_in_process(run_config={"ops": {"scale": {"config": {"by": 3}}}}),
        "scale",
    )


@scenario()
def config_mapping_of_a_graph(say: Say) -> None:
    @dg.op(config_schema={"by": int})
    def scale(context, number):
        return number * context.op_config["by"]

    @dg.config_mapping(config_schema={"strength": int})
    def from_strength(value):
        return {"scale": {"config": {"by": value["strength"] * 10}}}

    @dg.graph(config=from_strength)
    def inner(number):
        return scale(number)

    @dg.job
    def outer():
        inner(one())

    result = outer.execute_in_process(run_config={"ops": {"inner": {"config": {"strength": 2}}}})
    say("value", result.output_for_node("inner"))
    say.refusal(
        "wrong",
        lambda: outer.execute_in_process(run_config={"ops": {"inner": {"config": {"strength": "x"}}}}),
        "strength",
    )


@scenario()
def config_mapping_of_a_job(say: Say) -> None:
    @dg.op(config_schema={"name": str})
    def greet(context) -> str:
        return f"hello {context.op_config['name']}"

    @dg.config_mapping(config_schema={"who": dg.Field(str, default_value="you")})
    def simple(value):
        return {"ops": {"greet": {"config": {"name": value["who"]}}}}

    @dg.job(config=simple)
    def greeting():
        greet()

    say("given", greeting.execute_in_process(run_config={"who": "bell"}).output_for_node("greet"))
    say("default", greeting.execute_in_process().output_for_node("greet"))


@scenario()
def a_config_mapping_that_fails(say: Say) -> None:
    @dg.op(config_schema=int)
    def number(context) -> int:
        return context.op_config

    @dg.config_mapping(config_schema={"n": int})
    def broken(value):
        raise ValueError("no idea")

    @dg.job(config=broken)
    def mapped():
        number()

    say.refusal("raised", lambda: mapped.execute_in_process(run_config={"n": 1}), "no idea")


@scenario()
def configured_ops(say: Say) -> None:
    @dg.op(config_schema={"a": int, "b": int})
    def sums(context) -> int:
        return context.op_config["a"] + context.op_config["b"]

    fixed = sums.configured({"a": 1, "b": 2}, name="fixed")

    @dg.configured(sums, config_schema={"a": int})
    def half(config):
        return {"a": config["a"], "b": 100}

    @dg.job
    def configured_job():
        fixed()
        half()

    result = configured_job.execute_in_process(run_config={"ops": {"half": {"config": {"a": 5}}}})
    say("values", result.output_for_node("fixed"), result.output_for_node("half"))


@scenario()
def config_given_to_the_job(say: Say) -> None:
    @dg.op(config_schema={"n": int})
    def number(context) -> int:
        return context.op_config["n"]

    @dg.job(config={"ops": {"number": {"config": {"n": 3}}}})
    def numbered():
        number()

    say("job's", numbered.execute_in_process().output_for_node("number"))
    say(
        "the run's instead",
        numbered.execute_in_process(run_config={"ops": {"number": {"config": {"n": 9}}}}).output_for_node("number"),
    )


@scenario()
def retry_policy_and_tags_on_nodes(say: Say) -> None:
    tries = []

    @dg.op
    def flaky() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise ValueError("not yet")
        return len(tries)

    @dg.graph
    def wrapped():
        return flaky.with_retry_policy(dg.RetryPolicy(max_retries=3)).tag({"a": "b"})()

    result = wrapped.to_job().execute_in_process()
    say("value", result.output_for_node("flaky"))
    say("events", stream(result.all_events))


@scenario()
def a_graph_called_outside_a_job(say: Say) -> None:
    @dg.graph
    def inner(number):
        return add_one(number)

    say.refusal("calling", lambda: inner(1))


@scenario()
def a_value_instead_of_an_output_in_a_body(say: Say) -> None:
    def define():
        @dg.job
        def wrong():
            add_one(5)

    say.refusal("constant", define, "add_one")


@scenario()
def nodes_of_a_job(say: Say) -> None:
    @dg.graph
    def diamond():
        start = one()
        add(add_one.alias("left")(start), add_one.alias("right")(start))

    job = diamond.to_job()
    say("nodes", sorted(each.name for each in job.nodes))
    say("definitions", sorted(each.definition.name for each in job.nodes))
    say("names", job.name, diamond.name, job.graph.name)
