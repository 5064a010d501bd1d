"""Values that run config gives the inputs of graphs in graphs."""

from typing import Any

import pytest

from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.op import op
from watchbell.declare.job import job
from watchbell.ground.errors import DagsterInvalidConfigError


@op
def add(a: int, b: int) -> int:
    return a + b


@graph
def twice(x: int) -> Any:
    return add(x, x)


@graph
def around(y: int) -> Any:
    return twice(y)


@graph
def partly(b: int) -> Any:
    return add(b=b)


@job
def flat() -> None:
    twice()


@job
def deep() -> None:
    around()


@job
def mixed() -> None:
    partly()


@job
def connected() -> None:
    twice(add.alias("first")())


@pytest.mark.parametrize("value", [3, {"value": 3}])
def test_an_input_of_a_graph_goes_to_all_its_places(value: Any) -> None:
    result = flat.execute_in_process({"ops": {"twice": {"inputs": {"x": value}}}})

    assert result.output_for_node("twice.add") == 6


def test_it_goes_through_graphs_inside() -> None:
    result = deep.execute_in_process({"ops": {"around": {"inputs": {"y": 4}}}})

    assert result.output_for_node("around.twice.add") == 8


def test_other_inputs_are_given_to_the_ops() -> None:
    config = {"ops": {"partly": {"inputs": {"b": 3}, "ops": {"add": {"inputs": {"a": 4}}}}}}

    assert mixed.execute_in_process(config).output_for_node("partly.add") == 7


def test_mistakes_are_told_with_their_place() -> None:
    first = {"inputs": {"a": 1, "b": 2}}

    with pytest.raises(DagsterInvalidConfigError, match="root:ops:twice:inputs:x: this input is connected"):
        connected.execute_in_process({"ops": {"first": first, "twice": {"inputs": {"x": 3}}}})
    with pytest.raises(DagsterInvalidConfigError, match="root:ops:partly:inputs:c: this input does not exist"):
        mixed.execute_in_process({"ops": {"partly": {"inputs": {"c": 3}}}})
    with pytest.raises(DagsterInvalidConfigError, match="root:ops:twice:inputs: expected a dict"):
        flat.execute_in_process({"ops": {"twice": {"inputs": [3]}}})
