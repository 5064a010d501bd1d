"""What the store keeps of partitions: the part of the port ``Store`` that speaks of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.partition_state import DynamicPartition, PartitionRecord, PlannedWork, StoredPartitions


class PartitionStore(Protocol):
    """Which partitions of assets were made, failed and are being made; the keys of dynamic partitions.

    What events say of partitions is kept by ``append`` and ``commit_ticks``, in their own transactions.
    """

    def stored_partitions(self, keys: Iterable[AssetKey] | None = None) -> dict[AssetKey, StoredPartitions]:
        """The sets of these assets (of all), as numbers; those without any partition left out."""

    def assets_with_failed_partitions(self) -> list[AssetKey]:
        """The assets of which some partition failed, in whatever numbering, and was not made since."""

    def planned_work(self, asset_keys: Collection[AssetKey]) -> list[PlannedWork]:
        """What runs that have not begun are to make of partitions: queued ones, and those of backfills not over.

        Args:
            asset_keys: only what makes some of these, or whatever its job makes.
        """

    def partition_records(
        self,
        key: AssetKey,
        *,
        partitions: Collection[str] | None = None,
        after: str | None = None,
        limit: int | None = None,
        only_made: bool = False,
        only_unnumbered: bool = False,
    ) -> list[PartitionRecord]:
        """The newest of an asset's partitions, in the order of their keys as text.

        Args:
            key: the asset.
            partitions: only these; None: all that were ever made, observed or tried.
            after: with keys greater than this.
            limit: most of them (count).
            only_made: only those that were made.
            only_unnumbered: only those that have no number.
        """

    def partition_event_ids(
        self, key: AssetKey, kind: DagsterEventType, *, after_id: int | None = None, before_id: int | None = None
    ) -> dict[str, int]:
        """Storage id of the newest event of one kind for each partition; looks at every such event of the asset.

        Args:
            key: the asset.
            kind: which kind.
            after_id: with a storage id greater than this.
            before_id: with a storage id smaller than this.
        """

    def number_partitions(self, key: AssetKey, numbering: str, numbers: Mapping[str, int], looked: str) -> None:
        """Gives an asset's rows, which know their keys, their numbers; those not in ``numbers`` have none.

        Another numbering than the one in use: all rows, and the sets are made anew of them. The same: the rows that
        have no number.

        Args:
            key: the asset.
            numbering: what the numbers mean.
            numbers: number by key.
            looked: what the definition looks like now, told by ``stored_partitions`` later.
        """

    def continue_numbering(self, key: AssetKey, before: str, after: str) -> bool:
        """Calls the numbering that an asset's numbers are in ``after``; False: it is ``before`` no more."""

    def wipe_partitions(self, key: AssetKey, partition_keys: Sequence[str]) -> int:
        """Forgets that partitions were ever made, observed or failed, and those events; how many there were.

        What is said of the asset as a whole stays, as does what runs that go on are to make.
        """

    # --- dynamic partitions

    def add_dynamic_partitions(self, name: str, keys: Sequence[str]) -> list[str]:
        """Adds keys in their order; which of them are new.

        Raises:
            ParameterCheckError: the name or a key cannot be stored; nothing is added.
        """

    def delete_dynamic_partitions(self, name: str, keys: Sequence[str]) -> list[str]:
        """Deletes keys; which of them there were. What is remembered of assets for them stays."""

    def dynamic_partitions(
        self,
        name: str,
        *,
        keys: Sequence[str] | None = None,
        numbers: Sequence[int] | None = None,
        after: int | None = None,
        limit: int | None = None,
        descending: bool = False,
    ) -> list[DynamicPartition]:
        """Keys in the order they were added.

        Args:
            name: of the partitions.
            keys: only these; None: all.
            numbers: only those with these numbers; None: all.
            after: the place of the last one of the page before.
            limit: most keys (count).
            descending: the newest first.
        """

    def known_dynamic_partitions(self, name: str, keys: Sequence[str]) -> set[str]:
        """Which of these keys are there."""

    def dynamic_partition_names(self) -> dict[str, int]:
        """The names that have keys, with the number of these."""
