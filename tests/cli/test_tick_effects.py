"""Ticks tell what woke them and what they changed besides runs, and a replay compares it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Terminal
from tests.cli.ticking import sensed
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.tick import Tick, TickStatus

CODE = """
from watchbell import (
    AddDynamicPartitionsRequest, AssetKey, AssetMaterialization, AssetObservation, Definitions,
    DeleteDynamicPartitionsRequest, RunRequest, SensorResult, asset_sensor, in_process_executor, job, op, sensor,
)


@op
def one(): ...


@job(executor_def=in_process_executor)
def etl():
    one()


@sensor(job=etl)
def changing(context):
    context.log.info("looked")
    return SensorResult(
        dynamic_partitions_requests=[
            AddDynamicPartitionsRequest("tenants", ["acme", "zenith"]),
            DeleteDynamicPartitionsRequest("tenants", ["old"]),
        ],
        asset_events=[AssetMaterialization("orders"), AssetMaterialization("orders"), AssetObservation("users")],
    )


@asset_sensor(asset_key=AssetKey("orders"), job=etl)
def made(context, event):
    return RunRequest(run_key=str(event.storage_id))


@asset_sensor(asset_key=AssetKey("orders"), job=etl, every_event=True)
def each_made(context, event):
    if event.asset_materialization.metadata.get("bad"):
        raise ValueError("a bad one")
    return RunRequest(run_key=str(event.storage_id))


@asset_sensor(asset_key=AssetKey("orders"), job=etl)
def unlucky(context, event):
    raise ValueError(f"no {event.storage_id}")


defs = Definitions(jobs=[etl], sensors=[changing, made, each_made, unlucky])
"""


@pytest.fixture
def project(terminal: Terminal) -> Terminal:
    terminal.write(CODE)
    return terminal


def make(project: Terminal, count: int = 1, **facts: object) -> list[int]:
    """Materializations of the asset, and their numbers."""
    numbers = []
    with project.instance() as instance:
        for _ in range(count):
            instance.report_runless_asset_event(AssetMaterialization("orders", metadata=facts))
            numbers.append(instance.last_event_id())
    return numbers


def shown(project: Terminal, tick: Tick) -> str:
    return project.run("tick", "show", str(tick.tick_id)).out


def test_a_tick_tells_which_partitions_and_events_it_stored(project: Terminal) -> None:
    tick = sensed(project, "changing")

    seen = shown(project, tick)
    facts = project.run("tick", "show", str(tick.tick_id), "--json").json()

    expected = {
        "dynamic partitions 'tenants', added": "acme, zenith",
        "dynamic partitions 'tenants', deleted": "old",
        "materialization of orders": "2",
        "observation of users": "1",
    }
    assert facts["effects"] == expected
    assert [what for what, text in expected.items() if f"{what}: {text}" not in seen] == []
    assert facts["log"][0]["message"] == "looked"


def test_a_replay_says_what_is_changed_otherwise_now(project: Terminal) -> None:
    tick = sensed(project, "changing")
    same = project.run_on_code("tick", "replay", str(tick.tick_id))
    project.write(CODE.replace('["acme", "zenith"]', '["acme"]').replace('AssetObservation("users")', ""))

    other = project.run_on_code("tick", "replay", str(tick.tick_id))

    assert (same.code, other.code) == (0, 1)
    assert "dynamic partitions 'tenants', added" in other.out
    assert "acme, zenith" in other.out
    assert "observation of users" in other.out
    assert "deleted" not in other.out


def test_a_replay_changes_no_partition_and_stores_no_event(project: Terminal) -> None:
    tick = sensed(project, "changing")
    with project.instance() as instance:
        instance.delete_dynamic_partition("tenants", "acme")
        before = instance.last_event_id()

    project.run_on_code("tick", "replay", str(tick.tick_id))

    with project.instance() as instance:
        assert (instance.get_dynamic_partitions("tenants"), instance.last_event_id()) == (["zenith"], before)


def test_a_sensor_of_an_asset_tells_which_materialization_woke_it(project: Terminal) -> None:
    *_, newest = make(project, 2)
    tick = sensed(project, "made")

    assert tick.event_ids == (newest,)
    assert f"event {newest}: " in shown(project, tick)


def test_a_sensor_of_every_materialization_tells_all_it_was_called_for(project: Terminal) -> None:
    project.run_on_code("sensor", "cursor", "each_made", "--set", "0")
    numbers = make(project, 3)
    [bad] = make(project, bad=True)

    tick = sensed(project, "each_made")
    stuck = sensed(project, "each_made")

    assert (tick.status, tick.event_ids) == (TickStatus.SUCCESS, tuple(numbers))
    assert (stuck.status, stuck.event_ids) == (TickStatus.FAILURE, (bad,))


def test_a_failed_tick_tells_for_which_one_it_failed_and_fails_again_so(project: Terminal) -> None:
    [first] = make(project)
    tick = sensed(project, "unlucky")
    make(project)

    said = project.run_on_code("tick", "replay", str(tick.tick_id))

    assert (tick.status, tick.event_ids) == (TickStatus.FAILURE, (first,))
    assert said.code == 0, said
    assert f"no {first}" in said.out


def test_a_replay_is_about_those_it_was_called_for_then(project: Terminal) -> None:
    """Also when the cursor would lead further by now: a batch stops when its time is up."""
    project.run_on_code("sensor", "cursor", "each_made", "--set", "0")
    make(project, 3)
    tick = sensed(project, "each_made")
    make(project, 2)

    said = project.run_on_code("tick", "replay", str(tick.tick_id))

    assert said.code == 0, said
    assert "the same: 3 runs asked for" in said.out


def test_of_many_events_the_first_are_shown_and_the_others_counted(project: Terminal) -> None:
    project.run_on_code("sensor", "cursor", "each_made", "--set", "0")
    make(project, 30)

    seen = shown(project, sensed(project, "each_made"))

    assert seen.count("event ") == 20
    assert "and 10 more" in seen


def test_a_materialization_that_is_gone_makes_no_replay(project: Terminal) -> None:
    [number] = make(project)
    tick = sensed(project, "made")
    with project.instance() as instance:
        instance.wipe_assets([AssetKey("orders")])

    said = project.run_on_code("tick", "replay", str(tick.tick_id))

    assert said.code == 2
    assert f"the tick reacted to event {number}, which is not there any more" in said.err
