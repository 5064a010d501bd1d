"""Code locations that are loaded in this process, and finding a named thing in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from watchbell.declare.automation.schedule import ScheduleDefinition
from watchbell.declare.automation.sensor import SensorDefinition
from watchbell.declare.collect import RepositoryDefinition
from watchbell.declare.job import JobDefinition
from watchbell.ground.errors import DagsterInvalidSubsetError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.tick import AutomationKey, AutomationKind

D = TypeVar("D", ScheduleDefinition, SensorDefinition)


@dataclass(frozen=True)
class Place:
    """A code location, loaded in this process.

    Args:
        name: its name.
        repository: what it defines.
    """

    name: str
    repository: RepositoryDefinition


def find_job(locations: Sequence[Place], name: str) -> tuple[Place, JobDefinition]:
    """The job of that name and its location.

    Raises:
        DagsterInvalidSubsetError: there is none; names the nearest.
    """
    for location in locations:
        if location.repository.has_job(name):
            return location, location.repository.get_job(name)
    names = [each for location in locations for each in location.repository.job_names]
    raise DagsterInvalidSubsetError(f"there is no job {name!r}{did_you_mean(name, names)}")


def find_schedule(
    locations: Sequence[Place], name: str, location_name: str | None = None
) -> tuple[AutomationKey, Place, ScheduleDefinition]:
    """The schedule of that name.

    Raises:
        DagsterInvalidSubsetError: there is none, or several locations have one; names the nearest.
    """
    places = [
        (each, definition) for each in within(locations, location_name) for definition in each.repository.schedule_defs
    ]
    sensors = [each.name for place in within(locations, location_name) for each in place.repository.sensor_defs]
    place, found = _only(places, "schedule", name, "sensor" if name in sensors else None)
    return AutomationKey(place.name, AutomationKind.SCHEDULE, name), place, found


def find_sensor(
    locations: Sequence[Place], name: str, location_name: str | None = None
) -> tuple[AutomationKey, Place, SensorDefinition]:
    """The sensor of that name; raises as :func:`find_schedule`."""
    places = [
        (each, definition) for each in within(locations, location_name) for definition in each.repository.sensor_defs
    ]
    schedules = [each.name for place in within(locations, location_name) for each in place.repository.schedule_defs]
    place, found = _only(places, "sensor", name, "schedule" if name in schedules else None)
    return AutomationKey(place.name, AutomationKind.SENSOR, name), place, found


def within(locations: Sequence[Place], location_name: str | None) -> Sequence[Place]:
    """The locations that are meant: all, or the one of that name.

    Raises:
        DagsterInvalidSubsetError: there is none of that name.
    """
    if location_name is None:
        return locations
    chosen = [each for each in locations if each.name == location_name]
    if not chosen:
        names = [each.name for each in locations]
        raise DagsterInvalidSubsetError(
            f"there is no code location {location_name!r} here{did_you_mean(location_name, names)}; "
            f"there is {', '.join(names)}"
        )
    return chosen


def _only(places: Sequence[tuple[Place, D]], what: str, name: str, is_really: str | None = None) -> tuple[Place, D]:
    found = [(place, definition) for place, definition in places if definition.name == name]
    if len(found) == 1:
        return found[0]
    if not found:
        names = [definition.name for _, definition in places]
        if is_really is not None:
            raise DagsterInvalidSubsetError(f"{name!r} is a {is_really}, not a {what}: `watchbell {is_really} ...`")
        raise DagsterInvalidSubsetError(f"there is no {what} {name!r}{did_you_mean(name, names)}")
    names = [place.name for place, _ in found]
    raise DagsterInvalidSubsetError(
        f"{len(found)} code locations have a {what} {name!r}: {', '.join(names)}; say which with --location"
    )
