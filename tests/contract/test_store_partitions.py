"""Each store keeps alike what is said of partitions."""

from dataclasses import replace

import pytest

from tests.contract.making import NOON_AT, run, status_event
from watchbell.record.backfill import (
    Backfill,
    BackfillCommit,
    BackfillPart,
    BackfillStatus,
    BackfillTarget,
    PartMove,
    PartState,
)
from watchbell.record.event import (
    AssetMaterializationPlannedData,
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    StepMaterializationData,
)
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PartitionKeyRange
from watchbell.record.partition_state import PlannedWork
from watchbell.record.ports import Store
from watchbell.record.run import DagsterRunStatus

ORDERS = AssetKey("orders")
OLD, NEW = "numbers of old code", "numbers of new code"


def plan(store: Store, run_id: str, numbering: str, **keys: int) -> None:
    """A run begins that is to make partitions, whose keys it notes."""
    store.add_runs([run(run_id, status=DagsterRunStatus.STARTED)], NOON_AT)
    by_number = sorted(keys, key=keys.__getitem__)
    data = AssetMaterializationPlannedData(
        ORDERS, None, numbering, OrdinalSet(keys.values()).to_text(), tuple(by_number)
    )
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION_PLANNED, "etl", event_specific_data=data)
    store.append([EventLogEntry(run_id, 1.0, job_name="etl", dagster_event=event)])


def make(store: Store, run_id: str, numbering: str | None, key: str, number: int | None) -> None:
    """It makes one."""
    data = StepMaterializationData(AssetMaterialization(ORDERS, partition=key), numbering, number)
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, "etl", event_specific_data=data)
    store.append([EventLogEntry(run_id, 1.0, job_name="etl", dagster_event=event)])


def fail(store: Store, run_id: str) -> None:
    store.append([status_event(run_id, DagsterEventType.RUN_FAILURE)])


def sets(store: Store) -> tuple[str | None, list[int], list[int]]:
    """Numbering, what was made, what failed."""
    held = store.stored_partitions([ORDERS])[ORDERS]
    failed = held.failed.get(held.numbering or "", OrdinalSet())
    return held.numbering, list(held.materialized), list(failed)


def test_a_failed_run_for_many_leaves_rows_by_key_which_are_numbered_anew(store: Store) -> None:
    plan(store, "r", OLD, a=0, b=1, c=2)
    make(store, "r", OLD, "b", 1)
    fail(store, "r")
    assert sets(store) == (OLD, [1], [0, 2])

    store.number_partitions(ORDERS, NEW, {"c": 7, "b": 8}, "looked")

    assert sets(store) == (NEW, [8], [7])
    store.number_partitions(ORDERS, OLD, {"a": 0, "b": 1}, "looked")
    assert sets(store) == (OLD, [1], [0])


@pytest.mark.parametrize("numbering", [OLD, NEW])
def test_what_was_made_in_a_run_of_other_code_has_not_failed(store: Store, numbering: str) -> None:
    plan(store, "first", OLD, a=0)
    make(store, "first", OLD, "a", 0)
    plan(store, "second", numbering, b=5, c=6)
    make(store, "second", numbering, "b", 5)
    fail(store, "second")

    store.number_partitions(ORDERS, "newest", {"a": 1, "b": 2, "c": 3}, "looked")

    assert sets(store) == ("newest", [1, 2], [3])


def test_assets_with_failed_partitions_are_named_until_these_are_made(store: Store) -> None:
    plan(store, "first", OLD, a=1, b=2)
    before = store.assets_with_failed_partitions()
    fail(store, "first")
    failed = store.assets_with_failed_partitions()
    make(store, "second", OLD, "a", 1)
    one_left = store.assets_with_failed_partitions()
    make(store, "second", OLD, "b", 2)

    assert (before, failed, one_left, store.assets_with_failed_partitions()) == ([], [ORDERS], [ORDERS], [])


def test_a_failure_without_a_number_is_forgotten_when_the_partition_is_made_or_wiped(store: Store) -> None:
    plan(store, "first", OLD, a=0)
    plan(store, "second", NEW, b=5, c=6, d=7)
    fail(store, "first")
    fail(store, "second")
    make(store, "", None, "b", None)
    assert store.wipe_partitions(ORDERS, ["c"]) == 1

    store.number_partitions(ORDERS, NEW, {"a": 1, "b": 5, "c": 6, "d": 7}, "looked")

    assert sets(store) == (NEW, [5], [1, 7])


