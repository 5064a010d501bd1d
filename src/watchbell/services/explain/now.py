"""A condition evaluated as things are now, without effects."""

from __future__ import annotations

import time

from watchbell.automate.conditions.cursor import ConditionCursor
from watchbell.automate.conditions.engine import ConditionEngine
from watchbell.automate.conditions.in_flight import flight_rule, hold_back
from watchbell.automate.conditions.sensor_sessions import SessionPlace, StoreFacts
from watchbell.automate.conditions.trace import Recorder, with_held
from watchbell.automate.conditions.world import EntityKey
from watchbell.declare.automation.condition_sensor import AutomationConditionSensorDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import DagsterInvalidSubsetError
from watchbell.host.places import Place
from watchbell.instance import DagsterInstance
from watchbell.record.asset_job_key import entity_text
from watchbell.record.condition import ConditionEvaluation
from watchbell.record.tick import AutomationKey, AutomationKind


def evaluation_now(place: Place, key: EntityKey, instance: DagsterInstance) -> ConditionEvaluation:
    """The evaluation of an entity's condition as its sensor would make it next; nothing is stored or run.

    All conditions of the sensor are evaluated, since they look at each other, on the states that are stored.

    Args:
        place: the loaded code that has it.
        key: the asset, check or job.
        instance: what is remembered; own conditions see it, so it should be one that only reads.

    Raises:
        DagsterInvalidSubsetError: it has no condition.
    """
    repository = place.repository
    sensors = [each for each in repository.sensor_defs if isinstance(each, AutomationConditionSensorDefinition)]
    sensor = next((each for each in sensors if key in repository.conditioned_by(each.name)), None)
    if sensor is None:
        raise DagsterInvalidSubsetError(f"{entity_text(key)!r} has no automation condition that could be evaluated")
    now, store = instance.clock.now(), instance.store
    session = SessionPlace(repository, place.name, instance, time.monotonic)
    roots = repository.conditioned_by(sensor.name)
    engine = ConditionEngine(session.graph(sensor, roots), roots)
    automation = AutomationKey(place.name, AutomationKind.SENSOR, sensor.name)
    state = store.automation_state(automation)
    cursor = ConditionCursor.of(None if state is None else state.cursor)
    if cursor is not None:
        by_name = {entity_text(each.key): each.key for each in engine.roots}
        stored = store.condition_states(automation.id)
        engine.load({by_name[name]: text for name, text in stored.items() if name in by_name}, cursor.position)
    view = PartitionsView(now, instance)
    world, changed = StoreFacts(instance, engine, session.job_assets()).refresh(view)
    result = engine.tick(world, changed, now, view=view, is_full=True, recorder=Recorder())
    if key in result.errors:
        raise result.errors[key]
    found = next(each for each in result.evaluations if each.entity == entity_text(key))
    entity = engine.graph.entity(key)
    if key in result.requested and entity.condition is not None and flight_rule(entity.condition).is_held:
        _, held = hold_back(result.requested[key], entity.fact)
        return with_held(found, {"": held}) if held else found
    return found
