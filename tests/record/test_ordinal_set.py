"""Sets of ordinals against Python's sets."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.record.ordinal_set import OrdinalSet

ORDINALS = st.one_of(
    st.integers(0, 70), st.integers(65_500, 65_600), st.integers(2**31, 2**31 + 50), st.integers(2**62, 2**62 + 9)
)
SETS = st.sets(ORDINALS, max_size=60)


@given(SETS, SETS)
def test_its_algebra_is_that_of_sets(a: set[int], b: set[int]) -> None:
    ours, other = OrdinalSet(a), OrdinalSet(b)

    assert [list(each) for each in (ours | other, ours & other, ours - other, ours ^ other)] == [
        sorted(each) for each in (a | b, a & b, a - b, a ^ b)
    ]
    assert (ours.isdisjoint(other), ours.issubset(other), ours == other) == (a.isdisjoint(b), a <= b, a == b)
    assert OrdinalSet.union([ours, other]) == OrdinalSet(a | b)


@given(SETS, ORDINALS, st.integers(0, 70), st.integers(0, 9))
def test_its_questions_are_answered_as_a_sorted_list_would(a: set[int], one: int, offset: int, limit: int) -> None:
    ours, members = OrdinalSet(a), sorted(a)

    assert (len(ours), bool(ours), one in ours) == (len(a), bool(a), one in a)
    assert (ours.first(), ours.last()) == ((members[0], members[-1]) if members else (None, None))
    assert ours.count_below(one) == sum(each < one for each in members)
    assert ours.count_between(3, one) == sum(3 <= each < one for each in members)
    assert list(ours.page(offset, limit)) == members[offset : offset + limit]


@given(SETS)
def test_ranges_are_the_runs_of_it_and_make_it_again(a: set[int]) -> None:
    ours = OrdinalSet(a)
    ranges = ours.ranges()

    assert [each for start, stop in ranges for each in range(start, stop)] == sorted(a)
    assert all(before[1] < after[0] for before, after in pairwise(ranges))
    assert OrdinalSet.of_ranges(ranges) == ours
    assert ours.ranges(2) == ranges[:2]


@given(SETS, st.integers(-80, 80))
def test_it_can_be_moved_as_a_whole(a: set[int], by: int) -> None:
    ours = OrdinalSet(a)

    assert list(ours.shifted(by)) == sorted(each + by for each in a if each + by >= 0)
    assert ours.range_count() == len(ours.ranges())


@given(SETS, ORDINALS)
def test_the_next_member_is_found(a: set[int], one: int) -> None:
    assert OrdinalSet(a).next_from(one) == min((each for each in a if each >= one), default=None)


@given(SETS)
def test_its_bytes_make_it_again(a: set[int]) -> None:
    assert OrdinalSet.from_bytes(OrdinalSet(a).to_bytes()) == OrdinalSet(a)


def test_ten_million_consecutive_ordinals_take_few_bytes() -> None:
    whole = OrdinalSet.of_range(2**31, 2**31 + 10_000_000)

    assert (len(whole), len(whole.to_bytes()) < 4_000) == (10_000_000, True)


def test_bytes_that_are_no_set_are_refused() -> None:
    with pytest.raises(ValueError, match="bitmap"):
        OrdinalSet.from_bytes(b"nothing")


@given(SETS)
def test_its_text_makes_it_again(a: set[int]) -> None:
    assert OrdinalSet.from_text(OrdinalSet(a).to_text()) == OrdinalSet(a)


def test_a_number_is_the_set_of_one() -> None:
    assert OrdinalSet.from_text(7) == OrdinalSet([7])
