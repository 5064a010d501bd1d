"""The steps of a run in numbers, made from its log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from enum import Enum

from watchbell.ground.value import dataclass
from watchbell.record.event import DagsterEventType, EventLogEntry


class StepEventStatus(Enum):
    """How a step stands."""

    SKIPPED = "SKIPPED"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    IN_PROGRESS = "IN_PROGRESS"


@dataclass(frozen=True)
class RunStepMarker:
    """A span of time of a step.

    Args:
        start_time: seconds since the epoch; None: not known.
        end_time: likewise; None: it goes on.
        key: what it was, None for an attempt.
    """

    start_time: float | None = None
    end_time: float | None = None
    key: str | None = None


@dataclass(frozen=True)
class RunStepKeyStatsSnapshot:
    """A step of a run in numbers.

    Args:
        run_id: the run.
        step_key: the step.
        status: how it stands; None: it has not begun.
        start_time: when its first attempt began, in seconds since the epoch.
        end_time: when it ended; None: it goes on.
        materialization_events: assets it made.
        expectation_results: what it expected, none so far.
        attempts: attempts that began (count).
        attempts_list: each attempt.
        markers: other spans of time, none so far.
    """

    run_id: str
    step_key: str
    status: StepEventStatus | None = None
    start_time: float | None = None
    end_time: float | None = None
    materialization_events: Sequence[EventLogEntry] = ()
    expectation_results: Sequence[object] = ()
    attempts: int | None = None
    attempts_list: Sequence[RunStepMarker] = ()
    markers: Sequence[RunStepMarker] = ()


_BEGINS = (DagsterEventType.STEP_START, DagsterEventType.STEP_RESTARTED)
_ENDS = {
    DagsterEventType.STEP_SUCCESS: StepEventStatus.SUCCESS,
    DagsterEventType.STEP_FAILURE: StepEventStatus.FAILURE,
    DagsterEventType.STEP_SKIPPED: StepEventStatus.SKIPPED,
}
STEP_STATS_TYPES = frozenset({
    *_BEGINS,
    *_ENDS,
    DagsterEventType.STEP_UP_FOR_RETRY,
    DagsterEventType.ASSET_MATERIALIZATION,
})  # fmt: skip
"""The kinds of event that a step's numbers are made of."""


@dataclass
class _Tally:
    """What is known of one step while its events are read."""

    status: StepEventStatus | None = None
    ended: float | None = None
    begun: list[float] = field(default_factory=list)
    over: list[float] = field(default_factory=list)
    made: list[EventLogEntry] = field(default_factory=list)

    def take(self, kind: DagsterEventType, entry: EventLogEntry) -> None:
        if kind in _BEGINS:
            self.status = StepEventStatus.IN_PROGRESS
            self.begun.append(entry.timestamp)
        elif kind is DagsterEventType.ASSET_MATERIALIZATION:
            self.made.append(entry)
        elif kind is DagsterEventType.STEP_UP_FOR_RETRY:
            self.over.append(entry.timestamp)
        else:
            self.status, self.ended = _ENDS[kind], entry.timestamp
            self.over.append(entry.timestamp)

    def snapshot(self, run_id: str, step_key: str) -> RunStepKeyStatsSnapshot:
        ends: list[float | None] = [*self.over]
        ends += [None] * (len(self.begun) - len(ends))
        return RunStepKeyStatsSnapshot(
            run_id,
            step_key,
            self.status,
            self.begun[0] if self.begun else None,
            self.ended,
            tuple(self.made),
            attempts=len(self.begun) or None,
            attempts_list=[RunStepMarker(begin, end) for begin, end in zip(self.begun, ends, strict=False)],
        )


def step_stats_of(
    run_id: str, entries: Iterable[EventLogEntry], step_keys: Sequence[str] | None = None
) -> list[RunStepKeyStatsSnapshot]:
    """The steps of a run, in the order they began.

    Args:
        run_id: the run.
        entries: those of its events that are of ``STEP_STATS_TYPES``, oldest first.
        step_keys: only these; None: all.
    """
    tallies: dict[str, _Tally] = {}
    for entry in entries:
        kind, step_key = entry.dagster_event_type, entry.step_key
        if kind in STEP_STATS_TYPES and step_key is not None and (step_keys is None or step_key in step_keys):
            tallies.setdefault(step_key, _Tally()).take(kind, entry)
    return [tally.snapshot(run_id, step_key) for step_key, tally in tallies.items()]
