"""How an asset stands, in one word for people, by one rule for lists, pages and counts."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckSeverity
from watchbell.record.check_record import AssetCheckExecutionRecord, AssetCheckExecutionRecordStatus
from watchbell.record.condition_store import AssetFacts
from watchbell.record.run import DagsterRunStatus

_WAITING = {DagsterRunStatus.QUEUED.value, DagsterRunStatus.STARTING.value, DagsterRunStatus.NOT_STARTED.value}
_GOING = {DagsterRunStatus.STARTED.value, DagsterRunStatus.CANCELING.value}


class Standing(StrEnum):
    """How an asset stands.

    FAILED: the last attempt to make it failed, or that of one of its partitions. RUNNING: a run that goes on is to make
    it. STALE: making it again may give something else. DONE: made, and up to date as far as is known. NEVER: it was
    never made. EXTERNAL: nothing here makes it.
    """

    FAILED = "failed"
    RUNNING = "running"
    STALE = "stale"
    DONE = "done"
    NEVER = "never"
    EXTERNAL = "external"


@dataclass(frozen=True)
class AssetFact:
    """What is known of an asset as a whole.

    Args:
        made_at: when it was made last; None: never.
        materialization_id: storage id of that.
        run_id: the run that made it.
        observation_id: storage id of its newest observation.
        failed_at: when the newest attempt failed, if nothing was made since.
        failed_run_id: the run that failed, where it is the newest that was to make it.
        going_run_id: the run that goes on and is to make it.
    """

    made_at: datetime | None = None
    materialization_id: int | None = None
    run_id: str | None = None
    observation_id: int | None = None
    failed_at: datetime | None = None
    failed_run_id: str | None = None
    going_run_id: str | None = None


NOTHING_KNOWN = AssetFact()


def fact_of(row: AssetFacts | None) -> AssetFact:
    """What a row of the store says of an asset; None: it was never heard of."""
    if row is None:
        return NOTHING_KNOWN
    made_at = None if row.made_at is None else datetime.fromtimestamp(row.made_at, UTC)
    has_failed = row.failed_at is not None and (row.made_at is None or row.failed_at >= row.made_at)
    planned_failed = row.planned_status == DagsterRunStatus.FAILURE.value
    return AssetFact(
        made_at=made_at,
        materialization_id=row.materialization_id,
        run_id=row.run_id,
        observation_id=row.observation_id,
        failed_at=datetime.fromtimestamp(row.failed_at, UTC) if has_failed and row.failed_at is not None else None,
        failed_run_id=row.planned_run_id if has_failed and planned_failed else None,
        going_run_id=row.planned_run_id if row.planned_status in _GOING and row.planned_run_id != row.run_id else None,
    )


def standing_of(
    fact: AssetFact, *, is_made_here: bool, is_stale: bool, has_failed_partitions: bool = False
) -> Standing:
    """How an asset stands.

    A partition that failed and is not being made again is a failure, whatever is being made beside it.

    Args:
        fact: what is known of it.
        is_made_here: whether something here makes it.
        is_stale: whether making it again may give something else.
        has_failed_partitions: whether the last attempt to make one of its partitions failed.
    """
    if has_failed_partitions:
        return Standing.FAILED
    if fact.going_run_id is not None:
        return Standing.RUNNING
    if fact.failed_at is not None:
        return Standing.FAILED
    if fact.made_at is not None:
        return Standing.STALE if is_stale else Standing.DONE
    return Standing.NEVER if is_made_here else Standing.EXTERNAL


class CheckVerdict(StrEnum):
    """What an execution of a check came to.

    PASSED, WARNED (it did not pass, and that is only a warning), FAILED. RUNNING: it is planned in a run that goes on.
    SKIPPED: its run ended without it. NEVER: it was never executed.
    """

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    RUNNING = "running"
    SKIPPED = "skipped"
    NEVER = "never"


def verdict_of(record: AssetCheckExecutionRecord | None, run_status: str | None) -> CheckVerdict:
    """What an execution of a check came to.

    Args:
        record: the execution; None: there was none.
        run_status: how far its run is; None: it has none, or that is gone.
    """
    if record is None:
        return CheckVerdict.NEVER
    if record.status is AssetCheckExecutionRecordStatus.PLANNED:
        return CheckVerdict.RUNNING if run_status in _GOING | _WAITING else CheckVerdict.SKIPPED
    if record.status is AssetCheckExecutionRecordStatus.SUCCEEDED:
        return CheckVerdict.PASSED
    found = record.evaluation
    is_warning = found is not None and found.severity is AssetCheckSeverity.WARN
    return CheckVerdict.WARNED if is_warning else CheckVerdict.FAILED
