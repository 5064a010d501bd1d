"""Readings of electricity meters, and what keeps bad ones from going any further; see README.md."""

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd

from watchbell import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetSelection,
    DataVersion,
    Definitions,
    FilesystemIOManager,
    FreshnessPolicy,
    MetadataValue,
    Output,
    TableColumn,
    TableSchema,
    asset,
    asset_check,
    build_column_schema_change_checks,
    build_last_update_freshness_checks,
    build_metadata_bounds_checks,
    build_sensor_for_freshness_checks,
    define_asset_job,
    multi_asset_check,
    observable_source_asset,
)

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("QUALITY_FOLDER", HERE / "out"))
SOURCE = HERE / "data" / "readings.csv"
METERS = {"north", "south", "west"}


def described(frame: pd.DataFrame) -> dict[str, object]:
    """The facts that checks look at without loading the table."""
    columns = [TableColumn(name=str(name), type=str(kind)) for name, kind in frame.dtypes.items()]
    return {"rows": len(frame), "dagster/column_schema": MetadataValue.table_schema(TableSchema(columns=columns))}


@observable_source_asset(group_name="meters", description="The file the utility delivers. Others write it; we look.")
def delivery() -> DataVersion:
    """The file's fingerprint: what is made from it is up to date as long as that stays the same."""
    return DataVersion(hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12])


@asset(
    group_name="meters",
    deps=[delivery],
    freshness_policy=FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=26)),
    check_specs=[AssetCheckSpec("every_meter_reported", asset="readings")],
)
def readings() -> Iterator[Output[pd.DataFrame] | AssetCheckResult]:
    """All readings. Whether a meter is missing is found out while they are read."""
    frame = pd.read_csv(SOURCE, parse_dates=["read_on"])
    yield Output(frame, metadata=described(frame))
    missing = sorted(METERS - set(frame["meter"]))
    yield AssetCheckResult(
        check_name="every_meter_reported",
        passed=not missing,
        severity=AssetCheckSeverity.WARN,
        metadata={"missing": MetadataValue.json(missing)},
    )


@asset_check(asset=readings, blocking=True)
def no_negative_reading(readings: pd.DataFrame) -> AssetCheckResult:
    """A meter cannot run backwards. Nothing is made from such readings."""
    wrong = readings[readings["kwh"] < 0]
    return AssetCheckResult(passed=wrong.empty, metadata={"rows": len(wrong), "first": wrong.head(3).to_string()})


@multi_asset_check(
    specs=[
        AssetCheckSpec("no_day_twice", asset="readings", blocking=True),
        AssetCheckSpec("no_outlier", asset="readings"),
    ],
    can_subset=True,
)
def statistics(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
    """Two checks that share one look at the file."""
    frame = pd.read_csv(SOURCE)
    for key in sorted(context.selected_asset_check_keys):
        if key.name == "no_day_twice":
            wrong = int(frame.duplicated(["meter", "read_on"]).sum())
        else:
            middle = frame.groupby("meter")["kwh"].transform("median")
            wrong = int(((frame["kwh"] - middle).abs() > 0.5 * middle).sum())
        yield AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=wrong == 0,
            severity=AssetCheckSeverity.ERROR if key.name == "no_day_twice" else AssetCheckSeverity.WARN,
            metadata={"rows": wrong},
        )


@asset(group_name="meters", owners=["team:energy"])
def daily_use(readings: pd.DataFrame) -> Output[pd.DataFrame]:
    """What all meters used, day by day. Made only from readings that passed."""
    frame = readings.groupby("read_on", as_index=False)["kwh"].sum()
    return Output(frame, metadata={**described(frame), "kwh": float(frame["kwh"].sum())})


enough_rows = build_metadata_bounds_checks(assets=[readings], metadata_key="rows", min_value=10, max_value=100_000)
same_columns = build_column_schema_change_checks(assets=[readings, daily_use])
made_lately = build_last_update_freshness_checks(assets=[daily_use], lower_bound_delta=timedelta(hours=26))
look_whether_made_lately = build_sensor_for_freshness_checks(freshness_checks=made_lately)

meters_job = define_asset_job("meters", selection=AssetSelection.groups("meters"))

defs = Definitions(
    assets=[delivery, readings, daily_use],
    asset_checks=[no_negative_reading, statistics, *enough_rows, *same_columns, *made_lately],
    jobs=[meters_job],
    sensors=[look_whether_made_lately],
    resources={"io_manager": FilesystemIOManager(base_dir=str(FOLDER / "values"))},
)
