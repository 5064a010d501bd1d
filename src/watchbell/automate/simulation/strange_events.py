"""What of the events from outside nothing here could notice: most likely a slip of whoever wrote them down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from watchbell.automate.simulation.conditions import is_dynamic
from watchbell.automate.simulation.events import SimulatedEvent
from watchbell.automate.simulation.place import Place
from watchbell.automate.simulation.result import LeftOut
from watchbell.automate.simulation.sources import SensorSource
from watchbell.automate.simulation.terms import SimulationTerms
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.suggest import did_you_mean
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey


def strange_events(
    events: Iterable[SimulatedEvent],
    places: Sequence[Place],
    sensors: Iterable[SensorSource],
    terms: SimulationTerms,
) -> list[LeftOut]:
    """What is to be said of events, each once: names that nobody knows, partitions that are none, other times.

    Args:
        events: what happens from outside.
        places: the code locations.
        sensors: those that take part: they may watch assets that nobody defines.
        terms: from when to when.
    """
    names = _Names(places, sensors, terms)
    found: dict[LeftOut, None] = {}
    outside = 0
    for event in events:
        outside += not terms.start <= event.at < terms.end
        found.update(dict.fromkeys(names.doubts(event)))
    if outside:
        reason = f"{outside:,} lie before {terms.start.isoformat(' ')} or not before {terms.end.isoformat(' ')}"
        found[LeftOut("events", "at other times", reason)] = None
    return list(found)


class _Names:
    """What the code locations know.

    Args:
        places: the code locations.
        sensors: those that take part.
        terms: from when to when.
    """

    def __init__(self, places: Sequence[Place], sensors: Iterable[SensorSource], terms: SimulationTerms) -> None:
        self._graphs = [place.repository.asset_graph for place in places]
        self._view = PartitionsView(terms.end)
        watched: set[AssetKey] = {key for sensor in sensors for key in sensor.watched_keys}
        self._assets = watched.union(*(graph.specs for graph in self._graphs))
        self._checks: set[AssetCheckKey] = set().union(*(graph.check_keys for graph in self._graphs))

    def doubts(self, event: SimulatedEvent) -> Iterator[LeftOut]:
        """What is strange about an event."""
        key = event.asset
        if key is None:
            return
        name = key.to_user_string()
        if event.check is not None:
            check = AssetCheckKey(key, event.check)
            if check not in self._checks:
                known = (each.to_user_string() for each in self._checks)
                near = did_you_mean(check.to_user_string(), known)
                yield LeftOut("event", check.to_user_string(), f"no check is called that here{near}")
        elif key not in self._assets:
            near = did_you_mean(name, (each.to_user_string() for each in self._assets))
            yield LeftOut("event", name, f"no asset is called that here{near}")
        elif (why := self._partition_doubt(key, event.partition)) is not None:
            yield LeftOut("event", name, why)

    def _partition_doubt(self, key: AssetKey, partition: str | None) -> str | None:
        graph = next((each for each in self._graphs if key in each.definition_by_key), None)
        if graph is None:
            return None
        definition = graph.partitions_def_of(key)
        if definition is None:
            return None if partition is None else f"it has no partitions, and an event speaks of {partition!r}"
        if partition is None:
            return "it has partitions, and an event names none"
        if is_dynamic(definition) or definition.ordinal_of(partition, self._view) is not None:
            return None
        return f"it has no partition {partition!r}: {definition.unknown_key_text(partition, self._view)}"
