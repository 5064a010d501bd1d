"""What is known of the assets of other code locations, as plans of entities: made of snapshots, without their code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from watchbell.automate.conditions.entity_graph import ASSET_JOB, EntityPlan
from watchbell.declare.conditions.condition_wire import needs_own_code
from watchbell.declare.snapshot_reading import SaidOfAsset, said_of_assets
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.evaluation import OtherAssets
from watchbell.record.snapshot import AssetSnapshot


def plans_of_others(others: Iterable[OtherAssets]) -> tuple[EntityPlan, ...]:
    """The plans of all assets of other locations, and of their checks.

    Args:
        others: what each of them told.
    """
    found: list[EntityPlan] = []
    for each in others:
        said = said_of_assets(each.assets)
        for asset in each.assets:
            found.append(_plan(asset, said[asset.key], each.location_name))
            found.extend(_plans_of_checks(asset, said[asset.key], each.location_name))
    found.sort(key=lambda plan: plan.is_executable)  # of one that several speak of, who makes it has the last word
    return tuple(found)


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


def _plans_of_checks(asset: AssetSnapshot, said: SaidOfAsset, location_name: str) -> Iterator[EntityPlan]:
    """The plans of the checks of an asset."""
    for check in asset.checks:
        key = AssetCheckKey(asset.key, check.name)
        condition = said.check_conditions.get(key)
        yield EntityPlan(
            key,
            deps=((asset.key, None),),
            condition=None if condition is None or needs_own_code(condition) else condition,
            location_name=location_name,
            is_blocking=check.blocking,
        )
