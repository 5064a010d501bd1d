"""What is known of the assets of other code locations, as plans of entities: made of snapshots, without their code."""

from __future__ import annotations

from collections.abc import Iterable

from watchbell.automate.conditions.entity_graph import ASSET_JOB, EntityPlan
from watchbell.declare.conditions.condition_wire import needs_own_code
from watchbell.declare.snapshot_reading import SaidOfAsset, said_of_assets
from watchbell.record.evaluation import OtherAssets
from watchbell.record.snapshot import AssetSnapshot


def plans_of_others(others: Iterable[OtherAssets]) -> tuple[EntityPlan, ...]:
    """The plans of all assets of other locations.

    Args:
        others: what each of them told.
    """
    return tuple(
        _plan(asset, said[asset.key], each.location_name)
        for each, said in ((each, said_of_assets(each.assets)) for each in others)
        for asset in each.assets
    )


def _plan(asset: AssetSnapshot, said: SaidOfAsset, location_name: str) -> EntityPlan:
    """The plan of an asset; a condition that only its own code can evaluate is none here."""
    condition = said.condition
    return EntityPlan(
        asset.key,
        definition=said.partitions_def,
        deps=tuple((key, said.mappings.get(key)) for key in asset.deps),
        condition=None if condition is None or needs_own_code(condition) else condition,
        job_name=ASSET_JOB if asset.executable and not asset.observable else None,
        location_name=location_name,
        is_executable=asset.executable,
    )
