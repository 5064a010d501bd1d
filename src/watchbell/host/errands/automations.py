"""Errands about schedules and sensors: what one would ask for now. Nothing is stored or run."""

from __future__ import annotations

import logging
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from watchbell.automate.fire_times import fire_times, fires_at, moment_in
from watchbell.declare.automation.asset_sensor import MATERIALIZED, AssetSensorDefinition
from watchbell.declare.automation.sensor import SensorDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.cron import Cron
from watchbell.ground.errors import DagsterInvariantViolationError, ParameterCheckError
from watchbell.ground.suggest import did_you_mean
from watchbell.host.errands.desk import ErrandDesk, ErrandRefusedError, Params, text_of, text_or_none
from watchbell.host.errands.trial import Trial, read_trial
from watchbell.host.rehearsal import (
    check_cursor,
    cursor_after,
    event_numbered,
    event_of_run,
    is_of_runs,
    rehearse,
    sensor_question,
)
from watchbell.record.error_info import SerializableErrorInfo
from watchbell.record.evaluation import Answer, Evaluation
from watchbell.record.event import EventLogEntry, at_of
from watchbell.record.log_text import about
from watchbell.record.query import EventQuery
from watchbell.record.request import AddDynamicPartitionsRequest, DynamicPartitionsRequest, RunRequest
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState

FIRES_SHOWN = 5
REQUESTS_SHOWN = 500
"""Of the runs asked for, so many are told one by one (count)."""
KEYS_SHOWN = 1_000
LINES_SHOWN = 2_000


def preview_schedule(desk: ErrandDesk, params: Params) -> dict[str, Any]:
    """What a schedule would ask for at a time.

    Args:
        desk: whose code, and what is remembered.
        params: ``name``; ``at``: an ISO time, without an offset in the schedule's zone; null: its next time, or the
            first after the window of ``partition``, which, as ``resources``, is what ``trial.py`` reads.

    Returns:
        ``name``, ``kind`` (``"SCHEDULE"``), ``evaluated_for`` (ISO, in its zone), ``is_nominal`` (whether its cron
        strings name that time), ``fires`` (its next times, ISO), and of what came of it: ``outcome`` (``"requested"``,
        ``"skipped"`` or ``"failed"``), ``requests`` (the first 500; each: ``job``, ``run_key``, ``run_config``,
        ``tags``, ``partition_key``, ``asset_selection`` and ``asset_checks`` as lists of text or null, ``stale_only``),
        ``request_count``, ``skip_reason``, ``dynamic_partitions`` (each: ``name``, ``does``: ``"add"`` or ``"delete"``,
        ``keys``, ``key_count``), ``asset_events`` (sentences), ``log`` (each: ``at``, ``level``, ``message``),
        ``error`` (null, or ``message``, ``class``, ``stack``, ``text``), ``duration_seconds``, ``partition`` (null, or
        ``key`` and ``asked_for``: how many of the runs are for it, each of which has ``is_for_partition``).

    Raises:
        ErrandRefusedError: there is no such schedule or time.
    """
    name, at = text_of(params, "name"), text_or_none(params, "at")
    definition = desk.repository.schedules.get(name)
    if definition is None:
        raise _unknown("schedule", name, list(desk.repository.schedules))
    cron, now = Cron.of(definition.cron_schedule, definition.execution_timezone), desk.clock.now()
    trial = read_trial(desk, definition, params)
    moment = _time_for(cron, trial, now) if at is None else _moment(at, cron.zone)
    evaluation = Evaluation(0, AutomationKind.SCHEDULE, name, scheduled_at=moment)
    answer, seconds = _rehearsed(desk, evaluation, trial)
    return {
        "name": name,
        "kind": AutomationKind.SCHEDULE.value,
        "evaluated_for": moment.isoformat(),
        "is_nominal": fires_at(cron, moment),
        "fires": [each.at.isoformat() for each in fire_times(cron, after=now, count=FIRES_SHOWN)],
        **_told_of(desk, trial, answer, seconds),
    }


