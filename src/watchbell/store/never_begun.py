"""What a run leaves that was over before it began: nobody planned what it was to make, so what it was asked for counts.

The log is told what it was to make, as the run itself would have, right before its end; so it is the newest attempt at
its assets, and if it failed so have they. What a run makes that names no assets only its job knows, and which
partitions a range has only their definition: of those nothing is kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

from watchbell.ground.wire import loads
from watchbell.record.asset_check import AssetCheckEvaluationPlanned
from watchbell.record.event import (
    AssetMaterializationPlannedData,
    DagsterEvent,
    DagsterEventType,
    EventData,
    EventLogEntry,
)
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PARTITION_TAG
from watchbell.store.partition_chunks import FAILED, put
from watchbell.store.session import Session

_T = DagsterEventType
_NEW_PARTITION: dict[str, object] = dict.fromkeys(
    ("ordinal", "materialization_id", "made_at", "observation_id", "data_version", "failed", "failed_at")
)


def planned_entries(session: Session, run_id: str, at: float) -> list[EventLogEntry]:
    """What a run was asked for that never began, as events that plan it; none if there are such events.

    Args:
        session: inside the transaction that ends it.
        run_id: the run.
        at: when it ended, seconds since the epoch.
    """
    row, planned = session.row("run_asked_for", run=run_id), session.row("planned_of_run", run=run_id)
    if row is None or (planned is not None and planned[0]):
        return []
    return list(_entries(run_id, at, *row))


def _entries(run_id: str, at: float, job_name: str, tags_text: str, body: str) -> Iterator[EventLogEntry]:
    said = {} if body == "{}" else loads(body)
    partition = json.loads(tags_text).get(PARTITION_TAG)
    told: list[tuple[DagsterEventType, str, EventData]] = []
    for key in sorted(said.get("asset_selection") or (), key=AssetKey.to_string):
        text = f"{job_name} was to materialize {key.to_user_string()}"
        told.append((_T.ASSET_MATERIALIZATION_PLANNED, text, AssetMaterializationPlannedData(key, partition)))
    for check in sorted(said.get("asset_check_selection") or (), key=str):
        text = f"{job_name} was to evaluate the check {check.to_user_string()}"
        planned = AssetCheckEvaluationPlanned(check.asset_key, check.name)
        told.append((_T.ASSET_CHECK_EVALUATION_PLANNED, text, planned))
    for kind, text, data in told:
        event = DagsterEvent(kind, job_name, None, text, data)
        yield EventLogEntry(run_id, at, logging.INFO, "", None, job_name, event)


def fail_partitions(session: Session, planned: list[EventLogEntry], at: float) -> None:
    """The partitions that a failed run was for have failed: by number where they have one, else their rows say it.

    Args:
        session: inside the transaction that ends it.
        planned: of :func:`planned_entries`.
        at: when it failed, seconds since the epoch.
    """
    for entry in planned:
        data = None if entry.dagster_event is None else entry.dagster_event.event_specific_data
        if isinstance(data, AssetMaterializationPlannedData) and data.partition is not None:
            _fail_partition(session, data.asset_key.to_string(), data.partition, at)


def _fail_partition(session: Session, asset: str, partition: str, at: float) -> None:
    row, numbering = session.row("partition_ordinal", asset=asset, key=partition), session.row("numbering", asset=asset)
    if row is None:
        place = {"asset_key": asset, "partition": partition, "failed": 1, "failed_at": at}
        session.run("new_partition", **{**_NEW_PARTITION, **place})
        return
    session.run("fail_partition", asset=asset, key=partition, failed_at=at)
    if row[0] is None or numbering is None:
        session.run("number_partition", asset=asset, key=partition, ordinal=row[0], failed=1)
    else:
        put(session, asset, numbering[0], FAILED, OrdinalSet([row[0]]))
