"""Conditions in the service: the whole of it, by a clock that is moved."""

from __future__ import annotations

import logging

from tests.services.fakes import LOCATION
from tests.simulation.condition_world import SENSOR, ConditionWorld, made
from watchbell import (
    AssetCheckEvaluation,
    AssetCheckResult,
    AssetKey,
    AssetMaterialization,
    AssetSelection,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    BackfillPolicy,
    DefaultSensorStatus,
    Definitions,
    DynamicPartitionsDefinition,
    StaticPartitionsDefinition,
    asset_check,
)
from watchbell.automate.switch import started, stopped, with_cursor
from watchbell.record.evaluation import Outcome
from watchbell.record.tick import TickStatus
from watchbell.services.switch import change_state

EAGER = AutomationCondition.eager()
MISSING = AutomationCondition.missing()
UPDATED = AutomationCondition.any_deps_updated()
LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])
ON = DefaultSensorStatus.RUNNING


def chain() -> Definitions:
    return Definitions(assets=[made("root"), made("a", EAGER, ["root"]), made("b", EAGER, ["a"])])


def test_an_update_is_followed_at_once_and_once() -> None:
    world = ConditionWorld()
    world.begin_service(chain())

    world.make(AssetMaterialization("root"))
    assert world.asked() == ["a+b"]
    (run,) = world.runs()
    assert run.tags["dagster/from_automation_condition"] == "true"
    assert run.tags["dagster/sensor_name"] == SENSOR
    world.make_all()
    world.minutes(3)

    assert world.asked() == ["a+b"]


def test_a_default_sensor_that_nobody_started_asks_for_nothing() -> None:
    world = ConditionWorld()
    world.serve(chain())

    world.make(AssetMaterialization("root"))

    assert world.asked() == []
    assert world.ticks(SENSOR) == []


def test_nothing_new_leaves_no_tick() -> None:
    world = ConditionWorld()
    world.begin_service(chain())
    world.minutes(2)
    before = len(world.ticks(SENSOR))

    world.make(AssetMaterialization("other"))
    world.minutes(30)

    assert before == len(world.ticks(SENSOR))


def test_what_a_quiet_hour_costs_does_not_depend_on_time_alone() -> None:
    world = ConditionWorld()
    world.begin_service(chain())
    world.minutes(5)
    asked = world.service.here.asked  # type: ignore[union-attr]
    before = len(asked)

    world.minutes(60)

    assert len(asked) - before <= 61  # a look a minute, should a hint be lost


def test_a_cron_string_fires_when_its_time_has_come() -> None:
    world = ConditionWorld()
    world.begin_service(Definitions(assets=[made("hourly", AutomationCondition.on_cron("30 * * * *"))]))

    world.go_on(40 * 60.0, by=1.0)
    assert world.asked() == ["hourly"]
    world.make_all()
    world.go_on(60 * 60.0, by=20.0)

    assert world.asked() == ["hourly", "hourly"]


def test_what_a_run_is_to_make_is_not_asked_for_again() -> None:
    world = ConditionWorld()
    world.begin_service(Definitions(assets=[made("a", MISSING)]))

    world.minutes(10)
    assert world.asked() == ["a"]
    (run,) = (run_id for tick in world.ticks(SENSOR) for run_id in tick.run_ids)
    held_back = f"held back, because it is being made already: a by run {run[:8]}"
    assert held_back in [tick.skip_reason for tick in world.ticks(SENSOR)]
    held = len(world.ticks(SENSOR))
    world.minutes(60)
    assert len(world.ticks(SENSOR)) == held
    world.make_all()
    world.minutes(5)

    assert world.asked() == ["a"]


def test_what_was_asked_for_while_a_run_went_on_is_made_when_it_is_over() -> None:
    world = ConditionWorld()
    world.begin_service(Definitions(assets=[made("root"), made("a", UPDATED, ["root"])]))
    world.make(AssetMaterialization("root"))
    assert world.asked() == ["a"]

    world.make(AssetMaterialization("root"))
    world.minutes(2)
    assert world.asked() == ["a"]
    world.make_all()

    assert world.asked() == ["a", "a"]


def test_what_was_missing_when_its_time_came_is_not_made_twice() -> None:
    world = ConditionWorld()
    world.begin_service(Definitions(assets=[made("a", MISSING & AutomationCondition.cron_tick_passed("*/5 * * * *"))]))
    world.minutes(6)
    assert world.asked() == ["a"]

    world.minutes(10)  # its time comes twice while that run goes on
    world.make_all()
    world.minutes(10)

    assert world.asked() == ["a"]


def test_what_waits_for_a_run_outlives_the_service() -> None:
    code = Definitions(assets=[made("root"), made("a", UPDATED, ["root"])])
    world = ConditionWorld()
    world.begin_service(code)
    world.make(AssetMaterialization("root"))
    world.make(AssetMaterialization("root"))

    world.serve(code)
    assert world.asked() == ["a"]
    world.make_all()

    assert world.asked() == ["a", "a"]


