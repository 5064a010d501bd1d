"""The process that evaluates conditions, seen from the host: one, which has the graph and all facts in memory.

Questions are answered one after the other; each is a slice of limited length, so several condition sensors take turns.
What goes wrong is laid at the door of the *root* (the asset or check) whose condition was being evaluated, which the
process wrote down beforehand (``turn_mark.py``): it is left out, and the question is asked again, in a new process, for
all the others. So it is when a root takes long. It is evaluated by itself (``condition_alone.py``), at once if it was
only slow; after one that ended its process there are pauses, from a minute to an hour; new code begins anew. Only when
nobody's condition was being evaluated, or one root after the other ends the process, the sensor's evaluation fails.
"""

from __future__ import annotations

import os
import selectors
from collections import deque
from collections.abc import Callable
from dataclasses import field, replace
from functools import partial

from watchbell.ground.channel import Frame, FrameError, FrameKind
from watchbell.ground.value import dataclass
from watchbell.host.children import Child, ChildEnd, Starter
from watchbell.host.condition_alone import LoneRoots
from watchbell.host.endings import Trouble, answer_for, split_output
from watchbell.host.evaluator_link import EvaluatorLink
from watchbell.host.left_out import LeftOutRoots, slow_seconds
from watchbell.host.messages import AskedAgain
from watchbell.host.pool import MEGABYTE, MEMORY_CHECK_SECONDS, STACK_SECONDS, Job
from watchbell.host.turn_mark import TurnMark, new_mark_fd
from watchbell.record.evaluation import Evaluation, OtherAssets, Outcome

PROCESSES_MAX = 4  # for one question; then its sensor's evaluation fails
NO_ANSWER = "has no answer: its process "
STACK_LINES_MAX = 6  # of where a root was, for people


@dataclass(eq=False)
class ConditionProcess:
    """The process.

    Args:
        link: the process, and the connection to it.
        mark: which root it is evaluating, as a number; 0: none.
        is_ready: whether its code is loaded.
        job: what it is busy with.
        deadline_at: when that is given up.
        kill_at: when it is killed.
        trouble: why it is.
        root: which root it was found evaluating last, as a number; 0: none.
        root_since: when it was first found to.
        is_slow: whether it is killed because that takes long.
    """

    link: EvaluatorLink
    mark: TurnMark
    is_ready: bool
    job: Job | None = None
    deadline_at: float = 0.0
    kill_at: float | None = None
    trouble: Trouble | None = None
    root: int = 0
    root_since: float = 0.0
    is_slow: bool = False


@dataclass(eq=False)
class Question:
    """An evaluation on its way.

    Args:
        job: the evaluation, as it came.
        processes: how many processes it was given to (count).
        is_second: whether a process was killed from outside under it.
    """

    job: Job
    processes: int = 0
    is_second: bool = field(default=False)


