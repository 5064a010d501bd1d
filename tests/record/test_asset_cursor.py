"""Cursors of sensors of assets: read, written, and refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.asset_cursor import Consumed, consumed_ids, consumed_of, read_cursor, read_number, written_cursor
from watchbell.record.keys import AssetKey

ORDERS, USERS = AssetKey("orders"), AssetKey(["raw", "users"])
partitions = st.text(max_size=5)
ids = st.integers(min_value=0, max_value=10**12)
consumed = st.builds(Consumed, ids, st.none() | partitions, st.dictionaries(partitions, ids, max_size=3))


@given(st.dictionaries(st.text(max_size=8), consumed, max_size=4))
def test_what_is_written_is_read_again(places: dict[str, Consumed]) -> None:
    assert read_cursor(written_cursor(places)) == places


@pytest.mark.parametrize(
    ("cursor", "wanted"),
    [
        (None, [0, 0]),
        ("12", [12, 12]),
        ("{\"AssetKey(['orders'])\": [null, 7, {}]}", [7, 0]),
        ("{\"AssetKey(['raw', 'users'])\": [\"2024\", 9, {\"2023\": 3}]}", [0, 9]),
        ("{\"AssetKey(['orders'])\": [null, null, {}]}", [0, 0]),
        ("not one of ours", [0, 0]),
        ("[1, 2]", [0, 0]),
    ],
)  # fmt: skip
def test_how_far_a_cursor_has_come(cursor: str | None, wanted: list[int]) -> None:
    assert consumed_ids(cursor, (ORDERS, USERS)) == wanted


@pytest.mark.parametrize("cursor", ["x", "[1]", '{"a": 3}', '{"a": [1]}', '{"a": [null, "x", {}]}', "12"])
def test_a_cursor_of_another_kind_is_refused_with_the_form_it_has(cursor: str) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="expected for example"):
        read_cursor(cursor)


@pytest.mark.parametrize(("cursor", "wanted"), [(None, 0), ("", 0), ("41", 41), ("-3", 0), ("x", 0), ("9" * 40, 0)])
def test_a_number_that_is_none_is_no_place(cursor: str | None, wanted: int) -> None:
    assert read_number(cursor) == wanted


def test_what_is_left_over_is_told_with_how_far_it_came() -> None:
    cursor = written_cursor({str(ORDERS): Consumed(7, "b", {"a": 3})})

    assert consumed_of(cursor, (ORDERS, USERS)) == [Consumed(7, "b", {"a": 3}), Consumed()]
    assert consumed_of("12", (ORDERS, USERS)) == [Consumed(12), Consumed(12)]
    assert consumed_of("no cursor", (ORDERS,)) == [Consumed()]
