"""Sensors of assets in the torture: what is made meanwhile, and which effects must be there in the end."""

from __future__ import annotations

import json
import random
from collections import Counter
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
from watchbell.record.event import DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.materialization import AssetMaterialization
from watchbell.record.tick import AutomationKind, Tick

SALES, SIGNALS, USERS = AssetKey("sales"), AssetKey("signals"), AssetKey("users")
VISITS, CLICKS, ECHOES = AssetKey("visits"), AssetKey("clicks"), AssetKey("echoes")
PARTS = [f"part_{number}" for number in range(6)]
EVERY_ONE, OF_ONE = ("every", "echo"), ("every", "echo", "newest")
BURST_MAX = 150
MADE = (DagsterEventType.ASSET_MATERIALIZATION,)


class AssetSubject:
    """See the module."""

    name = "assets"
    begins: Sequence[str] = EVERY_ONE

    def prepare(self, instance: DagsterInstance, kills: int) -> None:
        """Nothing to do."""

    def feed(self, instance: DagsterInstance, moments: random.Random, report: Report) -> None:
        """Makes one asset, or several in a row; now and then a hundred."""
        kind = moments.random()
        if kind < 0.45:
            made = [AssetMaterialization(SALES) for _ in range(moments.choice([1, 1, 2, 5]))]
        elif kind < 0.6:
            made = [AssetMaterialization(USERS)]
        elif kind < 0.9:
            keys = [moments.choice([VISITS, CLICKS]) for _ in range(moments.randint(1, 4))]
            made = [AssetMaterialization(key, partition=moments.choice(PARTS)) for key in keys]
        else:
            made = [AssetMaterialization(SIGNALS) for _ in range(moments.choice([1, 20, BURST_MAX]))]
        for each in made:
            instance.report_runless_asset_event(each)
        report.fed["materializations"] = report.fed.get("materializations", 0) + len(made)

    def is_quiet(self, instance: DagsterInstance) -> bool:
        """Whether those of one asset are at its newest event; the others' work shows in the log."""
        states = states_of(instance, AutomationKind.SENSOR)
        newest = {key: instance.get_latest_materialization_event(key) for key in (SALES, SIGNALS)}
        sales, signals = ((each.storage_id or 0) if each is not None else 0 for each in newest.values())
        wanted = {"every": sales, "newest": sales, "echo": signals}
        return all(int(states[name].cursor or 0) >= event for name, event in wanted.items() if name in states)

    def check(self, instance: DagsterInstance, folder: Path, report: Report) -> None:
        """Writes every violation into the report."""
        made = {key: events_of(instance, MADE, key) for key in (SALES, SIGNALS, USERS, VISITS, CLICKS, ECHOES)}
        states = states_of(instance, AutomationKind.SENSOR)
        ticks = {name: ticks_of(instance, states[name].key) for name in (*OF_ONE, "in_order", "complete", "staying")}
        for name, those in ticks.items():
            check_failures(name, those, report)
            if name in OF_ONE:
                check_cursors(name, states[name], those, report)
        told = {
            name: [run.tags["event"] for run in runs_of(instance, SENSOR_TAG, name)]
            for name in ticks
            if name not in ("echo", "complete")
        }
        told["echo"] = [_metadata_of(each) for each in made[ECHOES]]
        report.compare("every", _ids(made[SALES]), told["every"])
        report.compare("echo", _ids(made[SIGNALS]), told["echo"])
        report.compare("in_order", _ids(made[SALES]) + _ids(made[USERS]), told["in_order"])
        for name in EVERY_ONE:
            if told[name] != sorted(told[name], key=int):
                report.say(name, "its effects are not in the order of the events")
        check_newest("newest", _ids(made[SALES]), told["newest"], report)
        check_newest("staying", sorted(_ids(made[USERS]) + _ids(made[SIGNALS]), key=int), told["staying"], report)
        if told["staying"] and any(tick.cursor is not None for tick in ticks["staying"]):
            report.say("staying", "its cursor moved by itself")
        pairs = [
            (run.tags["part"], run.tags["visits"], run.tags["clicks"])
            for run in runs_of(instance, SENSOR_TAG, "complete")
        ]
        check_complete(made[VISITS], made[CLICKS], pairs, report)
        check_advances(ticks["complete"], report)


