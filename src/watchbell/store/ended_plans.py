"""What a run that is over leaves of what it was to make: no longer in progress, and of a failed run failed.

Failures are kept by number in the asset's set; where the asset's numbering has no number for a key (newer code failed
that nobody asked about yet, or older code), its row says it until it is given one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from watchbell.ground.value import dataclass
from watchbell.ground.wire import loads
from watchbell.record.event import AssetMaterializationPlannedData
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.run import DagsterRunStatus
from watchbell.store.partition_chunks import FAILED, MATERIALIZED, put, remove
from watchbell.store.session import Row, Session
from watchbell.store.statements import Params, Pieces


@dataclass(frozen=True)
class _Plan:
    """What a run did not make of what it was to.

    Args:
        run_id: the run.
        asset: the asset's key as text.
        numbering: which numbers these are.
        planned_id: storage id of the event that planned.
        left: what is left.
        ended_at: when the run ended, seconds since the epoch.
    """

    run_id: str
    asset: str
    numbering: str
    planned_id: int
    left: OrdinalSet
    ended_at: float


def end_run(session: Session, run_id: str, status: DagsterRunStatus, at: float) -> None:
    """What a run that is over was still to make is no longer in progress; of a failed one it has failed.

    A partition that somebody else made since the run planned it has not failed, nor has one that a later run is to
    make. A run that was canceled leaves the sets as they were before it; one that succeeded without making a partition
    was content with that.

    Args:
        session: inside the transaction that ends it.
        run_id: the run.
        status: how it ended.
        at: when, seconds since the epoch.
    """
    if status is DagsterRunStatus.FAILURE:
        session.run("fail_assets_of_run", run=run_id, failed_at=at)
    plans = session.rows("plans_of_run", run=run_id)
    if not plans:
        return
    session.run("forget_plans_of_run", run=run_id)
    if status is DagsterRunStatus.CANCELED:
        return
    by_asset: dict[str, list[Row]] = {}
    for plan in plans:
        by_asset.setdefault(plan[1], []).append(plan)
    for asset, rows in by_asset.items():
        left = OrdinalSet.union([OrdinalSet.from_bytes(row[6]) for row in rows])
        numbering, planned_id, partition = rows[0][3], rows[0][4], rows[0][5]
        first = left.first()
        keys = _noted_keys(session, planned_id) if partition is None or first is None else {first: partition}
        ended = _Plan(run_id, asset, numbering, planned_id, left, at)
        if status is not DagsterRunStatus.FAILURE:
            _be_content(session, ended, keys)
        elif keys is None:
            _fail_by_number(session, ended)
        else:
            _fail_by_key(session, ended, keys)


def _noted_keys(session: Session, planned_id: int) -> dict[int, str] | None:
    """The keys by number that a run noted when it planned; None: it noted none."""
    row = session.row("event_body", id_now=planned_id)
    event = None if row is None else loads(row[0]).get("e")
    data = None if event is None else event.event_specific_data
    if (
        not isinstance(data, AssetMaterializationPlannedData)
        or data.keys is None
        or not isinstance(data.partitions, str)
    ):
        return None
    return dict(zip(OrdinalSet.from_text(data.partitions), data.keys, strict=True))


def _numbering_of(session: Session, plan: _Plan) -> str:
    """In which numbers the asset's rows are; those of the plan if there were none yet."""
    found = session.row("numbering", asset=plan.asset)
    if found is not None:
        return str(found[0])
    session.run("new_numbering", asset_key=plan.asset, numbering=plan.numbering, looked=None)
    return plan.numbering


