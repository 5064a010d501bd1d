"""Conditions of somebody's own that fail, live: each fails alone, is told by name, and leaves nothing in the store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.rig import Rig
from watchbell.record.settings import Settings
from watchbell.record.tick import Tick, TickStatus

SENSOR = "sensor_of_conditions"
MESSAGE_CHARS_MAX = 30_000
WRONG = {
    "nothing": ("return None", "returned None (NoneType)"),
    "truth": ("return True", "returned True (bool)"),
    "raises": ("raise LookupError('no catalogue')", "raised LookupError: no catalogue"),
    "mute": ("raise Mute", "raised Mute whose text raises ValueError"),
    "endless": ("raise ValueError('x' * 5_000_000)", "raised ValueError: xxx"),
    "half_character": ("raise ValueError('a\\ud800b\\0c')", "raised ValueError: a"),
    "deep": ("return self.evaluate(context)", "raised RecursionError"),
    "leaves": ("sys.exit(3)", "raised SystemExit: 3"),
    "bad_cursor": ("return AutomationResult(context, every, cursor='a\\ud800')", "cursor= holds the character"),
    "long_cursor": ("return AutomationResult(context, every, cursor='x' * 1_000_001)", "at most 1,000,000"),
    "number_cursor": ("return AutomationResult(context, every, cursor=5)", "cursor= is text, not 5"),
    "bad_metadata": ("return AutomationResult(context, every, metadata=5)", "metadata= is a mapping"),
    "keys": ("return AutomationResult(context, {'a'})", "true_subset= is a set such as context.candidate_subset"),
    "of_another": (
        "return AutomationResult(context, context.asset_graph_view.get_full_subset(key=AssetKey('good')))",
        "returned partitions of 'good'",
    ),
    "unknown": (
        "return AutomationResult(context, context.asset_graph_view.get_full_subset(key=AssetKey('goo')))",
        "did you mean 'good'?",
    ),
    "stranger": ("return AutomationResult(context, every | 5)", "raised TypeError"),
}
_HEAD = """
import sys
from pathlib import Path
from watchbell import *

LETTERS = StaticPartitionsDefinition(["a", "b"])
MENDED = Path({flag!r})


class Mute(Exception):
    def __str__(self):
        raise ValueError("mute")


@asset(automation_condition=AutomationCondition.missing())
def good(): ...


of_conditions = AutomationConditionSensorDefinition(
    {sensor!r}, target=AssetSelection.all(), default_status=DefaultSensorStatus.RUNNING
)
made = [good]
"""
_ONE = """

class C_{name}(AutomationCondition):
    def evaluate(self, context):
        every = context.candidate_subset
        if MENDED.exists():
            return AutomationResult(context, every, cursor="mended")
        {body}


@asset(name={name!r}, automation_condition=C_{name}(), partitions_def=LETTERS)
def asset_{name}(): ...


made.append(asset_{name})
"""


def definitions(flag: Path) -> str:
    """A file with an asset for each failure; when ``flag`` is there, they all answer as they should."""
    ones = [_ONE.format(name=name, body=body) for name, (body, _) in WRONG.items()]
    return (
        _HEAD.format(flag=str(flag), sensor=SENSOR)
        + "".join(ones)
        + ("\ndefs = Definitions(assets=made, sensors=[of_conditions])\n")
    )


@dataclass(frozen=True)
class Seen:
    """What stands in the store while conditions fail, and after each was mended.

    Args:
        ticks: of the sensor, oldest first.
        evaluated: whose evaluations are stored.
        remembered: whose states are stored.
        asked: what runs are to make.
        mended: what runs are to make in the end.
    """

    ticks: list[Tick]
    evaluated: set[str]
    remembered: set[str]
    asked: set[str]
    mended: set[str]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """All at once in one service."""
    folder = tmp_path_factory.mktemp("failing_conditions")
    flag = folder / "mended"
    with Rig(folder, definitions(flag), Settings()) as rig:
        rig.next_minute()
        rig.until(lambda: bool(rig.ticks(SENSOR)), "a first tick")
        for _ in range(3):
            rig.next_minute()
            rig.step(0.2)
        ticks, asked = rig.ticks(SENSOR), asked_for(rig)
        evaluated, remembered = (names_in(folder / "home", f"condition_{each}") for each in ("evaluations", "states"))
        flag.touch()

        def is_mended() -> bool:
            rig.clock.advance(30)
            return asked_for(rig) >= WRONG.keys()

        rig.until(is_mended, "runs of all")
        yield Seen(ticks, evaluated, remembered, asked, asked_for(rig))


def asked_for(rig: Rig) -> set[str]:
    return {key.to_user_string() for run in rig.instance.get_runs() for key in run.asset_selection or ()}


def names_in(home: Path, table: str) -> set[str]:
    [file] = home.rglob("*.db")
    with sqlite3.connect(file) as connection:
        return {row[0] for row in connection.execute(f"SELECT entity FROM {table}")}


@pytest.mark.parametrize("name", WRONG)
def test_each_failure_is_told_by_the_name_of_its_asset(seen: Seen, name: str) -> None:
    lines = [line.message for tick in seen.ticks for line in tick.log if f"of {name} " in line.message]

    assert lines, seen.ticks
    assert WRONG[name][1] in lines[0]
    assert f"(C_{name}.evaluate) of '{name}'" in lines[0]
    assert len(lines[0]) < MESSAGE_CHARS_MAX


def test_it_holds_up_nobody_else(seen: Seen) -> None:
    assert {TickStatus.SUCCESS, TickStatus.SKIPPED} >= {tick.status for tick in seen.ticks}
    assert {"good"} == seen.asked


def test_nothing_of_it_is_kept(seen: Seen) -> None:
    assert seen.evaluated <= {"good"}
    assert seen.remembered <= {"good"}


def test_once_mended_each_is_asked_for(seen: Seen) -> None:
    assert {"good", *WRONG} == seen.mended
