"""Ready-made checks that the newest partition is there in time."""

from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell.declare.assets.asset import asset
from watchbell.declare.assets.asset_job import define_asset_job
from watchbell.declare.assets.selection import AssetSelection
from watchbell.declare.checks.freshness_checks import FRESH_UNTIL, LATEST_TICK
from watchbell.declare.checks.partition_freshness import build_time_partition_freshness_checks
from watchbell.declare.collect import Definitions
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition
from watchbell.execute.materialize import materialize
from watchbell.ground.errors import CheckError
from watchbell.instance import DagsterInstance
from watchbell.testing.instance import instance_for_test


@asset(partitions_def=DailyPartitionsDefinition("2024-01-01"))
def orders() -> int:
    return 1


@asset
def plain() -> int:
    return 1


def checked(instance: DagsterInstance, made: Any) -> Any:
    checks = build_time_partition_freshness_checks(assets=[made], deadline_cron="0 9 * * *")
    look = define_asset_job("look", AssetSelection.all_asset_checks())
    job = Definitions(assets=[made], asset_checks=checks, jobs=[look]).get_job_def("look")
    return job.execute_in_process(instance=instance).get_asset_check_evaluations()[0]


def test_the_window_that_was_over_at_the_deadline_must_be_there() -> None:
    with instance_for_test() as instance:
        never = checked(instance, orders)
        windows = orders.partitions_def
        assert windows is not None
        keys = windows.get_partition_keys()
        deadline = datetime.fromtimestamp(never.metadata[LATEST_TICK].value, UTC)
        expected = windows.get_partition_keys(deadline)[-1]
        materialize([orders], partition_key=keys[0], instance=instance)
        late = checked(instance, orders)
        materialize([orders], partition_key=expected, instance=instance)
        fresh = checked(instance, orders)

    assert [never.passed, late.passed, fresh.passed] == [False, False, True]
    assert f"We currently expect partition {expected}" in never.description
    assert f"We expected partition {expected} to have arrived" in late.description
    assert fresh.metadata[FRESH_UNTIL].value == pytest.approx(deadline.timestamp() + 86_400)


def test_an_asset_without_windows_is_refused() -> None:
    with instance_for_test() as instance, pytest.raises(CheckError, match="'plain' looks for its newest window"):
        checked(instance, plain)
