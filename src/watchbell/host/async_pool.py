"""Evaluators of async functions, seen from the host: one process takes all such evaluations at once.

Each evaluation is cancelled at its own deadline, in the process. Here is decided what only somebody outside can: when
the process is given up, who was the cause, and what becomes of the others that were in flight.

* One keeps the loop for itself, for two seconds while others wait or beyond its own deadline, or goes on although it
  was cancelled: the process is killed and that evaluation TIMED_OUT, with the place where it was.
* The process does not speak any more: a C function keeps the interpreter. The same; whose turn it was, the process
  wrote down beforehand (``turn_mark.py``).
* It crashed, or holds too much memory: whoever did it is evaluated again in an evaluator of its own, which names it.

Whoever was found to do so is evaluated alone from then on, in an ordinary evaluator, until the code is loaded anew. The
others are asked again in a new process: what an evaluation asks for happens once, however often it was begun.
"""

from __future__ import annotations

import heapq
import os
import selectors
from collections import deque
from collections.abc import Callable
from dataclasses import field, replace
from functools import partial

from watchbell.ground.channel import Frame, FrameError, FrameKind
from watchbell.ground.value import dataclass
from watchbell.ground.wire import WireError
from watchbell.host.children import Child, ChildEnd, Starter
from watchbell.host.endings import Trouble, answer_for
from watchbell.host.evaluator_link import EvaluatorLink
from watchbell.host.messages import AskedAgain, Blocked
from watchbell.host.pool import IDLE_SECONDS, MEGABYTE, STACK_SECONDS, EvaluatorPool, Job
from watchbell.host.turn_mark import TurnMark, new_mark_fd
from watchbell.record.evaluation import Evaluation, Outcome
from watchbell.record.tick import AutomationKind

IN_FLIGHT_MAX = 2_000  # evaluations of one process at once; further ones wait
BLOCK_SECONDS_MAX = 2.0  # one evaluation keeps all others waiting for so long before the process is killed
SILENT_SECONDS_MAX = 3.0  # a process with work that does not speak for so long is killed; it does so twice a second
OVERDUE_SECONDS = 2.0  # an evaluation that is not answered so long after its deadline is given up by us
MEMORY_CHECK_SECONDS = 0.25
OWN_PLACE = "working out what it asked for"  # where no code of the user's is on the stack
SHARED_ENDED = "the process that it shared with others ended"
ALONE_TEXT = "it is evaluated alone until the code is loaded anew"
STRIKES_MAX = 3  # so often evaluated alone because its process crashed or held too much memory,
STRIKE_SECONDS = 3_600.0  # within so long, and it stays alone: a bad hour of the machine is not kept against it

Name = tuple[AutomationKind, str]


@dataclass(eq=False)
class AsyncProcess:
    """An evaluator of async functions.

    Args:
        link: the process, and the connection to it.
        mark: whose turn it is in it.
        is_ready: whether its code is loaded.
        jobs: what is in flight, by evaluation id.
        overdue: when each is given up at the latest, and its id: a heap, in which answered ones are left.
        heard_at: when it spoke last.
        retires: whether it takes nothing new.
        idle_since: when its last evaluation was answered.
        kill_at: when it is killed.
        culprit: the evaluation because of which it is; 0: not known.
        trouble: why it is.
    """

    link: EvaluatorLink
    mark: TurnMark
    is_ready: bool
    jobs: dict[int, Job] = field(default_factory=dict)
    overdue: list[tuple[float, int]] = field(default_factory=list)
    heard_at: float = 0.0
    retires: bool = False
    idle_since: float = 0.0
    kill_at: float | None = None
    culprit: int = 0
    trouble: Trouble | None = None


