"""What is tortured, and what holds of every schedule and sensor: their ticks, one after the other."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.query import EventQuery
from watchbell.record.run import DagsterRun, RunsFilter
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick, TickStatus

SCHEDULE_TAG, SENSOR_TAG = "dagster/schedule_name", "dagster/sensor_name"
READ_MAX = 1_000


@dataclass
class Report:
    """What came of it.

    Args:
        seed: of the moments.
        seconds: how long it took.
        kills: how often the service was killed.
        other_kills: how often other processes were, by what they do.
        fed: what the torturer did meanwhile to be noticed, by kind.
        events: what had to have an effect, by automation.
        effects: the effects that were found, by automation.
        calls: how often the function of a run status sensor was called.
        calls_repeated: of these, for a run that it had been called for before.
        batch_max: most events in one evaluation of a run status sensor.
        ticks: ticks that exist in the end, by status.
        runs: runs that exist in the end.
        violations: every invariant that does not hold, as a sentence.
    """

    seed: int
    seconds: float = 0
    kills: int = 0
    other_kills: dict[str, int] = field(default_factory=dict)
    fed: dict[str, int] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)
    effects: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    calls_repeated: int = 0
    batch_max: int = 0
    ticks: dict[str, int] = field(default_factory=dict)
    runs: int = 0
    violations: list[str] = field(default_factory=list)

    def say(self, name: str, text: str) -> None:
        """A violation."""
        self.violations.append(f"{name}: {text}")

    def compare(self, name: str, wanted: Iterable[str], found: Sequence[str]) -> None:
        """Every event has its effect, and one only."""
        expected = set(wanted)
        self.events[name], self.effects[name] = len(expected), len(found)
        twice = sorted({each for each in found if found.count(each) > 1})
        lost, invented = sorted(expected - set(found)), sorted(set(found) - expected)
        for text, those in (("without an effect", lost), ("with two", twice), ("never asked for", invented)):
            if those:
                self.say(name, f"{len(those)} {text}: {those[:10]}")


class Subject(Protocol):
    """Some schedules or sensors, what makes them act, and how one sees that they acted right."""

    name: str
    begins: Sequence[str]
    """Automations that have to have begun, and stored where, before it can be fed."""

    def prepare(self, instance: DagsterInstance, kills: int) -> None:
        """Called once, while no service lives and all states are stored; work for so many kills."""

    def feed(self, instance: DagsterInstance, moments: random.Random, report: Report) -> None:
        """Makes something happen."""

    def is_quiet(self, instance: DagsterInstance) -> bool:
        """Whether nothing is owed; runs and events are seen to by others."""

    def check(self, instance: DagsterInstance, folder: Path, report: Report) -> None:
        """Writes every violation into the report."""


def states_of(instance: DagsterInstance, kind: AutomationKind) -> Mapping[str, AutomationState]:
    """The stored states by name."""
    return {each.key.name: each for each in instance.store.automation_states() if each.key.kind is kind}


def ticks_of(instance: DagsterInstance, key: AutomationKey) -> list[Tick]:
    """All its ticks in the order in which they were stored."""
    return list(reversed(instance.store.ticks(key)))


def runs_of(instance: DagsterInstance, tag: str, name: str) -> list[DagsterRun]:
    """The runs a schedule or sensor asked for, in the order in which they were stored; no retries."""
    records = instance.get_run_records(RunsFilter(tags={tag: name}), ascending=True)
    return [each.dagster_run for each in records if each.dagster_run.parent_run_id is None]


def events_of(
    instance: DagsterInstance, kinds: Iterable[DagsterEventType], key: AssetKey | None = None
) -> list[EventLogEntry]:
    """All events of these kinds in the order of the log."""
    found: list[EventLogEntry] = []
    while True:
        after = found[-1].storage_id if found else None
        query = EventQuery(types=frozenset(kinds), asset_key=key, after_id=after, limit=READ_MAX)
        page = instance.events(query)
        found += page
        if len(page) < READ_MAX:
            return found


def check_cursors(name: str, state: AutomationState, ticks: Sequence[Tick], report: Report) -> None:
    """A cursor that is a number never goes back, and a tick that failed leaves it where it was."""
    last: int | None = None
    for tick in ticks:
        if tick.cursor is None:
            continue
        cursor = int(tick.cursor)
        if last is not None and cursor < last:
            report.say(name, f"its cursor went back from {last} to {cursor}")
        last = cursor
    if last is not None and int(state.cursor or 0) < last:
        report.say(name, f"its cursor is {state.cursor}, that of its last tick {last}")


def check_failures(name: str, ticks: Sequence[Tick], report: Report) -> None:
    """No tick failed for another reason than that its process was killed."""
    for tick in ticks:
        report.ticks[tick.status.value] = report.ticks.get(tick.status.value, 0) + 1
        if tick.status is TickStatus.FAILURE:
            text = tick.error.message if tick.error is not None else ""
            if "SIGKILL" not in text:
                report.say(name, f"a tick failed: {text.strip()[:300]}")
            if tick.run_ids:
                report.say(name, "a tick failed and has runs")
