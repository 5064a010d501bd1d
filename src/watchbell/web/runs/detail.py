"""One run with all that its page shows above its steps: why it ran, what failed, what is another than before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from watchbell.ground.errors import DagsterExecutionInterruptedError
from watchbell.ground.masking import masked
from watchbell.record.event import DagsterEventType, EventLogEntry, at_of
from watchbell.record.log_text import STEPS_FAILED, UNNAMED_JOB
from watchbell.record.query import EventQuery
from watchbell.record.run import (
    RUN_KEY_TAG,
    SCHEDULE_NAME_TAG,
    SENSOR_NAME_TAG,
    STOP_REASON_TAG,
    DagsterRun,
    DagsterRunStatus,
    RunRecord,
    RunWorker,
)
from watchbell.record.tick import AutomationKey, AutomationKind
from watchbell.web.errors import error_shape
from watchbell.web.runs.output import has_output
from watchbell.web.runs.rows import run_rows
from watchbell.web.runs.waiting import run_ref
from watchbell.web.shapes.run import CancelShape, Changed, Difference, FailureShape, RunDetail, TickRef
from watchbell.web.view import View

FORCE_AFTER_SECONDS = 10.0
"""So long a run has to stop by itself before it may be ended by force."""
FAILURES_SHOWN = 20
FAILURES_COUNTED = 1_000
TICKS_READ = 200
CHAIN_MAX = 50
CHANGES_MAX = 200
VALUE_CHARS_MAX = 2_000
_STOPS = frozenset({DagsterEventType.RUN_CANCELING, DagsterEventType.RUN_CANCELED})
_ASKED_TO_STOP = frozenset({DagsterRunStatus.CANCELING, DagsterRunStatus.CANCELED})
_INTERRUPTED = DagsterExecutionInterruptedError.__name__
_OF_ONE_RUN = ("dagster/run_key", "dagster/parent_run_id", "dagster/root_run_id", "dagster/is_resume_retry",
               "dagster/retry_number", "dagster/auto_retry_run_id", "watchbell/waits_for_schedule")  # fmt: skip


def run_detail(view: View, record: RunRecord) -> RunDetail:
    """A run."""
    run, store = record.dagster_run, view.store
    [row] = run_rows(view, [run])
    failed = store.failures_of_run(run.run_id, limit=FAILURES_COUNTED) if _may_have_failed(run) else []
    stops = _stops(view, run)
    failed = [each for each in failed if not (stops and is_stop(each))]
    failures = [each for each in failed if not _only_sums_up(each)] or failed
    before, after = store.neighbours(record)
    earlier = None if before is None else store.run_record(before)
    asked_at = at_of(stops[0].timestamp) if stops and run.status is DagsterRunStatus.CANCELING else None
    attempt_worker = None if run.is_finished else store.run_worker(run.run_id)
    chain = store.run_chain(run.root_run_id or run.run_id)
    return RunDetail(
        **row.model_dump(),
        tick=_tick(view, run),
        chain=[run_ref(each) for each in chain[:CHAIN_MAX]] if len(chain) > 1 else [],
        before=before,
        after=after,
        stop_reason=run.tags.get(STOP_REASON_TAG),
        asked_to_stop_at=asked_at,
        cancel=_cancel(stops),
        can_force=asked_at is not None and view.now() - asked_at >= timedelta(seconds=FORCE_AFTER_SECONDS),
        worker=None if attempt_worker is None else _worker_text(attempt_worker[1]),
        config=masked(dict(run.run_config)),
        steps_asked=None if run.step_keys_to_execute is None else list(run.step_keys_to_execute),
        failures=[failure_shape(each) for each in failures[:FAILURES_SHOWN]],
        failure_count=len(failures),
        difference=None if earlier is None else _difference_if_alike(earlier.dagster_run, run),
        has_output=has_output(view.instance.home, run.run_id),
    )


def _difference_if_alike(before: DagsterRun, after: DagsterRun) -> Difference | None:
    """None where two runs have nothing in common: runs of a job without a name are alike if they make the same."""
    is_named = not after.job_name.startswith(UNNAMED_JOB)
    return difference(before, after) if is_named or before.asset_selection == after.asset_selection else None


def _may_have_failed(run: DagsterRun) -> bool:
    return run.status not in {DagsterRunStatus.QUEUED, DagsterRunStatus.NOT_STARTED}


def _only_sums_up(entry: EventLogEntry) -> bool:
    """Whether an entry says no more than that steps failed."""
    event = entry.dagster_event
    data = None if event is None else event.event_specific_data
    return getattr(data, "failure_reason", None) == STEPS_FAILED


def _worker_text(worker: RunWorker | None) -> str | None:
    return None if worker is None else f"process {worker.pid} on {worker.host_name}"


def failure_shape(entry: EventLogEntry) -> FailureShape:
    """An entry that something failed."""
    event = entry.dagster_event
    error = getattr(None if event is None else event.event_specific_data, "error", entry.error_info)
    return FailureShape(
        event_id=entry.storage_id or 0,
        at=at_of(entry.timestamp),
        step=entry.step_key,
        message=entry.message,
        error=None if error is None else error_shape(error),
    )


def _stops(view: View, run: DagsterRun) -> list[EventLogEntry]:
    """What the log of a run that somebody stopped says of that: the wish, then the end."""
    if run.status not in _ASKED_TO_STOP:
        return []
    return list(view.store.events(EventQuery(run_id=run.run_id, types=_STOPS, limit=10)))


def _cancel(stops: Sequence[EventLogEntry]) -> CancelShape | None:
    if not stops:
        return None
    is_by_force = any("by force" in each.message for each in stops[1:])
    return CancelShape(at=at_of(stops[0].timestamp), text=stops[0].message, is_by_force=is_by_force)


def is_stop(entry: EventLogEntry) -> bool:
    """Whether what an entry calls a failure is that its process was asked to stop."""
    event = entry.dagster_event
    error = getattr(None if event is None else event.event_specific_data, "error", entry.error_info)
    return error is not None and _INTERRUPTED in {error.cls_name, error.root.cls_name}


def _tick(view: View, run: DagsterRun) -> TickRef | None:
    """The tick that asked for a run; None: none did, or it is not found near the time when the run was stored."""
    if run.location_name is None or run.created_at is None or run.parent_run_id is not None:
        return None
    kinds = ((AutomationKind.SCHEDULE, SCHEDULE_NAME_TAG), (AutomationKind.SENSOR, SENSOR_NAME_TAG))
    for kind, tag in kinds:
        name = run.tags.get(tag)
        if name is None:
            continue
        key = AutomationKey(run.location_name, kind, name)
        after_id = view.store.first_tick_id_since(run.created_at - timedelta(minutes=2)) - 1
        before_id = view.store.first_tick_id_since(run.created_at + timedelta(minutes=1))
        ticks = view.store.ticks(key, after_id=after_id, before_id=before_id, limit=TICKS_READ)
        found = next((each for each in ticks if run.run_id in each.run_ids), None)
        if found is not None and found.tick_id is not None:
            return TickRef(
                tick_id=found.tick_id,
                kind=kind.value.lower(),
                name=name,
                location=run.location_name,
                at=found.tick_at,
                run_key=run.tags.get(RUN_KEY_TAG),
            )
    return None


def difference(before: DagsterRun, after: DagsterRun) -> Difference:
    """What is another in a run than in one before."""

    def shown(tags: Mapping[str, str]) -> dict[str, str]:
        return {key: value for key, value in tags.items() if not key.startswith(".") and key not in _OF_ONE_RUN}

    return Difference(
        run=run_ref(before),
        config=_changed(masked(dict(before.run_config)), masked(dict(after.run_config))),
        tags=_changed_tags(masked(shown(before.tags)), masked(shown(after.tags))),
    )


def _changed_tags(before: Mapping[str, str], after: Mapping[str, str]) -> list[Changed]:
    keys = sorted({*before, *after})
    different = [key for key in keys if before.get(key) != after.get(key)]
    return [Changed(path=key, before=before.get(key), after=after.get(key)) for key in different[:CHANGES_MAX]]


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Changed]:
    leaves_before, leaves_after = dict(_leaves(before)), dict(_leaves(after))
    paths = [*leaves_before, *(each for each in leaves_after if each not in leaves_before)]
    different = [each for each in paths if leaves_before.get(each) != leaves_after.get(each)]
    return [
        Changed(path=".".join(each), before=leaves_before.get(each), after=leaves_after.get(each))
        for each in different[:CHANGES_MAX]
    ]


def _leaves(value: object, path: Sequence[str] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif path:
        yield tuple(path), json.dumps(value, ensure_ascii=False, default=str)[:VALUE_CHARS_MAX]
