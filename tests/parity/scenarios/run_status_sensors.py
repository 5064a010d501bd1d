"""Run status sensors: which runs they are told of, what they may answer, their contexts, and mistakes in them."""

from collections.abc import Callable
from typing import Any

import dagster as dg
from tests.parity.scenario import Say, scenario

SUCCESS = dg.DagsterRunStatus.SUCCESS
colours = dg.StaticPartitionsDefinition(["red", "green"])


@dg.op
def load() -> None: ...


@dg.op
def breaks() -> None:
    raise ValueError("boom")


@dg.job
def etl() -> None:
    load()


@dg.job
def report() -> None:
    load()


@dg.job
def broken() -> None:
    breaks()


@dg.job
def twice_broken() -> None:
    breaks()
    breaks.alias("again")()
    load()


@dg.graph
def pipeline() -> None:
    load()


@dg.asset
def orders() -> int:
    return 1


@dg.asset(partitions_def=colours)
def paint() -> int:
    return 1


orders_job = dg.define_asset_job("orders_job", [orders])
paint_job = dg.define_asset_job("paint_job", [paint], partitions_def=colours)
defs = dg.Definitions(jobs=[etl, report, broken, orders_job, paint_job], assets=[orders, paint])
tenants = dg.DynamicPartitionsDefinition(name="tenants")


class Mail(dg.ConfigurableResource):  # type: ignore[type-arg,unused-ignore]
    address: str = "nobody"


def on(fn: Callable[..., Any], **facts: Any) -> Any:
    return dg.run_status_sensor(**{"run_status": SUCCESS, "name": "watch", **facts})(fn)


class Bench:
    """An instance, and a sensor evaluated on it tick by tick."""

    def __init__(self, sensor: Any, **facts: Any) -> None:
        self.instance = dg.DagsterInstance.ephemeral()
        self.sensor = sensor
        self.facts = facts
        self.cursor: str | None = None

    def tick(self) -> dict[str, Any]:
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor, **self.facts)
        data = self.sensor.evaluate_tick(context)
        self.cursor = data.cursor
        skip = data.skip_message
        return {
            "requests": [
                (each.run_key, each.job_name, each.tags.get("dagster/sensor_name"), each.partition_key)
                for each in data.run_requests or []
            ],
            "skip": "Initiating" if skip is not None and skip.startswith("Initiating") else skip,
            "told": [(each.dagster_run.job_name, each.run_status) for each in data.dagster_run_reactions or []],
            "errors": [each.error is not None for each in data.dagster_run_reactions or []],
            "assets": len(data.asset_events),
            "partitions": len(data.dynamic_partitions_requests),
        }

    def run(self, *jobs: Any, **facts: Any) -> "Bench":
        for each in jobs:
            each.execute_in_process(instance=self.instance, raise_on_error=False, **facts)
        return self


def after(sensor: Any, *jobs: Any, **facts: Any) -> dict[str, Any]:
    """What a sensor answers for these runs, once it was begun."""
    bench = Bench(sensor, **facts)
    bench.tick()
    return bench.run(*jobs).tick()


# ------------------------------------------------------------------- which runs


@scenario()
def it_begins_with_what_happens_after_its_first_tick(say: Say) -> None:
    bench = Bench(on(lambda context: None)).run(etl)
    say("first", bench.tick())
    say("nothing new", bench.tick())
    say("one", bench.run(report).tick())
    say("and no more", bench.tick())


@scenario()
def runs_are_told_of_in_order_and_once(say: Say) -> None:
    bench = Bench(on(lambda context: None))
    bench.tick()
    say("three", bench.run(etl, report, etl).tick())
    say("no more", bench.tick())


@scenario()
def each_status_has_its_own_sensor(say: Say) -> None:
    for status in (SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELED):
        events: list[object] = []

        def note(context: Any, events: list[object] = events) -> None:
            events.append((context.dagster_event.event_type.name, context.dagster_run.status))

        say(status.value, after(on(note, run_status=status), etl, broken))
        say("events", [[name.replace("PIPELINE_", "RUN_"), state] for name, state in events])


