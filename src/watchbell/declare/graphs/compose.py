"""Composition: what the body of a ``@job`` or ``@graph`` function records when it calls ops.

While such a body runs, a :class:`Composition` is on the stack of its thread. Calling a definition then
runs nothing: it adds a node and answers with handles of its outputs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import field, replace
from typing import Any, Protocol

from watchbell.declare.graphs.handles import DynamicHandle, GraphInput, ManyOutputs, OutputHandle, Source
from watchbell.declare.hook import NO_HOOKS, HookDefinition, check_hooks
from watchbell.declare.names import check_instance, check_name, definition_tags
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass


class NodeDefinition(Protocol):
    """What can be a node: an op, or a graph."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def node_type(self) -> str:
        """``"op"`` or ``"graph"``, for messages."""

    @property
    def input_names(self) -> Sequence[str]:
        """Names of its inputs, in order."""

    @property
    def output_names(self) -> Sequence[str]:
        """Names of its outputs, in order."""

    def dynamic_levels(self, output_name: str) -> int:
        """By how many levels of mapping keys it gives an output (count); 0 for one that is not dynamic."""


@dataclass(frozen=True)
class Node:
    """A definition used in a graph.

    Args:
        name: its name there; the alias, if it has one.
        definition: the op or graph.
        tags: tags beyond the definition's.
        retry_policy: replaces the definition's.
        assets: the AssetsDefinition whose op it is; None: it makes no assets.
        hooks: hooks of its steps.
    """

    name: str
    definition: Any
    tags: Mapping[str, str] = field(default_factory=dict)
    retry_policy: RetryPolicy | None = None
    assets: Any = None
    hooks: frozenset[HookDefinition] = NO_HOOKS


