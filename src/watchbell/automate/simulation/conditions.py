"""Automation conditions in a simulation: the engine over a simulated world, and what it asks for as runs.

They are evaluated when something happened or a time came that matters to them, at most once a second. What they asked
for makes them look again, half a minute later as in the service; or a second later, if something else happens sooner:
that they have asked, and what happened then, are seen in two ticks. Each run has a tick of its own in the result, under
the name of the first entity whose condition asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from watchbell.automate.conditions.cursor import ConditionCursor
from watchbell.automate.conditions.engine import ConditionEngine
from watchbell.automate.conditions.entity_graph import ASSET_JOB, plans_of
from watchbell.automate.conditions.fact_rows import dynamic_names
from watchbell.automate.conditions.in_flight import FlightRule, flight_rule, hold_back
from watchbell.automate.conditions.reader import WorldInstance, WorldReader
from watchbell.automate.conditions.requests import AUTOMATION_TAG, RequestPlanner
from watchbell.automate.conditions.run_config_needs import RunConfigNeeds
from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.sensor_sessions import SessionPlace
from watchbell.automate.conditions.simulated import SimulatedWorld
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.world import EntityKey, Position, RunFact
from watchbell.automate.simulation.columns import NEVER, Order, Origin, instant_at, run_id_of
from watchbell.automate.simulation.memory import NO_RUN, SimulatedKeys
from watchbell.automate.simulation.outcomes import Fact
from watchbell.automate.simulation.place import Asked, Place
from watchbell.automate.simulation.result import LeftOut
from watchbell.automate.simulation.terms import SimulationTerms
from watchbell.declare.automation.condition_sensor import AutomationConditionSensorDefinition
from watchbell.declare.automation.evaluation import own_error
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.dynamic import DynamicPartitionsDefinition
from watchbell.declare.partitions.multi import MultiPartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView, looking_from
from watchbell.record.asset_check import AssetCheckEvaluation
from watchbell.record.asset_job_key import AssetJobKey, entity_text
from watchbell.record.error_info import error_info_from_exception
from watchbell.record.materialization import AssetObservation
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PartitionKeyRange
from watchbell.record.request import RUN_REQUESTS_MAX, RunRequest
from watchbell.record.tick import AutomationKey, AutomationKind

TICK_SECONDS = 1.0
"""Least time between two evaluations (seconds)."""
AGAIN_SECONDS = 30.0
"""So long after a tick that asked for something, or saw what is true only once, the next one comes anyway (seconds)."""
NAMED_MAX = 3


class SensorConditions:
    """The conditions that one condition sensor looks after.

    Args:
        place: its code location.
        sensor: it.
        others: the other locations, whose assets it may be made from.
        terms: which conditions take part, and from when on.
        keys: the dynamic partitions.
        instance: what was really made before; None: nothing.
    """

    def __init__(
        self,
        place: Place,
        sensor: AutomationConditionSensorDefinition,
        others: Sequence[Place],
        terms: SimulationTerms,
        keys: SimulatedKeys,
        instance: WorldInstance | None,
    ) -> None:
        elsewhere = [
            replace(plan, condition=None)
            for other in others
            for plan in plans_of(other.repository.asset_graph, other.name)
        ]
        owned = place.repository.conditioned_by(sensor.name)
        opened = SessionPlace(place.repository, place.name, _NoInstance(), lambda: 0.0, elsewhere)
        self.graph = opened.graph(sensor, owned)
        takes_all = terms.only is None or sensor.name in terms.only
        taken = [
            each.key
            for each in self.graph.entities
            if each.key in owned and (takes_all or terms.takes(entity_text(each.key)))
        ]
        self._planner = RequestPlanner(place.repository.asset_graph, ASSET_JOB, place.repository.conditioned_jobs)
        needs = RunConfigNeeds(place.repository, self._planner)
        self._planner.lacking = needs.checks_of
        self.left_out = [LeftOut("condition", entity_text(key), why) for key in taken if (why := needs.of(key))]
        """Those that cannot be run by a condition."""
        self.roots = [key for key in taken if not needs.of(key)]
        self._place = place
        self._keys = keys
        self._engine = ConditionEngine(self.graph, self.roots)
        self._simulated = self._begun(sensor, terms, instance)
        self._tags = {AUTOMATION_TAG: "true", **sensor.run_tags}
        self._tick_seconds = max(TICK_SECONDS, sensor.minimum_interval_seconds)
        self._rules: dict[EntityKey, FlightRule] = {}
        self._remembered: dict[EntityKey, Subset] = {}
        self._origins: dict[EntityKey, Origin] = {}
        self._ordinals: dict[tuple[int, str], int] = {}
        self._asked: dict[EntityKey, Subset] = {}
        self._errors: dict[EntityKey, Exception] = {}
        self._has_asked = False
        self._has_news = False
        self._at = terms.start.timestamp() - self._tick_seconds
        self._next_at = terms.start.timestamp()  # everything is looked at once

    def _begun(
        self, sensor: AutomationConditionSensorDefinition, terms: SimulationTerms, instance: WorldInstance | None
    ) -> SimulatedWorld:
        """The world in which it begins: an empty one, or what is stored. What goes on really is taken to be over."""
        if instance is None:
            return SimulatedWorld(self.graph, self._engine.world(Position(0, terms.start)))
        key = AutomationKey(self._place.name, AutomationKind.SENSOR, sensor.name)
        state = instance.store.automation_state(key)
        stored = None if state is None else ConditionCursor.of(state.cursor)
        if stored is not None:
            texts = instance.store.condition_states(key.id)
            by_name = {entity_text(each): each for each in self.roots}
            states = {by_name[name]: text for name, text in texts.items() if name in by_name}
            self._engine.load(states, stored.position)
        wanted = self._engine.world(Position(0, terms.start))
        reader = WorldReader(instance, self.graph, timed=wanted.timed, versioned=wanted.versioned, traced=wanted.traced)
        changed = reader.start(terms.start, self._engine.oldest_position)
        for entity in self.graph.entities:
            entity.fact.running = entity.fact.backfilling = entity.nothing
        simulated = SimulatedWorld(self.graph, reader.world)
        simulated.changed |= changed
        return simulated

    @property
    def wakes_at(self) -> float:
        """When to evaluate next; ``NEVER`` if nothing happens."""
        soonest = self._at + self._tick_seconds
        return soonest if self._has_news else max(self._next_at, soonest)

    # ---------------------------------------------------------- what happens

    def asked(self, at: float, run: int, order: Order) -> None:
        """A run was asked for."""
        by_key = self.graph.by_key
        subsets: dict[EntityKey, Subset] = {}
        keys: list[EntityKey] = [*order.asset_keys, *order.observed_keys, *order.check_keys]
        keys.append(AssetJobKey(order.job_name))
        for key in keys:
            entity = by_key.get(key)
            if entity is not None:
                subsets[key] = True if entity.definition is None else self._partitions(order, entity.definition, at)
        if subsets:
            assets = frozenset({*order.asset_keys, *order.observed_keys})
            fact = RunFact(order.tags, assets, frozenset(order.check_keys), order.job_name, order.partition)
            self._has_asked = True
            self._next_at = min(self._next_at, at + AGAIN_SECONDS)
            self._simulated.planned(run, subsets, run_id_of(run), fact)

    def over(self, at: float, run: int, *, is_failure: bool) -> None:
        """A run is over."""
        self._news(at)
        self._simulated.over(run, at, is_failure=is_failure)

    def happened(self, at: float, run: int, fact: Fact) -> None:
        """An asset was made or looked at, or a check executed."""
        run_id = "" if run == NO_RUN else run_id_of(run)
        self._news(at)
        if isinstance(fact, AssetCheckEvaluation):
            self._simulated.checked(fact.asset_check_key, fact.passed, at, run, run_id)
            return
        key = fact.asset_key
        entity = self.graph.by_key.get(key)
        if entity is None:
            return
        if isinstance(fact, AssetObservation) and entity.job_name is not None:
            return  # of what is made by runs, to be looked at changes nothing
        ordinal = None
        if entity.definition is not None and fact.partition is not None:
            ordinal = self._ordinal(entity.definition, fact.partition, at)
        self._simulated.made(key, ordinal, at, run, run_id, fact.data_version)

    def keys_changed(self, at: float) -> None:
        """Dynamic partitions changed: whoever has some may say something else."""
        self._news(at)
        for entity in self.graph.entities:
            if is_dynamic(entity.definition):
                self._simulated.changed.add(entity.key)

    # ----------------------------------------------------------------- ticks

    def tick(self, at: float) -> Iterator[tuple[Origin, Asked]]:
        """Evaluates them: each run they ask for, and each failure."""
        self._evaluate(at)
        errors, self._errors = self._errors, {}
        asked, self._asked = self._asked, {}
        for key, error in errors.items():
            text = error_info_from_exception(own_error(error)).to_string().rstrip()
            yield self._origin(key), Asked(reason=text, is_failure=True)
        if not asked:
            return
        view = PartitionsView(instant_at(at), self._keys)
        requests = self._planner.requests(asked, self._tags, view, RUN_REQUESTS_MAX)
        if requests.left:
            self._asked = dict(requests.left)
            self._has_news = True
        for request in requests.run_requests:
            key, why = self._asker(request, asked)
            yield self._origin(key), Asked((self._place.order(request, why=why),))

    def _news(self, at: float) -> None:
        """Something is about to happen: that runs were asked for before is looked at first."""
        self._has_news = True
        if self._has_asked and at > self._at:
            self._evaluate(min(at, self._at + self._tick_seconds))
            self._has_news = True

    def _evaluate(self, at: float) -> None:
        now = instant_at(at)
        self._has_asked = self._has_news = False
        with looking_from(now, self._keys):
            changed = self._simulated.look(now)
            view = PartitionsView(now, self._keys)
            result = self._engine.tick(self._simulated.world, changed, now, view=view)
        self._simulated.seen()
        self._errors |= result.errors
        self._asked = self._free(result.requested)
        self._at = at
        self._next_at = NEVER if result.next_at is None else result.next_at.timestamp()
        if result.unsettled:
            self._next_at = min(self._next_at, at + AGAIN_SECONDS)

    def _free(self, requested: Mapping[EntityKey, Subset]) -> dict[EntityKey, Subset]:
        """What is asked for now: not what a run is to make already, but what was held back for one that is over."""
        asked = self._asked
        remembered, self._remembered = self._remembered, {}
        for key in [*requested, *(each for each in remembered if each not in requested)]:
            entity = self.graph.by_key[key]
            wanted = _either(requested.get(key, False), remembered.get(key, False))
            rule = self._rule(entity)
            held: Subset = False
            if rule.is_held:
                wanted, held = hold_back(wanted, entity.fact, is_of_missing=rule.is_of_missing)
            if held and rule.is_remembered:
                self._remembered[key] = held
            if wanted:
                asked[key] = _either(wanted, asked.get(key, False))
        return asked

    def _rule(self, entity: Entity) -> FlightRule:
        found = self._rules.get(entity.key)
        if found is None:
            assert entity.condition is not None  # it asked for something
            found = self._rules[entity.key] = flight_rule(entity.condition)
        return found

    def _asker(self, request: RunRequest, asked: Mapping[EntityKey, Subset]) -> tuple[EntityKey, str]:
        keys: list[EntityKey] = [*(request.asset_selection or ()), *(request.asset_check_keys or ())]
        if request.asset_selection is None and request.job_name is not None:
            keys = [AssetJobKey(request.job_name)]
        askers = [key for key in keys if key in asked] or keys
        more = len(askers) - NAMED_MAX
        names = ", ".join(map(entity_text, askers[:NAMED_MAX]))
        many = "s" if len(askers) > 1 else ""
        return askers[0], f"condition{many} of {names}{f' and {more} more' if more > 0 else ''}"

    def _origin(self, key: EntityKey) -> Origin:
        found = self._origins.get(key)
        if found is None:
            found = self._origins[key] = Origin("condition", entity_text(key), self._place.name)
        return found

    # ------------------------------------------------------------ partitions

    def _partitions(self, order: Order, definition: PartitionsDefinition, at: float) -> Subset:
        if order.partition_range is not None:
            view = PartitionsView(instant_at(at), self._keys)
            return definition.range_ordinals(PartitionKeyRange(*order.partition_range), view)
        ordinal = None if order.partition is None else self._ordinal(definition, order.partition, at)
        return OrdinalSet(() if ordinal is None else [ordinal])

    def _ordinal(self, definition: PartitionsDefinition, key: str, at: float) -> int | None:
        place = (id(definition), key)
        found = self._ordinals.get(place)
        if found is None:
            found = definition.ordinal_of(key, PartitionsView(instant_at(at), self._keys))
            if found is not None:
                self._ordinals[place] = found
        return found


class AllConditions:
    """The conditions of all condition sensors; what the course of a simulation knows of them.

    Args:
        parts: those of each sensor.
    """

    def __init__(self, parts: Sequence[SensorConditions]) -> None:
        self._parts = parts
        self.left_out = [left_out for each in parts for left_out in each.left_out]

    @property
    def wakes_at(self) -> float:
        """When they are to be evaluated next, at the earliest; ``NEVER`` if nothing happens."""
        return min(each.wakes_at for each in self._parts)

    def asked(self, at: float, run: int, order: Order) -> None:
        """A run was asked for."""
        for each in self._parts:
            each.asked(at, run, order)

    def over(self, at: float, run: int, *, is_failure: bool) -> None:
        """A run is over; what it made was told before."""
        for each in self._parts:
            each.over(at, run, is_failure=is_failure)

    def happened(self, at: float, run: int, fact: Fact) -> None:
        """An asset was made or looked at, or a check executed."""
        for each in self._parts:
            each.happened(at, run, fact)

    def keys_changed(self, at: float) -> None:
        """Dynamic partitions changed."""
        for each in self._parts:
            each.keys_changed(at)

    def tick(self, at: float) -> Iterator[tuple[Origin, Asked]]:
        """Evaluates those that are due: what they ask for, run by run, and what failed."""
        for each in self._parts:
            if each.wakes_at <= at:
                yield from list(each.tick(at))


class _NoInstance:
    """Stands where an instance may, and is asked nothing."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a graph is made without an instance, and asked it for {name}")


