from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell import (
    ConfigurableResource,
    DefaultScheduleStatus,
    ResourceParam,
    RunConfig,
    RunRequest,
    ScheduleDefinition,
    SensorResult,
    SkipReason,
    asset,
    define_asset_job,
    graph,
    job,
    op,
    schedule,
)
from watchbell.declare.automation.evaluation import EvaluationContext
from watchbell.declare.automation.schedule import ScheduleEvaluationContext, ScheduleExecutionData
from watchbell.ground.errors import (
    CheckError,
    CronError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    ParameterCheckError,
    ScheduleExecutionError,
    UnknownTimezoneError,
)

TICK_AT = datetime(2024, 1, 1, 2, tzinfo=UTC)


@op
def load() -> None: ...


@job(tags={"job": "tag"})
def etl() -> None:
    load()


def made(fn: Callable[..., Any], **arguments: Any) -> ScheduleDefinition:
    return schedule(**{"cron_schedule": "0 2 * * *", "job": etl, "name": "daily", **arguments})(fn)


def ticked(definition: ScheduleDefinition, **facts: Any) -> ScheduleExecutionData:
    return definition.evaluate_tick(
        ScheduleEvaluationContext(definition.name, scheduled_execution_time=TICK_AT, **facts)
    )


def nothing() -> dict[str, Any]:
    return {}


def generated() -> Iterator[RunRequest]:
    yield RunRequest("a")
    yield RunRequest("b")


@pytest.mark.parametrize(
    ("returned", "keys"),
    [
        ({"ops": {}}, [None]),
        (RunConfig(ops={}), [None]),
        (RunRequest("a"), ["a"]),
        ([RunRequest("a"), RunRequest("b")], ["a", "b"]),
        ((RunRequest("a"),), ["a"]),
        ([RunRequest(), RunRequest()], [None, None]),
    ],
)
def test_what_is_returned_becomes_runs(returned: object, keys: list[str | None]) -> None:
    data = ticked(made(lambda: returned))

    assert keys == [request.run_key for request in data.run_requests]
    assert data.skip_message is None


def test_what_is_yielded_becomes_runs_in_order() -> None:
    assert [request.run_key for request in ticked(made(generated)).run_requests] == ["a", "b"]


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "Schedule function returned an empty result"),
        ([], "Schedule function returned an empty result"),
        (SkipReason("later"), "later"),
        ([SkipReason("later")], "later"),
        (SkipReason(), None),
    ],
)
def test_nothing_and_reasons_skip_the_tick(returned: object, message: str | None) -> None:
    data = ticked(made(lambda: returned))

    assert ([], message) == (data.run_requests, data.skip_message)


@pytest.mark.parametrize(
    "returned", ["x", 5, [5], SensorResult(), [RunRequest(), SkipReason("x")], [SkipReason("x"), SkipReason("y")]]
)
def test_anything_else_is_refused_with_the_schedules_name(returned: object) -> None:
    with pytest.raises(CheckError, match="schedule 'daily' returned"):
        ticked(made(lambda: returned))


def test_a_run_config_gets_the_schedules_tags_and_a_request_keeps_its_own() -> None:
    (from_dict,) = ticked(made(nothing, tags={"team": "data"})).run_requests
    (from_request,) = ticked(made(lambda: RunRequest(tags={"x": "y"}), tags={"team": "data"})).run_requests

    assert from_dict.tags == {"team": "data", "dagster/schedule_name": "daily"}
    assert from_request.tags == {"x": "y", "dagster/schedule_name": "daily"}


def test_a_definition_without_a_function_runs_its_config() -> None:
    definition = ScheduleDefinition(job=etl, cron_schedule="@daily", run_config={"ops": {}}, tags={"a": "b"})

    (request,) = ticked(definition).run_requests

    assert definition.name == "etl_schedule"
    assert request.run_config == {"ops": {}}
    assert request.tags == {"a": "b", "dagster/schedule_name": "etl_schedule"}


def test_config_and_tags_may_be_made_for_each_tick() -> None:
    definition = ScheduleDefinition(
        job=etl,
        cron_schedule="@daily",
        run_config_fn=lambda context: {"at": context.scheduled_execution_time.hour},
        tags_fn=lambda context: {"hour": str(context.scheduled_execution_time.hour)},
    )

    (request,) = ticked(definition).run_requests

    assert (request.run_config, request.tags["hour"]) == ({"at": 2}, "2")


def test_tags_fn_of_the_decorator_is_used_for_run_configs() -> None:
    (request,) = ticked(made(nothing, tags_fn=lambda _: {"hour": 2})).run_requests

    assert request.tags["hour"] == "2"


