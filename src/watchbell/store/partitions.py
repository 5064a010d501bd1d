"""What is remembered of assets' partitions: kept with each event that is about one, in the same transaction.

The newest of each partition is a row by key, which is never lost when a definition changes. Which were made, failed and
are being made are sets of ordinals in the asset's *numbering*, the text that says what the ordinals mean. An event of
another numbering (newer code that nobody asked about yet, or older code that still runs) finds its partition by key; a
key that has no row gets one without a number, until somebody who knows the definition numbers it (``renumbering.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

from watchbell.record.data_version import DATA_VERSION_TAG
from watchbell.record.event import (
    AssetMaterializationPlannedData,
    AssetObservationData,
    DagsterEventType,
    EventLogEntry,
    StepMaterializationData,
)
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.store.partition_chunks import FAILED, MATERIALIZED, by_chunk, change, chunks_of
from watchbell.store.session import Session

_NEW_ROW: dict[str, object] = dict.fromkeys(
    ("materialization_id", "made_at", "observation_id", "data_version", "failed", "failed_at")
)
_MADE, PLANNED = (
    DagsterEventType.ASSET_MATERIALIZATION.value,
    DagsterEventType.ASSET_MATERIALIZATION_PLANNED.value,
)


def keep(session: Session, rows: Sequence[tuple[object, ...]], entries: Sequence[EventLogEntry]) -> None:
    """Keeps what events say of partitions.

    Args:
        session: inside the transaction that stores the events.
        rows: the events as they are stored.
        entries: the same.
    """
    numberings: dict[str, str | None] = {}
    made: dict[tuple[str, str], set[int]] = {}
    is_numbered = False
    for row, entry in zip(rows, entries, strict=True):
        asset, kind = row[5], row[3]
        if asset is None or entry.dagster_event is None:
            continue
        asset, data = str(asset), entry.dagster_event.event_specific_data
        if kind == PLANNED and isinstance(data, AssetMaterializationPlannedData):
            _keep_plan(session, asset, entry.run_id, row, data)
        elif row[6] is not None and isinstance(data, StepMaterializationData | AssetObservationData):
            if asset not in numberings:
                found = session.row("numbering", asset=asset)
                numberings[asset] = None if found is None else found[0]
            ordinal = _keep_row(session, asset, row, data, numberings)
            numbering = numberings[asset]
            is_numbered = is_numbered or (kind == _MADE and data.ordinal is not None)
            if ordinal is not None and kind == _MADE and numbering is not None:
                made.setdefault((asset, numbering), set()).add(ordinal)
    run_id = entries[0].run_id
    for (asset, numbering), ordinals in made.items():
        for chunk, part in by_chunk(ordinals).items():
            change(session, asset, numbering, chunk, {MATERIALIZED: part}, {FAILED: part})
    if run_id and is_numbered:
        _take_from_plans(session, run_id, rows, entries)


def _keep_row(
    session: Session,
    asset: str,
    row: tuple[object, ...],
    data: StepMaterializationData | AssetObservationData,
    numberings: dict[str, str | None],
) -> int | None:
    """Keeps the newest of a partition; its number in the asset's numbering, None if nobody knows it."""
    number, _, at, _, _, _, partition, _ = row
    ordinal = data.ordinal if data.numbering is not None else None
    known = None
    if ordinal is not None and numberings[asset] is None:
        session.run("new_numbering", asset_key=asset, numbering=data.numbering, looked=None)
        numberings[asset] = data.numbering
    elif ordinal is None or data.numbering != numberings[asset]:
        known = session.row("partition_ordinal", asset=asset, key=partition)
        ordinal = None if known is None else known[0]
    values: dict[str, object]
    if isinstance(data, StepMaterializationData):
        version = data.materialization.tags.get(DATA_VERSION_TAG) if data.materialization.tags else None
        values = {"ordinal": ordinal, "materialization_id": number, "made_at": at, "data_version": version}
        changed = session.run("partition_made", asset=asset, key=partition, **values)
    else:
        version = data.asset_observation.tags.get(DATA_VERSION_TAG) if data.asset_observation.tags else None
        values = {"ordinal": ordinal, "observation_id": number, "data_version": version}
        changed = session.run("partition_observed", asset=asset, key=partition, **values)
    if not changed:
        session.run("new_partition", asset_key=asset, partition=partition, **{**_NEW_ROW, **values})
    return ordinal


def _keep_plan(
    session: Session, asset: str, run_id: str, row: tuple[object, ...], data: AssetMaterializationPlannedData
) -> None:
    if data.numbering is None or data.partitions is None or not run_id:
        return
    session.run("forget_plans_of_run_for_asset", run=run_id, asset=asset)  # of an attempt before this one
    for chunk, part in chunks_of(OrdinalSet.from_text(data.partitions)):
        place = {"run_id": run_id, "asset_key": asset, "chunk": chunk, "numbering": data.numbering}
        session.run("new_plan", **place, planned_id=row[0], partition=data.partition, ordinals=part.to_bytes())


def _take_from_plans(
    session: Session, run_id: str, rows: Sequence[tuple[object, ...]], entries: Sequence[EventLogEntry]
) -> None:
    """What a run has made it need no longer make; its plans are in the numbers that its own events bear."""
    done: dict[tuple[str, str], set[int]] = {}
    for row, entry in zip(rows, entries, strict=True):
        data = None if entry.dagster_event is None else entry.dagster_event.event_specific_data
        if isinstance(data, StepMaterializationData) and data.numbering is not None and data.ordinal is not None:
            done.setdefault((str(row[5]), data.numbering), set()).add(data.ordinal)
    for (asset, numbering), ordinals in done.items():
        for chunk, part in by_chunk(ordinals).items():
            place = {"run": run_id, "asset": asset, "chunk_now": chunk}
            plan = session.row("plan_of_chunk", **place)
            if plan is None or plan[0] != numbering:
                continue
            left = OrdinalSet.from_bytes(plan[1]) - part
            if left:
                session.run("change_plan", **place, ordinals=left.to_bytes())
            else:
                session.run("forget_plan", **place)


def wipe_asset(session: Session, asset: str) -> None:
    """Forgets all that is remembered of an asset's partitions, but for what runs are to make."""
    session.run("forget_partitions_of_asset", asset=asset)
    session.run("forget_numbering_of_asset", asset=asset)
    session.run("forget_sets_of_asset", asset=asset)


def wipe(session: Session, asset: str, partitions: Sequence[str]) -> int:
    """Forgets that some partitions were ever made, seen or failed, with their events; how many there were."""
    found = session.row("numbering", asset=asset)
    ordinals = set()
    count = 0
    for partition in dict.fromkeys(partitions):
        row = session.row("partition_ordinal", asset=asset, key=partition)
        if row is None:
            continue
        count += 1
        if row[0] is not None:
            ordinals.add(row[0])
        session.run("forget_partition", asset=asset, key=partition)
        session.run("forget_partition_events", asset=asset, key=partition)
    if found is not None:
        for chunk, part in by_chunk(ordinals).items():
            change(session, asset, found[0], chunk, {}, {MATERIALIZED: part, FAILED: part})
    return count
