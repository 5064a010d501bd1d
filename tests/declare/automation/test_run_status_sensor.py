from collections.abc import Iterator
from typing import Any

import pytest

from watchbell import (
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    ResourceParam,
    RunFailureSensorContext,
    RunRequest,
    RunStatusSensorContext,
    SensorResult,
    SkipReason,
    job,
    op,
    run_failure_sensor,
    run_status_sensor,
)
from watchbell.declare.automation.sensor_answer import SensorExecutionData
from watchbell.declare.automation.sensor_context import SensorEvaluationContext
from watchbell.ground.errors import (
    DagsterInvalidDefinitionError,
    ParameterCheckError,
)
from watchbell.record.query import EventQuery
from watchbell.testing.contexts import build_run_status_sensor_context


@op
def explode() -> None:
    raise ValueError("no rows")


@op
def succeed() -> None: ...


@job
def broken() -> None:
    explode()


@job
def fine() -> None:
    succeed()


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as opened:
        yield opened


def ran(job_def: Any, instance: DagsterInstance) -> str:
    return str(job_def.execute_in_process(instance=instance, raise_on_error=False).run_id)


def ticked(sensor: Any, instance: DagsterInstance, cursor: str | None = "0", **facts: Any) -> SensorExecutionData:
    data: SensorExecutionData = sensor.evaluate_tick(
        SensorEvaluationContext(sensor.name, instance=instance, cursor=cursor, **facts)
    )
    return data


def failures(instance: DagsterInstance) -> list[int]:
    query = EventQuery(types=frozenset({DagsterEventType.RUN_FAILURE}))
    return [entry.storage_id or 0 for entry in instance.events(query)]


def test_the_first_evaluation_only_takes_its_place_in_the_log(instance: DagsterInstance) -> None:
    ran(broken, instance)
    seen: list[str] = []
    alert = run_failure_sensor(name="alert")(lambda context: seen.append(context.dagster_run.run_id))

    data = ticked(alert, instance, cursor=None)

    assert seen == []
    assert str(instance.last_event_id()) == data.cursor
    assert "Initiating alert" in (data.skip_message or "")


def test_it_is_called_once_for_each_run_after_its_cursor(instance: DagsterInstance) -> None:
    seen: list[str] = []

    @run_failure_sensor
    def alert(context: RunFailureSensorContext) -> None:
        seen.append(context.dagster_run.run_id)

    first = ticked(alert, instance, cursor=None)
    ids = [ran(broken, instance), ran(fine, instance), ran(broken, instance)]
    second = ticked(alert, instance, first.cursor)
    third = ticked(alert, instance, second.cursor)

    assert [ids[0], ids[2]] == seen
    assert len(second.dagster_run_reactions) == 2
    assert (second.cursor, []) == (third.cursor, third.dagster_run_reactions)


def test_the_context_tells_what_went_wrong(instance: DagsterInstance) -> None:
    seen: list[tuple[Any, ...]] = []

    @run_failure_sensor
    def alert(context: RunFailureSensorContext) -> None:
        event = context.failure_event
        error = event.dagster_event.engine_event_data.error
        assert error is not None
        seen.append((context.sensor_name, type(event.timestamp), error.message.strip()))
        seen.append(tuple(each.step_key for each in context.get_step_failure_events()))

    ran(broken, instance)
    ticked(alert, instance)

    assert [("alert", float, "ValueError: no rows"), ("explode",)] == seen


def test_only_the_named_events_are_handled_when_some_are_named(instance: DagsterInstance) -> None:
    seen: list[str] = []
    alert = run_failure_sensor(name="alert")(lambda context: seen.append(context.dagster_run.run_id))
    ids = [ran(broken, instance) for _ in range(3)]
    events = failures(instance)

    data = ticked(alert, instance, event_ids=(events[0], events[2]))

    assert [ids[0], ids[2]] == seen
    assert str(events[2]) == data.cursor


def test_only_monitored_jobs_count(instance: DagsterInstance) -> None:
    @job
    def other() -> None:
        explode()

    alert = run_failure_sensor(name="alert", monitored_jobs=[other])(
        lambda context: RunRequest(context.dagster_run.run_id)
    )
    ran(broken, instance)

    data = ticked(alert, instance)

    assert (data.run_requests, data.dagster_run_reactions) == ([], [])
    assert str(failures(instance)[-1]) == data.cursor


def test_a_run_started_without_a_location_counts(instance: DagsterInstance) -> None:
    ran(broken, instance)
    alert = run_failure_sensor(name="alert")(lambda context: None)
    repository = Definitions(jobs=[fine], sensors=[alert]).get_repository_def()

    data = ticked(alert, instance, repository_def=repository)

    assert len(data.dagster_run_reactions) == 1


def test_an_error_for_one_run_stops_no_other(instance: DagsterInstance) -> None:
    @run_failure_sensor(request_job=fine)
    def alert(context: RunFailureSensorContext) -> RunRequest:
        if context.dagster_run.run_id == first:
            raise ConnectionError("mail server")
        return RunRequest(context.dagster_run.run_id)

    first, second = ran(broken, instance), ran(broken, instance)

    data = ticked(alert, instance)

    assert [second] == [request.run_key for request in data.run_requests]
    assert data.error is not None
    assert "ConnectionError: mail server" in data.error.root.message
    assert "alert" in data.error.message


