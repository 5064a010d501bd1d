"""The backfills that are not over, and what each is still to make: its parts that wait, are blocked or run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field

from watchbell.automate.conditions.going_runs import keys_between
from watchbell.automate.conditions.scope import Entity
from watchbell.automate.conditions.subset import Subset, either
from watchbell.automate.conditions.world import EntityKey
from watchbell.declare.partitions.planned import JobAssets
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.value import dataclass
from watchbell.record.condition_store import ConditionStore, OpenBackfill, OpenPart
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet


@dataclass(eq=False)
class _Kept:
    """A backfill as it was read.

    Args:
        version: of the backfill then.
        parts: by number those that were open when it was read whole.
        open: those of them that are open now.
        subsets: by entity, what these make.
    """

    version: int
    parts: Mapping[int, OpenPart]
    open: frozenset[int]
    subsets: dict[int, tuple[Entity, Subset]] = field(default_factory=dict)


class GoingBackfills:
    """What backfills that are not over are still to make.

    Args:
        by_key: the entities.
        job_assets: what parts without a selection of assets make; None: nobody knows.
    """

    def __init__(self, by_key: Mapping[EntityKey, Entity], job_assets: JobAssets | None = None) -> None:
        self._by_key = by_key
        self._job_assets = job_assets
        self._kept: dict[int, _Kept] = {}

    def clear(self) -> None:
        """Forgets all of them."""
        self._kept.clear()

    def read(self, store: ConditionStore, view: PartitionsView) -> dict[int, Entity]:
        """Brings them up to date.

        A backfill that changed is asked which of its parts are open, by their numbers alone; what the parts are is read
        once, and again only when parts are open that were not.

        Returns:
            The entities for which something may have changed, by number.
        """
        touched: dict[int, Entity] = {}
        there = {each.storage_id: each for each in store.open_backfills() if not each.is_of_schedule}
        for number in [number for number in self._kept if number not in there]:
            _touch(touched, self._kept.pop(number))
        for number, backfill in there.items():
            kept = self._kept.get(number)
            if kept is not None and kept.version == backfill.version:
                continue
            if kept is not None:
                _touch(touched, kept)
            now = self._read_one(store, backfill, kept, view)
            self._kept[number] = now
            _touch(touched, now)
        return touched

    def _read_one(
        self, store: ConditionStore, backfill: OpenBackfill, kept: _Kept | None, view: PartitionsView
    ) -> _Kept:
        if kept is None:
            parts = {part.number: part for part in store.open_parts(backfill.storage_id)}
            still = frozenset(parts)
        else:
            parts, still = dict(kept.parts), frozenset(store.open_part_numbers(backfill.storage_id))
            if not still <= parts.keys():  # some were taken up again
                parts = {part.number: part for part in store.open_parts(backfill.storage_id)}
                still = frozenset(parts)
        found = _Kept(backfill.version, parts, still)
        by_target: dict[int, list[OpenPart]] = {}
        for part_number in still:
            part = parts[part_number]
            by_target.setdefault(part.target, []).append(part)
        for place, open_parts in by_target.items():
            self._add(found, backfill, place, open_parts, view)
        return found

    def _add(
        self, found: _Kept, backfill: OpenBackfill, place: int, parts: Collection[OpenPart], view: PartitionsView
    ) -> None:
        target = backfill.targets[place]
        keys: Iterable[AssetKey] | None = target.asset_keys
        if keys is None and self._job_assets is not None:
            keys = self._job_assets(target.job_name, target.location_name)
        subsets: dict[int, OrdinalSet] = {}
        wanted: list[EntityKey] = [*(keys or ()), *(target.check_keys or ())]
        for key in wanted:
            entity = self._by_key.get(key)
            if entity is None:
                continue
            subset: Subset = True
            definition = entity.definition
            if definition is not None:
                if id(definition) not in subsets:
                    subsets[id(definition)] = _ordinals(entity, parts, view)
                subset = subsets[id(definition)]
            _, held = found.subsets.get(entity.number, (entity, entity.nothing))
            found.subsets[entity.number] = (entity, either(held, subset))

    def backfilling(self, entity: Entity) -> Subset:
        """What of an entity backfills are still to make."""
        found = [kept.subsets[entity.number][1] for kept in self._kept.values() if entity.number in kept.subsets]
        if not found or entity.definition is None:
            return any(found) if entity.definition is None else entity.nothing
        return OrdinalSet.union([each for each in found if isinstance(each, OrdinalSet)])


def _touch(touched: dict[int, Entity], kept: _Kept) -> None:
    touched.update((number, entity) for number, (entity, _) in kept.subsets.items())


def _ordinals(entity: Entity, parts: Collection[OpenPart], view: PartitionsView) -> OrdinalSet:
    definition = entity.definition
    assert definition is not None
    single = [part.partition for part in parts if part.partition is not None and part.last_partition is None]
    found = OrdinalSet(each for each in definition.ordinals_of(single, view) if each is not None)
    ranges = [
        keys_between(part.partition, part.last_partition, definition, view)
        for part in parts
        if part.last_partition is not None
    ]
    return OrdinalSet.union([found, *(each for each in ranges if each is not None)])
