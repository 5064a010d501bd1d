"""The world as the store remembers it: read whole once, then only what is new.

Numbers of events, not clocks, say what is new. The position is read first: what is stored while the rest is read may be
seen twice, which changes nothing. What leaves no event (a wiped asset, a deleted run) is counted by the store; when
that count has moved all is read anew, and compared. Each tick costs a fixed number of statements, whatever the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from watchbell.automate.conditions.ahead import Ahead
from watchbell.automate.conditions.fact_rows import (
    blank,
    dynamic_names,
    has_bare_failures,
    take_asset,
    take_check,
    take_failures,
    take_partitions,
    take_sets,
)
from watchbell.automate.conditions.freshness import Freshness, Policy, policies_of
from watchbell.automate.conditions.going_backfills import GoingBackfills
from watchbell.automate.conditions.going_runs import NOT_OVER, GoingRuns
from watchbell.automate.conditions.job_runs import JobRuns
from watchbell.automate.conditions.news import News
from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.world import EntityKey, Fact, Position, RunFact, World
from watchbell.declare.assets.asset_graph import AssetGraph
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.planned import JobAssets
from watchbell.declare.partitions.view import DynamicPartitionsStore, PartitionsView
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.asset_job_key import AssetJobKey
from watchbell.record.condition_store import AssetFacts, PartitionFacts, RunFacts, StorePosition
from watchbell.record.keys import AssetKey
from watchbell.record.partition_state import StoredPartitions
from watchbell.record.ports import Store
from watchbell.record.run import DagsterRunStatus

NAMED_MAX = 1_000
"""So many assets (count) are asked for by name; of more, all that is stored is read and sifted."""

RUNS_KEPT = 1_000
"""So many runs (count), besides those that are named, are kept before they are looked through."""


class WorldInstance(DynamicPartitionsStore, Protocol):
    """What the reader asks of an instance; ``DagsterInstance`` fulfils it."""

    store: Store

    def settled_partitions(
        self, key: AssetKey, definition: PartitionsDefinition, view: PartitionsView, stored: StoredPartitions
    ) -> StoredPartitions:
        """What is stored of an asset's partitions, in the numbers of its definition."""


class WorldGraph(Protocol):
    """What the reader asks of the entities; ``EntityGraph`` fulfils it."""

    @property
    def entities(self) -> Sequence[Entity]:
        """All of them; the place of each is its number."""

    @property
    def by_key(self) -> Mapping[EntityKey, Entity]:
        """The same by key."""

    @property
    def assets(self) -> AssetGraph | None:
        """The assets of the location, which may have freshness policies."""

    @property
    def policies(self) -> Mapping[EntityKey, Policy]:
        """Those of assets of other locations."""