def preview_sensor(desk: ErrandDesk, params: Params) -> dict[str, Any]:
    """What a sensor would ask for now.

    Args:
        desk: whose code, and what is remembered.
        params: ``name``; ``cursor``: a text, or null for none; not given: the stored one. ``last_run_key`` (text),
            ``last_tick_at`` (ISO with an offset): instead of the stored ones. For a sensor of runs ``run_id`` or
            ``event_id`` (a number): what it is called for. For a sensor of one asset ``partition``: it is called for
            the newest materialization of that; for others, and ``resources``, see ``trial.py``.

    Returns:
        ``name``, ``kind`` (``"SENSOR"``), ``sensor_type``, ``cursor_before``, ``cursor_after``, ``event`` (the event it
        was called for, in words, or null), and of what came of it what :func:`preview_schedule` has.

    Raises:
        ErrandRefusedError: there is no such sensor, run or event, or it can make nothing of the cursor.
    """
    name = text_of(params, "name")
    definition = desk.repository.sensors.get(name)
    if definition is None:
        raise _unknown("sensor", name, list(desk.repository.sensors))
    key = AutomationKey(desk.location_name, AutomationKind.SENSOR, name)
    state = desk.instance.store.automation_state(key) or AutomationState(key)
    cursor = text_or_none(params, "cursor") if "cursor" in params else state.cursor
    trial = read_trial(desk, definition, params)
    entry = _event(desk, definition, params) or _materialization(desk, definition, trial)
    if params.get("cursor") is not None and not is_of_runs(definition):
        try:
            check_cursor(desk.instance, definition, cursor or "")
        except (ParameterCheckError, DagsterInvariantViolationError) as error:
            raise ErrandRefusedError("bad_request", str(error), "cursor") from error
    last_tick = text_or_none(params, "last_tick_at")
    evaluation = sensor_question(
        state,
        cursor=cursor,
        last_run_key=text_or_none(params, "last_run_key"),
        last_tick_at=None if last_tick is None else _moment(last_tick, "UTC", "last_tick_at"),
        entry=entry,
    )
    answer, seconds = _rehearsed(desk, evaluation, trial)
    return {
        "name": name,
        "kind": AutomationKind.SENSOR.value,
        "sensor_type": definition.sensor_type.value,
        "cursor_before": cursor,
        "cursor_after": trial.masked(cursor_after(answer, cursor)),
        "event": None if entry is None else f"{entry.storage_id}: {about(entry)}",
        **_told_of(desk, trial, answer, seconds),
    }


def told(answer: Answer, seconds: float) -> dict[str, Any]:
    """An answer as JSON; see :func:`preview_schedule`.

    Args:
        answer: what came of an evaluation.
        seconds: how long it took.
    """
    answers = answer.parts or (answer,)
    failure = next((each.error for each in answers if each.error is not None), None)
    requests = [each for part in answers for each in part.run_requests]
    lines = [line for part in answers for line in part.log]
    skip = next((each.skip_message for each in reversed(answers) if each.skip_message), None)
    return {
        "outcome": "failed" if failure is not None else "requested" if requests else "skipped",
        "requests": [_request(each) for each in requests[:REQUESTS_SHOWN]],
        "request_count": len(requests),
        "skip_reason": skip,
        "dynamic_partitions": [_change(each) for part in answers for each in part.dynamic_partitions_requests],
        "asset_events": [event_text(each) for part in answers for each in part.asset_events],
        "log": [
            {
                "at": at_of(line.timestamp).isoformat(),
                "level": logging.getLevelName(line.level),
                "message": line.message,
            }
            for line in lines[-LINES_SHOWN:]
        ],
        "error": None if failure is None else error_json(failure),
        "duration_seconds": seconds,
    }


def error_json(error: SerializableErrorInfo) -> dict[str, Any]:
    """An error as JSON: ``message``, ``class``, ``stack`` (lines) of what the user's code raised, ``text`` of all."""
    root = error.root
    return {
        "message": root.message.strip(),
        "class": root.cls_name,
        "stack": list(root.stack),
        "text": error.to_string(),
    }


def event_text(entry: EventLogEntry) -> str:
    """An asset event that a sensor reports, in words."""
    event = entry.dagster_event
    assert event is not None
    assert event.asset_key is not None  # only events of assets are reported by sensors
    kind = event.event_type_value.lower().removeprefix("asset_")
    return f"the {kind} of {event.asset_key.to_user_string()}" + (f", {event.partition}" if event.partition else "")


def _rehearsed(desk: ErrandDesk, evaluation: Evaluation, trial: Trial) -> tuple[Answer, float]:
    instance = desk.instance
    began_at = time.monotonic()
    config = trial.resource_config
    answer = rehearse(desk.repository, desk.location_name, instance, evaluation, resource_config=config)
    return answer, time.monotonic() - began_at


