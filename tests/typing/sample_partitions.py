"""Right code about partitions, for type checkers to accept under their strictest rules."""

from collections.abc import Sequence
from datetime import UTC, datetime

from dagster import (
    AllPartitionMapping,
    AssetDep,
    AssetExecutionContext,
    AssetIn,
    BackfillPolicy,
    DagsterInstance,
    DailyPartitionsDefinition,
    DataVersionsByPartition,
    DimensionPartitionMapping,
    DynamicPartitionsDefinition,
    HourlyPartitionsDefinition,
    MultiPartitionKey,
    MultiPartitionMapping,
    MultiPartitionsDefinition,
    OpExecutionContext,
    Output,
    PartitionKeyRange,
    PartitionsDefinition,
    RunRequest,
    ScheduleEvaluationContext,
    SensorEvaluationContext,
    SensorResult,
    StaticPartitionMapping,
    StaticPartitionsDefinition,
    TimeWindow,
    TimeWindowPartitionMapping,
    TimeWindowPartitionsDefinition,
    asset,
    build_schedule_from_partitioned_job,
    daily_partitioned_config,
    define_asset_job,
    job,
    materialize,
    observable_source_asset,
    op,
    partition_loading_context,
    schedule,
    sensor,
    static_partitioned_config,
)

days = DailyPartitionsDefinition(start_date="2026-01-01", end_offset=1, exclusions=[datetime(2026, 1, 6, tzinfo=UTC)])
hours = HourlyPartitionsDefinition(start_date=datetime(2026, 1, 1, tzinfo=UTC), timezone="Europe/Berlin")
workdays = TimeWindowPartitionsDefinition("2026-01-01", "%Y-%m-%d", cron_schedule="0 0 * * MON-FRI")
countries = StaticPartitionsDefinition(["fr", "it"])
customers = DynamicPartitionsDefinition(name="customers")
both: PartitionsDefinition = MultiPartitionsDefinition({"day": days, "country": countries})
grid = MultiPartitionsDefinition({"day": days, "country": countries})

keys: Sequence[str] = days.get_partition_keys(current_time=datetime(2026, 2, 1, tzinfo=UTC))
last: str | None = days.get_last_partition_key()
window: TimeWindow = days.time_window_for_partition_key("2026-01-02")
start: datetime = window.start
of_both: Sequence[MultiPartitionKey] = grid.get_partition_keys()
range_keys: Sequence[str] = countries.get_partition_keys_in_range(PartitionKeyRange("fr", "it"))
ranges: Sequence[PartitionKeyRange] = countries.subset_with_all_partitions().get_partition_key_ranges(countries)

with partition_loading_context(effective_dt=datetime(2026, 3, 1, tzinfo=UTC)):
    count: int = hours.get_num_partitions()


@asset(partitions_def=days, backfill_policy=BackfillPolicy.single_run())
def orders(context: AssetExecutionContext) -> Output[int]:
    begin, end = context.partition_time_window
    context.log.info(
        f"{context.partition_key} {context.partition_keys} {context.partition_key_range.start} {begin} {end}"
    )
    return Output(1, metadata={"seconds": (end - begin).total_seconds()})


@asset(
    partitions_def=grid,
    ins={"orders": AssetIn(partition_mapping=MultiPartitionMapping({}))},
    deps=[AssetDep("visits", partition_mapping=TimeWindowPartitionMapping(start_offset=-1))],
)
def sales(orders: int) -> int:
    return orders


@observable_source_asset(partitions_def=countries)
def visits() -> DataVersionsByPartition:
    return DataVersionsByPartition({"fr": "1", "it": "2"})


mappings = [
    AllPartitionMapping(),
    StaticPartitionMapping({"fr": "it", "it": ["fr", "it"]}),
    MultiPartitionMapping({"day": DimensionPartitionMapping("day", TimeWindowPartitionMapping())}),
]


@daily_partitioned_config(start_date="2026-01-01")
def by_day(start: datetime, end: datetime) -> dict[str, object]:
    return {"ops": {"load": {"config": {"day": f"{start:%Y-%m-%d}", "until": f"{end:%Y-%m-%d}"}}}}


@static_partitioned_config(partition_keys=["fr", "it"])
def by_country(partition_key: str) -> dict[str, object]:
    return {"ops": {"load": {"config": {"day": partition_key}}}}


@op
def load(context: OpExecutionContext) -> str:
    return context.partition_key if context.has_partition_key else ""


@job(config=by_day)
def loading() -> None:
    load()


nightly = define_asset_job("nightly", selection=[orders], partitions_def=days)
every_night = build_schedule_from_partitioned_job(nightly, hour_of_day=2)


@schedule(cron_schedule="0 4 * * *", job=loading)
def each_day(context: ScheduleEvaluationContext) -> RunRequest:
    return RunRequest(partition_key=f"{context.scheduled_execution_time:%Y-%m-%d}")


@sensor(job=nightly)
def arrivals(context: SensorEvaluationContext) -> SensorResult:
    found = customers.get_partition_keys(dynamic_partitions_store=context.instance)
    return SensorResult(
        run_requests=[RunRequest(partition_key=each) for each in found],
        dynamic_partitions_requests=[customers.build_add_request(["acme"]), customers.build_delete_request(["bolt"])],
    )


def stored(instance: DagsterInstance) -> Sequence[str]:
    instance.add_dynamic_partitions("customers", ["acme"])
    return instance.get_dynamic_partitions("customers")


made: bool = materialize([orders], partition_key="2026-01-02").success
