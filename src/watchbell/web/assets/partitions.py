"""How the partitions of one asset stand, read with a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from watchbell.automate.catalog.partition_sets import PartitionStanding, Segment, Standings
from watchbell.automate.catalog.partition_view import PartitionView
from watchbell.automate.catalog.partition_view import view_of as partition_view_of
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey
from watchbell.web.assets.memory import catalog_of
from watchbell.web.assets.rows import key_in
from watchbell.web.problem import Problem, missing
from watchbell.web.shapes.assets import SegmentShape
from watchbell.web.shapes.partitions import PartitionRow
from watchbell.web.view import View


@dataclass(frozen=True, eq=False)
class Partitioned:
    """The partitions of an asset, and how each stands.

    Args:
        key: the asset.
        partitions: they.
        standings: how they stand.
    """

    key: AssetKey
    partitions: PartitionView
    standings: Standings


def partitioned(view: View, text: str) -> Partitioned:
    """The partitions of the asset that a parameter names.

    Raises:
        Problem: 404, there is no such asset; 409, it has no partitions, or only its code can list them.
    """
    found = maybe_partitioned(view, key_in(text))
    if found is None:
        asset = catalog_of(view).find(key_in(text))
        if asset is None or asset.told.partitions is None:
            raise Problem(409, "no-partitions", f"{text[:200]!r} has no partitions")
        said = f"only the code of {text[:200]!r} can list its partitions; those that something is known of are listed"
        raise Problem(409, "own-partitions", said)
    return found


def maybe_partitioned(view: View, key: AssetKey) -> Partitioned | None:
    """The partitions of an asset; None: it has none, or only its code can list them.

    Raises:
        Problem: 404, there is no such asset.
    """
    catalog, now = catalog_of(view), view.now()
    if catalog.find(key) is None:
        raise missing("asset", key.to_user_string(), catalog.near(key).lstrip("; "))
    partitions = partition_view_of(catalog, key, now, view.instance)
    if partitions is None:
        return None
    around = [key, *(dep for dep in catalog.upstream[key] if dep != key)]
    # Of what is upstream, too: the question gives partitions that nobody asked about yet their numbers.
    states = view.instance.partition_states(catalog.partitions_defs(around), catalog.assets_of_job)
    names = [each.to_string() for each in around]
    whole = {
        each: row.materialization_id
        for row in view.store.asset_facts(names)
        if (each := AssetKey.from_db_string(row.asset)) is not None
    }
    stale = partitions.stale(catalog, key, view.store.partition_facts(names), whole)
    return Partitioned(key, partitions, partitions.standings(states[key], stale))


def segment_shapes(found: Partitioned, segments: Sequence[Segment]) -> list[SegmentShape]:
    """Segments as the API tells them, with their keys."""
    return [
        SegmentShape(
            state=each.standing.value, start=each.start, count=each.count, marked=each.marked, first=first, last=last
        )
        for each, (first, last) in zip(segments, found.partitions.ends(segments), strict=True)
    ]


def partition_rows(view: View, found: Partitioned, ordinals: Sequence[int]) -> list[PartitionRow]:
    """Rows of partitions; one statement."""
    keys = found.partitions.keys(ordinals)
    records = view.instance.partition_records(found.key, keys) if keys else {}
    begins = found.partitions.begins_at(keys)
    rows = []
    for ordinal, key, begins_at in zip(ordinals, keys, begins, strict=True):
        record = records.get(key)
        rows.append(
            PartitionRow(
                key=key,
                place=found.partitions.there.count_below(ordinal),
                state=found.standings.of_one(ordinal).value,
                begins_at=begins_at,
                made_at=None if record is None else record.made_at,
                data_version=None if record is None else record.data_version,
            )
        )
    return rows


def stored_rows(view: View, key: AssetKey, after: str | None, limit: int) -> list[PartitionRow]:
    """Rows of the partitions that something is known of, where only its code can list all; by key as text."""
    return [
        PartitionRow(
            key=each.partition,
            place=None,
            state=(PartitionStanding.MADE if each.made_at is not None else PartitionStanding.MISSING).value,
            begins_at=None,
            made_at=each.made_at,
            data_version=each.data_version,
        )
        for each in view.store.partition_records(key, after=after, limit=limit)
    ]


def wanted_states(states: Iterable[str] | None) -> list[PartitionStanding]:
    """The states that a list is filtered by; all, if none are named."""
    return [PartitionStanding(each) for each in states] if states else list(PartitionStanding)