@pytest.mark.parametrize(("answer", "count"), [(True, 1), (False, 0), (0, 0)])
def test_should_execute_decides(answer: object, count: int) -> None:
    data = ticked(made(nothing, should_execute=lambda _context: answer))

    assert count == len(data.run_requests)
    assert (None if count else "should_execute function for daily returned false.") == data.skip_message


def failing(*_: object) -> Any:
    raise ValueError("no rows")


def failing_later() -> Iterator[RunRequest]:
    yield RunRequest("a")
    raise ValueError("no rows")


@pytest.mark.parametrize(
    "definition",
    [
        made(failing),
        made(failing_later),
        made(nothing, should_execute=failing),
        made(nothing, tags_fn=failing),
        ScheduleDefinition(name="daily", job=etl, cron_schedule="@daily", run_config_fn=failing),
    ],
)
def test_what_user_code_raises_is_wrapped_with_its_cause(definition: ScheduleDefinition) -> None:
    with pytest.raises(ScheduleExecutionError, match="schedule 'daily': .* raised ValueError: no rows") as caught:
        ticked(definition)

    assert isinstance(caught.value.user_exception, ValueError)


def test_lines_that_are_logged_come_with_the_answer() -> None:
    def look(context: ScheduleEvaluationContext) -> SkipReason:
        context.log.warning("nothing for %s", context.scheduled_execution_time.date())
        return SkipReason("nothing")

    assert [line.message for line in ticked(made(look)).log] == ["nothing for 2024-01-01"]


def test_the_time_of_the_tick_is_given_as_it_is() -> None:
    context = ScheduleEvaluationContext(scheduled_execution_time=TICK_AT.replace(tzinfo=None))

    assert datetime(2024, 1, 1, 2) == context.scheduled_execution_time


def test_a_context_without_a_time_says_what_to_pass() -> None:
    with pytest.raises(CheckError, match="scheduled_execution_time"):
        _ = ScheduleEvaluationContext().scheduled_execution_time


def test_the_function_can_be_called_directly() -> None:
    context = ScheduleEvaluationContext(scheduled_execution_time=TICK_AT)
    definition = made(lambda context: context.scheduled_execution_time.year)

    assert definition(context) == 2024
    assert definition(context=context) == 2024
    assert made(nothing)() == {}
    assert made(nothing)(context) == {}


