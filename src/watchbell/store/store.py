"""The one database behind the port ``Store``: each method that changes something is one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.check_record import AssetCheckExecutionRecord, AssetCheckExecutionRecordStatus
from watchbell.record.evaluation import StartRun
from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.lease import Lease
from watchbell.record.pool import PoolClaim
from watchbell.record.query import AssetState, EventQuery
from watchbell.record.run import DagsterRun, DagsterRunStatus, RunRecord, RunsFilter, RunWorker
from watchbell.record.tick import AutomationKey, AutomationState, CommittedTick, TickCommit
from watchbell.store import automations, backfills, checks, events, leases, overlap, pools, retried, runs, ticks
from watchbell.store.accounts import AccountTables
from watchbell.store.attention import AttentionTables
from watchbell.store.audit import AuditTables
from watchbell.store.backfill_tables import BackfillTables
from watchbell.store.changes import ChangeTables
from watchbell.store.condition_tables import ConditionTables
from watchbell.store.job_tables import JobTables
from watchbell.store.log_tables import LogTables
from watchbell.store.partition_tables import PartitionTables
from watchbell.store.run_list_tables import RunListTables
from watchbell.store.tick_tables import TickTables
from watchbell.store.timeline import TimelineTables
from watchbell.store.topics import ASSETS, BACKFILLS, EVENTS, FACTS, RUN_STATUS, RUNS, SLOTS, STATES, TICKS
from watchbell.store.views import ViewTables

WIPED_TABLES = (
    "runs", "run_tags", "events", "asset_state", "check_executions", "automations", "ticks", "run_keys", "leases",
    "pool_claims", "backfills", "backfill_parts", "asset_partitions", "partition_numberings", "partition_sets",
    "planned_partitions", "dynamic_partitions", "condition_states", "condition_evaluations", "snoozes",
)  # fmt: skip
# Limits of pools, accounts, saved views and the audit log stay: they are nothing that was run.


class SqlStore(
    AccountTables,
    AttentionTables,
    AuditTables,
    BackfillTables,
    ChangeTables,
    ConditionTables,
    JobTables,
    LogTables,
    PartitionTables,
    RunListTables,
    TickTables,
    TimelineTables,
    ViewTables,
):
    """Everything that is remembered; fulfils ``record.ports.Store``, which says what each method does.

    Args:
        database: an open one, with the current schema.
        notifier: told of each commit, afterwards.
    """

    @property
    def location(self) -> str:
        """Where it is: a path, or an address without secrets."""
        return self._database.location

    def close(self) -> None:
        """Ends its connection; may be called twice."""
        self._database.close()

    def info(self) -> Mapping[str, Any]:
        """Facts for people: engine, schema, sizes, counts."""
        with self._database.read() as session:
            facts = {"runs": runs.count(session, RunsFilter()), "newest_event_id": events.last_id(session)}
        return {"location": self.location, **self._database.info(), **facts}

    def wipe(self) -> None:
        """Forgets everything but the schema; numbers go on, so no cursor of a reader is ever ahead."""
        with self._database.write() as session:
            for table in WIPED_TABLES:
                session.run(f"forget_{table}")
            session.take_numbers("states", 1)
            session.take_numbers("forgotten", 1)
            session.take_numbers("dynamic", 1)
        self._notifier.publish((RUNS, EVENTS, STATES, BACKFILLS, FACTS))

    # --- leases

    def acquire_lease(self, name: str, owner: str, now: datetime, seconds: float) -> Lease | None:
        """The lease, taken or renewed by ``owner``; None while somebody else holds it."""
        with self._database.write() as session:
            return leases.acquire(session, name, owner, now, seconds)

    def release_lease(self, lease: Lease) -> None:
        """Gives it back; nothing happens if it is somebody else's by now."""
        with self._database.write() as session:
            leases.release(session, lease)

    def lease(self, name: str) -> Lease | None:
        """Who holds it, or held it last."""
        with self._database.read() as session:
            return leases.current(session, name)

    # --- runs

    def add_runs(self, runs_to_add: Sequence[DagsterRun], now: datetime, worker: RunWorker | None = None) -> None:
        """Stores runs, with a RUN_ENQUEUED event for each that is QUEUED."""
        runs.check_runs(runs_to_add)
        with self._database.write() as session:
            runs.add(session, runs_to_add, now, worker)
        self._notifier.publish((RUNS, RUN_STATUS, EVENTS))

    def run_record(self, run_id: str) -> RunRecord | None:
        """One run, None if there is none."""
        with self._database.read() as session:
            return runs.one(session, run_id)

    def run_records(
        self, filters: RunsFilter, *, limit: int | None = None, cursor: str | None = None, ascending: bool = False
    ) -> list[RunRecord]:
        """Runs, newest first unless ``ascending``; ``cursor`` is the run id to go on after."""
        with self._database.read() as session:
            return runs.find(session, filters, limit=limit, cursor=cursor, ascending=ascending)

    def count_runs(self, filters: RunsFilter) -> int:
        """How many runs match."""
        with self._database.read() as session:
            return runs.count(session, filters)

    def run_ids_with_prefix(self, prefix: str, *, limit: int | None = None) -> list[str]:
        """The run ids that begin so, sorted."""
        with self._database.read() as session:
            return runs.ids_with_prefix(session, prefix, limit)

    def add_run_tags(self, run_id: str, tags: Mapping[str, str], now: datetime) -> None:
        """Adds tags to a run, replacing those of the same key."""
        with self._database.write() as session:
            runs.add_tags(session, run_id, tags, now)
        self._notifier.publish((RUNS,))

    def delete_run(self, run_id: str) -> None:
        """Forgets a run, its tags and its events; asset state stays."""
        with self._database.write() as session:
            record = runs.one(session, run_id)
            is_part = record is not None and backfills.run_deleted(session, record.dagster_run)
            runs.delete(session, run_id)
            session.take_numbers("forgotten", 1)
        self._notifier.publish((RUNS, SLOTS, BACKFILLS) if is_part else (RUNS, SLOTS))

    def hand_out_runs(self, run_ids: Sequence[str], lease: Lease, now: datetime) -> list[StartRun]:
        """QUEUED → STARTING with a new attempt number, for those still QUEUED."""
        with self._database.write() as session:
            leases.require(session, lease)
            starts = runs.hand_out(session, run_ids, now, overlap.waiting_rule(session))
        self._notifier.publish((RUNS, RUN_STATUS, EVENTS))
        return starts

    def overlap_waits(self, run_ids: Sequence[str]) -> dict[str, DagsterRun | None]:
        """For each of these runs that is QUEUED, one of its schedule it waits for; None: none."""
        with self._database.read() as session:
            return overlap.waits(session, run_ids)

    def hand_back_run(self, run_id: str, attempt: int, now: datetime) -> bool:
        """STARTING → QUEUED if still at this attempt and no worker has begun; whether it did."""
        with self._database.write() as session:
            done = runs.hand_back(session, run_id, attempt, now)
        self._notifier.publish((RUNS, EVENTS))
        return done

    def begin_run(self, run_id: str, attempt: int, worker: RunWorker, now: datetime) -> bool:
        """Records the worker of a STARTING run of this attempt; False: another one has it, give up."""
        # User code acts next. Were this lost in a power cut, or the tick before it, the run would be executed twice.
        with self._database.write(to_disk=True) as session:
            return runs.begin(session, run_id, attempt, worker, now)

    def run_workers(self) -> dict[str, tuple[int, RunWorker | None]]:
        """Attempt and worker of every run that is STARTING, STARTED or CANCELING, by run id."""
        with self._database.read() as session:
            return runs.workers(session)

    def request_cancel(
        self, run_id: str, now: datetime, reason: str | None = None, *, why: str = ""
    ) -> DagsterRun | None:
        """Not begun → CANCELED, going on → CANCELING, with the event; the run as it is now, None if unknown.

        With a reason it is a rule that stops the run, which then ends as FAILURE; ``why`` says who asked instead.
        """
        with self._database.write() as session:
            run = runs.request_cancel(session, run_id, now, reason, why=why)
        self._notifier.publish((RUNS, RUN_STATUS, EVENTS))
        return run

    def retries_seen(self) -> int | None:
        """Storage id of the newest failure that was dealt with by :meth:`commit_retries`; None: none ever was."""
        with self._database.read() as session:
            return retried.seen(session)

    def commit_retries(
        self, before: int | None, after: int, retries: Sequence[DagsterRun], lease: Lease | None, now: datetime
    ) -> list[DagsterRun] | None:
        """Queues runs that execute failed ones again, marks those, and moves on in the log."""
        runs.check_runs(retries)
        with self._database.write() as session:
            if lease is not None:
                leases.require(session, lease)
            stored = retried.commit(session, before, after, retries, now)
        if stored:
            self._notifier.publish((RUNS, RUN_STATUS, EVENTS))
        return stored

    # --- pools

    def pool_limits(self) -> dict[str, int]:
        """Slots by pool, for those with a limit of their own."""
        with self._database.read() as session:
            return pools.limits(session)

    def set_pool_limit(self, pool: str, limit: int | None) -> None:
        """Gives a pool so many slots; None: its limit is taken away."""
        with self._database.write() as session:
            pools.set_limit(session, pool, limit)
        self._notifier.publish((SLOTS,))

    def claim_slot(self, claim: PoolClaim, default_limit: int | None) -> bool:
        """Takes a slot of a pool if one is free, else a place in its line; whether the slot is taken."""
        with self._database.write() as session:
            return pools.claim(session, claim, default_limit)

    def free_slots(self, run_id: str, step_key: str | None) -> None:
        """Gives back the slots of a step (None: of the whole run), and its places in lines."""
        with self._database.write() as session:
            pools.free(session, run_id, step_key)
        self._notifier.publish((SLOTS,))

    def let_others_pass(self, run_id: str) -> None:
        """Keeps the places of a run in lines, but lets others pass until it claims again."""
        with self._database.write() as session:
            has_waited = pools.let_pass(session, run_id)
        if has_waited:
            self._notifier.publish((SLOTS,))

    def pool_owners(self, pool: str) -> dict[str, tuple[DagsterRunStatus | None, RunWorker | None]]:
        """Status (None: deleted) and worker of the runs that have, or want, slots of a pool."""
        with self._database.read() as session:
            found = pools.owners(session, pool)
        return {run_id: (status, runs.worker_of(text)) for run_id, (status, text) in found.items()}

    def pool_claims(self, pool: str | None = None) -> list[PoolClaim]:
        """Who has, or waits for, a slot of a pool (of all)."""
        with self._database.read() as session:
            return pools.claims(session, pool)

    # --- events

    def append(self, entries: Sequence[EventLogEntry], *, attempt: int | None = None) -> list[int]:
        """Stores log entries of one run (or of none) in order, and all they imply."""
        with self._database.write() as session:
            numbers = events.append(session, entries, attempt=attempt, now=None)
        kinds = _kinds(entries)
        topics = (EVENTS,) if kinds.isdisjoint(events.MOVES) else (RUNS, RUN_STATUS, EVENTS)
        if DagsterEventType.ASSET_MATERIALIZATION in kinds:
            topics = (*topics, ASSETS)
        self._notifier.publish(topics if kinds.isdisjoint(_FACT_EVENTS) else (*topics, FACTS))
        return numbers

    def events(self, query: EventQuery) -> list[EventLogEntry]:
        """Log entries in the order of their storage ids."""
        with self._database.read() as session:
            return events.find(session, query)

    def made_assets(self, after_id: int, *, limit: int) -> list[tuple[int, AssetKey]]:
        """Storage id and asset of the materializations after one, in order."""
        with self._database.read() as session:
            return events.made_assets(session, after_id, limit)

    def last_event_id(self) -> int:
        """Storage id of the newest log entry; 0 if there is none."""
        with self._database.read() as session:
            return events.last_id(session)

    def asset_states(self, keys: Iterable[AssetKey] | None = None) -> dict[AssetKey, AssetState]:
        """The latest of these assets (of all), those never heard of left out."""
        with self._database.read() as session:
            return events.asset_states(session, keys)

    def latest_materialization(self, key: AssetKey) -> EventLogEntry | None:
        """The newest materialization of an asset, found without a look at the log."""
        with self._database.read() as session:
            return events.latest_materialization(session, key)

    def latest_materializations(self, keys: Iterable[AssetKey]) -> dict[AssetKey, EventLogEntry]:
        """The newest materialization of each of these assets; those never made left out."""
        with self._database.read() as session:
            return events.latest_materializations(session, keys)

    def check_history(
        self,
        key: AssetCheckKey,
        *,
        limit: int,
        before_id: int | None = None,
        statuses: Collection[AssetCheckExecutionRecordStatus] | None = None,
    ) -> list[AssetCheckExecutionRecord]:
        """Executions of a check, newest first."""
        with self._database.read() as session:
            return checks.history(session, key, limit, before_id, statuses)

    def latest_checks(self, keys: Iterable[AssetCheckKey]) -> dict[AssetCheckKey, AssetCheckExecutionRecord]:
        """The newest execution of each of these checks, those never planned left out."""
        with self._database.read() as session:
            return checks.latest(session, keys)

    def wipe_asset(self, key: AssetKey) -> None:
        """Forgets that an asset was ever made; its events are removed."""
        with self._database.write() as session:
            events.wipe_asset(session, key)
            session.take_numbers("forgotten", 1)
        self._notifier.publish((EVENTS, FACTS))

    # --- automations

    def automation_states(self, location_name: str | None = None) -> list[AutomationState]:
        """Every state that is stored (of one location)."""
        with self._database.read() as session:
            return automations.all_of(session, location_name)

    def automation_state(self, key: AutomationKey) -> AutomationState | None:
        """One state, None if it was never stored."""
        with self._database.read() as session:
            return automations.one(session, key)

    def put_state(self, before: AutomationState, after: AutomationState, now: datetime) -> AutomationState | None:
        """Stores ``after`` if the stored version is ``before``'s (0: not stored); None if it is not."""
        automations.check(after)
        with self._database.write() as session:
            stored = automations.put(session, before, after, now)
            if stored is not None:
                session.take_numbers("states", 1)
        self._notifier.publish((STATES,))
        return stored

    def last_state_change(self) -> int:
        """A number that grows with every state that `put_state` stored; 0 if it never did."""
        with self._database.read() as session:
            return session.last_number("states")

    def commit_ticks(self, commits: Sequence[TickCommit], lease: Lease | None, now: datetime) -> list[CommittedTick]:
        """Stores ticks with cursor, runs, run keys and events, in one transaction for all of them."""
        ticks.check(commits)
        with self._database.write() as session:
            if lease is not None:
                leases.require(session, lease)
            done = ticks.commit_all(session, commits, now)
        self._notifier.publish(_topics_of(commits))
        return done


_FACT_EVENTS = frozenset({
    DagsterEventType.ASSET_OBSERVATION,
    DagsterEventType.ASSET_CHECK_EVALUATION,
    DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
})  # fmt: skip


def _kinds(entries: Iterable[EventLogEntry]) -> set[DagsterEventType]:
    return {each.dagster_event.event_type for each in entries if each.dagster_event is not None}


def _topics_of(commits: Sequence[TickCommit]) -> tuple[str, ...]:
    found = [TICKS]  # not STATES, which tells services of changes they did not make themselves
    if any(commit.orders for commit in commits):
        found += [RUNS, RUN_STATUS]
    if any(commit.orders or commit.events for commit in commits):
        found.append(EVENTS)
    if any(commit.events for commit in commits):
        found.append(ASSETS)
    if any(commit.dynamic_partitions or (commit.events and _FACT_EVENTS & _kinds(commit.events)) for commit in commits):
        found.append(FACTS)
    return tuple(found)
