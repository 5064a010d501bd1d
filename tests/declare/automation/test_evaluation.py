from collections.abc import Iterator

import pytest

from watchbell import DagsterInstance, Definitions, ResourceDefinition, resource
from watchbell.declare.automation.evaluation import EvaluationContext
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterResourceFunctionError,
    DagsterUnknownResourceError,
)


def test_the_instance_is_the_very_object_given() -> None:
    with DagsterInstance.ephemeral() as instance:
        assert instance is EvaluationContext(instance=instance).instance


def test_the_instance_is_opened_once_and_not_before_it_is_asked_for() -> None:
    opened: list[DagsterInstance] = []

    def open_instance() -> DagsterInstance:
        opened.append(DagsterInstance.ephemeral())
        return opened[-1]

    context = EvaluationContext(open_instance=open_instance)

    assert opened == []
    assert context.instance is context.instance
    assert len(opened) == 1


def test_a_context_without_an_instance_says_what_to_pass() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="pass instance="):
        _ = EvaluationContext().instance


def test_resources_are_torn_down_when_the_context_is_left() -> None:
    said: list[str] = []

    @resource
    def database() -> Iterator[str]:
        said.append("open")
        yield "db"
        said.append("close")

    with EvaluationContext("files", resources={"db": database}) as context:
        assert said == []
        assert context.resources.db == "db"
        assert context.resources.db == "db"

    assert said == ["open", "close"]


def test_only_required_resources_are_set_up() -> None:
    @resource
    def broken() -> None:
        raise ConnectionError("no server")

    context = EvaluationContext("files", resources={"db": broken, "limit": 3})
    context.require(frozenset({"limit"}), "sensor 'files'")

    assert context.resources.limit == 3
    with pytest.raises(DagsterUnknownResourceError):
        _ = context.resources.db


def test_a_resource_that_raises_is_named() -> None:
    @resource
    def broken() -> None:
        raise ConnectionError("no server")

    with pytest.raises(DagsterResourceFunctionError, match="resource 'db' raised ConnectionError .* no server"):
        _ = EvaluationContext("files", resources={"db": broken}).resources


def test_resources_of_the_definitions_around_are_there_and_given_ones_come_first() -> None:
    repository = Definitions(resources={"limit": 3, "url": "x"}).get_repository_def()
    context = EvaluationContext(repository_def=repository, resources={"limit": 5})
    context.require(frozenset({"limit", "url"}), "sensor 'files'")

    assert (context.resources.limit, context.resources.url) == (5, "x")


def test_a_resource_may_need_another() -> None:
    inner = ResourceDefinition.hardcoded_resource("lake")
    outer = ResourceDefinition(lambda init: f"table in {init.resources.inner}", required_resource_keys={"inner"})
    context = EvaluationContext(resources={"inner": inner, "outer": outer})

    assert context.resources.outer == "table in lake"


def test_a_missing_required_resource_is_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="'db' required by sensor 'files' was not provided"):
        EvaluationContext().require(frozenset({"db"}), "sensor 'files'")


def test_a_context_with_more_resources_is_a_new_one() -> None:
    context = EvaluationContext(resources={"a": 1})

    merged = context.merge_resources({"b": 2})

    assert (merged.resources.a, merged.resources.b) == (1, 2)
    assert {"a"} == set(context.resource_defs)
