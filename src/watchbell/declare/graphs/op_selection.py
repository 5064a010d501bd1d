"""Selecting ops of a job by text: ``load``, ``*load`` (all before it), ``load+`` (one after), ``graph.load``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from watchbell.declare.graphs.compose import Node
from watchbell.declare.graphs.flat_graph import FlatGraph
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.graphs.handles import OutputHandle
from watchbell.ground.errors import DagsterInvalidSubsetError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean

_CLAUSE = re.compile(r"(?P<before>\*|\++)?(?P<name>[A-Za-z0-9_.]+)(?P<after>\*|\++)?\Z")


def select_ops(flat: FlatGraph, selection: Iterable[str], what: str) -> frozenset[str]:
    """The paths that a selection names.

    Args:
        flat: the job's graph.
        selection: clauses; the result is their union. A ``*`` before or after a name takes everything upstream or
            downstream; each ``+`` one layer; ``*`` alone everything. The name of a nested graph means all ops in it,
            and layers are counted in nodes as deep as the named one: a graph beside it is taken whole.
        what: the job, for messages.

    Raises:
        DagsterInvalidSubsetError: a clause cannot be read, or names nothing.
        ParameterCheckError: ``selection`` is a single text or holds something else than text.
    """
    if isinstance(selection, str):
        raise ParameterCheckError(f"op_selection is a list of text, not one text: [{selection!r}]", value=selection)
    found: set[str] = set()
    for clause in selection:
        if clause == "*":
            return frozenset(flat.nodes)
        match = _CLAUSE.match(clause) if isinstance(clause, str) else None
        if match is None:
            raise DagsterInvalidSubsetError(
                f"{clause!r} selects no ops of {what}: expected an op's name, with * or + before or after it"
            )
        name = match["name"]
        own = {path for path in flat.nodes if path == name or path.startswith(f"{name}.")}
        if not own:
            raise DagsterInvalidSubsetError(
                f"op_selection of {what} names {name!r}, which is no op of it{did_you_mean(name, flat.nodes)}",
                name=name,
            )
        found |= own
        if match["before"] or match["after"]:
            found |= _around(flat, name, match["before"], match["after"])
    return frozenset(found)


def _around(flat: FlatGraph, name: str, before: str | None, after: str | None) -> set[str]:
    """The ops upstream and downstream of a node, in nodes as deep as it."""
    depth = name.count(".") + 1
    node_of = {path: ".".join(path.split(".")[:depth]) for path in flat.nodes}
    up: dict[str, set[str]] = {node: set() for node in node_of.values()}
    down: dict[str, set[str]] = {node: set() for node in node_of.values()}
    for path, sources in flat.upstream.items():
        for each in sources:
            if node_of[each] != node_of[path]:
                up[node_of[path]].add(node_of[each])
                down[node_of[each]].add(node_of[path])
    reached = _reached({name}, up, before) | _reached({name}, down, after)
    return {path for path, node in node_of.items() if node in reached}


def _reached(start: set[str], edges: Mapping[str, Iterable[str]], marks: str | None) -> set[str]:
    if not marks:
        return set()
    layers = None if marks == "*" else len(marks)
    seen, edge = set(start), set(start)
    while edge and layers != 0:
        edge = {each for path in edge for each in edges[path]} - seen
        seen |= edge
        layers = None if layers is None else layers - 1
    return seen


def subset_graph(graph: GraphDefinition, paths: frozenset[str], prefix: str = "") -> GraphDefinition:
    """The graph with only the ops at ``paths``; what they took from others is left unconnected.

    Args:
        graph: the whole.
        paths: paths of ops, from the outermost graph on.
        prefix: path of this graph, ending in a dot unless it is the outermost.
    """
    nodes: dict[str, Node] = {}
    for name, node in graph.nodes.items():
        path = f"{prefix}{name}"
        if path in paths:
            nodes[name] = node
        elif isinstance(node.definition, GraphDefinition) and any(each.startswith(f"{path}.") for each in paths):
            nodes[name] = replace(node, definition=subset_graph(node.definition, paths, f"{path}."))
    sources = {}
    for (name, input_name), given in graph.sources.items():
        if name not in nodes or input_name not in nodes[name].definition.input_names:
            continue
        kept = tuple(each for each in given if not isinstance(each, OutputHandle) or _is_there(nodes, each))
        if kept:
            sources[name, input_name] = kept
    outputs = {name: handle for name, handle in graph.output_mappings.items() if _is_there(nodes, handle)}
    inputs = {
        name: tuple(place for place in places if place in sources) for name, places in graph.input_mappings.items()
    }
    return replace(
        graph,
        nodes=nodes,
        sources=sources,
        fan_ins=frozenset(place for place in graph.fan_ins if place in sources),
        unselected=graph.unselected.union(name for name in graph.nodes if name not in nodes),
        input_mappings={name: places for name, places in inputs.items() if places},
        output_mappings=outputs,
    )


def _is_there(nodes: Mapping[str, Node], handle: OutputHandle) -> bool:
    return handle.node in nodes and handle.output in nodes[handle.node].definition.output_names
