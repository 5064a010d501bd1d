"""Runs and their tags: stored, found, moved from state to state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from watchbell.ground.errors import DagsterRunAlreadyExists, DagsterRunNotFoundError
from watchbell.ground.wire import dumps, loads
from watchbell.record.evaluation import StartRun
from watchbell.record.event import DagsterEvent, DagsterEventType, EngineEventData, EventLogEntry
from watchbell.record.overlap import OVERLAP_TAG
from watchbell.record.partition import BACKFILL_TAG
from watchbell.record.request import check_tags, check_text
from watchbell.record.run import (
    SCHEDULE_NAME_TAG,
    SCHEDULED_TIME_TAG,
    STOP_REASON_TAG,
    DagsterRun,
    DagsterRunStatus,
    RunRecord,
    RunsFilter,
    RunWorker,
)
from watchbell.store import events
from watchbell.store.session import Row, Session
from watchbell.store.statements import Params, Pieces

LOOKUP_BYTES_MAX = 200
"""Longest tag value that stands in the index as it is; of longer ones stands a digest."""

RUN_ID_BYTES_MAX = 200

_BODY_FIELDS = (
    "run_config", "asset_selection", "asset_check_selection", "op_selection", "parent_run_id", "root_run_id",
    "step_keys_to_execute",
)  # fmt: skip
_NOTHING = DagsterRun("", "")
_encode = json.JSONEncoder(ensure_ascii=False).encode


def lookup_of(value: str) -> str:
    """What stands for a tag's value in the index."""
    if len(value) <= LOOKUP_BYTES_MAX and len(value.encode()) <= LOOKUP_BYTES_MAX:
        return value
    return "\x01" + hashlib.sha256(value.encode()).hexdigest()  # no value begins so: control characters are refused


def add(session: Session, runs: Sequence[DagsterRun], now: datetime, worker: RunWorker | None = None) -> None:
    """Stores runs, with a RUN_ENQUEUED event for each that is QUEUED.

    Args:
        session: inside a transaction.
        runs: let through by :func:`check_runs`.
        now: when they are stored.
        worker: the process that executes them itself.

    Raises:
        DagsterRunAlreadyExists: an id is taken.
    """
    if not runs:
        return
    taken = session.run_in("runs_known", "run_ids", [run.run_id for run in runs])
    if taken:
        raise DagsterRunAlreadyExists(f"a run with id {taken[0][0]!r} is stored already", run_id=taken[0][0])
    first = session.take_numbers("runs", len(runs))
    at = now.timestamp()
    session.run_many("new_run", [_row(run, number, at, worker) for number, run in enumerate(runs, first)])
    session.run_many(
        "new_run_tag",
        [(number, tag, lookup_of(value)) for number, run in enumerate(runs, first) for tag, value in run.tags.items()],
    )
    queued = [run for run in runs if run.status == DagsterRunStatus.QUEUED]
    events.write(session, [_event(run, DagsterEventType.RUN_ENQUEUED, at) for run in queued])


def check_runs(runs: Sequence[DagsterRun]) -> None:
    """Refuses what must not be stored, before anything is.

    Raises:
        ParameterCheckError: an id, name or tag is no storable text.
        DagsterRunAlreadyExists: two of them have one id.
    """
    seen: set[str] = set()
    for run in runs:
        check_text(run.run_id, "run_id", RUN_ID_BYTES_MAX)
        check_text(run.job_name, "job_name")
        if run.location_name is not None:
            check_text(run.location_name, "location_name")
        check_tags(run.tags, f"tags of run {run.run_id}")
        if run.run_id in seen:
            raise DagsterRunAlreadyExists(f"two runs to store have the id {run.run_id!r}", run_id=run.run_id)
        seen.add(run.run_id)


def _row(run: DagsterRun, number: int, at: float, worker: RunWorker | None) -> tuple[object, ...]:
    body = {name: getattr(run, name) for name in _BODY_FIELDS if getattr(run, name) != getattr(_NOTHING, name)}
    started, ended = _seconds(run.started_at), _seconds(run.ended_at)
    return (
        number, run.run_id, run.job_name, run.location_name, run.status.value, run.attempt,
        _encode(dict(run.tags)) if run.tags else "{}", dumps(body) if body else "{}", at, at, started, ended,
        None if worker is None else _worker_text(worker), *place_of(run.tags),
    )  # fmt: skip


def place_of(tags: Mapping[str, str]) -> tuple[str | None, float | None]:
    """Of which schedule a run with these tags is, and for which of its times (0: unknown); None twice: of none.

    A run that executes another again has its tags, and so its place. Runs of backfills are of no schedule.
    """
    schedule = tags.get(SCHEDULE_NAME_TAG)
    if schedule is None or BACKFILL_TAG in tags:
        return None, None
    try:
        return schedule, datetime.fromisoformat(tags[SCHEDULED_TIME_TAG]).timestamp()
    except (KeyError, ValueError):
        return schedule, 0.0


