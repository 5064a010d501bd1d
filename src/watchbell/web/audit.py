"""Every change that comes by HTTP, written down: who, what, why, and what came of it. The one place that does so.

An entry is stored before the operation begins; if that fails, nothing is done. When it ended the entry says how; one
that says ``begun`` for long tells that the server was killed meanwhile. What the caller may not do is written down as
refused, unless nobody knows who asked: whoever can reach the server could fill the disk with those, so they stand in
its log only. Failed logins are written by ``login.py``, which slows them.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from watchbell.ground.errors import DagsterError, HostError, StoreError
from watchbell.ground.masking import masked, masked_text
from watchbell.record.audit import AuditEntry, Outcome
from watchbell.web.access import OPERATIONS, check_operation
from watchbell.web.caller import Caller, maybe_caller
from watchbell.web.link import ASKER_GONE
from watchbell.web.problem import Problem
from watchbell.web.view import View, view_of

REASON_HEADER = "x-watchbell-reason"
"""Says why, percent-encoded, for operations whose body has no ``reason``."""
BODY_KEPT_BYTES_MAX = 200_000
"""A longer body is not looked into for the log."""
CONFIG_TEXTS = ("text", "resources")
"""The fields of config that somebody wrote as YAML: which words in it are secret cannot be seen from here. What
became of it stands in the run."""
MESSAGES_BEFORE_THE_END = 3
_log = logging.getLogger("watchbell.web")
Handler = Callable[[Request], Awaitable[Response]]


class AuditNote:
    """What an operation adds to its entry."""

    def __init__(self) -> None:
        self.target: str | None = None
        self.facts: dict[str, Any] = {}

    def about(self, target: str, **facts: Any) -> None:
        """Names what was changed, where the address does not say it, and facts worth keeping."""
        self.target = target
        self.facts.update(facts)


def note_of(request: Request) -> AuditNote:
    """The note of a request."""
    note = getattr(request.state, "audit_note", None)
    if note is None:
        note = request.state.audit_note = AuditNote()
    assert isinstance(note, AuditNote)
    return note


async def _note(request: Request) -> AuditNote:
    return note_of(request)


AuditNoteOf = Annotated[AuditNote, Depends(_note)]
"""In the signature of an operation: what it adds to its entry of the audit log."""


class AuditedRoute(APIRoute):
    """An operation that is checked before its body is looked at, and written down if it changes something."""

    def get_route_handler(self) -> Any:
        """The function that answers a request."""
        answer: Handler = super().get_route_handler()
        is_look = (self.methods or set()) <= {"GET", "HEAD"}
        name = self.unique_id

        async def checked(request: Request) -> Response:
            check_operation(name, maybe_caller(request))
            ASKER_GONE.set(lambda: _hung_up(request))
            return await answer(request)

        async def audited(request: Request) -> Response:
            ASKER_GONE.set(lambda: _hung_up(request))
            return await _audited(request, name, answer)

        return checked if is_look else audited


async def _hung_up(request: Request) -> None:
    """Waits until whoever asked is gone; called once the body was read, or where there is none."""
    for _ in range(MESSAGES_BEFORE_THE_END):
        if (await request.receive())["type"] == "http.disconnect":
            return
    await asyncio.get_running_loop().create_future()  # who says nothing of it does not hang up


async def _audited(request: Request, name: str, answer: Handler) -> Response:
    caller = maybe_caller(request)
    view = view_of(request)
    try:
        operation = check_operation(name, caller)
    except Problem as refusal:
        if caller is not None:
            entry = await _entry(request, view, caller, name, Outcome.REFUSED)
            await run_in_threadpool(written, view, _with(entry, {"why": refusal.detail}))
        raise
    if caller is None or operation.kind is None:  # a login, which writes its own
        return await answer(request)
    entry = await _entry(request, view, caller, name, Outcome.BEGUN)
    entry = await run_in_threadpool(written, view, entry)
    try:
        response = await answer(request)
    except BaseException as error:
        await _end(view, request, entry, *_outcome_of(error))
        raise
    status = response.status_code
    await _end(view, request, entry, Outcome.DONE if status < 400 else _refused_or_failed(status), {})
    return response


def written(view: View, entry: AuditEntry) -> AuditEntry:
    """An entry as it is stored; what the setting ``audit_history_days`` no longer keeps goes, a few at a time."""
    kept_days = view.instance.settings.audit_history_days
    return view.store.add_audit(entry, None if kept_days is None else entry.at - timedelta(days=kept_days))


async def _entry(request: Request, view: View, caller: Caller, name: str, outcome: Outcome) -> AuditEntry:
    said, reason = await _said(request)
    operation = OPERATIONS.get(name)
    return AuditEntry(
        at=view.now(),
        who=caller.name,
        how=caller.how,
        role=caller.role.value,
        operation=name,
        kind="" if operation is None else operation.kind or "",
        target=" ".join(str(each) for each in request.path_params.values()),
        reason=masked_text(reason),
        outcome=outcome,
        request_id=request.state.request_id,
        details=said,
    )


async def _said(request: Request) -> tuple[dict[str, Any], str]:
    """What was asked for, secrets masked, and why."""
    reason = unquote(request.headers.get(REASON_HEADER, ""))
    details: dict[str, Any] = {}
    if request.url.query:
        details["query"] = masked(dict(request.query_params))
    body = await request.body()
    if len(body) > BODY_KEPT_BYTES_MAX:
        details["body_bytes"] = len(body)
    elif body:
        try:
            given = json.loads(body)
        except (ValueError, RecursionError):
            return details, reason
        if isinstance(given, dict) and isinstance(given.get("reason"), str):
            reason = given["reason"]
        for name in CONFIG_TEXTS:
            if isinstance(given, dict) and isinstance(given.get(name), str):
                given = {**given, name: f"({len(given[name]):,} characters)"}
        details["body"] = masked(given)
    return details, reason


async def _end(view: View, request: Request, entry: AuditEntry, outcome: Outcome, more: dict[str, Any]) -> None:
    note = note_of(request)
    details = {**entry.details, **masked(note.facts), **more}
    try:
        await run_in_threadpool(view.store.end_audit, entry.entry_id, outcome, details, note.target)
    except StoreError as error:  # it is done, and its entry says that it was begun
        _log.error("%s: what came of it could not be written down: %s", entry.request_id, error)


def _outcome_of(error: BaseException) -> tuple[Outcome, dict[str, Any]]:
    if isinstance(error, Problem):
        return _refused_or_failed(error.status), {"why": masked_text(error.detail)}
    if isinstance(error, RequestValidationError):
        return Outcome.REFUSED, {"why": "the request does not fit the operation"}
    if isinstance(error, HTTPException):
        return _refused_or_failed(error.status_code), {"why": masked_text(str(error.detail))}
    if isinstance(error, StoreError | HostError):  # their texts may name files
        return Outcome.FAILED, {"why": type(error).__name__}
    if isinstance(error, DagsterError):
        return Outcome.REFUSED, {"why": masked_text(str(error))}
    return Outcome.FAILED, {"why": type(error).__name__}


def _refused_or_failed(status: int) -> Outcome:
    return Outcome.REFUSED if status < 500 else Outcome.FAILED


def _with(entry: AuditEntry, more: dict[str, Any]) -> AuditEntry:
    return replace(entry, details={**entry.details, **more})
