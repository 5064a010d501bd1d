"""The part of ``DagsterInstance`` that speaks of partitions: how they stand, wiping them, keys of dynamic ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.planned import JobAssets, planned_of
from watchbell.declare.partitions.renumbering import Renumbering, look, numbers_of, renumbering, state_of
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.clock import Clock
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.page import PaginatedResults
from watchbell.record.partition import PARTITION_TAG
from watchbell.record.partition_state import (
    AssetPartitionStatus,
    PartitionRecord,
    PartitionState,
    RunPartitionData,
    StoredPartitions,
)
from watchbell.record.ports import Store
from watchbell.record.query import EventQuery
from watchbell.record.run import RunsFilter

LOOKS_MAX = 10
"""So often stored partitions are numbered while others number them, too."""
_ID_OF = {
    DagsterEventType.ASSET_MATERIALIZATION: "materialization_id",
    DagsterEventType.ASSET_OBSERVATION: "observation_id",
}


class Partitions:
    """Partitions that an instance remembers; also what definitions of dynamic partitions ask for their keys."""

    store: Store
    clock: Clock

    # --- how partitions stand

    def partition_state(
        self, asset_key: AssetKey, partitions_def: PartitionsDefinition, job_assets: JobAssets | None = None
    ) -> PartitionState:
        """Which partitions of an asset were made, failed, are being made and are planned, of those that exist now.

        Args:
            asset_key: the asset.
            partitions_def: how it is partitioned. Is it another than what was stored is numbered by, that is numbered
                anew, once.
            job_assets: which assets a job makes, by the names of job and code location, so that queued runs of whole
                jobs count as planned; None: they do not.
        """
        return self.partition_states({asset_key: partitions_def}, job_assets)[asset_key]

    def partition_states(
        self, partitions_defs: Mapping[AssetKey, PartitionsDefinition], job_assets: JobAssets | None = None
    ) -> dict[AssetKey, PartitionState]:
        """As :meth:`partition_state`, of many assets at once."""
        view = PartitionsView(self.clock.now(), self)
        # Read before what goes on: what begins in between is in progress, and else would be in neither.
        waiting = self.store.planned_work(partitions_defs.keys())
        planned = planned_of(partitions_defs, view, waiting, job_assets) if waiting else {}
        return self._states(partitions_defs, view, planned)

    def failed_partitions(self, partitions_defs: Mapping[AssetKey, PartitionsDefinition]) -> dict[AssetKey, OrdinalSet]:
        """Which partitions of assets failed, were not made since and are not being made, of those that exist now.

        Args:
            partitions_defs: how the assets are partitioned.
        """
        view = PartitionsView(self.clock.now(), self)
        return {key: state.failed for key, state in self._states(partitions_defs, view, {}).items()}

    def _states(
        self,
        partitions_defs: Mapping[AssetKey, PartitionsDefinition],
        view: PartitionsView,
        planned: Mapping[AssetKey, OrdinalSet],
    ) -> dict[AssetKey, PartitionState]:
        stored = self.store.stored_partitions(partitions_defs)
        found, nothing = {}, OrdinalSet()
        for key, definition in partitions_defs.items():
            held = stored.get(key)
            settled = StoredPartitions() if held is None else self.settled_partitions(key, definition, view, held)
            found[key] = state_of(definition, view, settled, planned.get(key, nothing))
        return found

    def settled_partitions(
        self, key: AssetKey, definition: PartitionsDefinition, view: PartitionsView, stored: StoredPartitions
    ) -> StoredPartitions:
        """What is stored, in the definition's numbers; numbered anew, once, if they were others.

        Args:
            key: the asset.
            definition: how it is partitioned.
            view: from where partitions are looked at.
            stored: what the store had.
        """
        for _ in range(LOOKS_MAX):
            what = renumbering(definition, view, stored)
            if what is None:
                return stored
            if what is Renumbering.RENAMED:
                self.store.continue_numbering(key, stored.numbering or "", definition.numbering)
            else:
                rows = self.store.partition_records(key, only_unnumbered=what is Renumbering.UNNUMBERED)
                numbers = numbers_of(definition, view, [row.partition for row in rows])
                looked = look(definition, view, len(rows) - len(numbers))
                self.store.number_partitions(key, definition.numbering, numbers, looked)
            stored = self.store.stored_partitions([key]).get(key, StoredPartitions())
        return stored  # somebody reports without end; the next question finds those that came last

    def get_materialized_partitions(
        self, asset_key: AssetKey, before_cursor: int | None = None, after_cursor: int | None = None
    ) -> set[str]:
        """The keys of all partitions of an asset that were ever made and not wiped, also of such that exist no more.

        Args:
            asset_key: the asset.
            before_cursor: only what the log has of materializations with a storage id smaller than this.
            after_cursor: with a storage id greater than this.

        Example:
            >>> from watchbell import AssetMaterialization, DagsterInstance
            >>> with DagsterInstance.ephemeral() as instance:
            ...     instance.report_runless_asset_event(AssetMaterialization("orders", partition="2026-01-01"))
            ...     instance.get_materialized_partitions(AssetKey("orders"))
            {'2026-01-01'}
        """
        if before_cursor is not None:
            made = DagsterEventType.ASSET_MATERIALIZATION
            ids = self.store.partition_event_ids(asset_key, made, after_id=after_cursor, before_id=before_cursor)
            return set(ids)
        rows = self.store.partition_records(asset_key, only_made=True)
        return {row.partition for row in rows if (row.materialization_id or 0) > (after_cursor or 0)}

    def get_status_by_partition(
        self, asset_key: AssetKey, partition_keys: Sequence[str], partitions_def: PartitionsDefinition
    ) -> Mapping[str, AssetPartitionStatus | None] | None:
        """How partitions of an asset stand.

        Args:
            asset_key: the asset.
            partition_keys: the keys.
            partitions_def: how it is partitioned.

        Returns:
            The status by key, None for one that was never made nor tried, or does not exist. None as a whole if
            nothing was ever heard of the asset.
        """
        if not self.store.asset_states([asset_key]):
            return None
        view = PartitionsView(self.clock.now(), self)
        state = self._states({asset_key: partitions_def}, view, {})[asset_key]  # planned is no status; it is not read
        ordinals = zip(partition_keys, partitions_def.ordinals_of(partition_keys, view), strict=True)
        return {key: None if at is None else state.status_of(at) for key, at in ordinals}

    def get_latest_storage_id_by_partition(
        self,
        asset_key: AssetKey,
        event_type: DagsterEventType,
        partitions: set[str] | None = None,
        after_cursor: int | None = None,
        before_cursor: int | None = None,
    ) -> Mapping[str, int]:
        """Storage id of the newest event of one kind for each partition that has one.

        Args:
            asset_key: the asset.
            event_type: ASSET_MATERIALIZATION, ASSET_OBSERVATION, or another kind of event about an asset.
            partitions: only these; None: all.
            after_cursor: with a storage id greater than this.
            before_cursor: only among what the log has with a storage id smaller than this.
        """
        member = _ID_OF.get(event_type)
        if member is None or before_cursor is not None:
            ids = self.store.partition_event_ids(asset_key, event_type, after_id=after_cursor, before_id=before_cursor)
            return {key: each for key, each in ids.items() if partitions is None or key in partitions}
        rows = self.store.partition_records(asset_key, partitions=partitions)
        newest = ((row.partition, getattr(row, member)) for row in rows)
        return {key: each for key, each in newest if each is not None and each > (after_cursor or 0)}

    def partition_records(
        self, asset_key: AssetKey, partition_keys: Sequence[str] | None = None
    ) -> dict[str, PartitionRecord]:
        """The newest that is known of partitions, by key, whatever the length of the log.

        Args:
            asset_key: the asset.
            partition_keys: only these; None: all that were ever made, observed or tried.
        """
        rows = self.store.partition_records(asset_key, partitions=partition_keys)
        return {row.partition: row for row in rows}

    def get_asset_partitions_for_run(
        self, run_id: str, of_type: DagsterEventType | set[DagsterEventType] | None = None
    ) -> Mapping[AssetKey, set[str | None]]:
        """The partitions that events of a run are about, by asset; None stands for events about an asset as a whole.

        Args:
            run_id: the run.
            of_type: only events of this kind, or of one of these.
        """
        kinds = None if of_type is None else frozenset({of_type} if isinstance(of_type, DagsterEventType) else of_type)
        found: dict[AssetKey, set[str | None]] = {}
        for entry in self.store.events(EventQuery(run_id=run_id, types=kinds)):
            if entry.asset_key is not None and entry.dagster_event is not None:
                found.setdefault(entry.asset_key, set()).add(entry.dagster_event.partition)
        return found

    def get_run_partition_data(self, runs_filter: RunsFilter) -> Sequence[RunPartitionData]:
        """The newest run for each partition, the newest of all first; a run for a range is of none.

        Args:
            runs_filter: among which runs.
        """
        found: dict[str, RunPartitionData] = {}
        for record in self.store.run_records(runs_filter):
            run = record.dagster_run
            key = run.tags.get(PARTITION_TAG)
            if key is not None and key not in found:
                found[key] = RunPartitionData(run.run_id, key, run.status, record.start_time, record.end_time)
        return list(found.values())

    def wipe_asset_partitions(self, asset_key: AssetKey, partition_keys: Sequence[str]) -> None:
        """Forgets that partitions of an asset were ever made, observed or failed, with those events.

        Stored values stay where they are, and so does what is said of the asset as a whole.

        Args:
            asset_key: the asset.
            partition_keys: the keys; those never made are left out.
        """
        if isinstance(partition_keys, str):
            raise ParameterCheckError(
                f"partition_keys is a list of texts, not {partition_keys!r}",
                parameter="partition_keys",
                value=partition_keys,
            )
        self.store.wipe_partitions(asset_key, list(partition_keys))

    # --- dynamic partitions

    def add_dynamic_partitions(self, partitions_def_name: str, partition_keys: Sequence[str]) -> None:
        """Adds keys to dynamic partitions, in their order; those there already stay as they are.

        Args:
            partitions_def_name: the name of the definition.
            partition_keys: the keys: text of at most 1,000 bytes without control characters.

        Raises:
            ParameterCheckError: the name or a key cannot be stored; nothing is added.

        Example:
            >>> from watchbell import DagsterInstance
            >>> with DagsterInstance.ephemeral() as instance:
            ...     instance.add_dynamic_partitions("customers", ["acme", "bolt"])
            ...     instance.get_dynamic_partitions("customers")
            ['acme', 'bolt']
        """
        self.store.add_dynamic_partitions(partitions_def_name, partition_keys)

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Deletes a key of dynamic partitions; nothing happens if it is not there.

        What is remembered of assets stays: should the key come back, its partitions are what they were.
        """
        self.store.delete_dynamic_partitions(partitions_def_name, [partition_key])

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys of dynamic partitions, in the order they were added."""
        return [each.key for each in self.store.dynamic_partitions(partitions_def_name)]

    def get_existing_dynamic_partitions(self, partitions_def_name: str, partition_keys: Sequence[str]) -> set[str]:
        """Which of these keys are there."""
        return self.store.known_dynamic_partitions(partitions_def_name, list(partition_keys))

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether a key of dynamic partitions is there."""
        return bool(self.store.known_dynamic_partitions(partitions_def_name, [partition_key]))

    def get_paginated_dynamic_partitions(
        self, partitions_def_name: str, limit: int, ascending: bool, cursor: str | None = None
    ) -> PaginatedResults[str]:
        """Keys of dynamic partitions by pages.

        Args:
            partitions_def_name: the name of the definition.
            limit: most keys of a page (count, >= 1).
            ascending: in the order they were added; else the newest first.
            cursor: of the page before.

        Raises:
            ParameterCheckError: the limit is below 1, or the cursor is of no page.
        """
        if limit < 1:
            raise ParameterCheckError(f"limit is a count of at least 1, not {limit!r}", parameter="limit", value=limit)
        if cursor and not cursor.isdecimal():
            raise ParameterCheckError(
                f"{cursor[:100]!r} is no cursor; pass the `cursor` of the page before as it is", parameter="cursor"
            )
        after = int(cursor) if cursor else None
        found = self.store.dynamic_partitions(
            partitions_def_name, after=after, limit=limit + 1, descending=not ascending
        )
        page = found[:limit]
        last = str(page[-1].place) if page else cursor or ""
        return PaginatedResults([each.key for each in page], last, len(found) > limit)

    def dynamic_partition_numbers(
        self, partitions_def_name: str, keys: Sequence[str] | None = None, numbers: Sequence[int] | None = None
    ) -> Sequence[tuple[int, str]]:
        """Number and key of the dynamic partitions there are, in the order of their numbers.

        Args:
            partitions_def_name: the name of the definition.
            keys: only these; None: all.
            numbers: only those with these numbers; None: all.
        """
        found = self.store.dynamic_partitions(partitions_def_name, keys=keys, numbers=numbers)
        return sorted((each.number, each.key) for each in found)
