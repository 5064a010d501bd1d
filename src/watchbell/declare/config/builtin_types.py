"""Names for the built-in types, as inputs, outputs and config schemas take them beside Python's own."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Final

from watchbell.declare.config.annotation_type import (
    dict_type,
    list_type,
    optional_type,
    set_type,
    tuple_type,
    type_of_annotation,
)
from watchbell.declare.config.config_type import BOOL, FLOAT, INT, STRING, Scalar
from watchbell.declare.config.data_type import ANY, DagsterType
from watchbell.ground.errors import DagsterInvalidDefinitionError

Any: Final[DagsterType] = ANY
String: Final[DagsterType] = type_of_annotation(builtins.str)
Int: Final[DagsterType] = type_of_annotation(builtins.int)
Float: Final[DagsterType] = type_of_annotation(builtins.float)
Bool: Final[DagsterType] = type_of_annotation(builtins.bool)


class ContainerName:
    """A container as a name: ``List`` alone, or with its parts, ``List[Int]``.

    Args:
        name: the name.
        bare_type: the Python class it stands for alone; None: it needs its parts.
        count: how many parts it takes; None: any number.
        make: makes the type of its parts.
    """

    def __init__(self, name: str, bare_type: type | None, count: int | None, make: Callable[..., DagsterType]) -> None:
        self._name = name
        self.bare_type = bare_type
        self._count = count
        self._make = make

    def __getitem__(self, parts: object) -> DagsterType:
        """The type with these parts.

        Raises:
            DagsterInvalidDefinitionError: another number of parts than it has.
        """
        given = parts if isinstance(parts, tuple) else (parts,)
        if self._count is not None and len(given) != self._count:
            raise DagsterInvalidDefinitionError(
                f"{self._name}[...] takes {self._count} type{'s' if self._count > 1 else ''}, not {len(given)}"
            )
        return self._make(*(type_of_annotation(each) for each in given))

    def __call__(self, inner_type: object) -> DagsterType:
        """The same as ``[...]``."""
        return self[inner_type]

    def __repr__(self) -> str:
        return self._name


List: Final = ContainerName("List", list, 1, list_type)
Dict: Final = ContainerName("Dict", dict, 2, dict_type)
Set: Final = ContainerName("Set", set, 1, set_type)
Tuple: Final = ContainerName("Tuple", tuple, None, tuple_type)
Optional: Final = ContainerName("Optional", None, 1, optional_type)

# In config every text, number and truth value may come from an environment variable; these names say it aloud.
StringSource: Final[Scalar] = STRING
IntSource: Final[Scalar] = INT
FloatSource: Final[Scalar] = FLOAT
BoolSource: Final[Scalar] = BOOL
