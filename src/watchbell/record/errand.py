"""Errands: questions of people that need the user's code, and what comes of them.

What is asked and what is answered are JSON text, which the processes on the way pass on without reading it.
"""

from __future__ import annotations

from typing import Literal

from watchbell.ground.value import dataclass
from watchbell.ground.wire import wired
from watchbell.record.error_info import SerializableErrorInfo

ProblemKind = Literal["user_code", "bad_request", "not_found", "timeout", "unavailable", "internal"]
"""Whose fault it is that there is no answer.

user_code: the user's code raised, or ended its process. bad_request: the question makes no sense; ``where`` says which
part of it. not_found: what it names is not there. timeout: nobody answered in time. unavailable: nobody can answer now,
because the service does not work, or the code cannot be loaded, or too much is asked. internal: a mistake of ours.
"""
ERRAND_SECONDS = 30.0
"""So long an errand may take if nobody says otherwise."""
ERRAND_SECONDS_MAX = 600.0
PARAMS_BYTES_MAX = 16 * 1024 * 1024
RESULT_BYTES_MAX = 16 * 1024 * 1024
"""A longer answer is a problem, ``internal``: no page shows so much (bytes of UTF-8)."""


CHANGING_ERRANDS = frozenset({"launch_assets", "launch_backfill", "launch_checks", "launch_job", "launch_requests"})
"""Those that change what is remembered: they are done also for who does not wait for the answer."""


@wired("errand")
@dataclass(frozen=True)
class Errand:
    """A question.

    Args:
        id: number of the question, unique for who asks.
        location_name: the code location whose code it needs.
        name: what is asked, from ``host/errands/table.py``.
        params: what the function is given, a JSON object as text.
        timeout_seconds: after this its process is killed, with all it started.
    """

    id: int
    location_name: str
    name: str
    params: str = "{}"
    timeout_seconds: float = ERRAND_SECONDS


@wired("errand_dropped")
@dataclass(frozen=True)
class ErrandDropped:
    """Nobody waits for the answer to a question any more: its process is killed, unless it changes something.

    The number of the question is that of the frame.
    """


@wired("errand_problem")
@dataclass(frozen=True)
class ErrandProblem:
    """Why an errand has no result.

    Args:
        kind: whose fault it is.
        message: what was wrong, for people.
        error: what was raised, and where.
        where: the part of the question that is wrong, e.g. ``"run_config.ops.load"``; None: none in particular.
    """

    kind: ProblemKind
    message: str
    error: SerializableErrorInfo | None = None
    where: str | None = None


@wired("errand_answer")
@dataclass(frozen=True)
class ErrandAnswer:
    """What came of an :class:`Errand`: a result or a problem.

    Args:
        id: number of the question.
        result: a JSON object as text.
        problem: why there is none.
    """

    id: int
    result: str | None = None
    problem: ErrandProblem | None = None
