"""Sensors of several assets: each member of their context, partitions and mappings, and how the cursor comes on."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from tests.parity.scenario import Say, scenario

X, Y, Z, PLAIN = (dg.AssetKey(name) for name in ("x", "y", "z", "plain"))
LETTERS = dg.StaticPartitionsDefinition(["a", "b", "c", "d"])
DAYS = dg.DailyPartitionsDefinition("2024-01-01")
HOURS = dg.HourlyPartitionsDefinition("2024-01-01-00:00")
NOW = datetime(2024, 1, 6, 3, tzinfo=UTC)


@dg.asset(partitions_def=LETTERS)
def x() -> None: ...


@dg.asset(
    partitions_def=LETTERS,
    deps=[dg.AssetDep("x", partition_mapping=dg.StaticPartitionMapping({"a": ["b", "c"], "b": "a"}))],
)
def y() -> None: ...


@dg.asset(partitions_def=DAYS)
def z() -> None: ...


@dg.asset(partitions_def=HOURS)
def hours() -> None: ...


@dg.asset(partitions_def=DAYS, deps=[hours])
def days() -> None: ...


@dg.asset(partitions_def=DAYS, deps=[dg.AssetDep("days", partition_mapping=dg.TimeWindowPartitionMapping(-1, -1))])
def next_days() -> None: ...


@dg.asset(partitions_def=dg.WeeklyPartitionsDefinition("2024-01-01"), deps=[days])
def weeks() -> None: ...


@dg.asset
def plain() -> None: ...


@dg.job
def report() -> None: ...


DEFINITIONS = dg.Definitions(assets=[x, y, z, hours, days, next_days, weeks, plain], jobs=[report])


class Bench:
    """An instance, and a cursor that goes on; materializations are named by their asset, count and partition."""

    def __init__(self, *watched: Any) -> None:
        self.instance = dg.DagsterInstance.ephemeral()
        self.watched = list(watched) or [X, Y]
        self.names: dict[int, str] = {}
        self.cursor: str | None = None

    def make(self, *names: str) -> None:
        for name in names:
            key, _, partition = name.partition(":")
            self.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=partition or None))
            newest = self.instance.fetch_materializations(dg.AssetKey(key), limit=1).records[0]
            self.names[newest.storage_id] = f"{len(self.names) + 1}{name}"

    def name(self, record: Any) -> str | None:
        return None if record is None else self.names[record.storage_id]

    def named(self, records: Any) -> Any:
        if isinstance(records, list):
            return [self.name(each) for each in records]
        return {key: self.named(each) if isinstance(each, dict) else self.name(each) for key, each in records.items()}

    def context(self, **facts: Any) -> Any:
        given = {"cursor": self.cursor, "definitions": DEFINITIONS, "instance": self.instance, **facts}
        return dg.build_multi_asset_sensor_context(monitored_assets=self.watched, **given)

    def deal(self, act: Callable[[Any], object]) -> None:
        """What a context's function does, and the cursor after it."""
        context = self.context()
        act(context)
        context.update_cursor_after_evaluation()
        self.cursor = context.cursor

    def place(self) -> dict[str, Any]:
        """The cursor, with names for numbers."""
        found = json.loads(self.cursor or "{}")
        return {
            key: [partition, self.names.get(number), {each: self.names[left] for each, left in trailing.items()}]
            for key, (partition, number, trailing) in found.items()
        }


@scenario()
def the_cursor_is_text_that_people_read(say: Say) -> None:
    bench = Bench()
    bench.make("x:a", "x:b", "y:a", "x:c")
    bench.deal(lambda context: context.advance_cursor({X: context.materialization_records_for_key(X)[-1]}))
    say("cursor", bench.place())
    bench.deal(lambda context: None)
    say("nothing moved", bench.place())


@scenario()
def passing_over_partitions(say: Say) -> None:
    bench = Bench(X)
    bench.make("x:a", "x:b", "x:a", "x:c")
    bench.deal(lambda context: context.advance_cursor({X: context.materialization_records_for_key(X)[-1]}))
    say("left over", bench.named(list(bench.context().get_trailing_unconsumed_events(X))), bench.place())
    bench.make("x:b")
    bench.deal(lambda context: context.advance_cursor({X: context.latest_materialization_records_by_key()[X]}))
    say("newer of one that was left", bench.place())
    bench.deal(lambda context: context.advance_cursor({X: context.get_trailing_unconsumed_events(X)[0]}))
    say("dealt with", bench.place())


