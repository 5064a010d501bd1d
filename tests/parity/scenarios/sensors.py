"""Sensors: what their functions may return, what they start, what becomes of cursors, which mistakes are refused."""

from collections.abc import Callable
from typing import Any

import dagster as dg
from tests.parity.scenario import Say, scenario


@dg.op
def load() -> None: ...


@dg.job
def etl() -> None:
    load()


@dg.job
def other() -> None:
    load()


@dg.asset
def a() -> None: ...


@dg.asset
def b() -> None: ...


tenants = dg.DynamicPartitionsDefinition(name="tenants")


@dg.job(partitions_def=tenants)
def of_tenants() -> None: ...


@dg.job(partitions_def=dg.StaticPartitionsDefinition(["red", "green"]))
def coloured() -> None: ...


def made(fn: Callable[..., Any], **facts: Any) -> Any:
    return dg.sensor(**{"job": etl, "name": "under_test", **facts})(fn)


def request_facts(each: Any) -> list[object]:
    tags, assets = own_tags(each.tags), each.asset_selection
    shown = None if assets is None else sorted(key.to_user_string() for key in assets)
    return [each.run_key, each.job_name, each.run_config, tags, each.partition_key, shown]


def tick(sensor: Any, **facts: Any) -> list[object]:
    """One evaluation in short: its requests (key, job, tags, partition, assets), why there are none, its cursor."""
    data = sensor.evaluate_tick(dg.build_sensor_context(**{"instance": dg.DagsterInstance.ephemeral(), **facts}))
    return [
        [request_facts(each) for each in data.run_requests or []],
        data.skip_message,
        data.cursor,
    ]


def own_tags(tags: Any) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.startswith(".")}


def returning(value: Any) -> Callable[[], Any]:
    return lambda: value


# ------------------------------------------------------------- what is returned


@scenario()
def what_a_function_may_return(say: Say) -> None:
    for name, value in {
        "nothing": None,
        "request": dg.RunRequest("k"),
        "request of a config": dg.RunRequest(run_config={"ops": {}}, tags={"a": "b"}),
        "skip": dg.SkipReason("not today"),
        "skip without words": dg.SkipReason(),
        "list": [dg.RunRequest("x"), dg.RunRequest("y")],
        "empty list": [],
        "list of one skip": [dg.SkipReason("later")],
        "list of nothing": [None],
        "result of runs": dg.SensorResult(run_requests=[dg.RunRequest("x")], cursor="7"),
        "result of a text": dg.SensorResult(skip_reason="why not"),
        "result of a skip": dg.SensorResult(skip_reason=dg.SkipReason("because"), cursor="8"),
        "empty result": dg.SensorResult(),
        "result of a cursor": dg.SensorResult(cursor="9"),
        "result of empty requests": dg.SensorResult(run_requests=[]),
    }.items():
        say.refusal(name, lambda value=value: tick(made(returning(value)), cursor="before"))


@scenario()
def what_it_may_not_return(say: Say) -> None:
    for name, value in {
        "text": "x",
        "empty text": "",
        "number": 3,
        "zero": 0,
        "true": True,
        "false": False,
        "dict": {"ops": {}},
        "empty dict": {},
        "object": object(),
        "request and skip": [dg.RunRequest(), dg.SkipReason("x")],
        "two skips": [dg.SkipReason("x"), dg.SkipReason("y")],
        "list of text": ["x"],
        "list of lists": [[dg.RunRequest("x")]],
        "set": {1},
        "class": dg.RunRequest,
        "two results": [dg.SensorResult(), dg.SensorResult()],
        "result and request": [dg.SensorResult(), dg.RunRequest("x")],
        "run config": dg.RunConfig(),
    }.items():
        say.refused(name, lambda value=value: tick(made(returning(value))))


