"""Errands about backfills: the plan that is shown is the one that is launched."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from watchbell import (
    AssetKey,
    AssetMaterialization,
    BackfillPolicy,
    DailyPartitionsDefinition,
    Definitions,
    asset,
    define_asset_job,
)
from watchbell.ground.clock import ManualClock
from watchbell.ground.upward import call_upward
from watchbell.host.errands.backfills import launch, plan
from watchbell.host.errands.desk import ErrandDesk, ErrandRefusedError

NOW = datetime(2026, 5, 12, 9, tzinfo=UTC)
DAILY = DailyPartitionsDefinition("2026-05-01")


@asset(partitions_def=DAILY)
def orders() -> None: ...


@asset(partitions_def=DAILY, deps=[orders])
def clean() -> None: ...


@asset(partitions_def=DAILY, backfill_policy=BackfillPolicy.single_run())
def stock() -> None: ...


@asset
def whole() -> None: ...


@pytest.fixture
def desk() -> Iterator[ErrandDesk]:
    """Daily assets, of which May 3 and 4 of one were made."""
    clock = ManualClock(NOW)
    defs = Definitions(
        assets=[orders, clean, stock, whole], jobs=[define_asset_job("days", [orders], partitions_def=DAILY)]
    )
    with call_upward("open_instance", "ephemeral", clock=clock) as instance:
        for day in ("2026-05-03", "2026-05-04"):
            instance.report_runless_asset_event(AssetMaterialization(AssetKey("orders"), partition=day))
        yield ErrandDesk(defs.get_repository_def(), "shop", "", instance=instance, clock=clock)


def ask(desk: ErrandDesk, **params: Any) -> dict[str, Any]:
    return dict(plan(desk, params))


def test_a_range_of_days_is_planned_with_its_runs_and_order(desk) -> None:
    found = ask(desk, assets=["orders", "clean"], partitions="2026-05-03..2026-05-09")

    assert (found["runs"], found["partitions"]) == (7, 7)  # each of them makes both
    assert tuple(found["steps"][0][each] for each in ("from", "to", "runs")) == ("2026-05-03", "2026-05-09", 7)
    assert found["skipped"] is None


def test_what_is_there_already_is_counted_when_only_the_missing_are_made(desk) -> None:
    found = ask(desk, assets=["orders"], partitions="2026-05-03..2026-05-09", only="missing")

    assert (found["partitions"], found["skipped"]) == (5, 2)


def test_upstream_is_made_as_well_if_asked_for(desk) -> None:
    found = ask(desk, assets=["clean"], partitions="2026-05-05", with_upstream=True)

    assert {"orders", "clean"} == {name for step in found["steps"] for name in step["assets"]}


@pytest.mark.parametrize(("per_run", "runs"), [("policy", 1), ("one", 7), ("range", 1)])
def test_runs_make_as_many_partitions_as_asked_for(desk, per_run: str, runs: int) -> None:
    found = ask(desk, assets=["stock"], partitions="2026-05-03..2026-05-09", per_run=per_run)

    assert runs == found["runs"]
    assert found["remarks"] == []


def test_code_that_expects_no_range_is_doubted(desk) -> None:
    found = ask(desk, assets=["orders"], partitions="2026-05-03..2026-05-09", per_run="range")

    assert (found["runs"], [(each["about"], each["is_doubt"]) for each in found["remarks"]]) == (1, [("orders", True)])


@pytest.mark.parametrize(
    ("params", "kind", "where", "words"),
    [
        ({"assets": ["orders"], "partitions": "2026-05-32"}, "bad_request", "partitions", "2026-05-32"),
        ({"assets": ["order"]}, "not_found", "assets", "did you mean 'orders'"),
        ({"job": "dais"}, "not_found", "job", "did you mean 'days'"),
        ({"partitions": "a"}, "bad_request", "assets", "say of what"),
        ({"assets": ["orders"], "partitions": "a..b, c"}, "bad_request", "partitions", "no partition 'a'"),
        ({"assets": ["orders"], "per_run": "two"}, "bad_request", "per_run", "policy, one, range"),
        ({"assets": ["orders"], "max_concurrent_runs": 0}, "bad_request", "max_concurrent_runs", "at least 1"),
        ({"assets": ["orders"], "tags": {"dagster/partition": "x"}}, "bad_request", "tags", "leave it out"),
        ({"assets": ["orders"], "tags": ["x"]}, "bad_request", "tags", "object"),
        ({"assets": ["orders"], "partitions": "2026-05-03", "only": "failed"}, "bad_request", None, "nothing to make"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_its_field(desk, params, kind, where, words) -> None:
    with pytest.raises(ErrandRefusedError, match=words) as refused:
        plan(desk, params)

    assert (kind, where) == (refused.value.kind, refused.value.where)


def test_the_plan_that_was_looked_at_is_launched(desk) -> None:
    params = {"assets": ["orders"], "partitions": "2026-05-03..2026-05-09", "created_by": "ada", "title": "again"}
    looked_at = plan(desk, params)["fingerprint"]

    done = launch(desk, {**params, "fingerprint": looked_at})

    stored = desk.instance.get_backfill(done["backfill_id"])
    assert stored is not None
    assert (stored.parts_count, stored.title, stored.created_by) == (7, "again", "ada")


def test_a_plan_that_became_another_meanwhile_is_not_launched(desk) -> None:
    params = {"assets": ["orders"], "partitions": "2026-05-03..2026-05-09", "only": "missing"}
    looked_at = plan(desk, params)["fingerprint"]
    desk.instance.report_runless_asset_event(AssetMaterialization(AssetKey("orders"), partition="2026-05-05"))

    done = launch(desk, {**params, "fingerprint": looked_at})

    assert (done["backfill_id"], done["plan"]["partitions"]) == (None, 4)
    assert desk.instance.get_backfills() == []


def test_a_job_with_partitions_is_planned_as_one(desk) -> None:
    found = ask(desk, job="days", partitions="latest:3")

    assert (found["runs"], found["steps"][0]["makes"]) == (3, "job days")
