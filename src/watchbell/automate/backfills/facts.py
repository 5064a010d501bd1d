"""What an instance remembers that plans of backfills are made with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from watchbell.automate.backfills.estimate import PastRun
from watchbell.automate.backfills.request import There
from watchbell.automate.backfills.steps import PlanStep
from watchbell.automate.backfills.units import WHOLE_ORDINAL, PlanUnit
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView
from watchbell.ground.clock import Clock
from watchbell.ground.errors import DagsterError
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG, PartitionKeyRange
from watchbell.record.partition_state import PartitionState
from watchbell.record.ports import Store
from watchbell.record.query import AssetState, EventQuery
from watchbell.record.run import SCHEDULE_NAME_TAG, DagsterRun, DagsterRunStatus, RunsFilter
from watchbell.record.settings import Settings

PAST_RUNS_MAX = 50
"""So many of the newest runs are looked at for an estimate."""
_PAGE = 1_000
_NONE, _WHOLE = OrdinalSet(), OrdinalSet([WHOLE_ORDINAL])


class PlanningInstance(DynamicPartitionsStore, Protocol):
    """What planning asks of an instance; ``DagsterInstance`` fulfils it."""

    store: Store
    clock: Clock
    settings: Settings

    def partition_states(
        self, partitions_defs: Mapping[AssetKey, PartitionsDefinition]
    ) -> Mapping[AssetKey, PartitionState]:
        """Which partitions of assets were made, failed and are being made."""


class StatesOfAssets:
    """What is known of the partitions of assets, read when it is first asked for, of all of them at once.

    Args:
        instance: who remembers it.
        partitions_defs: the assets that may be asked for, with their partitions; None: they have none.
    """

    def __init__(
        self, instance: PlanningInstance, partitions_defs: Mapping[AssetKey, PartitionsDefinition | None]
    ) -> None:
        self._instance, self._partitions_defs = instance, partitions_defs
        self._states: Mapping[AssetKey, PartitionState] | None = None

    def __call__(self, key: AssetKey) -> PartitionState:
        if self._states is None:
            self._states = self._read()
        return self._states[key]

    def _read(self) -> Mapping[AssetKey, PartitionState]:
        partitioned = {key: each for key, each in self._partitions_defs.items() if each is not None}
        states = dict(self._instance.partition_states(partitioned))
        whole = [key for key in self._partitions_defs if key not in partitioned]
        stored = self._instance.store.asset_states(whole) if whole else {}
        runs = {each.planned_run_id for each in stored.values() if each.planned_run_id is not None}
        statuses = self._instance.store.run_statuses(sorted(runs))
        for key in whole:
            states[key] = _state_of_whole(stored.get(key), statuses)
        return states


def _state_of_whole(state: AssetState | None, statuses: Mapping[str, DagsterRunStatus]) -> PartitionState:
    """The sets of an asset without partitions: its only one is in them or not."""
    if state is None:
        return PartitionState(_NONE, _NONE, _NONE)
    planned = None if state.planned_run_id in (None, state.run_id) else statuses.get(state.planned_run_id or "")
    failed = planned in (DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)
    going = planned is not None and not failed and planned is not DagsterRunStatus.SUCCESS
    return PartitionState(
        _NONE if state.materialization_id is None else _WHOLE, _WHOLE if failed else _NONE, _WHOLE if going else _NONE
    )


def states_of_job(
    instance: PlanningInstance, job_name: str, definition: PartitionsDefinition, view: PartitionsView
) -> There:
    """What is known of the partitions of a job of ops: what became of its newest run for each."""

    def read(key: AssetKey) -> PartitionState:
        newest: dict[str, DagsterRunStatus] = {}
        for run in _runs(instance.store, RunsFilter(job_name=job_name)):
            partition = run.tags.get(PARTITION_TAG)
            if partition is not None:
                newest.setdefault(partition, run.status)
        found: dict[str, list[int]] = {"made": [], "failed": [], "going": []}
        ordinals = definition.ordinals_of(list(newest), view)
        for ordinal, status in zip(ordinals, newest.values(), strict=True):
            if ordinal is not None:
                kind = "made" if status is DagsterRunStatus.SUCCESS else "going"
                failed = status in (DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)
                found["failed" if failed else kind].append(ordinal)
        return PartitionState(*(OrdinalSet(each) for each in found.values()))

    return read


def _runs(store: Store, filters: RunsFilter) -> Iterator[DagsterRun]:
    cursor = None
    while True:
        page = store.run_records(filters, limit=_PAGE, cursor=cursor)
        for record in page:
            yield record.dagster_run
        if len(page) < _PAGE:
            return
        cursor = page[-1].dagster_run.run_id


def partitions_defs_of(units: Iterable[PlanUnit]) -> dict[AssetKey, PartitionsDefinition | None]:
    """The assets whose states a plan may ask for: those of the units, and what they are made from here."""
    found: dict[AssetKey, PartitionsDefinition | None] = {}
    for unit in units:
        found.update(dict.fromkeys(unit.keys, unit.definition))
        found.update({edge.parent: edge.parent_def for edge in unit.edges if edge.parent_is_made})
    return found


# ------------------------------------------------------------------ estimates


def past_runs(instance: PlanningInstance, step: PlanStep, view: PartitionsView) -> list[PastRun]:
    """The newest runs that ended well and did what the runs of a step do."""
    if step.schedule_name is not None:
        filters = RunsFilter(tags={SCHEDULE_NAME_TAG: step.schedule_name}, statuses=[DagsterRunStatus.SUCCESS])
    elif not step.asset_keys:
        filters = RunsFilter(job_name=step.job_name, statuses=[DagsterRunStatus.SUCCESS])
    else:
        query = EventQuery(
            asset_key=step.asset_keys[0],
            types=frozenset({DagsterEventType.ASSET_MATERIALIZATION}),
            newest_first=True,
            limit=PAST_RUNS_MAX,
        )
        run_ids = list(dict.fromkeys(entry.run_id for entry in instance.store.events(query) if entry.run_id))
        if not run_ids:
            return []
        filters = RunsFilter(run_ids=run_ids, statuses=[DagsterRunStatus.SUCCESS])
    found = []
    for record in instance.store.run_records(filters, limit=PAST_RUNS_MAX):
        run = record.dagster_run
        if run.started_at is None or run.ended_at is None:
            continue
        if step.asset_keys and run.asset_selection is not None and run.asset_selection != frozenset(step.asset_keys):
            continue  # it did more, or less
        found.append(PastRun(_partitions_count(run, step, view), (run.ended_at - run.started_at).total_seconds()))
    return found


def _partitions_count(run: DagsterRun, step: PlanStep, view: PartitionsView) -> int:
    start, end = run.tags.get(RANGE_START_TAG), run.tags.get(RANGE_END_TAG)
    if step.definition is None or start is None or end is None:
        return 1
    try:
        return max(1, len(step.definition.range_ordinals(PartitionKeyRange(start, end), view)))
    except DagsterError:  # of an older definition
        return 1


def plan_view(instance: PlanningInstance, current_time: datetime | None = None) -> PartitionsView:
    """From where a plan looks: now, with the instance's dynamic partitions."""
    return PartitionsView(instance.clock.now() if current_time is None else current_time, instance)


def runs_at_once(instance: PlanningInstance, cap: int | None, steps: Sequence[PlanStep]) -> int:
    """How many runs of a backfill can go on at a time, as far as its own cap and the home's settings say."""
    limit = instance.settings.max_concurrent_runs
    cap = limit if cap is None else min(cap, limit)
    return max(1, min(cap, sum(step.runs_count for step in steps)))
