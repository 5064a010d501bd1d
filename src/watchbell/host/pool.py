"""The evaluators: a pool of processes, grown on demand, each with one evaluation at a time.

Decisions live here, waiting does not: ``main.py`` has the selector loop and calls :meth:`EvaluatorPool.on_time` when
the time that :meth:`EvaluatorPool.wakes_at` gave has come. All times are monotonic seconds.

An evaluation that came first begins first. When all evaluators are busy and one more is allowed, it is started: at once
if there is none, else after a few milliseconds of waiting, because most evaluations take less than a fork. Beyond one a
processor, only when they do not get on: none of them took up another evaluation for some milliseconds, and that is not
because all processors are busy with them; or one waits for long. So neither a burst of quick evaluations nor a busy
machine fills the memory with processes, and a crowd of slow ones does not either: where little memory is free, none is
started beyond one a processor. An evaluation that takes long only waits for something, as a rule: its evaluator does
not count against the size any more, so that a crowd of hanging ones holds up nobody until they are given up.
"""

from __future__ import annotations

import os
import selectors
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from watchbell.ground.channel import Frame, FrameError, FrameKind
from watchbell.ground.value import dataclass
from watchbell.host.children import Child, ChildEnd, EvaluatorStarter
from watchbell.host.endings import Trouble, answer_for
from watchbell.host.evaluator_link import EvaluatorLink
from watchbell.host.free_memory import free_share
from watchbell.host.messages import AskedAgain
from watchbell.host.process import is_running
from watchbell.record.evaluation import Answer, Evaluation, Outcome

IDLE_SECONDS = 10.0  # an evaluator without work ends after this
GROW_AFTER_SECONDS = 0.005  # an evaluation waits so long for a busy evaluator before another one is started
GROW_ANYHOW_SECONDS = 0.1  # beyond one a processor: one in so long, although evaluations come and go
PROCESSORS = os.cpu_count() or 1
LONG_SECONDS = 2.0  # an evaluator busy for so long does not count against the pool's size,
SIZE_FACTOR_MAX = 4  # but there are at most so many times the size in all,
SIZE_MAX = 128  # and no more than so many, unless the size itself is larger (count)
FREE_SHARE_MIN = 0.1  # with less free memory, only one evaluator a processor is started
SHORTAGE_SECONDS = 1.0  # after so long it is looked at again
MEMORY_CHECK_SECONDS = 0.1
STACK_SECONDS = 0.1  # given to a hanging evaluator to write down where it hangs
MEGABYTE = 1024 * 1024


@dataclass(eq=False)
class Job:
    """An evaluation on its way.

    Args:
        evaluation: the question.
        frame: the same as it came.
        queued_at: when it came.
        is_second: whether its process was killed before, by nobody of us.
    """

    evaluation: Evaluation
    frame: Frame
    queued_at: float
    is_second: bool = False


@dataclass(eq=False)
class Evaluator:
    """An evaluator process, seen from the host.

    Args:
        link: the process, and the connection to it.
        is_ready: whether its code is loaded.
        job: what it is busy with.
        given_at: when it was given that.
        deadline_at: when it is given up.
        idle_since: when it finished its last evaluation.
        trouble: why it was killed by us.
    """

    link: EvaluatorLink
    is_ready: bool
    job: Job | None = None
    given_at: float = 0.0
    deadline_at: float = 0.0
    idle_since: float = 0.0
    kill_at: float | None = None
    trouble: Trouble | None = None


