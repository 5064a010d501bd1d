"""What makes assets: one op, or a graph of ops, seen through its inputs and outputs.

The assets of a graph are made by ops inside it. So each end of the graph stands for places of its ops, given by their
path in the job: a graph called ``load`` with an op ``parse`` in it runs the step ``load.parse``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Protocol

from watchbell.declare.graphs.flat_graph import op_of
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.handles import GraphInput, OutputHandle
from watchbell.declare.graphs.op import OpDefinition
from watchbell.declare.graphs.op_selection import subset_graph
from watchbell.declare.graphs.output import Out
from watchbell.record.keys import AssetKey

InputPlace = tuple[str, str]  # path of an op, its input
OutputPlace = tuple[str, str]  # path of an op, its output


class AssetNode(Protocol):
    """An op or graph that makes assets."""

    @property
    def definition(self) -> OpDefinition | GraphDefinition:
        """The op or graph."""

    @property
    def input_names(self) -> Sequence[str]:
        """Names of its inputs."""

    @property
    def output_names(self) -> Sequence[str]:
        """Names of its outputs."""

    @property
    def resource_keys(self) -> frozenset[str]:
        """Resources that its functions, inputs and outputs need."""

    @property
    def manager_keys(self) -> frozenset[str]:
        """Resources that store what its ops give."""

    def loads(self, input_name: str) -> bool:
        """Whether an input takes a value, and does not only wait."""

    def op_of(self, output_name: str) -> OpDefinition:
        """The op that gives an output."""

    def out_of(self, output_name: str) -> Out:
        """The output of the op that gives an output."""

    def paths(self, path: str) -> Sequence[str]:
        """Paths of its ops, where it stands at ``path``."""

    def output_place(self, path: str, output_name: str) -> OutputPlace:
        """The op's output that an output is."""

    def input_places(self, path: str, input_name: str) -> Sequence[InputPlace]:
        """The ops' inputs that take an input."""

    def outputs_at(self, path: str) -> Mapping[str, str] | None:
        """Its outputs that the op at ``path`` gives, each with the op's own name for it; None: all of them."""

    def cut(
        self, outputs: Collection[str], assets: Mapping[str, AssetKey]
    ) -> tuple[AssetNode, dict[InputPlace, AssetKey]]:
        """What is left of it when only some outputs are wanted.

        Args:
            outputs: the wanted outputs.
            assets: the assets that its outputs are; of one that is not wanted the stored value is taken.

        Returns:
            The rest, and the inputs in it that take an asset which is no longer made.
        """


class OpNode:
    """An op that makes assets."""

    __slots__ = ("definition",)

    def __init__(self, definition: OpDefinition) -> None:
        self.definition = definition

    @property
    def input_names(self) -> Sequence[str]:
        """Names of its inputs."""
        return list(self.definition.ins)

    @property
    def output_names(self) -> Sequence[str]:
        """Names of its outputs."""
        return list(self.definition.outs)

    @property
    def resource_keys(self) -> frozenset[str]:
        """Resources that its function, inputs and outputs need."""
        return _resource_keys(self.definition)

    @property
    def manager_keys(self) -> frozenset[str]:
        """Resources that store what it gives."""
        return _manager_keys(self.definition)

    def loads(self, input_name: str) -> bool:
        """Whether an input takes a value."""
        return not self.definition.ins[input_name].is_nothing

    def op_of(self, output_name: str) -> OpDefinition:
        """The op."""
        return self.definition

    def out_of(self, output_name: str) -> Out:
        """The output."""
        return self.definition.outs[output_name]

    def paths(self, path: str) -> Sequence[str]:
        """Its own path."""
        return (path,)

    def output_place(self, path: str, output_name: str) -> OutputPlace:
        """The output itself."""
        return (path, output_name)

    def input_places(self, path: str, input_name: str) -> Sequence[InputPlace]:
        """The input itself."""
        return ((path, input_name),)

    def outputs_at(self, path: str) -> Mapping[str, str] | None:
        """All of them."""
        return None

    def cut(
        self, outputs: Collection[str], assets: Mapping[str, AssetKey]
    ) -> tuple[AssetNode, dict[InputPlace, AssetKey]]:
        """The op: its function is told which outputs to give."""
        return self, {}


