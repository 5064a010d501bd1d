"""Conditions through a real host: one process that keeps what it knows, and whose condition ended it is left out."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace

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

class Waiting(Spoiled):
    def evaluate(self, context):
        if not (HERE / "spoil").exists():
            return AutomationResult(context, context.get_empty_subset())
        (HERE / "waits").open("a").write(f"{os.getpid()}\\n")
        while not (HERE / "go").exists():
            time.sleep(0.01)
        return AutomationResult(context, context.candidate_subset)

class Filling(Spoiled):
    def spoil(self):
        held = []
        while True:
            held.append(bytearray(64 * 1024 * 1024))

@asset
def root(): ...

@asset(deps=[root], automation_condition=AutomationCondition.any_deps_updated())
def good(): ...

@asset
def other(): ...

@asset(deps=[other], automation_condition=AutomationCondition.any_deps_updated())
def fine(): ...
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

    def until(self, is_it: Callable[[Answer], bool], *, is_lost: bool = False) -> Answer:
        """Asks until an answer is what is waited for."""
        until = time.monotonic() + 30.0
        while time.monotonic() < until:
            answer = self.ask(is_lost=is_lost)
            if is_it(answer):
                return answer
        raise AssertionError("it never came")

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
    again = "it is evaluated by itself" if bad == "Hanging" else "it is evaluated again in 1 min"
    assert again in lines(answer)
    assert answer.next_at is not None  # it is tried again


def test_others_do_not_wait_for_one_that_is_evaluated_alone(workshop: Workshop, process_start: str) -> None:
    talk = Talk(workshop, "Waiting", process_start=process_start, timeout_seconds=6.0)
    talk.ask()
    talk.spoil()
    talk.make("root")
    answers = [talk.ask()]
    assert "bad is left out, the others are not: its evaluation took more than 0.5 seconds" in lines(answers[0])
    assert asked(answers[0]) == [AssetKey("good")]
    talk.until(lambda answer: len((workshop.folder / "waits").read_text().split()) == 2)  # now in its own process
    talk.make("other")
    meanwhile = talk.until(lambda answer: bool(answer.run_requests))
    (workshop.folder / "go").touch()
    at_last = talk.until(lambda answer: AssetKey("bad") in asked(answer))

    assert asked(meanwhile) == [AssetKey("fine")]
    assert asked(at_last) == [AssetKey("bad")]
    (workshop.folder / "spoil").unlink()
    assert [asked(talk.ask()) for _ in range(3)] == [[], [], []]


def test_one_that_goes_on_hanging_alone_is_left_out_for_longer(workshop: Workshop) -> None:
    talk = Talk(workshop, "Hanging", timeout_seconds=2.0)
    talk.ask()
    talk.spoil()
    talk.make("root")
    assert asked(talk.ask()) == [AssetKey("good")]

    answer = talk.until(lambda answer: "still left out" in lines(answer))

    assert "bad is still left out: its process had no answer by itself" in lines(answer)
    assert "did not answer within 2 seconds" in lines(answer)
    assert "in spoil" in lines(answer)
    assert "it is evaluated again in 2 min" in lines(answer) or "in 1 min" in lines(answer)


def test_a_cursor_set_by_hand_makes_what_was_found_alone_void(workshop: Workshop) -> None:
    talk = Talk(workshop, "Waiting", timeout_seconds=6.0)
    talk.ask()
    talk.spoil()
    talk.ask()
    (workshop.folder / "go").touch()

    talk.state = replace(talk.state, cursor=None)
    found = talk.until(lambda answer: AssetKey("bad") in asked(answer), is_lost=True)

    assert asked(found).count(AssetKey("bad")) == 1


def test_others_go_on_while_one_is_left_out(workshop: Workshop) -> None:
    talk = Talk(workshop, "Crashing")
    talk.ask()
    talk.spoil()
    assert "left out" in lines(talk.ask())
    deaths = len(set(talk.pids()))

    talk.make("root")
    answer = talk.ask()

    assert asked(answer) == [AssetKey("good")]
    assert lines(answer) == "asks for good"
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
