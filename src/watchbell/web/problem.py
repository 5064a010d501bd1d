"""Errors of the API as RFC 9457 has them: what was wrong, in words and for programs."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from watchbell.ground.errors import DagsterError, StoreError
from watchbell.web.link import DoorShutError, ErrandFailedError
from watchbell.web.shapes.shape import Shape

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Bad request",
    401: "Login needed",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Changed meanwhile",
    413: "Too large",
    414: "Address too long",
    415: "Wrong content type",
    421: "Wrong host",
    422: "Invalid request",
    429: "Too many requests",
    431: "Headers too large",
    500: "The server made a mistake",
    503: "Not available",
    504: "Took too long",
}
STATUS_OF_ERRAND = {
    "user_code": 422,
    "bad_request": 400,
    "not_found": 404,
    "timeout": 504,
    "unavailable": 503,
    "internal": 500,
}
"""The HTTP status of what became of an errand (``record/errand.py``)."""
_log = logging.getLogger("watchbell.web")


class ProblemShape(Shape):
    """What went wrong.

    Args:
        type: which kind of problem, for programs: ``urn:watchbell:<code>``.
        title: the kind in words.
        status: the HTTP status.
        detail: what was wrong here, and what to do.
        request_id: stands in the server's log beside the cause.
        extra: facts for programs, by kind: mistakes with their places, the role that is needed.
    """

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None = None
    extra: dict[str, Any] = {}


class Problem(Exception):
    """Ends a request with an error that the caller is told.

    Args:
        status: the HTTP status.
        code: the kind of problem for programs, in words with dashes, e.g. ``"not-found"``.
        detail: what was wrong, and what to do.
        extra: facts for programs.

    Example:
        >>> Problem(404, "not-found", "there is no run 'x'").status
        404
    """

    def __init__(self, status: int, code: str, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.extra = status, code, detail, extra


def missing(what: str, name: str, hint: str = "") -> Problem:
    """That something is not there.

    Args:
        what: the kind of thing, e.g. ``"run"``.
        name: which one was asked for.
        hint: what to do, or the nearest name.
    """
    return Problem(404, "not-found", f"there is no {what} {name[:500]!r}{f'; {hint}' if hint else ''}")


def problem_response(request: Request | None, problem: Problem) -> JSONResponse:
    """A problem as it is sent."""
    shape = ProblemShape(
        type=f"urn:watchbell:{problem.code}",
        title=TITLES.get(problem.status, "Refused"),
        status=problem.status,
        detail=problem.detail,
        request_id=None if request is None else getattr(request.state, "request_id", None),
        extra=problem.extra,
    )
    headers = {}
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="watchbell"'
    if "retry_after_seconds" in problem.extra:
        headers["Retry-After"] = str(problem.extra["retry_after_seconds"])
    return JSONResponse(
        shape.model_dump(mode="json"), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers
    )


def install(app: FastAPI) -> None:
    """Makes every error of an application a problem."""
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ErrandFailedError, _errand_failed)
    app.add_exception_handler(DagsterError, _our_error)
    app.add_exception_handler(Exception, _unforeseen)


async def _told(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return problem_response(request, error)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = TITLES.get(error.status_code, "refused").lower().replace(" ", "-")
    return problem_response(request, Problem(error.status_code, code, str(error.detail)))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    mistakes = [{"at": ".".join(str(part) for part in each["loc"]), "text": each["msg"]} for each in error.errors()]
    detail = "; ".join(f"{each['at']}: {each['text']}" for each in mistakes)
    return problem_response(request, Problem(422, "invalid-request", detail, mistakes=mistakes))


async def _errand_failed(request: Request, error: Exception) -> JSONResponse:
    """A question to user code that has no answer; of what the user's code raised, ``extra`` has the stack.

    A mistake of ours stands in the log with its stack; which files the server is made of is nobody's business.
    """
    assert isinstance(error, ErrandFailedError)
    found = error.problem
    extra: dict[str, Any] = {} if found.where is None else {"where": found.where}
    if found.error is not None and found.kind == "internal":
        _log.error("%s: an errand failed: %s", getattr(request.state, "request_id", "-"), found.error.to_string())
        return problem_response(request, Problem(500, "internal", "the server made a mistake; its log says which"))
    if found.error is not None:
        is_users = found.kind == "user_code"
        extra["error"] = {
            "message": found.error.root.message,
            "class": found.error.root.cls_name,
            "stack": "".join(found.error.root.stack) if is_users else "",
            "text": found.error.to_string() if is_users else found.error.root.message,
        }
    code = "service-stopped" if isinstance(error, DoorShutError) else found.kind.replace("_", "-")
    return problem_response(request, Problem(STATUS_OF_ERRAND[found.kind], code, found.message, **extra))


async def _our_error(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, StoreError):
        text = f"the database cannot be read or written ({type(error).__name__}); the server's log says why"
        _log.error("%s: %s", getattr(request.state, "request_id", "-"), error)
        return problem_response(request, Problem(503, "store-unavailable", text))
    return problem_response(request, Problem(400, "refused", str(error)))


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    # Raised again by the framework once this is sent, so that the server's log has the stack.
    return problem_response(request, Problem(500, "internal", "the server made a mistake; its log says which"))
