"""The pool's decisions, with a clock that stands still and evaluators played by the test."""

import os
import selectors
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import pytest

from watchbell.ground.channel import Channel, ConnectionEndedError, Frame, FrameKind
from watchbell.ground.clock import ManualClock
from watchbell.host import pool as pool_module
from watchbell.host.children import Child, ChildEnd
from watchbell.host.messages import AskedAgain
from watchbell.host.pool import (
    GROW_AFTER_SECONDS,
    GROW_ANYHOW_SECONDS,
    IDLE_SECONDS,
    LONG_SECONDS,
    SHORTAGE_SECONDS,
    SIZE_FACTOR_MAX,
    STACK_SECONDS,
    EvaluatorPool,
)
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.tick import AutomationKind

TICK = 0.0001  # a little more than exactly then, whatever floats add up to


class PlayedEvaluator:
    """An evaluator whose answers the test gives; its process only sleeps, so that it can be killed."""

    def __init__(self, sock: socket.socket) -> None:
        self.channel = Channel(sock.dup())
        self.process = subprocess.Popen(["sleep", "1000"], process_group=0)

    def questions(self) -> list[int]:
        found: list[Frame] = self.channel.receive()
        values = [frame.value() for frame in found]
        return [value.id for value in values if isinstance(value, Evaluation)]

    def answer(self, number: int) -> None:
        self.channel.send(Frame.of(Answer(number, Outcome.ANSWERED), FrameKind.ANSWER, number))


class Stage:
    """A pool and all that it touches."""

    ready_at_once = True
    load_seconds_max = 0.0

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.selector = selectors.DefaultSelector()
        self.played: list[PlayedEvaluator] = []
        self.ends: list[tuple[Child, Callable[[ChildEnd], None]]] = []
        self.answers: list[Answer] = []
        self.asked_again: list[int] = []
        self.refusal: OSError | None = None
        self.free_memory: float | None = 0.5
        self.running: set[int] = set()  # evaluators, by their number
        self.pool = self.pool_of(3)

    def pool_of(self, size_max: int) -> EvaluatorPool:
        monotonic = self.clock.monotonic
        return EvaluatorPool(
            self,
            self.selector,
            self.watch_child,
            self.take,
            size_max,
            monotonic,
            lambda: self.free_memory,
            lambda pid: pid in {self.played[number].process.pid for number in self.running},
        )

    def evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int]) -> Child:
        if self.refusal is not None:
            raise self.refusal
        self.played.append(PlayedEvaluator(sock))
        process = self.played[-1].process
        return Child(process.pid, process)

    def async_evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int], mark_fd: int) -> Child:
        raise AssertionError("async functions are evaluated elsewhere")

    def worker(self, start: object) -> Child:
        raise AssertionError("a pool starts no runs")

    def watch_child(self, child: Child, ended: Callable[[ChildEnd], None]) -> None:
        self.ends.append((child, ended))

    def take(self, frame: Frame) -> None:
        answer = frame.value()
        if isinstance(answer, AskedAgain):
            self.asked_again.append(answer.evaluation_id)
            return
        assert isinstance(answer, Answer)
        self.answers.append(answer)

    def submit(self, *numbers: int, **facts: float) -> None:
        for number in numbers:
            evaluation = Evaluation(number, AutomationKind.SENSOR, "files", **facts)  # type: ignore[arg-type]
            self.pool.submit(evaluation, Frame.of(evaluation))

    def hear(self) -> None:
        """Lets the pool take what has arrived."""
        for key, events in self.selector.select(0):
            key.data(events)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds + TICK)
        self.pool.on_time()

    def end(self, number: int) -> None:
        """The process of evaluator ``number`` is over, and the pool is told."""
        child, ended = self.ends[number]
        self.played[number].process.wait()
        end = child.reap()
        assert end is not None
        ended(end)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(pool_module, "PROCESSORS", 2)
    made = Stage(ManualClock(datetime(2024, 1, 1, tzinfo=UTC)))
    yield made
    for played in made.played:
        played.process.kill()
        played.process.wait()
        played.channel.close()
    for key in list(made.selector.get_map().values()):
        if isinstance(key.fileobj, socket.socket):
            key.fileobj.close()
        else:
            os.close(key.fd)
    made.selector.close()


def test_nothing_to_do_is_nothing_to_wake_for(stage: Stage) -> None:
    assert stage.pool.wakes_at() is None


def test_the_first_evaluation_starts_an_evaluator_at_once(stage: Stage) -> None:
    stage.submit(1)

    assert [each.questions() for each in stage.played] == [[1]]


