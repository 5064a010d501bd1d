"""What can be asked of what is remembered: the reading half of ``DagsterInstance``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from watchbell.recall_runs import RecallRuns, ordered_runs
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.check_record import AssetCheckExecutionRecord, AssetCheckExecutionRecordStatus
from watchbell.record.event import DagsterEventType, EventLogEntry, EventLogRecord, EventRecordsResult
from watchbell.record.filters import (
    AssetRecordsFilter,
    EventRecordsFilter,
    RunStatusChangeRecordsFilter,
    asset_query,
    page_of,
    record_query,
    records_of,
    run_status_query,
)
from watchbell.record.keys import AssetKey, CoercibleToAssetKey
from watchbell.record.ports import Store
from watchbell.record.query import (
    STATS_TYPES,
    AssetRecord,
    DagsterRunStatsSnapshot,
    EventQuery,
    asset_record_of,
    stats_of,
)
from watchbell.record.run import DagsterRun, RunRecord, RunsFilter

EVERY_RUN = RunsFilter()
RECORDS_IN_A_PAGE = 1_000
CODE_VERSION_TAG = "dagster/code_version"


class Recall(RecallRuns):
    """Questions to a store: about runs, events and assets. None of its methods changes anything.

    Args:
        store: the open database.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    # --- runs

    def get_runs(
        self,
        filters: RunsFilter | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        ascending: bool = False,
    ) -> Sequence[DagsterRun]:
        """Runs, newest first unless ``ascending``.

        Args:
            filters: which; None: all.
            cursor: a run id to go on after.
            limit: most runs (count).
            ascending: oldest first.

        Example:
            >>> from watchbell import DagsterInstance
            >>> DagsterInstance.ephemeral().get_runs(filters=RunsFilter(job_name="etl"), limit=1)
            []
        """
        return [record.dagster_run for record in self.get_run_records(filters, limit, None, ascending, cursor)]

    def get_run_records(
        self,
        filters: RunsFilter | None = None,
        limit: int | None = None,
        order_by: str | None = None,
        ascending: bool = False,
        cursor: str | None = None,
    ) -> Sequence[RunRecord]:
        """Runs with what the store knows of them; parameters as for :meth:`get_runs`.

        Args:
            order_by: ``"id"``, the order in which runs were stored, or ``"start_time"``, ``"end_time"``,
                ``"update_timestamp"``, which look at every run that matches.

        Raises:
            ParameterCheckError: there is no such order.
        """
        if order_by is None:
            return self.store.run_records(filters or EVERY_RUN, limit=limit, cursor=cursor, ascending=ascending)
        return ordered_runs(self.store, filters or EVERY_RUN, order_by, limit, cursor, ascending=ascending)

    def get_run_by_id(self, run_id: str) -> DagsterRun | None:
        """One run, None if there is none."""
        record = self.store.run_record(run_id)
        return None if record is None else record.dagster_run

    def get_run_record_by_id(self, run_id: str) -> RunRecord | None:
        """One run's record, None if there is none."""
        return self.store.run_record(run_id)

    def get_run_ids(
        self, filters: RunsFilter | None = None, cursor: str | None = None, limit: int | None = None
    ) -> Sequence[str]:
        """The ids of runs, newest first; parameters as for :meth:`get_runs`."""
        return [run.run_id for run in self.get_runs(filters, cursor, limit)]

    def get_run_ids_with_prefix(self, prefix: str, limit: int | None = None) -> Sequence[str]:
        """The ids that begin so, sorted; what people type is the beginning."""
        return self.store.run_ids_with_prefix(prefix, limit=limit)

    def get_runs_count(self, filters: RunsFilter | None = None) -> int:
        """How many runs match."""
        return self.store.count_runs(filters or EVERY_RUN)

    def has_run(self, run_id: str) -> bool:
        """Whether there is such a run."""
        return self.store.run_record(run_id) is not None

    # --- events

    def events(self, query: EventQuery) -> Sequence[EventLogEntry]:
        """Log entries that a query describes, in the order of their storage ids."""
        return self.store.events(query)

    def last_event_id(self) -> int:
        """Storage id of the newest log entry; 0 if there is none."""
        return self.store.last_event_id()

    def all_logs(
        self, run_id: str, of_type: DagsterEventType | AbstractSet[DagsterEventType] | None = None
    ) -> Sequence[EventLogEntry]:
        """The log of a run, oldest first.

        Args:
            run_id: the run.
            of_type: only events of this kind, or of one of these.
        """
        return self.store.events(EventQuery(run_id=run_id, types=_kinds(of_type)))

    def logs_after(
        self,
        run_id: str,
        cursor: int | None = None,
        of_type: DagsterEventType | AbstractSet[DagsterEventType] | None = None,
        limit: int | None = None,
    ) -> Sequence[EventLogEntry]:
        """The log of a run after the entry with storage id ``cursor``, oldest first."""
        return self.store.events(EventQuery(run_id=run_id, types=_kinds(of_type), after_id=cursor, limit=limit))

    def get_records_for_run(
        self,
        run_id: str,
        cursor: str | None = None,
        of_type: DagsterEventType | AbstractSet[DagsterEventType] | None = None,
        limit: int = RECORDS_IN_A_PAGE,
        ascending: bool = True,
    ) -> EventRecordsResult:
        """The log of a run by pages, oldest first unless ``ascending`` is false; as :meth:`fetch_materializations`."""
        query = EventQuery(run_id=run_id, types=_kinds(of_type))
        return page_of(self.store.events, query, limit, cursor, ascending=ascending)

    def get_run_stats(self, run_id: str) -> DagsterRunStatsSnapshot:
        """A run in numbers: steps, materializations, times."""
        return stats_of(run_id, self.store.events(EventQuery(run_id=run_id, types=STATS_TYPES)))

    def get_event_records(
        self, event_records_filter: EventRecordsFilter, limit: int | None = None, ascending: bool = False
    ) -> Sequence[EventLogRecord]:
        """Events of one kind, newest first unless ``ascending``."""
        query = record_query(event_records_filter)
        return records_of(self.store.events(replace(query, newest_first=not ascending, limit=limit)))

    def fetch_materializations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Materializations of an asset, newest first unless ``ascending``.

        Args:
            records_filter: the asset, or which of its events.
            limit: most records of this page (count, >= 1).
            cursor: of the page before.
            ascending: oldest first.

        Raises:
            ParameterCheckError: a cursor that no page gave, or no asset key.

        Example:
            >>> from watchbell import DagsterInstance
            >>> DagsterInstance.ephemeral().fetch_materializations(AssetKey("orders"), limit=1).records
            []
        """
        query = asset_query(records_filter, DagsterEventType.ASSET_MATERIALIZATION)
        return page_of(self.store.events, query, limit, cursor, ascending=ascending)

    def fetch_observations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Observations of an asset, newest first unless ``ascending``; as :meth:`fetch_materializations`."""
        query = asset_query(records_filter, DagsterEventType.ASSET_OBSERVATION)
        return page_of(self.store.events, query, limit, cursor, ascending=ascending)

    def fetch_planned_materializations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Runs' plans to make an asset, newest first unless ``ascending``; as :meth:`fetch_materializations`."""
        query = asset_query(records_filter, DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
        return page_of(self.store.events, query, limit, cursor, ascending=ascending)

    def fetch_run_status_changes(
        self,
        records_filter: DagsterEventType | RunStatusChangeRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Events that moved runs to a state, newest first unless ``ascending``; as :meth:`fetch_materializations`."""
        return page_of(self.store.events, run_status_query(records_filter), limit, cursor, ascending=ascending)

    # --- asset checks

    def get_asset_check_execution_history(
        self,
        check_key: AssetCheckKey,
        limit: int,
        cursor: int | None = None,
        status: AbstractSet[AssetCheckExecutionRecordStatus] | None = None,
    ) -> Sequence[AssetCheckExecutionRecord]:
        """Executions of an asset check, newest first.

        Args:
            check_key: the check.
            limit: most records (count).
            cursor: the ``id`` of the last record of the page before.
            status: only those of these states.
        """
        return self.store.check_history(check_key, limit=limit, before_id=cursor, statuses=status)

    def get_latest_asset_check_execution_by_key(
        self, check_keys: Iterable[AssetCheckKey]
    ) -> Mapping[AssetCheckKey, AssetCheckExecutionRecord]:
        """The newest execution of each of these checks; those never planned are left out."""
        return self.store.latest_checks(check_keys)

    def get_latest_asset_check_evaluation_record(
        self, asset_check_key: AssetCheckKey
    ) -> AssetCheckExecutionRecord | None:
        """The newest execution of a check that was evaluated, None if none was."""
        over = {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}
        return next(iter(self.store.check_history(asset_check_key, limit=1, statuses=over)), None)

    # --- assets

    def get_latest_materialization_event(self, asset_key: CoercibleToAssetKey) -> EventLogEntry | None:
        """The newest materialization of an asset, None if there is none; the log's length does not matter.

        Example:
            >>> from watchbell import DagsterInstance
            >>> DagsterInstance.ephemeral().get_latest_materialization_event(AssetKey("orders")) is None
            True
        """
        return self.store.latest_materialization(AssetKey.from_coercible(asset_key))

    def get_latest_materialization_events(
        self, asset_keys: Iterable[CoercibleToAssetKey]
    ) -> Mapping[AssetKey, EventLogEntry | None]:
        """The newest materialization of each of these assets."""
        keys = [AssetKey.from_coercible(key) for key in asset_keys]
        return {key: self.store.latest_materialization(key) for key in keys}

    def get_latest_materialization_code_versions(
        self, asset_keys: Iterable[CoercibleToAssetKey]
    ) -> Mapping[AssetKey, str | None]:
        """The code version that the newest materialization of each of these assets was made by; None: not known."""
        found = self.get_latest_materialization_events(asset_keys)
        return {key: None if event is None else _tags(event).get(CODE_VERSION_TAG) for key, event in found.items()}

    def get_latest_data_version_record(
        self,
        key: AssetKey,
        is_source: bool | None = None,
        partition_key: str | None = None,
        before_cursor: int | None = None,
        after_cursor: int | None = None,
    ) -> EventLogRecord | None:
        """The newest event that says which version an asset's data has; None if there is none.

        Args:
            key: the asset.
            is_source: True: an observation; False: a materialization; None: whichever there is, made before seen.
            partition_key: about this partition.
            before_cursor: with a storage id smaller than this.
            after_cursor: with a storage id greater than this.
        """
        made, seen = DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_OBSERVATION
        for kind in (made, seen) if is_source is None else (seen,) if is_source else (made,):
            query = EventQuery(
                types=frozenset({kind}),
                asset_key=key,
                partitions=None if partition_key is None else [partition_key],
                before_id=before_cursor,
                after_id=after_cursor,
                newest_first=True,
                limit=1,
            )
            if found := records_of(self.store.events(query)):
                return found[0]
        return None

    def all_asset_keys(self) -> Sequence[AssetKey]:
        """Every asset that was ever made, observed or planned, sorted."""
        return self.get_asset_keys()

    def get_asset_keys(
        self, prefix: Sequence[str] | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Sequence[AssetKey]:
        """Assets that were ever made, observed or planned, sorted.

        Args:
            prefix: only those whose key begins with these parts.
            limit: most keys (count).
            cursor: the last key of the page before, as ``key.to_string()``.
        """
        keys = sorted(key for key in self.store.asset_states() if prefix is None or key.has_prefix(prefix))
        after = AssetKey.from_db_string(cursor)
        return [key for key in keys if after is None or key > after][:limit]

    def has_asset_key(self, asset_key: AssetKey) -> bool:
        """Whether an asset was ever made, observed or planned."""
        return bool(self.store.asset_states([asset_key]))

    def get_asset_records(self, asset_keys: Sequence[AssetKey] | None = None) -> Sequence[AssetRecord]:
        """The latest that is known of these assets (of all), those never heard of left out."""
        states = self.store.asset_states(asset_keys).values()
        return [asset_record_of(state, self.store.latest_materialization(state.key)) for state in states]


def _tags(event: EventLogEntry) -> Mapping[str, str]:
    made = event.asset_materialization
    return {} if made is None else made.tags or {}


def _kinds(of_type: DagsterEventType | AbstractSet[DagsterEventType] | None) -> frozenset[DagsterEventType] | None:
    if of_type is None:
        return None
    return frozenset({of_type}) if isinstance(of_type, DagsterEventType) else frozenset(of_type)
