"""Runs: what was asked to run, in which state it is, and how to look for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.job_origin import JobOrigin, origin_of
from watchbell.record.keys import AssetKey
from watchbell.record.partition import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG


@wired("run_status")
class DagsterRunStatus(Enum):
    """Where a run is on its way.

    QUEUED → STARTING → STARTED → SUCCESS | FAILURE; CANCELING → CANCELED from any of the first three.
    NOT_STARTED is a run somebody stored without queueing it.
    """

    QUEUED = "QUEUED"
    NOT_STARTED = "NOT_STARTED"
    MANAGED = "MANAGED"
    STARTING = "STARTING"
    STARTED = "STARTED"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    CANCELING = "CANCELING"
    CANCELED = "CANCELED"


FINISHED_STATUSES = (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)
IN_PROGRESS_RUN_STATUSES = (DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING)
CANCELABLE_STATUSES = (DagsterRunStatus.QUEUED, DagsterRunStatus.STARTED)
NOT_FINISHED_STATUSES = (
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.MANAGED,
    *IN_PROGRESS_RUN_STATUSES,
)


PARENT_RUN_ID_TAG = "dagster/parent_run_id"
ROOT_RUN_ID_TAG = "dagster/root_run_id"
AUTO_RETRY_TAG = "dagster/auto_retry_run_id"
"""On a failed run: the run that executes it again."""
PRIORITY_TAG = "dagster/priority"
LAUNCHED_BY_TAG = "watchbell/launched_by"
"""Who asked for the run on a page or through the API."""
MAX_RUNTIME_SECONDS_TAG = "dagster/max_runtime"
"""Seconds a run may go on before it is stopped and fails."""
SCHEDULE_NAME_TAG = "dagster/schedule_name"
SENSOR_NAME_TAG = "dagster/sensor_name"
RUN_KEY_TAG = "dagster/run_key"
CODE_LOCATION_TAG = "dagster/code_location"
SCHEDULED_TIME_TAG = ".dagster/scheduled_execution_time"
STOP_REASON_TAG = "watchbell/stop_reason"
"""On a run that is stopped because of a rule: which. Such a run ends as FAILURE, not as CANCELED."""
RESUME_RETRY_TAG = "dagster/is_resume_retry"
"""Set to ``true``: the run executes again what did not end well in its parent."""


@wired("run")
@dataclass(frozen=True)
class DagsterRun:
    """One execution of a job, asked for, going on or over.

    Args:
        job_name: the job.
        run_id: unique id of the run.
        run_config: the config it was asked to run with.
        status: where it is now.
        tags: labels; text to text.
        asset_selection: the assets to make, None for all of the job.
        op_selection: the ops to run, None for all of the job.
        asset_check_selection: the asset checks to make, None for those of the assets.
        parent_run_id: the run this one executes again.
        root_run_id: the first run of such a chain.
        step_keys_to_execute: the steps it executes of its parent's, None for all.
        location_name: the code location that has the job; None for a run started in a user's own process.
        attempt: how often the run was handed out for starting (count); fences late workers.
        created_at: when it was stored; None before.
        started_at: when user code began; None before.
        ended_at: when it finished; None before.
    """

    job_name: str
    run_id: str
    run_config: Mapping[str, Any] = field(default_factory=dict)
    status: DagsterRunStatus = DagsterRunStatus.NOT_STARTED
    tags: Mapping[str, str] = field(default_factory=dict)
    asset_selection: frozenset[AssetKey] | None = None
    op_selection: Sequence[str] | None = None
    parent_run_id: str | None = None
    root_run_id: str | None = None
    step_keys_to_execute: Sequence[str] | None = None
    location_name: str | None = None
    attempt: int = 0
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    asset_check_selection: frozenset[AssetCheckKey] | None = None

    @property
    def start_time(self) -> datetime | None:
        """When user code began: aware, UTC; None before."""
        return self.started_at

    @property
    def end_time(self) -> datetime | None:
        """When the run finished: aware, UTC; None before."""
        return self.ended_at

    @property
    def remote_job_origin(self) -> JobOrigin | None:
        """Where its job lies; None for a run started in a user's own process."""
        return origin_of(self.location_name, self.job_name)

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in FINISHED_STATUSES

    @property
    def is_cancelable(self) -> bool:
        """Whether it may be asked to stop: it waits, or goes on."""
        return self.status in CANCELABLE_STATUSES

    @property
    def is_success(self) -> bool:
        """Whether it ended well."""
        return self.status == DagsterRunStatus.SUCCESS

    @property
    def is_failure_or_canceled(self) -> bool:
        """Whether it failed or was canceled."""
        return self.status in {DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED}

    @property
    def is_failure(self) -> bool:
        """Whether it failed."""
        return self.status == DagsterRunStatus.FAILURE

    @property
    def previous_run_id(self) -> str | None:
        """The run this one executes again."""
        return self.parent_run_id

    def get_parent_run_id(self) -> str | None:
        """The run this one executes again."""
        return self.parent_run_id

    def get_root_run_id(self) -> str | None:
        """The first run of the chain of those that execute each other again."""
        return self.root_run_id

    @property
    def is_partitioned(self) -> bool:
        """Whether it is for one partition or a range of them."""
        tags = self.tags
        return PARTITION_TAG in tags or (RANGE_START_TAG in tags and RANGE_END_TAG in tags)

    @property
    def resolved_op_selection(self) -> frozenset[str] | None:
        """The ops to run, None for all of the job; as they were written."""
        return None if self.op_selection is None else frozenset(self.op_selection)

    @property
    def is_resume_retry(self) -> bool:
        """Whether it executes again only what failed in its parent."""
        return self.tags.get(RESUME_RETRY_TAG) == "true"

    def with_status(self, status: DagsterRunStatus) -> DagsterRun:
        """The same run in another state."""
        return replace(self, status=status)

    def with_tags(self, tags: Mapping[str, str]) -> DagsterRun:
        """The same run with these tags instead of its own."""
        return replace(self, tags=dict(tags))


