"""The thread of a loop; every wait is for something that happens."""

import queue
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from watchbell.ground.clock import SystemClock
from watchbell.ground.errors import LeaseLostError, StoreFullError, StoreLockedError
from watchbell.services.loop import LoopThread

SECONDS_MAX = 20.0


class Recorder:
    """A loop that tells the test of each step, and does what the test says."""

    name = "recorder"

    def __init__(self, act: Callable[[int], datetime | None] = lambda step: None) -> None:
        self.steps: queue.SimpleQueue[list[object]] = queue.SimpleQueue()
        self._act = act
        self._number = 0

    def step(self, now: datetime, messages: Sequence[object]) -> datetime | None:
        self._number += 1
        self.steps.put(list(messages))
        return self._act(self._number)

    def next_step(self) -> list[object]:
        return self.steps.get(timeout=SECONDS_MAX)


def thread_of(loop: Recorder, failed: Callable[[BaseException], None] = lambda error: None) -> LoopThread:
    return LoopThread(loop, SystemClock(), failed)


def test_the_first_step_comes_at_once_and_messages_wake_it() -> None:
    loop = Recorder()
    thread = thread_of(loop)
    thread.start()
    assert loop.next_step() == []

    thread.tell("a")
    assert loop.next_step() == ["a"]
    thread.stop()


def test_messages_told_before_the_start_are_not_lost() -> None:
    loop = Recorder(lambda step: datetime.min.replace(tzinfo=SystemClock().now().tzinfo) if step == 1 else None)
    thread = thread_of(loop)
    thread.tell("early")
    thread.start()

    assert loop.next_step() == []
    assert loop.next_step() == ["early"]
    thread.stop()


def test_messages_that_gather_come_together() -> None:
    go_on = threading.Event()
    loop = Recorder(lambda step: go_on.wait(SECONDS_MAX) and None)
    thread = thread_of(loop)
    thread.start()
    loop.next_step()
    for number in range(5):
        thread.tell(number)
    go_on.set()

    assert loop.next_step() == [0, 1, 2, 3, 4]
    thread.stop()


def test_a_step_is_called_when_it_asked_to_be() -> None:
    loop = Recorder(lambda step: SystemClock().now() + timedelta(milliseconds=5) if step < 3 else None)
    thread = thread_of(loop)
    thread.start()

    assert [loop.next_step() for _ in range(3)] == [[], [], []]
    thread.stop()


@pytest.mark.parametrize("error", [StoreLockedError("busy", location="x"), StoreFullError("full", location="x")])
def test_a_store_that_cannot_be_written_is_tried_again_and_told_of_once(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def act(step: int) -> None:
        if step <= 3:
            raise error

    loop = Recorder(act)
    thread = thread_of(loop)
    thread.start()
    for _ in range(4):
        loop.next_step()
    thread.stop()

    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert "goes on after 3 failed tries" in caplog.text


def test_a_mistake_of_ours_does_not_end_the_loop() -> None:
    def act(step: int) -> None:
        if step == 1:
            raise ZeroDivisionError

    loop = Recorder(act)
    thread = thread_of(loop)
    thread.start()

    assert [loop.next_step(), loop.next_step()] == [[], []]
    thread.stop()


def test_a_lost_lease_ends_the_loop_and_is_told() -> None:
    told: queue.SimpleQueue[BaseException] = queue.SimpleQueue()

    def act(step: int) -> None:
        raise LeaseLostError("gone", lease="daemon")

    thread = thread_of(Recorder(act), told.put)
    thread.start()

    assert isinstance(told.get(timeout=SECONDS_MAX), LeaseLostError)
    thread.stop()


def test_a_thread_may_be_stopped_unstarted_and_twice() -> None:
    loop = Recorder()
    thread = thread_of(loop)
    thread.stop()
    thread.start()
    loop.next_step()
    thread.stop()
    thread.stop()
    thread.tell("nobody is there")

    assert loop.steps.empty()
