"""How operations of the API get their names, and what each of them goes through."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute

from watchbell.web.access import check_access
from watchbell.web.audit import AuditedRoute
from watchbell.web.problem import MEDIA_TYPE, ProblemShape

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "what went wrong",
        "content": {MEDIA_TYPE: {"schema": ProblemShape.model_json_schema()}},
    }
}


def operation_id(route: APIRoute) -> str:
    """The id of an operation: its function's name in camelCase, ``list_runs`` as ``listRuns``."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def api_router() -> APIRouter:
    """A router for operations of the API; each names its function by verb and noun, as ``list_runs``."""
    return APIRouter(
        generate_unique_id_function=operation_id,
        dependencies=[Depends(check_access)],
        responses=PROBLEMS,
        route_class=AuditedRoute,
    )
