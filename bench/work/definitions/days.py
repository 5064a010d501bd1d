"""User code: an asset with BENCH_PARTITIONS partitions, and their job; the first of its runs blocks the queue."""

import os
import time
from datetime import date, timedelta

from dagster import DailyPartitionsDefinition, Definitions, asset, define_asset_job

FIRST = date(1990, 1, 1)
DAYS = DailyPartitionsDefinition(
    FIRST.isoformat(), end_date=(FIRST + timedelta(days=int(os.environ["BENCH_PARTITIONS"]))).isoformat()
)


@asset(partitions_def=DAYS)
def reading() -> None:
    """Sleeps until it is killed."""
    time.sleep(600)


days_job = define_asset_job("days_job", selection=[reading], partitions_def=DAYS)

defs = Definitions(assets=[reading], jobs=[days_job])
