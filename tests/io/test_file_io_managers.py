"""Parquet, CSV and JSON files: where they lie, what is said of them, what is refused."""

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from watchbell import (
    AssetIn,
    DagsterInvariantViolationError,
    EnvVar,
    Nothing,
    asset,
    build_input_context,
    build_output_context,
    job,
    materialize,
    op,
)
from watchbell.io.csv import CsvIOManager
from watchbell.io.json import JsonIOManager
from watchbell.io.parquet import ParquetIOManager

ORDERS = {"id": [1, 2], "what": ["tea", None]}


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@asset(key_prefix="raw")
def orders() -> pd.DataFrame:
    return pd.DataFrame(ORDERS)


@asset(ins={"orders": AssetIn(["raw", "orders"])})
def lazy(orders: pl.LazyFrame) -> pl.LazyFrame:
    return orders.with_columns(pl.col("id") * 2)


@asset
def table(lazy: pa.Table) -> pa.Table:
    return lazy


@asset
def reader(table: pa.RecordBatchReader) -> pa.RecordBatchReader:
    return table


@asset(ins={"reader": AssetIn(metadata={"columns": ["id"]})})
def ids(reader: pl.DataFrame) -> list[int]:
    return reader["id"].to_list()


def test_a_chain_of_assets_passes_frames_between_libraries(tmp_path: Path) -> None:
    managers = {"io_manager": ParquetIOManager(base_dir=str(tmp_path))}

    result = materialize([orders, lazy, table, reader], resources=managers)

    assert files_below(tmp_path) == ["lazy.parquet", "raw/orders.parquet", "reader.parquet", "table.parquet"]
    assert result.output_for_node("table").to_pydict() == {"id": [2, 4], "what": ["tea", None]}


def test_an_input_takes_the_columns_it_names(tmp_path: Path) -> None:
    parquet = ParquetIOManager(base_dir=str(tmp_path))
    parquet.handle_output(build_output_context(asset_key="reader"), pl.DataFrame(ORDERS))

    context = build_input_context(asset_key="reader", metadata={"columns": ["id"]})

    assert list(parquet.load_input(context).columns) == ["id"]
    with pytest.raises(DagsterInvariantViolationError, match="is a list of names, not 3"):
        parquet.load_input(build_input_context(name="r", asset_key="reader", metadata={"columns": 3}))


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table])
def test_rows_and_columns_are_metadata_of_the_materialization(tmp_path: Path, kind: Any) -> None:
    @asset
    def made() -> Any:
        return kind(ORDERS)

    result = materialize([made], resources={"io_manager": ParquetIOManager(base_dir=str(tmp_path))})

    [event] = result.get_asset_materialization_events()
    metadata = event.materialization.metadata
    assert metadata["dagster/row_count"].value == 2
    assert metadata["path"].value == str(tmp_path / "made.parquet")
    assert [each.name for each in metadata["dagster/column_schema"].value.columns] == ["id", "what"]


@pytest.mark.parametrize("compression", ["zstd", "snappy", "gzip", "brotli", "lz4", "none"])
@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table])
def test_every_compression_can_be_read_again(tmp_path: Path, kind: Any, compression: str) -> None:
    parquet = ParquetIOManager(base_dir=str(tmp_path), compression=compression)

    parquet.handle_output(build_output_context(asset_key="orders"), kind(ORDERS))

    assert list(parquet.load_input(build_input_context(asset_key="orders"))["id"]) == [1, 2]


def test_an_input_without_annotation_gets_the_upstreams_kind_or_the_configured_one(tmp_path: Path) -> None:
    @asset
    def said() -> pl.DataFrame:
        return pl.DataFrame(ORDERS)

    @asset
    def unsaid():
        return pl.DataFrame(ORDERS)

    seen = []

    @asset
    def taker(said, unsaid) -> None:
        seen.extend([type(said), type(unsaid)])

    managers = {"io_manager": ParquetIOManager(base_dir=str(tmp_path), frame="pyarrow")}
    materialize([said, unsaid, taker], resources=managers)

    assert seen == [pl.DataFrame, pa.Table]


def test_the_folder_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLES", str(tmp_path))

    materialize([orders], resources={"io_manager": ParquetIOManager(base_dir=EnvVar("TABLES"))})

    assert files_below(tmp_path) == ["raw/orders.parquet"]


def test_files_may_lie_on_any_file_system() -> None:
    parquet = ParquetIOManager(base_dir="memory://test_file_io_managers")

    parquet.handle_output(build_output_context(asset_key="orders"), pd.DataFrame(ORDERS))

    assert list(parquet.load_input(build_input_context(asset_key="orders"))["id"]) == [1, 2]
    assert parquet.has_output(build_output_context(asset_key="orders"))