@scenario()
def generators(say: Say) -> None:
    def requests() -> Any:
        yield dg.RunRequest("x")
        yield dg.RunRequest("y")

    def one_skip() -> Any:
        yield dg.SkipReason("none")

    def none_at_all() -> Any:
        yield from ()

    def one_result() -> Any:
        yield dg.SensorResult(run_requests=[dg.RunRequest("x")], cursor="5")

    def a_list() -> Any:
        yield [dg.RunRequest("x")]

    say("requests", tick(made(requests)))
    say("one skip", tick(made(one_skip)))
    say("nothing", tick(made(none_at_all)))
    say.refused("a result", lambda: tick(made(one_result)))
    say.refused("a list", lambda: tick(made(a_list)))


@scenario(differs="Requests in a tuple or an iterator; None among the requests of a sensor")
def tuples_and_nothing_among_requests(say: Say) -> None:
    say.refused("tuple", lambda: tick(made(returning((dg.RunRequest("x"), dg.RunRequest("y"))))))
    say.refused("empty tuple", lambda: tick(made(returning(()))))
    say.refused("request and nothing", lambda: tick(made(returning([dg.RunRequest("k"), None]))))


@scenario(differs="Errors about what a sensor returned")
def class_of_errors_about_what_is_returned(say: Say) -> None:
    say.refusal("text", lambda: tick(made(returning("x"))))
    say.refusal("no job said", lambda: tick(made(returning(dg.RunRequest()), job=None, jobs=[etl, other])))
    say.refusal("two skips", lambda: tick(made(returning([dg.SkipReason("x"), dg.SkipReason("y")]))))


@scenario()
def results_that_cannot_be(say: Say) -> None:
    skip, run = dg.SkipReason("x"), dg.RunRequest("k")
    say.refusal("runs and skip", lambda: dg.SensorResult(run_requests=[run], skip_reason=skip))
    say.refusal("no runs and skip", lambda: dg.SensorResult(run_requests=[], skip_reason=skip).skip_reason)
    say.refusal("runs of text", lambda: dg.SensorResult(run_requests=["x"]))  # type: ignore[list-item]
    say.refusal("one run", lambda: dg.SensorResult(run_requests=run))  # type: ignore[arg-type]
    say.refusal("skip of a number", lambda: dg.SensorResult(skip_reason=3))  # type: ignore[arg-type]
    say.refusal("cursor of a number", lambda: dg.SensorResult(cursor=3))  # type: ignore[arg-type]
    say.refusal("wishes of text", lambda: dg.SensorResult(dynamic_partitions_requests=["x"]))  # type: ignore[list-item]
    one = dg.SensorResult(run_requests=[run], cursor="3")
    say("parts", len(one.run_requests or []), one.cursor, one.skip_reason)
    say("equal", one == dg.SensorResult(run_requests=[run], cursor="3"), one == dg.SensorResult(cursor="3"))
    say("text becomes a reason", dg.SensorResult(skip_reason="words").skip_reason.skip_message)


@scenario()
def errors_come_out_as_they_are(say: Say) -> None:
    def raises() -> None:
        raise ValueError("no disk")

    def late(context: Any) -> Any:
        yield dg.RunRequest("x")
        raise ValueError("no disk")

    def of_ours() -> None:
        raise dg.DagsterInvariantViolationError("own")

    say.refused("at once", lambda: tick(made(raises)), "no disk")
    say.refused("after the first request", lambda: tick(made(late)), "no disk")
    say.refused("one of Dagster's", lambda: tick(made(of_ours)), "own")
    say.refused("a request that cannot be", lambda: tick(made(lambda: dg.RunRequest(tags=3))))  # type: ignore[arg-type]


# ------------------------------------------------------------------- cursors


@scenario()
def cursors(say: Say) -> None:
    def forward(context: Any) -> None:
        context.update_cursor(str(int(context.cursor or 0) + 1))

    def result(context: Any) -> Any:
        return dg.SensorResult(cursor=f"after {context.cursor}")

    def forgets(context: Any) -> None:
        context.update_cursor(None)

    def empties(context: Any) -> None:
        context.update_cursor("")

    say("begins", tick(made(forward)))
    say("goes on", tick(made(forward), cursor="4"))
    say("of a result", tick(made(result), cursor="x"))
    say("forgotten", tick(made(forgets), cursor="x"))
    say("emptied", tick(made(empties), cursor="x"))
    say("kept", tick(made(returning(None)), cursor="x"))


