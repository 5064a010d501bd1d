"""Assets changed after they were defined: other keys, groups, tags, metadata, or whole specs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from watchbell.declare.assets.asset_node import InputPlace
from watchbell.declare.assets.asset_spec import AssetDep, AssetSpec, replace_fields
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.conditions.condition_arguments import checked_condition
from watchbell.declare.labels import DEFAULT_GROUP_NAME, check_group_name, check_metadata, strict_tags
from watchbell.declare.names import check_instance
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey


class ChangeableAssets(Protocol):
    """What is read of the assets that are to be changed."""

    specs_by_key: Mapping[AssetKey, AssetSpec]
    keys_by_input_name: Mapping[str, AssetKey]
    keys_by_output_name: Mapping[str, AssetKey]
    node_keys_by_input_name: Mapping[str, AssetKey]
    node_keys_by_output_name: Mapping[str, AssetKey]
    check_specs_by_output_name: Mapping[str, AssetCheckSpec]
    node_check_specs_by_output_name: Mapping[str, AssetCheckSpec]
    inner_loads: Mapping[InputPlace, AssetKey]

    @property
    def has_node(self) -> bool:
        """Whether an op or graph makes them."""

    def loading_input_of(self, key: AssetKey) -> str | None:
        """The input that takes an asset's value."""


def changed_specs(assets: ChangeableAssets, fn: Callable[[AssetSpec], AssetSpec]) -> dict[str, Any]:
    """The facts of a definition of which each spec was changed by a function.

    Raises:
        DagsterInvalidDefinitionError: it changes a key, or takes away the asset that a parameter of the function loads.
    """
    changed: dict[AssetKey, AssetSpec] = {}
    for key, spec in assets.specs_by_key.items():
        new = check_instance(fn(spec), AssetSpec, "what map_asset_specs' function returns")
        name = key.to_user_string()
        if new.key != key:
            raise DagsterInvalidDefinitionError(
                f"map_asset_specs cannot change the key {name!r} to {new.key.to_user_string()!r}; use "
                "with_attributes(asset_key_replacements={...})"
            )
        for gone in {dep.asset_key for dep in spec.deps} - {dep.asset_key for dep in new.deps}:
            parameter = assets.loading_input_of(gone) if assets.has_node else None
            if parameter is not None:
                raise DagsterInvalidDefinitionError(
                    f"map_asset_specs takes the dependency on {gone.to_user_string()!r} away from {name!r}, but the "
                    f"parameter {parameter!r} of its function loads that asset; only dependencies without a "
                    "parameter can go"
                )
        changed[key] = new
    return {"specs_by_key": changed}


def replaced_facts(
    assets: ChangeableAssets,
    keys: Mapping[AssetKey, AssetKey],
    groups: Mapping[AssetKey, str],
    tags: Mapping[AssetKey, Mapping[str, str]],
    metadata: Mapping[Any, Mapping[str, Any]],
) -> dict[str, Any]:
    """The facts of a definition under other keys, in groups, with other tags or metadata; all by the old keys.

    Raises:
        DagsterInvalidDefinitionError: an asset has another group already, or a tag or group is not valid.
    """
    for key, group in groups.items():
        spec = assets.specs_by_key.get(key)
        if spec is not None and spec.group_name not in (None, DEFAULT_GROUP_NAME, group):
            raise DagsterInvalidDefinitionError(
                f"asset {key.to_user_string()!r} is in the group {spec.group_name!r} already, so it cannot be put into "
                f"{group!r}; remove one of the two",
                asset_key=key,
            )
    specs = {}
    for key, spec in assets.specs_by_key.items():
        what = f"asset {key.to_user_string()!r}"
        new = replace_fields(
            spec,
            key=keys.get(key, key),
            deps=tuple(moved_dep(dep, keys) for dep in spec.deps) if keys else spec.deps,
            group_name=check_group_name(groups[key], what) if key in groups else spec.group_name,
            tags=strict_tags(tags[key], what) if key in tags else spec.tags,
            metadata=check_metadata(metadata[key], what) if key in metadata else spec.metadata,
        )
        specs[new.key] = new
    facts: dict[str, Any] = {"specs_by_key": specs}
    if keys:
        facts |= _moved_names(assets, keys)
    check_metadata_by_key = {key: each for key, each in metadata.items() if isinstance(key, AssetCheckKey)}
    if keys or check_metadata_by_key:
        for name in ("check_specs_by_output_name", "node_check_specs_by_output_name"):
            facts[name] = {
                output: _moved_check(spec, keys, check_metadata_by_key)
                for output, spec in getattr(assets, name).items()
            }
    return facts


def with_condition(assets: ChangeableAssets, condition: object) -> dict[str, Any]:
    """The facts of a definition whose assets are all to be made by a condition.

    Raises:
        DagsterInvalidDefinitionError: one of them has a condition already.
        ParameterCheckError: not a condition.
    """
    what = "with_attributes of " + ", ".join(key.to_user_string() for key in assets.specs_by_key)
    given = checked_condition(what, condition)
    having = [key.to_user_string() for key, spec in assets.specs_by_key.items() if spec.automation_condition]
    if having:
        raise DagsterInvalidDefinitionError(
            f"{what}: {', '.join(having)} {'has' if len(having) == 1 else 'have'} an automation_condition already; "
            "map_asset_specs(lambda spec: spec.replace_attributes(automation_condition=…)) puts another in its place"
        )
    return {
        "specs_by_key": {
            key: replace_fields(spec, automation_condition=given) for key, spec in assets.specs_by_key.items()
        }
    }


def _moved_names(assets: ChangeableAssets, keys: Mapping[AssetKey, AssetKey]) -> dict[str, Any]:
    names = ("keys_by_input_name", "keys_by_output_name", "node_keys_by_input_name", "node_keys_by_output_name")
    facts: dict[str, Any] = {
        name: {each: keys.get(key, key) for each, key in getattr(assets, name).items()} for name in names
    }
    facts["inner_loads"] = {place: keys.get(key, key) for place, key in assets.inner_loads.items()}
    return facts


def moved_dep(dep: AssetDep, keys: Mapping[AssetKey, AssetKey]) -> AssetDep:
    """The dependency on the asset under its new key; itself if that did not change."""
    new = keys.get(dep.asset_key)
    return dep if new is None else AssetDep(new, partition_mapping=dep.partition_mapping, metadata=dep.metadata)


def _moved_check(
    spec: AssetCheckSpec, keys: Mapping[AssetKey, AssetKey], metadata: Mapping[AssetCheckKey, Mapping[str, Any]]
) -> AssetCheckSpec:
    told = spec.with_metadata(metadata[spec.key]) if spec.key in metadata else spec
    moved = keys.get(spec.asset_key)
    return told if moved is None else told.replace_key(AssetCheckKey(moved, spec.name))
