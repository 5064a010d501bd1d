"""Share prices as Parquet files and DuckDB tables: frames where Python is best, SQL where SQL is; see README.md."""

import os
from importlib.resources import as_file, files
from pathlib import Path

import pandas as pd
import polars as pl

from watchbell import (
    AssetIn,
    AssetOut,
    AssetSelection,
    Config,
    Definitions,
    MaterializeResult,
    MetadataValue,
    Output,
    ScheduleDefinition,
    asset,
    define_asset_job,
    multi_asset,
)
from watchbell.io.duckdb import DuckDBIOManager
from watchbell.io.duckdb_connection import DuckDBResource
from watchbell.io.parquet import ParquetIOManager

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("LAKEHOUSE_FOLDER", HERE / "out"))
LAKE, WAREHOUSE = str(FOLDER / "lake"), str(FOLDER / "warehouse.duckdb")
SOURCE = files("vega_datasets") / "_data" / "stocks.csv"


class Period(Config):
    """Which part of the source is taken in."""

    first_day: str = "2000-01-01"
    last_day: str = "2010-12-31"


@asset(key_prefix="raw", group_name="lake", io_manager_key="lake", kinds={"pandas", "parquet"})
def prices(config: Period) -> Output[pd.DataFrame]:
    """Monthly closing prices of five companies, from the CSV inside the package `vega_datasets`."""
    with as_file(SOURCE) as path:
        frame = pd.read_csv(path, parse_dates=["date"])
    taken = frame[frame["date"].between(config.first_day, config.last_day)].reset_index(drop=True)
    return Output(taken, metadata={"symbols": MetadataValue.json(sorted(taken["symbol"].unique()))})


@multi_asset(
    group_name="lake",
    ins={"prices": AssetIn(["raw", "prices"])},
    outs={
        "returns": AssetOut(key_prefix="staging", io_manager_key="lake", kinds={"polars", "parquet"}),
        "gaps": AssetOut(key_prefix="staging", io_manager_key="lake", kinds={"polars", "parquet"}, is_required=False),
    },
)
def months(prices: pl.DataFrame):
    """What each month gained or lost, and the months that are missing, if any are."""
    by_symbol = prices.sort("symbol", "date").with_columns(before=pl.col("date").shift().over("symbol"))
    returns = by_symbol.with_columns(gain=(pl.col("price") / pl.col("price").shift().over("symbol") - 1).round(4))
    yield Output(returns.drop("before").drop_nulls(), "returns")
    gaps = by_symbol.filter((pl.col("date") - pl.col("before")).dt.total_days() > 31)
    if len(gaps):
        yield Output(gaps.select("symbol", "before", "date"), "gaps")


@asset(
    key_prefix="marts",
    group_name="warehouse",
    io_manager_key="warehouse",
    kinds={"pandas", "duckdb"},
    ins={"returns": AssetIn(["staging", "returns"], metadata={"columns": ["symbol", "date", "gain"]})},
)
def yearly_returns(returns: pd.DataFrame) -> pd.DataFrame:
    """What each year gained or lost: the months multiplied."""
    years = returns.assign(year=returns["date"].dt.year).groupby(["symbol", "year"])["gain"]
    return years.apply(lambda gains: round(float((1 + gains).prod() - 1), 4)).reset_index()


@asset(key_prefix="marts", group_name="warehouse", deps=[yearly_returns], kinds={"sql", "duckdb"})
def best_years(duckdb: DuckDBResource) -> MaterializeResult:
    """The best year of each company, made where the data lies."""
    with duckdb.get_connection() as connection:
        connection.execute(
            "CREATE OR REPLACE TABLE marts.best_years AS "
            "SELECT symbol, arg_max(year, gain) AS year, max(gain) AS gain FROM marts.yearly_returns GROUP BY symbol"
        )
        rows = connection.execute("SELECT * FROM marts.best_years ORDER BY gain DESC").fetchall()
    table = [
        "| company | year | gain |",
        "|---|---|---|",
        *(f"| {name} | {year} | {gain:+.0%} |" for name, year, gain in rows),
    ]
    return MaterializeResult(metadata={"rows": len(rows), "best years": MetadataValue.md("\n".join(table))})


lakehouse_job = define_asset_job("lakehouse", selection=AssetSelection.groups("lake", "warehouse"))
monthly = ScheduleDefinition(job=lakehouse_job, cron_schedule="0 6 1 * *", name="monthly_prices")

defs = Definitions(
    assets=[prices, months, yearly_returns, best_years],
    jobs=[lakehouse_job],
    schedules=[monthly],
    resources={
        "lake": ParquetIOManager(base_dir=LAKE),
        "warehouse": DuckDBIOManager(database=WAREHOUSE),
        "duckdb": DuckDBResource(database=WAREHOUSE),
    },
)
