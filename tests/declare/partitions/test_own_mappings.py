"""Mappings of users' own: what they are asked, and what becomes of their answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell import (
    AssetDep,
    AssetIn,
    DagsterInstance,
    DagsterInvariantViolationError,
    IdentityPartitionMapping,
    PartitionMapping,
    StaticPartitionsDefinition,
    asset,
    materialize,
)
from watchbell.declare.partitions.mapping import UpstreamPartitionsResult
from watchbell.declare.partitions.subset import DefaultPartitionsSubset, PartitionsSubset
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import CheckError
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet

LETTERS, OTHERS = StaticPartitionsDefinition([*"abc"]), StaticPartitionsDefinition([*"bcd"])
VIEW = PartitionsView(datetime(2026, 1, 1, tzinfo=UTC), None)


class Told(PartitionMapping):
    """Answers what it was made with, and keeps what it is asked."""

    def __init__(self, up: Any, down: Any = None) -> None:
        self.up, self.down = up, down
        self.asked: list[Any] = []

    @property
    def description(self) -> str:
        return "as told"

    def validate_partition_mapping(self, upstream_partitions_def: Any, downstream_partitions_def: Any) -> None: ...

    def get_upstream_mapped_partitions_result_for_partitions(self, *args: Any, **kwargs: Any) -> Any:
        self.asked.append((args, kwargs))
        return self.up

    def get_downstream_partitions_for_partitions(self, *args: Any, **kwargs: Any) -> Any:
        self.asked.append((args, kwargs))
        return self.down


class Wider(IdentityPartitionMapping):
    """One of the two methods is overridden: the first letter is needed too."""

    def get_upstream_mapped_partitions_result_for_partitions(self, *args: Any, **kwargs: Any) -> Any:
        found = super().get_upstream_mapped_partitions_result_for_partitions(*args, **kwargs)
        return found._replace(partitions_subset=found.partitions_subset.with_partition_keys(["a"]))


def of(*keys: str) -> PartitionsSubset:
    return LETTERS.subset_with_partition_keys(keys)


def loose(*keys: str) -> DefaultPartitionsSubset:
    return DefaultPartitionsSubset(keys)


def test_it_is_asked_with_sets_of_keys_the_moment_and_the_store() -> None:
    mapping = Told(UpstreamPartitionsResult(of("b"), of()), OTHERS.subset_with_partition_keys(["c"]))

    mapping.upstream_of(OrdinalSet([0, 2]), OTHERS, LETTERS, VIEW)
    mapping.downstream_of(OrdinalSet([1]), LETTERS, OTHERS, VIEW)

    up, down = [args for args, kwargs in mapping.asked]
    assert (list(up[0]), *up[1:]) == (["b", "d"], OTHERS, LETTERS, VIEW.current_time, None)
    assert (list(down[0]), *down[1:]) == (["b"], LETTERS, OTHERS, VIEW.current_time, None)


def test_an_asset_without_partitions_asks_without_a_set() -> None:
    mapping = Told(UpstreamPartitionsResult(of("b"), of()))

    found = mapping.upstream_of(None, None, LETTERS, VIEW)

    assert mapping.asked[0][0][:2] == (None, None)
    assert list(found.existing) == [1]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (UpstreamPartitionsResult(of("a", "c"), of("b")), ([0, 2], [1], set())),
        (UpstreamPartitionsResult(loose("c", "a"), loose()), ([0, 2], [], set())),
        (UpstreamPartitionsResult(of("a"), loose("zz", "b")), ([0], [1], {"zz"})),
        (UpstreamPartitionsResult(loose("a", "zz"), of()), ([0], [], {"zz"})),
        (UpstreamPartitionsResult(OTHERS.subset_with_partition_keys(["b", "d"]), of()), ([1], [], {"d"})),
    ],
)
def test_keys_of_an_answer_become_numbers_and_unknown_ones_are_missing(answer: Any, expected: Any) -> None:
    found = Told(answer).upstream_of(OrdinalSet([0]), OTHERS, LETTERS, VIEW)

    assert expected == (list(found.existing), list(found.missing), set(found.missing_keys))


def test_downstream_only_what_exists_counts() -> None:
    found = Told(None, loose("b", "d", "zz")).downstream_of(OrdinalSet([0]), LETTERS, OTHERS, VIEW)

    assert list(found) == [0, 2]


def test_an_answer_of_another_kind_is_told_with_the_name_of_the_class() -> None:
    with pytest.raises(CheckError, match="get_upstream_mapped_partitions_result_for_partitions of Told"):
        Told(of("a")).upstream_of(OrdinalSet([0]), OTHERS, LETTERS, VIEW)
    with pytest.raises(CheckError, match="get_downstream_partitions_for_partitions of Told"):
        Told(None, ["a"]).downstream_of(OrdinalSet([0]), LETTERS, OTHERS, VIEW)


def test_what_a_derived_class_overrides_counts_and_the_rest_stays() -> None:
    up = Wider().upstream_of(OrdinalSet([1]), LETTERS, LETTERS, VIEW)
    down = Wider().downstream_of(OrdinalSet([1]), LETTERS, LETTERS, VIEW)

    assert (list(up.existing), list(down)) == ([0, 1], [1])


class Failing(Told):
    """Fails when it is asked."""

    def get_upstream_mapped_partitions_result_for_partitions(self, *args: Any, **kwargs: Any) -> Any:
        raise ValueError("no mapping today")


@asset(partitions_def=LETTERS)
def letters() -> str:
    return "x"


def test_a_mapping_that_fails_ends_the_run_where_values_are_loaded() -> None:
    @asset(partitions_def=OTHERS, ins={"letters": AssetIn(partition_mapping=Failing(None))})
    def others(letters: object) -> None: ...

    with DagsterInstance.ephemeral() as instance, pytest.raises(ValueError, match="no mapping today"):
        materialize([letters, others], selection=[others], partition_key="b", instance=instance)


def test_a_mapping_that_fails_leaves_a_warning_where_nothing_is_loaded() -> None:
    @asset(partitions_def=OTHERS, deps=[AssetDep("letters", partition_mapping=Failing(None))])
    def others() -> None: ...

    with DagsterInstance.ephemeral() as instance:
        assert materialize([letters], partition_key="a", instance=instance).success
        result = materialize([letters, others], selection=[others], partition_key="b", instance=instance)
        lines = [each.user_message for each in instance.all_logs(result.run_id)]
        made = instance.get_latest_materialization_event(AssetKey("others"))

    assert result.success
    assert made is not None
    assert any(
        "'letters' is taken as a whole, because its partition mapping failed: no mapping" in each for each in lines
    )


def test_partitions_that_are_needed_and_missing_are_named() -> None:
    answer = UpstreamPartitionsResult(loose(), loose("zz"))

    @asset(partitions_def=OTHERS, ins={"letters": AssetIn(partition_mapping=Told(answer))})
    def others(letters: object) -> None: ...

    with (
        DagsterInstance.ephemeral() as instance,
        pytest.raises(DagsterInvariantViolationError, match="'others' needs partitions of the asset 'letters' .*'zz'"),
    ):
        materialize([letters, others], selection=[others], partition_key="b", instance=instance)
