"""Pauses end by themselves, and what was missed meanwhile is dealt with by the rules for that."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.services.fakes import NOON, every_minute, memory_store, schedule_key, sensor, sensor_key
from tests.services.test_schedules import Schedules
from watchbell.automate.switch import paused, resumed, started
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.automation_policy import AutomationPolicy, Catchup
from watchbell.record.tick import AutomationState, AutomationStatus, TickStatus
from watchbell.services.loop import Hint
from watchbell.services.pauses import PausesLoop
from watchbell.services.switch import change_state
from watchbell.services.switching import Wish, missed_of, switch

KEY = schedule_key("every_minute")
UNTIL = NOON + timedelta(minutes=10)


def hold(store, key=KEY, until=UNTIL) -> AutomationState:
    before = store.automation_state(key) or AutomationState(key)
    stored = store.put_state(before, paused(started(before, NOON), until, "moving", NOON), NOON)
    assert stored is not None
    return stored


def test_a_pause_ends_when_its_time_has_come() -> None:
    store = memory_store()
    hold(store)
    loop = PausesLoop(store)

    assert loop.step(NOON, []) == NOON + timedelta(seconds=60)
    assert store.automation_state(KEY).paused_until == UNTIL

    loop.step(UNTIL, [])

    state = store.automation_state(KEY)
    assert (state.paused_until, state.pause_reason, state.effective_at) == (None, None, NOON)


def test_it_wakes_at_the_end_of_a_pause() -> None:
    store = memory_store()
    hold(store, until=NOON + timedelta(seconds=7))

    assert PausesLoop(store).step(NOON, []) == NOON + timedelta(seconds=7)


def test_one_that_ended_while_no_service_worked_ends_at_once() -> None:
    store = memory_store()
    hold(store)

    PausesLoop(store).step(UNTIL + timedelta(days=3), [])

    assert store.paused_states() == []


def test_a_pause_that_was_made_longer_meanwhile_goes_on() -> None:
    store = memory_store()
    seen = hold(store)
    loop = PausesLoop(store)
    loop.step(NOON, [])
    store.put_state(seen, replace(seen, paused_until=UNTIL + timedelta(hours=1)), NOON)

    loop.step(UNTIL, [])

    assert store.automation_state(KEY).paused_until == UNTIL + timedelta(hours=1)


def test_a_hint_has_it_look_again() -> None:
    store = memory_store()
    loop = PausesLoop(store)
    loop.step(NOON, [])
    hold(store, until=NOON + timedelta(seconds=5))

    assert loop.step(NOON + timedelta(seconds=1), [Hint("states")]) == NOON + timedelta(seconds=5)


@pytest.mark.parametrize("until", [NOON, NOON - timedelta(seconds=1), NOON + timedelta(days=400)])
def test_a_pause_ends_after_the_present_and_within_a_year(until) -> None:
    with pytest.raises(ParameterCheckError, match="a pause ends after the present"):
        paused(AutomationState(KEY), until, "", NOON)


def test_what_is_on_by_its_code_alone_keeps_its_place_while_it_is_paused() -> None:
    state = AutomationState(KEY, effective_at=NOON, last_tick_at=NOON)

    held = paused(state, UNTIL, "", NOON)

    assert resumed(held) == state


@pytest.mark.parametrize(
    ("catchup", "runs"), [(Catchup.DEFAULT, 5), (Catchup.NONE, 0), (Catchup.LATEST, 1), (Catchup.ALL, 10)]
)
def test_what_was_missed_is_counted_with_what_the_policy_runs(catchup: Catchup, runs: int) -> None:
    store = memory_store()
    state = hold(store, until=NOON + timedelta(hours=1))
    schedule = every_minute(policy=AutomationPolicy(catchup=catchup))

    found = missed_of(schedule, state, NOON + timedelta(minutes=10, seconds=90), 5)

    assert found is not None
    assert (found.count, found.is_more) == (11, False)
    assert found.by_policy in {runs, runs + 1}  # what is at most a minute late runs in any case


@pytest.mark.parametrize(("catch_up", "left_out"), [("none", 10), ("latest", 9), ("policy", 0)])
def test_what_is_left_out_is_written_down_as_missed(catch_up, left_out: int) -> None:
    store = memory_store()
    hold(store, until=NOON + timedelta(hours=1))
    wish = Wish("resume", catch_up=catch_up)

    switch(store, every_minute(), KEY, wish, NOON + timedelta(minutes=10))

    assert len(store.ticks(KEY, statuses=[TickStatus.MISSED])) == left_out
    assert store.paused_states() == []


def test_turning_off_ends_a_pause_and_turning_on_does_too() -> None:
    store = memory_store()
    hold(store)

    switch(store, every_minute(), KEY, Wish("on"), NOON)
    assert store.automation_state(KEY).paused_until is None

    hold(store)
    switch(store, every_minute(), KEY, Wish("off"), NOON)

    state = store.automation_state(KEY)
    assert (state.status, state.paused_until) == (AutomationStatus.STOPPED, None)


def test_what_is_off_is_not_paused() -> None:
    store = memory_store()
    key = sensor_key("files")
    wish = Wish("pause", until=UNTIL)

    done = switch(store, sensor(running_by_default=False), key, wish, NOON)

    assert (done.is_changed, done.text) == (False, "it is off, so that there is nothing to pause")


def test_a_sensor_goes_on_where_it_stopped() -> None:
    store = memory_store()
    key = sensor_key("files")
    before = AutomationState(key, AutomationStatus.RUNNING, cursor="7", effective_at=NOON)
    store.put_state(AutomationState(key), before, NOON)

    switch(store, sensor(), key, Wish("pause", until=UNTIL), NOON)
    switch(store, sensor(), key, Wish("resume"), NOON)

    state = store.automation_state(key)
    assert (state.cursor, state.effective_at, state.status) == ("7", NOON, AutomationStatus.RUNNING)


def test_a_schedule_is_not_asked_while_it_is_paused_and_catches_up_afterwards() -> None:
    rig = Schedules()
    rig.at(0.5)
    changed(rig, lambda state: paused(state, NOON + timedelta(minutes=5, seconds=30), "moving", rig.clock.now()))

    for minute in range(1, 6):
        rig.at(minute, Hint("states"))
    assert rig.host.take() == []

    PausesLoop(rig.desk.store).step(NOON + timedelta(minutes=5, seconds=30), [])
    rig.at(5.6, Hint("states"))
    rig.settle(5.6)

    taken = sorted(each.tick_at for each in rig.ticks(KEY))
    assert taken == [NOON + timedelta(minutes=minute) for minute in range(1, 6)]


def test_a_restart_does_not_end_a_pause() -> None:
    rig = Schedules()
    rig.at(0.5)
    changed(rig, lambda state: paused(state, NOON + timedelta(hours=1), "", rig.clock.now()))

    rig.restart()
    rig.at(3)

    assert rig.host.take() == []


def changed(rig: Schedules, change) -> None:
    change_state(rig.desk.store, KEY, change, rig.clock.now())


def off_since(store, minutes: float, **fields: object) -> AutomationState:
    """A schedule that was on, ticked at noon, and was turned off so many minutes after."""
    on = AutomationState(KEY, AutomationStatus.RUNNING, effective_at=NOON, last_tick_at=NOON, **fields)
    stored = store.put_state(AutomationState(KEY), on, NOON)
    switch(store, every_minute(), KEY, Wish("off"), NOON + timedelta(minutes=minutes))
    assert stored is not None
    return store.automation_state(KEY)


def test_what_a_schedule_missed_while_it_was_off_is_counted_since_it_was_turned_off() -> None:
    store = memory_store()
    state = off_since(store, 3.5)

    found = missed_of(every_minute(), state, NOON + timedelta(minutes=10), 5)

    assert found is not None
    assert (found.count, found.by_policy) == (7, 5)


def test_one_that_was_never_on_or_has_other_times_now_missed_nothing() -> None:
    store = memory_store()
    late = NOON + timedelta(minutes=10)

    assert missed_of(every_minute(), AutomationState(KEY), late, 5) is None
    assert missed_of(every_minute(), off_since(store, 3, spec="other times"), late, 5) is None


@pytest.mark.parametrize(
    ("catch_up", "effective", "left_out"),
    [(None, 10, 0), ("none", 10, 0), ("latest", 3.5, 6), ("policy", 3.5, 0)],
)
def test_one_that_is_turned_on_owes_what_is_said(catch_up, effective: float, left_out: int) -> None:
    store = memory_store()
    off_since(store, 3.5)
    now = NOON + timedelta(minutes=10)

    done = switch(store, every_minute(), KEY, Wish("on", catch_up=catch_up), now, max_catchup_runs=5)

    state = store.automation_state(KEY)
    assert (done.is_changed, done.missed is not None) == (True, True)
    assert (state.status, state.effective_at) == (AutomationStatus.RUNNING, NOON + timedelta(minutes=effective))
    assert len(store.ticks(KEY, statuses=[TickStatus.MISSED])) == left_out
    if left_out:
        assert state.last_tick_at == now - timedelta(minutes=1)


def test_a_schedule_that_is_turned_on_runs_the_latest_time_alone() -> None:
    rig = Schedules()
    rig.at(0.5)
    changed(rig, lambda state: replace(state, status=AutomationStatus.STOPPED, effective_at=None))
    rig.at(5.5, Hint("states"))

    switch(rig.desk.store, every_minute(), KEY, Wish("on", catch_up="latest"), rig.clock.now())
    rig.at(5.6, Hint("states"))
    rig.settle(5.6)

    ran = [each.tick_at for each in rig.ticks(KEY) if each.status is not TickStatus.MISSED]
    assert ran == [NOON + timedelta(minutes=5)]
