"""Decisions about evaluators of async functions, with a clock that stands still and processes played by the test."""

import os
import selectors
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import pytest

from watchbell.ground.channel import Channel, Frame, FrameKind
from watchbell.ground.clock import ManualClock
from watchbell.host import async_pool as pool_module
from watchbell.host.async_pool import (
    BLOCK_SECONDS_MAX,
    MEMORY_CHECK_SECONDS,
    OVERDUE_SECONDS,
    SILENT_SECONDS_MAX,
    STRIKE_SECONDS,
    STRIKES_MAX,
    AsyncPool,
)
from watchbell.host.children import Child, ChildEnd
from watchbell.host.messages import AskedAgain, Blocked
from watchbell.host.pool import IDLE_SECONDS, STACK_SECONDS, EvaluatorPool
from watchbell.host.turn_mark import TurnMark
from watchbell.record.evaluation import Answer, Evaluation, Outcome
from watchbell.record.tick import AutomationKind

TICK = 0.0001  # a little more than exactly then, whatever floats add up to


class Played:
    """An evaluator whose messages the test gives; its process only sleeps, so that it can be killed."""

    def __init__(self, sock: socket.socket, mark_fd: int = -1) -> None:
        self.channel = Channel(sock.dup())
        self.process = subprocess.Popen(["sleep", "1000"], process_group=0)
        self.mark = TurnMark(mark_fd) if mark_fd >= 0 else None

    def questions(self) -> list[int]:
        values = [frame.value() for frame in self.channel.receive()]
        return [value.id for value in values if isinstance(value, Evaluation)]

    def answer(self, *numbers: int) -> None:
        for number in numbers:
            self.channel.send(Frame.of(Answer(number, Outcome.ANSWERED), FrameKind.ANSWER, number))

    def beat(self) -> None:
        self.channel.send(Frame(b"", FrameKind.BEAT))

    def block(self, number: int, seconds: float, *, ignores: bool = False) -> None:
        blocked = Blocked(number, seconds, "hang() in defs.py, line 3", ("  File defs.py\n",), ignores)
        self.channel.send(Frame.of(blocked, FrameKind.BLOCKED, number))

    def turn(self, number: int) -> None:
        assert self.mark is not None
        self.mark.write(number)


class Stage:
    """Both pools and all that they touch."""

    ready_at_once = True
    load_seconds_max = 0.0

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.selector = selectors.DefaultSelector()
        self.crowded: list[Played] = []
        self.lonely: list[Played] = []
        self.ends: dict[int, tuple[Child, Callable[[ChildEnd], None]]] = {}
        self.answers: list[Answer] = []
        self.asked_again: list[int] = []
        self.refusal: OSError | None = None
        self.alone = EvaluatorPool(self, self.selector, self.watch_child, self.take, 9, clock.monotonic)
        self.pool = AsyncPool(self, self.selector, self.watch_child, self.take, self.alone, clock.monotonic)

    def evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int]) -> Child:
        self.lonely.append(Played(sock))
        return Child(self.lonely[-1].process.pid, self.lonely[-1].process)

    def async_evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int], mark_fd: int) -> Child:
        if self.refusal is not None:
            raise self.refusal
        self.crowded.append(Played(sock, mark_fd))
        return Child(self.crowded[-1].process.pid, self.crowded[-1].process)

    def worker(self, start: object) -> Child:
        raise AssertionError("a pool starts no runs")

    def watch_child(self, child: Child, ended: Callable[[ChildEnd], None]) -> None:
        self.ends[child.pid] = (child, ended)

    def take(self, frame: Frame) -> None:
        answer = frame.value()
        if isinstance(answer, AskedAgain):
            self.asked_again.append(answer.evaluation_id)
            return
        assert isinstance(answer, Answer)
        self.answers.append(answer)

    def submit(self, *numbers: int, **facts: float) -> None:
        """Each number is a sensor of its own."""
        for number in numbers:
            evaluation = Evaluation(number, AutomationKind.SENSOR, f"s{number % 100}", **facts)  # type: ignore[arg-type]
            self.pool.submit(evaluation, Frame.of(evaluation))

    def hear(self) -> None:
        """Lets the pools take what has arrived."""
        for key, events in self.selector.select(0):
            key.data(events)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds + TICK)
        self.pool.on_time()
        self.alone.on_time()

    def end(self, played: Played) -> None:
        """The process is over, and its pool is told."""
        child, ended = self.ends[played.process.pid]
        played.process.wait(timeout=10)
        end = child.reap()
        assert end is not None
        ended(end)

    def crash(self, played: Played) -> None:
        played.process.send_signal(signal.SIGABRT)
        self.end(played)

    def asked_alone(self) -> list[int]:
        self.pass_time(0.2)
        return sorted(number for each in self.lonely for number in each.questions())

    def told(self) -> list[tuple[int, Outcome]]:
        return [(answer.id, answer.outcome) for answer in self.answers]


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage(ManualClock(datetime(2024, 1, 1, tzinfo=UTC)))
    yield made
    for played in [*made.crowded, *made.lonely]:
        played.process.kill()
        played.process.wait()
        played.channel.close()
        if played.mark is not None:
            played.mark.close()
    for key in list(made.selector.get_map().values()):
        if isinstance(key.fileobj, socket.socket):
            key.fileobj.close()
        else:
            os.close(key.fd)
    made.selector.close()


