"""Keys of dynamic partitions: any legal text, few questions, and what becomes of a key that is deleted."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.test_partitions import Runs, status
from watchbell import (
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    DynamicPartitionsDefinition,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
    materialize,
)
from watchbell.declare.partitions.requested import RequestedPartitions
from watchbell.declare.partitions.view import PartitionsView
from watchbell.record.partition import PARTITION_TAG
from watchbell.record.request import DynamicPartitionsRequest
from watchbell.record.run import RunsFilter

FILES = DynamicPartitionsDefinition(name="files")
LEGAL = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)
HARD = ["a/b", "..", "'; --", '"', "%2F", "a b", " a", "a ", "ü", "ﬁ", "fi", "日本", "e\u0301", "\u00e9"]
HARD += ["-x", "*", "a|b", "🙂"]


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as opened:
        yield opened


class Counting:
    """An instance that counts the keys it was asked to tell.

    Args:
        instance: a real one.
    """

    def __init__(self, instance: DagsterInstance) -> None:
        self._instance = instance
        self.told = 0

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        found = self._instance.get_dynamic_partitions(partitions_def_name)
        self.told += len(found)
        return found

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        return self._instance.has_dynamic_partition(partitions_def_name, partition_key)

    def dynamic_partition_numbers(
        self, partitions_def_name: str, keys: Sequence[str] | None = None, numbers: Sequence[int] | None = None
    ) -> Sequence[tuple[int, str]]:
        found = self._instance.dynamic_partition_numbers(partitions_def_name, keys, numbers)
        self.told += len(found)
        return found


def test_a_question_about_a_key_tells_of_that_key_alone(instance: DagsterInstance) -> None:
    instance.add_dynamic_partitions("files", [f"{number}.csv" for number in range(500)])
    store = Counting(instance)
    view = PartitionsView(store=store)

    assert (FILES.ordinal_of("77.csv", view), FILES.ordinal_of("x.csv", view)) == (78, None)
    assert FILES.ordinals_of(["3.csv", "x.csv", "1.csv"], view) == [4, None, 2]
    assert FILES.key_of(78, view) == "77.csv"
    assert FILES.keys_of([9, 2], view) == ["8.csv", "1.csv"]
    assert store.told == 6


def test_a_tick_that_adds_keys_still_asks_for_others_alone(instance: DagsterInstance) -> None:
    instance.add_dynamic_partitions("files", ["a", "b", "c"])
    instance.delete_dynamic_partition("files", "b")
    changes: list[DynamicPartitionsRequest] = [FILES.build_add_request(["b", "d"]), FILES.build_delete_request(["c"])]
    store = Counting(instance)
    view = PartitionsView(store=RequestedPartitions(store, changes))

    assert FILES.ordinal_of("a", view) == 1
    assert store.told == 1
    assert FILES.ordinal_of("c", view) is None
    numbers = FILES.ordinals_of(["a", "b", "d"], view)
    assert FILES.keys_of([each for each in numbers if each is not None], view) == ["a", "b", "d"]
    assert list(FILES.ordinals(view)) == sorted(each for each in numbers if each is not None)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LEGAL | st.sampled_from(HARD), min_size=1, max_size=6, unique=True))
def test_keys_of_any_legal_text_come_back_as_they_were(keys: list[str]) -> None:
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("files", keys)
        view = PartitionsView(store=instance)
        numbers = FILES.ordinals_of(keys, view)
        for key in keys:
            instance.report_runless_asset_event(AssetMaterialization("orders", partition=key))

        assert instance.get_dynamic_partitions("files") == keys
        assert FILES.keys_of([each for each in numbers if each is not None], view) == keys
        assert instance.get_materialized_partitions(AssetKey("orders")) == set(keys)
        assert status(instance, FILES, *keys) == ["MATERIALIZED"] * len(keys)
        assert [unquote(quote(key, safe="")) for key in keys] == keys


@pytest.mark.parametrize("key", HARD)
def test_a_run_for_a_key_of_any_legal_text_is_found_by_its_tag(key: str, tmp_path: Path) -> None:
    @asset(partitions_def=FILES)
    def orders(context) -> None:  # type: ignore[no-untyped-def]
        assert context.partition_key == key

    with DagsterInstance.local_temp(str(tmp_path)) as instance:
        instance.add_dynamic_partitions("files", [key])
        result = materialize([orders], partition_key=key, instance=instance)

        assert result.success
        (run,) = instance.get_runs(RunsFilter(tags={PARTITION_TAG: key}))
        assert run.tags[PARTITION_TAG] == key
        assert instance.get_materialized_partitions(AssetKey("orders")) == {key}


@pytest.mark.parametrize(
    ("how", "expected"), [("success", "MATERIALIZED"), ("failure", "FAILED"), ("cancel", None), ("deleted", None)]
)
def test_a_key_that_is_deleted_while_a_run_is_for_it_is_what_the_run_left_should_it_come_back(
    instance: DagsterInstance, how: str, expected: str | None
) -> None:
    runs = Runs(instance)
    instance.add_dynamic_partitions("files", ["a", "b"])
    run = runs.plan(FILES, "a")
    number = runs.number(FILES, "a")
    instance.delete_dynamic_partition("files", "a")
    assert instance.partition_state(AssetKey("orders"), FILES).in_progress.first() is None

    if how == "success":
        runs.make_numbered(run, FILES.numbering, "a", number)
    runs.end(run, how)
    instance.report_runless_asset_event(AssetMaterialization("orders", partition="b"))
    assert status(instance, FILES, "a", "b") == [None, "MATERIALIZED"]

    instance.add_dynamic_partitions("files", ["a"])
    assert status(instance, FILES, "a", "b") == [expected, "MATERIALIZED"]


def test_a_key_that_comes_back_in_one_of_two_dimensions_finds_its_history(instance: DagsterInstance) -> None:
    shops = MultiPartitionsDefinition({"file": FILES, "size": StaticPartitionsDefinition(["big", "small"])})
    runs = Runs(instance)
    instance.add_dynamic_partitions("files", ["a", "b"])
    run = runs.plan(shops, "a|big", "b|small")
    runs.make(run, shops, "a|big")
    runs.end(run, "failure")

    instance.delete_dynamic_partition("files", "a")
    assert status(instance, shops, "a|big", "b|small") == [None, "FAILED"]
    instance.add_dynamic_partitions("files", ["c", "a"])
    assert status(instance, shops, "a|big", "b|small", "c|big") == ["MATERIALIZED", "FAILED", None]
