"""What new events mean for facts: who was made by whom, what runs are to make and have ended.

What a later question to the store answers better (an asset as a whole, failures, checks) is only named here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field

from watchbell.automate.conditions.fact_rows import is_observed
from watchbell.automate.conditions.going_runs import GoingRuns
from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.subset import Subset, either, minus
from watchbell.automate.conditions.world import Update, World
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckEvaluation, AssetCheckEvaluationPlanned
from watchbell.record.asset_job_key import AssetJobKey
from watchbell.record.condition_store import NewsEvent
from watchbell.record.data_version import DATA_VERSION_TAG
from watchbell.record.event import AssetMaterializationPlannedData, DagsterEventType, EventLogEntry
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.ports import Store
from watchbell.record.query import EventQuery

_T = DagsterEventType
_MADE, _SEEN = _T.ASSET_MATERIALIZATION.value, _T.ASSET_OBSERVATION.value
_PLANNED, _CHECK_PLANNED = _T.ASSET_MATERIALIZATION_PLANNED.value, _T.ASSET_CHECK_EVALUATION_PLANNED.value
_CHECKED = _T.ASSET_CHECK_EVALUATION.value
_ENDS = frozenset({_T.RUN_SUCCESS.value, _T.RUN_FAILURE.value, _T.RUN_CANCELED.value})
_FAILURE, _CANCELED = _T.RUN_FAILURE.value, _T.RUN_CANCELED.value

Place = tuple[int, int | None]
"""Number of an entity, and of its partition."""


@dataclass(eq=False)
class Found:
    """What events touch.

    Args:
        updated: entities that were made, seen or executed.
        touched: all entities that something is new of.
        assets: assets (as text) to be read as a whole, with their checks.
        failed: assets with partitions whose failures are to be read.
        nowhere: assets of which something was said of a partition that is not there.
    """

    updated: list[Entity] = field(default_factory=list)
    touched: list[Entity] = field(default_factory=list)
    assets: set[str] = field(default_factory=set)
    failed: set[AssetKey] = field(default_factory=set)
    nowhere: list[Entity] = field(default_factory=list)


class News:
    """Takes in events.

    Args:
        store: where the bodies of events are.
        assets: the assets by their text.
        checks: the checks by their asset's text and their name.
        runs: the runs that go on.
    """

    def __init__(
        self,
        store: Store,
        assets: Mapping[str, Entity],
        checks: Mapping[tuple[str, str], Entity],
        runs: GoingRuns,
    ) -> None:
        self._store, self._assets, self._checks, self._runs = store, assets, checks, runs
        self._observed = {asset: entity for asset, entity in assets.items() if is_observed(entity)}
        self._versions: dict[Place, str | None] = {}  # of those that are observed, what was seen last
        self._fresh: dict[int, Entity] = {}  # those with updates

    def run_ids(self) -> set[str]:
        """The runs that updates name."""
        return {update.run_id for entity in self._fresh.values() for update in entity.fact.updates if update.run_id}

    def forget_updates(self, keep_after: int | None) -> None:
        """Updates of the tick before are no longer new, but for those after an event."""
        for number, entity in list(self._fresh.items()):
            fact = entity.fact
            if keep_after is not None:
                fact.updates = tuple(each for each in fact.updates if each.event_id > keep_after)
            if keep_after is None or not fact.updates:
                fact.updates = ()
                del self._fresh[number]

    def begin(self, world: World, view: PartitionsView, event_id: int) -> None:
        """Forgets everything; of what is observed, learns what was said last of its data, as of an event."""
        self._fresh.clear()
        self._versions.clear()
        if not self._observed:
            return
        self.look_again(view, list(self._observed), event_id)

    def look_again(self, view: PartitionsView, observed: Sequence[str], event_id: int) -> None:
        """Learns what was said last of the data of these assets, which are observed, as of an event."""
        ids: list[int] = []
        for kind in (_T.ASSET_OBSERVATION, _T.ASSET_MATERIALIZATION):
            ids += self._store.newest_of_kind(kind, observed, event_id)
        for _, entry in sorted(self._bodies(ids).items()):
            assert entry.asset_key is not None
            entity = self._observed[entry.asset_key.to_string()]
            ordinal = self._ordinal(entity, _partition_of(entry), view)
            version = version_of(entry)
            if version is not None or entry.asset_materialization is None or entity.definition is None:
                self._versions[entity.number, ordinal] = version

    def settle_observed(self, observed: Collection[str] | None = None) -> None:
        """The partitions that were observed are there; of all assets, or of some."""
        seen: dict[int, list[int]] = {}
        for number, ordinal in self._versions:
            if ordinal is not None:
                seen.setdefault(number, []).append(ordinal)
        for asset in self._observed if observed is None else observed:
            entity = self._observed[asset]
            if entity.number in seen and entity.definition is not None:
                entity.fact.made = either(entity.fact.made, OrdinalSet(seen[entity.number]))

    @property
    def observed(self) -> Collection[str]:
        """The assets that are observed, as text."""
        return self._observed.keys()

    def take(
        self,
        world: World,
        view: PartitionsView,
        events: Sequence[NewsEvent],
        *,
        only_updates: bool = False,
        ended_meanwhile: Collection[str] = (),
    ) -> Found:
        """Takes in events, in their order.

        Args:
            world: its facts are changed, and get updates.
            view: from where partitions are looked at.
            events: what is new.
            only_updates: facts are read already.
            ended_meanwhile: runs that are over by now and were not known before.
        """
        bodies = self._bodies([event.event_id for event in events if self._needs_body(world, event, only_updates)])
        taking = _Taking(self, world, view, bodies, only_updates, frozenset(ended_meanwhile))
        if only_updates:
            taking.begin_versions(events)
        for event in events:
            taking.take(event)
        taking.settle()
        for entity in taking.found.updated:
            self._fresh[entity.number] = entity
        return taking.found

    def _needs_body(self, world: World, event: NewsEvent, only_updates: bool) -> bool:
        if event.asset is None:
            return False
        if event.kind == _CHECKED or (event.kind == _CHECK_PLANNED and not only_updates):
            return event.asset in self._assets or any(event.asset == asset for asset, _ in self._checks)
        entity = self._assets.get(event.asset)
        if entity is None:
            return False
        if event.kind == _PLANNED:
            return entity.definition is not None and event.partition is None and not only_updates
        if event.asset in self._observed and event.kind in (_MADE, _SEEN):
            return True
        return event.kind in (_MADE, _SEEN) and entity.key in world.versioned

    def _bodies(self, ids: Sequence[int]) -> dict[int, EventLogEntry]:
        if not ids:
            return {}
        found = self._store.events(EventQuery(storage_ids=list(ids)))
        return {entry.storage_id: entry for entry in found if entry.storage_id is not None}

    def _ordinal(self, entity: Entity, partition: str | None, view: PartitionsView) -> int | None:
        if entity.definition is None or partition is None:
            return None
        return entity.definition.ordinal_of(partition, view)

    def in_numbers(
        self,
        definition: PartitionsDefinition,
        view: PartitionsView,
        numbering: str | None,
        ordinals: OrdinalSet,
        partition: str | None,
        keys: Sequence[str] | None = None,
    ) -> OrdinalSet:
        """Partitions that somebody numbered, perhaps otherwise, in the numbers of the definition in use."""
        if numbering is not None and (numbering == definition.numbering or definition.continues(numbering)):
            return ordinals
        names = list(keys or ()) or ([] if partition is None else [partition])
        return OrdinalSet(each for each in definition.ordinals_of(names, view) if each is not None)


class _Taking:
    """One batch of events while it is taken in."""

    def __init__(
        self,
        news: News,
        world: World,
        view: PartitionsView,
        bodies: Mapping[int, EventLogEntry],
        only_updates: bool,
        ended_meanwhile: frozenset[str],
    ) -> None:
        self.news, self.world, self.view, self.bodies = news, world, view, bodies
        self.only_updates, self.ended_meanwhile = only_updates, ended_meanwhile
        self.found = Found()
        self._updates: dict[int, list[Update]] = {}
        self._made: dict[int, list[int]] = {}
        self._versions_before: dict[Place, str | None] = {}
        self._entities: dict[int, Entity] = {}
        self._plans: dict[str, dict[int, tuple[Entity, Subset]]] = {}  # of runs that are over already

    def begin_versions(self, events: Sequence[NewsEvent]) -> None:
        """Learns which data versions were there before the first event: what facts say is as of now."""
        assets, versioned = self.news._assets, self.world.versioned
        about = {event.asset for event in events if event.asset is not None}
        texts = [asset for asset in about if asset in assets and assets[asset].key in versioned]
        if not texts:
            return
        ids: list[int] = []
        for kind in (_T.ASSET_OBSERVATION, _T.ASSET_MATERIALIZATION):
            ids += self.news._store.newest_of_kind(kind, texts, events[0].event_id - 1)
        for _, entry in sorted(self.news._bodies(ids).items()):
            assert entry.asset_key is not None
            entity = assets[entry.asset_key.to_string()]
            place = (entity.number, self.news._ordinal(entity, _partition_of(entry), self.view))
            self._versions_before[place] = version_of(entry)

    def take(self, event: NewsEvent) -> None:
        """Takes in one event."""
        if event.kind in _ENDS:
            if not self.only_updates:
                self._end(event)
            return
        if event.asset is None:
            return
        entity = self.news._assets.get(event.asset)
        if event.kind in (_CHECKED, _CHECK_PLANNED):
            self._take_check(event)
        elif entity is None:
            return
        elif event.kind == _PLANNED:
            if not self.only_updates:
                self._plan(event, entity)
        elif event.kind in (_MADE, _SEEN):
            self._take_made(event, entity)

    def _touch(self, entity: Entity) -> None:
        if entity.number not in self._entities:
            self._entities[entity.number] = entity
            self.found.touched.append(entity)

    # ------------------------------------------------------------------ assets

    def _take_made(self, event: NewsEvent, entity: Entity) -> None:
        ordinal = self.news._ordinal(entity, event.partition, self.view)
        if entity.definition is not None and ordinal is None:
            if event.partition is not None:
                self.found.nowhere.append(entity)
            return  # it is about no partition that there is
        version, before = self._version(event, entity, ordinal)
        is_observed = event.asset in self.news._observed
        if event.kind == _SEEN and not is_observed:
            return
        # What is observed changes with its data; nothing at all is another thing than to say nothing of them.
        if not is_observed or version != before:
            said = version if isinstance(version, str) else None
            earlier = before if isinstance(before, str) else "" if before is _NEVER else None
            self._update(entity, Update(ordinal, event.event_id, event.at, event.run_id, said, earlier))
        elif event.kind == _SEEN:
            return
        if not self.only_updates:
            self._make(event, entity, ordinal)

    def _version(self, event: NewsEvent, entity: Entity, ordinal: int | None) -> tuple[object, object]:
        """What an event says of the data, and what was said before it; of what is observed ``_NEVER``: nothing was."""
        entry = self.bodies.get(event.event_id)
        if entry is None:
            return None, None
        version, place = version_of(entry), (entity.number, ordinal)
        seen = self.news._versions
        if event.asset in self.news._observed:
            before: object = seen.get(place, _NEVER)
            if version is None and event.kind == _MADE and entity.definition is not None:
                return before, before  # a report of a partition that says nothing of its data changes nothing
            seen[place] = version
            if not self.only_updates and entity.key in self.world.versioned:
                self._keep_version(entity, ordinal, version)
            return version, before
        if self.only_updates:
            before = self._versions_before.get(place)
            self._versions_before[place] = version
            return version, before
        held = entity.fact.data_version
        before = held.get(ordinal or 0) if isinstance(held, dict) else held
        self._keep_version(entity, ordinal, version)
        return version, before

    def _keep_version(self, entity: Entity, ordinal: int | None, version: str | None) -> None:
        fact = entity.fact
        if entity.definition is None:
            fact.data_version = version
        elif ordinal is not None:
            held = fact.data_version if isinstance(fact.data_version, dict) else {}
            fact.data_version = held
            if version is None:
                held.pop(ordinal, None)
            else:
                held[ordinal] = version

    def _make(self, event: NewsEvent, entity: Entity, ordinal: int | None) -> None:
        assert event.asset is not None
        self._touch(entity)
        fact, world = entity.fact, self.world
        if entity.definition is None:
            self.found.assets.add(event.asset)
            done: Subset = True
        else:
            assert ordinal is not None
            if entity.checks:
                self.found.assets.add(event.asset)
            self._made.setdefault(entity.number, []).append(ordinal)
            done = OrdinalSet([ordinal])
            if event.kind == _MADE and entity.key in world.timed and isinstance(fact.made_at, dict):
                fact.made_at[ordinal] = event.at
            if event.kind == _MADE and entity.key in world.traced and isinstance(fact.last_run_id, dict):
                fact.last_run_id.pop(ordinal, None)
                if event.run_id:
                    fact.last_run_id[ordinal] = event.run_id
        for check in entity.checks:
            self._touch(check)
        if event.run_id:
            self.news._runs.made(event.run_id, entity, done)
            plan = self._plans.get(event.run_id, {})
            if entity.number in plan:
                plan[entity.number] = (entity, minus(plan[entity.number][1], done))

    def _update(self, entity: Entity, update: Update) -> None:
        self._updates.setdefault(entity.number, []).append(update)
        if len(self._updates[entity.number]) == 1:
            self.found.updated.append(entity)

    # ------------------------------------------------------------------ checks

    def _take_check(self, event: NewsEvent) -> None:
        entry = self.bodies.get(event.event_id)
        data = None if entry is None or entry.dagster_event is None else entry.dagster_event.event_specific_data
        if not isinstance(data, AssetCheckEvaluation | AssetCheckEvaluationPlanned) or event.asset is None:
            return
        check = self.news._checks.get((event.asset, data.check_name))
        if check is None:
            return
        if event.kind == _CHECKED:
            self._update(check, Update(None, event.event_id, event.at, event.run_id))
        if self.only_updates:
            return
        self._touch(check)
        self.found.assets.add(event.asset)
        if event.kind == _CHECKED:
            self.news._runs.made(event.run_id, check, True)
        else:
            self.news._runs.planned(event.run_id, check, True)

    # ------------------------------------------------------------------ runs

    def _plan(self, event: NewsEvent, entity: Entity) -> None:
        assert event.asset is not None
        self._touch(entity)
        subset: Subset = True
        if entity.definition is None:
            self.found.assets.add(event.asset)
        elif event.partition is not None:
            ordinal = self.news._ordinal(entity, event.partition, self.view)
            subset = OrdinalSet([] if ordinal is None else [ordinal])
        else:
            subset = self._planned_partitions(event, entity.definition)
        if event.run_id in self.ended_meanwhile:
            self._plans.setdefault(event.run_id, {})[entity.number] = (entity, subset)
        else:
            self.news._runs.planned(event.run_id, entity, subset)

    def _planned_partitions(self, event: NewsEvent, definition: PartitionsDefinition) -> OrdinalSet:
        entry = self.bodies.get(event.event_id)
        data = None if entry is None or entry.dagster_event is None else entry.dagster_event.event_specific_data
        if not isinstance(data, AssetMaterializationPlannedData) or data.partitions is None:
            return OrdinalSet()
        ordinals = OrdinalSet.from_text(data.partitions)
        return self.news.in_numbers(definition, self.view, data.numbering, ordinals, data.partition, data.keys)

    def _end(self, event: NewsEvent) -> None:
        is_failure = event.kind == _FAILURE and (
            self.news._runs.has_begun(event.run_id) or event.run_id in self.ended_meanwhile
        )
        left = self.news._runs.end(event.run_id)
        left += self._plans.pop(event.run_id, {}).values()
        for entity, subset in left:
            self._touch(entity)
            key = entity.key
            if isinstance(key, AssetJobKey):
                continue
            if entity.definition is None or not isinstance(key, AssetKey):
                asset = key if isinstance(key, AssetKey) else key.asset_key
                self.found.assets.add(asset.to_string())
            elif event.kind != _CANCELED:
                self.found.failed.add(key)
                if is_failure and key in self.world.timed and isinstance(entity.fact.failed_at, dict):
                    assert isinstance(subset, OrdinalSet)
                    entity.fact.failed_at.update(dict.fromkeys(subset, event.at))

    # ------------------------------------------------------------------ the end

    def settle(self) -> None:
        """Puts what was collected into the facts."""
        for entity in self.found.updated:
            fact = entity.fact
            fact.updates = (*fact.updates, *self._updates[entity.number])
        for number, ordinals in self._made.items():
            fact, done = self._entities[number].fact, OrdinalSet(ordinals)
            fact.made = either(fact.made, done)
            if fact.failed:
                fact.failed = minus(fact.failed, done)


_NEVER = object()


def version_of(entry: EventLogEntry) -> str | None:
    """What a materialization or observation says of its data."""
    said = entry.asset_materialization or entry.asset_observation
    return None if said is None or not said.tags else said.tags.get(DATA_VERSION_TAG)


def _partition_of(entry: EventLogEntry) -> str | None:
    return None if entry.dagster_event is None else entry.dagster_event.partition
