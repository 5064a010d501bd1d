"""Dynamic partitions as they will be when a tick is stored: those of an instance, and what the tick asks to change."""

from __future__ import annotations

from collections.abc import Sequence

from watchbell.declare.partitions.view import DynamicPartitionsStore
from watchbell.record.request import AddDynamicPartitionsRequest, DynamicPartitionsRequest


class RequestedPartitions:
    """Who knows the keys there will be; a run of a tick may be for a partition that the same tick adds.

    Args:
        store: who knows those there are.
        requests: what is to change, in order.
    """

    def __init__(self, store: DynamicPartitionsStore, requests: Sequence[DynamicPartitionsRequest]) -> None:
        self._store = store
        self._changes: dict[str, dict[str, bool]] = {}
        for request in requests:
            is_added = isinstance(request, AddDynamicPartitionsRequest)
            changes = self._changes.setdefault(request.partitions_def_name, {})
            for key in request.partition_keys:
                changes[key] = is_added

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys there will be, the new ones last."""
        held = list(self._store.get_dynamic_partitions(partitions_def_name))
        changes = self._changes.get(partitions_def_name, {})
        known = set(held)
        new = [key for key, is_added in changes.items() if is_added and key not in known]
        return [key for key in held if changes.get(key, True)] + new

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether the key will be there."""
        is_added = self._changes.get(partitions_def_name, {}).get(partition_key)
        if is_added is not None:
            return is_added
        return self._store.has_dynamic_partition(partitions_def_name, partition_key)

    def dynamic_partition_numbers(self, partitions_def_name: str) -> Sequence[tuple[int, str]]:
        """Number and key of those that will be there; new ones are given the next numbers."""
        numbers = {key: number for number, key in self._store.dynamic_partition_numbers(partitions_def_name)}
        last = max(numbers.values(), default=0)
        keys = self.get_dynamic_partitions(partitions_def_name)
        new = [key for key in keys if key not in numbers]
        numbers.update({key: number for number, key in enumerate(new, last + 1)})
        return sorted((numbers[key], key) for key in keys)
