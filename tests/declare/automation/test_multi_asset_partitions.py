"""Sensors of several assets: what their context tells of partitions."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from watchbell import (
    AssetDep,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    DagsterInstance,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    Definitions,
    EventLogRecord,
    MultiAssetSensorEvaluationContext,
    StaticPartitionMapping,
    StaticPartitionsDefinition,
    asset,
    build_multi_asset_sensor_context,
)
from watchbell.record.event import EventLogEntry
from watchbell.record.partition_state import PartitionRecord
from watchbell.record.query import EventQuery

LETTERS = StaticPartitionsDefinition(["a", "b", "c"])
ONE, TWO, PLAIN = AssetKey("one"), AssetKey("two"), AssetKey("plain")


@asset(partitions_def=LETTERS)
def one() -> None: ...


@asset(
    partitions_def=LETTERS,
    deps=[AssetDep("one", partition_mapping=StaticPartitionMapping({"a": ["b", "c"], "b": "a"}))],
)
def two() -> None: ...


@asset
def plain() -> None: ...


DEFINITIONS = Definitions(assets=[one, two, plain])


def make(instance: DagsterInstance, *names: str) -> None:
    for name in names:
        key, _, partition = name.partition(":")
        instance.report_runless_asset_event(AssetMaterialization(key, partition=partition or None))


def context_of(
    instance: DagsterInstance, cursor: str | None = None, *keys: AssetKey
) -> MultiAssetSensorEvaluationContext:
    return build_multi_asset_sensor_context(
        monitored_assets=keys or [ONE, TWO], instance=instance, cursor=cursor, definitions=DEFINITIONS
    )


def in_order(records: Mapping[str, EventLogRecord]) -> list[str]:
    assert all(records[key].partition_key == key for key in records)
    return list(records)


def test_the_newest_of_each_partition_comes_in_the_order_of_events() -> None:
    instance = DagsterInstance.ephemeral()
    make(instance, "one:a", "one:b", "one:a", "one:gone")

    assert in_order(context_of(instance).latest_materialization_records_by_partition(ONE)) == ["b", "a"]


def test_what_the_cursor_passed_over_comes_again() -> None:
    instance = DagsterInstance.ephemeral()
    make(instance, "one:a", "one:b")
    context = context_of(instance)
    context.advance_cursor({ONE: context.latest_materialization_records_by_partition(ONE)["b"]})
    make(instance, "one:c")

    later = context_of(instance, context.advanced_cursor)
    assert in_order(later.latest_materialization_records_by_partition(ONE)) == ["a", "c"]
    assert in_order(later.latest_materialization_records_by_partition(ONE, after_cursor_partition=True)) == ["c"]


def test_after_the_partition_of_the_cursor_come_later_ones_and_after_the_last_all_that_are_new() -> None:
    instance = DagsterInstance.ephemeral()
    make(instance, "one:a", "one:b", "one:c")
    found = {}
    for cursor in ("b", "c"):
        context = context_of(instance)
        context.advance_cursor({ONE: context.latest_materialization_records_by_partition(ONE)[cursor]})
        found[cursor] = context.advanced_cursor
    make(instance, "one:a")

    after = {
        cursor: in_order(context_of(instance, text).latest_materialization_records_by_partition(ONE, True))
        for cursor, text in found.items()
    }

    assert after == {"b": ["c"], "c": ["a"]}


def test_of_a_long_history_only_the_newest_of_each_partition_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = DagsterInstance.ephemeral()
    make(instance, *["one:a", "one:b"] * 20)
    read: list[int] = []
    events = instance.events

    def counted(query: EventQuery) -> list[EventLogEntry]:
        found = list(events(query))
        read.append(len(found))
        return found

    monkeypatch.setattr(instance, "events", counted)

    context = context_of(instance)
    records = context.latest_materialization_records_by_partition(ONE)
    context.advance_cursor({ONE: records["b"]})

    assert (in_order(records), read) == (["a", "b"], [2])


def test_partitions_of_several_assets_are_put_together() -> None:
    instance = DagsterInstance.ephemeral()
    make(instance, "one:a", "two:b", "two:a")

    found = context_of(instance).latest_materialization_records_by_partition_and_asset()
    assert {key: list(records) for key, records in found.items()} == {"a": [ONE, TWO], "b": [TWO]}


def test_assets_with_different_partitions_are_not_put_together() -> None:
    context = context_of(DagsterInstance.ephemeral(), None, ONE, PLAIN)

    with pytest.raises(DagsterInvalidInvocationError, match="'plain' has none"):
        context.latest_materialization_records_by_partition_and_asset()


def test_whether_all_were_made_does_not_depend_on_the_cursor() -> None:
    instance = DagsterInstance.ephemeral()
    make(instance, "one:a", "one:b")
    context = context_of(instance)
    context.advance_all_cursors()
    later = context_of(instance, context.advanced_cursor)

    assert (later.all_partitions_materialized(ONE), later.all_partitions_materialized(ONE, ["a", "b"])) == (False, True)
    make(instance, "one:c")
    assert later.all_partitions_materialized(ONE)


def test_a_question_about_some_partitions_reads_only_those(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = DagsterInstance.ephemeral()
    make(instance, "one:a", "one:b", "one:a")
    instance.report_runless_asset_event(AssetObservation("one", partition="c"))
    read: list[list[str]] = []
    records = instance.partition_records

    def counted(key: AssetKey, partitions: list[str]) -> Mapping[str, PartitionRecord]:
        found = records(key, partitions)
        read.append(sorted(found))
        return found

    monkeypatch.setattr(instance, "partition_records", counted)
    context = context_of(instance)

    answers = [context.all_partitions_materialized(ONE, keys) for keys in (["a"], ["a", "b"], ["c"], ["zz"])]

    assert answers == [True, True, False, False]
    assert read == [["a"], ["a", "b"], ["c"], []]


def test_the_partitions_that_depend_on_one_are_told_by_the_mapping() -> None:
    context = context_of(DagsterInstance.ephemeral())

    assert [list(context.get_downstream_partition_keys(key, ONE, TWO)) for key in ("a", "b", "c", "zz")] == [
        ["b", "c"],
        ["a"],
        [],
        [],
    ]


def test_an_asset_without_partitions_has_none_to_tell() -> None:
    context = context_of(DagsterInstance.ephemeral(), None, ONE, PLAIN)

    with pytest.raises(DagsterInvariantViolationError, match="'plain' has no partitions"):
        context.latest_materialization_records_by_partition(PLAIN)
    with pytest.raises(DagsterInvariantViolationError, match="'plain' has no partitions"):
        context_of(DagsterInstance.ephemeral(), None, PLAIN).latest_materialization_records_by_partition_and_asset()
    with pytest.raises(DagsterInvariantViolationError, match="'plain' has no partitions"):
        context.all_partitions_materialized(PLAIN)
    with pytest.raises(DagsterInvalidInvocationError, match="'plain' has no partitions"):
        context.get_downstream_partition_keys("a", ONE, PLAIN)