def test_nothing_to_do_is_nothing_to_wake_for(stage: Stage) -> None:
    assert stage.pool.wakes_at() is None


def test_all_go_to_one_process(stage: Stage) -> None:
    stage.submit(1, 2, 3)

    assert [each.questions() for each in stage.crowded] == [[1, 2, 3]]


def test_answers_come_in_any_order_and_once(stage: Stage) -> None:
    stage.submit(1, 2, 3)
    stage.crowded[0].answer(3, 1, 2, 2)
    stage.hear()

    assert stage.told() == [(3, Outcome.ANSWERED), (1, Outcome.ANSWERED), (2, Outcome.ANSWERED)]


def test_a_full_process_makes_others_wait(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "IN_FLIGHT_MAX", 2)
    stage.submit(1, 2, 3)
    first = stage.crowded[0].questions()
    stage.crowded[0].answer(1)
    stage.hear()

    assert (first, stage.crowded[0].questions(), len(stage.crowded)) == ([1, 2], [3], 1)


def test_an_idle_process_is_let_go(stage: Stage) -> None:
    stage.submit(1)
    stage.crowded[0].answer(1)
    stage.hear()
    wakes = stage.pool.wakes_at()
    stage.pass_time(IDLE_SECONDS)

    assert wakes == pytest.approx(stage.clock.monotonic() - TICK)
    assert stage.pool.wakes_at() is None


def test_without_a_process_the_ordinary_evaluators_do_it(stage: Stage) -> None:
    stage.refusal = OSError("no more processes")
    stage.submit(1)

    assert stage.asked_alone() == [1]


# ---------------------------------------------------------------------- blocking


def test_one_that_blocks_while_others_wait_is_ended_and_the_others_asked_again(stage: Stage) -> None:
    stage.submit(1, 2, 3)
    stage.crowded[0].answer(3)
    stage.crowded[0].block(2, BLOCK_SECONDS_MAX)
    stage.hear()
    stage.end(stage.crowded[0])

    assert stage.told() == [(3, Outcome.ANSWERED), (2, Outcome.TIMED_OUT)]
    assert stage.crowded[1].questions() == [1]
    error = stage.answers[-1].error
    assert error is not None
    assert error.message.startswith("sensor 's2' kept 1 other async evaluation(s) waiting for 2.0 seconds: hang() in")
    assert error.stack == ("  File defs.py\n",)


def test_one_that_was_ended_is_evaluated_alone_from_then_on(stage: Stage) -> None:
    stage.submit(1, 2)
    stage.crowded[0].block(2, BLOCK_SECONDS_MAX)
    stage.hear()
    stage.end(stage.crowded[0])

    stage.submit(101, 102)

    assert stage.crowded[1].questions() == [1, 101]
    assert stage.asked_alone() == [102]


@pytest.mark.parametrize("seconds", [0.5, BLOCK_SECONDS_MAX - 0.1])
def test_one_that_blocks_for_less_is_not_ended(stage: Stage, seconds: float) -> None:
    stage.submit(1, 2)
    stage.crowded[0].block(2, seconds)
    stage.hear()

    assert stage.crowded[0].process.poll() is None


