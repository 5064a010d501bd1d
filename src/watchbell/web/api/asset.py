"""``/api/asset``: one asset, named by ``key``: how it stands, what happened to it, what is around it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query

from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.metadata import FloatMetadataValue, IntMetadataValue
from watchbell.record.query import EventQuery
from watchbell.web.assets.memory import Known, known_of
from watchbell.web.assets.page import asset_detail, made_shape, neighbours
from watchbell.web.assets.rows import key_in, name_of
from watchbell.web.problem import missing
from watchbell.web.routing import api_router
from watchbell.web.runs.finding import stored_number
from watchbell.web.shapes.assets import AssetDetail, History, Lineage, MadeShape, Series
from watchbell.web.shapes.shape import Cursor, Limit, Page
from watchbell.web.view import ViewOf

router = api_router()

Key = Annotated[str, Query(min_length=1, max_length=10_000, description="key of the asset, parts joined by `/`")]
_MADE, _SEEN = DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_OBSERVATION
_KINDS = {
    "materialization": frozenset({_MADE}),
    "observation": frozenset({_SEEN}),
    "any": frozenset({_MADE, _SEEN}),
}
LINEAGE_MAX = 500
"""Assets of one lineage (count)."""
SERIES_MAX = 24
"""Labels that are drawn (count)."""


@router.get("/asset")
def get_asset(key: Key, view: ViewOf) -> AssetDetail:
    """One asset: how it stands, what it is, what is expected next, what is wrong upstream."""
    known = known_of(view)
    return asset_detail(view, known, require_asset(known, key))


@router.get("/asset/events")
def list_asset_events(
    key: Key,
    view: ViewOf,
    kind: Literal["any", "materialization", "observation"] = "any",
    partition: Annotated[str | None, Query(max_length=2_000)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[MadeShape]:
    """When an asset was made and looked at, the newest first."""
    before = stored_number(cursor) or None
    found = view.store.events(
        EventQuery(
            asset_key=key_in(key),
            types=_KINDS[kind],
            partitions=None if partition is None else [partition],
            before_id=before,
            newest_first=True,
            limit=limit + 1,
        )
    )
    items = [made_shape(each) for each in found[:limit]]
    return Page[MadeShape](items=items, next_cursor=str(items[-1].id) if len(found) > limit else None, at=view.now())


@router.get("/asset/history")
def get_asset_history(key: Key, view: ViewOf, limit: Limit = 200) -> History:
    """What the newest materializations of an asset say in numbers, to be drawn."""
    found = view.store.events(
        EventQuery(asset_key=key_in(key), types=_KINDS["materialization"], newest_first=True, limit=limit)
    )
    made = [(each, each.asset_materialization) for each in reversed(found)]
    told = [(entry, fact) for entry, fact in made if fact is not None]
    labels = list(dict.fromkeys(label for _, fact in told for label in _numbers(fact)))[:SERIES_MAX]
    return History(series=[_series(label, told) for label in labels], count=len(told))


@router.get("/asset/lineage")
def get_asset_lineage(key: Key, view: ViewOf, depth: Annotated[int, Query(ge=1, le=50)] = 2) -> Lineage:
    """The assets around one, at most so many steps away, and what is made from what."""
    known = known_of(view)
    found = known.catalog.around(require_defined(known, key), depth, LINEAGE_MAX)
    upstream = known.catalog.upstream
    edges = [(name_of(dep), name_of(each)) for each in found for dep in upstream[each] if dep in found]
    return Lineage(
        nodes=neighbours(known, found),
        edges=edges,
        is_cut=len(found) >= LINEAGE_MAX,
        at=known.now,
    )


def require_asset(known: Known, text: str) -> AssetKey:
    """The asset that a parameter names: one that is defined, or of which something is remembered.

    Raises:
        Problem: 404, there is none; names the nearest.
    """
    key = key_in(text)
    if key not in known.catalog.by_key and key not in known.facts:
        raise missing("asset", key.to_user_string(), known.catalog.near(key).lstrip("; "))
    return key


def require_defined(known: Known, text: str) -> AssetKey:
    """The asset that a parameter names, which a code location defines now.

    Raises:
        Problem: 404, there is none; names the nearest.
    """
    key = key_in(text)
    if key not in known.catalog.by_key:
        raise missing("asset", key.to_user_string(), known.catalog.near(key).lstrip("; "))
    return key


def _numbers(fact: AssetMaterialization) -> dict[str, float]:
    found = {}
    for label, value in fact.metadata.items():
        if isinstance(value, IntMetadataValue | FloatMetadataValue) and value.value is not None:
            number = float(value.value)
            if number - number == 0:  # neither endless nor no number
                found[label] = number
    return found


def _series(label: str, told: list[tuple[EventLogEntry, AssetMaterialization]]) -> Series:
    return Series(
        label=label,
        at=[entry.timestamp for entry, _ in told],
        values=[_numbers(fact).get(label) for _, fact in told],
        run_ids=[entry.run_id or None for entry, _ in told],
        partitions=[fact.partition for _, fact in told],
    )
