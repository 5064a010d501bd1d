"""Partitions of jobs, and what runs for them are given."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.asset_job import asset_job, define_asset_job
from watchbell.declare.config.config_mapping import ConfigMapping
from watchbell.declare.graphs.op import op
from watchbell.declare.job import JobDefinition, job
from watchbell.declare.partitions.config_decorators import static_partitioned_config
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterUnknownPartitionError,
    ParameterCheckError,
)
from watchbell.record.keys import AssetKey
from watchbell.record.request import RunRequest

LETTERS, DAYS = StaticPartitionsDefinition(["apple", "pear"]), DailyPartitionsDefinition("2024-01-01")


@op
def load() -> None: ...


def job_of(**given: Any) -> JobDefinition:
    @job(**given)
    def nightly() -> None:
        load()

    return nightly


@static_partitioned_config(["apple", "pear"], tags_for_partition_key_fn=lambda key: {"fruit": key})
def by_fruit(key: str) -> dict[str, Any]:
    return {"ops": {"load": {"config": key}}}


@asset(partitions_def=LETTERS)
def letters() -> None: ...


@asset(partitions_def=DAYS)
def days() -> None: ...


@asset
def plain() -> None: ...


GRAPH = AssetGraph.of([letters, days, plain])


def test_a_run_for_a_partition_gets_its_config_and_tags() -> None:
    made = job_of(config=by_fruit).for_partition("pear")

    assert made.run_config == {"ops": {"load": {"config": "pear"}}}
    expected = {"fruit": "pear", "dagster/partition": "pear", "dagster/partition_set": "nightly_partition_set"}
    assert expected == made.tags


def test_own_config_counts_first_and_own_tags_last() -> None:
    made = job_of(config=by_fruit).for_partition("pear", {"ops": {}}, {"fruit": "mine", "more": "1"})

    assert made.run_config == {"ops": {}}
    assert (made.tags["fruit"], made.tags["more"]) == ("pear", "1")


def test_an_unknown_partition_names_job_and_nearest() -> None:
    with pytest.raises(DagsterUnknownPartitionError, match="job 'nightly': no partition 'appel'.*apple"):
        job_of(partitions_def=LETTERS).for_partition("appel")


def test_which_windows_are_over_depends_on_the_view() -> None:
    nightly = job_of(partitions_def=DAYS)
    view = PartitionsView(datetime(2024, 1, 3, tzinfo=UTC))

    assert nightly.for_partition("2024-01-02", view=view).tags["dagster/partition"] == "2024-01-02"
    with pytest.raises(DagsterUnknownPartitionError, match="2024-01-03"):
        nightly.for_partition("2024-01-03", view=view)


def test_a_job_without_partitions_has_no_run_for_one() -> None:
    with pytest.raises(CheckError, match="it has no partitions"):
        job_of().for_partition("a")
    with pytest.raises(CheckError, match="it has no partitions"):
        job_of().validate_partition_key("a")
    assert job_of().get_partition_keys() == []


def test_config_and_partitions_must_agree() -> None:
    assert job_of(config=by_fruit, partitions_def=LETTERS).partitions_def == LETTERS
    with pytest.raises(CheckError, match="leave one out"):
        job_of(config=by_fruit, partitions_def=DAYS)
    with pytest.raises(ParameterCheckError, match="partitions_def of job 'nightly'"):
        job_of(partitions_def="daily")


def test_a_mapping_of_config_stays_beside_partitions() -> None:
    mapped = job_of(config=ConfigMapping(lambda given: {}, config_schema={"a": str}), partitions_def=LETTERS)

    assert mapped.config_mapping is not None
    assert mapped.partitions_def == LETTERS


def test_a_request_for_a_partition_is_completed_by_its_job() -> None:
    request = job_of(config=by_fruit).run_request_for_partition("apple", run_key="k", tags={"more": "1"})

    assert (request.run_key, request.partition_key, request.job_name) == ("k", "apple", "nightly")
    assert request.run_config == {"ops": {"load": {"config": "apple"}}}
    assert request.tags["more"] == "1"


def test_a_job_of_assets_has_the_partitions_they_share() -> None:
    fruit = asset_job("fruit", GRAPH, [AssetKey("letters"), AssetKey("plain")], {})
    mixed = asset_job("mixed", GRAPH, [AssetKey("letters"), AssetKey("days")], {})

    assert fruit.partitions_def == LETTERS
    assert mixed.partitions_def is None
    assert mixed.get_subset(asset_selection=[AssetKey("days")]).partitions_def == DAYS
    with pytest.raises(CheckError, match="its assets have different partitions"):
        mixed.for_partition("apple")
    assert mixed.for_partition("apple", asset_selection=[AssetKey("letters")]).tags["dagster/partition"] == "apple"


def test_an_asset_job_of_different_partitions_is_refused() -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match="different partitions: 'letters' has .*'days' has"):
        define_asset_job("mixed", ["letters", "days"]).resolve(GRAPH)
    with pytest.raises(DagsterInvalidDefinitionError, match="its asset 'letters' has"):
        define_asset_job("fruit", ["letters"], partitions_def=DAYS).resolve(GRAPH)


def test_an_asset_job_asks_for_partitions_it_was_given() -> None:
    fruit = define_asset_job("fruit", ["letters"], partitions_def=LETTERS)

    assert fruit.run_request_for_partition("pear").tags == {"dagster/partition": "pear"}
    with pytest.raises(CheckError, match="not known yet"):
        define_asset_job("fruit", ["letters"]).run_request_for_partition("pear")


class Held:
    """Dynamic partitions that are there."""

    def get_dynamic_partitions(self, partitions_def_name: str) -> list[str]:
        return ["old"]

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        return partition_key == "old"

    def dynamic_partition_numbers(
        self, partitions_def_name: str, keys: Sequence[str] | None = None, numbers: Sequence[int] | None = None
    ) -> list[tuple[int, str]]:
        return [(1, "old")] if "old" in (keys or ("old",)) and 1 in (numbers or (1,)) else []


def test_keys_that_are_added_first_are_known() -> None:
    files = DynamicPartitionsDefinition(name="files")
    nightly = job_of(partitions_def=files)
    adding = [files.build_add_request(["new"])]

    resolved = RunRequest(partition_key="new").with_resolved_tags_and_config(nightly, adding, Held())

    assert resolved.tags["dagster/partition"] == "new"
    with pytest.raises(DagsterUnknownPartitionError, match="'new'"):
        RunRequest(partition_key="new").with_resolved_tags_and_config(nightly, [], Held())
    deleting = [files.build_delete_request(["old"])]
    with pytest.raises(DagsterUnknownPartitionError, match="'old'"):
        RunRequest(partition_key="old").with_resolved_tags_and_config(nightly, deleting, Held())
    with pytest.raises(CheckError, match="without a partition_key"):
        RunRequest().with_resolved_tags_and_config(nightly, [], Held())
