"""Which partitions of assets runs that have not begun are to make: a decision, on what waits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.view import PartitionsView
from watchbell.ground.errors import DagsterInvalidInvocationError
from watchbell.record.keys import AssetKey
from watchbell.record.ordinal_set import OrdinalSet
from watchbell.record.partition_state import PlannedWork

JobAssets = Callable[[str, str | None], Collection[AssetKey]]
"""The assets that a job makes, by its name and that of its code location; none if it is not known."""


def planned_of(
    definitions: Mapping[AssetKey, PartitionsDefinition],
    view: PartitionsView,
    works: Iterable[PlannedWork],
    job_assets: JobAssets | None = None,
) -> dict[AssetKey, OrdinalSet]:
    """Those partitions of each asset that waiting runs are for; assets with none left out.

    Assets that share a definition share what its keys come to.

    Args:
        definitions: how the assets are partitioned.
        view: from where one looks.
        works: what waits.
        job_assets: what runs without a selection of assets make; None: nobody knows.
    """
    found: dict[AssetKey, OrdinalSet] = {}
    for work in works:
        keys = work.asset_keys
        if keys is None:
            keys = frozenset(() if job_assets is None else job_assets(work.job_name, work.location_name))
        numbers: dict[int, OrdinalSet] = {}
        for key in keys:
            definition = definitions.get(key)
            if definition is None:
                continue
            ordinals = numbers.get(id(definition))
            if ordinals is None:
                ordinals = numbers[id(definition)] = _ordinals_of(definition, view, work)
            found[key] = found.get(key, OrdinalSet()) | ordinals
    return found


def _ordinals_of(definition: PartitionsDefinition, view: PartitionsView, work: PlannedWork) -> OrdinalSet:
    """The numbers of what a work is for; keys that do not exist (any more) have none."""
    found = OrdinalSet(each for each in definition.ordinals_of(work.keys, view) if each is not None)
    for key_range in work.ranges:
        try:
            found |= definition.range_ordinals(key_range, view)
        except DagsterInvalidInvocationError:  # an end of it exists no more: its run will fail, and say so
            continue
    return found
