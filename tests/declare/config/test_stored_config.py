"""Run config that can be stored, and what cannot."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import Enum
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.config.stored_config import DEPTH_MAX, check_stored_config
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.wire import dumps, loads

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
CONFIGS = st.dictionaries(
    st.text(),
    st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner)),
)


class Color(Enum):
    RED = "red"


def nested(levels: int) -> dict[str, Any]:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return {"a": found}


@given(CONFIGS)
def test_what_is_accepted_is_read_as_it_was_written(config: dict[str, Any]) -> None:
    check_stored_config(config, "a test")

    assert config == loads(dumps(config))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (datetime(2024, 1, 1), "isoformat"),
        (date(2024, 1, 1), "isoformat"),
        (time(3, 4), "isoformat"),
        (b"x", "bytes"),
        ({1, 2}, "set"),
        (object(), "object"),
        (Color.RED, "write 'red'"),
        (PurePosixPath("/a"), r"str\(path\)"),
        ({(1, 2): 3}, r"key \(1, 2\) \(tuple\)"),
        (lambda: 1, "function"),
    ],
)
def test_anything_else_is_refused_with_its_place(value: object, said: str) -> None:
    with pytest.raises(ParameterCheckError, match=rf"schedule 'x': run_config\.ops\.load\.1 .*{said}"):
        check_stored_config({"ops": {"load": [1, value]}}, "schedule 'x'")


def test_a_config_that_holds_itself_is_refused() -> None:
    config: dict[str, Any] = {}
    config["again"] = [config]

    with pytest.raises(ParameterCheckError, match=r"run_config\.again\.0 holds itself"):
        check_stored_config(config, "a test")


def test_the_same_list_may_stand_in_two_places() -> None:
    shared = [1]

    check_stored_config({"a": shared, "b": {"c": shared}}, "a test")


def test_deep_nesting_is_refused_before_anything_breaks() -> None:
    check_stored_config(nested(DEPTH_MAX - 1), "a test")

    with pytest.raises(ParameterCheckError, match=f"more than {DEPTH_MAX} deep"):
        check_stored_config(nested(100_000), "a test")