class WorldReader:
    """Keeps a world in step with a store.

    Args:
        instance: whose store.
        graph: the entities; their facts are changed in place.
        timed: entities whose times are kept.
        versioned: entities whose data versions are kept.
        traced: entities whose last runs are kept.
        job_assets: what runs without a selection of assets make; None: nobody knows before they began.
        since: what :meth:`refresh` asks, when it reads everything, from where on something is new.

    Example:
        >>> from datetime import UTC, datetime
        >>> from watchbell import AssetKey, AssetMaterialization, DagsterInstance
        >>> from watchbell.automate.conditions.entity_graph import EntityGraph, EntityPlan
        >>> graph = EntityGraph([EntityPlan(AssetKey("orders"))])
        >>> with DagsterInstance.ephemeral() as instance:
        ...     reader = WorldReader(instance, graph)
        ...     _ = reader.start(datetime.now(UTC))
        ...     instance.report_runless_asset_event(AssetMaterialization("orders"))
        ...     changed = reader.read(datetime.now(UTC))
        >>> changed, reader.world.facts[AssetKey("orders")].made
        ({AssetKey(['orders'])}, True)
    """

    def __init__(
        self,
        instance: WorldInstance,
        graph: WorldGraph,
        *,
        timed: Collection[EntityKey] = frozenset(),
        versioned: Collection[EntityKey] = frozenset(),
        traced: Collection[EntityKey] = frozenset(),
        job_assets: JobAssets | None = None,
        since: Callable[[], Position | None] | None = None,
    ) -> None:
        self._instance, self._store, self._graph = instance, instance.store, graph
        self._since = since
        self._assets: dict[str, Entity] = {}
        self._checks: dict[tuple[str, str], Entity] = {}
        self._dynamic: dict[str, list[Entity]] = {}
        for entity in graph.entities:
            if isinstance(entity.key, AssetJobKey):
                continue
            if isinstance(entity.key, AssetCheckKey):
                self._checks[entity.key.asset_key.to_string(), entity.key.name] = entity
            else:
                self._assets[entity.key.to_string()] = entity
            if entity.definition is not None:
                for name in dynamic_names(entity.definition):
                    self._dynamic.setdefault(name, []).append(entity)
        self._checked = frozenset(asset for asset, _ in self._checks)
        self._partitioned = {
            asset: entity.key
            for asset, entity in self._assets.items()
            if entity.definition is not None and isinstance(entity.key, AssetKey)
        }
        policies = policies_of(graph.entities, graph.assets, graph.policies)
        timed_too = frozenset(entity.key for entity, _ in policies.values())
        self._kept = (frozenset(timed) | timed_too, frozenset(versioned), frozenset(traced))
        self._freshness = Freshness(policies)
        self._runs = GoingRuns(graph.by_key, job_assets)
        self._backfills = GoingBackfills(graph.by_key, job_assets)
        self._news = News(self._store, self._assets, self._checks, self._runs)
        self._ahead = Ahead()
        self._jobs = JobRuns(graph.entities)
        self._marks: dict[str, tuple[int, int]] = {}
        self._stored = StorePosition(0, 0, 0)
        self._runs_max = -1
        self._world: World | None = None

    @property
    def world(self) -> World:
        """The world; there is one after :meth:`start`."""
        assert self._world is not None, "start() comes first"
        return self._world

    def making(self, key: EntityKey, wanted: Subset) -> dict[str, Subset]:
        """By the runs that are to make some of what is wanted of an entity, which that is."""
        return self._runs.making(self._graph.by_key[key], wanted)

    def refresh(self, view: PartitionsView) -> tuple[World, set[EntityKey]]:
        """The world as of a moment, and the entities of which something changed since the last call.

        Args:
            view: says the moment.
        """
        if self._world is not None:
            changed = self.read(view.now)
        else:
            changed = self.start(view.now, None if self._since is None else self._since())
        return self.world, changed

    # ------------------------------------------------------------------ everything

    def start(self, now: datetime, since: Position | None = None) -> set[EntityKey]:
        """Reads everything.

        Args:
            now: the time of the tick, aware.
            since: the last tick of whoever goes on from there: what was made since then is new; None: nothing is.

        Returns:
            The entities that something new is known of.
        """
        stored = self._store.condition_position()
        view = PartitionsView(now, self._instance)
        timed, versioned, traced = self._kept
        facts = {entity.key: entity.fact for entity in self._graph.entities}
        self._world = World(Position(stored.event_id, now), facts, {}, timed, versioned, traced)
        for entity in self._graph.entities:
            blank(entity)
        self._marks = self._store.dynamic_marks() if self._dynamic else {}
        self._ahead.clear()
        self._read_assets(None)
        self._read_sets(view, None)
        self._read_runs(view)
        self._backfills.clear()
        for entity in self._backfills.read(self._store, view).values():
            entity.fact.backfilling = self._backfills.backfilling(entity)
        self._read_partitions()
        self._freshness.start(now)
        self._stored = stored
        self._news.begin(self.world, view, since.event_id if since is not None else stored.event_id)
        changed: set[EntityKey] = set()
        if since is not None and since.event_id < stored.event_id:
            events = self._store.news(since.event_id, stored.event_id)
            found = self._news.take(self.world, view, events, only_updates=True)
            changed = {entity.key for entity in found.updated}
            if self._jobs:
                known = self._store.run_facts({event.run_id for event in events if event.run_id})
                changed |= {entity.key for entity in self._jobs.take(events, known, view)}
        self._news.settle_observed()
        self._runs_max = -1
        self._name_runs(())
        return changed

    def _read_assets(self, only: Collection[str] | None) -> None:
        """Reads what is known of assets as a whole, and of their checks; of all if None."""
        wanted = only
        if only is None and len(self._assets) <= NAMED_MAX:
            wanted = [*self._assets, *(self._checked - self._assets.keys())]
        rows = {row.asset: row for row in self._store.asset_facts(wanted)} if wanted is None or wanted else {}
        world = self.world
        for asset in self._assets if only is None else only:
            entity = self._assets.get(asset)
            if entity is not None and entity.definition is None:
                take_asset(entity, rows.get(asset, _nothing_of(asset)), world)
        self._read_checks(rows, self._checked if only is None else self._checked & frozenset(only))

    def _read_checks(self, rows: Mapping[str, AssetFacts], of_assets: Collection[str]) -> None:
        if not of_assets:
            return
        for row in self._store.check_facts(of_assets):
            check = self._checks.get((row.asset, row.name))
            if check is not None:
                take_check(check, row, rows.get(row.asset), self.world)

    def _read_sets(self, view: PartitionsView, only: Collection[AssetKey] | None) -> None:
        """Reads which partitions were made and have failed; of all assets if None."""
        wanted: Collection[AssetKey] = list(self._partitioned.values()) if only is None else only
        if not wanted:
            return
        stored = self._store.stored_partitions(wanted if len(wanted) <= NAMED_MAX else None)
        for key in wanted:
            entity, held = self._graph.by_key[key], stored.get(key)
            if held is not None:
                assert entity.definition is not None
                settled = self._instance.settled_partitions(key, entity.definition, view, held)
                take_sets(entity, settled)
                if settled.unnumbered:
                    self._ahead.note(entity, view)

    def _read_runs(self, view: PartitionsView) -> None:
        self._runs.clear()
        going = {run.run_id: run for run in self._store.going_runs()}
        if self._jobs:
            self._jobs.begin(going.values(), view)
        begun = [run_id for run_id, run in going.items() if run.status is not DagsterRunStatus.QUEUED]
        whole, plans, checks = self._store.planned_in_runs(begun)
        has_planned = {each.run_id for each in whole if not each.is_made} | {run_id for run_id, _, _ in checks}
        for run_id, run in going.items():
            self._runs.add(run, view, has_planned=run_id in has_planned)
        made = {(each.run_id, each.asset) for each in whole if each.is_made}
        for each in whole:
            entity = self._assets.get(each.asset)
            if entity is None or entity.definition is not None or each.is_made:
                continue
            if (each.run_id, each.asset) not in made:
                self._runs.planned(each.run_id, entity, True)
        for plan in plans:
            entity = self._assets.get(plan.asset)
            if entity is not None and entity.definition is not None:
                left = self._news.in_numbers(entity.definition, view, plan.numbering, plan.ordinals, plan.partition)
                self._runs.planned(plan.run_id, entity, left)
        for run_id, asset, name in checks:
            check = self._checks.get((asset, name))
            if check is not None:
                self._runs.planned(run_id, check, True)
        for entity in self._runs.entities():
            entity.fact.running = self._runs.running(entity)

    def _read_partitions(self, only: Collection[str] | None = None) -> None:
        """Reads times, versions and runs of those that ask for them; of all if None."""
        timed, versioned, traced = self._kept
        if only is not None:
            some = frozenset(self._assets[asset].key for asset in only)
            timed, versioned, traced = timed & some, versioned & some, traced & some
        texts = {key.to_string(): key for key in timed | versioned if isinstance(key, AssetKey)}
        of_partitions = [asset for asset in texts if asset in self._partitioned]
        if of_partitions:
            by_asset: dict[str, list[PartitionFacts]] = {asset: [] for asset in of_partitions}
            for row in self._store.partition_facts(of_partitions):
                by_asset[row.asset].append(row)
            for asset, rows in by_asset.items():
                take_partitions(self._assets[asset], rows, self.world)
            self._read_failures([asset for asset in of_partitions if self._assets[asset].key in timed])
        whole = [asset for asset, key in texts.items() if asset not in self._partitioned and key in versioned]
        if whole:
            for asset, version in self._store.asset_data_versions(whole).items():
                if asset in self._assets:
                    self._assets[asset].fact.data_version = version
        followed = [key.to_string() for key in traced if isinstance(key, AssetKey)]
        followed = [asset for asset in followed if asset in self._partitioned]
        if followed:
            made_by: dict[str, dict[int, str]] = {asset: {} for asset in followed}
            for asset, ordinal, run_id in self._store.partition_makers(followed):
                if ordinal is not None and run_id:
                    made_by[asset][ordinal] = run_id
            for asset, runs in made_by.items():
                self._assets[asset].fact.last_run_id = runs

    def _read_failures(self, assets: Collection[str]) -> None:
        """When partitions failed of which no row says so: those of a run for so many that it noted no keys."""
        bare = [asset for asset in assets if has_bare_failures(self._assets[asset].fact)]
        for row in self._store.asset_facts(bare) if bare else ():
            take_failures(self._assets[row.asset].fact, row)

    # ------------------------------------------------------------------ what is new

    def read(self, now: datetime, *, keep_after: int | None = None) -> set[EntityKey]:
        """Brings the world up to date.

        Args:
            now: the time of the tick, aware.
            keep_after: updates with a greater storage id stay, because somebody has not seen them yet; None: those of
                the tick before are gone.

        Returns:
            The entities that something has changed of.
        """
        stored = self._store.condition_position()
        if stored.forgotten != self._stored.forgotten or stored.event_id < self._stored.event_id:
            return self._read_anew(now, keep_after)
        world, view = self.world, PartitionsView(now, self._instance)
        self._news.forget_updates(keep_after)
        if self._jobs:
            self._jobs.forget_updates(keep_after)
        touched: dict[int, Entity] = {}
        if stored.dynamic != self._stored.dynamic and self._dynamic:
            changed = self._read_dynamic()
            touched.update(changed)
            self._number(view, changed.values())
        if due := self._ahead.due(view):
            touched.update((entity.number, entity) for entity in due)
            self._number(view, due)
        for entity in self._backfills.read(self._store, view).values():
            backfilling = self._backfills.backfilling(entity)
            if backfilling != entity.fact.backfilling:
                entity.fact.backfilling = backfilling
                touched[entity.number] = entity
        runs: Sequence[RunFacts] = ()
        if stored.event_id > self._stored.event_id:
            runs = self._read_news(view, stored, touched)
        touched.update((entity.number, entity) for entity in self._freshness.read(now, list(touched)))
        self._stored = stored
        world.position = Position(stored.event_id, now)
        self._name_runs(runs)
        return {entity.key for entity in touched.values()}

    def _read_news(self, view: PartitionsView, stored: StorePosition, touched: dict[int, Entity]) -> Sequence[RunFacts]:
        events = self._store.news(self._stored.event_id, stored.event_id)
        run_ids = {event.run_id for event in events if event.run_id}
        runs = self._store.run_facts(run_ids)
        for run in runs:
            if run.status in NOT_OVER and run.run_id not in self._runs:
                touched.update((entity.number, entity) for entity in self._runs.add(run, view))
        unknown = run_ids - {run.run_id for run in runs if run.status in NOT_OVER} - set(self._runs.run_ids)
        found = self._news.take(self.world, view, events, ended_meanwhile=unknown)
        for entity in found.touched:
            touched[entity.number] = entity
        if found.assets:
            self._read_assets(found.assets)
        if found.failed:
            self._read_sets(view, found.failed)
        for entity in found.nowhere:
            self._ahead.note(entity, view)
        for entity in touched.values():
            entity.fact.running = self._runs.running(entity)
        if self._jobs:
            touched.update((entity.number, entity) for entity in self._jobs.take(events, runs, view))
        return runs

    def _number(self, view: PartitionsView, entities: Iterable[Entity]) -> None:
        """Takes in what was reported of partitions before they were there, and has no number yet."""
        keys = [entity.key for entity in entities if isinstance(entity.key, AssetKey)]
        self._read_sets(view, keys)
        texts = [key.to_string() for key in keys]
        self._read_partitions(texts)
        observed = [asset for asset in texts if asset in self._news.observed]
        if observed:
            self._news.look_again(view, observed, self._stored.event_id)
            self._news.settle_observed(observed)

    def _read_dynamic(self) -> dict[int, Entity]:
        before, self._marks = self._marks, self._store.dynamic_marks()
        return {
            entity.number: entity
            for name, entities in self._dynamic.items()
            if before.get(name) != self._marks.get(name)
            for entity in entities
        }

    def _read_anew(self, now: datetime, keep_after: int | None) -> set[EntityKey]:
        """Everything again, and what of it is not as it was."""
        world, marks = self.world, self._marks
        before = {entity.number: _shown(entity.fact) for entity in self._graph.entities}
        after_id = world.position.event_id if keep_after is None else min(keep_after, world.position.event_id)
        changed = self.start(now, Position(after_id, world.position.at))
        for entity in self._graph.entities:
            if before[entity.number] != _shown(entity.fact):
                changed.add(entity.key)
        for name, entities in self._dynamic.items():
            if marks.get(name) != self._marks.get(name):
                changed.update(entity.key for entity in entities)
        return changed

    def _name_runs(self, known: Sequence[RunFacts]) -> None:
        """Keeps the runs that updates and facts name, and for a while those that nobody names any more.

        Args:
            known: the runs that new events name.
        """
        world = self.world
        self._keep_runs(known)
        if len(world.runs) <= self._runs_max:
            return
        wanted = self._news.run_ids()
        for key in world.traced:
            last = world.facts[key].last_run_id if key in world.facts else None
            wanted.update(last.values() if isinstance(last, dict) else (last,) if last else ())
        world.runs = {run_id: run for run_id, run in world.runs.items() if run_id in wanted}
        missing = wanted - world.runs.keys() if self._runs_max < 0 else ()
        self._keep_runs(self._store.run_facts(missing))
        self._runs_max = 2 * len(world.runs) + RUNS_KEPT

    def _keep_runs(self, runs: Sequence[RunFacts]) -> None:
        world = self.world
        planned: dict[str, set[AssetKey]] = {}
        if world.timed:
            unnamed = [run.run_id for run in runs if run.asset_keys is None]
            for run_id, asset in self._store.assets_planned_in_runs(unnamed) if unnamed else ():
                key = self._assets[asset].key if asset in self._assets else None
                if isinstance(key, AssetKey):
                    planned.setdefault(run_id, set()).add(key)
        for run in runs:
            plan, partition = frozenset(planned.get(run.run_id, ())), run.tags.get("dagster/partition")
            world.runs[run.run_id] = RunFact(run.tags, run.asset_keys, run.check_keys, run.job_name, partition, plan)


def _nothing_of(asset: str) -> AssetFacts:
    return AssetFacts(asset, None, None, None, None, None, None, None)


def _shown(fact: Fact) -> tuple[Any, ...]:
    """All that evaluators can see of a fact, but for what is new."""
    times = tuple(
        dict(each) if isinstance(each, dict) else each
        for each in (fact.made_at, fact.failed_at, fact.data_version, fact.last_run_id)
    )
    return (fact.made, fact.failed, fact.running, fact.backfilling, fact.check_passed, fact.freshness, *times)
