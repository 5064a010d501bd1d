"""The evaluator of conditions, in this process: what is left out, and what it is told when it is evaluated again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.services.fakes import NOON
from tests.simulation.condition_world import SENSOR, made
from watchbell import AssetKey, AssetMaterialization, AutomationCondition, DagsterInstance, Definitions
from watchbell.automate.commit import CommitRules, Evaluated, tick_commit
from watchbell.ground.clock import ManualClock
from watchbell.host.condition_evaluator import ConditionEvaluator, root_mark
from watchbell.host.messages import FoundAlone, LeftOut
from watchbell.record.evaluation import Answer, Evaluation, OtherAssets, Outcome
from watchbell.record.snapshot import AssetSnapshot
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState

UPDATED = AutomationCondition.any_deps_updated()
CODE = Definitions(assets=[made("root"), made("a", UPDATED, ["root"]), made("b", UPDATED, ["root"])])


class Bench:
    """An evaluator, and a store in which its answers are put down."""

    def __init__(self, instance: DagsterInstance, code: Definitions = CODE) -> None:
        self.instance, self.code = instance, code
        self.clock = ManualClock(NOON)
        self.marks: list[int] = []
        self.state = AutomationState(AutomationKey("here", AutomationKind.SENSOR, SENSOR))
        self.number = 0
        self.evaluator = self.begin()

    def begin(self) -> ConditionEvaluator:
        """A new process."""
        repository = self.code.get_repository_def()
        self.evaluator = ConditionEvaluator(
            repository, "here", lambda: self.instance, self.marks.append, self.clock, lambda: 0.0
        )
        return self.evaluator

    def alone(self, key: str) -> Answer:
        """What comes of the evaluation of one root by itself, in a process of its own."""
        repository = self.code.get_repository_def()
        process = ConditionEvaluator(repository, "here", lambda: self.instance, print, self.clock, lambda: 0.0)
        question = Evaluation(1, AutomationKind.SENSOR, SENSOR, cursor=self.state.cursor)
        found = process.evaluate_alone(question, root_mark(AssetKey(key)), ())
        assert isinstance(found, FoundAlone)
        return found.answer

    def ask(self, *left_out: str, name: str = SENSOR, found: tuple[Answer, ...] = ()) -> Answer:
        self.number += 1
        self.clock.advance(1.0)
        apart = tuple(LeftOut(root_mark(AssetKey(each)), 60.0, "was ended by SIGSEGV") for each in left_out)
        question = Evaluation(self.number, AutomationKind.SENSOR, name, cursor=self.state.cursor)
        answer = self.evaluator.evaluate(question, apart, found)
        if answer.outcome is Outcome.ANSWERED and answer.cursor is not None:
            done = Evaluated(question, answer, self.clock.now(), self.clock.now())
            rules = CommitRules(3, lambda: f"run-{self.number}")
            [stored] = self.instance.store.commit_ticks([tick_commit(self.state, done, rules)], None, self.clock.now())
            self.state = stored.state
        return answer

    def end_runs(self) -> None:
        """All runs end, and make nothing."""
        for run in self.instance.get_runs():
            self.instance.report_run_canceled(run)

    def make(self, key: str) -> None:
        self.instance.report_runless_asset_event(AssetMaterialization(key))


@pytest.fixture
def bench() -> Iterator[Bench]:
    with DagsterInstance.ephemeral() as instance:
        yield Bench(instance)


def asked(answer: Answer) -> list[str]:
    return sorted(key.to_user_string() for request in answer.run_requests for key in request.asset_selection or ())


def test_what_happened_while_it_was_left_out_is_told_when_it_is_evaluated_again(bench: Bench) -> None:
    bench.ask()
    bench.ask("b")
    bench.make("root")
    assert asked(bench.ask("b")) == ["a"]
    bench.ask("b")

    assert asked(bench.ask()) == ["b"]
    assert asked(bench.ask()) == []


def test_it_is_told_also_by_a_new_process(bench: Bench) -> None:
    bench.ask()
    bench.ask("b")
    bench.make("root")
    assert asked(bench.ask("b")) == ["a"]
    bench.begin()
    bench.ask("b")

    bench.begin()

    assert asked(bench.ask()) == ["b"]


def test_one_that_is_evaluated_alone_asks_with_the_next_question_and_once(bench: Bench) -> None:
    bench.ask()
    bench.ask("b")
    bench.make("root")
    bench.ask("b")

    answer = bench.ask("b", found=(bench.alone("b"),))

    assert asked(answer) == ["b"]
    assert asked(bench.ask("b", found=(bench.alone("b"),))) == []
    bench.make("root")
    bench.ask("b")
    assert asked(bench.ask("b", found=(bench.alone("b"),))) == []  # the run that it asked for is to make it
    bench.end_runs()
    assert asked(bench.ask()) == ["a", "b"]
    bench.end_runs()
    assert asked(bench.ask()) == []


def test_what_was_found_alone_and_not_stored_is_found_again(bench: Bench) -> None:
    bench.ask()
    bench.ask("b")
    bench.make("root")
    bench.ask("b")
    bench.alone("b")  # nobody takes it in

    bench.begin()

    assert asked(bench.ask("b", found=(bench.alone("b"),))) == ["b"]
    assert asked(bench.ask()) == []


def test_what_was_found_alone_is_explained(bench: Bench) -> None:
    bench.ask()
    bench.ask("b")
    bench.make("root")

    bench.ask("b", found=(bench.alone("b"),))

    [newest] = bench.instance.store.condition_evaluations("b", limit=1)
    assert newest.requested == 1
    assert len(newest.run_ids) == 1


def test_one_that_was_never_evaluated_begins_alone(bench: Bench) -> None:
    bench.code = Definitions(assets=[made("a", AutomationCondition.initial_evaluation())])
    bench.begin()
    bench.ask("a")

    assert asked(bench.ask("a", found=(bench.alone("a"),))) == ["a"]
    assert asked(bench.ask("a", found=(bench.alone("a"),))) == []
    bench.end_runs()
    assert asked(bench.ask()) == []


def test_one_that_goes_on_to_be_left_out_because_of_something_else_says_so(bench: Bench) -> None:
    bench.ask("b")
    question = Evaluation(99, AutomationKind.SENSOR, SENSOR, cursor=bench.state.cursor)

    answer = bench.evaluator.evaluate(question, (LeftOut(root_mark(AssetKey("b")), 120.0, "hung"),))

    assert [line.message for line in answer.log] == [
        "b is still left out: its process hung; it is evaluated again in 2 min 0 s"
    ]


def test_who_is_left_out_is_said_once(bench: Bench) -> None:
    bench.ask()

    first, second = bench.ask("b"), bench.ask("b")

    assert [line.message for line in first.log] == [
        "b is left out, the others are not: its process was ended by SIGSEGV; it is evaluated again in 1 min 0 s"
    ]
    assert second.log == ()


def test_each_root_is_marked_while_it_is_evaluated_and_none_afterwards(bench: Bench) -> None:
    bench.ask()

    assert bench.marks == [root_mark(AssetKey("a")), root_mark(AssetKey("b")), 0, 0]


def test_a_quiet_question_marks_nobody_and_leaves_the_cursor(bench: Bench) -> None:
    bench.ask()
    bench.ask()
    bench.marks.clear()

    answer = bench.ask()

    assert (answer.cursor, answer.conditions, answer.run_requests) == (None, None, ())
    assert bench.marks == [0]


def test_an_unknown_sensor_is_said_to_be_unknown(bench: Bench) -> None:
    assert bench.ask(name="other").outcome is Outcome.UNKNOWN


def test_other_locations_are_taken_in_and_given_up() -> None:
    code = Definitions(assets=[made("a", AutomationCondition.any_deps_match(AutomationCondition.missing()), ["far"])])
    with DagsterInstance.ephemeral() as instance:
        bench = Bench(instance, code)
        bench.evaluator.tell(OtherAssets("there", (AssetSnapshot(AssetKey("far")),)))
        assert asked(bench.ask()) == ["a"]
        bench.make("far")

        bench.evaluator.tell(OtherAssets("there"))

        assert bench.ask().outcome is Outcome.ANSWERED


def test_user_code_that_leaves_is_an_error_of_the_answer(bench: Bench) -> None:
    bench.instance = None  # type: ignore[assignment]

    answer = bench.ask()

    assert answer.outcome is Outcome.RAISED
    assert bench.marks == [0]


def test_what_takes_long_is_answered_in_slices() -> None:
    seconds = count(step=2)
    missing = AutomationCondition.missing()
    with DagsterInstance.ephemeral() as instance:
        bench = Bench(instance, Definitions(assets=[made("a", missing), made("b", missing), made("c", missing)]))
        bench.evaluator = ConditionEvaluator(
            bench.code.get_repository_def(), "here", lambda: instance, print, bench.clock, lambda: float(next(seconds))
        )

        answers = [bench.ask() for _ in range(3)]

    assert [asked(each) for each in answers] == [["a"], ["b"], ["c"]]
    assert [each.has_more for each in answers] == [True, True, True]  # the first asked, so it is looked at once more
