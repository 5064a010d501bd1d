"""Partitions in two dimensions: keys, ordinals, order, what is refused."""

import copy
import pickle
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, HourlyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, DagsterInvalidInvocationError
from watchbell.record.ordinal_set import ORDINAL_MAX
from watchbell.record.partition import MultiPartitionKey, PartitionKeyRange

VIEW = PartitionsView(current_time=datetime(2026, 6, 1, tzinfo=UTC))
DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")
LETTERS = StaticPartitionsDefinition(["x", "y"])
kinds: st.SearchStrategy[PartitionsDefinition] = st.sampled_from(
    [
        DAYS,
        LETTERS,
        StaticPartitionsDefinition([]),
        HourlyPartitionsDefinition("2026-03-29-00:00", end_date="2026-03-29-05:00", timezone="Europe/Berlin"),
        StaticPartitionsDefinition(["b", "a", "é/…"]),
    ]
)


@given(kinds, kinds)
def test_keys_are_the_product_of_the_dimensions_and_lead_to_their_ordinals(
    first: PartitionsDefinition, second: PartitionsDefinition
) -> None:
    both = MultiPartitionsDefinition({"b": second, "a": first})
    keys = both.get_partition_keys(current_time=VIEW.current_time)
    ordinals = both.ordinals(VIEW)
    numbers = [both.require_ordinal(key, VIEW) for key in keys]

    pairs = product(*(each.get_partition_keys(current_time=VIEW.current_time) for each in (first, second)))
    assert keys == [f"{one}|{other}" for one, other in pairs]
    assert sorted(numbers) == list(ordinals)
    assert both.keys_of(ordinals, VIEW) == keys
    assert [both.key_of(each, VIEW) for each in numbers] == keys
    assert [both.join(*both.split(each)) for each in numbers] == numbers
    assert all(0 <= each <= ORDINAL_MAX for each in numbers)
    assert list(both.ordinals_of([*keys, "x", "x|y|z", "x|x"], VIEW))[: len(keys)] == numbers


def test_windows_of_time_are_the_lower_half_and_consecutive() -> None:
    for names in (("a", "b"), ("b", "a")):
        both = MultiPartitionsDefinition(dict(zip(names, (DAYS, LETTERS), strict=True)))

        assert [stop - start for start, stop in both.ordinals(VIEW).ranges()] == [3, 3]
        assert both.low.partitions_def is DAYS
        assert both.primary_dimension.partitions_def is DAYS


def test_a_dimension_that_grew_continues_the_numbering() -> None:
    both = MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
    grown = MultiPartitionsDefinition(
        {"day": DailyPartitionsDefinition("2020-01-01"), "letter": StaticPartitionsDefinition(["x", "y", "z"])}
    )

    assert grown.continues(both.numbering)
    assert not both.continues(grown.numbering)
    assert not MultiPartitionsDefinition({"day": DAYS, "other": LETTERS}).continues(both.numbering)


def test_a_range_is_a_rectangle() -> None:
    both = MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
    found = both.get_partition_keys_in_range(PartitionKeyRange("2026-01-02|x", "2026-01-03|x"))

    assert found == ["2026-01-02|x", "2026-01-03|x"]
    with pytest.raises(DagsterInvalidInvocationError, match="'z'"):
        both.get_partition_keys_in_range(PartitionKeyRange("2026-01-02|x", "2026-01-03|z"))
    with pytest.raises(CheckError, match=r"is written '<day>\|<letter>'"):
        both.get_partition_keys_in_range(PartitionKeyRange("2026-01-02", "2026-01-03"))


def test_keys_with_one_key_in_a_dimension() -> None:
    both = MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})

    assert both.get_multipartition_keys_with_dimension_value("letter", "y") == [
        "2026-01-01|y",
        "2026-01-02|y",
        "2026-01-03|y",
    ]
    with pytest.raises(CheckError, match="did you mean 'letter'"):
        both.get_multipartition_keys_with_dimension_value("leter", "y")


