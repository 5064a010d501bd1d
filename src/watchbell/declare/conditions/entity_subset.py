"""Which partitions of an asset or a check, as conditions of one's own see them: asked about, and answered."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.subset import PartitionsSubset
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import CheckError
from watchbell.ground.shown import shown
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet

EntityKey = AssetKey | AssetCheckKey | AssetJobKey
Value = bool | OrdinalSet
"""Numbers of partitions; of an entity without partitions yes or no."""
Direction = Literal["up", "down"]
K = TypeVar("K", bound=EntityKey)


class AssetKeyPartitionKey(NamedTuple):
    """A partition of an asset, or an asset without partitions.

    Args:
        asset_key: which asset.
        partition_key: which partition; None: it has none.
    """

    asset_key: AssetKey
    partition_key: str | None = None


class Surroundings(Protocol):
    """Who answers the questions of subsets: the evaluation they belong to."""

    @property
    def view(self) -> PartitionsView:
        """From where partitions are looked at."""

    @property
    def asset_graph(self) -> Any:
        """The assets of the location."""

    def definition_of(self, key: EntityKey) -> PartitionsDefinition | None:
        """The partitions of an entity; None: it has none."""

    def full(self, key: EntityKey) -> Value:
        """All of an entity."""

    def missing(self, key: EntityKey) -> Value:
        """What of an entity was never made."""

    def latest(self, key: EntityKey, lookback_seconds: float) -> Value:
        """What of an entity belongs to its newest window of time."""

    def mapped(self, key: EntityKey, value: Value, to_key: EntityKey, direction: Direction) -> Value:
        """What of another entity the value of one depends on (``"up"``), or what depends on it (``"down"``)."""


class EntitySubset(Generic[K]):
    """Some partitions of an asset or a check; of one without partitions, whether it is meant.

    Immutable. Conditions of one's own are given such sets and make others of them.

    Args:
        key: the asset or check.
        value: its partitions as numbers, or yes and no.
        around: the evaluation it belongs to.
    """

    __slots__ = ("_around", "_value", "key")

    def __init__(self, key: K, value: Value, around: Surroundings) -> None:
        self.key = key
        self._value = value
        self._around = around

    @property
    def is_partitioned(self) -> bool:
        """Whether the asset has partitions."""
        return isinstance(self._value, OrdinalSet)

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        """The partitions of the asset; None: it has none."""
        return self._around.definition_of(self.key)

    @property
    def size(self) -> int:
        """How many partitions; an asset without partitions counts one, if it is meant."""
        return len(self._value) if isinstance(self._value, OrdinalSet) else int(self._value)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not self._value

    # ------------------------------------------------------------ sets

    def compute_union(self, other: EntitySubset[K]) -> EntitySubset[K]:
        """What is in one of both.

        Args:
            other: partitions of the same asset.

        Raises:
            CheckError: it is of another asset, or no such set.
        """
        value = self._of(other, "compute_union")
        if isinstance(self._value, OrdinalSet) and isinstance(value, OrdinalSet):
            return self._with(self._value | value)
        return self._with(bool(self._value) or bool(value))

    def compute_intersection(self, other: EntitySubset[K]) -> EntitySubset[K]:
        """What is in both; see :meth:`compute_union`."""
        value = self._of(other, "compute_intersection")
        if isinstance(self._value, OrdinalSet) and isinstance(value, OrdinalSet):
            return self._with(self._value & value)
        return self._with(bool(self._value) and bool(value))

    def compute_difference(self, other: EntitySubset[K]) -> EntitySubset[K]:
        """What is in this one and not in the other; see :meth:`compute_union`."""
        value = self._of(other, "compute_difference")
        if isinstance(self._value, OrdinalSet) and isinstance(value, OrdinalSet):
            return self._with(self._value - value)
        return self._with(bool(self._value) and not value)

    def compute_intersection_with_partition_keys(self, partition_keys: AbstractSet[str]) -> EntitySubset[K]:
        """What has one of some keys.

        Args:
            partition_keys: the keys; those that do not exist are in no set. Of an asset without partitions nothing has
                a key.
        """
        definition = self.partitions_def
        if definition is None or not isinstance(self._value, OrdinalSet):
            return self._with(False)
        return self._with(self._value & numbers_of(definition, partition_keys, self._around.view))

    # ------------------------------------------------------------ others

    def compute_parent_subset(self, parent_key: AssetKey) -> EntitySubset[AssetKey]:
        """What these partitions are made from, of one asset.

        Args:
            parent_key: an asset that this one is made from.

        Raises:
            CheckError: it is not made from that one.
        """
        return self.compute_mapped_subset(parent_key, direction="up")

    def compute_child_subset(self, child_key: Any) -> EntitySubset[Any]:
        """What is made from these partitions, of one asset.

        Args:
            child_key: an asset that is made from this one.

        Raises:
            CheckError: that one is not made from it.
        """
        return self.compute_mapped_subset(child_key, direction="down")

    def compute_mapped_subset(self, to_key: Any, direction: Direction) -> EntitySubset[Any]:
        """What of another asset (or check) belongs to these partitions.

        Args:
            to_key: the other one.
            direction: ``"up"``: this one is made from it; ``"down"``: it is made from this one.

        Raises:
            CheckError: they are not connected in this way.
        """
        return EntitySubset(to_key, self._around.mapped(self.key, self._value, to_key, direction), self._around)

    # ------------------------------------------------------------ keys

    def expensively_compute_partition_keys(self) -> AbstractSet[str]:
        """The keys, all of them as text.

        Raises:
            CheckError: the asset has no partitions.
        """
        return frozenset(self.get_internal_subset_value().get_partition_keys())

    def expensively_compute_asset_partitions(self) -> AbstractSet[AssetKeyPartitionKey]:
        """The partitions, each with the key of the asset.

        Raises:
            CheckError: it is a check.
        """
        key = self.key
        if not isinstance(key, AssetKey):
            raise CheckError(f"{key.to_user_string()!r} is a check; only assets have partitions with keys")
        if not self.is_partitioned:
            return frozenset((AssetKeyPartitionKey(key),)) if self._value else frozenset()
        return frozenset(AssetKeyPartitionKey(key, each) for each in self.expensively_compute_partition_keys())

    # ------------------------------------------------------------ inside

    def get_internal_value(self) -> bool | PartitionsSubset:
        """The set itself; of an asset without partitions yes or no."""
        return self.get_internal_subset_value() if self.is_partitioned else self.get_internal_bool_value()

    def get_internal_bool_value(self) -> bool:
        """Yes or no.

        Raises:
            CheckError: the asset has partitions.
        """
        if isinstance(self._value, OrdinalSet):
            raise CheckError(f"{self.key.to_user_string()!r} has partitions: ask for get_internal_subset_value()")
        return self._value

    def get_internal_subset_value(self) -> PartitionsSubset:
        """The set itself.

        Raises:
            CheckError: the asset has no partitions.
        """
        definition = self.partitions_def
        if definition is None or not isinstance(self._value, OrdinalSet):
            raise CheckError(f"{self.key.to_user_string()!r} has no partitions: ask for size, or is_empty")
        return PartitionsSubset(definition, self._value, view=self._around.view)

    @property
    def value(self) -> Value:
        """The partitions as numbers; yes or no."""
        return self._value

    def _with(self, value: Value) -> EntitySubset[K]:
        return EntitySubset(self.key, value, self._around)

    def _of(self, other: object, what: str) -> Value:
        if not isinstance(other, EntitySubset):
            raise CheckError(f"{what}: an EntitySubset is asked for, not {shown(other)}")
        if other.key != self.key:
            raise CheckError(
                f"{what}: a set of {other.key.to_user_string()!r} says nothing of {self.key.to_user_string()!r}; "
                "compute_parent_subset() and compute_child_subset() lead from one asset to another"
            )
        return other._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EntitySubset) and other.key == self.key and other._value == self._value

    def __hash__(self) -> int:
        return hash((self.key, self._value))

    def __repr__(self) -> str:
        inside = self.get_internal_subset_value() if self.is_partitioned else self._value
        return f"EntitySubset({self.key.to_user_string()}: {inside})"


class AssetGraphView:
    """What conditions of one's own may ask of the assets around them, as of one evaluation.

    Args:
        around: the evaluation.
    """

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    @property
    def asset_graph(self) -> Any:
        """The assets of the location."""
        return self._around.asset_graph

    @property
    def effective_dt(self) -> datetime:
        """The time of the evaluation."""
        return self._around.view.now

    def get_full_subset(self, *, key: K) -> EntitySubset[K]:
        """All of an asset or check."""
        return EntitySubset(key, self._around.full(key), self._around)

    def get_empty_subset(self, *, key: K) -> EntitySubset[K]:
        """Nothing of an asset or check."""
        return EntitySubset(key, _nothing(self._around, key), self._around)

    def get_subset_from_partition_keys(
        self, key: K, partitions_def: PartitionsDefinition, partition_keys: AbstractSet[str]
    ) -> EntitySubset[K]:
        """The partitions with some keys; keys that do not exist are left out."""
        return self.get_full_subset(key=key).compute_intersection_with_partition_keys(partition_keys)

    def compute_missing_subset(self, *, key: K, from_subset: EntitySubset[K]) -> EntitySubset[K]:
        """What of a set was never made."""
        return EntitySubset(key, self._around.missing(key), self._around).compute_intersection(from_subset)

    def compute_latest_time_window_subset(
        self, asset_key: AssetKey, lookback_delta: timedelta | None = None
    ) -> EntitySubset[AssetKey]:
        """The partitions of the newest window of time; of what has no such windows, all.

        Args:
            asset_key: the asset.
            lookback_delta: also windows within this time before the end of the newest.
        """
        seconds = 0.0 if lookback_delta is None else lookback_delta.total_seconds()
        return EntitySubset(asset_key, self._around.latest(asset_key, seconds), self._around)

    def compute_parent_subset(self, parent_key: AssetKey, subset: EntitySubset[Any]) -> EntitySubset[AssetKey]:
        """See :meth:`EntitySubset.compute_parent_subset`."""
        return subset.compute_parent_subset(parent_key)

    def compute_child_subset(self, child_key: Any, subset: EntitySubset[Any]) -> EntitySubset[Any]:
        """See :meth:`EntitySubset.compute_child_subset`."""
        return subset.compute_child_subset(child_key)


def numbers_of(definition: PartitionsDefinition, keys: Iterable[str], view: PartitionsView) -> OrdinalSet:
    """The numbers of some keys; those that do not exist are left out."""
    return OrdinalSet(each for each in definition.ordinals_of(list(keys), view) if each is not None)


def _nothing(around: Surroundings, key: EntityKey) -> Value:
    return False if around.definition_of(key) is None else OrdinalSet()
