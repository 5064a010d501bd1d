"""Sets of partitions as users see them, against Python's own sets."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.subset import DefaultPartitionsSubset, PartitionsSubset
from watchbell.ground.errors import DagsterInvalidInvocationError, ParameterCheckError
from watchbell.record.partition import PartitionKeyRange

KEYS = [*"abcdefgh"]
LETTERS, REVERSED = StaticPartitionsDefinition(KEYS), StaticPartitionsDefinition(KEYS[::-1])
DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-11")
some_keys = st.sets(st.sampled_from([*KEYS, "x", "y"]))


def of(keys: set[str] | str, definition: StaticPartitionsDefinition = LETTERS) -> PartitionsSubset:
    return definition.empty_subset().with_partition_keys(keys)


@given(some_keys, some_keys, st.sampled_from([LETTERS, REVERSED]))
def test_algebra_is_that_of_sets_whatever_the_numbers(
    left: set[str], right: set[str], other: StaticPartitionsDefinition
) -> None:
    one, two = of(left), of(right, other)

    assert left | right == set((one | two).get_partition_keys())
    assert left & right == set((one & two).get_partition_keys())
    assert left - right == set((one - two).get_partition_keys())
    assert [len(left), not left, left] == [len(one), one.is_empty, {key for key in [*KEYS, "x", "y"] if key in one}]
    assert {each for each in KEYS if each not in left} == set(one.get_partition_keys_not_in_subset(LETTERS))
    assert (left == right) == (one == of(right))


@given(some_keys)
def test_text_and_back_is_the_same_set(keys: set[str]) -> None:
    text = of(keys).serialize()

    assert of(keys) == LETTERS.deserialize_subset(text)
    assert set(json.loads(text)["subset"]) == keys


def test_keys_come_in_the_order_of_the_definition_and_strange_ones_last() -> None:
    assert list(of("zdxb")) == ["b", "d", "x", "z"]
    assert list(of("bdx", REVERSED)) == ["d", "b", "x"]


def test_ranges_are_parted_only_by_partitions_that_exist() -> None:
    workdays = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-11", exclusions=["0 0 * * 6,0"])
    some = workdays.subset_with_partition_keys(["2026-01-02", "2026-01-05", "2026-01-07"])

    expected = [PartitionKeyRange("2026-01-02", "2026-01-05"), PartitionKeyRange("2026-01-07", "2026-01-07")]
    assert expected == list(some.get_partition_key_ranges())


def test_a_range_is_added_whole_or_refused() -> None:
    some = DAYS.empty_subset().with_partition_key_range(DAYS, PartitionKeyRange("2026-01-02", "2026-01-04"))

    assert list(some.get_partition_keys()) == ["2026-01-02", "2026-01-03", "2026-01-04"]
    with pytest.raises(DagsterInvalidInvocationError, match="2025-12-31"):
        some.with_partition_key_range(DAYS, PartitionKeyRange("2025-12-31", "2026-01-04"))


def test_a_set_never_changes() -> None:
    some = of("ab")

    some.with_partition_keys(["c"])

    assert [list(some), list(some.empty_subset())] == [["a", "b"], []]
    with pytest.raises(TypeError, match="unhashable"):
        hash(some)


def test_what_is_shown_of_a_set_is_short() -> None:
    assert repr(of("abz")) == "PartitionsSubset('a', 'b', 'z')"
    assert repr(of("abcdefgh")) == "PartitionsSubset('a', 'b', 'c', 'd', 'e', ...)"


def test_keys_are_text_and_sets_go_with_sets() -> None:
    with pytest.raises(ParameterCheckError, match="keys of partitions are text, not 1"):
        of([1])  # type: ignore[arg-type]
    with pytest.raises(ParameterCheckError, match="expected a set of partitions"):
        _ = of("a") | {"b"}  # type: ignore[operator]


def test_two_dimensions_are_keys_like_others() -> None:
    both = MultiPartitionsDefinition({"letter": LETTERS, "other": StaticPartitionsDefinition(["1", "2"])})
    some = both.subset_with_partition_keys(["b|2", "a|1"])

    assert list(some) == ["a|1", "b|2"]
    assert "a|2" not in some


def test_keys_without_a_definition_are_a_set_that_others_take_in() -> None:
    loose = DefaultPartitionsSubset({"b", "zz"})

    assert list(loose) == ["b", "zz"]
    assert [{"b", "zz"}, True] == [loose.subset, DefaultPartitionsSubset().is_empty]
    assert list((loose | DefaultPartitionsSubset(["a"])).get_partition_keys()) == ["a", "b", "zz"]
    taken = LETTERS.subset_with_partition_keys(["a"]) | loose
    assert (["a", "b", "zz"], frozenset({"zz"})) == (list(taken), taken.strange_keys)


def test_keys_without_a_definition_have_no_ranges_and_are_text() -> None:
    loose = DefaultPartitionsSubset(["a"])

    with pytest.raises(ParameterCheckError, match="keys without a definition have no ranges"):
        loose.with_partition_key_range(loose.partitions_def, PartitionKeyRange("a", "b"))
    with pytest.raises(ParameterCheckError, match="keys of partitions are text, not 2"):
        DefaultPartitionsSubset([2])  # type: ignore[list-item]


def test_ranges_are_those_of_the_definition_that_is_given() -> None:
    keys = DefaultPartitionsSubset({"a", "b", "d", "strange"})

    assert keys.get_partition_key_ranges(LETTERS) == [PartitionKeyRange("a", "b"), PartitionKeyRange("d", "d")]
    assert of("abd").get_partition_key_ranges(REVERSED) == [PartitionKeyRange("d", "d"), PartitionKeyRange("b", "a")]
    assert keys.get_partition_key_ranges() == []
