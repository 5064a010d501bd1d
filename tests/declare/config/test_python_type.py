"""Python classes as data types."""

from typing import Any

import pytest

from watchbell.declare.config.annotation_type import type_of_annotation
from watchbell.declare.config.builtin_types import Int, List
from watchbell.declare.config.data_type import DagsterType, Nothing, TypeCheck
from watchbell.declare.config.python_type import (
    PythonObjectDagsterType,
    check_dagster_type,
    make_python_type_usable_as_dagster_type,
    usable_as_dagster_type,
)
from watchbell.declare.graphs.op import op
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterTypeCheckDidNotPass, ParameterCheckError


class Left:
    pass


class Right:
    pass


def test_a_class_is_a_type_of_its_name() -> None:
    kind = PythonObjectDagsterType(Left)

    assert ("Left", "Left", Left, Left) == (kind.key, kind.display_name, kind.typing_type, kind.python_type)
    assert kind.type_check(None, Left()).success
    assert kind.type_check(None, 3).description == "3 is of type int; expected Left"


def test_several_classes_are_one_type() -> None:
    kind = PythonObjectDagsterType((Left, Right), name="Either")

    assert ("Either", "Union[Left, Right]", Left | Right) == (kind.key, kind.type_str, kind.typing_type)
    assert kind.type_check(None, Right()).success
    assert not kind.type_check(None, 3).success


@pytest.mark.parametrize("given", [3, (), (Left, 3)])
def test_what_is_no_class_is_refused(given: Any) -> None:
    with pytest.raises(ParameterCheckError, match="a class or a tuple of classes"):
        PythonObjectDagsterType(given)


def test_a_decorated_class_is_a_type_with_its_name_and_description() -> None:
    @usable_as_dagster_type(name="Orders", description="of one day")
    class Frame:
        pass

    @usable_as_dagster_type
    class Plain:
        pass

    made = type_of_annotation(Frame)

    assert (
        made.display_name,
        made.description,
        type_of_annotation(Plain).display_name,
    ) == ("Orders", "of one day", "Plain")


def test_a_class_may_stand_for_another_type_from_then_on() -> None:
    class Rows(list[int]):
        pass

    before = type_of_annotation(Rows)
    full = DagsterType(lambda _context, value: TypeCheck(len(value) > 0, "no rows"), name="FullRows")
    make_python_type_usable_as_dagster_type(Rows, full)

    @op
    def take(rows: Rows) -> int:
        return len(rows)

    assert before.display_name == "Rows"
    assert full is type_of_annotation(Rows)
    assert take(Rows([1])) == 1
    with pytest.raises(DagsterTypeCheckDidNotPass, match="no rows"):
        take(Rows())


def test_only_classes_stand_for_types() -> None:
    with pytest.raises(ParameterCheckError, match="python_type is a class"):
        make_python_type_usable_as_dagster_type(3, Int)  # type: ignore[arg-type]
    with pytest.raises(ParameterCheckError, match="dagster_type is a DagsterType"):
        make_python_type_usable_as_dagster_type(Left, Left)  # type: ignore[arg-type]
    with pytest.raises(ParameterCheckError, match="is put on a class"):
        usable_as_dagster_type(description="x")(3)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [(Left, Left(), True), (List[Int], [1, "a"], False), (Any, 3, True), (Nothing, None, True), (Nothing, 3, False)],
)
def test_a_value_is_checked_outside_a_run(kind: Any, value: Any, expected: bool) -> None:
    assert expected is check_dagster_type(kind, value).success


def test_a_check_outside_a_run_may_log() -> None:
    def check(context: Any, _value: Any) -> bool:
        context.log.info("looking")
        return context.run_id is None

    assert check_dagster_type(DagsterType(check, name="Logged"), 3).success


def test_what_stands_for_no_type_is_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="'Left' is no type"):
        check_dagster_type("Left", Left())
