"""The contexts that tests of schedules and sensors build."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from zoneinfo import ZoneInfo

import dagster as dg
from tests.parity.scenario import Say, scenario


@dg.op
def fails():
    raise ValueError("no rows")


@dg.op
def works():
    return 1


@dg.job
def failing():
    fails()


@dg.job(tags={"team": "data"})
def working():
    works()


@dg.asset
def orders():
    return 1


@dg.asset
def clients():
    return 1


class Door(dg.ConfigurableResource):
    name: str = "door"

    def knock(self) -> str:
        return f"knock {self.name}"


class Plain:
    def __init__(self, said: list[str] | None = None) -> None:
        self.said = said


@dg.resource(config_schema={"size": int})
def sized(context):
    return context.resource_config["size"]


DEFS = dg.Definitions(
    assets=[orders, clients], jobs=[working, failing], resources={"door": Door(name="of the definitions"), "limit": 5}
)


def run_of(job: dg.JobDefinition, instance: dg.DagsterInstance):
    """A run of the job, and the event of its end."""
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    kinds = (dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_FAILURE)
    return result.dagster_run, next(event for event in result.all_events if event.event_type in kinds)


def status_context(instance: dg.DagsterInstance, job: dg.JobDefinition = working, **given):
    run, event = run_of(job, instance)
    return dg.build_run_status_sensor_context(
        **{
            "sensor_name": "told",
            "dagster_instance": instance,
            "dagster_run": run,
            "dagster_event": event,
            **given,
        }
    )


def builders(instance: dg.DagsterInstance) -> dict[str, Callable]:
    """A function for each kind of context."""
    return {
        "schedule": dg.build_schedule_context,
        "sensor": dg.build_sensor_context,
        "several assets": lambda **given: dg.build_multi_asset_sensor_context(
            monitored_assets=[orders.key],
            definitions=dg.Definitions(assets=[orders, clients]),
            instance=instance,
            **given,
        ),
        "run status": lambda **given: status_context(instance, **given),
    }


@scenario()
def wrong_arguments_of_schedules(say: Say) -> None:
    build = dg.build_schedule_context
    for value in ("2024-01-01", 3, date(2024, 1, 1)):
        say.refusal(
            f"time {value}", lambda value=value: build(scheduled_execution_time=value), "scheduled_execution_time"
        )
    say.refusal("instance", lambda: build(instance=3), "instance")
    say.refusal("instance by path", lambda: build(instance="/tmp"), "instance")
    say.refusal("repository", lambda: build(repository_def=3), "repository_def")
    say.refusal("definitions as repository", lambda: build(repository_def=DEFS), "repository_def")
    say.refused("resources", lambda: build(resources=3))
    say.refused("list of resources", lambda: build(resources=["door"]))
    say.refusal("reference", lambda: build(instance_ref=3), "instance_ref")


@scenario()
def wrong_arguments_of_sensors(say: Say) -> None:
    build = dg.build_sensor_context
    say.refusal("instance", lambda: build(instance=3), "instance")
    say.refusal("cursor", lambda: build(cursor=3), "cursor")
    say.refusal("repository name", lambda: build(repository_name=3), "repository_name")
    say.refusal("repository", lambda: build(repository_def=3), "repository_def")
    say.refusal("definitions as repository", lambda: build(repository_def=DEFS), "repository_def")
    say.refusal("definitions", lambda: build(definitions=3), "definitions")
    say.refusal("repository as definitions", lambda: build(definitions=DEFS.get_repository_def()), "definitions")
    say.refusal(
        "both", lambda: build(definitions=DEFS, repository_def=DEFS.get_repository_def()), "definitions", "repository"
    )
    say.refused("resources", lambda: build(resources=3))
    say.refusal("start", lambda: build(last_sensor_start_time="noon"), "last_sensor_start_time")
    say.refusal("start as datetime", lambda: build(last_sensor_start_time=datetime(2024, 1, 1)))


@scenario()
def wrong_arguments_of_several_assets(say: Say) -> None:
    def build(**given):
        return dg.build_multi_asset_sensor_context(**{"monitored_assets": [orders.key], "definitions": DEFS, **given})

    say.refusal("nothing", dg.build_multi_asset_sensor_context)
    say.refusal(
        "both ways of a cursor",
        lambda: build(cursor="{}", cursor_from_latest_materializations=True),
        "cursor",
        "cursor_from_latest_materializations",
    )
    say.refusal("cursor", lambda: build(cursor=3), "cursor")
    say.refusal("instance", lambda: build(instance=3), "instance")
    say.refusal("definitions", lambda: build(definitions=3), "definitions")
    say.refusal("both", lambda: build(repository_def=DEFS.get_repository_def()), "definitions", "repository_def")
    say.refusal("definitions as repository", lambda: build(definitions=None, repository_def=DEFS), "repository_def")
    say.refusal("start", lambda: build(last_sensor_start_time="noon"), "last_sensor_start_time")


@scenario()
def wrong_arguments_of_run_status(say: Say) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        wrong = {
            "dagster_event": 3,
            "dagster_run": "one",
            "dagster_instance": 3,
            "partition_key": 3,
            "repository_def": 3,
            "sensor_name": 3,
        }
        for name, value in wrong.items():
            say.refusal(name, partial(status_context, instance, **{name: value}))
        say.refusal("no event", lambda: status_context(instance, dagster_event=None), "dagster_event")
        say.refusal("no run", lambda: status_context(instance, dagster_run=None), "dagster_run")
        say.refused("context", lambda: status_context(instance, context=3))
        say.refused("resources", lambda: status_context(instance, resources=3))


@scenario()
def times_of_schedules(say: Say) -> None:
    for value in (
        datetime(2024, 1, 1),
        datetime(2024, 3, 31, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")),
        datetime(2024, 1, 1, tzinfo=UTC),
        datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=-8))),
    ):
        context = dg.build_schedule_context(scheduled_execution_time=value)
        say(str(value), context.scheduled_execution_time == value, context.scheduled_execution_time.tzinfo is None)
    say.refusal("none", lambda: dg.build_schedule_context().scheduled_execution_time, "scheduled_execution_time")


@scenario()
def members_of_a_sensor_context(say: Say) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        empty = dg.build_sensor_context()
        full = dg.build_sensor_context(
            instance=instance,
            cursor="c",
            repository_name="shop",
            sensor_name="files",
            definitions=DEFS,
            last_sensor_start_time=5.5,
        )
        for label, context in (("empty", empty), ("full", full)):
            for name in (
                "cursor",
                "cursor_updated",
                "repository_name",
                "is_first_tick_since_sensor_start",
                "last_completion_time",
                "last_tick_completion_time",
                "last_run_key",
                "last_sensor_start_time",
                "code_location_origin",
            ):
                say(f"{label} {name}", getattr(context, name))
        say("instance", full.instance is instance)
        say("repository", empty.repository_def, full.repository_def is not None, full.repository_def.name)
        say("name", full.sensor_name)
        say.refusal("no name", lambda: empty.sensor_name, "sensor")


@scenario()
def arguments_by_position(say: Say) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        repository = DEFS.get_repository_def()
        schedule = dg.build_schedule_context(instance, datetime(2024, 1, 1), {"limit": 1}, repository)
        say("schedule", schedule.scheduled_execution_time, schedule.resources.limit, schedule.repository_def.name)
        sensor = dg.build_sensor_context(instance, "c", "shop", repository, "files")
        say("sensor", sensor.cursor, sensor.repository_name, sensor.sensor_name)
        run, event = run_of(working, instance)
        status = dg.build_run_status_sensor_context("told", event, instance, run, None, {"limit": 2}, "p")
        say("run status", status.sensor_name, status.resources.limit, status.partition_key)


@scenario()
def cursors(say: Say) -> None:
    context = dg.build_sensor_context(cursor="a")
    say("given", context.cursor, context.cursor_updated)
    context.update_cursor("b")
    say("updated", context.cursor, context.cursor_updated)
    context.update_cursor(None)
    say("forgotten", context.cursor, context.cursor_updated)
    context.update_cursor("")
    say("empty", context.cursor)
    say.refusal("a number", lambda: context.update_cursor(3), "cursor")
    say("empty at first", dg.build_sensor_context(cursor="").cursor)


@scenario()
def resources_that_are_values(say: Say) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        for kind, build in builders(instance).items():
            plain = Plain()
            context = build(resources={"a": 5, "b": None, "c": plain, "d": {"k": [1]}})
            same = context.resources.c is plain
            say(kind, context.resources.a, context.resources.b, same, context.resources.d)


@scenario()
def resources_that_are_definitions(say: Say) -> None:
    os.environ["DOOR_NAME"] = "of the environment"
    with dg.DagsterInstance.ephemeral() as instance:
        for kind, build in builders(instance).items():
            given = {"door": Door(name=dg.EnvVar("DOOR_NAME")), "size": sized.configured({"size": 3}), "own": Door()}
            with build(resources=given) as context:
                say(kind, context.resources.door.knock(), context.resources.size, context.resources.own.name)


@scenario()
def a_resource_without_its_config(say: Say) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        for kind, build in builders(instance).items():
            say.refusal(kind, lambda build=build: build(resources={"size": sized}).resources.size, "size")


@scenario()
def resources_that_are_not_there(say: Say) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        for kind, build in builders(instance).items():
            say.refusal(kind, lambda build=build: build(resources={"a": 1}).resources.b, "b")
            say.refusal(f"{kind}, none at all", lambda build=build: build().resources.b, "b")
            say(f"{kind}, asked whether", hasattr(build(resources={"a": 1}).resources, "b"))


@scenario()
def resources_are_set_up_once_and_torn_down(say: Say) -> None:
    said: list[str] = []

    @dg.resource
    def opened(context):
        said.append("up")
        yield "value"
        said.append("down")

    with dg.DagsterInstance.ephemeral() as instance:
        for kind, build in builders(instance).items():
            with build(resources={"opened": opened}) as context:
                inside = (context.resources.opened, context.resources.opened)
                say(kind, *inside, said.count("up") == 1, "down" in said)
            say(f"{kind}, after", *said)
            said.clear()


@scenario()
def resources_of_an_error_inside_the_block(say: Say) -> None:
    said: list[str] = []

    class Watched(dg.ConfigurableResource):
        def setup_for_execution(self, context):
            said.append("up")

        def teardown_after_execution(self, context):
            said.append("down")

    with dg.DagsterInstance.ephemeral() as instance:
        for kind, build in builders(instance).items():

            def fails_inside(build=build):
                with build(resources={"watched": Watched()}) as context:
                    said.append(type(context.resources.watched).__name__)
                    raise KeyError("inside")

            say.refusal(kind, fails_inside)
            say(f"{kind}, after", *said)
            said.clear()


@scenario()
def merged_resources(say: Say) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        for kind, build in builders(instance).items():
            context = build(resources={"a": 1, "b": 1})
            merged = context.merge_resources({"b": 2, "c": 3})
            say(kind, merged.resources.a, merged.resources.b, merged.resources.c)
            say(f"{kind}, the one before", merged is context, hasattr(context.resources, "c"), context.resources.b)
            say.refused(f"{kind}, of no mapping", lambda build=build: build().merge_resources(3))


@scenario()
def functions_called_with_contexts(say: Say) -> None:
    @dg.sensor(job=working)
    def by_parameter(context, limit: dg.ResourceParam[int], door: Door):
        return dg.SkipReason(f"{limit} {door.knock()}")

    @dg.sensor(job=working, required_resource_keys={"limit"})
    def by_key(context):
        return dg.SkipReason(f"{context.resources.limit}")

    @dg.schedule(job=working, cron_schedule="@daily")
    def daily(context, limit: dg.ResourceParam[int]):
        return dg.SkipReason(f"{limit} {context.scheduled_execution_time}")

    given = {"limit": 4, "door": Door(name="x")}
    with dg.build_sensor_context(resources=given) as context:
        say("parameter", by_parameter(context).skip_message)
    say("by name", by_parameter(dg.build_sensor_context(), **given).skip_message)
    with dg.build_sensor_context(resources={"limit": 4}) as context:
        say("key", by_key.evaluate_tick(context).skip_message)
    time = datetime(2024, 1, 1)
    say("schedule", daily(dg.build_schedule_context(None, time), limit=2).skip_message)
    say.refusal("parameter missing", lambda: by_parameter(dg.build_sensor_context()), "required by sensor")
    say.refusal("key missing", lambda: by_key(dg.build_sensor_context()), "'limit'", "required by sensor 'by_key'")


@scenario()
def contexts_of_another_kind(say: Say) -> None:
    @dg.sensor(job=working)
    def watching(context):
        return dg.SkipReason("x")

    @dg.schedule(job=working, cron_schedule="@daily")
    def daily(context):
        return dg.SkipReason("x")

    @dg.run_failure_sensor
    def alert(context):
        return dg.SkipReason(type(context).__name__)

    with dg.DagsterInstance.ephemeral() as instance:
        status = status_context(instance, failing)
        say("a failure by its run status", alert(status).skip_message)
        say("a failure", alert(status.for_run_failure()).skip_message)
        several = builders(instance)["several assets"]()
        say("a sensor with that of several assets", watching(several).skip_message)
    say.refusal("a sensor with that of a schedule", lambda: watching(dg.build_schedule_context()))
    say.refusal("a schedule with that of a sensor", lambda: daily(dg.build_sensor_context()))
    say.refusal("a failure sensor with that of a sensor", lambda: alert(dg.build_sensor_context()))
    say.refusal("a failure sensor without", alert)


@scenario()
def members_of_a_run_status_context(say: Say) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run, event = run_of(working, instance)
        context = status_context(instance, dagster_run=run, dagster_event=event, partition_key="p")
        say("name", context.sensor_name)
        say("event", context.dagster_event.event_type, context.dagster_event is event)
        say("run", context.dagster_run.job_name, context.dagster_run.run_id == run.run_id)
        say("tags", context.dagster_run.tags.get("team"))
        say("partition", context.partition_key, status_context(instance).partition_key)
        say("instance", context.instance is instance)
        say("repository", context.repository_def)
        say("given repository", status_context(instance, repository_def=DEFS.get_repository_def()).repository_def.name)


@scenario()
def members_of_a_run_failure_context(say: Say) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run, event = run_of(failing, instance)
        context = status_context(instance, dagster_run=run, dagster_event=event).for_run_failure()
        say("kind", type(context))
        say("event", context.failure_event.event_type, context.failure_event is event)
        steps = context.get_step_failure_events()
        say("steps", [step.step_key for step in steps], [step.event_type for step in steps])
        say("error", "no rows" in steps[0].step_failure_data.error.to_string())
        say("again", type(context.for_run_failure()))
        say("of a success", status_context(instance).for_run_failure().get_step_failure_events())


@scenario()
def what_several_assets_are_asked(say: Say) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([orders], instance=instance)

        def build(**given):
            return dg.build_multi_asset_sensor_context(definitions=DEFS, instance=instance, **given)

        for label, monitored in (("keys", [orders.key, clients.key]), ("selection", dg.AssetSelection.all())):
            context = build(monitored_assets=monitored)
            say(label, sorted(key.to_user_string() for key in context.asset_keys))
            records = context.latest_materialization_records_by_key()
            say(f"{label}, new", {key.to_user_string(): record is not None for key, record in records.items()})
        caught_up = build(monitored_assets=[orders.key], cursor_from_latest_materializations=True)
        say("caught up", dict(caught_up.latest_materialization_records_by_key()))
        again = build(monitored_assets=[orders.key], cursor=caught_up.cursor)
        say("by its cursor", list(again.latest_materialization_records_by_key().values()))


@scenario()
def lines_logged_into_contexts(say: Say) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        for kind, build in builders(instance).items():
            log = build().log
            for level in ("debug", "info", "warning", "error", "critical"):
                getattr(log, level)("%s of %s", level, kind)
            log.log(20, "by number")
            pattern = "%s of %s"
            log.error(pattern, "values that do not fit")
            say(kind, "logged")
