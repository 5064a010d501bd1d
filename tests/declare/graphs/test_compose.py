"""What calling ops records while a graph is composed."""

from typing import Any

import pytest

from watchbell.declare.graphs.compose import composing, current_composition
from watchbell.declare.graphs.graph_decorator import graph
from watchbell.declare.graphs.handles import OutputHandle
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import In, Nothing, Out
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)


@op
def one() -> int:
    return 1


@op
def add(a: Any, b: Any) -> Any:
    return a + b


@op(out={"x": Out(), "y": Out()})
def two() -> Any:
    return 1, 2


@op(ins={"start": In(Nothing)})
def after() -> None: ...


def test_calling_an_op_records_a_node_and_answers_with_its_output() -> None:
    with composing("job 'j'") as composition:
        handle = one()

    assert handle == OutputHandle("one", "result")
    assert list(composition.nodes) == ["one"]


def test_outside_of_composition_nothing_is_recorded() -> None:
    assert current_composition() is None
    assert one() == 1


def test_a_body_that_raises_leaves_no_composition_behind() -> None:
    with pytest.raises(ZeroDivisionError), composing("job 'j'"):
        1 / 0  # noqa: B018

    assert current_composition() is None


def test_the_second_use_of_an_op_gets_a_number() -> None:
    with composing("job 'j'") as composition:
        add(one(), one())

    assert list(composition.nodes) == ["one", "one_2", "add"]
    assert composition.sources["add", "b"] == (OutputHandle("one_2", "result"),)


def test_outputs_are_taken_by_place_and_by_name() -> None:
    with composing("job 'j'") as composition:
        x, y = two()
        add(a=y, b=two().x)

    assert composition.sources["add", "a"] == (y,)
    assert composition.sources["add", "b"] == (OutputHandle("two_2", "x"),)
    assert x.output == "x"


def test_a_list_is_a_fan_in_even_of_one() -> None:
    with composing("job 'j'") as composition:
        after(start=[one()])

    assert composition.fan_ins == {("after", "start")}


def test_alias_tags_and_retry_policy_belong_to_the_node() -> None:
    with composing("job 'j'") as composition:
        one.tag({"a": 1}).alias("first").with_retry_policy(RetryPolicy(max_retries=2))()

    node = composition.nodes["first"]
    assert (node.name, node.tags, node.retry_policy) == ("first", {"a": "1"}, RetryPolicy(max_retries=2))


MISTAKES = [
    (lambda: add(one(), one(), one()), "takes 2 inputs but is given 3"),
    (lambda: add(c=one()), "op 'add' has no input 'c'"),
    (lambda: add(one(), a=one()), "by position and by name"),
    (lambda: add(5), r"input 'a' of 'add' is given 5 \(int\).*constants go into config"),
    (lambda: add([one(), 5]), "a list with 5"),
    (lambda: add(two()), "all outputs of 'two' at once; pass one of them: 'x', 'y'"),
    (lambda: add(one), "'one' itself; call it"),
    (lambda: one.alias("x")() and two.alias("x")(), "two nodes are called 'x'"),
    (lambda: one.alias("a b"), "not a valid name for an alias"),
]


@pytest.mark.parametrize(("body", "words"), MISTAKES)
def test_a_mistake_in_the_body_is_refused(body: Any, words: str) -> None:
    with composing("job 'j'"), pytest.raises(DagsterInvalidDefinitionError, match=words):
        body()


def test_an_output_that_is_not_there_is_told_the_nearest() -> None:
    with composing("job 'j'"), pytest.raises(AttributeError, match="'two' has no output 'z'"):
        _ = two().z


def test_an_output_of_another_graph_is_refused() -> None:
    with composing("job 'a'"):
        foreign = one()

    with composing("job 'b'"), pytest.raises(DagsterInvalidDefinitionError, match="called in another graph"):
        add(foreign, foreign)


def test_an_alias_called_outside_of_a_body_runs_the_op() -> None:
    assert one.alias("x")() == 1


def test_an_alias_of_a_graph_is_called_inside_a_body_only() -> None:
    @graph
    def pair() -> Any:
        return one()

    with pytest.raises(DagsterInvariantViolationError, match="only be called inside the body"):
        pair.alias("x")()


def test_a_graph_under_another_name_makes_jobs_of_that_name() -> None:
    @graph
    def pair() -> Any:
        return one()

    pending = pair.alias("other").tag({"team": "x"}).with_retry_policy(RetryPolicy(max_retries=2))
    made = pending.to_job(tags={"kind": "y"})

    assert (made.name, made.tags) == ("other", {"team": "x", "kind": "y"})
    assert made.op_retry_policy == RetryPolicy(max_retries=2)
    assert pending.execute_in_process().output_value() == 1
    assert (pending.node_def, pending.given_alias, pending.hook_defs) == (pair, "other", frozenset())


def test_no_job_is_made_of_an_op() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="op 'x' is no graph"):
        one.alias("x").to_job()


def test_a_retry_policy_must_be_one() -> None:
    with pytest.raises(ParameterCheckError, match="retry_policy of 'one'"):
        one.with_retry_policy(3)  # type: ignore[arg-type]