@scenario(differs="`advance_cursor` with an older materialization of a partition of which a newer one is left over")
def dealing_with_an_older_one_of_a_partition(say: Say) -> None:
    bench = Bench(X)
    bench.make("x:a", "x:b", "x:a", "x:c")
    first = bench.context().materialization_records_for_key(X)[0]
    bench.deal(lambda context: context.advance_cursor({X: context.materialization_records_for_key(X)[-1]}))
    bench.deal(lambda context: context.advance_cursor({X: first}))
    say("the newer one stays left over", bench.place())


@scenario()
def moving_one_by_one_in_one_evaluation(say: Say) -> None:
    bench = Bench(X)
    bench.make("x:a", "x:b", "x:c")

    def each(context):
        for record in context.materialization_records_for_key(X):
            context.advance_cursor({X: record})
            say("still", context.cursor, len(list(context.materialization_records_for_key(X))))

    bench.deal(each)
    say("cursor", bench.place())


@scenario()
def moving_back_and_forth(say: Say) -> None:
    bench = Bench(X)
    bench.make("x:a", "x:b", "x:c")
    records = list(bench.context().materialization_records_for_key(X))

    def jump(context):
        context.advance_cursor({X: records[2]})
        context.advance_cursor({X: records[0]})

    bench.deal(jump)
    say("cursor", bench.place())


@scenario()
def all_at_once_after_some(say: Say) -> None:
    bench = Bench()
    bench.make("x:a", "x:b", "y:a")

    def some_then_all(context):
        context.advance_cursor({Y: context.latest_materialization_records_by_key()[Y]})
        context.advance_all_cursors()

    bench.deal(some_then_all)
    say("cursor", bench.place())
    bench.make("x:c", "x:d")

    def all_then_some(context):
        context.advance_all_cursors()
        context.advance_cursor({X: context.materialization_records_for_key(X)[0]})

    bench.deal(all_then_some)
    say("once more", bench.place())


@scenario(differs="`advance_all_cursors()` while something of an asset is left over, and nothing newer was made of it")
def all_at_once_with_nothing_new(say: Say) -> None:
    bench = Bench(X)
    bench.make("x:a", "x:b")
    bench.deal(lambda context: context.advance_cursor({X: context.materialization_records_for_key(X)[-1]}))
    bench.deal(lambda context: context.advance_all_cursors())
    say("left over", bench.place())


@scenario()
def the_newest_of_each_partition(say: Say) -> None:
    bench = Bench()
    bench.make("x:a", "x:b", "x:a", "y:c")
    say("x", list(bench.named(bench.context().latest_materialization_records_by_partition(X)).items()))
    bench.deal(lambda context: context.advance_all_cursors())
    say("dealt with", bench.context().latest_materialization_records_by_partition(X))
    bench.make("x:b")
    say("one more", bench.named(bench.context().latest_materialization_records_by_partition(X)))
    say.refusal(
        "no partitions", lambda: Bench(PLAIN).context().latest_materialization_records_by_partition(PLAIN), "partition"
    )


@scenario()
def partitions_after_that_of_the_cursor(say: Say) -> None:
    for last in ("a", "c", "d"):
        bench = Bench(X)
        bench.make("x:a", "x:b", "x:c", "x:d")
        bench.deal(
            lambda context, last=last: context.advance_cursor(
                {X: context.latest_materialization_records_by_partition(X)[last]}
            )
        )
        bench.make("x:b")
        for after in (False, True, None):
            found = bench.context().latest_materialization_records_by_partition(X, after_cursor_partition=after)
            say(f"{last} {after}", list(bench.named(found).items()))


@scenario()
def the_newest_of_each_partition_and_asset(say: Say) -> None:
    bench = Bench()
    bench.make("x:a", "y:a", "y:b", "x:a")
    found = bench.context().latest_materialization_records_by_partition_and_asset()
    say("both", bench.named(dict(found)))
    for watched in ((X, Z), (X, PLAIN)):
        say.refusal(
            "different",
            lambda watched=watched: Bench(*watched).context().latest_materialization_records_by_partition_and_asset(),
        )


