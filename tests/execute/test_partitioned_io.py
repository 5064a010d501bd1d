"""Values of partitions in runs: which are stored, which are loaded, and what a range gives."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from upath import UPath

from watchbell import (
    AssetExecutionContext,
    AssetIn,
    DagsterInstance,
    Definitions,
    FilesystemIOManager,
    InMemoryIOManager,
    InputContext,
    OutputContext,
    TimeWindowPartitionMapping,
    UPathIOManager,
    asset,
    job,
    materialize,
    op,
)
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, MonthlyPartitionsDefinition
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.ground.errors import CheckError, DagsterInvariantViolationError
from watchbell.io.duckdb import DuckDBIOManager
from watchbell.io.parquet import ParquetIOManager
from watchbell.record.partition import RANGE_END_TAG, RANGE_START_TAG

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01")
MONTHS = MonthlyPartitionsDefinition("2026-01-01", end_date="2026-03-01")
LETTERS = StaticPartitionsDefinition(["a", "b/c", "d"])
WHOLE_MONTH = {RANGE_START_TAG: "2026-01-01", RANGE_END_TAG: "2026-01-31"}


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as opened:
        yield opened


@asset(partitions_def=DAYS)
def days(context: AssetExecutionContext) -> Any:
    found = {key: int(key[-2:]) for key in context.partition_keys}
    return found if len(found) > 1 else next(iter(found.values()))


@asset(partitions_def=MONTHS)
def month(days: Any) -> int:
    return sum(days.values())


@asset(partitions_def=LETTERS)
def letters(context: AssetExecutionContext) -> str:
    return context.partition_key * 2


@asset
def all_letters(letters: Any) -> list[str]:
    return sorted(letters.values())


def test_a_month_is_loaded_as_a_dict_of_its_days(instance: DagsterInstance) -> None:
    materialize([days], tags=WHOLE_MONTH, instance=instance)
    materialize([days], partition_key="2026-01-31", instance=instance)

    result = materialize([days, month], selection=[month], partition_key="2026-01-01", instance=instance)

    assert result.output_for_node("month") == sum(range(1, 32))


def test_an_asset_without_partitions_is_made_from_all_that_there_are(instance: DagsterInstance) -> None:
    for key in LETTERS.get_partition_keys():
        materialize([letters], partition_key=key, instance=instance)

    result = materialize([letters, all_letters], selection=[all_letters], instance=instance)

    assert result.output_for_node("all_letters") == ["aa", "b/cb/c", "dd"]


def test_a_partition_that_was_not_made_is_told(instance: DagsterInstance) -> None:
    materialize([letters], partition_key="a", instance=instance)

    with pytest.raises(
        DagsterInvariantViolationError, match="partition 'b/c' of the asset 'letters' was not stored yet"
    ):
        materialize([letters, all_letters], selection=[all_letters], instance=instance)


def test_missing_partitions_may_be_allowed(instance: DagsterInstance) -> None:
    @asset(ins={"letters": AssetIn(metadata={"allow_missing_partitions": True})})
    def some_letters(letters: Any) -> list[str]:
        return sorted(letters)

    materialize([letters], partition_key="d", instance=instance)

    result = materialize([letters, some_letters], selection=[some_letters], instance=instance)

    assert result.output_for_node("some_letters") == ["d"]


def test_a_range_gives_a_value_for_each_partition_or_fails(instance: DagsterInstance) -> None:
    @asset(partitions_def=DAYS)
    def whole(context: AssetExecutionContext) -> int:
        return len(context.partition_keys)

    with pytest.raises(CheckError, match="makes 31 of them at once"):
        materialize([whole], tags=WHOLE_MONTH, instance=instance)


def test_in_memory_a_range_hands_its_value_on(instance: DagsterInstance) -> None:
    @asset(partitions_def=DAYS)
    def whole(context: AssetExecutionContext) -> list[str]:
        return list(context.partition_keys)

    @asset(partitions_def=DAYS)
    def counted(whole: list[str]) -> int:
        return len(whole)

    resources = {"io_manager": InMemoryIOManager()}
    result = materialize([whole, counted], tags=WHOLE_MONTH, resources=resources, instance=instance)

    assert result.output_for_node("counted") == 31


def test_an_asset_without_partitions_lies_in_one_place_also_in_a_run_for_a_partition(instance: DagsterInstance) -> None:
    @asset
    def settings() -> int:
        return 3

    @asset(partitions_def=LETTERS)
    def scaled(context: AssetExecutionContext, settings: int) -> str:
        return context.partition_key * settings

    result = materialize([settings, scaled], partition_key="a", instance=instance)

    assert result.output_for_node("scaled") == "aaa"
    assert Definitions([settings]).load_asset_value("settings", instance=instance) == 3


def test_a_step_loads_a_partition_of_any_asset(instance: DagsterInstance) -> None:
    @asset(partitions_def=DAYS, deps=[letters])
    def reads(context: AssetExecutionContext) -> Any:
        return context.load_asset_value("letters", partition_key="b/c")

    materialize([letters], partition_key="b/c", instance=instance)

    result = materialize([letters, reads], selection=[reads], partition_key="2026-01-05", instance=instance)

    assert result.output_for_node("reads") == "b/cb/c"


def test_a_partition_of_an_asset_that_has_none_cannot_be_loaded(instance: DagsterInstance) -> None:
    @asset
    def plain() -> int:
        return 1

    @asset(deps=[plain])
    def reads(context: AssetExecutionContext) -> Any:
        return context.load_asset_value("plain", partition_key="a")

    with pytest.raises(DagsterInvariantViolationError, match="the asset is not partitioned"):
        materialize([plain, reads], instance=instance)


def test_dynamic_partitions_are_loaded_without_a_run(instance: DagsterInstance) -> None:
    @asset(partitions_def=DynamicPartitionsDefinition(name="files"))
    def sizes(context: AssetExecutionContext) -> int:
        return len(context.partition_key)

    instance.add_dynamic_partitions("files", ["2026/01/a.csv"])
    materialize([sizes], partition_key="2026/01/a.csv", instance=instance)

    assert Definitions([sizes]).load_asset_value("sizes", partition_key="2026/01/a.csv", instance=instance) == 13


def test_ops_of_a_job_for_a_partition_are_told_its_key(instance: DagsterInstance) -> None:
    @op
    def give() -> int:
        return 1

    @op
    def take(give: int) -> int:
        return give + 1

    @job(partitions_def=LETTERS)
    def partitioned() -> None:
        take(give())

    result = partitioned.execute_in_process(partition_key="a", instance=instance)

    assert result.output_for_node("take") == 2


@pytest.mark.parametrize("kind", ["parquet", "duckdb"])
def test_frames_of_a_grid_become_one_frame_of_a_day(tmp_path: Path, kind: str, instance: DagsterInstance) -> None:
    grid = MultiPartitionsDefinition({"city": StaticPartitionsDefinition(["x", "y/z"]), "day": DAYS})

    @asset(partitions_def=grid, metadata={"partition_expr": {"city": "city", "day": "at"}})
    def readings(context: AssetExecutionContext) -> pd.DataFrame:
        key = context.partition_key.keys_by_dimension  # type: ignore[attr-defined]
        return pd.DataFrame({"city": [key["city"]], "at": [pd.Timestamp(key["day"])]})

    @asset(partitions_def=DAYS, metadata={"partition_expr": "at"})
    def by_day(readings: pd.DataFrame) -> pd.DataFrame:
        return readings.sort_values("city")

    manager = (
        ParquetIOManager(base_dir=str(tmp_path)) if kind == "parquet" else DuckDBIOManager(database=str(tmp_path / "d"))
    )
    resources = {"io_manager": manager}
    for cell in ("x|2026-01-02", "y/z|2026-01-02", "x|2026-01-03"):
        materialize([readings], partition_key=cell, resources=resources, instance=instance)

    result = materialize(
        [readings, by_day], selection=[by_day], partition_key="2026-01-02", resources=resources, instance=instance
    )

    assert list(result.output_for_node("by_day")["city"]) == ["x", "y/z"]


class Texts(UPathIOManager):
    extension = ".txt"

    def dump_to_path(self, context: OutputContext, obj: Any, path: UPath) -> None:
        path.write_text(obj)

    def load_from_path(self, context: InputContext, path: UPath) -> str:
        return path.read_text()


@pytest.mark.parametrize("kind", ["memory", "files", "texts"])
def test_before_the_first_partition_there_is_nothing(kind: str, tmp_path: Path) -> None:
    managers = {
        "memory": InMemoryIOManager(),
        "files": FilesystemIOManager(base_dir=tmp_path),
        "texts": Texts(UPath(tmp_path)),
    }
    before = AssetIn(partition_mapping=TimeWindowPartitionMapping(start_offset=-1, end_offset=-1))

    @asset(partitions_def=DAYS, ins={"total": before})
    def total(total: Any) -> str:
        return "1" if total is None else f"{total}1"

    @asset(partitions_def=DAYS, ins={"by_day": before})
    def by_day(by_day: dict[str, str]) -> str:
        return repr(by_day)

    resources = {"io_manager": managers[kind]}
    materialize([total, by_day], partition_key="2026-01-01", resources=resources)
    result = materialize([total], partition_key="2026-01-02", resources=resources)

    assert result.output_for_node("total") == "11"
    assert materialize([by_day], partition_key="2026-01-01", resources=resources).output_for_node("by_day") == "{}"


@pytest.mark.parametrize("kind", ["parquet", "duckdb"])
def test_before_the_first_partition_there_is_no_frame(kind: str, tmp_path: Path) -> None:
    before = AssetIn(partition_mapping=TimeWindowPartitionMapping(start_offset=-1, end_offset=-1))
    lengths = []

    @asset(partitions_def=DAYS, ins={"total": before}, metadata={"partition_expr": "day"})
    def total(context: AssetExecutionContext, total: pd.DataFrame | None) -> pd.DataFrame:
        lengths.append(None if total is None else len(total))
        return pd.DataFrame({"day": [pd.Timestamp(context.partition_key)]})

    manager = (
        ParquetIOManager(base_dir=str(tmp_path))
        if kind == "parquet"
        else DuckDBIOManager(database=str(tmp_path / "rows.duckdb"))
    )
    for key in ("2026-01-01", "2026-01-02"):
        materialize([total], partition_key=key, resources={"io_manager": manager})

    assert lengths == [None, 1]
