"""Automation conditions evaluated by hand, tick by tick: what would be asked for?

The cursor of the newest evaluation finds engine and world again and goes on with them, so that a tick in which nothing
happened costs next to nothing, whatever the number of assets. Any other cursor has the states as data: an engine is
made from them, and the world is read anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Protocol

from watchbell.automate.conditions.engine import ConditionEngine, TickResult
from watchbell.automate.conditions.entity_graph import EntityGraph
from watchbell.automate.conditions.job_plans import plans_of_jobs
from watchbell.automate.conditions.nodes_own import TickSurroundings
from watchbell.automate.conditions.reader import WorldInstance, WorldReader
from watchbell.automate.conditions.scope import Entity, TickScope
from watchbell.automate.conditions.subset import Subset, size_of
from watchbell.automate.conditions.tester_cursor import AssetDaemonCursor, StateLayer
from watchbell.automate.conditions.world import EntityKey, Position, World
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.selection import AssetSelection, selection_of
from watchbell.declare.checks.asset_check import AssetChecksDefinition
from watchbell.declare.collect import Definitions
from watchbell.declare.conditions.context import AutomationResult
from watchbell.declare.conditions.entity_subset import EntitySubset
from watchbell.declare.partitions.planned import JobAssets
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.clock import Clock
from watchbell.ground.collector import collector_paused
from watchbell.ground.errors import ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey, entity_text
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet


class InstanceOfTests(WorldInstance, Protocol):
    """What an evaluation by hand asks of an instance; ``DagsterInstance`` fulfils it."""

    clock: Clock


def evaluate_automation_conditions(
    defs: Definitions | Sequence[Any],
    instance: InstanceOfTests,
    asset_selection: AssetSelection | None = None,
    evaluation_time: datetime | None = None,
    cursor: AssetDaemonCursor | None = None,
) -> EvaluateAutomationConditionsResult:
    """Evaluates automation conditions once, and says what they ask for. Nothing is run, and nothing stored.

    Args:
        defs: the definitions; or assets, asset checks and specs.
        instance: who remembers what happened.
        asset_selection: whose conditions are evaluated: these assets, and their checks; None: all.
        evaluation_time: the time of the tick, aware (one without a zone is in UTC); None: now.
        cursor: of the evaluation before; None: this is the first.

    Returns:
        What was asked for, and the cursor for the next evaluation.

    Raises:
        ParameterCheckError: an argument is of another kind.
        DagsterInvalidSubsetError: the selection names an asset that is not there.

    Example:
        >>> from watchbell import AssetKey, AutomationCondition, DagsterInstance, asset
        >>> @asset(automation_condition=AutomationCondition.missing())
        ... def orders(): ...
        >>> with DagsterInstance.ephemeral() as instance:
        ...     result = evaluate_automation_conditions([orders], instance)
        >>> result.total_requested, result.get_requested_partitions(AssetKey("orders"))
        (1, {None})
    """
    _check_instance(instance)
    if cursor is not None and not isinstance(cursor, AssetDaemonCursor):
        raise ParameterCheckError(
            f"cursor is the `cursor` of the result of the evaluation before, not {cursor!r}",
            parameter="cursor",
            value=cursor,
        )
    now = _time_of(evaluation_time, instance)
    live = None if cursor is None else cursor.live
    if isinstance(live, _Live) and live.goes_on(cursor, defs, instance, asset_selection):
        return live.tick(now)
    with collector_paused():  # nothing of what is made here is dropped
        return _Live(defs, instance, asset_selection, cursor).tick(now)


def _check_instance(instance: Any) -> None:
    if not hasattr(instance, "store") or not hasattr(instance, "clock"):
        raise ParameterCheckError(
            f"instance is a DagsterInstance (e.g. DagsterInstance.ephemeral()), not {instance!r}",
            parameter="instance",
            value=instance,
        )


def _time_of(given: datetime | None, instance: Any) -> datetime:
    if given is None:
        found: datetime = instance.clock.now()
        return found
    if not isinstance(given, datetime):
        raise ParameterCheckError(
            f"evaluation_time is a datetime with a time zone, not {given!r}", parameter="evaluation_time", value=given
        )
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given


class _Live:
    """Engine and world of evaluations that follow one another.

    Args:
        defs: as given.
        instance: as given.
        selection: as given.
        cursor: where to begin; None: at the beginning.
    """

    def __init__(self, defs: Any, instance: Any, selection: Any, cursor: AssetDaemonCursor | None) -> None:
        definitions = definitions_of(defs)
        self._given = (defs if isinstance(defs, Definitions) else tuple(defs), instance, selection)
        assets = definitions.get_asset_graph()
        jobs = definitions.get_repository_def().conditioned_jobs
        self._graph = EntityGraph.of(assets, jobs=plans_of_jobs(jobs, assets))
        self._engine = ConditionEngine(self._graph, _roots_of(self._graph, assets, selection))
        self._instance = instance
        self._number = 0
        base: Mapping[EntityKey, str] = {}
        if cursor is not None:
            base, self._number = cursor.states, cursor.evaluation_id
            self._engine.load(base, cursor.position)
        wanted = self._engine.world(Position(0, datetime.fromtimestamp(0, UTC)))
        self._reader = WorldReader(
            instance,
            self._graph,
            timed=wanted.timed,
            versioned=wanted.versioned,
            traced=wanted.traced,
            job_assets=_job_assets(definitions),
            since=lambda: self._engine.oldest_position,
        )
        roots = {each.key for each in self._engine.roots}  # what is not evaluated is forgotten
        kept = {key: text for key, text in base.items() if key in roots}
        self._layer = StateLayer(kept, {}, self._engine._texts)
        self._newest: AssetDaemonCursor | None = None

    def goes_on(self, cursor: AssetDaemonCursor | None, defs: Any, instance: Any, selection: Any) -> bool:
        """Whether the engine stands where a cursor does, and is asked about the same."""
        if cursor is not self._newest or instance is not self._given[1]:
            return False
        if selection is not self._given[2] and not (selection is not None and selection == self._given[2]):
            return False
        known = self._given[0]
        if isinstance(known, Definitions):
            return defs is known
        return not isinstance(defs, Definitions) and _are_same(defs, known)

    def tick(self, now: datetime) -> EvaluateAutomationConditionsResult:
        """The next evaluation."""
        self._newest = None  # should it fail half-way, nobody goes on from here
        view = PartitionsView(now, self._instance)
        world, changed = self._reader.refresh(view)
        result = self._engine.tick(world, changed, now, view=view)
        for error in result.errors.values():
            raise error
        self._number += 1
        self._layer = self._layer.grown(result.changed)
        cursor = AssetDaemonCursor(self._number, self._engine.position, layer=self._layer, live=self)
        self._newest = cursor
        return EvaluateAutomationConditionsResult(cursor, self._engine, result, view, world)


def definitions_of(defs: Any) -> Definitions:
    """The definitions that are given, or those of the assets that are.

    Raises:
        ParameterCheckError: it is neither.
    """
    if isinstance(defs, Definitions):
        return defs
    if defs is None or isinstance(defs, str) or not isinstance(defs, Iterable):
        raise ParameterCheckError(
            f"defs is a Definitions, or a list of assets, not {defs!r}", parameter="defs", value=defs
        )
    given = list(defs)
    checks = [each for each in given if isinstance(each, AssetChecksDefinition)]
    return Definitions(
        assets=[each for each in given if not isinstance(each, AssetChecksDefinition)], asset_checks=checks
    )


def _roots_of(graph: EntityGraph, assets: AssetGraph, selection: Any) -> AbstractSet[EntityKey] | None:
    """The entities that a selection means, with the checks it means, and jobs; None: all."""
    if selection is None:
        return None
    chosen = selection_of(selection)
    jobs = (key for key in graph.by_key if isinstance(key, AssetJobKey))  # no selection speaks of them
    return {*chosen.resolve(assets), *chosen.resolve_checks(assets), *jobs}


def _are_same(given: Any, known: tuple[Any, ...]) -> bool:
    if not isinstance(given, Sequence) or len(given) != len(known):
        return False
    return all(one is other for one, other in zip(given, known, strict=True))


def _job_assets(defs: Definitions) -> JobAssets:
    """What jobs of the definitions make."""

    def assets_of(job_name: str, location_name: str | None) -> Sequence[AssetKey]:
        repository = defs.get_repository_def()
        if not repository.has_job(job_name):
            return ()
        layer = repository.get_job(job_name).asset_layer
        return () if layer is None else list(layer.executable_keys)

    return assets_of


class EvaluateAutomationConditionsResult:
    """What an evaluation of automation conditions came to.

    Args:
        cursor: for the next evaluation.
        engine: what evaluated.
        tick: what came of it.
        view: from where partitions were looked at.
        world: what was known.

    Example:
        >>> from watchbell import AssetKey, AutomationCondition, DagsterInstance, asset
        >>> @asset(automation_condition=AutomationCondition.missing())
        ... def orders(): ...
        >>> with DagsterInstance.ephemeral() as instance:
        ...     first = evaluate_automation_conditions([orders], instance)
        ...     second = evaluate_automation_conditions([orders], instance, cursor=first.cursor)
        >>> second.get_num_requested(AssetKey("orders"))
        1
    """

    def __init__(
        self, cursor: AssetDaemonCursor, engine: ConditionEngine, tick: TickResult, view: PartitionsView, world: World
    ) -> None:
        self.cursor = cursor
        """For the next evaluation."""
        self._engine, self._tick, self._view, self._world = engine, tick, view, world

    @cached_property
    def results(self) -> list[AutomationResult]:
        """What each condition said, upstream first; made when it is asked for."""
        around = TickSurroundings(TickScope(self._view.now, self._view, self._world), self._engine.graph)
        found = []
        for root in self._engine.roots:
            subset = self._tick.requested.get(root.key, root.nothing)
            found.append(AutomationResult(_Said(root.condition), EntitySubset(root.key, subset, around)))
        return found

    def __repr__(self) -> str:
        asked = ", ".join(entity_text(key) for key in list(self._tick.requested)[:5])
        return f"EvaluateAutomationConditionsResult({self.total_requested:,} requested: {asked or 'nothing'})"

    @property
    def total_requested(self) -> int:
        """How many partitions conditions ask for; an asset without partitions, and a check, counts one."""
        return sum(map(size_of, self._tick.requested.values()))

    def get_requested_partitions(self, asset_key: EntityKey) -> set[str | None]:
        """The keys of the partitions of an asset that are asked for; ``{None}`` for one without partitions.

        What is always made together with an asset that is asked for is asked for, too.

        Args:
            asset_key: the asset, or check; of one that is not there nothing is asked for.
        """
        entity = self._engine.graph.by_key.get(_key_of(asset_key))
        if entity is None:
            return set()
        subset = self._requested(entity)
        if entity.definition is None or not isinstance(subset, OrdinalSet):
            return {None} if subset else set()
        return set(entity.definition.keys_of(subset, self._view))

    def get_num_requested(self, asset_key: EntityKey) -> int:
        """How many partitions of an asset are asked for.

        Args:
            asset_key: the asset, or check.
        """
        entity = self._engine.graph.by_key.get(_key_of(asset_key))
        return 0 if entity is None else size_of(self._requested(entity))

    def _requested(self, entity: Entity) -> Subset:
        found: Subset = entity.nothing
        for each in (entity, *entity.together):
            more = self._tick.requested.get(each.key)
            if more:
                found = found | more if isinstance(found, OrdinalSet) and isinstance(more, OrdinalSet) else more
        return found


@dataclass(frozen=True)
class _Said:
    """The context of a result: which condition said it."""

    condition: Any


def _key_of(given: Any) -> EntityKey:
    return given if isinstance(given, AssetKey | AssetCheckKey | AssetJobKey) else AssetKey.from_coercible(given)
