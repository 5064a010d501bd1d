"""Dynamic outputs and their values."""

from typing import Any

import pytest

from watchbell.declare.graphs.dynamic_output import (
    DynamicOut,
    DynamicOutput,
    check_dynamic_list,
    dynamic_annotation,
    is_dynamic_annotation,
)
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import NO_VALUE, Out, Output
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterTypeCheckDidNotPass,
    ParameterCheckError,
)


def test_a_value_knows_its_key_output_and_metadata() -> None:
    value = DynamicOutput(3, "week_7", "parts", {"rows": 3})

    assert (value.value, value.mapping_key, value.output_name) == (3, "week_7", "parts")
    assert value.metadata["rows"].value == 3
    assert value == DynamicOutput(3, "week_7", "parts", {"rows": 3})
    assert value != DynamicOutput(3, "week_8", "parts", {"rows": 3})
    assert DynamicOutput(3, "a") != Output(3)


@pytest.mark.parametrize("key", ["", "a-b", "a.b", "é", "a b", "a,b", "[a]", "x" * 1001])
def test_a_mapping_key_has_only_letters_digits_and_underscores(key: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="is not a valid mapping key"):
        DynamicOutput(1, key)


@pytest.mark.parametrize("key", ["1", "for", "config", "_", "Ab_9"])
def test_a_mapping_key_may_be_a_number_or_a_reserved_word(key: str) -> None:
    assert DynamicOutput(1, key).mapping_key == key


def test_a_mapping_key_is_text() -> None:
    with pytest.raises(ParameterCheckError, match="mapping_key of a DynamicOutput is a str, not 5"):
        DynamicOutput(1, 5)  # type: ignore[arg-type]


def test_a_dynamic_out_is_an_out_that_says_so() -> None:
    assert DynamicOut().is_dynamic
    assert isinstance(DynamicOut(), Out)
    assert not Out().is_dynamic


@pytest.mark.parametrize(
    ("annotation", "is_dynamic", "inner"),
    [
        (list[DynamicOutput[int]], True, int),
        (list[DynamicOutput], True, NO_VALUE),  # type: ignore[type-arg]
        (list[int], False, NO_VALUE),
        (DynamicOutput[str], False, str),
        (int, False, NO_VALUE),
        (NO_VALUE, False, NO_VALUE),
    ],
)
def test_annotations_of_dynamic_outputs_are_understood(annotation: Any, is_dynamic: bool, inner: Any) -> None:
    assert is_dynamic_annotation(annotation) is is_dynamic
    assert dynamic_annotation(annotation) is inner


def test_an_op_annotated_with_a_list_of_dynamic_outputs_has_one() -> None:
    @op
    def parts() -> list[DynamicOutput[int]]:
        return [DynamicOutput(1, "a")]

    assert parts.outs["result"].is_dynamic
    assert parts.outs["result"].dagster_type.display_name == "Int"


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "a NoneType; expected a list of DynamicOutput"),
        ((DynamicOutput(1, "a"),), "a tuple; expected a list"),
        (DynamicOutput(1, "a"), "a DynamicOutput; expected a list"),
        ([DynamicOutput(1, "a"), 5], "a list with a int at place 1"),
    ],
)
def test_what_is_returned_for_a_dynamic_output_is_a_list(returned: Any, message: str) -> None:
    with pytest.raises(DagsterInvariantViolationError, match=message):
        check_dynamic_list(returned, "split", "result")


def test_a_direct_call_gives_the_values_as_they_are() -> None:
    @op(out=DynamicOut(int))
    def yielded() -> Any:
        yield DynamicOutput(1, "a")

    @op(out=DynamicOut(int))
    def returned() -> Any:
        return [DynamicOutput(1, "a")]

    assert list(yielded()) == returned() == [DynamicOutput(1, "a")]


@pytest.mark.parametrize("wrong", [[DynamicOutput("one", "a")], 5, [5]])
def test_a_direct_call_checks_the_values(wrong: Any) -> None:
    @op(out=DynamicOut(int))
    def returned() -> Any:
        return wrong

    with pytest.raises((DagsterTypeCheckDidNotPass, DagsterInvariantViolationError)):
        returned()


def test_a_direct_call_refuses_an_output_that_is_not_dynamic() -> None:
    @op(out=DynamicOut(int))
    def yielded() -> Any:
        yield Output(1)

    with pytest.raises(DagsterInvariantViolationError, match="expected DynamicOutput"):
        list(yielded())
