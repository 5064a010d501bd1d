"""The asset graph: all assets of a location by key, and which are made from which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any

from watchbell.declare.assets.asset import AssetsDefinition
from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.assets.source_asset import SourceAsset
from watchbell.declare.assets.source_definition import definition_of_source
from watchbell.declare.checks.asset_check_graph import check_partitions_of_checks, checks_of
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.labels import DEFAULT_GROUP_NAME
from watchbell.declare.names import check_instance
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.ground.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.upward import call_upward
from watchbell.ground.value import dataclass
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey, CoercibleToAssetKey

NO_KEYS: tuple[AssetKey, ...] = ()


@dataclass(frozen=True)
class AssetGraph:
    """All assets of a location.

    Args:
        definitions: those that are made here.
        specs: what is said of each asset by key, upstream first; also of assets only declared or depended on.
        upstream: keys each asset is made from.
        downstream: keys that are made from each asset.
        definition_by_key: which definition makes an asset, or looks at it.
        declared: which definition declares an asset that is only declared.
    """

    definitions: tuple[AssetsDefinition, ...]
    specs: Mapping[AssetKey, AssetSpec]
    upstream: Mapping[AssetKey, tuple[AssetKey, ...]]
    downstream: Mapping[AssetKey, tuple[AssetKey, ...]]
    definition_by_key: Mapping[AssetKey, AssetsDefinition] = field(repr=False)
    declared: Mapping[AssetKey, AssetsDefinition] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(assets: Iterable[AssetsDefinition | AssetSpec | SourceAsset]) -> AssetGraph:
        """The graph of these assets.

        Raises:
            ParameterCheckError: a member is neither a definition nor a spec.
            DagsterInvalidDefinitionError: two make the same asset, an input's asset is not there, a check has other
                partitions than its asset, or assets are made from each other in a circle.
        """
        return _build(list(assets))

    @cached_property
    def materializable_keys(self) -> frozenset[AssetKey]:
        """Assets that something here makes."""
        return frozenset(key for key, each in self.definition_by_key.items() if not each.is_observable)

    def made_together(self, key: AssetKey) -> frozenset[AssetKey]:
        """The assets that are always made together with an asset, itself included."""
        maker = self.definition_by_key.get(key)
        return frozenset({key} if maker is None or maker.can_subset else maker.keys)

    @property
    def materializable_asset_keys(self) -> frozenset[AssetKey]:
        """The same as :attr:`materializable_keys`."""
        return self.materializable_keys

    @property
    def external_asset_keys(self) -> frozenset[AssetKey]:
        """The same as :attr:`external_keys`."""
        return self.external_keys

    @cached_property
    def observable_keys(self) -> frozenset[AssetKey]:
        """Assets made elsewhere that something here looks at."""
        return self.executable_keys - self.materializable_keys

    @cached_property
    def executable_keys(self) -> frozenset[AssetKey]:
        """Assets that something here makes or looks at."""
        return frozenset(self.definition_by_key)

    @cached_property
    def external_keys(self) -> frozenset[AssetKey]:
        """Assets that are only declared or depended on."""
        return self.all_keys - self.materializable_keys

    @cached_property
    def checks(self) -> Mapping[AssetCheckKey, AssetsDefinition]:
        """What makes each check."""
        return checks_of(each for each in self.definitions if each.check_specs)

    @cached_property
    def check_keys(self) -> frozenset[AssetCheckKey]:
        """All checks."""
        return frozenset(self.checks)

    @cached_property
    def check_keys_by_asset(self) -> Mapping[AssetKey, Sequence[AssetCheckKey]]:
        """The checks of each asset that has some, by name."""
        found: dict[AssetKey, list[AssetCheckKey]] = {}
        for key in sorted(self.check_keys):
            found.setdefault(key.asset_key, []).append(key)
        return found

    @property
    def asset_check_keys(self) -> frozenset[AssetCheckKey]:
        """All checks; the same as :attr:`check_keys`."""
        return self.check_keys

    @cached_property
    def check_specs(self) -> Mapping[AssetCheckKey, AssetCheckSpec]:
        """What is said of each check."""
        return {spec.key: spec for each in self.definitions for spec in each.check_specs}

    @cached_property
    def all_keys(self) -> frozenset[AssetKey]:
        """All assets, made here or not."""
        return frozenset(self.specs)

    @cached_property
    def keys_by_group(self) -> Mapping[str, Sequence[AssetKey]]:
        """All assets of each group, upstream first."""
        groups: dict[str, list[AssetKey]] = {}
        for key, spec in self.specs.items():
            groups.setdefault(spec.group_name or DEFAULT_GROUP_NAME, []).append(key)
        return groups

    @cached_property
    def _positions(self) -> Mapping[AssetKey, int]:
        return {key: position for position, key in enumerate(self.specs)}

    def upstream_first(self, keys: Iterable[AssetKey]) -> list[AssetKey]:
        """These keys, each after those it is made from."""
        return sorted(keys, key=self._positions.__getitem__)

    def get_all_asset_keys(self) -> set[AssetKey]:
        """All keys, also of assets that are not made here."""
        return set(self.specs)

    def has(self, key: AssetKey) -> bool:
        """Whether there is such an asset."""
        return key in self.specs

    def spec(self, key: AssetKey) -> AssetSpec:
        """What is said of an asset.

        Raises:
            DagsterInvariantViolationError: there is no such asset; gives the nearest.
        """
        spec = self.specs.get(key)
        if spec is None:
            raise self._unknown(key)
        return spec

    def definition(self, key: CoercibleToAssetKey) -> AssetsDefinition:
        """What makes an asset.

        Raises:
            DagsterInvariantViolationError: nothing here does.
        """
        asset_key = AssetKey.from_coercible(key)
        definition = self.definition_by_key.get(asset_key)
        if definition is None:
            raise self._unknown(asset_key)
        return definition

    def definition_or_declaration(self, key: CoercibleToAssetKey) -> AssetsDefinition:
        """What makes an asset, or declares one that something else makes; raises as :meth:`definition`."""
        asset_key = AssetKey.from_coercible(key)
        if asset_key in self.definition_by_key or asset_key not in self.specs:
            return self.definition(asset_key)
        return self.declared.get(asset_key) or AssetsDefinition(specs=(self.specs[asset_key],))

    def condition_of(self, key: AssetKey | AssetCheckKey) -> Any:
        """When an asset is to be made or a check to be executed; None: nothing was said.

        Raises:
            DagsterInvariantViolationError: there is no such asset or check.
        """
        return self.get(key).automation_condition

    def get(self, key: AssetKey | AssetCheckKey) -> AssetSpec | AssetCheckSpec:
        """What is said of an asset or a check.

        Raises:
            DagsterInvariantViolationError: there is no such asset or check; gives the nearest.
        """
        if isinstance(key, AssetKey):
            return self.spec(key)
        spec = self.check_specs.get(key)
        if spec is None:
            near = did_you_mean(key.to_user_string(), (each.to_user_string() for each in self.check_specs))
            raise DagsterInvariantViolationError(f"there is no check {key.to_user_string()!r}{near}")
        return spec

    def group_name(self, key: AssetKey) -> str:
        """The group of an asset."""
        return self.spec(key).group_name or DEFAULT_GROUP_NAME

    def partitions_def_of(self, key: AssetKey) -> PartitionsDefinition | None:
        """How an asset is divided into partitions; None: it is not.

        Raises:
            DagsterInvariantViolationError: there is no such asset.
        """
        return self.spec(key).partitions_def

    def partition_mapping_of(self, child: AssetKey, parent: AssetKey) -> PartitionMapping:
        """Which partitions of ``parent`` those of ``child`` are made from: as was said, or as their partitions suggest.

        Raises:
            DagsterInvariantViolationError: there is no such asset.
        """
        spec = self.spec(child)
        given = next((dep.partition_mapping for dep in spec.deps if dep.asset_key == parent), None)
        parent_def = self.spec(parent).partitions_def
        found: PartitionMapping = call_upward("partition_mapping", given, spec.partitions_def, parent_def)
        return found

    def check_mappings(self) -> None:
        """Does nothing if each mapping, given or inferred, can map between the partitions of its two assets.

        Not asked of assets that something else makes.

        Raises:
            DagsterInvalidDefinitionError: one cannot; names both assets.
        """
        for key, spec in self.specs.items():
            for dep in spec.deps:
                parent = dep.asset_key
                upstream_def = self.specs[parent].partitions_def if parent in self.materializable_keys else None
                if upstream_def is None:
                    continue
                given = dep.partition_mapping
                mapping = self.partition_mapping_of(key, parent) if given is None else given
                try:
                    mapping.validate_partition_mapping(upstream_def, spec.partitions_def)
                except Exception as error:  # whatever a mapping of somebody's own raises: it is why
                    what = "partitions_def" if given is None else "partition_mapping"
                    raise DagsterInvalidDefinitionError(
                        f"the {what} of the asset {key.to_user_string()!r} does not fit the asset "
                        f"{parent.to_user_string()!r} it is made from: {error}",
                        asset_key=key,
                        dep=parent,
                    ) from error

    def backfill_policy_of(self, key: AssetKey) -> BackfillPolicy | None:
        """How many partitions of an asset a backfill gives to one run; None: nothing was said."""
        definition = self.definition_by_key.get(key)
        return None if definition is None else definition.backfill_policy

    def upstream_of(self, key: AssetKey) -> Sequence[AssetKey]:
        """Assets it is made from."""
        return self.upstream.get(key, NO_KEYS)

    def downstream_of(self, key: AssetKey) -> Sequence[AssetKey]:
        """Assets that are made from it."""
        return self.downstream.get(key, NO_KEYS)

    @property
    def toposorted_asset_keys(self) -> Sequence[AssetKey]:
        """All keys, upstream first; among equals as they were defined."""
        return list(self.specs)

    def _unknown(self, key: AssetKey) -> DagsterInvariantViolationError:
        name = key.to_user_string()
        near = did_you_mean(name, (each.to_user_string() for each in self.specs))
        return DagsterInvariantViolationError(f"no asset {name!r} is made here{near}", asset_key=key)


def _build(assets: Sequence[object]) -> AssetGraph:
    definitions, specs, makers, declared = _collected(assets)
    check_partitions_of_checks(definitions, specs)
    upstream: dict[AssetKey, tuple[AssetKey, ...]] = {}
    for key in list(specs):
        upstream[key] = tuple(dep.asset_key for dep in specs[key].deps)
        for dep_key in upstream[key]:
            if dep_key not in specs:
                _check_undefined(makers.get(key), key, dep_key, specs)
                specs[dep_key] = AssetSpec(dep_key)
                upstream[dep_key] = NO_KEYS
    for definition in definitions:
        if definition.check_specs:
            for key in definition.keys_by_input_name.values():  # what a check looks at may be made elsewhere
                if key not in specs:
                    specs[key], upstream[key] = AssetSpec(key), NO_KEYS
    order = _upstream_first(upstream)
    downstream: dict[AssetKey, list[AssetKey]] = {}
    for key in order:
        for dep_key in upstream[key]:
            downstream.setdefault(dep_key, []).append(key)
    graph = AssetGraph(
        definitions=tuple(definitions),
        specs={key: specs[key] for key in order},
        upstream=upstream,
        downstream={key: tuple(keys) for key, keys in downstream.items()},
        definition_by_key=makers,
        declared=declared,
    )
    _ = graph.checks  # refuses two of one key
    return graph


def _collected(
    assets: Sequence[object],
) -> tuple[
    list[AssetsDefinition],
    dict[AssetKey, AssetSpec],
    dict[AssetKey, AssetsDefinition],
    dict[AssetKey, AssetsDefinition],
]:
    definitions: list[AssetsDefinition] = []
    specs: dict[AssetKey, AssetSpec] = {}
    makers: dict[AssetKey, AssetsDefinition] = {}
    declared: dict[AssetKey, AssetsDefinition] = {}
    sources: dict[AssetKey, SourceAsset] = {}
    seen: set[int] = set()
    made: set[AssetKey] | None = None
    for given in assets:
        asset = given
        if id(asset) in seen:  # the same object listed twice is one asset
            continue
        seen.add(id(asset))
        if isinstance(asset, AssetSpec):
            _add_spec(specs, asset)
            continue
        if isinstance(asset, SourceAsset):
            made = _made_here(assets) if made is None else made
            if asset.key in made:
                continue  # an asset beside its own `to_source_asset()`
            if sources.setdefault(asset.key, asset) is not asset and sources[asset.key] == asset:
                continue  # written twice, as modules that load the same asset do
            asset = definition_of_source(asset)
        definition = check_instance(
            asset, AssetsDefinition, "a member of assets", "decorate the function with @asset, or pass an AssetSpec"
        )
        if definition.has_node:
            definitions.append(definition)
        owners = makers if definition.has_node else declared
        for spec in definition.specs:
            _add_spec(specs, spec)
            owners[spec.key] = definition
    return definitions, specs, makers, declared


def _made_here(assets: Iterable[object]) -> set[AssetKey]:
    return {key for each in assets if isinstance(each, AssetsDefinition) and each.has_node for key in each.keys}


def _add_spec(specs: dict[AssetKey, AssetSpec], spec: AssetSpec) -> None:
    if spec.key in specs:
        raise DagsterInvalidDefinitionError(
            f"the asset {spec.key.to_user_string()!r} is defined twice; give one of them another name or key_prefix",
            asset_key=spec.key,
        )
    specs[spec.key] = spec


def _check_undefined(
    maker: AssetsDefinition | None, key: AssetKey, dep_key: AssetKey, specs: Mapping[AssetKey, AssetSpec]
) -> None:
    """An asset that is only waited for may be made elsewhere; one whose value is loaded must be known."""
    input_name = maker.loading_input_of(dep_key) if maker is not None else None
    if input_name is None:
        return
    name, dep_name = key.to_user_string(), dep_key.to_user_string()
    near = did_you_mean(dep_name, (each.to_user_string() for each in specs if each != key))
    raise DagsterInvalidDefinitionError(
        f"the asset {name!r} takes {input_name!r}, the value of the asset {dep_name!r}, which is not defined here (if "
        f"it is made elsewhere, add AssetSpec({dep_name!r}) to the assets, or write deps=[{dep_name!r}] to load "
        f"nothing){near}",
        asset_key=key,
        dep=dep_key,
    )


def _upstream_first(upstream: Mapping[AssetKey, tuple[AssetKey, ...]]) -> list[AssetKey]:
    """Kahn's order, in the order of definition among those that are free; an asset may depend on itself."""
    waits = {key: len({dep for dep in deps if dep != key}) for key, deps in upstream.items()}
    children: dict[AssetKey, list[AssetKey]] = {}
    for key, deps in upstream.items():
        for dep in dict.fromkeys(deps):
            if dep != key:
                children.setdefault(dep, []).append(key)
    order = [key for key, count in waits.items() if not count]
    for key in order:  # grows while it is read
        for child in children.get(key, ()):
            waits[child] -= 1
            if not waits[child]:
                order.append(child)
    if len(order) < len(upstream):
        raise _cycle(upstream, {key for key, count in waits.items() if count})
    return order


def _cycle(upstream: Mapping[AssetKey, tuple[AssetKey, ...]], stuck: set[AssetKey]) -> DagsterInvalidDefinitionError:
    key = min(stuck)
    path: list[AssetKey] = []
    while key not in path:
        path.append(key)
        key = next(dep for dep in upstream[key] if dep in stuck and dep != key)
    circle = [*path[path.index(key) :], key]
    shown = " ← ".join(each.to_user_string() for each in circle[:12]) + (" ← …" if len(circle) > 12 else "")
    return DagsterInvalidDefinitionError(
        f"assets are made from each other in a circle: {shown}; remove one of these dependencies", asset_keys=circle
    )
