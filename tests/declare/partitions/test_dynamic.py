"""Dynamic partitions: keys by name from a store, or from a function."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView, partition_loading_context
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError
from watchbell.record.partition import Partition, PartitionKeyRange
from watchbell.record.request import AddDynamicPartitionsRequest, DeleteDynamicPartitionsRequest

CITIES = DynamicPartitionsDefinition(name="cities")


class Numbers:
    """Keys with numbers, as an instance has them: 2 was deleted."""

    numbers = ((1, "bonn"), (3, "aachen"), (7, "celle"))

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        return [key for _, key in self.numbers] if partitions_def_name == "cities" else []

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        return partition_key in self.get_dynamic_partitions(partitions_def_name)

    def dynamic_partition_numbers(
        self, partitions_def_name: str, keys: Sequence[str] | None = None, numbers: Sequence[int] | None = None
    ) -> Sequence[tuple[int, str]]:
        return [
            (number, key)
            for number, key in self.numbers
            if partitions_def_name == "cities"
            and (keys is None or key in keys)
            and (numbers is None or number in numbers)
        ]


VIEW = PartitionsView(store=Numbers())


def test_keys_have_the_numbers_of_the_store() -> None:
    assert list(CITIES.ordinals(VIEW)) == [1, 3, 7]
    assert [CITIES.ordinal_of(key, VIEW) for key in ("aachen", "rom")] == [3, None]
    assert CITIES.keys_of([7, 1], VIEW) == ["celle", "bonn"]
    assert CITIES.key_of(3, VIEW) == "aachen"
    assert CITIES.numbering == "dynamic:cities"


def test_questions_are_asked_of_the_store_around() -> None:
    with partition_loading_context(dynamic_partitions_store=Numbers()):
        assert CITIES.get_partition_keys() == ["bonn", "aachen", "celle"]
        assert CITIES.has_partition_key("bonn")
        assert (CITIES.get_first_partition_key(), CITIES.get_last_partition_key()) == ("bonn", "celle")
        assert CITIES.get_partition_keys_in_range(PartitionKeyRange("aachen", "celle")) == ["aachen", "celle"]


def test_without_a_store_the_way_out_is_named() -> None:
    for question in (CITIES.get_partition_keys, CITIES.get_num_partitions, lambda: CITIES.has_partition_key("bonn")):
        with pytest.raises(CheckError, match="'cities' are known to an instance.*dynamic_partitions_store=instance"):
            question()


def test_a_function_is_asked_each_time_and_given_the_moment() -> None:
    asked: list[datetime | None] = []

    def keys(now: datetime | None) -> Sequence[Partition[int]]:
        asked.append(now)
        return [Partition(number) for number in range(2 + len(asked))]

    given = DynamicPartitionsDefinition(keys)
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    assert given.get_partition_keys(current_time=moment) == ["0", "1", "2"]
    assert given.get_partition_keys() == ["0", "1", "2", "3"]
    assert asked == [moment, None]
    assert given.ordinal_of("2", PartitionsView()) == 2
    with pytest.raises(CheckError, match="partition_fn and no name"):
        given.build_add_request(["x"])


def test_a_name_or_a_function_is_needed() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="needs a name"):
        DynamicPartitionsDefinition()
    with pytest.raises(DagsterInvalidDefinitionError, match="give one of them"):
        DynamicPartitionsDefinition(lambda _: ["x"], name="x")
    with pytest.raises(CheckError, match="name is text"):
        DynamicPartitionsDefinition(name=5)  # type: ignore[arg-type]
    with pytest.raises(CheckError, match="is a function"):
        DynamicPartitionsDefinition("cities")  # type: ignore[arg-type]


def test_requests_name_the_definition() -> None:
    assert CITIES.build_add_request(["ulm"]) == AddDynamicPartitionsRequest("cities", ["ulm"])
    assert CITIES.build_delete_request(["ulm"]) == DeleteDynamicPartitionsRequest("cities", ["ulm"])


def test_definitions_are_values() -> None:
    assert DynamicPartitionsDefinition(name="cities") == CITIES
    assert hash(DynamicPartitionsDefinition(name="cities")) == hash(CITIES)
    assert DynamicPartitionsDefinition(name="towns") != CITIES
    assert CITIES.get_serializable_unique_identifier(Numbers()) == CITIES.get_serializable_unique_identifier(Numbers())
