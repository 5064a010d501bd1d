"""The partitions a run is for, read from its tags."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.declare.assets.asset import asset
from watchbell.declare.io.io_context import InputContext, OutputContext
from watchbell.declare.io.io_manager import IOManager
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.view import partition_loading_context
from watchbell.execute.materialize import materialize
from watchbell.execute.run_partitions import NO_PARTITIONS, RunPartitions, partition_tags
from watchbell.ground.errors import (
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterUnknownPartitionError,
)
from watchbell.instance import DagsterInstance

LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])
DAYS = DailyPartitionsDefinition("2024-01-01")
GRID = MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})
NOW = datetime(2024, 2, 1, tzinfo=UTC)
START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def test_a_run_without_tags_is_for_none() -> None:
    run = RunPartitions({"team": "x"}, LETTERS)

    assert (run.is_given, run.key, run.key_range, run.own, run.of(LETTERS)) == (False, None, None, None, None)
    assert not NO_PARTITIONS.is_given


def test_a_tag_names_one_partition() -> None:
    run = RunPartitions({"dagster/partition": "b"}, LETTERS)

    assert (run.key, run.key_range, run.own and run.own.keys) == ("b", None, ["b"])


def test_two_tags_name_a_range() -> None:
    run = RunPartitions({START: "b", END: "d"}, LETTERS)
    found = run.of(LETTERS)

    assert found is not None
    assert (run.key, len(found), found.keys) == (None, 3, ["b", "c", "d"])


def test_a_range_over_years_makes_no_keys() -> None:
    ten_years = DailyPartitionsDefinition("2014-01-01")
    found = RunPartitions({START: "2014-01-01", END: "2023-12-31"}, ten_years, NOW).own

    assert found is not None
    assert (len(found), "keys" in vars(found)) == (3652, False)


def test_tags_of_dimensions_alone_name_a_partition() -> None:
    run = RunPartitions({"dagster/partition/letter": "b", "dagster/partition/day": "2024-01-02"}, GRID, NOW)

    assert (run.key, getattr(run.key, "keys_by_dimension", None)) == (
        "2024-01-02|b",
        {"day": "2024-01-02", "letter": "b"},
    )


def test_a_key_without_a_definition_is_taken_as_it_is() -> None:
    run = RunPartitions({"dagster/partition": "anything"})

    assert (run.key, run.own) == ("anything", None)


def test_which_windows_are_over_is_decided_once_when_the_run_begins() -> None:
    assert RunPartitions({"dagster/partition": "2024-01-31"}, DAYS, NOW).key == "2024-01-31"
    with pytest.raises(DagsterUnknownPartitionError):
        RunPartitions({"dagster/partition": "2024-02-01"}, DAYS, NOW)


def test_dynamic_partitions_are_those_of_the_instance() -> None:
    names = DynamicPartitionsDefinition(name="names")
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("names", ["x", "y"])
        run = RunPartitions({"dagster/partition": "y"}, names, NOW, lambda: instance)
        found = run.own and run.own.keys

    assert found == ["y"]


def test_an_instance_is_opened_only_for_dynamic_partitions() -> None:
    def never() -> DagsterInstance:
        raise AssertionError

    assert RunPartitions({"dagster/partition": "b"}, LETTERS, NOW, never).key == "b"


@pytest.mark.parametrize(
    ("tags", "error", "reason"),
    [
        ({START: "a"}, DagsterInvariantViolationError, "without 'dagster/asset_partition_range_end'"),
        ({END: "a"}, DagsterInvariantViolationError, "without 'dagster/asset_partition_range_start'"),
        ({START: "a", END: "b", "dagster/partition": "a"}, DagsterInvariantViolationError, "a range or for one"),
        ({START: "c", END: "b"}, DagsterInvalidInvocationError, "its end comes first"),
        ({"dagster/partition": "A"}, DagsterUnknownPartitionError, "did you mean 'a'"),
        ({START: "a", END: "z"}, DagsterInvalidInvocationError, "no partition 'z'"),
    ],
)
def test_tags_that_make_no_sense_are_refused(tags: Mapping[str, str], error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        RunPartitions(tags, LETTERS)


def test_an_asset_with_other_partitions_is_asked_for_its_own() -> None:
    run = RunPartitions({"dagster/partition": "b"}, LETTERS)

    with pytest.raises(DagsterUnknownPartitionError):
        run.of(StaticPartitionsDefinition(["x"]))


def test_an_asset_that_needs_a_partition_says_what_to_do() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="start it with partition_key="):
        NO_PARTITIONS.required(LETTERS, "the asset 'x'")


def test_calls_around_a_run_for_none_are_left_alone() -> None:
    def call() -> str | None:
        return DAYS.get_last_partition_key()

    assert RunPartitions({}).around(call) is call
    assert RunPartitions({}, DAYS, NOW).around(call)() == "2024-01-31"


def test_the_tags_of_partitions_are_told_from_others() -> None:
    tags = {"dagster/partition": "a", "dagster/partition/day": "x", "dagster/partition_set": "s", START: "b", "t": "1"}

    assert set(partition_tags(tags)) == {"dagster/partition", "dagster/partition/day", START}


@given(st.integers(0, 3), st.integers(0, 3))
def test_a_range_is_what_lies_between_its_ends(first: int, last: int) -> None:
    keys = ["a", "b", "c", "d"]
    tags = {START: keys[first], END: keys[last]}
    if first > last:
        with pytest.raises(DagsterInvalidInvocationError):
            RunPartitions(tags, LETTERS)
    else:
        found = RunPartitions(tags, LETTERS).own
        assert found is not None
        assert found.keys == keys[first : last + 1]


def test_a_run_looks_at_partitions_from_the_moment_of_its_surroundings() -> None:
    taken: list[str] = []

    @asset(partitions_def=DAYS)
    def parts() -> int:
        return 1

    class Store(IOManager):
        def handle_output(self, context: OutputContext, obj: object) -> None: ...

        def load_input(self, context: InputContext) -> int:
            taken.extend(context.asset_partition_keys)
            return 1

    @asset
    def whole(parts: int) -> None: ...

    with partition_loading_context(effective_dt=datetime(2024, 1, 3, tzinfo=UTC)):
        materialize([parts, whole], selection=[whole], resources={"io_manager": Store()})
        with pytest.raises(DagsterUnknownPartitionError, match="2024-01-03"):
            materialize([parts], partition_key="2024-01-03")

    assert taken == ["2024-01-01", "2024-01-02"]
