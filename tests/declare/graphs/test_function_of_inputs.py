"""Ops made of functions that take the context and a dict of inputs."""

from collections.abc import Iterator
from typing import Any

import pytest

from watchbell.declare.graphs.op import OpDefinition, op
from watchbell.declare.graphs.output import In, Out, Output
from watchbell.declare.job import job
from watchbell.ground.errors import DagsterInvalidDefinitionError


@op
def one() -> int:
    return 1


def test_inputs_come_in_one_dict() -> None:
    def add(context: Any, inputs: dict[str, Any]) -> Iterator[Output[int]]:
        yield Output(inputs["left"] + inputs["right"] + context.op_config["more"], "total")

    made = OpDefinition(
        compute_fn=add,
        name="add",
        ins={"left": In(int), "right": In(int)},
        outs={"total": Out(int)},
        config_schema={"more": int},
        tags={"kind": "sum"},
        description="of all",
    )

    @job
    def small() -> None:
        made(one(), one.alias("two")())

    result = small.execute_in_process(run_config={"ops": {"add": {"config": {"more": 10}}}})

    assert result.output_for_node("add", "total") == 12
    assert (made.name, made.description, made.tags, made.compute_fn) == ("add", "of all", {"kind": "sum"}, add)


def test_a_value_may_be_returned_and_the_context_be_called_otherwise() -> None:
    made = OpDefinition(lambda step, values: f"{step.op_def.name}{values}", "named")

    @job
    def small() -> None:
        made()

    assert small.execute_in_process().output_for_node("named") == "named{}"


@pytest.mark.parametrize("function", [lambda: 1, lambda context: 1, lambda context, inputs, more: 1])
def test_another_number_of_arguments_is_refused(function: Any) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=r"takes two arguments.*use the decorator @op"):
        OpDefinition(function, "wrong")