def _event(
    run: DagsterRun, kind: DagsterEventType, at: float, message: str | None = None, level: int = 20
) -> EventLogEntry:
    event = DagsterEvent(kind, run.job_name, message=message)
    return EventLogEntry(run.run_id, at, level, job_name=run.job_name, dagster_event=event)


def record_of(row: Row) -> RunRecord:
    """A stored run from its row."""
    number, run_id, job, location, status, attempt, tags, body, created, updated, started, ended = row[:12]
    run = DagsterRun(
        job,
        run_id,
        status=DagsterRunStatus(status),
        tags=json.loads(tags) if tags != "{}" else {},
        location_name=location,
        attempt=attempt,
        created_at=_moment(created),
        started_at=_moment_or_none(started),
        ended_at=_moment_or_none(ended),
        **({} if body == "{}" else _fields(body)),
    )
    return RunRecord(number, run, _moment(created), _moment(updated), started, ended)


def _fields(body: str) -> dict[str, Any]:
    held = {name: value for name, value in loads(body).items() if name in _BODY_FIELDS}
    for name in ("asset_selection", "asset_check_selection"):
        if held.get(name) is not None:
            held[name] = frozenset(held[name])
    return held


def one(session: Session, run_id: str) -> RunRecord | None:
    """One run, None if there is none."""
    row = session.row("run", run=run_id)
    return None if row is None else record_of(row)


def find(
    session: Session, filters: RunsFilter, *, limit: int | None, cursor: str | None, ascending: bool
) -> list[RunRecord]:
    """Runs, newest first unless ``ascending``; ``cursor`` is the run id to go on after."""
    wanted = conditions_of(filters)
    if cursor is not None:
        wanted.append(("run_after_cursor" if ascending else "run_before_cursor", {"cursor": cursor}))
    pieces = Pieces("select_runs", wanted, "run_id_order", descending=not ascending, limit=limit)
    return [record_of(row) for row in session.select(pieces)]


def ids_with_prefix(session: Session, prefix: str, limit: int | None) -> list[str]:
    """The run ids that begin so, sorted."""
    wanted: list[tuple[str, Params]] = [("run_id_from", {"first": prefix})]
    if prefix:
        # The first text after all that begin so: with the last character's successor at the end.
        wanted.append(("run_id_below", {"beyond": prefix[:-1] + chr(min(ord(prefix[-1]) + 1, 0x10FFFF))}))
    rows = session.select(Pieces("select_run_ids", wanted, "run_name_order", limit=limit))
    return [run_id for (run_id,) in rows]


def count(session: Session, filters: RunsFilter) -> int:
    """How many runs match."""
    return sum(row[0] for row in session.select(Pieces("count_runs", conditions_of(filters))))


def conditions_of(filters: RunsFilter) -> list[tuple[str, Params]]:
    """A filter as conditions of a query."""
    found: list[tuple[str, Params]] = []
    if filters.run_ids is not None:
        found.append(("run_id_in", {"run_ids": filters.run_ids}))
    if filters.job_name is not None:
        found.append(("run_job_is", {"job_name": filters.job_name}))
    if filters.statuses:
        found.append(("run_status_in", {"statuses": [each.value for each in filters.statuses]}))
    for tag, wanted in (filters.tags or {}).items():
        values = [wanted] if isinstance(wanted, str) else list(wanted)
        found.append(("run_tagged", {"tag": tag, "lookups": [lookup_of(value) for value in values]}))
    for name in ("updated_after", "updated_before", "created_after", "created_before"):
        moment = getattr(filters, name)
        if moment is not None:
            found.append((f"run_{name}", {name: moment.timestamp()}))
    if filters.location_name is not None:
        found.append(("run_location_is", {"location_name": filters.location_name}))
    return found


def add_tags(session: Session, run_id: str, tags: Mapping[str, str], now: datetime) -> None:
    """Adds tags to a run, replacing those of the same key.

    Raises:
        DagsterRunNotFoundError: no run has this id.
        ParameterCheckError: a tag is no storable text.
    """
    _retag(session, run_id, tags, (), now)


def change_tags(
    session: Session, run_id: str, added: Mapping[str, str], removed: Sequence[str], now: datetime
) -> DagsterRun:
    """Adds tags to a run and takes others away; the run as it is then.

    Raises:
        DagsterRunNotFoundError: no run has this id.
        ParameterCheckError: a tag is no storable text.
    """
    _retag(session, run_id, added, removed, now)
    changed = one(session, run_id)
    assert changed is not None, run_id
    return changed.dagster_run


def _retag(session: Session, run_id: str, added: Mapping[str, str], removed: Sequence[str], now: datetime) -> None:
    new = check_tags(added)
    row = session.row("run_tags_text", run=run_id)
    if row is None:
        raise DagsterRunNotFoundError(f"no run has the id {run_id!r}", run_id=run_id)
    number, text = row
    kept = {tag: value for tag, value in json.loads(text).items() if tag not in removed}
    session.run("retag_run", run=run_id, tags=_encode({**kept, **new}), updated_at=now.timestamp())
    for tag in removed:
        session.run("forget_run_tag", run_number=number, tag_now=tag)
    for tag, value in new.items():
        session.run("forget_run_tag", run_number=number, tag_now=tag)
        session.run("new_run_tag", run=number, tag=tag, lookup=lookup_of(value))


