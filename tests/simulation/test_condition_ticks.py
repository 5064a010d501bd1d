"""How many ticks of a condition sensor one update leaves, and what they say."""

from __future__ import annotations

from tests.simulation.condition_world import SENSOR, ConditionWorld, made
from watchbell import AssetKey, AssetMaterialization, AutomationCondition, Definitions
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.event_data import StepMaterializationData
from watchbell.record.tick import Tick, TickStatus

EAGER = AutomationCondition.eager()
NAMES = ("a", "b", "c")


def chained() -> ConditionWorld:
    """A service that looks after a chain of three, below a root; its first tick is five minutes ago."""
    world = ConditionWorld()
    assets = [made("root"), made("a", EAGER, ["root"]), made("b", EAGER, ["a"]), made("c", EAGER, ["b"])]
    world.begin_service(Definitions(assets=assets))
    world.minutes(5)
    return world


def run_through(world: ConditionWorld) -> None:
    """The root is updated; the run that is asked for makes one asset a second, and each is seen by itself."""
    world.make(AssetMaterialization("root"))
    world.go_on(1.0)
    (run_id,) = world.processes
    start = world.processes[run_id].start
    for name in NAMES:
        data = StepMaterializationData(AssetMaterialization(AssetKey(name)))
        event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, "__ASSET_JOB", event_specific_data=data)
        entry = EventLogEntry(run_id, world.clock.now().timestamp(), dagster_event=event)
        world.store.append([entry], attempt=start.attempt)
        world.go_on(1.0)
    world.end(run_id)
    world.minutes(1)


def told(ticks: list[Tick]) -> list[tuple[TickStatus, int]]:
    return [(tick.status, tick.noted) for tick in ticks]


def test_an_update_of_a_chain_leaves_a_tick_that_asks_and_one_that_notes() -> None:
    world = chained()
    before = len(world.ticks(SENSOR))

    run_through(world)
    run_through(world)

    found = world.ticks(SENSOR)[before:]
    assert told(found) == [(TickStatus.SUCCESS, 0), (TickStatus.SKIPPED, 4)] * 2
    assert found[1].skip_reason == (
        "no condition asks for a run; noted by the condition of c (the last of 4 evaluations in a row that asked for "
        "nothing)"
    )


def test_the_row_spans_all_that_it_tells_and_every_evaluation_is_kept() -> None:
    world = chained()
    before = len(world.ticks(SENSOR))

    run_through(world)

    asked, noted = world.ticks(SENSOR)[before:]
    assert asked.cursor == noted.cursor_before
    assert world.state(SENSOR, is_sensor=True).cursor == noted.cursor
    assert [len(world.store.condition_evaluations(name, limit=50)) for name in NAMES] == [4, 5, 5]


def test_what_is_noted_much_later_has_a_row_of_its_own() -> None:
    world = ConditionWorld()
    both = AutomationCondition.all_deps_match(AutomationCondition.newly_updated().since(AutomationCondition.missing()))
    world.begin_service(Definitions(assets=[made("one"), made("two"), made("child", both, ["one", "two"])]))
    world.minutes(20)

    world.make(AssetMaterialization("one"))
    world.minutes(20)

    assert told(world.ticks(SENSOR)) == [(TickStatus.SKIPPED, 1), (TickStatus.SKIPPED, 2)]
