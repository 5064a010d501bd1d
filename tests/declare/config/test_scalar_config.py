"""Choices by name, and values that may be a structure."""

import enum
from typing import Any

import pytest

from watchbell.declare.config.config_schema import Field, Selector
from watchbell.declare.config.scalar_config import Enum, EnumValue, ScalarUnion
from watchbell.ground.errors import (
    DagsterInvalidConfigDefinitionError,
    DagsterInvalidConfigError,
    ParameterCheckError,
)


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


def read(kind: Any, raw: Any) -> Any:
    return Field(kind).resolve(raw, "op 'o'", {"WHERE": "there"}.get)


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        (Enum("Speed", [EnumValue("slow", 1), EnumValue("fast")]), "slow", 1),
        (Enum("Speed", [EnumValue("slow", 1), EnumValue("fast")]), "fast", "fast"),
        (Enum.from_python_enum(Colour), "RED", Colour.RED),
        (Enum.from_python_enum_direct_values(Colour), "RED", "r"),
        (ScalarUnion(str, {"bucket": str}), "x.csv", "x.csv"),
        (ScalarUnion(str, {"bucket": str}), {"bucket": "b"}, {"bucket": "b"}),
        (ScalarUnion(str, {"bucket": str}), {"env": "WHERE"}, "there"),
        (ScalarUnion(int, [int]), [1, 2], [1, 2]),
        (ScalarUnion(str, {"env": str}), {"env": "WHERE"}, {"env": "WHERE"}),
    ],
)
def test_a_value_is_read(kind: Any, raw: Any, expected: Any) -> None:
    assert expected == read(kind, raw)


@pytest.mark.parametrize(
    ("kind", "raw", "message"),
    [
        (Enum.from_python_enum(Colour), "REDD", "expected one of Colour, found 'REDD' .str.; did you mean 'RED'"),
        (Enum.from_python_enum(Colour), 3, "there are: RED, BLUE"),
        (ScalarUnion(str, {"bucket": str}), 3, "expected String"),
        (ScalarUnion(str, {"bucket": str}), {"bcket": "b"}, "did you mean 'bucket'"),
        (ScalarUnion(str, Selector({"a": int})), None, "expected .String"),
    ],
)
def test_another_value_is_refused(kind: Any, raw: Any, message: str) -> None:
    with pytest.raises(DagsterInvalidConfigError, match=message):
        read(kind, raw)


def test_values_are_told_apart() -> None:
    with pytest.raises(DagsterInvalidConfigDefinitionError, match="written differently"):
        Enum("Speed", [EnumValue("slow"), EnumValue("slow")])
    with pytest.raises(ParameterCheckError, match="each value of Enum 'Speed'"):
        Enum("Speed", ["slow"])  # type: ignore[list-item]
    with pytest.raises(DagsterInvalidConfigDefinitionError, match="a ScalarUnion is made of"):
        ScalarUnion({"a": int}, str)
