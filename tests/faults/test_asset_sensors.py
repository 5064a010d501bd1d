"""The real service and its sensors of assets: how soon they are told, bursts, kill -9 in one, several locations."""

from __future__ import annotations

import time
from pathlib import Path

from tests.faults.machine import is_in_time
from tests.faults.service import Service
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, StepMaterializationData
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.run import RunsFilter
from watchbell.record.tick import TickStatus

BURST = 5_000
REACTION_SECONDS = 1.0
KILLS_AT = (300, 900, 1_700, 2_000)
"""The service is killed when there are so many runs (count)."""
SETTINGS = {"max_concurrent_runs": 1}  # runs are only counted here
CODE = """
from watchbell import (
    AssetKey, DefaultSensorStatus, Definitions, RunRequest, asset_sensor, job, multi_asset_sensor, op,
)

RUNNING = DefaultSensorStatus.RUNNING

@op
def nothing():
    pass

@job
def report():
    nothing()

def request(event):
    return RunRequest(tags={"number": str(event.storage_id)})

@asset_sensor(asset_key=AssetKey("orders"), job=report, every_event=True, default_status=RUNNING)
def every(context, asset_event):
    return request(asset_event)

@asset_sensor(asset_key=AssetKey("users"), job=report, minimum_interval_seconds=600, default_status=RUNNING)
def newest(context, asset_event):
    return request(asset_event)

@multi_asset_sensor(
    monitored_assets=[AssetKey("left"), AssetKey("right")],
    job=report, minimum_interval_seconds=0.2, default_status=RUNNING,
)
def both(context):
    made = context.latest_materialization_records_by_key()
    if all(made.values()):
        context.advance_all_cursors()
        return request(max(made.values(), key=lambda record: record.storage_id))

defs = Definitions(jobs=[report], sensors=[every, newest, both])
"""

OTHER = """
from watchbell import (
    AssetKey, DefaultSensorStatus, Definitions, RunRequest, asset, asset_sensor, job, multi_asset_sensor, op,
)

RUNNING = DefaultSensorStatus.RUNNING

@op
def nothing():
    pass

@job
def report():
    nothing()

@asset_sensor(asset_key=AssetKey("orders"), job=report, default_status=RUNNING)
def theirs(context, asset_event):
    return RunRequest(tags={"number": str(asset_event.storage_id)})

@multi_asset_sensor(
    monitored_assets=[AssetKey("orders"), AssetKey("own")],
    job=report, minimum_interval_seconds=0.1, default_status=RUNNING,
)
def both(context):
    made = context.latest_materialization_records_by_key()
    if all(made.values()):
        context.advance_all_cursors()
        return RunRequest(tags={"number": str(max(record.storage_id for record in made.values()))})

@asset
def own():
    pass

defs = Definitions(assets=[own], jobs=[report], sensors=[theirs, both])
"""
BUSY = CODE.replace("every_event=True,", "every_event=True, minimum_interval_seconds=0.1,")
RESTING = BUSY.replace("        context.advance_all_cursors()\n", "")
POISON = BUSY.replace(
    "    return request(asset_event)\n",
    """    if context.instance.get_latest_materialization_event(AssetKey("poison")) is None:
        return request(asset_event)
    import os
    if asset_event.asset_materialization.metadata:
        os._exit(1)
    return request(asset_event)
""",
    1,
)


def make(service: Service, name: str, times: int = 1) -> list[int]:
    """An asset is made so often; the storage ids of that."""
    data = StepMaterializationData(AssetMaterialization(AssetKey(name)))
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, event_specific_data=data)
    return service.instance.store.append([EventLogEntry("", time.time(), dagster_event=event)] * times)


def asked(service: Service, sensor: str) -> list[int]:
    """The materializations that a sensor asked for, in the order of its runs."""
    found = service.instance.get_runs(RunsFilter(tags={"dagster/sensor_name": sensor}), ascending=True)
    return [int(run.tags["number"]) for run in found]


