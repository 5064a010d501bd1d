"""The steps of a run as spans of time: waiting, setting up resources, work, the pause before another attempt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from watchbell.record.event import (
    DagsterEventType,
    EventLogEntry,
    LoadedInputData,
    at_of,
)
from watchbell.record.run import DagsterRun
from watchbell.web.runs.detail import is_stop
from watchbell.web.shapes.run import Span, StepShape

_T = DagsterEventType
STEP_KINDS = frozenset(
    {
        _T.STEP_WORKER_STARTING,
        _T.STEP_WORKER_STARTED,
        _T.RESOURCE_INIT_STARTED,
        _T.RESOURCE_INIT_SUCCESS,
        _T.RESOURCE_INIT_FAILURE,
        _T.STEP_START,
        _T.STEP_RESTARTED,
        _T.STEP_UP_FOR_RETRY,
        _T.STEP_SUCCESS,
        _T.STEP_FAILURE,
        _T.STEP_SKIPPED,
        _T.LOADED_INPUT,
        _T.ASSET_MATERIALIZATION,
    }
)
"""The kinds of event that say how a step spent its time."""
STATES = {_T.STEP_SUCCESS: "done", _T.STEP_FAILURE: "failed", _T.STEP_SKIPPED: "skipped"}
ASSETS_NAMED = 20


@dataclass
class _Lane:
    """One step while its events are read."""

    key: str
    state: str = "waiting"
    attempts: int = 0
    begin_at: datetime | None = None
    end_at: datetime | None = None
    spans: list[Span] = field(default_factory=list)
    needs: dict[str, None] = field(default_factory=dict)
    assets: dict[str, None] = field(default_factory=dict)
    open_kind: str | None = None
    open_at: datetime | None = None

    def begin(self, kind: str, at: datetime) -> None:
        """A span begins, and with that the one before ends."""
        self.end(at)
        self.open_kind, self.open_at = kind, at

    def end(self, at: datetime, *, is_failed: bool = False) -> None:
        """The span that is open ends."""
        if self.open_kind is not None and self.open_at is not None:
            self.spans.append(Span(kind=self.open_kind, begin_at=self.open_at, end_at=at, is_failed=is_failed))
        self.open_kind = self.open_at = None

    def take(self, kind: DagsterEventType, entry: EventLogEntry) -> None:
        """What an event of the step changes."""
        at = at_of(entry.timestamp)
        match kind:
            case _T.STEP_WORKER_STARTING:
                self.begin("wait", at)
            case _T.RESOURCE_INIT_STARTED | _T.STEP_WORKER_STARTED:
                if self.open_kind != "work":
                    self.begin("setup", at)
            case _T.RESOURCE_INIT_FAILURE:
                self.end(at, is_failed=True)
            case _T.STEP_START | _T.STEP_RESTARTED:
                self.attempts += 1
                self.begin_at = self.begin_at or at
                self.state = "running"
                self.begin("work", at)
            case _T.STEP_UP_FOR_RETRY:
                self.end(at, is_failed=True)
                self.state = "retrying"
                self.begin("pause", at)
            case _T.STEP_FAILURE if is_stop(entry):
                self.end(at)
                self.state, self.end_at = "stopped", at
            case _T.STEP_SUCCESS | _T.STEP_FAILURE | _T.STEP_SKIPPED:
                self.end(at, is_failed=kind is _T.STEP_FAILURE)
                self.state, self.end_at = STATES[kind], at
            case _T.LOADED_INPUT:
                self._needs(entry)
            case _T.ASSET_MATERIALIZATION:
                self._made(entry)

    def _needs(self, entry: EventLogEntry) -> None:
        data = entry.dagster_event.event_specific_data if entry.dagster_event else None
        if isinstance(data, LoadedInputData) and data.upstream_step_key:
            self.needs[data.upstream_step_key] = None

    def _made(self, entry: EventLogEntry) -> None:
        key = entry.dagster_event.asset_key if entry.dagster_event else None
        if key is not None and len(self.assets) < ASSETS_NAMED:
            self.assets[key.to_user_string()] = None

    def shape(self, run: DagsterRun, waits_for: str | None) -> StepShape:
        """The step as it stands."""
        spans, state, end_at = list(self.spans), self.state, self.end_at
        if self.open_kind is not None and self.open_at is not None:
            ended = run.ended_at if run.is_finished else None
            spans.append(Span(kind=self.open_kind, begin_at=self.open_at, end_at=ended, is_failed=run.is_failure))
        if run.is_finished and state in {"waiting", "running", "retrying"}:
            state, end_at = "stopped", run.ended_at
        return StepShape(
            key=self.key,
            state=state,
            attempts=self.attempts,
            begin_at=self.begin_at,
            end_at=end_at,
            spans=spans,
            needs=list(self.needs),
            assets=list(self.assets),
            waits_for=waits_for,
        )


def steps_of(run: DagsterRun, entries: Iterable[EventLogEntry], pools: dict[str, str]) -> list[StepShape]:
    """The steps of a run in the order in which the log first speaks of them.

    Args:
        run: the run.
        entries: its events of ``STEP_KINDS``, the oldest first.
        pools: by step, the pool whose slot it waits for.
    """
    lanes: dict[str, _Lane] = {}
    for entry in entries:
        kind, key = entry.dagster_event_type, entry.step_key
        if kind is None or key is None:
            continue
        lanes.setdefault(key, _Lane(key)).take(kind, entry)
    for key in pools:
        lanes.setdefault(key, _Lane(key))
    return [lane.shape(run, pools.get(lane.key)) for lane in lanes.values()]


def selected(keys: Sequence[str] | None) -> list[str] | None:
    """The steps that a run was asked for, as a list."""
    return None if keys is None else list(keys)
