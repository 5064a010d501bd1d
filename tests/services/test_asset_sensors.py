"""The loop of the sensors, for those that watch assets: stepped by hand on a real store in memory."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.services.fakes import NOON, Locking, Rig, answer, location, sensor, sensor_key
from watchbell.automate.switch import started, stopped, with_cursor
from watchbell.ground.errors import StoreLockedError
from watchbell.record.evaluation import Outcome
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry, StepMaterializationData
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.ports import Store
from watchbell.record.request import CURSOR_BYTES_MAX
from watchbell.record.snapshot import LocationSnapshot, SensorSnapshot
from watchbell.record.tick import TickStatus
from watchbell.services.loop import Hint
from watchbell.services.sensors import SensorsLoop
from watchbell.services.switch import change_state

ORDERS, USERS = AssetKey("orders"), AssetKey("users")
NEWEST = sensor("newest", asset_keys=(ORDERS,), sensor_type="ASSET")
EVERY = sensor("every", asset_keys=(ORDERS,), sensor_type="ASSET", every_event=True)
BOTH = sensor("both", asset_keys=(ORDERS, USERS), sensor_type="MULTI_ASSET")


@dataclass
class Sensors(Rig):
    """The loop on its rig."""

    snapshot: LocationSnapshot = field(default_factory=lambda: location(NEWEST))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.loop = SensorsLoop(self.desk, self.snapshot, self.queued)

    def at(self, seconds: float, *messages: object) -> datetime | None:
        """A step so many seconds after noon."""
        self.clock.set(NOON + timedelta(seconds=seconds))
        return self.loop.step(self.clock.now(), messages)

    def make(self, key: AssetKey = ORDERS) -> int:
        """An asset is made now; the storage id of that."""
        data = StepMaterializationData(AssetMaterialization(key))
        event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, event_specific_data=data)
        return self.store.append([EventLogEntry("", self.clock.now().timestamp(), dagster_event=event)])[0]

    def note(self) -> int:
        """Something else is said; the storage id of that."""
        return self.store.append([EventLogEntry("", self.clock.now().timestamp(), user_message="note")])[0]

    def made_at(self, seconds: float, key: AssetKey = ORDERS) -> int:
        """An asset is made so many seconds after noon, and the loop told."""
        self.clock.set(NOON + timedelta(seconds=seconds))
        event_id = self.make(key)
        self.at(seconds, Hint("assets"))
        return event_id

    def answer_all(self, seconds: float, *keys: str | None, **fields: object) -> datetime | None:
        return self.at(seconds, *(answer(each, *keys, **fields) for each in self.host.take()))

    def restart(self) -> None:
        self.host.asked.clear()
        self.loop = SensorsLoop(self.desk, self.snapshot, self.queued)


def rig_of(*sensors: SensorSnapshot) -> Sensors:
    rig = Sensors(snapshot=location(*sensors))
    rig.note()
    rig.at(0)
    return rig


@pytest.mark.parametrize("snapshot", [NEWEST, EVERY, BOTH], ids=lambda each: each.name)
def test_a_materialization_wakes_its_sensor_at_once(snapshot: SensorSnapshot) -> None:
    rig = rig_of(snapshot)
    rig.at(0)
    assert rig.host.asked == []

    rig.made_at(0.5)

    assert [(each.name, each.event_ids) for each in rig.host.asked] == [(snapshot.name, ())]


@pytest.mark.parametrize("snapshot", [NEWEST, EVERY, BOTH], ids=lambda each: each.name)
def test_what_others_are_made_of_wakes_nobody(snapshot: SensorSnapshot) -> None:
    rig = rig_of(snapshot)

    rig.made_at(1, AssetKey("other"))
    rig.note()
    rig.at(100, Hint("assets"))

    assert rig.host.asked == []


def test_what_was_made_before_the_sensor_took_effect_is_told_once() -> None:
    rig = Sensors()
    made = rig.make()

    rig.at(0)
    rig.answer_all(1, None, cursor=str(made))
    rig.at(100, Hint("assets"))

    assert rig.host.asked == []
    assert len(rig.ticks(sensor_key("newest"))) == 1


def test_an_idle_sensor_of_assets_waits_only_for_the_slow_look() -> None:
    rig = rig_of(NEWEST)

    assert [rig.at(seconds) for seconds in (1, 10, 15)] == [NOON + timedelta(seconds=each) for each in (10, 20, 20)]


def test_a_materialization_without_a_hint_is_found_by_the_slow_look() -> None:
    rig = rig_of(NEWEST)
    rig.make()

    rig.at(5)
    assert rig.host.asked == []
    rig.at(10)
    assert len(rig.host.asked) == 1


def test_between_evaluations_lies_the_interval() -> None:
    rig = rig_of(NEWEST)
    first = rig.made_at(1)
    rig.answer_all(2, None, cursor=str(first))

    second = rig.made_at(3)
    assert rig.host.asked == []
    rig.at(31)
    asked = rig.host.asked[0]

    assert second > first
    assert asked.cursor == str(first)


def test_a_burst_is_worked_off_without_pauses_then_the_interval_holds() -> None:
    rig = rig_of(EVERY)
    made = [rig.make() for _ in range(6)]
    rig.at(1, Hint("assets"))

    rig.answer_all(1.1, None, cursor=str(made[1]))
    late = rig.make()
    rig.at(1.2, Hint("assets"))
    rig.answer_all(1.2, None, cursor=str(made[3]))
    rig.answer_all(1.3, None, cursor=str(made[5]))

    assert rig.host.asked == []
    rig.at(31.2)
    assert [each.cursor for each in rig.host.asked] == [str(made[5])]
    assert late > made[5]
    assert len(rig.runs()) == 3


def test_a_sensor_that_raises_in_a_burst_is_asked_again_after_its_interval() -> None:
    rig = rig_of(EVERY)
    made = [rig.make() for _ in range(3)]
    rig.at(1, Hint("assets"))
    rig.answer_all(1.1, None, cursor=str(made[0]))
    rig.answer_all(1.2, outcome=Outcome.RAISED)

    assert rig.host.asked == []
    rig.at(31.1)

    assert [each.cursor for each in rig.host.asked] == [str(made[0])]
    assert [tick.status for tick in rig.ticks(sensor_key("every"))] == [TickStatus.SUCCESS, TickStatus.FAILURE]


def test_a_sensor_of_every_event_begins_with_what_is_made_after_it_took_effect() -> None:
    rig = Sensors(snapshot=location(EVERY))
    before = rig.make()
    rig.at(0)
    rig.at(0)
    assert (rig.host.asked, rig.state(sensor_key("every")).cursor) == ([], str(before))

    rig.made_at(1)

    assert [each.cursor for each in rig.host.asked] == [str(before)]


def test_nothing_is_lost_between_a_start_by_hand_and_the_services_notice_of_it() -> None:
    rig = rig_of(replace(EVERY, running_by_default=False))
    old = rig.make()
    rig.clock.advance(5)
    change_state(rig.store, sensor_key("every"), lambda state: started(state, rig.clock.now()), rig.clock.now())
    rig.clock.advance(1)
    rig.make()

    rig.at(7, Hint("states"), Hint("assets"))
    rig.at(7)

    assert [each.cursor for each in rig.host.asked] == [str(old)]


def test_a_sensor_of_every_event_that_was_off_goes_on_where_it_stopped() -> None:
    rig = rig_of(EVERY)
    first = rig.made_at(1)
    rig.answer_all(1.1, None, cursor=str(first))
    change_state(rig.store, sensor_key("every"), stopped, rig.clock.now())
    rig.at(3, Hint("states"))
    rig.made_at(4)
    assert rig.host.asked == []

    change_state(rig.store, sensor_key("every"), lambda state: started(state, rig.clock.now()), rig.clock.now())
    rig.at(6, Hint("states"))
    rig.at(6)

    assert [each.cursor for each in rig.host.asked] == [str(first)]


def test_several_assets_that_skip_are_asked_again_each_interval_while_something_is_new() -> None:
    rig = rig_of(BOTH)
    rig.made_at(1)
    rig.answer_all(1.1)
    assert rig.host.asked == []

    rig.at(31)
    rig.answer_all(31.1)
    rig.at(61)

    assert len(rig.host.asked) == 1


def test_several_assets_with_something_left_over_are_asked_again_after_their_interval() -> None:
    rig = rig_of(BOTH)
    first, second = rig.make(), rig.make()
    rig.at(1, Hint("assets"))

    rig.answer_all(1.1, None, cursor=f'{{"AssetKey([\'orders\'])": ["b", {second}, {{"a": {first}}}]}}')
    assert rig.host.asked == []
    rig.at(31)
    rig.answer_all(31.1, None, cursor=f'{{"AssetKey([\'orders\'])": ["b", {second}, {{}}]}}')
    rig.at(100)

    assert rig.host.asked == []
    assert len(rig.runs()) == 2


def test_several_assets_that_were_all_dealt_with_cost_nothing() -> None:
    rig = rig_of(BOTH)
    orders, users = rig.make(), rig.make(USERS)
    rig.at(1, Hint("assets"))

    rig.answer_all(1.1, None, cursor=f'{{"AssetKey([\'orders\'])": [null, {orders}, {{}}], '
                   f'"AssetKey([\'users\'])": [null, {users}, {{}}]}}')  # fmt: skip
    rig.at(100)

    assert rig.host.asked == []


def test_a_sensor_that_acts_and_keeps_its_cursor_is_not_asked_about_the_same_again() -> None:
    rig = rig_of(BOTH)
    rig.made_at(1)
    rig.answer_all(1.1, None)
    rig.at(100)
    assert rig.host.asked == []

    rig.made_at(101)

    assert len(rig.host.asked) == 1
    assert len(rig.runs()) == 1


@pytest.mark.parametrize("again", ["restart", "code"])
def test_what_a_sensor_acted_on_and_kept_its_cursor_is_not_asked_again_after_a_restart_or_reload(again: str) -> None:
    rig = rig_of(BOTH)
    made = rig.made_at(1)
    rig.answer_all(1.1, None)
    assert rig.state(sensor_key("both")).settled_to == made

    if again == "restart":
        rig.restart()
        rig.at(100, Hint("assets"))
    else:
        rig.at(100, location(replace(BOTH, description="another text")))
    rig.at(200, Hint("assets"))
    assert rig.host.asked == []

    rig.made_at(201, USERS)
    assert len(rig.host.asked) == 1


def test_what_was_made_before_a_sensor_looked_is_settled_with_what_woke_it() -> None:
    rig = rig_of(BOTH)
    rig.made_at(1)
    later = rig.make(USERS)

    rig.answer_all(1.1, None, seen_to=later)
    rig.at(100, Hint("assets"))

    assert rig.host.asked == []
    assert len(rig.runs()) == 1


def test_a_cursor_set_by_hand_asks_again_about_what_a_sensor_acted_on() -> None:
    rig = rig_of(BOTH)
    rig.made_at(1)
    rig.answer_all(1.1, None)

    change_state(rig.store, sensor_key("both"), lambda state: with_cursor(state, None), rig.clock.now())
    rig.at(40, Hint("states"))
    rig.at(40)

    assert len(rig.host.asked) == 1


def test_a_sensor_whose_tick_cannot_be_stored_is_asked_again() -> None:
    rig = rig_of(BOTH)
    rig.made_at(1)
    rig.answer_all(1.1, None, cursor="x" * (CURSOR_BYTES_MAX + 1))
    assert [tick.status for tick in rig.ticks(sensor_key("both"))] == [TickStatus.FAILURE]

    rig.at(40)

    assert len(rig.host.asked) == 1


def test_an_asset_that_was_wiped_before_it_was_told_of_is_asked_about_once() -> None:
    rig = rig_of(NEWEST)
    rig.made_at(1)
    rig.store.wipe_asset(ORDERS)
    rig.answer_all(2, skip_message="nothing new")

    rig.at(100, Hint("assets"))

    assert rig.host.asked == []


def test_a_cursor_set_back_by_hand_asks_again() -> None:
    rig = rig_of(NEWEST)
    made = rig.made_at(1)
    rig.answer_all(2, None, cursor=str(made))

    change_state(rig.store, sensor_key("newest"), lambda state: with_cursor(state, "0"), rig.clock.now())
    rig.at(40, Hint("states"))
    rig.at(40)

    assert [each.cursor for each in rig.host.asked] == ["0"]


@pytest.mark.parametrize("outcome", [Outcome.TIMED_OUT, Outcome.KILLED])
def test_several_that_ended_their_process_are_asked_about_one_at_a_time_up_to_the_last_of_them(
    outcome: Outcome,
) -> None:
    rig = rig_of(EVERY)
    made = [rig.make() for _ in range(3)]
    rig.at(1, Hint("assets"))
    rig.answer_all(1.1, outcome=outcome)
    later = rig.make()
    rig.at(1.2, Hint("assets"))
    assert rig.host.asked == []  # a failure waits for its interval

    alone = []
    for number, place in enumerate([*made, later]):
        rig.at(32 + number)
        rig.at(63 + number)
        alone.append(rig.host.asked[0].is_alone)
        rig.answer_all(63.1 + number, None, cursor=str(place))

    assert alone == [True, True, True, False]
    assert len(rig.runs()) == 4


def test_after_a_restart_a_sensor_that_ended_its_process_is_still_asked_about_one_alone() -> None:
    rig = rig_of(EVERY)
    rig.made_at(1)
    rig.answer_all(1.1, outcome=Outcome.KILLED)

    rig.restart()
    rig.at(40)
    rig.at(40)

    assert [each.is_alone for each in rig.host.asked] == [True]


def test_what_was_made_while_no_service_ran_is_told_after_the_start() -> None:
    rig = rig_of(EVERY)
    first = rig.made_at(1)
    rig.answer_all(1.1, None, cursor=str(first))
    rig.make()

    rig.restart()
    rig.at(2)
    assert rig.host.asked == []  # its interval holds across the restart
    rig.at(31)

    assert [each.cursor for each in rig.host.asked] == [str(first)]


@pytest.mark.parametrize("method", ["made_assets", "asset_states", "last_event_id"])
@pytest.mark.parametrize("at_call", [1, 2])
def test_a_locked_store_loses_no_materialization(method: str, at_call: int) -> None:
    rig = Sensors()
    rig.desk = replace(rig.desk, store=Locking(rig.store, method, at_call))
    rig.restart()
    rig.make()

    for seconds in (0, 0.1, 0.2):
        try:
            rig.at(seconds, Hint("assets"))
        except StoreLockedError:
            continue

    assert len(rig.host.asked) == 1


def test_a_sensor_that_watches_other_assets_in_new_code_is_woken_by_those() -> None:
    rig = rig_of(NEWEST)
    rig.at(1, location(replace(NEWEST, asset_keys=(USERS,))))
    rig.made_at(2)
    assert rig.host.asked == []

    rig.made_at(3, USERS)

    assert len(rig.host.asked) == 1


def test_ten_thousand_sensors_of_assets_wake_only_those_concerned() -> None:
    many = [replace(NEWEST, name=f"s{each}", asset_keys=(AssetKey(f"a{each}"),)) for each in range(10_000)]
    rig = rig_of(*many)

    rig.made_at(1, AssetKey("a77"))

    assert [each.name for each in rig.host.asked] == ["s77"]


def test_five_thousand_materializations_at_once_are_taken_in_by_one_step() -> None:
    rig = rig_of(EVERY)
    data = StepMaterializationData(AssetMaterialization(ORDERS))
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION, event_specific_data=data)
    ids = rig.store.append([EventLogEntry("", 1.0, dagster_event=event)] * 5_001)

    rig.at(1, Hint("assets"))
    place = ids[0] - 1
    evaluations = 0
    while rig.host.asked:
        place = min(place + 100, ids[-1])
        evaluations += 1
        rig.answer_all(1.1, cursor=str(place), skip_message="seen")

    assert (evaluations, place) == (51, ids[-1])


class CountingStore:
    """A store that counts what is asked of it, by the method's name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self._store, name)