@scenario(differs='`SensorResult(cursor="")`')
def an_empty_cursor(say: Say) -> None:
    say("in a result", tick(made(returning(dg.SensorResult(cursor=""))), cursor="x"))


@scenario()
def cursors_seen_from_inside(say: Say) -> None:
    seen: list[object] = []

    def looks(context: Any) -> Any:
        seen.append(context.cursor)
        context.update_cursor("new")
        seen.append(context.cursor)
        context.update_cursor("newer")
        seen.append(context.cursor)
        return dg.RunRequest("x")

    say("tick", tick(made(looks), cursor="old"))
    say("seen", seen)
    context = dg.build_sensor_context(cursor="c")
    say("updated", context.cursor_updated)
    context.update_cursor("d")
    say("updated then", context.cursor_updated, context.cursor)
    for name, value in {"number": 3, "bytes": b"x", "dict": {}}.items():
        say.refusal(name, lambda value=value: context.update_cursor(value))


@scenario()
def both_ways_to_set_a_cursor(say: Say) -> None:
    def both(context: Any) -> Any:
        context.update_cursor("one")
        return dg.SensorResult(cursor="other")

    def one_of_them(context: Any) -> Any:
        context.update_cursor("one")
        return dg.SensorResult(run_requests=[dg.RunRequest("k")])

    say.refusal("both", lambda: tick(made(both)))
    say("without one in the result", tick(made(one_of_them)))


# ------------------------------------------------------------------ its target


@scenario()
def targets(say: Say) -> None:
    graph = dg.GraphDefinition(name="graph_of_one", node_defs=[load])
    defs = dg.Definitions(assets=[a, b], jobs=[etl, other])
    ask = dg.RunRequest("k")
    for name, facts in {
        "job": {"job": etl},
        "job name": {"job": None, "job_name": "etl"},
        "one of jobs": {"job": None, "jobs": [etl]},
        "asset job": {"job": dg.define_asset_job("of_assets", selection="a")},
        "graph": {"job": graph},
        "target job": {"job": None, "target": etl},
        "target asset": {"job": None, "target": a},
        "target assets": {"job": None, "target": [a, b]},
        "target text": {"job": None, "target": "a"},
        "target selection": {"job": None, "target": dg.AssetSelection.assets("a", "b")},
    }.items():
        say.refused(name, lambda facts=facts: made(returning(ask), **facts).job_name)
        say.refused(name, lambda facts=facts: tick(made(returning(ask), **facts), definitions=defs))


@scenario()
def selections_of_assets(say: Say) -> None:
    defs = dg.Definitions(assets=[a, b], jobs=[etl, other])
    for name, selection in {"assets": [a], "text": "b", "all": dg.AssetSelection.all(), "keys": ["a"]}.items():
        for asked, request in {
            "all": dg.RunRequest("k"),
            "one": dg.RunRequest("k", asset_selection=[dg.AssetKey("b")]),
        }.items():
            sensor = made(returning(request), job=None, asset_selection=selection)
            say.refusal(f"{name}, {asked}", lambda sensor=sensor: tick(sensor, definitions=defs), "b")


@scenario()
def targets_that_cannot_be(say: Say) -> None:
    for name, facts in {
        "text as job": {"job": "etl"},
        "job and name": {"job": etl, "job_name": "etl"},
        "job and jobs": {"job": etl, "jobs": [etl, other]},
        "job and target": {"job": etl, "target": a},
        "job and assets": {"job": etl, "asset_selection": [a]},
        "number": {"job": None, "target": 3},
        "asset as job": {"job": a},
        "jobs of text": {"job": None, "jobs": ["etl"]},
        "jobs as one": {"job": None, "jobs": etl},
        "number as name": {"job": None, "job_name": 3},
    }.items():
        say.refused(name, lambda facts=facts: made(returning(None), **facts).name)


