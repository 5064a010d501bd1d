"""The built-in types by name."""

from typing import Any

import pytest

from watchbell.declare.config import builtin_types
from watchbell.declare.config.config_schema import field_of
from watchbell.declare.graphs.op import op
from watchbell.declare.graphs.output import In, Out


@pytest.mark.parametrize(
    ("name", "value"), [("String", "a"), ("Int", 1), ("Float", 0.5), ("Bool", True), ("Any", {"x": 1})]
)
def test_a_name_is_a_type_of_inputs_outputs_and_config(name: str, value: Any) -> None:
    kind = getattr(builtin_types, name)

    @op(ins={"a": In(kind)}, out=Out(kind))
    def same(a):  # type: ignore[no-untyped-def]
        return a

    assert same(value) == value
    assert field_of({"x": kind}).resolve({"x": value}, "op") == {"x": value}


@pytest.mark.parametrize(("name", "expected"), [("StringSource", "7"), ("IntSource", 7), ("FloatSource", 7.0)])
def test_a_source_may_be_a_variable(name: str, expected: Any) -> None:
    schema = {"x": getattr(builtin_types, name)}

    assert field_of(schema).resolve({"x": {"env": "N"}}, "op", {"N": "7"}.get) == {"x": expected}
