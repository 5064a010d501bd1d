"""A bakery's day, started by the clock and by what happens: one of each sort of schedule and sensor; see README.md."""

import asyncio
import json
import os
from datetime import timedelta
from pathlib import Path

from watchbell import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    Config,
    DagsterRunStatus,
    DailyPartitionsDefinition,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    EventLogEntry,
    MultiAssetSensorEvaluationContext,
    OpExecutionContext,
    RunConfig,
    RunFailureSensorContext,
    RunRequest,
    RunStatusSensorContext,
    ScheduleEvaluationContext,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    asset,
    asset_sensor,
    build_schedule_from_partitioned_job,
    define_asset_job,
    job,
    multi_asset_sensor,
    op,
    run_failure_sensor,
    run_status_sensor,
    schedule,
    sensor,
)

FOLDER = Path(os.environ.get("BAKERY_FOLDER", Path(__file__).parent))
LANDING, NOTES = FOLDER / "landing", FOLDER / "out"
DAYS = DailyPartitionsDefinition("2026-01-01", timezone="Europe/Berlin")
ON = DefaultSensorStatus.RUNNING

LANDING.mkdir(parents=True, exist_ok=True)


class OrderFile(Config):
    """Which file of orders a run takes in."""

    name: str


class Told(Config):
    """What a note says."""

    text: str


def note(text: str) -> None:
    """Leaves a line in ``out/notes.txt``: here it stands for what a run would do for others."""
    NOTES.mkdir(parents=True, exist_ok=True)
    with (NOTES / "notes.txt").open("a") as notes:
        notes.write(f"{text}\n")


# -- what runs


@asset(partitions_def=DAYS)
def sold(context: AssetExecutionContext) -> int:
    """Loaves that were sold on a day."""
    return 100 + int(context.partition_key[-2:])


@asset
def flour() -> int:
    """Sacks of flour in store."""
    return 12


@asset
def yeast() -> int:
    """Grams of yeast in store."""
    return 900


@asset
def dough(flour: int, yeast: int) -> int:
    """Kilograms of dough that can be made of both."""
    return min(25 * flour, yeast // 3)


@op
def take_in(context: OpExecutionContext, config: OrderFile) -> None:
    """Reads a file of orders, one ``customer,loaves`` a line."""
    lines = (LANDING / config.name).read_text().splitlines()
    loaves = sum(int(line.split(",")[1]) for line in lines)
    context.log.info("%d loaves in %d orders", loaves, len(lines))


@job
def orders() -> None:
    """Takes in a file of orders."""
    take_in()


@op
def write_down(config: Told) -> None:
    """Writes a note."""
    note(config.text)


@job
def tell() -> None:
    """Tells somebody something."""
    write_down()


def told(text: str) -> RunConfig:
    """The config of a run of ``tell``."""
    return RunConfig(ops={"write_down": Told(text=text)})


sales_job = define_asset_job("sales", [sold], partitions_def=DAYS)
stock_job = define_asset_job("stock", [flour, yeast])
dough_job = define_asset_job("dough_of_the_day", [dough])


# -- the clock

# A day's partition is made on the morning after it. Days that passed while the service was down are made up for, a
# week of them at most.
sales_of_yesterday = build_schedule_from_partitioned_job(
    sales_job, name="sales_of_yesterday", hour_of_day=5, catchup="all", catchup_window=timedelta(days=7)
)


@schedule(
    job=stock_job,
    cron_schedule=["0 5-18 * * 1-5", "30 6 * * 6"],  # hourly on working days, once on Saturday
    execution_timezone="Europe/Berlin",
    overlap="skip",
    jitter=timedelta(minutes=2),
    default_status=DefaultScheduleStatus.RUNNING,
)
def count_the_stock(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
    """Counts what is in store, unless the shop is closed."""
    at = context.scheduled_execution_time
    if (at.month, at.day) in {(12, 25), (12, 26), (1, 1)}:
        return SkipReason("closed")
    return RunRequest(tags={"counted_at": f"{at:%H:%M}"})


# -- files, and answers from elsewhere


@sensor(job=orders, minimum_interval_seconds=2, default_status=ON)
def order_files(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    """A run for each file in ``landing/`` that is new or was changed; the cursor holds what was seen."""
    seen = json.loads(context.cursor or "{}")
    found = {path.name: path.stat().st_mtime_ns for path in sorted(LANDING.glob("*.csv"))}
    new = [name for name, changed in found.items() if seen.get(name) != changed]
    if not new:
        return SkipReason("no new files")
    requests = [
        RunRequest(
            run_key=f"{name} {found[name]}",
            run_config=RunConfig(ops={"take_in": OrderFile(name=name)}),
            tags={"file": name},
        )
        for name in new
    ]
    return SensorResult(run_requests=requests, cursor=json.dumps(found))


async def price_of_wheat() -> int:
    """Stands for a request to somebody's API: in earnest, ``await client.get(...)``."""
    await asyncio.sleep(0.05)
    path = LANDING / "wheat_price.txt"
    return int(path.read_text()) if path.exists() else 200


@sensor(job=tell, minimum_interval_seconds=5, timeout_seconds=10, default_status=ON)
async def wheat_market(context: SensorEvaluationContext) -> RunRequest | SkipReason:
    """Tells when wheat got dearer or cheaper. While it waits for the answer, the others go on."""
    price = await price_of_wheat()
    before = context.cursor
    context.update_cursor(str(price))
    if before is None or int(before) == price:
        return SkipReason(f"wheat is at {price}")
    return RunRequest(run_config=told(f"wheat: {before} -> {price}"))


# -- assets


@asset_sensor(asset_key=AssetKey("sold"), job=tell, every_event=True, minimum_interval_seconds=1, default_status=ON)
def each_day_sold(context: SensorEvaluationContext, event: EventLogEntry) -> RunRequest:
    """Tells of each day, also where a backfill makes a hundred of them at once."""
    made: AssetMaterialization | None = event.asset_materialization
    return RunRequest(run_config=told(f"sales of {made.partition if made else 'a day'} are there"))


@multi_asset_sensor(
    monitored_assets=[AssetKey("flour"), AssetKey("yeast")],
    job=dough_job,
    minimum_interval_seconds=1,
    default_status=ON,
)
def all_in_store(context: MultiAssetSensorEvaluationContext) -> RunRequest | SkipReason:
    """Makes dough when flour and yeast have both been counted anew."""
    records = context.latest_materialization_records_by_key()
    missing = [key.to_user_string() for key, record in records.items() if record is None]
    if missing:
        return SkipReason(f"waiting for {', '.join(missing)}")
    context.advance_all_cursors()
    return RunRequest()


# -- runs


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS, monitored_jobs=[orders], request_job=stock_job, default_status=ON
)
def count_after_orders(context: RunStatusSensorContext) -> RunRequest:
    """Counts the stock when orders came in."""
    return RunRequest(run_key=context.dagster_run.run_id)


@run_failure_sensor(monitored_jobs=[orders], default_status=ON)
def alert(context: RunFailureSensorContext) -> None:
    """Tells which step failed, and why. For mails and chats see docs/alerts.md."""
    for event in context.get_step_failure_events():
        error = event.step_failure_data.error
        why = error.root.message.strip() if error else "unknown"
        note(f"{context.dagster_run.tags.get('file', 'orders')}: {event.step_key} failed: {why}")


defs = Definitions(
    assets=[sold, flour, yeast, dough],
    jobs=[sales_job, stock_job, dough_job, orders, tell],
    schedules=[sales_of_yesterday, count_the_stock],
    sensors=[order_files, wheat_market, each_day_sold, all_in_store, count_after_orders, alert],
)
