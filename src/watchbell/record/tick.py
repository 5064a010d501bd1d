"""Ticks and automations: what each schedule and sensor did, and where it stands.

An *automation* is a schedule or sensor of one code location. Its *state* is what the store keeps between
ticks: on or off, cursor, last tick. A *tick* is one evaluation that is over; ticks are stored only with
their outcome, in one commit with everything they caused, so none can be left open by a crash.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from enum import Enum
from functools import cached_property

from watchbell.ground.ids import stable_id
from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.automation_policy import PLAIN_POLICY, AutomationPolicy
from watchbell.record.condition import ConditionCommit
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.event import EventLogEntry
from watchbell.record.request import DynamicPartitionsRequest
from watchbell.record.run import DagsterRun
from watchbell.record.tick_effects import TickEffects


@wired("automation_kind")
class AutomationKind(Enum):
    """What sort of automation it is."""

    SCHEDULE = "SCHEDULE"
    SENSOR = "SENSOR"


@wired("automation_status")
class AutomationStatus(Enum):
    """Whether an automation ticks. DECLARED: nobody said, the definition's default counts."""

    DECLARED = "DECLARED"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


@wired("tick_status")
class TickStatus(Enum):
    """How a tick ended. MISSED: a time that was not taken, with the reason."""

    SUCCESS = "SUCCESS"
    SKIPPED = "SKIPPED"
    FAILURE = "FAILURE"
    MISSED = "MISSED"


@dataclass(frozen=True)
class AutomationKey:
    """Which schedule or sensor.

    Args:
        location_name: its code location.
        kind: schedule or sensor.
        name: its name there.
    """

    location_name: str
    kind: AutomationKind
    name: str

    @cached_property
    def id(self) -> str:
        """A text that is the same for the same automation for ever."""
        return stable_id(self.location_name, self.kind.value, self.name)

    def __str__(self) -> str:
        return f"{self.kind.value.lower()} {self.name!r}"


@dataclass(frozen=True)
class AutomationState:
    """Where an automation stands.

    Args:
        key: which one.
        status: whether it was turned on or off by somebody.
        cursor: text its last evaluation left for the next.
        effective_at: no time before this is ever due: when it was turned on, or its spec changed.
        spec: the cron strings and zone ``effective_at`` belongs to; a change moves it. Of a sensor of several assets,
            those that ``settled_to`` is about.
        last_tick_at: nominal time of the newest tick that was committed.
        last_run_key: run key of the last run it caused.
        failures_in_row: evaluations that killed or outlasted their process, one after the other (count).
        quarantine_reason: why it is no longer evaluated until somebody starts it again; None: it is.
        version: grows with every change; commits compare it.
        settled_to: of a sensor of assets, the newest materialization about which it acted and left its cursor where it
            was (storage id): it is not asked about those up to it again.
        effective_event: of a run status sensor, the newest event when it took effect (storage id): those up to it are
            none of its business, whatever the clock showed.
        changed_at: when it was stored last; None before.
        paused_until: somebody paused it: it is not evaluated until then, and goes on where it stopped.
        pause_reason: why, and who paused it, for people.
    """

    key: AutomationKey
    status: AutomationStatus = AutomationStatus.DECLARED
    cursor: str | None = None
    effective_at: datetime | None = None
    spec: str | None = None
    last_tick_at: datetime | None = None
    last_run_key: str | None = None
    failures_in_row: int = 0
    quarantine_reason: str | None = None
    version: int = 0
    settled_to: int = 0
    effective_event: int = 0
    changed_at: datetime | None = field(default=None, compare=False)
    paused_until: datetime | None = None
    pause_reason: str | None = None

    @property
    def is_held(self) -> bool:
        """Whether it stands still although it is on: it is paused, or in quarantine. It goes on where it stopped."""
        return self.paused_until is not None or self.quarantine_reason is not None