@pytest.mark.parametrize(
    ("args", "kwargs", "error"),
    [
        ((), {}, DagsterInvalidInvocationError),
        ((5,), {}, ParameterCheckError),
        ((), {"other": 5}, DagsterInvalidInvocationError),
        ((EvaluationContext(), EvaluationContext()), {}, DagsterInvalidInvocationError),
    ],
)
def test_a_wrong_direct_call_is_refused(args: tuple[Any, ...], kwargs: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        made(lambda context: context)(*args, **kwargs)


def test_a_definition_without_a_function_cannot_be_called() -> None:
    with pytest.raises(DagsterInvalidInvocationError, match="evaluate_tick"):
        ScheduleDefinition(job=etl, cron_schedule="@daily")()


class Database(ConfigurableResource):  # type: ignore[misc]
    url: str = "memory"


def test_resources_come_by_parameter_and_by_context() -> None:
    def by_parameter(context: ScheduleEvaluationContext, db: Database, limit: ResourceParam[int]) -> RunRequest:
        return RunRequest(f"{db.url}-{limit}")

    def by_context(context: ScheduleEvaluationContext) -> RunRequest:
        return RunRequest(context.resources.db.url)

    given = {"db": Database(url="lake"), "limit": 3}

    assert ticked(made(by_parameter), resources=given).run_requests[0].run_key == "lake-3"
    assert ticked(made(by_context, required_resource_keys={"db"}), resources=given).run_requests[0].run_key == "lake"
    assert made(by_parameter)(ScheduleEvaluationContext(), db=Database(url="x"), limit=4).run_key == "x-4"
    assert {"db", "limit"} == made(by_parameter).required_resource_keys


def test_a_missing_resource_is_named_with_the_nearest() -> None:
    definition = made(lambda: 1, required_resource_keys={"database"})

    with pytest.raises(DagsterInvalidDefinitionError, match="'database' required by schedule 'daily'.*'databse'"):
        ticked(definition, resources={"databse": 1})


def test_the_attributes_are_those_that_were_given() -> None:
    definition = schedule(
        cron_schedule=["0 2 * * *", "@hourly"],
        job=etl,
        execution_timezone="Europe/Berlin",
        default_status=DefaultScheduleStatus.RUNNING,
        owners=["team:x"],
        metadata={"n": 1},
    )(generated)

    assert definition.name == "generated"
    assert definition.cron_schedule == ["0 2 * * *", "@hourly"]
    assert definition.execution_timezone == "Europe/Berlin"
    assert definition.default_status == DefaultScheduleStatus.RUNNING
    assert ("etl", etl, True) == (definition.job_name, definition.job, definition.has_job)
    assert (definition.owners, definition.metadata["n"].value) == (("team:x",), 1)


def test_the_docstring_describes_where_nothing_else_does() -> None:
    def nightly() -> None:
        """Loads.

        All of it.
        """

    assert made(nightly).description == "Loads.\n\nAll of it."
    assert made(nightly, description="other").description == "other"


def test_a_target_may_be_a_job_by_name_a_graph_or_assets() -> None:
    @graph
    def flow() -> None:
        load()

    @asset
    def orders() -> None: ...

    assert made(nothing, job=None, job_name="later").job_name == "later"
    assert made(nothing, job=flow).job_name == "flow"
    assert made(nothing, job=define_asset_job("all")).job_name == "all"
    assert made(nothing, job=None, target=[orders]).job_name == "__anonymous_asset_job_daily"
    assert (orders,) == made(nothing, job=None, target=orders).targets[0].assets_defs
    assert made(nothing, job=None).job_name is None


def test_another_job_can_be_put_in() -> None:
    other = made(nothing, tags={"a": "b"}).with_updated_job(define_asset_job("all"))

    assert (other.name, other.job_name, other.tags) == ("daily", "all", {"a": "b"})
    assert other() == {}


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"cron_schedule": "61 * * * *"}, CronError, "schedule 'daily': cron '61 \\* \\* \\* \\*': minute '61'"),
        ({"cron_schedule": []}, CronError, "at least one"),
        ({"cron_schedule": 5}, ParameterCheckError, "cron_schedule of schedule 'daily'"),
        ({"cron_schedule": None}, ParameterCheckError, "cron_schedule"),
        ({"cron_schedule": ["* * * * *", 3]}, ParameterCheckError, "cron_schedule"),
        ({"execution_timezone": "Europe/Berln"}, UnknownTimezoneError, "schedule 'daily': .*'Europe/Berlin'"),
        ({"execution_timezone": 3}, ParameterCheckError, "execution_timezone"),
        ({"name": "a b"}, DagsterInvalidDefinitionError, "'a b' is not a valid name"),
        ({"job": "etl"}, ParameterCheckError, "pass job_name='etl'"),
        ({"job_name": "etl"}, DagsterInvalidDefinitionError, "both job= and job_name="),
        ({"target": "*"}, DagsterInvalidDefinitionError, "both job= and target="),
        ({"tags": {"a": "b"}, "tags_fn": nothing}, DagsterInvalidDefinitionError, "tags_fn"),
        ({"tags": "a"}, ParameterCheckError, "tags of schedule 'daily'"),
        ({"default_status": "RUNNING"}, ParameterCheckError, "default_status of schedule 'daily'"),
        ({"owners": ["joe"]}, DagsterInvalidDefinitionError, "'joe' of schedule 'daily'"),
        ({"required_resource_keys": "db"}, ParameterCheckError, "required_resource_keys"),
        ({"should_execute": 5}, ParameterCheckError, "needs a function"),
    ],
)
def test_a_mistake_is_refused_where_it_is_made(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        made(nothing, **arguments)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "without a name"),
        ({"target": "*"}, "needs a name"),
        ({"job": etl, "execution_fn": nothing, "run_config": {"a": 1}}, "execution_fn as well as"),
    ],
)
def test_a_contradictory_definition_is_refused(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(DagsterInvalidDefinitionError, match=text):
        ScheduleDefinition(cron_schedule="@daily", **arguments)


def test_a_function_that_takes_more_is_refused() -> None:
    with pytest.raises(
        DagsterInvalidDefinitionError, match="takes 'rows', which is neither the context nor a resource"
    ):
        made(lambda context, rows: rows)


def test_a_wrapper_that_passes_all_on_is_given_the_context() -> None:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return RunRequest(str(args[0].scheduled_execution_time.year))

    assert ticked(made(wrapper)).run_requests[0].run_key == "2024"


def test_an_async_function_is_waited_for() -> None:
    async def later() -> RunRequest:
        return RunRequest("later")

    assert ticked(made(later)).run_requests[0].run_key == "later"
