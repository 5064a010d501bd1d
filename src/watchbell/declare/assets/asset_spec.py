"""Asset specs: what is said of an asset, as a plain value, whoever makes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field
from typing import Any, Protocol, runtime_checkable

from watchbell.declare.assets.freshness_kind import FreshnessKind, LegacyFreshnessKind, freshness_policies
from watchbell.declare.conditions.condition_arguments import ConditionKind, PolicyKind, condition_of
from watchbell.declare.labels import (
    check_group_name,
    check_metadata,
    check_owners,
    kind_tags,
    kinds_in,
    strict_tags,
)
from watchbell.declare.names import check_instance
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.partitions.mapping import PartitionMapping
from watchbell.declare.partitions.partition_arguments import checked_mapping, checked_partitions_def
from watchbell.ground.errors import DagsterInvariantViolationError, ParameterCheckError
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey, CoercibleToAssetKey

IO_MANAGER_KEY_METADATA = "dagster/io_manager_key"
_UNSET: Any = ...


@runtime_checkable
class HasAssetKey(Protocol):
    """Something that stands for exactly one asset: a definition or a spec."""

    @property
    def key(self) -> AssetKey:
        """The asset's key."""


@dataclass(frozen=True, init=False)
class AssetDep:
    """That an asset is made from another one.

    Args:
        asset: the other asset: a key, text, a definition or a spec.
        partition_mapping: which partitions of it each partition is made from; None: as their partitions suggest.
        metadata: labelled facts about the dependency.

    Raises:
        ParameterCheckError: ``asset`` is none of these, or ``partition_mapping`` is none.

    Example:
        >>> AssetDep("raw_orders").asset_key
        AssetKey(['raw_orders'])
    """

    asset_key: AssetKey
    partition_mapping: PartitionMapping | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __init__(
        self,
        asset: CoercibleToAssetKey | HasAssetKey,
        *,
        partition_mapping: PartitionMapping | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        key = asset_key_of(asset, "an AssetDep")
        object.__setattr__(self, "asset_key", key)
        mapping = None if partition_mapping is None else checked_mapping(partition_mapping, f"the dependency on {key}")
        object.__setattr__(self, "partition_mapping", mapping)
        object.__setattr__(self, "metadata", check_metadata(metadata, f"the dependency on {key}"))

    @staticmethod
    def from_coercible(value: CoercibleToAssetDep) -> AssetDep:
        """A dependency from one, or from whatever names an asset.

        Raises:
            ParameterCheckError: it names none.
        """
        return value if isinstance(value, AssetDep) else AssetDep(value)


CoercibleToAssetDep = CoercibleToAssetKey | HasAssetKey | AssetDep


def asset_key_of(value: object, what: str) -> AssetKey:
    """The key that a key, text, list of text, definition or spec stands for.

    Args:
        value: what was given.
        what: where, for the message.

    Raises:
        ParameterCheckError: it stands for no asset.
    """
    if isinstance(value, AssetKey):
        return value
    if isinstance(value, str | list | tuple):
        return AssetKey.from_coercible(value)
    if isinstance(value, HasAssetKey) and isinstance(value.key, AssetKey):
        return value.key
    raise ParameterCheckError(
        f"{what} names an asset by an AssetKey, text, a list of text, an asset or an AssetSpec, not by {value!r}",
        parameter="asset",
        value=value,
    )


def deps_of(deps: Iterable[CoercibleToAssetDep] | None, what: str) -> tuple[AssetDep, ...]:
    """Dependencies as values, each asset once.

    Raises:
        ParameterCheckError: ``deps`` is text, or a member names no asset.
        DagsterInvariantViolationError: two of them differ on the same asset.
    """
    if deps is None:
        return ()
    if isinstance(deps, str) or not isinstance(deps, Iterable):
        raise ParameterCheckError(f"deps of {what} is a list of assets, not {deps!r}", parameter="deps", value=deps)
    by_key: dict[AssetKey, AssetDep] = {}
    for dep in _each_dep(deps, what):
        known = by_key.setdefault(dep.asset_key, dep)
        if known is not dep and known != dep:
            raise DagsterInvariantViolationError(
                f"{what} depends on {dep.asset_key.to_user_string()!r} twice, with different metadata or partition "
                "mappings; keep one of them"
            )
    return tuple(by_key.values())


def _each_dep(deps: Iterable[object], what: str) -> Iterator[AssetDep]:
    for each in deps:
        if isinstance(each, AssetDep):
            yield each
            continue
        keys = getattr(each, "keys", None)  # of a definition of several assets; not yet imported here
        if isinstance(keys, AbstractSet):
            yield from (AssetDep(key) for key in keys)
        else:
            yield AssetDep(asset_key_of(each, f"deps of {what}"))


@dataclass(frozen=True, init=False)
class AssetSpec:
    """What is said of an asset: its key, what it is made from, and labels for people.

    Passed to ``Definitions`` on its own it declares an asset that something else makes.

    Args:
        key: the asset's key.
        deps: assets it is made from.
        description: free text.
        metadata: labelled facts.
        skippable: whether a step may end without making it.
        group_name: its group; None: ``"default"``.
        code_version: text that changes when its code does.
        owners: e-mail addresses and teams (``"team:data"``).
        tags: labels; short keys and values.
        kinds: what it is made with or stored in, e.g. ``{"python", "snowflake"}``.
        freshness_policy: how old it may grow.
        legacy_freshness_policy: the same in the older form.
        partitions_def: how it is divided into partitions.
        automation_condition: when it is to be made.
        auto_materialize_policy: the same as a policy; read as ``automation_condition`` afterwards.

    Raises:
        ParameterCheckError: an argument has the wrong type.
        DagsterInvalidDefinitionError: a group, tag, kind or owner is not valid.
        DagsterInvariantViolationError: both a condition and a policy.

    Example:
        >>> AssetSpec("orders", deps=["raw_orders"], kinds={"python"}).kinds
        frozenset({'python'})
    """

    key: AssetKey
    deps: tuple[AssetDep, ...] = ()
    description: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    group_name: str | None = None
    skippable: bool = False
    code_version: str | None = None
    owners: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    freshness_policy: FreshnessKind | None = None
    legacy_freshness_policy: LegacyFreshnessKind | None = None
    partitions_def: PartitionsDefinition | None = None
    automation_condition: Any = None

    def __init__(
        self,
        key: CoercibleToAssetKey,
        *,
        deps: Iterable[CoercibleToAssetDep] | None = None,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        skippable: bool = False,
        group_name: str | None = None,
        code_version: str | None = None,
        owners: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
        kinds: Iterable[str] | None = None,
        freshness_policy: FreshnessKind | LegacyFreshnessKind | None = None,
        legacy_freshness_policy: LegacyFreshnessKind | None = None,
        partitions_def: PartitionsDefinition | None = None,
        automation_condition: ConditionKind | None = None,
        auto_materialize_policy: PolicyKind | None = None,
    ) -> None:
        own_key = AssetKey.from_coercible(key)
        what = f"asset {own_key.to_user_string()!r}"
        for name, value in (("description", description), ("code_version", code_version)):
            if value is not None:
                check_instance(value, str, f"{name} of {what}")
        fresh, legacy = None, None
        if freshness_policy is not None or legacy_freshness_policy is not None:
            fresh, legacy = freshness_policies(freshness_policy, legacy_freshness_policy, what)
        facts = {
            "key": own_key,
            "deps": deps_of(deps, what),
            "description": description,
            "metadata": check_metadata(metadata, what),
            "group_name": check_group_name(group_name, what),
            "skippable": check_instance(skippable, bool, f"skippable of {what}"),
            "code_version": code_version,
            "owners": check_owners(owners, what),
            "tags": {**strict_tags(tags, what), **kind_tags(kinds, what)},
            "freshness_policy": fresh,
            "legacy_freshness_policy": legacy,
            "partitions_def": None if partitions_def is None else checked_partitions_def(partitions_def, what),
            "automation_condition": condition_of(what, automation_condition, auto_materialize_policy),
        }
        for name, fact in facts.items():
            object.__setattr__(self, name, fact)

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def kinds(self) -> frozenset[str]:
        """What it is made with or stored in."""
        return kinds_in(self.tags)

    @property
    def auto_materialize_policy(self) -> Any:
        """When it is to be made, as an :class:`AutoMaterializePolicy`; None: nothing was said."""
        condition = self.automation_condition
        return None if condition is None else condition.as_auto_materialize_policy()

    @property
    def partition_mappings(self) -> Mapping[AssetKey, PartitionMapping]:
        """Which partitions it is made from, of each asset of its ``deps`` that says so."""
        return {dep.asset_key: dep.partition_mapping for dep in self.deps if dep.partition_mapping is not None}

    def replace_attributes(self, **changes: Any) -> AssetSpec:
        """The same spec with some arguments changed.

        Args:
            changes: arguments of :class:`AssetSpec` by name; what is not given stays.

        Raises:
            ParameterCheckError, DagsterInvalidDefinitionError: as the constructor.
        """
        current: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        given = {name: value for name, value in changes.items() if value is not _UNSET}
        own_kinds = kind_tags(self.kinds, "")
        current["tags"] = {key: value for key, value in self.tags.items() if key not in own_kinds}
        return AssetSpec(**{**current, "kinds": self.kinds, **given})

    def merge_attributes(self, **additions: Any) -> AssetSpec:
        """The same spec with more deps, metadata, owners, tags or kinds.

        Args:
            additions: ``deps``, ``metadata``, ``owners``, ``tags``, ``kinds``; added to what there is.
        """
        merged: dict[str, Any] = {}
        for name, value in additions.items():
            held = getattr(self, name)
            if isinstance(held, Mapping):
                merged[name] = {**held, **value}
            elif name == "kinds":
                merged["kinds"] = held | set(value)
            else:
                merged[name] = [*held, *(each for each in value if each not in held)]
        return self.replace_attributes(**merged)

    def with_io_manager_key(self, io_manager_key: str) -> AssetSpec:
        """The same spec, stored and loaded by the IO manager of this key."""
        return replace_metadata(self, {IO_MANAGER_KEY_METADATA: io_manager_key})


def replace_metadata(spec: AssetSpec, added: Mapping[str, Any]) -> AssetSpec:
    """The same spec with metadata added."""
    return replace_fields(spec, metadata={**spec.metadata, **added})


def replace_fields(spec: AssetSpec, **changes: Any) -> AssetSpec:
    """The same spec with checked values put in place, unchecked and therefore quickly."""
    other = object.__new__(AssetSpec)
    for name in AssetSpec.__dataclass_fields__:
        object.__setattr__(other, name, changes.get(name, getattr(spec, name)))
    return other