def test_outputs_of_ops_have_a_file_a_run(tmp_path: Path) -> None:
    @op
    def load() -> pd.DataFrame:
        return pd.DataFrame(ORDERS)

    @op
    def count(rows: pl.DataFrame) -> None:
        assert rows.height == 2

    @job(resource_defs={"io_manager": ParquetIOManager(base_dir=str(tmp_path))})
    def counting() -> None:
        count(load())

    run_id = counting.execute_in_process().run_id

    assert files_below(tmp_path) == [f"{run_id}/load/result.parquet"]


def test_what_is_no_frame_is_refused_by_its_kind(tmp_path: Path) -> None:
    parquet = ParquetIOManager(base_dir=str(tmp_path))

    with pytest.raises(DagsterInvariantViolationError, match=r"stores frames of pandas.*was given a list"):
        parquet.handle_output(build_output_context(asset_key="orders"), [1])


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    parquet = ParquetIOManager(base_dir=str(tmp_path))
    parquet.handle_output(build_output_context(asset_key="orders"), pd.DataFrame(ORDERS))

    with pytest.raises(pa.ArrowInvalid):
        parquet.handle_output(build_output_context(asset_key="orders"), pd.DataFrame({"mixed": [1, "x"]}))

    assert files_below(tmp_path) == ["orders.parquet"]
    assert list(parquet.load_input(build_input_context(asset_key="orders"))["id"]) == [1, 2]


def test_csv_has_a_line_of_names_and_no_index(tmp_path: Path) -> None:
    CsvIOManager(base_dir=str(tmp_path)).handle_output(build_output_context(asset_key="o"), pd.DataFrame(ORDERS))

    assert (tmp_path / "o.csv").read_text() == "id,what\n1,tea\n2,\n"


def test_the_same_frame_gives_the_same_compressed_file(tmp_path: Path) -> None:
    packed = CsvIOManager(base_dir=str(tmp_path), compression="gzip")
    contents = []
    for name in ("a", "b"):
        packed.handle_output(build_output_context(asset_key=name), pl.DataFrame(ORDERS))
        contents.append((tmp_path / f"{name}.csv.gz").read_bytes())

    assert contents[0] == contents[1]
    assert gzip.decompress(contents[0]) == b"id,what\n1,tea\n2,\n"


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table])
def test_json_is_an_object_a_row(tmp_path: Path, kind: Any) -> None:
    JsonIOManager(base_dir=str(tmp_path)).handle_output(build_output_context(asset_key="a"), kind(ORDERS))
    JsonIOManager(base_dir=str(tmp_path), lines=True).handle_output(build_output_context(asset_key="a"), kind(ORDERS))

    rows = [{"id": 1, "what": "tea"}, {"id": 2, "what": None}]
    assert json.loads((tmp_path / "a.json").read_text()) == rows
    assert [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()] == rows


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.Table])
def test_json_gives_the_frame_that_is_asked_for(tmp_path: Path, kind: Any, lines: bool) -> None:
    files = JsonIOManager(base_dir=str(tmp_path), lines=lines)

    @asset
    def rows() -> pd.DataFrame:
        return pd.DataFrame({"id": [1, 2]})

    @asset
    def taken(rows: kind) -> None:
        assert isinstance(rows, kind)
        assert [int(each.as_py() if kind is pa.Table else each) for each in rows["id"]] == [1, 2]

    assert materialize([rows, taken], resources={"io_manager": files}).success


@pytest.mark.parametrize("value", [{"a": [1, None, "é"]}, [1, 2], "text", 3.5, True, None])
def test_json_keeps_plain_values(tmp_path: Path, value: Any) -> None:
    files = JsonIOManager(base_dir=str(tmp_path))

    files.handle_output(build_output_context(asset_key="v"), value)

    assert files.load_input(build_input_context(asset_key="v")) == value


def test_what_json_cannot_say_is_refused(tmp_path: Path) -> None:
    files = JsonIOManager(base_dir=str(tmp_path))

    for value in ({1, 2}, float("nan"), object()):
        with pytest.raises(DagsterInvariantViolationError, match="cannot be written as JSON"):
            files.handle_output(build_output_context(asset_key="v"), value)
    assert files_below(tmp_path) == []


def test_done_without_a_value_leaves_no_file(tmp_path: Path) -> None:
    parquet = ParquetIOManager(base_dir=str(tmp_path))

    @asset
    def nothing() -> None: ...

    materialize([nothing], resources={"io_manager": parquet})
    parquet.handle_output(build_output_context(asset_key="n", dagster_type=Nothing), None)

    assert files_below(tmp_path) == []


def test_an_annotation_that_allows_none_says_the_kind_too(tmp_path: Path) -> None:
    parquet = ParquetIOManager(base_dir=str(tmp_path))
    seen = []

    @asset
    def o() -> pd.DataFrame:
        return pd.DataFrame(ORDERS)

    @asset
    def taker(o: pl.DataFrame | None) -> None:
        seen.append(type(o))

    materialize([o, taker], resources={"io_manager": parquet})

    assert seen == [pl.DataFrame]
