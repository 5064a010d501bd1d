"""Executions of asset checks: planned by a run, then evaluated; the history of each check."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from watchbell.record.asset_check import (
    AssetCheckEvaluation,
    AssetCheckEvaluationPlanned,
    AssetCheckEvaluationTargetMaterializationData,
    AssetCheckKey,
)
from watchbell.record.check_record import AssetCheckExecutionRecord, AssetCheckExecutionRecordStatus
from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.store.log_lines import entry_of
from watchbell.store.session import LIST_ITEMS_EVER, Row, Session
from watchbell.store.statements import Params, Pieces

_Status = AssetCheckExecutionRecordStatus
EVALUATED = DagsterEventType.ASSET_CHECK_EVALUATION.value
PLANNED = DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED.value


def with_target(
    session: Session, entry: EventLogEntry, made_before: Mapping[AssetKey, tuple[int, EventLogEntry]]
) -> EventLogEntry:
    """The evaluation, saying which materialization it looked at: the newest one before it.

    Only the transaction that writes it knows the storage ids. One that is reported from outside says so itself, or is
    about the asset whenever it was made.

    Args:
        session: inside the transaction.
        entry: an evaluation.
        made_before: the newest materialization of each asset before it in this transaction, with its storage id.
    """
    event = entry.dagster_event
    assert event is not None
    evaluation = event.event_specific_data
    if not isinstance(evaluation, AssetCheckEvaluation) or evaluation.target_materialization_data is not None:
        return entry
    if not entry.run_id:
        return entry
    target = None
    made = made_before.get(evaluation.asset_key)
    if made is not None:
        target = AssetCheckEvaluationTargetMaterializationData(made[0], made[1].run_id, made[1].timestamp)
    else:
        row = session.row("asset_made", asset=evaluation.asset_key.to_string())
        if row is not None and row[0] is not None:
            target = AssetCheckEvaluationTargetMaterializationData(row[0], row[2], row[1])
    if target is None:
        return entry
    return replace(entry, dagster_event=replace(event, event_specific_data=evaluation.with_target(target)))


def keep_planned(session: Session, entries: Iterable[tuple[int, EventLogEntry]]) -> None:
    """Keeps the executions that a run has planned.

    Args:
        session: inside a transaction.
        entries: each ASSET_CHECK_EVALUATION_PLANNED with its storage id.
    """
    rows = []
    for number, entry in entries:
        data = None if entry.dagster_event is None else entry.dagster_event.event_specific_data
        assert isinstance(data, AssetCheckEvaluationPlanned)
        key, planned = data.asset_key.to_string(), _Status.PLANNED.value
        rows.append((number, key, data.check_name, entry.run_id, planned, entry.timestamp, *[None] * 5))
    session.run_many("new_check_execution", rows)


def keep_evaluated(session: Session, number: int, entry: EventLogEntry, body: str) -> None:
    """Keeps what an evaluation found with the execution that was planned, or as one of its own.

    Args:
        session: inside a transaction.
        number: the entry's storage id.
        entry: an ASSET_CHECK_EVALUATION.
        body: the entry as it is stored.
    """
    data = None if entry.dagster_event is None else entry.dagster_event.event_specific_data
    assert isinstance(data, AssetCheckEvaluation)
    place = {"asset_key": data.asset_key.to_string(), "check_name": data.check_name, "run_id": entry.run_id}
    status = _Status.SUCCEEDED if data.passed else _Status.FAILED
    target = data.target_materialization_data
    found = {"evaluation_id": number, "evaluated_at": entry.timestamp, "step_key": entry.step_key, "body": body}
    found["target_id"] = None if target is None else target.storage_id
    changed = 0
    if entry.run_id:  # without a run each evaluation is an execution of its own
        names = {"asset": place["asset_key"], "check": place["check_name"], "run": entry.run_id}
        changed = session.run("check_evaluated", **names, **found, status=status.value)
    if not changed:
        session.run("new_check_execution", **place, **found, id=number, status=status.value, at=entry.timestamp)


def history(
    session: Session,
    key: AssetCheckKey,
    limit: int,
    before_id: int | None,
    statuses: Collection[AssetCheckExecutionRecordStatus] | None,
) -> list[AssetCheckExecutionRecord]:
    """Executions of a check, newest first."""
    conditions: list[tuple[str, Params]] = [
        ("check_is", {"asset_key": key.asset_key.to_string(), "check_name": key.name}),
    ]
    if before_id is not None:
        conditions.append(("check_before_id", {"before_id": before_id}))
    if statuses is not None:
        conditions.append(("check_status_in", {"statuses": sorted(each.value for each in statuses)}))
    pieces = Pieces("select_check_executions", conditions, "check_order", descending=True, limit=limit)
    return [_record(key, row) for row in session.select(pieces)]


def latest(session: Session, keys: Iterable[AssetCheckKey]) -> dict[AssetCheckKey, AssetCheckExecutionRecord]:
    """The newest execution of each of these checks, those never planned left out."""
    wanted = set(keys)
    assets = sorted({key.asset_key.to_string() for key in wanted})
    found = {}
    for row in session.run_in("newest_checks", "assets", assets, at_once=LIST_ITEMS_EVER) if assets else ():
        asset_key = AssetKey.from_db_string(row[1])
        assert asset_key is not None
        key = AssetCheckKey(asset_key, row[2])
        if key in wanted:
            found[key] = _record(key, row)
    return found


def _record(key: AssetCheckKey, row: Row) -> AssetCheckExecutionRecord:
    number, _, _, run_id, status, at, evaluation_id, evaluated_at, step_key, body, _ = row
    event = None if body is None else entry_of(evaluation_id, run_id, evaluated_at, step_key, body)
    return AssetCheckExecutionRecord(key, number, run_id, _Status(status), at, event)
