"""Errands in the host: a process for each, a few at once, killed with all it started when its time is up.

As with evaluators, decisions live here and waiting does not: ``main.py`` has the selector loop.
"""

from __future__ import annotations

import selectors
from collections import deque
from collections.abc import Callable

from watchbell.ground.channel import Frame, FrameError, FrameKind
from watchbell.ground.process_tree import ProcessTree
from watchbell.ground.value import dataclass
from watchbell.host.children import CRASHED_EXIT_CODE, Child, ChildEnd, Starter
from watchbell.host.endings import OUTPUT_LINES_MAX, split_output
from watchbell.host.evaluator_link import EvaluatorLink
from watchbell.record.errand import CHANGING_ERRANDS, Errand, ErrandAnswer, ErrandProblem, ProblemKind
from watchbell.record.error_info import SerializableErrorInfo

AT_ONCE_MAX = 8
"""Processes for errands (count)."""
QUEUE_MAX = 200
"""Errands that wait for one of these (count)."""
STACK_SECONDS = 0.1  # given to a hanging errand to write down where it hangs
END_SECONDS = 2.0  # after its answer a process has so long to end
MEMORY_MB_MAX = 2048
"""A process that holds more, beyond what the host does, is killed."""
MEMORY_CHECK_SECONDS = 0.25
MEGABYTE = 1024 * 1024


@dataclass(eq=False)
class _Job:
    """An errand on its way.

    Args:
        errand: the question.
        frame: the same as it came.
        deadline_at: when it is given up.
        link: its process; None while it waits for one.
        is_answered: whether its answer has been passed on.
        kill_at: when its process is killed.
        why: what is answered then.
    """

    errand: Errand
    frame: Frame
    deadline_at: float
    link: EvaluatorLink | None = None
    is_answered: bool = False
    kill_at: float | None = None
    why: str = ""
    kind: ProblemKind = "timeout"


