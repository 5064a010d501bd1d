"""What explanations of runs look at: the run, its log, the queue, who asked for it."""

from __future__ import annotations

from datetime import timedelta

from watchbell.automate.explain.run import PoolWait, QueueFacts, RunFacts
from watchbell.automate.queue_rules import class_of, priority_of
from watchbell.instance import DagsterInstance
from watchbell.record.backfill import BackfillStatus
from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.overlap import blockers
from watchbell.record.partition import BACKFILL_TAG
from watchbell.record.query import EventQuery
from watchbell.record.run import (
    AUTO_RETRY_TAG,
    IN_PROGRESS_RUN_STATUSES,
    SCHEDULE_NAME_TAG,
    SENSOR_NAME_TAG,
    DagsterRun,
    DagsterRunStatus,
    RunRecord,
    RunsFilter,
)
from watchbell.record.tick import AutomationKey, AutomationKind, Tick
from watchbell.record.worker_identity import is_alive
from watchbell.services.lease import working_service

QUEUE_READ = 5_000
"""Queued runs that are looked at (count)."""
EVENTS_READ = 2_000
"""Events of the run that are looked at, the newest (count)."""
TICKS_READ = 200
"""Ticks around the time of the run that are looked at for the one that asked for it (count)."""
_HELD = (BackfillStatus.PAUSED, BackfillStatus.CANCELING)
_TOLD = frozenset(
    {
        DagsterEventType.STEP_START,
        DagsterEventType.STEP_SUCCESS,
        DagsterEventType.STEP_FAILURE,
        DagsterEventType.STEP_SKIPPED,
        DagsterEventType.STEP_UP_FOR_RETRY,
        DagsterEventType.STEP_RESTARTED,
        DagsterEventType.RUN_CANCELING,
        DagsterEventType.RUN_CANCELED,
        DagsterEventType.RUN_FAILURE,
    }
)


def run_facts(instance: DagsterInstance, run: DagsterRun) -> RunFacts:
    """What is known of a run."""
    store, now = instance.store, instance.clock.now()
    backfill_id = run.tags.get(BACKFILL_TAG)
    pools = () if run.is_finished else tuple(_pool_waits(instance, run))
    named = {run.parent_run_id, run.tags.get(AUTO_RETRY_TAG), *(each for wait in pools for each in wait.holders)}
    _, worker = (0, None) if run.is_finished else store.run_workers().get(run.run_id, (0, None))
    return RunFacts(
        run,
        now,
        working_service(store, now),
        _queue(instance, run) if run.status is DagsterRunStatus.QUEUED else None,
        tuple(_events(instance, run)),
        pools,
        _tick(instance, run),
        None if backfill_id is None else store.backfill(backfill_id),
        _runs(instance, [each for each in named if each]),
        "" if worker is None else f"process {worker.pid} on {worker.host_name}",
        None if worker is None else is_alive(worker),
    )


def _events(instance: DagsterInstance, run: DagsterRun) -> list[EventLogEntry]:
    """The events that say how far it is; of very many the newest, and the first step that failed."""
    query = EventQuery(run_id=run.run_id, types=_TOLD, newest_first=True, limit=EVENTS_READ)
    return list(reversed(instance.events(query)))


def _queue(instance: DagsterInstance, run: DagsterRun) -> QueueFacts:
    store = instance.store
    waiting = RunsFilter(statuses=[DagsterRunStatus.QUEUED])
    records = store.run_records(waiting, ascending=True, limit=QUEUE_READ)
    held = {each.backfill_id for each in store.backfills(statuses=_HELD, with_counts=False)}
    own = next((each for each in records if each.dagster_run.run_id == run.run_id), None)
    place = None if own is None else _place(own)
    before = [each.dagster_run for each in records if place is None or _place(each) < place]
    blocked = blockers(store, [*before, run])
    ahead = [each for each in before if each.run_id not in blocked and each.tags.get(BACKFILL_TAG) not in held]
    return QueueFacts(
        instance.settings.max_concurrent_runs,
        store.count_runs(RunsFilter(statuses=list(IN_PROGRESS_RUN_STATUSES))),
        len(ahead),
        len(records) < QUEUE_READ,
        blocked.get(run.run_id),
    )


def _place(record: RunRecord) -> tuple[int, int, int]:
    tags = record.dagster_run.tags
    return -priority_of(tags), class_of(tags), record.storage_id


def _pool_waits(instance: DagsterInstance, run: DagsterRun) -> list[PoolWait]:
    """What its steps wait for, with the runs that have the slots."""
    claims = instance.store.pool_claims()
    mine = [each for each in claims if each.run_id == run.run_id and not each.is_held]
    limits = instance.store.pool_limits() if mine else {}
    return [
        PoolWait(
            each.pool,
            each.step_key,
            limits.get(each.pool, instance.settings.pool_default_limit),
            tuple(dict.fromkeys(other.run_id for other in claims if other.pool == each.pool and other.is_held)),
        )
        for each in mine
    ]


def _tick(instance: DagsterInstance, run: DagsterRun) -> Tick | None:
    """The tick that asked for it; None: none did, or it is not found near the time when the run was stored."""
    kinds = ((AutomationKind.SCHEDULE, SCHEDULE_NAME_TAG), (AutomationKind.SENSOR, SENSOR_NAME_TAG))
    for kind, tag in kinds:
        name = run.tags.get(tag)
        if name is None or run.location_name is None or run.created_at is None or run.parent_run_id is not None:
            continue
        key = AutomationKey(run.location_name, kind, name)
        after_id = instance.store.first_tick_id_since(run.created_at - timedelta(minutes=2)) - 1
        before_id = instance.store.first_tick_id_since(run.created_at + timedelta(minutes=1))
        ticks = instance.store.ticks(key, after_id=after_id, before_id=before_id, limit=TICKS_READ)
        found = next((each for each in ticks if run.run_id in each.run_ids), None)
        if found is not None:
            return found
    return None


def _runs(instance: DagsterInstance, run_ids: list[str]) -> dict[str, DagsterRun]:
    records = instance.store.run_records(RunsFilter(run_ids=run_ids)) if run_ids else []
    return {each.dagster_run.run_id: each.dagster_run for each in records}
