"""Ports: what rooms expect of each other, as Protocols that need no import of the one who fulfils them.

Every method of :class:`Store` that changes something is exactly one transaction: it appears whole or not
at all. A wrapper that fails before or after the n-th of them therefore simulates every crash.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from watchbell.ground.clock import Clock
from watchbell.record.account_store import PeopleStore
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.attention_store import AttentionStore
from watchbell.record.backfill_store import BackfillStore
from watchbell.record.change_store import ChangeStore
from watchbell.record.check_record import AssetCheckExecutionRecord, AssetCheckExecutionRecordStatus
from watchbell.record.condition_store import ConditionStore
from watchbell.record.evaluation import StartRun
from watchbell.record.event import (
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    EventLogRecord,
    EventRecordsResult,
)
from watchbell.record.filters import AssetRecordsFilter, EventRecordsFilter, RunStatusChangeRecordsFilter
from watchbell.record.job_store import JobStore
from watchbell.record.keys import AssetKey
from watchbell.record.lease import Lease
from watchbell.record.log_store import LogStore
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.record.overlap import OverlapStore
from watchbell.record.partition_state import PartitionRecord
from watchbell.record.partition_store import PartitionStore
from watchbell.record.pool import PoolClaim
from watchbell.record.query import AssetState, EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunRecord, RunsFilter, RunWorker
from watchbell.record.run_query import RunListStore
from watchbell.record.tick import AutomationKey, AutomationState, CommittedTick, TickCommit
from watchbell.record.tick_store import TickStore
from watchbell.record.timeline_store import TimelineStore


class Store(
    AttentionStore,
    BackfillStore,
    ChangeStore,
    ConditionStore,
    JobStore,
    LogStore,
    OverlapStore,
    PartitionStore,
    PeopleStore,
    RunListStore,
    TickStore,
    TimelineStore,
    Protocol,
):
    """The one database. Thread-safe.

    A forked child may go on with it: a store on disk gives each process a connection of its own. One in
    memory is not shared with the child, which is told so when it asks.
    """

    @property
    def location(self) -> str:
        """Where it is: a path, or an address without secrets."""

    def close(self) -> None:
        """Ends its connection; may be called twice."""

    def info(self) -> Mapping[str, Any]:
        """Facts for people: engine, schema version, sizes."""

    def wipe(self) -> None:
        """Forgets everything but the schema."""

    # --- leases

    def acquire_lease(self, name: str, owner: str, now: datetime, seconds: float) -> Lease | None:
        """The lease, taken or renewed by ``owner``; None while somebody else holds it."""

    def release_lease(self, lease: Lease) -> None:
        """Gives it back; nothing happens if it is somebody else's by now."""

    def lease(self, name: str) -> Lease | None:
        """Who holds it, or held it last."""

    # --- runs

    def add_runs(self, runs: Sequence[DagsterRun], now: datetime, worker: RunWorker | None = None) -> None:
        """Stores runs, with a RUN_ENQUEUED event for each that is QUEUED.

        Args:
            runs: the runs.
            now: when they are stored.
            worker: the process that executes them itself; should it die, a service ends them.

        Raises:
            DagsterRunAlreadyExists: an id is taken; none of them is stored.
            ParameterCheckError: an id, name or tag is no storable text; none of them is stored.
        """

    def run_record(self, run_id: str) -> RunRecord | None:
        """One run, None if there is none."""

    def run_records(
        self, filters: RunsFilter, *, limit: int | None = None, cursor: str | None = None, ascending: bool = False
    ) -> list[RunRecord]:
        """Runs, newest first unless ``ascending``; ``cursor`` is the run id to go on after."""

    def count_runs(self, filters: RunsFilter) -> int:
        """How many runs match."""

    def run_ids_with_prefix(self, prefix: str, *, limit: int | None = None) -> list[str]:
        """The run ids that begin so, sorted."""

    def add_run_tags(self, run_id: str, tags: Mapping[str, str], now: datetime) -> None:
        """Adds tags to a run, replacing those of the same key.

        Raises:
            DagsterRunNotFoundError: no run has this id.
            ParameterCheckError: a tag is no storable text.
        """

    def delete_run(self, run_id: str) -> None:
        """Forgets a run, its tags and its events; asset state stays."""

    def hand_out_runs(self, run_ids: Sequence[str], lease: Lease, now: datetime) -> list[StartRun]:
        """QUEUED → STARTING with a new attempt number, for those still QUEUED that wait for no other run.

        Raises:
            LeaseLostError: the lease is somebody else's by now.
        """

    def hand_back_run(self, run_id: str, attempt: int, now: datetime) -> bool:
        """STARTING → QUEUED if still at this attempt and no worker has begun; whether it did."""

    def begin_run(self, run_id: str, attempt: int, worker: RunWorker, now: datetime) -> bool:
        """Records the worker of a STARTING run of this attempt; False: another one has it, give up.

        From then on it, and all that was stored before it, survives a power cut.
        """

    def run_workers(self) -> dict[str, tuple[int, RunWorker | None]]:
        """Attempt and worker of every run that is STARTING, STARTED or CANCELING, by run id.

        Also of one that is NOT_STARTED and has a worker: its process was to execute it itself.
        """

    def request_cancel(
        self, run_id: str, now: datetime, reason: str | None = None, *, why: str = ""
    ) -> DagsterRun | None:
        """Not begun → CANCELED, going on → CANCELING, with the event; the run as it is now, None if unknown.

        With a reason it is a rule that stops the run: the reason becomes the tag ``watchbell/stop_reason``, and the run
        ends as FAILURE. ``why`` says who asked instead, and what for: a sentence for the log.
        """

    def retries_seen(self) -> int | None:
        """Storage id of the newest failure that was dealt with by :meth:`commit_retries`; None: none ever was."""

    def commit_retries(
        self, before: int | None, after: int, retries: Sequence[DagsterRun], lease: Lease | None, now: datetime
    ) -> list[DagsterRun] | None:
        """Queues runs that execute failed ones again, marks those, and moves on in the log.

        Args:
            before: the failure that was dealt with last; if it is another, nothing is written and None answered.
            after: the failure that is dealt with now.
            retries: the new runs; those whose parent has one already are left out.
            lease: the lease of the service; None: unfenced.
            now: when they are stored.

        Raises:
            LeaseLostError: the lease is somebody else's by now; nothing was written.
        """

    # --- pools

    def pool_limits(self) -> dict[str, int]:
        """Slots by pool, for those with a limit of their own."""

    def set_pool_limit(self, pool: str, limit: int | None) -> None:
        """Gives a pool so many slots; None: its limit is taken away."""

    def claim_slot(self, claim: PoolClaim, default_limit: int | None) -> bool:
        """Takes a slot of a pool if one is free, else a place in its line; whether the slot is taken.

        Asked again, a claim that holds its slot keeps it. The slots of a run are free when the run is over.

        Raises:
            LeaseLostError: the run is over or deleted, so that its process has to stop.
        """

    def free_slots(self, run_id: str, step_key: str | None) -> None:
        """Gives back the slots of a step (None: of the whole run), and its places in lines."""

    def let_others_pass(self, run_id: str) -> None:
        """Keeps the places of a run in lines, but lets others pass until it claims again.

        A run does so when it could not use a slot: who stands in a line is expected to take what is free.
        """

    def pool_owners(self, pool: str) -> dict[str, tuple[DagsterRunStatus | None, RunWorker | None]]:
        """Status (None: deleted) and worker of the runs that have, or want, slots of a pool."""

    def pool_claims(self, pool: str | None = None) -> list[PoolClaim]:
        """Who has, or waits for, a slot of a pool (of all)."""

    # --- events

    def append(self, entries: Sequence[EventLogEntry], *, attempt: int | None = None) -> list[int]:
        """Stores log entries of one run (or of none) in order, and all they imply.

        Run status events (RUN_ENQUEUED, RUN_STARTING, RUN_START, RUN_CANCELING, RUN_SUCCESS, RUN_FAILURE,
        RUN_CANCELED) move the run forward, never back; one that comes to a finished run is left out and its
        id is 0. Asset events move the asset's state. A run that is not stored may have a log all the same.

        Args:
            entries: in order.
            attempt: the writer's attempt; None: unfenced.

        Returns:
            Their storage ids.

        Raises:
            LeaseLostError: the run belongs to another attempt by now.
        """

    def events(self, query: EventQuery) -> list[EventLogEntry]:
        """Log entries in the order of their storage ids."""

    def made_assets(self, after_id: int, *, limit: int) -> list[tuple[int, AssetKey]]:
        """Storage id and asset of the materializations after one, in order; what they say is not read.

        Args:
            after_id: with a storage id greater than this.
            limit: most of them (count).
        """

    def last_event_id(self) -> int:
        """Storage id of the newest log entry; 0 if there is none."""

    def asset_states(self, keys: Iterable[AssetKey] | None = None) -> dict[AssetKey, AssetState]:
        """The latest of these assets (of all), those never heard of left out."""

    def latest_materialization(self, key: AssetKey) -> EventLogEntry | None:
        """The newest materialization of an asset, found without a look at the log."""

    def latest_materializations(self, keys: Iterable[AssetKey]) -> dict[AssetKey, EventLogEntry]:
        """The newest materialization of each of these assets, those never made left out; one statement for all."""

    def check_history(
        self,
        key: AssetCheckKey,
        *,
        limit: int,
        before_id: int | None = None,
        statuses: Collection[AssetCheckExecutionRecordStatus] | None = None,
    ) -> Sequence[AssetCheckExecutionRecord]:
        """Executions of a check, newest first."""

    def latest_checks(self, keys: Iterable[AssetCheckKey]) -> Mapping[AssetCheckKey, AssetCheckExecutionRecord]:
        """The newest execution of each of these checks, those never planned left out."""

    def wipe_asset(self, key: AssetKey) -> None:
        """Forgets that an asset was ever made; its events are removed."""

    # --- automations

    def automation_states(self, location_name: str | None = None) -> list[AutomationState]:
        """Every state that is stored (of one location)."""

    def automation_state(self, key: AutomationKey) -> AutomationState | None:
        """One state, None if it was never stored."""

    def put_state(self, before: AutomationState, after: AutomationState, now: datetime) -> AutomationState | None:
        """Stores ``after`` if the stored version is ``before``'s (0: not stored); None if it is not."""

    def last_state_change(self) -> int:
        """A number that grows with every state that :meth:`put_state` stored; 0 if it never did."""

    def commit_ticks(self, commits: Sequence[TickCommit], lease: Lease | None, now: datetime) -> list[CommittedTick]:
        """Stores ticks with cursor, runs, run keys and events, in one transaction for all of them.

        A commit whose state changed meanwhile is refused alone (``conflict``). A request whose run key
        the automation used before (within its ``run_key_ttl``) makes no run; the tick lists it in
        ``dropped_run_keys``, and is SKIPPED if nothing else is left of it. A schedule's time that has its tick
        already is left out with its runs (the answer's ``ticks`` lack it); the state moves on. A time that its
        schedule's ``overlap`` keeps back is SKIPPED with a reason, or its runs wait (:class:`OverlapStore`).

        Raises:
            LeaseLostError: the lease is somebody else's by now; nothing was written.
            ParameterCheckError: more than 50,000 runs, or a cursor, run key, tag or name that cannot be
                stored; nothing was written, of any of the commits.
            DagsterRunAlreadyExists: a run's id is taken; nothing was written.
        """