def _ids(entries: Sequence[EventLogEntry]) -> list[str]:
    return [str(entry.storage_id) for entry in entries]


def _metadata_of(entry: EventLogEntry) -> str:
    assert entry.asset_materialization is not None
    return str(entry.asset_materialization.metadata["event"].value)


def check_newest(name: str, made: Sequence[str], told: Sequence[str], report: Report) -> None:
    """A sensor of the newest was told of that, of others perhaps, of none twice, and never of an older one after it."""
    report.events[name], report.effects[name] = len(made), len(told)
    twice = [each for each, count in Counter(told).items() if count > 1]
    if twice:
        report.say(name, f"told twice: {twice}")
    if set(told) - set(made):
        report.say(name, f"told of what was never made: {sorted(set(told) - set(made))}")
    if made and (not told or told[-1] != made[-1]):
        report.say(name, f"the newest is {made[-1]}, it was told last of {told[-1:]}")
    if list(told) != sorted(told, key=int):
        report.say(name, f"told in another order: {told}")


def check_complete(
    visits: Sequence[EventLogEntry],
    clicks: Sequence[EventLogEntry],
    pairs: Sequence[tuple[str, str, str]],
    report: Report,
) -> None:
    """Each pair of a partition is dealt with once, none of it before, and no complete partition is left."""
    report.effects["complete"] = len(pairs)
    used = Counter(event for _, *both in pairs for event in both)
    if any(count > 1 for count in used.values()):
        report.say("complete", f"dealt with twice: {[each for each, count in used.items() if count > 1]}")
    part_of = {("visits", str(each.storage_id)): _part(each) for each in visits}
    part_of |= {("clicks", str(each.storage_id)): _part(each) for each in clicks}
    for part, visit, click in pairs:
        if part_of.get(("visits", visit)) != part or part_of.get(("clicks", click)) != part:
            report.say("complete", f"{part} was told with {visit} and {click}, which are of another one")
    for part in PARTS:
        own = [pair for pair in pairs if pair[0] == part]
        if [int(each[1]) for each in own] != sorted({int(each[1]) for each in own}):
            report.say("complete", f"{part} was dealt with in another order: {own}")
        left = [_newest_left(of, part, used) for of in (visits, clicks)]
        report.events["complete"] = report.events.get("complete", 0) + len(own) + all(left)
        if all(left):
            report.say("complete", f"{part} is complete, and nobody was told: {left}")


def _part(entry: EventLogEntry) -> str | None:
    assert entry.asset_materialization is not None
    return entry.asset_materialization.partition


def _newest_left(entries: Sequence[EventLogEntry], part: str, used: Counter[str]) -> int | None:
    """The newest materialization of a partition, if it was not dealt with."""
    ids = [entry.storage_id or 0 for entry in entries if _part(entry) == part]
    return ids[-1] if ids and str(ids[-1]) not in used else None


def check_advances(ticks: Sequence[Tick], report: Report) -> None:
    """The cursor moved exactly in the ticks that asked for runs, and no asset's number in it went back."""
    last: dict[str, int] = {}
    before: str | None = None
    for tick in ticks:
        moved = tick.cursor != before
        if moved != bool(tick.run_ids):
            report.say("complete", f"{len(tick.run_ids)} runs, and the cursor went from {before} to {tick.cursor}")
        numbers = {key: each[1] or 0 for key, each in json.loads(tick.cursor or "{}").items()}
        if any(numbers.get(key, 0) < number for key, number in last.items()):
            report.say("complete", f"its cursor went back from {last} to {numbers}")
        last, before = numbers, tick.cursor
