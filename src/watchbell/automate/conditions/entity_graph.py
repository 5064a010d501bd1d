"""All entities that conditions may speak of, as the engine walks them: numbered upstream first, linked both ways.

Made once from the asset graph of a location (:meth:`EntityGraph.of`); what other locations have is added as plans of
their own, made from snapshots. Nothing in it changes afterwards but the facts of the entities.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from watchbell.automate.conditions.scope import Entity, Link
from watchbell.automate.conditions.world import EntityKey, Fact
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.assets.freshness_kind import FreshnessKind, LegacyFreshnessKind
from watchbell.declare.assets.selection import selection_of
from watchbell.declare.conditions.condition import AutomationCondition
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.inference import infer_partition_mapping
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.declare.partitions.plain_mapping import IdentityPartitionMapping
from watchbell.declare.partitions.time_mapping import TimeWindowPartitionMapping
from watchbell.ground.errors import CheckError, DagsterInvalidDefinitionError
from watchbell.ground.shown import shown
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey, entity_text
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet

ASSET_JOB = "__ASSET_JOB"
"""The job of a location that makes any of its assets and checks."""


@dataclass(frozen=True, eq=False)
class EntityPlan:
    """What is said of an asset, a check or a job, from which its entity is made.

    Args:
        key: which one.
        definition: its partitions; None: it has none.
        deps: what it is made from (a job: begins with), each with the mapping; None: as the partitions of the two
            suggest.
        condition: when it is to be made; None: nothing was said.
        code_version: of the code that makes it.
        together: everything that is always made together with it, itself included or not.
        job_name: the job that makes it; None: no run does.
        location_name: its code location; None: unknown.
        is_executable: whether something makes it or looks at it.
        is_blocking: of a check, whether what is downstream of its asset waits for it.
        untold: of an asset of another location, why its partitions are not known here; empty: they are, or it has none.
        freshness_policy: of an asset of another location, how old it may grow; of the location's own its spec says it.
    """

    key: EntityKey
    definition: PartitionsDefinition | None = None
    deps: tuple[tuple[EntityKey, PartitionMapping | None], ...] = ()
    condition: AutomationCondition[Any] | None = None
    code_version: str | None = None
    together: Collection[EntityKey] = ()
    job_name: str | None = ASSET_JOB
    location_name: str | None = None
    is_executable: bool = True
    is_blocking: bool = False
    untold: str = ""
    freshness_policy: FreshnessKind | LegacyFreshnessKind | None = None


class EntityGraph:
    """The entities.

    Args:
        plans: of each entity, in any order; what is depended on and has no plan gets one that says nothing.
        assets: the assets of the location, to resolve selections; None: selections are sets of keys.

    Example:
        >>> graph = EntityGraph(
        ...     [EntityPlan(AssetKey("b"), deps=((AssetKey("a"), None),)), EntityPlan(AssetKey("a"))]
        ... )
        >>> [each.key.to_user_string() for each in graph.entities]
        ['a', 'b']
    """

    def __init__(self, plans: Iterable[EntityPlan], assets: AssetGraph | None = None) -> None:
        by_key = {plan.key: plan for plan in plans}
        self.assets = assets
        self.policies = {key: plan.freshness_policy for key, plan in by_key.items() if plan.freshness_policy}
        """How old assets of other locations may grow, where something was said."""
        self.entities: list[Entity] = []
        """All of them; the place of each is its number."""
        self.by_key: dict[EntityKey, Entity] = {}
        self._selected: dict[int, tuple[Any, frozenset[EntityKey], frozenset[EntityKey]]] = {}
        self._definitions: dict[int, tuple[PartitionsDefinition, PartitionsDefinition]] = {}
        self._equal: dict[PartitionsDefinition, PartitionsDefinition] = {}
        self._mappings: dict[tuple[int, int, int], tuple[PartitionMapping | None, PartitionMapping | None]] = {}
        if not self._build_at_once(by_key):
            for plan in _upstream_first(by_key):
                self._add(plan)
            for entity in self.entities:
                plan = by_key[entity.key]
                self._link(entity, plan, [self.by_key[key] for key, _ in plan.deps])
        self._link_back(by_key)

    def _build_at_once(self, plans: Mapping[EntityKey, EntityPlan]) -> bool:
        """Adds and links everything in one go, if the plans stand upstream first; says whether it did."""
        by_key = self.by_key
        if all(len(plan.together) <= 1 for plan in plans.values()):
            for plan in _checks_early(list(plans.values())):
                entity = self._add(plan)
                try:
                    uppers = [by_key[key] for key, _ in plan.deps]
                except KeyError:
                    break
                self._link(entity, plan, uppers)
            else:
                return True
        self.entities.clear()
        by_key.clear()
        return False

    @staticmethod
    def of(
        assets: AssetGraph,
        others: Iterable[EntityPlan] = (),
        location_name: str | None = None,
        jobs: Iterable[EntityPlan] = (),
    ) -> EntityGraph:
        """The entities of a location.

        Args:
            assets: its assets and checks.
            others: those of other locations; one that the location has itself, and makes, is left out.
            location_name: its name.
            jobs: its jobs that have a condition.
        """
        plans = {plan.key: plan for plan in others}
        for plan in [*plans_of(assets, location_name), *jobs]:
            if plan.is_executable or plan.key not in plans:
                plans[plan.key] = plan
        return EntityGraph(plans.values(), assets)

    @property
    def facts(self) -> dict[EntityKey, Fact]:
        """What is known of each, for a world."""
        return {entity.key: entity.fact for entity in self.entities}

    def entity(self, key: EntityKey) -> Entity:
        """An entity by its key.

        Raises:
            DagsterInvalidDefinitionError: there is none; gives the nearest.
            CheckError: it is no key.
        """
        found = self.by_key.get(key)
        if found is None:
            if not isinstance(key, AssetKey | AssetCheckKey):
                raise CheckError(f"a condition asks about {shown(key)}; expected an AssetKey, or an AssetCheckKey")
            name = entity_text(key)
            near = did_you_mean(name, map(entity_text, self.by_key))
            kind = "check" if isinstance(key, AssetCheckKey) else "asset"
            raise DagsterInvalidDefinitionError(f"a condition speaks of the {kind} {name!r}, which is not there{near}")
        return found

    def assets_in(self, selection: Any) -> frozenset[EntityKey]:
        """The assets that a selection (or a list of keys) stands for."""
        return self._resolved(selection)[1]

    def checks_in(self, selection: Any) -> frozenset[EntityKey]:
        """The checks that a selection (or a list of keys) stands for."""
        return self._resolved(selection)[2]

    def link_between(self, downstream: Entity, upstream: Entity) -> Link:
        """Which partitions of the one belong to those of the other, whether it is made from it or not."""
        for link in downstream.upstream:
            if link.upstream is upstream:
                return link
        return Link(upstream, downstream, _mapping(None, downstream.definition, upstream.definition))

    def _resolved(self, selection: Any) -> tuple[Any, frozenset[EntityKey], frozenset[EntityKey]]:
        found = self._selected.get(id(selection))
        if found is None:
            keys = _keys_in(selection)
            if keys is not None:
                found = (selection, keys, keys)
            else:
                chosen = selection_of(selection)
                view = AssetGraph.of(()) if self.assets is None else self.assets
                assets: frozenset[EntityKey] = frozenset(chosen.resolve(view, allow_missing=True))
                checks: frozenset[EntityKey] = frozenset(chosen.resolve_checks(view, allow_missing=True))
                found = (selection, assets, checks)
            self._selected[id(selection)] = found
        return found

    def _add(self, plan: EntityPlan) -> Entity:
        definition = None if plan.definition is None else self._shared(plan.definition)
        nothing = False if definition is None else OrdinalSet()
        entity = Entity(
            plan.key,
            len(self.entities),
            definition,
            Fact(nothing, nothing, nothing, nothing),
            is_blocking=plan.is_blocking,
            condition=plan.condition,
            code_version=plan.code_version,
            job_name=plan.job_name,
            location_name=plan.location_name,
            is_executable=plan.is_executable,
        )
        self.entities.append(entity)
        self.by_key[plan.key] = entity
        return entity

    def _shared(self, definition: PartitionsDefinition) -> PartitionsDefinition:
        """The first of all equal definitions: what is asked of it in a tick is asked once."""
        known = self._definitions.get(id(definition))
        if known is None:
            try:
                first = self._equal.setdefault(definition, definition)
            except TypeError:  # one of somebody's own, which has no hash
                first = definition
            known = self._definitions[id(definition)] = (definition, first)
        return known[1]

    def _link(self, entity: Entity, plan: EntityPlan, uppers: Sequence[Entity]) -> None:
        links = []
        definition = entity.definition
        for upper, (_, given) in zip(uppers, plan.deps, strict=True):
            mapping = None
            if definition is not None or upper.definition is not None:
                mapping = self._mapping(given, definition, upper.definition)
            links.append(Link(upper, entity, mapping))
        if isinstance(entity.key, AssetJobKey):
            entity.roots = tuple(links)
        else:
            entity.upstream = tuple(links)

    def _mapping(
        self,
        given: PartitionMapping | None,
        downstream: PartitionsDefinition | None,
        upstream: PartitionsDefinition | None,
    ) -> PartitionMapping | None:
        """The mapping of a link, found once for all links between the same definitions."""
        key = (id(given), id(downstream), id(upstream))
        known = self._mappings.get(key)
        if known is None:
            known = self._mappings[key] = (given, _mapping(given, downstream, upstream))
        return known[1]

    def _link_back(self, plans: Mapping[EntityKey, EntityPlan]) -> None:
        """What is downstream, what are the checks of each, and what is made together."""
        made_from: list[list[Link]] = [[] for _ in self.entities]
        checks: dict[int, list[Entity]] = {}
        for entity in self.entities:
            for link in entity.upstream:
                made_from[link.upstream.number].append(link)
            key = entity.key
            if isinstance(key, AssetCheckKey):
                asset = self.by_key.get(key.asset_key)
                if asset is not None:
                    checks.setdefault(asset.number, []).append(entity)
        for entity, links in zip(self.entities, made_from, strict=True):
            if links:
                entity.downstream = tuple(links)
        for number, found in checks.items():
            self.entities[number].checks = tuple(found)
        for plan in plans.values():
            if len(plan.together) > 1:
                joined = [self.by_key[key] for key in plan.together if key != plan.key]
                self.by_key[plan.key].together = tuple(joined)


def plans_of(assets: AssetGraph, location_name: str | None = None) -> list[EntityPlan]:
    """What is said of each asset and check of a location, its assets upstream first."""
    makers, makes = assets.definition_by_key, assets.materializable_keys
    together: dict[int, Sequence[EntityKey]] = {}
    plans = []
    for key, spec in assets.specs.items():
        maker = makers.get(key)
        joined: Sequence[EntityKey] = ()
        if maker is not None and not maker.can_subset and len(maker.keys) > 1:
            known = together.get(id(maker))
            joined = together[id(maker)] = sorted(assets.made_together(key)) if known is None else known
        plans.append(
            EntityPlan(
                key,
                spec.partitions_def,
                tuple([(dep.asset_key, dep.partition_mapping) for dep in spec.deps]),
                spec.automation_condition,
                spec.code_version,
                joined,
                ASSET_JOB if key in makes else None,
                location_name,
                maker is not None,
            )
        )
    for check, each in assets.check_specs.items():
        own: list[tuple[EntityKey, PartitionMapping | None]] = [(check.asset_key, None)]
        own += [(dep.asset_key, dep.partition_mapping) for dep in each.additional_deps]
        plans.append(
            EntityPlan(
                check,
                each.partitions_def,
                tuple(own),
                each.automation_condition,
                location_name=location_name,
                is_blocking=each.blocking,
            )
        )
    return plans


def keeps_numbers(
    mapping: PartitionMapping, downstream: PartitionsDefinition | None, upstream: PartitionsDefinition | None
) -> bool:
    """Whether each partition belongs to the one of the same number, and to no other."""
    if downstream is None or upstream is None or downstream.numbering != upstream.numbering:
        return False
    if type(mapping) is TimeWindowPartitionMapping:
        return mapping.start_offset == mapping.end_offset == 0 and downstream == upstream
    return type(mapping) is IdentityPartitionMapping


def _mapping(
    given: PartitionMapping | None, downstream: PartitionsDefinition | None, upstream: PartitionsDefinition | None
) -> PartitionMapping | None:
    """The mapping of a link; None where every partition is made from the one of the same number."""
    if downstream is None and upstream is None:
        return None
    mapping = infer_partition_mapping(given, downstream, upstream)
    return None if keeps_numbers(mapping, downstream, upstream) else mapping


def _keys_in(selection: Any) -> frozenset[EntityKey] | None:
    """The keys of a plain collection of keys; None: it is a selection."""
    if not isinstance(selection, list | tuple | set | frozenset):
        return None
    return frozenset(selection) if all(isinstance(each, AssetKey | AssetCheckKey) for each in selection) else None


def _upstream_first(plans: dict[EntityKey, EntityPlan]) -> list[EntityPlan]:
    """All plans, each after those it is made from; what is made together stands together, as far as that can be.

    What is depended on without a plan is added to ``plans``.
    """
    order: list[EntityPlan] = []
    begun: set[EntityKey] = set()
    for start in list(plans):
        if start in begun:
            continue
        begun.add(start)
        stack = [(_members(plans[start], plans), iter(_needs(plans[start], plans)))]
        begun.update(plan.key for plan in stack[0][0])
        while stack:
            members, needs = stack[-1]
            for key in needs:
                if key in begun:
                    continue
                plan = plans.get(key)
                if plan is None:
                    plan = plans[key] = EntityPlan(key, job_name=None, is_executable=False)
                inner = _members(plan, plans)
                begun.update(each.key for each in inner)
                stack.append((inner, iter(_needs(plan, plans))))
                break
            else:
                order.extend(members)
                stack.pop()
    return _checks_early(order)


def _members(plan: EntityPlan, plans: Mapping[EntityKey, EntityPlan]) -> list[EntityPlan]:
    if len(plan.together) <= 1:
        return [plan]
    inside = {key: plans[key] for key in plan.together if key in plans}
    return list(_inner_order(inside))


def _inner_order(inside: Mapping[EntityKey, EntityPlan]) -> Iterable[EntityPlan]:
    """What is made together, each after those of it that it is made from."""
    done: dict[EntityKey, EntityPlan] = {}

    def add(plan: EntityPlan) -> None:
        if plan.key in done:
            return
        done[plan.key] = plan
        for key, _ in plan.deps:
            if key in inside and key not in done:
                add(inside[key])
        done[plan.key] = done.pop(plan.key)

    for plan in inside.values():
        add(plan)
    return done.values()


def _needs(plan: EntityPlan, plans: Mapping[EntityKey, EntityPlan]) -> list[EntityKey]:
    return [key for each in _members(plan, plans) for key, _ in each.deps]


def _checks_early(order: list[EntityPlan]) -> list[EntityPlan]:
    """The same order with each check as early as can be: before what is downstream of its asset and may look at it."""
    if not any(isinstance(plan.key, AssetCheckKey) for plan in order):
        return order
    place = {plan.key: number for number, plan in enumerate(order)}
    after: dict[EntityKey, list[EntityPlan]] = {}
    for plan in order:
        if isinstance(plan.key, AssetCheckKey) and plan.deps:
            last = max((key for key, _ in plan.deps), key=lambda key: place.get(key, -1))
            after.setdefault(last, []).append(plan)
    moved = {plan.key for plans in after.values() for plan in plans}
    found: list[EntityPlan] = []
    for plan in order:
        if plan.key not in moved:
            found.append(plan)
            found.extend(after.get(plan.key, ()))
    return found
