"""Who may do what: every operation of the API in one table, by its id. What is not in it is refused."""

from __future__ import annotations

from fastapi import Request

from watchbell.ground.value import dataclass
from watchbell.web.caller import Role, caller_of
from watchbell.web.problem import Problem


@dataclass(frozen=True)
class Operation:
    """What an operation asks of its caller.

    Args:
        role: the least role that may do it; None: anybody, also without login.
        kind: the kind of thing it changes, for the audit log, e.g. ``"run"``; None: it changes nothing.
    """

    role: Role | None
    kind: str | None = None


LOOK = Operation(Role.VIEWER)


def act(kind: str) -> Operation:
    """An operation that changes a thing of this kind, as operators may."""
    return Operation(Role.OPERATOR, kind)


def manage(kind: str) -> Operation:
    """An operation that changes a thing of this kind, as only admins may."""
    return Operation(Role.ADMIN, kind)


OPERATIONS: dict[str, Operation] = {
    "getHealth": Operation(None),
    "getService": LOOK,
    # runs
    "listRuns": LOOK,
    "getRun": LOOK,
    "listRunEvents": LOOK,
    # automations
    "listSchedules": LOOK,
    "listSensors": LOOK,
    "listScheduleTicks": LOOK,
    "listSensorTicks": LOOK,
    "listTicks": LOOK,
    "getTick": LOOK,
}


async def check_access(request: Request) -> None:
    """Refuses an operation that its caller may not do; a dependency of every operation.

    Raises:
        Problem: 403, with the role that is needed.
    """
    name = request.scope["route"].unique_id
    operation = OPERATIONS.get(name)
    if operation is None:
        raise Problem(403, "not-allowed", f"nobody may do {name!r}: it has no place in the table of roles")
    caller = caller_of(request)
    if operation.role is not None and not caller.role.covers(operation.role):
        text = f"{name} needs the role {operation.role.value}; {caller.name} is {caller.role.value}"
        raise Problem(403, "not-allowed", text, needed_role=operation.role.value)
