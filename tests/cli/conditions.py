"""Condition sensors as the daemon evaluates them, one tick at a time, without its loops and processes."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.cli.conftest import Terminal
from watchbell.automate.commit import CommitRules, Evaluated, tick_commit
from watchbell.ground.ids import new_run_id
from watchbell.host.condition_evaluator import ConditionEvaluator
from watchbell.host.load import load_repository
from watchbell.host.targets import TargetOptions, find_targets
from watchbell.record.evaluation import Evaluation
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick

LOCATION = "definitions.py"
SENSOR = "default_automation_condition_sensor"


class StandingClock:
    """A clock that shows what it is told.

    Args:
        at: aware.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """What it shows."""
        return self.at


class Conditions:
    """The conditions of a project, evaluated when a test says so.

    Args:
        terminal: the project and its home.
        name: the condition sensor.
    """

    def __init__(self, terminal: Terminal, name: str = SENSOR) -> None:
        self.key = AutomationKey(LOCATION, AutomationKind.SENSOR, name)
        self.instance = terminal.instance()
        [target] = find_targets(TargetOptions(python_files=("definitions.py",)), terminal.folder)
        self.repository = load_repository(target).repository
        self.clock = StandingClock(self.instance.clock.now())
        self._evaluator = ConditionEvaluator(
            self.repository, LOCATION, lambda: self.instance, lambda mark: None, self.clock
        )

    def tick(self, at: datetime | None = None) -> Tick | None:
        """Evaluates what may have something new to say, and stores what comes of it; None: nothing does.

        Args:
            at: the time of the tick; None: now.
        """
        store = self.instance.store
        state = store.automation_state(self.key) or AutomationState(self.key)
        self.clock.at = self.instance.clock.now() if at is None else at
        evaluation = Evaluation(1, AutomationKind.SENSOR, self.key.name, None, state.cursor)
        answer = self._evaluator.evaluate(evaluation)
        assert answer.error is None, answer.error.to_string()
        if answer.cursor is None:
            return None
        done = Evaluated(evaluation, answer, self.clock.at, self.clock.at + timedelta(milliseconds=3))
        commit = tick_commit(state, done, CommitRules(quarantine_after=3, new_id=new_run_id))
        [stored] = store.commit_ticks([commit], None, self.clock.at)
        return stored.ticks[-1]
