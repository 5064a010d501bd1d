"""The wire format gives back what it was given."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.ground.wire import WireError, dumps, from_plain, loads, to_plain, wired


@wired("test.colour")
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@wired("test.box")
@dataclass(frozen=True)
class Box:
    name: str
    colour: Colour = Colour.RED
    parts: tuple[int, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    inner: Box | None = None


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(plain_values)
def test_plain_values_come_back_equal(value: object) -> None:
    assert loads(dumps(value)) == value


@given(st.dictionaries(st.sampled_from(["$", "v", "a"]), plain_values, max_size=3))
def test_a_users_dollar_key_is_no_kind(value: dict[str, object]) -> None:
    assert loads(dumps(value)) == value


def test_objects_nest_and_come_back_equal() -> None:
    box = Box("outer", Colour.BLUE, (1, 2), {"a": "b"}, Box("inner"))

    assert loads(dumps(box)) == box


def test_fields_at_their_default_are_left_out() -> None:
    assert to_plain(Box("x")) == {"$": "test.box", "name": "x"}


def test_a_field_that_is_gone_is_ignored() -> None:
    assert from_plain({"$": "test.box", "name": "x", "weight": 3}) == Box("x")


def test_a_field_that_lacks_is_an_error() -> None:
    with pytest.raises(WireError, match=r"test\.box.* lacks fields"):
        from_plain({"$": "test.box"})


def test_instants_keep_their_moment() -> None:
    moment = datetime(2024, 2, 29, 12, 30, 15, 250000, tzinfo=UTC)

    assert loads(dumps(moment)) == moment


def test_not_a_number_and_infinity_survive_in_json_that_others_can_read() -> None:
    text = dumps([math.nan, math.inf, -math.inf])

    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    first, second, third = loads(text)
    assert (math.isnan(first), second, third) == (True, math.inf, -math.inf)


def test_an_unknown_class_is_refused_and_named() -> None:
    with pytest.raises(WireError, match="object"):
        dumps({"a": object()})


def test_an_unknown_kind_is_refused_and_named() -> None:
    with pytest.raises(WireError, match=r"from\.the\.future"):
        loads('{"$": "from.the.future"}')


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(WireError, match="not JSON"):
        loads("{")


def test_a_kind_belongs_to_one_class() -> None:
    with pytest.raises(WireError, match="taken"):
        wired("test.box")(type("Other", (), {}))


def test_sets_and_mappings_with_other_keys_come_back() -> None:
    assert loads(dumps({1: {"a", "b"}})) == {1: {"a", "b"}}


@pytest.mark.parametrize("text", ["\ud800", "ä\udcff", "\x00", "日本"])
def test_any_text_is_written_so_that_utf_8_can_hold_it(text: str) -> None:
    written = dumps({"a": text})

    assert loads(written.encode()) == {"a": text}


@pytest.mark.parametrize("value", [{(1, 2): 3}, {frozenset({1}): 3}, {(1, 2)}, {frozenset({1})}])
def test_what_could_not_be_read_again_is_not_written(value: object) -> None:
    """A list, which each of these would come back as, is no key and no member of a set."""
    with pytest.raises(WireError, match="cannot be stored as a key"):
        dumps(value)
