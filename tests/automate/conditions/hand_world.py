"""A small world for tests of conditions: graphs, conditions and histories made by hand or by chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from watchbell.automate.conditions.engine import ConditionEngine, EvaluationRecorder, TickResult
from watchbell.automate.conditions.entity_graph import EntityGraph, EntityPlan
from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.slices import Budget
from watchbell.automate.conditions.subset import Subset, minus
from watchbell.automate.conditions.world import EntityKey, Position, RunFact, Update, World
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.conditions.policy import AutoMaterializePolicy
from watchbell.declare.conditions.rule import AutoMaterializeRule
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.declare.partitions.named_windows import DailyPartitionsDefinition, WeeklyPartitionsDefinition
from watchbell.declare.partitions.plain_mapping import AllPartitionMapping, LastPartitionMapping
from watchbell.declare.partitions.static import StaticPartitionsDefinition
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping
from watchbell.declare.partitions.view import PartitionsView
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet

BEGIN = datetime(2026, 1, 14, 23, 30, tzinfo=UTC)
Condition = AutomationCondition[Any]


def key_of(name: str) -> EntityKey:
    """``"a"`` is an asset, ``"a:k"`` a check of it."""
    asset, _, check = name.partition(":")
    return AssetCheckKey(AssetKey(asset), check) if check else AssetKey(asset)


def plan(
    name: str,
    condition: Condition | None = None,
    deps: Iterable[str | tuple[str, PartitionMapping | None]] = (),
    definition: PartitionsDefinition | None = None,
    **rest: Any,
) -> EntityPlan:
    """What is said of an entity."""
    pairs = [(each, None) if isinstance(each, str) else each for each in deps]
    if ":" in name:
        pairs.insert(0, (name.partition(":")[0], None))
    made_from = tuple((key_of(key), mapping) for key, mapping in pairs)
    return EntityPlan(key_of(name), definition, made_from, condition, **rest)


class HandWorld:
    """A graph, what happens in it, and engines that watch it.

    Args:
        plans: the entities.
        assets: the assets among which selections choose.
    """

    def __init__(self, *plans: EntityPlan, assets: AssetGraph | None = None) -> None:
        self.graph = EntityGraph(plans, assets)
        self.now = BEGIN
        self.engine = ConditionEngine(self.graph)
        self.world: World = self.engine.world(Position(0, BEGIN))
        self.changed: dict[EntityKey, None] = {}
        self.history: list[tuple[Entity, Update]] = []
        self._fresh: list[Entity] = []
        self._event_id = 0
        self._run = 0

    def entity(self, name: str) -> Entity:
        """An entity by its short name."""
        return self.graph.entity(key_of(name))

    def view(self) -> PartitionsView:
        """From where partitions are looked at now."""
        return PartitionsView(self.now)

    def all_of(self, entity: Entity) -> Subset:
        """All of an entity that exists now."""
        return True if entity.definition is None else entity.definition.ordinals(self.view())

    def make(self, name: str, *ordinals: int, targets: Iterable[str] = (), tags: Any = None, version: str = "") -> None:
        """A run makes an entity, or some partitions of it."""
        self._run += 1
        run_id = f"run{self._run}"
        assets = {key_of(each) for each in (name, *targets)}
        self.world.runs[run_id] = RunFact(
            tags or {},
            frozenset(each for each in assets if isinstance(each, AssetKey)),
            frozenset(each for each in assets if isinstance(each, AssetCheckKey)),
        )
        entity = self.entity(name)
        for ordinal in ordinals or (None,):
            self._update(entity, ordinal, run_id, version or run_id)

    def _update(self, entity: Entity, ordinal: int | None, run_id: str, version: str) -> None:
        self._event_id += 1
        fact, at = entity.fact, self.now.timestamp()
        update = Update(ordinal, self._event_id, at, run_id, version)
        self.history.append((entity, update))
        fact.updates = (*fact.updates, update)
        self._fresh.append(entity)
        self.changed[entity.key] = None
        if ordinal is None:
            fact.made = True if entity.definition is None else fact.made
            fact.made_at, fact.last_run_id, fact.data_version = at, run_id, version
            return
        one = OrdinalSet([ordinal])
        assert isinstance(fact.made, OrdinalSet)
        fact.made |= one
        fact.failed = minus(fact.failed, one)
        for name, value in (("made_at", at), ("last_run_id", run_id), ("data_version", version)):
            known = getattr(fact, name)
            setattr(fact, name, {**(known or {}), ordinal: value})

    def set(self, name: str, **facts: Any) -> None:
        """Facts of an entity change."""
        entity = self.entity(name)
        for fact, value in facts.items():
            setattr(entity.fact, fact, value)
        self.changed[entity.key] = None

    def pass_time(self, **step: float) -> None:
        """Time passes."""
        self.now += timedelta(**step)

    def look(self) -> tuple[World, list[EntityKey], datetime]:
        """The world as a tick finds it; what changed is told once."""
        self.world.position = Position(self._event_id, self.now)
        changed, self.changed = list(self.changed), {}
        return self.world, changed, self.now

    def end(self) -> None:
        """A tick is over: updates are no longer new."""
        for entity in self._fresh:
            entity.fact.updates = ()
        self._fresh.clear()

    def tick(
        self,
        is_full: bool = False,
        budget: Budget | None = None,
        recorder: EvaluationRecorder | None = None,
        step: Mapping[str, float] | None = None,
        **more: float,
    ) -> TickResult:
        """Time passes (30 seconds unless said), and the engine looks at the world."""
        self.pass_time(**({**(step or {}), **more} or {"seconds": 30}))
        result = self.engine.tick(*self.look(), is_full=is_full, budget=budget, recorder=recorder)
        self.end()
        return result

    def asked(self, **step: float) -> dict[str, Any]:
        """What the next tick asks for, by name; partitions as a list of numbers."""
        result = self.tick(step=step)
        for error in result.errors.values():
            raise error
        return shown(result)


def shown(result: TickResult) -> dict[str, Any]:
    """What was asked for, by name."""
    return {
        key.to_user_string(): list(value) if isinstance(value, OrdinalSet) else value
        for key, value in result.requested.items()
    }


# ---------------------------------------------------------------------- by chance

_DEFINITIONS: tuple[PartitionsDefinition | None, ...] = (
    None,
    None,
    StaticPartitionsDefinition(["a", "b", "c", "d"]),
    DailyPartitionsDefinition("2026-01-10"),
    DailyPartitionsDefinition("2026-01-10"),
    WeeklyPartitionsDefinition("2025-12-21"),
)


def random_plans(random: Random, condition_of: Any = None) -> list[EntityPlan]:
    """A graph of a few assets and checks, most of them with conditions."""
    condition_of = condition_of or random_condition
    names = [f"a{number}" for number in range(random.randint(2, 7))]
    definitions = {name: random.choice(_DEFINITIONS) for name in names}
    joined = random.sample(names, 2) if len(names) > 3 and random.random() < 0.4 else []
    if joined:
        definitions[joined[1]] = definitions[joined[0]]
    plans = []
    for place, name in enumerate(names):
        count = min(place, random.choice((0, 1, 1, 2, 3)))
        chosen = random.sample(names[:place], count)
        deps = [(each, _mapping(random, definitions[name], definitions[each])) for each in chosen]
        if isinstance(definitions[name], DailyPartitionsDefinition) and random.random() < 0.2:
            deps.append((name, TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)))
        condition = condition_of(random, names) if random.random() < 0.8 else None
        together = [key_of(each) for each in joined] if name in joined else ()
        plans.append(plan(name, condition, deps, definitions[name], together=together))
        if random.random() < 0.3:
            plans.append(plan(f"{name}:k", condition_of(random, names, 2), is_blocking=random.random() < 0.5))
    return plans


def _mapping(
    random: Random, lower: PartitionsDefinition | None, upper: PartitionsDefinition | None
) -> PartitionMapping | None:
    if upper is None or random.random() < 0.6:
        if upper is None or lower is None or type(lower) is type(upper):
            return None
        both_windows = not isinstance(lower, StaticPartitionsDefinition) and not isinstance(
            upper, StaticPartitionsDefinition
        )
        return None if both_windows else AllPartitionMapping()
    if isinstance(lower, DailyPartitionsDefinition) and isinstance(upper, DailyPartitionsDefinition):
        return TimeWindowPartitionMapping(start_offset=-1, end_offset=random.choice((-1, 0)))
    return random.choice((AllPartitionMapping(), LastPartitionMapping()))


def random_condition(random: Random, names: list[str], depth: int = 3) -> Condition:
    """A condition over all kinds that need no run to be told of."""
    of = AutomationCondition
    if depth == 3 and random.random() < 0.2:
        return random_policy(random).to_automation_condition()
    if depth == 3 and random.random() < 0.35:
        whole = (of.eager, of.on_missing, lambda: of.on_cron("0 * * * *"), of.any_downstream_conditions)
        return random.choice(whole)()
    if depth <= 0 or random.random() < 0.25:
        return random.choice(LEAVES)()

    def inner() -> Condition:
        return random_condition(random, names, depth - 1)

    made = (
        lambda: inner() & inner(),
        lambda: inner() & inner(),
        lambda: inner() | inner(),
        lambda: ~inner(),
        lambda: inner().newly_true(),
        lambda: inner().since(inner()),
        lambda: inner().since_last_handled(),
        lambda: of.any_deps_match(inner()),
        lambda: of.all_deps_match(inner()),
        of.any_deps_updated,
        of.any_deps_missing,
        lambda: of.asset_matches(random.choice(names), inner()),
        lambda: of.any_checks_match(inner()),
        lambda: of.all_checks_match(inner(), blocking_only=random.random() < 0.5),
    )
    return random.choice(made)()


def random_policy(random: Random) -> AutoMaterializePolicy:
    """A policy of a few rules."""
    if random.random() < 0.3:
        return random.choice((AutoMaterializePolicy.eager, AutoMaterializePolicy.lazy))(random.choice((None, 1, 2)))
    rule = AutoMaterializeRule
    making = (
        rule.materialize_on_missing,
        rule.materialize_on_parent_updated,
        lambda: rule.materialize_on_cron("0 * * * *"),
        lambda: rule.materialize_on_cron("30 1 * * *", all_partitions=True),
    )
    skipping = (
        rule.skip_on_parent_missing,
        rule.skip_on_parent_outdated,
        lambda: rule.skip_on_parent_outdated(minutes=random.choice((1, 90))),
        rule.skip_on_not_all_parents_updated,
        lambda: rule.skip_on_not_all_parents_updated_since_cron("0 * * * *"),
        rule.skip_on_required_but_nonexistent_parents,
        rule.skip_on_backfill_in_progress,
        rule.skip_on_run_in_progress,
    )
    chosen = (*random.sample(making, 2), *random.sample(skipping, random.randint(0, 2)))
    rules = frozenset(each() for each in chosen)
    return AutoMaterializePolicy(rules, random.choice((None, 1, 2)))


_of = AutomationCondition
LEAVES = (
    _of.missing,
    _of.in_progress,
    _of.execution_failed,
    _of.newly_updated,
    _of.newly_requested,
    _of.will_be_requested,
    _of.initial_evaluation,
    _of.in_latest_time_window,
    lambda: _of.in_latest_time_window(timedelta(days=2)),
    lambda: _of.cron_tick_passed("0 * * * *"),
    lambda: _of.cron_tick_passed("30 0 * * *", "Europe/Berlin"),
    lambda: _of.any_checks_match(_of.check_passed()),
    lambda: _of.all_checks_match(_of.check_failed()),
    _of.freshness_failed,
    _of.executed_with_root_target,
    lambda: _of.executed_with_tags(tag_keys={"team"}),
    lambda: _of.any_new_update_has_run_tags(tag_keys={"team"}),
    lambda: _of.all_new_updates_have_run_tags(tag_values={"team": "red"}),
    _of.code_version_changed,
    _of.data_version_changed,
    _of.parent_newer,
    _of.parent_materialized,
    lambda: _of.materialized_since_cron("0 * * * *"),
    lambda: _of.failed_since_cron("0 * * * *"),
)


def happen(random: Random, world: HandWorld) -> None:
    """Something happens to one entity, or to some partitions of it."""
    entity = random.choice(world.graph.entities)
    name = entity.key.to_user_string()
    everything = world.all_of(entity)
    some: Subset = True
    if isinstance(everything, OrdinalSet):
        some = OrdinalSet(random.sample(list(everything), min(len(everything), random.randint(1, 3))))
    kind = random.randint(0, 9)
    if kind <= 3:
        others = [each.key.to_user_string() for each in random.sample(world.graph.entities, 1)]
        ordinals = tuple(some) if isinstance(some, OrdinalSet) else ()
        tags = random.choice(({}, {"team": "red"}, {"team": "blue"}))
        if isinstance(some, OrdinalSet) and not some:
            return
        world.make(name, *ordinals, targets=others, tags=tags, version=random.choice("uvw"))
        if ":" in name:
            world.set(name, check_passed=random.random() < 0.5)
    elif kind == 4:
        world.set(name, running=some)
    elif kind == 5:
        world.set(name, running=entity.nothing, failed=some, failed_at=_times(some, world.now))
    elif kind == 6:
        world.set(name, running=entity.nothing, failed=entity.nothing, backfilling=entity.nothing)
    elif kind == 7:
        world.set(name, backfilling=some)
    elif kind == 8:
        world.set(name, made=minus(entity.fact.made, some))
    else:
        world.set(name, freshness=random.choice(("PASS", "FAIL")), check_passed=random.choice((True, False, None)))


def _times(some: Subset, now: datetime) -> Any:
    at = now.timestamp()
    return dict.fromkeys(some, at) if isinstance(some, OrdinalSet) else at


STEPS: tuple[dict[str, float], ...] = (
    {"seconds": 30},
    {"seconds": 30},
    {"seconds": 30},
    {"minutes": 25},
    {"hours": 1},
    {"hours": 20},
    {"days": 4},
)