class ErrandPool:
    """See the module.

    Args:
        starter: begins processes.
        selector: the host's.
        watch_child: tells the host to call back when a child ends.
        send: sends a frame to the service.
        monotonic: the clock.
        at_once_max: processes at once (count).
    """

    def __init__(
        self,
        starter: Starter,
        selector: selectors.BaseSelector,
        watch_child: Callable[[Child, Callable[[ChildEnd], None]], None],
        send: Callable[[Frame], None],
        monotonic: Callable[[], float],
        at_once_max: int = AT_ONCE_MAX,
    ) -> None:
        self._starter = starter
        self._selector = selector
        self._watch_child = watch_child
        self._send = send
        self._monotonic = monotonic
        self._at_once_max = at_once_max
        self._queue: deque[_Job] = deque()
        self._busy: set[_Job] = set()
        self._memory_checked_at = 0.0

    def submit(self, errand: Errand, frame: Frame) -> None:
        """Takes a question; its answer comes exactly once.

        Args:
            errand: the question.
            frame: the same as it came; the answer has its id.
        """
        job = _Job(errand, frame, self._monotonic() + errand.timeout_seconds)
        if len(self._queue) >= QUEUE_MAX:
            self._refuse(job, "unavailable", f"was not begun: {QUEUE_MAX} others wait already; ask again later")
            return
        self._queue.append(job)
        self._dispatch()

    def drop(self, number: int) -> None:
        """Ends an errand for whose answer nobody waits, unless it changes something.

        Args:
            number: that of its frame.
        """
        for job in [each for each in self._queue if each.frame.id == number]:
            if job.errand.name not in CHANGING_ERRANDS:
                self._queue.remove(job)
        for job in [each for each in self._busy if each.frame.id == number]:
            if job.errand.name not in CHANGING_ERRANDS and job.kill_at is None:
                job.is_answered = True  # nobody would hear of it
                self._kill(job)

    def wakes_at(self) -> float | None:
        """When :meth:`on_time` has something to do; None: only after the next event."""
        times = [each.deadline_at for each in self._queue]
        times += [each.deadline_at if each.kill_at is None else each.kill_at for each in self._busy]
        if any(each.kill_at is None for each in self._busy):
            times.append(self._memory_checked_at + MEMORY_CHECK_SECONDS)
        return min(times, default=None)

    def on_time(self) -> None:
        """Gives up what has taken too long or too much."""
        now = self._monotonic()
        for job in [each for each in self._queue if each.deadline_at <= now]:
            self._queue.remove(job)
            waited = f"was not begun: for {job.errand.timeout_seconds:g} seconds others were not over"
            self._refuse(job, "timeout", waited)
        checks_memory = now >= self._memory_checked_at + MEMORY_CHECK_SECONDS
        for job in list(self._busy):
            if job.kill_at is not None:
                if job.kill_at <= now:
                    self._kill(job)
            elif job.deadline_at <= now:
                self._give_up(job, "timeout", f"did not answer within {job.errand.timeout_seconds:g} seconds")
            elif checks_memory:
                self._enforce_memory(job)
        if checks_memory:
            self._memory_checked_at = now
        self._dispatch()

    def stop(self) -> None:
        """Kills all processes, with all they started."""
        for job in list(self._busy):
            self._kill(job)

    # ------------------------------------------------------------------ steps

    def _dispatch(self) -> None:
        while self._queue and len(self._busy) < self._at_once_max:
            job = self._queue.popleft()
            try:
                link = EvaluatorLink.begin(self._starter.errand, self._selector)
            except OSError as error:
                self._refuse(job, "unavailable", f"could be given no process: {error}")
                continue
            job.link = link
            link.measure()
            self._busy.add(job)
            self._listen(job, link)
            link.send(job.frame)

    def _listen(self, job: _Job, link: EvaluatorLink) -> None:
        def on_garbage(error: FrameError) -> None:
            job.why, job.kind = f"sent what is no answer ({error})", "user_code"
            self._kill(job)

        def on_closed() -> None:
            if job.kill_at is None:
                job.kill_at = self._monotonic() + END_SECONDS

        link.listen(lambda frame: self._on_frame(job, frame), on_closed, on_garbage)
        self._watch_child(link.child, lambda end: self._on_end(job, link, end))

    def _on_frame(self, job: _Job, frame: Frame) -> None:
        if frame.kind is not FrameKind.ERRAND_ANSWER or job.is_answered or job.why:
            return
        job.is_answered = True
        job.kill_at = self._monotonic() + END_SECONDS
        self._send(Frame(frame.body, FrameKind.ERRAND_ANSWER, job.frame.id))

    def _enforce_memory(self, job: _Job) -> None:
        assert job.link is not None
        held_mb = job.link.held_bytes / MEGABYTE
        if held_mb > MEMORY_MB_MAX and self._starter.ready_at_once:
            self._give_up(job, "user_code", f"took {held_mb:,.0f} MB of memory, more than {MEMORY_MB_MAX:,} MB")

    def _give_up(self, job: _Job, kind: ProblemKind, why: str) -> None:
        assert job.link is not None
        job.kind, job.why = kind, f"{why}; its process was killed"
        job.kill_at = self._monotonic() + STACK_SECONDS
        job.link.ask_for_stack()

    def _kill(self, job: _Job) -> None:
        assert job.link is not None
        job.kill_at = float("inf")
        tree = ProcessTree(job.link.child.pid)  # also those that lead groups of their own
        job.link.kill()
        tree.kill()

    def _on_end(self, job: _Job, link: EvaluatorLink, end: ChildEnd) -> None:
        self._busy.discard(job)
        link.drain(lambda frame: self._on_frame(job, frame))
        output = link.output_text
        link.close()
        link.kill()  # what it left behind in its group
        if not job.is_answered:
            is_ours = end.exit_code == CRASHED_EXIT_CODE
            kind: ProblemKind = job.kind if job.why else "internal" if is_ours else "user_code"
            self._refuse(job, kind, job.why or f"has no answer: its process {end}", output)
        self._dispatch()

    def _refuse(self, job: _Job, kind: ProblemKind, why: str, output: str = "") -> None:
        printed, stack = split_output(output)
        message = f"{job.errand.name} {why}"
        info = None
        if printed or stack:
            details = "the last it wrote:\n" + "\n".join(printed[-OUTPUT_LINES_MAX:]) if printed else message
            info = SerializableErrorInfo(details, tuple(stack))
        job.is_answered = True
        answer = ErrandAnswer(job.errand.id, problem=ErrandProblem(kind, message, info))
        self._send(Frame.of(answer, FrameKind.ERRAND_ANSWER, job.frame.id))
