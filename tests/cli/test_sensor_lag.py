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


WOKEN = """
from watchbell import AssetKey, Definitions, asset_sensor, job, multi_asset_sensor, run_failure_sensor, sensor

@job
def etl(): ...

@run_failure_sensor
def alert(context): ...

@run_failure_sensor(minimum_interval_seconds=5)
def slow(context): ...

@asset_sensor(asset_key="orders", job=etl)
def made(context, event): ...

@multi_asset_sensor(monitored_assets=[AssetKey("orders")], job=etl, minimum_interval_seconds=7)
def all_made(context): ...

@sensor(job=etl)
def landing(context): ...

defs = Definitions(jobs=[etl], sensors=[alert, slow, made, all_made, landing])
"""


def test_who_turns_a_sensor_on_is_told_what_wakes_it(terminal: Terminal) -> None:
    terminal.write(WOKEN)
    said = terminal.run_on_code("sensor", "start", "--start-all").out.splitlines()

    assert said == [
        "sensor alert is on; runs wake it at once",
        "sensor slow is on; runs wake it every 5 s at most",
        "sensor made is on; materializations wake it every 30 s at most",
        "sensor all_made is on; materializations wake it every 7 s at most",
        "sensor landing is on; it is evaluated every 30 s at most",
    ]