@scenario()
def whether_all_partitions_were_made(say: Say) -> None:
    bench = Bench()
    bench.make("x:a", "x:b", "x:c")
    context = bench.context()
    say("all", context.all_partitions_materialized(X), context.all_partitions_materialized(Y))
    say("some", context.all_partitions_materialized(X, ["a", "c"]), context.all_partitions_materialized(X, ["a", "d"]))
    say("unknown", context.all_partitions_materialized(X, ["zz"]))
    bench.make("x:d")
    say("now", context.all_partitions_materialized(X))
    say.refusal("no keys", lambda: context.all_partitions_materialized(X, []), "at least one")
    say.refusal("not watched", lambda: context.all_partitions_materialized(Z), "z")


@scenario()
def the_partition_of_the_cursor(say: Say) -> None:
    bench = Bench()
    bench.make("x:b", "y")
    say("at first", bench.context().get_cursor_partition(X))
    bench.deal(lambda context: context.advance_all_cursors())
    say("then", bench.context().get_cursor_partition(X), bench.context().get_cursor_partition(Y))
    say.refusal("not watched", lambda: bench.context().get_cursor_partition(Z))
    say.refusal("which of two", lambda: bench.context().get_cursor_partition(None))


@scenario()
def what_depends_on_a_partition(say: Say) -> None:
    with dg.partition_loading_context(effective_dt=NOW):
        context = Bench().context()
        for key in ("a", "b", "c"):
            say(f"mapped {key}", sorted(context.get_downstream_partition_keys(key, X, Y)))
        hour, day, later, week = (dg.AssetKey(name) for name in ("hours", "days", "next_days", "weeks"))
        say("hour to day", context.get_downstream_partition_keys("2024-01-02-05:00", hour, day))
        say("day to the next", context.get_downstream_partition_keys("2024-01-02", day, later))
        say("the last day", context.get_downstream_partition_keys("2024-01-05", day, later))
        say("day to week", context.get_downstream_partition_keys("2024-01-02", day, week))
        say("same kind, no dependency", context.get_downstream_partition_keys("2024-01-02", Z, day))
        say.refusal("no partitions", lambda: context.get_downstream_partition_keys("a", X, PLAIN), "partition")
        say.refusal("unknown", lambda: context.get_downstream_partition_keys("a", X, dg.AssetKey("no")), "no")


@scenario()
def observations_are_no_news(say: Say) -> None:
    bench = Bench()
    bench.make("x:a")
    bench.instance.report_runless_asset_event(dg.AssetObservation("x", partition="b"))
    bench.instance.report_runless_asset_event(dg.AssetObservation("y"))
    context = bench.context()
    say("newest", bench.named(dict(context.latest_materialization_records_by_key())))
    say("records", bench.named(list(context.materialization_records_for_key(X))))


@scenario()
def a_record_and_what_it_tells(say: Say) -> None:
    bench = Bench()
    bench.make("x:a")
    record = bench.context().latest_materialization_records_by_key()[X]
    say("record", type(record), record.asset_key, record.partition_key, record.run_id, record.event_type)
    say("event", record.asset_materialization.partition, record.event_log_entry.dagster_event.asset_key)
    say("time", type(record.timestamp), record.timestamp == record.event_log_entry.timestamp)


@scenario()
def how_many_records(say: Say) -> None:
    bench = Bench()
    bench.make("x:a", "x:b", "x:c")
    for limit in (1, 2, 3, 9, None):
        say(str(limit), bench.named(list(bench.context().materialization_records_for_key(X, limit))))
    say("by name", bench.named(list(bench.context().materialization_records_for_key(asset_key=X, limit=2))))
    say.refusal("not a key", lambda: bench.context().materialization_records_for_key("x"))


@scenario()
def an_asset_that_was_wiped(say: Say) -> None:
    bench = Bench()
    bench.make("x:a", "x:b", "y:a")
    bench.deal(lambda context: context.advance_cursor({X: context.materialization_records_for_key(X)[-1]}))
    bench.instance.wipe_assets([X])
    context = bench.context()
    say("newest", bench.named(dict(context.latest_materialization_records_by_key())))
    say("left over", bench.named(list(context.get_trailing_unconsumed_events(X))))
    say("by partition", bench.named(dict(context.latest_materialization_records_by_partition(X))))


