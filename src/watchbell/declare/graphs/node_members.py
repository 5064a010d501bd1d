"""What ops and graphs tell of their inputs and outputs alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.declare.config.data_type import ANY, DagsterType
from watchbell.declare.graphs.output import DEFAULT_IO_MANAGER_KEY, NO_VALUE, In, Out
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass


@dataclass(frozen=True)
class InputDefinition:
    """An input with its name.

    Args:
        name: its name.
        dagster_type: what it may hold.
        description: free text.
        default_value: its value if nothing is connected.
        metadata: labelled facts.
        asset_key: the asset whose stored value it is.
        input_manager_key: the resource that loads it.
    """

    name: str
    dagster_type: DagsterType = ANY
    description: str | None = None
    default_value: Any = NO_VALUE
    metadata: Any = None
    asset_key: Any = None
    input_manager_key: str | None = None

    @property
    def has_default_value(self) -> bool:
        """Whether it may be left unconnected."""
        return self.default_value is not NO_VALUE


@dataclass(frozen=True)
class OutputDefinition:
    """An output with its name.

    Args:
        name: its name.
        dagster_type: what it may hold.
        description: free text.
        is_required: whether the op fails if it leaves it out.
        io_manager_key: the resource that stores it.
        metadata: labelled facts.
        code_version: version of the code that makes it.
        is_dynamic: whether it has a value for each mapping key.
    """

    name: str
    dagster_type: DagsterType = ANY
    description: str | None = None
    is_required: bool = True
    io_manager_key: str = DEFAULT_IO_MANAGER_KEY
    metadata: Any = None
    code_version: str | None = None
    is_dynamic: bool = False


def input_definition(name: str, each: In) -> InputDefinition:
    """An In with its name."""
    return InputDefinition(
        name,
        each.dagster_type,
        each.description,
        each.default_value,
        each.metadata,
        each.asset_key,
        each.input_manager_key,
    )


def output_definition(name: str, out: Out) -> OutputDefinition:
    """An Out with its name."""
    return OutputDefinition(
        name,
        out.dagster_type,
        out.description,
        out.is_required,
        out.io_manager_key,
        out.metadata,
        out.code_version,
        out.is_dynamic,
    )


class NodeMembers:
    """Inputs and outputs of an op or graph, by name and in order."""

    __slots__ = ()

    name: str
    node_type: str

    @property
    @abstractmethod
    def input_names(self) -> Sequence[str]:
        """Names of its inputs, in order."""

    @property
    @abstractmethod
    def output_names(self) -> Sequence[str]:
        """Names of its outputs, in order."""

    @abstractmethod
    def input_def_named(self, name: str) -> InputDefinition:
        """An input."""

    @abstractmethod
    def output_def_named(self, name: str) -> OutputDefinition:
        """An output."""

    @property
    def input_defs(self) -> Sequence[InputDefinition]:
        """Its inputs, in order."""
        return [self.input_def_named(name) for name in self.input_names]

    @property
    def output_defs(self) -> Sequence[OutputDefinition]:
        """Its outputs, in order."""
        return [self.output_def_named(name) for name in self.output_names]

    @property
    def input_dict(self) -> Mapping[str, InputDefinition]:
        """Its inputs by name."""
        return {each.name: each for each in self.input_defs}

    @property
    def output_dict(self) -> Mapping[str, OutputDefinition]:
        """Its outputs by name."""
        return {each.name: each for each in self.output_defs}

    @property
    def positional_inputs(self) -> Sequence[str]:
        """Names of the inputs in the order in which they are passed by place."""
        return list(self.input_names)

    @property
    def node_type_str(self) -> str:
        """``"op"`` or ``"graph"``."""
        return self.node_type

    def has_input(self, name: str) -> bool:
        """Whether it has an input of this name."""
        return name in self.input_names

    def has_output(self, name: str) -> bool:
        """Whether it has an output of this name."""
        return name in self.output_names

    def describe_node(self) -> str:
        """The node in words."""
        return f"{self.node_type} '{self.name}'"

    def _require(self, kind: str, name: str, names: Sequence[str]) -> None:
        if name not in names:
            raise DagsterInvariantViolationError(
                f"{self.describe_node()} has no {kind} {name!r}{did_you_mean(name, names)}"
            )