def test_an_event_among_ten_thousand_sensors_costs_one_read_and_one_evaluation() -> None:
    many = [replace(NEWEST, name=f"s{each}", asset_keys=(AssetKey(f"a{each}"),)) for each in range(10_000)]
    rig = Sensors(snapshot=location(*many, replace(BOTH, asset_keys=(AssetKey("a77"), AssetKey("a78")))))
    counting = CountingStore(rig.store)
    rig.desk = replace(rig.desk, store=counting)  # type: ignore[arg-type]
    rig.restart()
    rig.at(0)
    counting.calls.clear()

    for tenth in range(1, 90):
        rig.at(tenth / 10, Hint("runs"))
    idle = counting.calls.copy()
    event_id = rig.made_at(9.1, AssetKey("a77"))
    woken = sorted(each.name for each in rig.host.asked)
    reads = counting.calls.copy()
    rig.at(9.2, *(answer(each, None, cursor=str(event_id)) for each in rig.host.take() if each.name == "s77"))
    rig.at(9.3, Hint("assets"))

    assert idle == {}
    assert woken == ["both", "s77"]
    assert reads == {"made_assets": 1}
    assert counting.calls - reads == {"commit_ticks": 1, "made_assets": 1}
    assert rig.host.asked == []


def test_after_the_clock_was_set_back_what_was_made_unheard_is_found() -> None:
    rig = Sensors()
    rig.at(0)
    rig.at(-3_600)
    rig.make()

    rig.at(-3_590)

    assert [each.name for each in rig.host.asked] == ["newest"]


