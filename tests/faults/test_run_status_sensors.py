"""The real service and its run status sensors: how soon they are told, bursts, kill -9 in one, several locations."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

from tests.faults.machine import is_in_time
from tests.faults.service import LOCATION, Service, command, environment
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.run import DagsterRun, RunsFilter
from watchbell.record.tick import AutomationKey, AutomationKind, TickStatus

BURST = 5_000
BURST_SECONDS = 30.0
REACTION_SECONDS = 1.0
KILLS_AT = (300, 900, 1_700, 2_000)
"""The service is killed when there are so many runs (count)."""
SETTINGS = {"max_concurrent_runs": 1}  # runs are only counted here
CODE = """
import os, signal
from watchbell import (
    CodeLocationSelector, DefaultSensorStatus, DagsterRunStatus, Definitions, JobSelector, RunRequest, job, op,
    run_failure_sensor, run_status_sensor,
)

RUNNING = DefaultSensorStatus.RUNNING

@op
def nothing():
    pass

@job
def report():
    nothing()

@job
def etl():
    nothing()

def request(context):
    return RunRequest(tags={"about": context.dagster_run.run_id})

@run_failure_sensor(request_job=report, monitored_jobs=[etl], minimum_interval_seconds=0, default_status=RUNNING)
def alert(context):
    return request(context)

@run_failure_sensor(monitored_jobs=[etl], default_status=RUNNING)
def killer(context):
    if context.dagster_run.run_id == "failed-7":
        os.kill(os.getpid(), signal.SIGKILL)

defs = Definitions(jobs=[report, etl], sensors=[alert])
"""
OTHER = """
from watchbell import (
    CodeLocationSelector, DefaultSensorStatus, Definitions, JobSelector, RunRequest, job, op, run_failure_sensor,
)

@op
def nothing():
    pass

@job
def report():
    nothing()

def sensor_of(name, **monitored):
    facts = {"minimum_interval_seconds": 0, "default_status": DefaultSensorStatus.RUNNING}

    @run_failure_sensor(name=name, request_job=report, **facts, **monitored)
    def made(context):
        return RunRequest(tags={"about": context.dagster_run.run_id})

    return made

defs = Definitions(
    jobs=[report],
    sensors=[
        sensor_of("own"),
        sensor_of("everything", monitor_all_code_locations=True),
        sensor_of("theirs", monitored_jobs=[CodeLocationSelector(location_name="definitions.py")]),
        sensor_of("one_job", monitored_jobs=[JobSelector(location_name="definitions.py", job_name="etl")]),
        sensor_of("nobodys", monitored_jobs=[JobSelector(location_name="definitions.py", job_name="report")]),
    ],
)
"""

STATES = """
from watchbell import DagsterRunStatus, DefaultSensorStatus, Definitions, job, op, run_status_sensor

@op
def nothing():
    pass

@job
def etl():
    nothing()

def sensor_of(status):
    @run_status_sensor(
        run_status=status, name=f"on_{status.value.lower()}", default_status=DefaultSensorStatus.RUNNING
    )
    def made(context):
        context.log.info(f"{context.dagster_run.run_id} {context.dagster_event.event_type.name}")

    return made

