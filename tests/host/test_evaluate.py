"""What schedules and sensors are told of where they are evaluated."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from watchbell import (
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    RunRequest,
    SkipReason,
    asset,
    asset_sensor,
    build_schedule_context,
    build_sensor_context,
    job,
    materialize,
    multi_asset_sensor,
    op,
    run_status_sensor,
    schedule,
    sensor,
)
from watchbell.ground.errors import ScheduleExecutionError
from watchbell.host.evaluate import Evaluator
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.event import DagsterEventType
from watchbell.record.query import EventQuery
from watchbell.record.tick import AutomationKind


@op
def work() -> None:
    """Does nothing."""


@job
def nightly() -> None:
    work()


@sensor(job=nightly)
def where(context):
    return RunRequest(tags={"location": context.code_location_origin.location_name})


@schedule(job=nightly, cron_schedule="@daily")
def when(context):
    return RunRequest(tags={"location": context.code_location_origin.location_name})


def test_a_sensor_and_a_schedule_know_their_code_location(tmp_path: Path) -> None:
    repository = Definitions(sensors=[where], schedules=[when]).get_repository_def()
    evaluator = Evaluator(repository, str(tmp_path), "shop")

    answers = [
        evaluator.evaluate(Evaluation(1, AutomationKind.SENSOR, "where")),
        evaluator.evaluate(
            Evaluation(2, AutomationKind.SCHEDULE, "when", scheduled_at=datetime(2024, 1, 1, tzinfo=UTC))
        ),
    ]

    assert [each.error for each in answers] == [None, None]
    assert [each.run_requests[0].tags["location"] for each in answers] == ["shop", "shop"]


def test_without_a_code_location_there_is_none_to_tell(tmp_path: Path) -> None:
    repository = Definitions(sensors=[where]).get_repository_def()

    answer = Evaluator(repository, str(tmp_path)).evaluate(Evaluation(1, AutomationKind.SENSOR, "where"))

    assert answer.error is not None
    assert "location_name" in answer.error.to_string()


# ------------------------------------------- what every kind of sensor does alike


@asset
def orders() -> int:
    return 1


def plain_of(fn):
    return sensor(job=nightly, name="asked")(lambda context: fn())


def asset_of(fn):
    return asset_sensor(AssetKey("orders"), job=nightly, name="asked")(lambda context, event: fn())


def every_event_of(fn):
    return asset_sensor(AssetKey("orders"), job=nightly, name="asked", every_event=True)(lambda context, event: fn())


def several_of(fn):
    return multi_asset_sensor(monitored_assets=[AssetKey("orders")], job=nightly, name="asked")(lambda context: fn())


def run_status_of(fn):
    return run_status_sensor(run_status=DagsterRunStatus.SUCCESS, name="asked")(lambda context: fn())


KINDS = [plain_of, asset_of, every_event_of, several_of, run_status_of]


def asked(definition, instance: DagsterInstance) -> Answer:
    """The answer of a sensor for which something happened."""
    materialize([orders], instance=instance)
    ids = [
        each.storage_id or 0 for each in instance.events(EventQuery(types=frozenset({DagsterEventType.RUN_SUCCESS})))
    ]
    is_of_runs = bool(definition.run_statuses)
    repository = Definitions(assets=[orders], jobs=[nightly], sensors=[definition]).get_repository_def()
    evaluation = Evaluation(1, AutomationKind.SENSOR, "asked", event_ids=tuple(ids[:1]) if is_of_runs else ())
    return Evaluator(repository, "unused", instance=instance).evaluate(evaluation)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reason", ["", "later"])
def test_a_reason_to_skip_is_kept_as_it_is(kind, reason: str) -> None:
    with DagsterInstance.ephemeral() as instance:
        answer = asked(kind(lambda: SkipReason(reason)), instance)

    assert (Outcome.ANSWERED, reason) == (answer.outcome, answer.skip_message)


@pytest.mark.parametrize("kind", KINDS)
def test_a_reason_to_skip_without_text_is_one_all_the_same(kind) -> None:
    with DagsterInstance.ephemeral() as instance:
        answer = asked(kind(SkipReason), instance)

    assert (answer.outcome, answer.skip_message) == (Outcome.ANSWERED, "")


def stop():
    raise StopIteration("odd")


@pytest.mark.parametrize("kind", KINDS)
def test_a_stop_iteration_is_told_as_what_it_is(kind) -> None:
    with DagsterInstance.ephemeral() as instance:
        answer = asked(kind(stop), instance)

    assert answer.outcome is Outcome.RAISED
    assert answer.error is not None
    text = answer.error.to_string()
    assert "StopIteration" in text
    assert "odd" in text
    assert "in stop" in text
    assert "generator raised" not in text
    assert "RuntimeError" not in text


def test_a_test_meets_the_stop_iteration_itself() -> None:
    with pytest.raises(StopIteration, match="odd"):
        plain_of(stop).evaluate_tick(build_sensor_context())


def test_a_schedule_names_the_stop_iteration() -> None:
    @schedule(job=nightly, cron_schedule="@daily")
    def stopping():
        raise StopIteration("odd")

    with pytest.raises(ScheduleExecutionError, match="its function raised StopIteration: odd") as caught:
        stopping.evaluate_tick(build_schedule_context())

    assert isinstance(caught.value.__cause__, StopIteration)


def test_a_generator_that_returns_early_ends_as_always() -> None:
    @sensor(job=nightly)
    def early():
        yield RunRequest("one")
        return
        yield RunRequest("two")

    assert [each.run_key for each in early.evaluate_tick(build_sensor_context()).run_requests] == ["one"]
