"""What is asked about assets' partitions, and the numbering that their rows are given by who knows the definition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition_state import PartitionRecord, StoredPartitions
from watchbell.store.partition_chunks import FAILED, MATERIALIZED, by_chunk, change, put
from watchbell.store.session import LIST_ITEMS_EVER, Row, Session
from watchbell.store.statements import Params, Pieces

ID_MAX = 2**63 - 1


def stored(session: Session, keys: Iterable[AssetKey] | None) -> dict[AssetKey, StoredPartitions]:
    """What there is of these assets (of all); those without any partition left out."""
    assets = None if keys is None else [key.to_string() for key in keys]
    sets: dict[str, dict[str, dict[str, list[OrdinalSet]]]] = {}
    for asset, numbering, kind, _, body in _of(session, "select_sets", "set_asset_in", assets):
        kinds = sets.setdefault(asset, {}).setdefault(kind, {})
        kinds.setdefault(numbering, []).append(OrdinalSet.from_bytes(body))
    plans: dict[str, list[Row]] = {}
    for row in _of(session, "select_plans", "plan_asset_in", assets):
        plans.setdefault(row[1], []).append(row)
    numberings = {row[0]: row for row in _of(session, "select_numberings", "numbering_asset_in", assets)}
    unnumbered = dict(session.rows("count_unnumbered") if assets is None else _unnumbered(session, assets))
    wanted = unnumbered.keys() | numberings.keys() | plans.keys() if assets is None else assets
    found = {}
    for asset in wanted:
        if asset in numberings or asset in unnumbered or asset in plans:
            row = numberings.get(asset, (asset, None, None))
            key = AssetKey.from_db_string(asset)
            assert key is not None
            found[key] = _stored(row, unnumbered.get(asset, 0), sets.get(asset, {}), plans.get(asset, []))
    return found


def assets_with_failures(session: Session) -> list[AssetKey]:
    """The assets of which some partition failed, in whatever numbering, and was not made since."""
    found = (AssetKey.from_db_string(asset) for (asset,) in session.rows("assets_with_failed_partitions"))
    return [key for key in found if key is not None]


def _unnumbered(session: Session, assets: Iterable[str]) -> Iterator[tuple[str, int]]:
    yield from session.run_in("count_unnumbered_among", "assets", list(assets), at_once=LIST_ITEMS_EVER)


def _of(session: Session, head: str, condition: str, assets: Sequence[str] | None) -> list[Row]:
    if assets is None:
        return session.select(Pieces(head))
    return session.select_in(Pieces(head), condition, "assets", assets)


def _stored(
    row: Row, unnumbered: int, sets: Mapping[str, Mapping[str, list[OrdinalSet]]], plans: Sequence[Row]
) -> StoredPartitions:
    _, numbering, looked = row
    planned: dict[str, list[OrdinalSet]] = {}
    planned_keys: dict[str, list[str]] = {}
    for _, _, _, of_plan, _, partition, body in plans:
        planned.setdefault(of_plan, []).append(OrdinalSet.from_bytes(body))
        if partition is not None:
            planned_keys.setdefault(of_plan, []).append(partition)
    return StoredPartitions(
        numbering,
        looked,
        unnumbered,
        OrdinalSet.union(sets.get(MATERIALIZED, {}).get(numbering or "", ())),
        {each: OrdinalSet.union(parts) for each, parts in sets.get(FAILED, {}).items()},
        {each: OrdinalSet.union(parts) for each, parts in planned.items()},
        {each: tuple(keys) for each, keys in planned_keys.items()},
    )


def records(
    session: Session,
    key: AssetKey,
    *,
    partitions: Collection[str] | None,
    after: str | None,
    limit: int | None,
    only_made: bool,
    only_unnumbered: bool,
) -> list[PartitionRecord]:
    """The newest of an asset's partitions, by key in order."""
    conditions: list[tuple[str, Params]] = [("partition_asset_is", {"asset": key.to_string()})]
    if partitions is not None:
        conditions.append(("partition_key_in", {"keys": list(partitions)}))
    if after is not None:
        conditions.append(("partition_after", {"after": after}))
    if only_made:
        conditions.append(("partition_is_made", {}))
    if only_unnumbered:
        conditions.append(("partition_unnumbered", {}))
    rows = session.select(Pieces("select_partitions", conditions, "partition_order", limit=limit))
    return [_record(row) for row in rows]


