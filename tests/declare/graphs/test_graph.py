"""Graphs: order, cycles, nested graphs dissolved."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.graphs.compose import Node
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.handles import GraphInput, OutputHandle
from watchbell.declare.graphs.op import op
from watchbell.declare.job import job
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError


@op
def one() -> int:
    return 1


@op(tags={"own": "op"})
def inc(a: Any) -> Any:
    return a + 1


@op
def total(a: Any) -> Any:
    return a


def node(name: str) -> Node:
    return Node(name, inc)


def out(name: str) -> tuple[OutputHandle, ...]:
    return (OutputHandle(name, "result"),)


def test_a_cycle_is_refused_with_its_nodes() -> None:
    nodes = {name: node(name) for name in ("a", "b", "c")}
    sources = {("a", "a"): out("b"), ("b", "a"): out("a"), ("c", "a"): out("b")}

    with pytest.raises(DagsterInvalidDefinitionError, match="graph 'g' has a cycle: a, b, c"):
        GraphDefinition("g", nodes, sources)


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ({("b", "a"): out("aa")}, "has no node 'aa'; did you mean 'a'"),
        ({("b", "x"): out("a")}, "node 'b' has no input 'x'"),
        ({("b", "a"): (OutputHandle("a", "resul"),)}, "did you mean 'result'"),
        ({("b", "a"): (GraphInput("rows"),)}, "takes the graph's input 'rows'"),
    ],
)
def test_a_connection_to_what_is_not_there_is_refused(sources: Any, words: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=words):
        GraphDefinition("g", {"a": node("a"), "b": node("b")}, sources)


@given(edges=st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7))), names=st.permutations(range(8)))
def test_the_order_puts_each_node_after_those_it_takes_from(edges: set[tuple[int, int]], names: list[int]) -> None:
    chosen = {high: low for low, high in sorted(edges) if low < high}
    nodes = {f"n{each}": node(f"n{each}") for each in names}
    made = GraphDefinition("g", nodes, {(f"n{high}", "a"): out(f"n{low}") for high, low in chosen.items()})

    place = {name: at for at, name in enumerate(made.order)}

    assert sorted(made.order) == sorted(nodes)
    assert all(place[f"n{low}"] < place[f"n{high}"] for high, low in chosen.items())


@graph(tags={"of": "inner"})
def twice(x: Any) -> Any:
    return inc(inc(x))


@graph
def outer(x: Any) -> Any:
    """Twice twice."""
    return twice.alias("second")(twice(x))


def test_nested_graphs_dissolve_into_paths() -> None:
    @job
    def nested() -> None:
        total([outer(one()), one()])

    flat = nested.flat
    assert list(flat.nodes) == [
        "one",
        "outer.twice.inc",
        "outer.twice.inc_2",
        "outer.second.inc",
        "outer.second.inc_2",
        "one_2",
        "total",
    ]
    assert flat.sources["outer.twice.inc", "a"] == out("one")
    assert flat.sources["outer.second.inc", "a"] == out("outer.twice.inc_2")
    assert flat.sources["total", "a"] == (*out("outer.second.inc_2"), *out("one_2"))
    assert flat.fan_ins == {("total", "a")}
    assert flat.upstream["total"] == ("outer.second.inc_2", "one_2")


def test_a_flat_node_has_the_tags_around_it_and_the_nearest_policy() -> None:
    policy = RetryPolicy(max_retries=2)

    @job
    def nested() -> None:
        twice.tag({"at": "node"}).with_retry_policy(policy)(one())

    found = nested.flat.nodes["twice.inc"]
    assert found.tags == {"at": "node", "of": "inner", "own": "op"}
    assert found.retry_policy == policy


def test_a_list_passed_to_a_nested_graph_stays_a_fan_in() -> None:
    @graph
    def inner(x: Any) -> Any:
        return total(x)

    @job
    def nested() -> None:
        inner([one(), one()])

    assert nested.flat.fan_ins == {("inner.total", "a")}
    assert nested.execute_in_process().output_for_node("inner.total") == [1, 1]


def test_a_graph_runs_as_a_job_of_itself() -> None:
    @graph
    def small() -> Any:
        return inc(one())

    assert small.execute_in_process().output_value() == 2
    assert small.to_job(name="other").name == "other"


def test_a_graph_is_called_inside_a_body_only() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="make a job of it"):
        twice(1)