def test_another_evaluator_is_started_after_some_milliseconds(stage: Stage) -> None:
    stage.submit(1, 2)
    at_first = len(stage.played)

    stage.pass_time(GROW_AFTER_SECONDS)

    assert (at_first, [each.questions() for each in stage.played]) == (1, [[1], [2]])


def test_the_pool_wakes_to_grow(stage: Stage) -> None:
    began = stage.clock.monotonic()

    stage.submit(1, 2)

    assert stage.pool.wakes_at() == pytest.approx(began + GROW_AFTER_SECONDS)


def test_quick_answers_spare_the_second_evaluator(stage: Stage) -> None:
    stage.submit(1, 2)

    stage.played[0].answer(1)
    stage.hear()
    stage.pass_time(GROW_AFTER_SECONDS)

    assert [each.questions() for each in stage.played] == [[1, 2]]


def test_beyond_the_processors_it_grows_only_while_nobody_gets_on(stage: Stage) -> None:
    stage.submit(1, 2, 3, 4, 5)
    stage.pass_time(GROW_AFTER_SECONDS)
    stage.clock.advance(GROW_AFTER_SECONDS)

    stage.played[0].answer(1)  # and takes up 3
    stage.hear()
    stage.pool.on_time()
    while_it_flows = len(stage.played)
    stage.pass_time(GROW_AFTER_SECONDS)

    assert (while_it_flows, len(stage.played)) == (2, 3)


def test_beyond_the_processors_it_grows_anyhow_in_the_end(stage: Stage) -> None:
    stage.submit(*range(1, 200))
    stage.pass_time(GROW_AFTER_SECONDS)
    number = 1
    while len(stage.played) < 3 and number < 150:
        stage.played[0].answer(number)
        stage.hear()
        number = stage.played[0].questions()[-1]
        stage.pass_time(GROW_AFTER_SECONDS / 2)

    assert len(stage.played) == 3
    assert stage.clock.monotonic() >= GROW_ANYHOW_SECONDS


def test_the_pool_is_never_larger_than_allowed(stage: Stage) -> None:
    stage.submit(*range(1, 20))

    for _ in range(9):
        stage.pass_time(LONG_SECONDS / 10)

    assert [each.questions() for each in stage.played] == [[1], [2], [3]]


def test_evaluators_that_take_long_make_room_for_others_but_not_for_ever(stage: Stage) -> None:
    stage.submit(*range(1, 20))

    for _ in range(100):
        stage.pass_time(LONG_SECONDS / 10)

    assert [each.questions() for each in stage.played] == [[number] for number in range(1, 3 * SIZE_FACTOR_MAX + 1)]


def test_there_are_never_more_than_a_hundred_or_so_in_all_however_many_hang(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "SIZE_MAX", 5)
    stage.pool = stage.pool_of(3)
    stage.submit(*range(1, 20))

    for _ in range(100):
        stage.pass_time(LONG_SECONDS / 10)

    assert [each.questions() for each in stage.played] == [[1], [2], [3], [4], [5]]


def test_a_size_that_was_asked_for_goes_before_the_most_in_all(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "SIZE_MAX", 2)
    stage.pool = stage.pool_of(3)
    stage.submit(*range(1, 20))

    for _ in range(100):
        stage.pass_time(LONG_SECONDS / 10)

    assert len(stage.played) == 3


def test_evaluators_that_keep_all_processors_busy_get_no_company_soon(stage: Stage) -> None:
    stage.running = {0, 1}
    stage.submit(1, 2, 3)
    stage.pass_time(GROW_AFTER_SECONDS)

    for _ in range(9):
        stage.pass_time(GROW_AFTER_SECONDS)

    assert [each.questions() for each in stage.played] == [[1], [2]]
    assert stage.pool.wakes_at() is not None

    stage.pass_time(GROW_ANYHOW_SECONDS)

    assert [each.questions() for each in stage.played] == [[], [], [3]]


def test_as_soon_as_one_of_them_only_waits_there_is_another_evaluator(stage: Stage) -> None:
    stage.running = {0, 1}
    stage.submit(1, 2, 3)
    stage.pass_time(GROW_AFTER_SECONDS)
    stage.pass_time(GROW_AFTER_SECONDS)
    stage.running = {1}

    stage.pass_time(GROW_AFTER_SECONDS)

    assert [each.questions() for each in stage.played] == [[1], [2], [3]]