@scenario()
def what_it_monitors(say: Say) -> None:
    nothing = lambda context: None  # noqa: E731
    say("a job", after(on(nothing, monitored_jobs=[etl]), etl, report))
    say("a graph", after(on(nothing, monitored_jobs=[pipeline]), pipeline.to_job(), report))
    job_of_orders = defs.get_job_def("orders_job")
    say("a job of assets", after(on(nothing, monitored_jobs=[orders_job]), job_of_orders, report))
    say("none given", after(on(nothing, monitored_jobs=[]), etl, report))
    say("the older name", after(on(nothing, job_selection=[report]), etl, report))
    say("both names", after(on(nothing, job_selection=[report], monitored_jobs=[etl]), etl, report))
    say("everything", after(on(nothing, monitor_all_code_locations=True), etl, report))
    say("by its older name", after(on(nothing, monitor_all_repositories=True), etl, report))


@scenario()
def other_code_locations_by_name(say: Say) -> None:
    nothing = lambda context: None  # noqa: E731
    elsewhere = [
        dg.JobSelector(location_name="elsewhere", job_name="etl"),
        dg.RepositorySelector(location_name="elsewhere", repository_name="__repository__"),
        dg.CodeLocationSelector(location_name="elsewhere"),
    ]
    for each in elsewhere:
        say(type(each).__name__, after(on(nothing, monitored_jobs=[each]), etl))
        say("and a job", after(on(nothing, monitored_jobs=[each, report]), etl, report))


@scenario()
def selectors_as_values(say: Say) -> None:
    job = dg.JobSelector(location_name="here", job_name="etl")
    say("job", job.location_name, job.repository_name, job.job_name)
    say("equal", job == dg.JobSelector("here", "__repository__", "etl"), len({job, job}))
    repository = dg.RepositorySelector(location_name="here", repository_name="__repository__")
    say("its repository", job.repository_selector == repository)
    say("location", dg.CodeLocationSelector(location_name="here").location_name)
    say.refusal("no job", lambda: dg.JobSelector("here", "etl"), "job_name", "repository_name")
    say.refusal("a number", lambda: dg.JobSelector(location_name=1, job_name="etl"), "location_name")
    say.refusal("no repository", lambda: dg.RepositorySelector(location_name="here"), "repository_name")


# ---------------------------------------------------------------- what it answers


@scenario()
def it_asks_for_runs(say: Say) -> None:
    request = lambda context: dg.RunRequest(run_key="1")  # noqa: E731
    say("of its job", after(on(request, request_job=report), etl))
    named = lambda context: dg.RunRequest(run_key="1", job_name="report")  # noqa: E731
    say("of one of its jobs", after(on(named, request_jobs=[etl, report]), etl))
    say("of assets", after(on(request, request_job=orders_job), etl, repository_def=defs.get_repository_def()))
    several = lambda context: [dg.RunRequest("1"), dg.RunRequest("2")]  # noqa: E731
    say("a list", after(on(several, request_job=report), etl))

    def generating(context: Any) -> Any:
        yield dg.RunRequest("1")
        yield dg.RunRequest("2")

    say("a generator", after(on(generating, request_job=report), etl))


@scenario()
def it_asks_for_a_partition(say: Say) -> None:
    red = lambda context: dg.RunRequest(partition_key="red")  # noqa: E731
    say("red", after(on(red, request_job=paint_job), etl, repository_def=defs.get_repository_def()))


@scenario()
def it_skips(say: Say) -> None:
    say("a reason", after(on(lambda context: dg.SkipReason("not now")), etl))
    say("in a result", after(on(lambda context: dg.SensorResult(skip_reason="not now")), etl))
    say("without text", after(on(lambda context: dg.SkipReason()), etl))
    say("with an empty text", after(on(lambda context: dg.SkipReason("")), etl))
    say("with an empty text in a result", after(on(lambda context: dg.SensorResult(skip_reason="")), etl))

    def generating(context: Any) -> Any:
        yield dg.SkipReason("not now")

    say("generated", after(on(generating), etl))
    of_two = lambda context: dg.SkipReason(context.dagster_run.job_name)  # noqa: E731
    bench = Bench(on(of_two))
    bench.tick()
    say("of two runs", bench.run(etl).tick(), bench.run(report).tick())


@scenario()
def it_answers_results(say: Say) -> None:
    result = dg.SensorResult(run_requests=[dg.RunRequest("1")])
    say("requests", after(on(lambda context: result, request_job=report), etl))
    say("nothing", after(on(lambda context: dg.SensorResult()), etl))
    made = dg.SensorResult(asset_events=[dg.AssetMaterialization("orders")])
    say("assets", after(on(lambda context: made), etl))
    added = dg.SensorResult(dynamic_partitions_requests=[tenants.build_add_request(["acme"])])
    say("partitions", after(on(lambda context: added), etl))


