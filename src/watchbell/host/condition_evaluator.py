"""The life of the process that evaluates conditions: takes one question after the other and answers each.

It keeps a session for each condition sensor of its location: graph, engine, facts. A question names the cursor that is
stored; a session that left another one (its answer was not stored) is thrown away, and all is read anew.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b

from watchbell.automate.conditions.others import plans_of_others
from watchbell.automate.conditions.sensor_sessions import SessionPlace, condition_sensor
from watchbell.automate.conditions.session import ConditionSession, SessionTick
from watchbell.automate.conditions.slots import entity_name
from watchbell.automate.conditions.world import EntityKey
from watchbell.declare.collect import RepositoryDefinition
from watchbell.ground.channel import Channel, ConnectionEndedError, Frame, FrameError, FrameKind
from watchbell.ground.clock import Clock, SystemClock
from watchbell.ground.durations import duration_text
from watchbell.ground.value import dataclass
from watchbell.host.evaluate import raised, unknown
from watchbell.host.evaluator import answer_frame
from watchbell.host.messages import ConditionQuestion, FoundAlone, LeftOut
from watchbell.host.turn_mark import TurnMark
from watchbell.instance import DagsterInstance
from watchbell.record.asset_job_key import entity_text
from watchbell.record.evaluation import Answer, Evaluation, OtherAssets, Outcome
from watchbell.record.tick import TickLogLine

SLICE_SECONDS = 1.0
"""After so long no further part of the graph is begun, and the answer says that there is more."""


@dataclass(eq=False)
class Kept:
    """A session, and what it was opened for.

    Args:
        session: the session.
        left_out: the roots that it leaves out, by mark, with why.
    """

    session: ConditionSession
    left_out: dict[int, str]


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
        if others.assets or others.missing:
            self._others[others.location_name] = others
        else:
            self._others.pop(others.location_name, None)
        self._kept.clear()

    def evaluate(
        self, evaluation: Evaluation, left_out: tuple[LeftOut, ...] = (), found: tuple[Answer, ...] = ()
    ) -> Answer:
        """The answer to a question. Never raises.

        Args:
            evaluation: the question.
            left_out: the roots that are not evaluated.
            found: what came of the evaluations of some of them by themselves.
        """
        try:
            return self._evaluate(evaluation, left_out, found)
        except BaseException as error:  # also sys.exit() in user code
            self._kept.pop(evaluation.name, None)  # who knows what it has seen, and forgotten
            return raised(evaluation.id, error, ())
        finally:
            self._mark(0)

    def evaluate_alone(self, evaluation: Evaluation, mark: int, others: tuple[OtherAssets, ...]) -> FoundAlone | Answer:
        """What comes of the evaluation of one root by itself; an answer, if it could not be evaluated. Never raises.

        Args:
            evaluation: the question about its sensor.
            mark: which root (:func:`root_mark`).
            others: what is known of the assets of other locations.
        """
        try:
            self._others = {each.location_name: each for each in others}
            sensor = condition_sensor(self._repository, evaluation.name)
            roots = [] if sensor is None else self._repository.conditioned_by(sensor.name)
            key = next(each for each in roots if root_mark(each) == mark)
            assert sensor is not None  # it has a root
            session = self._place().open(sensor, evaluation.cursor, only=key)
            now = self._clock.now()
            tick = session.alone(now)
        except BaseException as error:
            return raised(evaluation.id, error, ())
        log = _lines(tick.log, now)
        answer = Answer(evaluation.id, Outcome.ANSWERED, cursor=tick.cursor, conditions=tick.commit, log=log)
        return FoundAlone(answer, tick.seconds)

    def _evaluate(self, evaluation: Evaluation, left_out: tuple[LeftOut, ...], found: tuple[Answer, ...]) -> Answer:
        sensor = condition_sensor(self._repository, evaluation.name)
        if sensor is None:
            return unknown(evaluation, self._repository.sensors)
        apart = {each.number: each for each in left_out}
        kept = self._kept.get(evaluation.name)
        if kept is None or kept.session.cursor != evaluation.cursor or kept.left_out.keys() != apart.keys():
            session = self._place().open(sensor, evaluation.cursor, lambda key: _why(key, apart))
            kept = self._kept[evaluation.name] = Kept(session, _reasons(apart))
        elif kept.left_out != (reasons := _reasons(apart)):
            self._say_reasons(kept, apart, sensor.name)
            kept.left_out = reasons
        for each in found:
            assert each.cursor is not None  # as evaluate_alone makes them
            assert each.conditions is not None
            kept.session.take(each.cursor, each.conditions, [(line.level, line.message) for line in each.log])
        now = self._clock.now()
        tick = kept.session.tick(now, SLICE_SECONDS)
        return _answer(evaluation, tick, now, min((each.seconds for each in left_out), default=None))

    def _say_reasons(self, kept: Kept, apart: Mapping[int, LeftOut], sensor_name: str) -> None:
        """Those that are left out go on to be, because of something else."""
        for key in self._repository.conditioned_by(sensor_name):
            found = apart.get(root_mark(key))
            if found is not None and kept.left_out[found.number] != found.reason:
                kept.session.say(logging.ERROR, f"{entity_text(key)} is still left out: {_why(key, apart)}")

    def _place(self) -> SessionPlace:
        return SessionPlace(
            self._repository,
            self._location_name,
            self._open_instance(),
            self._monotonic,
            plans_of_others(self._others.values()),
            tuple(each for each in self._others.values() if each.missing),
            self._mark_root,
        )

    def _mark_root(self, key: EntityKey | None) -> None:
        mark = 0 if key is None else self._marks.get(key)
        if mark is None and key is not None:
            mark = self._marks[key] = root_mark(key)
        self._mark(mark or 0)


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
        log=_lines(tick.log, at),
        conditions=tick.commit,
        next_at=min((each for each in (tick.next_at, retry_at) if each is not None), default=None),
        has_more=tick.has_more,
        is_noted=tick.is_noted,
    )


def _why(key: EntityKey, apart: Mapping[int, LeftOut]) -> str | None:
    if not apart or (found := apart.get(root_mark(key))) is None:
        return None
    if found.is_slow:
        return f"its evaluation {found.reason}; it is evaluated by itself"
    return f"its process {found.reason}; it is evaluated again in {duration_text(found.seconds)}"


def _reasons(apart: Mapping[int, LeftOut]) -> dict[int, str]:
    return {number: each.reason for number, each in apart.items()}


def _lines(log: Iterable[tuple[int, str]], at: datetime) -> tuple[TickLogLine, ...]:
    return tuple(TickLogLine(at.timestamp(), level, text) for level, text in log)


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
                channel.send(_reply(evaluator, question))
                channel.wait_sent()
    except ConnectionEndedError:
        return


def _reply(evaluator: ConditionEvaluator, question: ConditionQuestion) -> Frame:
    evaluation = question.evaluation
    if not question.alone:
        return answer_frame(evaluator.evaluate(evaluation, question.left_out, question.found))
    found = evaluator.evaluate_alone(evaluation, question.alone, question.others)
    if isinstance(found, Answer):
        return answer_frame(found)
    frame = Frame.of(found, FrameKind.ANSWER, evaluation.id)
    frame.check_length()
    return frame