STATUSES = ["QUEUED", "STARTING", "STARTED", "SUCCESS", "FAILURE"]
defs = Definitions(jobs=[etl], sensors=[sensor_of(DagsterRunStatus[each]) for each in STATUSES])
"""
EVENTS = {"QUEUED": "ENQUEUED", "STARTING": "STARTING", "STARTED": "START", "SUCCESS": "SUCCESS"}


def fail(service: Service, number: int, times: int = 1, location_name: str | None = LOCATION) -> list[str]:
    """Runs that failed just now; their ids."""
    store = service.instance.store
    runs = [DagsterRun("etl", f"failed-{each}", location_name=location_name) for each in range(number, number + times)]
    store.add_runs(runs, service.instance.clock.now())
    event = DagsterEvent(DagsterEventType.RUN_FAILURE, "etl")
    for run in runs:
        store.append([EventLogEntry(run.run_id, time.time(), job_name="etl", dagster_event=event)])
    return [run.run_id for run in runs]


def told(service: Service, sensor: str) -> list[str]:
    """The runs that a sensor asked for a report about, in the order of these reports."""
    found = service.instance.get_runs(RunsFilter(tags={"dagster/sensor_name": sensor}), ascending=True)
    return [run.tags["about"] for run in found]


def ready(service: Service, sensor: str = "alert") -> None:
    """Waits until the sensor has its place in the log."""
    service.wait_until(lambda: (state := service.state(sensor)) is not None and state.cursor, "the sensor's place")


def counted(service: Service, sensor: str, number: int) -> bool:
    return service.instance.get_runs_count(RunsFilter(tags={"dagster/sensor_name": sensor})) >= number


def test_a_failure_is_told_at_once(tmp_path: Path) -> None:
    with Service(tmp_path, CODE, SETTINGS).start() as service:
        ready(service)
        failed = fail(service, 1)
        seconds = service.wait_until(lambda: told(service, "alert"), "the run")

        assert told(service, "alert") == failed
        assert is_in_time(seconds, REACTION_SECONDS)


def test_a_burst_is_worked_off_in_batches_each_once_and_in_order(tmp_path: Path) -> None:
    with Service(tmp_path, CODE, SETTINGS).start() as service:
        ready(service)
        failed = fail(service, 1, BURST)
        seconds = service.wait_until(lambda: counted(service, "alert", BURST), f"{BURST} runs", 120.0)
        ticks = service.ticks("alert")

        assert told(service, "alert") == failed
        assert len(ticks) == BURST
        assert {tick.status for tick in ticks} == {TickStatus.SUCCESS}
        assert is_in_time(seconds, BURST_SECONDS)


def test_kills_in_the_middle_of_a_burst_lose_and_double_nothing(tmp_path: Path) -> None:
    with Service(tmp_path, CODE, SETTINGS).start() as service:
        ready(service)
        failed: list[str] = []
        for stop in KILLS_AT:
            failed += fail(service, len(failed) + 1, BURST // 10)
            wanted = min(stop, len(failed))
            service.wait_until(lambda wanted=wanted: counted(service, "alert", wanted), f"{wanted} runs")
            service.kill()
            failed += fail(service, len(failed) + 1, 50)
            service.start()
        service.wait_until(lambda: counted(service, "alert", len(failed)), "all runs")

        assert told(service, "alert") == failed


def test_an_event_that_kills_its_process_is_the_only_one_that_fails(tmp_path: Path) -> None:
    code = CODE.replace("sensors=[alert]", "sensors=[alert, killer]")
    with Service(tmp_path, code, SETTINGS).start() as service:
        ready(service)
        ready(service, "killer")
        fail(service, 1, 20)
        service.wait_until(lambda: service.state("killer").quarantine_reason, "the quarantine")
        ticks = service.ticks("killer")

        assert [tick.status for tick in ticks if tick.status is TickStatus.SUCCESS] == [TickStatus.SUCCESS] * 6
        failed = {tick.event_ids for tick in ticks if tick.status is TickStatus.FAILURE}
        assert len(failed) == 1
        service.wait_until(lambda: counted(service, "alert", 20), "the other sensor's runs")


def test_one_that_was_quarantined_goes_on_with_the_event_at_fault_once_it_is_mended_and_started(tmp_path: Path) -> None:
    code = CODE.replace("sensors=[alert]", "sensors=[killer]")
    with Service(tmp_path, code, SETTINGS).start() as service:
        ready(service, "killer")
        fail(service, 1, 12)
        service.wait_until(lambda: service.state("killer").quarantine_reason, "the quarantine")
        [listed] = json.loads(said_by(service, "sensor", "list", "--json"))
        service.file.write_text(code.replace("failed-7", "nobody"), encoding="utf-8")
        service.wait_until(lambda: "loaded anew" in service.output, "the mended code")
        fail(service, 13, 3)

        said_by(service, "sensor", "start", "killer")
        service.wait_until(lambda: len(good_events(service)) >= 15, "all events")

        assert listed["status"] == "QUARANTINED"
        assert len(set(good_events(service))) == len(good_events(service)) == 15


def said_by(service: Service, *words: str) -> str:
    """What a command prints that people use beside the service."""
    found = subprocess.run(
        command(*words, "-f", str(service.file)),
        cwd=service.folder, env=environment(service.home), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return found.stdout


def good_events(service: Service) -> list[int]:
    """The events that the killing sensor has handled."""
    good = [tick for tick in service.ticks("killer") if tick.status is TickStatus.SUCCESS]
    return [number for tick in good for number in tick.event_ids]


def test_a_sensor_of_one_location_is_told_of_runs_of_another(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(OTHER, encoding="utf-8")
    with Service(tmp_path, CODE, SETTINGS).start("-f", str(tmp_path / "other.py")) as service:
        keys = {
            name: AutomationKey("other.py", AutomationKind.SENSOR, name)
            for name in ("own", "everything", "theirs", "one_job", "nobodys")
        }

        def has_place(key: AutomationKey) -> bool:
            state = service.instance.store.automation_state(key)
            return state is not None and state.cursor is not None

        service.wait_until(lambda: all(has_place(key) for key in keys.values()), "the sensors' places")
        theirs = fail(service, 1)
        ours = fail(service, 2, location_name="other.py")
        nobodys = fail(service, 3, location_name=None)
        service.wait_until(lambda: counted(service, "everything", 3), "the runs of the sensor of all locations")
        service.wait_until(lambda: counted(service, "own", 1), "the run of the sensor of its own location")
        service.wait_until(lambda: counted(service, "theirs", 1) and counted(service, "one_job", 1), "the others'")

        found = {name: told(service, name) for name in keys}
        assert found == {
            "own": ours,
            "everything": [*theirs, *ours, *nobodys],
            "theirs": theirs,
            "one_job": theirs,
            "nobodys": [],
        }


def test_a_run_is_told_of_in_each_of_its_states(tmp_path: Path) -> None:
    states = ("QUEUED", "STARTING", "STARTED", "SUCCESS")
    with Service(tmp_path, STATES, SETTINGS).start() as service:
        for state in (*states, "FAILURE"):
            ready(service, f"on_{state.lower()}")
        service.beside("job", "launch", "-j", "etl", "-f", str(service.file))
        service.wait_until(lambda: service.ticks("on_success"), "the last tick")
        service.wait_until(lambda: all(service.ticks(f"on_{state.lower()}") for state in states), "all ticks")

        [run] = service.instance.get_runs()
        lines = {state: [line.message for line in service.ticks(f"on_{state.lower()}")[0].log] for state in states}
        assert lines == {state: [f"{run.run_id} RUN_{name}"] for state, name in EVENTS.items()}
        assert service.ticks("on_failure") == []
