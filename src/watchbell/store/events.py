"""The log, the states of runs that its events move, and the latest of each asset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from watchbell.ground.errors import DagsterInvariantViolationError, LeaseLostError
from watchbell.ground.wire import dumps
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.query import AssetState, EventQuery
from watchbell.record.run import FINISHED_STATUSES, DagsterRunStatus
from watchbell.store import checks, ended_plans, never_begun, partitions
from watchbell.store.late_facts import completed
from watchbell.store.log_lines import asset_text, entry_of
from watchbell.store.log_tables import sieve_conditions
from watchbell.store.session import Row, Session
from watchbell.store.statements import Params, Pieces

_T, _S = DagsterEventType, DagsterRunStatus

MOVES = {
    _T.RUN_ENQUEUED: _S.QUEUED,
    _T.RUN_STARTING: _S.STARTING,
    _T.RUN_START: _S.STARTED,
    _T.RUN_CANCELING: _S.CANCELING,
    _T.RUN_SUCCESS: _S.SUCCESS,
    _T.RUN_FAILURE: _S.FAILURE,
    _T.RUN_CANCELED: _S.CANCELED,
}
"""The state that each run status event leads to."""

_STAGE = {
    _S.NOT_STARTED: 0, _S.MANAGED: 0, _S.QUEUED: 1, _S.STARTING: 2, _S.STARTED: 3, _S.CANCELING: 4,
    _S.SUCCESS: 5, _S.FAILURE: 5, _S.CANCELED: 5,
}  # fmt: skip
_FINISHED = {status.value for status in FINISHED_STATUSES}


def append(
    session: Session, entries: Sequence[EventLogEntry], *, attempt: int | None, now: datetime | None
) -> list[int]:
    """Stores log entries of one run (or of none) in order, and all they imply.

    Args:
        session: inside a transaction.
        entries: in order.
        attempt: the writer's attempt; None: unfenced.
        now: when the run changed; None: at its event's own time.

    Returns:
        Their storage ids; 0 for an event that would have moved a finished run.

    Raises:
        LeaseLostError: the run belongs to another attempt by now.
    """
    if not entries:
        return []
    run_id = entries[0].run_id
    if any(entry.run_id != run_id for entry in entries):
        raise DagsterInvariantViolationError("entries that are appended together belong to one run")
    moving = [_moves(entry) for entry in entries]
    if attempt is not None or any(moving):
        kept, has_begun = _move_run(session, entries, moving, attempt, now)
        ends = [
            (entry, target)
            for entry, target, keep in zip(entries, moving, kept, strict=True)
            if keep and target in FINISHED_STATUSES
        ]
        planned = [] if has_begun or not ends else never_begun.planned_entries(session, run_id, ends[0][0].timestamp)
        to_write = [*planned, *(entry for entry, keep in zip(entries, kept, strict=True) if keep)]
        numbers = iter(write(session, to_write)[len(planned) :])
        for entry, target in ends:
            ended_plans.end_run(session, run_id, target, entry.timestamp)
            if target is DagsterRunStatus.FAILURE:
                never_begun.fail_partitions(session, planned, entry.timestamp)
        return [next(numbers) if keep else 0 for keep in kept]
    return list(write(session, entries))


def _moves(entry: EventLogEntry) -> DagsterRunStatus | None:
    return None if entry.dagster_event is None else MOVES.get(entry.dagster_event.event_type)


def _move_run(
    session: Session,
    entries: Sequence[EventLogEntry],
    moving: Sequence[DagsterRunStatus | None],
    attempt: int | None,
    now: datetime | None,
) -> tuple[list[bool], bool]:
    """Moves the run; which entries are to be stored, and whether the run has ever begun."""
    run_id = entries[0].run_id
    row = session.row("run_fence", run=run_id)
    if attempt is not None and (row is None or row[2] != attempt):
        owner = "was deleted" if row is None else f"is at attempt {row[2]} by now"
        raise LeaseLostError(
            f"run {run_id} {owner}; this worker belongs to attempt {attempt} and has to stop", lease=f"run {run_id}"
        )
    if row is None:
        return [True] * len(entries), True
    status, started, ended = DagsterRunStatus(row[1]), row[4], row[5]
    kept, changed_at = [], None
    for entry, target in zip(entries, moving, strict=True):
        kept.append(target is None or status.value not in _FINISHED)
        if target is None or status.value in _FINISHED:
            continue
        if target == DagsterRunStatus.STARTED and started is None:
            started, changed_at = entry.timestamp, entry.timestamp
        if _STAGE[target] > _STAGE[status]:
            status, changed_at = target, entry.timestamp
            ended = entry.timestamp if status.value in _FINISHED else None
    if changed_at is not None:
        at = changed_at if now is None else now.timestamp()
        session.run("move_run", run=run_id, status=status.value, updated_at=at, started_at=started, ended_at=ended)
        if status.value in _FINISHED:
            session.run("free_claims_of_run", run=run_id)
    return kept, started is not None


def write(session: Session, entries: Sequence[EventLogEntry]) -> range:
    """Adds lines to the log and keeps the latest of each asset; the lines' storage ids."""
    if not entries:
        return range(0)
    first = session.take_numbers("events", len(entries))
    numbers = range(first, first + len(entries))
    if any(_is_late(entry.dagster_event) for entry in entries):
        entries = completed(session, numbers, entries)
    rows = [_row(number, entry) for number, entry in zip(numbers, entries, strict=True)]
    session.run_many("new_event", rows)
    latest: dict[tuple[str, str], tuple[object, ...]] = {}
    is_of_partition = False
    for row in rows:
        if row[5] is not None and row[3] in _ASSET_STATEMENTS:
            latest[row[5], row[3]] = row  # type: ignore[index]
            is_of_partition = is_of_partition or row[6] is not None or row[3] == partitions.PLANNED
    if is_of_partition:
        partitions.keep(session, rows, entries)
    kinds = {row[3] for row in rows}
    if checks.PLANNED in kinds:  # a run plans its checks before it makes them
        lines = zip(numbers, rows, entries, strict=True)
        checks.keep_planned(session, [(number, entry) for number, row, entry in lines if row[3] == checks.PLANNED])
    if checks.EVALUATED in kinds:
        for number, row, entry in zip(numbers, rows, entries, strict=True):
            if row[3] == checks.EVALUATED:
                checks.keep_evaluated(session, number, entry, str(row[7]))
    for (asset, kind), row in latest.items():
        _keep_latest(session, asset, kind, row)
    return numbers


