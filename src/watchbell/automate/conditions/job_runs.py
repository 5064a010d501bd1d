"""What is known of jobs that have a condition: their runs that go on, and those that have succeeded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from watchbell.automate.conditions.going_runs import NOT_OVER, partitions_of
from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.subset import Subset
from watchbell.automate.conditions.world import Update
from watchbell.declare.partitions.view import PartitionsView
from watchbell.record.asset_job_key import AssetJobKey
from watchbell.record.condition_store import NewsEvent, RunFacts
from watchbell.record.event import DagsterEventType
from watchbell.record.ordinal_set import OrdinalSet

_SUCCESS = DagsterEventType.RUN_SUCCESS.value
_ENDS = frozenset({_SUCCESS, DagsterEventType.RUN_FAILURE.value, DagsterEventType.RUN_CANCELED.value})


class JobRuns:
    """Keeps the facts of jobs.

    Args:
        entities: all entities; the jobs among them are kept.
    """

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._jobs = {each.key.job_name: each for each in entities if isinstance(each.key, AssetJobKey)}
        self._going: dict[str, tuple[Entity, Subset]] = {}  # by run

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def begin(self, going: Iterable[RunFacts], view: PartitionsView) -> None:
        """Begins anew: nothing is known but the runs that go on."""
        self._going.clear()
        self._add(going, view)
        for entity in self._jobs.values():
            self._settle(entity)

    def forget_updates(self, keep_after: int | None) -> None:
        """Updates of the tick before are no longer new, but for those after an event."""
        for entity in self._jobs.values():
            if entity.fact.updates:
                kept = () if keep_after is None else entity.fact.updates
                entity.fact.updates = tuple(each for each in kept if each.event_id > (keep_after or 0))

    def take(self, events: Sequence[NewsEvent], runs: Collection[RunFacts], view: PartitionsView) -> list[Entity]:
        """Takes in events.

        Args:
            events: what is new, in order.
            runs: what is known of the runs they name.
            view: from where partitions are looked at.

        Returns:
            The jobs that something is new of.
        """
        touched = {each.number: each for each in self._add(runs, view)}
        by_id = {run.run_id: run for run in runs}
        for event in events:
            if event.kind not in _ENDS or event.run_id is None:
                continue
            ended = self._going.pop(event.run_id, None)
            if ended is not None:
                touched[ended[0].number] = ended[0]
            run = by_id.get(event.run_id)
            entity = None if run is None else self._job_of(run)
            if run is None or entity is None or event.kind != _SUCCESS:
                continue
            touched[entity.number] = entity
            made = _made(run, entity, view)
            ordinals = list(made) if isinstance(made, OrdinalSet) else [None] if made else []
            new = tuple(Update(each, event.event_id, event.at, event.run_id) for each in ordinals)
            entity.fact.updates = (*entity.fact.updates, *new)
        for entity in touched.values():
            self._settle(entity)
        return list(touched.values())

    def _add(self, runs: Iterable[RunFacts], view: PartitionsView) -> list[Entity]:
        found = []
        for run in runs:
            entity = self._job_of(run) if run.status in NOT_OVER else None
            if entity is not None and run.run_id not in self._going:
                self._going[run.run_id] = (entity, _made(run, entity, view))
                found.append(entity)
        return found

    def _job_of(self, run: RunFacts) -> Entity | None:
        entity = self._jobs.get(run.job_name)
        if entity is None or None in (run.location_name, entity.location_name):
            return entity
        return entity if run.location_name == entity.location_name else None

    def _settle(self, entity: Entity) -> None:
        subsets = [subset for job, subset in self._going.values() if job is entity and subset]
        if entity.definition is None:
            entity.fact.running = bool(subsets)
        else:
            entity.fact.running = OrdinalSet.union([each for each in subsets if isinstance(each, OrdinalSet)])


def _made(run: RunFacts, entity: Entity, view: PartitionsView) -> Subset:
    """What of a job a run is of."""
    if entity.definition is None:
        return True
    return partitions_of(run.tags, entity.definition, view) or OrdinalSet()
