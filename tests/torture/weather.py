"""What the tortured backfill works on: Seattle's weather of four years, a partition a day, and then a month.

Each execution of a partition leaves a line in ``executed``. Some days fail when they are tried first, and runs are
killed; a service executes them again. A month looks whether all of its days are there.
"""

import csv
import os
import time
from calendar import monthrange
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from watchbell import (
    AssetExecutionContext,
    DailyPartitionsDefinition,
    Definitions,
    Failure,
    MetadataValue,
    MonthlyPartitionsDefinition,
    Output,
    asset,
    in_process_executor,
)

FOLDER = Path(os.environ["TORTURE_FOLDER"])
EXECUTED_FILE = FOLDER / "executed"
START, END = os.environ["TORTURE_START"], os.environ["TORTURE_END"]
FAILS_EVERY = 97
DAYS = DailyPartitionsDefinition(START, end_date=END)
MONTHS = MonthlyPartitionsDefinition(START, end_date=END)
PACKAGE = find_spec("vega_datasets")
assert PACKAGE is not None
assert PACKAGE.submodule_search_locations is not None
SOURCE = Path(PACKAGE.submodule_search_locations[0]) / "_data" / "seattle-weather.csv"


def write_down(context: AssetExecutionContext) -> None:
    """One line an execution, written with one call, so that workers that end together do not mix."""
    with EXECUTED_FILE.open("a") as lines:
        lines.write(f"{context.run_id} {context.asset_key.to_user_string()} {context.partition_key}\n")


@asset(partitions_def=DAYS)
def day(context: AssetExecutionContext) -> Output[dict[str, str]]:
    """The source's row of one day."""
    write_down(context)
    wanted = context.partition_key
    tried = FOLDER / f"tried-{wanted}"
    if date.fromisoformat(wanted).toordinal() % FAILS_EVERY == 0 and not tried.exists():
        tried.touch()
        raise Failure("the source was not there")
    with SOURCE.open(newline="") as lines:
        row = next(row for row in csv.DictReader(lines) if row["date"].replace("/", "-") == wanted)
    time.sleep(0.02)  # user code
    return Output(row, metadata={"rain_mm": MetadataValue.float(float(row["precipitation"]))})


@asset(partitions_def=MONTHS)
def month(context: AssetExecutionContext, day: dict[str, dict[str, str]]) -> float:
    """The rain of a month."""
    write_down(context)
    first = date.fromisoformat(context.partition_key)
    expected = monthrange(first.year, first.month)[1]
    if len(day) != expected:
        raise Failure(f"{len(day)} days of {expected}")
    return sum(float(row["precipitation"]) for row in day.values())


defs = Definitions(assets=[day, month], executor=in_process_executor)
