"""Connections of a graph as values."""

from typing import Any

import pytest

from watchbell.declare.graphs.dependency import (
    DependencyDefinition,
    DynamicCollectDependencyDefinition,
    InputMapping,
    MappedInputPlaceholder,
    MultiDependencyDefinition,
    NodeInvocation,
    OutputMapping,
)
from watchbell.ground.errors import ParameterCheckError


def test_a_dependency_takes_the_result_unless_told_otherwise() -> None:
    assert DependencyDefinition("load") == DependencyDefinition("load", "result")
    assert DependencyDefinition("load").get_node_dependencies() == [DependencyDefinition("load")]


@pytest.mark.parametrize(
    ("dependency", "is_fan_in"),
    [
        (DependencyDefinition("load"), False),
        (MultiDependencyDefinition([DependencyDefinition("load")]), True),
        (DynamicCollectDependencyDefinition("load"), True),
    ],
)
def test_lists_are_told_from_single_values(dependency: Any, is_fan_in: bool) -> None:
    assert dependency.is_fan_in() is is_fan_in


def test_a_fan_in_keeps_places_for_inputs_of_the_graph() -> None:
    several = MultiDependencyDefinition([DependencyDefinition("a"), MappedInputPlaceholder, DependencyDefinition("b")])

    assert several.get_node_dependencies() == [DependencyDefinition("a"), DependencyDefinition("b")]


def test_a_fan_in_holds_dependencies_only() -> None:
    with pytest.raises(ParameterCheckError, match="list of DependencyDefinition, not 'a'"):
        MultiDependencyDefinition(["a"])  # type: ignore[list-item]


def test_a_node_has_the_name_of_its_op_or_its_alias() -> None:
    assert NodeInvocation("load").node_name == "load"
    assert NodeInvocation("load", "again").node_name == "again"


def test_uses_of_an_op_can_be_keys_whatever_their_tags() -> None:
    assert len({NodeInvocation("load", "a", {"x": "1"}), NodeInvocation("load", "a", {"x": "1"})}) == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: DependencyDefinition(3),  # type: ignore[arg-type]
        lambda: NodeInvocation(None),  # type: ignore[arg-type]
        lambda: InputMapping(graph_input_name=1, mapped_node_name="a", mapped_node_input_name="b"),  # type: ignore[arg-type]
        lambda: OutputMapping("a", "b", 3),  # type: ignore[arg-type]
    ],
)
def test_names_are_text(make: Any) -> None:
    with pytest.raises(ParameterCheckError, match="is a str, not"):
        make()
