"""Requests for stale assets only, and materializations that hold a sensor up, live: what stands in the store."""

from __future__ import annotations

from pathlib import Path

from tests.faults.rig import Rig
from watchbell.automate.switch import with_cursor
from watchbell.host.evaluate import NOTHING_STALE
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.settings import Settings
from watchbell.record.tick import TickStatus

STALE = """
from watchbell import (
    AssetKey, DefaultScheduleStatus, DefaultSensorStatus, Definitions, RunRequest, asset, define_asset_job, schedule,
    sensor,
)

ON = DefaultSensorStatus.RUNNING


@asset
def a(): ...


@asset(deps=[a])
def b(): ...


both = define_asset_job("both", selection=[a, b])


def stale(key, *names):
    return RunRequest(key, asset_selection=[AssetKey(name) for name in names] or None, stale_assets_only=True)


@sensor(job=both, default_status=ON)
def some(): return stale("k", "a", "b")


@sensor(job=both, default_status=ON)
async def awaited(): return stale("k")


@sensor(job=both, default_status=ON)
def fresh(): return stale("k", "a")


@schedule(job=both, cron_schedule="* * * * *", default_status=DefaultScheduleStatus.RUNNING)
def some_schedule(): return stale("k", "a", "b")


@schedule(job=both, cron_schedule="* * * * *", default_status=DefaultScheduleStatus.RUNNING)
def fresh_schedule(): return stale("k", "a")


defs = Definitions(
    assets=[a, b], jobs=[both], sensors=[some, awaited, fresh], schedules=[some_schedule, fresh_schedule]
)
"""
STUCK = """
from watchbell import AssetKey, DefaultSensorStatus, Definitions, RunRequest, asset_sensor, job, op


@op
def work(): ...


@job
def quick():
    work()


@asset_sensor(asset_key=AssetKey("a"), job=quick, every_event=True, default_status=DefaultSensorStatus.RUNNING)
def each(context, event):
    if "bad" in event.asset_materialization.metadata:
        raise ValueError("a bad one")
    return RunRequest(str(event.storage_id))


defs = Definitions(jobs=[quick], sensors=[each])
"""


def test_the_run_that_is_stored_is_for_the_stale_ones(tmp_path: Path) -> None:
    names = ["some", "awaited", "fresh", "some_schedule", "fresh_schedule"]
    with Rig(tmp_path, STALE, Settings()) as rig:
        rig.until(lambda: all(rig.ticks(name) for name in names[:3]), "first ticks, before anything was made")
        rig.instance.report_runless_asset_event(AssetMaterialization("a"))
        minute = rig.next_minute()
        rig.until(lambda: rig.have_ticked(names, minute), "all ticks")
        rig.instance.wipe_assets([AssetKey("a")])
        after = rig.next_minute()
        rig.until(lambda: rig.have_ticked(names, after), "all ticks")
        ticks = {name: rig.ticks(name) for name in names}
        runs = {run.run_id: run for run in rig.instance.get_runs()}

    def selected(name: str, place: int) -> list[str]:
        [run_id] = ticks[name][place].run_ids
        return sorted(key.to_user_string() for key in runs[run_id].asset_selection or ())

    assert [selected(name, 0) for name in ("some", "awaited", "fresh", "some_schedule")] == [
        ["a", "b"],
        ["a", "b"],
        ["a"],
        ["b"],
    ]
    quiet = ticks["fresh_schedule"][0]
    assert (quiet.status, quiet.skip_reason, quiet.run_keys) == (TickStatus.SKIPPED, NOTHING_STALE, ())
    assert selected("fresh_schedule", 1) == ["a"], "the key of a request of which nothing was left is free"


def test_a_materialization_that_always_raises_is_passed_over_by_hand_and_nothing_after_it_is_lost(
    tmp_path: Path,
) -> None:
    with Rig(tmp_path, STUCK, Settings()) as rig:
        rig.until(lambda: rig.state("each").cursor is not None, "a place to begin")
        numbers = []
        for facts in ({}, {"bad": True}, {}):
            rig.instance.report_runless_asset_event(AssetMaterialization("a", metadata=facts))
            numbers.append(rig.store.last_event_id())
        first, bad, last = numbers
        rig.clock.advance(20)

        def stuck() -> bool:
            rig.clock.advance(30)
            return len([tick for tick in rig.ticks("each") if tick.status is TickStatus.FAILURE]) >= 3

        rig.until(stuck, "failures")
        held_up = rig.ticks("each")
        before = rig.state("each")
        rig.change_state(before, with_cursor(before, str(bad)))
        rig.until(lambda: rig.state("each").cursor == str(last), "the rest")
        ticks = rig.ticks("each")

    assert [tick.event_ids for tick in held_up] == [(first,), *[(bad,)] * (len(held_up) - 1)]
    assert (before.cursor, before.quarantine_reason) == (str(first), None)
    said = held_up[1].log[-1].message
    assert f"materialization {bad} holds up all after it" in said
    assert f"`watchbell sensor cursor each --set {bad}` passes over it" in said
    assert [key for tick in ticks for key in tick.run_keys] == [str(first), str(last)]
