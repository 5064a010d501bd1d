"""The same four years in partitions, a day and then a month at a time: something to fill in by a backfill.

Nothing starts them by itself; README.md says how to. ``definitions.py`` takes these assets up.
"""

import csv
from calendar import monthrange
from datetime import date
from pathlib import Path

from watchbell import (
    AssetExecutionContext,
    ConfigurableResource,
    DailyPartitionsDefinition,
    Failure,
    MetadataValue,
    MonthlyPartitionsDefinition,
    Output,
    asset,
)

DAYS = DailyPartitionsDefinition("2012-01-01", end_date="2016-01-01")
MONTHS = MonthlyPartitionsDefinition("2012-01-01", end_date="2016-01-01")


class Source(ConfigurableResource):
    """Where days come from: the CSV file of the package."""

    path: str

    def row_of(self, day: str) -> dict[str, str]:
        """The line of a day, such as ``2012-01-31``; the file writes 2012/01/31."""
        with Path(self.path).open(newline="", encoding="utf-8") as lines:
            return next(row for row in csv.DictReader(lines) if row["date"] == day.replace("-", "/"))


@asset(group_name="four_years", partitions_def=DAYS)
def weather_of_day(context: AssetExecutionContext, source: Source) -> Output[dict[str, str]]:
    """What the source says of one day."""
    row = source.row_of(context.partition_key)
    return Output(row, metadata={"rain_mm": MetadataValue.float(float(row["precipitation"]))})


@asset(group_name="four_years", partitions_def=MONTHS)
def weather_of_month(context: AssetExecutionContext, weather_of_day: dict[str, dict[str, str]]) -> Output[float]:
    """The rain of a month, in mm: made from all its days, which come as a dict of their partitions."""
    first = date.fromisoformat(context.partition_key)
    expected = monthrange(first.year, first.month)[1]
    if len(weather_of_day) != expected:
        raise Failure(f"{context.partition_key}: {len(weather_of_day)} days of {expected}")
    rain_mm = round(sum(float(row["precipitation"]) for row in weather_of_day.values()), 1)
    return Output(rain_mm, metadata={"rain_mm": rain_mm})