def test_a_condition_that_minds_runs_in_progress_is_left_to_itself() -> None:
    world = ConditionWorld()
    condition = UPDATED & ~AutomationCondition.in_progress()
    world.begin_service(Definitions(assets=[made("root"), made("a", condition, ["root"])]))
    world.make(AssetMaterialization("root"))
    world.make(AssetMaterialization("root"))

    world.make_all()
    world.minutes(2)

    assert world.asked() == ["a"]


def test_partitions_share_runs_as_the_backfill_policy_says() -> None:
    world = ConditionWorld()
    assets = [
        made("one", MISSING, partitions_def=LETTERS),
        made("all", MISSING, partitions_def=LETTERS, backfill_policy=BackfillPolicy.single_run()),
        made("three", MISSING, partitions_def=LETTERS, backfill_policy=BackfillPolicy.multi_run(3)),
    ]

    world.begin_service(Definitions(assets=assets))

    expected = ["all[a..d]", "one[a]", "one[b]", "one[c]", "one[d]", "three[a..c]", "three[d..d]"]
    assert expected == sorted(world.asked())


def test_a_new_dynamic_partition_is_made_at_once() -> None:
    people = DynamicPartitionsDefinition(name="people")
    world = ConditionWorld()
    world.begin_service(Definitions(assets=[made("letters", AutomationCondition.on_missing(), partitions_def=people)]))
    world.minutes(1)

    world.instance.add_dynamic_partitions("people", ["ann", "bob"])
    world.settle()

    assert world.asked() == ["letters[ann]", "letters[bob]"]


def test_a_check_with_a_condition_is_executed_by_itself() -> None:
    @asset_check(asset="a", automation_condition=AutomationCondition.initial_evaluation())
    def is_fine() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    world = ConditionWorld()

    world.begin_service(Definitions(assets=[made("a")], asset_checks=[is_fine]))

    assert world.asked() == ["/a:is_fine"]


def test_sensors_look_after_what_they_select() -> None:
    sales = AutomationConditionSensorDefinition("sales", target="a", default_status=ON, run_tags={"team": "sales"})
    world = ConditionWorld()
    world.serve(Definitions(assets=[made("a", MISSING), made("b", MISSING)], sensors=[sales]))
    assert world.asked() == ["a"]
    assert world.runs()[0].tags["team"] == "sales"

    world.turn(SENSOR, lambda state: started(state, world.clock.now()), is_sensor=True)
    assert world.asked() == ["a", "b"]
    world.turn("sales", stopped, is_sensor=True)
    world.make_all()
    world.instance.wipe_assets([AssetKey("a"), AssetKey("b")])
    world.settle()

    assert world.asked() == ["a", "b", "b"]


def test_a_default_condition_holds_for_what_has_none() -> None:
    everything = AutomationConditionSensorDefinition(
        "everything", target=AssetSelection.all(), default_status=ON, default_condition=MISSING
    )
    world = ConditionWorld()

    world.serve(
        Definitions(assets=[made("a"), made("b", AutomationCondition.on_cron("0 0 1 1 *"))], sensors=[everything])
    )

    assert world.asked() == ["a"]


def test_an_interval_is_kept() -> None:
    slow = AutomationConditionSensorDefinition("slow", target="*", default_status=ON, minimum_interval_seconds=300)
    world = ConditionWorld()
    world.serve(Definitions(assets=[made("root"), made("a", EAGER, ["root"])], sensors=[slow]))
    world.make(AssetMaterialization("root"))
    assert world.asked() == []

    world.minutes(4)
    assert world.asked() == []
    world.minutes(2)

    assert world.asked() == ["a"]


def test_new_code_goes_on_from_where_the_old_one_stood() -> None:
    world = ConditionWorld()
    world.begin_service(chain())
    world.make(AssetMaterialization("root"))
    world.make_all()
    world.minutes(1)

    assets = [made("root"), made("a", EAGER, ["root"]), made("b", EAGER, ["a"]), made("c", EAGER, ["b"])]
    world.service.reload(Definitions(assets=assets))  # type: ignore[union-attr]

    world.minutes(1)
    world.make(AssetMaterialization("root"))

    assert world.asked() == ["a+b", "a+b+c"]


def test_a_condition_that_was_changed_is_evaluated_at_once() -> None:
    world = ConditionWorld()
    world.begin_service(Definitions(assets=[made("a", AutomationCondition.on_cron("@daily")), made("b", EAGER)]))
    world.minutes(5)

    world.service.reload(Definitions(assets=[made("a", MISSING), made("b", EAGER)]))  # type: ignore[union-attr]
    world.go_on(2.0, by=1.0)

    assert world.asked() == ["a"]


