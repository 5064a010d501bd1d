"""Types made from annotations, and types with a check of their own."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Optional, TypeVar

import pytest

from watchbell.declare.data_type import ANY, NOTHING, DagsterType, Nothing, TypeCheck, type_of_annotation
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterTypeCheckError, ParameterCheckError


class Thing:
    pass


class Part(Thing):
    pass


PASSING = [
    (int, 3),
    (int, True),
    (float, 2.5),
    (str, "a"),
    (bool, True),
    (Thing, Part()),
    (list[int], [1, 2]),
    (list, ["x", 1]),
    (dict[str, int], {"a": 1}),
    (tuple[int, str], (1, "a")),
    (tuple[int, ...], (1, 2, 3)),
    (set[str], {"a"}),
    (int | None, None),
    (Optional[list[Thing]], [Part()]),  # noqa: UP045 - the old spelling is what is tested
    (int | str, "a"),
    (Literal["a", "b"], "b"),
    (Annotated[int, "rows"], 3),
    (object, Thing()),
    (Any, None),
    (Callable[[int], int], len),
    (Mapping[str, int], {"a": 1}),
]
FAILING = [
    (int, "3", "'3' is of type str; expected int"),
    (float, 3, "3 is of type int; expected float"),
    (Part, Thing(), "is of type Thing; expected Part"),
    (list[int], [1, "a"], "item 1: 'a' is of type str; expected int"),
    (dict[str, int], {"a": "b"}, "under 'a': 'b' is of type str"),
    (dict[str, int], {1: 1}, "key 1: 1 is of type int"),
    (tuple[int, str], (1, 2), "item 1: 2 is of type int"),
    (tuple[int, str], (1,), "has 1 items, not 2"),
    (int | None, "a", "expected Int | None"),
    (Literal["a", "b"], "c", "is none of"),
]


@pytest.mark.parametrize(("annotation", "value"), PASSING)
def test_a_value_of_the_type_passes(annotation: Any, value: object) -> None:
    assert type_of_annotation(annotation).type_check(None, value).success


@pytest.mark.parametrize(("annotation", "value", "reason"), FAILING)
def test_another_value_is_refused_with_the_reason(annotation: Any, value: object, reason: str) -> None:
    answer = type_of_annotation(annotation).type_check(None, value)

    assert not answer.success
    assert reason in str(answer.description)


@pytest.mark.parametrize("annotation", [None, type(None), Nothing])
def test_none_and_nothing_carry_no_value(annotation: Any) -> None:
    assert type_of_annotation(annotation) is NOTHING


def test_what_cannot_be_checked_is_any() -> None:
    assert type_of_annotation(TypeVar("T")) is ANY


def test_the_same_annotation_is_the_same_type() -> None:
    assert type_of_annotation(list[int]) is type_of_annotation(list[int])


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (int, True),
        (list[int], True),
        (dict, True),
        (int | None, True),
        (Any, True),
        (Thing, False),
        (list[Thing], False),
    ],
)
def test_config_can_give_plain_values_only(annotation: Any, expected: bool) -> None:
    assert type_of_annotation(annotation).is_loadable is expected


def test_a_check_of_ones_own_may_explain_itself() -> None:
    even = DagsterType(lambda _context, value: TypeCheck(value % 2 == 0, "odd", {"v": value}), name="Even")

    answer = even.type_check(None, 3)

    assert (answer.success, answer.description, answer.metadata["v"].value) == (False, "odd", 3)


def test_a_check_that_answers_nonsense_is_an_error() -> None:
    broken = DagsterType(lambda _context, _value: "yes", name="Broken")  # type: ignore[arg-type,return-value]

    with pytest.raises(DagsterTypeCheckError, match="'Broken' returned 'yes'"):
        broken.type_check(None, 3)


def test_a_type_needs_a_name() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="needs a name"):
        DagsterType(lambda _context, _value: True)


def test_a_type_needs_a_function() -> None:
    with pytest.raises(ParameterCheckError, match="type_check_fn"):
        DagsterType("yes", name="x")  # type: ignore[arg-type]


def test_nothing_is_no_value() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="a type, not a value"):
        Nothing()