def test_where_memory_is_short_there_is_one_evaluator_a_processor(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.free_memory = 0.09
    stage.submit(1, 2, 3)

    for _ in range(9):
        stage.pass_time(LONG_SECONDS / 10)

    assert [each.questions() for each in stage.played] == [[1], [2]]
    told = capsys.readouterr().err
    assert told.startswith("less than 10% of the memory is free: evaluations wait for the 2 processes there are")
    assert told.count("\n") == 1


@pytest.mark.parametrize("share", [0.11, None])
def test_when_memory_is_free_again_the_pool_grows_on(stage: Stage, share: float | None) -> None:
    stage.free_memory = 0.09
    stage.submit(1, 2, 3)
    stage.pass_time(GROW_AFTER_SECONDS)
    stage.pass_time(GROW_ANYHOW_SECONDS)
    stage.free_memory = share

    wakes_at = stage.pool.wakes_at()
    assert wakes_at is not None
    stage.pass_time(SHORTAGE_SECONDS + GROW_ANYHOW_SECONDS)

    assert [each.questions() for each in stage.played] == [[1], [2], [3]]


def test_an_idle_evaluator_ends(stage: Stage) -> None:
    stage.submit(1)
    assert stage.played[0].questions() == [1]
    stage.played[0].answer(1)
    stage.hear()

    stage.pass_time(IDLE_SECONDS / 2)
    woken_at = stage.pool.wakes_at()
    stage.pass_time(IDLE_SECONDS / 2)

    assert woken_at == pytest.approx(IDLE_SECONDS)
    with pytest.raises(ConnectionEndedError):
        stage.played[0].channel.wait_frames()
    assert stage.pool.wakes_at() is None


def test_a_hanging_evaluation_is_killed_after_it_told_where(stage: Stage) -> None:
    stage.submit(1, timeout_seconds=60)

    stage.pass_time(60)  # asked where it is: SIGUSR2 ends this one at once
    stage.pass_time(STACK_SECONDS)
    stage.end(0)

    assert [(each.id, each.outcome) for each in stage.answers] == [(1, Outcome.TIMED_OUT)]
    error = stage.answers[0].error
    assert error is not None
    limit = "60 seconds (setting evaluation_timeout_seconds)"
    assert error.message == f"sensor 'files' did not answer within {limit}; its process was killed"


def test_an_answer_at_the_last_moment_counts(stage: Stage) -> None:
    stage.submit(1)

    stage.played[0].answer(1)
    os.killpg(stage.played[0].process.pid, signal.SIGKILL)
    stage.end(0)

    assert [each.outcome for each in stage.answers] == [Outcome.ANSWERED]


def test_the_next_one_goes_on_when_an_evaluator_dies(stage: Stage) -> None:
    stage.submit(1, 2)

    os.killpg(stage.played[0].process.pid, signal.SIGABRT)
    stage.end(0)

    assert [(each.id, each.outcome) for each in stage.answers] == [(1, Outcome.KILLED)]
    assert stage.played[1].questions() == [2]


def test_who_was_killed_from_outside_is_asked_once_more(stage: Stage) -> None:
    stage.submit(1)

    os.killpg(stage.played[0].process.pid, signal.SIGKILL)
    stage.end(0)

    assert stage.answers == []
    assert stage.asked_again == [1]
    assert stage.played[1].questions() == [1]

    os.killpg(stage.played[1].process.pid, signal.SIGKILL)
    stage.end(1)

    assert [(each.id, each.outcome) for each in stage.answers] == [(1, Outcome.KILLED)]


def test_an_answer_to_another_question_is_no_answer(stage: Stage) -> None:
    stage.submit(1)

    stage.played[0].answer(99)
    stage.hear()

    assert stage.answers == []


def test_without_any_process_the_evaluation_is_answered(stage: Stage) -> None:
    stage.refusal = BlockingIOError(11, "Resource temporarily unavailable")

    stage.submit(1)

    assert [each.outcome for each in stage.answers] == [Outcome.KILLED]
    assert stage.answers[0].error is not None
    assert "Resource temporarily unavailable" in stage.answers[0].error.message


def test_when_no_more_processes_can_be_had_those_there_do_the_work(stage: Stage) -> None:
    stage.submit(1, 2)
    stage.refusal = BlockingIOError(11, "Resource temporarily unavailable")

    stage.pass_time(GROW_AFTER_SECONDS)
    stage.played[0].answer(1)
    stage.hear()

    assert [each.questions() for each in stage.played] == [[1, 2]]
    assert [each.id for each in stage.answers] == [1]
