"""Wrong answers, live: each has one failed tick that says what is wrong and where, and nothing of it is committed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.bad_answers import CASES, definitions
from tests.faults.rig import Rig
from watchbell.record.settings import Settings
from watchbell.record.tick import AutomationState, Tick, TickStatus

STEP_SECONDS = 20.0
MESSAGE_CHARS_MAX = 30_000


@dataclass(frozen=True)
class Seen:
    """What stands in the store after every wrong answer was given, and after each was mended.

    Args:
        ticks: of each automation, oldest first.
        states: where each stands.
        rows: rows in tables that a wrong answer must not reach (count).
        mended: the newest tick of each, once all answer as they should.
        mended_states: where each stands then.
    """

    ticks: dict[str, list[Tick]]
    states: dict[str, AutomationState]
    rows: dict[str, int]
    mended: dict[str, Tick]
    mended_states: dict[str, AutomationState]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """All cases at once in one service: a wrong answer costs a tick, not a process."""
    folder = tmp_path_factory.mktemp("bad_answers")
    flag = folder / "mended"
    with Rig(folder, definitions(flag), Settings()) as rig:
        rig.next_minute()
        tick_all(rig)
        ticks = {name: taken(rig.ticks(name)) for name in CASES}
        states = {name: rig.state(name) for name in CASES}
        rows = rows_in(folder / "home")
        flag.touch()
        tick_all(rig)
        tick_all(rig)  # one that was on its way saw no flag yet
        mended = {name: good[-1] for name in CASES if (good := succeeded(rig.ticks(name)))}
        yield Seen(ticks, states, rows, mended, {name: rig.state(name) for name in CASES})


def tick_all(rig: Rig) -> None:
    """Lets time pass until every automation was asked once more."""
    since = rig.clock.now()

    def is_done() -> bool:
        rig.clock.advance(STEP_SECONDS)
        return rig.have_ticked(list(CASES), since)

    rig.until(is_done, "a tick of everyone")


def taken(ticks: list[Tick]) -> list[Tick]:
    """Without the times that passed too quickly here."""
    return [tick for tick in ticks if tick.status is not TickStatus.MISSED]


def succeeded(ticks: list[Tick]) -> list[Tick]:
    return [tick for tick in ticks if tick.status is TickStatus.SUCCESS]


def rows_in(home: Path) -> dict[str, int]:
    """How many rows the tables have that answers write to."""
    [file] = home.rglob("*.db")
    with sqlite3.connect(file) as connection:
        names = ("runs", "run_keys", "events", "dynamic_partitions", "asset_state")
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


def wrong_of(name: str, ticks: list[Tick]) -> str | None:
    """What is not as it should be in what the ticks of a wrong answer say; None: nothing."""
    row, error = CASES[name], ticks[0].error
    if {TickStatus.FAILURE} != {tick.status for tick in ticks} or error is None:
        return f"{[tick.status for tick in ticks]}, error {error}"
    text = error.to_string()
    missing = [word for word in row.words if word not in text]
    if missing or row.cls_name not in (None, error.root.cls_name):
        return f"missing {missing}, {error.root.cls_name}: {text[:1_000]}"
    return None if len(text) < MESSAGE_CHARS_MAX else f"{len(text)} letters"


def test_each_tick_says_what_was_wrong(seen: Seen) -> None:
    assert len(CASES) > 150
    assert {name: wrong for name in CASES if (wrong := wrong_of(name, seen.ticks[name]))} == {}


def test_nothing_of_the_answers_is_kept(seen: Seen) -> None:
    kept = {}
    for name, state in seen.states.items():
        found = {(tick.run_ids, tick.run_keys, tick.cursor) for tick in seen.ticks[name]}
        kept[name] = (found, state.cursor, state.last_run_key, state.failures_in_row, state.quarantine_reason)

    nothing = ({((), (), None)}, None, None, 0, None)
    assert {name: what for name, what in kept.items() if what != nothing} == {}


def test_no_run_no_key_no_event_and_no_partition_is_stored(seen: Seen) -> None:
    assert dict.fromkeys(seen.rows, 0) == seen.rows


def test_the_same_key_makes_a_run_once_the_answer_is_right(seen: Seen) -> None:
    assert [name for name in CASES if name not in seen.mended] == [], "a good answer, and no good tick"
    found = {
        name: (tick.run_keys, len(tick.run_ids), seen.mended_states[name].cursor) for name, tick in seen.mended.items()
    }

    expected = {name: (("k",), 1, "moved" if name.startswith("sensor") else None) for name in CASES}
    assert {name: what for name, what in found.items() if what != expected[name]} == {}


def test_every_error_that_stands_at_a_line_of_the_user_names_it(seen: Seen) -> None:
    """What user code raises, and what it builds wrongly, shows the line; the rest names the automation."""
    silent = []
    for name, ticks in seen.ticks.items():
        error = ticks[0].error
        assert error is not None
        text = error.to_string()
        if "definitions.py" not in text and name not in text:
            silent.append((name, text[:300]))

    assert silent == []
