"""What the watcher of a loop sees, with clocks that the test moves and steps that it plays."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from watchbell.host.loop_watch import (
    BEAT_SECONDS,
    HELD_SECONDS,
    HOLDS_MAX,
    SAMPLE_SECONDS,
    TELL_EVERY_SECONDS,
    TELL_SECONDS,
    UNSEEN_PLACE,
    LoopWatch,
    MarkedCoroutine,
    Turn,
    where,
)
from watchbell.host.messages import Blocked
from watchbell.host.turn_mark import TurnMark, new_mark_fd


class Stage:
    """A watcher that looks when the test says so, at this thread."""

    def __init__(self) -> None:
        fd = new_mark_fd()
        self.mark = TurnMark(fd)
        os.close(fd)
        self.turn = Turn(self.mark)
        self.now = 100.0
        self.cpu = 0.0
        self.told: list[Blocked | None] = []
        self.owner = 0
        self.asked: list[Callable[[], None]] = []
        self.watch = LoopWatch(self.turn, self, threading.get_ident(), lambda: self.now, lambda: self.cpu)

    def tell_host(self, blocked: Blocked | None) -> None:
        self.told.append(blocked)

    def ask_for_turn(self, answer: Callable[[], None]) -> None:
        self.asked.append(answer)

    def owner_of(self, frame: FrameType | None) -> int:
        return self.owner

    def pass_time(self, seconds: float) -> None:
        """Time in which the watcher looks as often as it does."""
        for _ in range(round(seconds / SAMPLE_SECONDS)):
            self.now += SAMPLE_SECONDS
            self.watch.look()

    def blocked(self) -> list[Blocked]:
        return [each for each in self.told if each is not None]


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.mark.close()


def test_a_short_step_is_not_worth_a_word(stage: Stage) -> None:
    before = stage.turn.begin(7)
    stage.pass_time(HELD_SECONDS - 2 * SAMPLE_SECONDS)
    stage.turn.end(before)
    stage.pass_time(SAMPLE_SECONDS)

    assert stage.watch.holds_of(7) == []


def test_a_long_step_is_kept_with_its_place_and_length(stage: Stage) -> None:
    before = stage.turn.begin(7)
    stage.pass_time(0.3)
    stage.turn.end(before)

    [hold] = stage.watch.holds_of(7)

    assert hold.seconds == pytest.approx(0.3, abs=0.03)
    assert "test_loop_watch.py, line " in hold.place


def test_what_was_told_is_forgotten(stage: Stage) -> None:
    before = stage.turn.begin(7)
    stage.pass_time(0.3)
    stage.turn.end(before)
    stage.watch.holds_of(7)

    assert stage.watch.holds_of(7) == []


def test_many_short_steps_are_not_a_long_one(stage: Stage) -> None:
    for _ in range(50):
        before = stage.turn.begin(7)
        stage.pass_time(SAMPLE_SECONDS)
        stage.turn.end(before)

    assert stage.watch.holds_of(7) == []
    assert stage.blocked() == []


def test_a_process_that_got_no_time_is_nobodys_fault(stage: Stage) -> None:
    before = stage.turn.begin(7)
    stage.now += 10
    stage.watch.look()
    stage.turn.end(before)

    assert stage.watch.holds_of(7) == []


def test_a_function_that_kept_the_watcher_out_is_seen_by_what_it_computed(stage: Stage) -> None:
    before = stage.turn.begin(7)
    stage.now += 10
    stage.cpu += 9
    stage.watch.look()
    stage.turn.end(before)

    assert [each.seconds for each in stage.watch.holds_of(7)] == [9]


def test_the_host_hears_twice_a_second_that_all_is_well(stage: Stage) -> None:
    stage.pass_time(4 * BEAT_SECONDS - SAMPLE_SECONDS)

    assert stage.told == [None] * 4


def test_the_host_hears_of_a_step_that_does_not_end_and_no_beat(stage: Stage) -> None:
    stage.watch.look()
    stage.turn.begin(7)
    stage.told.clear()

    stage.pass_time(TELL_SECONDS + 2 * TELL_EVERY_SECONDS + 4 * SAMPLE_SECONDS)

    assert [each.evaluation_id for each in stage.blocked()] == [7, 7, 7]
    assert stage.told.count(None) <= 1
    assert "test_the_host_hears_of_a_step_that_does_not_end" in "".join(stage.blocked()[-1].stack)
    assert stage.blocked()[-1].seconds == pytest.approx(TELL_SECONDS + 2 * TELL_EVERY_SECONDS, abs=0.1)


def test_the_host_hears_at_once_that_it_is_over(stage: Stage) -> None:
    before = stage.turn.begin(7)
    stage.pass_time(TELL_SECONDS + SAMPLE_SECONDS)
    stage.turn.end(before)
    told = len(stage.told)

    stage.pass_time(SAMPLE_SECONDS)

    assert stage.told[told:] == [None]


def test_a_callback_that_does_not_end_is_told_like_a_step(stage: Stage) -> None:
    stage.watch.look()
    stage.owner = 7
    stage.pass_time(TELL_SECONDS + 0.2)

    assert [each.evaluation_id for each in stage.blocked()] == [7]
    assert stage.watch.holds_of(7)[0].seconds == pytest.approx(TELL_SECONDS + 0.1, abs=0.1)


def test_a_loop_that_turns_is_kept_by_nobody(stage: Stage) -> None:
    stage.owner = 7
    for _ in range(100):
        stage.pass_time(SAMPLE_SECONDS)
        for answer in stage.asked:
            answer()
        stage.asked.clear()

    assert stage.blocked() == []
    assert stage.watch.holds_of(7) == []


def test_of_one_evaluation_only_so_many_steps_are_kept(stage: Stage) -> None:
    for _ in range(HOLDS_MAX + 3):
        before = stage.turn.begin(7)
        stage.pass_time(0.2)
        stage.turn.end(before)
        stage.pass_time(SAMPLE_SECONDS)

    assert len(stage.watch.holds_of(7)) == HOLDS_MAX


def test_the_mark_says_whose_turn_it_is_while_a_coroutine_makes_a_step(stage: Stage) -> None:
    marks = []

    async def inner() -> str:
        marks.append(stage.mark.read())
        await asyncio.sleep(0)
        marks.append(stage.mark.read())
        return "done"

    async def main() -> Any:
        task: asyncio.Task[Any] = asyncio.Task(MarkedCoroutine(inner(), 7, stage.turn))
        await asyncio.sleep(0)
        marks.append(stage.mark.read())
        return await task

    result = asyncio.run(main())

    assert (result, marks, stage.mark.read()) == ("done", [7, 0, 7], 0)


def test_a_marked_coroutine_is_told_of_errors_and_can_be_awaited(stage: Stage) -> None:
    async def inner() -> str:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            return f"cancelled in the turn of {stage.mark.read()}"
        return ""

    async def main() -> Any:
        task: asyncio.Task[Any] = asyncio.Task(MarkedCoroutine(inner(), 7, stage.turn))
        await asyncio.sleep(0)
        task.cancel()
        return await task

    async def plain() -> int:
        return 3

    async def awaiting() -> Any:
        return await MarkedCoroutine(plain(), 7, stage.turn)

    marked = MarkedCoroutine(inner(), 7, stage.turn)
    name = marked.__qualname__
    marked.close()

    assert asyncio.run(main()) == "cancelled in the turn of 7"
    assert asyncio.run(awaiting()) == 3
    assert name.endswith("inner")


def test_a_step_within_a_step_gives_the_turn_back(stage: Stage) -> None:
    outer = stage.turn.begin(7)
    inner = stage.turn.begin(8)
    stage.turn.end(inner)
    between = stage.turn.current
    stage.turn.end(outer)

    assert (between, stage.turn.current) == (7, 0)


def test_a_stack_without_user_code_has_no_place() -> None:
    assert where([]) == ("", ())


def test_a_step_that_ended_before_its_place_was_seen_is_kept_all_the_same(stage: Stage) -> None:
    before = stage.turn.begin(7)
    stage.now += 10
    stage.cpu += 9
    count = stage.turn.count

    class Racing(Turn):
        """A turn that has gone on whenever it is looked at twice."""

        looks = 0

        @property
        def count(self) -> int:
            self.looks += 1
            return count + (self.looks > 1)

        @count.setter
        def count(self, value: int) -> None:
            """What is written counts no more."""

    racing = Racing(stage.mark)
    racing.current = 7
    stage.watch._turn = racing
    stage.watch.look()
    stage.turn.end(before)

    assert [each.place for each in stage.watch.holds_of(7)] == [UNSEEN_PLACE]


def test_a_look_that_fails_is_not_the_last_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looked = threading.Event()

    def tell_host(blocked: Blocked | None) -> None:
        stage.now += BEAT_SECONDS
        stage.told.append(blocked)
        if len(stage.told) == 1:
            raise RuntimeError("no file")
        looked.set()

    monkeypatch.setattr(stage, "tell_host", tell_host)
    stage.watch.start()
    stage.watch.work_begins()

    assert looked.wait(10)
    stage.watch.work_ends()
    assert "RuntimeError: no file" in capsys.readouterr().err
