"""A function that makes the Definitions of its file."""

from typing import Any

import pytest

from watchbell import Definitions, asset, definitions
from watchbell.declare.lazy_definitions import made_of
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError, ParameterCheckError


@asset
def orders() -> int:
    return 12


def test_the_function_is_called_once_and_late() -> None:
    calls = []

    @definitions
    def defs() -> Definitions:
        """All of it."""
        calls.append(1)
        return Definitions(assets=[orders])

    assert calls == []
    assert defs() is defs()
    assert (calls, defs.__name__, defs.__doc__) == ([1], "defs", "All of it.")
    assert made_of(defs) is made_of(defs())


def test_something_else_is_refused_when_it_is_asked_for() -> None:
    @definitions
    def defs() -> Any:
        return 5

    with pytest.raises(DagsterInvariantViolationError, match="'defs' under @definitions returned 5"):
        defs()


def test_a_context_of_components_is_refused_where_it_is_written() -> None:
    def defs(context: Any) -> Definitions:
        return Definitions()

    with pytest.raises(DagsterInvalidDefinitionError, match="takes context; .* belongs to components"):
        definitions(defs)  # type: ignore[arg-type]


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="put on a function"):
        definitions(5)  # type: ignore[arg-type]