@wired("tick_log_line")
@dataclass(frozen=True)
class TickLogLine:
    """A line that user code logged while it was evaluated.

    Args:
        timestamp: seconds since the epoch.
        level: a level of Python's logging.
        message: the text.
    """

    timestamp: float
    level: int
    message: str


@wired("tick")
@dataclass(frozen=True)
class Tick:
    """One evaluation that is over, or a time that was not taken.

    Args:
        tick_at: the nominal time of a schedule; when a sensor's evaluation began.
        status: how it ended.
        started_at: when the evaluation began.
        ended_at: when its answer came.
        run_ids: runs it caused.
        run_keys: run keys of these, where they had one.
        dropped_run_keys: run keys it asked for that had their run already.
        dropped_for: for each of these keys, the run that has it.
        skip_reason: why there is no run.
        error: what user code raised, or how its process ended.
        cursor: the cursor after it.
        cursor_before: the cursor it began with.
        event_ids: storage ids of what it was called for: run events of a run status sensor, materializations of a
            sensor of one asset.
        effects: what it changed besides runs; None: nothing.
        log: lines that user code logged.
        noted: of a condition sensor that asked for nothing, and whose conditions only noted something: how many
            evaluations in a row this is; the next one is told here, too. 0: this tick stands for itself.
        attempt: how often it was begun, this time included (count): it is begun again when its process ended.
        earlier: how the attempt before this one ended.
        tick_id: its number in the store, None before it is stored.
    """

    tick_at: datetime
    status: TickStatus
    started_at: datetime
    ended_at: datetime
    run_ids: tuple[str, ...] = ()
    run_keys: tuple[str, ...] = ()
    dropped_run_keys: tuple[str, ...] = ()
    skip_reason: str | None = None
    error: SerializableErrorInfo | None = None
    cursor: str | None = None
    log: tuple[TickLogLine, ...] = ()
    cursor_before: str | None = None
    event_ids: tuple[int, ...] = ()
    dropped_for: tuple[str, ...] = ()
    effects: TickEffects | None = None
    noted: int = 0
    attempt: int = 1
    earlier: str | None = None
    tick_id: int | None = field(default=None, compare=False, metadata={"unwired": True})

    @property
    def key_holders(self) -> dict[str, str | None]:
        """The run keys that made no run, each with the run that has it (None: not known)."""
        unknown = [None] * (len(self.dropped_run_keys) - len(self.dropped_for))
        return dict(zip(self.dropped_run_keys, [*self.dropped_for, *unknown], strict=False))


@dataclass(frozen=True)
class RunOrder:
    """A run that a tick wants stored.

    Args:
        run: the run, QUEUED, with its id.
        run_key: its key; None: always a new run.
    """

    run: DagsterRun
    run_key: str | None = None


@dataclass(frozen=True)
class TickCommit:
    """Everything one tick changes; appears in the store whole or not at all.

    Args:
        before: the state the decision was made on; the commit is refused if the stored version differs.
        after: the state it leaves (its version is set by the store).
        ticks: the outcome, oldest first.
        orders: the runs it asked for.
        events: asset events it reported.
        dynamic_partitions: keys it adds to dynamic partitions, or deletes, in order.
        policy: the terms of its automation: what overlaps, how long run keys count.
        conditions: of a condition sensor, states and evaluations to store with it.
    """

    before: AutomationState
    after: AutomationState
    ticks: tuple[Tick, ...]
    orders: tuple[RunOrder, ...] = ()
    events: tuple[EventLogEntry, ...] = ()
    dynamic_partitions: tuple[DynamicPartitionsRequest, ...] = ()
    policy: AutomationPolicy = PLAIN_POLICY
    conditions: ConditionCommit | None = None


@dataclass(frozen=True)
class CommittedTick:
    """What became of a :class:`TickCommit`.

    Args:
        state: the state that is stored now.
        ticks: the ticks as stored, with their ids; empty if the commit was refused.
        conflict: the stored state was newer than the commit's; nothing was written.
    """

    state: AutomationState
    ticks: tuple[Tick, ...] = ()
    conflict: bool = False
