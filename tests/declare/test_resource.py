"""Resources: how they are made, ordered, set up and torn down."""

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest.mock import MagicMock

import pytest

from watchbell.declare.config.config_type import ABSENT
from watchbell.declare.configurable_resource import ConfigurableResource
from watchbell.declare.resource import (
    InitResourceContext,
    ResourceDefinition,
    Resources,
    as_resource_definition,
    resource,
    resource_definitions,
    resource_order,
)
from watchbell.ground.errors import (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterUnknownResourceError,
    ParameterCheckError,
)


def opened(definition: ResourceDefinition, **facts: Any) -> Any:
    with definition.open(InitResourceContext(**facts)) as value:
        return value


def test_a_function_makes_a_resource() -> None:
    @resource
    def database() -> str:
        """A database."""
        return "db"

    assert isinstance(database, ResourceDefinition)
    assert database.description == "A database."
    assert opened(database) == "db"


def test_config_and_required_resources_reach_the_function() -> None:
    @resource(config_schema={"url": str}, required_resource_keys={"log_store"})
    def database(context: InitResourceContext) -> Any:
        return context.resource_config["url"], context.resources.log_store

    value = opened(database, resource_config={"url": "x"}, resources=Resources({"log_store": 1}))

    assert value == ("x", 1)
    assert database.required_resource_keys == {"log_store"}


def test_a_generator_is_torn_down_also_after_a_failure() -> None:
    seen: list[str] = []

    @resource
    def database() -> Iterator[str]:
        seen.append("up")
        yield "db"
        seen.append("down")

    with pytest.raises(ZeroDivisionError), database.open(InitResourceContext()):
        1 / 0  # noqa: B018

    assert seen == ["up", "down"]


def test_a_context_manager_is_entered_and_left() -> None:
    seen: list[str] = []

    @resource
    @contextlib.contextmanager
    def database(_context: Any) -> Iterator[str]:
        seen.append("up")
        yield "db"
        seen.append("down")

    assert opened(database) == "db"
    assert seen == ["up", "down"]


@pytest.mark.parametrize(("count", "words"), [(0, "without a yield"), (2, "yields more than once")])
def test_a_generator_yields_exactly_once(count: int, words: str) -> None:
    @resource
    def database() -> Iterator[int]:
        yield from range(count)

    with pytest.raises(DagsterInvariantViolationError, match=words):
        opened(database)


def test_a_configured_resource_needs_no_more_config() -> None:
    base = ResourceDefinition(lambda context: context.resource_config["n"], {"n": int})

    made = base.configured({"n": 3})

    assert made.config_field is not None
    assert opened(made, resource_config=made.config_field.resolve(ABSENT, "r")) == 3
    with pytest.raises(DagsterInvalidConfigError):
        base.configured({"n": "x"})


def test_ready_made_resources() -> None:
    assert opened(ResourceDefinition.hardcoded_resource(3)) == 3
    assert opened(ResourceDefinition.none_resource()) is None
    assert opened(ResourceDefinition.string_resource(), resource_config="a") == "a"
    assert isinstance(opened(ResourceDefinition.mock_resource()), MagicMock)


def test_any_object_is_a_resource_itself() -> None:
    thing = object()

    assert opened(as_resource_definition(thing)) is thing


def test_a_resource_is_made_by_a_function() -> None:
    with pytest.raises(ParameterCheckError, match="not 3"):
        ResourceDefinition(3)  # type: ignore[arg-type]


def test_a_resource_that_yields_can_be_called_in_a_with_statement() -> None:
    said = []

    @resource
    def database(context: InitResourceContext) -> Iterator[str]:
        yield "open"
        said.append("closed")

    with database(InitResourceContext()) as value:
        assert (value, said) == ("open", [])

    assert said == ["closed"]


def test_a_key_must_be_an_attribute_name() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=r"context.resources.<key>"):
        resource_definitions({"my db": 1}, "job 'j'")


def test_a_resource_class_instead_of_an_object_is_refused() -> None:
    class Database(ConfigurableResource[Any]):
        url: str = "x"

    with pytest.raises(DagsterInvalidDefinitionError, match="is the class Database; pass an object"):
        resource_definitions({"db": Database}, "job 'j'")


def definition(*required: str) -> ResourceDefinition:
    return ResourceDefinition(lambda: None, required_resource_keys=frozenset(required))


def test_resources_come_after_those_they_require() -> None:
    definitions = {"a": definition("b", "c"), "b": definition("c"), "c": definition(), "d": definition()}

    assert resource_order(definitions, ["a"], "job 'j'") == ["c", "b", "a"]


def test_resources_in_a_circle_are_refused() -> None:
    definitions = {"a": definition("b"), "b": definition("a")}

    with pytest.raises(DagsterInvalidDefinitionError, match="in a circle: a -> b -> a"):
        resource_order(definitions, ["a"], "job 'j'")


def test_a_missing_required_resource_names_who_needs_it() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="resource 'a' needs the resource 'bb'.*did you mean 'b'"):
        resource_order({"a": definition("bb"), "b": definition()}, ["a"], "job 'j'")


def test_an_unknown_resource_of_a_context_is_told_the_nearest() -> None:
    resources = Resources({"database": 1}, "op 'load'")

    with pytest.raises(DagsterUnknownResourceError, match="op 'load' has no.*'databas'.*did you mean 'database'"):
        _ = resources.databas
    assert resources._asdict() == {"database": 1}
    assert "database" in resources
