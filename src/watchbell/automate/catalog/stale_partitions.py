"""Which partitions of an asset were made before what they are made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from watchbell.automate.catalog.assets import Catalog
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.inference import infer_partition_mapping
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import DagsterError
from watchbell.record.condition_store import PartitionFacts
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet

MAPPED_MAX = 5_000
"""Upstream partitions newer than the oldest partition that are followed one by one (count)."""


def stale_partitions(
    catalog: Catalog,
    key: AssetKey,
    rows: Iterable[PartitionFacts],
    whole: Mapping[AssetKey, int | None],
    view: PartitionsView,
) -> OrdinalSet:
    """The partitions of an asset that something they are made from is newer than.

    Args:
        catalog: all assets.
        key: the asset; it has partitions that can be told.
        rows: the newest of each partition of it and of what it is made from.
        whole: storage id of the newest materialization of those of these without partitions.
        view: from where partitions are looked at.
    """
    asset = catalog.by_key[key]
    definition = asset.partitions_def
    if definition is None:
        return OrdinalSet()
    by_asset: dict[str, list[PartitionFacts]] = {}
    for row in rows:
        if row.materialization_id is not None and row.ordinal is not None:
            by_asset.setdefault(row.asset, []).append(row)
    own = {row.ordinal: row.materialization_id for row in by_asset.get(key.to_string(), ()) if row.ordinal is not None}
    made = {ordinal: number for ordinal, number in own.items() if number is not None}
    stale: set[int] = set()
    for dep in catalog.upstream[key]:
        if dep == key:
            continue
        newer = whole.get(dep)
        upstream = catalog.by_key[dep].partitions_def
        if upstream is None:
            if newer is not None and catalog.by_key[dep].told.partitions is None:
                stale.update(ordinal for ordinal, number in made.items() if number < newer)
            continue
        stale |= _older(catalog, (key, dep), made, by_asset.get(dep.to_string(), []), view)
    return OrdinalSet(stale)


def _older(
    catalog: Catalog,
    pair: tuple[AssetKey, AssetKey],
    made: Mapping[int, int],
    rows: list[PartitionFacts],
    view: PartitionsView,
) -> set[int]:
    child, parent = (catalog.by_key[each] for each in pair)
    definition, upstream = child.partitions_def, parent.partitions_def
    if definition is None or upstream is None or not made:
        return set()
    mapping = child.said.mappings.get(parent.key)
    if mapping is None and _same(definition, upstream):
        newest = {row.ordinal: row.materialization_id or 0 for row in rows}
        return {ordinal for ordinal, number in made.items() if newest.get(ordinal, 0) > number}
    oldest = min(made.values())
    newer = sorted(
        (row.materialization_id, row.ordinal)
        for row in rows
        if row.materialization_id is not None and row.ordinal is not None and row.materialization_id > oldest
    )
    found: set[int] = set()
    try:
        through = infer_partition_mapping(mapping, definition, upstream)
        for number, at in newer[-MAPPED_MAX:]:
            reached = through.downstream_of(OrdinalSet([at]), upstream, definition, view)
            if len(reached) > len(made):
                found.update(ordinal for ordinal, own in made.items() if own < number and ordinal in reached)
            else:
                found.update(ordinal for ordinal in reached if made.get(ordinal, number) < number)
    except DagsterError:  # a mapping that does not fit these partitions says nothing; its runs will say why
        return set()
    return found


def _same(one: PartitionsDefinition, other: PartitionsDefinition) -> bool:
    return one.numbering == other.numbering
