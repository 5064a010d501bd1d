from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell import (
    AssetMaterialization,
    AssetSelection,
    DefaultSensorStatus,
    ResourceParam,
    RunRequest,
    SensorDefinition,
    SensorResult,
    SkipReason,
    define_asset_job,
    job,
    op,
    run_status_sensor,
    schedule,
    sensor,
)
from watchbell.declare.automation.sensor_answer import SensorExecutionData
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    ParameterCheckError,
)

EMPTY = "Sensor function returned an empty result"


@op
def load() -> None: ...


@job
def etl() -> None:
    load()


@job
def report() -> None:
    load()


def nothing() -> None: ...


def bare() -> RunRequest:
    return RunRequest()


def made(fn: Callable[..., Any], **arguments: Any) -> SensorDefinition:
    return sensor(**{"job": etl, "name": "files", **arguments})(fn)


def ticked(definition: SensorDefinition, cursor: str | None = "0", **facts: Any) -> SensorExecutionData:
    return definition.evaluate_tick(SensorEvaluationContext(definition.name, cursor=cursor, **facts))


def two(context: SensorEvaluationContext) -> Iterator[RunRequest]:
    yield RunRequest("a")
    context.update_cursor("5")
    yield RunRequest("b")


@pytest.mark.parametrize(
    ("returned", "keys"),
    [
        (RunRequest("a"), ["a"]),
        ([RunRequest("a"), RunRequest("b")], ["a", "b"]),
        ((RunRequest("a"), None), ["a"]),
        (SensorResult([RunRequest("a")]), ["a"]),
        ([SensorResult([RunRequest("a"), RunRequest("b")])], ["a", "b"]),
    ],
)
def test_what_is_returned_becomes_runs(returned: object, keys: list[str]) -> None:
    data = ticked(made(lambda: returned))

    assert keys == [request.run_key for request in data.run_requests]
    assert data.skip_message is None


def test_what_is_yielded_becomes_runs_and_the_cursor_may_move_meanwhile() -> None:
    data = ticked(made(two))

    assert [request.run_key for request in data.run_requests] == ["a", "b"]
    assert data.cursor == "5"


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, EMPTY),
        ([], EMPTY),
        (SkipReason("z"), "z"),
        ([SkipReason("z")], "z"),
        (SkipReason(), None),
        (SensorResult(skip_reason="q"), "q"),
        (SensorResult(), EMPTY),
    ],
)
def test_nothing_and_reasons_skip_the_tick(returned: object, message: str | None) -> None:
    data = ticked(made(lambda: returned))

    assert ([], message, "0") == (data.run_requests, data.skip_message, data.cursor)


WRONG = [
    {"ops": {}},
    "x",
    5,
    [5],
    [RunRequest(), SkipReason("x")],
    [SkipReason("x"), SkipReason("y")],
    [SensorResult(), SensorResult()],
    [SensorResult(), RunRequest()],
    SensorResult(asset_events=["orders"]),
]


@pytest.mark.parametrize("returned", WRONG)
def test_anything_else_is_refused_with_the_sensors_name(returned: object) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="sensor 'files'"):
        ticked(made(lambda: returned))


def test_a_sensor_result_brings_a_cursor_and_asset_events() -> None:
    event = AssetMaterialization("orders")

    data = ticked(made(lambda: SensorResult(cursor="3", asset_events=[event])))

    assert ("3", [event]) == (data.cursor, data.asset_events)


def test_the_cursor_cannot_be_moved_in_two_ways() -> None:
    def both(context: SensorEvaluationContext) -> SensorResult:
        context.update_cursor("7")
        return SensorResult(cursor="8")

    with pytest.raises(DagsterInvariantViolationError, match="do one of the two"):
        ticked(made(both))


def test_what_user_code_raises_comes_out_as_it_is() -> None:
    def failing() -> None:
        raise ValueError("no folder")

    with pytest.raises(ValueError, match="no folder"):
        ticked(made(failing))


def test_requests_are_marked_with_the_sensor() -> None:
    (request,) = ticked(made(lambda: RunRequest(tags={"a": "b"}))).run_requests

    assert request.tags == {"a": "b", "dagster/sensor_name": "files"}
    assert request.job_name is None


def test_a_request_for_a_job_that_is_not_its_own_is_refused_with_the_nearest() -> None:
    definition = made(lambda: RunRequest(job_name="reprot"), job=None, jobs=[etl, report])

    with pytest.raises(
        DagsterInvariantViolationError, match="'reprot', which is not among its jobs; did you mean 'report'"
    ):
        ticked(definition)


def test_with_several_jobs_each_request_names_one() -> None:
    (request,) = ticked(made(lambda: RunRequest(job_name="report"), job=None, jobs=[etl, report])).run_requests

    assert request.job_name == "report"
    with pytest.raises(DagsterInvariantViolationError, match="one of etl, report"):
        ticked(made(bare, job=None, jobs=[etl, report]))


def test_without_a_job_each_request_names_one() -> None:
    (request,) = ticked(made(lambda: RunRequest(job_name="etl"), job=None)).run_requests

    assert request.job_name == "etl"
    with pytest.raises(DagsterInvariantViolationError, match="or the sensor a job"):
        ticked(made(bare, job=None))