def ready(service: Service) -> None:
    """Waits until the sensors watch: the one of every event has its place then."""
    service.wait_until(lambda: service.state("every").cursor is not None, "the sensor to take effect")


def counted(service: Service, sensor: str, number: int) -> bool:
    return service.instance.get_runs_count(RunsFilter(tags={"dagster/sensor_name": sensor})) >= number


def test_what_is_made_starts_runs_at_once_whatever_the_interval(tmp_path: Path) -> None:
    with Service(tmp_path, CODE, SETTINGS).start() as service:
        ready(service)
        [made] = make(service, "users")
        seconds = service.wait_until(lambda: asked(service, "newest"), "the run")
        [_, right] = [*make(service, "left"), *make(service, "right")]
        service.wait_until(lambda: asked(service, "both"), "the run for both")

        assert asked(service, "newest") == [made]
        assert asked(service, "both") == [right]
        assert is_in_time(seconds, REACTION_SECONDS)


def test_a_burst_is_worked_off_in_batches_each_once_and_in_order(tmp_path: Path) -> None:
    with Service(tmp_path, CODE, SETTINGS).start() as service:
        ready(service)
        made = make(service, "orders", BURST)
        service.wait_until(lambda: counted(service, "every", BURST), f"{BURST} runs")
        ticks = service.ticks("every")

        assert asked(service, "every") == made
        assert len(ticks) == BURST // 100
        assert {tick.status for tick in ticks} == {TickStatus.SUCCESS}


def test_kills_in_the_middle_of_a_burst_lose_and_double_nothing(tmp_path: Path) -> None:
    with Service(tmp_path, BUSY, SETTINGS).start() as service:
        ready(service)
        made: list[int] = []
        for stop in KILLS_AT:
            made += make(service, "orders", BURST // 10)
            wanted = min(stop, len(made))
            service.wait_until(lambda wanted=wanted: counted(service, "every", wanted), f"{wanted} runs")
            service.kill()
            made += make(service, "orders", 50)
            service.start()
        service.wait_until(lambda: counted(service, "every", len(made)), "all runs")

        assert asked(service, "every") == made


def test_assets_of_another_location_wake_the_sensors_that_watch_them(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(OTHER, encoding="utf-8")
    with Service(tmp_path, CODE, SETTINGS).start("-f", str(tmp_path / "other.py")) as service:
        ready(service)
        [orders] = make(service, "orders")
        service.wait_until(lambda: asked(service, "theirs"), "the run of the other location's sensor")
        [own] = make(service, "own")
        service.wait_until(lambda: len(asked(service, "both")) == 1, "the run for both")

        assert (asked(service, "theirs"), asked(service, "both")) == ([orders], [own])


def test_a_sensor_that_leaves_its_cursor_asks_once_whatever_restarts(tmp_path: Path) -> None:
    with Service(tmp_path, RESTING, SETTINGS).start() as service:
        ready(service)
        [right] = [*make(service, "left"), *make(service, "right")][1:]
        service.wait_until(lambda: asked(service, "both"), "the run for both")
        for _ in range(2):
            service.kill()
            service.start()
            make(service, "orders")  # its evaluation comes after those that the restart brought
            count = len(service.ticks("every")) + 1
            service.wait_until(lambda count=count: len(service.ticks("every")) >= count, "another sensor's tick")

        assert asked(service, "both") == [right]


def test_a_materialization_that_kills_its_evaluation_takes_no_other_along(tmp_path: Path) -> None:
    with Service(tmp_path, POISON, SETTINGS).start() as service:
        ready(service)
        make(service, "poison")
        good = make(service, "orders", 5)
        data = StepMaterializationData(AssetMaterialization(AssetKey("orders"), metadata={"bad": True}))
        event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, event_specific_data=data)
        service.instance.store.append([EventLogEntry("", time.time(), dagster_event=event)])
        make(service, "orders", 5)
        service.wait_until(lambda: service.state("every").quarantine_reason, "the quarantine")

        assert asked(service, "every") == good
        assert service.state("every").cursor == str(good[-1])