def test_one_that_blocks_alone_has_time_until_its_deadline(stage: Stage) -> None:
    stage.submit(1, timeout_seconds=10)
    stage.crowded[0].block(1, 9.9)
    stage.hear()
    before = stage.crowded[0].process.poll()
    stage.crowded[0].block(1, 10)
    stage.hear()
    stage.end(stage.crowded[0])

    assert before is None
    assert stage.told() == [(1, Outcome.TIMED_OUT)]


def test_one_that_goes_on_although_it_was_cancelled_is_ended(stage: Stage) -> None:
    stage.submit(1)
    stage.crowded[0].block(1, 0.5, ignores=True)
    stage.hear()
    stage.end(stage.crowded[0])

    assert stage.told() == [(1, Outcome.TIMED_OUT)]
    assert "although it was cancelled" in str(stage.answers[0].error)


# ------------------------------------------------------------------------ silence


def test_a_process_that_beats_is_left_alone(stage: Stage) -> None:
    stage.submit(1, 2)
    for _ in range(4):
        stage.pass_time(SILENT_SECONDS_MAX / 2)
        stage.crowded[0].beat()
        stage.hear()

    assert stage.crowded[0].process.poll() is None


def test_a_silent_process_is_ended_and_whose_turn_it_was_is_named(stage: Stage) -> None:
    stage.submit(1, 2)
    stage.crowded[0].turn(2)
    wakes = stage.pool.wakes_at()
    stage.pass_time(SILENT_SECONDS_MAX)
    stage.pass_time(STACK_SECONDS)
    stage.end(stage.crowded[0])

    assert wakes is not None
    assert stage.told() == [(2, Outcome.TIMED_OUT)]
    assert "kept everything else in its process from running" in str(stage.answers[0].error)
    assert stage.crowded[1].questions() == [1]


def test_a_process_that_is_silent_in_nobodys_turn_has_all_evaluated_alone(stage: Stage) -> None:
    stage.submit(1, 2)
    stage.pass_time(SILENT_SECONDS_MAX)
    stage.pass_time(STACK_SECONDS)
    stage.end(stage.crowded[0])

    assert stage.asked_alone() == [1, 2]


def test_an_evaluation_that_is_overdue_is_given_up(stage: Stage) -> None:
    stage.submit(1, timeout_seconds=1)
    stage.crowded[0].questions()
    for _ in range(3):
        stage.pass_time(1)
        stage.crowded[0].beat()
        stage.hear()
    stage.pass_time(OVERDUE_SECONDS + STACK_SECONDS)
    stage.end(stage.crowded[0])

    assert stage.told() == [(1, Outcome.TIMED_OUT)]
    assert "did not answer within 1 seconds" in str(stage.answers[0].error)


def test_what_was_answered_is_not_overdue(stage: Stage) -> None:
    stage.submit(1, timeout_seconds=1)
    stage.submit(2, timeout_seconds=1000)
    stage.crowded[0].answer(1)
    stage.hear()
    for _ in range(4):
        stage.pass_time(1)
        stage.crowded[0].beat()
        stage.hear()

    assert stage.crowded[0].process.poll() is None


# ------------------------------------------------------------------------ crashes


def test_after_a_crash_whose_turn_it_was_is_evaluated_alone_and_the_others_together(stage: Stage) -> None:
    stage.submit(1, 2, 3)
    stage.crowded[0].turn(2)
    stage.crash(stage.crowded[0])

    assert stage.crowded[1].questions() == [1, 3]
    assert stage.asked_alone() == [2]
    assert stage.told() == []


def test_who_crashes_alone_as_well_stays_alone(stage: Stage) -> None:
    stage.submit(1, 2)
    stage.crowded[0].turn(2)
    stage.crash(stage.crowded[0])
    stage.crash(stage.lonely[0])
    stage.lonely[0].questions()

    stage.submit(102)

    assert stage.told() == [(2, Outcome.KILLED)]
    assert "it is evaluated alone until the code is loaded anew" in str(stage.answers[0].error)
    assert stage.crowded[1].questions() == [1]
    assert len(stage.lonely) == 2


