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
        self._numbers: dict[str, dict[str, int]] = {}  # by key, in the order of the numbers
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

    def dynamic_partition_numbers(
        self, partitions_def_name: str, keys: Sequence[str] | None = None, numbers: Sequence[int] | None = None
    ) -> Sequence[tuple[int, str]]:
        """Number and key of those that will be there; new ones are given the next numbers."""
        changes = self._changes.get(partitions_def_name)
        if not changes:
            return self._store.dynamic_partition_numbers(partitions_def_name, keys, numbers)
        if keys is not None and changes.keys().isdisjoint(keys):
            return self._store.dynamic_partition_numbers(partitions_def_name, keys, numbers)
        if partitions_def_name not in self._numbers:
            self._numbers[partitions_def_name] = self._all_numbers(partitions_def_name)
        found = self._numbers[partitions_def_name]
        if keys is not None:
            wanted = sorted((found[key], key) for key in dict.fromkeys(keys) if key in found)
        else:
            wanted = [(number, key) for key, number in found.items()]
        if numbers is None:
            return wanted
        asked = frozenset(numbers)
        return [(number, key) for number, key in wanted if number in asked]

    def _all_numbers(self, partitions_def_name: str) -> dict[str, int]:
        numbers = {key: number for number, key in self._store.dynamic_partition_numbers(partitions_def_name)}
        last = max(numbers.values(), default=0)
        keys = self.get_dynamic_partitions(partitions_def_name)
        new = [key for key in keys if key not in numbers]
        numbers.update({key: number for number, key in enumerate(new, last + 1)})
        return {key: number for number, key in sorted((numbers[key], key) for key in keys)}