class ConditionPool:
    """See the module.

    Args:
        starter: begins the process.
        selector: where its file descriptors are registered; the data of each key is a callable.
        watch_child: tells the host to call back when a child ends.
        answer: sends an answer's frame to the service.
        monotonic: the clock.
    """

    def __init__(
        self,
        starter: Starter,
        selector: selectors.BaseSelector,
        watch_child: Callable[[Child, Callable[[ChildEnd], None]], None],
        answer: Callable[[Frame], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._starter = starter
        self._selector = selector
        self._watch_child = watch_child
        self._answer = answer
        self._monotonic = monotonic
        self._waiting: deque[Question] = deque()
        self._current: Question | None = None
        self._process: ConditionProcess | None = None
        self._others: dict[str, tuple[OtherAssets, Frame]] = {}  # by location, with the frame as it came
        self._left_out = LeftOutRoots()
        self._lone = LoneRoots(self._left_out, starter, selector, watch_child, monotonic)
        self._memory_checked_at = 0.0

    def submit(self, evaluation: Evaluation, frame: Frame) -> None:
        """Takes a question; its answer comes exactly once."""
        self._waiting.append(Question(Job(evaluation, frame, self._monotonic())))
        self._dispatch()

    def tell(self, others: OtherAssets, frame: Frame) -> None:
        """Takes what is known of the assets of another location."""
        self._others[others.location_name] = others, frame
        if self._process is not None:
            self._process.link.send(frame)

    def wakes_at(self) -> float | None:
        """When :meth:`on_time` has something to do; None: only after the next event."""
        times = [each for each in (self._process_wakes_at(), self._lone.wakes_at()) if each is not None]
        return min(times, default=None)

    def _process_wakes_at(self) -> float | None:
        process = self._process
        if process is None or process.job is None:
            return None if process is None else process.kill_at
        if process.kill_at is not None:
            return process.kill_at
        return min(process.deadline_at, self._memory_checked_at + MEMORY_CHECK_SECONDS)

    def on_time(self) -> None:
        """Enforces limits."""
        self._lone.on_time()
        process = self._process
        if process is None or (process.job is None and process.kill_at is None):
            return
        now = self._monotonic()
        if process.kill_at is not None:
            if now >= process.kill_at:
                self._kill(process)
        elif process.job is not None and now >= process.deadline_at:
            evaluation = process.job.evaluation
            limit = evaluation.timeout_text if process.is_ready else f"{self._starter.load_seconds_max:g} seconds"
            process.trouble = Trouble(Outcome.TIMED_OUT, f"did not answer within {limit}; its process was killed")
            process.kill_at = now + STACK_SECONDS
            process.link.ask_for_stack()
        elif now >= self._memory_checked_at + MEMORY_CHECK_SECONDS:
            self._memory_checked_at = now
            self._enforce_memory(process)
            self._enforce_turns(process, now)

    def stop(self) -> None:
        """Kills all processes."""
        self._lone.stop()
        if self._process is not None:
            self._process.link.kill()

    # ------------------------------------------------------------------ work

    def _dispatch(self) -> None:
        while self._current is None and self._waiting:
            question = self._waiting.popleft()
            try:
                process = self._process or self._start()
            except OSError as error:
                trouble = Trouble(Outcome.KILLED, f"could be given no process: {error}")
                self._fail(question, trouble)
                continue
            if process.kill_at is not None:  # it is on its way out; its end brings us back here
                self._waiting.appendleft(question)
                return
            self._give(process, question)

    def _start(self) -> ConditionProcess:
        mark_fd = new_mark_fd()
        try:
            mark = TurnMark(mark_fd)
            link = EvaluatorLink.begin(partial(self._starter.condition_evaluator, mark_fd=mark_fd), self._selector)
        finally:
            os.close(mark_fd)
        process = self._process = ConditionProcess(link, mark, is_ready=self._starter.ready_at_once)
        if process.is_ready:
            link.measure()
        link.listen(
            lambda frame: self._on_frame(process, frame),
            lambda: self._on_closed(process),
            lambda error: self._on_garbage(process, error),
        )
        self._watch_child(link.child, lambda end: self._on_end(process, end))
        for _, frame in self._others.values():
            link.send(frame)
        return process

    def _give(self, process: ConditionProcess, question: Question) -> None:
        now = self._monotonic()
        self._current = question
        question.processes += 1
        process.job = question.job
        loading_seconds = 0.0 if process.is_ready else self._starter.load_seconds_max
        process.deadline_at = now + loading_seconds + question.job.evaluation.timeout_seconds
        self._memory_checked_at = now
        process.root = 0
        instead = self._lone.asked(question.job.evaluation, (others for others, _ in self._others.values()))
        process.link.send(question.job.frame if instead is None else Frame.of(instead))

    def _on_frame(self, process: ConditionProcess, frame: Frame) -> None:
        if frame.kind == FrameKind.READY and not process.is_ready:
            process.is_ready = True
            process.link.measure()
            if process.job is not None:
                process.deadline_at = self._monotonic() + process.job.evaluation.timeout_seconds
        elif frame.kind == FrameKind.ANSWER and process.job is not None and process.job.evaluation.id == frame.id:
            if process.trouble is not None:
                return  # it comes too late; whoever is at fault is dealt with when the process is gone
            evaluation = process.job.evaluation
            process.job = self._current = None
            process.link.output.clear()
            self._lone.answered(evaluation, frame)
            self._answer(frame)
            self._dispatch()

    # ---------------------------------------------------------------- limits

    def _enforce_memory(self, process: ConditionProcess) -> None:
        if process.job is None or not process.is_ready:
            return
        limit_mb = process.job.evaluation.memory_mb
        held_mb = process.link.held_bytes / MEGABYTE
        if held_mb > limit_mb:
            reason = (
                f"took {held_mb:,.0f} MB of memory, more than the {limit_mb:,} MB an evaluation may take "
                "(setting evaluation_memory_mb); its process was killed"
            )
            process.trouble = Trouble(Outcome.KILLED, reason)
            self._kill(process)

    def _enforce_turns(self, process: ConditionProcess, now: float) -> None:
        """Nobody waits for a root that takes long."""
        root = process.mark.read()
        if root != process.root:
            process.root, process.root_since = root, now
            return
        if process.job is None or process.kill_at is not None or not root:
            return
        seconds_max = slow_seconds(process.job.evaluation)
        if now >= process.root_since + seconds_max:
            process.is_slow = True
            process.trouble = Trouble(Outcome.TIMED_OUT, f"took more than {seconds_max:g} seconds")
            self._kill(process)

    def _kill(self, process: ConditionProcess) -> None:
        process.kill_at = float("inf")
        process.link.kill()

    def _on_closed(self, process: ConditionProcess) -> None:
        if process.kill_at is None:
            process.kill_at = self._monotonic() + STACK_SECONDS  # it is of no use any more

    def _on_garbage(self, process: ConditionProcess, error: FrameError) -> None:
        process.trouble = Trouble(Outcome.KILLED, f"sent what is no answer ({error})")
        self._kill(process)

    # ------------------------------------------------------------------ ends

    def _on_end(self, process: ConditionProcess, end: ChildEnd) -> None:
        if process is not self._process:
            return
        process.kill_at = float("inf")
        process.link.drain(lambda frame: self._on_frame(process, frame))
        root = process.root if process.is_slow else process.mark.read()
        self._process = None
        process.link.close()
        process.mark.close()
        process.link.kill()  # what it started goes with it
        question, self._current = self._current, None
        if question is not None and process.job is not None:
            trouble = process.trouble or Trouble(Outcome.KILLED, f"{NO_ANSWER}{end}")
            trouble = replace(trouble, output=process.link.output_text)
            is_from_outside = process.trouble is None and end.signal == "SIGKILL"
            self._settle(question, trouble, root, is_from_outside=is_from_outside, is_slow=process.is_slow)
        self._dispatch()

    def _settle(self, question: Question, trouble: Trouble, root: int, *, is_from_outside: bool, is_slow: bool) -> None:
        if is_from_outside and not question.is_second:
            question.is_second = True  # for want of memory, as a rule: that need not be its fault
            why = trouble.reason.removeprefix(NO_ANSWER)
            self._answer(Frame.of(AskedAgain(question.job.evaluation.id, f"its process {why}")))
            self._waiting.appendleft(question)
        elif root and question.processes < PROCESSES_MAX:
            name = question.job.evaluation.name
            self._left_out.strike(name, root, _reason(trouble), self._monotonic(), is_slow=is_slow)
            question.processes -= is_slow  # it did no harm but take its time; no limit to those
            self._answer(Frame(b"", FrameKind.BEAT))  # it takes longer than its time, but we are not stuck
            self._waiting.appendleft(question)
        else:
            self._fail(question, trouble)

    def _fail(self, question: Question, trouble: Trouble) -> None:
        answer = answer_for(question.job.evaluation, trouble)
        self._answer(Frame.of(answer, FrameKind.ANSWER, answer.id))


def _reason(trouble: Trouble) -> str:
    printed, stack = split_output(trouble.output)
    told = [line.strip() for line in [*stack[-STACK_LINES_MAX:], *printed[-STACK_LINES_MAX:]]]
    return "; ".join([trouble.reason.removeprefix(NO_ANSWER), *told])
