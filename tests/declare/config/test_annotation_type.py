"""Types made from annotations."""

import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Optional, TypeVar

import pytest

from watchbell.declare.config.annotation_type import type_of_annotation
from watchbell.declare.config.builtin_types import Dict, List, Set, String, Tuple
from watchbell.declare.config.builtin_types import Int as IntName
from watchbell.declare.config.builtin_types import Optional as OptionalName
from watchbell.declare.config.data_type import ANY, NOTHING, DagsterType, DagsterTypeKind, Nothing, TypeCheck
from watchbell.ground.errors import DagsterInvalidDefinitionError


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
    (int | None, "a", "is of type str; expected int; expected Int?"),
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


@pytest.mark.parametrize(
    ("annotation", "name", "key", "typing_type"),
    [
        (List[IntName], "[Int]", "List.Int", typing.List[int]),  # noqa: UP006
        (list[int], "[Int]", "List.Int", typing.List[int]),  # noqa: UP006
        (list, "[Any]", "List.Any", typing.List[Any]),  # noqa: UP006
        (List, "[Any]", "List.Any", typing.List[Any]),  # noqa: UP006
        (OptionalName[String], "String?", "Optional.String", Optional[str]),  # noqa: UP045
        (int | None, "Int?", "Optional.Int", Optional[int]),  # noqa: UP045
        (Dict[str, int], "Dict[String,Int]", "TypedPythonDict.String.Int", typing.Dict[str, int]),  # noqa: UP006
        (Dict, "dict", "PythonDict", dict),
        (dict, "dict", "PythonDict", dict),
        (Set[IntName], "Set[Int]", "TypedPythonSet.Int", typing.Set[int]),  # noqa: UP006
        (Tuple[IntName, String], "Tuple[Int,String]", "TypedPythonTupleInt.String", typing.Tuple[int, str]),  # noqa: UP006
        (OptionalName[List[IntName]], "[Int]?", "Optional.List.Int", Optional[typing.List[int]]),  # noqa: UP006, UP045
        (Thing, "Thing", f"_TypeHintInferred[{Thing.__module__}.Thing]", Thing),
    ],
)
def test_names_and_keys_are_those_that_io_managers_know(annotation: Any, name: str, key: str, typing_type: Any) -> None:
    made = type_of_annotation(annotation)

    assert (name, key, typing_type) == (made.display_name, made.key, made.typing_type)


@pytest.mark.parametrize("parts", [(), (int,), (int, str, float)])
def test_a_dict_takes_two_types(parts: Any) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="takes 2 types"):
        Dict[parts]


def test_a_list_of_a_type_of_ones_own_asks_its_check() -> None:
    even = DagsterType(lambda _context, value: TypeCheck(value % 2 == 0, f"{value} is odd"), name="Even")
    kind = List[even]

    answer = kind.type_check(None, [2, 3])

    assert (answer.success, answer.description) == (False, "item 1: 3 is odd; expected [Even]")
    assert kind.takes_context
    assert kind.kind is DagsterTypeKind.LIST


def test_types_of_plain_parts_take_no_context() -> None:
    assert not type_of_annotation(dict[str, list[int | None]]).takes_context
