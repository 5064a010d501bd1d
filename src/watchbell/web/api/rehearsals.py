"""Schedules and sensors tried out and simulated by their own code; nothing is stored but what somebody launches."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.tick import AutomationKey, AutomationKind
from watchbell.web.api.automations import found_automation
from watchbell.web.audit import AuditNoteOf
from watchbell.web.caller import CallerOf
from watchbell.web.errors import error_shape
from watchbell.web.problem import Problem
from watchbell.web.routing import api_router
from watchbell.web.shapes.automations import Kind
from watchbell.web.shapes.rehearsals import (
    LaunchAnswer,
    LaunchAsk,
    SimulationAnswer,
    TestAnswer,
    TestAsk,
    TestFacts,
    TestRequest,
)
from watchbell.web.view import ViewOf

router = api_router()

SPAN = timedelta(days=1)
SIMULATION_SECONDS = 120.0


@router.post("/automations/{kind}/{location}/{name}/test")
async def test_automation(kind: Kind, location: str, name: str, ask: TestAsk, view: ViewOf) -> TestAnswer:
    """Calls the function of a schedule or sensor as the service would, and tells what it asks for; stores nothing."""
    key, _ = found_automation(view, kind, location, name)
    errand = "preview_schedule" if key.kind is AutomationKind.SCHEDULE else "preview_sensor"
    found = await view.link.ask(location, errand, _params(key, ask))
    return _answer(found)


@router.get("/automations/{kind}/{location}/{name}/test-facts")
async def get_test_facts(kind: Kind, location: str, name: str, view: ViewOf) -> TestFacts:
    """What a test of a schedule or sensor may be told: partitions, config of resources."""
    found_automation(view, kind, location, name)
    return TestFacts.model_validate(await view.link.ask(location, "trial_facts", {"kind": kind, "name": name}))


@router.post("/automations/{kind}/{location}/{name}/launch")
async def launch_tested_requests(
    kind: Kind, location: str, name: str, ask: LaunchAsk, view: ViewOf, caller: CallerOf, note: AuditNoteOf
) -> LaunchAnswer:
    """Queues the runs that a test asked for, as the caller's; run keys stay free, and no cursor moves."""
    found_automation(view, kind, location, name)
    params = {"requests": [each.model_dump(mode="json") for each in ask.requests], "who": caller.name}
    found = await view.link.ask(location, "launch_requests", params)
    run_ids = [str(each) for each in found["run_ids"]]
    note.about(f"{kind} {location} {name}", run_ids=run_ids[:100])
    return LaunchAnswer(run_ids=run_ids)


@router.get("/automations/{kind}/{location}/{name}/simulation")
async def simulate_automation(
    kind: Kind,
    location: str,
    name: str,
    view: ViewOf,
    start: datetime | None = None,
    end: datetime | None = None,
) -> SimulationAnswer:
    """What a schedule or sensor would do between two instants, on a virtual clock; by default in the next 24 hours."""
    key, _ = found_automation(view, kind, location, name)
    for which, moment in (("start", start), ("end", end)):
        if moment is not None and moment.tzinfo is None:
            raise Problem(422, "invalid-request", f"{which}: a time needs its offset, as 2026-03-29T02:30Z has")
    begin = start or view.now().replace(second=0, microsecond=0)
    params = {
        "from": begin.isoformat(),
        "to": (end or begin + SPAN).isoformat(),
        "name": name,
        "is_sensor": key.kind is AutomationKind.SENSOR,
    }
    found = await view.link.ask(location, "simulate", params, timeout_seconds=SIMULATION_SECONDS)
    return SimulationAnswer.model_validate(found)


def _params(key: AutomationKey, ask: TestAsk) -> dict[str, Any]:
    params: dict[str, Any] = {"name": key.name, "partition": ask.partition, "resources": ask.resources}
    if key.kind is AutomationKind.SCHEDULE:
        return {**params, "at": ask.at}
    if not ask.uses_stored_cursor:
        params["cursor"] = ask.cursor
    given = {"last_run_key": ask.last_run_key, "run_id": ask.run_id, "event_id": ask.event_id}
    return {**params, **{name: value for name, value in given.items() if value is not None}}


def _answer(found: dict[str, Any]) -> TestAnswer:
    error = found["error"]
    return TestAnswer(
        outcome=found["outcome"],
        evaluated_for=found.get("evaluated_for"),
        is_nominal=found.get("is_nominal", True),
        cursor_before=found.get("cursor_before"),
        cursor_after=found.get("cursor_after"),
        event=found.get("event"),
        requests=[TestRequest.model_validate(each) for each in found["requests"]],
        request_count=found["request_count"],
        skip_reason=found["skip_reason"],
        dynamic_partitions=found["dynamic_partitions"],
        asset_events=found["asset_events"],
        log=found["log"],
        error=None
        if error is None
        else error_shape(SerializableErrorInfo(error["message"], tuple(error["stack"]), error["class"])),
        duration_seconds=found["duration_seconds"],
        partition=found["partition"],
    )
