"""Answers that are right, live: all of each is stored together."""

from __future__ import annotations

from tests.faults.rig import Rig
from watchbell.record.asset_check_key import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.settings import Settings
from watchbell.record.tick import TickStatus
from watchbell.record.tick_effects import effect_texts

CODE = """
from watchbell import (
    AssetCheckEvaluation, AssetCheckSpec, AssetKey, AssetMaterialization, AssetObservation, DefaultScheduleStatus,
    DefaultSensorStatus, Definitions, DynamicPartitionsDefinition, RunRequest, SensorResult, asset, job, op, schedule,
    sensor,
)

ON = DefaultSensorStatus.RUNNING
TENANTS = DynamicPartitionsDefinition(name="tenants")


@op
def load(): ...


@job
def quick():
    load()


@job(partitions_def=TENANTS)
def of_tenants():
    load()


@asset(check_specs=[AssetCheckSpec("rows", asset="a")])
def a(): ...


@sensor(job=of_tenants, default_status=ON)
def everything_sensor(context):
    context.log.info("looked")
    return SensorResult(
        run_requests=[RunRequest("acme", partition_key="acme")],
        cursor="7",
        dynamic_partitions_requests=[TENANTS.build_add_request(["acme"])],
        asset_events=[
            AssetMaterialization("a", metadata={"rows": 3}),
            AssetObservation("outside"),
            AssetCheckEvaluation(asset_key=AssetKey("a"), check_name="rows", passed=False),
        ],
    )


@sensor(job=quick, default_status=ON)
def doubled_sensor():
    return [RunRequest("x"), RunRequest("x"), RunRequest("y")]


@sensor(job=quick, default_status=ON)
def other_sensor():
    return RunRequest("x")


@schedule(job=quick, cron_schedule="* * * * *", default_status=DefaultScheduleStatus.RUNNING)
def odd_config_schedule():
    config = {"a": float("nan"), "b": "half \\ud800", "c": (1,)}
    return RunRequest("x", run_config={"ops": {"load": {"config": config}}})


defs = Definitions(
    assets=[a], jobs=[quick, of_tenants], schedules=[odd_config_schedule],
    sensors=[everything_sensor, doubled_sensor, other_sensor],
)
"""
NAMES = ["everything_sensor", "doubled_sensor", "other_sensor", "odd_config_schedule"]


def test_all_of_an_answer_is_stored(tmp_path) -> None:
    with Rig(tmp_path, CODE, Settings()) as rig:
        minute = rig.next_minute()
        rig.until(lambda: rig.have_ticked(NAMES, minute), "all ticks")

        first = {name: rig.ticks(name)[0] for name in NAMES}
        keys = {name: tick.run_keys for name, tick in first.items()}
        configs = [run.run_config for run in rig.instance.get_runs() if run.run_config]
        checks = rig.instance.get_latest_asset_check_evaluation_record
        check = checks(AssetCheckKey(AssetKey("a"), "rows"))
        made = rig.instance.get_latest_materialization_event(AssetKey("a"))

        assert {tick.status for tick in first.values()} == {TickStatus.SUCCESS}
        assert keys == dict(zip(NAMES, [("acme",), ("x", "y"), ("x",), ("x",)], strict=True)), "keys are of each alone"
        assert first["doubled_sensor"].dropped_run_keys == ("x",)
        assert rig.state("everything_sensor").cursor == "7"
        assert [line.message for line in first["everything_sensor"].log] == ["looked"]
        assert effect_texts(first["everything_sensor"].effects) == {
            "dynamic partitions 'tenants', added": "acme",
            "materialization of a": "1",
            "observation of outside": "1",
            "check evaluation of a": "1",
        }
        assert {first[name].effects for name in NAMES[1:]} == {None}
        assert rig.instance.get_dynamic_partitions("tenants") == ["acme"]
        assert check is not None
        assert not check.event.dagster_event.event_specific_data.passed
        assert made is not None
        assert made.asset_materialization.metadata["rows"].value == 3
        [config] = [each["ops"]["load"]["config"] for each in configs][:1]
        assert (str(config["a"]), config["b"], config["c"]) == ("nan", "half \ud800", [1])
