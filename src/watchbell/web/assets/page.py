"""One asset as its page tells of it: definition, newest event, what is expected next, what is wrong upstream."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from watchbell.automate.catalog.assets import CatalogAsset
from watchbell.automate.catalog.partition_view import view_of as partition_view_of
from watchbell.automate.catalog.standing import Standing
from watchbell.record.code_references import CODE_REFERENCES_LABEL
from watchbell.record.event import EventLogEntry, at_of
from watchbell.record.keys import AssetKey
from watchbell.record.snapshot import AssetSnapshot
from watchbell.web.assets.memory import Known
from watchbell.web.assets.rows import asset_rows, freshness_in, name_of
from watchbell.web.code_places import places_in
from watchbell.web.shapes.assets import (
    AssetDetail,
    AssetRow,
    AutomationRef,
    CheckCounts,
    ConfigEntry,
    MadeShape,
    Neighbour,
    PartitionsFacts,
)
from watchbell.web.shapes.metadata import metadata_shape, metadata_shapes
from watchbell.web.view import View

TROUBLE_MAX = 20
"""Assets upstream that are told of (count)."""
_WORDS = {
    Standing.FAILED: "failed",
    Standing.RUNNING: "is being made",
    Standing.NEVER: "was never made",
    Standing.STALE: "is stale",
}


def asset_detail(view: View, known: Known, key: AssetKey) -> AssetDetail:
    """One asset; also one that nobody defines any more, of which something is remembered."""
    asset = known.catalog.find(key)
    newest = view.store.latest_materialization(key)
    made = None if newest is None else made_shape(newest)
    if asset is None:
        return _undefined(known, key, made)
    [row] = asset_rows(view, known, [key])
    next_at, next_text = _expected(row)
    told = asset.told
    return AssetDetail(
        **dict(row),
        about=told.description or "",
        tags=dict(told.tags),
        metadata=metadata_shapes({name: each for name, each in told.metadata.items() if name != CODE_REFERENCES_LABEL}),
        code=metadata_shape(CODE_REFERENCES_LABEL, told.metadata[CODE_REFERENCES_LABEL])
        if CODE_REFERENCES_LABEL in told.metadata
        else None,
        code_place=places_in(view.locations(), asset.location_name)(told.code),
        code_version=told.code_version,
        op=told.op_name,
        jobs=[each for each in told.job_names if not each.startswith("__")],
        config=[
            ConfigEntry(
                name=each.name,
                type=each.type_text,
                is_required=each.is_required,
                default=each.default_text,
                description=each.description,
            )
            for each in told.config
        ],
        condition=None if asset.said.condition is None else str(asset.said.condition),
        partitions_facts=partitions_facts(view, known, asset),
        upstream=[name_of(each) for each in told.deps],
        downstream=[name_of(each) for each in known.catalog.downstream[key]],
        newest=made,
        next_at=next_at,
        next_text=next_text,
        upstream_trouble=upstream_trouble(known, key),
        is_known=True,
        at=known.now,
    )


def _undefined(known: Known, key: AssetKey, made: MadeShape | None) -> AssetDetail:
    fact = known.fact(key)
    row = AssetRow(
        key=name_of(key),
        location="",
        group="",
        kinds=[],
        owners=[],
        description="",
        state=(Standing.DONE if fact.made_at is not None else Standing.NEVER).value,
        why="",
        is_made_here=False,
        is_observable=False,
        made_at=fact.made_at,
        run_id=fact.run_id or None,
        failed_at=fact.failed_at,
        failed_run_id=fact.failed_run_id,
        going_run_id=fact.going_run_id,
        failed_partitions=0,
        freshness=None,
        partitions=None,
        has_partitions=False,
        checks=CheckCounts(total=0, failed=0, warned=0),
        automations=[],
    )
    return AssetDetail(
        **dict(row),
        about="",
        tags={},
        metadata=[],
        code=None,
        code_place=None,
        code_version=None,
        op=None,
        jobs=[],
        config=[],
        condition=None,
        partitions_facts=None,
        upstream=[],
        downstream=[name_of(each) for each, told in known.catalog.by_key.items() if key in told.told.deps],
        newest=made,
        next_at=None,
        next_text="No code location defines it any more; what is remembered stays.",
        upstream_trouble=[],
        is_known=False,
        at=known.now,
    )


def _expected(row: AssetRow) -> tuple[datetime | None, str]:
    if row.going_run_id is not None:
        return None, "It is being made now."
    if not row.is_made_here:
        return None, "Nothing here makes it; it is reported from outside."
    if not row.automations:
        return None, "Nothing makes it by itself: no schedule of a job that contains it, and no automation condition."
    on = [each for each in row.automations if each.is_on]
    if not on:
        return None, f"{_named(row.automations[0])} would make it, and is switched off."
    first = on[0]
    if first.next_at is not None:
        return first.next_at, f"{_named(first)}: {first.text}."
    return None, f"{_named(first)} makes it when its condition becomes true: {first.text}."


def _named(automation: AutomationRef) -> str:
    if automation.kind == "schedule":
        return f"The schedule {automation.name}"
    return f"The sensor {automation.name}" if automation.name else "Its condition"


def partitions_facts(view: View, known: Known, asset: CatalogAsset) -> PartitionsFacts | None:
    """How an asset is divided into partitions; None: it is not."""
    told: AssetSnapshot = asset.told
    if told.partitions is None:
        return None
    partitions = partition_view_of(known.catalog, asset.key, known.now, view.instance)
    return PartitionsFacts(
        kind="own" if partitions is None else partitions.kind,
        description=told.partitions.description,
        zone=None if partitions is None else partitions.zone,
        dynamic_name=told.partitions.dynamic_name,
        dimensions=[] if partitions is None else partitions.dimensions,
        per_run=told.partitions_per_run,
    )


def made_shape(entry: EventLogEntry) -> MadeShape:
    """A materialization or observation as the API tells it."""
    made, seen = entry.asset_materialization, entry.asset_observation
    fact = made or seen
    assert fact is not None
    return MadeShape(
        id=entry.storage_id or 0,
        kind="materialization" if made is not None else "observation",
        at=at_of(entry.timestamp),
        run_id=entry.run_id or None,
        step=entry.step_key,
        partition=fact.partition,
        description=fact.description,
        data_version=fact.data_version,
        metadata=metadata_shapes(fact.metadata),
    )


def upstream_trouble(known: Known, key: AssetKey) -> list[Neighbour]:
    """Assets upstream, at any distance, with something wrong; the nearest first."""
    found: list[Neighbour] = []
    seen, edge, distance = {key}, [key], 0
    while edge and len(found) < TROUBLE_MAX:
        distance += 1
        edge = [near for each in edge for near in dict.fromkeys(known.catalog.upstream[each]) if near not in seen]
        edge = list(dict.fromkeys(edge))
        seen.update(edge)
        found += [each for each in neighbours(known, dict.fromkeys(edge, -distance)) if each.why]
    return found[:TROUBLE_MAX]


def neighbours(known: Known, distances: dict[AssetKey, int]) -> list[Neighbour]:
    """Assets near another, each with its distance."""
    return [_neighbour(known, key, distance) for key, distance in distances.items()]


def _neighbour(known: Known, key: AssetKey, distance: int) -> Neighbour:
    asset, fact, standing = known.catalog.by_key[key], known.fact(key), known.standings[key]
    freshness = freshness_in(known, asset)
    is_late = freshness is not None and freshness.is_late
    failed = known.failed_partitions.get(key, 0)
    said = _causes(standing, failed, is_late, known.why_stale.get(key, ""))
    return Neighbour(
        key=name_of(key),
        state=standing.value,
        group=asset.told.group_name,
        made_at=fact.made_at,
        is_late=is_late,
        why="; ".join(said),
        failed_partitions=failed,
        distance=distance,
        run_id=fact.going_run_id or fact.failed_run_id or fact.run_id or None,
    )


def _causes(standing: Standing, failed_partitions: int, is_late: bool, why_stale: str) -> Iterable[str]:
    if failed_partitions:
        yield f"{failed_partitions:,} partition{'s' if failed_partitions > 1 else ''} failed"
    elif standing in _WORDS:
        yield _WORDS[standing] + (f": it {why_stale}" if why_stale else "")
    if is_late:
        yield "is older than its freshness policy allows"
