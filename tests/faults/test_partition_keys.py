"""Keys of partitions that need care wherever they are written: they come back as they were, and name nothing else."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from watchbell import (
    AssetKey,
    DagsterInstance,
    Definitions,
    DynamicPartitionsDefinition,
    FilesystemIOManager,
    MultiPartitionKey,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
    materialize,
    plan_backfill,
)
from watchbell.io.duckdb import DuckDBIOManager
from watchbell.record.request import TEXT_BYTES_MAX

KEYS = [
    "a/b", "../up", "..", ".", "/etc/passwd", "C:\\x", "it's", 'say "hi"', "x' or '1'='1", "a;b --", "%2f", "a%2fb",
    "a,b", " a ", "-n", "$(x)", "`x`", "{day}", "%s", "<script>", "ünï", "日本", "e\u0301", "é", "😀",
    "x" * TEXT_BYTES_MAX,
]  # fmt: skip
DELIMITERS = "|[],"


def definition_of(kind: str, instance: DagsterInstance) -> StaticPartitionsDefinition | DynamicPartitionsDefinition:
    """These keys, listed or added to the instance."""
    if kind == "static":
        return StaticPartitionsDefinition(KEYS)
    instance.add_dynamic_partitions("odd", KEYS)
    return DynamicPartitionsDefinition(name="odd")


@pytest.mark.parametrize("kind", ["static", "dynamic"])
def test_every_key_is_stored_counted_and_loaded_as_it_is(kind: str, tmp_path: Path) -> None:
    with DagsterInstance.local_temp(str(tmp_path / "home")) as instance:
        partitions = definition_of(kind, instance)

        @asset(partitions_def=partitions)
        def odd(context) -> str:
            return f"<{context.partition_key}>"

        @asset(partitions_def=partitions)
        def copy(odd: str) -> None:
            loaded.append(odd)

        loaded: list[str] = []
        files = {"io_manager": FilesystemIOManager(base_dir=str(tmp_path / "files"))}
        for key in KEYS:
            assert materialize([odd, copy], partition_key=key, instance=instance, resources=files).success

        state = instance.partition_state(AssetKey("odd"), partitions)
        assert loaded == [f"<{key}>" for key in KEYS]
        assert instance.get_materialized_partitions(AssetKey("odd")) == set(KEYS)
        assert (len(state.materialized), len(state.failed)) == (len(KEYS), 0)
        assert len([each for each in (tmp_path / "files" / "odd").iterdir() if each.is_file()]) == len(KEYS)
        assert [run.tags["dagster/partition"] for run in instance.get_runs()] == KEYS[::-1]


def test_every_key_is_a_part_of_a_backfill() -> None:
    @asset(partitions_def=StaticPartitionsDefinition(KEYS))
    def odd() -> None: ...

    with DagsterInstance.ephemeral() as instance:
        plan = plan_backfill(Definitions([odd]), instance, location_name="here", assets="odd", partition_keys=KEYS)
        stored = instance.launch_backfill(plan)

        parts = instance.get_backfill_parts(stored.backfill_id)

    assert [part.partition_key for part in parts] == KEYS


def test_every_key_comes_back_in_two_dimensions() -> None:
    keys = [key for key in KEYS if not set(key) & set(DELIMITERS)]
    both = MultiPartitionsDefinition({"b": StaticPartitionsDefinition(keys), "a": StaticPartitionsDefinition(["x"])})

    back = [both.get_partition_key_from_str(str(MultiPartitionKey({"a": "x", "b": key}))) for key in keys]

    assert [each.keys_by_dimension["b"] for each in back] == keys
    assert all(both.has_partition_key(each) for each in back)


def test_every_key_names_its_rows_and_no_others(tmp_path: Path) -> None:
    @asset(partitions_def=StaticPartitionsDefinition(KEYS), metadata={"partition_expr": "key"})
    def odd(context) -> pd.DataFrame:
        return pd.DataFrame({"key": [context.partition_key]})

    duck = {"io_manager": DuckDBIOManager(database=str(tmp_path / "x.duckdb"))}
    with DagsterInstance.ephemeral() as instance:
        for key in [*KEYS, *KEYS[-8:]]:
            assert materialize([odd], partition_key=key, instance=instance, resources=duck).success

        @asset(deps=[odd])
        def whole(odd: pd.DataFrame) -> None:
            seen.extend(odd["key"])

        seen: list[str] = []
        assert materialize([odd, whole], selection=[whole], instance=instance, resources=duck).success

    assert sorted(seen) == sorted(KEYS)