class EvaluatorPool:
    """See the module.

    Args:
        starter: begins evaluators.
        selector: where evaluators' file descriptors are registered; the data of each key is a callable.
        watch_child: tells the host to call back when a child ends.
        answer: sends an answer's frame to the service.
        size_max: most evaluators at once (count), those not counted that have been busy for long.
        monotonic: the clock.
        free_memory: the share that is free; None: unknown.
        is_running: whether a process (by its id) has a processor or waits for one.
    """

    def __init__(
        self,
        starter: EvaluatorStarter,
        selector: selectors.BaseSelector,
        watch_child: Callable[[Child, Callable[[ChildEnd], None]], None],
        answer: Callable[[Frame], None],
        size_max: int,
        monotonic: Callable[[], float],
        free_memory: Callable[[], float | None] = free_share,
        is_running: Callable[[int], bool] = is_running,
    ) -> None:
        self._starter = starter
        self._selector = selector
        self._watch_child = watch_child
        self._answer = answer
        self._size_max = size_max
        self._all_max = max(size_max, min(size_max * SIZE_FACTOR_MAX, SIZE_MAX))
        self._monotonic = monotonic
        self._free_memory = free_memory
        self._is_short = False
        self._is_running = is_running
        self._ran_at = float("-inf")  # when all processors were found busy with evaluators
        self.on_trouble: Callable[[Evaluation], str] | None = None  # told whose process ended; what to add to why
        self._queue: deque[Job] = deque()
        self._evaluators: set[Evaluator] = set()
        self._idle: list[Evaluator] = []  # the last one used first: the others come to their end
        self._grew_at = float("-inf")
        self._given_at = float("-inf")
        self._memory_checked_at = 0.0

    def submit(self, evaluation: Evaluation, frame: Frame) -> None:
        """Takes a question; its answer comes exactly once."""
        self._queue.append(Job(evaluation, frame, self._monotonic()))
        self._dispatch()

    def wakes_at(self) -> float | None:
        """When :meth:`on_time` has something to do; None: only after the next event."""
        times = [each.deadline_at if each.kill_at is None else each.kill_at for each in self._busy()]
        if times:
            times.append(self._memory_checked_at + MEMORY_CHECK_SECONDS)
        if self._idle:
            times.append(self._idle[0].idle_since + IDLE_SECONDS)
        if self._queue:
            times.append(self._grows_at())
        return min(times, default=None)

    def on_time(self) -> None:
        """Enforces deadlines and memory limits, starts and ends evaluators."""
        now = self._monotonic()
        for evaluator in list(self._busy()):
            self._enforce_deadline(evaluator, now)
        if now >= self._memory_checked_at + MEMORY_CHECK_SECONDS:
            self._memory_checked_at = now
            for evaluator in list(self._busy()):
                self._enforce_memory(evaluator)
        while self._idle and self._idle[0].idle_since + IDLE_SECONDS <= now:
            self._let_go(self._idle.pop(0))
        self._dispatch()

    def stop(self) -> None:
        """Kills all evaluators."""
        for evaluator in list(self._evaluators):
            evaluator.link.kill()

    # ------------------------------------------------------------------ work

    def _busy(self) -> list[Evaluator]:
        return [each for each in self._evaluators if each.job is not None]

    def _has_room_at(self) -> float:
        """When one more evaluator is allowed."""
        counted_from = self._monotonic() - LONG_SECONDS
        counted = [each for each in self._evaluators if each.job is None or each.given_at > counted_from]
        if len(self._evaluators) >= self._all_max:
            return float("inf")
        if len(counted) < self._size_max:
            return float("-inf")
        return min((each.given_at + LONG_SECONDS for each in counted if each.job is not None), default=float("inf"))

    def _grows_at(self) -> float:
        """When one more evaluator is started, if the queue is as it is then."""
        return max(self._has_room_at(), self._wants_to_grow_at())

    def _wants_to_grow_at(self) -> float:
        if not self._evaluators:
            return self._queue[0].queued_at
        waiting_since = self._queue[0].queued_at
        since = max(waiting_since, self._grew_at)
        if len(self._evaluators) < PROCESSORS:
            return since + GROW_AFTER_SECONDS
        return min(max(since, self._given_at, self._ran_at) + GROW_AFTER_SECONDS, self._grows_anyhow_at())

    def _grows_anyhow_at(self) -> float:
        return max(self._queue[0].queued_at, self._grew_at) + GROW_ANYHOW_SECONDS

    def _dispatch(self) -> None:
        while self._queue and self._idle:
            self._give(self._idle.pop(), self._queue.popleft())
        while self._queue and self._grows_at() <= self._monotonic():
            if len(self._evaluators) >= PROCESSORS:
                if self._grows_anyhow_at() > self._monotonic() and self._are_processors_busy():
                    self._ran_at = self._monotonic()
                    return
                if self._is_short_of_memory():
                    self._grew_at = self._monotonic() + SHORTAGE_SECONDS  # those that exist will come to it
                    return
            try:
                evaluator = self._start()
            except OSError as error:
                self._refuse_first(error)
                continue
            self._give(evaluator, self._queue.popleft())

    def _refuse_first(self, error: OSError) -> None:
        if self._evaluators:  # those that exist will come to it
            self._grew_at = self._monotonic() + 1.0
            return
        job = self._queue.popleft()
        self._send(answer_for(job.evaluation, Trouble(Outcome.KILLED, f"could be given no process: {error}")))

    def _are_processors_busy(self) -> bool:
        running = (each for each in self._busy() if self._is_running(each.link.child.pid))
        return sum(1 for _ in islice(running, PROCESSORS)) == PROCESSORS

    def _is_short_of_memory(self) -> bool:
        free = self._free_memory()
        was_short, self._is_short = self._is_short, free is not None and free < FREE_SHARE_MIN
        if self._is_short and not was_short:
            print(
                f"less than {FREE_SHARE_MIN:.0%} of the memory is free: evaluations wait for the "
                f"{len(self._evaluators)} processes there are, no further one is started",
                file=sys.stderr,
                flush=True,
            )
        return self._is_short

    def _start(self) -> Evaluator:
        link = EvaluatorLink.begin(self._starter.evaluator, self._selector)
        evaluator = Evaluator(link, is_ready=self._starter.ready_at_once)
        if evaluator.is_ready:
            link.measure()
        self._evaluators.add(evaluator)
        link.listen(
            lambda frame: self._on_frame(evaluator, frame),
            lambda: self._on_closed(evaluator),
            lambda error: self._on_garbage(evaluator, error),
        )
        self._watch_child(link.child, lambda end: self._on_end(evaluator, end))
        self._grew_at = self._monotonic()
        return evaluator

    def _give(self, evaluator: Evaluator, job: Job) -> None:
        evaluator.job = job
        evaluator.given_at = self._given_at = self._monotonic()
        loading_seconds = 0.0 if evaluator.is_ready else self._starter.load_seconds_max
        evaluator.deadline_at = self._monotonic() + loading_seconds + job.evaluation.timeout_seconds
        if len(self._busy()) == 1:
            self._memory_checked_at = self._monotonic()
        evaluator.link.send(job.frame)

    def _on_closed(self, evaluator: Evaluator) -> None:
        evaluator.kill_at = self._monotonic() + STACK_SECONDS  # it is of no use any more

    def _on_garbage(self, evaluator: Evaluator, error: FrameError) -> None:
        self._kill(evaluator, Trouble(Outcome.KILLED, f"sent what is no answer ({error})"))

    def _on_frame(self, evaluator: Evaluator, frame: Frame) -> None:
        if frame.kind == FrameKind.READY and not evaluator.is_ready:
            evaluator.is_ready = True
            evaluator.link.measure()
            if evaluator.job is not None:
                evaluator.deadline_at = self._monotonic() + evaluator.job.evaluation.timeout_seconds
            return
        job = self._take_answer(evaluator, frame)
        if job is None:
            return
        evaluator.link.output.clear()
        if evaluator.link.held_bytes * 2 > job.evaluation.memory_mb * MEGABYTE:
            # What it holds now would count against the next evaluation, which has no part in it.
            self._let_go(evaluator)
        else:
            evaluator.idle_since = self._monotonic()
            self._idle.append(evaluator)
        self._dispatch()

    def _take_answer(self, evaluator: Evaluator, frame: Frame) -> Job | None:
        job = evaluator.job
        if frame.kind != FrameKind.ANSWER or job is None or frame.id != job.evaluation.id or evaluator.trouble:
            return None
        evaluator.job = None
        self._answer(frame)
        return job

    # ---------------------------------------------------------------- limits

    def _enforce_deadline(self, evaluator: Evaluator, now: float) -> None:
        if evaluator.kill_at is not None:
            if now >= evaluator.kill_at:
                evaluator.link.kill()
                evaluator.kill_at = float("inf")
            return
        if now < evaluator.deadline_at:
            return
        assert evaluator.job is not None
        limit = evaluator.job.evaluation.timeout_text
        evaluator.trouble = Trouble(Outcome.TIMED_OUT, f"did not answer within {limit}; its process was killed")
        evaluator.kill_at = now + STACK_SECONDS
        evaluator.link.ask_for_stack()

    def _enforce_memory(self, evaluator: Evaluator) -> None:
        if evaluator.job is None or not evaluator.is_ready or evaluator.trouble is not None:
            return
        limit_mb = evaluator.job.evaluation.memory_mb
        held_mb = evaluator.link.held_bytes / MEGABYTE
        if held_mb > limit_mb:
            reason = (
                f"took {held_mb:,.0f} MB of memory, more than the {limit_mb:,} MB an evaluation may take "
                "(setting evaluation_memory_mb); its process was killed"
            )
            self._kill(evaluator, Trouble(Outcome.KILLED, reason))

    def _kill(self, evaluator: Evaluator, trouble: Trouble) -> None:
        evaluator.trouble = trouble
        evaluator.kill_at = float("inf")
        evaluator.link.kill()

    def _let_go(self, evaluator: Evaluator) -> None:
        """Closes the connection to an evaluator without work, which ends it."""
        self._evaluators.discard(evaluator)
        evaluator.link.close()

    def _on_end(self, evaluator: Evaluator, end: ChildEnd) -> None:
        if evaluator not in self._evaluators:
            return
        evaluator.link.drain(lambda frame: self._take_answer(evaluator, frame))
        self._evaluators.discard(evaluator)
        if evaluator in self._idle:
            self._idle.remove(evaluator)
        job, evaluator.job = evaluator.job, None
        output = evaluator.link.output_text
        evaluator.link.close()
        evaluator.link.kill()  # what it started goes with it
        if job is not None and evaluator.trouble is None and end.signal == "SIGKILL" and not job.is_second:
            # From outside, as a rule for want of memory: that need not be its fault, and a schedule's time is not lost.
            job.is_second = True
            self._answer(Frame.of(AskedAgain(job.evaluation.id, f"its process {end}")))
            self._queue.appendleft(job)
        elif job is not None:
            trouble = evaluator.trouble or Trouble(Outcome.KILLED, f"has no answer: its process {end}")
            more = "" if self.on_trouble is None else self.on_trouble(job.evaluation)
            self._send(answer_for(job.evaluation, replace(trouble, reason=trouble.reason + more, output=output)))
        self._dispatch()

    def _send(self, answer: Answer) -> None:
        self._answer(Frame.of(answer, FrameKind.ANSWER, answer.id))
