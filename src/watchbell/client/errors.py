"""What goes wrong when a server is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchbell.ground.errors import DagsterError


class ApiError(DagsterError):
    """The server refused, failed, or did not answer.

    Args:
        message: what was wrong, and what to do.
        status: the HTTP status; 0: nobody answered.
        code: the kind of problem, e.g. ``"not-found"``; empty: nobody said.
        request_id: stands in the server's log beside the cause.
        extra: facts for programs, e.g. ``needed_role``.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str = "",
        request_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.request_id, self.extra = status, code, request_id, dict(extra or {})
