"""What a user's function takes, read from its signature."""

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from watchbell import AssetExecutionContext
from watchbell.declare.config.config import Config
from watchbell.declare.configurable_resource import ConfigurableResource
from watchbell.declare.graphs.function import read_function, value_annotation
from watchbell.declare.graphs.output import NO_VALUE, Output
from watchbell.declare.resource import ResourceParam
from watchbell.ground.errors import DagsterInvalidDefinitionError


class Limits(Config):
    rows: int = 3


class Database(ConfigurableResource[Any]):
    url: str


def names(fn: Any) -> list[str]:
    return [each.name for each in read_function(fn, "op").parameters]


@pytest.mark.parametrize("name", ["context", "_context", "context_", "_"])
def test_a_first_parameter_called_context_takes_it(name: str) -> None:
    scope: dict[str, Any] = {}
    exec(f"def f({name}, x): ...", scope)

    function = read_function(scope["f"], "op")

    assert function.context_name == name
    assert [each.name for each in function.parameters] == ["x"]


def test_another_first_parameter_is_an_input() -> None:
    def f(ctx: Any, x: Any) -> None: ...

    assert names(f) == ["ctx", "x"]


def test_config_and_resources_are_no_inputs() -> None:
    def f(context: Any, config: Limits, db: Database, clock: ResourceParam[int], x: int) -> None: ...

    function = read_function(f, "op")

    assert function.config_type is Limits
    assert list(function.resource_names) == ["db", "clock"]
    assert [each.name for each in function.parameters] == ["x"]


def test_annotations_written_as_text_are_read() -> None:
    local_type = Limits

    def f(config: "local_type", rows: "int" = 3, db: "Database" = None) -> "str":  # type: ignore[valid-type,assignment]
        return str(local_type)

    function = read_function(f, "op")

    assert (function.config_type, function.returns) == (Limits, str)
    assert list(function.resource_names) == ["db"]
    assert (function.parameters[0].annotation, function.parameters[0].default) == (int, 3)


def test_a_parameter_whose_annotation_no_one_knows_at_run_time_is_refused() -> None:
    def f(x: "OnlyForTheChecker") -> None: ...  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(DagsterInvalidDefinitionError, match="op 'f': the annotation 'OnlyForTheChecker' of its param"):
        read_function(f, "op")


def test_a_return_annotation_that_no_one_knows_at_run_time_says_nothing() -> None:
    def f() -> "OnlyForTheChecker": ...  # type: ignore[name-defined]  # noqa: F821

    assert read_function(f, "op").returns is NO_VALUE


def test_text_may_name_what_is_defined_in_the_functions_and_classes_around() -> None:
    class Db(Database): ...

    def inside() -> Callable[..., Any]:
        class Group:
            class Rows: ...

            def f(self, db: "Db", x: "Rows") -> "Group": ...  # type: ignore[empty-body]

            read = read_function(f, "op")

        return Group.read  # type: ignore[return-value]

    read: Any = inside()

    assert list(read.resource_names) == ["db"]
    assert [each.name for each in read.parameters] == ["self", "x"]


def test_text_is_read_in_the_module_of_the_function_behind_a_partial_or_an_object() -> None:
    def f(a: "Limits", db: "Database", b: int) -> None: ...

    class Called:
        def __call__(self, db: "Database") -> None: ...

    partial = read_function(functools.partial(f, b=2), "op")

    assert [each.name for each in partial.parameters] == ["a"]
    assert list(partial.resource_names) == ["db"]
    assert list(read_function(Called(), "op").resource_names) == ["db"]


def test_config_without_an_annotation_is_refused() -> None:
    def f(config) -> None: ...  # type: ignore[no-untyped-def]

    with pytest.raises(DagsterInvalidDefinitionError, match="op 'f'.*'config' has no annotation"):
        read_function(f, "op")


def test_inputs_by_position_only_are_refused() -> None:
    def f(*args: int) -> None: ...

    with pytest.raises(DagsterInvalidDefinitionError, match=r"'\*args' by position only"):
        read_function(f, "op")


def test_generators_and_coroutines_are_recognized() -> None:
    def items() -> Iterator[int]:
        yield 1

    async def later() -> int:
        return 1

    assert read_function(items, "op").is_generator
    assert read_function(later, "op").is_async
    assert value_annotation(read_function(items, "op")) is NO_VALUE


def test_the_value_of_an_annotated_output_is_inside_it() -> None:
    def f() -> Output[int]:
        return Output(1)

    assert value_annotation(read_function(f, "op")) is int


def test_a_call_passes_each_thing_by_its_name() -> None:
    def f(context: Any, config: Limits, db: Database, x: int) -> tuple[Any, ...]:
        return context, config, db, x

    assert read_function(f, "op").call("c", "cfg", {"db": "d"}, {"x": 1}) == ("c", "cfg", "d", 1)


def test_the_docstring_is_kept_without_its_margin() -> None:
    def f() -> None:
        """First.

        Second.
        """

    assert read_function(f, "op").docstring == "First.\n\nSecond."


def test_a_context_under_another_name_is_told_to_be_called_context() -> None:
    def orders(ctx: AssetExecutionContext) -> None: ...

    with pytest.raises(DagsterInvalidDefinitionError, match="call the function's first parameter 'context'"):
        read_function(orders, "asset")


def test_an_input_cannot_be_called_context() -> None:
    def orders(context: int) -> None: ...

    with pytest.raises(DagsterInvalidDefinitionError, match="give an input another name"):
        read_function(orders, "asset")


def _plain(a: int, b: "str" = "x", *, c: float = 1.0, d: list[int], **others: object) -> "int":
    return a


def _with_context(context, first, second=2):  # type: ignore[no-untyped-def]
    return first


async def _without() -> None:
    """Takes nothing."""


def _with_many(a: int, /, *b: int) -> None: ...


@pytest.mark.parametrize("fn", [_plain, _with_context, _without])
def test_a_plain_function_is_read_as_its_signature_says(fn: Callable[..., object]) -> None:
    def other(*args: object, **kwargs: object) -> object: ...

    known = functools.wraps(fn)(other)

    read, by_signature = read_function(fn, "op"), read_function(known, "op")

    assert (by_signature.context_name, by_signature.parameters) == (read.context_name, read.parameters)
    assert (by_signature.accepts_any, by_signature.returns) == (read.accepts_any, read.returns)
    assert by_signature.docstring == read.docstring


def test_a_signature_of_its_own_counts_more_than_the_code() -> None:
    def fn(*args: object) -> object: ...

    vars(fn)["__signature__"] = inspect.signature(_plain)

    assert [each.name for each in read_function(fn, "op").parameters] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("fn", [_with_many, functools.wraps(_with_many)(lambda *args: None)])
def test_a_function_of_positions_is_refused(fn: Callable[..., object]) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="takes 'a' by position only"):
        read_function(fn, "op")
