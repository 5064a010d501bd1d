"""Graphs: which ops run, and which takes what from whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from watchbell.declare.config.config_mapping import ConfigMapping, configured_mapping, graph_mapping
from watchbell.declare.config.data_type import DagsterType
from watchbell.declare.graphs.compose import Node, PendingNode, current_composition
from watchbell.declare.graphs.dependency import DependencyMapping, InputMapping, OutputMapping
from watchbell.declare.graphs.dynamic_levels import levels_of_outputs
from watchbell.declare.graphs.flat_graph import FlatGraph, InputPlace, flatten, order_of
from watchbell.declare.graphs.graph_dependencies import ConnectedNodes
from watchbell.declare.graphs.graph_members import GraphMembers
from watchbell.declare.graphs.handles import GraphInput, OutputHandle, Source
from watchbell.declare.hook import HookDefinition
from watchbell.declare.names import check_name, definition_tags
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.upward import call_upward
from watchbell.ground.value import dataclass


@dataclass(frozen=True, eq=False, init=False)
class GraphDefinition(GraphMembers):
    """Ops (and graphs) and what connects them: usually made by :func:`graph`, or of lists by code that knows them.

    Args:
        name: its name.
        node_defs: the ops and graphs; with it, ``nodes`` and the other ready-made parts are left out.
        dependencies: node -> input -> a DependencyDefinition or MultiDependencyDefinition; keys are names, or
            NodeInvocations where an op is used under another name.
        config: config of its ops, or a ConfigMapping.
        nodes: name -> node.
        sources: (node, input) -> where its value comes from; several for a fan-in.
        fan_ins: the inputs that take a list of all their sources' values.
        input_mappings: a list of InputMapping; or ready-made: input of the graph -> the inputs of nodes it goes to,
            also in ``sources`` as ``GraphInput``.
        output_mappings: a list of OutputMapping; or ready-made: output of the graph -> the output of a node.
        description: free text.
        tags: labels of all its steps.
        config_mapping: makes the config of its nodes of the graph's own; None: each node has its own.
        unselected: names of nodes that a selection left out; config for them is passed over.
        port_descriptions: descriptions by ``"in <name>"`` and ``"out <name>"``.
        input_types: what its inputs may hold, where that is said.

    Raises:
        DagsterInvalidDefinitionError: a bad name, a source that does not exist, or a cycle.

    Example:
        >>> @op
        ... def one():
        ...     return 1
        >>> @op
        ... def double(number):
        ...     return number * 2
        >>> pair = GraphDefinition(
        ...     "pair",
        ...     node_defs=[one, double],
        ...     dependencies={"double": {"number": DependencyDefinition("one")}},
        ...     output_mappings=[OutputMapping("doubled", "double", "result")],
        ... )
        >>> pair.execute_in_process().output_value("doubled")
        2
    """

    name: str
    nodes: Mapping[str, Node] = field(default_factory=dict)
    sources: Mapping[InputPlace, tuple[Source, ...]] = field(default_factory=dict)
    fan_ins: frozenset[InputPlace] = frozenset()
    input_mappings: Mapping[str, tuple[InputPlace, ...]] = field(default_factory=dict)
    output_mappings: Mapping[str, OutputHandle] = field(default_factory=dict)
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    config_mapping: ConfigMapping | None = None
    unselected: frozenset[str] = frozenset()
    port_descriptions: Mapping[str, str] = field(default_factory=dict)
    input_types: Mapping[str, DagsterType] = field(default_factory=dict)
    code_place: str | None = field(default=None, init=False, compare=False)  # where its body stands, as file:line

    node_type = "graph"

    def __init__(
        self,
        name: str,
        nodes: Mapping[str, Node] | None = None,
        sources: Mapping[InputPlace, tuple[Source, ...]] | None = None,
        fan_ins: frozenset[InputPlace] = frozenset(),
        input_mappings: Mapping[str, tuple[InputPlace, ...]] | Sequence[InputMapping] | None = None,
        output_mappings: Mapping[str, OutputHandle] | Sequence[OutputMapping] | None = None,
        description: str | None = None,
        tags: Mapping[str, Any] | None = None,
        config_mapping: ConfigMapping | None = None,
        unselected: frozenset[str] = frozenset(),
        port_descriptions: Mapping[str, str] | None = None,
        input_types: Mapping[str, DagsterType] | None = None,
        *,
        node_defs: Sequence[Any] | None = None,
        dependencies: DependencyMapping | None = None,
        config: Any = None,
    ) -> None:
        what = f"graph {name!r}"
        put = object.__setattr__
        put(self, "name", name)
        inputs: Any = input_mappings or {}
        outputs: Any = output_mappings or {}
        descriptions = dict(port_descriptions or {})
        if nodes is None:
            read = ConnectedNodes(node_defs or (), dependencies or {}, list(inputs), list(outputs), what)
            nodes, sources, fan_ins = read.nodes, read.sources, frozenset(read.fan_ins)
            descriptions |= read.port_descriptions
            inputs, outputs = read.input_mappings, read.output_mappings
        put(self, "nodes", nodes)
        put(self, "sources", sources or {})
        put(self, "fan_ins", fan_ins)
        put(self, "input_mappings", inputs)
        put(self, "output_mappings", outputs)
        put(self, "description", description)
        put(self, "tags", tags)
        put(self, "config_mapping", config_mapping if config is None else graph_mapping(config, what))
        put(self, "unselected", unselected)
        put(self, "port_descriptions", descriptions)
        put(self, "input_types", input_types or {})
        self.__post_init__()

    def __post_init__(self) -> None:
        check_name(self.name, "graph")
        object.__setattr__(self, "tags", definition_tags(self.tags, f"graph {self.name!r}"))
        for place, sources in self.sources.items():
            _check_place(self, place)
            for source in sources:
                _check_source(self, place, source)
        for name, handle in self.output_mappings.items():
            check_name(name, "output")
            _check_source(self, (name, "output"), handle)
        assert self.order is not None  # finds cycles

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The nodes' names, each after those it takes from."""
        return order_of(self.nodes, self.sources, f"graph {self.name!r}")

    @property
    def input_names(self) -> list[str]:
        """Names of its inputs, in order."""
        return list(self.input_mappings)

    @property
    def output_names(self) -> list[str]:
        """Names of its outputs, in order."""
        return list(self.output_mappings)

    @cached_property
    def _output_levels(self) -> Mapping[str, int]:
        return levels_of_outputs(self.nodes, self.order, self.sources, self.output_mappings)

    def dynamic_levels(self, output_name: str) -> int:
        """By how many levels of mapping keys it gives an output (count); 0 for one that is not dynamic."""
        return self._output_levels[output_name]

    @property
    def node_dict(self) -> Mapping[str, Node]:
        """The nodes by name."""
        return self.nodes

    @cached_property
    def flat(self) -> FlatGraph:
        """The graph with nested graphs dissolved."""
        return flatten(self)

    def ops(self, prefix: str = "") -> Iterator[tuple[str, Node]]:
        """All ops in it, nested ones included, as (path, node)."""
        for name, node in self.nodes.items():
            if isinstance(node.definition, GraphDefinition):
                yield from node.definition.ops(f"{prefix}{name}.")
            else:
                yield f"{prefix}{name}", node

    def node_named(self, name: str) -> Node:
        """The node called ``name``.

        Raises:
            DagsterInvalidDefinitionError: there is none.
        """
        if name not in self.nodes:
            raise DagsterInvalidDefinitionError(
                f"graph {self.name!r} has no node {name!r}{did_you_mean(name, self.nodes)}"
            )
        return self.nodes[name]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Adds the graph as a node to the one being composed.

        Raises:
            DagsterInvariantViolationError: called outside the body of a job or graph.
        """
        composition = current_composition()
        if composition is None:
            raise DagsterInvariantViolationError(
                f"graph {self.name!r} can only be called inside the body of a @job or @graph; "
                "to run it, make a job of it"
            )
        return composition.invoke(PendingNode(self), args, kwargs)

    def to_job(
        self,
        name: str | None = None,
        description: str | None = None,
        resource_defs: Mapping[str, object] | None = None,
        config: Any = None,
        tags: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        logger_defs: Mapping[str, object] | None = None,
        executor_def: Any = None,
        hooks: object = None,
        op_retry_policy: RetryPolicy | None = None,
        op_selection: Sequence[str] | None = None,
        partitions_def: object = None,
        asset_layer: Any = None,
        input_values: Mapping[str, object] | None = None,
        run_tags: Mapping[str, Any] | None = None,
        owners: Sequence[str] | None = None,
    ) -> Any:
        """A job that runs the graph; the parameters are those of :func:`job`.

        Returns:
            A JobDefinition.

        Raises:
            DagsterInvalidDefinitionError: a name, a resource or an input's value is missing or wrong.
        """
        return call_upward(
            "job_of_graph",
            self,
            name=name,
            description=description,
            resource_defs=resource_defs,
            config=config,
            tags=tags,
            metadata=metadata,
            logger_defs=logger_defs,
            executor_def=executor_def,
            hook_defs=hooks,
            op_retry_policy=op_retry_policy,
            op_selection=op_selection,
            partitions_def=partitions_def,
            asset_layer=asset_layer,
            input_values=input_values,
            run_tags=run_tags,
            owners=owners,
        )

    def execute_in_process(
        self,
        run_config: Any = None,
        instance: Any = None,
        resources: Mapping[str, object] | None = None,
        raise_on_error: bool = True,
        op_selection: Sequence[str] | None = None,
        run_id: str | None = None,
        input_values: Mapping[str, object] | None = None,
    ) -> Any:
        """Runs the graph in this process, as :meth:`JobDefinition.execute_in_process` does a job of it."""
        return self.to_job(resource_defs=resources, op_selection=op_selection).execute_in_process(
            run_config, instance, None, raise_on_error, run_id=run_id, input_values=input_values
        )

    def alias(self, name: str) -> PendingNode:
        """The graph under another name, for one call in a graph."""
        return PendingNode(self).alias(name)

    def tag(self, tags: Mapping[str, Any] | None) -> PendingNode:
        """The graph with more tags, for one call in a graph."""
        return PendingNode(self).tag(tags)

    def with_retry_policy(self, retry_policy: RetryPolicy) -> PendingNode:
        """The graph with a retry policy for all its steps, for one call in a graph."""
        return PendingNode(self).with_retry_policy(retry_policy)

    def with_hooks(self, hook_defs: AbstractSet[HookDefinition]) -> PendingNode:
        """The graph with hooks for all its steps, for one call in a graph."""
        return PendingNode(self).with_hooks(hook_defs)

    @property
    def config_schema(self) -> Any:
        """Schema of the graph's own config; None if each of its nodes has its own."""
        return None if self.config_mapping is None else self.config_mapping.config_schema

    def configured(
        self,
        config_or_config_fn: Any,
        name: str | None = None,
        config_schema: Any = None,
        description: str | None = None,
    ) -> GraphDefinition:
        """The same graph with its config given, or mapped from another.

        Args:
            config_or_config_fn: the config, or a function from the new config to this graph's.
            name: name of the new graph; left out: the function's.
            config_schema: schema of the new config, for a function.
            description: free text; left out: this graph's.

        Raises:
            DagsterInvalidDefinitionError: the graph has no config of its own, or no name is given.
            DagsterInvalidConfigError: the config does not fit.
        """
        chosen, mapping = configured_mapping(self, config_or_config_fn, name, config_schema)
        shown = self.description if description is None else description
        return replace(self, name=chosen, config_mapping=mapping, description=shown)

    def __repr__(self) -> str:
        return f"<graph {self.name!r}: {', '.join(self.nodes)}>"


def _check_place(graph: GraphDefinition, place: InputPlace) -> None:
    node, input_name = place
    inputs = graph.node_named(node).definition.input_names
    if input_name not in inputs:
        raise DagsterInvalidDefinitionError(
            f"graph {graph.name!r}: node {node!r} has no input {input_name!r}{did_you_mean(input_name, inputs)}"
        )


def _check_source(graph: GraphDefinition, place: InputPlace, source: Source) -> None:
    where = f"graph {graph.name!r}: {'.'.join(place)}"
    if isinstance(source, GraphInput):
        if source.name not in graph.input_mappings:
            raise DagsterInvalidDefinitionError(
                f"{where} takes the graph's input {source.name!r}, which does not exist"
                f"{did_you_mean(source.name, graph.input_mappings)}"
            )
        return
    outputs = graph.node_named(source.node).definition.output_names
    if source.output not in outputs:
        raise DagsterInvalidDefinitionError(
            f"{where} takes output {source.output!r} of {source.node!r}, which has none of that name"
            f"{did_you_mean(source.output, outputs)}"
        )
