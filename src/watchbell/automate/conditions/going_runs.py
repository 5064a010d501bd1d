"""The runs that are not over, and what each is still to make: queued ones by what they were asked for, those that began
by what they planned and have not made yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.subset import Subset, either, minus
from watchbell.automate.conditions.world import EntityKey
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.planned import JobAssets
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import DagsterError
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.condition_store import RunFacts
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG, PartitionKeyRange
from watchbell.record.run import DagsterRunStatus

NAMED_RUNS_MAX = 100
"""Runs that are to make one asset and are named one by one (count)."""
NOT_OVER = frozenset({
    DagsterRunStatus.QUEUED, DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING,
})  # fmt: skip
"""A run in one of these states is to make something. One that is stored and was never begun is in none of them."""


class GoingRuns:
    """What runs that are not over are to make.

    Args:
        by_key: the entities.
        job_assets: what runs without a selection make, before they planned it; None: nobody knows.
    """

    def __init__(self, by_key: Mapping[EntityKey, Entity], job_assets: JobAssets | None = None) -> None:
        self._by_key = by_key
        self._job_assets = job_assets
        self._left: dict[str, dict[int, Subset]] = {}  # by run and entity, what is to be made
        self._runs_of: dict[int, dict[str, Entity]] = {}  # by entity, the runs that are to make it
        self._begun: set[str] = set()  # those that have planned what they make

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._left

    @property
    def run_ids(self) -> Collection[str]:
        """All of them."""
        return self._left.keys()

    def add(self, run: RunFacts, view: PartitionsView, *, has_planned: bool = False) -> Iterable[Entity]:
        """Takes in a run; what it is to make.

        Args:
            run: the run.
            view: from where partitions are looked at.
            has_planned: it has begun, and what it makes is told by what it planned.
        """
        if run.run_id in self._left:
            return ()
        left = self._left[run.run_id] = {}
        if has_planned:
            self._begun.add(run.run_id)
            return ()
        subsets: dict[int, Subset | None] = {}  # runs of many assets for one partition ask each definition once
        for entity in self._asked_of(run):
            definition = entity.definition
            if definition is None:
                self._more(run.run_id, entity, True)
                continue
            if id(definition) not in subsets:
                subsets[id(definition)] = partitions_of(run.tags, definition, view)
            subset = subsets[id(definition)]
            if subset:
                self._more(run.run_id, entity, subset)
        return [self._runs_of[number][run.run_id] for number in left]

    def _asked_of(self, run: RunFacts) -> Iterable[Entity]:
        keys: Collection[AssetKey] | None = run.asset_keys
        if keys is None and run.check_keys is None and self._job_assets is not None:
            keys = self._job_assets(run.job_name, run.location_name)
        asked: list[EntityKey] = list(keys or ())
        if run.check_keys is not None:
            asked += run.check_keys
        found = [entity for entity in map(self._by_key.get, asked) if entity is not None]
        # Once it has begun, its plan tells: its job need not have the checks of what it makes.
        if run.check_keys is None and run.status is not DagsterRunStatus.STARTED:
            found += [check for entity in found for check in entity.checks]
        return found

    def planned(self, run_id: str, entity: Entity, subset: Subset) -> None:
        """A run is to make some of an entity, whatever it was asked for."""
        if run_id in self._left and subset:
            self._begun.add(run_id)
            self._more(run_id, entity, subset)

    def _more(self, run_id: str, entity: Entity, subset: Subset) -> None:
        left = self._left[run_id]
        held = left.get(entity.number)
        left[entity.number] = subset if held is None else either(held, subset)
        self._runs_of.setdefault(entity.number, {})[run_id] = entity

    def made(self, run_id: str, entity: Entity, subset: Subset) -> bool:
        """A run has made some of an entity; whether it was to."""
        left = self._left.get(run_id)
        held = None if left is None else left.get(entity.number)
        if left is None or held is None:
            return False
        rest = minus(held, subset)
        if rest:
            left[entity.number] = rest
        else:
            del left[entity.number]
            self._drop(run_id, entity.number)
        return True

    def has_begun(self, run_id: str) -> bool:
        """Whether a run has planned what it makes."""
        return run_id in self._begun

    def end(self, run_id: str) -> list[tuple[Entity, Subset]]:
        """A run is over; what it was still to make."""
        found = []
        self._begun.discard(run_id)
        for number, subset in self._left.pop(run_id, {}).items():
            found.append((self._runs_of[number][run_id], subset))
            self._drop(run_id, number)
        return found

    def _drop(self, run_id: str, number: int) -> None:
        runs = self._runs_of[number]
        del runs[run_id]
        if not runs:
            del self._runs_of[number]

    def clear(self) -> None:
        """Forgets all of them."""
        self._left.clear()
        self._runs_of.clear()
        self._begun.clear()

    def entities(self) -> list[Entity]:
        """Those that some run is to make."""
        return [next(iter(runs.values())) for runs in self._runs_of.values()]

    def running(self, entity: Entity) -> Subset:
        """What of an entity runs are to make."""
        runs = self._runs_of.get(entity.number)
        if runs is None:
            return entity.nothing
        if entity.definition is None:
            return True
        parts = [self._left[run_id][entity.number] for run_id in runs]
        if len(parts) == 1:
            return parts[0]
        return OrdinalSet.union([each for each in parts if isinstance(each, OrdinalSet)])

    def making(self, entity: Entity, wanted: Subset) -> dict[str, Subset]:
        """By the runs that are to make some of what is wanted of an entity, which that is; of many runs only some."""
        found: dict[str, Subset] = {}
        for run_id in self._runs_of.get(entity.number, ()):
            left: Subset = self._left[run_id][entity.number]
            both = left & wanted if isinstance(left, OrdinalSet) and isinstance(wanted, OrdinalSet) else left
            if both:
                found[run_id] = both
                if len(found) == NAMED_RUNS_MAX:
                    break  # nobody reads thousands, and each would be kept with the evaluation
        return found


def partitions_of(tags: Mapping[str, str], definition: PartitionsDefinition, view: PartitionsView) -> OrdinalSet | None:
    """The partitions that a run with these tags is for; None: it names none, or such as are not there."""
    key, first, last = (tags.get(name) for name in (PARTITION_TAG, RANGE_START_TAG, RANGE_END_TAG))
    return keys_between(key or first, None if key is not None else last, definition, view)


def keys_between(
    first: str | None, last: str | None, definition: PartitionsDefinition, view: PartitionsView
) -> OrdinalSet | None:
    """The partitions from one to another (None: that one alone); None: they are not there."""
    if first is None:
        return None
    if last is None or last == first:
        ordinal = definition.ordinal_of(first, view)
        return None if ordinal is None else OrdinalSet([ordinal])
    try:
        return definition.range_ordinals(PartitionKeyRange(first, last), view)
    except DagsterError:  # an end of it exists no more
        return None


def is_check(entity: Entity) -> bool:
    """Whether it is a check."""
    return isinstance(entity.key, AssetCheckKey)
