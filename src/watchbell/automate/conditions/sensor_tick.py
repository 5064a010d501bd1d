"""A condition sensor evaluated by itself, outside a service: nothing is stored, its cursor is all it remembers."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from watchbell.automate.conditions.sensor_sessions import SessionPlace
from watchbell.automate.conditions.session import NOTHING
from watchbell.declare.automation.condition_sensor import AutomationConditionSensorDefinition
from watchbell.declare.automation.sensor_answer import SensorExecutionData
from watchbell.declare.collect import RepositoryDefinition
from watchbell.declare.partitions.view import partitions_view
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.record.tick import AutomationKey, AutomationKind, TickLogLine

STATES = "states"
"""Where the cursor of such an evaluation has the states of the roots; that of the service has none."""


def evaluate_condition_sensor(sensor: AutomationConditionSensorDefinition, context: Any) -> SensorExecutionData:
    """What a condition sensor asks for now.

    Args:
        sensor: which one.
        context: with an instance and the repository of the sensor. With the cursor that the service stored it goes on
            from there; else from the last evaluation like this one.

    Returns:
        The runs; and the cursor for the next evaluation, in which all states are.

    Raises:
        DagsterInvariantViolationError: the context has no repository, or one without this sensor.
    """
    repository = context.repository_def
    if not isinstance(repository, RepositoryDefinition) or repository.sensors.get(sensor.name) is not sensor:
        raise DagsterInvariantViolationError(
            f"condition sensor {sensor.name!r} is evaluated with the definitions it belongs to: give "
            "build_sensor_context the argument repository_def=defs.get_repository_def()"
        )
    origin = context.code_location_origin
    location_name = "" if origin is None else origin.location_name
    cursor, states = _read(context.cursor)
    if states is None:
        key = AutomationKey(location_name, AutomationKind.SENSOR, sensor.name)
        states = context.instance.store.condition_states(key.id) if cursor is not None else {}
    place = SessionPlace(repository, location_name, context.instance, time.monotonic)
    session = place.open(sensor, cursor, states=states)
    now = partitions_view().now
    tick = session.tick(now)
    changed = {} if tick.commit is None else tick.commit.states
    kept = {name: text for name, text in {**states, **changed}.items() if text is not None}
    return SensorExecutionData(
        run_requests=list(tick.run_requests),
        skip_message=None if tick.run_requests else tick.skip_message or NOTHING,
        cursor=_written(tick.cursor or cursor, kept),
        log=tuple(TickLogLine(now.timestamp(), level, text) for level, text in tick.log),
    )


def _read(text: str | None) -> tuple[str | None, Mapping[str, str] | None]:
    """The cursor as the service knows it, and the states, if there are some in it."""
    try:
        read = json.loads(text or "null")
        states = read.pop(STATES, None)
        return json.dumps(read, separators=(",", ":")), states
    except (ValueError, AttributeError):
        return None, None


def _written(cursor: str | None, states: Mapping[str, str]) -> str | None:
    return cursor if cursor is None else json.dumps({**json.loads(cursor), STATES: states}, separators=(",", ":"))