def test_dimensions_that_cannot_be_are_refused() -> None:
    with pytest.raises(DagsterInvalidInvocationError, match="two dimensions, got 1"):
        MultiPartitionsDefinition({"a": LETTERS})
    with pytest.raises(DagsterInvalidDefinitionError, match="need a name"):
        MultiPartitionsDefinition({"a": DynamicPartitionsDefinition(lambda _: ["x"]), "b": LETTERS})
    with pytest.raises(DagsterInvalidDefinitionError, match="'x,y' of dimension 'a'"):
        MultiPartitionsDefinition({"a": StaticPartitionsDefinition(["x,y"]), "b": LETTERS})
    with pytest.raises(CheckError, match="dimension 'a' is 5"):
        MultiPartitionsDefinition({"a": 5, "b": LETTERS})  # type: ignore[dict-item]
    with pytest.raises(CheckError, match="mapping"):
        MultiPartitionsDefinition([LETTERS, DAYS])  # type: ignore[arg-type]
    with pytest.raises(CheckError, match="both or none"):
        _ = MultiPartitionsDefinition({"a": LETTERS, "b": LETTERS}).time_window_dimension


def test_definitions_and_keys_are_values() -> None:
    both = MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
    same = MultiPartitionsDefinition({"letter": LETTERS, "day": DAYS})
    key = MultiPartitionKey({"letter": "x", "day": "2026-01-01"})

    assert both == same
    assert hash(both) == hash(same)
    assert both.get_serializable_unique_identifier() == same.get_serializable_unique_identifier()
    assert pickle.loads(pickle.dumps(both)) == both
    for each in (pickle.loads(pickle.dumps(key)), copy.deepcopy(key), both.get_partition_key_from_str("2026-01-01|x")):
        assert each == key == "2026-01-01|x"
        assert each.keys_by_dimension == {"day": "2026-01-01", "letter": "x"}


@pytest.mark.parametrize("dimensions", [{"a": LETTERS, "b": DAYS}, {"b": LETTERS, "a": DAYS}, {"a": DAYS, "b": DAYS}])
@given(st.data())
def test_ranges_of_a_set_lead_back_to_it(dimensions: dict[str, PartitionsDefinition], data: st.DataObject) -> None:
    both = MultiPartitionsDefinition(dimensions)
    keys = data.draw(st.sets(st.sampled_from(both.get_partition_keys())))
    ranges = both.subset_with_partition_keys(keys).get_partition_key_ranges(both)

    found = [key for each in ranges for key in both.get_partition_keys_in_range(each)]
    assert sorted(found) == sorted(keys)


def test_ranges_of_a_set_are_at_one_key_of_the_dimension_with_fewer() -> None:
    both = MultiPartitionsDefinition({"a": LETTERS, "t": DAYS})
    some = ["x|2026-01-01", "x|2026-01-02", "y|2026-01-01"]
    every = both.subset_with_all_partitions().get_partition_key_ranges(both)

    assert every == [
        PartitionKeyRange("x|2026-01-01", "x|2026-01-03"),
        PartitionKeyRange("y|2026-01-01", "y|2026-01-03"),
    ]
    assert both.subset_with_partition_keys(some).get_partition_key_ranges(both) == [
        PartitionKeyRange("x|2026-01-01", "y|2026-01-01"),
        PartitionKeyRange("x|2026-01-02", "x|2026-01-02"),
    ]


@given(st.sets(st.sampled_from(["x|2026-01-01", "y|2026-01-03", "strange"])))
def test_a_set_is_read_back_from_its_text(keys: set[str]) -> None:
    both = MultiPartitionsDefinition({"a": LETTERS, "t": DAYS})
    some = both.subset_with_partition_keys(keys)

    assert both.deserialize_subset(some.serialize()) == some


@pytest.mark.parametrize("text", ["", "x", "[]", '{"version": 2, "subset": []}', '{"version": 1}'])
def test_text_that_is_no_set_is_refused(text: str) -> None:
    with pytest.raises(CheckError, match="no set of partitions"):
        LETTERS.deserialize_subset(text)


def test_text_has_the_form_of_a_key_if_it_has_one_for_each_dimension() -> None:
    both = MultiPartitionsDefinition({"a": LETTERS, "t": DAYS})

    told = [both.is_valid_key_format(text) for text in ("x|2026-01-01", "a|b", "a", "a|b|c", "")]

    assert told == [True, True, False, False, False]
