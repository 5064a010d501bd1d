"""Schedules: what their functions may return, what they start, what they are told, and which mistakes are refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
from tests.parity.scenario import Say, scenario

MOMENT = datetime(2024, 3, 5, 6, 0, tzinfo=UTC)


class Limit(dg.Config):
    limit: int = 1


@dg.op
def load(config: Limit) -> None: ...


@dg.job(tags={"of": "job"})
def etl() -> None:
    load()


@dg.job
def other() -> None:
    load()


@dg.asset
def a() -> None: ...


@dg.asset
def b() -> None: ...


daily = dg.DailyPartitionsDefinition("2024-03-01")


@dg.asset(partitions_def=daily)
def parted() -> None: ...


@dg.job(partitions_def=dg.StaticPartitionsDefinition(["red", "green"]))
def coloured() -> None: ...


def made(fn: Callable[..., Any], **facts: Any) -> Any:
    facts = {"job": etl, **facts}
    return dg.schedule(cron_schedule="0 6 * * *", **{"name": "under_test", **facts})(fn)


def request_facts(each: Any) -> list[object]:
    tags = own_tags(each.tags)
    return [each.run_key, each.job_name, each.run_config, tags, each.partition_key, each.asset_selection]


def tick(schedule: Any, **facts: Any) -> list[object]:
    """The requests of one evaluation in short: key, job, config, tags, partition, assets; and why there are none."""
    context = dg.build_schedule_context(**{"scheduled_execution_time": MOMENT, **facts})
    data = schedule.evaluate_tick(context)
    return [
        [request_facts(each) for each in data.run_requests or []],
        data.skip_message,
    ]


def own_tags(tags: Any) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.startswith(".")}


def returning(value: Any) -> Callable[[], Any]:
    return lambda: value


def config(limit: int) -> dict[str, Any]:
    return {"ops": {"load": {"config": {"limit": limit}}}}


# ------------------------------------------------------------- what is returned


@scenario()
def what_a_function_may_return(say: Say) -> None:
    for name, value in {
        "nothing": None,
        "empty dict": {},
        "config": config(3),
        "request": dg.RunRequest(run_key="k"),
        "request of a RunConfig": dg.RunRequest(run_config=dg.RunConfig(ops={"load": Limit(limit=5)})),
        "skip": dg.SkipReason("not today"),
        "skip without words": dg.SkipReason(),
        "list": [dg.RunRequest("x"), dg.RunRequest("y")],
        "list of one": [dg.RunRequest("x")],
        "empty list": [],
        "list of one skip": [dg.SkipReason("later")],
        "list of nothing": [None],
    }.items():
        say(name, tick(made(returning(value))))


@scenario(differs="A schedule's function returns a `RunConfig`")
def a_run_config_object(say: Say) -> None:
    say.refusal("RunConfig", lambda: tick(made(returning(dg.RunConfig(ops={"load": Limit(limit=4)})))))


@scenario()
def what_it_may_not_return(say: Say) -> None:
    class Strange:
        pass

    for name, value in {
        "text": "x",
        "empty text": "",
        "number": 3,
        "zero": 0,
        "true": True,
        "false": False,
        "object": Strange(),
        "request and skip": [dg.RunRequest(), dg.SkipReason("x")],
        "two skips": [dg.SkipReason("x"), dg.SkipReason("y")],
        "request and nothing": [dg.RunRequest("k"), None],
        "list of dicts": [config(1)],
        "list of text": ["x"],
        "set": {1},
        "sensor result": dg.SensorResult(run_requests=[dg.RunRequest("k")]),
        "class": dg.RunRequest,
    }.items():
        say.refusal(name, lambda value=value: tick(made(returning(value))))


@scenario(differs="Requests in a tuple or an iterator; None among the requests of a sensor")
def tuples_and_other_sequences(say: Say) -> None:
    say.refusal("tuple", lambda: tick(made(returning((dg.RunRequest("x"), dg.RunRequest("y"))))))
    say.refusal("empty tuple", lambda: tick(made(returning(()))))
    say.refusal("iterator", lambda: tick(made(lambda: iter([dg.RunRequest("x")]))))
    say.refusal("generator expression", lambda: tick(made(lambda: (dg.RunRequest(key) for key in "ab"))))


@scenario()
def generators(say: Say) -> None:
    def requests() -> Any:
        yield dg.RunRequest("x")
        yield dg.RunRequest("y", run_config=config(2))

    def one_skip() -> Any:
        yield dg.SkipReason("none")

    def none_at_all() -> Any:
        yield from ()

    def of_dicts() -> Any:
        yield config(1)

    def returns_too() -> Any:
        yield dg.RunRequest("x")
        return dg.RunRequest("y")

    say("requests", tick(made(requests)))
    say("one skip", tick(made(one_skip)))
    say("nothing", tick(made(none_at_all)))
    say.refusal("of dicts", lambda: tick(made(of_dicts)))
    say("what it returns besides", tick(made(returns_too)))


@scenario()
def errors_of_functions(say: Say) -> None:
    def raises(context: Any) -> None:
        raise ValueError("no disk")

    def raises_late(context: Any) -> Any:
        yield dg.RunRequest("x")
        raise ValueError("no disk")

    def wrong(context: Any) -> Any:
        return dg.RunRequest(tags=3)

    say.refusal("at once", lambda: tick(made(raises)), "no disk")
    say.refusal("after the first request", lambda: tick(made(raises_late)), "no disk")
    say.refusal("a request that cannot be", lambda: tick(made(wrong)))
    definition = dg.ScheduleDefinition("of_parts", cron_schedule="@daily", job=etl, run_config_fn=raises)
    say.refusal("run_config_fn", lambda: tick(definition), "no disk")
    definition = dg.ScheduleDefinition("of_parts", cron_schedule="@daily", job=etl, tags_fn=raises)
    say.refusal("tags_fn", lambda: tick(definition), "no disk")
    say.refusal("should_execute", lambda: tick(made(returning({}), should_execute=raises)), "no disk")


@scenario()
def errors_name_the_schedule(say: Say) -> None:
    def raises() -> None:
        raise ValueError("no disk")

    try:
        tick(made(raises))
    except Exception as error:
        say("cause", error.__cause__)
        say("names it", "under_test" in str(error))


# ------------------------------------------------------------- whether it runs


@scenario()
def should_execute(say: Say) -> None:
    for name, answer in {"yes": True, "no": False, "one": 1, "zero": 0, "nothing": None, "text": "no"}.items():
        say.refusal(name, lambda answer=answer: tick(made(returning({}), should_execute=lambda context: answer)))
    seen: list[object] = []

    def looks(context: Any) -> bool:
        seen.append(context.scheduled_execution_time)
        return True

    tick(made(returning({}), should_execute=looks))
    say("it is given", seen)


# ---------------------------------------------------------------- tags, config


@scenario()
def config_and_tags_said_beside_the_cron(say: Say) -> None:
    facts: dict[str, Any] = {"cron_schedule": "@daily", "job": etl}
    say("config", tick(dg.ScheduleDefinition("s", run_config=config(2), **facts)))
    say("RunConfig", tick(dg.ScheduleDefinition("s", run_config=dg.RunConfig(ops={"load": Limit(limit=9)}), **facts)))
    say("function", tick(dg.ScheduleDefinition("s", run_config_fn=lambda context: config(5), **facts)))
    say("function of nothing", tick(dg.ScheduleDefinition("s", run_config_fn=lambda: config(5), **facts)))
    say("tags", tick(dg.ScheduleDefinition("s", tags={"k": "v"}, **facts)))
    say("tags function", tick(dg.ScheduleDefinition("s", tags_fn=lambda context: {"k": "f"}, **facts)))
    say("neither", tick(dg.ScheduleDefinition("s", **facts)))
    say.refusal("both tags", lambda: dg.ScheduleDefinition("s", tags={"a": "b"}, tags_fn=lambda _: {}, **facts))
    say.refusal(
        "config and function",
        lambda: dg.ScheduleDefinition("s", run_config={"a": 1}, run_config_fn=lambda _: {}, **facts),
    )
    say.refusal(
        "function and execution",
        lambda: dg.ScheduleDefinition("s", run_config_fn=lambda _: {}, execution_fn=lambda _: {}, **facts),
    )


@scenario()
def tags_of_a_decorated_one(say: Say) -> None:
    say("dict", tick(made(returning(config(1)), tags={"k": "v"})))
    say("request", tick(made(returning(dg.RunRequest("r", tags={"own": "1"})), tags={"k": "v"})))
    say("tags_fn", tick(made(returning({}), tags_fn=lambda context: {"k": str(context.scheduled_execution_time)})))
    say("tags", made(returning({}), tags={"k": "v"}).tags)
    say.refusal("number", lambda: made(returning({}), tags={"k": 1}).tags)
    say.refusal("tags_fn of numbers", lambda: tick(made(returning({}), tags_fn=lambda context: {"k": 1})))
    say.refusal("both", lambda: made(returning({}), tags={"k": "v"}, tags_fn=lambda context: {}))


# ------------------------------------------------------------------ its target


@scenario()
def targets(say: Say) -> None:
    graph = dg.GraphDefinition(name="graph_of_one", node_defs=[load])
    for name, facts in {
        "job": {"job": etl},
        "job name": {"job": None, "job_name": "etl"},
        "asset job": {"job": dg.define_asset_job("of_assets", selection="a")},
        "graph": {"job": graph},
        "target job": {"job": None, "target": etl},
        "target asset": {"job": None, "target": a},
        "target assets": {"job": None, "target": [a, b]},
        "target text": {"job": None, "target": "a"},
        "target keys": {"job": None, "target": [dg.AssetKey("a")]},
        "target selection": {"job": None, "target": dg.AssetSelection.assets("a", "b")},
        "target asset job": {"job": None, "target": dg.define_asset_job("of_assets", selection="b")},
    }.items():
        definition = made(returning({}), **facts)
        say(name, definition.job_name, definition.has_job if hasattr(definition, "has_job") else None)
        say(name, tick(definition))


@scenario()
def targets_that_cannot_be(say: Say) -> None:
    for name, facts in {
        "text as job": {"job": "etl"},
        "job and name": {"job": etl, "job_name": "etl"},
        "job and target": {"job": etl, "target": a},
        "name and target": {"job": None, "job_name": "etl", "target": a},
        "number": {"job": None, "target": 3},
        "asset as job": {"job": a},
        "list of jobs": {"job": None, "target": [etl]},
    }.items():
        say.refusal(name, lambda facts=facts: made(returning({}), **facts).job_name)


@scenario()
def names(say: Say) -> None:
    say("after the job", dg.ScheduleDefinition(job=etl, cron_schedule="@daily").name)
    say("after the name", dg.ScheduleDefinition(job_name="elsewhere", cron_schedule="@daily").name)
    say("after an asset job", dg.ScheduleDefinition(job=dg.define_asset_job("j"), cron_schedule="@daily").name)
    say("given", dg.ScheduleDefinition("s", job=etl, cron_schedule="@daily").name)

    @dg.schedule(cron_schedule="@daily", job=etl)
    def of_function() -> None: ...

    say("after the function", of_function.name)
    for name in ("a b", "a-b", "ü"):
        say.refusal(repr(name), lambda name=name: dg.ScheduleDefinition(name, job=etl, cron_schedule="@daily").name)


@scenario(differs="Description of a schedule or sensor that has none")
def descriptions(say: Say) -> None:
    @dg.schedule(cron_schedule="@daily", job=etl)
    def of_schedule() -> None:
        """What it is for."""

    @dg.sensor(job=etl)
    def of_sensor() -> None:
        """What it is for."""

    say("schedule", of_schedule.description)
    say("sensor", of_sensor.description)


@scenario(differs="A schedule without a job, target or job name")
def without_a_job(say: Say) -> None:
    free = made(returning([dg.RunRequest("x", job_name="etl"), dg.RunRequest("y", job_name="other")]), job=None)
    say("job of each", tick(free))
    say("its name", free.job_name)
    say.refusal("the job", lambda: free.job)


# ---------------------------------------------------------- requests in detail


@scenario()
def partition_keys(say: Say) -> None:
    def asks(key: str, **facts: Any) -> Any:
        return made(returning(dg.RunRequest(run_key="k", partition_key=key, **facts)), job=coloured)

    def with_defs(schedule: Any) -> Any:
        repository = dg.Definitions(assets=[parted, a], jobs=[coloured, etl, assets], schedules=[schedule])
        return tick(schedule, repository_def=repository.get_repository_def())

    assets = dg.define_asset_job("of_days", selection=[parted])
    say("there", with_defs(asks("red", tags={"own": "1"})))
    say.refusal("not there", lambda: with_defs(asks("blue")), "blue")
    say.refusal("of a job without partitions", lambda: with_defs(made(returning(dg.RunRequest(partition_key="x")))))
    of_days = made(returning([dg.RunRequest(partition_key="2024-03-02")]), job=assets)
    say("of assets", with_defs(of_days))
    too_early = made(returning([dg.RunRequest(partition_key="2023-03-02")]), job=assets)
    say.refusal("of assets, too early", lambda: with_defs(too_early), "2023-03-02")


@scenario()
def assets_of_requests(say: Say) -> None:
    job = dg.define_asset_job("of_assets", selection=[a, b])
    defs = dg.Definitions(assets=[a, b], jobs=[job])
    context = {"repository_def": defs.get_repository_def()}
    some = made(returning(dg.RunRequest(asset_selection=[dg.AssetKey("a")])), job=job)
    say("some", tick(some, **context))
    target = made(returning(dg.RunRequest(asset_selection=[dg.AssetKey("b")])), job=None, target=[a, b])
    say("some of a target", tick(target, **context))
    stale = made(returning(dg.RunRequest(stale_assets_only=True)), job=job)
    data = stale.evaluate_tick(dg.build_schedule_context(scheduled_execution_time=MOMENT, **context))
    say("stale", [each.stale_assets_only for each in data.run_requests])


# ---------------------------------------------------------------- the context


@scenario()
def the_context(say: Say) -> None:
    zone = ZoneInfo("Europe/Berlin")
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2024, 3, 5, 7, tzinfo=zone))
    say("time", context.scheduled_execution_time, str(context.scheduled_execution_time.tzinfo))
    empty = dg.build_schedule_context()
    say.refusal("no time", lambda: empty.scheduled_execution_time)
    say("log", hasattr(empty.log, "info"), bool(empty.has_captured_logs()))
    naive = dg.build_schedule_context(scheduled_execution_time=datetime(2024, 3, 5, 7))
    say("naive time", naive.scheduled_execution_time.replace(tzinfo=None))


@scenario()
def called_directly(say: Say) -> None:
    def with_context(context: Any) -> Any:
        return dg.RunRequest(str(context.scheduled_execution_time.hour))

    schedule = made(with_context)
    context = dg.build_schedule_context(scheduled_execution_time=MOMENT)
    say("by position", schedule(context).run_key)
    say("by name", schedule(context=context).run_key)
    say("nothing to take", made(returning(3))())
    say.refusal("without", schedule)
    say.refusal("another name", lambda: schedule(other=context))
    say.refusal("two", lambda: schedule(context, context))
    say.refusal("no context", lambda: schedule(3))
    plain = dg.ScheduleDefinition("s", job=etl, cron_schedule="@daily")
    say.refusal("no function", lambda: plain(context))


@scenario()
def resources(say: Say) -> None:
    class Mail(dg.ConfigurableResource):
        address: str

    def typed(context: Any, mail: Mail) -> Any:
        return dg.RunRequest(mail.address)

    def keyed(context: Any) -> Any:
        return dg.RunRequest(context.resources.mail.address)

    mail = {"resources": {"mail": Mail(address="x@y")}}
    say("parameter", tick(made(typed), **mail))
    say("keys", tick(made(keyed, required_resource_keys={"mail"}), **mail))
    say("required", made(typed).required_resource_keys)
    say.refusal("missing", lambda: tick(made(typed)), "mail")
    say.refusal("not required", lambda: tick(made(keyed), resources={"other": 1}))
    say("direct", made(typed)(dg.build_schedule_context(), mail=Mail(address="a@b")).run_key)


# ------------------------------------------------------------- the definition


@scenario()
def members(say: Say) -> None:
    one = dg.ScheduleDefinition(
        "s",
        job=etl,
        cron_schedule=["0 6 * * *", "0 18 * * *"],
        execution_timezone="Europe/Berlin",
        description="words",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        metadata={"rows": 3},
        owners=["team:data", "a@b.de"],
        tags={"k": "v"},
    )
    say("cron", one.cron_schedule)
    say("zone", one.execution_timezone)
    say("words", one.description)
    say("status", one.default_status)
    say("metadata", {key: value.value for key, value in one.metadata.items()})
    say("tags", one.tags)
    say("owners", one.owners)
    say("environment", one.environment_vars)
    say("keys", one.required_resource_keys)
    say("job", one.job.name, one.job_name)
    bare = made(returning({}), description=None)
    say("bare", bare.description, bare.execution_timezone, bare.default_status, bare.cron_schedule, bare.metadata)


@scenario()
def members_that_cannot_be(say: Say) -> None:
    for name, facts in {
        "cron": {"cron_schedule": "61 * * * *"},
        "cron of six": {"cron_schedule": "* * * * * *"},
        "cron of four": {"cron_schedule": "* * * *"},
        "no cron": {"cron_schedule": ""},
        "empty list": {"cron_schedule": []},
        "one bad of two": {"cron_schedule": ["@daily", "x"]},
        "cron number": {"cron_schedule": 5},
        "zone": {"execution_timezone": "Mars/Base"},
        "zone number": {"execution_timezone": 3},
        "owner": {"owners": ["nobody"]},
        "status text": {"default_status": "RUNNING"},
        "tag number": {"tags": {"a": 1}},
        "tag list": {"tags": [1]},
        "metadata": {"metadata": {"a": object()}},
        "job": {"job": 3},
        "function": {"run_config_fn": 3},
        "should": {"should_execute": 3},
    }.items():
        base = {"name": "s", "cron_schedule": "@daily", "job": etl}
        say.refused(name, lambda base=base, facts=facts: dg.ScheduleDefinition(**{**base, **facts}).name)


@scenario()
def changed_copies(say: Say) -> None:
    one = made(returning(config(1)), description="words", tags={"k": "v"}, metadata={"a": 1}, owners=["team:x"])
    copy = one.with_updated_job(other)
    say("job", copy.job_name, copy.name, copy.description, copy.tags, copy.owners, copy.cron_schedule)
    say("tick", tick(copy))
    more = one.with_attributes(metadata={"b": 2})
    say("metadata", {key: value.value for key, value in more.metadata.items()}, more.job_name)
    parted_tags = made(returning(config(1)), tags_fn=lambda context: {"k": "f"}).with_updated_job(other)
    say("tags_fn stays", tick(parted_tags))
    static = dg.ScheduleDefinition("s", cron_schedule="@daily", job=etl, run_config=config(3), tags={"x": "y"})
    say("static", tick(static.with_updated_job(other)))
    named = dg.ScheduleDefinition(cron_schedule="@daily", job=etl).with_updated_job(other)
    say("name stays", named.name, named.job_name)
    target = made(returning({}), job=None, target=[a]).with_updated_job(other)
    say("of a target", target.job_name)


@scenario()
def in_definitions(say: Say) -> None:
    def refused(label: str, *schedules: Any, **facts: Any) -> None:
        def look() -> int:
            return len(dg.Definitions(schedules=list(schedules), **facts).get_repository_def().schedule_defs)

        say.refusal(label, look)

    refused("job known by itself", made(returning({})))
    refused("job by unknown name", made(returning({}), job=None, job_name="nowhere"), jobs=[etl])
    refused("job by name", made(returning({}), job=None, job_name="etl"), jobs=[etl])
    refused("twice", made(returning({})), made(returning(None)))
    refused("target brings its assets", made(returning({}), job=None, target=[a]))
    refused("not a schedule", 3)
    refused("function", returning({}))


@scenario(
    differs="A resource that a schedule or sensor needs and nobody provides; an asset job that selects an unknown asset"
)
def found_when_definitions_are_collected(say: Say) -> None:
    needs = made(returning({}), required_resource_keys={"mail"})
    say.refusal("missing resource", lambda: len(dg.Definitions(schedules=[needs]).get_repository_def().schedule_defs))
    lost = made(returning({}), job=None, target="nowhere")
    collected = dg.Definitions(assets=[a], schedules=[lost])
    say.refusal("target of unknown asset", lambda: len(collected.get_repository_def().schedule_defs))


@scenario(
    differs="A parameter of a schedule's or sensor's function that is neither context nor resource and has no default"
)
def parameters_that_nobody_fills(say: Say) -> None:
    say.refusal("schedule", lambda: made(lambda context, x, y: {}).name)
    say.refusal("sensor", lambda: dg.sensor(job=etl, name="s")(lambda context, x, y: None).name)


@scenario(differs="`@schedule` and `@run_status_sensor` without parentheses")
def decorated_wrongly(say: Say) -> None:
    say.refusal("no cron", lambda: dg.schedule(job=etl)(returning({})))  # type: ignore[call-arg]
    say.refusal("no parentheses", lambda: dg.schedule(returning({})))  # type: ignore[arg-type]
    say.refusal("not a function", lambda: made(3))  # type: ignore[arg-type]
    say.refusal("keyword only", lambda: tick(made(lambda *, context: {})))
    say.refusal("defaults", lambda: tick(made(lambda context, x=3: dg.RunRequest(str(x)))))
