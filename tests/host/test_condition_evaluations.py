"""Conditions through a real host: one process that keeps what it knows, and whose condition ended it is left out."""

from __future__ import annotations

import os
import signal

import pytest

from tests.host.conftest import Workshop
from tests.services.fakes import NOON
from watchbell import AssetCheckKey, AssetKey, AssetMaterialization, DagsterInstance
from watchbell.automate.commit import CommitRules, Evaluated, tick_commit
from watchbell.host.condition_evaluator import root_mark
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState

SENSOR = "default_automation_condition_sensor"
CODE = """
import ctypes, os, time
from pathlib import Path
from watchbell import asset, AutomationCondition, AutomationResult

HERE = Path(__file__).parent

class Spoiled(AutomationCondition):
    how: str = ""

    def evaluate(self, context):
        (HERE / "pids").open("a").write(f"{os.getpid()}\\n")
        if (HERE / "spoil").exists():
            self.spoil()
        return AutomationResult(context, context.get_empty_subset())

class Hanging(Spoiled):
    def spoil(self):
        time.sleep(600)

class Crashing(Spoiled):
    def spoil(self):
        ctypes.string_at(0)

class Leaving(Spoiled):
    def spoil(self):
        os._exit(7)

class Filling(Spoiled):
    def spoil(self):
        held = []
        while True:
            held.append(bytearray(64 * 1024 * 1024))

@asset
def root(): ...

@asset(deps=[root], automation_condition=AutomationCondition.any_deps_updated())
def good(): ...
"""


@pytest.fixture(params=["fork", "spawn"])
def process_start(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Talk:
    """Questions about the condition sensor; answers are stored, unless they are said to be lost."""

    def __init__(self, workshop: Workshop, bad: str = "", process_start: str = "fork", **changes: float) -> None:
        more = f"@asset(automation_condition={bad}())\ndef bad(): ...\n" if bad else ""
        self.workshop = workshop
        self.host = workshop.host(CODE + more, process_start=process_start)
        self.state = AutomationState(AutomationKey("defs.py", AutomationKind.SENSOR, SENSOR))
        self.number = 0
        self.changes = changes

    def ask(self, *, is_lost: bool = False) -> Answer:
        self.number += 2
        limits = {"timeout_seconds": 20.0, "memory_mb": 1024} | self.changes
        question = Evaluation(self.number, AutomationKind.SENSOR, SENSOR, cursor=self.state.cursor, **limits)
        self.host.evaluate(question)
        answer = self.workshop.told.next_answer()
        assert answer.id == self.number
        if not is_lost and answer.outcome is Outcome.ANSWERED:
            self.store(question, answer)
        return answer

    def store(self, question: Evaluation, answer: Answer) -> None:
        done = Evaluated(question, answer, NOON, NOON)
        rules = CommitRules(3, lambda: f"run-{self.number}")
        with DagsterInstance.from_home(self.workshop.home) as instance:
            (stored,) = instance.store.commit_ticks([tick_commit(self.state, done, rules)], None, NOON)
        self.state = stored.state

    def make(self, key: str) -> None:
        with DagsterInstance.from_home(self.workshop.home) as instance:
            instance.report_runless_asset_event(AssetMaterialization(key))

    def pids(self) -> list[int]:
        return [int(line) for line in (self.workshop.folder / "pids").read_text().split()]

    def spoil(self) -> None:
        (self.workshop.folder / "spoil").touch()


def lines(answer: Answer) -> str:
    return "\n".join(line.message for line in answer.log)


def asked(answer: Answer) -> list[AssetKey]:
    return [key for request in answer.run_requests for key in request.asset_selection or ()]


def test_what_was_updated_is_asked_for(workshop: Workshop, process_start: str) -> None:
    talk = Talk(workshop, process_start=process_start)
    assert asked(talk.ask()) == []

    talk.make("root")
    answer = talk.ask()

    assert answer.outcome is Outcome.ANSWERED
    assert asked(answer) == [AssetKey("good")]
    assert answer.conditions is not None


def test_one_process_answers_all_questions(workshop: Workshop) -> None:
    talk = Talk(workshop, "Crashing")

    for _ in range(3):
        assert talk.ask().outcome is Outcome.ANSWERED

    assert len(set(talk.pids())) == 1


@pytest.mark.parametrize("bad", ["Crashing", "Leaving", "Hanging", "Filling"])
def test_whose_condition_ends_the_process_is_left_out_and_named(workshop: Workshop, bad: str) -> None:
    limits = {"Hanging": {"timeout_seconds": 1.0}, "Filling": {"memory_mb": 256}}.get(bad, {})
    talk = Talk(workshop, bad, **limits)
    assert talk.ask().outcome is Outcome.ANSWERED
    talk.make("root")
    talk.spoil()

    answer = talk.ask()

    assert answer.outcome is Outcome.ANSWERED, answer.error
    assert asked(answer) == [AssetKey("good")]
    assert "bad is left out, the others are not" in lines(answer)
    assert "it is evaluated again in 1 min" in lines(answer)
    assert answer.next_at is not None  # it is tried again


def test_others_go_on_while_one_is_left_out(workshop: Workshop) -> None:
    talk = Talk(workshop, "Crashing")
    talk.ask()
    talk.spoil()
    assert "left out" in lines(talk.ask())
    deaths = len(set(talk.pids()))

    talk.make("root")
    answer = talk.ask()

    assert asked(answer) == [AssetKey("good")]
    assert lines(answer) == ""
    assert len(set(talk.pids())) == deaths


def test_a_process_that_is_killed_from_outside_is_nobodys_fault(workshop: Workshop) -> None:
    talk = Talk(workshop, "Crashing")
    talk.ask()
    os.kill(talk.pids()[-1], signal.SIGKILL)

    answer = talk.ask()

    assert answer.outcome is Outcome.ANSWERED
    assert lines(answer) == ""


def test_a_question_with_another_cursor_is_answered_from_what_is_stored(workshop: Workshop) -> None:
    talk = Talk(workshop)
    talk.ask()
    talk.make("root")
    assert asked(talk.ask(is_lost=True)) == [AssetKey("good")]

    assert asked(talk.ask()) == [AssetKey("good")]


def test_marks_tell_assets_and_checks_apart() -> None:
    marks = {root_mark(AssetKey("a")), root_mark(AssetKey(["a", "b"])), root_mark(AssetCheckKey("a", "b"))}

    assert len(marks) == 3
    assert 0 not in marks
