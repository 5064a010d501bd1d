"""``/api/asset-graph``: assets and what is made from what, of a selection, around one, or on the way between two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Query

from watchbell.record.keys import AssetKey
from watchbell.web.api.asset import require_defined
from watchbell.web.api.assets import Filter, Selection
from watchbell.web.assets.memory import known_of
from watchbell.web.assets.rows import check_counts, name_of
from watchbell.web.query.assets import matching
from watchbell.web.routing import api_router
from watchbell.web.shapes.asset_graph import AssetGraph, AssetGraphNode
from watchbell.web.view import ViewOf

router = api_router()

NODES_MAX = 20_000
"""Assets of one answer (count)."""
DEPTH_MAX = 50
KeyText = Annotated[str, Query(max_length=5_000, description="an asset's key, parts joined by `/`")]


@router.get("/asset-graph")
def get_asset_graph(
    view: ViewOf,
    q: Filter = "",
    selection: Selection = "",
    around: KeyText = "",
    depth: Annotated[int, Query(ge=1, le=DEPTH_MAX)] = 2,
    path_to: KeyText = "",
) -> AssetGraph:
    """Assets and what is made from what.

    ``around`` keeps those at most ``depth`` steps from one; with ``path_to`` too, those on the ways between the two.
    """
    known = known_of(view)
    catalog = known.catalog
    kept = set(matching(view, known, q, selection))
    if around and path_to:
        ends = require_defined(known, around), require_defined(known, path_to)
        kept &= between(catalog.upstream, catalog.downstream, *ends)
    elif around:
        kept &= set(catalog.around(require_defined(known, around), depth, NODES_MAX))
    keys = sorted(kept, key=name_of)
    shown = keys[:NODES_MAX]
    checks = check_counts(view, known, shown)
    places = {key: place for place, key in enumerate(shown)}
    return AssetGraph(
        nodes=[
            AssetGraphNode(
                key=name_of(key),
                group=catalog.by_key[key].told.group_name,
                state=known.standings[key].value,
                failed_partitions=known.failed_partitions.get(key, 0),
                failed_checks=checks[key].failed,
                made_at=known.fact(key).made_at,
            )
            for key in shown
        ],
        edges=[(places[dep], place) for key, place in places.items() for dep in catalog.upstream[key] if dep in places],
        is_cut=len(keys) > len(shown),
        at=known.now,
    )


def between(
    upstream: Mapping[AssetKey, Sequence[AssetKey]],
    downstream: Mapping[AssetKey, Sequence[AssetKey]],
    one: AssetKey,
    other: AssetKey,
) -> set[AssetKey]:
    """The assets on the ways from one to the other, or from the other to the one; both if there is no way."""
    for first, last in ((one, other), (other, one)):
        found = _reached(downstream, first) & _reached(upstream, last)
        if found:
            return found
    return {one, other}


def _reached(nexts: Mapping[AssetKey, Sequence[AssetKey]], start: AssetKey) -> set[AssetKey]:
    found, left = {start}, [start]
    while left:
        for each in nexts[left.pop()]:
            if each not in found:
                found.add(each)
                left.append(each)
    return found
