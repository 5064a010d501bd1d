"""Evaluations of asset sensors in the process that has the user's code: how much one takes at once."""

from pathlib import Path
from time import perf_counter

import pytest

from watchbell import (
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    Definitions,
    RunRequest,
    asset_sensor,
    job,
    multi_asset_sensor,
)
from watchbell.host.evaluate import Evaluator
from watchbell.record.evaluation import Evaluation
from watchbell.record.tick import AutomationKind

ORDERS = AssetKey("orders")


@job
def report() -> None: ...


@asset_sensor(asset_key=ORDERS, job=report, every_event=True)
def every(context, asset_event):
    return RunRequest(run_key=str(asset_event.storage_id))


@asset_sensor(asset_key=ORDERS, job=report, every_event=True)
def slow(context, asset_event):
    ends_at = perf_counter() + 0.02
    while perf_counter() < ends_at:
        pass
    return RunRequest(run_key=str(asset_event.storage_id))


@multi_asset_sensor(monitored_assets=[ORDERS], job=report)
def leaving(context):
    return [RunRequest() for record in context.latest_materialization_records_by_key().values() if record]


@pytest.mark.parametrize(
    ("name", "facts", "expected"),
    [("every", {}, 3), ("every", {"is_alone": True}, 1), ("slow", {"timeout_seconds": 0.04}, 1)],
    ids=["all", "alone", "little time"],
)
def test_how_many_one_evaluation_takes(tmp_path: Path, name: str, facts: dict[str, object], expected: int) -> None:
    repository = Definitions(jobs=[report], sensors=[every, slow]).get_repository_def()
    with DagsterInstance.from_home(tmp_path) as instance:
        for _ in range(3):
            instance.report_runless_asset_event(AssetMaterialization("orders"))
        evaluator = Evaluator(repository, str(tmp_path), "here", instance)

        answer = evaluator.evaluate(Evaluation(1, AutomationKind.SENSOR, name, **facts))  # type: ignore[arg-type]

    assert len(answer.run_requests) == expected
    assert answer.cursor == answer.run_requests[-1].run_key


def test_a_sensor_of_several_assets_says_how_far_it_saw(tmp_path: Path) -> None:
    repository = Definitions(jobs=[report], sensors=[leaving]).get_repository_def()
    with DagsterInstance.from_home(tmp_path) as instance:
        for name in ("orders", "others"):
            instance.report_runless_asset_event(AssetMaterialization(name))
        evaluation = Evaluation(1, AutomationKind.SENSOR, "leaving", asked_to=1)

        answer = Evaluator(repository, str(tmp_path), "here", instance).evaluate(evaluation)

        assert (len(answer.run_requests), answer.cursor, answer.seen_to) == (1, None, instance.store.last_event_id())
