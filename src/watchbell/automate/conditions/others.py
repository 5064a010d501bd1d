"""What is known of the assets of other code locations, as plans of entities: made of snapshots, without their code."""

from __future__ import annotations

from collections.abc import Iterable

from watchbell.automate.conditions.entity_graph import EntityPlan
from watchbell.record.evaluation import OtherAssets
from watchbell.record.snapshot import AssetSnapshot


def plans_of_others(others: Iterable[OtherAssets]) -> tuple[EntityPlan, ...]:
    """The plans of all assets of other locations.

    Args:
        others: what each of them told.
    """
    return tuple(_plan(asset, each.location_name) for each in others for asset in each.assets)


def _plan(asset: AssetSnapshot, location_name: str) -> EntityPlan:
    return EntityPlan(
        asset.key,
        deps=tuple((key, None) for key in asset.deps),
        job_name=None,
        location_name=location_name,
        is_executable=asset.executable,
    )