@scenario()
def several_jobs(say: Say) -> None:
    several = {"job": None, "jobs": [etl, other]}
    asks = [dg.RunRequest("x", job_name="etl"), dg.RunRequest("y", job_name="other")]
    say("each its own", tick(made(returning(asks), **several)))
    say.refused("none said", lambda: tick(made(returning(dg.RunRequest("x")), **several)))
    say.refused("another", lambda: tick(made(returning(dg.RunRequest("x", job_name="third")), **several)), "third")
    say.refused("another than the only", lambda: tick(made(returning(dg.RunRequest(job_name="other")))), "other")
    one = made(returning(None), **several)
    say("jobs", [job.name for job in one.jobs])
    say.refusal("job", lambda: one.job)
    say("targets", [target.job_name for target in one.targets])
    same = made(returning(None), job=None, jobs=[etl, etl])
    say("twice the same", [job.name for job in same.jobs])


@scenario()
def without_a_job(say: Say) -> None:
    free = made(returning(dg.SkipReason("x")), job=None)
    say("skips", tick(free))
    say.refused("the job", lambda: free.job)
    say.refused("the jobs", lambda: free.jobs)
    say.refused("a request", lambda: tick(made(returning(dg.RunRequest("x")), job=None)))


@scenario(differs="A sensor without a job that asks for `RunRequest(job_name=…)`")
def a_job_named_by_a_request_alone(say: Say) -> None:
    say.refused("a request", lambda: tick(made(returning(dg.RunRequest("x", job_name="etl")), job=None)))


# ------------------------------------------------------- partitions and assets


@scenario()
def partition_keys(say: Say) -> None:
    def asks(key: str, job: Any = coloured, **facts: Any) -> Any:
        sensor = made(returning(dg.RunRequest(run_key="k", partition_key=key, **facts)), job=job)
        return tick(sensor, definitions=dg.Definitions(jobs=[coloured, etl], sensors=[sensor]))

    say("there", asks("red", tags={"own": "1"}))
    say.refusal("not there", lambda: asks("blue"), "blue")
    say.refused("of a job without partitions", lambda: asks("x", etl))


@scenario(differs="`RunRequest(partition_key=…)` for dynamic partitions, evaluated in a test")
def dynamic_partitions(say: Say) -> None:
    instance = dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions("tenants", ["acme"])

    def asks(*keys: str, add: Any = (), delete: Any = ()) -> Any:
        wishes = [*([tenants.build_add_request(list(add))] if add else [])]
        wishes += [tenants.build_delete_request(list(delete))] if delete else []
        runs = [dg.RunRequest(key, partition_key=key) for key in keys]
        return made(returning(dg.SensorResult(run_requests=runs, dynamic_partitions_requests=wishes)), job=of_tenants)

    def look(sensor: Any) -> Any:
        defs = dg.Definitions(jobs=[of_tenants], sensors=[sensor])
        return tick(sensor, instance=instance, definitions=defs)

    say.refused("there", lambda: look(asks("acme")))
    say.refused("not there", lambda: look(asks("zenith")), "zenith")
    say.refused("added with it", lambda: look(asks("zenith", add=["zenith"])))
    say.refused("deleted with it", lambda: look(asks("acme", delete=["acme"])), "acme")
    say("nothing is added yet", instance.get_dynamic_partitions("tenants"))
    data = asks(add=["zenith"]).evaluate_tick(dg.build_sensor_context(instance=instance))
    say("wishes", [(each.partitions_def_name, each.partition_keys) for each in data.dynamic_partitions_requests])


@scenario()
def assets_of_requests(say: Say) -> None:
    job = dg.define_asset_job("of_assets", selection=[a, b])
    defs = dg.Definitions(assets=[a, b], jobs=[job])
    some = made(returning(dg.RunRequest(asset_selection=[dg.AssetKey("a")])), job=job)
    say("some", tick(some, definitions=defs))
    chosen = made(returning(dg.RunRequest(asset_selection=[dg.AssetKey("b")])), job=None, asset_selection=[a, b])
    say("some of a selection", tick(chosen, definitions=defs))
    target = made(returning(dg.RunRequest(asset_selection=[dg.AssetKey("b")])), job=None, target=[a, b])
    say("some of a target", tick(target, definitions=defs))


