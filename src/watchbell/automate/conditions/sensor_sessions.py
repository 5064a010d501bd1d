"""From a condition sensor, the assets of its location and those of others to a session, on what a store remembers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cache, partial

from watchbell.automate.conditions.cursor import ConditionCursor
from watchbell.automate.conditions.engine import ConditionEngine
from watchbell.automate.conditions.entity_graph import ASSET_JOB, EntityGraph, EntityPlan, plans_of
from watchbell.automate.conditions.job_plans import plans_of_jobs
from watchbell.automate.conditions.moved_states import NO_MOVES, SensorStates, moves_of
from watchbell.automate.conditions.others import roots_made_from_missing
from watchbell.automate.conditions.reader import WorldInstance, WorldReader
from watchbell.automate.conditions.requests import RequestPlanner
from watchbell.automate.conditions.run_config_needs import RunConfigNeeds
from watchbell.automate.conditions.session import ConditionSession, SessionTerms
from watchbell.automate.conditions.slots import entity_name
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.trace import digest_of_body
from watchbell.automate.conditions.world import EntityKey, Position, World
from watchbell.declare.automation.condition_sensor import AutomationConditionSensorDefinition
from watchbell.declare.collect import RepositoryDefinition
from watchbell.declare.partitions.planned import JobAssets
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.value import dataclass
from watchbell.record.asset_job_key import AssetJobKey, entity_text
from watchbell.record.evaluation import OtherAssets
from watchbell.record.keys import AssetKey
from watchbell.record.tick import AutomationKey, AutomationKind


class StoreFacts:
    """The world of an engine, kept in step with a store; fulfils :class:`~.session.Facts`.

    Args:
        instance: whose store.
        engine: with the states and position it goes on from.
        job_assets: what runs without a selection of assets make.
    """

    def __init__(self, instance: WorldInstance, engine: ConditionEngine, job_assets: JobAssets | None) -> None:
        self._instance = instance
        self._engine = engine
        self._job_assets = job_assets
        self._reader: WorldReader | None = None

    def making(self, key: EntityKey, wanted: Subset) -> Mapping[str, Subset]:
        """By the runs that are to make some of what is wanted of an entity, which that is."""
        return {} if self._reader is None else self._reader.making(key, wanted)

    def refresh(self, view: PartitionsView) -> tuple[World, Iterable[EntityKey]]:
        """See :class:`~.session.Facts`."""
        reader, now = self._reader, view.now
        if reader is not None:
            changed = reader.read(now)
            return reader.world, changed
        asked = self._engine.world(Position(0, now))
        reader = WorldReader(
            self._instance,
            self._engine.graph,
            timed=asked.timed,
            versioned=asked.versioned,
            traced=asked.traced,
            job_assets=self._job_assets,
        )
        changed = reader.start(now, self._engine.oldest_position)
        self._reader = reader
        return reader.world, changed


@dataclass(frozen=True, eq=False)
class SessionPlace:
    """Where sessions are opened.

    Args:
        repository: the loaded code.
        location_name: the code location that it is.
        instance: what is remembered.
        monotonic: a clock that never goes back, in seconds.
        others: what is known of the assets of other locations.
        missing: the locations of which nothing is known yet.
        on_root: told of the key of each root before it is evaluated, and of None after the last one; None: nobody is.
    """

    repository: RepositoryDefinition
    location_name: str
    instance: WorldInstance
    monotonic: Callable[[], float]
    others: Sequence[EntityPlan] = ()
    missing: Sequence[OtherAssets] = ()
    on_root: Callable[[EntityKey | None], None] | None = field(default=None)

    def open(
        self,
        sensor: AutomationConditionSensorDefinition,
        cursor: str | None,
        left_out: Callable[[EntityKey], str | None] = lambda key: None,
        states: Mapping[str, str] | None = None,
        *,
        only: EntityKey | None = None,
    ) -> ConditionSession:
        """A session of a sensor, as the store knows it.

        Args:
            sensor: which one.
            cursor: its cursor.
            left_out: why an entity is not evaluated for now; None: it is.
            states: where its roots stand, by their user strings; None: as is stored.
            only: the only root that is evaluated (:meth:`ConditionSession.alone`); None: all are.
        """
        roots = self.repository.conditioned_by(sensor.name)
        moves = NO_MOVES
        if states is None:
            states = self.instance.store.condition_states(self._key(sensor.name).id)
            own = SensorStates(ConditionCursor.of(cursor), states)
            waits_as = {entity_text(key): entity_name(key) for key in roots}
            moves = moves_of(own, waits_as, partial(self._stored_of_others, sensor), partial(self._elsewhere, sensor))
        graph = self.graph(sensor, roots)
        apart = {each: why for each in roots if (why := left_out(each)) is not None}
        apart |= roots_made_from_missing(graph, roots - apart.keys(), self.repository.asset_graph, self.missing)
        planner = RequestPlanner(self.repository.asset_graph, ASSET_JOB, self.repository.conditioned_jobs)
        needs = RunConfigNeeds(self.repository, planner)
        apart |= {each: why for each in sorted(roots - apart.keys(), key=entity_text) if (why := needs.of(each))}
        planner.lacking = needs.checks_of
        evaluated = roots if only is None else {only}
        engine = ConditionEngine(graph, evaluated - apart.keys())
        if self.on_root is not None:
            engine.on_root = _by_number(self.on_root, graph)
        facts = StoreFacts(self.instance, engine, self.job_assets())
        terms = SessionTerms(
            engine,
            facts,
            planner,
            sensor.run_tags,
            self.instance,
            self.monotonic,
            self._digest_of,
            facts.making,
        )
        session = ConditionSession(terms, cursor, states, apart if only is None else {}, moves)
        for text in (*_untold(engine, self.others), *_lacking(evaluated - apart.keys(), needs)):
            session.say(logging.WARNING, text)
        return session

    def _key(self, sensor_name: str) -> AutomationKey:
        return AutomationKey(self.location_name, AutomationKind.SENSOR, sensor_name)

    def _stored_of_others(self, sensor: AutomationConditionSensorDefinition) -> dict[str, SensorStates]:
        """What is stored of the other condition sensors of the location, by name, also of those that are gone."""
        store, sensors = self.instance.store, self.repository.sensors
        found: dict[str, SensorStates] = {}
        for state in store.automation_states(self.location_name):
            name, cursor = state.key.name, ConditionCursor.of(state.cursor)
            if state.key.kind is AutomationKind.SENSOR and name != sensor.name and cursor is not None:
                found[name] = SensorStates(cursor, store.condition_states(state.key.id), name not in sensors)
        return found

    def _elsewhere(self, sensor: AutomationConditionSensorDefinition) -> dict[str, str]:
        """By entity the name of the other condition sensor that looks after it."""
        return {
            entity_text(key): each.name
            for each in self.repository.sensors.values()
            if isinstance(each, AutomationConditionSensorDefinition) and each is not sensor
            for key in self.repository.conditioned_by(each.name)
        }

    def graph(self, sensor: AutomationConditionSensorDefinition, roots: Collection[EntityKey]) -> EntityGraph:
        """The entities, those of other locations among them."""
        assets = self.repository.asset_graph
        plans = {plan.key: plan for plan in self.others}
        for said in plans_of(assets, self.location_name):
            is_default = said.condition is None and said.key in roots
            plan = replace(said, condition=sensor.default_condition) if is_default else said
            if plan.is_executable or plan.key not in plans:
                plans[plan.key] = plan
        jobs = [job for job in self.repository.conditioned_jobs if AssetJobKey(job.name) in roots]
        plans |= {plan.key: plan for plan in plans_of_jobs(jobs, assets, self.location_name)}
        return EntityGraph(plans.values(), assets)

    def job_assets(self) -> JobAssets:
        """What the jobs of this location make."""
        repository, here = self.repository, self.location_name

        @cache
        def found(job_name: str, location_name: str | None) -> Collection[AssetKey]:
            if location_name not in (None, here) or not repository.has_job(job_name):
                return ()
            return repository.get_job(job_name).asset_layer.executable_keys

        return found

    def _digest_of(self, entity: str) -> str | None:
        newest = self.instance.store.condition_evaluations(entity, limit=1)
        return digest_of_body(newest[0].body) if newest else None


def _untold(engine: ConditionEngine, others: Sequence[EntityPlan]) -> Iterator[str]:
    """What is to be said of assets that conditions look at, and whose partitions nobody told."""
    for plan in others:
        roots = engine.looking_at(plan.key) if plan.untold else []
        if roots and engine.graph.entity(plan.key).definition is None:
            more = f" and {len(roots) - 1:,} more" if len(roots) > 1 else ""
            yield (
                f"the partitions of {plan.key.to_user_string()} (location {plan.location_name}) are not known here, "
                f"because {plan.untold}; the condition of {entity_text(roots[0].key)}{more} takes it as a whole: any "
                "of its partitions counts as all"
            )


def _lacking(roots: Iterable[EntityKey], needs: RunConfigNeeds) -> Iterator[str]:
    """What is to be said of checks that the runs of their assets leave out."""
    for key in sorted((each for each in roots if isinstance(each, AssetKey)), key=entity_text):
        for check in needs.checks_of(key):
            yield f"check {entity_text(check)} is not executed in runs that conditions ask for: {needs.of(check)}"


def _by_number(on_root: Callable[[EntityKey | None], None], graph: EntityGraph) -> Callable[[int | None], None]:
    entities = graph.entities
    return lambda number: on_root(None if number is None else entities[number].key)


def condition_sensor(repository: RepositoryDefinition, name: str) -> AutomationConditionSensorDefinition | None:
    """The condition sensor of this name; None: there is none.

    Raises:
        DagsterInvariantViolationError: a sensor of this name is of another sort.
    """
    found = repository.sensors.get(name)
    if found is None or isinstance(found, AutomationConditionSensorDefinition):
        return found
    raise DagsterInvariantViolationError(f"sensor {name!r} evaluates no conditions, it is a {type(found).__name__}")
