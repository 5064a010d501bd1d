"""Ticks as the daemon makes them, one at a time, without its loops and processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tests.cli.conftest import Terminal
from watchbell.automate.commit import CommitRules, Evaluated, tick_commit
from watchbell.automate.due import Missed
from watchbell.ground.ids import new_run_id
from watchbell.host.evaluate import Evaluator
from watchbell.host.load import load_repository
from watchbell.host.targets import TargetOptions, find_targets
from watchbell.record.evaluation import Evaluation
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick

LOCATION = "definitions.py"


def ticked(
    terminal: Terminal,
    kind: AutomationKind,
    name: str,
    *,
    at: datetime | None = None,
    event_ids: Sequence[int] = (),
    missed: Sequence[Missed] = (),
) -> Tick:
    """Evaluates a schedule or sensor of the project as it is stored, and stores what comes of it.

    Args:
        terminal: the project and its home.
        kind: schedule or sensor.
        name: which.
        at: a schedule's nominal time.
        event_ids: for a run status sensor.
        missed: times that are written down as missed with it.

    Returns:
        The tick as stored.
    """
    key = AutomationKey(LOCATION, kind, name)
    [target] = find_targets(TargetOptions(python_files=("definitions.py",)), terminal.folder)
    repository = load_repository(target).repository
    with terminal.instance() as instance:
        state = instance.store.automation_state(key) or AutomationState(key)
        evaluation = Evaluation(
            1, kind, name, at, state.cursor, state.last_run_key, state.last_tick_at, tuple(event_ids)
        )
        began_at = instance.clock.now()
        answer = Evaluator(repository, str(terminal.home), LOCATION, instance).evaluate(evaluation)
        [answer] = answer.parts or (answer,)
        ended_at = began_at + timedelta(milliseconds=12)
        defined = repository.schedules if kind is AutomationKind.SCHEDULE else repository.sensors
        done = Evaluated(evaluation, answer, began_at, ended_at, tuple(missed), defined[name].policy)
        commit = tick_commit(state, done, CommitRules(quarantine_after=3, new_id=new_run_id))
        if kind is AutomationKind.SCHEDULE:
            commit = replace(commit, after=replace(commit.after, spec='[["5 3 * * *"],"Europe/Berlin"]'))
        [stored] = instance.store.commit_ticks([commit], None, instance.clock.now())
    return stored.ticks[-1]


def sensed(terminal: Terminal, name: str = "landing", **given: Sequence[int]) -> Tick:
    """A tick of a sensor."""
    return ticked(terminal, AutomationKind.SENSOR, name, **given)


def scheduled(terminal: Terminal, at: str, name: str = "nightly", missed: Sequence[Missed] = ()) -> Tick:
    """A tick of a schedule."""
    return ticked(terminal, AutomationKind.SCHEDULE, name, at=datetime.fromisoformat(at), missed=missed)
