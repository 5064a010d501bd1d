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


@pytest.mark.parametrize("name", CASES)
def test_the_tick_says_what_was_wrong(seen: Seen, name: str) -> None:
    row, tick = CASES[name].row, seen.ticks[name][0]

    assert tick.status is TickStatus.FAILURE
    assert tick.error is not None
    text = tick.error.to_string()
    assert [word for word in row.words if word not in text] == [], text[:1_000]
    assert row.cls_name in (None, tick.error.root.cls_name), text[:1_000]
    assert "definitions.py" in text or name in text
    assert len(text) < MESSAGE_CHARS_MAX


@pytest.mark.parametrize("name", CASES)
def test_nothing_of_the_answer_is_kept(seen: Seen, name: str) -> None:
    tick, state = seen.ticks[name][0], seen.states[name]

    assert (tick.run_ids, tick.run_keys, tick.effects) == ((), (), None)
    assert (state.failures_in_row, state.quarantine_reason) == (0, None)


@pytest.mark.parametrize("name", OF_ASSETS)
def test_a_sensor_of_assets_stays_where_it_was_and_is_asked_again(seen: Seen, name: str) -> None:
    assert seen.states[name].cursor == seen.begun[name].cursor
    assert (seen.mended[name].run_keys, len(seen.mended[name].run_ids)) == (("k",), 1)


@pytest.mark.parametrize("name", OF_RUNS)
def test_a_sensor_of_runs_goes_on_and_the_other_event_is_unharmed(seen: Seen, name: str) -> None:
    _, other = seen.ticks[name]

    assert (other.status, other.run_keys, len(other.run_ids)) == (TickStatus.SUCCESS, ("k",), 1)
    assert seen.states[name].cursor == str(seen.last_event_of[CASES[name].kind])


def test_only_the_good_answers_about_runs_are_stored(seen: Seen) -> None:
    seeds, good = 4, len(OF_RUNS)

    assert (seen.rows["runs"], seen.rows["run_keys"]) == (seeds + good, good)
    assert (seen.rows["dynamic_partitions"], seen.rows["asset_state"]) == (0, 1)
