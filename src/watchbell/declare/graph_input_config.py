"""Values that run config gives the inputs of graphs in graphs: ``ops: <graph>: inputs: <input>: …``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from watchbell.declare.config.config_type import Path, Reading, shown
from watchbell.declare.config.data_type import DagsterType
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.ground.suggest import did_you_mean

Place = tuple[str, str]  # path of an op, its input
Read = Callable[[DagsterType, Any, Path, Reading], Any]


def graph_input_values(
    graph: GraphDefinition,
    given: Mapping[str, Any],
    reading: Reading,
    read: Read,
    path: Path = ("ops",),
    prefix: str = "",
) -> dict[Place, Any]:
    """Values of unconnected inputs of nested graphs, by the inputs of ops that they go to.

    Args:
        graph: the graph around them.
        given: config of its nodes, by name.
        reading: takes mistakes.
        read: reads the value of an input of some type.
        path: where ``given`` stands.
        prefix: path of the graph in the job, ending in a dot unless it is the outermost.
    """
    found: dict[Place, Any] = {}
    for name, node in graph.nodes.items():
        entry, inner = given.get(name), node.definition
        if not isinstance(inner, GraphDefinition) or not isinstance(entry, Mapping):
            continue
        here = (*path, name)
        inputs = entry.get("inputs") or {}
        if not isinstance(inputs, Mapping):
            reading.wrong((*here, "inputs"), f"expected a dict, found {shown(inputs)}")
            inputs = {}
        for key, raw in inputs.items():
            where = (*here, "inputs", str(key))
            if key not in inner.input_mappings:
                reading.wrong(where, f"this input does not exist{did_you_mean(str(key), inner.input_mappings)}")
            elif (name, key) in graph.sources:
                reading.wrong(where, "this input is connected to another op")
            else:
                places = dict(_targets(inner, key, f"{prefix}{name}."))
                value = read(next(iter(places.values())), raw, where, reading)
                found.update(dict.fromkeys(places, value))
        inside = entry.get("ops")
        if inner.config_mapping is None and isinstance(inside, Mapping):
            found |= graph_input_values(inner, inside, reading, read, (*here, "ops"), f"{prefix}{name}.")
    return found


def _targets(graph: GraphDefinition, name: str, prefix: str) -> Iterator[tuple[Place, DagsterType]]:
    """The inputs of ops that an input of a graph goes to, with their types."""
    for node, each in graph.input_mappings[name]:
        inner = graph.nodes[node].definition
        if isinstance(inner, GraphDefinition):
            yield from _targets(inner, each, f"{prefix}{node}.")
        else:
            yield (f"{prefix}{node}", each), inner.ins[each].dagster_type