def _record(row: Row) -> PartitionRecord:
    partition, ordinal, made_id, made_at, seen_id, version, _, _ = row
    at = None if made_at is None else datetime.fromtimestamp(made_at, UTC)
    return PartitionRecord(partition, ordinal, made_id, at, seen_id, version)


def event_ids(
    session: Session, key: AssetKey, kind: str, *, after_id: int | None, before_id: int | None
) -> dict[str, int]:
    """Storage id of the newest event of one kind for each partition that has one in the log."""
    beyond = ID_MAX if before_id is None else before_id
    rows = session.rows(
        "event_partitions", asset=key.to_string(), kind_now=kind, after_id=after_id or 0, before_id=beyond
    )
    return dict(rows)


def number(session: Session, key: AssetKey, numbering: str, numbers: Mapping[str, int], looked: str) -> None:
    """Gives an asset's rows their numbers.

    Another numbering than that of the asset: every row is numbered anew, and the sets are made of the rows. The same:
    only rows without a number are given theirs.

    Args:
        session: inside a transaction.
        key: the asset.
        numbering: what the numbers mean.
        numbers: number by key; a key that is not in it gets none.
        looked: what the definition looks like now.
    """
    asset = key.to_string()
    row = session.row("numbering", asset=asset)
    before = None if row is None else row[0]
    if row is None:
        session.run("new_numbering", asset_key=asset, numbering=numbering, looked=looked)
    else:
        session.run("change_numbering", asset=asset, numbering=numbering, looked=looked)
    failed: dict[str, OrdinalSet] = {}
    for _, each, kind, _, body in session.select_in(Pieces("select_sets"), "set_asset_in", "assets", [asset]):
        if kind == FAILED:
            failed[each] = failed.get(each, OrdinalSet()) | OrdinalSet.from_bytes(body)
    is_new = before != numbering
    conditions: list[tuple[str, Params]] = [("partition_asset_is", {"asset": asset})]
    if not is_new:
        conditions.append(("partition_unnumbered", {}))
    failed_before = failed.get(before, OrdinalSet()) if is_new and before is not None else OrdinalSet()
    made, failing = set(), set()
    for partition, was, made_id, _, _, _, failed_unnumbered, _ in session.select(
        Pieces("select_partitions", conditions)
    ):
        ordinal = numbers.get(partition)
        has_failed = failed_unnumbered is not None or (was is not None and was in failed_before)
        said = 1 if has_failed and ordinal is None else None
        if (ordinal, said) != (was, failed_unnumbered):
            session.run("number_partition", asset=asset, key=partition, ordinal=ordinal, failed=said)
        if ordinal is not None and made_id is not None:
            made.add(ordinal)
        if ordinal is not None and has_failed:
            failing.add(ordinal)
    if is_new:
        session.run("forget_sets_of_asset", asset=asset)
        put(session, asset, numbering, FAILED, failed.get(numbering, OrdinalSet()))
    for chunk, part in by_chunk(made).items():
        change(session, asset, numbering, chunk, {MATERIALIZED: part}, {})
    for chunk, part in by_chunk(failing).items():
        change(session, asset, numbering, chunk, {FAILED: part}, {})


def continue_numbering(session: Session, key: AssetKey, before: str, after: str) -> bool:
    """Says by another text what an asset's numbers, which stay, mean; False: they mean ``before`` no more."""
    asset = key.to_string()
    row = session.row("numbering", asset=asset)
    if row is None or row[0] != before:
        return False
    newer = [
        (kind, OrdinalSet.from_bytes(body))
        for _, each, kind, _, body in session.select_in(Pieces("select_sets"), "set_asset_in", "assets", [asset])
        if each == after
    ]
    for kind, part in newer:  # failures of newer code
        put(session, asset, before, kind, part)
    session.run("forget_sets_in_numbering", asset=asset, numbering_now=after)
    session.run("rename_partition_sets", asset=asset, numbering_now=before, numbering=after)
    session.run("change_numbering", asset=asset, numbering=after, looked=None)
    return True
