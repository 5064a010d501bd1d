"""Conditions, and all else that happens: new code, other locations, clocks that are set, states that are lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.services.fakes import LOCATION, NOON
from tests.simulation.condition_world import SENSOR, ConditionWorld, made
from watchbell import (
    AssetKey,
    AssetMaterialization,
    AutomationCondition,
    DailyPartitionsDefinition,
    DefaultScheduleStatus,
    Definitions,
    RunRequest,
    StaticPartitionsDefinition,
    define_asset_job,
    schedule,
)
from watchbell.automate.backfills.planning import plan_backfill
from watchbell.automate.conditions.trace import trace_of
from watchbell.automate.switch import started, stopped, with_cursor
from watchbell.record.condition import ConditionCommit
from watchbell.record.settings import Settings
from watchbell.record.tick import TickCommit, TickStatus
from watchbell.services.switch import change_state

EAGER = AutomationCondition.eager()
MISSING = AutomationCondition.missing()
ON_MISSING = AutomationCondition.on_missing()
HOURLY = AutomationCondition.on_cron("0 * * * *")
HOSTILE = ["it's", 'a"b', "a/b", "ü \u2603", "a b", "a[b]", "a:b", "%s {x}", "\\n", ".."]


def letters(text: str) -> StaticPartitionsDefinition:
    return StaticPartitionsDefinition(list(text))


def pair(text: str = "") -> Definitions:
    """An asset, and another one that is made from it."""
    parts = letters(text) if text else None
    return Definitions(assets=[made("root", None, [], parts), made("a", EAGER, ["root"], parts)])


def begun(code: Definitions) -> ConditionWorld:
    world = ConditionWorld()
    world.begin_service(code)
    world.minutes(1)
    return world


def of_two(here: Definitions, there: Definitions) -> ConditionWorld:
    """A service of two locations, whose condition sensors are on."""
    world = ConditionWorld()
    world.serve({LOCATION: here, "there": there})
    for location in (LOCATION, "there"):
        key = world.key(SENSOR, location, is_sensor=True)
        change_state(world.store, key, lambda state: started(state, world.clock.now()), world.clock.now())
    world.go_on(1.0)
    return world


def reload(world: ConditionWorld, code: Definitions, location: str = LOCATION) -> None:
    assert world.service is not None
    world.service.reload(code, location)
    world.minutes(1)


def make(world: ConditionWorld, key: str, *partitions: str) -> None:
    world.make(*(AssetMaterialization(key, partition=each) for each in partitions or (None,)))
    world.minutes(1)


def newly_asked(world: ConditionWorld, before: list[str]) -> list[str]:
    return world.asked()[len(before) :]


# ------------------------------------------------------------------ other locations


def test_partitions_that_another_location_adds_are_made_when_this_one_has_them() -> None:
    there = Definitions(assets=[made("far", None, [], letters("abc"))])
    world = of_two(Definitions(assets=[made("a", EAGER, ["far"], letters("abc"))]), there)
    make(world, "far", "a")
    world.make_all()

    reload(world, Definitions(assets=[made("far", None, [], letters("abcd"))]), "there")
    make(world, "far", "d")
    assert world.asked() == ["a[a]"]
    reload(world, Definitions(assets=[made("a", EAGER, ["far"], letters("abcd"))]))

    assert world.asked() == ["a[a]", "a[d]"]


def test_all_partitions_of_another_location_are_waited_for_as_they_are_now() -> None:
    world = of_two(
        Definitions(assets=[made("a", EAGER, ["far"])]), Definitions(assets=[made("far", None, [], letters("ab"))])
    )
    make(world, "far", "a")
    assert world.asked() == []
    make(world, "far", "b")
    assert world.asked() == ["a"]
    world.make_all()

    reload(world, Definitions(assets=[made("far", None, [], letters("bz"))]), "there")
    assert world.asked() == ["a"]
    make(world, "far", "z")

    assert world.asked() == ["a", "a"]


def test_an_asset_that_another_location_renames_is_still_followed_by_its_old_name() -> None:
    world = of_two(Definitions(assets=[made("a", EAGER, ["far"])]), Definitions(assets=[made("far")]))
    make(world, "far")
    world.make_all()

    reload(world, Definitions(assets=[made("farther")]), "there")
    make(world, "farther")
    assert world.asked() == ["a"]
    make(world, "far")

    assert world.asked() == ["a", "a"]


def test_what_is_downstream_in_another_location_asks_for_what_it_is_made_from() -> None:
    world = of_two(
        Definitions(assets=[made("a", HOURLY, ["far"])]),
        Definitions(assets=[made("far", AutomationCondition.any_downstream_conditions())]),
    )
    world.go_on(3600.0)
    assert world.asked() == ["far"]
    world.make_all()
    world.minutes(1)

    assert world.asked() == ["far", "a"]


# ------------------------------------------------------------------ new code


def test_partitions_that_are_written_in_another_order_are_the_same() -> None:
    world = begun(pair("xyz"))
    make(world, "root", "x", "y", "z")
    world.make_all()
    before = world.asked()

    reload(world, pair("wzyx"))
    assert newly_asked(world, before) == []
    make(world, "root", "z")

    assert newly_asked(world, before) == ["a[z]"]


def test_only_new_partitions_of_a_list_are_missing_newly() -> None:
    world = begun(Definitions(assets=[made("a", ON_MISSING, [], letters("xyz"))]))

    reload(world, Definitions(assets=[made("a", ON_MISSING, [], letters("wxyz"))]))

    assert world.asked() == ["a[w]"]


def test_a_condition_that_is_taken_away_and_given_back_knows_where_it_stood() -> None:
    world = begun(pair())
    make(world, "root")
    world.make_all()
    world.minutes(1)
    reload(world, Definitions(assets=[made("root"), made("a", None, ["root"])]))
    make(world, "root")
    assert world.asked() == ["a"]

    reload(world, pair())

    assert world.asked() == ["a", "a"]


def test_what_is_gone_leaves_no_state() -> None:
    world = begun(Definitions(assets=[made("root"), made("a", EAGER, ["root"]), made("b", EAGER, ["root"])]))
    sensor = world.key(SENSOR, is_sensor=True).id
    make(world, "root")
    assert world.store.condition_states(sensor).keys() == {"a", "b"}

    reload(world, pair())

    assert world.store.condition_states(sensor).keys() == {"a"}


# ------------------------------------------------------------------ what is stored is lost or wrong


@pytest.mark.parametrize(
    "text",
    ["rubbish", "[]", "null", '{"slots":5}', '{"since":[1,2]}', '{"requested":{"x":1}}', '{"requested":"zz"}'],
)
def test_a_state_that_cannot_be_read_is_forgotten_and_holds_up_nobody(text: str) -> None:
    code = Definitions(assets=[made("root"), made("a", EAGER, ["root"]), made("b", EAGER, ["root"])])
    world = begun(code)
    make(world, "root")
    world.make_all()
    before, state = world.asked(), world.state(SENSOR, is_sensor=True)
    world.kill()
    broken = ConditionCommit({"a": text})
    world.store.commit_ticks([TickCommit(state, state, (), conditions=broken)], None, world.clock.now())

    world.serve(code)
    world.minutes(1)
    make(world, "root")

    assert newly_asked(world, before) == ["a+b"]
    assert TickStatus.FAILURE not in world.outcomes(SENSOR)


@pytest.mark.parametrize(
    "text",
    [
        "rubbish",
        '{"tick":1}',
        '{"tick":1,"event":-5,"at":"2026-01-01"}',
        '{"tick":1,"event":99999999,"at":"2026-03-01T12:00:00+00:00"}',
        '{"tick":1,"event":0,"at":"2026-03-01T12:00:00+00:00","waiting":{"a":["x","y"],"zz":null}}',
        '{"tick":1,"event":0,"at":"2026-03-01T12:00:00+00:00","waiting":{"a":5}}',
    ],
)
def test_a_cursor_that_is_none_begins_anew(text: str) -> None:
    world = begun(pair())
    world.turn(SENSOR, lambda state: with_cursor(state, text), is_sensor=True)
    world.minutes(1)

    make(world, "root")

    assert world.asked() == ["a"]
    assert TickStatus.FAILURE not in world.outcomes(SENSOR)


# ------------------------------------------------------------------ time


def test_a_week_without_a_service_is_one_time_of_a_cron_string() -> None:
    days = DailyPartitionsDefinition(f"{NOON - timedelta(days=4):%Y-%m-%d}")
    code = Definitions(assets=[made("a", HOURLY), made("daily", AutomationCondition.on_cron("0 0 * * *"), [], days)])
    world = begun(code)
    world.kill()
    world.clock.advance(7 * 86_400.0)

    world.serve(code)
    world.minutes(3)
    world.make_all()
    world.minutes(3)

    assert sorted(world.asked()) == ["a", f"daily[{NOON + timedelta(days=6):%Y-%m-%d}]"]


def test_what_happened_while_a_sensor_was_off_is_made_up_for_once() -> None:
    world = begun(Definitions(assets=[made("root"), made("a", EAGER, ["root"]), made("h", HOURLY)]))
    world.turn(SENSOR, stopped, is_sensor=True)
    make(world, "root")
    world.go_on(86_400.0, by=3_600.0)
    assert world.asked() == []

    world.turn(SENSOR, lambda state: started(state, world.clock.now()), is_sensor=True)
    world.minutes(2)

    assert world.asked() == ["a+h"]


def test_a_clock_that_was_set_back_loses_no_update_and_repeats_none() -> None:
    world = begun(Definitions(assets=[made("root"), made("a", EAGER, ["root"]), made("h", HOURLY)]))
    world.minutes(61)
    assert world.asked() == ["h"]
    world.make_all()
    world.clock.advance(-3 * 3_600.0)
    world.settle()
    world.minutes(2)
    assert world.asked() == ["h"]

    make(world, "root")

    assert world.asked() == ["h", "a"]


def test_a_clock_that_was_wrong_for_a_while_stops_nothing() -> None:
    world = begun(Definitions(assets=[made("root"), made("a", EAGER, ["root"]), made("h", HOURLY)]))
    for hours in (50, -50):
        world.clock.advance(hours * 3_600.0)
        world.settle()
        world.minutes(2)
        world.make_all()
    assert world.asked() == ["h"]

    make(world, "root")

    assert world.asked() == ["h", "a"]


# ------------------------------------------------------------------ names, numbers, runs


def test_keys_of_partitions_may_have_any_signs() -> None:
    keys = StaticPartitionsDefinition(HOSTILE)
    code = Definitions(assets=[made("root", None, [], keys), made("a", EAGER, ["root"], keys)])
    world = begun(code)

    make(world, "root", *HOSTILE)
    world.make_all()
    reload(world, code)
    make(world, "root", HOSTILE[0])

    assert world.asked() == [*(f"a[{key}]" for key in HOSTILE), f"a[{HOSTILE[0]}]"]


def test_an_evaluation_names_only_some_of_many_runs_that_hold_it_back() -> None:
    many = StaticPartitionsDefinition([f"k{number}" for number in range(300)])
    world = begun(Definitions(assets=[made("a", MISSING, [], many)]))
    world.minutes(2)

    [newest] = world.store.condition_evaluations("a", limit=1)

    assert len(world.asked()) == 300
    assert len(trace_of(newest.body).held) == 101  # the last one is for all others


def test_a_run_that_failed_is_not_asked_for_again_until_something_happens() -> None:
    world = begun(pair())
    make(world, "root")
    world.fail(world.runs()[0].run_id)
    world.minutes(5)
    assert world.asked() == ["a"]

    make(world, "root")

    assert world.asked() == ["a", "a"]


def test_what_was_wiped_is_made_if_it_is_wanted_for_being_missing() -> None:
    world = begun(Definitions(assets=[made("root"), made("a", EAGER, ["root"]), made("m", MISSING)]))
    make(world, "root")
    world.make_all()
    before = world.asked()

    world.instance.wipe_assets([AssetKey("root"), AssetKey("a"), AssetKey("m")])
    world.settle()
    world.minutes(2)
    assert newly_asked(world, before) == ["m"]
    world.make_all()
    make(world, "root")

    assert newly_asked(world, before) == ["m", "a"]


# ------------------------------------------------------------------ backfills, retries, schedules


def test_a_backfill_of_what_conditions_want_is_not_asked_for_beside_it_and_is_followed() -> None:
    parts = letters("abc")
    wanted = MISSING & ~AutomationCondition.backfill_in_progress()
    code = Definitions(
        assets=[
            made("root", None, [], parts),
            made("a", EAGER, ["root"], parts),
            made("m", MISSING, [], parts),
            made("mb", wanted, [], parts),
        ]
    )
    world = ConditionWorld(Settings(max_concurrent_runs=1))
    world.serve(code)
    for name in ("root", "m", "mb"):
        now = world.clock.now()
        plan = plan_backfill(code, world.instance, location_name=LOCATION, assets=[name], current_time=now)
        world.instance.launch_backfill(plan)
    world.settle()

    world.turn(SENSOR, lambda state: started(state, world.clock.now()), is_sensor=True)
    for _ in range(14):
        world.minutes(1)
        world.make_all()

    assert world.asked() == ["a[a]", "a[b]", "a[c]"]


def test_a_run_that_is_executed_again_is_not_asked_for_beside_it() -> None:
    world = ConditionWorld(Settings(run_max_retries=1))
    world.begin_service(Definitions(assets=[made("root"), made("a", AutomationCondition.any_deps_updated(), ["root"])]))
    world.minutes(1)
    make(world, "root")
    world.fail(world.runs()[0].run_id)
    assert [run.parent_run_id for run in world.runs()] == [None, "run-0001"]

    make(world, "root")
    assert len(world.runs()) == 2
    world.make_all()
    world.minutes(1)

    assert [run.parent_run_id for run in world.runs()] == [None, "run-0001", None]  # it began before the update


def test_what_a_run_of_a_whole_job_makes_is_not_asked_for() -> None:
    job = define_asset_job("everything", ["a"])

    @schedule(job=job, cron_schedule="* * * * *", default_status=DefaultScheduleStatus.RUNNING)
    def once(context):
        return RunRequest(run_key="once")

    world = ConditionWorld()
    world.serve(Definitions(assets=[made("a", MISSING)], jobs=[job], schedules=[once]))
    world.minutes(2)

    world.turn(SENSOR, lambda state: started(state, world.clock.now()), is_sensor=True)
    world.minutes(2)

    assert [run.job_name for run in world.runs()] == ["everything"]
