"""A graph with nested graphs dissolved: what a run goes by."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from typing import Any

from watchbell.declare.graphs.compose import Node
from watchbell.declare.graphs.dynamic_levels import Dims, dims_of
from watchbell.declare.graphs.handles import OutputHandle, Source
from watchbell.declare.graphs.op import OpDefinition
from watchbell.declare.hook import NO_HOOKS, HookDefinition
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.value import dataclass

InputPlace = tuple[str, str]  # node (name, or path in a flat graph), input


@dataclass(frozen=True, eq=False)
class FlatGraph:
    """A graph with nested graphs dissolved: ops only, by path.

    Args:
        nodes: path (names joined by dots) -> op, as a node with the tags and retry policy of the graphs around it too.
        sources: (path, input) -> where its value comes from; several for a fan-in. No entry: nothing is connected.
        fan_ins: the inputs that take a list.
        outputs: name of an output of the graph -> the op's output that gives it.
    """

    nodes: Mapping[str, Node]
    sources: Mapping[InputPlace, tuple[Source, ...]]
    fan_ins: frozenset[InputPlace]
    outputs: Mapping[str, OutputHandle]

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The paths, each after those it takes from; in the order of definition where that leaves a choice."""
        return order_of(self.nodes, self.sources, "graph")

    @cached_property
    def dims(self) -> Mapping[str, Dims]:
        """Path of each op that is mapped over dynamic outputs -> those outputs, outermost first; others are missing.

        Raises:
            DagsterInvalidDefinitionError: an op would be mapped over dynamic outputs of which none lies in the other.
        """
        return dims_of(self.nodes, self.order, self.sources, self.fan_ins)

    @cached_property
    def upstream(self) -> Mapping[str, tuple[str, ...]]:
        """Path -> paths it takes from, without repetition."""
        found: dict[str, dict[str, None]] = {path: {} for path in self.nodes}
        for (path, _), sources in self.sources.items():
            found[path].update((each.node, None) for each in sources if isinstance(each, OutputHandle))
        return {path: tuple(each) for path, each in found.items()}


def order_of(nodes: Mapping[str, Node], sources: Mapping[InputPlace, tuple[Source, ...]], what: str) -> tuple[str, ...]:
    """The nodes' names, each after those it takes from; in the order of definition where that leaves a choice.

    Raises:
        DagsterInvalidDefinitionError: there is a cycle.
    """
    after: dict[str, set[str]] = {name: set() for name in nodes}
    waiting = dict.fromkeys(nodes, 0)
    for (name, _), each in sources.items():
        for source in each:
            if isinstance(source, OutputHandle) and name not in after[source.node]:
                after[source.node].add(name)
                waiting[name] += 1
    place = {name: at for at, name in enumerate(nodes)}
    names = list(nodes)
    ready = [place[name] for name, count in waiting.items() if count == 0]
    order = []
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        for follower in after[name]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heapq.heappush(ready, place[follower])
    if len(order) < len(nodes):
        stuck = [name for name in nodes if name not in set(order)]
        raise DagsterInvalidDefinitionError(
            f"{what} has a cycle: {', '.join(stuck[:8])} wait for each other; break one of their connections",
            nodes=stuck,
        )
    return tuple(order)


def flatten(graph: Any) -> FlatGraph:
    """A GraphDefinition with nested ones dissolved."""
    nodes: dict[str, Node] = {}
    sources: dict[InputPlace, tuple[Source, ...]] = {}
    fan_ins: set[InputPlace] = set()
    outputs = _dissolve(graph, _Around(tags=graph.tags), nodes, sources, fan_ins)
    in_order = dict.fromkeys(path for path, _ in graph.ops())
    return FlatGraph({path: nodes[path] for path in in_order}, sources, frozenset(fan_ins), outputs)


@dataclass(frozen=True)
class _Around:
    """What a nested graph inherits from where it stands."""

    prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    retry_policy: RetryPolicy | None = None
    # input of the nested graph -> (its sources in the flat graph, whether they are a fan-in)
    inputs: Mapping[str, tuple[tuple[Source, ...], bool]] | None = None
    hooks: frozenset[HookDefinition] = NO_HOOKS


def _dissolve(
    graph: Any,
    around: _Around,
    nodes: dict[str, Node],
    sources: dict[InputPlace, tuple[Source, ...]],
    fan_ins: set[InputPlace],
) -> dict[str, OutputHandle]:
    """Adds the graph's ops to the flat one; returns its outputs there."""
    given: dict[str, dict[str, OutputHandle]] = {}

    def flat_sources(place: InputPlace) -> tuple[tuple[Source, ...], bool] | None:
        found: list[Source] = []
        is_fan_in = place in graph.fan_ins
        for source in graph.sources.get(place, ()):
            if isinstance(source, OutputHandle):
                inner = given[source.node][source.output]
                found.append(inner._replace(collects=source.collects) if source.collects else inner)
            elif around.inputs is None:
                found.append(source)
            else:
                outer = around.inputs.get(source.name)
                if outer is None:
                    continue
                found.extend(outer[0])
                is_fan_in = is_fan_in or outer[1]
        return (tuple(found), is_fan_in) if found or is_fan_in else None

    for name in graph.order:
        node = graph.nodes[name]
        path = f"{around.prefix}{name}"
        inputs = {each: flat_sources((name, each)) for each in node.definition.input_names}
        connected = {each: found for each, found in inputs.items() if found is not None}
        tags = {**around.tags, **node.definition.tags, **node.tags}
        policy = node.retry_policy or getattr(node.definition, "retry_policy", None) or around.retry_policy
        hooks = (around.hooks | node.hooks) or NO_HOOKS
        if node.definition.node_type == "graph":
            inner = _Around(f"{path}.", tags, node.retry_policy or around.retry_policy, connected, hooks)
            given[name] = _dissolve(node.definition, inner, nodes, sources, fan_ins)
            continue
        hooks = (hooks | getattr(node.definition, "hook_defs", NO_HOOKS)) or NO_HOOKS
        is_same = (path, tags, hooks) == (node.name, node.tags, node.hooks) and policy is node.retry_policy
        nodes[path] = node if is_same else Node(path, node.definition, tags, policy, node.assets, hooks)
        for each, (found, is_fan_in) in connected.items():
            sources[path, each] = found
            if is_fan_in:
                fan_ins.add((path, each))
        given[name] = {output: OutputHandle(path, output) for output in node.definition.output_names}
    return {name: given[handle.node][handle.output] for name, handle in graph.output_mappings.items()}


def op_of(node: Node) -> OpDefinition:
    """The op of a node of a flat graph."""
    assert isinstance(node.definition, OpDefinition)
    return node.definition
