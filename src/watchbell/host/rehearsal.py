"""User code evaluated as the daemon would, but without effects: what previews and replays are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from watchbell.automate.cursor_rules import check_cursor_text
from watchbell.declare.automation.evaluation import in_one_go
from watchbell.declare.automation.run_status_sensor import RunStatusSensorDefinition
from watchbell.declare.automation.sensor import SensorDefinition, SensorType
from watchbell.declare.collect import RepositoryDefinition
from watchbell.declare.log_manager import EvaluationLogger
from watchbell.ground.errors import ParameterCheckError
from watchbell.host.evaluate import Evaluator, raised
from watchbell.instance import DagsterInstance
from watchbell.record.evaluation import Answer, Evaluation
from watchbell.record.event import EVENT_TYPE_OF_STATUS, EventLogEntry
from watchbell.record.log_text import about
from watchbell.record.query import EventQuery
from watchbell.record.tick import AutomationState

NUMBERED = (SensorType.RUN_STATUS, SensorType.ASSET)
"""Sensors whose cursor is the number of an event."""


def rehearse(
    repository: RepositoryDefinition,
    location_name: str,
    instance: DagsterInstance,
    evaluation: Evaluation,
    on_error: Callable[[BaseException], None] | None = None,
    resource_config: Mapping[str, Any] | None = None,
) -> Answer:
    """What an evaluation answers.

    Args:
        repository: the code.
        location_name: the code location that it is.
        instance: an instance that only reads (``store/look_only.py``), as those do that user code opens meanwhile.
        evaluation: the question.
        on_error: told of what the function raised, before it becomes part of the answer.
        resource_config: config of resources, by key, instead of what they have: each ``{"config": …}``.
    """
    log = EvaluationLogger(evaluation.name)
    evaluator = Evaluator(repository, "", location_name, instance, resource_config)
    try:
        return in_one_go(evaluator.raising_steps(evaluation, log))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also sys.exit() in a sensor
        if on_error is not None:
            on_error(error)
        return raised(evaluation.id, error, log.lines)


def sensor_question(
    state: AutomationState,
    *,
    cursor: str | None,
    last_run_key: str | None = None,
    last_tick_at: datetime | None = None,
    entry: EventLogEntry | None = None,
) -> Evaluation:
    """What a sensor is asked, as its state is, or as if it were otherwise.

    Args:
        state: what is stored of it.
        cursor: the cursor it is given.
        last_run_key: instead of the stored one.
        last_tick_at: instead of the stored one.
        entry: for a sensor of runs, the event it is called for.
    """
    return Evaluation(
        0,
        state.key.kind,
        state.key.name,
        cursor=cursor,
        last_run_key=last_run_key or state.last_run_key,
        last_tick_at=last_tick_at or state.last_tick_at,
        event_ids=() if entry is None or entry.storage_id is None else (entry.storage_id,),
    )


def check_cursor(instance: DagsterInstance, definition: SensorDefinition, cursor: str) -> None:
    """Refuses a cursor that the sensor could make nothing of.

    Raises:
        ParameterCheckError: it is no number of an event, or of one that has not happened.
            Or the sensor's cursor is not for people to set.
        DagsterInvariantViolationError: it is no cursor of a sensor of several assets.
    """
    check_cursor_text(definition.name, definition.sensor_type.value, cursor, instance.last_event_id())


def event_of_run(instance: DagsterInstance, definition: SensorDefinition, run_id: str) -> EventLogEntry:
    """The event by which a run came to the state that a sensor of runs reacts to.

    Raises:
        ParameterCheckError: the run has none.
    """
    types = frozenset(EVENT_TYPE_OF_STATUS[each] for each in definition.run_statuses)
    query = EventQuery(run_id=run_id, types=types, newest_first=True, limit=1)
    found = next(iter(instance.events(query)), None)
    if found is None:
        run = instance.get_run_by_id(run_id)
        state = "not there" if run is None else run.status.value
        name = definition.name
        raise ParameterCheckError(
            f"run {run_id} is {state} and has no event {_names(definition)}, which sensor {name!r} reacts to",
            parameter="run",
            value=run_id,
        )
    return found


def event_numbered(instance: DagsterInstance, definition: SensorDefinition, event_id: int) -> EventLogEntry:
    """The event of that number, for a sensor of runs.

    Raises:
        ParameterCheckError: there is none, or the sensor does not react to it.
    """
    found = next(iter(instance.events(EventQuery(storage_ids=[event_id]))), None)
    if found is None:
        raise ParameterCheckError(f"there is no event {event_id}", parameter="event", value=event_id)
    types = frozenset(EVENT_TYPE_OF_STATUS[each] for each in definition.run_statuses)
    if found.dagster_event is None or found.dagster_event.event_type not in types:
        raise ParameterCheckError(
            f"event {event_id} is {about(found)}; sensor {definition.name!r} reacts to {_names(definition)}",
            parameter="event",
            value=event_id,
        )
    return found


def is_of_runs(definition: SensorDefinition) -> bool:
    """Whether a sensor reacts to events of runs."""
    return isinstance(definition, RunStatusSensorDefinition)


def cursor_after(answer: Answer, before: str | None) -> str | None:
    """Where the cursor stands after an answer."""
    parts = answer.parts or (answer,)
    return next((each.cursor for each in reversed(parts) if each.cursor is not None), before)


def _names(definition: SensorDefinition) -> str:
    return " or ".join(sorted(EVENT_TYPE_OF_STATUS[each].name for each in definition.run_statuses))
