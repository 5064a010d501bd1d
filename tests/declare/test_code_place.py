"""Where definitions stand in the user's code."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from watchbell import (
    AssetCheckResult,
    AssetKey,
    DailyPartitionsDefinition,
    Definitions,
    RunRequest,
    ScheduleDefinition,
    asset,
    asset_check,
    asset_sensor,
    build_schedule_from_partitioned_job,
    define_asset_job,
    graph_asset,
    job,
    op,
    schedule,
    sensor,
)
from watchbell.declare.code_place import place_here, place_of
from watchbell.record.snapshot import LocationSnapshot


def line_of(mark: str) -> str:
    """Where the line with a mark stands, as ``file:line``."""
    lines = inspect.getsource(inspect.getmodule(line_of)).split("\n")  # type: ignore[arg-type]
    return f"{__file__}:{next(number for number, line in enumerate(lines, 1) if line.endswith('# ' + mark))}"


def kept(fn: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fn)
    def wrapped(*args: Any) -> Any:
        return fn(*args)

    return wrapped


@op  # the op
def work() -> None: ...


@job  # the job
def etl() -> None:
    work()


@schedule(job=etl, cron_schedule="@daily")  # the schedule
def nightly() -> RunRequest:
    return RunRequest()


@sensor(job=etl)  # the sensor
@kept
def files(context: Any) -> None: ...


@asset  # the asset
def orders() -> int:
    return 1


@asset_check(asset=orders)  # the check
def has_rows() -> AssetCheckResult:
    return AssetCheckResult(passed=True)


@op
def one() -> int:
    return 1


@graph_asset  # the graph
def totals() -> Any:
    return one()


@asset_sensor(asset_key=AssetKey("orders"), job=etl)  # the asset sensor
def after_orders(context: Any, event: Any) -> None: ...


@asset(partitions_def=DailyPartitionsDefinition("2026-01-01"))
def daily() -> None: ...


made = define_asset_job("made", selection="daily")  # the asset job
plain = ScheduleDefinition(name="plain", job=etl, cron_schedule="@daily")  # the plain schedule
partitioned = build_schedule_from_partitioned_job(made)  # the partitioned schedule
TARGETED = ScheduleDefinition(name="targeted", target="orders", cron_schedule="@daily")


@pytest.fixture(scope="module")
def told() -> LocationSnapshot:
    defs = Definitions(
        assets=[orders, totals, daily],
        asset_checks=[has_rows],
        jobs=[etl, made],
        schedules=[nightly, plain, partitioned, TARGETED],
        sensors=[files, after_orders],
    )
    return defs.get_repository_def().snapshot("shop")


@pytest.mark.parametrize(
    ("kind", "name", "mark"),
    [
        ("schedules", "nightly", "the schedule"),
        ("schedules", "plain", "the plain schedule"),
        ("schedules", "made_schedule", "the partitioned schedule"),
        ("sensors", "files", "the sensor"),
        ("sensors", "after_orders", "the asset sensor"),
        ("jobs", "etl", "the job"),
        ("jobs", "made", "the asset job"),
    ],
)
def test_a_definition_says_where_it_stands(told, kind: str, name: str, mark: str) -> None:
    [found] = [each for each in getattr(told, kind) if each.name == name]

    assert line_of(mark) == found.code


def test_assets_their_checks_and_ops_say_it_as_well(told) -> None:
    assets = {each.key.to_user_string(): each for each in told.assets}
    [node] = next(each for each in told.jobs if each.name == "etl").nodes

    assert line_of("the asset") == assets["orders"].code
    assert line_of("the graph") == assets["totals"].code
    assert line_of("the check") == assets["orders"].checks[0].code
    assert line_of("the op") == node.code


def test_what_makes_assets_is_told_once(told) -> None:
    nodes = [node for each in told.jobs if each.name == "made" for node in each.nodes]

    assert [node.code for node in nodes] == [None]


def test_our_own_functions_have_no_place() -> None:
    assert None is place_of(place_of)
    assert None is place_of(print)
    assert None is place_of(None)


class Called:
    def __call__(self) -> None: ...  # the method


def test_wrappers_partials_and_objects_are_looked_into() -> None:
    assert line_of("the method") == place_of(Called())
    assert place_of(line_of) == place_of(functools.partial(functools.partial(kept(line_of))))


def test_the_call_of_the_user_counts_not_ours() -> None:
    here = place_here()  # this call

    assert line_of("this call") == here