class AsyncPool:
    """See the module.

    Args:
        starter: begins evaluators.
        selector: where their file descriptors are registered; the data of each key is a callable.
        watch_child: tells the host to call back when a child ends.
        answer: sends an answer's frame to the service.
        alone: the ordinary evaluators.
        monotonic: the clock.
    """

    def __init__(
        self,
        starter: Starter,
        selector: selectors.BaseSelector,
        watch_child: Callable[[Child, Callable[[ChildEnd], None]], None],
        answer: Callable[[Frame], None],
        alone: EvaluatorPool,
        monotonic: Callable[[], float],
    ) -> None:
        self._starter = starter
        self._selector = selector
        self._watch_child = watch_child
        self._answer = answer
        self._alone = alone
        self._monotonic = monotonic
        self._processes: list[AsyncProcess] = []
        self._waiting: deque[Job] = deque()
        self._set_apart: set[Name] = set()
        self._struck_at: dict[Name, list[float]] = {}
        self._memory_checked_at = 0.0
        alone.on_trouble = self._on_trouble_alone

    def submit(self, evaluation: Evaluation, frame: Frame) -> None:
        """Takes a question; its answer comes exactly once."""
        if (evaluation.kind, evaluation.name) in self._set_apart:
            self._alone.submit(evaluation, frame)
        else:
            self._place(Job(evaluation, frame, self._monotonic()))

    def wakes_at(self) -> float | None:
        """When :meth:`on_time` has something to do; None: only after the next event."""
        times: list[float] = []
        for each in self._processes:
            if each.kill_at is not None:
                times.append(each.kill_at)
            elif each.jobs:
                times += [self._memory_checked_at + MEMORY_CHECK_SECONDS, self._silent_at(each)]
                times += [at for at, _ in each.overdue[:1]]
            else:
                times.append(each.idle_since + IDLE_SECONDS)
        return min(times, default=None)

    def on_time(self) -> None:
        """Enforces limits, ends idle processes."""
        if not self._processes:
            return
        now = self._monotonic()
        looks_at_memory = now >= self._memory_checked_at + MEMORY_CHECK_SECONDS
        if looks_at_memory:
            self._memory_checked_at = now
        for process in list(self._processes):
            if process.kill_at is not None:
                if now >= process.kill_at:
                    process.kill_at = float("inf")
                    process.link.kill()
            elif process.jobs:
                self._enforce_time(process, now)
                if looks_at_memory:
                    self._enforce_memory(process)
            elif process.idle_since + IDLE_SECONDS <= now:
                self._let_go(process)

    def stop(self) -> None:
        """Kills all processes."""
        for process in list(self._processes):
            process.link.kill()

    # ------------------------------------------------------------------ work

    def _place(self, job: Job) -> None:
        process = next((each for each in self._processes if not each.retires and each.kill_at is None), None)
        if process is None:
            try:
                process = self._start()
            except OSError:  # the ordinary evaluators wait for better times, or say what is the matter
                self._alone.submit(job.evaluation, job.frame)
                return
        if len(process.jobs) >= IN_FLIGHT_MAX:
            self._waiting.append(job)
        else:
            self._give(process, job)

    def _start(self) -> AsyncProcess:
        mark_fd = new_mark_fd()
        try:
            mark = TurnMark(mark_fd)
            link = EvaluatorLink.begin(partial(self._starter.async_evaluator, mark_fd=mark_fd), self._selector)
        finally:
            os.close(mark_fd)
        process = AsyncProcess(link, mark, is_ready=self._starter.ready_at_once)
        if process.is_ready:
            link.measure()
        self._processes.append(process)
        link.listen(
            lambda frame: self._on_frame(process, frame),
            lambda: self._on_closed(process),
            lambda error: self._on_garbage(process, error),
        )
        self._watch_child(link.child, lambda end: self._on_end(process, end))
        return process

    def _give(self, process: AsyncProcess, job: Job) -> None:
        now = self._monotonic()
        if not process.jobs:
            process.heard_at = now
        process.jobs[job.evaluation.id] = job
        loading_seconds = 0.0 if process.is_ready else self._starter.load_seconds_max
        overdue_at = now + loading_seconds + job.evaluation.timeout_seconds + OVERDUE_SECONDS
        heapq.heappush(process.overdue, (overdue_at, job.evaluation.id))
        process.link.send(job.frame)

    def _on_frame(self, process: AsyncProcess, frame: Frame) -> None:
        process.heard_at = self._monotonic()
        if frame.kind == FrameKind.ANSWER:
            self._take_answer(process, frame)
        elif frame.kind == FrameKind.BLOCKED and process.kill_at is None:
            self._on_blocked(process, frame)
        elif frame.kind == FrameKind.READY and not process.is_ready:
            process.is_ready = True
            process.link.measure()

    def _take_answer(self, process: AsyncProcess, frame: Frame) -> None:
        if process.jobs.pop(frame.id, None) is None:
            return
        self._answer(frame)
        if self._waiting:
            self._place(self._waiting.popleft())
        if not process.jobs:
            process.idle_since = self._monotonic()
            process.overdue.clear()
            process.link.output.clear()
            if process.retires and process.kill_at is None and process in self._processes:
                self._let_go(process)

    # ---------------------------------------------------------------- limits

    def _on_blocked(self, process: AsyncProcess, frame: Frame) -> None:
        try:
            blocked = frame.value()
        except (WireError, ValueError):
            blocked = None
        if not isinstance(blocked, Blocked):
            self._on_garbage(process, FrameError("a message that is none of ours"))
            return
        job = process.jobs.get(blocked.evaluation_id)
        if job is None:
            return
        place = blocked.place or OWN_PLACE
        if blocked.ignores_cancelling:
            limit = job.evaluation.timeout_text
            reason = f"did not answer within {limit} and went on although it was cancelled, at {place}"
            self._give_up(process, blocked.evaluation_id, reason, blocked.stack)
        elif blocked.seconds >= job.evaluation.timeout_seconds:
            reason = f"did not answer within {job.evaluation.timeout_text}, of which it gave way to nobody at {place}"
            self._give_up(process, blocked.evaluation_id, reason, blocked.stack)
        elif blocked.seconds >= BLOCK_SECONDS_MAX and len(process.jobs) > 1:
            reason = (
                f"kept {len(process.jobs) - 1} other async evaluation(s) waiting for {blocked.seconds:.1f} seconds: "
                f"{place} does not give way. Await what is async there, or move it into a thread: "
                "await asyncio.to_thread(...)"
            )
            self._give_up(process, blocked.evaluation_id, reason, blocked.stack)

    def _silent_at(self, process: AsyncProcess) -> float:
        loading_seconds = 0.0 if process.is_ready else self._starter.load_seconds_max
        return process.heard_at + SILENT_SECONDS_MAX + loading_seconds if len(process.jobs) > 1 else float("inf")

    def _enforce_time(self, process: AsyncProcess, now: float) -> None:
        while process.overdue and process.overdue[0][1] not in process.jobs:
            heapq.heappop(process.overdue)
        if self._silent_at(process) <= now:
            reason = f"kept everything else in its process from running for {SILENT_SECONDS_MAX:g} seconds"
            self._ask_where(process, reason, now)
        elif process.overdue and process.overdue[0][0] <= now:
            job = process.jobs[process.overdue[0][1]]
            self._ask_where(process, f"kept {job.evaluation.name!r} from answering in time", now, job)

    def _ask_where(self, process: AsyncProcess, reason: str, now: float, overdue: Job | None = None) -> None:
        """Gives the process up; before that it writes down where it is."""
        turn = process.mark.read()
        process.culprit = turn if turn in process.jobs else 0
        if overdue is not None and process.culprit in (0, overdue.evaluation.id):
            process.culprit = overdue.evaluation.id
            reason = f"did not answer within {overdue.evaluation.timeout_text}"
        process.trouble = Trouble(Outcome.TIMED_OUT, self._set_apart_text(reason))
        process.kill_at = now + STACK_SECONDS
        process.link.ask_for_stack()

    def _enforce_memory(self, process: AsyncProcess) -> None:
        if not process.is_ready:
            return
        limit_mb = max(job.evaluation.memory_mb for job in process.jobs.values())
        held_mb = process.link.held_bytes / MEGABYTE
        if held_mb > limit_mb:
            process.culprit = next(iter(process.jobs)) if len(process.jobs) == 1 else 0
            reason = (
                f"took {held_mb:,.0f} MB of memory, more than the {limit_mb:,} MB an evaluation may take "
                "(setting evaluation_memory_mb); its process was killed"
            )
            process.trouble = Trouble(Outcome.KILLED, reason)
            process.kill_at = float("inf")
            process.link.kill()
        elif held_mb * 2 > limit_mb:  # what it holds now would count against those that come later
            process.retires = True

    def _give_up(self, process: AsyncProcess, culprit: int, reason: str, stack: tuple[str, ...]) -> None:
        process.culprit = culprit
        process.trouble = Trouble(Outcome.TIMED_OUT, self._set_apart_text(reason), stack=stack)
        process.kill_at = float("inf")
        process.link.kill()

    def _set_apart_text(self, reason: str) -> str:
        return f"{reason}; its process was killed, and {ALONE_TEXT}"

    # ------------------------------------------------------------------ ends

    def _on_closed(self, process: AsyncProcess) -> None:
        if process.kill_at is None:
            process.kill_at = self._monotonic() + STACK_SECONDS  # it is of no use any more

    def _on_garbage(self, process: AsyncProcess, error: FrameError) -> None:
        process.kill_at = float("inf")
        process.link.kill()

    def _let_go(self, process: AsyncProcess) -> None:
        """Closes the connection to a process without work, which ends it."""
        self._processes.remove(process)
        process.link.close()
        process.mark.close()

    def _on_end(self, process: AsyncProcess, end: ChildEnd) -> None:
        if process not in self._processes:
            return
        process.kill_at = float("inf")
        process.link.drain(lambda frame: self._on_frame(process, frame))
        turn = process.mark.read()
        if process in self._processes:
            self._let_go(process)
        process.link.kill()  # what it started goes with it
        self._settle(process, process.culprit if process.trouble is not None else turn)

    def _settle(self, process: AsyncProcess, culprit_id: int) -> None:
        """Answers or asks again what was in flight when a process ended."""
        culprit = process.jobs.pop(culprit_id, None)
        if culprit is not None and process.trouble is not None:
            evaluation = culprit.evaluation
            self._set_apart.add((evaluation.kind, evaluation.name))
            trouble = (
                process.trouble if process.trouble.stack else replace(process.trouble, output=process.link.output_text)
            )
            answer = answer_for(evaluation, trouble)
            self._answer(Frame.of(answer, FrameKind.ANSWER, answer.id))
        elif culprit is not None:
            self._isolate(culprit)
        again = [*process.jobs.values(), *([culprit] if culprit is not None and process.trouble is None else [])]
        for job in again:
            self._answer(Frame.of(AskedAgain(job.evaluation.id, SHARED_ENDED)))
        for job in process.jobs.values():
            if culprit is None:
                self._isolate(job)
            else:
                self.submit(job.evaluation, job.frame)
        for _ in range(len(self._waiting)):
            self._place(self._waiting.popleft())

    def _isolate(self, job: Job) -> None:
        """Evaluates alone whoever may have ended a process."""
        name = (job.evaluation.kind, job.evaluation.name)
        now = self._monotonic()
        strikes = [at for at in self._struck_at.get(name, ()) if now - at < STRIKE_SECONDS] + [now]
        self._struck_at[name] = strikes
        if len(strikes) >= STRIKES_MAX:
            self._set_apart.add(name)
        self._alone.submit(job.evaluation, job.frame)

    def _on_trouble_alone(self, evaluation: Evaluation) -> str:
        name = (evaluation.kind, evaluation.name)
        if name not in self._struck_at:
            return ""
        self._set_apart.add(name)
        return f"; {ALONE_TEXT}"
