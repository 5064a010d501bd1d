"""Two services on one store: one works, the other waits or is refused; nothing is ever done twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.faults.service import Service
from watchbell.record.event import DagsterEventType
from watchbell.record.run import DagsterRunStatus

CODE = """
from watchbell import DefaultSensorStatus, Definitions, RunRequest, SensorResult, job, op, sensor


@op
def nothing():
    pass


@job
def quick():
    nothing()


def counting(name, has_run_key, requests):
    @sensor(job=quick, minimum_interval_seconds=1, name=name, default_status=DefaultSensorStatus.RUNNING)
    def evaluate(context):
        number = int(context.cursor or 0) + 1
        made = [
            RunRequest(run_key=f"{number}.{each}" if has_run_key else None, tags={"number": f"{name} {number}.{each}"})
            for each in range(requests)
        ]
        return SensorResult(run_requests=made, cursor=str(number))

    return evaluate


defs = Definitions(
    jobs=[quick],
    sensors=[
        counting("keyed", True, 1),
        counting("unkeyed", False, 1),
        counting("unkeyed_three", False, 3),
    ],
)
"""
REQUESTS = {"keyed": 1, "unkeyed": 1, "unkeyed_three": 3}
SUCCESS = DagsterRunStatus.SUCCESS
SETTINGS = {"max_concurrent_runs": 2}


def both(folder: Path) -> tuple[Service, Service]:
    """Two services on one home, none started."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    return Service(folder / "first", CODE, SETTINGS, home), Service(folder / "second", CODE, SETTINGS, home)


def until_numbers(service: Service, least: int) -> None:
    """Waits until every sensor has counted so far."""
    service.wait_until(
        lambda: all(int(service.state(name).cursor or 0) >= least for name in REQUESTS), f"every count at {least}"
    )


def assert_each_number_once(service: Service) -> None:
    """Every number that a sensor counted has exactly one run for each of its requests."""
    found = Counter(run.tags["number"] for run in service.runs())
    wanted = Counter(
        f"{name} {number}.{each}"
        for name, requests in REQUESTS.items()
        for number in range(1, int(service.state(name).cursor or 0) + 1)
        for each in range(requests)
    )
    assert found == wanted


def test_the_second_service_says_that_it_waits_and_does_nothing(tmp_path) -> None:
    first, second = both(tmp_path)
    with first, second:
        first.start()
        until_numbers(first, 1)
        second.start()
        second.wait_until(lambda: "waiting" in second.output, "a word that it waits")
        until_numbers(first, 4)

        assert first.process is not None
        assert f"process {first.process.pid}" in second.output
        assert "waiting" not in first.output
        assert second.family() == [], "it has not loaded anything yet"
        assert first.stop() == 0
        assert_each_number_once(second)


def test_the_second_service_goes_on_where_a_killed_one_stopped(tmp_path) -> None:
    first, second = both(tmp_path)
    with first, second:
        first.start()
        until_numbers(first, 2)
        second.start()
        second.wait_until(lambda: "waiting" in second.output, "a word that it waits")
        first.kill()
        reached = int(second.state("keyed").cursor or 0)
        until_numbers(second, reached + 2)

        assert second.stop() == 0
        assert_each_number_once(second)


def test_two_services_started_at_once_do_and_execute_nothing_twice(tmp_path) -> None:
    """The queue is shared work too: a run that the first one handed out is not handed out again."""
    first, second = both(tmp_path)
    with first, second:
        first.start()
        second.start()
        until_numbers(first, 2)
        winner, loser = (first, second) if "waiting" in second.output else (second, first)
        winner.kill()
        reached = int(first.state("keyed").cursor or 0)
        until_numbers(first, reached + 2)
        first.wait_until(lambda: len(first.runs(SUCCESS)) >= 5 * reached, "the runs that were asked for by then")

        assert loser.stop() == 0
        assert_each_number_once(first)
        starts = Counter(
            entry.run_id
            for run in first.runs(SUCCESS)
            for entry in first.instance.all_logs(run.run_id)
            if entry.dagster_event_type is DagsterEventType.RUN_START
        )
        assert set(starts.values()) == {1}
        assert first.runs(DagsterRunStatus.FAILURE) == []
