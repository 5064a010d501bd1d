"""The world of a simulation: facts of entities, changed by what simulated runs make; no store.

It numbers its own events. What is new stays until it was looked at (:meth:`SimulatedWorld.seen`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from watchbell.automate.conditions.entity_graph import EntityGraph
from watchbell.automate.conditions.fact_rows import is_observed
from watchbell.automate.conditions.freshness import Freshness, policies_of
from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.subset import Subset, minus
from watchbell.automate.conditions.world import EntityKey, Position, RunFact, Update, World
from watchbell.record.asset_job_key import AssetJobKey
from watchbell.record.ordinal_set import OrdinalSet

NO_RUN = -1


class SimulatedWorld:
    """What conditions are told in a simulation.

    Args:
        graph: the entities; their facts are changed in place.
        world: the world in which it begins; an empty one comes from ``ConditionEngine.world``.
    """

    def __init__(self, graph: EntityGraph, world: World) -> None:
        self.world = world
        self.changed: set[EntityKey] = set()
        """Whatever is not as it was when it was looked at last."""
        self._graph = graph
        self._event_count = world.position.event_id
        # Those with updates, by number.
        self._fresh = {each.number: each for each in graph.entities if each.fact.updates}
        self._planned: dict[int, list[tuple[Entity, Subset]]] = {}  # by run, what it is to make
        self._run_counts: dict[tuple[int, int | None], int] = {}  # by entity and partition, runs that are to make it
        self._over: list[str] = []  # ids of runs that are over since the last tick
        self._run_ids: dict[int, str] = {}
        self._last_runs: dict[int, int] = {}  # by entity, the run that made it last
        policies = policies_of(graph.entities, graph.assets, graph.policies)
        world.timed |= frozenset(entity.key for entity, _ in policies.values())
        self._freshness = Freshness(policies)
        self._has_begun = False

    # ------------------------------------------------------------------ runs

    def planned(self, run: int, subsets: Mapping[EntityKey, Subset], run_id: str, fact: RunFact) -> None:
        """A run was asked for.

        Args:
            run: its number.
            subsets: what it is to make, or to execute.
            run_id: its id.
            fact: what conditions ask of it.
        """
        mine: list[tuple[Entity, Subset]] = []
        for key, subset in subsets.items():
            entity = self._graph.by_key.get(key)
            if entity is None or not subset:
                continue
            mine.append((entity, subset))
            for ordinal in _ordinals(subset):
                place = (entity.number, ordinal)
                self._run_counts[place] = self._run_counts.get(place, 0) + 1
            entity.fact.running = _joined(entity.fact.running, subset)
            self.changed.add(key)
        if mine:
            self._planned[run] = mine
            self._run_ids[run] = run_id
            self.world.runs[run_id] = fact

    def over(self, run: int, at: float, *, is_failure: bool) -> None:
        """A run is over; what it made was told before. If it failed, so has the rest of what it was to make."""
        run_id = self._run_ids.pop(run, None)
        if run_id is not None:
            self._over.append(run_id)
        for entity, subset in self._planned.pop(run, ()):
            if isinstance(entity.key, AssetJobKey) and not is_failure:  # a job is made when its run is over
                for ordinal in _ordinals(subset):
                    self._update(entity, ordinal, at, run, run_id or "", None)
            ended = [ordinal for ordinal in _ordinals(subset) if self._is_last_run((entity.number, ordinal))]
            fact = entity.fact
            if isinstance(subset, OrdinalSet):
                fact.running = minus(fact.running, OrdinalSet([each for each in ended if each is not None]))
            elif ended:
                fact.running = False
            if is_failure and self._last_runs.get(entity.number) != run:
                fact.failed = _joined(fact.failed, subset)
                if entity.key in self.world.timed:
                    fact.failed_at = _at_each(fact.failed_at, subset, at)
            self.changed.add(entity.key)

    def _is_last_run(self, place: tuple[int, int | None]) -> bool:
        """Whether no other run that is not over is to make it; this one is counted no longer."""
        left = self._run_counts[place] - 1
        if left:
            self._run_counts[place] = left
            return False
        del self._run_counts[place]
        return True

    # ----------------------------------------------------------------- facts

    def made(
        self, key: EntityKey, ordinal: int | None, at: float, run: int, run_id: str, data_version: str | None = None
    ) -> None:
        """An asset was made, a source looked at.

        Args:
            key: which one; unknown ones are passed over, and one with partitions of which none is named.
            ordinal: its partition.
            at: when, seconds since the epoch.
            run: number of the run; ``NO_RUN``: none.
            run_id: its id; empty: none.
            data_version: what is said of its data; None: it is another one than before.
        """
        entity = self._graph.by_key.get(key)
        if entity is None or (ordinal is None and entity.definition is not None):
            return
        self._update(entity, ordinal, at, run, run_id, data_version)
        for check in entity.checks:
            if check.fact.check_passed is not None:
                check.fact.check_passed = None
                self.changed.add(check.key)

    def checked(self, key: EntityKey, passed: bool, at: float, run: int, run_id: str) -> None:
        """A check was executed."""
        entity = self._graph.by_key.get(key)
        if entity is not None:
            entity.fact.check_passed = passed
            self._update(entity, None, at, run, run_id, None)

    def _update(
        self, entity: Entity, ordinal: int | None, at: float, run: int, run_id: str, data_version: str | None
    ) -> None:
        self._event_count += 1
        fact, key = entity.fact, entity.key
        subset: Subset = True
        if entity.definition is not None and ordinal is not None:
            subset = OrdinalSet([ordinal])
        before: Any = "" if is_observed(entity) else None  # simulated data are never what they were
        if key in self.world.versioned:
            data_version = data_version or f"simulated-{self._event_count}"
            before = _of(fact.data_version, ordinal)
            fact.data_version = _at_each(fact.data_version, subset, data_version)
        update = Update(ordinal, self._event_count, at, run_id, data_version, before)
        fact.updates = (*fact.updates, update)
        fact.made = _joined(fact.made, subset)
        fact.failed = minus(fact.failed, subset) if fact.failed else fact.failed
        if key in self.world.timed:
            fact.made_at = _at_each(fact.made_at, subset, at)
        if key in self.world.traced:
            fact.last_run_id = _at_each(fact.last_run_id, subset, run_id)
        self._last_runs[entity.number] = run
        self._fresh[entity.number] = entity
        self.changed.add(key)

    # ----------------------------------------------------------------- ticks

    def look(self, now: datetime) -> set[EntityKey]:
        """Takes in the past up to a tick: what changed since the last one."""
        self.world.position = Position(self._event_count, now)
        changed, self.changed = self.changed, set()
        if self._has_begun:
            touched = [self._graph.by_key[key].number for key in changed]
            changed.update(entity.key for entity in self._freshness.read(now, touched))
        else:
            self._has_begun = True
            self._freshness.start(now)
        return changed

    def seen(self) -> None:
        """A tick has looked at everything: nothing is new any more."""
        for entity in self._fresh.values():
            entity.fact.updates = ()
        self._fresh.clear()
        if not self.world.traced:  # else the last run of something may be asked for at any time
            for run_id in self._over:
                self.world.runs.pop(run_id, None)
        self._over.clear()


def _ordinals(subset: Subset) -> Iterable[int | None]:
    return subset if isinstance(subset, OrdinalSet) else (None,) if subset else ()


def _joined(one: Subset, other: Subset) -> Subset:
    if isinstance(one, OrdinalSet) and isinstance(other, OrdinalSet):
        return one | other
    return bool(one) or bool(other)


def _at_each(kept: Any, subset: Subset, value: Any) -> Any:
    """What is kept of an entity, or of each of its partitions, with a new value for some."""
    if not isinstance(subset, OrdinalSet):
        return value
    of_each: dict[int, Any] = kept if isinstance(kept, dict) else {}
    of_each.update(dict.fromkeys(subset, value))
    return of_each


def _of(kept: Any, ordinal: int | None) -> Any:
    return kept.get(ordinal) if isinstance(kept, dict) else kept
