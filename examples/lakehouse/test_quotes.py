"""How such a lakehouse is tested: functions on small frames, and the whole of it in a folder of its own."""

from pathlib import Path

import pandas as pd
import polars as pl
from quotes import best_years, months, prices, yearly_returns

from watchbell import AssetKey, ExecuteInProcessResult, RunConfig, materialize
from watchbell.io.duckdb import DuckDBIOManager
from watchbell.io.duckdb_connection import DuckDBResource
from watchbell.io.parquet import ParquetIOManager


def _run(folder: Path, last_day: str = "2010-12-31") -> ExecuteInProcessResult:
    database = str(folder / "warehouse.duckdb")
    return materialize(
        [prices, months, yearly_returns, best_years],
        resources={
            "lake": ParquetIOManager(base_dir=str(folder / "lake")),
            "warehouse": DuckDBIOManager(database=database),
            "duckdb": DuckDBResource(database=database),
        },
        run_config=RunConfig(ops={"raw__prices": {"config": {"last_day": last_day}}}),
    )


def test_a_year_is_its_months_multiplied() -> None:
    months_of_a_year = pd.DataFrame(
        {"symbol": ["A", "A"], "date": pd.to_datetime(["2001-01-01", "2001-02-01"]), "gain": [0.5, -0.5]}
    )

    assert yearly_returns(months_of_a_year).to_dict("records") == [{"symbol": "A", "year": 2001, "gain": -0.25}]


def test_everything_is_made_and_lies_where_it_should(tmp_path: Path) -> None:
    result = _run(tmp_path)

    assert result.success
    assert pl.read_parquet(tmp_path / "lake" / "staging" / "returns.parquet")["symbol"].n_unique() == 5
    with DuckDBResource(database=str(tmp_path / "warehouse.duckdb")).get_connection() as connection:
        best = connection.execute("SELECT year FROM marts.best_years WHERE symbol = 'AAPL'").fetchone()
    assert best == (2004,)


def test_what_is_stored_tells_its_rows_and_columns(tmp_path: Path) -> None:
    result = _run(tmp_path)

    (event,) = result.asset_materializations_for_node("raw__prices")
    assert event.metadata["dagster/row_count"].value == 560
    assert [column.name for column in event.metadata["dagster/column_schema"].value.columns] == [
        "symbol",
        "date",
        "price",
    ]


def test_no_gaps_no_table_of_gaps(tmp_path: Path) -> None:
    result = _run(tmp_path, last_day="2001-12-31")

    made = {event.asset_key for event in result.get_asset_materialization_events()}
    assert AssetKey(["staging", "gaps"]) not in made
    assert not (tmp_path / "lake" / "staging" / "gaps.parquet").exists()