def conditions_of(
    places: Sequence[Place], terms: SimulationTerms, keys: SimulatedKeys, instance: WorldInstance | None = None
) -> AllConditions | None:
    """The conditions that take part; None: there are none.

    Args:
        places: the code locations.
        terms: what takes part.
        keys: the dynamic partitions; those that are stored are added.
        instance: what was really made before; None: nothing.
    """
    parts = []
    for place in places:
        others = [each for each in places if each is not place]
        for sensor in place.repository.sensor_defs:
            if isinstance(sensor, AutomationConditionSensorDefinition) and (place.name, sensor.name) not in terms.off:
                if instance is not None:
                    _load_keys(place, keys, instance)
                parts.append(SensorConditions(place, sensor, others, terms, keys, instance))
    parts = [each for each in parts if each.roots or each.left_out]
    return AllConditions(parts) if parts else None


def _load_keys(place: Place, keys: SimulatedKeys, instance: WorldInstance) -> None:
    for spec in place.repository.asset_graph.specs.values():
        for name in dynamic_names(spec.partitions_def):
            keys.load(name, instance.dynamic_partition_numbers(name))


def is_dynamic(definition: PartitionsDefinition | None) -> bool:
    """Whether its partitions come and go while a simulation goes on."""
    if isinstance(definition, MultiPartitionsDefinition):
        return any(is_dynamic(each.partitions_def) for each in definition.partitions_defs)
    return isinstance(definition, DynamicPartitionsDefinition)


def _either(one: Subset, other: Subset) -> Subset:
    if isinstance(one, OrdinalSet) and isinstance(other, OrdinalSet):
        return one | other
    return one or other