class Composition:
    """Records the nodes of one graph while the user's function runs.

    Args:
        what: the graph's kind and name for messages, e.g. ``"job 'etl'"``.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self.nodes: dict[str, Node] = {}
        self.sources: dict[tuple[str, str], tuple[Source, ...]] = {}
        self.fan_ins: set[tuple[str, str]] = set()
        self._has_dynamic = False
        self._levels: dict[str, int] = {}  # node -> levels of mapping keys it is mapped over; absent: 0

    def invoke(self, call: PendingNode, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Adds a node and connects its inputs.

        Returns:
            None without outputs, the handle of the only output, or a named tuple of handles.

        Raises:
            DagsterInvalidDefinitionError: a name is taken, an input unknown or given twice, or a value is no handle.
        """
        name = self._node_name(call)
        inputs = self._inputs_by_name(call.definition, name, args, kwargs)
        for input_name, value in inputs.items():
            sources, is_fan_in = self._sources(value, input_name, name)
            self.sources[name, input_name] = sources
            if is_fan_in:
                self.fan_ins.add((name, input_name))
        self.nodes[name] = Node(name, call.definition, call.tags, call.retry_policy, call.assets, call.hooks)
        if self._has_dynamic:
            self._note_levels(name, inputs)
        return self._handles(name, call.definition)

    def levels_of(self, handle: OutputHandle) -> int:
        """By how many levels of mapping keys an output of a node here is given (count)."""
        own = self.nodes[handle.node].definition.dynamic_levels(handle.output)
        return self._levels.get(handle.node, 0) + int(own)

    def _handles(self, node: str, definition: NodeDefinition) -> Any:
        handles = ManyOutputs(self._handle(node, definition, output) for output in definition.output_names)
        if not handles:
            return None
        return handles[0] if len(handles) == 1 else handles

    def _handle(self, node: str, definition: NodeDefinition, output: str) -> OutputHandle | DynamicHandle:
        handle = OutputHandle(node, output)
        if not definition.dynamic_levels(output):
            return handle
        self._has_dynamic = True
        return DynamicHandle(handle, self._levels.get(node, 0), self.levels_of)

    def _note_levels(self, node: str, inputs: Iterable[str]) -> None:
        """Notes how deep inside maps a node stands: as deep as the deepest of what it takes."""
        taken = [each for name in inputs for each in self.sources[node, name] if isinstance(each, OutputHandle)]
        levels = max((self.levels_of(each) - each.collects for each in taken), default=0)
        if levels:
            self._levels[node] = levels

    def _node_name(self, call: PendingNode) -> str:
        if call.given_name is not None:
            if call.given_name in self.nodes:
                raise DagsterInvalidDefinitionError(
                    f"{self.what}: two nodes are called {call.given_name!r}; give one another .alias(...)",
                    node=call.given_name,
                )
            return call.given_name
        name, number = call.definition.name, 1
        while name in self.nodes:
            number += 1
            name = f"{call.definition.name}_{number}"
        return str(name)

    def _inputs_by_name(
        self, definition: NodeDefinition, node: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> dict[str, Any]:
        names = list(definition.input_names)
        if len(args) > len(names):
            raise DagsterInvalidDefinitionError(
                f"{self.what}: {definition.node_type} {node!r} takes {len(names)} inputs but is given {len(args)}",
                node=node,
            )
        inputs = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name not in names:
                raise DagsterInvalidDefinitionError(
                    f"{self.what}: {definition.node_type} {node!r} has no input {name!r}{did_you_mean(name, names)}",
                    node=node,
                )
            if name in inputs:
                raise DagsterInvalidDefinitionError(
                    f"{self.what}: input {name!r} of {definition.node_type} {node!r} is given by position and by name",
                    node=node,
                )
            inputs[name] = value
        return inputs

    def _sources(self, value: Any, input_name: str, node: str) -> tuple[tuple[Source, ...], bool]:
        where = f"{self.what}: input {input_name!r} of {node!r}"
        if isinstance(value, OutputHandle | GraphInput):
            return (self._known(value, where),), False
        if isinstance(value, DynamicHandle):
            raise DagsterInvalidDefinitionError(_not_unpacked(where, value))
        if isinstance(value, list):
            for each in value:
                if isinstance(each, DynamicHandle):
                    raise DagsterInvalidDefinitionError(_not_unpacked(where, each))
                if isinstance(each, OutputHandle) and each.collects:
                    raise DagsterInvalidDefinitionError(
                        f"{where} is given a list with all values of {each.node!r}, which are a list themselves; "
                        "pass .collect() alone"
                    )
                if not isinstance(each, OutputHandle | GraphInput):
                    raise DagsterInvalidDefinitionError(f"{where} is given a list with {each!r}; {_ONLY_HANDLES}")
            return tuple(self._known(each, where) for each in value), True
        if isinstance(value, ManyOutputs):
            names = ", ".join(repr(handle.output) for handle in value)
            raise DagsterInvalidDefinitionError(
                f"{where} is given all outputs of {value[0].node!r} at once; pass one of them: {names}"
            )
        if isinstance(value, PendingNode) or hasattr(value, "node_type"):
            raise DagsterInvalidDefinitionError(
                f"{where} is given {getattr(value, 'name', value)!r} itself; call it to get its output"
            )
        raise DagsterInvalidDefinitionError(
            f"{where} is given {value!r} ({type(value).__name__}); {_ONLY_HANDLES}", input=input_name
        )

    def _known(self, source: Source, where: str) -> Source:
        if isinstance(source, OutputHandle) and source.node not in self.nodes:
            raise DagsterInvalidDefinitionError(
                f"{where} is given an output of {source.node!r}, which was called in another graph"
            )
        return source


_ONLY_HANDLES = (
    "inside a job or graph an input takes what another op returned, or an input of the graph; "
    "constants go into config or default values"
)


@dataclass(frozen=True)
class PendingNode:
    """A definition with a name, tags, hooks or a retry policy for its next call.

    Args:
        definition: the op or graph.
        given_name: the alias, None without.
        tags: tags of the node.
        retry_policy: retry policy of the node.
        assets: the AssetsDefinition that was called, None for an op or graph.
        hooks: hooks of the node.
    """

    definition: Any
    given_name: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    retry_policy: RetryPolicy | None = None
    assets: Any = None
    hooks: frozenset[HookDefinition] = NO_HOOKS

    @property
    def node_def(self) -> Any:
        """The op or graph."""
        return self.definition

    @property
    def given_alias(self) -> str | None:
        """The name it was given; None without."""
        return self.given_name

    @property
    def hook_defs(self) -> frozenset[HookDefinition]:
        """Hooks of the node."""
        return self.hooks

    @property
    def name(self) -> str:
        """The name it will have."""
        return self.given_name or str(self.definition.name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Adds the node to the graph that is being composed; outside of one, calls the op itself.

        Raises:
            DagsterInvariantViolationError: a graph was called outside the body of a job or graph.
        """
        composition = current_composition()
        if composition is None:
            return (self.definition if self.assets is None else self.assets)(*args, **kwargs)
        return composition.invoke(self, args, kwargs)

    def alias(self, name: str) -> PendingNode:
        """The same with another name in the graph."""
        return replace(self, given_name=check_name(name, "alias"))

    def tag(self, tags: Mapping[str, Any] | None) -> PendingNode:
        """The same with more tags."""
        return replace(self, tags={**self.tags, **definition_tags(tags, f"node {self.name!r}")})

    def with_hooks(self, hook_defs: AbstractSet[HookDefinition]) -> PendingNode:
        """The same with more hooks."""
        return replace(self, hooks=self.hooks | check_hooks(hook_defs, f"node {self.name!r}"))

    def with_retry_policy(self, retry_policy: RetryPolicy) -> PendingNode:
        """The same with another retry policy."""
        return replace(self, retry_policy=check_instance(retry_policy, RetryPolicy, f"retry_policy of {self.name!r}"))

    def to_job(self, name: str | None = None, **given: Any) -> Any:
        """A job of the graph with these tags and hooks; see :meth:`GraphDefinition.to_job`.

        Raises:
            DagsterInvalidDefinitionError: it is an op.
        """
        if self.definition.node_type != "graph":
            raise DagsterInvalidDefinitionError(f"op {self.name!r} is no graph, so there is no job of it")
        given["tags"] = {**self.tags, **(given.get("tags") or {})} or None
        given["hooks"] = self.hooks.union(given.get("hooks") or ()) or None
        if given.get("op_retry_policy") is None:
            given["op_retry_policy"] = self.retry_policy
        return self.definition.to_job(name or self.name, **given)

    def execute_in_process(self, **given: Any) -> Any:
        """Runs the graph; see :meth:`GraphDefinition.execute_in_process`."""
        return self.to_job().execute_in_process(**given)


PendingNodeInvocation = PendingNode

_stack = threading.local()


def current_composition() -> Composition | None:
    """The graph being composed in this thread, the innermost one."""
    stack: list[Composition] = getattr(_stack, "compositions", [])
    return stack[-1] if stack else None


@contextmanager
def composing(what: str) -> Iterator[Composition]:
    """While entered, calls of ops and graphs in this thread are recorded.

    Args:
        what: the graph's kind and name for messages, e.g. ``"job 'etl'"``.
    """
    if not hasattr(_stack, "compositions"):
        _stack.compositions = []
    composition = Composition(what)
    _stack.compositions.append(composition)
    try:
        yield composition
    finally:
        _stack.compositions.pop()


def _not_unpacked(where: str, handle: DynamicHandle) -> str:
    return (
        f"{where} is given the dynamic output {handle.output!r} of {handle.node!r}, which has a value for each mapping "
        "key; use .map(...) to run once for each, or .collect() to take all as a list"
    )
