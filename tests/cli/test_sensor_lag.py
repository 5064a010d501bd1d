"""What waits for run status sensors, in ``watchbell sensor list``."""

from dataclasses import replace

from tests.cli.conftest import Terminal
from watchbell.automate.switch import started
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
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

@asset_sensor(asset_key=AssetKey("orders"), job=etl)
def made(context, event): ...

@multi_asset_sensor(monitored_assets=[AssetKey("orders")], job=etl, minimum_interval_seconds=7)
def all_made(context): ...

@sensor(job=etl)
def landing(context): ...

defs = Definitions(jobs=[etl], sensors=[alert, slow, made, all_made, landing])
"""


def test_who_turns_a_sensor_on_is_told_what_wakes_it(terminal: Terminal) -> None:
    terminal.write(WOKEN)
    said = terminal.run_on_code("sensor", "start", "--start-all")

    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "sensor alert is on; runs wake it at once",
        "sensor slow is on; runs wake it every 5 s at most",
        "sensor made is on; materializations wake it every 30 s at most",
        "sensor all_made is on; materializations wake it every 7 s at most",
        "sensor landing is on; it is evaluated every 30 s at most",
    ]


def test_materializations_that_wait_are_counted_for_a_sensor_of_every_one(terminal: Terminal) -> None:
    terminal.write(
        "from watchbell import AssetKey, Definitions, asset_sensor\n\n"
        "KEY = AssetKey('orders')\n\n"
        "@asset_sensor(asset_key=KEY, every_event=True)\ndef each_made(context, event): ...\n\n"
        "@asset_sensor(asset_key=KEY)\ndef newest(context, event): ...\n\n"
        "@asset_sensor(asset_key=KEY, every_event=True)\ndef off(context, event): ...\n\n"
        "defs = Definitions(sensors=[each_made, newest, off])\n"
    )
    with terminal.instance() as instance:
        now = instance.clock.now()
        for _ in range(3):
            instance.report_runless_asset_event(AssetMaterialization("orders"))
        numbers = [each.storage_id for each in instance.fetch_materializations(AssetKey("orders"), 10).records]
        for name in ("each_made", "newest"):
            before = AutomationState(AutomationKey(LOCATION, AutomationKind.SENSOR, name))
            after = replace(started(before, now), cursor=str(min(numbers)))
            assert instance.store.put_state(before, after, now) is not None

    rows = terminal.run_on_code("sensor", "list", "--json").json()
    terminal.run_on_code("sensor", "cursor", "each_made", "--set", str(max(numbers)))
    later = terminal.run_on_code("sensor", "list", "--json").json()

    waiting = {row["sensor"]: row["waiting"] for row in rows}
    assert waiting["each_made"].startswith("2, oldest ")
    assert (waiting["newest"], waiting["off"]) == ("", "")
    assert {row["waiting"] for row in later} == {""}
