"""The life of an errand's process: takes one question, answers it, ends with all it started."""

from __future__ import annotations

import importlib
import json
import os
import socket
import sys
from contextlib import nullcontext
from typing import cast

from watchbell.declare.automation.evaluation import own_error
from watchbell.declare.collect import RepositoryDefinition
from watchbell.ground.channel import Channel, ConnectionEndedError, Frame, FrameError, FrameKind
from watchbell.ground.errors import DagsterError, LookOnlyError, StoreError, UserCodeLoadError
from watchbell.ground.parent_death import adopt_orphans
from watchbell.ground.process_tree import ProcessTree
from watchbell.ground.suggest import did_you_mean
from watchbell.host.errands.desk import ErrandDesk, ErrandFunction, ErrandRefusedError, Params, may_change
from watchbell.host.errands.table import ERRANDS
from watchbell.record.errand import RESULT_BYTES_MAX, Errand, ErrandAnswer, ErrandProblem, ProblemKind
from watchbell.record.error_info import PACKAGE_FOLDER, SerializableErrorInfo, error_info_from_exception
from watchbell.store.look_only import Look, looking_only


def serve_errand(sock: socket.socket, repository: RepositoryDefinition, home: str, location_name: str) -> None:
    """Answers the one errand that comes.

    Args:
        sock: the connection to the host.
        repository: the loaded code.
        home: folder of the instance.
        location_name: the code location that the code is.
    """
    own_pid = os.getpid()
    channel = Channel(sock)
    try:
        frame = channel.wait_frames()[0]
        errand = frame.value()
        if not isinstance(errand, Errand):
            raise FrameError(f"a process for errands takes errands, not {errand!r}")
        adopt_orphans()
        answer = answer_errand(errand, ErrandDesk(repository, location_name, home))
        if os.getpid() != own_pid:  # a copy that user code made, and let return to here
            os._exit(0)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                pass  # user code closed it
        channel.send(Frame.of(answer, FrameKind.ERRAND_ANSWER, frame.id))
        channel.wait_sent()
        if _has_children():
            ProcessTree(own_pid).kill()
    except ConnectionEndedError:
        return


def refuse_errand(sock: socket.socket, error: UserCodeLoadError) -> None:
    """Answers the errand that comes with an error that kept this process from loading the code."""
    channel = Channel(sock)
    try:
        frame = channel.wait_frames()[0]
        errand = frame.value()
        if isinstance(errand, Errand):
            problem = ErrandProblem("unavailable", error.message, error_info_from_exception(error))
            channel.send(Frame.of(ErrandAnswer(errand.id, problem=problem), FrameKind.ERRAND_ANSWER, frame.id))
            channel.wait_sent()
    except ConnectionEndedError:
        return


def answer_errand(errand: Errand, desk: ErrandDesk) -> ErrandAnswer:
    """What comes of an errand. Never raises: what user code raises is part of the answer.

    Args:
        errand: the question.
        desk: what it works with; closed here.
    """
    try:
        function = _function_of(errand.name)
        params = _params_of(errand)
        with nullcontext() if may_change(function) else looking_only(Look()):
            try:
                result = dict(function(desk, params))
            finally:
                desk.close()
        text = json.dumps(result, allow_nan=False, default=str)
        size = len(text)  # json writes ASCII
        if size > RESULT_BYTES_MAX:
            message = f"the answer of {errand.name} is {size:,} bytes long; at most {RESULT_BYTES_MAX:,} are passed on"
            return ErrandAnswer(errand.id, problem=ErrandProblem("internal", message))
    except BaseException as error:  # also sys.exit() in user code
        return ErrandAnswer(errand.id, problem=problem_of(error))
    return ErrandAnswer(errand.id, text)


def problem_of(error: BaseException) -> ErrandProblem:
    """What was raised, as what is answered.

    Args:
        error: raised by user code, or by ours on its way to it.
    """
    if isinstance(error, ErrandRefusedError):
        return ErrandProblem(error.kind, str(error), where=error.where)
    if isinstance(error, StoreError):
        return ErrandProblem("unavailable", str(error))
    info = error_info_from_exception(own_error(error))
    kind: ProblemKind = "internal"
    if isinstance(error, LookOnlyError | SystemExit | KeyboardInterrupt) or _has_user_frames(info):
        kind = "user_code"
    elif isinstance(error, DagsterError):
        kind = "bad_request"
    return ErrandProblem(kind, info.root.message.strip(), info)


def _has_user_frames(info: SerializableErrorInfo) -> bool:
    return any(PACKAGE_FOLDER not in line for line in info.root.stack)


def _function_of(name: str) -> ErrandFunction:
    if name not in ERRANDS:
        raise ErrandRefusedError(
            "not_found", f"there is no errand {name!r:.100}{did_you_mean(name, ERRANDS)}", "errand"
        )
    module, _, attribute = ERRANDS[name].partition(":")
    return cast("ErrandFunction", getattr(importlib.import_module(module), attribute))


def _params_of(errand: Errand) -> Params:
    try:
        params = json.loads(errand.params)
    except ValueError as error:
        raise ErrandRefusedError("bad_request", f"the params are no JSON: {error}", "params") from error
    if not isinstance(params, dict):
        raise ErrandRefusedError("bad_request", "the params have to be a JSON object", "params")
    return params


def _has_children() -> bool:
    """Whether processes are left that user code started; those that have ended are forgotten."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True
