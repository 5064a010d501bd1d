"""What ``@multi_asset`` and ``@graph_multi_asset`` are told of one of their assets: ``AssetOut``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from watchbell.declare.assets.asset_spec import AssetDep, AssetSpec
from watchbell.declare.assets.freshness_kind import FreshnessKind, LegacyFreshnessKind, freshness_policies
from watchbell.declare.conditions.condition_arguments import ConditionKind, PolicyKind, condition_of
from watchbell.declare.graphs.output import NO_VALUE, Out
from watchbell.declare.labels import check_group_name, check_metadata, check_owners, kind_tags, kinds_in, strict_tags
from watchbell.declare.names import check_instance
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.partition_arguments import checked_backfill_policy
from watchbell.ground.errors import DagsterInvalidDefinitionError
from watchbell.ground.suggest import did_you_mean
from watchbell.ground.value import dataclass
from watchbell.record.keys import AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix

# Arguments of the specification that belong to what is not built yet.
NOT_YET = frozenset({"is_virtual"})


@dataclass(frozen=True, init=False)
class AssetOut:
    """One of the assets of :func:`multi_asset` or :func:`graph_multi_asset`.

    Args:
        key_prefix: parts in front of the output's name.
        key: the whole key; left out: the output's name.
        dagster_type: what the value may be; left out: the function's annotation, or anything.
        description: free text; left out: that of the whole.
        is_required: False: the function may leave it out, and what depends on it is skipped.
        io_manager_key: the resource that stores it; left out: ``"io_manager"``.
        metadata: labelled facts; the IO manager reads them as ``definition_metadata``.
        group_name: its group.
        code_version: text that changes when its code does.
        owners: e-mail addresses and teams (``"team:data"``).
        tags: labels; short keys and values.
        kinds: what it is made with or stored in.
        freshness_policy: how old it may grow.
        legacy_freshness_policy: the same in the older form.
        backfill_policy: how many partitions a backfill gives to one run; that of the whole function counts.
        automation_condition: when it is to be made.
        auto_materialize_policy: the same as a policy.
        not_yet: ``is_virtual``, which is not supported yet.

    Raises:
        DagsterInvalidDefinitionError: both ``key`` and ``key_prefix``, a label that is not valid, or an argument that
            is not supported yet.
        DagsterInvariantViolationError: both a condition and a policy.
        TypeError: there is no such argument.

    Example:
        >>> @multi_asset(outs={"orders": AssetOut(key_prefix="raw"), "stock": AssetOut(is_required=False)})
        ... def shop():
        ...     yield Output(12, "orders")
    """

    key: AssetKey | None
    key_prefix: tuple[str, ...]
    dagster_type: Any
    description: str | None
    is_required: bool
    io_manager_key: str | None
    metadata: Mapping[str, Any]
    group_name: str | None
    code_version: str | None
    owners: tuple[str, ...]
    tags: Mapping[str, str]
    freshness_policy: FreshnessKind | None
    legacy_freshness_policy: LegacyFreshnessKind | None
    backfill_policy: BackfillPolicy | None
    automation_condition: Any

    def __init__(
        self,
        key_prefix: CoercibleToAssetKeyPrefix | None = None,
        key: CoercibleToAssetKey | None = None,
        dagster_type: Any = NO_VALUE,
        description: str | None = None,
        is_required: bool = True,
        io_manager_key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        group_name: str | None = None,
        code_version: str | None = None,
        owners: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
        kinds: AbstractSet[str] | None = None,
        freshness_policy: FreshnessKind | LegacyFreshnessKind | None = None,
        legacy_freshness_policy: LegacyFreshnessKind | None = None,
        backfill_policy: BackfillPolicy | None = None,
        automation_condition: ConditionKind | None = None,
        auto_materialize_policy: PolicyKind | None = None,
        **not_yet: object,
    ) -> None:
        for name, value in not_yet.items():
            if name not in NOT_YET:
                raise TypeError(f"AssetOut has no argument {name!r}{did_you_mean(name, self.__dataclass_fields__)}")
            if value not in (None, False):
                raise DagsterInvalidDefinitionError(f"{name}= of AssetOut is not supported yet; leave it out")
        if key is not None and key_prefix is not None:
            raise DagsterInvalidDefinitionError(
                f"an AssetOut has both key={key!r} and key_prefix={key_prefix!r}; give one of them"
            )
        what = "an AssetOut"
        for name, text in (
            ("description", description),
            ("io_manager_key", io_manager_key),
            ("code_version", code_version),
        ):
            if text is not None:
                check_instance(text, str, f"{name} of {what}")
        fresh, legacy = freshness_policies(freshness_policy, legacy_freshness_policy, what)
        facts = {
            "freshness_policy": fresh,
            "legacy_freshness_policy": legacy,
            "key": None if key is None else AssetKey.from_coercible(key),
            "key_prefix": (key_prefix,) if isinstance(key_prefix, str) else tuple(key_prefix or ()),
            "dagster_type": dagster_type,
            "description": description,
            "is_required": check_instance(is_required, bool, f"is_required of {what}"),
            "io_manager_key": io_manager_key,
            "metadata": check_metadata(metadata, what),
            "group_name": check_group_name(group_name, what),
            "code_version": code_version,
            "owners": check_owners(owners, what),
            "tags": {**strict_tags(tags, what), **kind_tags(kinds, what)},
            "backfill_policy": checked_backfill_policy(backfill_policy, what),
            "automation_condition": condition_of(what, automation_condition, auto_materialize_policy),
        }
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    @property
    def kinds(self) -> frozenset[str]:
        """What it is made with or stored in."""
        return kinds_in(self.tags)

    @property
    def auto_materialize_policy(self) -> Any:
        """When it is to be made, as an :class:`AutoMaterializePolicy`; None: nothing was said."""
        condition = self.automation_condition
        return None if condition is None else condition.as_auto_materialize_policy()

    @staticmethod
    def from_spec(
        spec: AssetSpec, dagster_type: Any = NO_VALUE, is_required: bool = True, io_manager_key: str | None = None
    ) -> AssetOut:
        """An AssetOut that says what a spec says.

        Args:
            spec: the spec; without deps.
            dagster_type: what the value may be.
            is_required: whether the function has to give it; a spec that is ``skippable`` is not.
            io_manager_key: the resource that stores it.

        Raises:
            DagsterInvalidDefinitionError: the spec has deps, which belong to the whole function.
        """
        if spec.deps:
            raise DagsterInvalidDefinitionError(
                f"the spec of {spec.key.to_user_string()!r} has deps, which an AssetOut cannot; use "
                "@multi_asset(specs=[...]), or internal_asset_deps="
            )
        return AssetOut(
            key=spec.key,
            dagster_type=dagster_type,
            description=spec.description,
            is_required=is_required and not spec.skippable,
            io_manager_key=io_manager_key,
            metadata=spec.metadata,
            group_name=spec.group_name,
            code_version=spec.code_version,
            owners=spec.owners,
            tags=spec.tags,
            freshness_policy=spec.freshness_policy,
            legacy_freshness_policy=spec.legacy_freshness_policy,
            automation_condition=spec.automation_condition,
        )

    def key_for(self, output_name: str) -> AssetKey:
        """The asset that an output of this name is."""
        return self.key if self.key is not None else AssetKey([*self.key_prefix, output_name])

    def to_spec(
        self,
        key: AssetKey,
        deps: Iterable[AssetDep] = (),
        additional_tags: Mapping[str, str] | None = None,
    ) -> AssetSpec:
        """What it says, as the spec of an asset.

        Args:
            key: the asset.
            deps: what it is made from.
            additional_tags: more tags.
        """
        return AssetSpec(
            key,
            deps=deps,
            description=self.description,
            metadata=self.metadata,
            skippable=not self.is_required,
            group_name=self.group_name,
            code_version=self.code_version,
            owners=self.owners,
            tags={**(additional_tags or {}), **self.tags},
            freshness_policy=self.freshness_policy,
            legacy_freshness_policy=self.legacy_freshness_policy,
            automation_condition=self.automation_condition,
        )

    def to_out(self) -> Out:
        """What it says, as the output of an op."""
        return Out(
            self.dagster_type, self.description, self.is_required, self.io_manager_key, self.metadata, self.code_version
        )
