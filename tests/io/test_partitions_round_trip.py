"""Partitions come back from every IO manager as they were stored, whatever their keys are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from upath import UPath

from tests.depth import examples
from watchbell import InMemoryIOManager, IOManager, UPathIOManager, build_input_context, build_output_context
from watchbell.declare.io.fs_io_manager import PickledFiles
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError
from watchbell.io.csv import CsvIOManager
from watchbell.io.duckdb import DuckDBIOManager
from watchbell.io.json import JsonIOManager
from watchbell.io.parquet import ParquetIOManager
from watchbell.record.partition import PartitionKeyRange

KEYS = st.lists(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=300).filter(lambda k: "..." not in k)
    | st.sampled_from(["a/b", "../up", "..", ".", "it's", 'a"b', "%2f", "x" * 900, "Zürich", "c\\d", "A", "~", " "]),
    unique=True,
    min_size=2,
    max_size=6,
)
ASSET = ["shop", "orders"]
EXPRESSION = {"partition_expr": "k"}


class Texts(UPathIOManager):
    extension = ".txt"

    def dump_to_path(self, context: Any, obj: str, path: UPath) -> None:
        path.write_text(obj, encoding="utf-8")

    def load_from_path(self, context: Any, path: UPath) -> str:
        return path.read_text(encoding="utf-8")


class AwaitedTexts(Texts):
    async def load_from_path(self, context: Any, path: UPath) -> str:  # type: ignore[override]
        return path.read_text(encoding="utf-8")


PLAIN: list[Callable[[Path], IOManager]] = [
    lambda folder: PickledFiles(folder, b"key"),
    lambda folder: InMemoryIOManager(),
    lambda folder: Texts(UPath(folder)),
    lambda folder: AwaitedTexts(UPath(folder)),
    lambda folder: Texts(UPath("memory://texts", folder.name)),
    lambda folder: JsonIOManager(base_dir=str(folder)),
]
FRAMES: list[Callable[[Path], IOManager]] = [
    lambda folder: ParquetIOManager(base_dir=str(folder)),
    lambda folder: CsvIOManager(base_dir=str(folder)),
    lambda folder: JsonIOManager(base_dir=str(folder)),
    lambda folder: DuckDBIOManager(database=str(folder / "shop.duckdb")),
]


def out(definition: Any, **partitions: Any) -> Any:
    return build_output_context(
        asset_key=ASSET, asset_partitions_def=definition, definition_metadata=EXPRESSION, **partitions
    )


def into(definition: Any, kind: Any = None, metadata: Any = None, **partitions: Any) -> Any:
    return build_input_context(
        asset_key=ASSET,
        asset_partitions_def=definition,
        dagster_type=kind,
        definition_metadata=metadata,
        upstream_output=build_output_context(asset_key=ASSET, definition_metadata=EXPRESSION),
        **partitions,
    )


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("make", PLAIN)
@settings(max_examples=examples(25))
@given(keys=KEYS)
def test_any_key_comes_back(tmp_path_factory: pytest.TempPathFactory, make: Any, keys: list[str]) -> None:
    folder = tmp_path_factory.mktemp("values") / "inside"
    manager, definition = make(folder), StaticPartitionsDefinition(keys)

    for key in keys:
        manager.handle_output(out(definition, partition_key=key), f"value of {key}")

    expected = {key: f"value of {key}" for key in keys}
    assert {key: manager.load_input(into(definition, partition_key=key)) for key in keys} == expected
    whole = PartitionKeyRange(keys[0], keys[-1])
    assert manager.load_input(into(definition, asset_partition_key_range=whole)) == expected
    assert files_below(folder.parent) == files_below(folder)


@pytest.mark.parametrize("make", FRAMES)
@settings(max_examples=examples(8))
@given(keys=KEYS)
def test_frames_of_any_key_come_back(tmp_path_factory: pytest.TempPathFactory, make: Any, keys: list[str]) -> None:
    folder = tmp_path_factory.mktemp("frames")
    manager, definition = make(folder), StaticPartitionsDefinition(keys)

    for number, key in enumerate(keys):
        frame = pd.DataFrame({"k": [key, key], "n": [number, -number]})
        manager.handle_output(out(definition, partition_key=key), frame)

    for number, key in enumerate(keys):
        loaded = manager.load_input(into(definition, pd.DataFrame, partition_key=key))
        assert sorted(loaded["n"]) == sorted([number, -number])
    whole = PartitionKeyRange(keys[0], keys[-1])
    together = manager.load_input(into(definition, pd.DataFrame, asset_partition_key_range=whole))
    assert sorted(together["n"]) == sorted([*range(len(keys)), *(-number for number in range(len(keys)))])


@pytest.mark.parametrize("make", PLAIN)
def test_a_mapping_of_a_range_is_stored_by_partition(tmp_path: Path, make: Any) -> None:
    letters = StaticPartitionsDefinition(["a", "b", "c", "d"])
    manager, some = make(tmp_path), PartitionKeyRange("b", "d")

    manager.handle_output(out(letters, asset_partition_key_range=some), {"b": "1", "c": "2", "d": "3"})

    assert manager.load_input(into(letters, partition_key="c")) == "2"
    assert manager.load_input(into(letters, asset_partition_key_range=some)) == {"b": "1", "c": "2", "d": "3"}


@pytest.mark.parametrize("make", PLAIN)
def test_a_range_may_hold_one_partition(tmp_path: Path, make: Any) -> None:
    letters = StaticPartitionsDefinition(["a", "b", "c"])
    manager, only = make(tmp_path), PartitionKeyRange("b", "b")

    manager.handle_output(out(letters, asset_partition_key_range=only), {"b": "1"})
    manager.handle_output(out(letters, asset_partition_key_range=PartitionKeyRange("c", "c")), "plain")

    assert manager.load_input(into(letters, partition_key="b")) == "1"
    assert manager.load_input(into(letters, partition_key="c")) == "plain"


@pytest.mark.parametrize("make", [each for each in PLAIN if "InMemory" not in str(each(Path("x")))])
def test_one_value_of_a_range_is_refused_where_each_partition_is_a_file(tmp_path: Path, make: Any) -> None:
    letters = StaticPartitionsDefinition(["a", "b", "c"])

    with pytest.raises(CheckError, match="makes 3 of them at once.*multi_run"):
        make(tmp_path).handle_output(out(letters, asset_partition_key_range=PartitionKeyRange("a", "c")), "all")
    assert files_below(tmp_path) == set()


@pytest.mark.parametrize("make", PLAIN)
def test_missing_partitions_are_left_out_where_that_is_allowed(tmp_path: Path, make: Any) -> None:
    letters = StaticPartitionsDefinition(["a", "b", "c"])
    manager, whole = make(tmp_path), PartitionKeyRange("a", "c")
    manager.handle_output(out(letters, partition_key="b"), "1")
    allowed = {"allow_missing_partitions": True}

    assert manager.load_input(into(letters, metadata=allowed, asset_partition_key_range=whole)) == {"b": "1"}
    assert manager.load_input(into(letters, metadata=allowed, partition_key="a")) is None
    with pytest.raises((FileNotFoundError, DagsterInvariantViolationError), match="a"):
        manager.load_input(into(letters, asset_partition_key_range=whole))


def test_two_dimensions_are_nested_folders(tmp_path: Path) -> None:
    grid = MultiPartitionsDefinition(
        {"zone": StaticPartitionsDefinition(["a/b", "c"]), "country": StaticPartitionsDefinition(["de"])}
    )

    Texts(UPath(tmp_path)).handle_output(out(grid, partition_key="de|a/b"), "1")
    PickledFiles(tmp_path, b"key").handle_output(out(grid, partition_key="de|c"), "2")

    assert files_below(tmp_path) == {tmp_path / "shop/orders/de/a%2fb.txt", tmp_path / "shop/orders/de/c"}


def test_where_partitions_lie_can_be_overridden(tmp_path: Path) -> None:
    class Hive(Texts):
        def get_path_for_partition(self, context: Any, path: UPath, partition: str) -> UPath:
            return path / f"day={partition}"

    Hive(UPath(tmp_path)).handle_output(out(StaticPartitionsDefinition(["mon"]), partition_key="mon"), "1")

    assert files_below(tmp_path) == {tmp_path / "shop/orders/day=mon.txt"}


def test_an_asset_that_becomes_partitioned_gives_up_its_file(tmp_path: Path) -> None:
    manager, days = PickledFiles(tmp_path, b"key"), StaticPartitionsDefinition(["mon"])
    manager.handle_output(build_output_context(asset_key=ASSET), "whole")

    manager.handle_output(out(days, partition_key="mon"), "monday")

    assert manager.load_input(into(days, partition_key="mon")) == "monday"


def test_a_folder_of_partitions_is_no_value(tmp_path: Path) -> None:
    manager = PickledFiles(tmp_path, b"key")
    manager.handle_output(out(StaticPartitionsDefinition(["mon"]), partition_key="mon"), "monday")

    with pytest.raises(DagsterInvariantViolationError, match="is a folder of partitions.*partition_key="):
        manager.load_input(into(None))
    with pytest.raises(DagsterInvariantViolationError, match="had partitions before"):
        manager.handle_output(build_output_context(asset_key=ASSET), "whole")


@pytest.mark.parametrize(("kind", "count"), [(pl.DataFrame, len), (pa.Table, len), (pd.DataFrame | None, len)])
def test_partitions_of_frames_become_one_frame_of_the_library_asked_for(tmp_path: Path, kind: Any, count: Any) -> None:
    days, parquet = StaticPartitionsDefinition(["mon", "tue"]), ParquetIOManager(base_dir=str(tmp_path))
    parquet.handle_output(out(days, partition_key="mon"), pl.DataFrame({"n": [1]}))
    parquet.handle_output(out(days, partition_key="tue"), pd.DataFrame({"n": [2, 3], "more": ["x", "y"]}))

    whole = parquet.load_input(into(days, kind, asset_partition_key_range=PartitionKeyRange("mon", "tue")))

    assert count(whole) == 3
    assert list(whole["n"].to_pylist() if isinstance(whole, pa.Table) else whole["n"]) == [1, 2, 3]


@pytest.mark.parametrize("kind", [dict[str, pl.DataFrame], None, Any])
def test_partitions_of_frames_are_a_dict_where_no_frame_is_asked_for(tmp_path: Path, kind: Any) -> None:
    days, parquet = StaticPartitionsDefinition(["mon", "tue"]), ParquetIOManager(base_dir=str(tmp_path))
    frames = {"mon": pl.DataFrame({"n": [1]}), "tue": pl.LazyFrame({"n": [2]})}
    both = PartitionKeyRange("mon", "tue")
    parquet.handle_output(out(days, asset_partition_key_range=both), frames)

    loaded = parquet.load_input(into(days, kind, asset_partition_key_range=both))

    assert {key: list(frame["n"]) for key, frame in loaded.items()} == {"mon": [1], "tue": [2]}


def test_one_frame_of_partitions_that_are_all_missing_is_told(tmp_path: Path) -> None:
    days, parquet = StaticPartitionsDefinition(["mon", "tue"]), ParquetIOManager(base_dir=str(tmp_path))
    allowed = {"allow_missing_partitions": True}

    with pytest.raises(FileNotFoundError, match="none of the 2 partitions of .shop/orders.*mon.*tue"):
        parquet.load_input(into(days, pd.DataFrame, allowed, asset_partition_key_range=PartitionKeyRange("mon", "tue")))


def test_dynamic_partitions_need_no_definition_to_be_stored(tmp_path: Path) -> None:
    files = DynamicPartitionsDefinition(name="files")
    manager = PickledFiles(tmp_path, b"key")
    context = build_output_context(asset_key=ASSET, partition_key="2026/01/x.csv")

    manager.handle_output(context, 1)

    assert manager.load_input(build_input_context(asset_key=ASSET, partition_key="2026/01/x.csv")) == 1
    assert files.name == "files"
