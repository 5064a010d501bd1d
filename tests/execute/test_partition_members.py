"""Members of contexts that speak of partitions, where the parity scenarios do not look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_in import AssetIn
from watchbell.declare.assets.observable import observable_source_asset
from watchbell.declare.assets.source_asset import SourceAsset
from watchbell.declare.graphs.op import op
from watchbell.declare.io.mem_io_manager import InMemoryIOManager
from watchbell.declare.job import job
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.plain_mapping import AllPartitionMapping
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.execute.contexts import AssetExecutionContext, OpExecutionContext
from watchbell.execute.materialize import materialize, materialize_to_memory, observe
from watchbell.ground.errors import CheckError, DagsterInvalidObservationError, DagsterInvariantViolationError
from watchbell.record.data_version import DataVersion, DataVersionsByPartition
from watchbell.record.partition import PartitionKeyRange

LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])
DAYS = DailyPartitionsDefinition("2024-01-01", end_date="2024-02-01")
RANGE = {"dagster/asset_partition_range_start": "b", "dagster/asset_partition_range_end": "d"}
Ask = Callable[[Any], object]


def asked(ask: Ask, **arguments: Any) -> object:
    """What a member says in an asset of letters."""
    seen = []

    @asset(partitions_def=LETTERS)
    def step(context: AssetExecutionContext) -> None:
        seen.append(ask(context))

    materialize_to_memory([step], **arguments)
    return seen[0]


def test_a_run_for_a_range_says_so_in_words() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="for the partitions 'b' to 'd', so context.partition_key"):
        asked(lambda context: context.partition_key, tags=RANGE)
    with pytest.raises(CheckError, match="for 3 partitions, 'b' to 'd'; use asset_partition_keys_for_output"):
        asked(lambda context: context.asset_partition_key_for_output(), tags=RANGE)


def test_metadata_of_a_partition_that_is_not_made_names_the_nearest() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="which this run does not make; did you mean 'b'"):
        asked(lambda context: context.add_asset_metadata({"x": 1}, partition_key="B"), tags=RANGE)


def test_metadata_of_a_partition_in_a_run_for_none_is_refused() -> None:
    with pytest.raises(DagsterInvariantViolationError, match="of which this run makes no partition"):
        asked(lambda context: context.add_asset_metadata({"x": 1}, partition_key="b"))


def test_whether_a_run_is_for_partitions_at_all() -> None:
    def ask(context: AssetExecutionContext) -> tuple[bool, bool, bool]:
        return context.has_partitions, context.has_partition_key, context.has_partition_key_range

    assert asked(ask) == (False, False, False)
    assert asked(ask, partition_key="b") == (True, True, False)
    assert asked(ask, tags=RANGE) == (True, False, True)


def test_the_definition_of_what_a_step_makes_and_takes() -> None:
    days = SourceAsset("days", partitions_def=DAYS)
    seen: list[object] = []

    @asset(deps=[days])
    def whole(context: AssetExecutionContext) -> None:
        seen.append(context.has_partition_key)

    @asset(partitions_def=LETTERS)
    def letters(context: AssetExecutionContext) -> None:
        seen.append(context.asset_partitions_def_for_output())
        seen.append(context.partition_key_range)

    materialize_to_memory([days, whole])
    materialize_to_memory([letters], partition_key="c")

    assert seen == [False, LETTERS, PartitionKeyRange("c", "c")]


def test_an_output_that_is_none_names_the_nearest() -> None:
    with pytest.raises(CheckError, match="did you mean 'result'"):
        asked(lambda context: context.asset_partitions_def_for_output("resullt"), partition_key="b")


def test_partitions_are_asked_as_of_the_run_inside_its_code() -> None:
    growing = DailyPartitionsDefinition("2024-01-01")

    @asset(partitions_def=growing)
    def step(context: AssetExecutionContext) -> bool:
        return growing.get_last_partition_key() == growing.get_partition_keys()[-1]

    assert materialize_to_memory([step], partition_key="2024-01-01").asset_value("step") is True


def test_ops_of_a_job_without_partitions_know_the_tag_alone() -> None:
    seen: list[object] = []

    @op
    def look(context: OpExecutionContext) -> None:
        seen.append(context.partition_key)
        with pytest.raises(DagsterInvariantViolationError, match="the job has no partitions"):
            assert context.partition_keys

    @job
    def plain() -> None:
        look()

    plain.execute_in_process(tags={"dagster/partition": "anything"})

    assert seen == ["anything"]


# ----------------------------------------------------------------- observing


def test_versions_are_observed_partition_by_partition() -> None:
    @observable_source_asset(partitions_def=LETTERS)
    def source() -> DataVersionsByPartition:
        return DataVersionsByPartition({"a": "1", "c": DataVersion("2")})

    events = observe([source]).get_asset_observation_events()
    seen = [each.asset_observation_data for each in events]

    assert [(each.asset_observation.partition, each.ordinal, each.asset_observation.data_version) for each in seen] == [
        ("a", 0, "1"),
        ("c", 2, "2"),
    ]


def test_one_version_of_an_asset_with_partitions_is_refused() -> None:
    @observable_source_asset(partitions_def=LETTERS)
    def source() -> DataVersion:
        return DataVersion("1")

    @observable_source_asset
    def plain() -> DataVersionsByPartition:
        return DataVersionsByPartition({"a": "1"})

    with pytest.raises(DagsterInvalidObservationError, match="return the version of each"):
        observe([source])
    with pytest.raises(DagsterInvalidObservationError, match="the asset has no partitions"):
        observe([plain])


def test_the_range_of_what_a_step_makes_and_takes() -> None:
    seen: list[object] = []

    @asset(partitions_def=LETTERS)
    def letters() -> int:
        return 1

    @asset(partitions_def=LETTERS, ins={"letters": AssetIn(partition_mapping=AllPartitionMapping())})
    def words(context: AssetExecutionContext, letters: dict[str, int]) -> None:
        seen.append(context.asset_partitions_def_for_input("letters"))
        seen.append(context.asset_partition_key_range_for_input("letters"))
        seen.append(context.asset_partition_key_range_for_output())

    memory = {"io_manager": InMemoryIOManager()}
    for key in LETTERS.get_partition_keys():
        materialize([letters], partition_key=key, resources=memory)
    materialize([letters, words], selection=[words], partition_key="b", resources=memory)

    ends = LETTERS.get_partition_keys()[0], LETTERS.get_partition_keys()[-1]
    assert seen == [LETTERS, PartitionKeyRange(*ends), PartitionKeyRange("b", "b")]
