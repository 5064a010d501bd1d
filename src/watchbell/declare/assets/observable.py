"""``@observable_source_asset`` and ``@multi_observable_source_asset``: functions that look at assets made elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, overload

from watchbell.declare.assets.asset_arguments import own_key
from watchbell.declare.assets.asset_spec import AssetSpec
from watchbell.declare.assets.assets_definition import AssetsDefinition
from watchbell.declare.assets.multi_asset import MultiAssetArguments
from watchbell.declare.assets.source_asset import SourceAsset
from watchbell.declare.checks.asset_check_spec import AssetCheckSpec
from watchbell.declare.conditions.condition_arguments import ConditionKind
from watchbell.declare.partitions.definition import PartitionsDefinition
from watchbell.ground.errors import ParameterCheckError
from watchbell.record.keys import CoercibleToAssetKey, CoercibleToAssetKeyPrefix


@overload
def observable_source_asset(observe_fn: Callable[..., Any]) -> SourceAsset: ...


@overload
def observable_source_asset(
    observe_fn: None = ...,
    *,
    key: CoercibleToAssetKey | None = ...,
    name: str | None = ...,
    key_prefix: CoercibleToAssetKeyPrefix | None = ...,
    metadata: Mapping[str, Any] | None = ...,
    io_manager_key: str | None = ...,
    io_manager_def: object | None = ...,
    description: str | None = ...,
    group_name: str | None = ...,
    required_resource_keys: AbstractSet[str] | None = ...,
    resource_defs: Mapping[str, object] | None = ...,
    partitions_def: PartitionsDefinition | None = ...,
    automation_condition: ConditionKind | None = ...,
    op_tags: Mapping[str, Any] | None = ...,
    tags: Mapping[str, str] | None = ...,
    **not_yet: object,
) -> Callable[[Callable[..., Any]], SourceAsset]: ...


def observable_source_asset(
    observe_fn: Callable[..., Any] | None = None,
    *,
    key: CoercibleToAssetKey | None = None,
    name: str | None = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    metadata: Mapping[str, Any] | None = None,
    io_manager_key: str | None = None,
    io_manager_def: object | None = None,
    description: str | None = None,
    group_name: str | None = None,
    required_resource_keys: AbstractSet[str] | None = None,
    resource_defs: Mapping[str, object] | None = None,
    partitions_def: PartitionsDefinition | None = None,
    automation_condition: ConditionKind | None = None,
    op_tags: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    **not_yet: object,
) -> Any:
    """Makes a source asset with a function that looks at it: at its data version, usually.

    Args:
        observe_fn: the function, when used without parentheses. It takes a context, config and resources, and returns a
            ``DataVersion`` or an ``ObserveResult``.
        key: the whole key, instead of ``name`` and ``key_prefix``.
        name: last part of the key; left out: the function's name.
        key_prefix: parts in front of the name.
        metadata: labelled facts.
        io_manager_key: the resource that loads it.
        io_manager_def: the IO manager that loads it, instead of a key.
        description: free text.
        group_name: its group.
        required_resource_keys: resources the function takes as ``context.resources.<key>``.
        resource_defs: resources it brings along.
        partitions_def: how it is divided into partitions.
        automation_condition: when it is to be looked at.
        not_yet: ``auto_observe_interval_minutes``, which is accepted and left alone; others are not supported yet.
        op_tags: labels of the step.
        tags: labels; short keys and values.

    Returns:
        The SourceAsset; with arguments, a decorator that makes it.

    Raises:
        DagsterInvalidDefinitionError: a label is not valid, or an argument is not supported yet.
        ParameterCheckError: it is not put on a function.

    Example:
        >>> @observable_source_asset
        ... def raw_orders():
        ...     return DataVersion("2024-05-01")
        >>> observe([raw_orders]).success
        True
    """
    if observe_fn is not None and not callable(observe_fn):
        raise ParameterCheckError(
            f"@observable_source_asset is put on a function, not on {observe_fn!r}", parameter="observe_fn"
        )

    def decorate(fn: Callable[..., Any]) -> SourceAsset:
        made = SourceAsset(
            own_key(fn, key, name, key_prefix),
            metadata=metadata,
            io_manager_key=io_manager_key,
            io_manager_def=io_manager_def,
            description=description,
            partitions_def=partitions_def,
            group_name=group_name,
            resource_defs=resource_defs,
            observe_fn=fn,
            op_tags=op_tags,
            automation_condition=automation_condition,
            tags=tags,
            _required_resource_keys=required_resource_keys,
            **not_yet,  # type: ignore[arg-type]  # whatever it is, it is refused
        )
        assert made.op is not None  # refuses a function that takes inputs
        return made

    return decorate if observe_fn is None else decorate(observe_fn)


def multi_observable_source_asset(
    *,
    specs: Sequence[AssetSpec],
    name: str | None = None,
    description: str | None = None,
    partitions_def: PartitionsDefinition | None = None,
    can_subset: bool = False,
    required_resource_keys: AbstractSet[str] | None = None,
    resource_defs: Mapping[str, object] | None = None,
    group_name: str | None = None,
    check_specs: Sequence[AssetCheckSpec] | None = None,
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """Makes several assets, made elsewhere, with one function that looks at them.

    Args:
        specs: the assets.
        name: of the step; left out: the function's.
        description: free text.
        partitions_def: how all of them are divided into partitions.
        can_subset: whether the function looks only at ``context.selected_asset_keys``.
        required_resource_keys: resources the function takes as ``context.resources.<key>``.
        resource_defs: resources it brings along.
        group_name: group of assets that say none.
        check_specs: checks that the function makes too.

    Returns:
        A decorator; its function yields an ``ObserveResult`` for each asset.

    Raises:
        DagsterInvalidDefinitionError: assets and function do not fit each other, or an argument is not supported yet.

    Example:
        >>> @multi_observable_source_asset(specs=[AssetSpec("raw_orders"), AssetSpec("raw_stock")])
        ... def lake():
        ...     yield ObserveResult(asset_key="raw_orders", metadata={"files": 3})
        ...     yield ObserveResult(asset_key="raw_stock", metadata={"files": 1})
        >>> lake.is_observable
        True
    """
    arguments = {
        "specs": specs,
        "name": name,
        "description": description,
        "partitions_def": partitions_def,
        "can_subset": can_subset,
        "required_resource_keys": required_resource_keys,
        "resource_defs": resource_defs,
        "group_name": group_name,
        "check_specs": check_specs,
    }
    return MultiAssetArguments.of(arguments, "multi_observable_source_asset").definition
