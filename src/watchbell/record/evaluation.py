"""Evaluations: what a service asks the process with the user's code, and what it answers."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from enum import Enum

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.condition import ConditionCommit
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import EventLogEntry
from watchbell.record.request import DynamicPartitionsRequest, RunRequest
from watchbell.record.snapshot import AssetSnapshot
from watchbell.record.tick import AutomationKind, TickLogLine

TIMEOUT_SETTING = "setting evaluation_timeout_seconds"


@wired("evaluation")
@dataclass(frozen=True)
class Evaluation:
    """A schedule or sensor to evaluate.

    Args:
        id: number of the question, unique in the asking process.
        kind: schedule or sensor.
        name: which one.
        scheduled_at: the nominal time of a schedule's tick.
        cursor: a sensor's cursor.
        last_run_key: run key of the last run the automation caused.
        last_tick_at: when it ticked last.
        event_ids: for a run status sensor, storage ids of the run events to react to, oldest first; for a sensor of one
            asset that is evaluated once more, the materializations it was called for then.
        asked_to: for a sensor of assets, storage id of the newest materialization that it is asked about.
        is_alone: for a sensor of every materialization, whether it is asked about one alone: several together ended or
            outlasted their process.
        timeout_seconds: after this its process is killed.
        has_own_timeout: whether its definition says so; else it is the one of the settings.
        memory_mb: when its process holds more than this, it is killed.
    """

    id: int
    kind: AutomationKind
    name: str
    scheduled_at: datetime | None = None
    cursor: str | None = None
    last_run_key: str | None = None
    last_tick_at: datetime | None = None
    event_ids: tuple[int, ...] = ()
    asked_to: int = 0
    is_alone: bool = False
    timeout_seconds: float = 60.0
    memory_mb: int = 1024
    has_own_timeout: bool = False

    @property
    def timeout_text(self) -> str:
        """The time it may take and where that is said, for people."""
        place = f"timeout_seconds of the {self.kind.value.lower()}" if self.has_own_timeout else TIMEOUT_SETTING
        return f"{self.timeout_seconds:g} seconds ({place})"


LOADING = "is being loaded"
"""Why nothing is known of a code location at first."""


@wired("other_assets")
@dataclass(frozen=True)
class OtherAssets:
    """The assets of another code location, for conditions that look at them.

    Args:
        location_name: that location.
        assets: what is known of them; none: it is not there any more.
        missing: why nothing is known of them yet, e.g. ``"is being loaded"``; empty: something is.
    """

    location_name: str
    assets: tuple[AssetSnapshot, ...] = ()
    missing: str = ""


@wired("outcome")
class Outcome(Enum):
    """How an evaluation ended.

    ANSWERED: the function returned. RAISED: it raised. TIMED_OUT, KILLED: its process had to be ended or
    ended by itself. UNKNOWN: there is no such automation (any more).
    """

    ANSWERED = "ANSWERED"
    RAISED = "RAISED"
    TIMED_OUT = "TIMED_OUT"
    KILLED = "KILLED"
    UNKNOWN = "UNKNOWN"


@wired("answer")
@dataclass(frozen=True)
class Answer:
    """What came of an :class:`Evaluation`.

    Args:
        id: number of the question.
        outcome: how it ended.
        run_requests: the runs asked for; each names its job and carries the job's tags already.
        skip_message: why none were.
        cursor: the new cursor; None: unchanged.
        error: what was raised, or how the process ended.
        log: lines that user code logged.
        asset_events: asset events to store with the tick.
        dynamic_partitions_requests: keys to add to dynamic partitions, or to delete, with the tick.
        parts: of a run status sensor that was asked about several events, an answer for each that it was called for, in
            their order; what stands above concerns none of them then.
        seen_to: of a sensor of several assets, storage id of the newest event there was when it looked; 0: it did not.
        event_ids: of a sensor of one asset, storage ids of the materializations it was called for.
        conditions: of a condition sensor, what else it changes.
        next_at: of a condition sensor, when time alone may change something next; None: never.
        has_more: of a condition sensor, whether it is to be asked again at once, for what its time did not suffice for.
        is_noted: of a condition sensor, whether all there is to say is that conditions noted something.
        attempt: how often it was begun, this time included (count): it is begun again when its process ended.
        earlier: how the attempt before this one ended.
    """

    id: int
    outcome: Outcome
    run_requests: tuple[RunRequest, ...] = ()
    skip_message: str | None = None
    cursor: str | None = None
    error: SerializableErrorInfo | None = None
    log: tuple[TickLogLine, ...] = ()
    asset_events: tuple[EventLogEntry, ...] = ()
    dynamic_partitions_requests: tuple[DynamicPartitionsRequest, ...] = ()
    parts: tuple[Answer, ...] = ()
    seen_to: int = 0
    event_ids: tuple[int, ...] = ()
    conditions: ConditionCommit | None = None
    next_at: datetime | None = None
    has_more: bool = False
    is_noted: bool = False
    attempt: int = 1
    earlier: str | None = None


@wired("start_run")
@dataclass(frozen=True)
class StartRun:
    """A run to start a process for.

    Args:
        run_id: the run, STARTING in the store.
        attempt: the attempt this start belongs to; a worker with another one gives up.
    """

    run_id: str
    attempt: int


@wired("worker_exit")
@dataclass(frozen=True)
class WorkerExit:
    """The end of a process that executed a run.

    Args:
        run_id: the run.
        attempt: the attempt it was started for.
        pid: the process; 0: none could be started, ``output_tail`` begins with why.
        exit_code: its exit code; None if a signal ended it or nobody could see.
        signal: the signal that ended it, e.g. ``"SIGKILL"``; None otherwise.
        output_tail: the end of what it wrote to stderr, for people.
    """

    run_id: str
    attempt: int
    pid: int
    exit_code: int | None = None
    signal: str | None = None
    output_tail: str = ""


@wired("cancel_run")
@dataclass(frozen=True)
class CancelRun:
    """A run whose process is to stop: asked first, killed after the grace time.

    Args:
        run_id: the run.
        grace_seconds: time it has to clean up.
    """

    run_id: str
    grace_seconds: float = 30.0


@wired("location_error")
@dataclass(frozen=True)
class LocationError:
    """Why a code location's newest code cannot be used.

    Args:
        location_name: the location.
        message: what is wrong, in one line.
        file: the user's file.
        line: the line in it, None when unknown.
        details: the user's own traceback.
        at: when it was noticed.
        older_goes_on: whether older code of the location is in use meanwhile.
    """

    location_name: str
    message: str
    file: str | None = None
    line: int | None = None
    details: str = ""
    at: datetime | None = field(default=None)
    older_goes_on: bool = False
