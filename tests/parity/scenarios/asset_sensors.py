"""Sensors of assets, of one and of several: which materializations they see, and how their cursor moves."""

from collections.abc import Callable
from typing import Any

import dagster as dg
from tests.parity.scenario import Say, scenario

A, B, C = dg.AssetKey("a"), dg.AssetKey("b"), dg.AssetKey("c")


@dg.asset
def a() -> int:
    return 1


@dg.asset(deps=[a])
def b() -> None: ...


@dg.asset
def c() -> None: ...


@dg.job
def report() -> None: ...


class Mail(dg.ConfigurableResource):
    address: str


class Bench:
    """An instance, and a sensor that is ticked on it again and again; materializations are named by when they came."""

    def __init__(self) -> None:
        self.instance = dg.DagsterInstance.ephemeral()
        self.names: dict[int, str] = {}
        self.cursor: str | None = None

    def make(self, *names: str) -> None:
        for name in names:
            self.instance.report_runless_asset_event(dg.AssetMaterialization(name, metadata={"rows": len(self.names)}))
            newest = self.instance.fetch_materializations(dg.AssetKey(name), limit=1).records[0]
            self.names[newest.storage_id] = f"{name}{sum(each.startswith(name) for each in self.names.values()) + 1}"

    def name(self, record: Any) -> str | None:
        return None if record is None else self.names[record.storage_id]

    def event_name(self, event: Any) -> str:
        made = event.dagster_event.step_materialization_data.materialization
        return list(self.names.values())[made.metadata["rows"].value]

    def tick(self, sensor: Any, **facts: Any) -> tuple[Any, ...]:
        defs = dg.Definitions(assets=[a, b, c], jobs=[report], sensors=[sensor])
        context = dg.build_sensor_context(self.instance, self.cursor, definitions=defs, **facts)
        data = sensor.evaluate_tick(context)
        self.cursor = data.cursor
        return [each.run_key for each in data.run_requests or []], data.skip_message is not None

    def context(self, monitored: Any = (A, B), cursor: str | None = None, **facts: Any) -> Any:
        return dg.build_multi_asset_sensor_context(
            monitored_assets=monitored if isinstance(monitored, dg.AssetSelection) else list(monitored),
            instance=self.instance,
            cursor=cursor,
            definitions=dg.Definitions(assets=[a, b, c], jobs=[report]),
            **facts,
        )


def one(fn: Callable[..., Any], **facts: Any) -> Any:
    return dg.asset_sensor(asset_key=A, name="one", **{"job": report, **facts})(fn)


def several(fn: Callable[..., Any], monitored: Any = (A, B), **facts: Any) -> Any:
    monitored = monitored if isinstance(monitored, dg.AssetSelection) else list(monitored)
    return dg.multi_asset_sensor(monitored_assets=monitored, name="several", **{"job": report, **facts})(fn)


# ----------------------------------------------------------------- of one asset


@scenario()
def an_asset_sensor_is_told_of_the_newest_once(say: Say) -> None:
    bench = Bench()
    sensor = one(lambda context, event: dg.RunRequest(run_key=bench.event_name(event)))
    say("nothing made", bench.tick(sensor))
    bench.make("a", "b", "a")
    say("two made", bench.tick(sensor))
    say("again", bench.tick(sensor))
    bench.make("b")
    say("another asset", bench.tick(sensor))
    bench.make("a")
    say("one more", bench.tick(sensor))


@scenario()
def what_an_asset_sensor_is(say: Say) -> None:
    @dg.asset_sensor(asset_key=A, job=report)
    def orders_made(context, asset_event): ...

    say("members", orders_made.name, orders_made.job_name, orders_made.asset_key, orders_made.sensor_type)
    say("times", orders_made.minimum_interval_seconds, orders_made.default_status)
    say("kind", isinstance(orders_made, dg.AssetSensorDefinition), isinstance(orders_made, dg.SensorDefinition))