def test_what_was_reported_without_a_number_and_fails_is_made_and_failed(store: Store) -> None:
    make(store, "", None, "a", None)
    plan(store, "r", OLD, a=3, b=4)
    fail(store, "r")

    assert sets(store) == (OLD, [3], [3, 4])
    assert store.wipe_partitions(ORDERS, ["a", "b"]) == 2
    assert sets(store) == (OLD, [], [])


def test_a_few_dynamic_partitions_are_found_by_key_or_number(store: Store) -> None:
    store.add_dynamic_partitions("files", ["a", "b", "c"])
    store.add_dynamic_partitions("others", ["a"])
    store.delete_dynamic_partitions("files", ["b"])

    assert [(each.key, each.number) for each in store.dynamic_partitions("files", keys=["c", "b", "x"])] == [("c", 3)]
    assert [each.key for each in store.dynamic_partitions("files", numbers=[1, 2, 9])] == ["a"]
    assert store.dynamic_partitions("files", keys=[]) == []


# ------------------------------------------------------------------- planned

USERS = AssetKey("users")
RANGE = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "c"}


def planned(store: Store, *keys: AssetKey) -> list[PlannedWork]:
    return store.planned_work(keys or (ORDERS,))


def backfill_of_five(store: Store) -> Backfill:
    """Three parts of orders, one a range; one of users; one for no partition."""
    targets = tuple(BackfillTarget("etl", "here", (key,)) for key in (ORDERS, USERS))
    parts = [
        BackfillPart(0, 0, "a"),
        BackfillPart(1, 0, "b"),
        BackfillPart(2, 0, "c", "e"),
        BackfillPart(3, 1, "a"),
        BackfillPart(4, 0),
    ]
    return store.add_backfill(Backfill("b", targets, NOON_AT), parts)


def test_what_parts_of_a_backfill_are_still_to_make_is_planned_unless_it_began(store: Store) -> None:
    before = backfill_of_five(store)
    moves = (PartMove(0, PartState.RUNNING, 1), PartMove(1, PartState.BLOCKED))
    store.commit_backfill(BackfillCommit(before, before, moves), None, NOON_AT)

    of_orders = PlannedWork("etl", "here", frozenset({ORDERS}), ["b"], [PartitionKeyRange("c", "e")])
    assert planned(store) == [of_orders]
    assert planned(store, USERS) == [PlannedWork("etl", "here", frozenset({USERS}), ["a"])]
    assert planned(store, AssetKey("others")) == []


@pytest.mark.parametrize(
    ("status", "count"),
    [(BackfillStatus.PAUSED, 1), (BackfillStatus.CANCELING, 0), (BackfillStatus.COMPLETED_FAILED, 0)],
)
def test_a_backfill_that_will_begin_nothing_more_plans_nothing(
    store: Store, status: BackfillStatus, count: int
) -> None:
    before = backfill_of_five(store)
    store.commit_backfill(BackfillCommit(before, replace(before, status=status)), None, NOON_AT)

    assert len(planned(store)) == count


@pytest.mark.parametrize(
    ("status", "is_planned"),
    [
        (DagsterRunStatus.QUEUED, True),
        (DagsterRunStatus.STARTING, True),
        (DagsterRunStatus.STARTED, False),
        (DagsterRunStatus.SUCCESS, False),
    ],
)
def test_what_a_run_is_for_is_planned_until_it_begins(store: Store, status: DagsterRunStatus, is_planned: bool) -> None:
    tags = {"dagster/partition": "a"}
    store.add_runs([run("1", status=status, tags=tags, asset_selection=frozenset({ORDERS}))], NOON_AT)

    assert planned(store) == ([PlannedWork("etl", None, frozenset({ORDERS}), ["a"])] if is_planned else [])


def test_runs_alike_are_one_work_and_runs_for_no_partition_none(store: Store) -> None:
    tags = {"dagster/partition": "b"}
    selections = {"asset_selection": frozenset({ORDERS, USERS})}
    store.add_runs(
        [
            run("1", tags=tags, **selections),
            run("2", tags=RANGE, **selections),
            run("3", **selections),
            run("4", tags=tags, location_name="here"),
            run("5", tags=tags, asset_selection=frozenset({USERS})),
        ],
        NOON_AT,
    )

    assert planned(store) == [
        PlannedWork("etl", None, frozenset({ORDERS, USERS}), ["b"], [PartitionKeyRange("a", "c")]),
        PlannedWork("etl", "here", None, ["b"]),
    ]
