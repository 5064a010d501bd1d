"""What a job tells of its graph, and changed copies of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Self

from watchbell.declare.executor import ExecutorDefinition
from watchbell.declare.graphs.compose import Node
from watchbell.declare.graphs.dependency import Dependency, NodeInvocation
from watchbell.declare.graphs.graph import GraphDefinition
from watchbell.declare.logger_definition import LoggerDefinition, check_loggers
from watchbell.declare.names import check_instance
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.metadata import MetadataValue, normalize_metadata


class JobMembers:
    """The nodes of a job, as its graph has them; copies of it with something else."""

    name: str
    graph: GraphDefinition
    op_selection: tuple[str, ...] | None
    input_values: Mapping[str, Any]
    explicit_executor_def: Any
    explicit_logger_defs: Mapping[str, LoggerDefinition]
    metadata: Mapping[str, MetadataValue]

    @property
    def graph_def(self) -> GraphDefinition:
        """Its ops and what connects them."""
        return self.graph

    @property
    def nodes(self) -> Sequence[Node]:
        """The ops and graphs in it, as nodes: ``name``, ``definition``, ``tags``."""
        return list(self.graph.nodes.values())

    @property
    def node_dict(self) -> Mapping[str, Node]:
        """The nodes by name."""
        return self.graph.nodes

    @property
    def nodes_in_topological_order(self) -> Sequence[Node]:
        """The nodes, each after those it takes from."""
        return self.graph.nodes_in_topological_order

    @property
    def dependencies(self) -> Mapping[NodeInvocation, Mapping[str, Dependency]]:
        """What connects its nodes."""
        return self.graph.dependencies

    @property
    def top_level_node_defs(self) -> Sequence[Any]:
        """The ops and graphs that are its nodes, each once."""
        return self.graph.node_defs

    @property
    def all_node_defs(self) -> Sequence[Any]:
        """The ops and graphs in it, nested ones included, each once."""
        inside = {id(each): each for each in self.graph.iterate_node_defs() if each is not self.graph}
        return list(inside.values())

    @property
    def resolved_op_selection(self) -> AbstractSet[str] | None:
        """Paths of the ops it was cut down to; None: it is whole."""
        return None if self.op_selection is None else set(self.graph.flat.nodes)

    def has_node_named(self, name: str) -> bool:
        """Whether it has a node of this name."""
        return name in self.graph.nodes

    def get_node_named(self, name: str) -> Node:
        """The node of this name.

        Raises:
            DagsterInvalidDefinitionError: it has none.
        """
        return self.graph.node_named(name)

    def has_node(self, name: str) -> bool:
        """Whether an op or graph of this name is used in it, whatever the nodes are called."""
        return any(each.name == name for each in self.all_node_defs)

    def node_def_named(self, name: str) -> Any:
        """The op or graph of this name that is used in it.

        Raises:
            DagsterInvariantViolationError: there is none.
        """
        known = {each.name: each for each in self.all_node_defs}
        if name not in known:
            raise DagsterInvariantViolationError(
                f"job {self.name!r} uses no op or graph {name!r}{did_you_mean(name, known)}"
            )
        return known[name]

    def has_direct_input_value(self, input_name: str) -> bool:
        """Whether the job itself has a value for this input of its."""
        return input_name in self.input_values

    def get_direct_input_value(self, input_name: str) -> Any:
        """The value that the job itself has for an input of its.

        Raises:
            DagsterInvariantViolationError: it has none.
        """
        if input_name not in self.input_values:
            near = did_you_mean(input_name, self.input_values)
            raise DagsterInvariantViolationError(f"job {self.name!r} has no value for an input {input_name!r}{near}")
        return self.input_values[input_name]

    @property
    def has_specified_executor(self) -> bool:
        """Whether it was given an executor of its own."""
        return self.explicit_executor_def is not None

    @property
    def has_specified_loggers(self) -> bool:
        """Whether it was given loggers of its own."""
        return bool(self.explicit_logger_defs)

    def describe_target(self) -> str:
        """The job in words."""
        return f"job '{self.name}'"

    def with_executor_def(self, executor_def: ExecutorDefinition) -> Self:
        """The same job with this executor."""
        made = self._copied()
        made.explicit_executor_def = check_instance(executor_def, ExecutorDefinition, f"executor_def of {self.name!r}")
        return made

    def with_logger_defs(self, logger_defs: Mapping[str, LoggerDefinition]) -> Self:
        """The same job with these loggers instead of its own."""
        made = self._copied()
        made.explicit_logger_defs = check_loggers(logger_defs, f"job {self.name!r}")
        return made

    def with_metadata(self, metadata: Mapping[str, Any]) -> Self:
        """The same job with this metadata instead of its own."""
        made = self._copied()
        made.metadata = normalize_metadata(metadata)
        return made

    def _copied(self) -> Self:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        for cached in ("flat", "required_resource_keys", "run_config_field", "partitions_def"):
            made.__dict__.pop(cached, None)
        return made
