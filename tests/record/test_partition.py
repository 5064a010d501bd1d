"""Keys of partitions in several dimensions."""

from watchbell import MultiPartitionKey


def test_a_key_is_taken_apart_by_dimensions() -> None:
    key = MultiPartitionKey({"day": "2026-01-01", "colour": "red"})

    first, second = key.dimension_keys

    assert (first.dimension_name, first.partition_key) == ("colour", "red")
    assert second == ("day", "2026-01-01")