@scenario()
def what_the_function_of_an_asset_sensor_is_given(say: Say) -> None:
    def kinds(*given: object) -> Any:
        return dg.RunRequest(run_key=" ".join(type(each).__name__ for each in given))

    def nothing():
        return kinds()

    def context_only(context):
        return kinds(context)

    def any_name(x):
        return kinds(x)

    def any_names(x, y):
        return kinds(x, y)

    def underscored(_context, _event):
        return kinds(_context, _event)

    for fn in (nothing, context_only, any_name, any_names, underscored):
        bench = Bench()
        bench.make("a")
        say(fn.__name__, bench.tick(one(fn)))


@scenario()
def what_an_asset_sensor_may_answer(say: Say) -> None:
    def yielding(context, event):
        yield dg.RunRequest("1")
        yield dg.RunRequest("2")

    for label, fn in {
        "None": lambda context, event: None,
        "a reason": lambda context, event: dg.SkipReason("small"),
        "a list": lambda context, event: [dg.RunRequest("1"), dg.RunRequest("2")],
        "a generator": yielding,
        "a result": lambda context, event: dg.SensorResult(run_requests=[dg.RunRequest("1")]),
    }.items():
        bench = Bench()
        bench.make("a")
        say(label, bench.tick(one(fn)), bench.cursor is not None, bench.tick(one(fn)))


@scenario()
def an_asset_sensor_keeps_its_own_cursor(say: Say) -> None:
    bench = Bench()
    bench.make("a")
    say.refusal("a cursor", lambda: bench.tick(one(lambda c, e: dg.SensorResult(cursor="x"))), "cursor")

    def updating(context, event):
        context.update_cursor("mine")
        return dg.RunRequest("1")

    say("an update", bench.tick(one(updating)), bench.cursor == "mine", bench.tick(one(updating)))


@scenario()
def an_asset_sensor_that_raises(say: Say) -> None:
    def broken(context, event):
        raise KeyError("rows")

    bench = Bench()
    bench.make("a")
    say.refusal("raised", lambda: bench.tick(one(broken)), "rows")


@scenario()
def an_asset_sensor_called_directly(say: Say) -> None:
    bench = Bench()
    sensor = one(lambda context, event: dg.RunRequest(run_key=bench.event_name(event)))
    say("nothing made", [type(each) for each in sensor(dg.build_sensor_context(bench.instance))])
    bench.make("a", "a")
    say("two made", [each.run_key for each in sensor(dg.build_sensor_context(bench.instance))])
    say.refusal("without a context", sensor, "context")


@scenario()
def resources_of_an_asset_sensor(say: Say) -> None:
    def mailing(context, event, mail: Mail):
        return dg.RunRequest(run_key=mail.address)

    def tick(sensor, **resources):
        bench = Bench()
        bench.make("a")
        data = sensor.evaluate_tick(dg.build_sensor_context(bench.instance, resources=resources))
        return [each.run_key for each in data.run_requests]

    sensor = one(mailing)
    say("needs", sensor.required_resource_keys)
    say("given", tick(sensor, mail=Mail(address="a@b")))
    say.refusal("missing", lambda: tick(sensor), "mail", "required")
    named = one(lambda context, event: dg.RunRequest(context.resources.mail.address), required_resource_keys={"mail"})
    say("by key", tick(named, mail=Mail(address="c@d")))


@scenario()
def mistakes_in_an_asset_sensor(say: Say) -> None:
    fn = lambda context, event: None  # noqa: E731
    say.refusal("text for a key", lambda: dg.asset_sensor(asset_key="a", job=report, name="x")(fn), "asset_key")
    say.refusal("a list for a key", lambda: dg.asset_sensor(asset_key=["a"], job=report, name="x")(fn), "asset_key")
    say.refusal("two targets", lambda: dg.asset_sensor(asset_key=A, job=report, job_name="y", name="x")(fn))
    say.refusal("a name", lambda: dg.asset_sensor(asset_key=A, job=report, name="a b")(fn), "name")
    defs = dg.Definitions(jobs=[report], sensors=[one(fn)])
    say("an asset of elsewhere", defs.get_repository_def().has_sensor_def("one"))


