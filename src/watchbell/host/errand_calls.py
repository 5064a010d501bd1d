"""Errands that are on their way to a host and back, seen from the service."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count

from watchbell.ground.channel import Frame, FrameKind
from watchbell.ground.value import dataclass
from watchbell.host.connection import HostConnection
from watchbell.record.errand import Errand, ErrandAnswer, ErrandDropped, ErrandProblem

Answered = Callable[[bytes], None]
"""Told the body of the answer's frame, once, from any thread."""


@dataclass(frozen=True)
class _Call:
    errand: Errand
    answered: Answered
    connection: HostConnection


class ErrandCalls:
    """See the module. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._calls: dict[int, _Call] = {}

    def begin(self, errand: Errand, answered: Answered, connection: HostConnection) -> Frame:
        """Takes note of an errand; returns what is to be sent to the host."""
        with self._lock:
            number = next(self._numbers)
            self._calls[number] = _Call(errand, answered, connection)
        return Frame.of(errand, FrameKind.ERRAND, number)

    def drop(self, number: int) -> None:
        """Forgets an errand for whose answer nobody waits, and has its process end."""
        with self._lock:
            call = self._calls.pop(number, None)
        if call is not None:
            call.connection.send(Frame.of(ErrandDropped(), FrameKind.VALUE, number))

    def end(self, frame: Frame) -> None:
        """Passes an answer on, unread."""
        with self._lock:
            call = self._calls.pop(frame.id, None)
        if call is not None:
            call.answered(frame.body)

    def lose(self, connection: HostConnection, why: str) -> None:
        """Answers the errands of a host that is over."""
        with self._lock:
            lost = {number: each for number, each in self._calls.items() if each.connection is connection}
            for number in lost:
                del self._calls[number]
        for call in lost.values():
            refuse(call.errand, call.answered, f"{why}; ask again")

    def has(self, connection: HostConnection) -> bool:
        """Whether a host still has errands to answer."""
        with self._lock:
            return any(each.connection is connection for each in self._calls.values())


def refuse(errand: Errand, answered: Answered, why: str) -> None:
    """Answers an errand that no host can be asked."""
    answer = ErrandAnswer(errand.id, problem=ErrandProblem("unavailable", why))
    answered(Frame.of(answer).body)