@dataclass(frozen=True)
class RunRecord:
    """A stored run with what the store knows of it.

    Args:
        storage_id: its place in the store; grows with time.
        dagster_run: the run.
        create_timestamp: when it was stored, aware.
        update_timestamp: when it changed last, aware.
        start_time: seconds since the epoch when user code began, None before.
        end_time: seconds since the epoch when it finished, None before.
    """

    storage_id: int
    dagster_run: DagsterRun
    create_timestamp: datetime
    update_timestamp: datetime
    start_time: float | None = None
    end_time: float | None = None


@wired("run_worker")
@dataclass(frozen=True)
class RunWorker:
    """The process that executes a run, told apart from any later process with the same number.

    Args:
        pid: its process id.
        started: when it started, in the operating system's own text or ticks.
        boot_id: which start of the machine it belongs to.
        host_name: the machine.
    """

    pid: int
    started: str
    boot_id: str
    host_name: str


@dataclass(frozen=True)
class RunsFilter:
    """Which runs to look for; all conditions given must hold.

    Args:
        run_ids: one of these.
        job_name: of this job.
        statuses: in one of these states.
        tags: having these tags; a value may be a list, then any of it.
        updated_after: changed later than this; a naive datetime is read as UTC. Likewise the other three.
        updated_before: changed earlier.
        created_after: stored later.
        created_before: stored earlier.
        location_name: of this code location.

    Example:
        >>> RunsFilter(job_name="etl", statuses=[DagsterRunStatus.FAILURE]).job_name
        'etl'
    """

    run_ids: Sequence[str] | None = None
    job_name: str | None = None
    statuses: Sequence[DagsterRunStatus] | None = None
    tags: Mapping[str, str | Sequence[str]] | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    location_name: str | None = None

    def __post_init__(self) -> None:
        for name in ("updated_after", "updated_before", "created_after", "created_before"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                object.__setattr__(self, name, moment.replace(tzinfo=UTC))