@scenario()
def an_asset_sensor_made_without_the_decorator(say: Say) -> None:
    bench = Bench()
    bench.make("a")
    sensor = dg.AssetSensorDefinition("made", A, "report", lambda context, event: dg.RunRequest("1"))
    say("members", sensor.name, sensor.asset_key, sensor.job_name)
    say("told", bench.tick(sensor))


@scenario()
def the_event_of_an_asset_sensor(say: Say) -> None:
    def told(context, event):
        made = event.dagster_event.step_materialization_data.materialization
        say("event", type(event), event.dagster_event.asset_key, event.dagster_event.event_type_value)
        say("made", made.asset_key, made.partition, {key: each.value for key, each in made.metadata.items()})
        say("short", event.asset_materialization.metadata["rows"].value, type(event.timestamp))

    bench = Bench()
    bench.make("a")
    bench.tick(one(told))


# ------------------------------------------------------------- of several assets


@scenario()
def the_newest_of_each_asset(say: Say) -> None:
    bench = Bench()
    context = bench.context()
    records = context.latest_materialization_records_by_key()
    say("before", {key: bench.name(each) for key, each in records.items()})
    bench.make("a", "c", "a", "b", "a")
    records = bench.context().latest_materialization_records_by_key()
    say("after", {key: bench.name(each) for key, each in records.items()})
    say(
        "of some", {key: bench.name(e) for key, e in bench.context().latest_materialization_records_by_key([B]).items()}
    )
    say("kinds", {type(each) for each in records.values()})


@scenario()
def the_records_of_one_of_several(say: Say) -> None:
    bench = Bench()
    bench.make("a", "b", "a", "a")
    context = bench.context()
    say("all", [bench.name(each) for each in context.materialization_records_for_key(A)])
    say("two", [bench.name(each) for each in context.materialization_records_for_key(A, limit=2)])
    say("by position", [bench.name(each) for each in context.materialization_records_for_key(B, 5)])
    say.refusal("not watched", lambda: list(context.materialization_records_for_key(C)), "c")


@scenario()
def the_cursor_of_several_moves_at_the_end(say: Say) -> None:
    bench = Bench()
    bench.make("a", "a", "b")

    def next_one(context):
        records = list(context.materialization_records_for_key(A, limit=1))
        context.advance_cursor({A: records[0] if records else None})
        say("inside", context.cursor == bench.cursor, context.cursor_updated)
        return dg.RunRequest(run_key=bench.name(records[0])) if records else dg.SkipReason("no more")

    for label in ("first", "second", "third"):
        say(label, bench.tick(several(next_one)))


@scenario()
def advancing_all_at_once(say: Say) -> None:
    bench = Bench()
    bench.make("a", "b", "a")

    def both(context):
        if not all(context.latest_materialization_records_by_key().values()):
            return dg.SkipReason("waiting")
        context.advance_all_cursors()
        return dg.RunRequest("both")

    sensor = several(both)
    say("ready", bench.tick(sensor))
    say("dealt with", bench.tick(sensor))
    bench.make("a")
    say("one of them", bench.tick(sensor))
    bench.make("b")
    say("both again", bench.tick(sensor))


@scenario()
def the_text_of_the_cursor_of_several(say: Say) -> None:
    bench = Bench()
    bench.make("a")

    def all_of_it(context):
        context.advance_all_cursors()
        return dg.SkipReason("done")

    bench.tick(several(all_of_it))
    number = next(iter(bench.names))
    say("cursor", (bench.cursor or "").replace(str(number), "<number>"))


@scenario(differs="`@multi_asset_sensor` that asks for runs and does not move its cursor")
def a_run_without_moving_the_cursor(say: Say) -> None:
    bench = Bench()
    bench.make("a")
    say.refused("tick", lambda: bench.tick(several(lambda context: dg.RunRequest("1"))), "cursor")


@scenario()
def several_that_skip_keep_their_cursor(say: Say) -> None:
    bench = Bench()
    bench.make("a")
    say("a reason", bench.tick(several(lambda context: dg.SkipReason("later"))), bench.cursor)
    say("nothing", bench.tick(several(lambda context: None)), bench.cursor)


