"""Run config that depends on the partition."""

from typing import Any

import pytest

from watchbell.declare.config.run_config_value import RunConfig
from watchbell.declare.partitions.partitioned_config import PartitionedConfig
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError

LETTERS = StaticPartitionsDefinition(["a", "b"])


def config_of(made: Any, tags: Any = None) -> PartitionedConfig:
    return PartitionedConfig(
        LETTERS,
        run_config_for_partition_key_fn=lambda key: made,
        tags_for_partition_key_fn=None if tags is None else lambda key: tags,
    )


def test_a_run_config_object_becomes_plain_values() -> None:
    made = config_of(RunConfig(ops={"load": {"config": 3}})).get_run_config_for_partition_key("a")

    assert made["ops"] == {"load": {"config": 3}}


def test_tags_name_the_partition_and_its_job() -> None:
    tags = config_of({}, {"kind": "x"}).get_tags_for_partition_key("a", "nightly")

    expected = {"kind": "x", "dagster/partition": "a", "dagster/partition_set": "nightly_partition_set"}
    assert expected == tags


def test_a_function_of_a_partition_is_given_one() -> None:
    config = PartitionedConfig(LETTERS, run_config_for_partition_fn=lambda each: {each.name: each.value})

    assert config.get_run_config_for_partition_key("a") == {"a": "a"}


@pytest.mark.parametrize(
    ("tags", "error", "words"),
    [
        ({"dagster/x": "y"}, DagsterInvalidDefinitionError, "belong to watchbell"),
        ({"dagster/max_runtime": "soon"}, DagsterInvalidDefinitionError, "a number of seconds"),
        (["a"], ParameterCheckError, "a mapping of text to text"),
    ],
)
def test_tags_that_cannot_be_are_refused(tags: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        config_of({}, tags).get_tags_for_partition_key("a")


def test_tags_that_ask_the_service_for_something_are_taken() -> None:
    tags = config_of({}, {"dagster/priority": "3"}).get_tags_for_partition_key("a")

    assert tags == {"dagster/priority": "3", "dagster/partition": "a"}


def test_config_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterCheckError, match="made for the partition 'a' is a dict or a RunConfig"):
        config_of(3).get_run_config_for_partition_key("a")


def test_whatever_config_a_job_has_is_one_of_its_partitions() -> None:
    fixed = PartitionedConfig.from_flexible_config({"ops": {}}, LETTERS)
    own = config_of({})

    assert fixed.get_run_config_for_partition_key("b") == {"ops": {}}
    assert PartitionedConfig.from_flexible_config(own, StaticPartitionsDefinition(["a", "b"])) is own
    with pytest.raises(CheckError, match="leave one out"):
        PartitionedConfig.from_flexible_config(own, StaticPartitionsDefinition(["c"]))
