"""What explanations of schedules and sensors look at: stored states and ticks, and the code if it is at hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from watchbell.automate.conditions.cursor import ConditionCursor
from watchbell.automate.explain.automation import AutomationFacts
from watchbell.automate.explain.schedule import ScheduleFacts, covering, last_time
from watchbell.automate.explain.sensor import SensorFacts
from watchbell.automate.explain.words import listed
from watchbell.declare.automation.asset_sensor import AssetSensorDefinition
from watchbell.declare.automation.condition_sensor import AutomationConditionSensorDefinition
from watchbell.declare.automation.multi_asset_sensor import MultiAssetSensorDefinition
from watchbell.declare.automation.run_status_sensor import RunStatusSensorDefinition
from watchbell.declare.automation.schedule import DefaultScheduleStatus, ScheduleDefinition
from watchbell.declare.automation.sensor import DefaultSensorStatus, SensorDefinition, SensorType
from watchbell.ground.cron import Cron
from watchbell.ground.errors import DagsterInvalidSubsetError
from watchbell.ground.wire import loads
from watchbell.host.places import Place, find_schedule, find_sensor
from watchbell.instance import DagsterInstance
from watchbell.record.automation_policy import PLAIN_POLICY
from watchbell.record.run import DagsterRun, RunsFilter
from watchbell.record.tick import AutomationKey, AutomationKind, AutomationState, Tick
from watchbell.services.cursor_meaning import condition_cursor_meaning
from watchbell.services.explain.place import Code
from watchbell.services.lease import working_service
from watchbell.services.sensor_words import lag_texts, meaning_of_cursor

TICKS_READ = 25
"""Ticks that are looked at (count)."""
TICKS_OF_TIME = 500
"""Ticks after a time that are looked at for the one of that time (count)."""
KEYS_LINKED = 100
"""Assets and checks of a condition sensor that a page can link (count)."""
KEYS_NAMED = 10
"""Assets and checks of a condition sensor that are named (count)."""
RUNS_NAMED = 200
"""Runs of these ticks that are looked up (count)."""


def schedule_facts(
    code: Code, instance: DagsterInstance, name: str, location_name: str | None, asked_at: datetime | None
) -> ScheduleFacts:
    """What is known of a schedule.

    Raises:
        DagsterInvalidSubsetError: neither the code nor what is stored has one of this name.
    """
    found = _stored(code, instance, AutomationKind.SCHEDULE, name, location_name)
    definition: ScheduleDefinition | None = None
    if found is None:
        key, _, definition = find_schedule(code.places, name, location_name)
    else:
        key = found
    state = instance.store.automation_state(key)
    cron = _cron(definition, state)
    known = _known(code, instance, key, state)
    facts = ScheduleFacts(
        replace(
            known,
            is_defined=definition is not None or code.refusal is not None,
            running_by_default=None
            if definition is None
            else definition.default_status == DefaultScheduleStatus.RUNNING,
        ),
        cron,
        PLAIN_POLICY if definition is None else definition.policy,
        asked_at,
        max_catchup_runs=instance.settings.max_catchup_runs,
    )
    return _with_ticks_of_time(instance, facts)


def _with_ticks_of_time(instance: DagsterInstance, facts: ScheduleFacts) -> ScheduleFacts:
    """The facts with the tick of the time that is asked about, and those before it."""
    known, store = facts.automation, instance.store
    asked = facts.asked_at or known.now
    nominal = None if facts.cron is None else last_time(facts.cron, asked, facts.offset)
    tick: Tick | None = None
    if nominal is not None:
        begin = store.first_tick_id_since(nominal - timedelta(seconds=1)) - 1
        near = store.first_tick_id_since(nominal + timedelta(hours=1)) if nominal < known.now else None
        for before_id in (near, None):  # nearly always it is evaluated within the hour
            ticks = store.ticks(known.key, after_id=begin, before_id=before_id, limit=TICKS_OF_TIME)
            tick = covering(ticks, nominal)
            if tick is not None:
                break
    before_id = None if tick is None or tick.tick_id is None else tick.tick_id
    if tick is None and facts.asked_at is not None:
        before_id = store.first_tick_id_since(asked)
    earlier = store.ticks(known.key, before_id=before_id, limit=TICKS_READ)
    ticks = ([] if tick is None else [tick]) + earlier
    runs = _runs(instance, ticks)
    return replace(facts, automation=replace(known, ticks=tuple(ticks), runs=runs), tick=tick)


def sensor_facts(
    code: Code, instance: DagsterInstance, name: str, location_name: str | None, asked_at: datetime | None
) -> SensorFacts:
    """What is known of a sensor; raises as :func:`schedule_facts`."""
    found = _stored(code, instance, AutomationKind.SENSOR, name, location_name)
    definition: SensorDefinition | None = None
    place: Place | None = None
    if found is None:
        key, place, definition = find_sensor(code.places, name, location_name)
    else:
        key = found
    state = instance.store.automation_state(key)
    known = _known(code, instance, key, state)
    before_id = None if asked_at is None else instance.store.first_tick_id_since(asked_at)
    ticks = instance.store.ticks(key, before_id=before_id, limit=TICKS_READ)
    if asked_at is not None:  # one that was under way then
        begun = instance.store.ticks(key, after_id=(before_id or 1) - 1, limit=TICKS_READ)
        ticks = [each for each in begun if each.tick_at <= asked_at][-1:] + ticks
    known = replace(
        known,
        is_defined=definition is not None or code.refusal is not None,
        running_by_default=None if definition is None else definition.default_status == DefaultSensorStatus.RUNNING,
        ticks=tuple(ticks),
        runs=_runs(instance, ticks),
    )
    cursor = None if state is None else state.cursor
    if definition is None:
        read = ConditionCursor.of(cursor)
        meaning = () if read is None else (condition_cursor_meaning(cursor, known.now),)
        return SensorFacts(replace(known, is_of_conditions=read is not None), asked_at, cursor_meaning=meaning)
    if isinstance(definition, AutomationConditionSensorDefinition):
        return _condition_sensor_facts(known, definition, place, asked_at, cursor)
    is_ours = definition.sensor_type in (SensorType.RUN_STATUS, SensorType.ASSET, SensorType.MULTI_ASSET)
    states = {} if state is None else {key: state}
    return SensorFacts(
        known,
        asked_at,
        _interval(definition),
        _woken_by(definition),
        lag_texts(instance.store, [(key, definition)], states, known.now).get(key, ""),
        tuple(meaning_of_cursor(instance, definition, cursor)) if is_ours else (),
    )


def _condition_sensor_facts(
    known: AutomationFacts,
    definition: AutomationConditionSensorDefinition,
    place: Place | None,
    asked_at: datetime | None,
    cursor: str | None,
) -> SensorFacts:
    keys = () if place is None else place.repository.conditioned_by(definition.name)
    names = sorted(each.to_user_string() for each in keys)
    return SensorFacts(
        replace(known, is_of_conditions=True),
        asked_at,
        _interval(definition),
        _woken_by(definition),
        cursor_meaning=(condition_cursor_meaning(cursor, known.now),),
        looks_after=listed(names, KEYS_NAMED) or "nothing",
        entities=tuple(names[:KEYS_LINKED]),
    )


def _stored(
    code: Code, instance: DagsterInstance, kind: AutomationKind, name: str, location_name: str | None
) -> AutomationKey | None:
    """The stored automation of a name that the code does not have, or whose code does not load; else None.

    Raises:
        UserCodeLoadError: the code does not load, and nothing is stored of it either.
    """
    places = [each for each in code.places if location_name in (None, each.name)]
    is_schedule = kind is AutomationKind.SCHEDULE
    for place in places:
        defined: Iterable[ScheduleDefinition | SensorDefinition]
        defined = place.repository.schedule_defs if is_schedule else place.repository.sensor_defs
        if any(each.name == name for each in defined):
            return None
    states = [
        state.key
        for state in instance.store.automation_states(location_name)
        if state.key.kind is kind and state.key.name == name
    ]
    if len(states) == 1:
        return states[0]
    if states:
        locations = ", ".join(sorted(each.location_name for each in states))
        raise DagsterInvalidSubsetError(
            f"{len(states)} code locations had a {kind.value.lower()} {name!r}: {locations}; say which with --location"
        )
    if code.refusal is not None:
        raise code.refusal
    return None


def _known(code: Code, instance: DagsterInstance, key: AutomationKey, state: AutomationState | None) -> AutomationFacts:
    now = instance.clock.now()
    return AutomationFacts(key, now, state, code_error=code.error, service=working_service(instance.store, now))


def _cron(definition: ScheduleDefinition | None, state: AutomationState | None) -> Cron | None:
    """Its times by its code, or by the terms its state was kept under."""
    if definition is not None:
        return Cron.of(definition.cron_schedule, definition.execution_timezone)
    if state is None or state.spec is None:
        return None
    terms = loads(state.spec)
    if not (isinstance(terms, list) and len(terms) == 2):
        return None
    return Cron.of(terms[0], terms[1])


def _interval(definition: SensorDefinition) -> float:
    if isinstance(definition, RunStatusSensorDefinition):
        return float(definition.pause_seconds)
    return float(definition.minimum_interval_seconds)


def _woken_by(definition: SensorDefinition) -> str:
    if isinstance(definition, RunStatusSensorDefinition):
        return "runs"
    if isinstance(definition, AssetSensorDefinition | MultiAssetSensorDefinition):
        return "materializations"
    return "changes of assets" if definition.sensor_type.value == "AUTOMATION" else ""


def _runs(instance: DagsterInstance, ticks: Sequence[Tick]) -> dict[str, DagsterRun]:
    """The runs that ticks made, or met, those that are still there."""
    ids: dict[str, None] = {}
    for tick in ticks:
        ids.update(dict.fromkeys((*tick.run_ids, *tick.dropped_for)))
    wanted = list(ids)[:RUNS_NAMED]
    records = instance.store.run_records(RunsFilter(run_ids=wanted)) if wanted else []
    return {each.dagster_run.run_id: each.dagster_run for each in records}
