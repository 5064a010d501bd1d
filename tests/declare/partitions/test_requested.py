"""Dynamic partitions as they will be after a tick, against what an instance says when they are."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from watchbell import AddDynamicPartitionsRequest, DagsterInstance, DeleteDynamicPartitionsRequest
from watchbell.declare.partitions.requested import RequestedPartitions

KEYS = st.lists(st.sampled_from("abcdef"), max_size=4)
REQUESTS = st.lists(st.tuples(st.sampled_from([AddDynamicPartitionsRequest, DeleteDynamicPartitionsRequest]), KEYS))


@settings(max_examples=examples(60), deadline=None)
@given(KEYS, REQUESTS, KEYS)
def test_keys_are_those_there_will_be(held: list[str], changes: list, asked: list[str]) -> None:
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("shops", held)
        requested = RequestedPartitions(instance, [kind("shops", keys) for kind, keys in changes])
        told = {key for _, key in requested.dynamic_partition_numbers("shops")}
        told_asked = {key for _, key in requested.dynamic_partition_numbers("shops", asked)}
        has = {key for key in "abcdef" if requested.has_dynamic_partition("shops", key)}

        for kind, keys in changes:
            if kind is AddDynamicPartitionsRequest:
                instance.add_dynamic_partitions("shops", keys)
            else:
                for key in keys:
                    instance.delete_dynamic_partition("shops", key)

        there = set(instance.get_dynamic_partitions("shops"))
        assert (told, told_asked, has) == (there, there & set(asked), there)


def test_numbers_find_their_keys_and_are_those_of_what_was_there() -> None:
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("shops", ["a", "b"])
        requested = RequestedPartitions(instance, [AddDynamicPartitionsRequest("shops", ["c"])])

        numbers = dict(requested.dynamic_partition_numbers("shops"))

        assert list(numbers.values()) == ["a", "b", "c"]
        assert dict(instance.dynamic_partition_numbers("shops")).items() <= numbers.items()
        for number, key in numbers.items():
            assert requested.dynamic_partition_numbers("shops", None, [number]) == [(number, key)]
            assert requested.dynamic_partition_numbers("shops", [key]) == [(number, key)]
