"""Types with a check of their own."""

import pytest

from watchbell.declare.config.data_type import DagsterType, DagsterTypeKind, Nothing, TypeCheck
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)


def test_a_check_of_ones_own_may_explain_itself() -> None:
    even = DagsterType(lambda _context, value: TypeCheck(value % 2 == 0, "odd", {"v": value}), name="Even")

    answer = even.type_check(None, 3)

    assert (answer.success, answer.description, answer.metadata["v"].value) == (False, "odd", 3)


def test_a_check_that_answers_nonsense_is_an_error() -> None:
    broken = DagsterType(lambda _context, _value: "yes", name="Broken")  # type: ignore[arg-type,return-value]

    with pytest.raises(DagsterInvariantViolationError, match="'Broken' returned 'yes'"):
        broken.type_check(None, 3)


def test_a_type_needs_a_name() -> None:
    with pytest.raises(CheckError, match="needs a name"):
        DagsterType(lambda _context, _value: True)


def test_a_type_needs_a_function() -> None:
    with pytest.raises(ParameterCheckError, match="type_check_fn"):
        DagsterType("yes", name="x")  # type: ignore[arg-type]


def test_nothing_is_no_value() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="a type, not a value"):
        Nothing()


def test_a_key_alone_is_shown_but_is_no_name() -> None:
    made = DagsterType(lambda _context, _value: True, key="rows")

    assert (made.display_name, made.has_unique_name) == ("rows", False)
    with pytest.raises(CheckError, match="has a key but no name"):
        made.unique_name  # noqa: B018


def test_the_kind_is_one_there_is() -> None:
    with pytest.raises(ParameterCheckError, match="kind of type 'x'"):
        DagsterType(lambda _context, _value: True, name="x", kind="LIST")  # type: ignore[arg-type]
    assert DagsterType(lambda _context, _value: True, name="x").kind is DagsterTypeKind.REGULAR


def test_success_is_yes_or_no() -> None:
    with pytest.raises(ParameterCheckError, match="success of a TypeCheck"):
        TypeCheck("yes")  # type: ignore[arg-type]
