"""Roots that are evaluated by themselves, so that the others do not wait for them: which ones, and in which processes.

The processes are those of an ordinary pool of evaluators, with its limits of time and memory. What comes of such an
evaluation is kept until a question about the sensor is asked, which takes it in, so it is stored with a tick. Until
then the root is not evaluated again, and the store says where it stands.
"""

from __future__ import annotations

import os
import selectors
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import count

from watchbell.ground.channel import Frame
from watchbell.ground.value import dataclass
from watchbell.host.children import Child, ChildEnd, Starter
from watchbell.host.left_out import LeftOutRoots, slow_seconds
from watchbell.host.messages import ConditionQuestion, FoundAlone
from watchbell.host.pool import EvaluatorPool
from watchbell.host.turn_mark import new_mark_fd
from watchbell.record.evaluation import Answer, Evaluation, OtherAssets, Outcome

PROCESSES_MAX = 2  # roots that are evaluated by themselves at once; further ones wait
PROCESS_ENDED = (Outcome.TIMED_OUT, Outcome.KILLED)


@dataclass(frozen=True)
class Going:
    """A root that is being evaluated by itself.

    Args:
        sensor: who looks after it.
        mark: what stands for it.
        slow_seconds: if it takes longer, it stays alone.
    """

    sensor: str
    mark: int
    slow_seconds: float


class LoneStarter:
    """Starts processes that evaluate conditions where a pool wants evaluators.

    Args:
        starter: begins them.
    """

    def __init__(self, starter: Starter) -> None:
        self._starter = starter
        self.ready_at_once = starter.ready_at_once
        self.load_seconds_max = starter.load_seconds_max

    def evaluator(self, sock: socket.socket, output_fd: int, host_fds: Sequence[int]) -> Child:
        """See :class:`~watchbell.host.children.Starter`."""
        mark_fd = new_mark_fd()  # whom it evaluates is known; nobody reads it
        try:
            return self._starter.condition_evaluator(sock, output_fd, host_fds, mark_fd=mark_fd)
        finally:
            os.close(mark_fd)


class LoneRoots:
    """See the module.

    Args:
        left_out: the roots that are left out.
        starter: begins processes.
        selector: where their file descriptors are registered; the data of each key is a callable.
        watch_child: tells the host to call back when a child ends.
        monotonic: the clock.
    """

    def __init__(
        self,
        left_out: LeftOutRoots,
        starter: Starter,
        selector: selectors.BaseSelector,
        watch_child: Callable[[Child, Callable[[ChildEnd], None]], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._left_out = left_out
        self._monotonic = monotonic
        self._going: dict[int, Going] = {}
        self._ids = count(1)
        self._cursors: dict[str, set[str | None]] = {}
        self._pool = EvaluatorPool(
            LoneStarter(starter), selector, watch_child, self._on_answer, PROCESSES_MAX, monotonic
        )
        self.wakes_at, self.on_time, self.stop = self._pool.wakes_at, self._pool.on_time, self._pool.stop

    def asked(self, evaluation: Evaluation, others: Iterable[OtherAssets]) -> ConditionQuestion | None:
        """A question about a sensor is asked of the process that evaluates all others.

        Args:
            evaluation: the question.
            others: what is known of the assets of other locations.

        Returns:
            What to ask instead, of a sensor of which roots are left out; else None.
        """
        name = evaluation.name
        if not self._left_out.has_any(name):
            return None
        if evaluation.cursor not in self._cursors.setdefault(name, {evaluation.cursor}):
            self._cursors[name] = {evaluation.cursor}
            self._left_out.forget_found(name)
            self._going = {number: each for number, each in self._going.items() if each.sensor != name}
        now = self._monotonic()
        for mark in self._left_out.due(name, now):
            self._begin(evaluation, mark, tuple(others))
        return ConditionQuestion(evaluation, self._left_out.asked(name, now), self._left_out.found(name))

    def answered(self, evaluation: Evaluation, frame: Frame) -> None:
        """It was answered."""
        name = evaluation.name
        if not self._left_out.has_any(name):
            self._cursors.pop(name, None)
            return
        answer = frame.value()
        if isinstance(answer, Answer) and answer.outcome is Outcome.ANSWERED:
            self._cursors[name] = {evaluation.cursor, answer.cursor or evaluation.cursor}
            self._left_out.answered(name)

    def _begin(self, evaluation: Evaluation, mark: int, others: tuple[OtherAssets, ...]) -> None:
        question = replace(evaluation, id=next(self._ids))
        self._going[question.id] = Going(evaluation.name, mark, slow_seconds(evaluation))
        self._pool.submit(question, Frame.of(ConditionQuestion(question, alone=mark, others=others)))

    def _on_answer(self, frame: Frame) -> None:
        going = self._going.pop(frame.id, None)
        if going is None:
            return
        found, now = frame.value(), self._monotonic()
        if isinstance(found, FoundAlone):
            is_slow = found.seconds > going.slow_seconds
            self._left_out.did_well(going.sensor, going.mark, found.answer, found.seconds, now, is_slow=is_slow)
        elif isinstance(found, Answer) and found.outcome in PROCESS_ENDED:
            self._left_out.strike(going.sensor, going.mark, _reason(found), now)
        else:  # what its condition raises is part of what is found: the store was locked, for example
            self._left_out.could_not(going.sensor, going.mark, now)


def _reason(answer: Answer) -> str:
    """How its process ended."""
    if answer.error is None:
        return "has no answer"
    at = f", at {answer.error.stack[-1].strip()}" if answer.error.stack else ""
    return " ".join(f"had no answer by itself: {answer.error.message}{at}".split())