def _time_for(cron: Cron, trial: Trial, now: datetime) -> datetime:
    """The time of a schedule that a test is for: its next, or the first at which the partition's window is over."""
    window = trial.window
    if window is None:
        return cron.next_after(now)
    end = window.end.astimezone(ZoneInfo(cron.zone))
    return end if fires_at(cron, end) else cron.next_after(end)


def _told_of(desk: ErrandDesk, trial: Trial, answer: Answer, seconds: float) -> dict[str, Any]:
    """An answer as JSON, with what it has to do with the test's partition, and without the test's secrets."""
    found = told(answer, seconds)
    if trial.partition is None:
        return {**trial.masked(found), "partition": None}
    view = PartitionsView(desk.clock.now(), desk.instance)
    asked = [trial.is_for(each, view) for part in answer.parts or (answer,) for each in part.run_requests]
    for request, is_for in zip(found["requests"], asked, strict=False):
        request["is_for_partition"] = is_for
    return {**trial.masked(found), "partition": {"key": trial.partition, "asked_for": sum(asked)}}


def _request(request: RunRequest) -> dict[str, Any]:
    assets, checks = request.asset_selection, request.asset_check_keys
    return {
        "job": request.job_name,
        "run_key": request.run_key,
        "run_config": dict(request.run_config),
        "tags": dict(request.tags),
        "partition_key": request.partition_key,
        "asset_selection": None if assets is None else [each.to_user_string() for each in assets],
        "asset_checks": None if checks is None else [each.to_user_string() for each in checks],
        "stale_only": request.stale_assets_only,
    }


def _change(change: DynamicPartitionsRequest) -> dict[str, Any]:
    keys = list(change.partition_keys)
    return {
        "name": change.partitions_def_name,
        "does": "add" if isinstance(change, AddDynamicPartitionsRequest) else "delete",
        "keys": keys[:KEYS_SHOWN],
        "key_count": len(keys),
    }


def _event(desk: ErrandDesk, definition: SensorDefinition, params: Params) -> EventLogEntry | None:
    run_id, event_id = text_or_none(params, "run_id"), params.get("event_id")
    if run_id is None and event_id is None:
        return None
    where = "event_id" if run_id is None else "run_id"
    if not is_of_runs(definition):
        raise ErrandRefusedError("bad_request", f"{definition.name!r} is no sensor of runs; give a cursor", where)
    if event_id is not None and (run_id is not None or not isinstance(event_id, int)):
        raise ErrandRefusedError("bad_request", "give run_id, or event_id as a number", where)
    try:
        if run_id is not None:
            return event_of_run(desk.instance, definition, run_id)
        return event_numbered(desk.instance, definition, int(event_id or 0))
    except ParameterCheckError as error:
        raise ErrandRefusedError("bad_request", str(error), where) from error


def _materialization(desk: ErrandDesk, definition: SensorDefinition, trial: Trial) -> EventLogEntry | None:
    """What a sensor of one asset is called for, if a partition of that asset is said."""
    graph = desk.repository.asset_graph
    if trial.partition is None or not isinstance(definition, AssetSensorDefinition):
        return None
    key = definition.asset_key
    own = graph.partitions_def_of(key) if key in graph.specs else None
    if own is None or own.ordinal_of(trial.partition, PartitionsView(desk.clock.now(), desk.instance)) is None:
        return None
    query = EventQuery(types=MATERIALIZED, asset_key=key, partitions=[trial.partition], newest_first=True, limit=1)
    found = next(iter(desk.instance.events(query)), None)
    if found is None:
        text = f"{key.to_user_string()} was never made for the partition {trial.partition!r}, so nothing calls it"
        raise ErrandRefusedError("bad_request", text, "partition")
    return found


def _moment(text: str, zone: str, where: str = "at") -> datetime:
    try:
        return moment_in(zone, datetime.fromisoformat(text))
    except ValueError as error:
        raise ErrandRefusedError("bad_request", f"{text[:100]!r} is no time; 2026-03-29T02:30 is one", where) from error
    except ParameterCheckError as error:
        raise ErrandRefusedError("bad_request", str(error), where) from error


def _unknown(what: str, name: str, names: list[str]) -> ErrandRefusedError:
    return ErrandRefusedError("not_found", f"there is no {what} {name[:200]!r}{did_you_mean(name, names)}", "name")
