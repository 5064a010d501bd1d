"""Definitions with some of their members changed; the rules behind methods of ``Definitions``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.declare.checks.asset_check import AssetChecksDefinition
from watchbell.declare.names import check_instance
from watchbell.record.keys import AssetKey
from watchbell.record.metadata import RawMetadataMapping

ChangeSpec = Callable[[AssetSpec], AssetSpec]
ChangeMetadata = Callable[[RawMetadataMapping], RawMetadataMapping]


def with_mapped_specs(assets: Iterable[Any], func: ChangeSpec, keys: frozenset[AssetKey] | None) -> list[Any]:
    """Assets with what is said of them changed by a function.

    Args:
        assets: as ``Definitions`` has them; checks and source assets stay as they are.
        func: takes what is said of an asset, gives what is to be said.
        keys: only of these; None: of all.

    Raises:
        ParameterCheckError: the function gave something else than an AssetSpec.
        DagsterInvalidDefinitionError: it changed a key.
    """

    def changed(spec: AssetSpec) -> AssetSpec:
        if keys is not None and spec.key not in keys:
            return spec
        return check_instance(func(spec), AssetSpec, "what the function of map_asset_specs returns")

    made: list[Any] = []
    for each in assets:
        if isinstance(each, AssetSpec):
            made.append(changed(each))
        elif isinstance(each, AssetsDefinition) and not isinstance(each, AssetChecksDefinition):
            wanted = keys is None or not each.keys.isdisjoint(keys)
            made.append(each.map_asset_specs(changed) if wanted else each)
        else:
            made.append(each)
    return made


def with_changed_metadata(members: Iterable[Any], update: ChangeMetadata) -> list[Any]:
    """Assets, jobs, schedules and sensors with their metadata changed by a function.

    Args:
        members: the definitions; those of kinds without metadata stay as they are.
        update: takes the metadata of one, gives what it is to be.
    """
    return [_with_metadata(each, update) for each in members]


def _with_metadata(each: Any, update: ChangeMetadata) -> Any:
    if isinstance(each, AssetSpec):
        return each.replace_attributes(metadata=update(each.metadata))
    if isinstance(each, AssetChecksDefinition):
        return each
    if isinstance(each, AssetsDefinition):
        return each.map_asset_specs(lambda spec: spec.replace_attributes(metadata=update(spec.metadata)))
    for name in ("with_metadata", "with_attributes"):
        change = getattr(each, name, None)
        if change is None:
            continue
        held: Mapping[str, Any] = getattr(each, "metadata", {})
        return change(update(held)) if name == "with_metadata" else change(metadata=update(held))
    return each