def delete(session: Session, run_id: str) -> None:
    """Forgets a run, its tags and its events."""
    row = session.row("run_fence", run=run_id)
    if row is not None:
        session.run("forget_tags_of_run", run_number=row[0])
        session.run("forget_run", run=run_id)
        session.run("forget_checks_of_run", run=run_id)
        session.run("forget_plans_of_run", run=run_id)
    session.run("free_claims_of_run", run=run_id)
    session.run("forget_events_of_run", run=run_id)


def hand_out(
    session: Session, run_ids: Sequence[str], now: datetime, has_to_wait: Callable[[DagsterRun], bool]
) -> list[StartRun]:
    """QUEUED → STARTING with a new attempt number, for those still QUEUED.

    Args:
        session: inside a transaction.
        run_ids: the first is asked about first, and handed out before the second is asked about.
        now: the present instant.
        has_to_wait: whether a run that minds overlap may not begin yet.
    """
    at = now.timestamp()
    starts, entries = [], []
    for run_id in run_ids:
        record = one(session, run_id)
        if record is None or (OVERLAP_TAG in record.dagster_run.tags and has_to_wait(record.dagster_run)):
            continue
        if not session.run("hand_out_run", run=run_id, updated_at=at):
            continue
        run = record.dagster_run
        starts.append(StartRun(run_id, run.attempt + 1))
        entries += [_event(run, DagsterEventType.RUN_DEQUEUED, at), _event(run, DagsterEventType.RUN_STARTING, at)]
    events.write(session, entries)
    return starts


def hand_back(session: Session, run_id: str, attempt: int, now: datetime) -> bool:
    """STARTING → QUEUED if still at this attempt and no worker has begun; whether it did."""
    at = now.timestamp()
    if not session.run("hand_back_run", run=run_id, attempt_now=attempt, updated_at=at):
        return False
    record = one(session, run_id)
    assert record is not None
    message = f"Attempt {attempt} to start the run came to nothing; it is queued again."
    event = DagsterEvent(
        DagsterEventType.ENGINE_EVENT,
        record.dagster_run.job_name,
        message=message,
        event_specific_data=EngineEventData(),
    )
    job_name = record.dagster_run.job_name
    events.write(session, [EventLogEntry(run_id, at, 30, job_name=job_name, dagster_event=event)])
    return True


def begin(session: Session, run_id: str, attempt: int, worker: RunWorker, now: datetime) -> bool:
    """Records the worker of a STARTING run of this attempt; False: another one has it."""
    text, at = _worker_text(worker), now.timestamp()
    return session.run("begin_run", run=run_id, attempt_now=attempt, worker=text, updated_at=at) == 1


def _worker_text(worker: RunWorker) -> str:
    return json.dumps([worker.pid, worker.started, worker.boot_id, worker.host_name])


def worker_of(text: str | None) -> RunWorker | None:
    """The worker that is stored of a run."""
    return None if text is None else RunWorker(*json.loads(text))


def workers(session: Session) -> dict[str, tuple[int, RunWorker | None]]:
    """Attempt and worker of every run that is going on, by run id."""
    return {run_id: (attempt, worker_of(worker)) for run_id, attempt, worker in session.rows("run_workers")}


def request_cancel(
    session: Session, run_id: str, now: datetime, reason: str | None = None, *, why: str = ""
) -> DagsterRun | None:
    """Not begun → CANCELED, going on → CANCELING, with the event; the run as it is now, None if unknown.

    With a reason it is one of the service's rules that stops the run, which will then be FAILURE, not CANCELED; ``why``
    is a sentence for the log instead: who asked, and what for.
    """
    row, at = session.row("run", run=run_id), now.timestamp()
    if row is None:
        return None
    run, worker = record_of(row).dagster_run, row[12]
    if run.is_finished or run.status == DagsterRunStatus.CANCELING:
        return run
    going_on = run.status == DagsterRunStatus.STARTED or (run.status == DagsterRunStatus.STARTING and worker)
    kind = DagsterEventType.RUN_CANCELING if going_on else DagsterEventType.RUN_CANCELED
    if reason is not None:
        add_tags(session, run_id, {STOP_REASON_TAG: reason}, now)
    asked = why or "Somebody asked for the run to stop." if reason is None else f"The run is stopped: {reason}."
    message = asked if going_on else f"The run was canceled before it began. {why}".rstrip()
    events.append(session, [_event(run, kind, at, message, 20 if going_on else 40)], attempt=None, now=now)
    changed = one(session, run_id)
    return None if changed is None else replace(changed.dagster_run)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _moment_or_none(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