@scenario()
def asset_events(say: Say) -> None:
    check = dg.AssetCheckEvaluation(dg.AssetKey("a"), "rows", passed=True)
    events = [dg.AssetMaterialization("a"), dg.AssetObservation("b"), check]
    data = made(returning(dg.SensorResult(asset_events=events))).evaluate_tick(
        dg.build_sensor_context(instance=dg.DagsterInstance.ephemeral())
    )
    say("events", [type(each).__name__ for each in data.asset_events])
    say("reason", data.skip_message)


# ---------------------------------------------------------------- the context


@scenario()
def the_context(say: Say) -> None:
    context = dg.build_sensor_context(cursor="c", sensor_name="files")
    say("cursor", context.cursor)
    say("name", context.sensor_name)
    say("last", context.last_completion_time, context.last_tick_completion_time, context.last_run_key)
    say("first", context.is_first_tick_since_sensor_start, context.last_sensor_start_time)
    say("log", hasattr(context.log, "info"))
    say("defs", context.repository_def)
    started = dg.build_sensor_context(last_sensor_start_time=1000.5)
    say("started", started.last_sensor_start_time, started.is_first_tick_since_sensor_start)
    say.refused("no name", lambda: dg.build_sensor_context().sensor_name)
    defs = dg.Definitions(jobs=[etl])
    within = dg.build_sensor_context(definitions=defs)
    say("within", within.repository_def.has_job("etl"))
    say.refused("both", lambda: dg.build_sensor_context(definitions=defs, repository_def=defs.get_repository_def()))


@scenario()
def called_directly(say: Say) -> None:
    def with_context(context: Any) -> Any:
        return dg.RunRequest(context.cursor)

    sensor = made(with_context)
    context = dg.build_sensor_context(cursor="c")
    say("by position", sensor(context).run_key)
    say("by name", sensor(context=context).run_key)
    say("nothing to take", made(returning(3))())
    say.refused("without", sensor)
    say.refused("another name", lambda: sensor(other=context))
    say.refused("two", lambda: sensor(context, context))

    def yields() -> Any:
        yield dg.RunRequest("x")

    say("generator", [each.run_key for each in made(yields)()])


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
    say("direct", made(typed)(dg.build_sensor_context(), mail=Mail(address="a@b")).run_key)


@scenario()
def resources_that_cannot_be_made(say: Say) -> None:
    @dg.resource
    def broken(context: Any) -> None:
        raise ValueError("no network")

    def uses(context: Any) -> Any:
        return dg.RunRequest(str(context.resources.broken))

    sensor = made(uses, required_resource_keys={"broken"})
    say.refused("sensor", lambda: tick(sensor, resources={"broken": broken}), "no network")


# ------------------------------------------------------------- the definition


@scenario()
def members(say: Say) -> None:
    one = made(
        returning(None),
        description="words",
        minimum_interval_seconds=7,
        default_status=dg.DefaultSensorStatus.RUNNING,
        metadata={"rows": 3},
        tags={"k": "v"},
        owners=["team:data", "a@b.de"],
    )
    say("interval", one.minimum_interval_seconds)
    say("words", one.description)
    say("status", one.default_status)
    say("metadata", {key: value.value for key, value in one.metadata.items()})
    say("tags", one.tags)
    say("owners", one.owners)
    say("keys", one.required_resource_keys)
    say("kind", one.sensor_type)
    bare = made(returning(None))
    say("bare", bare.description, bare.minimum_interval_seconds, bare.default_status, bare.metadata, bare.tags)

    @dg.sensor(job=etl)
    def of_function() -> None: ...

    say("after the function", of_function.name)


