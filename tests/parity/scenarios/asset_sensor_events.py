"""Sensors of one asset: which of the things that happen to an asset they are told of."""

from collections.abc import Callable
from typing import Any

import dagster as dg
from tests.parity.scenario import Say, scenario

A = dg.AssetKey("a")
DAYS = dg.StaticPartitionsDefinition([f"d{number}" for number in range(6)])
CITIES = dg.DynamicPartitionsDefinition(name="cities")


@dg.asset
def a() -> None: ...


@dg.asset(name="a")
def failing() -> None:
    raise ValueError("no")


@dg.asset(name="a", partitions_def=DAYS)
def daily() -> None: ...


@dg.asset(name="a")
def described(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 3, "mean": 1.5, "note": "late", "path": dg.MetadataValue.path("x")})


@dg.asset(partitions_def=DAYS)
def target() -> None: ...


@dg.job
def report() -> None: ...


target_job = dg.define_asset_job("target_job", ["target"])


class Bench:
    """An instance and the cursor of a sensor that is ticked on it again and again."""

    def __init__(self, sensor: Any, *assets: Any, jobs: tuple[Any, ...] = (report,)) -> None:
        self.instance = dg.DagsterInstance.ephemeral()
        self.sensor = sensor
        self.defs = dg.Definitions(assets=list(assets) or [a], jobs=list(jobs), sensors=[sensor])
        self.cursor: str | None = None

    def tick(self) -> tuple[Any, ...]:
        context = dg.build_sensor_context(self.instance, self.cursor, definitions=self.defs)
        data = self.sensor.evaluate_tick(context)
        moved, self.cursor = data.cursor != self.cursor, data.cursor
        requests = [request.run_key or request.partition_key for request in data.run_requests or []]
        return requests, data.skip_message is not None, moved

    def report(self, *events: Any) -> None:
        for event in events:
            self.instance.report_runless_asset_event(event)


def sensor_of(fn: Callable[..., Any], **facts: Any) -> Any:
    return dg.asset_sensor(asset_key=A, name="one", **{"job": report, **facts})(fn)


def told(context: Any, event: Any) -> Any:
    made = event.dagster_event.step_materialization_data.materialization
    return dg.RunRequest(run_key=f"{'run' if event.run_id else 'report'} {made.partition}")


@scenario()
def runs_and_reports(say: Say) -> None:
    bench = Bench(sensor_of(told))
    dg.materialize([a], instance=bench.instance)
    say("a run", bench.tick())
    bench.report(dg.AssetMaterialization("a", partition="x"))
    say("a report", bench.tick())
    say("nothing", bench.tick())


@scenario()
def what_is_not_told(say: Say) -> None:
    bench = Bench(sensor_of(told))
    bench.report(dg.AssetObservation("a"))
    say("an observation", bench.tick())
    bench.report(dg.AssetMaterialization("b"))
    say("another asset", bench.tick())
    dg.materialize([failing], instance=bench.instance, raise_on_error=False)
    say("a failure", bench.tick())
    bench.report(dg.AssetMaterialization("a"), dg.AssetObservation("a"))
    say("made before an observation", bench.tick())


@scenario()
def partitions_one_after_the_other(say: Say) -> None:
    bench = Bench(sensor_of(told), daily)
    for key in ("d1", "d0"):
        dg.materialize([daily], instance=bench.instance, partition_key=key)
        say(key, bench.tick())
    bench.report(*(dg.AssetMaterialization("a", partition=key) for key in ("d3", "d2", "d3")))
    say("three at once", bench.tick())


@scenario()
def a_range_of_partitions(say: Say) -> None:
    bench = Bench(sensor_of(lambda context, event: dg.RunRequest("range")), daily)
    tags = {"dagster/asset_partition_range_start": "d1", "dagster/asset_partition_range_end": "d4"}
    dg.materialize([daily], instance=bench.instance, tags=tags)
    say("told once", bench.tick(), bench.tick())


@scenario()
def a_wiped_asset(say: Say) -> None:
    bench = Bench(sensor_of(told))
    bench.report(dg.AssetMaterialization("a"))
    say("made", bench.tick())
    bench.report(dg.AssetMaterialization("b"), dg.AssetMaterialization("a"))
    bench.instance.wipe_assets([A])
    say("wiped", bench.tick())
    bench.report(dg.AssetMaterialization("b"), dg.AssetMaterialization("a", partition="anew"))
    say("made anew", bench.tick())


@scenario(differs="A materialization whose run was deleted before an `@asset_sensor` was asked about it")
def a_deleted_run(say: Say) -> None:
    bench = Bench(sensor_of(told))
    bench.report(dg.AssetMaterialization("a", partition="first"))
    say("first", bench.tick())
    made = dg.materialize([a], instance=bench.instance)
    bench.instance.delete_run(made.run_id)
    say("deleted", bench.tick())