def _is_late(event: DagsterEvent | None) -> bool:
    """Whether it may speak of events whose storage ids are known only now."""
    return event is not None and (
        event.event_type is _T.ASSET_MATERIALIZATION or event.event_type is _T.ASSET_CHECK_EVALUATION
    )


_NO_ASSET: dict[str, object] = dict.fromkeys((
    "materialization_id", "materialized_at", "run_id", "step_key", "body", "observation_id", "planned_run_id",
    "failed_at",
))  # fmt: skip
_ASSET_STATEMENTS = {
    _T.ASSET_MATERIALIZATION.value: "materialized",
    _T.ASSET_OBSERVATION.value: "observed",
    _T.ASSET_MATERIALIZATION_PLANNED.value: "planned",
}


def _keep_latest(session: Session, asset: str, kind: str, row: tuple[object, ...]) -> None:
    number, run_id, at, _, step_key, _, _, body = row
    values: dict[str, object]
    match kind:
        case _T.ASSET_MATERIALIZATION.value:
            made = {"materialization_id": number, "materialized_at": at, "run_id": run_id}
            values = {**made, "step_key": step_key, "body": body}
        case _T.ASSET_OBSERVATION.value:
            values = {"observation_id": number}
        case _:
            values = {"planned_run_id": run_id}
    # Two appends never meet here: both have taken their numbers first, and the second waits there for the first.
    if not session.run(_ASSET_STATEMENTS[kind], asset=asset, **values):
        session.run("new_asset", **{**_NO_ASSET, **values, "asset_key": asset})


def _row(number: int, entry: EventLogEntry) -> tuple[object, ...]:
    event = entry.dagster_event
    kind = asset = partition = None
    body: dict[str, object] = {}
    job_name, message = "", ""  # an event says both already
    if event is not None:
        job_name, message = event.job_name, event.message or ""
        kind = event.event_type.value
        key = None if event.event_specific_data is None else event.asset_key  # most that are stored say no more
        if key is not None:
            asset, partition = asset_text(key), event.partition
        body["e"] = event
    if entry.level != 20:
        body["l"] = entry.level
    if entry.user_message:
        body["m"] = entry.user_message == message or entry.user_message
    if entry.job_name != job_name:
        body["j"] = entry.job_name
    if entry.error_info is not None:
        body["x"] = entry.error_info
    step_key = entry.step_key
    return (number, entry.run_id, entry.timestamp, kind, step_key, asset, partition, dumps(body))


def find(session: Session, query: EventQuery) -> list[EventLogEntry]:
    """Log entries in the order of their storage ids."""
    pieces = Pieces(
        "select_events", _conditions(query), "event_id_order", descending=query.newest_first, limit=query.limit
    )
    return [_entry(row) for row in session.select(pieces)]


