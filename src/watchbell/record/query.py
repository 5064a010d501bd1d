"""What the log is asked, and what is answered about an asset without a look at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from watchbell.ground.value import dataclass
from watchbell.record.event import DagsterEventType, EventLogEntry, EventLogRecord
from watchbell.record.keys import AssetKey
from watchbell.record.log_store import LogSieve
from watchbell.record.materialization import AssetMaterialization


@dataclass(frozen=True)
class EventQuery:
    """Which log entries to read; all conditions given must hold.

    Args:
        run_id: of this run.
        run_ids: of one of these runs.
        sieve: what else they must have, roughly; for the log of one run.
        types: events of these kinds; None: all kinds and logged messages.
        asset_key: about this asset.
        partitions: about one of these partitions of it.
        after_id: with a storage id greater than this.
        before_id: with a storage id less than this.
        after_at: later than this.
        before_at: earlier than this.
        step_key: of this step.
        storage_ids: with one of these storage ids.
        job_names: of a stored run of one of these jobs.
        newest_first: order; by storage id.
        limit: most entries (count).
    """

    run_id: str | None = None
    types: frozenset[DagsterEventType] | None = None
    asset_key: AssetKey | None = None
    partitions: Sequence[str] | None = None
    after_id: int | None = None
    before_id: int | None = None
    after_at: datetime | None = None
    before_at: datetime | None = None
    step_key: str | None = None
    storage_ids: Sequence[int] | None = None
    job_names: Sequence[str] | None = None
    newest_first: bool = False
    limit: int | None = None
    run_ids: Sequence[str] | None = None
    sieve: LogSieve | None = None


@dataclass(frozen=True)
class AssetState:
    """The latest that is known of an asset, kept apart from the log.

    Args:
        key: the asset.
        materialization_id: storage id of its newest materialization, None if there is none.
        materialized_at: when that was.
        run_id: the run that made it.
        observation_id: storage id of its newest observation.
        planned_run_id: the newest run that planned to make it.
    """

    key: AssetKey
    materialization_id: int | None = None
    materialized_at: datetime | None = None
    run_id: str | None = None
    observation_id: int | None = None
    planned_run_id: str | None = None


@dataclass(frozen=True)
class AssetEntry:
    """The latest of an asset as people's code reads it.

    Args:
        asset_key: the asset.
        last_materialization_record: its newest materialization.
        last_run_id: the newest run that made, or planned to make, it.
        last_planned_materialization_run_id: the newest run that planned to make it.
    """

    asset_key: AssetKey
    last_materialization_record: EventLogRecord | None = None
    last_run_id: str | None = None
    last_planned_materialization_run_id: str | None = None

    @property
    def last_event_record(self) -> EventLogRecord | None:
        """The same record by its other name."""
        return self.last_materialization_record

    @property
    def last_materialization(self) -> AssetMaterialization | None:
        """What its newest materialization says."""
        record = self.last_materialization_record
        return None if record is None else record.asset_materialization

    @property
    def last_materialization_storage_id(self) -> int | None:
        """Storage id of its newest materialization."""
        return None if self.last_materialization_record is None else self.last_materialization_record.storage_id


@dataclass(frozen=True)
class AssetRecord:
    """A stored asset.

    Args:
        storage_id: storage id of the newest event that is known of it, 0 if only planned.
        asset_entry: the latest.
    """

    storage_id: int
    asset_entry: AssetEntry


def asset_record_of(state: AssetState, latest: EventLogEntry | None) -> AssetRecord:
    """The record of an asset from its state and its newest materialization."""
    made = state.materialization_id or 0
    record = None if latest is None else EventLogRecord(made, latest)
    last_run_id = state.planned_run_id if state.planned_run_id is not None else state.run_id
    entry = AssetEntry(state.key, record, last_run_id, state.planned_run_id)
    return AssetRecord(max(made, state.observation_id or 0), entry)


@dataclass(frozen=True)
class DagsterRunStatsSnapshot:
    """A run in numbers.

    Args:
        run_id: the run.
        steps_succeeded: steps that ended well (count).
        steps_failed: steps that failed (count).
        materializations: assets that were made (count).
        expectations: expectations that were looked at (count).
        enqueued_time: when it was queued, in seconds since the epoch; None: never.
        launch_time: when its process was asked for.
        start_time: when user code began.
        end_time: when it finished.
    """

    run_id: str
    steps_succeeded: int
    steps_failed: int
    materializations: int
    expectations: int
    enqueued_time: float | None
    launch_time: float | None
    start_time: float | None
    end_time: float | None


STATS_TYPES = frozenset({
    DagsterEventType.STEP_SUCCESS, DagsterEventType.STEP_FAILURE, DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.STEP_EXPECTATION_RESULT, DagsterEventType.RUN_ENQUEUED, DagsterEventType.RUN_STARTING,
    DagsterEventType.RUN_START, DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_FAILURE,
    DagsterEventType.RUN_CANCELED,
})  # fmt: skip
"""The kinds of event that a run's numbers are made of."""


def stats_of(run_id: str, entries: Sequence[EventLogEntry]) -> DagsterRunStatsSnapshot:
    """A run in numbers, from those of its events that are of ``STATS_TYPES``."""
    counts: Counter[DagsterEventType] = Counter()
    times: dict[DagsterEventType, float] = {}
    for entry in entries:
        kind = entry.dagster_event_type
        if kind is not None:
            counts[kind] += 1
            times[kind] = entry.timestamp
    ends = [times[kind] for kind in _ENDS if kind in times]
    return DagsterRunStatsSnapshot(
        run_id,
        counts[DagsterEventType.STEP_SUCCESS],
        counts[DagsterEventType.STEP_FAILURE],
        counts[DagsterEventType.ASSET_MATERIALIZATION],
        counts[DagsterEventType.STEP_EXPECTATION_RESULT],
        times.get(DagsterEventType.RUN_ENQUEUED),
        times.get(DagsterEventType.RUN_STARTING),
        times.get(DagsterEventType.RUN_START),
        max(ends, default=None),
    )


_ENDS = (DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_FAILURE, DagsterEventType.RUN_CANCELED)