@scenario()
def what_its_metadata_says(say: Say) -> None:
    def reading(context, event):
        made = event.dagster_event.step_materialization_data.materialization
        say("metadata", {key: (type(each), each.value) for key, each in made.metadata.items()})
        say("short", event.asset_materialization.metadata["rows"].value, event.asset_observation)
        say("who", event.step_key, event.job_name, event.dagster_event.is_step_event, len(event.run_id))
        say("kind", event.dagster_event_type, event.is_dagster_event, event.dagster_event.partition)

    bench = Bench(sensor_of(reading), described)
    dg.materialize([described], instance=bench.instance)
    bench.tick()


@scenario()
def the_tags_of_a_materialization(say: Say) -> None:
    def reading(context, event):
        say("tags", event.tags, event.asset_materialization.tags)

    bench = Bench(sensor_of(reading))
    bench.report(dg.AssetMaterialization("a", tags={"source": "hand"}))
    bench.tick()


@scenario()
def a_request_for_the_same_partition(say: Say) -> None:
    def same(context, event):
        return dg.RunRequest(partition_key=event.asset_materialization.partition)

    bench = Bench(sensor_of(same, job=target_job), daily, target, jobs=(target_job,))
    bench.report(dg.AssetMaterialization("a", partition="d3"))
    say("known", bench.tick())
    bench.report(dg.AssetMaterialization("a", partition="d9"))
    say.refused("unknown", bench.tick, "d9")


@scenario()
def a_result_with_partitions_and_events(say: Say) -> None:
    def adding(context, event):
        key = event.asset_materialization.partition
        return dg.SensorResult(
            run_requests=[dg.RunRequest(key)],
            dynamic_partitions_requests=[CITIES.build_add_request([key])],
            asset_events=[dg.AssetMaterialization("copy", partition=key)],
        )

    bench = Bench(sensor_of(adding))
    bench.report(dg.AssetMaterialization("a", partition="oslo"))
    context = dg.build_sensor_context(bench.instance, None, definitions=bench.defs)
    data = bench.sensor.evaluate_tick(context)
    say("requests", [request.run_key for request in data.run_requests])
    say("added", [request.partition_keys for request in data.dynamic_partitions_requests])
    say("events", [(event.asset_key, event.partition) for event in data.asset_events])


@scenario()
def cursors_of_all_sorts(say: Say) -> None:
    bench = Bench(sensor_of(told))
    bench.report(dg.AssetMaterialization("a"))
    for cursor in ("0", "", "x", "-1", "1.5", "{}", "9" * 11):
        bench.cursor = cursor
        say(cursor, bench.tick()[0])


@scenario()
def a_reason_keeps_it_from_being_told_again(say: Say) -> None:
    bench = Bench(sensor_of(lambda context, event: dg.SkipReason("too small")))
    bench.report(dg.AssetMaterialization("a"))
    say("skipped", bench.tick())
    say("again", bench.tick())


@scenario()
def what_it_asks_of_the_instance(say: Say) -> None:
    def asking(context, event):
        instance = context.instance
        other = instance.get_latest_materialization_event(dg.AssetKey("b"))
        newest = instance.get_latest_materialization_event(A)
        say("other", other is not None, newest.timestamp == event.timestamp)
        say("context", context.cursor is None, context.cursor_updated, context.last_run_key)
        return dg.SkipReason("") if other is None else dg.RunRequest("both")

    bench = Bench(sensor_of(asking))
    bench.report(dg.AssetMaterialization("a"))
    say("first", bench.tick())
    bench.report(dg.AssetMaterialization("b"), dg.AssetMaterialization("a"))
    say("second", bench.tick()[0])


@scenario()
def requests_by_several_jobs(say: Say) -> None:
    @dg.job
    def second() -> None: ...

    def choosing(context, event):
        return [dg.RunRequest("1", job_name="report"), dg.RunRequest("2", job_name="second")]

    sensor = dg.asset_sensor(asset_key=A, name="one", jobs=[report, second])(choosing)
    bench = Bench(sensor, a, jobs=(report, second))
    bench.report(dg.AssetMaterialization("a"))
    say("both", bench.tick(), sensor.job_name if len(sensor.jobs) == 1 else [job.name for job in sensor.jobs])

    def wrong(context, event):
        return dg.RunRequest("1", job_name="third")

    sensor = dg.asset_sensor(asset_key=A, name="one", jobs=[report, second])(wrong)
    bench = Bench(sensor, a, jobs=(report, second))
    bench.report(dg.AssetMaterialization("a"))
    say.refused("unknown", bench.tick, "third")