def _be_content(session: Session, plan: _Plan, keys: Mapping[int, str] | None) -> None:
    if keys is None or _numbering_of(session, plan) == plan.numbering:
        remove(session, plan.asset, plan.numbering, FAILED, plan.left)
    if keys is None:
        return
    known = _known(session, plan.asset, [keys[ordinal] for ordinal in plan.left])
    numbers = OrdinalSet(ordinal for ordinal, _, _ in known.values() if ordinal is not None)
    remove(session, plan.asset, _numbering_of(session, plan), FAILED, numbers)
    for key, (ordinal, _, has_failed) in known.items():
        if has_failed:
            session.run("number_partition", asset=plan.asset, key=key, ordinal=ordinal, failed=None)


def _fail_by_number(session: Session, plan: _Plan) -> None:
    """Of partitions whose keys nobody knows."""
    rows = session.rows("made_meanwhile", asset=plan.asset, planned_id=plan.planned_id, run=plan.run_id)
    left = plan.left - _planned_later(session, plan)[0]
    if _numbering_of(session, plan) == plan.numbering:
        left = left - OrdinalSet([ordinal for _, ordinal in rows if ordinal is not None])
    put(session, plan.asset, plan.numbering, FAILED, left)


def _fail_by_key(session: Session, plan: _Plan, keys: Mapping[int, str]) -> None:
    rows = session.rows("made_meanwhile", asset=plan.asset, planned_id=plan.planned_id, run=plan.run_id)
    made = {key for key, _ in rows}
    later, later_keys = _planned_later(session, plan)
    wanted = {keys[ordinal]: ordinal for ordinal in plan.left - later}
    wanted = {key: ordinal for key, ordinal in wanted.items() if key not in made and key not in later_keys}
    current = _numbering_of(session, plan)
    known = _known(session, plan.asset, list(wanted))
    new, numbers, made_before = [], set(), set()
    at = plan.ended_at
    for key, ordinal in wanted.items():
        row = known.get(key)
        if row is not None and _was_made_by_deleted(session, plan, row[1]):
            continue
        number = ordinal if current == plan.numbering else row[0] if row is not None else None
        if number is not None:
            numbers.add(number)
        if row is None:
            new.append((plan.asset, key, number, None, None, None, None, 1 if number is None else None, at))
            continue
        session.run("fail_partition", asset=plan.asset, key=key, failed_at=at)
        if row[0] is None:
            said = 1 if number is None else None
            session.run("number_partition", asset=plan.asset, key=key, ordinal=number, failed=said)
            if number is not None and row[1] is not None:  # reported from outside, before anybody knew its number
                made_before.add(number)
    if new:
        session.run_many("new_partition", new)
    put(session, plan.asset, current, FAILED, OrdinalSet(numbers))
    put(session, plan.asset, current, MATERIALIZED, OrdinalSet(made_before))


def _was_made_by_deleted(session: Session, plan: _Plan, materialization_id: int | None) -> bool:
    """Whether a partition was made since the run planned it, by a run whose events are gone: only its row tells."""
    if materialization_id is None or materialization_id <= plan.planned_id:
        return False
    return session.row("event_body", id_now=materialization_id) is None


def _planned_later(session: Session, plan: _Plan) -> tuple[OrdinalSet, Collection[str]]:
    """What runs that planned later are to make: in the plan's numbers, and the keys of runs for one partition."""
    rows = [row for row in session.rows("plans_of_asset", asset=plan.asset) if row[4] > plan.planned_id]
    alike = OrdinalSet.union([OrdinalSet.from_bytes(row[6]) for row in rows if row[3] == plan.numbering])
    return alike, {row[5] for row in rows if row[5] is not None}


def _known(session: Session, asset: str, keys: Sequence[str]) -> dict[str, tuple[int | None, int | None, int | None]]:
    """Number, newest materialization, and whether it failed without having a number, of those keys that have a row."""
    if not keys:
        return {}
    conditions: list[tuple[str, Params]] = [
        ("partition_asset_is", {"asset": asset}),
        ("partition_key_in", {"keys": list(keys)}),
    ]
    rows = session.select(Pieces("select_partitions", conditions, "partition_order"))
    return {row[0]: (row[1], row[2], row[6]) for row in rows}
