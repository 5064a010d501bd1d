"""The life of the process that evaluates conditions: takes one question after the other and answers each.

It keeps a session for each condition sensor of its location: graph, engine, facts. A question names the cursor that is
stored; a session that left another one (its answer was not stored) is thrown away, and all is read anew.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b

from watchbell.automate.conditions.others import plans_of_others
from watchbell.automate.conditions.sensor_sessions import SessionPlace, condition_sensor
from watchbell.automate.conditions.session import ConditionSession, SessionTick
from watchbell.automate.conditions.slots import entity_name
from watchbell.automate.conditions.world import EntityKey
from watchbell.declare.collect import RepositoryDefinition
from watchbell.ground.clock import Clock, SystemClock
from watchbell.ground.durations import duration_text
from watchbell.ground.value import dataclass
from watchbell.host.evaluate import raised, unknown
from watchbell.host.evaluator import answer_frame
from watchbell.host.messages import (
    Channel,
    ConditionQuestion,
    ConnectionEndedError,
    Frame,
    FrameError,
    FrameKind,
    LeftOut,
)
from watchbell.host.turn_mark import TurnMark
from watchbell.instance import DagsterInstance
from watchbell.record.evaluation import Answer, Evaluation, OtherAssets, Outcome
from watchbell.record.tick import TickLogLine

SLICE_SECONDS = 1.0
"""After so long no further part of the graph is begun, and the answer says that there is more."""


@dataclass(eq=False)
class Kept:
    """A session, and what it was opened for.

    Args:
        session: the session.
        left_out: the roots that it leaves out, by mark.
    """

    session: ConditionSession
    left_out: frozenset[int]


class ConditionEvaluator:
    """Answers questions about the condition sensors of a repository.

    Args:
        repository: the loaded code.
        location_name: the code location that it is.
        open_instance: opens the instance, once.
        mark: told of the root that is evaluated (:func:`root_mark`); 0: none is.
        clock: what time it is.
        monotonic: a clock that never goes back, in seconds.
    """

    def __init__(
        self,
        repository: RepositoryDefinition,
        location_name: str,
        open_instance: Callable[[], DagsterInstance],
        mark: Callable[[int], None],
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._repository = repository
        self._location_name = location_name
        self._open_instance = open_instance
        self._mark = mark
        self._clock = clock or SystemClock()
        self._monotonic = monotonic
        self._others: dict[str, OtherAssets] = {}
        self._kept: dict[str, Kept] = {}
        self._marks: dict[EntityKey, int] = {}

    def tell(self, others: OtherAssets) -> None:
        """Takes what is known of the assets of another location, in place of what was known of it before."""
        if others.assets:
            self._others[others.location_name] = others
        else:
            self._others.pop(others.location_name, None)
        self._kept.clear()

    def evaluate(self, evaluation: Evaluation, left_out: tuple[LeftOut, ...] = ()) -> Answer:
        """The answer to a question. Never raises."""
        try:
            return self._evaluate(evaluation, left_out)
        except BaseException as error:  # also sys.exit() in user code
            self._kept.pop(evaluation.name, None)  # who knows what it has seen, and forgotten
            return raised(evaluation.id, error, ())
        finally:
            self._mark(0)

    def _evaluate(self, evaluation: Evaluation, left_out: tuple[LeftOut, ...]) -> Answer:
        sensor = condition_sensor(self._repository, evaluation.name)
        if sensor is None:
            return unknown(evaluation, self._repository.sensors)
        apart = {each.number: each for each in left_out}
        kept = self._kept.get(evaluation.name)
        if kept is None or kept.session.cursor != evaluation.cursor or kept.left_out != apart.keys():
            session = self._place().open(sensor, evaluation.cursor, lambda key: self._why(key, apart))
            kept = self._kept[evaluation.name] = Kept(session, frozenset(apart))
        now = self._clock.now()
        tick = kept.session.tick(now, SLICE_SECONDS)
        return _answer(evaluation, tick, now, min((each.seconds for each in left_out), default=None))

    def _why(self, key: EntityKey, apart: Mapping[int, LeftOut]) -> str | None:
        if not apart or (found := apart.get(root_mark(key))) is None:
            return None
        return f"its process {found.reason}; it is evaluated again in {duration_text(found.seconds)}"

    def _place(self) -> SessionPlace:
        return SessionPlace(
            self._repository,
            self._location_name,
            self._open_instance(),
            self._monotonic,
            plans_of_others(self._others.values()),
            self._mark_root,
        )

    def _mark_root(self, key: EntityKey) -> None:
        mark = self._marks.get(key)
        if mark is None:
            mark = self._marks[key] = root_mark(key)
        self._mark(mark)


def root_mark(key: EntityKey) -> int:
    """A number that stands for an asset or check in eight bytes; never 0."""
    return int.from_bytes(blake2b(entity_name(key).encode(), digest_size=8).digest(), "big") or 1


def _answer(evaluation: Evaluation, tick: SessionTick, at: datetime, retry_seconds: float | None) -> Answer:
    retry_at = None if retry_seconds is None else at + timedelta(seconds=retry_seconds)
    return Answer(
        id=evaluation.id,
        outcome=Outcome.ANSWERED,
        run_requests=tick.run_requests,
        skip_message=tick.skip_message,
        cursor=tick.cursor,
        log=tuple(TickLogLine(at.timestamp(), level, text) for level, text in tick.log),
        conditions=tick.commit,
        next_at=min((each for each in (tick.next_at, retry_at) if each is not None), default=None),
        has_more=tick.has_more,
    )


def serve_conditions(
    sock: socket.socket, repository: RepositoryDefinition, home: str, location_name: str, mark_fd: int
) -> None:
    """Answers questions until the host closes the connection.

    Args:
        sock: the connection to the host.
        repository: the loaded code.
        home: folder of the instance, opened with the first question.
        location_name: the code location that the code is.
        mark_fd: where is written whose condition is evaluated.
    """
    channel = Channel(sock)
    opened = cache(lambda: DagsterInstance.from_home(home))
    evaluator = ConditionEvaluator(repository, location_name, opened, TurnMark(mark_fd).write)
    try:
        channel.send(Frame(b"", FrameKind.READY))
        while True:
            for frame in channel.wait_frames():
                value = frame.value()
                if isinstance(value, OtherAssets):
                    evaluator.tell(value)
                    continue
                question = ConditionQuestion(value) if isinstance(value, Evaluation) else value
                if not isinstance(question, ConditionQuestion):
                    raise FrameError(f"an evaluator of conditions takes questions about them, not {value!r}")
                channel.send(answer_frame(evaluator.evaluate(question.evaluation, question.left_out)))
                channel.wait_sent()
    except ConnectionEndedError:
        return
