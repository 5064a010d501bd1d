"""The context of a resource's function, built for a direct call."""

from collections.abc import Iterator
from typing import Any

import pytest

from watchbell.declare.resource import InitResourceContext, resource
from watchbell.ground.errors import DagsterInvalidConfigError, DagsterInvalidInvocationError, ParameterCheckError
from watchbell.instance import DagsterInstance
from watchbell.testing.init_contexts import build_init_resource_context

SEEN: list[str] = []


@resource
def opened() -> Iterator[str]:
    SEEN.append("open")
    yield "value"
    SEEN.append("close")


@resource(config_schema={"n": int}, required_resource_keys={"opened"})
def numbered(context: InitResourceContext) -> Any:
    return context.resources.opened, context.resource_config


@pytest.fixture(autouse=True)
def forget() -> None:
    SEEN.clear()


def test_definitions_are_set_up_when_asked_for_and_torn_down_at_the_end() -> None:
    with build_init_resource_context(resources={"opened": opened, "plain": 3}) as context:
        assert SEEN == []
        assert (context.resources.opened, context.resources.plain) == ("value", 3)

    assert SEEN == ["open", "close"]


def test_a_direct_call_checks_its_config() -> None:
    context = build_init_resource_context(config={"n": 1}, resources={"opened": "x"})

    assert numbered(context) == ("x", {"n": 1})
    with pytest.raises(DagsterInvalidConfigError, match="root:config: missing; expected {n: Int}"):
        numbered(build_init_resource_context(resources={"opened": "x"}))


def test_a_direct_call_needs_a_context() -> None:
    with pytest.raises(DagsterInvalidInvocationError, match="build_init_resource_context"):
        numbered()
    with pytest.raises(DagsterInvalidInvocationError, match="takes a context"):
        numbered(None)
    with pytest.raises(ParameterCheckError, match="the context that the resource made by numbered is called with"):
        numbered({"n": 1})


def test_a_context_has_an_instance_and_no_run() -> None:
    with build_init_resource_context() as context:
        assert isinstance(context.instance, DagsterInstance)
        assert (context.run_id, context.dagster_run, context.event_loop) == (None, None, None)
        assert context.resource_config == {}


def test_the_config_can_be_replaced() -> None:
    replaced = build_init_resource_context(config={"n": 1}, resources={"a": 2}).replace_config({"n": 3})

    assert (replaced.resource_config, replaced.resources.a) == ({"n": 3}, 2)
