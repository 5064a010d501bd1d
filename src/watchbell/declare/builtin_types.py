"""Names for the built-in types, as inputs, outputs and config schemas take them beside Python's own."""

from __future__ import annotations

import builtins
from typing import Final

from watchbell.declare.config_type import BOOL, FLOAT, INT, STRING, Scalar
from watchbell.declare.data_type import ANY, DagsterType, type_of_annotation

Any: Final[DagsterType] = ANY
String: Final[DagsterType] = type_of_annotation(builtins.str)
Int: Final[DagsterType] = type_of_annotation(builtins.int)
Float: Final[DagsterType] = type_of_annotation(builtins.float)
Bool: Final[DagsterType] = type_of_annotation(builtins.bool)

# In config every text, number and truth value may come from an environment variable; these names say it aloud.
StringSource: Final[Scalar] = STRING
IntSource: Final[Scalar] = INT
FloatSource: Final[Scalar] = FLOAT
BoolSource: Final[Scalar] = BOOL