class InstanceView(Protocol):
    """What evaluation functions, ops and resources may ask of ``context.instance``; ``DagsterInstance`` fulfils it."""

    @property
    def clock(self) -> Clock:
        """What time it is for whoever asks: the machine's clock, or a simulation's."""

    @property
    def is_ephemeral(self) -> bool:
        """Whether all is forgotten when it is closed."""

    def storage_directory(self) -> str:
        """The folder for outputs of ops and assets."""

    def get_runs(
        self,
        filters: RunsFilter | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        ascending: bool = False,
    ) -> Sequence[DagsterRun]:
        """Runs, newest first unless ``ascending``; ``cursor`` is the run id to go on after."""

    def get_run_by_id(self, run_id: str) -> DagsterRun | None:
        """One run, None if there is none."""

    def get_run_records(
        self,
        filters: RunsFilter | None = None,
        limit: int | None = None,
        order_by: str | None = None,
        ascending: bool = False,
        cursor: str | None = None,
    ) -> Sequence[RunRecord]:
        """Runs with what the store knows of them."""

    def get_run_record_by_id(self, run_id: str) -> RunRecord | None:
        """One run's record, None if there is none."""

    def get_runs_count(self, filters: RunsFilter | None = None) -> int:
        """How many runs match."""

    def add_run_tags(self, run_id: str, new_tags: Mapping[str, str]) -> None:
        """Adds tags to a run, replacing those of the same key."""

    def get_run_url(self, run_id: str) -> str:
        """The address of a run's page."""

    def all_logs(
        self, run_id: str, of_type: DagsterEventType | AbstractSet[DagsterEventType] | None = None
    ) -> Sequence[EventLogEntry]:
        """The log of a run, oldest first."""

    def get_latest_materialization_event(self, asset_key: AssetKey) -> EventLogEntry | None:
        """The newest materialization of an asset, None if there is none."""

    def fetch_materializations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Materializations of an asset, newest first unless ``ascending``."""

    def fetch_observations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Observations of an asset, newest first unless ``ascending``."""

    def fetch_run_status_changes(
        self,
        records_filter: DagsterEventType | RunStatusChangeRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Events that moved runs to a state, newest first unless ``ascending``."""

    def get_event_records(
        self, event_records_filter: EventRecordsFilter, limit: int | None = None, ascending: bool = False
    ) -> Sequence[EventLogRecord]:
        """Events of one kind, newest first unless ``ascending``."""

    def events(self, query: EventQuery) -> Sequence[EventLogEntry]:
        """Log entries that a query describes, in the order of their storage ids."""

    def last_event_id(self) -> int:
        """Storage id of the newest log entry; 0 if there is none."""

    def get_asset_keys(
        self, prefix: Sequence[str] | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Sequence[AssetKey]:
        """Assets that were ever made, observed or planned, sorted."""

    def has_asset_key(self, asset_key: AssetKey) -> bool:
        """Whether an asset was ever made, observed or planned."""

    def get_materialized_partitions(
        self, asset_key: AssetKey, before_cursor: int | None = None, after_cursor: int | None = None
    ) -> set[str]:
        """The keys of all partitions of an asset that were ever made and not wiped."""

    def get_latest_storage_id_by_partition(
        self, asset_key: AssetKey, event_type: DagsterEventType, *, after_cursor: int | None, before_cursor: int | None
    ) -> Mapping[str, int]:
        """Storage id of the newest event of one kind for each partition that has one between two ids."""

    def partition_records(
        self, asset_key: AssetKey, partition_keys: Sequence[str] | None = None
    ) -> dict[str, PartitionRecord]:
        """The newest that is known of partitions of an asset, by key."""

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys of dynamic partitions, in the order they were added."""

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether a key of dynamic partitions is there."""

    def dynamic_partition_numbers(
        self, partitions_def_name: str, keys: Sequence[str] | None = None, numbers: Sequence[int] | None = None
    ) -> Sequence[tuple[int, str]]:
        """Number and key of the dynamic partitions there are (of these keys, of these numbers), by number."""

    def add_dynamic_partitions(self, partitions_def_name: str, partition_keys: Sequence[str]) -> None:
        """Adds keys to dynamic partitions, in their order; those there already stay as they are."""

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Deletes a key of dynamic partitions; nothing happens if it is not there."""

    def report_runless_asset_event(self, asset_event: AssetMaterialization | AssetObservation) -> None:
        """Stores that an asset was made or looked at, outside any run."""

    def report_dagster_event(
        self, dagster_event: DagsterEvent, run_id: str, log_level: int = 20, timestamp: float | None = None
    ) -> None:
        """Stores an event of a run."""


class Mailbox(Protocol):
    """Where hints arrive for a process that waits on files; what was not taken is kept, up to a limit."""

    def fileno(self) -> int:
        """The file that is readable when something came."""

    def take(self) -> frozenset[str]:
        """The topics that came since the last call; does not wait."""

    def close(self) -> None:
        """Nothing comes any more."""


class Notifier(Protocol):
    """Wakes whoever waits for a change. A hint only: a slow look at the store is the truth."""

    def publish(self, topics: Iterable[str]) -> None:
        """Says that something of these topics was committed.

        ``runs``, ``run_status``, ``events``, ``ticks``; ``assets``: some were made; ``states``: somebody but a tick
        changed an automation's state; ``slots``: some became free; ``backfills``: one was
        added, or changed.
        """

    def subscribe(self, wake: Callable[[str], None]) -> AbstractContextManager[None]:
        """While entered, calls ``wake(topic)`` from a thread of its own for each change any process publishes."""

    def mailbox(self) -> Mailbox | None:
        """What a process without threads waits on; None: nothing is ever told here."""
