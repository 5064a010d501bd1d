"""Inputs and outputs as ops and graphs tell of them."""

from typing import Any

import pytest

from watchbell.declare.graphs.dependency import GraphIn
from watchbell.declare.graphs.dynamic_output import DynamicOut
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import In, Out
from watchbell.ground.errors import DagsterInvariantViolationError


@op(
    ins={"rows": In(int, "how many", default_value=3)},
    out={"small": Out(str, is_required=False), "parts": DynamicOut()},
)
def sort(rows: int, other: Any) -> Any: ...


@graph(ins={"count": GraphIn("of rows")})
def sorted_(count: Any, other: str) -> Any:
    small, _ = sort(count, other)
    return {"least": small}


def test_an_op_tells_of_its_inputs_and_outputs() -> None:
    rows = sort.input_dict["rows"]
    small, parts = sort.output_defs

    assert [each.name for each in sort.input_defs] == sort.positional_inputs == ["rows", "other"]
    assert (rows.dagster_type.display_name, rows.description, rows.default_value) == ("Int", "how many", 3)
    assert (rows.has_default_value, sort.input_dict["other"].has_default_value) == (True, False)
    assert (small.name, small.is_required, small.is_dynamic, parts.is_dynamic) == ("small", False, False, True)
    assert (sort.has_input("rows"), sort.has_input("row"), sort.has_output("small")) == (True, False, True)
    assert (sort.node_type_str, sort.describe_node()) == ("op", "op 'sort'")


def test_a_graph_tells_of_those_of_the_nodes_they_lead_to() -> None:
    count, other = sorted_.input_defs
    (least,) = sorted_.output_dict.values()

    assert (count.name, count.dagster_type.display_name, count.description) == ("count", "Any", "of rows")
    assert other.dagster_type.display_name == "String"
    assert (least.name, least.dagster_type.display_name, least.is_required) == ("least", "String", False)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: sort.input_def_named("row"), "op 'sort' has no input 'row'; did you mean 'rows'"),
        (lambda: sort.output_def_named("smal"), "op 'sort' has no output 'smal'; did you mean 'small'"),
        (lambda: sorted_.input_def_named("x"), "graph 'sorted_' has no input 'x'"),
        (lambda: sorted_.output_def_named("x"), "graph 'sorted_' has no output 'x'"),
    ],
)
def test_what_it_has_not_is_refused_with_the_nearest(ask: Any, message: str) -> None:
    with pytest.raises(DagsterInvariantViolationError, match=message):
        ask()
