"""Config types of one value: choices by name, and a value that may instead be written as a structure."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

from watchbell.declare.config.config_schema import type_of
from watchbell.declare.config.config_type import Choice, ConfigType, Path, Reading, Scalar, shown
from watchbell.declare.names import check_instance
from watchbell.ground.errors import DagsterInvalidConfigDefinitionError


class EnumValue:
    """One of the values of an :class:`Enum`.

    Args:
        config_value: how it is written in config.
        python_value: the value that the op is given; left out: the same.
        description: free text.

    Raises:
        ParameterCheckError: ``config_value`` is no text.

    Example:
        >>> EnumValue("fast", python_value=1).python_value
        1
    """

    def __init__(self, config_value: str, python_value: object = None, description: str | None = None) -> None:
        self.config_value = check_instance(config_value, str, "config_value of an EnumValue")
        self.python_value = config_value if python_value is None else python_value
        self.description = description

    def __repr__(self) -> str:
        return f"EnumValue({self.config_value!r}, {self.python_value!r})"


class Enum:
    """A config type of some named values; ops are given the Python value of the one that is named.

    Args:
        name: its name, for messages.
        enum_values: the values, each an :class:`EnumValue`.

    Raises:
        ParameterCheckError: an argument of the wrong type.
        DagsterInvalidConfigDefinitionError: no values, or two written alike.

    Example:
        >>> Speed = Enum("Speed", [EnumValue("slow", 1), EnumValue("fast", 10)])
        >>> Field(Speed).resolve("fast", "op 'load'")
        10
    """

    def __init__(self, name: str, enum_values: Sequence[EnumValue]) -> None:
        self.given_name = check_instance(name, str, "the name of an Enum")
        self.enum_values = [
            check_instance(each, EnumValue, f"each value of Enum {name!r}", "write EnumValue(...)")
            for each in enum_values
        ]
        written = [each.config_value for each in self.enum_values]
        if not written or len(set(written)) < len(written):
            raise DagsterInvalidConfigDefinitionError(
                f"Enum {name!r} needs values that are all written differently, not {written}"
            )
        self._choice = Choice(name, {each.config_value: each.python_value for each in self.enum_values})

    @staticmethod
    def from_python_enum(enum: type[enum.Enum], name: str | None = None) -> Enum:
        """The config type of a Python enum: written by name, given as the enum's member.

        Args:
            enum: the Python enum.
            name: its name, for messages; left out: the enum's.
        """
        return Enum(name or enum.__name__, [EnumValue(each.name, each) for each in enum])

    @staticmethod
    def from_python_enum_direct_values(enum: type[enum.Enum], name: str | None = None) -> Enum:
        """The config type of a Python enum: written by name, given as the value of the enum's member."""
        return Enum(name or enum.__name__, [EnumValue(each.name, each.value) for each in enum])

    @property
    def label(self) -> str:
        """How messages call it."""
        return self.given_name

    @property
    def config_values(self) -> list[str]:
        """How its values are written."""
        return [each.config_value for each in self.enum_values]

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """The Python value written as ``raw``."""
        return self._choice.read(raw, path, reading)


class ScalarUnion:
    """A config type that is written as one value or as a structure.

    Args:
        scalar_type: type of the one value: ``str``, ``int``, ``float`` or ``bool``.
        non_scalar_schema: schema of the structure: a dict, list, Selector …

    Raises:
        DagsterInvalidConfigDefinitionError: ``scalar_type`` is no type of one value, or the other is one.

    Example:
        >>> where = Field(ScalarUnion(str, {"bucket": str, "key": str}))
        >>> where.resolve("orders.csv", "op 'load'")
        'orders.csv'
    """

    def __init__(self, scalar_type: Any, non_scalar_schema: Any) -> None:
        self.scalar_type: ConfigType = type_of(scalar_type)
        self.non_scalar_type: ConfigType = type_of(non_scalar_schema)
        if not isinstance(self.scalar_type, Scalar) or isinstance(self.non_scalar_type, Scalar):
            raise DagsterInvalidConfigDefinitionError(
                "a ScalarUnion is made of a type of one value (str, int, float, bool) and a schema of a structure "
                f"(dict, list …), not of {self.scalar_type.label} and {self.non_scalar_type.label}"
            )

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"({self.scalar_type.label} | {self.non_scalar_type.label})"

    def read(self, raw: Any, path: Path, reading: Reading) -> Any:
        """The value, or the structure."""
        if isinstance(raw, Mapping) and set(raw) == {"env"}:
            trial = Reading()
            self.non_scalar_type.read(raw, path, trial)
            inner = self.scalar_type if trial.mistakes else self.non_scalar_type
        elif isinstance(raw, Mapping | list | tuple):
            inner = self.non_scalar_type
        elif raw is None:
            reading.wrong(path, f"expected {self.label}, found {shown(raw)}")
            return None
        else:
            inner = self.scalar_type
        return inner.read(raw, path, reading)
