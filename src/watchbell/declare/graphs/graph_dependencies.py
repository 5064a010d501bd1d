"""From a list of ops and a dict of dependencies to the nodes and sources of a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.declare.graphs.compose import Node
from watchbell.declare.graphs.dependency import (
    Dependency,
    DependencyDefinition,
    DependencyMapping,
    DynamicCollectDependencyDefinition,
    InputMapping,
    MappedInputPlaceholder,
    MultiDependencyDefinition,
    NodeInvocation,
    OutputMapping,
)
from watchbell.declare.graphs.handles import GraphInput, OutputHandle, Source
from watchbell.declare.names import check_instance, check_name
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.suggest import did_you_mean

Place = tuple[str, str]


class ConnectedNodes:
    """The nodes of a graph and what connects them, read from values.

    Args:
        node_defs: the ops and graphs.
        dependencies: node -> input -> where its value comes from; what is not named takes nothing.
        input_mappings: inputs of the graph and where they go.
        output_mappings: outputs of the graph and where they come from.
        what: the graph, for messages.

    Raises:
        DagsterInvalidDefinitionError: something is named that is not there.
    """

    def __init__(
        self,
        node_defs: Sequence[Any],
        dependencies: DependencyMapping,
        input_mappings: Sequence[InputMapping],
        output_mappings: Sequence[OutputMapping],
        what: str,
    ) -> None:
        self._what = what
        self.nodes: dict[str, Node] = {}
        self.sources: dict[Place, tuple[Source, ...]] = {}
        self.fan_ins: set[Place] = set()
        self.input_mappings: dict[str, tuple[Place, ...]] = {}
        self.port_descriptions: dict[str, str] = {}
        self._name_nodes(node_defs, dependencies)
        for key, inputs in dependencies.items():
            name = key.node_name if isinstance(key, NodeInvocation) else key
            for input_name, dependency in inputs.items():
                self._connect((name, input_name), dependency)
        for each in input_mappings:
            self._map_input(each)
        for place, sources in self.sources.items():
            if any(each == _UNFILLED for each in sources):
                raise DagsterInvalidDefinitionError(
                    f"{what}: the list that goes to input {place[1]!r} of {place[0]!r} has a MappedInputPlaceholder, "
                    "but no InputMapping with that fan_in_index fills it"
                )
        self.output_mappings: Mapping[str, OutputHandle] = self._outputs(output_mappings)

    def _name_nodes(self, node_defs: Sequence[Any], dependencies: DependencyMapping) -> None:
        definitions: dict[str, Any] = {}
        for each in node_defs:
            if not hasattr(each, "node_type"):
                raise DagsterInvalidDefinitionError(f"{self._what}: node_defs has {each!r}; expected ops and graphs")
            if definitions.setdefault(each.name, each) is not each:
                raise DagsterInvalidDefinitionError(f"{self._what}: two different node_defs are called {each.name!r}")
        keys = [key if isinstance(key, NodeInvocation) else NodeInvocation(key) for key in dependencies]
        named = {key.name for key in keys}
        # Those that are named nowhere are nodes too, under their own names.
        keys = [NodeInvocation(name) for name in definitions if name not in named] + keys
        for key in keys:
            if key.name not in definitions:
                raise DagsterInvalidDefinitionError(
                    f"{self._what}: dependencies name {key.name!r}, which is not among node_defs"
                    f"{did_you_mean(key.name, definitions)}"
                )
            name = check_name(key.node_name, "node")
            if name in self.nodes:
                raise DagsterInvalidDefinitionError(
                    f"{self._what}: two nodes are called {name!r}; give one of them another alias"
                )
            hooks = frozenset(key.hook_defs)
            self.nodes[name] = Node(name, definitions[key.name], key.tags, key.retry_policy, hooks=hooks)

    def _connect(self, place: Place, dependency: Dependency) -> None:
        if isinstance(dependency, DependencyDefinition):
            self.sources[place] = (self._handle(place, dependency),)
        elif isinstance(dependency, MultiDependencyDefinition):
            self.fan_ins.add(place)
            self.sources[place] = tuple(
                self._handle(place, each) if isinstance(each, DependencyDefinition) else _UNFILLED
                for each in dependency.dependencies
            )
        elif isinstance(dependency, DynamicCollectDependencyDefinition):
            (taken,) = dependency.get_node_dependencies()
            self.sources[place] = (self._handle(place, taken)._replace(collects=1),)
        else:
            raise DagsterInvalidDefinitionError(
                f"{self._what}: {'.'.join(place)} depends on {dependency!r}; expected a DependencyDefinition or "
                "a MultiDependencyDefinition"
            )

    def _handle(self, place: Place, dependency: DependencyDefinition) -> OutputHandle:
        if dependency.node not in self.nodes:
            raise DagsterInvalidDefinitionError(
                f"{self._what}: {'.'.join(place)} depends on {dependency.node!r}, which is no node of it"
                f"{did_you_mean(dependency.node, self.nodes)}"
            )
        return OutputHandle(dependency.node, dependency.output)

    def _map_input(self, mapping: InputMapping) -> None:
        check_instance(mapping, InputMapping, f"each of input_mappings of {self._what}")
        name = check_name(mapping.graph_input_name, "input")
        place = (mapping.mapped_node_name, mapping.mapped_node_input_name)
        if mapping.mapped_node_name not in self.nodes:
            raise DagsterInvalidDefinitionError(
                f"{self._what}: its input {name!r} goes to {mapping.mapped_node_name!r}, which is no node of it"
                f"{did_you_mean(mapping.mapped_node_name, self.nodes)}"
            )
        if mapping.graph_input_description is not None:
            self.port_descriptions[f"in {name}"] = mapping.graph_input_description
        self.input_mappings[name] = (*self.input_mappings.get(name, ()), place)
        if mapping.fan_in_index is None:
            if place in self.sources:
                raise DagsterInvalidDefinitionError(
                    f"{self._what}: {'.'.join(place)} takes both the graph's input {name!r} and something else; "
                    "in a list use MappedInputPlaceholder and fan_in_index"
                )
            self.sources[place] = (GraphInput(name),)
            return
        sources = list(self.sources.get(place, ()))
        if mapping.fan_in_index >= len(sources) or sources[mapping.fan_in_index] != _UNFILLED:
            raise DagsterInvalidDefinitionError(
                f"{self._what}: fan_in_index {mapping.fan_in_index} of its input {name!r} is no MappedInputPlaceholder "
                f"in the list that goes to {'.'.join(place)}"
            )
        sources[mapping.fan_in_index] = GraphInput(name)
        self.sources[place] = tuple(sources)

    def _outputs(self, mappings: Sequence[OutputMapping]) -> dict[str, OutputHandle]:
        outputs = {}
        for each in mappings:
            check_instance(each, OutputMapping, f"each of output_mappings of {self._what}")
            if each.graph_output_description is not None:
                self.port_descriptions[f"out {each.graph_output_name}"] = each.graph_output_description
            outputs[each.graph_output_name] = OutputHandle(each.mapped_node_name, each.mapped_node_output_name)
        return outputs


_UNFILLED = GraphInput("")


def dependencies_of(
    nodes: Mapping[str, Node], sources: Mapping[Place, tuple[Source, ...]], fan_ins: frozenset[Place]
) -> dict[NodeInvocation, dict[str, Dependency]]:
    """What connects the nodes of a graph, as values; inputs that take from the graph's own are left out.

    Args:
        nodes: the nodes by name.
        sources: (node, input) -> where its value comes from.
        fan_ins: the inputs that take a list.
    """
    found: dict[NodeInvocation, dict[str, Dependency]] = {}
    for name, node in nodes.items():
        key = NodeInvocation(node.definition.name, name, node.tags, node.hooks, node.retry_policy)
        found[key] = {}
        for input_name in node.definition.input_names:
            taken = sources.get((name, input_name), ())
            if (name, input_name) in fan_ins:
                found[key][input_name] = MultiDependencyDefinition(
                    [
                        DependencyDefinition(each.node, each.output)
                        if isinstance(each, OutputHandle)
                        else MappedInputPlaceholder
                        for each in taken
                    ]
                )
            for each in taken:
                if (name, input_name) not in fan_ins and isinstance(each, OutputHandle):
                    found[key][input_name] = _dependency(each)
    return found


def _dependency(handle: OutputHandle) -> Dependency:
    if handle.collects:
        return DynamicCollectDependencyDefinition(handle.node, handle.output)
    return DependencyDefinition(handle.node, handle.output)
