"""The watcher of an event loop: a thread that sees which evaluation keeps the loop from all others, and where.

Every task of an evaluation is a :class:`MarkedCoroutine`: it says when it begins a step and when it gives way. The
watcher looks every 20 ms, while there is something in flight, whether the step that was going on still is. It only
looks: what is to follow is decided by the host.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Coroutine, Generator, Iterable
from types import FrameType
from typing import Any, Protocol

from watchbell.ground.value import dataclass
from watchbell.host.messages import Blocked
from watchbell.host.turn_mark import TurnMark
from watchbell.record.error_info import LIBRARY_FOLDERS, PACKAGE_FOLDER, PYTHON_FOLDER, from_users_on

SAMPLE_SECONDS = 0.02
HELD_SECONDS = 0.1  # a step that takes so long is told in the tick's log
TELL_SECONDS = 0.5  # one that takes so long is told to the host,
TELL_EVERY_SECONDS = 0.25  # again and again
ASK_SECONDS = 0.1  # so often the loop is asked for a turn
BEAT_SECONDS = 0.5  # the host hears so often that all is well
UNSEEN_PLACE = "a place that it had left before it could be seen"
HOLDS_MAX = 10  # steps told of one evaluation; further ones are counted only


class Turn:
    """Whose step is going on; written by the loop's thread, read by the watcher.

    Args:
        mark: where the host reads the same.
    """

    def __init__(self, mark: TurnMark) -> None:
        self.current = 0
        self.count = 0
        self._mark = mark

    def begin(self, number: int) -> int:
        """A step of evaluation ``number`` begins; returns whose was interrupted by it, 0 if none's was."""
        before = self.current
        self.count += 1
        self.current = number
        self._mark.write(number)
        return before

    def end(self, before: int) -> None:
        """The step is over; that of ``before`` goes on."""
        self.count += 1
        self.current = before
        self._mark.write(before)


class MarkedCoroutine(Coroutine[Any, Any, Any]):
    """A coroutine whose steps are marked.

    Args:
        inner: the user's.
        number: the evaluation it belongs to.
        turn: takes the marks.
    """

    def __init__(self, inner: Coroutine[Any, Any, Any], number: int, turn: Turn) -> None:
        self._inner = inner
        self._number = number
        self._turn = turn

    def send(self, value: Any) -> Any:
        """One step."""
        before = self._turn.begin(self._number)
        try:
            return self._inner.send(value)
        finally:
            self._turn.end(before)

    def throw(self, *error: Any) -> Any:
        """One step that begins with an error."""
        before = self._turn.begin(self._number)
        try:
            return self._inner.throw(*error)
        finally:
            self._turn.end(before)

    def close(self) -> None:
        """Ends it where it is."""
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._inner.__await__()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)  # cr_frame, __qualname__: what tells people where it is


@dataclass(frozen=True)
class Hold:
    """A step that kept the loop for long.

    Args:
        place: the function, file and line it was seen at.
        seconds: how long about.
    """

    place: str
    seconds: float


@dataclass(eq=False)
class _Step:
    """The step that is going on as the watcher knows it."""

    count: int = 0
    number: int = 0
    seconds: float = 0.0
    place: str = ""
    stack: tuple[str, ...] = ()
    told_at: float | None = None


class WatchedLoop(Protocol):
    """The loop, as the watcher sees it from its thread."""

    def tell_host(self, blocked: Blocked | None) -> None:
        """Takes what is to be told to the host; None: all is well."""

    def ask_for_turn(self, answer: Callable[[], None]) -> None:
        """Has the loop call ``answer`` when it comes to it."""

    def owner_of(self, frame: FrameType | None) -> int:
        """The evaluation that a callback on this stack belongs to, which is no step of a task; 0: none."""


