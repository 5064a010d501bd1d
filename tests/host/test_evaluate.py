"""What schedules and sensors are told of where they are evaluated."""

from datetime import UTC, datetime
from pathlib import Path

from watchbell import Definitions, RunRequest, job, op, schedule, sensor
from watchbell.host.evaluate import Evaluator
from watchbell.record.evaluation import Evaluation
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