@scenario()
def assets_it_knows_and_those_of_elsewhere(say: Say) -> None:
    elsewhere = dg.AssetKey("elsewhere")
    bench = Bench(X, elsewhere)
    bench.make("elsewhere", "x:a")
    context = bench.context()
    say("keys", context.asset_keys)
    say("definitions", {key: None if each is None else each.key for key, each in context.assets_defs_by_key.items()})
    say("newest", bench.named(dict(context.latest_materialization_records_by_key())))
    bench.deal(lambda context: context.advance_all_cursors())
    say("cursor", bench.place())


@scenario()
def a_context_that_has_dealt_with_what_there_is(say: Say) -> None:
    bench = Bench()
    bench.make("x:a", "x:b", "y:a")
    context = bench.context(cursor_from_latest_materializations=True)
    bench.cursor = context.cursor
    say("cursor", bench.place())
    say("newest", context.latest_materialization_records_by_key())
    bench.make("y:b")
    say("one more", bench.named(dict(bench.context().latest_materialization_records_by_key())))


@scenario()
def the_cursor_after_a_direct_call(say: Say) -> None:
    @dg.multi_asset_sensor(monitored_assets=[X, Y], job=report)
    def both(context):
        if not all(context.latest_materialization_records_by_key().values()):
            return dg.SkipReason("waiting")
        context.advance_all_cursors()
        return dg.RunRequest("both")

    bench = Bench()
    bench.make("x:a")
    context = bench.context()
    say("one", both(context).skip_message, context.cursor_updated)
    bench.make("y:a")
    context = bench.context()
    say("two", both(context).run_key, context.cursor, context.cursor_updated)
    context.update_cursor_after_evaluation()
    bench.cursor = context.cursor
    say("cursor", bench.place(), both(context).skip_message)


@scenario()
def assets_it_has_made(say: Say) -> None:
    @dg.multi_asset_sensor(monitored_assets=[X], request_assets=dg.AssetSelection.assets("plain"))
    def making(context):
        context.advance_all_cursors()
        return dg.RunRequest("1")

    bench = Bench()
    bench.make("x:a")
    defs = dg.Definitions(assets=DEFINITIONS.assets, sensors=[making])
    data = making.evaluate_tick(dg.build_sensor_context(bench.instance, definitions=defs))
    say("requests", [(request.run_key, request.job_name, request.asset_selection) for request in data.run_requests])
    say("target", making.asset_selection is not None, making.has_jobs)


@scenario()
def requests_for_partitions(say: Say) -> None:
    job = dg.define_asset_job("letters", ["x"])

    def by_partition(context):
        for partition, record in context.latest_materialization_records_by_partition(Y).items():
            yield job.run_request_for_partition(partition_key=partition, run_key=partition)
            context.advance_cursor({Y: record})

    sensor = dg.multi_asset_sensor(monitored_assets=[Y], job=job, name="several")(by_partition)
    defs = dg.Definitions(assets=DEFINITIONS.assets, jobs=[job], sensors=[sensor])
    bench = Bench(Y)
    bench.make("y:c", "y:a")
    for _ in range(2):
        data = sensor.evaluate_tick(dg.build_sensor_context(bench.instance, bench.cursor, definitions=defs))
        bench.cursor = data.cursor
        say("requests", [(request.partition_key, request.run_key) for request in data.run_requests or []])
    say("cursor", bench.place())


@scenario(differs="A `@multi_asset_sensor` that leaves over many partitions of an asset")
def many_partitions_left_over(say: Say) -> None:
    bench = Bench(Z)
    with dg.partition_loading_context(effective_dt=datetime(2024, 3, 1, tzinfo=UTC)):
        bench.make(*(f"z:{key}" for key in DAYS.get_partition_keys()[:40]))

        def to_the_last(context):
            context.advance_cursor({Z: context.materialization_records_for_key(Z)[-1]})

        try:
            bench.deal(to_the_last)
        except Exception as error:
            say("refused", type(error))
        say("left over", sum(len(trailing) for _, _, trailing in bench.place().values()))