@scenario()
def what_it_raises_stops_no_other_run(say: Say) -> None:
    def now_and_then(context: Any) -> None:
        if context.dagster_run.job_name == "etl":
            raise ValueError("not this one")

    say("two runs", after(on(now_and_then), etl, report))


# ----------------------------------------------------------------------- contexts


@scenario()
def the_context_of_a_run(say: Say) -> None:
    def note(context: Any) -> None:
        say("kind", type(context).__name__)
        say("sensor", context.sensor_name)
        run = context.dagster_run
        say("run", run.job_name, run.status, run.is_finished, run.is_success)
        say("partition", context.partition_key)
        say("event", context.dagster_event.job_name, context.dagster_event.is_successful_output)
        say("stored", context.instance.get_run_by_id(run.run_id).job_name)
        say("definitions", context.repository_def.name)
        say("log", context.log.info("told"))

    say("tick", after(on(note), etl, repository_def=defs.get_repository_def()))


@scenario()
def the_context_of_a_partition(say: Say) -> None:
    seen: list[str | None] = []
    bench = Bench(on(lambda context: seen.append(context.partition_key)))
    bench.tick()
    bench.run(defs.get_job_def("paint_job"), partition_key="green").tick()
    say("partition", seen)


@scenario()
def the_context_of_a_failure(say: Say) -> None:
    @dg.run_failure_sensor
    def alert(context: dg.RunFailureSensorContext) -> None:
        say("kind", type(context).__name__)
        say("event", context.failure_event is context.dagster_event, context.failure_event.is_failure)
        say("is for failures already", type(context.for_run_failure()).__name__)
        steps = context.get_step_failure_events()
        say("steps", sorted(each.step_key for each in steps))
        say("causes", [each.step_failure_data.error.cause.cls_name for each in steps])
        say("run", context.dagster_run.is_failure)

    say("one step", after(alert, broken, etl))
    say("two steps", after(alert, twice_broken))


@scenario()
def a_context_of_a_success_made_one_of_a_failure(say: Say) -> None:
    context = built(etl)
    failure = context.for_run_failure()
    say("kind", type(failure).__name__, isinstance(failure, dg.RunStatusSensorContext))
    say("steps", failure.get_step_failure_events())


@scenario()
def resources_of_its_function(say: Say) -> None:
    def mailing(context: dg.RunStatusSensorContext, mail: Mail) -> None:
        say("sends to", mail.address, context.resources.mail.address, context.dagster_run.job_name)

    say("needs", sorted(on(mailing).required_resource_keys))
    say("tick", after(on(mailing), etl, resources={"mail": Mail(address="a@b")}))
    say("called", on(mailing)(built(etl, resources={"mail": Mail(address="c@d")})))
    say.refusal("without it", lambda: on(mailing)(built(etl)), "mail")


@scenario()
def functions_without_a_context_or_with_one_of_another_name(say: Say) -> None:
    say("none", after(on(lambda: None), etl))
    say("another name", after(on(lambda run_context: None), etl))
    say("called without", on(lambda: None)())


# --------------------------------------------------------------- called directly


def built(job: Any, **facts: Any) -> Any:
    instance = dg.DagsterInstance.ephemeral()
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    event = [each for each in result.all_events if each.is_job_event][-1]
    return dg.build_run_status_sensor_context(
        sensor_name="watch", dagster_instance=instance, dagster_run=result.dagster_run, dagster_event=event, **facts
    )


@scenario()
def called_directly(say: Say) -> None:
    name = lambda context: context.dagster_run.job_name  # noqa: E731
    say("by position", on(name)(built(etl)))
    say("by name", on(name)(context=built(etl)))
    kind = dg.run_failure_sensor(name="alert")(lambda context: type(context).__name__)
    say("a failure sensor", kind(built(broken)), kind(built(broken).for_run_failure()))
    say("a partition", built(etl, partition_key="red").partition_key)
    say.refusal("without", on(name), "context")
    say.refused("something else", lambda: on(name)(5), "RunStatusSensorContext")
    say.refused("another context", lambda: on(name)(dg.build_sensor_context()), "RunStatusSensorContext")
    say.refusal("by a wrong name", lambda: on(name)(run=built(etl)), "context")
    say.refusal("two", lambda: on(name)(built(etl), built(etl)), "context")


