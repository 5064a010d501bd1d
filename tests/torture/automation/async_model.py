"""Async sensors in the torture: each number that one has counted has its effect, once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from tests.torture.automation.subject import (
    SENSOR_TAG,
    Report,
    check_cursors,
    check_failures,
    events_of,
    runs_of,
    states_of,
    ticks_of,
)
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.tick import AutomationKind

COUNTING = [f"waits_{number}" for number in range(10)]
YIELDED = 3
"""Requests in an evaluation of ``yields`` (count)."""


class AsyncSubject:
    """See the module."""

    name = "async"
    begins: Sequence[str] = ()

    def prepare(self, instance: DagsterInstance, kills: int) -> None:
        """Nothing to do."""

    def feed(self, instance: DagsterInstance, moments: random.Random, report: Report) -> None:
        """They go by the clock."""

    def is_quiet(self, instance: DagsterInstance) -> bool:
        """Whether all have seen that it is enough."""
        states = states_of(instance, AutomationKind.SENSOR)
        newest = [
            tick
            for name in (*COUNTING, "yields")
            if name in states
            for tick in instance.store.ticks(states[name].key, limit=1)
        ]
        return len(newest) == len(COUNTING) + 1 and all(tick.skip_reason == "enough" for tick in newest)

    def check(self, instance: DagsterInstance, folder: Path, report: Report) -> None:
        """Writes every violation into the report."""
        states = states_of(instance, AutomationKind.SENSOR)
        found: dict[str, list[str]] = {name: [] for name in COUNTING}
        for entry in events_of(instance, [DagsterEventType.ASSET_MATERIALIZATION], AssetKey("numbers")):
            assert entry.asset_materialization is not None
            facts = entry.asset_materialization.metadata
            found[str(facts["of"].value)].append(str(facts["number"].value))
        found["yields"] = [run.tags["number"] for run in runs_of(instance, SENSOR_TAG, "yields")]
        for name, numbers in found.items():
            state, ticks = states[name], ticks_of(instance, states[name].key)
            count = int(state.cursor or 0)
            wanted = [str(each) for each in range(1, count + 1)]
            if name == "yields":
                wanted = [f"{each}.{part}" for each in wanted for part in range(YIELDED)]
            report.compare(name, wanted, numbers)
            if count == 0:
                report.say(name, "it never counted")
            check_failures(name, ticks, report)
            check_cursors(name, state, ticks, report)
            moved = [
                int(tick.cursor)
                for before, tick in zip([None, *ticks], ticks, strict=False)
                if tick.cursor and (before is None or tick.cursor != before.cursor)
            ]
            if moved != list(range(1, count + 1)):
                report.say(name, f"its ticks counted {moved}")