# ------------------------------------------------- a materialization that always raises


def held_up(*, seconds: float, times: int) -> tuple[Sensors, int]:
    """A sensor of every event whose function raised so often for the first of two materializations."""
    rig = rig_of(EVERY)
    rig.at(0)
    first = rig.made_at(1)
    rig.make()
    for _ in range(times):
        rig.answer_all(seconds, outcome=Outcome.RAISED, event_ids=(first,))
        while not rig.host.asked:
            due_at = rig.at((rig.clock.now() - NOON).total_seconds())
            assert due_at is not None
            seconds = (due_at - NOON).total_seconds()
            rig.at(seconds)
    return rig, first


def began(rig: Sensors) -> list[float]:
    """When each tick began, in seconds after noon."""
    return [(tick.started_at - NOON).total_seconds() for tick in rig.ticks(sensor_key("every"))]


def test_one_that_always_raises_is_asked_about_after_growing_pauses_and_each_time_its_tick_fails() -> None:
    rig, first = held_up(seconds=1, times=8)

    ticks = rig.ticks(sensor_key("every"))

    pauses = [later - earlier for earlier, later in zip(began(rig), began(rig)[1:], strict=False)]
    assert pauses == [30, 60, 120, 240, 480, 600, 600]
    assert [(tick.status, tick.event_ids) for tick in ticks] == [(TickStatus.FAILURE, (first,))] * 8
    state = rig.store.automation_state(sensor_key("every"))
    assert state is not None
    assert (state.failures_in_row, state.quarantine_reason) == (0, None)