def test_who_does_not_crash_alone_is_not_set_apart(stage: Stage) -> None:
    stage.submit(1, 2)
    stage.crowded[0].turn(2)
    stage.crash(stage.crowded[0])
    stage.lonely[0].answer(2)
    stage.hear()

    stage.submit(102)

    assert stage.crowded[1].questions() == [1, 102]


def test_who_is_there_at_every_crash_is_set_apart_in_the_end(stage: Stage) -> None:
    for strike in range(STRIKES_MAX):
        number = 100 * strike + 2
        stage.submit(number)
        stage.crowded[strike].turn(number)
        stage.crash(stage.crowded[strike])
        stage.lonely[0].answer(number)
        stage.hear()

    stage.submit(902)

    assert len(stage.crowded) == STRIKES_MAX
    assert 902 in stage.asked_alone()


def test_crashes_long_ago_are_not_kept_against_anybody(stage: Stage) -> None:
    for strike in range(STRIKES_MAX + 1):
        number = 100 * strike + 2
        stage.submit(number)
        stage.crowded[strike].turn(number)
        stage.crash(stage.crowded[strike])
        stage.lonely[-1].answer(number)
        stage.hear()
        stage.pass_time(STRIKE_SECONDS / 2)

    stage.submit(902)

    assert stage.crowded[-1].questions() == [902]


def test_after_a_crash_in_nobodys_turn_all_are_evaluated_alone(stage: Stage) -> None:
    stage.submit(1, 2)
    stage.crash(stage.crowded[0])

    assert stage.asked_alone() == [1, 2]
    assert stage.asked_again == [1, 2]


def test_an_answer_that_was_complete_before_a_crash_counts(stage: Stage) -> None:
    stage.submit(1, 2)
    stage.crowded[0].answer(1)
    stage.crash(stage.crowded[0])

    assert stage.told() == [(1, Outcome.ANSWERED)]
    assert stage.asked_alone() == [2]


def test_a_process_that_sends_garbage_is_ended_and_all_are_answered(stage: Stage) -> None:
    stage.submit(1)
    stage.crowded[0].channel.sock.send(b"\xff" * 100)
    stage.hear()
    stage.end(stage.crowded[0])

    assert stage.asked_alone() == [1]


# ------------------------------------------------------------------------- memory


class Memory:
    """What processes are said to hold."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.megabytes = 0
        monkeypatch.setattr("watchbell.host.evaluator_link.resident_bytes", lambda _pid: self.megabytes * 1024 * 1024)


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    return Memory(monkeypatch)


def test_a_process_that_holds_too_much_is_ended_and_all_are_evaluated_alone(stage: Stage, memory: Memory) -> None:
    stage.submit(1, 2, memory_mb=100)
    memory.megabytes = 101
    stage.pass_time(MEMORY_CHECK_SECONDS)
    memory.megabytes = 0
    stage.end(stage.crowded[0])

    assert stage.asked_alone() == [1, 2]


def test_one_that_holds_too_much_by_itself_is_named(stage: Stage, memory: Memory) -> None:
    stage.submit(1, memory_mb=100)
    memory.megabytes = 101
    stage.pass_time(MEMORY_CHECK_SECONDS)
    stage.end(stage.crowded[0])

    assert stage.told() == [(1, Outcome.KILLED)]
    assert "took 101 MB of memory" in str(stage.answers[0].error)


def test_a_process_that_holds_half_takes_nothing_new_and_ends_when_it_is_done(stage: Stage, memory: Memory) -> None:
    stage.submit(1, memory_mb=100)
    memory.megabytes = 51
    stage.pass_time(MEMORY_CHECK_SECONDS)
    memory.megabytes = 0
    stage.submit(2)
    stage.crowded[0].answer(1)
    stage.hear()

    assert stage.told() == [(1, Outcome.ANSWERED)]
    assert stage.crowded[1].questions() == [2]
    assert stage.crowded[0].channel.sock.recv(1000) != b""
    assert stage.crowded[0].channel.sock.recv(1) == b""


def test_stopping_kills_what_is_there(stage: Stage) -> None:
    stage.submit(1)
    stage.pool.stop()

    assert stage.crowded[0].process.wait(timeout=10) == -9
