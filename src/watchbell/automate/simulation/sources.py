"""Schedules and sensors that take part in a simulation: when they are due, and which are left out, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from watchbell.automate.due import INTERVAL_SECONDS_MAX, jitter_offset
from watchbell.automate.simulation.calls import SensorState
from watchbell.automate.simulation.columns import NEVER, Origin
from watchbell.automate.simulation.place import Asked, Place
from watchbell.automate.simulation.result import LeftOut, tick_time
from watchbell.automate.simulation.terms import SimulationTerms
from watchbell.declare.automation.asset_sensor import AssetSensorDefinition
from watchbell.declare.automation.condition_sensor import AutomationConditionSensorDefinition
from watchbell.declare.automation.multi_asset_sensor import MultiAssetSensorDefinition
from watchbell.declare.automation.run_status_sensor import RunStatusSensorDefinition
from watchbell.declare.automation.schedule import ScheduleDefinition
from watchbell.declare.automation.sensor import SensorDefinition
from watchbell.declare.automation.sensor_context import EVENTS_MAX
from watchbell.record.automation_policy import AutomationPolicy
from watchbell.record.keys import AssetKey
from watchbell.record.labels import SIMULATE_TAG
from watchbell.record.run import DagsterRunStatus
from watchbell.record.tick import AutomationKey, AutomationKind

INTERVAL_SECONDS_MIN = 1.0
"""A sensor that is asked again and again is asked no more often than this (seconds)."""
MOMENT = timedelta(microseconds=1)


class ScheduleSource:
    """A schedule and its next time.

    Args:
        place: its code location.
        definition: it.
        terms: from when to when.
    """

    def __init__(self, place: Place, definition: ScheduleDefinition, terms: SimulationTerms) -> None:
        key = AutomationKey(place.name, AutomationKind.SCHEDULE, definition.name)
        offset = jitter_offset(key, definition.policy)
        self.place = place
        self.definition = definition
        self.origin = Origin(
            "schedule",
            definition.name,
            place.name,
            definition.cron,
            offset.total_seconds(),
            _key_seconds(definition.policy),
        )
        self.constant: Asked | None = None
        """What it asks for at each of its times, once that is known; None: its function is asked."""
        self.nominal = 0.0
        """Its time, seconds since the epoch; the nominal one."""
        # Times are whole seconds: those at `start - offset` or later come after any instant just before it.
        self._seconds: Iterator[int] = definition.cron.seconds(
            after=terms.start - offset - MOMENT, until=terms.end - MOMENT
        )

    @property
    def nominal_at(self) -> datetime:
        """Its time, in its zone."""
        return tick_time(self.origin, self.nominal)

    def advance(self) -> float | None:
        """Goes to its next time; when it ticks for it (seconds since the epoch), None: never again."""
        second = next(self._seconds, None)
        if second is None:
            return None
        self.nominal = float(second)
        return self.nominal + self.origin.jitter_seconds


class SensorSource:
    """A sensor that takes part.

    Args:
        place: its code location.
        definition: it.
    """

    def __init__(self, place: Place, definition: SensorDefinition) -> None:
        self.place = place
        self.definition = definition
        self.origin = Origin("sensor", definition.name, place.name, key_seconds=_key_seconds(definition.policy))
        self.watched_keys: Sequence[AssetKey] = ()
        self.run_statuses: tuple[DagsterRunStatus, ...] = ()
        self.state = SensorState()
        if isinstance(definition, AssetSensorDefinition | MultiAssetSensorDefinition):
            self.watched_keys = definition.monitored_keys(place.repository.asset_graph)
        elif isinstance(definition, RunStatusSensorDefinition):
            self.run_statuses = definition.run_statuses
            self.state.cursor = "0"  # it has seen nothing, and nothing was before
        self.is_polled = not self.watched_keys and not self.run_statuses
        self.interval_seconds = min(
            max(definition.minimum_interval_seconds, INTERVAL_SECONDS_MIN), INTERVAL_SECONDS_MAX
        )
        self.is_awaited = False
        """Whether it is due already."""
        self.made_count = 0
        """Materializations that it was not asked about (count)."""

    def has_more(self) -> bool:
        """Whether its last evaluation left something, because it takes no more at once."""
        takes_all = not (isinstance(self.definition, AssetSensorDefinition) and self.definition.every_event)
        self.made_count = 0 if takes_all else max(0, self.made_count - EVENTS_MAX)
        return self.made_count > 0


def schedule_sources(places: Sequence[Place], terms: SimulationTerms) -> list[ScheduleSource]:
    """The schedules that take part, in the order of locations and definitions."""
    return [
        ScheduleSource(place, each, terms)
        for place in places
        for each in place.repository.schedule_defs
        if terms.takes(each.name, place.name)
    ]


def sensor_sources(places: Sequence[Place], terms: SimulationTerms) -> tuple[list[SensorSource], list[LeftOut]]:
    """The sensors that take part, and those that are left out."""
    sources, left_out = [], []
    for place in places:
        for each in place.repository.sensor_defs:
            if isinstance(each, AutomationConditionSensorDefinition) or not terms.takes(each.name, place.name):
                continue
            reason = left_out_reason(each, terms)
            if reason is None:
                sources.append(SensorSource(place, each))
            else:
                left_out.append(LeftOut("sensor", each.name, reason))
    return sources, left_out


def left_out_reason(definition: SensorDefinition, terms: SimulationTerms) -> str | None:
    """Why a sensor does not take part; None: it does."""
    if terms.sensors is False:
        return "sensors are left out"
    if terms.sensors is True or (isinstance(terms.sensors, frozenset) and definition.name in terms.sensors):
        return None
    if terms.only is not None and definition.name in terms.only:
        return None
    said = definition.tags.get(SIMULATE_TAG)
    if said is not None:
        return None if said.lower() == "true" else f"its tag {SIMULATE_TAG} is {said!r}"
    if isinstance(terms.sensors, frozenset):
        return "only sensors that are named take part"
    if isinstance(definition, AssetSensorDefinition | MultiAssetSensorDefinition):
        return None
    may = f"ask for it by name, or give it the tag {SIMULATE_TAG}='true'"
    if isinstance(definition, RunStatusSensorDefinition):
        return f"its function may send messages; {may}"
    return f"its function looks at what is outside, as it is now; {may}"


def _key_seconds(policy: AutomationPolicy) -> float:
    return NEVER if policy.run_key_ttl_seconds is None else policy.run_key_ttl_seconds
