"""``@asset``: what a function makes, under a key, from other assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, overload

from watchbell.declare.assets.asset_arguments import AssetArguments, CoercibleToAssetDeps
from watchbell.declare.assets.asset_in import AssetIn
from watchbell.declare.assets.asset_spec import IO_MANAGER_KEY_METADATA, AssetSpec
from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.declare.assets.freshness_kind import FreshnessKind, LegacyFreshnessKind
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.conditions.condition_arguments import ConditionKind, PolicyKind
from watchbell.declare.partitions.backfill_policy import BackfillPolicy
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.declare.retry import RetryPolicy
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.keys import CoercibleToAssetKey, CoercibleToAssetKeyPrefix

__all__ = ["AssetIn", "AssetsDefinition", "asset"]


@overload
def asset(compute_fn: Callable[..., Any]) -> AssetsDefinition: ...


@overload
def asset(
    *,
    name: str | None = ...,
    key_prefix: CoercibleToAssetKeyPrefix | None = ...,
    ins: Mapping[str, AssetIn] | None = ...,
    deps: CoercibleToAssetDeps | None = ...,
    metadata: Mapping[str, Any] | None = ...,
    tags: Mapping[str, str] | None = ...,
    description: str | None = ...,
    config_schema: Any = ...,
    required_resource_keys: AbstractSet[str] | None = ...,
    resource_defs: Mapping[str, object] | None = ...,
    io_manager_def: object | None = ...,
    io_manager_key: str | None = ...,
    dagster_type: Any = ...,
    op_tags: Mapping[str, Any] | None = ...,
    group_name: str | None = ...,
    output_required: bool = ...,
    retry_policy: RetryPolicy | None = ...,
    code_version: str | None = ...,
    key: CoercibleToAssetKey | None = ...,
    owners: Sequence[str] | None = ...,
    kinds: AbstractSet[str] | None = ...,
    compute_kind: str | None = ...,
    check_specs: Sequence[AssetCheckSpec] | None = ...,
    freshness_policy: FreshnessKind | LegacyFreshnessKind | None = ...,
    legacy_freshness_policy: LegacyFreshnessKind | None = ...,
    partitions_def: PartitionsDefinition | None = ...,
    backfill_policy: BackfillPolicy | None = ...,
    automation_condition: ConditionKind | None = ...,
    auto_materialize_policy: PolicyKind | None = ...,
) -> Callable[[Callable[..., Any]], AssetsDefinition]: ...


def asset(compute_fn: Callable[..., Any] | None = None, **arguments: Any) -> Any:
    """Makes an asset of a function.

    The function's parameters are the assets it is made from, by name; their values are loaded and passed. Not so a
    first one called ``context``, one called ``config``, and those annotated as resources. What it returns is stored by
    the asset's IO manager; with ``-> None``, or a `MaterializeResult` without a value, it stores the asset itself.

    Args:
        compute_fn: the function, when used without parentheses.
        name: last part of the key; left out: the function's name.
        key_prefix: parts in front of the name.
        key: the whole key, instead of ``name`` and ``key_prefix``.
        ins: for parameters that are not simply called like their asset: :class:`AssetIn` by parameter name.
        deps: assets that must be made before, whose values are not loaded.
        metadata: labelled facts; the IO manager reads them as ``definition_metadata``.
        tags: labels; short keys and values.
        kinds: what it is made with or stored in, e.g. ``{"python", "duckdb"}``.
        compute_kind: one kind, in the older form.
        owners: e-mail addresses and teams (``"team:data"``).
        group_name: its group; None: ``"default"``.
        description: free text; left out: the function's docstring.
        config_schema: config it takes as ``context.op_execution_context.op_config``.
        required_resource_keys: resources it takes as ``context.resources.<key>``.
        resource_defs: resources it brings along, by key.
        io_manager_key: the resource that stores it; left out: ``"io_manager"``.
        io_manager_def: the IO manager that stores it, instead of a key.
        dagster_type: what the value may be; left out: the function's return annotation.
        op_tags: labels of the step that makes it.
        output_required: False: the function may yield nothing, and what depends on it is skipped.
        retry_policy: when a failed step is tried again.
        code_version: text that changes when the code does.
        check_specs: checks of the asset that the function makes itself: it yields an AssetCheckResult for each, or
            returns them in a MaterializeResult.
        freshness_policy: how old the asset may grow.
        legacy_freshness_policy: the same in the older form.
        partitions_def: how it is divided into partitions; a run makes one of them, or a range.
        backfill_policy: how many partitions a backfill gives to one run; left out: one.
        automation_condition: when it is to be made.
        auto_materialize_policy: the same as a policy.

    Returns:
        The AssetsDefinition; with arguments, a decorator that makes it.

    Raises:
        DagsterInvalidDefinitionError: key, labels, inputs and function do not fit each other, or an argument is not
            supported yet.
        DagsterInvariantViolationError: both a condition and a policy.
        ParameterCheckError: an argument of the wrong type.
        TypeError: no such argument.

    Example:
        >>> @asset(group_name="sales", kinds={"python"})
        ... def daily_totals(orders):
        ...     return orders.groupby("day").sum()
    """
    if compute_fn is not None and not callable(compute_fn):
        raise ParameterCheckError(f"@asset is put on a function, not on {compute_fn!r}", parameter="compute_fn")
    given = AssetArguments.of(arguments)
    return _define(compute_fn, given) if compute_fn is not None else lambda fn: _define(fn, given)


def _define(fn: Callable[..., Any], given: AssetArguments) -> AssetsDefinition:
    parts = given.parts(fn)
    return AssetsDefinition(
        node_def=parts.op,
        keys_by_input_name=parts.keys_by_input_name,
        keys_by_output_name=dict.fromkeys(parts.op.outs, parts.spec.key),
        specs=(parts.spec,),
        resource_defs=parts.resource_defs,
        check_specs_by_output_name=parts.check_specs,
        backfill_policy=given.backfill_policy,
    )


def io_manager_key_of(spec: AssetSpec, maker: AssetsDefinition | None) -> str | None:
    """Key of the resource that stores an asset: its maker's, or what its spec says; None if neither does."""
    if maker is not None:
        return maker.get_io_manager_key_for_asset_key(spec.key)
    key = spec.metadata.get(IO_MANAGER_KEY_METADATA)
    return None if key is None else str(key)