@scenario()
def contexts_made_by_their_class(say: Say) -> None:
    around = built(broken)
    facts = {"dagster_run": around.dagster_run, "dagster_event": around.dagster_event, "instance": around.instance}
    context = dg.RunStatusSensorContext(sensor_name="watch", partition_key="red", **facts)
    say("status", context.sensor_name, context.dagster_run.job_name, context.partition_key)
    failure = dg.RunFailureSensorContext("watch", around.dagster_run, around.dagster_event, around.instance)
    say("failure", failure.failure_event is around.dagster_event, len(failure.get_step_failure_events()))


# ------------------------------------------------------------------- declarations


@scenario()
def members_of_a_definition(say: Say) -> None:
    facts = {"description": "told", "minimum_interval_seconds": 7, "tags": {"team": "a"}, "metadata": {"rows": 3}}
    each = on(lambda context: None, request_job=report, default_status=dg.DefaultSensorStatus.RUNNING, **facts)
    say("name", each.name, each.description, each.minimum_interval_seconds, each.default_status)
    say("kind", isinstance(each, dg.SensorDefinition), isinstance(each, dg.RunStatusSensorDefinition))
    say("type", each.sensor_type.name)
    say("job", each.job.name, each.job_name, each.has_jobs)
    say("labels", each.tags, each.metadata)
    plain = on(lambda context: None)
    say("plain", plain.minimum_interval_seconds, plain.default_status, plain.has_jobs, plain.asset_selection)


@scenario()
def decorators_with_and_without_parentheses(say: Say) -> None:
    def alert(context: Any) -> None: ...

    say("bare", dg.run_failure_sensor(alert).name)
    say("empty", dg.run_failure_sensor()(alert).name)
    say("name by position", dg.run_failure_sensor("told")(alert).name)
    say("name", dg.run_failure_sensor(name="told")(alert).name)
    say("status", dg.run_status_sensor(SUCCESS)(alert).name)
    direct = dg.RunStatusSensorDefinition(name="direct", run_status=SUCCESS, run_status_sensor_fn=alert)
    say("by its class", direct.name, after(direct, etl))


@scenario()
def every_status_there_is_a_sensor_for(say: Say) -> None:
    for name in ("QUEUED", "STARTING", "STARTED", "SUCCESS", "FAILURE", "CANCELING", "CANCELED"):
        say(name, on(lambda context: None, run_status=dg.DagsterRunStatus[name]).name)
    for name in ("NOT_STARTED", "MANAGED"):
        say.refused(name, lambda name=name: on(lambda context: None, run_status=dg.DagsterRunStatus[name]), name)


@scenario()
def mistakes_in_declarations(say: Say) -> None:
    fn = lambda context: None  # noqa: E731
    say.refusal("a text for a status", lambda: on(fn, run_status="SUCCESS"), "run_status")
    say.refusal("no status", lambda: on(fn, run_status=None), "run_status")
    say.refusal("a job alone", lambda: on(fn, monitored_jobs=etl), "monitored_jobs")
    say.refused("names", lambda: on(fn, monitored_jobs=["etl"]))
    say.refused("an asset", lambda: on(fn, monitored_jobs=[orders]))
    say.refused("definitions", lambda: on(fn, monitored_jobs=[defs]))
    say.refused("a repository", lambda: on(fn, monitored_jobs=[defs.get_repository_def()]))
    everywhere = {"monitor_all_code_locations": True}
    say.refusal("jobs and everything", lambda: on(fn, monitored_jobs=[etl], **everywhere), "monitored_jobs")
    say.refusal("older name and everything", lambda: on(fn, job_selection=[etl], **everywhere), "job_selection")
    older = {"monitor_all_repositories": True}
    say.refusal("jobs and everything, older", lambda: on(fn, monitored_jobs=[etl], **older), "monitor_all_repositories")
    say.refused("both names", lambda: on(fn, **everywhere, **older), "monitor_all_repositories")
    say.refusal("job and jobs", lambda: on(fn, request_job=etl, request_jobs=[report]))
    say.refused("a text for a job", lambda: on(fn, request_job="etl"))
    say.refusal("default status", lambda: on(fn, default_status=True), "default_status")
    say.refusal("interval", lambda: on(fn, minimum_interval_seconds="x"), "minimum_interval_seconds")
    say.refusal("name", lambda: on(fn, name="a b"), "a b")
    say.refusal("a lambda without a name", lambda: dg.run_failure_sensor(fn))
    say.refusal("unknown argument", lambda: on(fn, status=SUCCESS), "status")
