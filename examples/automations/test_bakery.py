"""How schedules and sensors are tested: called with a context, or evaluated as the service does it. Nothing waits."""

import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import bakery
import pytest
from bakery import (
    alert,
    all_in_store,
    count_after_orders,
    count_the_stock,
    defs,
    dough,
    each_day_sold,
    flour,
    order_files,
    orders,
    sales_of_yesterday,
    sold,
    wheat_market,
    yeast,
)

from watchbell import (
    DagsterInstance,
    ExecuteInProcessResult,
    RunRequest,
    RunStatusSensorContext,
    SkipReason,
    build_run_status_sensor_context,
    build_schedule_context,
    build_sensor_context,
    materialize,
)

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of this test's own."""
    monkeypatch.setattr(bakery, "LANDING", tmp_path)
    monkeypatch.setattr(bakery, "NOTES", tmp_path / "out")


def notes() -> str:
    return (bakery.NOTES / "notes.txt").read_text()


def take_in(text: str, instance: DagsterInstance) -> tuple[ExecuteInProcessResult, RunStatusSensorContext]:
    """A run of ``orders`` over a file with this text, and what a sensor is told of it."""
    (bakery.LANDING / "friday.csv").write_text(text)
    config = {"ops": {"take_in": {"config": {"name": "friday.csv"}}}}
    result = orders.execute_in_process(
        run_config=config, tags={"file": "friday.csv"}, instance=instance, raise_on_error=False
    )
    event = result.get_run_success_event() if result.success else result.get_run_failure_event()
    context = build_run_status_sensor_context(
        sensor_name="of_orders", dagster_run=result.dagster_run, dagster_event=event, dagster_instance=instance
    )
    return result, context


def test_yesterday_is_made_in_the_morning() -> None:
    at = datetime(2026, 3, 29, 5, tzinfo=BERLIN)  # the clocks went forward that night

    answer = sales_of_yesterday.evaluate_tick(build_schedule_context(scheduled_execution_time=at))

    assert [request.partition_key for request in answer.run_requests] == ["2026-03-28"]


def test_the_stock_is_counted_on_working_days_and_not_at_christmas() -> None:
    def asked(day: int) -> object:
        at = datetime(2026, 12, day, 6, tzinfo=BERLIN)
        return count_the_stock(build_schedule_context(scheduled_execution_time=at))

    assert asked(24) == RunRequest(tags={"counted_at": "06:00"})
    assert asked(25) == SkipReason("closed")


def test_each_file_is_asked_for_once_and_again_when_it_was_changed() -> None:
    file = bakery.LANDING / "friday.csv"
    file.write_text("cafe,40\n")

    first = order_files.evaluate_tick(build_sensor_context())
    second = order_files.evaluate_tick(build_sensor_context(cursor=first.cursor))
    os.utime(file, ns=(1, 1))
    third = order_files.evaluate_tick(build_sensor_context(cursor=second.cursor or first.cursor))

    assert [request.tags["file"] for request in first.run_requests] == ["friday.csv"]
    assert second.skip_message == "no new files"
    assert len(third.run_requests) == 1


@pytest.mark.parametrize(("before", "runs"), [(None, 0), ("200", 0), ("190", 1)])
def test_a_new_price_of_wheat_is_told(before: str | None, runs: int) -> None:
    answer = wheat_market.evaluate_tick(build_sensor_context(cursor=before))

    assert len(answer.run_requests) == runs
    assert answer.cursor == "200"


def test_every_day_that_was_sold_is_told() -> None:
    with DagsterInstance.ephemeral() as instance:
        for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
            materialize([sold], partition_key=day, instance=instance)

        answer = each_day_sold.evaluate_tick(build_sensor_context(instance, cursor="0", definitions=defs))

    said = [request.run_config["ops"]["write_down"]["config"]["text"] for request in answer.run_requests]
    assert said == [f"sales of 2026-03-0{day} are there" for day in (1, 2, 3)]


def test_dough_waits_for_flour_and_yeast() -> None:
    with DagsterInstance.ephemeral() as instance:
        materialize([flour], instance=instance)
        early = all_in_store.evaluate_tick(build_sensor_context(instance, definitions=defs))
        materialize([yeast], instance=instance)
        ready = all_in_store.evaluate_tick(build_sensor_context(instance, early.cursor, definitions=defs))
        again = all_in_store.evaluate_tick(build_sensor_context(instance, ready.cursor, definitions=defs))

    assert early.skip_message == "waiting for yeast"
    assert len(ready.run_requests) == 1
    assert again.run_requests == []


def test_dough_is_made_of_what_is_there() -> None:
    assert dough(flour=2, yeast=900) == 50


def test_the_stock_is_counted_after_orders_once() -> None:
    with DagsterInstance.ephemeral() as instance:
        result, context = take_in("cafe,40\n", instance)

        assert count_after_orders(context) == RunRequest(run_key=result.run_id)


def test_a_broken_file_is_told_of_with_its_step() -> None:
    with DagsterInstance.ephemeral() as instance:
        _, context = take_in("cafe,many\n", instance)
        alert(context)

    assert "friday.csv: take_in failed: ValueError: invalid literal for int()" in notes()
