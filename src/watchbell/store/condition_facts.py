"""The facts that automation conditions are evaluated on, read for many assets at once.

Whatever is asked, the number of statements is fixed: lists are sent whole, up to what the engine takes.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from watchbell.ground.wire import loads
from watchbell.record.condition_store import (
    AssetFacts,
    CheckFacts,
    NewsEvent,
    OpenBackfill,
    OpenPart,
    PartitionFacts,
    PlanFacts,
    PlannedAsset,
    RunFacts,
    StorePosition,
)
from watchbell.record.data_version import DATA_VERSION_TAG
from watchbell.record.event import AssetObservationData, DagsterEventType, StepMaterializationData
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.run import DagsterRunStatus
from watchbell.store.session import LIST_ITEMS_EVER, Row, Session
from watchbell.store.statements import Params, Pieces

_T = DagsterEventType
_MADE, _PLANNED = _T.ASSET_MATERIALIZATION.value, _T.ASSET_MATERIALIZATION_PLANNED.value
NEWS_KINDS = [
    each.value
    for each in (
        _T.ASSET_MATERIALIZATION, _T.ASSET_OBSERVATION, _T.ASSET_MATERIALIZATION_PLANNED,
        _T.ASSET_CHECK_EVALUATION_PLANNED, _T.ASSET_CHECK_EVALUATION, _T.RUN_ENQUEUED, _T.RUN_STARTING, _T.RUN_START,
        _T.RUN_CANCELING, _T.RUN_SUCCESS, _T.RUN_FAILURE, _T.RUN_CANCELED,
    )
]  # fmt: skip
"""The kinds of event that facts follow from."""


def position(session: Session) -> StorePosition:
    """Up to where the store is written."""
    found: dict[str, int] = dict(session.rows("positions"))
    return StorePosition(found["events"], found["forgotten"], found["dynamic"])


def assets(session: Session, wanted: Collection[str] | None) -> list[AssetFacts]:
    """The latest of these assets (of all)."""
    return [AssetFacts(*row) for row in _of_assets(session, "select_asset_facts", "asset_in", wanted)]


def failed_assets(session: Session) -> list[AssetFacts]:
    """The latest of the assets that were not made as a whole since an attempt at that failed."""
    return [AssetFacts(*row) for row in session.select(Pieces("select_asset_facts", [("stands_failed", {})]))]


def _of_assets(session: Session, head: str, condition: str, wanted: Collection[str] | None) -> list[Row]:
    """Rows of some assets; of very many, all rows are read and sifted, rather than with many statements."""
    if wanted is None:
        return session.select(Pieces(head))
    if len(wanted) > LIST_ITEMS_EVER:
        known = frozenset(wanted)
        return [row for row in session.select(Pieces(head)) if row[0] in known]
    return session.select(Pieces(head, [(condition, {"assets": list(wanted)})]))


def data_versions(session: Session, wanted: Collection[str]) -> dict[str, str | None]:
    """What the newest event about these assets says of their data."""
    found: dict[str, str | None] = {}
    seen: dict[int, str] = {}
    for asset, body, made_id, seen_id in _of_assets(session, "select_asset_bodies", "asset_in", wanted):
        if seen_id is not None and seen_id > (made_id or 0):
            seen[seen_id] = asset
        elif body is not None:
            found[asset] = version_of(loads(body).get("e"))
    for row in _events(session, list(seen)):
        found[seen[row[0]]] = version_of(loads(row[7]).get("e"))
    return found


def _events(session: Session, ids: list[int]) -> list[Row]:
    if not ids:
        return []
    return session.select(Pieces("select_events", [("event_id_in", {"storage_ids": ids})]))


def version_of(event: Any) -> str | None:
    """What a materialization or observation says of its data."""
    data = None if event is None else event.event_specific_data
    if isinstance(data, StepMaterializationData):
        tags = data.materialization.tags
    elif isinstance(data, AssetObservationData):
        tags = data.asset_observation.tags
    else:
        return None
    return None if not tags else tags.get(DATA_VERSION_TAG)


def checks(session: Session, wanted: Collection[str]) -> list[CheckFacts]:
    """The newest execution of each check of these assets."""
    return [CheckFacts(*row) for row in session.run_in("check_facts", "assets", list(wanted), at_once=LIST_ITEMS_EVER)]


def going_runs(session: Session) -> list[RunFacts]:
    """The runs that are queued or go on."""
    return [_run(row) for row in session.rows("going_runs")]


def runs(session: Session, run_ids: Collection[str]) -> list[RunFacts]:
    """These runs."""
    if not run_ids:
        return []
    return [_run(row) for row in session.select(Pieces("select_run_facts", [("run_id_in", {"run_ids": [*run_ids]})]))]


def _run(row: Row) -> RunFacts:
    run_id, job_name, location_name, status, tags, body = row
    said = {} if body == "{}" else loads(body)
    assets_selected, checks_selected = said.get("asset_selection"), said.get("asset_check_selection")
    return RunFacts(
        run_id,
        job_name,
        location_name,
        DagsterRunStatus(status),
        {} if tags == "{}" else json.loads(tags),
        None if assets_selected is None else frozenset(assets_selected),
        None if checks_selected is None else frozenset(checks_selected),
    )


def assets_planned_in_runs(session: Session, run_ids: Collection[str]) -> list[tuple[str, str]]:
    """(run id, asset) of what these runs planned to make."""
    of_runs: list[tuple[str, Params]] = [
        ("event_run_in", {"run_ids": [*run_ids]}),
        ("event_type_among", {"types": [_PLANNED]}),
    ]
    rows = session.select(Pieces("select_planned_in_runs", of_runs))
    return [(run_id, asset) for run_id, asset, _ in rows if asset is not None]


def planned_in_runs(
    session: Session, run_ids: Collection[str]
) -> tuple[list[PlannedAsset], list[PlanFacts], list[tuple[str, str, str]]]:
    """What runs that have begun are to make."""
    ids = list(run_ids)
    if not ids:
        return [], [], []
    of_runs: list[tuple[str, Params]] = [
        ("event_run_in", {"run_ids": ids}),
        ("event_type_among", {"types": [_PLANNED, _MADE]}),
    ]
    rows = session.select(Pieces("select_planned_in_runs", of_runs))
    whole = [PlannedAsset(run_id, asset, kind == _MADE) for run_id, asset, kind in rows if asset is not None]
    plans = [
        PlanFacts(run_id, asset, numbering, partition, OrdinalSet.from_bytes(body))
        for run_id, asset, _, numbering, _, partition, body in session.select(
            Pieces("select_plans", [("plan_run_in", {"run_ids": ids})])
        )
    ]
    checked = [
        (row[0], row[1], row[2])
        for row in session.run_in("checks_planned_in_runs", "run_ids", ids, at_once=LIST_ITEMS_EVER)
    ]
    return whole, plans, checked


def news(session: Session, after_id: int, up_to_id: int) -> list[NewsEvent]:
    """The events that facts follow from, in their order."""
    wanted: list[tuple[str, Params]] = [
        ("event_type_in", {"types": NEWS_KINDS}),
        ("event_after_id", {"after_id": after_id}),
        ("event_up_to_id", {"up_to": up_to_id}),
    ]
    return [NewsEvent(*row) for row in session.select(Pieces("select_news", wanted, "event_id_order"))]


def newest_of_kind(session: Session, kind: DagsterEventType, wanted: Collection[str], up_to_id: int) -> list[int]:
    """Storage ids of the newest event of a kind for each partition of these assets, as of an event."""
    said = {"kind_now": kind.value, "up_to": up_to_id}
    rows = session.run_in("newest_of_kind", "assets", list(wanted), at_once=LIST_ITEMS_EVER, **said)
    return [number for (number,) in rows]


def dynamic_marks(session: Session) -> dict[str, tuple[int, int]]:
    """What changes with the keys of dynamic partitions, by name."""
    return {name: (count, place) for name, count, place in session.rows("dynamic_marks")}


def open_backfills(session: Session) -> list[OpenBackfill]:
    """The backfills that are not over."""
    found = []
    for number, version, body in session.rows("open_backfills"):
        said = loads(body)
        is_of_schedule = said.get("schedule_name") is not None
        found.append(OpenBackfill(number, version, tuple(said["targets"]), is_of_schedule))
    return found


def open_parts(session: Session, backfill: int) -> list[OpenPart]:
    """The parts of a backfill that are not over."""
    return [OpenPart(*row) for row in session.rows("open_part_keys", backfill_now=backfill)]


def open_part_numbers(session: Session, backfill: int) -> list[int]:
    """Their numbers alone, read from the index."""
    return [number for (number,) in session.rows("open_part_numbers", backfill_now=backfill)]


def partitions(session: Session, wanted: Collection[str]) -> list[PartitionFacts]:
    """The newest of each partition of these assets."""
    rows = _of_assets(session, "select_partition_facts", "partition_asset_in", wanted)
    return [PartitionFacts(*row) for row in rows]


def partition_makers(session: Session, wanted: Collection[str]) -> list[tuple[str, int | None, str]]:
    """Which run made each partition of these assets last."""
    rows = _of_assets(session, "select_partition_makers", "partition_asset_in", wanted)
    return [(row[0], row[1], row[2]) for row in rows]