def test_the_context_tells_where_the_sensor_stands() -> None:
    tick_at = datetime(2024, 1, 1, tzinfo=UTC)
    context = SensorEvaluationContext("files", cursor="3", last_tick_at=tick_at, last_run_key="k", started_at=tick_at)

    assert (
        context.cursor,
        context.last_run_key,
        context.sensor_name,
        context.repository_name,
    ) == ("3", "k", "files", None)
    assert tick_at.timestamp() == context.last_tick_completion_time == context.last_completion_time
    assert tick_at.timestamp() == context.last_sensor_start_time
    assert not context.is_first_tick_since_sensor_start
    assert SensorEvaluationContext().is_first_tick_since_sensor_start


def test_the_cursor_can_be_read_after_it_was_moved() -> None:
    context = SensorEvaluationContext()
    context.update_cursor("x")

    assert (context.cursor, context.cursor_updated) == ("x", True)
    context.update_cursor(None)
    assert context.cursor is None


@pytest.mark.parametrize("cursor", [5, "\ud800", "a\x00", "x" * 1_000_001])
def test_a_cursor_that_cannot_be_stored_is_refused(cursor: Any) -> None:
    with pytest.raises(ParameterCheckError, match="cursor"):
        SensorEvaluationContext().update_cursor(cursor)


def test_the_function_can_be_called_directly() -> None:
    context = SensorEvaluationContext(cursor="1")

    assert [request.run_key for request in made(two)(context)] == ["a", "b"]
    assert context.cursor == "5"
    assert made(nothing)() is None
    with pytest.raises(DagsterInvalidInvocationError, match="build_sensor_context"):
        made(two)()


def test_resources_are_passed_by_name() -> None:
    def look(limit: ResourceParam[int]) -> RunRequest:
        return RunRequest(str(limit))

    assert ticked(made(look), resources={"limit": 3}).run_requests[0].run_key == "3"
    assert made(look)(limit=4).run_key == "4"
    with pytest.raises(DagsterInvalidDefinitionError, match="'limit' required by sensor 'files'"):
        ticked(made(look))


def test_the_attributes_are_those_that_were_given() -> None:
    definition = made(
        two, minimum_interval_seconds=5, default_status=DefaultSensorStatus.RUNNING, tags={"a": 1}, owners=["team:x"]
    )

    assert (
        definition.minimum_interval_seconds,
        definition.default_status,
        definition.tags,
    ) == (5, DefaultSensorStatus.RUNNING, {"a": "1"})
    assert ("etl", etl, [etl], ("team:x",)) == (
        definition.job_name,
        definition.job,
        definition.jobs,
        definition.owners,
    )


def test_what_is_left_out_has_its_default() -> None:
    @sensor()
    def landing() -> None:
        """Looks for files."""

    assert (
        landing.name,
        landing.description,
        landing.minimum_interval_seconds,
    ) == ("landing", "Looks for files.", 30)
    assert (landing.default_status, landing.job_name, landing.targets) == (DefaultSensorStatus.STOPPED, None, ())


def test_targets_are_given_in_many_ways() -> None:
    assert sensor("later")(nothing).job_name == "later"
    assert made(nothing, job=define_asset_job("all")).job_names == ("all",)
    assert made(nothing, job=None, target="*").job_name == "__anonymous_asset_job_files"
    assert AssetSelection.all() == made(nothing, job=None, asset_selection="*").asset_selection


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"name": "a b"}, DagsterInvalidDefinitionError, "'a b' is not a valid name"),
        ({"job": "etl"}, ParameterCheckError, "pass job_name='etl'"),
        ({"jobs": [etl]}, DagsterInvalidDefinitionError, "both job= and jobs="),
        ({"jobs": 5, "job": None}, ParameterCheckError, "jobs of sensor 'files' is a list"),
        ({"asset_selection": "*"}, DagsterInvalidDefinitionError, "asset_selection"),
        ({"minimum_interval_seconds": "5"}, ParameterCheckError, "number of seconds"),
        ({"minimum_interval_seconds": -1}, DagsterInvalidDefinitionError, "0 or more"),
        ({"minimum_interval_seconds": float("nan")}, DagsterInvalidDefinitionError, "0 or more"),
        ({"default_status": True}, ParameterCheckError, "default_status of sensor 'files'"),
        ({"owners": ["joe"]}, DagsterInvalidDefinitionError, "'joe' of sensor 'files'"),
    ],
)
def test_a_mistake_is_refused_where_it_is_made(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        made(nothing, **arguments)


@pytest.mark.parametrize("decorator", [sensor, schedule, run_status_sensor])
def test_a_decorator_without_parentheses_is_refused(decorator: Callable[..., Any]) -> None:
    with pytest.raises(DagsterInvalidInvocationError, match=f"write @{decorator.__name__}.* with parentheses"):
        decorator(nothing)


def test_several_jobs_are_not_one() -> None:
    definition = made(nothing, job=None, jobs=[etl, report])

    with pytest.raises(DagsterInvalidDefinitionError, match="job_names"):
        _ = definition.job_name
    with pytest.raises(DagsterInvalidDefinitionError, match="several jobs"):
        _ = definition.job


def test_parameters_with_defaults_are_the_users_own() -> None:
    def look(context: SensorEvaluationContext, folder: str = "landing") -> RunRequest:
        return RunRequest(folder)

    assert ticked(made(look)).run_requests[0].run_key == "landing"
