"""What is said of the assets of a definition, by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from watchbell.declare.assets.asset_node import AssetNode
from watchbell.declare.assets.asset_partitions import partitions_def_of
from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.assets.freshness_kind import FreshnessKind, LegacyFreshnessKind
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.conditions.condition_arguments import policies_of
from watchbell.declare.labels import DEFAULT_GROUP_NAME
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.ground.errors import DagsterInvariantViolationError
from watchbell.ground.suggest import did_you_mean
from watchbell.record.asset_check import AssetCheckKey
from watchbell.record.keys import AssetKey


class AboutAssets:
    """The members of :class:`AssetsDefinition` that tell of its assets."""

    specs_by_key: Mapping[AssetKey, AssetSpec]
    keys_by_input_name: Mapping[str, AssetKey]
    keys_by_output_name: Mapping[str, AssetKey]
    check_specs_by_output_name: Mapping[str, AssetCheckSpec]
    _node: AssetNode | None

    def __repr__(self) -> str:
        return f"AssetsDefinition({', '.join(repr(key.to_user_string()) for key in self.keys)})"

    @property
    def _what(self) -> str:
        """The definition in words: its op or graph, or its assets."""
        if self._node is None:
            return f"the declaration of {', '.join(key.to_user_string() for key in self.keys)}"
        return f"{self._node.definition.node_type} {self._node.definition.name!r}"

    # ------------------------------------------------------------------ which assets

    @property
    def keys(self) -> AbstractSet[AssetKey]:
        """The assets it makes."""
        return self.specs_by_key.keys()

    @property
    def has_keys(self) -> bool:
        """Whether it makes assets at all."""
        return bool(self.specs_by_key)

    @property
    def key(self) -> AssetKey:
        """The asset it makes.

        Raises:
            DagsterInvariantViolationError: it makes several.
        """
        if len(self.specs_by_key) != 1:
            raise DagsterInvariantViolationError(
                f"{self._what} makes {len(self.specs_by_key)} assets, so .key is not one; use .keys"
            )
        return next(iter(self.specs_by_key))

    @property
    def specs(self) -> Sequence[AssetSpec]:
        """What is said of each asset, in the order of outputs."""
        return list(self.specs_by_key.values())

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        """How its assets are divided into partitions; None: they are not.

        Raises:
            CheckError: they are divided differently.
        """
        return partitions_def_of(self.specs_by_key.values(), self._what)

    def get_partition_mapping(self, in_asset_key: AssetKey) -> PartitionMapping | None:
        """What was said of which partitions of an asset its own are made from; None: nothing.

        Args:
            in_asset_key: an asset that they are made from.
        """
        for spec in self.specs_by_key.values():
            for dep in spec.deps:
                if dep.asset_key == in_asset_key and dep.partition_mapping is not None:
                    return dep.partition_mapping
        return None

    def get_asset_spec(self, key: AssetKey | None = None) -> AssetSpec:
        """What is said of one of its assets.

        Args:
            key: which one; may be left out if it makes only one.

        Raises:
            DagsterInvariantViolationError: it does not make that asset.
        """
        return self.specs_by_key[self._own(self.key if key is None else key)]

    def _own(self, key: AssetKey) -> AssetKey:
        if key not in self.specs_by_key:
            name = key.to_user_string()
            near = did_you_mean(name, (each.to_user_string() for each in self.specs_by_key))
            raise DagsterInvariantViolationError(f"{self._what} does not make the asset {name!r}{near}")
        return key

    # -------------------------------------------------------------- what is said of them

    @property
    def group_names_by_key(self) -> Mapping[AssetKey, str]:
        """The group of each asset."""
        return {key: spec.group_name or DEFAULT_GROUP_NAME for key, spec in self.specs_by_key.items()}

    @property
    def descriptions_by_key(self) -> Mapping[AssetKey, str]:
        """The description of each asset that has one."""
        return {key: spec.description for key, spec in self.specs_by_key.items() if spec.description is not None}

    @property
    def metadata_by_key(self) -> Mapping[AssetKey, Mapping[str, Any]]:
        """The metadata of each asset."""
        return {key: spec.metadata for key, spec in self.specs_by_key.items()}

    @property
    def tags_by_key(self) -> Mapping[AssetKey, Mapping[str, str]]:
        """The tags of each asset."""
        return {key: spec.tags for key, spec in self.specs_by_key.items()}

    @property
    def owners_by_key(self) -> Mapping[AssetKey, Sequence[str]]:
        """The owners of each asset."""
        return {key: spec.owners for key, spec in self.specs_by_key.items()}

    @property
    def freshness_policies_by_key(self) -> Mapping[AssetKey, FreshnessKind]:
        """The freshness policy of each asset that has one."""
        policies = {key: spec.freshness_policy for key, spec in self.specs_by_key.items()}
        return {key: policy for key, policy in policies.items() if policy is not None}

    @property
    def legacy_freshness_policies_by_key(self) -> Mapping[AssetKey, LegacyFreshnessKind]:
        """The freshness policy of the older kind of each asset that has one."""
        policies = {key: spec.legacy_freshness_policy for key, spec in self.specs_by_key.items()}
        return {key: policy for key, policy in policies.items() if policy is not None}

    @property
    def automation_conditions_by_key(self) -> Mapping[AssetKey, Any]:
        """When each asset is to be made, of those of which something was said."""
        conditions = {key: spec.automation_condition for key, spec in self.specs_by_key.items()}
        return {key: condition for key, condition in conditions.items() if condition is not None}

    @property
    def auto_materialize_policies_by_key(self) -> Mapping[AssetKey, Any]:
        """The same as policies."""
        return policies_of(self.automation_conditions_by_key)

    @property
    def code_versions_by_key(self) -> Mapping[AssetKey, str | None]:
        """The code version of each asset."""
        return {key: spec.code_version for key, spec in self.specs_by_key.items()}

    # --------------------------------------------------------------------- dependencies

    @property
    def asset_deps(self) -> Mapping[AssetKey, AbstractSet[AssetKey]]:
        """What each asset is made from."""
        return {key: {dep.asset_key for dep in spec.deps} for key, spec in self.specs_by_key.items()}

    @property
    def dependency_keys(self) -> AbstractSet[AssetKey]:
        """What its assets are made from."""
        return set().union(*self.asset_deps.values())

    @property
    def input_names(self) -> Iterable[str]:
        """Names of its inputs, those that carry no value included."""
        return self.keys_by_input_name.keys()

    # --------------------------------------------------------------------------- checks

    @property
    def check_specs(self) -> Iterable[AssetCheckSpec]:
        """The checks that its function makes along with the assets."""
        return list(self.check_specs_by_output_name.values())

    @property
    def check_keys(self) -> AbstractSet[AssetCheckKey]:
        """Keys of these checks."""
        return {spec.key for spec in self.check_specs_by_output_name.values()}

    @property
    def has_check_keys(self) -> bool:
        """Whether there are such checks."""
        return bool(self.check_specs_by_output_name)

    @property
    def check_key(self) -> AssetCheckKey:
        """The only check.

        Raises:
            DagsterInvariantViolationError: there is not exactly one.
        """
        keys = list(self.check_keys)
        if len(keys) != 1:
            raise DagsterInvariantViolationError(
                f"{self._what} makes {len(keys)} checks, so .check_key is not one; use .check_keys"
            )
        return keys[0]

    @property
    def asset_and_check_keys(self) -> AbstractSet[AssetKey | AssetCheckKey]:
        """The assets and checks it makes."""
        return {*self.specs_by_key, *self.check_keys}

    def get_spec_for_check_key(self, check_key: AssetCheckKey) -> AssetCheckSpec:
        """What is said of one of its checks.

        Raises:
            DagsterInvariantViolationError: it does not make that check.
        """
        return self.check_specs_by_output_name[self.get_output_name_for_asset_check_key(check_key)]

    def get_output_name_for_asset_check_key(self, check_key: AssetCheckKey) -> str:
        """Name under which a check is kept; raises as :meth:`get_spec_for_check_key`."""
        for name, spec in self.check_specs_by_output_name.items():
            if spec.key == check_key:
                return name
        near = did_you_mean(check_key.name, (spec.name for spec in self.check_specs))
        raise DagsterInvariantViolationError(f"{self._what} does not make the check {check_key.name!r}{near}")
