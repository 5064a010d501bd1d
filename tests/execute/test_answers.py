"""What functions give: returned, yielded, awaited; and what is no answer."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.execute.kinds import failure_of, kinds
from watchbell.declare.config.data_type import Nothing
from watchbell.declare.graphs.op import OpDefinition, op
from watchbell.declare.graphs.output import Out, Output
from watchbell.declare.graphs.result import MaterializeResult
from watchbell.declare.job import job
from watchbell.execute.result import ExecuteInProcessResult
from watchbell.record.materialization import AssetMaterialization


def run(op_def: OpDefinition) -> ExecuteInProcessResult:
    """A run of a job of this op alone."""

    @job
    def alone() -> None:
        op_def()

    return alone.execute_in_process(raise_on_error=False)


def refusal(op_def: OpDefinition) -> str:
    """The message of the failure of a job of this op alone."""
    error = failure_of(run(op_def).all_events, op_def.name).error
    assert error is not None
    return error.root.message


def test_an_async_function_is_awaited() -> None:
    @op
    async def later() -> int:
        return 5

    assert run(later).output_for_node("later") == 5


def test_an_async_generator_gives_its_outputs() -> None:
    @op(out={"a": Out(), "b": Out()})
    async def later() -> AsyncIterator[Output[int]]:
        yield Output(1, "a")
        yield Output(2, "b")

    result = run(later)

    assert [result.output_for_node("later", name) for name in "ab"] == [1, 2]


def test_a_returned_generator_gives_its_outputs() -> None:
    @op
    def outer():  # type: ignore[no-untyped-def]
        def inner() -> Iterator[Output[int]]:
            yield Output(3)

        return inner()

    assert run(outer).output_for_node("outer") == 3


def test_a_tuple_gives_several_outputs() -> None:
    @op(out={"a": Out(int), "b": Out(str)})
    def both() -> tuple[int, str]:
        return 1, "x"

    result = run(both)

    assert [result.output_for_node("both", name) for name in "ab"] == [1, "x"]


def test_outputs_are_stored_as_they_are_yielded() -> None:
    @op(out={"a": Out(), "b": Out()})
    def both() -> Iterator[Output[int] | AssetMaterialization]:
        yield Output(2, "b", metadata={"rows": 2})
        yield AssetMaterialization("between")
        yield Output(1, "a")

    result = run(both)

    given = [event for event in result.all_events if event.event_type.name == "STEP_OUTPUT"]
    assert [event.step_output_data.output_name for event in given] == ["b", "a"]
    assert given[0].step_output_data.metadata["rows"].value == 2
    assert kinds(result.all_events, "both")[-5:] == [
        "HANDLED_OUTPUT",
        "ASSET_MATERIALIZATION",
        "STEP_OUTPUT",
        "HANDLED_OUTPUT",
        "STEP_SUCCESS",
    ]


def test_nothing_needs_no_value() -> None:
    @op(out=Out(Nothing))
    def done() -> Iterator[AssetMaterialization]:
        yield AssetMaterialization("side")

    assert kinds(run(done).all_events, "done") == ["STEP_START", "ASSET_MATERIALIZATION", "STEP_OUTPUT", "STEP_SUCCESS"]


def test_an_op_without_outputs_gives_none() -> None:
    @op(out={})
    def silent() -> None: ...

    assert kinds(run(silent).all_events, "silent") == ["STEP_START", "STEP_SUCCESS"]


@op(out={})
def gives_though_it_has_none() -> int:
    return 5


@op
def yields_a_bare_value():  # type: ignore[no-untyped-def]
    yield 5


@op
def names_an_unknown_output():  # type: ignore[no-untyped-def]
    yield Output(1, "resul")


@op
def gives_twice():  # type: ignore[no-untyped-def]
    yield Output(1)
    yield Output(2)


@op
def forgets():  # type: ignore[no-untyped-def]
    if forgets is None:
        yield Output(1)


@op(out={"a": Out(), "b": Out()})
def gives_one_of_two() -> Any:
    return 1


@op(out={"a": Out(), "b": Out()})
def gives_three_for_two() -> Any:
    return 1, 2, 3


@op(out={"a": Out(), "b": Out()})
def gives_in_the_wrong_order() -> Any:
    return Output(2, "b"), Output(1, "a")


@op
def returns_an_event() -> Any:
    return AssetMaterialization("x")


@op
def returns_a_result() -> Any:
    return MaterializeResult()


@op
def breaks_its_word() -> Output[int]:
    return 5  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("op_def", "expected"),
    [
        (gives_though_it_has_none, "is defined with no output and returned 5 (int)"),
        (yields_a_bare_value, "yielded 5 (int); a function that yields gives each value as an Output"),
        (names_an_unknown_output, "an Output named 'resul', which it does not have; did you mean 'result'?"),
        (gives_twice, "gave its output 'result' twice"),
        (forgets, "ended without its output 'result'"),
        (gives_one_of_two, "has the outputs a, b and returned 1 (int)"),
        (gives_three_for_two, "has 2 outputs (a, b) and returned a tuple of 3"),
        (gives_in_the_wrong_order, "place for output 'a' holds an Output named 'b'"),
        (returns_an_event, "returned an AssetMaterialization, which is an event and no value"),
        (returns_a_result, "gave a MaterializeResult and makes no asset"),
        (breaks_its_word, "is annotated to return an Output and returned 5 (int)"),
    ],
    ids=lambda value: value.name if isinstance(value, OpDefinition) else "",
)
def test_what_is_no_answer_is_refused_in_words(op_def: OpDefinition, expected: str) -> None:
    assert expected in refusal(op_def)


@pytest.mark.parametrize(
    ("annotation", "value", "fits"),
    [
        (int, 1, True),
        (int, "1", False),
        (int | None, None, True),
        (list[int], [1, 2], True),
        (list[int], [1, "2"], False),
        (dict[str, int], {"a": "b"}, False),
        (float, 1, False),
        (Any, object(), True),
    ],
)
def test_outputs_are_checked_against_their_annotations(annotation: Any, value: object, fits: bool) -> None:
    @op(out=Out(annotation))
    def typed() -> Any:
        return value

    result = run(typed)

    output = next(event.step_output_data for event in result.all_events if event.is_successful_output)
    assert result.success == fits
    assert output.type_check_passed == fits


def test_inputs_are_checked_against_their_annotations() -> None:
    @op
    def text() -> Any:
        return "x"

    @op
    def number(x: int) -> None: ...

    @job
    def mismatched() -> None:
        number(text())

    result = mismatched.execute_in_process(raise_on_error=False)

    error = failure_of(result.all_events, "number").error
    assert error is not None
    assert "input 'x' of \"number\" is declared as Int" in error.message
    assert kinds(result.all_events, "number") == ["STEP_START", "LOADED_INPUT", "STEP_INPUT", "STEP_FAILURE"]


def test_a_generator_is_closed_when_what_it_gave_could_not_be_taken() -> None:
    said: list[str] = []

    @op(out=Out(int))
    def rows() -> Iterator[Output[Any]]:
        try:
            yield Output("no number")
        finally:
            said.append("closed")

    result = run(rows)

    assert not result.success
    assert said == ["closed"]


def test_an_async_generator_is_closed_when_what_it_gave_could_not_be_taken() -> None:
    said: list[str] = []

    @op(out=Out(int))
    async def rows() -> AsyncIterator[Output[Any]]:
        try:
            yield Output("no number")
        finally:
            said.append("closed")

    result = run(rows)

    assert not result.success
    assert said == ["closed"]
