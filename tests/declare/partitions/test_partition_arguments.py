"""Arguments about partitions."""

import pytest

from watchbell.declare.partitions.partition_arguments import (
    checked_backfill_policy,
    checked_mapping,
    checked_partitions_def,
    mappings_by_name,
    only_partitions_def,
)
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import ParameterCheckError

LETTERS = StaticPartitionsDefinition(["a", "b"])
DIGITS = StaticPartitionsDefinition(["1", "2"])


def test_nothing_is_nothing() -> None:
    assert checked_partitions_def(None, "it") is None
    assert checked_mapping(None, "it") is None
    assert checked_backfill_policy(None, "it") is None
    assert mappings_by_name(None, ["a"], "it") == {}


def test_what_is_none_is_refused_with_what_to_write() -> None:
    with pytest.raises(ParameterCheckError, match="partitions_def of it is .* write DailyPartitionsDefinition"):
        checked_partitions_def(["a"], "it")
    with pytest.raises(ParameterCheckError, match="partition_mapping of it is .* write TimeWindowPartitionMapping"):
        checked_mapping("a", "it")
    with pytest.raises(ParameterCheckError, match="backfill_policy of it is .* write BackfillPolicy.single_run"):
        checked_backfill_policy(1, "it")
    with pytest.raises(ParameterCheckError, match="the input 'b', which it does not have"):
        mappings_by_name({"b": None}, ["a"], "it")


def test_definitions_that_agree_are_one() -> None:
    assert only_partitions_def([None, LETTERS, StaticPartitionsDefinition(["a", "b"])]) == LETTERS
    assert only_partitions_def([None, None]) is None
    with pytest.raises(ValueError, match="'1', '2'"):
        only_partitions_def([LETTERS, None, DIGITS])
