from collections.abc import Iterator

import pytest

from watchbell.declare.resource import ResourceDefinition
from watchbell.declare.resource_setup import opened_resources
from watchbell.ground.errors import (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterResourceFunctionError,
)


def test_config_is_given_and_checked() -> None:
    definition = ResourceDefinition(lambda init: init.resource_config["url"], config_schema={"url": str})

    with opened_resources({"db": definition}, ["db"], "a test", config={"db": {"config": {"url": "x"}}}) as resources:
        assert resources.db == "x"
    with (
        pytest.raises(DagsterInvalidConfigError, match="resource 'db'"),
        opened_resources({"db": definition}, ["db"], "a test"),
    ):
        pass


def test_teardown_goes_backwards_also_after_a_failure() -> None:
    said: list[str] = []

    def tracked(name: str) -> ResourceDefinition:
        def make(_init: object) -> Iterator[str]:
            said.append(f"open {name}")
            yield name
            said.append(f"close {name}")

        return ResourceDefinition(make, required_resource_keys=set() if name == "a" else {"a"})

    def broken(_init: object) -> None:
        raise ConnectionError("no server")

    definitions = {"b": tracked("b"), "a": tracked("a"), "c": ResourceDefinition(broken, required_resource_keys={"b"})}

    with (
        pytest.raises(DagsterResourceFunctionError, match="a test: resource 'c' raised ConnectionError"),
        opened_resources(definitions, ["c"], "a test"),
    ):
        pass

    assert said == ["open a", "open b", "close b", "close a"]


def test_a_circle_of_resources_is_refused() -> None:
    def needing(key: str) -> ResourceDefinition:
        return ResourceDefinition(lambda _init: 1, required_resource_keys={key})

    with (
        pytest.raises(DagsterInvalidDefinitionError, match="circle"),
        opened_resources({"a": needing("b"), "b": needing("a")}, ["a"], "a test"),
    ):
        pass
