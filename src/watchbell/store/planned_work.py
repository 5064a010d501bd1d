"""What is still to be begun for partitions: parts of backfills that wait, and runs that do."""

from __future__ import annotations

import json
from collections.abc import Collection

from watchbell.ground.wire import loads
from watchbell.record.backfill import BackfillStatus
from watchbell.record.keys import AssetKey
from watchbell.record.partition import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG, PartitionKeyRange
from watchbell.record.partition_state import PlannedWork
from watchbell.store import backfills
from watchbell.store.session import Session

_GOING = (BackfillStatus.IN_PROGRESS, BackfillStatus.PAUSED)  # of one that is being canceled nothing begins any more


def planned_work(session: Session, asset_keys: Collection[AssetKey]) -> list[PlannedWork]:
    """What is to be begun for partitions, and may make some of these assets.

    Args:
        session: the runs and the parts are read in it, one after the other.
        asset_keys: the assets.
    """
    wanted = frozenset(asset_keys)
    return [*_of_backfills(session, wanted), *_of_runs(session, wanted)]


def _of_backfills(session: Session, wanted: frozenset[AssetKey]) -> list[PlannedWork]:
    """The parts of all backfills are read with one statement."""
    works: dict[tuple[int, int], PlannedWork] = {}
    for backfill in backfills.find(session, backfills.conditions_of(_GOING), limit=None, with_counts=False):
        if backfill.schedule_name is not None:  # what a schedule will ask for nobody knows before
            continue
        for place, target in enumerate(backfill.targets):
            keys = target.asset_keys
            if keys is None or not wanted.isdisjoint(keys):
                work = PlannedWork(target.job_name, target.location_name, None if keys is None else frozenset(keys))
                works[backfill.storage_id, place] = work
    asked = list(dict.fromkeys(number for number, _ in works))
    for number, place, first, last in session.run_in("open_parts", "backfills", asked):
        if (number, place) in works:
            _add(works[number, place], first, last)
    return [work for work in works.values() if work.keys or work.ranges]


def _of_runs(session: Session, wanted: frozenset[AssetKey]) -> list[PlannedWork]:
    """Runs with the same job and selection are one work, their bodies read once."""
    works: dict[tuple[str, str | None, str], PlannedWork | None] = {}
    for job_name, location_name, tags_text, body in session.rows("runs_to_begin"):
        tags = json.loads(tags_text)
        key, first, last = (tags.get(name) for name in (PARTITION_TAG, RANGE_START_TAG, RANGE_END_TAG))
        if key is None and (first is None or last is None):
            continue
        place = (job_name, location_name, body)
        if place not in works:
            selected = None if body == "{}" else loads(body).get("asset_selection")
            keys = None if selected is None else frozenset(selected)
            is_wanted = keys is None or not wanted.isdisjoint(keys)
            works[place] = PlannedWork(job_name, location_name, keys) if is_wanted else None
        work = works[place]
        if work is not None:
            _add(work, first if key is None else key, last if key is None else None)
    return [work for work in works.values() if work is not None]


def _add(work: PlannedWork, first: str, last: str | None) -> None:
    if last is None or last == first:
        work.keys.append(first)
    else:
        work.ranges.append(PartitionKeyRange(first, last))