class LoopWatch:
    """See the module.

    Args:
        turn: whose step is going on.
        loop: the loop.
        thread_id: the thread of the loop.
        monotonic: the clock (seconds).
        cpu: CPU time of this process (seconds).
    """

    def __init__(
        self,
        turn: Turn,
        loop: WatchedLoop,
        thread_id: int,
        monotonic: Callable[[], float],
        cpu: Callable[[], float],
    ) -> None:
        self._turn = turn
        self._loop = loop
        self._thread_id = thread_id
        self._monotonic = monotonic
        self._cpu = cpu
        self._lock = threading.Lock()
        self._is_wanted = threading.Event()
        self._step = _Step()
        self._holds: dict[int, list[Hold]] = {}
        self._looked_at = monotonic()
        self._looked_cpu = cpu()
        self._beat_at = float("-inf")
        self._asked_at = float("-inf")
        self._has_turned = True

    def start(self) -> None:
        """Starts the thread, which looks while it is wanted."""
        threading.Thread(target=self._run, name="watchbell-loop-watch", daemon=True).start()

    def work_begins(self) -> None:
        """Something is in flight."""
        self._is_wanted.set()

    def work_ends(self) -> None:
        """Nothing is in flight any more."""
        self._is_wanted.clear()

    def holds_of(self, number: int) -> list[Hold]:
        """The steps of an evaluation that is over which took long; they are forgotten."""
        with self._lock:
            if self._step.number == number:
                self._close_step()
            return self._holds.pop(number, [])

    def look(self) -> None:
        """Looks once."""
        with self._lock:
            news = self._look()
        for each in news:
            self._loop.tell_host(each)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            if not self._is_wanted.is_set():
                self._is_wanted.wait()
                self._looked_at, self._looked_cpu = self._monotonic(), self._cpu()
            pause.wait(SAMPLE_SECONDS)
            try:
                self.look()
            except Exception:  # it reads frames that go on, and files of user code: the next look may succeed
                traceback.print_exc()

    def _look(self) -> list[Blocked | None]:
        now, cpu = self._monotonic(), self._cpu()
        gap, used = now - self._looked_at, cpu - self._looked_cpu
        self._looked_at, self._looked_cpu = now, cpu
        # A machine without time for this process is not the fault of the step that it finds going on: of a long gap
        # counts what was computed in it, as by a C function that keeps the interpreter from this thread as well.
        passed = max(min(gap, 2 * SAMPLE_SECONDS), min(gap, used))
        news: list[Blocked | None] = []
        count, number = self._turn.count, self._turn.current or self._owner_of_callback(now)
        if (count, number) != (self._step.count, self._step.number):
            if self._step.told_at is not None:
                self._beat_at = float("-inf")  # the host is to hear at once that it is over
            self._close_step()
            self._step = _Step(count, number)
        if number:
            self._step.seconds += passed
            self._look_at_step(now, news)
        if self._step.told_at is None and now - self._beat_at >= BEAT_SECONDS:
            self._beat_at = now
            news.append(None)
        return news

    def _owner_of_callback(self, now: float) -> int:
        """Whose callback keeps the loop, where no task's step does."""
        if self._has_turned:
            if now - self._asked_at >= ASK_SECONDS:
                self._has_turned, self._asked_at = False, now
                self._loop.ask_for_turn(self._on_turn)
            return 0
        if now - self._asked_at < HELD_SECONDS / 2:
            return 0
        return self._loop.owner_of(sys._current_frames().get(self._thread_id))

    def _on_turn(self) -> None:
        self._has_turned = True

    def _look_at_step(self, now: float, news: list[Blocked | None]) -> None:
        step = self._step
        if step.seconds < HELD_SECONDS:
            return
        wants_to_tell = step.seconds >= TELL_SECONDS and (
            step.told_at is None or now - step.told_at >= TELL_EVERY_SECONDS
        )
        if step.place and not wants_to_tell:
            return
        frames = list(traceback.walk_stack(sys._current_frames()[self._thread_id]))
        if self._turn.count != step.count:
            return  # it gave way meanwhile, and this is another one's place
        step.place, step.stack = where(frames)  # reads source files, which lets the loop go on
        if wants_to_tell:
            step.told_at = now
            news.append(Blocked(step.number, step.seconds, step.place, step.stack))

    def _close_step(self) -> None:
        step, self._step = self._step, _Step()
        if step.number and step.seconds >= HELD_SECONDS:
            holds = self._holds.setdefault(step.number, [])
            if len(holds) < HOLDS_MAX:
                holds.append(Hold(step.place or UNSEEN_PLACE, step.seconds))


def where(frames: Iterable[tuple[FrameType, int]]) -> tuple[str, tuple[str, ...]]:
    """The user's innermost function on a stack, for people, and the stack's lines from the user's code on.

    Args:
        frames: the frames and their lines, innermost first.
    """
    summary = traceback.StackSummary.extract(iter(frames))
    summary.reverse()
    return place_of(summary)


def place_of(frames: list[traceback.FrameSummary]) -> tuple[str, tuple[str, ...]]:
    """The same of frames, outermost first."""
    users = from_users_on([each for each in frames if not each.filename.startswith(PACKAGE_FOLDER)])
    if not users:
        return "", ()
    own = [each for each in users if _is_users_own(each.filename)]
    innermost = (own or users)[-1]
    place = f"{innermost.name}() in {innermost.filename}, line {innermost.lineno}"
    return place, tuple(traceback.format_list(users))


def _is_users_own(file: str) -> bool:
    return not file.startswith((PYTHON_FOLDER, "<frozen ")) and not any(part in file for part in LIBRARY_FOLDERS)
