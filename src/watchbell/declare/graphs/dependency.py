"""Connections of a graph as values, for graphs that are put together by code rather than by a composing function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field
from typing import Any

from watchbell.declare.graphs.output import DEFAULT_OUTPUT
from watchbell.declare.hook import NO_HOOKS, HookDefinition, check_hooks
from watchbell.declare.names import check_instance, definition_tags
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass


@dataclass(frozen=True)
class GraphIn:
    """An input of a graph.

    Args:
        description: free text.

    Example:
        >>> @op
        ... def double(rows):
        ...     return rows * 2
        >>> @graph(ins={"rows": GraphIn(description="to be doubled")})
        ... def twice(rows):
        ...     return double(rows)
        >>> twice.input_defs[0].description
        'to be doubled'
    """

    description: str | None = None


@dataclass(frozen=True)
class GraphOut:
    """An output of a graph.

    Args:
        description: free text.

    Example:
        >>> @op
        ... def one():
        ...     return 1
        >>> @op
        ... def two():
        ...     return 2
        >>> @graph(out={"small": GraphOut(), "large": GraphOut()})
        ... def both():
        ...     return {"small": one(), "large": two()}
        >>> both.execute_in_process().output_value("large")
        2
    """

    description: str | None = None


@dataclass(frozen=True)
class NodeInvocation:
    """A use of an op or graph: the key of a dict of dependencies where its name alone does not say enough.

    Args:
        name: name of the op or graph.
        alias: name it has in the graph; None: its own.
        tags: tags of the node.
        hook_defs: hooks of the node.
        retry_policy: retry policy of the node.

    Example:
        >>> NodeInvocation("load", alias="load_again").alias
        'load_again'
    """

    name: str
    alias: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict, compare=False)
    hook_defs: AbstractSet[HookDefinition] = NO_HOOKS
    retry_policy: RetryPolicy | None = None

    def __post_init__(self) -> None:
        check_instance(self.name, str, "name of a NodeInvocation")
        object.__setattr__(self, "tags", definition_tags(self.tags, f"node {self.name!r}"))
        object.__setattr__(self, "hook_defs", check_hooks(self.hook_defs, f"node {self.name!r}"))

    @property
    def node_name(self) -> str:
        """The name it has in the graph."""
        return self.alias or self.name


@dataclass(frozen=True)
class DependencyDefinition:
    """An input takes an output of a node; of a dynamic one each value, so that the taker runs once for each.

    Args:
        node: the node's name in the graph.
        output: the output.
        description: free text.

    Example:
        >>> @op
        ... def one():
        ...     return 1
        >>> @op
        ... def double(number):
        ...     return number * 2
        >>> both = GraphDefinition(
        ...     "both",
        ...     node_defs=[one, double],
        ...     dependencies={"double": {"number": DependencyDefinition("one")}},
        ... )
        >>> both.execute_in_process().output_for_node("double")
        2
    """

    node: str
    output: str = DEFAULT_OUTPUT
    description: str | None = None

    def __post_init__(self) -> None:
        check_instance(self.node, str, "node of a DependencyDefinition")
        check_instance(self.output, str, "output of a DependencyDefinition")

    def get_node_dependencies(self) -> Sequence[DependencyDefinition]:
        """The outputs that are taken: this one."""
        return [self]

    def is_fan_in(self) -> bool:
        """Whether the input takes a list: no."""
        return False


class MappedInputPlaceholder:
    """The place of an input of the graph in a :class:`MultiDependencyDefinition`."""


@dataclass(frozen=True)
class MultiDependencyDefinition:
    """An input takes several outputs as a list.

    Args:
        dependencies: the outputs, in the order of the list; the class MappedInputPlaceholder keeps a place for an input
            of the graph, which an InputMapping with that ``fan_in_index`` fills.

    Example:
        >>> MultiDependencyDefinition([DependencyDefinition("one"), DependencyDefinition("two")]).is_fan_in()
        True
    """

    dependencies: Sequence[DependencyDefinition | type[MappedInputPlaceholder]]

    def __post_init__(self) -> None:
        for each in self.dependencies:
            if each is not MappedInputPlaceholder and not isinstance(each, DependencyDefinition):
                raise ParameterCheckError(
                    f"dependencies of a MultiDependencyDefinition is a list of DependencyDefinition, not {each!r}",
                    parameter="dependencies",
                )

    def get_node_dependencies(self) -> Sequence[DependencyDefinition]:
        """The outputs that are taken."""
        return [each for each in self.dependencies if isinstance(each, DependencyDefinition)]

    def is_fan_in(self) -> bool:
        """Whether the input takes a list: yes."""
        return True


@dataclass(frozen=True)
class DynamicCollectDependencyDefinition:
    """An input takes all values of a dynamic output, or of what was mapped over it, as a list.

    Args:
        node_name: the node's name in the graph.
        output_name: the output.
    """

    node_name: str
    output_name: str = DEFAULT_OUTPUT

    def get_node_dependencies(self) -> Sequence[DependencyDefinition]:
        """The output that is taken."""
        return [DependencyDefinition(self.node_name, self.output_name)]

    def is_fan_in(self) -> bool:
        """Whether the input takes a list: yes."""
        return True


Dependency = DependencyDefinition | MultiDependencyDefinition | DynamicCollectDependencyDefinition
DependencyMapping = Mapping[str | NodeInvocation, Mapping[str, Dependency]]


@dataclass(frozen=True, init=False)
class InputMapping:
    """An input of a graph goes to an input of one of its nodes.

    Args:
        graph_input_name: the graph's input; several mappings may share one.
        mapped_node_name: the node.
        mapped_node_input_name: its input.
        fan_in_index: the place in the list, where the node's input takes several.
        graph_input_description: free text.
        dagster_type: not used: the node's input says what it may hold.

    Example:
        >>> InputMapping(
        ...     graph_input_name="n", mapped_node_name="double", mapped_node_input_name="number"
        ... ).mapped_node_name
        'double'
    """

    graph_input_name: str
    mapped_node_name: str
    mapped_node_input_name: str
    fan_in_index: int | None = None
    graph_input_description: str | None = None

    def __init__(
        self,
        *,
        graph_input_name: str,
        mapped_node_name: str,
        mapped_node_input_name: str,
        fan_in_index: int | None = None,
        graph_input_description: str | None = None,
        dagster_type: Any = None,
    ) -> None:
        del dagster_type
        put = object.__setattr__
        put(self, "graph_input_name", check_instance(graph_input_name, str, "graph_input_name of an InputMapping"))
        put(self, "mapped_node_name", check_instance(mapped_node_name, str, "mapped_node_name of an InputMapping"))
        put(
            self,
            "mapped_node_input_name",
            check_instance(mapped_node_input_name, str, "mapped_node_input_name of an InputMapping"),
        )
        put(self, "fan_in_index", fan_in_index)
        put(self, "graph_input_description", graph_input_description)


@dataclass(frozen=True, init=False)
class OutputMapping:
    """An output of a graph is the output of one of its nodes.

    Args:
        graph_output_name: the graph's output.
        mapped_node_name: the node.
        mapped_node_output_name: its output.
        graph_output_description: free text.
        dagster_type: not used: the node's output says what it may hold.
        from_dynamic_mapping: not used: that follows from the node's output.

    Example:
        >>> OutputMapping("total", "add", "result").mapped_node_name
        'add'
    """

    graph_output_name: str
    mapped_node_name: str
    mapped_node_output_name: str
    graph_output_description: str | None = None

    def __init__(
        self,
        graph_output_name: str,
        mapped_node_name: str,
        mapped_node_output_name: str,
        graph_output_description: str | None = None,
        dagster_type: Any = None,
        from_dynamic_mapping: bool = False,
    ) -> None:
        del dagster_type, from_dynamic_mapping
        put = object.__setattr__
        put(self, "graph_output_name", check_instance(graph_output_name, str, "graph_output_name of an OutputMapping"))
        put(self, "mapped_node_name", check_instance(mapped_node_name, str, "mapped_node_name of an OutputMapping"))
        put(
            self,
            "mapped_node_output_name",
            check_instance(mapped_node_output_name, str, "mapped_node_output_name of an OutputMapping"),
        )
        put(self, "graph_output_description", graph_output_description)
