"""Intervals of every size, and one run key in all of them, live: who is asked when, and which runs there are."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.faults.rig import Rig
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.settings import Settings
from watchbell.record.tick import TickStatus

INTERVALS = {"zero": 0, "fraction": 0.25, "one": 1.5, "long": 1e9, "longest": 1e300}
CODE = f"""
from watchbell import (
    AssetKey, DefaultScheduleStatus, DefaultSensorStatus, Definitions, RunRequest, asset_sensor, job, op, schedule,
    sensor,
)

ON = DefaultSensorStatus.RUNNING


@op
def work(): ...


@job
def quick():
    work()


def plain(name, seconds):
    @sensor(job=quick, name=name, minimum_interval_seconds=seconds, default_status=ON)
    def made(context):
        return RunRequest("same")

    return made


def of_asset(name, seconds):
    @asset_sensor(
        asset_key=AssetKey("a"), job=quick, name=name, minimum_interval_seconds=seconds, default_status=ON,
        every_event=True,
    )
    def made(context, event):
        raise ValueError("never")

    return made


@schedule(job=quick, cron_schedule="* * * * *", default_status=DefaultScheduleStatus.RUNNING)
def a_schedule(context):
    return RunRequest("same")


INTERVALS = {INTERVALS!r}
defs = Definitions(
    jobs=[quick],
    schedules=[a_schedule],
    sensors=[
        *(plain(name, seconds) for name, seconds in INTERVALS.items()),
        *(of_asset("asset_" + name, seconds) for name, seconds in INTERVALS.items()),
    ],
)
"""


def test_each_keeps_its_interval_and_has_one_run_for_the_key(tmp_path: Path) -> None:
    with Rig(tmp_path, CODE, Settings()) as rig:
        rig.until(lambda: all(rig.ticks(name) for name in INTERVALS), "a first tick of everyone")
        minute = rig.next_minute()
        rig.until(lambda: rig.ticks("a_schedule"), "the schedule's tick")

        def later() -> bool:
            rig.clock.advance(1.0)
            return len(rig.ticks("zero")) > 20

        rig.until(later, "many ticks")
        ticks = {name: rig.ticks(name) for name in (*INTERVALS, "a_schedule")}

    assert {name: len(found) for name, found in ticks.items() if name in ("long", "longest")} == {
        "long": 1,
        "longest": 1,
    }
    for name, seconds in INTERVALS.items():
        begins = [tick.started_at for tick in ticks[name]]
        assert all((b - a).total_seconds() >= seconds for a, b in pairwise(begins)), name
    runs = {name: [run_id for tick in found for run_id in tick.run_ids] for name, found in ticks.items()}
    assert {name: len(ids) for name, ids in runs.items()} == dict.fromkeys(ticks, 1)
    assert len({run_id for ids in runs.values() for run_id in ids}) == len(ticks)
    assert ticks["a_schedule"][0].tick_at == minute
    assert {tick.status for tick in ticks["zero"][1:]} == {TickStatus.SKIPPED}


def test_one_that_is_held_up_waits_as_long_as_its_interval_whatever_that_is(tmp_path: Path) -> None:
    names = [f"asset_{name}" for name in INTERVALS]
    with Rig(tmp_path, CODE, Settings()) as rig:
        rig.until(lambda: all(rig.state(name).cursor is not None for name in names), "a place to begin")
        rig.instance.report_runless_asset_event(AssetMaterialization("a"))
        rig.clock.advance(20.0)
        rig.until(lambda: all(rig.ticks(name) for name in names), "a first tick of everyone")

        def later() -> bool:
            rig.clock.advance(5.0)
            return len(rig.ticks("asset_zero")) > 4

        rig.until(later, "more ticks")
        ticks = {name: rig.ticks(name) for name in names}

    assert {tick.status for found in ticks.values() for tick in found} == {TickStatus.FAILURE}
    assert [len(ticks[name]) for name in ("asset_long", "asset_longest")] == [1, 1]


@pytest.mark.parametrize("seconds", ["-1", "float('inf')", "float('nan')"])
def test_what_is_no_interval_is_refused_where_it_is_written(tmp_path: Path, seconds: str) -> None:
    rig = Rig(tmp_path, CODE.replace("'zero': 0", f"'zero': {seconds}"), Settings())

    with (
        pytest.raises(AssertionError, match=f"{DagsterInvalidDefinitionError.__name__}.*minimum_interval_seconds"),
        rig,
    ):
        pass
