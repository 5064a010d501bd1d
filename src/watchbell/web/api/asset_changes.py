"""``/api/assets/…``: making assets, forgetting them, telling what happened to them elsewhere."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool

from watchbell.ground.errors import DagsterError, StoreError
from watchbell.record.data_version import DATA_VERSION_TAG
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization, AssetObservation
from watchbell.web.api.asset import require_asset, require_defined
from watchbell.web.assets.memory import Known, known_of
from watchbell.web.assets.rows import key_in, name_of
from watchbell.web.audit import AuditNoteOf
from watchbell.web.caller import CallerOf
from watchbell.web.link import ErrandFailedError
from watchbell.web.problem import Problem
from watchbell.web.routing import api_router
from watchbell.web.shapes.asset_changes import (
    AssetsLaunched,
    LaunchedRun,
    MaterializeWish,
    Reported,
    ReportWish,
    Wiped,
    WipedItem,
    WipeWish,
)
from watchbell.web.view import View, ViewOf

router = api_router()


@router.post("/assets/materialize", status_code=202)
async def materialize_assets(
    wish: MaterializeWish, view: ViewOf, caller: CallerOf, note: AuditNoteOf
) -> AssetsLaunched:
    """Queues a run of these assets in each of their code locations; with ``is_dry`` only says what would run."""
    known = await run_in_threadpool(known_of, view)
    by_location: dict[str, list[str]] = {}
    left_out = []
    for each in dict.fromkeys(wish.assets):
        asset = known.catalog.by_key[require_defined(known, each)]
        if asset.told.executable:
            by_location.setdefault(asset.location_name, []).append(name_of(asset.key))
        else:
            left_out.append(name_of(asset.key))
    if not by_location:
        raise Problem(
            422, "nothing-to-make", f"nothing here makes {', '.join(left_out[:5])}; report what happened to it"
        )
    note.about(", ".join(wish.assets[:20]), count=len(wish.assets))
    alone = len(by_location) == 1
    who = caller.name
    runs = [await _asked(view, location, names, wish, who, alone) for location, names in sorted(by_location.items())]
    note.facts["run_ids"] = [each.run_id for each in runs if each.run_id is not None]
    return AssetsLaunched(runs=runs, left_out=left_out)


async def _asked(
    view: View, location: str, names: list[str], wish: MaterializeWish, who: str, alone: bool
) -> LaunchedRun:
    """Asks one location; what is wrong with one of several is told beside the others."""
    params: dict[str, Any] = {
        "assets": names,
        "partition": wish.partition,
        "partition_range": wish.partition_range,
        "run_config": wish.run_config if alone else wish.run_config.get(location, {}),
        "tags": wish.tags,
        "is_dry": wish.is_dry,
        "launched_by": who,
    }
    try:
        answer = await view.link.ask(location, "launch_assets", params)
    except ErrandFailedError as error:
        if alone:
            raise
        return LaunchedRun(location=location, job="", assets=names, run_id=None, problem=str(error))
    return LaunchedRun(location=location, job=answer["job"], assets=answer["assets"], run_id=answer["run_id"])


@router.post("/assets/wipe")
def wipe_assets(wish: WipeWish, view: ViewOf, note: AuditNoteOf) -> Wiped:
    """Forgets that assets were ever made, with their events; stored values stay where they are.

    Of several each is told by itself: what cannot be forgotten does not keep the others from it.
    """
    known = known_of(view)
    names = list(dict.fromkeys(wish.assets))
    alone = require_asset(known, names[0]) if len(names) == 1 else None
    expected = f"wipe {len(names)}" if alone is None else name_of(alone)
    if wish.confirm != expected:
        raise Problem(422, "not-confirmed", f"nothing was forgotten: confirm with {expected!r}", expected=expected)
    note.about(", ".join(wish.assets[:20]), count=len(names))
    items = [_wiped(view, known, each) for each in names]
    return Wiped(
        assets=[each.key for each in items if each.outcome == "done"],
        never_made=[each.key for each in items if each.outcome == "skipped"],
        items=items,
    )


def _wiped(view: View, known: Known, name: str) -> WipedItem:
    try:
        key = require_asset(known, name)
        if key not in known.facts:
            return WipedItem(key=name_of(key), outcome="skipped", text="nothing was remembered of it")
        view.instance.wipe_assets([key])
    except Problem as problem:
        return WipedItem(key=name, outcome="failed", text=problem.detail)
    except StoreError as error:
        text = f"the database could not be written ({type(error).__name__})"
        return WipedItem(key=name, outcome="failed", text=text)
    return WipedItem(key=name_of(key), outcome="done", text="forgotten")


@router.post("/assets/report", status_code=201)
def report_asset(wish: ReportWish, view: ViewOf, note: AuditNoteOf) -> Reported:
    """Remembers that an asset was made, or looked at, elsewhere."""
    known = known_of(view)
    key = key_in(wish.key)
    _check_partition(view, known, key, wish.partition)
    tags = {} if wish.data_version is None else {DATA_VERSION_TAG: wish.data_version}
    kind = AssetMaterialization if wish.kind == "materialization" else AssetObservation
    try:
        fact = kind(
            key,
            description=wish.description,
            metadata=dict(wish.metadata),
            partition=wish.partition,
            tags=tags or None,
        )
        view.instance.report_runless_asset_event(fact)
    except (DagsterError, ValueError) as error:
        raise Problem(422, "invalid-request", str(error)) from error
    note.about(name_of(key), kind=wish.kind, partition=wish.partition)
    return Reported(key=name_of(key), kind=wish.kind, at=view.now())


def _check_partition(view: View, known: Known, key: AssetKey, partition: str | None) -> None:
    asset = known.catalog.find(key)
    definition = None if asset is None else asset.partitions_def
    if asset is None or (asset.told.partitions is not None and definition is None):
        return  # nobody here can say which partitions it has
    if definition is None and partition is not None:
        raise Problem(422, "invalid-request", f"{asset.name} has no partitions; leave the partition out")
