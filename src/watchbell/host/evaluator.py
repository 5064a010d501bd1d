"""The life of an evaluator: takes one evaluation after the other from its host and answers each."""

from __future__ import annotations

import socket
import sys

from watchbell.declare.collect import RepositoryDefinition
from watchbell.ground.channel import Channel, ConnectionEndedError, Frame, FrameError, FrameKind
from watchbell.ground.errors import HostError
from watchbell.ground.wire import WireError
from watchbell.host.evaluate import Evaluator, raised
from watchbell.record.evaluation import Answer, Evaluation


def serve_evaluations(sock: socket.socket, repository: RepositoryDefinition, home: str, location_name: str) -> None:
    """Answers evaluations until the host closes the connection.

    Args:
        sock: the connection to the host.
        repository: the loaded code.
        home: folder of the instance, opened when user code first asks for it.
        location_name: the code location that the code is.
    """
    channel = Channel(sock)
    evaluator = Evaluator(repository, home, location_name)
    try:
        channel.send(Frame(b"", FrameKind.READY))
        while True:
            for frame in channel.wait_frames():
                evaluation = frame.value()
                if not isinstance(evaluation, Evaluation):
                    raise FrameError(f"an evaluator takes evaluations, not {evaluation!r}")
                channel.send(answer_frame(evaluator.evaluate(evaluation)))
                channel.wait_sent()
    except ConnectionEndedError:
        return


def refuse_evaluation(sock: socket.socket, error: Exception) -> None:
    """Answers the next evaluation with an error that kept this process from evaluating anything."""
    channel = Channel(sock)
    try:
        evaluation = channel.wait_frames()[0].value()
        if isinstance(evaluation, Evaluation):
            channel.send(answer_frame(raised(evaluation.id, error, ())))
            channel.wait_sent()
    except ConnectionEndedError:
        return


def answer_frame(answer: Answer) -> Frame:
    """An answer ready to be sent; one that cannot be sent is replaced by one that says why."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass  # user code closed it
    try:
        frame = Frame.of(answer, FrameKind.ANSWER, answer.id)
        frame.check_length()
    except (HostError, WireError, ValueError, RecursionError) as error:
        return Frame.of(raised(answer.id, error, answer.log), FrameKind.ANSWER, answer.id)
    return frame
