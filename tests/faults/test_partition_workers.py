"""Runs for partitions whose process is killed or stopped in the middle of a range, and what they leave."""

from __future__ import annotations

import pytest

from tests.faults.service import Service
from watchbell import AssetKey, DynamicPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.record.run import DagsterRunStatus

CODE = """
import pathlib
import time

from watchbell import (
    AssetKey,
    DefaultSensorStatus,
    Definitions,
    DynamicPartitionsDefinition,
    RunRequest,
    SensorResult,
    asset,
    define_asset_job,
    in_process_executor,
    sensor,
)

FOLDER = pathlib.Path(__file__).parent
files = DynamicPartitionsDefinition(name="files")


@asset(partitions_def=files)
def raw() -> None:
    pass


@asset(partitions_def=files, deps=[raw])
def clean() -> None:
    (FOLDER / "began").touch()
    while not (FOLDER / "go").exists():
        time.sleep(0.01)


both = define_asset_job("both", [AssetKey("raw"), AssetKey("clean")], executor_def=in_process_executor)


@sensor(job=both, minimum_interval_seconds=1, default_status=DefaultSensorStatus.RUNNING)
def new_files(context):
    tags = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "c"}
    key = "second" if (FOLDER / "again").exists() else "first"
    added = files.build_add_request(["a", "b", "c", "d"])
    return SensorResult([RunRequest(run_key=key, tags=tags)], dynamic_partitions_requests=[added])


defs = Definitions(assets=[raw, clean], jobs=[both], sensors=[new_files])
"""
FILES = DynamicPartitionsDefinition(name="files")
STARTED, SUCCESS = DagsterRunStatus.STARTED, DagsterRunStatus.SUCCESS


def sets(service: Service, asset: str) -> list[str]:
    """What was made, failed and is being made, as text."""
    instance = service.instance
    state = instance.partition_state(AssetKey(asset), FILES)
    view = PartitionsView(store=instance)
    parts = (state.materialized, state.failed, state.in_progress)
    return ["".join(FILES.keys_of(part, view)) for part in parts]


@pytest.mark.parametrize("how", [DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED])
def test_a_range_that_is_ended_in_its_middle_leaves_what_it_made_and_is_made_by_the_next(
    tmp_path, how: DagsterRunStatus
) -> None:
    with Service(tmp_path, CODE) as service:
        service.start()
        service.wait_until((tmp_path / "began").exists, "the second asset")
        run = service.wait_for_run(STARTED)
        service.wait_until(lambda: sets(service, "raw") == ["abc", "", ""], "the first asset, made")
        assert sets(service, "clean") == ["", "", "abc"]

        if how is DagsterRunStatus.FAILURE:
            worker = service.worker_of(run.run_id)
            assert worker is not None
            worker.kill()
        else:
            service.instance.store.request_cancel(run.run_id, service.instance.clock.now())
        service.wait_for_run(how)

        assert sets(service, "raw") == ["abc", "", ""]
        assert sets(service, "clean") == ["", "abc" if how is DagsterRunStatus.FAILURE else "", ""]
        (tmp_path / "go").touch()
        (tmp_path / "again").touch()
        service.wait_for_run(SUCCESS)
        assert sets(service, "clean") == ["abc", "", ""]
        assert len(service.runs()) == 2
        assert service.instance.get_dynamic_partitions("files") == ["a", "b", "c", "d"]