def test_a_service_that_was_away_sees_what_happened_meanwhile() -> None:
    world = ConditionWorld()
    world.begin_service(chain())
    world.kill()
    world.make(AssetMaterialization("root"))

    world.serve(chain())

    assert world.asked() == ["a+b"]


def test_a_condition_that_raises_holds_up_no_other(caplog) -> None:
    class Broken(AutomationCondition):
        def evaluate(self, context):
            raise ZeroDivisionError("no good")

    world = ConditionWorld()
    with caplog.at_level(logging.ERROR):
        world.begin_service(Definitions(assets=[made("root"), made("a", EAGER, ["root"]), made("bad", Broken())]))
        world.make(AssetMaterialization("root"))
        world.minutes(3)

    assert world.asked() == ["a"]
    lines = [line.message for tick in world.ticks(SENSOR) for line in tick.log]
    assert [line for line in lines if "no good" not in line] == ["asks for a"]
    assert len([line for line in lines if "bad" in line and "no good" in line]) == 1


def test_an_answer_that_was_lost_is_asked_for_again() -> None:
    world = ConditionWorld()
    world.begin_service(chain())
    world.minutes(1)
    world.service.hold()  # type: ignore[union-attr]
    world.make(AssetMaterialization("root"))
    assert world.service.here.held  # type: ignore[union-attr]

    world.service.let_go(outcome=Outcome.KILLED)  # type: ignore[union-attr]
    world.minutes(1)

    assert world.asked() == ["a+b"]
    assert TickStatus.FAILURE in world.outcomes(SENSOR)


def test_a_cursor_that_was_reset_begins_anew() -> None:
    world = ConditionWorld()
    world.begin_service(Definitions(assets=[made("a", AutomationCondition.initial_evaluation())]))
    assert world.asked() == ["a"]
    world.fail(world.runs()[0].run_id)
    world.minutes(2)
    assert world.asked() == ["a"]

    world.turn(SENSOR, lambda state: with_cursor(state, None), is_sensor=True)

    assert world.asked() == ["a", "a"]


def test_an_asset_of_another_location_wakes_those_made_from_it() -> None:
    here = Definitions(assets=[made("a", EAGER, ["far"])])
    there = Definitions(assets=[made("far", EAGER, ["root"]), made("root")])
    world = ConditionWorld()
    world.serve({LOCATION: here, "there": there})
    for location in (LOCATION, "there"):
        key = world.key(SENSOR, location, is_sensor=True)
        change_state(world.store, key, lambda state: started(state, world.clock.now()), world.clock.now())
    world.go_on(1.0)

    world.make(AssetMaterialization("root"))
    assert world.asked() == ["far"]
    world.make_all()

    assert world.asked() == ["far", "a"]


def test_a_blocking_check_of_another_location_holds_up_those_made_from_its_asset() -> None:
    @asset_check(asset="far", blocking=True)
    def is_fine() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    guarded = UPDATED.since_last_handled() & AutomationCondition.all_deps_blocking_checks_passed()
    here = Definitions(assets=[made("a", guarded, ["far"])])
    there = Definitions(assets=[made("far")], asset_checks=[is_fine])
    world = ConditionWorld()
    world.serve({LOCATION: here, "there": there})
    world.turn(SENSOR, lambda state: started(state, world.clock.now()), is_sensor=True)
    world.go_on(1.0)
    for passed, asked in ((False, []), (True, ["a"])):
        said = AssetCheckEvaluation(asset_key=AssetKey("far"), check_name="is_fine", passed=passed)
        world.instance.report_runless_asset_event(said)
        world.make(AssetMaterialization("far"))

        assert world.asked() == asked


def test_the_evaluations_that_asked_name_their_runs() -> None:
    world = ConditionWorld()
    world.begin_service(chain())

    world.make(AssetMaterialization("root"))

    newest = next(each for each in world.store.condition_evaluations("a", limit=5) if each.requested)
    assert newest.run_ids == (world.runs()[0].run_id,)


def test_a_default_sensor_that_nobody_started_is_pointed_out_once(caplog) -> None:
    world = ConditionWorld()
    with caplog.at_level(logging.WARNING):
        world.serve(chain())
        world.service.reload(chain())  # type: ignore[union-attr]
        world.minutes(3)
    said = [record.message for record in caplog.records if "is stopped" in record.message]

    assert len(said) == 1
    assert f"watchbell sensor start {SENSOR}" in said[0]


def test_a_sensor_that_somebody_stopped_is_not_pointed_out(caplog) -> None:
    world = ConditionWorld()
    with caplog.at_level(logging.WARNING):
        mine = AutomationConditionSensorDefinition("mine", target="*", default_status=ON)
        world.serve(Definitions(assets=[made("a", EAGER)], sensors=[mine]))
        world.turn("mine", stopped, is_sensor=True)

    assert "is stopped" not in caplog.text
