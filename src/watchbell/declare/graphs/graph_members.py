"""What a graph tells of its nodes, inputs and outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from watchbell.declare.config.data_type import DagsterType
from watchbell.declare.graphs.compose import Node
from watchbell.declare.graphs.dependency import Dependency, NodeInvocation
from watchbell.declare.graphs.graph_dependencies import dependencies_of
from watchbell.declare.graphs.handles import OutputHandle, Source
from watchbell.declare.graphs.node_members import InputDefinition, NodeMembers, OutputDefinition

Place = tuple[str, str]


class GraphMembers(NodeMembers):
    """The nodes of a graph by name, and its inputs and outputs as those of the nodes they lead to."""

    __slots__ = ()

    nodes: Mapping[str, Node]
    sources: Mapping[Place, tuple[Source, ...]]
    fan_ins: frozenset[Place]
    input_mappings: Mapping[str, tuple[Place, ...]]
    output_mappings: Mapping[str, OutputHandle]
    port_descriptions: Mapping[str, str]
    input_types: Mapping[str, DagsterType]

    def input_def_named(self, name: str) -> InputDefinition:
        """An input of the graph, of the type of the first input of a node that it goes to.

        Raises:
            DagsterInvariantViolationError: it has none of this name.
        """
        self._require("input", name, list(self.input_mappings))
        description = self.port_descriptions.get(f"in {name}")
        for node, input_name in self.input_mappings[name]:
            inner = self.nodes[node].definition.input_def_named(input_name)
            kind = self.input_types.get(name, inner.dagster_type)
            return InputDefinition(name, kind, description, inner.default_value)
        return InputDefinition(name, description=description)

    def output_def_named(self, name: str) -> OutputDefinition:
        """An output of the graph, of the type of the output of the node that gives it.

        Raises:
            DagsterInvariantViolationError: it has none of this name.
        """
        self._require("output", name, list(self.output_mappings))
        handle = self.output_mappings[name]
        inner = self.nodes[handle.node].definition.output_def_named(handle.output)
        return OutputDefinition(
            name,
            inner.dagster_type,
            self.port_descriptions.get(f"out {name}"),
            inner.is_required,
            is_dynamic=self.dynamic_levels(name) > 0,
        )

    def dynamic_levels(self, output_name: str) -> int:
        """By how many levels of mapping keys it gives an output (count)."""
        raise NotImplementedError

    @property
    def order(self) -> Sequence[str]:
        """Names of its nodes, each after those it takes from."""
        raise NotImplementedError

    @property
    def node_defs(self) -> Sequence[Any]:
        """The ops and graphs in it, each once."""
        return list({id(node.definition): node.definition for node in self.nodes.values()}.values())

    @property
    def dependencies(self) -> Mapping[NodeInvocation, Mapping[str, Dependency]]:
        """What connects its nodes; inputs that take from the graph's own are left out."""
        return dependencies_of(self.nodes, self.sources, self.fan_ins)

    @property
    def nodes_in_topological_order(self) -> Sequence[Node]:
        """Its nodes, each after those it takes from."""
        return [self.nodes[name] for name in self.order]

    def has_node_named(self, name: str) -> bool:
        """Whether it has a node of this name."""
        return name in self.nodes

    def node_names(self) -> Sequence[str]:
        """Names of its nodes."""
        return list(self.nodes)

    def iterate_node_defs(self) -> Iterator[Any]:
        """The graph itself, and all ops and graphs in it, nested ones included."""
        yield self
        for definition in self.node_defs:
            if isinstance(definition, GraphMembers):
                yield from definition.iterate_node_defs()
            else:
                yield definition

    def iterate_op_defs(self) -> Iterator[Any]:
        """All ops in it, nested ones included."""
        return (each for each in self.iterate_node_defs() if not isinstance(each, GraphMembers))
