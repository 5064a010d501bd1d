"""The life of an evaluator of async functions: many evaluations at once, each a task of one event loop.

Each has its own deadline, at which it is cancelled. A thread watches whether one of them keeps the loop from the others
(``loop_watch.py``). What can be decided only from outside, the host decides (``async_pool.py``).
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
import traceback
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from dataclasses import field, replace
from types import FrameType
from typing import Any

from watchbell.declare.automation.own_loop import awaited, frames_of
from watchbell.declare.collect import RepositoryDefinition
from watchbell.declare.log_manager import EvaluationLogger
from watchbell.ground.channel import Channel, ConnectionEndedError, Frame, FrameError, FrameKind
from watchbell.ground.value import dataclass
from watchbell.host.endings import Trouble, answer_for
from watchbell.host.evaluate import Evaluator, raised
from watchbell.host.evaluator import answer_frame
from watchbell.host.loop_watch import LoopWatch, MarkedCoroutine, Turn, place_of
from watchbell.host.messages import Blocked
from watchbell.host.turn_mark import TurnMark
from watchbell.record.evaluation import Answer, Evaluation, Outcome

GRACE_SECONDS = 0.5  # a cancelled evaluation has so long to come to its end
LATE_SECONDS = 0.05  # a deadline that the loop comes to later than this is
REPRIEVE_SECONDS = 0.1  # moved by this: others kept the loop, and what it waited for may have come meanwhile


@dataclass(eq=False)
class Going:
    """An evaluation in flight.

    Args:
        evaluation: the question.
        log: its logger.
        task: what evaluates it.
        timer: what comes to its deadline.
        tasks: all its tasks, those that user code started too.
        has_timed_out: whether it was cancelled at its deadline.
        has_reprieve: whether the deadline was moved.
        place: where it waited then.
        stack: the same, as lines.
    """

    evaluation: Evaluation
    log: EvaluationLogger
    task: asyncio.Task[Answer] | None = None
    timer: asyncio.TimerHandle | None = None
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    has_timed_out: bool = False
    has_reprieve: bool = False
    place: str = ""
    stack: tuple[str, ...] = ()


_going: ContextVar[Going | None] = ContextVar("watchbell_async_evaluation", default=None)


def serve_async_evaluations(
    sock: socket.socket, repository: RepositoryDefinition, home: str, location_name: str, *, mark_fd: int
) -> None:
    """Answers evaluations of async functions until the host closes the connection.

    Args:
        sock: the connection to the host.
        repository: the loaded code.
        home: folder of the instance, opened when user code first asks for it.
        location_name: the code location that the code is.
        mark_fd: where it is written whose turn it is.
    """
    mark = TurnMark(mark_fd)
    os.close(mark_fd)
    AsyncEvaluator(sock, Evaluator(repository, home, location_name), mark).serve()


class AsyncEvaluator:
    """See the module.

    Args:
        sock: the connection to the host.
        evaluator: evaluates one.
        mark: where it is written whose turn it is.
    """

    def __init__(self, sock: socket.socket, evaluator: Evaluator, mark: TurnMark) -> None:
        self._channel = Channel(sock)
        self._channel_lock = threading.Lock()  # the watcher speaks as well
        self._evaluator = evaluator
        self._turn = Turn(mark)
        self._watch = LoopWatch(self._turn, self, threading.get_ident(), time.monotonic, time.process_time)
        self._loop = asyncio.new_event_loop()
        self._loop.set_task_factory(self._new_task)
        self._in_flight: dict[int, Going] = {}
        self._is_over = False

    def serve(self) -> None:
        """Works until the host closes the connection."""
        self._loop.add_reader(self._channel.fileno(), self._on_readable)
        self._send(Frame(b"", FrameKind.READY))
        self._watch.start()
        while not self._is_over:
            try:
                self._loop.run_forever()  # ends early where user code stops the loop
            except BaseException:  # sys.exit() in a task that user code started: it is for that task alone
                traceback.print_exc()

    # ------------------------------------------------------------- one evaluation

    def _begin(self, evaluation: Evaluation) -> None:
        going = Going(evaluation, EvaluationLogger(evaluation.name))
        context = copy_context()
        context.run(_going.set, going)
        self._in_flight[evaluation.id] = going
        self._watch.work_begins()
        steps = self._evaluator.steps(evaluation, going.log)
        going.task = self._loop.create_task(awaited(steps), name=evaluation.name, context=context)
        going.task.add_done_callback(lambda _: self._finish(going))
        due_at = self._loop.time() + evaluation.timeout_seconds
        going.timer = self._loop.call_at(due_at, self._on_deadline, going, due_at)

    def _new_task(
        self, loop: asyncio.AbstractEventLoop, coro: Any, *, context: Context | None = None, **facts: Any
    ) -> asyncio.Task[Any]:
        going = _going.get() if context is None else context.get(_going)
        if going is None or not isinstance(coro, Coroutine):
            return asyncio.Task(coro, loop=loop, context=context, **facts)
        marked = MarkedCoroutine(coro, going.evaluation.id, self._turn)
        task: asyncio.Task[Any] = asyncio.Task(marked, loop=loop, context=context, **facts)
        going.tasks.add(task)
        task.add_done_callback(going.tasks.discard)
        return task

    def _on_deadline(self, going: Going, due_at: float) -> None:
        assert going.task is not None
        if going.task.done():
            return
        if self._loop.time() - due_at > LATE_SECONDS and not going.has_reprieve:
            going.has_reprieve = True
            again_at = self._loop.time() + REPRIEVE_SECONDS
            going.timer = self._loop.call_at(again_at, self._on_deadline, going, again_at)
            return
        going.has_timed_out = True
        going.place, going.stack = place_of(frames_of(going.task.get_coro()))
        going.task.cancel()
        going.timer = self._loop.call_later(GRACE_SECONDS, self._on_ignored, going)

    def _on_ignored(self, going: Going) -> None:
        assert going.task is not None
        if not going.task.done():
            place, stack = place_of(frames_of(going.task.get_coro()))
            blocked = Blocked(going.evaluation.id, GRACE_SECONDS, place, stack, ignores_cancelling=True)
            self._send(Frame.of(blocked, FrameKind.BLOCKED, going.evaluation.id))

    def _finish(self, going: Going) -> None:
        number = going.evaluation.id
        del self._in_flight[number]
        if not self._in_flight:
            self._watch.work_ends()
        if going.timer is not None:
            going.timer.cancel()
        answer = self._answer_of(going)
        remarks = self._remarks(going)
        if remarks:
            last = answer.parts[-1] if answer.parts else answer
            last = replace(last, log=(*last.log, *remarks))
            answer = replace(answer, parts=(*answer.parts[:-1], last)) if answer.parts else last
        self._send(answer_frame(answer))

    def _answer_of(self, going: Going) -> Answer:
        assert going.task is not None
        evaluation = going.evaluation
        if going.has_timed_out:
            where = f"; it waited at {going.place}" if going.place else ""
            trouble = Trouble(
                Outcome.TIMED_OUT,
                f"did not answer within {evaluation.timeout_text} and was cancelled{where}",
                stack=going.stack,
            )
            return replace(answer_for(evaluation, trouble), log=going.log.lines)
        if going.task.cancelled():
            return raised(evaluation.id, asyncio.CancelledError("it cancelled itself"), going.log.lines)
        error = going.task.exception()
        return going.task.result() if error is None else raised(evaluation.id, error, going.log.lines)

    def _remarks(self, going: Going) -> tuple[Any, ...]:
        """What is to be said of an evaluation beside its answer, as lines of its log."""
        log = EvaluationLogger(going.evaluation.name)
        what = f"{going.evaluation.kind.value.lower()} {going.evaluation.name!r}"
        for hold in self._watch.holds_of(going.evaluation.id):
            log.warning(
                "%s kept the event loop from all others for %.2f s: %s does not give way; await what is async there, "
                "or move it into a thread: await asyncio.to_thread(...)",
                what, hold.seconds, hold.place,
            )  # fmt: skip
        left = [task for task in going.tasks if task is not going.task and not task.done()]
        for task in left:
            task.cancel()
        if left:
            names = ", ".join(sorted(f"{_name_of(task)}()" for task in left)[:5])
            log.warning("%s left %s task(s) behind that were cancelled: %s; await them", what, len(left), names)
        return log.lines

    # ------------------------------------------------------------------- messages

    def _on_readable(self) -> None:
        try:
            frames = self._channel.receive()
        except ConnectionEndedError:
            self._end()
            return
        for frame in frames:
            evaluation = frame.value()
            if not isinstance(evaluation, Evaluation):
                raise FrameError(f"an evaluator takes evaluations, not {evaluation!r}")
            self._begin(evaluation)

    def _send(self, frame: Frame) -> None:
        try:
            with self._channel_lock:
                self._channel.send(frame)
        except ConnectionEndedError:
            self._end()
            return
        self._follow_writes()

    # ------------------------------------------------------ in the watcher's thread

    def tell_host(self, blocked: Blocked | None) -> None:
        """Tells the host who keeps the loop; None: that all is well."""
        if blocked is None:
            frame = Frame(b"", FrameKind.BEAT)
        else:
            frame = Frame.of(blocked, FrameKind.BLOCKED, blocked.evaluation_id)
        try:
            with self._channel_lock:
                self._channel.send(frame)
                is_writing = self._channel.is_writing
        except ConnectionEndedError:
            return  # the loop's thread finds it out as well
        if is_writing:
            self._loop.call_soon_threadsafe(self._follow_writes)

    def ask_for_turn(self, answer: Callable[[], None]) -> None:
        """Has the loop call ``answer`` when it comes to it."""
        self._loop.call_soon_threadsafe(answer)

    def owner_of(self, frame: FrameType | None) -> int:
        """The evaluation whose callback is on this stack; 0: none."""
        while frame is not None:
            if frame.f_code is asyncio.Handle._run.__code__:
                context: Context = frame.f_locals["self"]._context
                going = context.get(_going)
                return 0 if going is None else going.evaluation.id
            frame = frame.f_back
        return 0

    # ------------------------------------------------------------------------------

    def _follow_writes(self) -> None:
        if self._channel.is_writing:
            self._loop.add_writer(self._channel.fileno(), self._on_writable)

    def _on_writable(self) -> None:
        try:
            with self._channel_lock:
                self._channel.flush()
        except ConnectionEndedError:
            self._end()
            return
        if not self._channel.is_writing:
            self._loop.remove_writer(self._channel.fileno())

    def _end(self) -> None:
        self._is_over = True
        self._loop.remove_reader(self._channel.fileno())
        self._loop.remove_writer(self._channel.fileno())
        self._loop.stop()


def _name_of(task: asyncio.Task[Any]) -> str:
    # A coroutine of a library's own class need not have a name; its task always has one.
    return str(getattr(task.get_coro(), "__qualname__", None) or task.get_name())