def test_it_is_told_loudly_with_the_way_past_it(caplog: pytest.LogCaptureFixture) -> None:
    rig, first = held_up(seconds=1, times=2)

    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]

    assert len(told) == 2
    assert f"sensor 'every' is held up by materialization {first}" in told[0]
    assert "2 times in a row; it is asked again 1 min 0 s later" in told[1]
    assert f"`watchbell sensor cursor every --set {first}` passes over it" in told[1]
    assert rig.host.asked


def test_more_materializations_do_not_shorten_the_pause() -> None:
    rig, _ = held_up(seconds=1, times=3)
    rig.answer_all((rig.clock.now() - NOON).total_seconds(), outcome=Outcome.RAISED, event_ids=(1,))
    now = (rig.clock.now() - NOON).total_seconds()

    rig.made_at(now + 100)

    assert rig.host.asked == []


def test_when_it_succeeds_the_rest_follows_without_a_pause() -> None:
    rig, first = held_up(seconds=1, times=5)
    now = (rig.clock.now() - NOON).total_seconds()

    rig.answer_all(now + 1, None, cursor=str(first), event_ids=(first,))

    assert [each.cursor for each in rig.host.asked] == [str(first)]


@pytest.mark.parametrize("what", ["cursor", "code", "start"])
def test_new_code_and_a_hand_end_the_pause(what: str) -> None:
    rig, first = held_up(seconds=1, times=6)
    now = (rig.clock.now() - NOON).total_seconds()
    rig.answer_all(now + 0.5, outcome=Outcome.RAISED, event_ids=(first,))
    assert rig.host.asked == []

    if what == "code":
        rig.at(now + 40, location(EVERY))
    else:
        change = with_cursor if what == "cursor" else None
        key = sensor_key("every")
        change_state(
            rig.store,
            key,
            (lambda state: change(state, str(first))) if change else (lambda state: started(stopped(state), NOON)),
            rig.clock.now(),
        )
        rig.at(now + 40, Hint("states"))

    assert [each.cursor for each in rig.host.asked] == [str(first) if what == "cursor" else str(first - 1)]


def test_somebody_elses_state_does_not_end_the_pause() -> None:
    rig, first = held_up(seconds=1, times=6)
    now = (rig.clock.now() - NOON).total_seconds()
    rig.answer_all(now + 0.5, outcome=Outcome.RAISED, event_ids=(first,))

    rig.at(now + 40, Hint("states"))

    assert rig.host.asked == []


def test_a_sensor_of_the_newest_is_asked_each_interval_though_it_raises() -> None:
    rig = rig_of(NEWEST)
    first = rig.made_at(1)
    for seconds in (1, 31, 61, 91):
        rig.at(seconds)
        assert len(rig.host.asked) == 1
        rig.answer_all(seconds, outcome=Outcome.RAISED, event_ids=(first,))

    assert len(rig.ticks(sensor_key("newest"))) == 4
