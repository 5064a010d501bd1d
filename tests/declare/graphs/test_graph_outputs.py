"""What bodies of graphs return becomes their outputs."""

from typing import Any

import pytest

from watchbell.declare.graphs.dependency import GraphOut
from watchbell.declare.graphs.dynamic_output import DynamicOut
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import Out
from watchbell.ground.errors import DagsterInvalidDefinitionError


@op
def inc(number: int) -> int:
    return number + 1


@op(out={"low": Out(), "high": Out()})
def ends() -> Any:
    return 1, 2


@op(out=DynamicOut())
def split() -> Any: ...


def both(returns: Any) -> Any:
    def body(n: Any) -> Any:
        return returns(n)

    return graph(name="g", out={"a": GraphOut("first"), "b": GraphOut()})(body)


@pytest.mark.parametrize(
    "returns",
    [
        lambda n: {"b": inc(inc(n)), "a": inc.alias("again")(n)},
        lambda n: (inc.alias("again")(n), inc(inc(n))),
    ],
)
def test_declared_outputs_are_returned_as_dict_or_tuple(returns: Any) -> None:
    made = both(returns)

    result = made.execute_in_process(input_values={"n": 5})

    assert made.output_names == ["a", "b"]
    assert made.output_defs[0].description == "first"
    assert (result.output_value("a"), result.output_value("b")) == (6, 7)


def test_all_outputs_of_an_op_are_returned_at_once() -> None:
    @graph(out={"a": GraphOut(), "b": GraphOut()})
    def made() -> Any:
        return ends()

    assert made.execute_in_process().output_value("b") == 2


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        (inc, "declares 2 outputs .a, b. and returns one"),
        (lambda n: {"a": inc(n)}, "declares the output 'b' and does not return it"),
        (lambda n: inc(n) and None, "declares the output 'a' and does not return it"),
        (lambda n: {"a": inc(n), "c": inc(n)}, "returns 'c', which is no output of it"),
        (lambda n: (inc(n), inc(n), inc(n)), "declares 2 outputs .a, b. and returns 3"),
        (lambda n: {"a": inc(n), "b": 5}, "returns 5 as 'b'"),
        (lambda n: inc(n) and 5, r"returns 5 \(int\)"),
        (lambda n: {"a": inc(n), "b": split().collect()}, "returns collected values of 'split'"),
    ],
)
def test_what_is_not_returned_as_declared_is_refused(returns: Any, message: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=message):
        both(returns)


def test_a_dynamic_output_is_returned_as_it_is() -> None:
    @graph
    def parts() -> Any:
        return split()

    @graph
    def more() -> Any:
        return parts().map(inc)

    assert (parts.output_defs[0].is_dynamic, more.output_defs[0].is_dynamic) == (True, True)
    assert (parts.dynamic_levels("result"), more.dynamic_levels("result")) == (1, 1)
