"""``/api/assets``: the catalog, as a list and as a tree."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query

from watchbell.automate.catalog.assets import CatalogAsset
from watchbell.automate.catalog.standing import Standing
from watchbell.record.keys import AssetKey
from watchbell.web.assets.automations import AssetAutomations
from watchbell.web.assets.memory import Known, known_of
from watchbell.web.assets.rows import asset_rows, freshness_in, name_of, state_counts
from watchbell.web.problem import Problem
from watchbell.web.query.assets import matching
from watchbell.web.routing import api_router
from watchbell.web.shapes.asset_changes import NAMES_MAX
from watchbell.web.shapes.assets import AssetRow, AssetsMeant, AssetTree, MeantAsset, MeantAutomation, TreeNode
from watchbell.web.shapes.shape import Cursor, Limit, Page, Total, WithTotal
from watchbell.web.view import ViewOf

router = api_router()

Filter = Annotated[str, Query(max_length=10_000, description="words of the query language, e.g. `state:failed raw`")]
Selection = Annotated[
    str, Query(max_length=100_000, description="selection of assets as in code, e.g. `group:raw`, `orders*`")
]
Sort = Annotated[
    str,
    Query(pattern="^-?(key|group|state|made_at|due_at)$", description="order; with a minus in front turned round"),
]
By = Literal["group", "prefix", "kind", "owner", "location"]
_URGENCY = {each: place for place, each in enumerate(Standing)}
_NEVER = "9999"


@router.get("/assets")
def list_assets(
    view: ViewOf,
    q: Filter = "",
    selection: Selection = "",
    sort: Sort = "key",
    limit: Limit = 50,
    cursor: Cursor = None,
    with_total: WithTotal = False,
) -> Page[AssetRow]:
    """Assets with how they stand."""
    known = known_of(view)
    keys = matching(view, known, q, selection)
    order = _order(known, sort)
    ordered = sorted(((order(known.catalog.by_key[key]), name_of(key), key) for key in keys), key=lambda each: each[:2])
    if sort.startswith("-"):
        ordered.reverse()
    if cursor is not None:
        place, is_turned = _place(cursor), sort.startswith("-")
        ordered = [each for each in ordered if (each[:2] < place if is_turned else each[:2] > place)]
    shown = ordered[:limit]
    more = len(ordered) > limit
    return Page[AssetRow](
        items=asset_rows(view, known, [key for _, _, key in shown]),
        next_cursor=json.dumps(shown[-1][:2]) if more else None,
        total=Total(count=len(keys)) if with_total else None,
        at=known.now,
    )


@router.get("/assets/meant")
def get_assets_meant(view: ViewOf, q: Filter = "", selection: Selection = "") -> AssetsMeant:
    """All assets that a filter and a selection mean, by name, with what makes them by itself: for actions on all."""
    known = known_of(view)
    keys = sorted(matching(view, known, q, selection), key=name_of)
    shown = keys[:NAMES_MAX]
    automations = AssetAutomations(view, known.catalog)
    counts = Counter(
        ("schedule" if each.kind == "schedule" else "sensor", each.location, each.name)
        for key in shown
        for each in automations.of(key)
        if each.name
    )
    return AssetsMeant(
        items=[_meant(known.catalog.by_key[key]) for key in shown],
        automations=[
            MeantAutomation(kind=kind, location=location, name=name, count=count)
            for (kind, location, name), count in sorted(counts.items())
        ],
        is_whole=len(keys) == len(shown),
        at=known.now,
    )


def _meant(asset: CatalogAsset) -> MeantAsset:
    return MeantAsset(
        key=name_of(asset.key),
        location=asset.location_name,
        is_made_here=asset.told.executable,
        has_partitions=asset.told.partitions is not None,
    )


@router.get("/assets/tree")
def get_asset_tree(view: ViewOf, by: By = "group", q: Filter = "", selection: Selection = "") -> AssetTree:
    """The branches of the catalog, each with how many assets in it stand how."""
    known = known_of(view)
    keys = matching(view, known, q, selection)
    branches: dict[tuple[str, ...], list[AssetKey]] = {}
    for key in keys:
        for path in _BRANCHES[by](known.catalog.by_key[key]):
            branches.setdefault(path, []).append(key)
    return AssetTree(
        by=by,
        nodes=[
            TreeNode(
                path="/".join(part.replace("/", "\\/") for part in path) if by == "prefix" else path[0],
                title=path[-1],
                depth=len(path) - 1,
                count=len(found),
                states=dict(state_counts(known, found)),
            )
            for path, found in sorted(branches.items())
        ],
        count=len(keys),
        at=known.now,
    )


_BRANCHES: Mapping[str, Callable[[CatalogAsset], list[tuple[str, ...]]]] = {
    "group": lambda asset: [(asset.told.group_name,)],
    "location": lambda asset: [(asset.location_name,)],
    "kind": lambda asset: [(kind,) for kind in asset.told.kinds],
    "owner": lambda asset: [(owner,) for owner in asset.told.owners],
    "prefix": lambda asset: [tuple(asset.key.path[: depth + 1]) for depth in range(len(asset.key.path) - 1)],
}


def _order(known: Known, sort: str) -> Callable[[CatalogAsset], str]:
    """What assets are ordered by, as text."""
    match sort.lstrip("-"):
        case "group":
            return lambda asset: asset.told.group_name
        case "state":
            return lambda asset: f"{_URGENCY[known.standings[asset.key]]}"
        case "made_at":
            return lambda asset: _at(known.fact(asset.key).made_at)
        case "due_at":
            return lambda asset: _due(known, asset)
    return lambda asset: ""


def _due(known: Known, asset: CatalogAsset) -> str:
    freshness = freshness_in(known, asset)
    return _NEVER if freshness is None else _at(freshness.due_at)


def _at(at: datetime | None) -> str:
    return _NEVER if at is None else at.isoformat()


def _place(cursor: str) -> tuple[str, str]:
    try:
        value, key = json.loads(cursor)
    except (ValueError, TypeError):
        value, key = None, None
    if not isinstance(value, str) or not isinstance(key, str):
        raise Problem(422, "invalid-request", f"{cursor[:100]!r} is no cursor that this server gave out")
    return value, key
