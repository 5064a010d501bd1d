"""Who may do what: every operation of the API in one table, by its id. What is not in it is refused."""

from __future__ import annotations

from fastapi import Request

from watchbell.ground.value import dataclass
from watchbell.record.account import Role
from watchbell.web.caller import Caller, login_needed, maybe_caller
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
SEE_ALL = Operation(Role.ADMIN)


def act(kind: str) -> Operation:
    """An operation that changes a thing of this kind, as operators may."""
    return Operation(Role.OPERATOR, kind)


def manage(kind: str) -> Operation:
    """An operation that changes a thing of this kind, as only admins may."""
    return Operation(Role.ADMIN, kind)


OPERATIONS: dict[str, Operation] = {
    "getHealth": Operation(None),
    "getService": LOOK,
    # the machinery
    "getSystem": LOOK,
    "listLocations": LOOK,
    "reloadLocations": act("location"),
    "reloadLocation": act("location"),
    "getReport": LOOK,
    "listPools": LOOK,
    "setPoolLimit": manage("pool"),
    # the first page
    "getHome": LOOK,
    "getAttention": LOOK,
    "getTimeline": LOOK,
    "listMarks": LOOK,
    # jumping to things
    "search": LOOK,
    "findNearest": LOOK,
    # what changes
    "followChanges": LOOK,
    "streamRunEvents": LOOK,
    # runs
    "listRuns": LOOK,
    "getRun": LOOK,
    "listRunEvents": LOOK,
    "listRunLog": LOOK,
    "listRunWords": LOOK,
    "listRunTagValues": LOOK,
    "listRunSteps": LOOK,
    "downloadRunLog": LOOK,
    "getRunOutput": LOOK,
    "downloadRunOutput": LOOK,
    "getRunMade": LOOK,
    "getQueue": LOOK,
    "changeRuns": act("run"),
    "cancelRun": act("run"),
    "reexecuteRun": act("run"),
    "changeRun": act("run"),
    "deleteRun": manage("run"),
    # assets
    "getAssetGraph": LOOK,
    "listAssets": LOOK,
    "getAssetTree": LOOK,
    "getAssetsMeant": LOOK,
    "getAsset": LOOK,
    "listAssetEvents": LOOK,
    "getAssetHistory": LOOK,
    "getAssetLineage": LOOK,
    "materializeAssets": act("asset"),
    "wipeAssets": manage("asset"),
    "reportAsset": act("asset"),
    "getPartitionsOverview": LOOK,
    "listPartitions": LOOK,
    "choosePartitions": LOOK,
    "chooseRectangle": LOOK,
    "getPartitionsGrid": LOOK,
    "getPartition": LOOK,
    "wipePartitions": manage("partitions"),
    "listDynamicPartitions": LOOK,
    "listDynamicKeys": LOOK,
    "addDynamicKeys": act("partitions"),
    "deleteDynamicKeys": act("partitions"),
    "listChecks": LOOK,
    "listCheckHistory": LOOK,
    "runChecks": act("check"),
    # automations
    "listAutomations": LOOK,
    "listAutomationGroups": LOOK,
    "getAutomation": LOOK,
    "switchAutomation": act("automation"),
    "switchAutomations": act("automation"),
    "listTicks": LOOK,
    "listAutomationTicks": LOOK,
    "getTick": LOOK,
    "explainCursor": LOOK,
    "setCursor": act("automation"),
    "testAutomation": act("automation"),
    "getTestFacts": Operation(Role.OPERATOR),  # as with simulations
    "launchTestedRequests": act("run"),
    "simulateAutomation": Operation(Role.OPERATOR),  # user code is called, so not everybody may have it done
    # why
    "explainSchedule": LOOK,
    "explainSensor": LOOK,
    "explainRun": LOOK,
    "explainAsset": LOOK,
    "explainPartition": LOOK,
    "explainCheck": LOOK,
    "explainJob": LOOK,
    "getCondition": LOOK,
    "listEvaluations": LOOK,
    "getEvaluation": LOOK,
    "compareEvaluations": LOOK,
    "evaluateNow": act("condition"),
    # backfills
    "listBackfills": LOOK,
    "planBackfill": LOOK,
    "launchBackfill": act("backfill"),
    "getBackfill": LOOK,
    "getBackfillGrid": LOOK,
    "listBackfillParts": LOOK,
    "pauseBackfill": act("backfill"),
    "resumeBackfill": act("backfill"),
    "cancelBackfill": act("backfill"),
    "retryBackfill": act("backfill"),
    "limitBackfill": act("backfill"),
    # jobs
    "listJobs": LOOK,
    "getJob": LOOK,
    "getLaunchFacts": LOOK,
    "checkConfig": LOOK,
    "launchJob": act("run"),
    # who is who; what operations on others' accounts ask beyond this stands beside them
    "getSession": Operation(None),
    "logIn": Operation(None),
    "logOut": Operation(Role.VIEWER, "session"),
    "changeOwnPassword": Operation(Role.VIEWER, "user"),
    "listSessions": LOOK,
    "endSession": Operation(Role.VIEWER, "session"),
    "endOtherSessions": Operation(Role.VIEWER, "session"),
    "listUsers": SEE_ALL,
    "addUser": manage("user"),
    "changeUser": manage("user"),
    "listTokens": LOOK,
    "createToken": Operation(Role.VIEWER, "token"),
    "revokeToken": Operation(Role.VIEWER, "token"),
    "listAudit": SEE_ALL,
    "listHistory": LOOK,
    # what people keep of the pages
    "listViews": LOOK,
    "saveView": Operation(Role.VIEWER, "view"),
    "deleteView": Operation(Role.VIEWER, "view"),
    "listSnoozes": LOOK,
    "snooze": Operation(Role.VIEWER, "snooze"),
    "endSnooze": Operation(Role.VIEWER, "snooze"),
}


def check_operation(name: str, caller: Caller | None) -> Operation:
    """What an operation asks of its caller, who may do it.

    Args:
        name: the operation's id.
        caller: who asks; None: nobody knows.

    Raises:
        Problem: 401, nobody knows who asks; 403, with the role that is needed.
    """
    operation = OPERATIONS.get(name)
    if operation is None:
        raise Problem(403, "not-allowed", f"nobody may do {name!r}: it has no place in the table of roles")
    if operation.role is None:
        return operation
    if caller is None:
        raise login_needed()
    if not caller.role.covers(operation.role):
        text = f"{name} needs the role {operation.role.value}; {caller.name} is {caller.role.value}"
        raise Problem(403, "not-allowed", text, needed_role=operation.role.value)
    return operation


def require_role(caller: Caller, role: Role, what: str) -> None:
    """Refuses what an operation does only for some of those who may do it.

    Args:
        caller: who asks.
        role: the least role for it.
        what: what it is, e.g. ``"to end a session of somebody else"``.

    Raises:
        Problem: 403, with the role that is needed.
    """
    if not caller.role.covers(role):
        text = f"{what} needs the role {role.value}; {caller.name} is {caller.role.value}"
        raise Problem(403, "not-allowed", text, needed_role=role.value)


async def check_access(request: Request) -> None:
    """Refuses an operation that its caller may not do; a dependency of every operation.

    Raises:
        Problem: as :func:`check_operation`.
    """
    check_operation(request.scope["route"].unique_id, maybe_caller(request))
