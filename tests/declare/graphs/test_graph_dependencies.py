"""Graphs put together of lists of ops and dicts of dependencies."""

from typing import Any

import pytest

from watchbell.declare.graphs.dependency import (
    DependencyDefinition,
    DynamicCollectDependencyDefinition,
    InputMapping,
    MappedInputPlaceholder,
    MultiDependencyDefinition,
    NodeInvocation,
    OutputMapping,
)
from watchbell.declare.graphs.dynamic_output import DynamicOut, DynamicOutput
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.hook import success_hook
from watchbell.declare.job import job
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import DagsterInvalidDefinitionError

One = DependencyDefinition


@op
def one() -> int:
    return 1


@op
def inc(number: int) -> int:
    return number + 1


@op
def add(left: int, right: int) -> int:
    return left + right


@op
def listed(all: Any) -> Any:
    return list(all)


@op(out=DynamicOut(int))
def split() -> Any:
    yield DynamicOutput(10, "a")
    yield DynamicOutput(20, "b")


def test_inputs_take_what_the_dependencies_say() -> None:
    made = GraphDefinition(
        name="sums",
        node_defs=[one, inc, add],
        dependencies={"inc": {"number": One("one")}, "add": {"left": One("inc"), "right": One("one", "result")}},
        description="one and two",
        tags={"team": "x"},
    )

    result = made.execute_in_process()

    assert result.output_for_node("add") == 3
    assert (made.description, made.tags) == ("one and two", {"team": "x"})


def test_an_op_is_used_several_times_under_aliases() -> None:
    policy = RetryPolicy(max_retries=2)

    @success_hook
    def cheer(context: Any) -> None: ...

    made = GraphDefinition(
        "chain",
        node_defs=[one, inc],
        dependencies={
            NodeInvocation("inc", alias="first", tags={"at": "1"}, hook_defs={cheer}): {"number": One("one")},
            NodeInvocation("inc", alias="second", retry_policy=policy): {"number": One("first")},
        },
    )

    assert made.execute_in_process().output_for_node("second") == 3
    assert list(made.nodes) == ["one", "first", "second"]
    assert (made.nodes["first"].tags, made.nodes["first"].hooks) == ({"at": "1"}, {cheer})
    assert made.nodes["second"].retry_policy is policy


def test_a_list_holds_outputs_and_inputs_of_the_graph_in_their_places() -> None:
    made = GraphDefinition(
        "lists",
        node_defs=[one, inc, listed],
        dependencies={
            "inc": {"number": One("one")},
            "listed": {"all": MultiDependencyDefinition([One("one"), MappedInputPlaceholder, One("inc")])},
        },
        input_mappings=[
            InputMapping(
                graph_input_name="given", mapped_node_name="listed", mapped_node_input_name="all", fan_in_index=1
            )
        ],
        output_mappings=[OutputMapping("whole", "listed", "result", "all of it")],
    )

    assert made.execute_in_process(input_values={"given": 9}).output_value("whole") == [1, 9, 2]
    assert made.output_defs[0].description == "all of it"


def test_an_input_of_the_graph_goes_to_several_nodes_and_the_graph_into_a_job() -> None:
    made = GraphDefinition(
        "both",
        node_defs=[inc, add],
        dependencies={"add": {"left": One("inc")}},
        input_mappings=[
            InputMapping(graph_input_name="n", mapped_node_name="inc", mapped_node_input_name="number"),
            InputMapping(graph_input_name="n", mapped_node_name="add", mapped_node_input_name="right"),
        ],
        output_mappings=[OutputMapping("sum", "add", "result")],
    )

    @job
    def whole() -> None:
        inc.alias("after")(made(one()))

    result = whole.execute_in_process()

    assert (result.output_for_node("both", "sum"), result.output_for_node("after")) == (3, 4)


def test_dynamic_outputs_are_mapped_by_taking_them_and_collected_by_name() -> None:
    made = GraphDefinition(
        "parts",
        node_defs=[split, inc, listed],
        dependencies={
            "inc": {"number": One("split")},
            "listed": {"all": DynamicCollectDependencyDefinition("inc")},
        },
    )

    result = made.execute_in_process()

    assert result.output_for_node("inc") == {"a": 11, "b": 21}
    assert result.output_for_node("listed") == [11, 21]


def test_what_was_composed_can_be_read_as_dependencies_and_put_together_again() -> None:
    @graph
    def composed() -> Any:
        first = one()
        listed([inc(first), first])
        return listed.alias("parts")(split().map(inc.alias("each")).collect())

    again = GraphDefinition("again", node_defs=composed.node_defs, dependencies=composed.dependencies)
    result = again.execute_in_process()

    assert again.dependencies == composed.dependencies
    assert (result.output_for_node("listed"), result.output_for_node("parts")) == ([2, 1], [11, 21])


PLACED = {"mapped_node_name": "inc", "mapped_node_input_name": "number"}


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"dependencies": {"inc": {"number": One("on")}}}, "depends on 'on', which is no node of it.*'one'"),
        ({"dependencies": {"inc": {"numbr": One("one")}}}, "'inc' has no input 'numbr'.*'number'"),
        ({"dependencies": {"ink": {"number": One("one")}}}, "name 'ink', which is not among node_defs.*'inc'"),
        ({"dependencies": {"inc": {"number": One("one", "resul")}}}, "'one', which has none of that name.*'result'"),
        ({"dependencies": {"inc": {"number": "one"}}}, "expected a DependencyDefinition or a MultiDependency"),
        (
            {"dependencies": {NodeInvocation("inc", "one"): {}, NodeInvocation("one"): {}}},
            "two nodes are called 'one'",
        ),
        ({"node_defs": [one, 5]}, "node_defs has 5; expected ops and graphs"),
        ({"node_defs": [one, op(name="one")(lambda: 1)]}, "two different node_defs are called 'one'"),
        ({"input_mappings": [InputMapping(graph_input_name="n", **{**PLACED, "mapped_node_name": "x"})]}, "no node"),
        (
            {
                "input_mappings": [InputMapping(graph_input_name="n", **PLACED)],
                "dependencies": {"inc": {"number": One("one")}},
            },
            "takes both the graph's input 'n' and something else",
        ),
        (
            {"input_mappings": [InputMapping(graph_input_name="n", fan_in_index=0, **PLACED)]},
            "is no MappedInputPlaceholder",
        ),
        (
            {"dependencies": {"inc": {"number": MultiDependencyDefinition([MappedInputPlaceholder])}}},
            "no InputMapping with that fan_in_index fills it",
        ),
        ({"output_mappings": [OutputMapping("out", "inc", "x")]}, "none of that name"),
        ({"output_mappings": [OutputMapping("out", "x", "result")]}, "has no node 'x'"),
    ],
)
def test_what_is_not_there_is_named(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=message):
        GraphDefinition("g", **{"node_defs": [one, inc], **parts})