def _entry(row: Row) -> EventLogEntry:
    number, run_id, at, _, step_key, _, _, body = row
    return entry_of(number, run_id, at, step_key, body)


def _conditions(query: EventQuery) -> list[tuple[str, Params]]:
    found: list[tuple[str, Params]] = []
    if query.run_id is not None:
        found.append(("event_run_is", {"run_id": query.run_id}))
    if query.run_ids is not None:
        found.append(("event_run_in", {"run_ids": query.run_ids}))
    if query.asset_key is not None:
        found.append(("event_asset_is", {"asset_key": query.asset_key.to_string()}))
    if query.types is not None:
        of_runs = query.run_id is not None or query.run_ids is not None
        name = "event_type_among" if of_runs and query.asset_key is None else "event_type_in"
        found.append((name, {"types": sorted(each.value for each in query.types)}))
    if query.partitions is not None:
        found.append(("event_partition_in", {"partitions": query.partitions}))
    if query.step_key is not None:
        found.append(("event_step_is", {"step_key": query.step_key}))
    if query.storage_ids is not None:
        found.append(("event_id_in", {"storage_ids": query.storage_ids}))
    if query.job_names is not None:
        found.append(("event_job_in", {"job_names": query.job_names}))
    if query.after_id is not None:
        found.append(("event_after_id", {"after_id": query.after_id}))
    if query.before_id is not None:
        found.append(("event_before_id", {"before_id": query.before_id}))
    if query.after_at is not None:
        found.append(("event_after_at", {"after_at": query.after_at.timestamp()}))
    if query.before_at is not None:
        found.append(("event_before_at", {"before_at": query.before_at.timestamp()}))
    if query.sieve is not None:
        found += sieve_conditions(query.sieve)
    return found


def made_assets(session: Session, after_id: int, limit: int) -> list[tuple[int, AssetKey]]:
    """Storage id and asset of the materializations after one, in order; what they say is not read."""
    conditions: list[tuple[str, Params]] = [
        ("event_type_in", {"types": [_T.ASSET_MATERIALIZATION.value]}),
        ("event_after_id", {"after_id": after_id}),
    ]
    found = []
    for number, asset in session.select(Pieces("select_made_assets", conditions, "event_id_order", limit=limit)):
        key = AssetKey.from_db_string(asset)
        assert key is not None
        found.append((number, key))
    return found


def last_id(session: Session) -> int:
    """Storage id of the newest log entry; 0 if there never was one."""
    return session.last_number("events")


def asset_states(session: Session, keys: Iterable[AssetKey] | None) -> dict[AssetKey, AssetState]:
    """The latest of these assets (of all), those never heard of left out."""
    if keys is None:
        rows = session.rows("assets")
    else:
        wanted = [key.to_string() for key in keys]
        rows = session.select_in(Pieces("select_assets"), "asset_in", "assets", wanted)
    states = (_state(row) for row in rows)
    return {state.key: state for state in states}


def _state(row: Row) -> AssetState:
    asset, number, at, run_id, observation_id, planned_run_id = row
    key = AssetKey.from_db_string(asset)
    assert key is not None
    made_at = None if at is None else datetime.fromtimestamp(at, UTC)
    return AssetState(key, number, made_at, run_id, observation_id, planned_run_id)


def latest_materialization(session: Session, key: AssetKey) -> EventLogEntry | None:
    """The newest materialization of an asset, found without a look at the log."""
    row = session.row("latest_materialization", asset=asset_text(key))
    if row is None or row[0] is None:
        return None
    number, at, run_id, step_key, body = row
    return entry_of(number, run_id, at, step_key, body)


def latest_materializations(session: Session, keys: Iterable[AssetKey]) -> dict[AssetKey, EventLogEntry]:
    """The newest materialization of each of these assets; those never made left out."""
    wanted = {key.to_string(): key for key in keys}
    if not wanted:
        return {}
    rows = session.select_in(Pieces("select_asset_made"), "asset_in", "assets", list(wanted))
    return {wanted[row[0]]: entry_of(row[1], row[3], row[2], row[4], row[5]) for row in rows if row[1] is not None}


def wipe_asset(session: Session, key: AssetKey) -> None:
    """Forgets that an asset was ever made; its events are removed."""
    session.run("forget_asset", asset=key.to_string())
    session.run("forget_events_of_asset", asset=key.to_string())
    session.run("forget_checks_of_asset", asset=key.to_string())
    partitions.wipe_asset(session, key.to_string())
