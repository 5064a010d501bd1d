"""Temperatures by city and day, reports by month, and letters as they come; see README.md."""

import os
from importlib.resources import as_file, files
from pathlib import Path

import pandas as pd

from watchbell import (
    AssetCheckResult,
    AssetExecutionContext,
    BackfillPolicy,
    DailyPartitionsDefinition,
    Definitions,
    DynamicPartitionsDefinition,
    FilesystemIOManager,
    MonthlyPartitionsDefinition,
    MultiPartitionsDefinition,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    define_asset_job,
    sensor,
)
from watchbell.io.duckdb import DuckDBIOManager

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("TEMPERATURES_FOLDER", HERE / "out"))
LETTERS = HERE / "letters"
SOURCES = {"san-francisco": "sf-temps.csv", "seattle": "seattle-temps.csv"}

by_day = DailyPartitionsDefinition("2010-01-01", end_date="2011-01-01")
by_month = MonthlyPartitionsDefinition("2010-01-01", end_date="2011-01-01")
by_city_and_day = MultiPartitionsDefinition({"city": StaticPartitionsDefinition(list(SOURCES)), "day": by_day})
by_letter = DynamicPartitionsDefinition(name="letters")

IN_ONE_RUN = BackfillPolicy.single_run()


@asset(
    partitions_def=by_city_and_day,
    metadata={"partition_expr": {"city": "city", "day": "measured_at"}},
    backfill_policy=IN_ONE_RUN,
)
def readings(context: AssetExecutionContext) -> pd.DataFrame:
    """What the stations measured each hour, of the cities and days that are asked for."""
    start, end = (moment.replace(tzinfo=None) for moment in context.partition_time_window)
    cities = dict.fromkeys(key.keys_by_dimension["city"] for key in context.partition_keys)
    hours = pd.concat([_hours(city) for city in cities], ignore_index=True)
    return hours[(hours["measured_at"] >= start) & (hours["measured_at"] < end)]


def _hours(city: str) -> pd.DataFrame:
    with as_file(files("vega_datasets") / "_data" / SOURCES[city]) as path:
        frame = pd.read_csv(path, parse_dates=["date"])
    celsius = ((frame["temp"] - 32) / 1.8).round(1)
    return pd.DataFrame({"city": city, "measured_at": frame["date"], "celsius": celsius})


@asset(partitions_def=by_day, metadata={"partition_expr": "day"}, backfill_policy=IN_ONE_RUN)
def days(readings: pd.DataFrame) -> pd.DataFrame:
    """The coldest and the warmest hour of each day, in each city: a day is made from the readings of both."""
    day = readings["measured_at"].dt.normalize().rename("day")
    found = readings.groupby(["city", day])["celsius"].agg(coldest="min", warmest="max")
    return found.reset_index()


@asset(partitions_def=by_month, metadata={"partition_expr": "month"})
def report(context: AssetExecutionContext, days: pd.DataFrame) -> pd.DataFrame:
    """A line for each city: how a month was. It is made from all its days."""
    lines = days.groupby("city").agg(
        days=("day", "nunique"), coldest=("coldest", "min"), warmest=("warmest", "max"), average=("warmest", "mean")
    )
    context.add_output_metadata({"warmest": float(lines["warmest"].max())})
    return lines.round(1).reset_index().assign(month=pd.Timestamp(context.partition_key))


@asset_check(asset=report)
def every_day_is_there(report: pd.DataFrame) -> AssetCheckResult:
    """Whether each city measured on each day of the month."""
    wanted = report["month"].dt.days_in_month
    short = report[report["days"] < wanted]
    return AssetCheckResult(
        passed=short.empty and set(report["city"]) == set(SOURCES), metadata={"short": ", ".join(short["city"])}
    )


@asset(partitions_def=by_letter, io_manager_key="files")
def words(context: AssetExecutionContext) -> dict[str, int]:
    """How often each word comes in a letter."""
    text = (LETTERS / context.partition_key).read_text()
    counted = pd.Series(text.lower().replace(",", " ").replace(".", " ").split()).value_counts()
    return {str(word): int(count) for word, count in counted.items()}


read_letter = define_asset_job("read_letter", selection=[words], partitions_def=by_letter)


@sensor(job=read_letter)
def new_letters(context: SensorEvaluationContext) -> SensorResult:
    """Each letter that was not there before becomes a partition, and gets a run."""
    known = set(context.instance.get_dynamic_partitions("letters"))
    new = sorted(path.name for path in LETTERS.glob("*.txt") if path.name not in known)
    return SensorResult(
        dynamic_partitions_requests=[by_letter.build_add_request(new)] if new else [],
        run_requests=[RunRequest(partition_key=name) for name in new],
    )


FOLDER.mkdir(parents=True, exist_ok=True)
defs = Definitions(
    assets=[readings, days, report, words],
    asset_checks=[every_day_is_there],
    jobs=[read_letter],
    sensors=[new_letters],
    resources={
        "io_manager": DuckDBIOManager(database=str(FOLDER / "temperatures.duckdb")),
        "files": FilesystemIOManager(),
    },
)
