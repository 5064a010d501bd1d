"""Partitions that are added and deleted while the system runs: the store numbers their keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import sha1
from shlex import quote
from typing import Any

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView, partitions_view
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import Partition
from watchbell.record.request import AddDynamicPartitionsRequest, DeleteDynamicPartitionsRequest

_ASKED_MAX = 2_000  # keys or numbers that are asked for one by one; where there are more, all are read
PartitionFunction = Callable[[datetime | None], Sequence[Partition[Any]] | Sequence[str]]


class DynamicPartitionsDefinition(PartitionsDefinition):
    """Partitions with keys that are added and deleted at run time, by name.

    Keys are added with ``instance.add_dynamic_partitions`` or by a sensor's answer. Their order is that in which they
    were added; a key that is deleted and added again comes last.

    Args:
        partition_fn: instead of a name: a function that is asked for the keys each time, for jobs only.
        name: under which the instance keeps the keys.

    Raises:
        DagsterInvalidDefinitionError: neither of the two is given, or both.

    Example:
        >>> cities = DynamicPartitionsDefinition(name="cities")
        >>> cities.build_add_request(["bonn", "bern"]).partition_keys
        ['bonn', 'bern']
    """

    def __init__(self, partition_fn: PartitionFunction | None = None, name: str | None = None) -> None:
        if partition_fn is None and name is None:
            raise DagsterInvalidDefinitionError("DynamicPartitionsDefinition needs a name (or a partition_fn)")
        if partition_fn is not None and name is not None:
            raise DagsterInvalidDefinitionError(
                f"DynamicPartitionsDefinition has a name, {name!r}, and a partition_fn; give one of them"
            )
        if name is not None and not isinstance(name, str):
            raise ParameterCheckError(f"name is text, not {name!r}", parameter="name", value=name)
        if partition_fn is not None and not callable(partition_fn):
            raise ParameterCheckError(
                f"partition_fn is a function, not {partition_fn!r}", parameter="partition_fn", value=partition_fn
            )
        self.partition_fn = partition_fn
        self.name = name

    @property
    def numbering(self) -> str:
        """The name; of a function: the keys it gives now."""
        if self.name is None:
            return self._listed(partitions_view()).numbering
        return f"dynamic:{self.name}"

    def ordinal_of(self, key: str, view: PartitionsView) -> int | None:
        """The number of a key that is there."""
        if self.name is None:
            return self._listed(view).ordinal_of(key, view)
        found = self._store(view).dynamic_partition_numbers(self.name, [key])
        return found[0][0] if found else None

    def ordinals_of(self, keys: Sequence[str], view: PartitionsView) -> Sequence[int | None]:
        """The numbers of keys, None for one that is not there."""
        if self.name is None:
            return self._listed(view).ordinals_of(keys, view)
        asked = keys if len(keys) <= _ASKED_MAX else None
        numbers = {key: number for number, key in self._store(view).dynamic_partition_numbers(self.name, asked)}
        return list(map(numbers.get, keys))

    def key_of(self, ordinal: int, view: PartitionsView) -> str:
        """The key with a number."""
        return self.keys_of([ordinal], view)[0]

    def keys_of(self, ordinals: Iterable[int], view: PartitionsView) -> list[str]:
        """The keys with some numbers, in their order."""
        if self.name is None:
            return self._listed(view).keys_of(ordinals, view)
        wanted = list(ordinals)
        asked = wanted if len(wanted) <= _ASKED_MAX else None
        keys = dict(self._store(view).dynamic_partition_numbers(self.name, None, asked))
        return [keys[each] for each in wanted]

    def ordinals(self, view: PartitionsView) -> OrdinalSet:
        """The numbers of all keys that are there."""
        if self.name is None:
            return self._listed(view).ordinals(view)
        return OrdinalSet(number for number, _ in self._store(view).dynamic_partition_numbers(self.name))

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> Sequence[str]:
        """All keys, in the order in which they were added.

        Args:
            current_time: what a ``partition_fn`` is given, aware; None: nothing.
            dynamic_partitions_store: an instance; needed for a definition with a name.

        Raises:
            CheckError: there is no instance.
        """
        view = partitions_view(current_time, dynamic_partitions_store)
        if self.name is None:
            return self._listed(view).get_partition_keys()
        return list(self._store(view).get_dynamic_partitions(self.name))

    def has_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> bool:
        """Whether there is such a partition.

        Args:
            partition_key: the key.
            current_time: what a ``partition_fn`` is given, aware; None: nothing.
            dynamic_partitions_store: an instance; needed for a definition with a name.

        Raises:
            CheckError: there is no instance.
        """
        view = partitions_view(current_time, dynamic_partitions_store)
        if self.name is None:
            return self._listed(view).ordinal_of(partition_key, view) is not None
        return bool(self._store(view).has_dynamic_partition(self.name, partition_key))

    def unknown_key_text(self, key: str, view: PartitionsView) -> str:
        """The end of a sentence about a key that is not there: the nearest, or what there is, and how to add it."""
        if self.name is None:
            return self._listed(view).unknown_key_text(key, view)
        near = did_you_mean(key, self.some_keys(view))
        command = f"`watchbell partitions add {quote(self.name)} {quote(key)}` adds it"
        return f"the dynamic partitions {self.name!r}{near}{' ' if near.endswith('?') else '; '}{command}"

    def build_add_request(self, partition_keys: Sequence[str]) -> AddDynamicPartitionsRequest:
        """What a sensor answers so that keys are added.

        Args:
            partition_keys: the keys; those that are there already stay as they are.

        Raises:
            CheckError: the definition has no name, or a key is no text.
        """
        return AddDynamicPartitionsRequest(self.require_name(), partition_keys)

    def build_delete_request(self, partition_keys: Sequence[str]) -> DeleteDynamicPartitionsRequest:
        """What a sensor answers so that keys are deleted.

        Args:
            partition_keys: the keys.

        Raises:
            CheckError: the definition has no name, or a key is no text.
        """
        return DeleteDynamicPartitionsRequest(self.require_name(), partition_keys)

    def get_serializable_unique_identifier(self, dynamic_partitions_store: DynamicPartitionsStore | None = None) -> str:
        """Text that is the same for definitions with the same keys now.

        Args:
            dynamic_partitions_store: an instance; needed for a definition with a name.
        """
        keys = self.get_partition_keys(dynamic_partitions_store=dynamic_partitions_store)
        return sha1(repr((self.name, list(keys))).encode(), usedforsecurity=False).hexdigest()

    def require_name(self) -> str:
        """The name.

        Raises:
            CheckError: it has none, but a function.
        """
        if self.name is None:
            raise CheckError(
                "this DynamicPartitionsDefinition has a partition_fn and no name; only the keys of one with a name are "
                "added and deleted"
            )
        return self.name

    def _store(self, view: PartitionsView) -> DynamicPartitionsStore:
        if view.store is None:
            raise CheckError(
                f"the keys of dynamic partitions {self.name!r} are known to an instance, and none is given here; pass "
                "dynamic_partitions_store=instance, or ask inside `with partition_loading_context("
                "dynamic_partitions_store=instance):`"
            )
        return view.store

    def _listed(self, view: PartitionsView) -> StaticPartitionsDefinition:
        assert self.partition_fn is not None
        keys = self.partition_fn(view.current_time)
        return StaticPartitionsDefinition([each.name if isinstance(each, Partition) else each for each in keys])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DynamicPartitionsDefinition):
            return NotImplemented
        return self.name == other.name and self.partition_fn == other.partition_fn

    def __hash__(self) -> int:
        return hash(("dynamic", self.name, self.partition_fn))

    def __str__(self) -> str:
        return str(self._listed(partitions_view())) if self.name is None else f'Dynamic partitions: "{self.name}"'

    def __repr__(self) -> str:
        return f"DynamicPartitionsDefinition(partition_fn={self.partition_fn!r}, name={self.name!r})"