@scenario()
def what_several_may_answer(say: Say) -> None:
    def yielding(context):
        for key, record in context.latest_materialization_records_by_key().items():
            context.advance_cursor({key: record})
            yield dg.RunRequest(run_key=key.to_user_string())

    def result(context):
        context.advance_all_cursors()
        return dg.SensorResult(run_requests=[dg.RunRequest("1")])

    for label, fn in {"a generator": yielding, "a result": result}.items():
        bench = Bench()
        bench.make("a", "b")
        say(label, bench.tick(several(fn)), bench.tick(several(lambda context: None)))
    bench = Bench()
    say.refusal("a cursor", lambda: bench.tick(several(lambda context: dg.SensorResult(cursor="x"))), "cursor")


@scenario()
def several_that_raise(say: Say) -> None:
    def broken(context):
        context.advance_all_cursors()
        raise KeyError("rows")

    bench = Bench()
    bench.make("a")
    say.refusal("raised", lambda: bench.tick(several(broken)), "rows")


@scenario()
def what_a_sensor_of_several_is(say: Say) -> None:
    sensor = several(lambda context: None)
    say("members", sensor.name, sensor.job_name, sensor.sensor_type, sensor.minimum_interval_seconds)
    say("kind", isinstance(sensor, dg.MultiAssetSensorDefinition), isinstance(sensor, dg.SensorDefinition))
    wanted = several(lambda context: None, job=None, request_assets=dg.AssetSelection.assets("c"))
    say("asks for", wanted.asset_selection is not None)


@scenario()
def a_selection_of_assets_to_watch(say: Say) -> None:
    bench = Bench()
    bench.make("a", "b", "c")

    def seen(context):
        say("keys", sorted(context.asset_keys))
        context.advance_all_cursors()
        return dg.RunRequest("1")

    for selection in (dg.AssetSelection.all(), dg.AssetSelection.assets("a").downstream(), dg.AssetSelection.keys("b")):
        bench.cursor = None
        say("told", bench.tick(several(seen, selection)))


@scenario()
def the_context_of_several_built_by_hand(say: Say) -> None:
    bench = Bench()
    bench.make("a", "b")
    context = bench.context(cursor_from_latest_materializations=True)
    say("dealt with", {key: bench.name(e) for key, e in context.latest_materialization_records_by_key().items()})
    say(
        "kind",
        isinstance(context, dg.MultiAssetSensorEvaluationContext),
        isinstance(context, dg.SensorEvaluationContext),
    )
    say("keys", context.asset_keys, {key: type(each) for key, each in context.assets_defs_by_key.items()})
    say("cursor", bench.context().cursor, bench.context().get_cursor_partition(A))
    say("left over", bench.context().get_trailing_unconsumed_events(A))
    say.refusal("two cursors", lambda: bench.context(cursor="{}", cursor_from_latest_materializations=True), "cursor")


@scenario()
def several_called_directly(say: Say) -> None:
    bench = Bench()
    bench.make("a")
    say("returns", several(lambda context: dg.RunRequest("1"))(bench.context()).run_key)

    def mailing(context, mail: Mail):
        return dg.RunRequest(run_key=mail.address)

    context = bench.context(resources={"mail": Mail(address="a@b")})
    say("resources", several(mailing)(context).run_key)
    plain = dg.build_sensor_context(bench.instance)
    say.refusal("another context", lambda: several(lambda context: None)(plain), "MultiAssetSensorEvaluationContext")
    say.refusal("no context", several(lambda context: None), "context")


@scenario()
def mistakes_in_a_sensor_of_several(say: Say) -> None:
    fn = lambda context: None  # noqa: E731
    say.refused(
        "texts", lambda: dg.multi_asset_sensor(monitored_assets=["a"], job=report, name="x")(fn), "monitored_assets"
    )
    say.refusal("two targets", lambda: several(fn, request_assets=dg.AssetSelection.assets("c")))
    bench = Bench()
    record = None
    say("None moves nothing", bench.context().advance_cursor({A: record}))
    say.refused("a number for a record", lambda: bench.context().advance_cursor({A: 3}), "EventLogRecord")
