"""The methods of the store that speak of partitions; fulfils ``record.partition_store.PartitionStore``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.partition_state import DynamicPartition, PartitionRecord, PlannedWork, StoredPartitions
from watchbell.record.ports import Notifier
from watchbell.record.request import check_partition_keys, check_partitions_name
from watchbell.store import dynamic_partitions, partition_states, partitions, planned_work
from watchbell.store.session import Database
from watchbell.store.topics import EVENTS, FACTS


class PartitionTables:
    """A base of ``SqlStore``, which has the database and the notifier."""

    _database: Database
    _notifier: Notifier

    def stored_partitions(self, keys: Iterable[AssetKey] | None = None) -> dict[AssetKey, StoredPartitions]:
        """The sets of these assets (of all), as numbers; those without any partition left out."""
        with self._database.read() as session:
            return partition_states.stored(session, keys)

    def assets_with_failed_partitions(self) -> list[AssetKey]:
        """The assets of which some partition failed, in whatever numbering, and was not made since."""
        with self._database.read() as session:
            return partition_states.assets_with_failures(session)

    def planned_work(self, asset_keys: Collection[AssetKey]) -> list[PlannedWork]:
        """What runs that have not begun are to make of partitions: queued ones, and those of backfills not over."""
        with self._database.read() as session:
            return planned_work.planned_work(session, asset_keys)

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
        """The newest of an asset's partitions, in the order of their keys as text."""
        with self._database.read() as session:
            return partition_states.records(
                session,
                key,
                partitions=partitions,
                after=after,
                limit=limit,
                only_made=only_made,
                only_unnumbered=only_unnumbered,
            )

    def partition_event_ids(
        self, key: AssetKey, kind: DagsterEventType, *, after_id: int | None = None, before_id: int | None = None
    ) -> dict[str, int]:
        """Storage id of the newest event of one kind for each partition; looks at every such event of the asset."""
        with self._database.read() as session:
            return partition_states.event_ids(session, key, kind.value, after_id=after_id, before_id=before_id)

    def number_partitions(self, key: AssetKey, numbering: str, numbers: Mapping[str, int], looked: str) -> None:
        """Gives an asset's rows, which know their keys, their numbers; those not in ``numbers`` have none."""
        with self._database.write() as session:
            partition_states.number(session, key, numbering, numbers, looked)

    def continue_numbering(self, key: AssetKey, before: str, after: str) -> bool:
        """Calls the numbering that an asset's numbers are in ``after``; False: it is ``before`` no more."""
        with self._database.write() as session:
            return partition_states.continue_numbering(session, key, before, after)

    def wipe_partitions(self, key: AssetKey, partition_keys: Sequence[str]) -> int:
        """Forgets that partitions were ever made, observed or failed, and those events; how many there were."""
        with self._database.write() as session:
            count = partitions.wipe(session, key.to_string(), partition_keys)
            session.take_numbers("forgotten", 1)
        self._notifier.publish((EVENTS, FACTS))
        return count

    def add_dynamic_partitions(self, name: str, keys: Sequence[str]) -> list[str]:
        """Adds keys in their order; which of them are new."""
        check_partitions_name(name)
        wanted = check_partition_keys(keys)
        with self._database.write() as session:
            added = dynamic_partitions.add(session, name, wanted)
        if added:
            self._notifier.publish((FACTS,))
        return added

    def delete_dynamic_partitions(self, name: str, keys: Sequence[str]) -> list[str]:
        """Deletes keys; which of them there were."""
        with self._database.write() as session:
            gone = dynamic_partitions.delete(session, name, keys)
        if gone:
            self._notifier.publish((FACTS,))
        return gone

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
        """Keys in the order they were added."""
        with self._database.read() as session:
            return dynamic_partitions.find(
                session, name, keys=keys, numbers=numbers, after=after, limit=limit, descending=descending
            )

    def known_dynamic_partitions(self, name: str, keys: Sequence[str]) -> set[str]:
        """Which of these keys are there."""
        with self._database.read() as session:
            return dynamic_partitions.has(session, name, keys)

    def dynamic_partition_names(self) -> dict[str, int]:
        """The names that have keys, with the number of these."""
        with self._database.read() as session:
            return dynamic_partitions.names(session)