@pytest.mark.parametrize(
    ("returned", "keys", "reactions", "message"),
    [
        (None, [], 1, None),
        (RunRequest("k"), ["k"], 0, None),
        ([RunRequest("k"), RunRequest("l")], ["k", "l"], 0, None),
        (SensorResult([RunRequest("k")]), ["k"], 0, None),
        (SkipReason("seen"), [], 0, "seen"),
        ({"status": 200}, [], 1, None),
    ],
)
def test_what_is_returned_is_what_is_asked_for(
    instance: DagsterInstance, returned: object, keys: list[str], reactions: int, message: str | None
) -> None:
    ran(broken, instance)
    alert = run_failure_sensor(name="alert", request_job=fine)(lambda _context: returned)

    data = ticked(alert, instance)

    assert keys == [request.run_key for request in data.run_requests]
    assert (reactions, message) == (len(data.dagster_run_reactions), data.skip_message)


def test_a_request_without_a_job_to_start_is_an_error_of_that_run(instance: DagsterInstance) -> None:
    ran(broken, instance)

    data = ticked(run_failure_sensor(name="alert")(lambda _context: RunRequest("k")), instance)

    assert data.error is not None
    assert "give the RunRequest a job_name" in data.error.to_string()


@pytest.mark.parametrize("status", [DagsterRunStatus.STARTED, DagsterRunStatus.SUCCESS])
def test_each_state_has_its_own_sensor(instance: DagsterInstance, status: DagsterRunStatus) -> None:
    seen: list[str] = []

    @run_status_sensor(run_status=status)
    def watch(context: RunStatusSensorContext) -> None:
        seen.append(context.dagster_event.event_type.name)

    ran(fine, instance)
    ticked(watch, instance)

    assert len(seen) == 1


def test_one_evaluation_handles_a_limited_number_of_events(
    instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchbell.declare.automation.run_status_sensor.EVENTS_MAX", 2)
    seen: list[str] = []
    watch = run_status_sensor(DagsterRunStatus.SUCCESS, name="watch")(
        lambda context: seen.append(context.dagster_run.run_id)
    )
    ids = [ran(fine, instance) for _ in range(3)]

    data = ticked(watch, instance)

    assert ids[:2] == seen
    ticked(watch, instance, data.cursor)
    assert ids == seen


def test_resources_are_set_up_once_for_all_events(instance: DagsterInstance) -> None:
    seen: list[object] = []

    @run_failure_sensor
    def alert(context: RunFailureSensorContext, mail: ResourceParam[object]) -> None:
        seen.append(mail)
        seen.append(context.resources.mail)

    ran(broken, instance)
    ran(broken, instance)
    server = object()

    ticked(alert, instance, resources={"mail": server})

    assert [server] * 4 == seen


def test_a_direct_call_makes_a_failure_context_of_a_status_context(instance: DagsterInstance) -> None:
    run_id = ran(broken, instance)
    run = instance.get_run_by_id(run_id)
    (entry,) = instance.events(EventQuery(types=frozenset({DagsterEventType.RUN_FAILURE})))
    context = build_run_status_sensor_context(dagster_event=entry, dagster_run=run, instance=instance)
    alert = run_failure_sensor(name="alert")(lambda context: context.failure_event.event_type)

    assert DagsterEventType.RUN_FAILURE == alert(context) == alert(context.for_run_failure())


def test_the_attributes_are_those_that_were_given() -> None:
    alert = run_failure_sensor(
        "alert", minimum_interval_seconds=3, default_status=DefaultSensorStatus.RUNNING, monitored_jobs=[fine]
    )(lambda _context: None)

    assert (
        alert.name,
        alert.minimum_interval_seconds,
        alert.default_status,
    ) == ("alert", 3, DefaultSensorStatus.RUNNING)
    assert (alert.monitored_jobs, alert.run_statuses) == (("fine",), (DagsterRunStatus.FAILURE,))


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"run_status": "SUCCESS"}, ParameterCheckError, "run_status of run status sensor 'watch'"),
        (
            {"run_status": DagsterRunStatus.MANAGED},
            DagsterInvalidDefinitionError,
            "no event says that a run is MANAGED",
        ),
        ({"monitored_jobs": ["x"]}, ParameterCheckError, "monitored_jobs of run status sensor 'watch'"),
        ({"monitored_jobs": [fine], "monitor_all_code_locations": True}, DagsterInvalidDefinitionError, "one of them"),
    ],
)
def test_a_mistake_is_refused_where_it_is_made(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        run_status_sensor(**{"run_status": DagsterRunStatus.SUCCESS, "name": "watch", **arguments})(
            lambda _context: None
        )


@pytest.mark.parametrize("cursor", ["x", "", "-3", '{"__class__": "RunStatusSensorCursor"}'])
def test_with_a_cursor_of_another_kind_it_begins_anew(instance: DagsterInstance, cursor: str) -> None:
    data = ticked(run_failure_sensor(name="alert")(lambda _context: None), instance, cursor=cursor)

    assert data.cursor == str(instance.last_event_id())
    assert data.skip_message is not None
    assert f"Its cursor was {cursor!r}, which is no event" in data.skip_message