class GraphNode:
    """A graph that makes assets."""

    def __init__(self, definition: GraphDefinition) -> None:
        self.definition = definition

    @property
    def input_names(self) -> Sequence[str]:
        """Names of its inputs."""
        return self.definition.input_names

    @property
    def output_names(self) -> Sequence[str]:
        """Names of its outputs."""
        return self.definition.output_names

    @cached_property
    def resource_keys(self) -> frozenset[str]:
        """Resources that its functions, inputs and outputs need."""
        return frozenset().union(*(_resource_keys(op_of(node)) for node in self.definition.flat.nodes.values()))

    @property
    def manager_keys(self) -> frozenset[str]:
        """Resources that store what its ops give."""
        return frozenset().union(*(_manager_keys(op_of(node)) for node in self.definition.flat.nodes.values()))

    @cached_property
    def _places_by_input(self) -> Mapping[str, Sequence[InputPlace]]:
        found: dict[str, list[InputPlace]] = {}
        for place, sources in self.definition.flat.sources.items():
            for source in sources:
                if isinstance(source, GraphInput):
                    found.setdefault(source.name, []).append(place)
        return found

    def loads(self, input_name: str) -> bool:
        """Whether an input takes a value somewhere inside."""
        nodes = self.definition.flat.nodes
        places = self._places_by_input.get(input_name, ())
        return any(not op_of(nodes[path]).ins[name].is_nothing for path, name in places)

    def op_of(self, output_name: str) -> OpDefinition:
        """The op inside that gives an output."""
        flat = self.definition.flat
        return op_of(flat.nodes[flat.outputs[output_name].node])

    def out_of(self, output_name: str) -> Out:
        """The output of that op."""
        return self.op_of(output_name).outs[self.definition.flat.outputs[output_name].output]

    def paths(self, path: str) -> Sequence[str]:
        """Paths of its ops."""
        return [f"{path}.{each}" for each in self.definition.flat.nodes]

    def output_place(self, path: str, output_name: str) -> OutputPlace:
        """The op's output that an output is."""
        handle = self.definition.flat.outputs[output_name]
        return (f"{path}.{handle.node}", handle.output)

    def input_places(self, path: str, input_name: str) -> Sequence[InputPlace]:
        """The ops' inputs that take an input."""
        return [(f"{path}.{inner}", name) for inner, name in self._places_by_input.get(input_name, ())]

    def outputs_at(self, path: str) -> Mapping[str, str] | None:
        """Its outputs that the op at ``path`` gives, each with the op's own name for it."""
        flat = self.definition.flat
        inner = max((each for each in flat.nodes if path.endswith(f".{each}")), key=len)
        return {name: handle.output for name, handle in flat.outputs.items() if handle.node == inner}

    def cut(
        self, outputs: Collection[str], assets: Mapping[str, AssetKey]
    ) -> tuple[AssetNode, dict[InputPlace, AssetKey]]:
        """The graph with the ops that the outputs need; what is an asset left out is loaded, not made on the way."""
        flat = self.definition.flat
        left_out = {flat.outputs[name][:2]: key for name, key in assets.items() if name not in outputs}
        wanted = [flat.outputs[name].node for name in outputs]
        paths: set[str] = set()
        loads: dict[InputPlace, AssetKey] = {}
        while wanted:
            path = wanted.pop()
            if path in paths:
                continue
            paths.add(path)
            for name in op_of(flat.nodes[path]).ins:
                for source in _handles(flat.sources.get((path, name), ())):
                    key = left_out.get(source[:2])
                    if key is None:
                        wanted.append(source.node)
                    else:
                        loads[path, name] = key
        made = {place for place in left_out if place[0] in paths}
        loads = {place: key for place, key in loads.items() if not self._is_from(place, made)}
        return GraphNode(subset_graph(self.definition, frozenset(paths))), loads

    def _is_from(self, place: InputPlace, made: set[OutputPlace]) -> bool:
        """Whether an input takes one of these outputs, whose op runs after all, for another asset."""
        return any(source[:2] in made for source in _handles(self.definition.flat.sources.get(place, ())))


def node_of(definition: OpDefinition | GraphDefinition) -> AssetNode:
    """An op or graph, seen as what makes assets."""
    return OpNode(definition) if isinstance(definition, OpDefinition) else GraphNode(definition)


def _resource_keys(op: OpDefinition) -> frozenset[str]:
    loaders = {each.input_manager_key for each in op.ins.values() if each.input_manager_key is not None}
    return op.required_resource_keys | _manager_keys(op) | loaders


def _manager_keys(op: OpDefinition) -> frozenset[str]:
    return frozenset(out.io_manager_key for out in op.outs.values() if not out.is_nothing)


def _handles(sources: Iterable[object]) -> Iterable[OutputHandle]:
    return (each for each in sources if isinstance(each, OutputHandle))