@scenario()
def members_that_cannot_be(say: Say) -> None:
    for name, facts in {
        "interval text": {"minimum_interval_seconds": "5"},
        "owner": {"owners": ["nobody"]},
        "status text": {"default_status": "RUNNING"},
        "tag number": {"tags": {"a": 1}},
        "metadata": {"metadata": {"a": object()}},
        "name": {"name": "a b"},
        "keys": {"required_resource_keys": 3},
        "description": {"description": 3},
    }.items():
        say.refused(name, lambda facts=facts: made(returning(None), **facts).name)
    say.refused("not a function", lambda: made(3))  # type: ignore[arg-type]
    say.refused("no parentheses", lambda: dg.sensor(returning(None)).name)  # type: ignore[arg-type]


@scenario()
def changed_copies(say: Say) -> None:
    one = made(
        lambda context: dg.SensorResult(run_requests=[dg.RunRequest("k")], cursor="c"),
        description="words",
        tags={"k": "v"},
        metadata={"a": 1},
        minimum_interval_seconds=9,
        owners=["team:x"],
    )
    copy = one.with_updated_job(other)
    say("job", copy.job_name, copy.name, copy.description, copy.tags, copy.owners, copy.minimum_interval_seconds)
    say("tick", tick(copy))
    say("metadata", {key: value.value for key, value in copy.metadata.items()})
    two = one.with_updated_jobs([etl, other])
    say("jobs", [job.name for job in two.jobs])
    more = one.with_attributes(metadata={"b": 2})
    say("other metadata", {key: value.value for key, value in more.metadata.items()}, more.job_name)
    both = one.with_attributes(jobs=[other], metadata={"c": 3})
    say("both", both.job_name, {key: value.value for key, value in both.metadata.items()})
    same = one.with_attributes()
    say("same", same.job_name, same.description, same.tags)
    say("anonymous", one.has_anonymous_job, made(returning(None), job=None, target=[a]).has_anonymous_job)
    say("anonymous", made(returning(None), job=None).has_anonymous_job)
    named = made(returning(None), job=None, job_name="etl").with_updated_job(other)
    say("by name", named.job_name)


@scenario()
def copies_of_other_kinds(say: Say) -> None:
    @dg.run_status_sensor(run_status=dg.DagsterRunStatus.SUCCESS, request_job=etl, monitored_jobs=[other])
    def of_status(context: Any) -> None: ...

    @dg.asset_sensor(asset_key=dg.AssetKey("a"), job=etl)
    def of_asset(context: Any, event: Any) -> None: ...

    @dg.run_failure_sensor(request_job=etl)
    def of_failure(context: Any) -> None: ...

    @dg.multi_asset_sensor(monitored_assets=[dg.AssetKey("a")], job=etl)
    def of_assets(context: Any) -> None: ...

    for sensor in (of_status, of_asset, of_failure, of_assets):
        for label, change in {
            "job": lambda sensor=sensor: sensor.with_updated_job(other),
            "metadata": lambda sensor=sensor: sensor.with_attributes(metadata={"b": 2}),
        }.items():

            def look(change: Any = change) -> list[object]:
                copy = change()
                return [copy.name, copy.job_name, type(copy).__name__, copy.sensor_type.name, list(copy.metadata)]

            say.refusal(f"{sensor.name} {label}", look)


@scenario()
def in_definitions(say: Say) -> None:
    def refused(label: str, *sensors: Any, **facts: Any) -> None:
        def look() -> int:
            return len(dg.Definitions(sensors=list(sensors), **facts).get_repository_def().sensor_defs)

        say.refused(label, look)

    refused("job known by itself", made(returning({})))
    refused("job by unknown name", made(returning({}), job=None, job_name="nowhere"), jobs=[etl])
    refused("job by name", made(returning({}), job=None, job_name="etl"), jobs=[etl])
    refused("twice", made(returning({})), made(returning(None)))
    refused("target brings its assets", made(returning({}), job=None, target=[a]))
    refused("not a sensor", 3)
    refused("function", returning({}))
    schedule = dg.ScheduleDefinition("under_test", job=etl, cron_schedule="@daily")
    refused("name of a schedule", made(returning({})), schedules=[schedule])
