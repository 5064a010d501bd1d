"""What waits for run status sensors, in ``watchbell sensor list``."""

from dataclasses import replace

from tests.cli.conftest import Terminal
from watchbell.automate.switch import started
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.run import DagsterRun
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState

LOCATION = "definitions.py"
CODE = """
from watchbell import Definitions, job, run_failure_sensor

@job
def etl(): ...

@run_failure_sensor(monitored_jobs=[etl])
def alert(context): ...

@run_failure_sensor(minimum_interval_seconds=5)
def slow(context): ...

@run_failure_sensor(request_job=etl)
def off(context): ...

defs = Definitions(jobs=[etl], sensors=[alert, slow, off])
"""


def test_the_runs_that_wait_are_counted_for_each_sensor_that_is_on(terminal: Terminal) -> None:
    terminal.write(CODE)
    with terminal.instance() as instance:
        now = instance.clock.now()
        for name in ("alert", "slow"):
            before = AutomationState(AutomationKey(LOCATION, AutomationKind.SENSOR, name))
            assert instance.store.put_state(before, replace(started(before, now), cursor="0"), now) is not None
        for number, job_name in enumerate(("etl", "etl", "other")):
            run = DagsterRun(job_name, f"failed-{number}", location_name=LOCATION)
            instance.store.add_runs([run], now)
            event = DagsterEvent(DagsterEventType.RUN_FAILURE, job_name)
            instance.store.append([EventLogEntry(run.run_id, now.timestamp() + 60, dagster_event=event)])

    rows = {row["sensor"]: row for row in terminal.run_on_code("sensor", "list", "--json").json()}
    assert {name: row["waiting"].partition(",")[0] for name, row in rows.items()} == {
        "alert": "2",
        "slow": "3",
        "off": "",
    }
    assert {name: row["interval"] for name, row in rows.items()} == {"alert": "at once", "slow": "5 s", "off": "30 s"}
    assert "oldest" in rows["alert"]["waiting"]
