"""Wrong answers of sensors of events, live: a failed tick that says what is wrong, and no other event is harmed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.faults.bad_event_answers import CASES, definitions
from tests.faults.rig import LOCATION, Rig
from tests.faults.test_bad_answers import MESSAGE_CHARS_MAX, rows_in
from watchbell.record.event import DagsterEvent, DagsterEventType, EventLogEntry
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.run import DagsterRun, DagsterRunStatus
from watchbell.record.settings import Settings
from watchbell.record.tick import AutomationState, Tick, TickStatus

STEP_SECONDS = 20.0
ALL_SECONDS = 120.0
OF_RUNS = [name for name, case in CASES.items() if case.is_of_runs]
OF_ASSETS = [name for name, case in CASES.items() if not case.is_of_runs]


@dataclass(frozen=True)
class Seen:
    """What stands in the store after every wrong answer was given, and after each was mended.

    Args:
        ticks: of each sensor, oldest first.
        states: where each stands.
        begun: where each stood before anything happened.
        rows: rows in tables that a wrong answer must not reach (count).
        mended: the newest good tick of each sensor of assets, once all answer as they should.
        last_event_of: of failures and successes of runs, the number of the newest.
    """

    ticks: dict[str, list[Tick]]
    states: dict[str, AutomationState]
    begun: dict[str, AutomationState]
    rows: dict[str, int]
    mended: dict[str, Tick]
    last_event_of: dict[str, int]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """All cases at once in one service."""
    folder = tmp_path_factory.mktemp("bad_event_answers")
    flag = folder / "mended"
    with Rig(folder, definitions(flag), Settings()) as rig:
        rig.until(lambda: all(rig.state(name).cursor is not None for name in OF_RUNS), "a place to begin")
        begun = {name: rig.state(name) for name in CASES}
        last_event_of = {
            "status": happened(rig, DagsterEventType.RUN_SUCCESS),
            "failure": happened(rig, DagsterEventType.RUN_FAILURE),
        }
        rig.instance.report_runless_asset_event(AssetMaterialization("trigger"))
        wanted = {name: 2 if CASES[name].is_of_runs else 1 for name in CASES}
        rig.clock.advance(STEP_SECONDS)
        rig.until(lambda: all_ticked(rig, wanted), "a tick for every event", ALL_SECONDS)
        ticks = {name: rig.ticks(name) for name in CASES}
        states = {name: rig.state(name) for name in CASES}
        rows = rows_in(folder / "home")
        flag.touch()
        rig.clock.advance(700)
        rig.until(lambda: all(good_ticks(rig, name) for name in OF_ASSETS), "a good tick of everyone", ALL_SECONDS)
        mended = {name: good_ticks(rig, name)[-1] for name in OF_ASSETS}
        yield Seen(ticks, states, begun, rows, mended, last_event_of)


def happened(rig: Rig, event_type: DagsterEventType) -> int:
    """Two runs come to an end; the number of the second event."""
    runs = [
        DagsterRun(
            "elsewhere",
            f"{event_type.value}-{each}",
            status=DagsterRunStatus.STARTED,
            location_name=LOCATION,
            tags=tags,
        )
        for each, tags in enumerate(({}, {"good": "yes"}))
    ]
    rig.store.add_runs(runs, rig.clock.now())
    at = rig.clock.now().timestamp()
    events = [EventLogEntry(run.run_id, at, dagster_event=DagsterEvent(event_type)) for run in runs]
    return [rig.store.append([event])[0] for event in events][-1]


def all_ticked(rig: Rig, wanted: dict[str, int]) -> bool:
    ticked = {each.key.name for each in rig.store.automation_states(LOCATION) if each.last_tick_at is not None}
    return wanted.keys() <= ticked and all(len(rig.ticks(name)) >= count for name, count in wanted.items())


def good_ticks(rig: Rig, name: str) -> list[Tick]:
    return [tick for tick in rig.ticks(name) if tick.status is TickStatus.SUCCESS]


def wrong_of(name: str, tick: Tick) -> str | None:
    """What is not as it should be in what the tick of a wrong answer says; None: nothing."""
    row, error = CASES[name].row, tick.error
    if tick.status is not TickStatus.FAILURE or error is None:
        return f"{tick.status}, error {error}"
    text = error.to_string()
    missing = [word for word in row.words if word not in text]
    if missing or row.cls_name not in (None, error.root.cls_name):
        return f"missing {missing}, {error.root.cls_name}: {text[:1_000]}"
    if "definitions.py" not in text and name not in text:
        return f"it names neither the place nor the sensor: {text[:1_000]}"
    return None if len(text) < MESSAGE_CHARS_MAX else f"{len(text)} letters"


def test_each_tick_says_what_was_wrong(seen: Seen) -> None:
    assert len(CASES) > 800
    assert {name: wrong for name in CASES if (wrong := wrong_of(name, seen.ticks[name][0]))} == {}


def test_nothing_of_the_answers_is_kept(seen: Seen) -> None:
    kept = {}
    for name in CASES:
        tick, state = seen.ticks[name][0], seen.states[name]
        kept[name] = (tick.run_ids, tick.run_keys, tick.effects, state.failures_in_row, state.quarantine_reason)

    nothing = ((), (), None, 0, None)
    assert {name: what for name, what in kept.items() if what != nothing} == {}


def test_sensors_of_assets_stay_where_they_were_and_are_asked_again(seen: Seen) -> None:
    moved = {name for name in OF_ASSETS if seen.states[name].cursor != seen.begun[name].cursor}
    asked = {name: (seen.mended[name].run_keys, len(seen.mended[name].run_ids)) for name in OF_ASSETS}

    assert moved == set()
    assert {name: what for name, what in asked.items() if what != (("k",), 1)} == {}


def test_sensors_of_runs_go_on_and_the_other_event_is_unharmed(seen: Seen) -> None:
    found = {}
    for name in OF_RUNS:
        _, other = seen.ticks[name]
        at_newest = seen.states[name].cursor == str(seen.last_event_of[CASES[name].kind])
        found[name] = (other.status, other.run_keys, len(other.run_ids), at_newest)

    unharmed = (TickStatus.SUCCESS, ("k",), 1, True)
    assert {name: what for name, what in found.items() if what != unharmed} == {}


def test_only_the_good_answers_about_runs_are_stored(seen: Seen) -> None:
    seeds, good = 4, len(OF_RUNS)

    assert (seen.rows["runs"], seen.rows["run_keys"]) == (seeds + good, good)
    assert (seen.rows["dynamic_partitions"], seen.rows["asset_state"]) == (0, 1)
