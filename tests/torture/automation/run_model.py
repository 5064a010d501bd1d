"""Run status sensors in the torture: runs that end meanwhile, alone and in bursts, and who must have been told."""

from __future__ import annotations

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
from watchbell.ground.ids import new_run_id
from watchbell.instance import DagsterInstance
from watchbell.record.event import DagsterEvent, DagsterEventType
from watchbell.record.keys import AssetKey
from watchbell.record.run import DagsterRun, RunsFilter
from watchbell.record.tick import AutomationKind, Tick

TOLD_OF = {
    "on_failure": DagsterEventType.RUN_FAILURE,
    "on_success": DagsterEventType.RUN_SUCCESS,
    "on_cancel": DagsterEventType.RUN_CANCELED,
}
BURST_MAX = {"on_failure": 12, "on_success": 12, "on_cancel": 150}
"""Runs that end at once (count). Each failure and success costs a run of ours."""
LOCATION = "tests.torture.automation.code"


class RunSubject:
    """See the module."""

    name = "runs"
    begins: Sequence[str] = tuple(TOLD_OF)

    def prepare(self, instance: DagsterInstance, kills: int) -> None:
        """Nothing to do."""

    def feed(self, instance: DagsterInstance, moments: random.Random, report: Report) -> None:
        """Ends some runs, one after the other without a pause."""
        name = moments.choice(list(TOLD_OF))
        count = moments.randint(1, BURST_MAX[name])
        runs = [DagsterRun("watched", new_run_id(), location_name=LOCATION) for _ in range(count)]
        instance.store.add_runs(runs, instance.clock.now())
        for run in runs:
            instance.report_dagster_event(DagsterEvent(TOLD_OF[name], "watched", message="fed"), run.run_id)
        report.fed["ends of runs"] = report.fed.get("ends of runs", 0) + count

    def is_quiet(self, instance: DagsterInstance) -> bool:
        """Whether each sensor has come to the last end that concerns it."""
        states = states_of(instance, AutomationKind.SENSOR)
        watched = {run.run_id for run in instance.get_runs(RunsFilter(job_name="watched"))}
        for name, kind in TOLD_OF.items():
            ends = [each for each in events_of(instance, [kind]) if each.run_id in watched]
            if ends and int(states[name].cursor or 0) < (ends[-1].storage_id or 0):
                return False
        return True

    def check(self, instance: DagsterInstance, folder: Path, report: Report) -> None:
        """Writes every violation into the report."""
        watched = {run.run_id for run in instance.get_runs(RunsFilter(job_name="watched"))}
        states = states_of(instance, AutomationKind.SENSOR)
        for name, kind in TOLD_OF.items():
            ends = [each.run_id for each in events_of(instance, [kind]) if each.run_id in watched]
            if name == "on_cancel":
                told = [
                    str(entry.asset_materialization.metadata["about"].value)
                    for entry in events_of(
                        instance, [DagsterEventType.ASSET_MATERIALIZATION], AssetKey("cancellations")
                    )
                    if entry.asset_materialization is not None
                ]
            else:
                told = [run.tags["about"] for run in runs_of(instance, SENSOR_TAG, name)]
            if len(set(ends)) != len(ends):
                report.say(name, "a run ended twice")
            report.compare(name, ends, told)
            if told != [each for each in ends if each in set(told)]:
                report.say(name, "its effects are not in the order of the ends")
            ticks = ticks_of(instance, states[name].key)
            check_failures(name, ticks, report)
            check_cursors(name, states[name], ticks, report)
            check_calls(name, ends, folder, report)
            check_batches(name, ticks, report)
        check_failures("starting", ticks_of(instance, states["starting"].key), report)
        check_cursors("starting", states["starting"], ticks_of(instance, states["starting"].key), report)
        numbers = [run.tags["number"] for run in runs_of(instance, SENSOR_TAG, "starting")]
        report.compare("starting", map(str, range(1, int(states["starting"].cursor or 0) + 1)), numbers)


def check_calls(name: str, ends: list[str], folder: Path, report: Report) -> None:
    """The function was called for each run, and for no other; how often it was called again is told."""
    file = folder / f"calls-{name}"
    calls = Counter(file.read_text().split() if file.exists() else ())
    report.calls += calls.total()
    report.calls_repeated += calls.total() - len(calls)
    if calls.keys() != set(ends):
        missing, other = set(ends) - calls.keys(), calls.keys() - set(ends)
        report.say(name, f"never called for {sorted(missing)[:5]}, called for {sorted(other)[:5]}")


def check_batches(name: str, ticks: list[Tick], report: Report) -> None:
    """Each tick that did not fail is about one event; no event has two."""
    handled = Counter(event for tick in ticks if tick.error is None for event in tick.event_ids)
    twice = [each for each, count in handled.items() if count > 1]
    if twice:
        report.say(name, f"two ticks about one event: {twice}")
    together = Counter(tick.started_at for tick in ticks if tick.event_ids)
    report.batch_max = max([report.batch_max, *together.values()])
